/* Frames to bytes and back: decode(encode(x)) is x for frames of any shape, one after the other;
 * damage is told; a layout is found by names. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "codec/bits.h"
#include "codec/crc32c.h"
#include "codec/decode.h"
#include "codec/encode.h"
#include "codec/moves.h"
#include "codec/record.h"
#include "codec/varint.h"
#include "../long.h"
#include "random_frame.h"

static struct field_set everything[TABLE_COUNT];

static void
test_varint(void **state)
{
	static const uint64_t values[] = {0, 1, 127, 128, 16383, 16384, UINT32_MAX,
					  UINT64_MAX >> 1, UINT64_MAX};
	struct buf b = {0};
	struct span in;
	uint64_t v;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(values); i++) {
		varint_put(&b, values[i]);
		zigzag_put(&b, values[i]);
		zigzag_put(&b, -values[i]);
	}
	in = span_of(b.data, b.len);
	for (size_t i = 0; i < ARRAY_LEN(values); i++) {
		assert_true(varint_get(&in, &v) && v == values[i]);
		assert_true(zigzag_get(&in, &v) && v == values[i]);
		assert_true(zigzag_get(&in, &v) && v == -values[i]);
	}
	assert_true(span_empty(in));
	assert_false(varint_get(&in, &v));
	/* cut off; more than 64 bits; eleven bytes */
	in = span_of("\x80\x80", 2);
	assert_false(varint_get(&in, &v));
	in = span_of("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02", 10);
	assert_false(varint_get(&in, &v));
	in = span_of("\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01", 11);
	assert_false(varint_get(&in, &v));
	in = span_of("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 10);
	assert_true(varint_get(&in, &v) && v == UINT64_MAX);
	buf_release(&b);
}

/* Rows that go and come, any of up to 300: the others are where one by one they would be. */
static void
test_moves(void **state)
{
	enum { MOST = 300 };
	struct moves m = {0};
	uint64_t seed = 1;

	(void)state;
	GROW(m.gone, m.gone_cap, MOST);
	GROW(m.come, m.come_cap, MOST);
	for (int round = 0; round < 3000; round++) {
		uint32_t before = (uint32_t)(hash_u64(seed++) % (MOST / 2)), after = 0, kept = 0;
		uint64_t share = 1 + hash_u64(seed++) % 20;
		uint32_t cell[MOST], stay[MOST], want[MOST];
		uint64_t bits[MOST / 64 + 1] = {0};
		bool came[MOST];

		m.ngone = m.ncome = 0;
		for (uint32_t i = 0; i < before; i++) {
			cell[i] = (uint32_t)hash_u64(seed++);
			set_bit(bits, i, cell[i] & 1);
			if (hash_u64(seed++) % share == 0)
				m.gone[m.ngone++] = i;
			else
				stay[kept++] = cell[i];
		}
		for (uint32_t k = 0; k < kept || hash_u64(seed++) % 3;) {
			came[after] = k == kept || hash_u64(seed++) % share == 0;
			if (came[after])
				m.come[m.ncome++] = after;
			else
				want[after] = stay[k++];
			if (++after == MOST)
				break;
		}
		if (after < m.ncome + kept)
			continue; /* no room for all that stay */
		moves_find(&m, before, after);
		moves_cells(&m, cell, sizeof *cell);
		moves_bits(&m, bits);
		for (uint32_t i = 0; i < after; i++) {
			if (came[i])
				continue;
			assert_int_equal(cell[i], want[i]);
			assert_int_equal(bit(bits, i), want[i] & 1);
		}
	}
	moves_release(&m);
}

