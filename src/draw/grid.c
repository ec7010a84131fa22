/* grid: cells, and the one rule that is easy to break: a wide character owns two of them, and
 * whoever takes one half blanks the other. */
#include "draw/grid.h"

#include <string.h>

#include "base/mem.h"
#include "base/utf8.h"

static const struct cell blank = {.ch = ' '};

void
grid_release(struct grid *g)
{
	free(g->cell);
	free(g->row);
	memset(g, 0, sizeof *g);
}

/* The row is about to be drawn on. */
static void
touch(struct grid *g, int y)
{
	struct cell *c = g->cell + (size_t)y * (size_t)g->w;

	if (g->row[y].state == ROW_OLD)
		for (int x = 0; x < g->w; x++)
			c[x] = blank;
	g->row[y] = (struct grid_row){0, ROW_DRAWN};
}

void
grid_begin(struct grid *g)
{
	for (int y = 0; y < g->h; y++)
		g->row[y].state = ROW_OLD;
	g->cursor_x = g->cursor_y = -1;
}

bool
grid_keep(struct grid *g, int y, uint64_t stamp)
{
	if (y < 0 || y >= g->h)
		return true;
	if (g->row[y].state == ROW_OLD && g->row[y].stamp == stamp) {
		g->row[y].state = ROW_SEALED;
		return true;
	}
	touch(g, y);
	return false;
}

void
grid_seal(struct grid *g, int y, uint64_t stamp)
{
	if (y >= 0 && y < g->h)
		g->row[y] = (struct grid_row){stamp, ROW_SEALED};
}

void
grid_end(struct grid *g)
{
	for (int y = 0; y < g->h; y++)
		if (g->row[y].state == ROW_OLD)
			touch(g, y);
}

void
grid_clear(struct grid *g)
{
	grid_begin(g);
	grid_end(g);
}

void
grid_resize(struct grid *g, int w, int h)
{
	if (w < 1 || h < 1)
		w = h = 0;
	/* No terminal is that large; and w * h stays far from the end of int. */
	w = MIN(w, 10000);
	h = MIN(h, 10000);
	GROW(g->cell, g->cap, (size_t)w * (size_t)h);
	GROW(g->row, g->rows_cap, (size_t)h);
	g->w = w;
	g->h = h;
	grid_clear(g);
}

/* The cell is about to get something else: its other half, if it has one, becomes a blank. */
static void
part_halves(struct grid *g, int x, int y)
{
	struct cell *c = grid_at(g, x, y);
	if (c->ch == 0 && x > 0) {
		c[-1].ch = ' ';
	} else if (x + 1 < g->w && c[1].ch == 0) {
		c[1].ch = ' ';
	}
}

static void
set(struct grid *g, int x, int y, uint32_t ch, enum style style)
{
	struct cell *c = grid_at(g, x, y);
	if (!c)
		return;
	if (g->row[y].state != ROW_DRAWN)
		touch(g, y);
	part_halves(g, x, y);
	c->ch = ch;
	c->style = (uint8_t)style;
	c->bold = 0;
}

void
grid_put(struct grid *g, int x, int y, uint32_t ch, enum style style)
{
	int w = ch - 0x20 < 0x5f ? 1 : utf8_width(ch);
	if (w == 0) { /* text.c lets none of these through; whoever came by another way is marked */
		ch = ch == 0 ? ' ' : '?';
		w = 1;
	}
	if (w == 1) {
		set(g, x, y, ch, style);
		return;
	}
	bool fits = grid_at(g, x, y) && grid_at(g, x + 1, y);
	set(g, x, y, fits ? ch : ' ', style);
	set(g, x + 1, y, ' ', style);
	if (fits)
		grid_at(g, x + 1, y)->ch = 0;
}

/* Clips a rectangle to the grid. */
static struct rect
clip(const struct grid *g, int x, int y, int w, int h)
{
	/* In 64 bits: x + w of a caller's arithmetic gone wrong must not wrap into the grid. */
	int64_t right = CLAMP((int64_t)x + MAX(w, 0), 0, g->w);
	int64_t bottom = CLAMP((int64_t)y + MAX(h, 0), 0, g->h);
	struct rect r = {.x = MAX(x, 0), .y = MAX(y, 0)};
	r.w = r.x < right ? (int)(right - r.x) : 0;
	r.h = r.y < bottom ? (int)(bottom - r.y) : 0;
	return r;
}

void
grid_fill(struct grid *g, int x, int y, int w, int h, uint32_t ch, enum style style)
{
	struct rect r = clip(g, x, y, w, h);
	int step = utf8_width(ch) == 2 ? 2 : 1;
	for (int i = r.y; i < r.y + r.h; i++) {
		for (int j = r.x; j < r.x + r.w; j += step)
			grid_put(g, j, i, j + step > r.x + r.w ? ' ' : ch, style);
	}
}

void
grid_ground(struct grid *g, int x, int y, int w, int h, enum ground ground)
{
	struct rect r = clip(g, x, y, w, h);
	for (int i = r.y; i < r.y + r.h; i++) {
		if (g->row[i].state != ROW_DRAWN)
			touch(g, i);
		for (int j = r.x; j < r.x + r.w; j++)
			grid_at(g, j, i)->ground = (uint8_t)ground;
	}
}

void
grid_bold(struct grid *g, int x, int y, int w, int h)
{
	struct rect r = clip(g, x, y, w, h);
	for (int i = r.y; i < r.y + r.h; i++) {
		if (g->row[i].state != ROW_DRAWN)
			touch(g, i);
		for (int j = r.x; j < r.x + r.w; j++)
			grid_at(g, j, i)->bold = 1;
	}
}
