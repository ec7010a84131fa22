#include "store/segment.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/mem.h"

/* Looking through a file: so much of it at a time, or one record if that is larger. */
enum { WINDOW = 256 << 10 };

struct window {
	uint64_t at; /* where the segment's bytes lie in the file */
};

/* Up to n bytes from the offset, appended; fewer at the end of the file. 0 or -errno. */
static int
read_at(int fd, uint64_t offset, size_t n, struct buf *b)
{
	char *to = buf_reserve(b, n);

	while (n > 0) {
		ssize_t got = pread(fd, to, n, (off_t)offset);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -errno;
		if (got == 0)
			break;
		to += got;
		offset += (uint64_t)got;
		n -= (size_t)got;
		b->len += (size_t)got;
	}
	b->data[b->len] = '\0';
	return 0;
}

static int
read_head(struct segment *s, uint32_t *ret_version)
{
	int64_t size;
	int r;

	r = read_at(s->fd, 0, HEAD_FIXED, &s->bytes);
	if (r < 0)
		return r;
	size = head_size(span_of(s->bytes.data, s->bytes.len), ret_version);
	if (size < 0)
		return (int)size;
	r = read_at(s->fd, HEAD_FIXED, (size_t)size - HEAD_FIXED, &s->bytes);
	if (r < 0)
		return r;
	if (s->bytes.len != (size_t)size)
		return -EBADMSG;
	s->begin = s->seen = (uint64_t)size;
	return head_parse(span_of(s->bytes.data, s->bytes.len), &s->head);
}

/* 0 when the file is sealed and its footer says all. */
static int
read_footer(struct segment *s, uint64_t size)
{
	uint64_t at;
	int64_t len;
	int r;

	if (size < s->begin + RECORD_HEAD + END_MARK)
		return -EBADMSG;
	buf_clear(&s->bytes);
	r = read_at(s->fd, size - END_MARK, END_MARK, &s->bytes);
	if (r < 0)
		return r;
	len = footer_size(span_of(s->bytes.data, s->bytes.len));
	if (len < RECORD_HEAD || (uint64_t)len > size - END_MARK - s->begin ||
	    len > RECORD_HEAD + RECORD_PAYLOAD_MAX)
		return -EBADMSG;
	at = size - END_MARK - (uint64_t)len;
	buf_clear(&s->bytes);
	r = read_at(s->fd, at, (size_t)len, &s->bytes);
	if (r < 0)
		return r;
	r = footer_parse(span_of(s->bytes.data, s->bytes.len), s->begin, at, s->unpacker,
			 &s->entry, &s->n);
	if (r < 0)
		return r;
	s->cap = s->n;
	s->sealed = true;
	s->seen = size;
	return 0;
}

int
segment_open(struct segment *s, int dir, const char *name, struct err *e)
{
	uint32_t version = 0;
	struct stat st;
	int r = 0;

	*s = (struct segment){.fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC |
								 O_NONBLOCK | O_NOCTTY)};
	if (s->fd < 0)
		return err_set(e, -errno, errno == ELOOP ? "%.200s: is a link, and those are not "
							   "followed"
							 : "%.200s: %s",
			       name, strerror(errno));
	s->unpacker = unpacker_new();
	if (fstat(s->fd, &st) < 0)
		r = -errno;
	else if (!S_ISREG(st.st_mode))
		r = -EBADMSG;
	if (r == 0)
		r = read_head(s, &version);
	if (r < 0) {
		segment_close(s);
		if (r == -ENOTSUP)
			return err_set(e, r, "%.200s: a recording of format %u: this sonde reads "
					     "format 1", name, version);
		if (r == -EBADMSG)
			return err_set(e, r, "%.200s: expected a recording of sonde, but it does "
					     "not begin as one", name);
		return err_set(e, r, "%.200s: %s", name, strerror(-r));
	}
	s->next = UINT32_MAX;
	if (memcmp(s->head.boot_id, (uint8_t[BOOT_ID]){0}, BOOT_ID) != 0)
		s->boot = hash_bytes(s->head.boot_id, BOOT_ID) | 1;
	if (read_footer(s, (uint64_t)st.st_size) < 0)
		(void)segment_look(s);
	return 0;
}

void
segment_close(struct segment *s)
{
	if (s->fd >= 0)
		(void)close(s->fd);
	head_release(&s->head);
	free(s->entry);
	buf_release(&s->bytes);
	unpacker_free(s->unpacker);
	*s = (struct segment){.fd = -1};
}

