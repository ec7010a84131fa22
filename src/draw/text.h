#ifndef DRAW_TEXT_H
#define DRAW_TEXT_H

/* text: the only way bytes from the machine reach the grid. Control and escape characters (C0, DEL,
 * C1), bidi controls, zero-width characters and invalid UTF-8 become visible marks or vanish; the
 * width that is measured is the width that is drawn.
 */
#include "draw/grid.h"

/* Draws at most w columns of n bytes at (x, y), cut with an ellipsis mark when `more` does not fit.
 * Returns the columns used. */
int text_put(struct grid *g, int x, int y, int w, enum style style, const char *s, size_t n);
/* The same for a NUL terminated text. */
int text_puts(struct grid *g, int x, int y, int w, enum style style, const char *s);
/* Right aligned in w columns (cut on the left side when it does not fit, marked). */
int text_right(struct grid *g, int x, int y, int w, enum style style, const char *s);
/* printf into at most w columns. Returns columns used. */
int text_printf(struct grid *g, int x, int y, int w, enum style style, const char *fmt, ...)
	__attribute__((format(printf, 6, 7)));
/* Columns that text_put() would use for all of it. */
int text_width(const char *s, size_t n);
/* Starts drawing `skip` columns into the text (panning). */
int text_put_from(struct grid *g, int x, int y, int w, enum style style, const char *s, size_t n,
		  int skip);

#endif
