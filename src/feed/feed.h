#ifndef FEED_FEED_H
#define FEED_FEED_H

/* feed: where frames come from. Screens, sinks and the library hold a feed and its capability bits
 * and never know whether it is a live machine, a recording or another host.
 *
 * A plain feed is synchronous: next() makes or reads the next frame now and may take as long as the
 * machine takes. feed_thread_new() (feed/thread.h) runs one in a thread of its own.
 */
#include "base/err.h"
#include "frame/frame.h"

enum feed_caps {
	FEED_LIVE = 1 << 0,  /* frames are of now */
	FEED_SEEK = 1 << 1,  /* seek() works */
	FEED_LOCAL = 1 << 2, /* of the machine we run on: actions on its processes make sense */
};

/* What the caller looks at; the feed reads no more than that needs. */
struct plan {
	struct field_set want[TABLE_COUNT]; /* columns that shall exist; the feed adds what those are
					       derived from */
	struct field_set all; /* of proc: needed in every row (sorted by, filtered on, printed);
				 the others may be absent or some ticks old in rows not visible */
	struct row_key *visible; /* of proc: rows on the screen, then rows near them, which may be
				    there next and shall be known by then; owned by the plan */
	size_t nvisible, nnear, visible_cap;
	bool threads; /* rows for threads too */
	struct row_key detail; /* the process whose details are wanted; a is 0: none. b may be 0:
				* whoever has the number */
	bool anew;    /* somebody asked for the next frame: what is visible is read for it */
	bool thorough; /* what is wanted of all rows is read for every frame, whatever it costs: one
			* frame is asked for, and nobody waits for the next one */
	bool patient; /* what others can change of a process that does nothing may be older: nobody
		       * looks at the moment it does (a recorder) */
};

void plan_release(struct plan *p);
void plan_copy(struct plan *to, const struct plan *from); /* to keeps its room */
bool plan_same_fields(const struct plan *a, const struct plan *b); /* but for the visible rows */
void plan_want(struct plan *p, enum table_id t, unsigned field);
void plan_want_everywhere(struct plan *p, unsigned proc_field);
void plan_want_table(struct plan *p, enum table_id t); /* every field of it */

struct feed;
struct feed_ops {
	/* 0 and a frame the caller owns a reference of; -ENODATA at the end; -errno. */
	int (*next)(struct feed *f, const struct frame **ret_frame);
	void (*plan)(struct feed *f, const struct plan *p); /* borrowed; for the frames from now on */
	int (*seek)(struct feed *f, int64_t wall_ns);
	void (*free)(struct feed *f);
};

struct feed {
	const struct feed_ops *ops;
	unsigned caps;
};

static inline int
feed_next(struct feed *f, const struct frame **ret_frame)
{
	return f->ops->next(f, ret_frame);
}

static inline void
feed_plan(struct feed *f, const struct plan *p)
{
	f->ops->plan(f, p);
}

static inline void
feed_free(struct feed *f)
{
	if (f)
		f->ops->free(f);
}

#endif
