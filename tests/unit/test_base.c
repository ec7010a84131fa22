/* The leaf tools: numbers out of bytes, spans, buffers, arenas, string pools, the index. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/fd.h"
#include "base/hash.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/strpool.h"

static struct span
text(const char *s)
{
	return span_of(s, strlen(s));
}

static void
test_u64(void **state)
{
	static const struct {
		const char *s;
		int ret;
		uint64_t v;
		const char *rest;
	} cases[] = {
		{"0", 0, 0, ""},
		{"  \t12 34", 0, 12, " 34"},
		{"007", 0, 7, ""},
		{"18446744073709551615", 0, UINT64_MAX, ""},
		{"18446744073709551616", -ERANGE, 0, ""},
		{"18446744073709551620", -ERANGE, 0, ""},
		{"99999999999999999999999999x", -ERANGE, 0, "x"},
		{"000000000000000000000000000001", 0, 1, ""},
		{"5kB", 0, 5, "kB"},
		{"", -EINVAL, 0, ""},
		{"   ", -EINVAL, 0, ""},
		{"-5", -EINVAL, 0, "-5"},
		{"+5", -EINVAL, 0, "+5"},
		{"x", -EINVAL, 0, "x"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct span s = text(cases[i].s);
		uint64_t v = 77;

		assert_int_equal(num_u64(&s, &v), cases[i].ret);
		assert_true(v == (cases[i].ret < 0 ? 77 : cases[i].v));
		assert_true(span_is(s, cases[i].rest));
	}
}

static void
test_i64(void **state)
{
	static const struct {
		const char *s;
		int ret;
		int64_t v;
	} cases[] = {
		{"-9223372036854775808", 0, INT64_MIN},
		{"9223372036854775807", 0, INT64_MAX},
		{"-9223372036854775809", -ERANGE, 0},
		{"9223372036854775808", -ERANGE, 0},
		{"-0", 0, 0},
		{"-1", 0, -1},
		{" 42", 0, 42},
		{"-", -EINVAL, 0},
		{"--1", -EINVAL, 0},
		{"- 1", -EINVAL, 0},
		{"", -EINVAL, 0},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct span s = text(cases[i].s);
		int64_t v = 77;

		assert_int_equal(num_i64(&s, &v), cases[i].ret);
		assert_true(v == (cases[i].ret < 0 ? 77 : cases[i].v));
	}
}

static void
test_hex(void **state)
{
	static const struct {
		const char *s;
		int ret;
		uint64_t v;
	} cases[] = {
		{"0", 0, 0},          {"ff", 0, 255},           {"DeadBeef", 0, 0xdeadbeef},
		{"ffffffffffffffff", 0, UINT64_MAX},            {"10000000000000000", -ERANGE, 0},
		{"0000000000000000000000001", 0, 1},            {"g", -EINVAL, 0},
		{"", -EINVAL, 0},     {" 1f ", 0, 31},          {"@", -EINVAL, 0},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct span s = text(cases[i].s);
		char digits[HEX_DIGITS + 1];
		uint64_t v = 77;

		assert_int_equal(num_hex(&s, &v), cases[i].ret);
		assert_true(v == (cases[i].ret < 0 ? 77 : cases[i].v));
		num_to_hex(cases[i].v, digits);
		assert_int_equal(strlen(digits), HEX_DIGITS);
		s = text(digits);
		assert_int_equal(num_hex(&s, &v), 0);
		assert_true(v == cases[i].v);
	}
}

static void
test_fixed(void **state)
{
	static const struct {
		const char *s;
		int scale, ret;
		int64_t v;
		const char *rest;
	} cases[] = {
		{"12.34", 9, 0, INT64_C(12340000000), ""},
		{"12", 9, 0, INT64_C(12000000000), ""},
		{"0.5", 1, 0, 5, ""},
		{"0.05", 1, 0, 0, ""},
		{"-0.5", 2, 0, -50, ""},
		{"-3.25", 2, 0, -325, ""},
		{"1.23456789012345", 2, 0, 123, ""},
		{"7. x", 2, 0, 700, " x"},
		{"7", 0, 0, 7, ""},
		{"7.9", 0, 0, 7, ""},
		{" 3.14 2", 2, 0, 314, " 2"},
		{"9223372036.854775807", 9, 0, INT64_MAX, ""},
		{"9223372036.854775808", 9, -ERANGE, 0, ""},
		{"-9223372036.854775808", 9, 0, INT64_MIN, ""},
		{"99999999999", 9, -ERANGE, 0, ""},
		{".5", 2, -EINVAL, 0, ".5"},
		{"", 2, -EINVAL, 0, ""},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct span s = text(cases[i].s);
		int64_t v = 77;

		if (num_fixed(&s, cases[i].scale, &v) != cases[i].ret)
			fail_msg("%s: returned something else than %d", cases[i].s, cases[i].ret);
		if (v != (cases[i].ret < 0 ? 77 : cases[i].v))
			fail_msg("%s: got %lld", cases[i].s, (long long)v);
		if (cases[i].ret == 0)
			assert_true(span_is(s, cases[i].rest));
	}
}

static void
test_arithmetic(void **state)
{
	uint64_t d = 77;

	(void)state;
	assert_true(delta_u64(5, 9, &d) && d == 4);
	assert_true(delta_u64(5, 5, &d) && d == 0);
	assert_true(delta_u64(0, UINT64_MAX, &d) && d == UINT64_MAX);
	d = 77;
	assert_false(delta_u64(9, 5, &d));
	assert_int_equal(d, 77);
	assert_true(mul_div_u64(UINT64_MAX, 1000, 1000) == UINT64_MAX);
	assert_true(mul_div_u64(UINT64_MAX, 3, 2) == UINT64_MAX);
	assert_true(mul_div_u64(UINT64_MAX, UINT64_MAX, UINT64_MAX) == UINT64_MAX);
	assert_true(mul_div_u64(7, 1000000000, 100) == 70000000);
	assert_true(mul_div_u64(0, 5, 7) == 0);
}

static void
test_span(void **state)
{
	struct span s = text("one\n\ntwo words\nlast"), line, word;

	(void)state;
	assert_true(span_line(&s, &line) && span_is(line, "one"));
	assert_true(span_line(&s, &line) && span_empty(line));
	assert_true(span_line(&s, &line) && span_is(line, "two words"));
	assert_true(span_starts(line, "two"));
	assert_false(span_starts(line, "two words and"));
	assert_false(span_is(line, "two"));
	assert_true(span_word(&line, &word) && span_is(word, "two"));
	assert_true(span_word(&line, &word) && span_is(word, "words"));
	assert_false(span_word(&line, &word));
	assert_true(span_line(&s, &line) && span_is(line, "last"));
	assert_false(span_line(&s, &line));
	s = text("\n");
	assert_true(span_line(&s, &line) && span_empty(line));
	assert_false(span_line(&s, &line));
	s = span_of(NULL, 0);
	assert_false(span_line(&s, &line));
	assert_false(span_word(&s, &word));
	s = text(" \t ");
	assert_false(span_word(&s, &word));
}

static void
test_buf(void **state)
{
	struct buf b = {0};

	(void)state;
	buf_puts(&b, "");
	assert_string_equal(b.data, "");
	buf_puts(&b, "ab");
	buf_putc(&b, '-');
	buf_put(&b, "c\0d", 3);
	assert_int_equal(b.len, 6);
	assert_memory_equal(b.data, "ab-c\0d", 7);
	buf_clear(&b);
	assert_string_equal(b.data, "");
	buf_u64(&b, 0);
	buf_putc(&b, ' ');
	buf_u64(&b, UINT64_MAX);
	buf_putc(&b, ' ');
	buf_i64(&b, INT64_MIN);
	buf_putc(&b, ' ');
	buf_i64(&b, INT64_MAX);
	assert_string_equal(b.data, "0 18446744073709551615 -9223372036854775808 9223372036854775807");
	buf_clear(&b);
	buf_pad(&b, '.', 3);
	buf_printf(&b, "%s=%d", "x", 5);
	buf_pad(&b, '.', 0);
	assert_string_equal(b.data, "...x=5");
	for (int i = 0; i < 10000; i++)
		buf_putc(&b, (char)('a' + i % 26));
	assert_int_equal(b.len, 10006);
	assert_int_equal(strlen(b.data), 10006);
	assert_int_equal(b.data[6 + 27], 'b');
	buf_release(&b);
	assert_null(b.data);
	buf_clear(&b);
	assert_int_equal(b.len, 0);
	buf_release(&b);
}

static void
test_buf_utf8(void **state)
{
	static const struct {
		uint32_t cp;
		const char *bytes;
	} cases[] = {
		{'a', "a"},
		{0x7f, "\x7f"},
		{0x80, "\xc2\x80"},
		{0x7ff, "\xdf\xbf"},
		{0x800, "\xe0\xa0\x80"},
		{0xffff, "\xef\xbf\xbf"},
		{0x10000, "\xf0\x90\x80\x80"},
		{0x10ffff, "\xf4\x8f\xbf\xbf"},
		{0xd800, "\xef\xbf\xbd"},
		{0xdfff, "\xef\xbf\xbd"},
		{0x110000, "\xef\xbf\xbd"},
		{UINT32_MAX, "\xef\xbf\xbd"},
	};
	struct buf b = {0};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		buf_clear(&b);
		buf_utf8(&b, cases[i].cp);
		assert_string_equal(b.data, cases[i].bytes);
	}
	buf_release(&b);
}

static void
test_arena(void **state)
{
	struct arena a = {0};
	unsigned char *p[500];
	size_t held;

	(void)state;
	for (int round = 0; round < 3; round++) {
		for (size_t i = 0; i < ARRAY_LEN(p); i++) {
			size_t n = i % 50 == 49 ? 40000 : i;

			p[i] = arena_alloc(&a, n);
			assert_int_equal((uintptr_t)p[i] % 16, 0);
			memset(p[i], (int)i, n);
		}
		/* None stands on another. */
		for (size_t i = 0; i < ARRAY_LEN(p); i++)
			for (size_t k = 0; k < (i % 50 == 49 ? 40000 : i); k++)
				if (p[i][k] != (unsigned char)i)
					fail_msg("piece %zu was written over", i);
		if (round == 0)
			held = arena_bytes(&a);
		assert_int_equal(arena_bytes(&a), held);
		arena_reset(&a);
	}
	p[0] = arena_zalloc(&a, 100, 7);
	for (int i = 0; i < 700; i++)
		assert_int_equal(p[0][i], 0);
	assert_string_equal(arena_strndup(&a, "abcdef", 3), "abc");
	assert_string_equal(arena_strndup(&a, "", 0), "");
	arena_release(&a);
	assert_int_equal(arena_bytes(&a), 0);
	arena_release(&a);
}

