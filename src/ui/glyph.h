#ifndef UI_GLYPH_H
#define UI_GLYPH_H

/* glyph: what is sent for a character of the grid to a terminal that may not have it. */
#include <stdint.h>

#include "draw/chart.h"
#include "draw/grid.h"

/* A character of the same width, or '?': from ASCII when gs is GLYPHS_ASCII, and one that the C
 * library measures as we do. */
uint32_t glyph_for(enum glyphs gs, uint32_t ch);
void glyphs_apply(struct grid *g, enum glyphs gs); /* to every cell */

#endif