/* Test vectors of RFC 3720, B.4. */
static void
test_crc32c(void **state)
{
	uint8_t bytes[32];

	(void)state;
	memset(bytes, 0, 32);
	assert_int_equal(crc32c(0, bytes, 32), 0x8a9136aa);
	memset(bytes, 0xff, 32);
	assert_int_equal(crc32c(0, bytes, 32), 0x62a8ab43);
	for (int i = 0; i < 32; i++)
		bytes[i] = (uint8_t)i;
	assert_int_equal(crc32c(0, bytes, 32), 0x46dd794e);
	assert_int_equal(crc32c(crc32c(0, bytes, 5), bytes + 5, 27), 0x46dd794e);
	assert_int_equal(crc32c(0, "123456789", 9), 0xe3069283);
}

static void
test_frames(void **state)
{
	(void)state;
	for (uint64_t seed = 0; seed < how_many(12, 40); seed++) {
		struct encoder *e = encoder_new();
		struct decoder *d = decoder_new();
		struct layout *l = layout_own();
		struct frame *prev = NULL;
		struct buf b = {0};
		struct machine m;

		machine_init(&m, seed);
		for (int i = 0; i < 60; i++) {
			struct frame *f = machine_next(&m, prev), *got;
			bool key = dice(&m, 15) == 0;
			enum packing packing;
			const char *where;

			buf_clear(&b);
			packing = encoder_put(e, f, &key, &b);
			assert_true(key || i > 0);
			assert_int_equal(decoder_take(d, l, key, (uint8_t)packing,
						      span_of(b.data, b.len)),
					 0);
			got = decoder_frame(d, everything);
			where = difference_of(f, got);
			if (where)
				fail_msg("seed %d, frame %d: %s", (int)seed, i, where);
			frame_unref(got);
			frame_unref(prev);
			prev = f;
		}
		frame_unref(prev);
		encoder_free(e);
		decoder_free(d);
		layout_unref(l);
		machine_release(&m);
		buf_release(&b);
	}
}

/* A sample that nothing changed in is a few bytes, and a delta needs what is before it. */
static void
test_delta(void **state)
{
	struct encoder *e = encoder_new();
	struct decoder *d = decoder_new();
	struct layout *l = layout_own();
	struct buf whole = {0}, same = {0};
	struct machine m;
	struct frame *f;
	bool key = false;
	enum packing p;

	(void)state;
	machine_init(&m, 1);
	f = machine_next(&m, NULL);
	(void)encoder_put(e, f, &key, &whole);
	assert_true(key);
	key = false;
	p = encoder_put(e, f, &key, &same);
	assert_false(key);
	/* What came late is said again. */
	assert_in_range(same.len, 1, 120);
	assert_int_equal(decoder_take(d, l, false, (uint8_t)p, span_of(same.data, same.len)),
			 -EBADMSG);
	encoder_reset(e);
	key = false;
	(void)encoder_put(e, f, &key, &same);
	assert_true(key);
	frame_unref(f);
	encoder_free(e);
	decoder_free(d);
	layout_unref(l);
	machine_release(&m);
	buf_release(&whole);
	buf_release(&same);
}

/* Whatever is changed in the bytes, it is told or gives a frame; nothing is read outside. */
static void
test_damage(void **state)
{
	struct encoder *e = encoder_new();
	struct decoder *d = decoder_new();
	struct layout *l = layout_own();
	struct buf b = {0};
	struct machine m;
	struct frame *f;
	bool key = true;
	struct span plain;
	struct unpacker *u = unpacker_new();
	enum packing p;
	unsigned refused = 0;

	(void)state;
	machine_init(&m, 3);
	f = machine_next(&m, NULL);
	p = encoder_put(e, f, &key, &b);
	assert_int_equal(unpack(u, (uint8_t)p, span_of(b.data, b.len), &plain), 0);
	for (size_t i = 0; i < 4000; i++) {
		size_t n = span_len(plain);
		char *copy = xmalloc(n);
		int r;

		memcpy(copy, plain.p, n);
		if (i % 2)
			copy[dice(&m, n)] = (char)dice(&m, 256);
		else
			n = dice(&m, n);
		r = decoder_take(d, l, true, PACKING_NONE, span_of(copy, n));
		if (r == 0)
			frame_unref(decoder_frame(d, everything));
		refused += r < 0;
		free(copy);
	}
	assert_in_range(refused, 2000, 3999);
	frame_unref(f);
	encoder_free(e);
	decoder_free(d);
	unpacker_free(u);
	layout_unref(l);
	machine_release(&m);
	buf_release(&b);
}

