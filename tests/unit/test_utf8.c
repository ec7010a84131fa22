/* utf8: the decoder against an encoder and against every kind of wrong sequence; widths of what the
 * screen meets. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "base/utf8.h"

static void
test_every_scalar(void **state)
{
	(void)state;
	for (uint32_t cp = 0; cp <= 0x10ffff; cp++) {
		char b[4];
		uint32_t got;
		if (cp >= 0xd800 && cp <= 0xdfff)
			continue;
		size_t n = utf8_encode(cp, b);
		assert_int_equal(utf8_next(b, b + n, &got), n);
		assert_int_equal(got, cp);
		if (n > 1) { /* cut short */
			assert_int_equal(utf8_next(b, b + n - 1, &got), 1);
			assert_int_equal(got, UTF8_BAD);
		}
	}
}

/* Every sequence of two bytes, and of three and four with the interesting ones: what is accepted is
 * what the encoder gives, byte by byte. */
static void
test_strict(void **state)
{
	static const unsigned char edge[] = {0x00, 0x41, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0,
					     0xbf, 0xc0, 0xc2, 0xe0, 0xed, 0xf0, 0xf4, 0xff};
	(void)state;
	for (unsigned a = 0; a < 256; a++)
		for (unsigned b = 0; b < 256; b++)
			for (unsigned c = 0; c < sizeof edge; c++)
				for (unsigned d = 0; d < sizeof edge; d++) {
					char in[4] = {(char)a, (char)b, (char)edge[c],
						      (char)edge[d]},
					     out[4];
					uint32_t cp;
					size_t n = utf8_next(in, in + 4, &cp);
					if (cp == UTF8_BAD) {
						assert_int_equal(n, 1);
						continue;
					}
					assert_int_equal(utf8_encode(cp, out), n);
					assert_memory_equal(in, out, n);
				}
}

static void
test_wrong(void **state)
{
	static const char *const wrong[] = {
		"\x80",
		"\xbf",
		"\xc0\x80",
		"\xc1\xbf",
		"\xe0\x80\x80",
		"\xe0\x9f\xbf",
		"\xed\xa0\x80",
		"\xed\xbf\xbf",
		"\xf0\x80\x80\x80",
		"\xf0\x8f\xbf\xbf",
		"\xf4\x90\x80\x80",
		"\xf5\x80\x80\x80",
		"\xfe",
		"\xff",
		"\xc3",
		"\xe2\x82",
		"\xf0\x9f\x98",
		"\xc3(",
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
		uint32_t cp;
		assert_int_equal(utf8_next(wrong[i], wrong[i] + strlen(wrong[i]), &cp), 1);
		assert_int_equal(cp, UTF8_BAD);
	}
}

static void
test_width(void **state)
{
	static const struct {
		uint32_t cp;
		int width;
	} want[] = {
		{0, 0},        {'\n', 0},    {0x1b, 0},    {' ', 1},     {'~', 1},     {0x7f, 0},
		{0x9b, 0},     {0xa0, 1},    {0xe9, 1},    {0x2ff, 1},   {0x300, 0},   {0x36f, 0},
		{0x370, 1},    {0x410, 1},   {0x5b0, 0},   {0x61c, 0},   {0x10ff, 1},  {0x1100, 2},
		{0x115f, 2},   {0x1160, 0},  {0x11ff, 0},  {0x200b, 0},  {0x200d, 0},  {0x202e, 0},
		{0x2028, 0},   {0x2500, 1},  {0x2588, 1},  {0x28ff, 1},  {0x231a, 2},  {0x2764, 1},
		{0x3042, 2},   {0x3099, 0},  {0x4e2d, 2},  {0x9fff, 2},  {0xac00, 2},  {0xd7a3, 2},
		{0xe000, 1},   {0xfe0f, 0},  {0xfeff, 0},  {0xff01, 2},  {0xff61, 1},  {0xfffd, 1},
		{0x1f1e6, 1},  {0x1f600, 2}, {0x1f3fb, 0}, {0x20000, 2}, {0xe0001, 0}, {0xe01ef, 0},
		{0x10ffff, 1},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(want); i++)
		if (utf8_width(want[i].cp) != want[i].width)
			fail_msg("width of U+%04X is %d", want[i].cp, utf8_width(want[i].cp));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_scalar),
		cmocka_unit_test(test_strict),
		cmocka_unit_test(test_wrong),
		cmocka_unit_test(test_width),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
