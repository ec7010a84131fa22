/* A past for tests: keeps the last `most` frames by reference, may have damaged ones, and remembers
 * what it was asked. */
#ifndef TESTS_KEPT_PAST_H
#define TESTS_KEPT_PAST_H

#include <errno.h>
#include <math.h>

#include "base/mem.h"
#include "feed/past.h"

enum { KEPT_MAX = 4096 };

struct kept_past {
	struct past past;
	const struct frame *frame[KEPT_MAX];
	uint8_t events[KEPT_MAX];
	bool damaged[KEPT_MAX];
	uint64_t first, end, most; /* most: 0 is all */
	unsigned asked;            /* for frames */
	struct field_set want[TABLE_COUNT];
};

static inline void
kept_let_go(struct kept_past *k, uint64_t first)
{
	for (; k->first < first && k->first < k->end; k->first++)
		frame_unref(k->frame[k->first]);
}

/* Takes a reference of its own. */
static inline void
kept_add(struct kept_past *k, const struct frame *f)
{
	if (k->end == KEPT_MAX)
		return;
	k->frame[k->end++] = frame_ref(f);
	if (k->most && k->end - k->first > k->most)
		kept_let_go(k, k->end - k->most);
}

static inline void
kept_span(struct past *p, uint64_t *ret_first, uint64_t *ret_end)
{
	*ret_first = ((struct kept_past *)p)->first;
	*ret_end = ((struct kept_past *)p)->end;
}

static inline bool
kept_moment(struct past *p, uint64_t n, struct moment *ret)
{
	struct kept_past *k = (struct kept_past *)p;
	double busy;

	if (n < k->first || n >= k->end)
		return false;
	*ret = (struct moment){
		.wall_ns = k->frame[n]->meta.wall_ns,
		.mono_ns = k->frame[n]->meta.mono_ns,
		.cpu = PAST_UNKNOWN,
		.memory = PAST_UNKNOWN,
		.pressure = PAST_UNKNOWN,
		.events = k->events[n],
	};
	if (k->frame[n]->table[TABLE_CPU].nrows &&
	    cell_f64(&k->frame[n]->table[TABLE_CPU], 0, CPU_BUSY_RATIO, &busy))
		ret->cpu = ret->memory = (uint8_t)lrint(busy * 250);
	return true;
}

static inline int
kept_frame(struct past *p, uint64_t n, const struct field_set want[TABLE_COUNT],
	   const struct frame **ret_frame)
{
	struct kept_past *k = (struct kept_past *)p;

	k->asked++;
	if (n < k->first || n >= k->end)
		return -ENOENT;
	if (k->damaged[n])
		return -EBADMSG;
	for (int t = 0; t < TABLE_COUNT; t++)
		k->want[t] = want[t];
	*ret_frame = frame_ref(k->frame[n]);
	return 0;
}

static inline void
kept_free(struct past *p)
{
	kept_let_go((struct kept_past *)p, UINT64_MAX);
	free(p);
}

static inline struct kept_past *
kept_new(void)
{
	static const struct past_ops ops = {kept_span, kept_moment, kept_frame, kept_free, NULL};
	struct kept_past *k = xcalloc(1, sizeof *k);

	k->past.ops = &ops;
	return k;
}

#endif
