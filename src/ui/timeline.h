#ifndef UI_TIMELINE_H
#define UI_TIMELINE_H

/* timeline: all that is kept of the past, at the bottom of a screen that stands in it: how busy the
 * machine was, the oldest at the left and the newest at the right edge, with marks for events and
 * bookmarks and for where one stands. One line; where there is height to spare a strip each for
 * CPU, memory and pressure, and a line for the marks.
 *
 * A column stands for so many moments, by their numbers, and shows the highest of them: a spike of
 * a second is seen, however long ago. Columns begin at multiples of that many, so what they show
 * does not change as time goes on.
 */
#include "draw/chart.h"
#include "feed/past.h"

/* What the moments of a column come to. */
struct timeline_column {
	uint64_t from, to;            /* those before `to` */
	double cpu, memory, pressure; /* the highest; NaN: none is known */
	uint64_t busiest;             /* with the highest CPU */
	uint64_t event;               /* the first with an event; UINT64_MAX: there was none */
	uint8_t events;               /* of all of them */
};

struct timeline {
	struct rect r;      /* as it was drawn, the columns; of no size when it was not */
	uint64_t from, per; /* the first column's first moment, moments a column */
	struct timeline_column known[512]; /* by number, round and round; most stay as they are */
};

int timeline_height(int w, int h); /* of a screen of that size; 0 where there is no room */
/* In the past at moment `at`. bookmark: n numbers of moments, rising. utc: no local time zone. t is
 * zero before the first time, and of one past. */
void timeline_draw(struct grid *g, enum glyphs gs, struct past *p, uint64_t at,
		   const uint64_t *bookmark, size_t n, bool utc, struct rect r,
		   struct timeline *t);
/* The moment a click on the strip means: of those of its column one with an event, or the busiest.
 * False beside the line. */
bool timeline_find(struct timeline *t, struct past *p, int x, int y, uint64_t *ret_n);

#endif