static void
test_strpool(void **state)
{
	struct strpool *p = strpool_new();
	const char *kept[3000], *again;
	char name[64];

	(void)state;
	for (unsigned i = 0; i < ARRAY_LEN(kept); i++) {
		int n = snprintf(name, sizeof name, "name %u", i);

		kept[i] = strpool_intern(p, name, (size_t)n);
		assert_string_equal(kept[i], name);
	}
	for (unsigned i = 0; i < ARRAY_LEN(kept); i++) {
		int n = snprintf(name, sizeof name, "name %u", i);

		assert_ptr_equal(strpool_intern(p, name, (size_t)n), kept[i]);
		assert_string_equal(kept[i], name);
	}
	/* A part, no more; a beginning of another is not that other. */
	again = strpool_intern(p, "name 1234", 6);
	assert_ptr_equal(again, kept[1]);
	assert_string_equal(strpool_intern(p, "name", 4), "name");
	assert_string_equal(strpool_intern(p, "", 0), "");
	assert_string_equal(strpool_add(p, "abc", 2), "ab");
	assert_ptr_not_equal(strpool_add(p, "name 1", 6), kept[1]);
	{
		char *big = xmalloc(100000);

		memset(big, 'b', 100000);
		again = strpool_add(p, big, 100000);
		assert_int_equal(strlen(again), 100000);
		free(big);
	}
	assert_in_range(strpool_bytes(p), 100000, 1000000);
	assert_ptr_equal(strpool_ref(p), p);
	strpool_unref(p);
	assert_string_equal(kept[0], "name 0");
	strpool_unref(p);
	strpool_unref(NULL);
}