/* The bytes at pos, at least n unless the file ends; good until the next call. */
static int
look_at(struct segment *s, struct window *w, uint64_t pos, size_t n, struct span *ret)
{
	if (pos < w->at || pos + n > w->at + s->bytes.len) {
		int r;

		buf_clear(&s->bytes);
		w->at = pos;
		r = read_at(s->fd, pos, MAX(n, (size_t)WINDOW), &s->bytes);
		if (r < 0)
			return r;
	}
	*ret = span_of(s->bytes.data, s->bytes.len);
	ret->p += MIN(pos - w->at, (uint64_t)s->bytes.len);
	return 0;
}

/* The whole record at pos: its size; -EBADMSG when it is none; -EAGAIN when the file ends in it. */
static int64_t
record_at(struct segment *s, struct window *w, uint64_t pos, struct record *ret)
{
	struct span bytes;
	int64_t size;
	int r;

	if (s->size - pos < RECORD_HEAD)
		return -EAGAIN;
	r = look_at(s, w, pos, RECORD_HEAD, &bytes);
	if (r < 0)
		return r;
	size = record_head(bytes, ret);
	if (size < 0)
		return size;
	if ((uint64_t)size > s->size - pos)
		return -EAGAIN;
	r = look_at(s, w, pos, (size_t)size, &bytes);
	return r < 0 ? r : record_parse(bytes, ret);
}

/* Where the next record begins behind pos, or 0 when there is none yet. */
static uint64_t
find_record(struct segment *s, struct window *w, uint64_t pos)
{
	struct record r;
	struct span bytes;

	for (pos++; s->size - pos >= RECORD_HEAD && look_at(s, w, pos, RECORD_HEAD, &bytes) == 0;) {
		const char *found = memmem(bytes.p, span_len(bytes), RECORD_MAGIC, 4);

		if (!found) {
			pos += span_len(bytes) > 3 ? span_len(bytes) - 3 : 1;
			continue;
		}
		pos += (uint64_t)(found - bytes.p);
		if (record_at(s, w, pos, &r) > 0)
			return pos;
		pos++;
	}
	return 0;
}

static void
take(struct segment *s, uint64_t pos, uint32_t size, const struct record *r)
{
	if (r->type == RECORD_FOOTER)
		s->sealed = true;
	if (r->type != RECORD_KEY && r->type != RECORD_DELTA)
		return;
	if (r->type == RECORD_DELTA && (r->group != s->group || r->n != s->next || !r->n)) {
		s->orphans++;
		return;
	}
	if (r->type == RECORD_KEY && r->n)
		return;
	s->group = r->group;
	s->next = r->n + 1;
	GROW(s->entry, s->cap, s->n + 1);
	s->entry[s->n++] = (struct entry){
		pos, size, r->n,
		{r->wall_ns, r->mono_ns, r->cpu, r->memory, r->pressure, r->events},
	};
}

int64_t
segment_look(struct segment *s)
{
	struct window w = {0};
	struct record r;
	struct stat st;
	size_t before = s->n;

	if (s->sealed)
		return 0;
	if (fstat(s->fd, &st) < 0)
		return -errno;
	if ((uint64_t)st.st_size == s->size)
		return 0;
	s->size = (uint64_t)st.st_size;
	buf_clear(&s->bytes);
	while (s->seen < s->size && !s->sealed) {
		int64_t size = record_at(s, &w, s->seen, &r);
		uint64_t next;

		if (size > 0) {
			take(s, s->seen, (uint32_t)size, &r);
			s->seen += (uint64_t)size;
			continue;
		}
		if (size != -EBADMSG && size != -EAGAIN)
			return size;
		next = find_record(s, &w, s->seen);
		if (!next)
			break; /* not there yet, or never */
		s->damaged += next - s->seen;
		s->damages++;
		s->seen = next;
	}
	return (int64_t)(s->n - before);
}

int
segment_find(struct segment *s, size_t i, struct place *ret)
{
	const struct entry *e = &s->entry[i];
	int r;

	buf_clear(&s->bytes);
	r = read_at(s->fd, e->offset, e->size, &s->bytes);
	if (r < 0)
		return r;
	*ret = (struct place){.layout = s->head.layout, .boot = s->boot};
	if (record_parse(span_of(s->bytes.data, s->bytes.len), &ret->record) !=
		    (int64_t)e->size ||
	    ret->record.n != e->n)
		return -EBADMSG;
	return 0;
}
