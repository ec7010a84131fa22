#ifndef FRAME_ROLLUP_H
#define FRAME_ROLLUP_H

/* rollup: process rows that stand for several: a group, or a process with all below it. They are
 * rows of a frame of their own that has the columns of the frame they were made from, so whoever
 * draws, sorts or filters rows need not know that they are sums.
 *
 * What can be added up is added up: rates, counters, shares of the machine, bytes, counts. Of ages
 * the longest counts, of starts the first, of states the one that matters most (D R Z T t S I X).
 * Anything else is there when it is the same in all. Where rows count in a parent only what is
 * added up is filled in. Threads count with their process, so their rows are to be left out.
 */
#include "frame/frame.h"

struct rollup_plan {
	uint32_t n;                /* rows to make */
	const struct row_key *key; /* of each */
	const uint32_t *into;      /* by row of the frame: the one it counts in, or ROW_NONE */
	/* NULL, or by row made: another one that all of it counts in as well, or ROW_NONE; then
	 * order has all rows made, each before that one. */
	const uint32_t *parent, *order;
};

struct rollup;
void rollup_free(struct rollup *r); /* NULL is fine */

/* Both results are the rollup's own, good until the next call. *r is made on first use. */
const struct frame *rollup_build(struct rollup **r, const struct frame *f,
				 const struct rollup_plan *p);
/* The same with numbers instead of cells, one a row of the frame, NaN: absent. They are added. */
const double *rollup_values(struct rollup **r, const struct frame *f, const struct rollup_plan *p,
			    const double *value);

/* Does a sum of the field mean anything? */
bool rollup_adds(const struct field *spec);

#endif
