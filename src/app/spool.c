#include "app/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/mem.h"
#include "base/num.h"

/* Of each family: what waits in memory, and what is copied at once. */
enum { WAITING_MAX = 64 << 10 };

struct piece_of_family {
	uint64_t at;
	size_t n;
};

struct family {
	char *name;
	struct buf waiting;
	struct piece_of_family *piece; /* in the file */
	size_t n, cap;
};

void
spool_init(struct spool *s, int dir)
{
	*s = (struct spool){.fd = -1, .dir = dir};
}

void
spool_release(struct spool *s)
{
	for (size_t i = 0; i < s->n; i++) {
		free(s->family[i].name);
		free(s->family[i].piece);
		buf_release(&s->family[i].waiting);
	}
	free(s->family);
	if (s->fd >= 0)
		(void)close(s->fd);
	*s = (struct spool){.fd = -1};
}

static int
open_file(struct spool *s)
{
	static const char name[] = ".sonde-spool-XXXXXX";
	char path[64];

	s->fd = openat(s->dir, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (s->fd >= 0)
		return 0;
	/* Not every file system can. */
	snprintf(path, sizeof path, "/tmp/%s", name);
	s->fd = mkostemp(path, O_CLOEXEC);
	if (s->fd < 0)
		return -errno;
	(void)unlink(path);
	return 0;
}

static int
flush(struct spool *s, struct family *f)
{
	int r = s->fd < 0 ? open_file(s) : 0;

	if (r == 0)
		r = fd_write_all(s->fd, f->waiting.data, f->waiting.len);
	if (r < 0)
		return r;
	GROW(f->piece, f->cap, f->n + 1);
	f->piece[f->n++] = (struct piece_of_family){s->size, f->waiting.len};
	s->size += f->waiting.len;
	buf_clear(&f->waiting);
	return 0;
}

/* Families come in the same order every time, mostly. */
static struct family *
get_family(struct spool *s, struct span name, size_t *next, bool *ret_new)
{
	for (size_t i = 0; i < s->n; i++) {
		size_t at = (*next + i) % s->n;

		if (span_is(name, s->family[at].name)) {
			*next = at + 1;
			*ret_new = false;
			return &s->family[at];
		}
	}
	GROW(s->family, s->cap, s->n + 1);
	s->family[s->n] = (struct family){.name = xcalloc(1, span_len(name) + 1)};
	memcpy(s->family[s->n].name, name.p, span_len(name));
	*next = s->n + 1;
	*ret_new = true;
	return &s->family[s->n++];
}

int
spool_add(struct spool *s, const struct buf *text)
{
	struct span all = span_of(text->data, text->len), line, word;
	struct family *f = NULL;
	bool is_new = false;
	size_t next = 0;

	while (span_line(&all, &line)) {
		struct span words = line;

		if (span_starts(line, "# TYPE ")) {
			words.p += strlen("# TYPE ");
			if (!span_word(&words, &word))
				return -EINVAL;
			f = get_family(s, word, &next, &is_new);
		}
		if (!f)
			return -EINVAL;
		if (*line.p == '#' && !is_new)
			continue; /* it was said with the first of its points */
		buf_put(&f->waiting, line.p, span_len(line));
		buf_putc(&f->waiting, '\n');
		if (f->waiting.len >= WAITING_MAX) {
			int r = flush(s, f);

			if (r < 0)
				return r;
		}
	}
	return 0;
}

static int
copy(struct spool *s, const struct piece_of_family *p, struct buf *b, int fd)
{
	char *to;

	buf_clear(b);
	to = buf_reserve(b, p->n);
	for (size_t n = 0; n < p->n;) {
		ssize_t got = pread(s->fd, to + n, p->n - n, (off_t)(p->at + n));

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return got < 0 ? -errno : -EIO;
		n += (size_t)got;
	}
	return fd_write_all(fd, to, p->n);
}

int
spool_write(struct spool *s, int fd)
{
	struct buf b = {0};
	int r = 0;

	for (size_t i = 0; i < s->n && r == 0; i++) {
		struct family *f = &s->family[i];

		for (size_t k = 0; k < f->n && r == 0; k++)
			r = copy(s, &f->piece[k], &b, fd);
		if (r == 0)
			r = fd_write_all(fd, f->waiting.data, f->waiting.len);
	}
	buf_release(&b);
	return r;
}
