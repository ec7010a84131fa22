/* theme: every style can be read on every ground, at every number of colours. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "draw/theme.h"

static double
luminance(int rgb)
{
	static const double weight[] = {0.0722, 0.7152, 0.2126};
	double sum = 0;
	for (int i = 0; i < 3; i++) {
		double v = (rgb >> 8 * i & 255) / 255.0;
		sum += weight[i] * (v <= 0.03928 ? v / 12.92 : pow((v + 0.055) / 1.055, 2.4));
	}
	return sum;
}

/* WCAG's ratio, 1 to 21. */
static double
contrast(int a, int b)
{
	double x = luminance(a), y = luminance(b);
	return (fmax(x, y) + 0.05) / (fmin(x, y) + 0.05);
}

static int
palette_rgb(int i)
{
	static const int step[] = {0, 95, 135, 175, 215, 255};
	int grey = 8 + (i - 232) * 10, c = i - 16;
	return i >= 232 ? grey << 16 | grey << 8 | grey
			: step[c / 36] << 16 | step[c / 6 % 6] << 8 | step[c % 6];
}

static void
test_contrast(void **state)
{
	static const int depth[] = {1 << 24, 256};
	(void)state;
	for (int d = 0; d < 2; d++)
		for (int s = 0; s < STYLE_COUNT; s++)
			for (int g = 0; g < GROUND_COUNT; g++) {
				struct look l = theme_look(&theme_default, depth[d], (enum style)s,
							   (enum ground)g, false);
				if (l.fg < 0 && l.bg < 0)
					continue;
				assert_true(l.fg >=
					    0); /* a ground of ours brings its own text colour */
				int fg = depth[d] == 256 ? palette_rgb(l.fg) : l.fg;
				int bg = depth[d] == 256 && l.bg >= 0 ? palette_rgb(l.bg) : l.bg;
				if (depth[d] == 256)
					assert_true(l.fg >= 16 && (l.bg < 0 || l.bg >= 16));
				double worst =
					bg >= 0 ? contrast(fg, bg)
						: fmin(contrast(fg, 0), contrast(fg, 0xffffff));
				if (worst < (bg < 0 ? 3 : 4.5))
					fail_msg("style %d on ground %d at %d colours: %.2f", s, g,
						 depth[d], worst);
			}
}

static void
test_few_colours(void **state)
{
	static const int depth[] = {16, 8, 0};
	(void)state;
	for (int d = 0; d < 3; d++)
		for (int g = 0; g < GROUND_COUNT; g++) {
			struct look text = theme_look(&theme_default, depth[d], STYLE_TEXT,
						      (enum ground)g, false);
			for (int s = 0; s < STYLE_COUNT; s++) {
				struct look l = theme_look(&theme_default, depth[d], (enum style)s,
							   (enum ground)g, false);
				assert_true(l.fg < depth[d] && l.bg < depth[d]);
				assert_true(l.bg < 0 || l.fg != l.bg);
				if (g == GROUND_SELECT) { /* one colour, so that it can be read */
					assert_int_equal(l.fg, text.fg);
					assert_true(l.attr & THEME_REVERSE);
					assert_false(l.attr & THEME_DIM);
				}
				assert_true(!(l.attr & THEME_BOLD) || !(l.attr & THEME_DIM));
			}
		}
	/* the ones that must be told apart from plain text without colour */
	for (int g = GROUND_SELECT; g < GROUND_COUNT; g++) {
		if (g == GROUND_DIALOG) /* it has its frame */
			continue;
		struct look a = theme_look(&theme_default, 0, STYLE_TEXT, GROUND_NONE, false);
		struct look b = theme_look(&theme_default, 0, STYLE_TEXT, (enum ground)g, false);
		assert_int_not_equal(a.attr, b.attr);
	}
	assert_true(theme_look(&theme_default, 256, STYLE_TEXT, GROUND_NONE, true).attr &
		    THEME_BOLD);
	assert_int_equal(theme_rgb(&theme_default, STYLE_TEXT), -1);
	assert_int_equal(theme_ground_rgb(&theme_default, GROUND_NONE), -1);
	assert_true(theme_rgb(&theme_default, STYLE_BAD) > 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_contrast),
		cmocka_unit_test(test_few_colours),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
