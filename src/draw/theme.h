#ifndef DRAW_THEME_H
#define DRAW_THEME_H

/* theme: what styles and grounds look like. Written in RGB once and mapped to what a terminal has:
 * direct colour, 256, 16, 8, or none (then weight, reverse and underline only).
 */
#include "draw/grid.h"

enum { THEME_BOLD = 1, THEME_DIM = 2, THEME_REVERSE = 4, THEME_UNDERLINE = 8 };

#define COLOUR_DEFAULT (-1)

struct look {
	int fg, bg;     /* palette index, or 0xRRGGBB when colours > 256, or COLOUR_DEFAULT */
	uint8_t attr;
};

struct theme;
extern const struct theme theme_default;

/* colours: what the terminal has: 1 << 24, 256, 88, 16, 8, or less for none. */
struct look theme_look(const struct theme *t, int colours, enum style style, enum ground ground,
		       bool bold);

/* 24-bit RGB of a style or ground, for SVG; -1 for the default. */
int theme_rgb(const struct theme *t, enum style style);
int theme_ground_rgb(const struct theme *t, enum ground ground);

#endif
