#include "store/segment.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/mem.h"

/* Looking through a file: so much of it at a time, or one record if that is larger. */
enum { WINDOW = 256 << 10 };

/* A stranger can write heads that make a reader sum the same bytes over and over. Of a file that is
 * damaged by chance no more than this is summed in vain: so much, and so many times its size. */
enum { VAIN_BYTES = 64 << 20, VAIN_TIMES = 8 };

/* What cannot be read is passed over in such steps, each twice the one before. */
enum { SKIP_LEAST = 4096 };

struct window {
	uint64_t at; /* where the segment's bytes lie in the file */
};

/* Up to n bytes from the offset, appended; fewer at the end of the file and before what cannot be
 * read. 0; or -errno when there is none for that. */
static int
read_at(int fd, uint64_t offset, size_t n, struct buf *b)
{
	char *to = buf_reserve(b, n);
	size_t before = b->len;

	while (n > 0) {
		ssize_t got = pread(fd, to, n, (off_t)offset);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0 && b->len == before)
			return -errno;
		if (got <= 0)
			break;
		to += got;
		offset += (uint64_t)got;
		n -= (size_t)got;
		b->len += (size_t)got;
	}
	b->data[b->len] = '\0';
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

/* The whole record at pos: its size; -EBADMSG when it is none, or cannot be read; -EAGAIN when the
 * file ends in it. */
static int64_t
record_at(struct segment *s, struct window *w, uint64_t pos, struct record *ret)
{
	struct span bytes;
	int64_t size;

	if (s->size - pos < RECORD_HEAD)
		return -EAGAIN;
	if (look_at(s, w, pos, RECORD_HEAD, &bytes) < 0) {
		s->unsure = true;
		return -EBADMSG;
	}
	size = record_head(bytes, ret);
	if (size < 0)
		return size;
	if ((uint64_t)size > s->size - pos)
		return -EAGAIN;
	if (look_at(s, w, pos, (size_t)size, &bytes) < 0 || span_len(bytes) < (uint64_t)size) {
		s->unsure = true;
		return -EBADMSG;
	}
	size = record_parse(span_of(bytes.p, (size_t)size), ret);
	if (size < 0)
		s->in_vain += span_len(bytes);
	return size;
}

/* The first byte from pos on that is no hole: a file may have more of those than one can read. */
static uint64_t
pass_hole(const struct segment *s, uint64_t pos)
{
	off_t data = lseek(s->fd, (off_t)pos, SEEK_DATA);

	if (data < 0)
		return errno == ENXIO ? s->size : pos;
	return MAX((uint64_t)data, pos);
}

