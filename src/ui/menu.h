#ifndef UI_MENU_H
#define UI_MENU_H

/* menu: a list to choose from, in a box over the rest. Typing jumps to the first entry that begins
 * with what was typed.
 */
#include "draw/chart.h"
#include "draw/grid.h"

struct menu_item {
	char text[64];
	char mark; /* shown before it, ' ' for none */
	int value;
};

struct menu {
	char title[80];
	struct menu_item *item;
	size_t n, cap, at, top;
	const char *foot; /* a line below the items; NULL: none */
	struct rect drawn; /* the lines of items */
	char typed[16];
	size_t ntyped;
};

enum menu_result { MENU_OPEN, MENU_CHOSEN, MENU_CLOSED, MENU_OTHER };

void menu_clear(struct menu *m); /* forgets the items, keeps the room */
void menu_release(struct menu *m);
void menu_add(struct menu *m, const char *text, char mark, int value);
/* MENU_OTHER: a key the menu does not know. */
enum menu_result menu_key(struct menu *m, uint32_t key, int page);
/* The items alone, the one that is pointed at in sight. */
void menu_draw_items(struct grid *g, struct menu *m, struct rect in);
void menu_draw(struct grid *g, struct menu *m, enum glyphs gs, struct rect over);

/* Which item is drawn there, or: */
enum { MENU_AT_OUTSIDE = -1, MENU_AT_FRAME = -2 };
int menu_at(const struct menu *m, int x, int y);

/* A bordered, cleared box with a title; gives the room inside. */
struct rect box_draw(struct grid *g, enum glyphs gs, struct rect r, const char *title);

#endif
