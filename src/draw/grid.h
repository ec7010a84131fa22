#ifndef DRAW_GRID_H
#define DRAW_GRID_H

/* grid: the screen as cells, before any terminal knows of it. A cell has one character, a style and
 * a ground; what colours these are is the theme's business (draw/theme.h). Everything drawn is
 * clipped: coordinates outside are harmless.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Colour has jobs. */
enum style {
	STYLE_TEXT,
	STYLE_DIM,    /* idle, zero, labels */
	STYLE_STRONG, /* busy */
	STYLE_ACCENT, /* where you are: keys, selection marks, sort heading */
	STYLE_GOOD,
	STYLE_WARN,
	STYLE_BAD,
	/* series: the same on every screen */
	STYLE_USER,
	STYLE_NICE,
	STYLE_SYSTEM,
	STYLE_IOWAIT,
	STYLE_IRQ,
	STYLE_STEAL,
	STYLE_MEM_USED,
	STYLE_MEM_SHARED,
	STYLE_MEM_BUFFERS,
	STYLE_MEM_CACHE,
	STYLE_READ,
	STYLE_WRITE,
	STYLE_RX,
	STYLE_TX,
	STYLE_COUNT
};

enum ground {
	GROUND_NONE,   /* the terminal's own */
	GROUND_SELECT, /* the selected row */
	GROUND_HEAD,   /* table heading */
	GROUND_PAST,   /* the header line when not live */
	GROUND_DIALOG, /* something on top of the rest */
	GROUND_INPUT,  /* a text being typed */
	GROUND_NEW,    /* a row that was not there before */
	GROUND_GONE,   /* a row of a process that has ended */
	GROUND_TAG,    /* a tagged row */
	GROUND_COUNT
};

struct cell {
	uint32_t ch;   /* a scalar value; 0 is the right half of a wide character */
	uint8_t style; /* enum style */
	uint8_t ground;
	uint8_t bold; /* 1: more weight than the style gives by itself */
	uint8_t pad;
};

/* A row of the picture that is being drawn. */
struct grid_row {
	uint64_t stamp; /* what it shows was drawn from this; 0: from who knows what */
	enum { ROW_DRAWN, ROW_OLD, ROW_SEALED } state;
};

struct grid {
	int w, h;
	struct cell *cell; /* w * h, row by row */
	struct grid_row *row;
	size_t cap, rows_cap;
	int cursor_x, cursor_y; /* where the terminal's cursor shows; -1: hidden */
};

void grid_release(struct grid *g);
void grid_resize(struct grid *g, int w, int h); /* and clears; sizes below 1 give an empty grid */
void grid_clear(struct grid *g);

/* The next picture, in which rows that would say what they say already need not be drawn. Between
 * begin and end the grid is as if it were clear, but is not to be looked at.
 *
 *     grid_begin(g);
 *     if (!grid_keep(g, y, stamp)) {
 *             ... draw the row; what it shows must follow from the stamp alone ...
 *             grid_seal(g, y, stamp);
 *     }
 *     grid_end(g);
 *
 * Whoever draws over a sealed row breaks the seal. No stamp is 0. */
void grid_begin(struct grid *g);
bool grid_keep(struct grid *g, int y, uint64_t stamp);
void grid_seal(struct grid *g, int y, uint64_t stamp);
void grid_end(struct grid *g);

/* One cell; its ground stays, its weight is that of the style again. A character of no width is
 * drawn as '?' (text.h lets none through). A wide character whose right half does not fit is drawn
 * as a blank; half of a wide character that is overwritten becomes a blank. */
void grid_put(struct grid *g, int x, int y, uint32_t ch, enum style style);
void grid_fill(struct grid *g, int x, int y, int w, int h, uint32_t ch, enum style style);
/* Sets the ground (keeps characters and styles) of a rectangle. */
void grid_ground(struct grid *g, int x, int y, int w, int h, enum ground ground);
/* Sets weight for a rectangle. */
void grid_bold(struct grid *g, int x, int y, int w, int h);

static inline struct cell *
grid_at(const struct grid *g, int x, int y)
{
	return x < 0 || y < 0 || x >= g->w || y >= g->h ? NULL : &g->cell[y * g->w + x];
}

struct rect {
	int x, y, w, h;
};

#endif
