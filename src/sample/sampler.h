#ifndef SAMPLE_SAMPLER_H
#define SAMPLE_SAMPLER_H

/* sampler: the feed of the machine under a root: each next() reads what the plan asks for and gives
 * one frame. Synchronous; see feed/thread.h for a thread around it. On a fixture, successive frames
 * are its successive moments and -ENODATA comes after the last.
 */
#include "base/root.h"
#include "feed/feed.h"

struct feed *sampler_new(struct root *root); /* borrows root, which must outlive it */

#endif
