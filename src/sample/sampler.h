#ifndef SAMPLE_SAMPLER_H
#define SAMPLE_SAMPLER_H

/* sampler: the feed of the machine under a root: each next() reads what the plan asks for and gives
 * one frame. Synchronous; see feed/thread.h for a thread around it. On a fixture, successive frames
 * are its successive moments and -ENODATA comes after the last.
 */
#include "base/root.h"
#include "feed/feed.h"

/* How processes are read. The frames are the same but for what a field's doc says. */
enum sampler {
	SAMPLER_AUTO,  /* the best that works here */
	SAMPLER_PROC,  /* every process's stat on every tick */
	SAMPLER_BPF,   /* a program in the kernel (sample/sweep.h); needs privilege */
	SAMPLER_CLOCK, /* CPU clocks first (sample/procs.h); needs this machine's own procfs */
	SAMPLERS
};
const char *sampler_name(enum sampler s); /* "clock" */

/* Borrows root, which must outlive it. NULL and e when that sampler cannot work here. */
struct feed *sampler_new(struct root *root, enum sampler s, struct err *e);
/* In a sentence: why the sampler that is used is the best that works here. */
void sampler_reason(const struct feed *f, struct buf *b);

#endif
