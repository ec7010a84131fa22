#ifndef PARQUET_READER_H
#define PARQUET_READER_H

/* A reader of Parquet that was written from the format's own words and shares nothing with the
 * writer: as much as the writer uses. Whatever is not as it should be fails the test. Include after
 * cmocka.h. */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#include "base/mem.h"

struct in {
	const uint8_t *p, *end;
};

static inline uint8_t
in_byte(struct in *in)
{
	assert_true(in->p < in->end);
	return *in->p++;
}

static inline uint64_t
in_varint(struct in *in)
{
	uint64_t v = 0;

	for (unsigned shift = 0;; shift += 7) {
		uint8_t b = in_byte(in);

		assert_true(shift < 64);
		v |= (uint64_t)(b & 0x7f) << shift;
		if (b < 0x80)
			return v;
	}
}

static inline int64_t
in_zigzag(struct in *in)
{
	uint64_t v = in_varint(in);

	return v & 1 ? -(int64_t)(v >> 1) - 1 : (int64_t)(v >> 1);
}

static inline uint64_t
in_fixed(struct in *in, unsigned bytes)
{
	uint64_t v = 0;

	for (unsigned i = 0; i < bytes; i++)
		v |= (uint64_t)in_byte(in) << 8 * i;
	return v;
}

static inline uint64_t
in_bits(const uint8_t *p, size_t at, unsigned width)
{
	uint64_t v = 0;

	for (unsigned i = 0; i < width; i++)
		v |= (uint64_t)(p[(at + i) / 8] >> (at + i) % 8 & 1) << i;
	return v;
}

static inline void
read_rle(struct in *in, unsigned width, uint32_t *v, size_t n)
{
	for (size_t i = 0; i < n;) {
		uint64_t head = in_varint(in);

		if (head & 1) {
			uint64_t bytes = (head >> 1) * width;

			assert_true(bytes <= (uint64_t)(in->end - in->p));
			for (uint64_t k = 0; k < (head >> 1) * 8 && i < n; k++)
				v[i++] = (uint32_t)in_bits(in->p, k * width, width);
			in->p += bytes;
		} else {
			uint32_t value = (uint32_t)in_fixed(in, (width + 7) / 8);

			assert_true(head >> 1 <= n - i && head >> 1 > 0);
			for (uint64_t k = 0; k < head >> 1; k++)
				v[i++] = value;
		}
	}
}

static inline void
read_delta(struct in *in, uint64_t *v, size_t n)
{
	uint64_t block = in_varint(in), minis = in_varint(in), count = in_varint(in);
	uint64_t mini = block / minis;
	size_t i = 0;

	assert_int_equal(block % 128, 0);
	assert_int_equal(mini % 32, 0);
	assert_int_equal(count, n);
	if (n)
		v[i++] = (uint64_t)in_zigzag(in);
	else
		(void)in_zigzag(in);
	while (i < n) {
		uint64_t least = (uint64_t)in_zigzag(in);
		const uint8_t *width = in->p;

		in->p += minis;
		for (uint64_t k = 0; k < minis && i < n; k++) {
			assert_true(width[k] <= 64);
			assert_true(mini * width[k] / 8 <= (uint64_t)(in->end - in->p));
			for (uint64_t j = 0; j < mini && i < n; j++, i++)
				v[i] = v[i - 1] + least + in_bits(in->p, j * width[k], width[k]);
			in->p += mini * width[k] / 8;
		}
	}
	assert_ptr_equal(in->p, in->end);
}

