/* sgr: a terminal that gets the squeezed bytes shows the same as one that gets the whole. A small
 * terminal of our own compares them: it keeps the look of what is drawn and erased. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/mem.h"
#include "ui/sgr.h"

struct colour {
	int kind, v[3];
};

struct look {
	unsigned attr;
	struct colour fg, bg;
};

static void
apply_sgr(struct look *l, const char *p)
{
	for (;;) {
		char *end;
		long v = strtol(p, &end, 10);
		struct colour c = {0};
		if (v == 38 || v == 48) {
			long kind = strtol(end + 1, &end, 10);
			c.kind = (int)kind;
			for (int i = 0; i < (kind == 5 ? 1 : 3); i++)
				c.v[i] = (int)strtol(end + 1, &end, 10);
		} else if ((v >= 30 && v < 38) || (v >= 40 && v < 48)) {
			c = (struct colour){1, {(int)v % 10, 0, 0}};
		} else if ((v >= 90 && v < 98) || (v >= 100 && v < 108)) {
			c = (struct colour){1, {8 + (int)v % 10, 0, 0}};
		}
		if (v == 0)
			*l = (struct look){0};
		else if (v < 10)
			l->attr |= 1u << v;
		else if (v == 22)
			l->attr &= ~6u;
		else if (v >= 23 && v < 30)
			l->attr &= ~(1u << (v - 20));
		else if ((v >= 30 && v < 40) || (v >= 90 && v < 98))
			l->fg = c;
		else
			l->bg = c;
		if (*end != ';')
			break;
		p = end + 1;
	}
}

/* A motion within the line, as one to row and column where the row is known. */
static void
seen_at(struct buf *out, unsigned row, const char *column)
{
	buf_printf(out, "\033[%u;%dH", row, *column == 'H' || *column == 'G' ? 1 : atoi(column));
}

/* What is seen: characters with their look, erasing with its background, motions by their goal, the
 * rest as it is. */
static void
seen(const char *p, size_t n, struct buf *out)
{
	const char *end = p + n;
	struct look l = {0};
	unsigned row = 0;
	while (p < end) {
		if (*p == '\r' && row) {
			seen_at(out, row, "1");
			p++;
			continue;
		}
		if (*p != '\033') {
			row = *p == '\n' ? 0 : row;
			buf_put(out, p, 1);
			if ((unsigned char)*p >= 0x20)
				buf_put(out, &l, sizeof l);
			p++;
			continue;
		}
		const char *q = p + 2;
		if (p[1] == '(') {
			p += 3;
			continue;
		}
		while (q < end && (*q < 0x40 || *q > 0x7e))
			q++;
		if (*q == 'm') {
			apply_sgr(&l, p + 2);
		} else if (*q == 'H') {
			row = (unsigned)atoi(p + 2);
			seen_at(out, row, strchr(p, ';') + 1);
		} else if (*q == 'G' && row) {
			seen_at(out, row, p + 2);
		} else {
			row = strchr("AdT", *q) ? 0 : row;
			buf_put(out, p, (size_t)(q + 1 - p));
			if (strchr("JKX@LMST", *q)) {
				buf_put(out, &l.bg, sizeof l.bg);
				buf_putc(out, l.attr & 1 << 7 ? 'r' : 'n');
			}
		}
		p = q + 1;
	}
}

static void
check(const char *p, size_t n, size_t part)
{
	struct sgr s = {0};
	struct buf small = {0}, a = {0}, b = {0};
	size_t at = 0;
	buf_puts(&small, "");
	/* in frames: the state lives on between them */
	while (at < n) {
		size_t k = MIN(part, n - at);
		while (at + k < n && p[at + k] != '\033')
			k++;
		sgr_squeeze(&s, p + at, k, &small);
		at += k;
	}
	seen(p, n, &a);
	seen(small.data, small.len, &b);
	assert_int_equal(a.len, b.len);
	assert_memory_equal(a.data ? a.data : "", b.data ? b.data : "", a.len);
	buf_release(&small);
	buf_release(&a);
	buf_release(&b);
}

