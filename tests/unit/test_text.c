/* text: nothing that a stranger can write reaches the grid as anything but a printable character in
 * a cell of its own; and the width that is measured is the width that is drawn. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "draw/text.h"

/* Row y as UTF-8, trailing blanks cut. */
static const char *
row(const struct grid *g, int y)
{
	static struct buf b;
	buf_clear(&b);
	for (int x = 0; x < g->w; x++) {
		uint32_t ch = grid_at(g, x, y)->ch;
		if (ch)
			buf_utf8(&b, ch);
	}
	buf_putc(&b, '\0');
	b.len--;
	while (b.len > 0 && b.data[b.len - 1] == ' ')
		b.data[--b.len] = '\0';
	return b.data;
}

static void
check_grid(const struct grid *g)
{
	for (int y = 0; y < g->h; y++)
		for (int x = 0; x < g->w; x++) {
			uint32_t ch = grid_at(g, x, y)->ch;
			if (ch == 0) {
				assert_true(x > 0 && utf8_width(grid_at(g, x - 1, y)->ch) == 2);
				continue;
			}
			int w = utf8_width(ch);
			assert_in_range(w, 1, 2);
			if (w == 2)
				assert_true(x + 1 < g->w && grid_at(g, x + 1, y)->ch == 0);
			/* what a terminal would obey, reorder or not show */
			assert_true(ch >= 0x20 && !(ch >= 0x7f && ch < 0xa0));
			assert_false(ch == 0x61c || (ch >= 0x200b && ch <= 0x200f) ||
				     (ch >= 0x2028 && ch <= 0x202e) ||
				     (ch >= 0x2060 && ch <= 0x206f) || ch == 0xfeff ||
				     (ch >= 0xfe00 && ch <= 0xfe0f) ||
				     (ch >= 0xd800 && ch <= 0xf8ff) || ch >= 0xe0000 ||
				     (ch & 0xfffe) == 0xfffe || ch == 0xad);
		}
}

struct sample {
	const char *in, *out;
	int width;
};

static void
test_hostile(void **state)
{
	static const struct sample samples[] = {
		{"plain", "plain", 5},
		{"a\x1b[2J", "a?[2J", 5},
		{"\x1b]52;c;aGk=\x07", "?]52;c;aGk=?", 12},
		{"a\r\n\tb\x7f", "a???b?", 6},
		{"a\xc2\x9b"
		 "2Jb",
		 "a?2Jb", 5}, /* U+009B, CSI in one */
		{"a\x9b"
		 "2Jb",
		 "a\xef\xbf\xbd"
		 "2Jb",
		 5},                                       /* the raw byte is no UTF-8 */
		{"x\xe2\x80\xaegpj.exe", "x?gpj.exe", 9},  /* right-to-left override */
		{"x\xe2\x81\xa6y\xe2\x81\xa9", "x?y?", 4}, /* isolates */
		{"a\xe2\x80\x8bz\xef\xbb\xbf", "a?z?", 4}, /* zero width space, BOM */
		{"a\xe2\x80\xa8"
		 "b\xe2\x80\xa9",
		 "a?b?", 4},                                     /* line, paragraph separator */
		{"a\xf3\xa0\x81\x81z", "a?z", 3},                /* tag letter A */
		{"e\xcc\x81x", "ex", 2},                         /* combining acute */
		{"\xe2\x9d\xa4\xef\xb8\x8f", "\xe2\x9d\xa4", 1}, /* variation selector */
		{"a\xee\x80\x80", "a\xef\xbf\xbd", 2},           /* private use */
		{"a\xef\xbf\xbf", "a\xef\xbf\xbd", 2},           /* U+FFFF */
		{"\xc3\xa9\xc2\xad\xc2\xa0|", "\xc3\xa9- |", 4},
		{"\xe4\xb8\xad\xe6\x96\x87", "\xe4\xb8\xad\xe6\x96\x87", 4},
		{"\xf0\x9f\x91\x8d\xf0\x9f\x8f\xbd", "\xf0\x9f\x91\x8d", 2}, /* skin tone */
		{"\xf0\x9f\x87\xa9\xf0\x9f\x87\xaa", "DE", 2},               /* a flag */
	};
	struct grid g = {0};
	(void)state;
	grid_resize(&g, 40, 1);
	for (size_t i = 0; i < ARRAY_LEN(samples); i++) {
		const struct sample *s = &samples[i];
		grid_clear(&g);
		assert_int_equal(text_width(s->in, strlen(s->in)), s->width);
		assert_int_equal(text_puts(&g, 0, 0, 40, STYLE_TEXT, s->in), s->width);
		assert_string_equal(row(&g, 0), s->out);
		check_grid(&g);
	}
	grid_clear(&g);
	text_puts(&g, 0, 0, 40, STYLE_DIM, "a\x1b");
	assert_int_equal(grid_at(&g, 0, 0)->style, STYLE_DIM);
	assert_int_equal(grid_at(&g, 1, 0)->style, STYLE_WARN);
	text_put(&g, 0, 0, 40, STYLE_DIM, "a\0b", 3);
	assert_string_equal(row(&g, 0), "a?b");
	grid_release(&g);
}

