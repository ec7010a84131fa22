#ifndef DRAW_CHART_H
#define DRAW_CHART_H

/* chart: bars and history graphs out of characters. Three glyph sets: Braille and eighths (UTF-8),
 * half blocks and shades (UTF-8 fonts without Braille, such as the Linux console's), ASCII.
 */
#include "draw/grid.h"

enum glyphs { GLYPHS_BRAILLE, GLYPHS_BLOCK, GLYPHS_ASCII };

struct part {
	double value; /* share of the whole, 0 to 1 */
	enum style style;
};

/* A bar of w columns: parts one after the other, the rest dim dots. No meaning by colour alone:
 * each part has its own character (index in parts picks it: full, three shades, then ASCII). A part
 * of more than half a column shows. A bar of one part ends in eighths of a column. At most 16
 * parts. */
void chart_bar(struct grid *g, enum glyphs gs, int x, int y, int w, const struct part *parts,
	       int n);

/* A history graph in the rectangle: `n` samples, the newest at the right edge, each 0..max (NaN:
 * not known, left blank), two samples a column in Braille and one otherwise. Cells that hold
 * nothing but zero show the lowest dim dot, so that the span is seen. `style` picks by height
 * nothing: one hue. */
void chart_graph(struct grid *g, enum glyphs gs, struct rect r, const double *sample, int n,
		 double max, enum style style);

/* Samples that fit a width: what chart_graph() will show of. */
int chart_samples(enum glyphs gs, int w);

/* One cell that stands for a share 0..1 (a bar of one column): eighths, or a digit/char in ASCII.
 */
uint32_t chart_cell(enum glyphs gs, double share);

#endif
