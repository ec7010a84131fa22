#ifndef UI_OFFER_H
#define UI_OFFER_H

/* offer: what the word at the cursor of a filter can become, drawn dim while it is typed and taken
 * with Tab: first what all of them have in common, then one after the other. */
#include "draw/grid.h"
#include "query/complete.h"
#include "ui/line.h"

struct offer {
	struct completion all;
	bool taken; /* one stands on the line: all stays as it is until another key comes */
	size_t at;  /* which */
};

/* The text or the table is another one. */
void offer_update(struct offer *o, const struct line *l, const struct table *t);
void offer_release(struct offer *o);
/* Tab, or Shift-Tab with way -1; true when the text changed. */
bool offer_take(struct offer *o, struct line *l, int way);
/* Whether there is something to be seen. */
bool offer_any(const struct offer *o, const struct line *l);
/* Draws them in w columns; returns the columns used. */
int offer_draw(const struct offer *o, struct grid *g, int x, int y, int w);

#endif