/* Where the next record begins behind pos, or 0 when there is none yet. */
static uint64_t
find_record(struct segment *s, struct window *w, uint64_t pos)
{
	uint64_t skip = SKIP_LEAST;
	struct record r;
	struct span bytes;

	pos++;
	while (pos < s->size && s->size - pos >= RECORD_HEAD) {
		const char *found;

		if (look_at(s, w, pos, RECORD_HEAD, &bytes) < 0 || span_len(bytes) < 4) {
			s->unsure = true;
			pos += skip - pos % SKIP_LEAST;
			skip *= 2;
			continue;
		}
		skip = SKIP_LEAST;
		found = memmem(bytes.p, span_len(bytes), RECORD_MAGIC, 4);
		if (!found) {
			pos = pass_hole(s, pos + span_len(bytes) - 3);
			continue;
		}
		pos += (uint64_t)(found - bytes.p);
		if (record_at(s, w, pos, &r) > 0)
			return pos;
		if (s->in_vain / VAIN_TIMES > s->size + VAIN_BYTES) {
			s->unsure = true;
			return 0;
		}
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

/* From what was seen to the end of the file. A footer in the middle is a piece that is not where it
 * belongs: what follows is read. */
static void
walk(struct segment *s)
{
	struct window w = {0};
	struct record r;

	s->walked = true;
	buf_clear(&s->bytes);
	while (s->seen < s->size) {
		int64_t size = record_at(s, &w, s->seen, &r);
		struct span mark;
		uint64_t next;

		if (size > 0) {
			take(s, s->seen, (uint32_t)size, &r);
			s->seen += (uint64_t)size;
			if (r.type == RECORD_FOOTER && s->size - s->seen >= END_MARK &&
			    look_at(s, &w, s->seen, END_MARK, &mark) == 0 &&
			    footer_size(span_of(mark.p, MIN(span_len(mark), (size_t)END_MARK))) ==
				    size)
				s->seen += END_MARK;
			continue;
		}
		next = find_record(s, &w, s->seen);
		if (!next)
			break; /* not there yet, or never */
		s->damaged += next - s->seen;
		s->damages++;
		s->seen = next;
	}
}

int64_t
segment_look(struct segment *s)
{
	struct stat st;
	size_t before = s->n;

	if (s->sealed)
		return 0;
	if (fstat(s->fd, &st) < 0)
		return -errno;
	if ((uint64_t)st.st_size == s->size)
		return 0;
	s->size = (uint64_t)st.st_size;
	walk(s);
	return (int64_t)(s->n - before);
}

/* Does the file end in its head, and nothing that can be read come before that? */
static bool
is_begun(struct segment *s)
{
	struct window w = {0};

	buf_clear(&s->bytes);
	return !find_record(s, &w, 0) && !s->unsure;
}

static int
read_head(struct segment *s, uint32_t *ret_version)
{
	int64_t size;
	int r;

	if (!s->size)
		return -ENODATA;
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
		return is_begun(s) ? -ENODATA : -EBADMSG;
	s->begin = s->seen = (uint64_t)size;
	return head_parse(span_of(s->bytes.data, s->bytes.len), &s->head);
}

/* 0 when the file is sealed and its footer says all. */
static int
read_footer(struct segment *s)
{
	uint64_t at, size = s->size;
	struct unpacker *u;
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
	u = unpacker_new();
	r = footer_parse(span_of(s->bytes.data, s->bytes.len), s->begin, at, u, &s->entry, &s->n);
	unpacker_free(u);
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
	if (fstat(s->fd, &st) < 0)
		r = -errno;
	else if (!S_ISREG(st.st_mode))
		r = -EBADMSG;
	s->size = (uint64_t)st.st_size;
	if (r == 0)
		r = read_head(s, &version);
	if (r < 0) {
		segment_close(s);
		if (r == -ENOTSUP)
			return err_set(e, r, "%.200s: a recording of format %u: this sonde reads "
					     "format 1", name, version);
		if (r == -ENODATA)
			return err_set(e, r, "%.200s: ends before its first sample", name);
		if (r == -EBADMSG)
			return err_set(e, r, "%.200s: expected a recording of sonde, but it does "
					     "not begin as one", name);
		return err_set(e, r, "%.200s: %s", name, strerror(-r));
	}
	s->next = UINT32_MAX;
	if (memcmp(s->head.boot_id, (uint8_t[BOOT_ID]){0}, BOOT_ID) != 0)
		s->boot = hash_bytes(s->head.boot_id, BOOT_ID) | 1;
	if (read_footer(s) < 0) {
		s->size = 0;
		(void)segment_look(s);
	}
	return 0;
}

static uint64_t
moment_hash(const struct entry *e)
{
	return hash_u64((uint64_t)e->moment.mono_ns + hash_u64((uint64_t)e->moment.wall_ns)) + e->n;
}

static bool
is_same_moment(const struct entry *a, const struct entry *b)
{
	return a->n == b->n && a->moment.mono_ns == b->moment.mono_ns &&
	       a->moment.wall_ns == b->moment.wall_ns;
}

/* The footer's entries stay, with the places that their samples really have; one that has none any
 * more is of size 0. */
static void
walk_after_all(struct segment *s)
{
	struct segment w = {.fd = s->fd, .size = s->size, .begin = s->begin, .seen = s->begin,
			    .next = UINT32_MAX};
	struct index index = {0};

	walk(&w);
	index_reset(&index, w.n);
	for (size_t i = 0; i < w.n; i++)
		index_add(&index, moment_hash(&w.entry[i]), (uint32_t)i);
	for (size_t i = 0; i < s->n; i++) {
		struct entry *e = &s->entry[i];
		uint64_t pos = moment_hash(e);
		uint32_t at;

		while ((at = index_probe(&index, &pos)) != UINT32_MAX)
			if (is_same_moment(&w.entry[at], e))
				break;
		e->offset = at == UINT32_MAX ? 0 : w.entry[at].offset;
		e->size = at == UINT32_MAX ? 0 : w.entry[at].size;
	}
	s->walked = true;
	s->unsure = w.unsure;
	s->damaged = w.damaged;
	s->damages = w.damages;
	s->orphans = w.orphans;
	index_release(&index);
	free(w.entry);
	buf_release(&w.bytes);
}

static int
read_entry(struct segment *s, const struct entry *e, struct record *ret)
{
	int r;

	buf_clear(&s->bytes);
	r = read_at(s->fd, e->offset, e->size, &s->bytes);
	if (r < 0)
		return r;
	if (!e->size ||
	    record_parse(span_of(s->bytes.data, s->bytes.len), ret) != (int64_t)e->size ||
	    ret->n != e->n || ret->mono_ns != e->moment.mono_ns ||
	    ret->wall_ns != e->moment.wall_ns)
		return -EBADMSG;
	return 0;
}

int
segment_find(struct segment *s, size_t i, struct place *ret)
{
	int r = read_entry(s, &s->entry[i], &ret->record);

	if (r == -EBADMSG && !s->walked) {
		walk_after_all(s);
		r = read_entry(s, &s->entry[i], &ret->record);
	}
	ret->layout = s->head.layout;
	ret->boot = s->boot;
	return r;
}
