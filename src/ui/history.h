#ifndef UI_HISTORY_H
#define UI_HISTORY_H

/* history: what the header's graphs show: one value a tick for each series, the newest ones kept.
 * Ticks have numbers, those of the moments of the past where there is one, so that what is shown
 * may end at any of them and what is missing can be asked for.
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
	float v[HISTORY_TICKS][SERIES_COUNT]; /* by number, round and round; NaN: not known */
	uint64_t next[HISTORY_TICKS]; /* the number after that of the tick kept there; 0: none */
	uint64_t end;                 /* what is shown ends before this tick */
};

static inline bool
history_has(const struct history *h, uint64_t tick)
{
	return h->next[tick % HISTORY_TICKS] == tick + 1;
}

void history_put(struct history *h, uint64_t tick, const float v[SERIES_COUNT]);

/* Fills sample[0..n) with the mean of `per` ticks each, the newest last, aligned so that the
 * samples shift by `step` at a time; counted from tick 1, for the first has no rates. What is not
 * in the history is NaN. Returns the biggest, or 0. */
double history_samples(const struct history *h, enum series s, unsigned per, unsigned step,
		       double *sample, int n);

#endif