/* Thrift: values of structs by the path of their numbers; what is not asked for is passed over. */
static inline void
skip_value(struct in *in, unsigned type)
{
	switch (type) {
	case 1:
	case 2:
		return;
	case 3:
		in->p++;
		return;
	case 4:
	case 5:
	case 6:
		(void)in_varint(in);
		return;
	case 8: {
		uint64_t n = in_varint(in);

		assert_true(n <= (uint64_t)(in->end - in->p));
		in->p += n;
		return;
	}
	case 9: {
		uint8_t head = in_byte(in);
		uint64_t n = head >> 4 == 15 ? in_varint(in) : head >> 4;

		while (n--)
			skip_value(in, head & 0xf);
		return;
	}
	case 12:
		for (uint8_t b; (b = in_byte(in));) {
			if (!(b >> 4))
				(void)in_varint(in);
			skip_value(in, b & 0xf);
		}
		return;
	default:
		fail_msg("a type of %u", type);
	}
}

/* Goes to field `id` of the struct at in. False when it has none. */
static inline bool
seek_field(struct in in, int id, struct in *ret, unsigned *ret_type)
{
	int at = 0;

	for (uint8_t b; (b = in_byte(&in));) {
		at = b >> 4 ? at + (b >> 4) : (int)in_zigzag(&in);
		if (at == id) {
			*ret = in;
			*ret_type = b & 0xf;
			return true;
		}
		skip_value(&in, b & 0xf);
	}
	return false;
}

static inline struct in
field_of_struct(struct in in, int id, unsigned type)
{
	struct in at = in;
	unsigned got = 0;

	assert_true(seek_field(in, id, &at, &got));
	assert_int_equal(got, type);
	return at;
}

static inline int64_t
number_in(struct in in, int id)
{
	struct in at = in;
	unsigned type = 0;

	assert_true(seek_field(in, id, &at, &type));
	assert_true(type == 5 || type == 6);
	return in_zigzag(&at);
}

static inline struct in
bytes_in(struct in in, int id)
{
	struct in at = field_of_struct(in, id, 8);
	uint64_t n = in_varint(&at);

	return (struct in){at.p, at.p + n};
}

/* Element k of the list of structs. */
static inline struct in
element_of(struct in in, int id, size_t k, size_t *ret_n)
{
	struct in at = field_of_struct(in, id, 9);
	uint8_t head = in_byte(&at);

	*ret_n = head >> 4 == 15 ? in_varint(&at) : head >> 4;
	assert_int_equal(head & 0xf, 12);
	while (k--)
		skip_value(&at, 12);
	return at;
}

/* A page that zstd packed. */
struct page {
	unsigned type; /* 0 data, 2 dictionary */
	uint32_t values, encoding;
	uint8_t *bytes;
	size_t n;
};

static inline struct page
read_page(struct in *in)
{
	struct page p;
	struct in head = *in, detail;
	size_t packed;

	p.type = (unsigned)number_in(head, 1);
	p.n = (size_t)number_in(head, 2);
	packed = (size_t)number_in(head, 3);
	detail = field_of_struct(head, p.type == 0 ? 5 : 7, 12);
	p.values = (uint32_t)number_in(detail, 1);
	p.encoding = (uint32_t)number_in(detail, 2);
	skip_value(in, 12);
	assert_true(packed <= (size_t)(in->end - in->p));
	p.bytes = xmalloc(p.n + 1);
	assert_int_equal(ZSTD_decompress(p.bytes, p.n, in->p, packed), p.n);
	in->p += packed;
	return p;
}

/* A column of a row group: which rows have a value, and each one's; of a text, its bytes. */
struct column_read {
	size_t n;
	uint32_t *valid;
	uint64_t *value;
	struct in *text;
	uint8_t *keep[2]; /* what texts point into */
};

static inline void
column_release(struct column_read *c)
{
	free(c->valid);
	free(c->value);
	free(c->text);
	free(c->keep[0]);
	free(c->keep[1]);
}

static inline void
read_dictionary(const struct page *p, bool text, uint64_t *value, struct in *texts)
{
	struct in in = {p->bytes, p->bytes + p->n};

	assert_int_equal(p->encoding, 0);
	for (uint32_t i = 0; i < p->values; i++) {
		uint64_t n;

		if (!text) {
			value[i] = in_fixed(&in, 8);
			continue;
		}
		n = in_fixed(&in, 4);
		assert_true(n <= (uint64_t)(in.end - in.p));
		texts[i] = (struct in){in.p, in.p + n};
		in.p += n;
	}
	assert_ptr_equal(in.p, in.end);
}