static void
test_index(void **state)
{
	struct index ix = {0};
	uint64_t pos;
	uint32_t row;

	(void)state;
	pos = 5;
	assert_int_equal(index_probe(&ix, &pos), UINT32_MAX);
	for (uint32_t n = 0; n < 3000; n = n * 2 + 1) {
		index_reset(&ix, n);
		/* Everything under few hashes: long chains. */
		for (uint32_t i = 0; i < n; i++)
			index_add(&ix, i % 3, i);
		for (uint32_t i = 0; i < n; i++) {
			bool found = false;

			if (n > 200 && i % 37)
				continue;
			pos = i % 3;
			while ((row = index_probe(&ix, &pos)) != UINT32_MAX)
				found |= row == i;
			assert_true(found);
		}
		pos = UINT64_MAX;
		while ((row = index_probe(&ix, &pos)) != UINT32_MAX)
			assert_true(row < n);
	}
	index_release(&ix);
}

static void
test_hash(void **state)
{
	char bytes[40];

	(void)state;
	for (size_t i = 0; i < sizeof bytes; i++)
		bytes[i] = (char)i;
	for (size_t n = 0; n < sizeof bytes; n++) {
		uint64_t h = hash_bytes(bytes, n);

		assert_true(h == hash_bytes(bytes, n));
		assert_true(n == 0 || h != hash_bytes(bytes, n - 1));
		for (size_t i = 0; i < n; i++) {
			bytes[i] ^= 1;
			assert_true(hash_bytes(bytes, n) != h);
			bytes[i] ^= 1;
		}
	}
	assert_true(hash_bytes("a\0", 2) != hash_bytes("a", 1));
	/* Neighbours fall apart in the low bits, which the index uses. */
	unsigned seen = 0;

	for (uint64_t i = 0; i < 64; i++)
		seen |= 1u << (hash_u64(i) & 31);
	assert_in_range(__builtin_popcount(seen), 20, 32);
}

