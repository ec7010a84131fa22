#ifndef DRAW_PRINT_H
#define DRAW_PRINT_H

/* print: a grid as bytes: plain text, text with SGR colours, or an SVG picture. */
#include "base/buf.h"
#include "draw/grid.h"
#include "draw/theme.h"

void print_text(struct buf *b, const struct grid *g); /* trailing blanks cut */
void print_ansi(struct buf *b, const struct grid *g, const struct theme *t, int colours);
void print_svg(struct buf *b, const struct grid *g, const struct theme *t);
/* Styles as letters beside grounds as digits, line by line: for tests of colour. */
void print_styles(struct buf *b, const struct grid *g);

#endif