/* The values that are there, one after the other. type is Parquet's: 0 BOOLEAN, 2 INT64, 5 DOUBLE,
 * 6 BYTE_ARRAY. */
static inline void
read_values(struct in *in, const struct page *p, unsigned type, size_t n, uint64_t *value)
{
	if (p->encoding == 5) {
		assert_int_equal(type, 2);
		read_delta(in, value, n);
	} else if (p->encoding == 9) {
		assert_int_equal(type, 5);
		assert_int_equal(in->end - in->p, n * 8);
		for (size_t i = 0; i < n; i++)
			for (unsigned k = 0; k < 8; k++)
				value[i] |= (uint64_t)in->p[k * n + i] << 8 * k;
	} else {
		assert_int_equal(p->encoding, 0);
		assert_int_equal(type, 0);
		assert_int_equal(in->end - in->p, (n + 7) / 8);
		for (size_t i = 0; i < n; i++)
			value[i] = in_bits(in->p, i, 1);
	}
}

/* ColumnMetaData at `meta` of a file at `file`. */
static inline struct column_read
read_column(struct in file, struct in meta, bool required)
{
	unsigned type = (unsigned)number_in(meta, 1), ignored;
	struct column_read c = {.n = (size_t)number_in(meta, 5)};
	struct in in = file, at, *texts = NULL;
	uint64_t *value, *dictionary = NULL;
	struct page p;
	size_t n = 0, k = 0;

	assert_int_equal(number_in(meta, 4), 6); /* ZSTD */
	in.p += number_in(meta, 9);
	if (seek_field(meta, 11, &at, &ignored)) {
		in.p = file.p + in_zigzag(&at);
		p = read_page(&in);
		assert_int_equal(p.type, 2);
		dictionary = xcalloc(p.values + 1, sizeof *dictionary);
		texts = xcalloc(p.values + 1, sizeof *texts);
		read_dictionary(&p, type == 6, dictionary, texts);
		c.keep[0] = p.bytes;
		assert_ptr_equal(in.p, file.p + number_in(meta, 9));
	}
	p = read_page(&in);
	c.keep[1] = p.bytes;
	assert_int_equal(p.type, 0);
	assert_int_equal(p.values, c.n);
	in = (struct in){p.bytes, p.bytes + p.n};
	c.valid = xcalloc(c.n + 1, sizeof *c.valid);
	c.value = xcalloc(c.n + 1, sizeof *c.value);
	c.text = xcalloc(c.n + 1, sizeof *c.text);
	for (size_t i = 0; i < c.n; i++)
		c.valid[i] = 1;
	if (!required) {
		size_t size = in_fixed(&in, 4);
		struct in levels = {in.p, in.p + size};

		assert_true(size <= (size_t)(in.end - in.p));
		read_rle(&levels, 1, c.valid, c.n);
		in.p += size;
	}
	for (size_t i = 0; i < c.n; i++)
		n += c.valid[i];
	value = xcalloc(n + 1, sizeof *value);
	if (p.encoding == 8) {
		uint32_t *place = xcalloc(n + 1, sizeof *place);
		unsigned width = in_byte(&in);

		read_rle(&in, width, place, n);
		for (size_t i = 0; i < n; i++)
			value[i] = place[i];
		free(place);
	} else {
		read_values(&in, &p, type, n, value);
	}
	for (size_t i = 0; i < c.n; i++) {
		if (!c.valid[i])
			continue;
		c.value[i] = p.encoding == 8 ? dictionary[value[k]] : value[k];
		if (type == 6)
			c.text[i] = texts[value[k]];
		k++;
	}
	free(value);
	free(dictionary);
	free(texts);
	return c;
}

#endif
