#ifndef UI_DIFFVIEW_H
#define UI_DIFFVIEW_H

/* diffview: what differs between two frames, on the screen: an overview with the most changed of
 * everything, and each of its lists by itself, to scroll.
 */
#include "draw/grid.h"
#include "frame/diff.h"

enum diffview_list {
	DIFFVIEW_ALL,
	DIFFVIEW_PROCS,
	DIFFVIEW_CGROUPS,
	DIFFVIEW_COUNTERS,
	DIFFVIEW_GAUGES,
	DIFFVIEWS
};

struct diffview { /* zeroed: the overview */
	enum diffview_list list;
	int top;  /* of the list: the first row shown */
	int page; /* rows of it on the screen */
};

/* The next or the one before, round and round. */
void diffview_turn(struct diffview *v, int step);
/* Drawing keeps it in range. */
void diffview_scroll(struct diffview *v, int rows);
void diffview_draw(struct grid *g, struct rect r, const struct diff *d, struct diffview *v);

#endif