static void
test_samples(void **state)
{
	static const char *const sample[][2] = {
		{"a", "\033[ma"}, /* what the terminal was at is not known at first */
		{"\033[1mb\033[mc", "\033[0;1mb\033[mc"},
		{"\033[39m\033(B\033[m\033(B\033[0;1mx\033(B\033[m", "\033[0;1mx"},
		{"\033[31ma\033[2;3H\033[39m\033[32mb", "\033[0;31ma\033[2;3H\033[32mb"},
		{"\033[1;4ma\033[0;4mb", "\033[0;1;4ma\033[22mb"},
		{"\033[38;5;200ma\033[m\033[38;5;200mb", "\033[0;38;5;200mab"},
		{"\033[38:2::1:2:3ma\033[0mb", "\033[0;38:2::1:2:3ma\033[mb"},
		{"\033[31m\033[K", "\033[0;31m\033[K"},
		{"a\033[31m\033[K\033[mb", "\033[ma\033[Kb"}, /* no foreground in a blank */
		{"a\033[41m\033[K\033[mb", "\033[ma\033[41m\033[K\033[mb"},
		{"\033[?25h\033[3;4r\r\b", "\033[?25h\033[3;4r\r\b"},
		{"a\033[1;53mb",
		 "\033[ma\033[1;53m\033[mb"}, /* not understood: passes, then a reset */
		{"a\033[5 qb", "\033[ma\033[5 qb"},
		{"\033[3;4H\033[3;20H\033[3;1H\033[4;1H", "\033[3;4H\033[20G\r\033[4;1H"},
		{"\033[3;4H\033[A\033[3;20H", "\033[3;4H\033[A\033[3;20H"},
		{"\033[H\033[1;5H", "\033[H\033[1;5H"},
		{"\033[3;4H\n\033[3;20H", "\033[3;4H\033[m\n\033[3;20H"},
		{"a\033", "\033[ma\033"},
		{"a\033[", "\033[ma\033["},
		{"a\033[38;5", "\033[ma\033[38;5"},
		{"a\033[38;5mb", "\033[ma\033[38;5m\033[mb"},
		{"a\0337b\0338c", "\033[ma\0337b\0338\033[mc"},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(sample); i++) {
		struct sgr s = {0};
		struct buf out = {0};
		sgr_squeeze(&s, sample[i][0], strlen(sample[i][0]), &out);
		assert_string_equal(out.data, sample[i][1]);
		buf_release(&out);
	}
}

static void
test_random(void **state)
{
	static const char *const piece[] = {
		"a",
		"bc",
		" ",
		"\033[m",
		"\033[1m",
		"\033[0;1m",
		"\033[2m",
		"\033[22m",
		"\033[4m",
		"\033[24m",
		"\033[7m",
		"\033[27m",
		"\033[31m",
		"\033[94m",
		"\033[39m",
		"\033[39;49m",
		"\033[41m",
		"\033[102m",
		"\033[49m",
		"\033[38;5;9m",
		"\033[48;5;200m",
		"\033[38;2;1;2;3m",
		"\033[48;2;9;8;7m",
		"\033(B\033[m",
		"\033[0;1;4;7m",
		"\033[K",
		"\033[J",
		"\033[3P",
		"\033[2X",
		"\033[4;5H",
		"\033[4;50H",
		"\033[4;1H",
		"\033[5;1H",
		"\033[7G",
		"\033[A",
		"\033[3d",
		"\n",
		"\033[C",
		"\r",
		"\033[2T",
		"\033[38;5;9;48;5;10;1m",
		"\xe2\x96\x88",
	};
	uint32_t seed = 7;
	struct buf b = {0};
	(void)state;
	for (int round = 0; round < 20000; round++) {
		buf_clear(&b);
		buf_puts(&b, "");
		for (int i = 0; i < 24; i++) {
			seed = seed * 1664525u + 1013904223u;
			buf_puts(&b, piece[(seed >> 8) % ARRAY_LEN(piece)]);
		}
		check(b.data, b.len, round % 2 ? b.len : 7);
	}
	buf_release(&b);
}

/* Bytes of any kind: nothing but sequences of colour may be lost, and it must not fall over. */
static void
test_any(void **state)
{
	uint32_t seed = 99;
	struct buf out = {0};
	(void)state;
	for (int round = 0; round < 20000; round++) {
		char bytes[40];
		struct sgr s = {0};
		for (size_t i = 0; i < sizeof bytes; i++) {
			seed = seed * 1664525u + 1013904223u;
			bytes[i] =
				(seed >> 28) < 4 ? "\033[;m"[seed >> 24 & 3] : (char)(seed >> 16);
		}
		buf_clear(&out);
		sgr_squeeze(&s, bytes, sizeof bytes, &out);
	}
	buf_release(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_samples),
		cmocka_unit_test(test_random),
		cmocka_unit_test(test_any),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
