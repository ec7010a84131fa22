#include "parquet/thrift.h"

#include <string.h>

#include "codec/varint.h"

/* A struct within a struct, and so on: deeper than any of Parquet's. */
enum { SKIP_DEPTH = 12 };

void
thrift_begin(struct thrift *t, struct buf *out)
{
	*t = (struct thrift){.out = out};
}

void
thrift_end(struct thrift *t)
{
	buf_putc(t->out, 0);
	if (t->depth > 0)
		t->depth--;
}

static void
put_field(struct thrift *t, int id, enum thrift_type type)
{
	int *last = &t->last[t->depth], step = id - *last;

	if (step > 0 && step < 16) {
		buf_putc(t->out, (char)(step << 4 | (int)type));
	} else {
		buf_putc(t->out, (char)type);
		zigzag_put(t->out, (uint64_t)id);
	}
	*last = id;
}

void
thrift_byte(struct thrift *t, int id, int8_t v)
{
	put_field(t, id, THRIFT_I8);
	buf_putc(t->out, v);
}

void
thrift_int(struct thrift *t, int id, int32_t v)
{
	put_field(t, id, THRIFT_I32);
	thrift_element_int(t, v);
}

void
thrift_long(struct thrift *t, int id, int64_t v)
{
	put_field(t, id, THRIFT_I64);
	zigzag_put(t->out, (uint64_t)v);
}

void
thrift_bool(struct thrift *t, int id, bool v)
{
	put_field(t, id, v ? THRIFT_TRUE : THRIFT_FALSE);
}

void
thrift_binary(struct thrift *t, int id, const void *p, size_t n)
{
	put_field(t, id, THRIFT_BINARY);
	varint_put(t->out, n);
	buf_put(t->out, p, n);
}

void
thrift_text(struct thrift *t, int id, const char *s)
{
	thrift_binary(t, id, s, strlen(s));
}

void
thrift_struct(struct thrift *t, int id)
{
	put_field(t, id, THRIFT_STRUCT);
	thrift_element(t);
}

void
thrift_list(struct thrift *t, int id, enum thrift_type of, uint32_t n)
{
	put_field(t, id, THRIFT_LIST);
	if (n < 15) {
		buf_putc(t->out, (char)(n << 4 | of));
	} else {
		buf_putc(t->out, (char)(0xf0 | of));
		varint_put(t->out, n);
	}
}

void
thrift_element(struct thrift *t)
{
	t->last[++t->depth] = 0;
}

void
thrift_element_int(struct thrift *t, int32_t v)
{
	zigzag_put(t->out, (uint64_t)(int64_t)v);
}

void
thrift_element_text(struct thrift *t, const char *s)
{
	varint_put(t->out, strlen(s));
	buf_puts(t->out, s);
}

static bool
bad(struct span *in)
{
	in->p = in->end;
	return false;
}

bool
thrift_get_int(struct span *in, int64_t *ret_v)
{
	uint64_t v;

	if (!zigzag_get(in, &v))
		return false;
	*ret_v = (int64_t)v;
	return true;
}

bool
thrift_get_binary(struct span *in, struct span *ret)
{
	uint64_t n;

	if (!varint_get(in, &n))
		return false;
	if (n > span_len(*in))
		return bad(in);
	*ret = span_of(in->p, n);
	in->p += n;
	return true;
}

bool
thrift_next(struct span *in, int *id, enum thrift_type *ret_type)
{
	uint8_t byte;
	int64_t v;

	if (span_empty(*in))
		return false;
	byte = (uint8_t)*in->p++;
	if (!byte)
		return false;
	*ret_type = (enum thrift_type)(byte & 0xf);
	if (byte >> 4) {
		*id += byte >> 4;
	} else {
		if (!thrift_get_int(in, &v))
			return false;
		*id = (int)v;
	}
	return true;
}

bool
thrift_get_list(struct span *in, enum thrift_type *ret_of, uint32_t *ret_n)
{
	uint64_t n;
	uint8_t byte;

	if (span_empty(*in))
		return false;
	byte = (uint8_t)*in->p++;
	n = byte >> 4;
	if (n == 15 && !varint_get(in, &n))
		return false;
	/* Each takes a byte at least. */
	if (n > span_len(*in))
		return bad(in);
	*ret_of = (enum thrift_type)(byte & 0xf);
	*ret_n = (uint32_t)n;
	return true;
}

static bool
skip(struct span *in, enum thrift_type type, unsigned depth)
{
	enum thrift_type of;
	struct span s;
	uint32_t n;
	int64_t v;
	int id = 0;

	if (depth > SKIP_DEPTH)
		return bad(in);
	switch (type) {
	case THRIFT_TRUE:
	case THRIFT_FALSE:
		return true;
	case THRIFT_I8:
		if (span_empty(*in))
			return false;
		in->p++;
		return true;
	case THRIFT_I16:
	case THRIFT_I32:
	case THRIFT_I64:
		return thrift_get_int(in, &v);
	case THRIFT_DOUBLE:
		if (span_len(*in) < 8)
			return bad(in);
		in->p += 8;
		return true;
	case THRIFT_BINARY:
		return thrift_get_binary(in, &s);
	case THRIFT_LIST:
	case THRIFT_SET:
		if (!thrift_get_list(in, &of, &n))
			return false;
		/* Truths in a list take a byte each. */
		if (of == THRIFT_TRUE || of == THRIFT_FALSE)
			of = THRIFT_I8;
		while (n-- > 0)
			if (!skip(in, of, depth + 1))
				return false;
		return true;
	case THRIFT_STRUCT:
		while (thrift_next(in, &id, &of))
			if (!skip(in, of, depth + 1))
				return false;
		return in->p[-1] == 0;
	default: /* maps: Parquet has none */
		return bad(in);
	}
}

bool
thrift_skip(struct span *in, enum thrift_type type)
{
	return skip(in, type, 0);
}
