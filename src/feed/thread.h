#ifndef FEED_THREAD_H
#define FEED_THREAD_H

/* thread: runs a feed in a thread of its own, at an interval, so that a slow machine never delays a
 * key. What the two sides share is one mailbox: the newest frame that was not taken yet, and the
 * newest plan. A frame nobody took is dropped, never queued.
 */
#include "feed/feed.h"

struct feed_thread;

struct feed_thread *feed_thread_new(struct feed *f, int64_t interval_ns); /* takes f */
/* Does not wait for a feed that hangs: false then, and what the feed borrows must stay. */
bool feed_thread_free(struct feed_thread *t);
unsigned feed_thread_caps(const struct feed_thread *t);
int feed_thread_fd(const struct feed_thread *t); /* readable when something waits to be taken */

/* 1 and the newest frame (the caller owns the reference), 0 when there is none new, -ENODATA after
 * the last one was taken, -errno when the feed failed. */
int feed_thread_take(struct feed_thread *t, const struct frame **ret_frame);

/* The first plan starts the thread's work. When the fields changed, or rows came into view, a frame
 * is made soon rather than at the next tick. */
void feed_thread_plan(struct feed_thread *t, const struct plan *p, bool soon);
void feed_thread_interval(struct feed_thread *t, int64_t interval_ns);
void feed_thread_now(struct feed_thread *t); /* a frame at once */

#endif