/* Every scalar value there is. */
static void
test_everything(void **state)
{
	struct grid g = {0};
	(void)state;
	grid_resize(&g, 4, 1);
	for (uint32_t cp = 0; cp <= 0x10ffff; cp++) {
		char b[4];
		if (cp >= 0xd800 && cp <= 0xdfff)
			continue;
		size_t n = utf8_encode(cp, b);
		grid_clear(&g);
		assert_int_equal(text_put(&g, 0, 0, 4, STYLE_TEXT, b, n), text_width(b, n));
		check_grid(&g);
		grid_put(&g, 0, 0, cp,
			 STYLE_TEXT); /* the grid by itself is safe from control characters */
		assert_true(grid_at(&g, 0, 0)->ch >= 0x20 && utf8_width(grid_at(&g, 0, 0)->ch) > 0);
	}
	grid_release(&g);
}

static void
test_cut(void **state)
{
	struct grid g = {0};
	(void)state;
	grid_resize(&g, 10, 1);
	assert_int_equal(text_puts(&g, 0, 0, 5, STYLE_TEXT, "abcde"), 5);
	assert_string_equal(row(&g, 0), "abcde");
	assert_int_equal(text_puts(&g, 0, 0, 5, STYLE_TEXT, "abcde\xcc\x81"), 5);
	assert_string_equal(row(&g, 0), "abcde"); /* a mark behind it takes no room */
	assert_int_equal(text_puts(&g, 0, 0, 5, STYLE_TEXT, "abcdef"), 5);
	assert_string_equal(row(&g, 0), "abcd\xe2\x80\xa6");
	assert_int_equal(text_puts(&g, 0, 0, 1, STYLE_TEXT, "ab"), 1);
	assert_string_equal(row(&g, 0), "\xe2\x80\xa6"
					"bcd\xe2\x80\xa6");
	assert_int_equal(text_puts(&g, 0, 0, 0, STYLE_TEXT, "ab"), 0);
	assert_int_equal(text_puts(&g, 0, 0, -3, STYLE_TEXT, "ab"), 0);

	grid_clear(&g); /* a wide character that the mark would cut in two goes whole */
	assert_int_equal(text_puts(&g, 0, 0, 4, STYLE_TEXT, "\xe4\xb8\xad\xe6\x96\x87\xe4\xb8\xad"),
			 4);
	assert_string_equal(row(&g, 0), "\xe4\xb8\xad \xe2\x80\xa6");
	check_grid(&g);

	grid_clear(&g);
	assert_int_equal(text_right(&g, 0, 0, 6, STYLE_TEXT, "12"), 2);
	assert_string_equal(row(&g, 0), "    12");
	assert_int_equal(text_right(&g, 0, 0, 4, STYLE_TEXT, "abcdef"), 4);
	assert_string_equal(row(&g, 0), "\xe2\x80\xa6"
					"def12");

	grid_clear(&g);
	assert_int_equal(text_put_from(&g, 0, 0, 10, STYLE_TEXT, "abcdef", 6, 2), 4);
	assert_string_equal(row(&g, 0), "cdef");
	grid_clear(&g);
	assert_int_equal(text_put_from(&g, 0, 0, 10, STYLE_TEXT,
				       "\xe4\xb8\xad"
				       "b",
				       4, 1),
			 2);
	assert_string_equal(row(&g, 0), " b");
	assert_int_equal(text_put_from(&g, 0, 0, 10, STYLE_TEXT, "ab", 2, INT32_MAX), 0);

	grid_clear(&g);
	assert_int_equal(text_printf(&g, 1, 0, 8, STYLE_TEXT, "%d-%s", 7, "\x1bx"), 4);
	assert_string_equal(row(&g, 0), " 7-?x");
	grid_release(&g);
}

/* Random bytes, of kinds that matter, drawn anywhere: nothing outside the box changes. */
static void
test_random(void **state)
{
	static const char *const piece[] = {
		"a",    "\x1b[",        "\xe4\xb8\xad", "\xcc\x81", "\xf0\x9f\x98\x80", "\xe2\x80",
		"\xff", "\xe2\x80\xae", "\xc2\x85",     " ",        "\xf0\x9f",         "z"};
	struct grid g = {0};
	uint32_t seed = 12345;
	(void)state;
	grid_resize(&g, 20, 3);
	for (int round = 0; round < 20000; round++) {
		char s[128] = "";
		for (int i = 0; i < 20; i++) {
			seed = seed * 1664525u + 1013904223u;
			strcat(s, piece[(seed >> 16) % ARRAY_LEN(piece)]);
		}
		size_t n = strlen(s) - seed % 5;
		int x = (int)(seed >> 8) % 30 - 5, w = (int)(seed >> 12) % 25,
		    skip = (int)(seed >> 20) % 9;
		grid_clear(&g);
		grid_fill(&g, 0, 0, 20, 3, '#', STYLE_DIM);
		int used = text_put_from(&g, x, 1, w, STYLE_TEXT, s, n, round % 2 ? skip : 0);
		assert_in_range(used, 0, w);
		check_grid(&g);
		for (int i = 0; i < 20; i++) {
			assert_int_equal(grid_at(&g, i, 0)->ch, '#');
			assert_int_equal(grid_at(&g, i, 2)->ch, '#');
			if (i < x || i >= x + used)
				assert_int_equal(grid_at(&g, i, 1)->ch, '#');
		}
	}
	grid_release(&g);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hostile),
		cmocka_unit_test(test_everything),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_random),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
