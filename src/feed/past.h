#ifndef FEED_PAST_H
#define FEED_PAST_H

/* past: frames that were, of a live session (store/ring.h) or of a recording. A screen that can go
 * back holds a struct past and does not know which.
 *
 * Moments have numbers that rise with the time they were sampled at, whatever the wall clock did
 * meanwhile, and a moment keeps its number for good. Kept are those from `first` up to, not
 * including, `end`; both only grow. A frame of the past is a frame like any other: sealed, with
 * rates and shares derived from the moment before it. A column that is wanted and was not sampled
 * then is not in it (col[f] is NULL), however much it is wanted now.
 *
 * One thread asks; what fills a past may be another one.
 */
#include "frame/events.h"

enum { PAST_UNKNOWN = SUMMARY_UNKNOWN };

/* What is known of a moment without unpacking it; for the strip of the time line. */
struct moment {
	int64_t wall_ns, mono_ns;
	uint8_t cpu, memory, pressure; /* as struct summary has them; PAST_UNKNOWN */
	uint8_t events;                /* since the moment before: EVENT_BITs */
};

/* Moments that lie one behind the other, and what is known of all of them together. */
struct stretch {
	uint64_t first, end;
	int64_t earliest_ns, latest_ns; /* by the wall clock */
	bool rises;                     /* it never went back among them */
};

struct past;
struct past_ops {
	void (*span)(struct past *p, uint64_t *ret_first, uint64_t *ret_end);
	/* n from first up to end. False when it was let go meanwhile. */
	bool (*moment)(struct past *p, uint64_t n, struct moment *ret);
	/* A frame the caller owns a reference of, with those of the wanted columns that were
	 * sampled. 0; -ENOENT when the moment is not kept any more; -EBADMSG when it is damaged. */
	int (*frame)(struct past *p, uint64_t n, const struct field_set want[TABLE_COUNT],
		     const struct frame **ret_frame);
	void (*free)(struct past *p);
	/* Leaves of [first, end), which is not empty, what past_find() need look at: where the last
	 * moment at or before the time is, or else the first one. NULL: all of it. */
	void (*narrow)(struct past *p, int64_t wall_ns, uint64_t *first, uint64_t *end);
	/* Of the stretch that n is in, which is kept. NULL: they are all looked at. */
	void (*stretch)(struct past *p, uint64_t n, struct stretch *ret);
};

struct past {
	const struct past_ops *ops;
};

static inline void
past_span(struct past *p, uint64_t *ret_first, uint64_t *ret_end)
{
	p->ops->span(p, ret_first, ret_end);
}

static inline bool
past_moment(struct past *p, uint64_t n, struct moment *ret)
{
	return p->ops->moment(p, n, ret);
}

static inline int
past_frame(struct past *p, uint64_t n, const struct field_set want[TABLE_COUNT],
	   const struct frame **ret_frame)
{
	return p->ops->frame(p, n, want, ret_frame);
}

static inline void
past_free(struct past *p)
{
	if (p)
		p->ops->free(p);
}

/* The last moment at or before the time, or the first one when all are later. False when none is
 * kept. Where the wall clock was set back, the latest that fits. */
bool past_find(struct past *p, int64_t wall_ns, uint64_t *ret_n);

/* Leaves of [*first, *end) what lies between the first and the last moment from one time to
 * another, both included; where the wall clock was set back, others may be among them. False when
 * there is none. */
bool past_between(struct past *p, int64_t from_ns, int64_t to_ns, uint64_t *first, uint64_t *end);
/* Did the wall clock never go back over these? False also when it cannot be told cheaply. */
bool past_rises(struct past *p, uint64_t first, uint64_t end);

/* For those who keep a past in parts, in an array: of n > 0 parts, each `size` bytes behind the
 * other, the last whose first moment, at *first in the first part, is not after the moment. */
size_t past_part(const uint64_t *first, size_t size, size_t n, uint64_t moment);

#endif
