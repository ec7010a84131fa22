#ifndef UI_COSTS_H
#define UI_COSTS_H

/* costs: what sonde itself costs, a tick at a time: CPU time by phase (enum cost; the first ones
 * come with the frame, the others are the screen's), CPU time of the whole program, and bytes
 * written to the terminal. Drawing for keys counts to the tick in which they were pressed.
 */
#include "draw/grid.h"
#include "frame/frame.h"

struct costs {
	int64_t ns[COSTS];
	int64_t cpu_ns; /* all threads, with what is in no phase */
	int64_t mono_ns; /* how long the ticks took */
	uint64_t bytes, ticks;
};

void costs_add(struct costs *to, const struct costs *c);
const char *cost_name(enum cost c); /* "list" */
/* A line of means per tick. */
void costs_draw(struct grid *g, int y, const struct costs *c, const char *sampler);

#endif