static void
test_mem(void **state)
{
	int *array = NULL;
	size_t cap = 0;

	(void)state;
	for (size_t n = 1; n < 5000; n++) {
		GROW(array, cap, n);
		assert_true(cap >= n);
		assert_int_equal(array[n - 1], 0);
		array[n - 1] = (int)n;
	}
	for (size_t n = 1; n < 5000; n++)
		assert_int_equal(array[n - 1], n);
	free(array);
	free(xmalloc(0));
	free(xcalloc(0, 0));
	assert_int_equal(CMP(1, 2), -1);
	assert_int_equal(CMP(2, 2), 0);
	assert_int_equal(CLAMP(5, 1, 3), 3);
}

static void
test_err(void **state)
{
	struct err e;
	char big[600];

	(void)state;
	assert_int_equal(err_set(&e, -EINVAL, "expected %s", "x"), -EINVAL);
	assert_string_equal(e.text, "expected x");
	assert_int_equal(e.at, -1);
	assert_int_equal(err_at(&e, -ENOENT, 7, "y"), -ENOENT);
	assert_int_equal(e.at, 7);
	assert_int_equal(err_at(NULL, -5, 7, "y"), -5);
	memset(big, 'b', sizeof big - 1);
	big[sizeof big - 1] = '\0';
	err_set(&e, 0, "%s", big);
	assert_int_equal(strlen(e.text), sizeof e.text - 1);
}

static void
test_fd(void **state)
{
	char name[] = "/tmp/sonde-test-XXXXXX";
	struct buf b = {0};
	char *big = xcalloc(1, 20001);
	int fd = mkstemp(name);

	(void)state;
	assert_true(fd >= 0);
	memset(big, 'x', 20000);
	assert_int_equal(fd_write_all(fd, big, 20000), 0);
	close(fd);
	assert_int_equal(fd_read_file(AT_FDCWD, name, 1 << 20, &b), 0);
	assert_int_equal(b.len, 20000);
	assert_string_equal(b.data, big);
	assert_int_equal(fd_read_file(AT_FDCWD, name, 20000, &b), 0);
	assert_int_equal(b.len, 20000);
	assert_int_equal(fd_read_file(AT_FDCWD, name, 19999, &b), -EFBIG);
	assert_int_equal(b.len, 19999);
	assert_int_equal(fd_read_file(AT_FDCWD, name, 0, &b), -EFBIG);
	unlink(name);
	assert_int_equal(fd_read_file(AT_FDCWD, name, 100, &b), -ENOENT);
	assert_int_equal(b.len, 0);
	assert_int_equal(fd_write_all(-1, "x", 1), -EBADF);
	buf_release(&b);
	free(big);
}

static void
test_clock(void **state)
{
	struct timespec ts = ns_to_timespec(INT64_C(12345678901));

	(void)state;
	assert_int_equal(ts.tv_sec, 12);
	assert_int_equal(ts.tv_nsec, 345678901);
	assert_true(clock_mono_ns() > 0);
	assert_int_equal(clock_ns((clockid_t)9999), -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_u64),     cmocka_unit_test(test_i64),  cmocka_unit_test(test_hex),
		cmocka_unit_test(test_fixed),   cmocka_unit_test(test_arithmetic),
		cmocka_unit_test(test_span),    cmocka_unit_test(test_buf),  cmocka_unit_test(test_buf_utf8),
		cmocka_unit_test(test_arena),   cmocka_unit_test(test_strpool),
		cmocka_unit_test(test_index),   cmocka_unit_test(test_hash), cmocka_unit_test(test_mem),
		cmocka_unit_test(test_err),     cmocka_unit_test(test_fd),   cmocka_unit_test(test_clock),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
