#ifndef UI_HISTORY_H
#define UI_HISTORY_H

/* history: what the header's graphs show: one value a tick for each series, the newest ones kept.
 *
 * A graph joins several ticks into one sample, and moves only when a whole cell of samples is full:
 * in between just its last cell changes. So it moves calmly, and a slow line carries little.
 */
#include <stddef.h>

#include "frame/frame.h"

enum series {
	SERIES_CPU,
	SERIES_MEM,
	SERIES_READ,
	SERIES_WRITE,
	SERIES_RX,
	SERIES_TX,
	SERIES_LOAD,
	SERIES_COUNT
};

enum { HISTORY_TICKS = 2048 };

struct history {
	float v[HISTORY_TICKS][SERIES_COUNT]; /* NaN: not known */
	size_t ticks;                         /* ever; slot ticks % HISTORY_TICKS is written next */
	size_t end;                           /* what is shown ends before this tick */
	bool held;                            /* it stays there while more are added */
};

void history_add(struct history *h, const float v[SERIES_COUNT]);
void history_hold(struct history *h, bool hold);

/* Fills sample[0..n) with the mean of `per` ticks each, the newest last, aligned so that the
 * samples shift by `step` at a time. What is older than the history is NaN. Returns the biggest,
 * or 0. */
double history_samples(const struct history *h, enum series s, unsigned per, unsigned step,
		       double *sample, int n);

#endif
