/* grid and chart: cells, clipping, halves of wide characters; bars and graphs as characters. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/mem.h"
#include "draw/chart.h"

static const char *
row(const struct grid *g, int y)
{
	static struct buf b;
	buf_clear(&b);
	for (int x = 0; x < g->w; x++)
		if (grid_at(g, x, y)->ch)
			buf_utf8(&b, grid_at(g, x, y)->ch);
	buf_putc(&b, '\0');
	return b.data;
}

static void
test_cells(void **state)
{
	struct grid g = {0};
	(void)state;
	grid_put(&g, 0, 0, 'x', STYLE_TEXT); /* an empty grid takes anything */
	grid_fill(&g, -5, -5, 100, 100, 'x', STYLE_TEXT);
	grid_resize(&g, 0, 5);
	assert_int_equal(g.w * g.h, 0);
	grid_resize(&g, -1, -1);
	grid_resize(&g, 6, 2);
	assert_int_equal(g.cursor_x, -1);
	grid_put(&g, 6, 0, 'x', STYLE_TEXT);
	grid_put(&g, -1, 0, 'x', STYLE_TEXT);
	grid_put(&g, 0, 2, 'x', STYLE_TEXT);
	assert_string_equal(row(&g, 0), "      ");
	grid_fill(&g, -2, 0, 4, 1, 'a', STYLE_DIM);
	grid_fill(&g, 4, 0, INT32_MAX, INT32_MAX, 'b', STYLE_DIM);
	assert_string_equal(row(&g, 0), "aa  bb");
	assert_string_equal(row(&g, 1), "    bb");
	grid_ground(&g, 1, 0, 2, 9, GROUND_SELECT);
	grid_bold(&g, 1, 0, 1, 1);
	assert_int_equal(grid_at(&g, 1, 1)->ground, GROUND_SELECT);
	assert_int_equal(grid_at(&g, 3, 1)->ground, GROUND_NONE);
	assert_int_equal(grid_at(&g, 1, 0)->bold, 1);
	grid_put(&g, 1, 0, 'c', STYLE_GOOD); /* ground stays, weight is new */
	assert_int_equal(grid_at(&g, 1, 0)->ground, GROUND_SELECT);
	assert_int_equal(grid_at(&g, 1, 0)->bold, 0);
	grid_release(&g);
}

static void
test_wide(void **state)
{
	struct grid g = {0};
	(void)state;
	grid_resize(&g, 6, 1);
	for (int x = 0; x < 3; x++)
		grid_put(&g, 2 * x, 0, 0x4e2d, STYLE_TEXT);
	assert_string_equal(row(&g, 0), "\xe4\xb8\xad\xe4\xb8\xad\xe4\xb8\xad");
	grid_put(&g, 1, 0, 'x', STYLE_TEXT); /* right half */
	assert_string_equal(row(&g, 0), " x\xe4\xb8\xad\xe4\xb8\xad");
	grid_put(&g, 2, 0, 'y', STYLE_TEXT); /* left half */
	assert_string_equal(row(&g, 0), " xy \xe4\xb8\xad");
	grid_put(&g, 3, 0, 0x4e2d, STYLE_TEXT); /* over a left half */
	assert_string_equal(row(&g, 0), " xy\xe4\xb8\xad ");
	grid_put(&g, 4, 0, 0x4e2d, STYLE_TEXT); /* over a right half */
	assert_string_equal(row(&g, 0), " xy \xe4\xb8\xad");
	grid_put(&g, 5, 0, 0x4e2d, STYLE_TEXT); /* no room for its right half */
	assert_string_equal(row(&g, 0), " xy   ");
	grid_put(&g, -1, 0, 0x4e2d, STYLE_TEXT);
	assert_string_equal(row(&g, 0), " xy   ");
	grid_fill(&g, 0, 0, 5, 1, 0x4e2d, STYLE_TEXT);
	assert_string_equal(row(&g, 0), "\xe4\xb8\xad\xe4\xb8\xad  ");
	grid_release(&g);
}

static void
test_bar(void **state)
{
	struct grid g = {0};
	const struct part one[] = {{0.5, STYLE_USER}};
	const struct part three[] = {{0.5, STYLE_USER}, {0.25, STYLE_SYSTEM}, {0.1, STYLE_IOWAIT}};
	(void)state;
	grid_resize(&g, 10, 1);
	chart_bar(&g, GLYPHS_ASCII, 0, 0, 10, one, 1);
	assert_string_equal(row(&g, 0), "|||||.....");
	chart_bar(&g, GLYPHS_ASCII, 0, 0, 10, three, 3);
	assert_string_equal(row(&g, 0), "|||||###=.");
	chart_bar(&g, GLYPHS_BLOCK, 0, 0, 10, three, 3);
	assert_string_equal(row(&g, 0), "█████▓▓▓▒·");
	chart_bar(&g, GLYPHS_BRAILLE, 0, 0, 10, (struct part[]){{0.4375, STYLE_USER}}, 1);
	assert_string_equal(row(&g, 0), "████▍·····");
	chart_bar(&g, GLYPHS_BRAILLE, 0, 0, 10, (struct part[]){{0.0001, STYLE_USER}}, 1);
	assert_string_equal(row(&g, 0), "▏·········");
	chart_bar(&g, GLYPHS_BRAILLE, 0, 0, 10, (struct part[]){{9, STYLE_USER}, {9, STYLE_NICE}},
		  2);
	assert_string_equal(row(&g, 0), "██████████");
	chart_bar(&g, GLYPHS_BRAILLE, 0, 0, 10,
		  (struct part[]){{NAN, STYLE_USER}, {-1, STYLE_NICE}}, 2);
	assert_string_equal(row(&g, 0), "··········");
	chart_bar(&g, GLYPHS_ASCII, 0, 0, 0, one, 1);
	chart_bar(&g, GLYPHS_ASCII, 0, 0, -4, one, 1);
	chart_bar(&g, GLYPHS_ASCII, 8, 0, 10, one, 1); /* clipped */
	grid_release(&g);
}