/* Fields are found by name in another order, and what is not known is passed over. */
static void
test_layout(void **state)
{
	struct layout *own = layout_own(), *l;
	struct buf b = {0};
	struct span in;

	(void)state;
	layout_put(own, &b);
	in = span_of(b.data, b.len);
	assert_int_equal(layout_parse(&in, &l), 0);
	assert_true(span_empty(in));
	for (int t = 0; t < TABLE_COUNT; t++)
		assert_memory_equal(own->place[t], l->place[t], sizeof own->place[t]);
	layout_unref(l);
	for (size_t n = 0; n < b.len; n++) {
		in = span_of(b.data, n);
		assert_int_equal(layout_parse(&in, &l), -EBADMSG);
	}
	buf_clear(&b);
	varint_put(&b, 2);
	text_put(&b, "martians", 8);
	varint_put(&b, 0);
	varint_put(&b, 1);
	text_put(&b, "eyes", 4);
	buf_put(&b, "\0\4\2", 3);
	text_put(&b, "proc", 4);
	varint_put(&b, 0);
	varint_put(&b, 3);
	text_put(&b, "nice", 4);
	buf_put(&b, "\1\0\2", 3);
	text_put(&b, "antennas", 8);
	buf_put(&b, "\0\0\2", 3);
	text_put(&b, "pid", 3); /* of another type: not ours */
	buf_put(&b, "\3\0\0", 3);
	varint_put(&b, 0);
	in = span_of(b.data, b.len);
	assert_int_equal(layout_parse(&in, &l), 0);
	assert_int_equal(l->table[0].ours, -1);
	assert_int_equal(l->table[1].ours, TABLE_PROC);
	assert_int_equal(l->place[TABLE_PROC][PROC_NICE], 0);
	assert_int_equal(l->place[TABLE_PROC][PROC_PID], -1);
	layout_unref(l);
	layout_unref(own);
	buf_release(&b);
}

static void
test_record(void **state)
{
	struct record r = {RECORD_DELTA, PACKING_NONE, 1, 2, 3, 4, 65535, 5, -6, INT64_MAX, {0}}, got;
	struct buf b = {0};
	size_t begun;

	(void)state;
	buf_puts(&b, "before");
	begun = record_begin(&b);
	buf_puts(&b, "payload");
	record_end(&b, begun, &r);
	assert_int_equal(record_parse(span_of(b.data + begun, b.len - begun), &got),
			 RECORD_HEAD + 7);
	assert_true(span_is(got.payload, "payload"));
	got.payload = r.payload;
	assert_memory_equal(&got, &r, sizeof r);
	for (size_t n = 0; n < b.len - begun; n++)
		assert_true(record_parse(span_of(b.data + begun, n), &got) < 0);
	for (size_t bit = 0; bit < 8 * (b.len - begun); bit++) {
		b.data[begun + bit / 8] ^= (char)(1 << bit % 8);
		assert_true(record_parse(span_of(b.data + begun, b.len - begun), &got) < 0);
		b.data[begun + bit / 8] ^= (char)(1 << bit % 8);
	}
	buf_release(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_varint), cmocka_unit_test(test_moves),
		cmocka_unit_test(test_crc32c),
		cmocka_unit_test(test_frames), cmocka_unit_test(test_delta),
		cmocka_unit_test(test_damage), cmocka_unit_test(test_layout),
		cmocka_unit_test(test_record),
	};

	memset(everything, 0xff, sizeof everything);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
