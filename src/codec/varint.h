#ifndef CODEC_VARINT_H
#define CODEC_VARINT_H

/* varint: numbers as store/FORMAT writes them, one after the other in bytes. Reading never goes
 * beyond the end: false, and *in is at the end.
 */
#include <stdbool.h>
#include <string.h>

#include "base/buf.h"
#include "base/num.h"

enum { VARINT_MAX = 10 };

/* to has room for VARINT_MAX bytes. Returns how many were written. */
static inline size_t
varint_write(char *to, uint64_t v)
{
	size_t n = 0;

	for (; v >= 0x80; v >>= 7)
		to[n++] = (char)(v | 0x80);
	to[n++] = (char)v;
	return n;
}

static inline void
varint_put(struct buf *b, uint64_t v)
{
	char *to = buf_reserve(b, VARINT_MAX);

	b->len += varint_write(to, v);
	b->data[b->len] = '\0';
}

static inline uint64_t
zigzag(uint64_t v)
{
	return v << 1 ^ (uint64_t)((int64_t)v >> 63);
}

static inline uint64_t
unzigzag(uint64_t v)
{
	return v >> 1 ^ -(v & 1);
}

static inline void
zigzag_put(struct buf *b, uint64_t v)
{
	varint_put(b, zigzag(v));
}

static inline bool
varint_get(struct span *in, uint64_t *ret_v)
{
	uint64_t v = 0;

	for (unsigned shift = 0; in->p < in->end && shift < 70; shift += 7) {
		uint8_t byte = (uint8_t)*in->p++;

		v |= (uint64_t)(byte & 0x7f) << shift % 64;
		if (!(byte & 0x80)) {
			/* The tenth byte has room for one bit. */
			if (shift == 63 && byte > 1)
				break;
			*ret_v = v;
			return true;
		}
		if (shift == 63)
			break;
	}
	in->p = in->end;
	return false;
}

static inline bool
zigzag_get(struct span *in, uint64_t *ret_v)
{
	if (!varint_get(in, ret_v))
		return false;
	*ret_v = unzigzag(*ret_v);
	return true;
}

/* A number that may be at most max. */
static inline bool
varint_get_max(struct span *in, uint64_t max, uint64_t *ret_v)
{
	return varint_get(in, ret_v) && *ret_v <= max;
}

static inline void
text_put(struct buf *b, const char *s, size_t n)
{
	varint_put(b, n);
	buf_put(b, s, n);
}

enum { TEXT_MAX = 1 << 20 };

/* Points into the bytes. False also when a NUL is in it. */
static inline bool
text_get(struct span *in, struct span *ret)
{
	uint64_t n;

	if (!varint_get_max(in, TEXT_MAX, &n) || n > span_len(*in) || memchr(in->p, 0, n))
		return false;
	*ret = span_of(in->p, n);
	in->p += n;
	return true;
}

/* Fixed numbers, little-endian whatever the machine is. */
static inline void
le_write(void *to, uint64_t v, unsigned bytes)
{
	for (unsigned i = 0; i < bytes; i++)
		((uint8_t *)to)[i] = (uint8_t)(v >> 8 * i);
}

static inline uint64_t
le_read(const void *from, unsigned bytes)
{
	uint64_t v = 0;

	for (unsigned i = 0; i < bytes; i++)
		v |= (uint64_t)((const uint8_t *)from)[i] << 8 * i;
	return v;
}

static inline void
le_put(struct buf *b, uint64_t v, unsigned bytes)
{
	le_write(buf_reserve(b, bytes), v, bytes);
	b->len += bytes;
	b->data[b->len] = '\0';
}

static inline bool
le_get(struct span *in, unsigned bytes, uint64_t *ret_v)
{
	if (span_len(*in) < bytes)
		return false;
	*ret_v = le_read(in->p, bytes);
	in->p += bytes;
	return true;
}

#endif