/* Any parts and any width: the bar stays in its box, its length is the rounded sum unless a small
 * part had to be shown, and every part of more than half a column shows. */
static void
test_bar_shares(void **state)
{
	struct grid g = {0};
	uint32_t seed = 1;
	(void)state;
	grid_resize(&g, 60, 1);
	for (int round = 0; round < 50000; round++) {
		struct part p[6];
		double sum = 0, exact[6];
		int got[STYLE_COUNT] = {0}, total = 0, small = 0;
		for (int i = 0; i < 6; i++) {
			seed = seed * 1664525u + 1013904223u;
			double v = seed % 3 ? (seed >> 8 & 0xffff) / 65536.0 / 3
					    : (seed >> 8 & 0xff) / 16384.0;
			if (sum + v > 1)
				v = 1 - sum;
			sum += v;
			p[i] = (struct part){v, (enum style)(STYLE_USER + i)};
		}
		int w = (int)(seed >> 24) % 41;
		grid_clear(&g);
		chart_bar(&g, GLYPHS_ASCII, 10, 0, w, p, 6);
		for (int x = 0; x < 60; x++) {
			const struct cell *c = grid_at(&g, x, 0);
			if (x < 10 || x >= 10 + w) {
				assert_int_equal(c->ch, ' ');
			} else if (c->ch != '.') {
				got[c->style]++;
				total++;
			}
		}
		for (int i = 0; i < 6; i++) {
			exact[i] = p[i].value * w;
			if (exact[i] > 0.5 && exact[i] < 1)
				small++;
			assert_true(fabs(got[STYLE_USER + i] - exact[i]) < 2);
			if (exact[i] > 0.5001 && w >= 6)
				assert_true(got[STYLE_USER + i] > 0);
		}
		assert_true(fabs(total - sum * w) <= 0.501 + small);
	}
	grid_release(&g);
}

static void
test_graph(void **state)
{
	const double s[] = {0, 0.25, 0.5, 0.75, 1, NAN, 0, 0, 0.01, 5};
	const struct rect r = {0, 0, 6, 1}, r2 = {1, 0, 4, 2};
	struct grid g = {0};
	(void)state;
	grid_resize(&g, 6, 2);
	assert_int_equal(chart_samples(GLYPHS_BRAILLE, 6), 12);
	assert_int_equal(chart_samples(GLYPHS_ASCII, 6), 6);
	assert_int_equal(chart_samples(GLYPHS_BLOCK, -6), 0);
	chart_graph(&g, GLYPHS_BRAILLE, r, s, 10, 1, STYLE_USER);
	assert_string_equal(row(&g, 0), " ⣀⣴⡇⣀⣸"); /* 0 .25 | .5 .75 | 1 NaN | 0 0 | .01 full */
	assert_int_equal(grid_at(&g, 1, 0)->style, STYLE_USER);
	assert_int_equal(grid_at(&g, 4, 0)->style, STYLE_DIM); /* nothing but zero */
	chart_graph(&g, GLYPHS_ASCII, r, s, 5, 1, STYLE_USER);
	assert_string_equal(row(&g, 0), " .:=+#");
	chart_graph(&g, GLYPHS_BLOCK, r, s, 5, 1, STYLE_USER);
	assert_string_equal(row(&g, 0), " ·▄▄██");
	grid_clear(&g);
	chart_graph(&g, GLYPHS_BRAILLE, r2, s, 5, 1,
		    STYLE_USER); /* two high; the odd one alone on the left */
	assert_string_equal(row(&g, 0), "    ⣼ ");
	assert_string_equal(row(&g, 1), "  ⢀⣼⣿ ");
	chart_graph(&g, GLYPHS_BRAILLE, r, s, 10, 0, STYLE_USER); /* no scale: all is zero */
	chart_graph(&g, GLYPHS_BRAILLE, r, s, 10, NAN, STYLE_USER);
	assert_string_equal(row(&g, 0), " ⣀⣀⡀⣀⣀");
	chart_graph(&g, GLYPHS_BRAILLE, (struct rect){-3, -2, 99, 99}, s, 10, INFINITY, STYLE_USER);
	chart_graph(&g, GLYPHS_BRAILLE, (struct rect){0, 0, 0, 0}, s, 10, 1, STYLE_USER);
	chart_graph(&g, GLYPHS_BRAILLE, r, NULL, 0, 1, STYLE_USER);
	assert_string_equal(row(&g, 0), "      ");

	assert_int_equal(chart_cell(GLYPHS_BRAILLE, 0), 0x2581);
	assert_int_equal(chart_cell(GLYPHS_BRAILLE, 1), 0x2588);
	assert_int_equal(chart_cell(GLYPHS_BRAILLE, 77), 0x2588);
	assert_int_equal(chart_cell(GLYPHS_BRAILLE, NAN), ' ');
	assert_int_equal(chart_cell(GLYPHS_BLOCK, 0.5), 0x2592);
	assert_int_equal(chart_cell(GLYPHS_ASCII, 0), '_');
	assert_int_equal(chart_cell(GLYPHS_ASCII, 0.01), '.');
	assert_int_equal(chart_cell(GLYPHS_ASCII, 1), '#');
	grid_release(&g);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cells), cmocka_unit_test(test_wide),
		cmocka_unit_test(test_bar),   cmocka_unit_test(test_bar_shares),
		cmocka_unit_test(test_graph),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
