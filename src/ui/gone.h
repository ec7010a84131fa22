#ifndef UI_GONE_H
#define UI_GONE_H

/* gone: rows of processes that ended a moment ago. What one looks at and ends stays for a while,
 * with what was last known of it and how it ended: whoever looks up at the sound of a fan finds the
 * name still there. They are rows behind those of a frame, in a copy of its process table that is
 * made only while there are any, so that sorting, filters and the tree need not know of them.
 * They are shown and nothing else: who counts, adds up or acts leaves them out.
 *
 * Live these are rows that were on the screen; at a moment of the past those of the moment before.
 */
#include "base/strpool.h"
#include "frame/frame.h"
#include "frame/sort.h"

enum { GONE_MAX = 64 };
#define GONE_NS (3 * NS_PER_S) /* kept so long, and in one frame in any case */

struct gone_row {
	struct row_key key;
	struct strpool *strings; /* where its texts live */
	union value cell[PROC_FIELDS];
	struct field_set valid;
	int64_t missed_ns; /* mono_ns of the first frame without it */
	char status[16];   /* "0", "SEGV core"; empty: not known */
	bool by_signal, failed;
};

struct gone {
	struct gone_row *row; /* by number; NULL: there never were any */
	uint32_t n;
	struct frame_pool *pool;
	const struct frame *frame; /* with them; NULL: to be made again */
	const struct frame *of;    /* what it was made of: compared, never looked into */
};

void gone_init(struct gone *g);
void gone_release(struct gone *g);
void gone_clear(struct gone *g);
/* `now` is shown instead of `was`: those of keys[0..n) that were in `was` and are not in `now` are
 * kept, at most `most` in all, of which the oldest go; and those kept before for their time. */
void gone_live(struct gone *g, const struct frame *was, const struct row_key *keys, size_t n,
	       const struct frame *now, uint32_t most);
/* Only those of `was` that are not in `now`, which is the moment after: the first by the order. */
void gone_between(struct gone *g, const struct frame *was, const struct frame *now, uint32_t most,
		  const struct sort_key *keys, unsigned nkeys);
/* The frame, or where there are any one with all its processes and behind them those that ended;
 * good until the next call. */
const struct frame *gone_frame(struct gone *g, const struct frame *f);
/* How it ended: "exit 1", "SIGSEGV core", "ended" where that is not known; with two words " after
 * 4m05s", with three ", CPU time 0:03.21". */
void gone_words(const struct gone_row *r, int words, char out[96]);

#endif
