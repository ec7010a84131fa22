/* notes: reading back what a footer says of a file, and nothing else of it. */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "codec/varint.h"
#include "parquet/parquet.h"
#include "parquet/thrift.h"

enum { TAIL = 8, FOOTER_MAX = 64 << 20, NOTES = 5 };

static int
read_at(int fd, void *to, size_t n, off_t at)
{
	for (char *p = to; n > 0;) {
		ssize_t got = pread(fd, p, n, at);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return got < 0 ? -errno : -EBADMSG;
		p += got;
		at += got;
		n -= (size_t)got;
	}
	return 0;
}

static int
read_footer(int fd, struct buf *b)
{
	char tail[TAIL];
	struct stat st;
	uint64_t size;
	int r;

	if (fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode) || st.st_size < 4 + TAIL)
		return -EBADMSG;
	r = read_at(fd, tail, TAIL, st.st_size - TAIL);
	if (r < 0)
		return r;
	size = le_read(tail, 4);
	if (memcmp(tail + 4, "PAR1", 4) != 0 || size > FOOTER_MAX ||
	    (off_t)size > st.st_size - 4 - TAIL)
		return -EBADMSG;
	r = read_at(fd, buf_reserve(b, size), size, st.st_size - TAIL - (off_t)size);
	if (r == 0)
		b->len = size;
	return r;
}

/* KeyValue */
static bool
get_note(struct span *in, struct span *ret_name, struct span *ret_text)
{
	enum thrift_type type;
	int id = 0;

	*ret_name = *ret_text = (struct span){0};
	while (thrift_next(in, &id, &type)) {
		bool ok = type == THRIFT_BINARY && id == 1   ? thrift_get_binary(in, ret_name)
			  : type == THRIFT_BINARY && id == 2 ? thrift_get_binary(in, ret_text)
							     : thrift_skip(in, type);
		if (!ok)
			return false;
	}
	return true;
}

/* FileMetaData, up to its notes. */
static int
find_note(struct span in, const char *name, struct span *ret)
{
	enum thrift_type type, of;
	struct span key;
	int id = 0;
	uint32_t n;

	while (thrift_next(&in, &id, &type)) {
		if (id != NOTES || type != THRIFT_LIST) {
			if (!thrift_skip(&in, type))
				return -EBADMSG;
			continue;
		}
		if (!thrift_get_list(&in, &of, &n) || of != THRIFT_STRUCT)
			return -EBADMSG;
		while (n-- > 0) {
			if (!get_note(&in, &key, ret))
				return -EBADMSG;
			if (key.p && span_is(key, name))
				return 0;
		}
	}
	return -ENOENT;
}

int
parquet_read_note(int fd, const char *name, struct buf *b)
{
	struct buf footer = {0};
	struct span text;
	int r = read_footer(fd, &footer);

	buf_clear(b);
	if (r == 0)
		r = find_note(span_of(footer.data, footer.len), name, &text);
	if (r == 0)
		buf_put(b, text.p, span_len(text));
	buf_release(&footer);
	return r;
}
