/* chart: values to levels, levels to characters. A value that is not zero is never drawn as zero,
 * and nothing is drawn outside the width it was given. */
#include "draw/chart.h"

#include <math.h>

#include "base/mem.h"

enum { PARTS_MAX = 16 };

/* By index in the parts: told apart without colour. */
static const uint32_t part_utf8[] = {0x2588, 0x2593, 0x2592, 0x2591, '=', '-', '+', '~'};
static const uint32_t part_ascii[] = {'|', '#', '=', '-', '+', '*', '%', '~'};
static const char ramp[] = " .:-=+*#"; /* ASCII heights, 0 to 7 */

/* Columns of every part: largest remainders, so that the sum is the rounded sum and a part moves by
 * at most one column; then a part of more than half a column that got none takes one. */
static void
share_columns(const double *exact, int n, int w, int *ret_cols)
{
	double sum = 0, rest[PARTS_MAX];
	int used = 0;

	for (int i = 0; i < n; i++) {
		sum += exact[i];
		ret_cols[i] = (int)exact[i];
		rest[i] = exact[i] - ret_cols[i];
		used += ret_cols[i];
	}
	int total = MIN((int)(sum + 0.5), w);
	while (used < total) {
		int best = 0;
		for (int i = 1; i < n; i++)
			if (rest[i] > rest[best])
				best = i;
		ret_cols[best]++;
		rest[best] = -1;
		used++;
	}
	for (int i = 0; i < n; i++) {
		if (exact[i] <= 0.5 || ret_cols[i] > 0)
			continue;
		if (used < w) {
			used++;
		} else {
			int most = 0;
			for (int k = 1; k < n; k++)
				if (ret_cols[k] > ret_cols[most])
					most = k;
			if (ret_cols[most] < 2)
				continue;
			ret_cols[most]--;
		}
		ret_cols[i] = 1;
	}
}

void
chart_bar(struct grid *g, enum glyphs gs, int x, int y, int w, const struct part *parts, int n)
{
	double exact[PARTS_MAX], left = w;
	int cols[PARTS_MAX], at = 0, given = 0, only = -1;
	bool ascii = gs == GLYPHS_ASCII;

	if (w <= 0)
		return;
	n = CLAMP(n, 0, PARTS_MAX);
	for (int i = 0; i < n; i++) {
		double v = parts[i].value;
		exact[i] = v > 0 ? MIN(v * w, left) : 0; /* NaN is none */
		left -= exact[i];
		if (exact[i] > 0) {
			only = i;
			given++;
		}
	}
	if (gs == GLYPHS_BRAILLE && given == 1 && only == 0) {
		/* One part: its end is as fine as an eighth of a column. */
		int eighths = MAX((int)(exact[0] * 8 + 0.5), 1);
		for (; at < eighths / 8; at++)
			grid_put(g, x + at, y, part_utf8[0], parts[0].style);
		if (eighths % 8 && at < w)
			grid_put(g, x + at++, y, 0x2590u - (uint32_t)(eighths % 8), parts[0].style);
	} else {
		share_columns(exact, n, w, cols);
		for (int i = 0; i < n; i++) {
			uint32_t ch =
				(ascii ? part_ascii : part_utf8)[i % (int)ARRAY_LEN(part_utf8)];
			for (int k = 0; k < cols[i]; k++)
				grid_put(g, x + at++, y, ch, parts[i].style);
		}
	}
	for (; at < w; at++)
		grid_put(g, x + at, y, ascii ? '.' : 0xb7, STYLE_DIM);
}

int
chart_samples(enum glyphs gs, int w)
{
	return MAX(w, 0) * (gs == GLYPHS_BRAILLE ? 2 : 1);
}

/* -1: not known; 0: zero; else 1 to steps. */
static int
level(double v, double max, int steps)
{
	if (isnan(v))
		return -1;
	if (!(v > 0) || !(max > 0))
		return 0;
	if (v >= max)
		return steps;
	return CLAMP((int)(v / max * steps + 0.5), 1, steps);
}

/* Draws one column of cells. a and b: levels of its left and right half (equal when the set has no
 * halves), per: levels a cell has. */
static void
column(struct grid *g, enum glyphs gs, struct rect r, int x, int a, int b, int per,
       enum style style)
{
	static const uint8_t left[] = {0, 0x40, 0x44, 0x46, 0x47},
			     right[] = {0, 0x80, 0xa0, 0xb0, 0xb8};
	bool zero = a <= 0 && b <= 0;

	for (int row = 0; row < r.h; row++) {
		int ha = CLAMP(a - row * per, 0, per), hb = CLAMP(b - row * per, 0, per);
		if (row == 0) { /* a known zero shows the lowest dot */
			ha = a == 0 ? 1 : ha;
			hb = b == 0 ? 1 : hb;
		}
		if (ha == 0 && hb == 0)
			break;
		uint32_t ch = gs == GLYPHS_BRAILLE ? 0x2800u + left[ha] + right[hb]
			      : gs == GLYPHS_BLOCK ? (zero        ? 0xb7u
						      : ha == per ? 0x2588u
								  : 0x2584u)
						   : (uint32_t)ramp[ha];
		grid_put(g, x, r.y + r.h - 1 - row, ch, zero ? STYLE_DIM : style);
	}
}

void
chart_graph(struct grid *g, enum glyphs gs, struct rect r, const double *sample, int n, double max,
	    enum style style)
{
	int per = gs == GLYPHS_BRAILLE ? 4 : gs == GLYPHS_BLOCK ? 2 : (int)sizeof ramp - 2;

	if (r.w <= 0 || r.h <= 0)
		return;
	for (int i = 0; i < r.h; i++)
		for (int k = 0; k < r.w; k++)
			grid_put(g, r.x + k, r.y + i, ' ', STYLE_TEXT);
	for (int back = 0; back < r.w; back++) { /* columns from the right */
		int half = gs == GLYPHS_BRAILLE ? 2 : 1;
		int newest = n - 1 - back * half;
		if (newest < 0)
			break;
		int b = level(sample[newest], max, r.h * per), a = b;
		if (half == 2)
			a = newest > 0 ? level(sample[newest - 1], max, r.h * per) : -1;
		column(g, gs, r, r.x + r.w - 1 - back, a, b, per, style);
	}
}

uint32_t
chart_cell(enum glyphs gs, double share)
{
	static const uint32_t shade[] = {0xb7, 0x2591, 0x2592, 0x2593, 0x2588};

	if (isnan(share))
		return ' ';
	if (gs == GLYPHS_BRAILLE)
		return 0x2580u + (uint32_t)MAX(level(share, 1, 8), 1);
	if (gs == GLYPHS_BLOCK)
		return shade[level(share, 1, 4)];
	return share > 0 ? (uint32_t)ramp[level(share, 1, (int)sizeof ramp - 2)] : '_';
}
