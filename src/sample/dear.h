#ifndef SAMPLE_DEAR_H
#define SAMPLE_DEAR_H

/* dear: files of processes that are read for what is looked at only, apart from those of procs.h,
 * because each is one more for every process, or costs much.
 *
 *   - Rows on the screen: at first sight, after exec, on each tick on which the process ran, and
 *     what others can change once in LOOK ticks, and when somebody asked for the frame. Memory by
 *     who shares it (smaps_rollup) is a walk over all pages, and programs (exe) are seldom
 *     replaced: once in LOOK ticks when the process ran, else once in 4 * LOOK.
 *   - Rows near the screen: once.
 *   - Sorted by or filtered on: every process as above, but in turn, as far as the budget goes.
 *   - A thorough plan: all of all, on every tick.
 * The budget is of a tick, DEAR_BUDGET_US of what the files cost (by a table, so that what is read
 * does not depend on how fast the machine is), rows on the screen first. At least one file is read.
 * What was read stays until it is read again; what was not yet is absent.
 *
 * smaps_rollup waits for the process's address space: it is asked for by errands, with cmdline.
 * These are files of processes: in rows of threads they are absent.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/strpool.h"
#include "feed/feed.h"
#include "sys/pidinfo.h"

enum { DEAR_BUDGET_US = 5000, FDS_MAX = 16384 /* counted one by one */ };

enum dear_file {
	DEAR_OOM_SCORE, DEAR_OOM_ADJ, DEAR_AUTOGROUP, DEAR_LIMITS, DEAR_FD, DEAR_WCHAN,
	DEAR_LOGINUID, DEAR_SESSIONID, DEAR_LABEL, DEAR_EXE, DEAR_CWD, DEAR_ROOT, DEAR_NS,
	DEAR_SMAPS, DEAR_FILES
};
enum dear_text { TEXT_WCHAN, TEXT_LABEL, TEXT_EXE, TEXT_CWD, TEXT_ROOT, DEAR_TEXTS };
enum { NS_KINDS = 8 };

/* What is known of one process. */
struct dear {
	uint32_t have, denied, late;  /* 1 << dear_file */
	uint32_t read[DEAR_FILES];    /* the tick it was last tried; 0: not since exec */
	uint32_t moved;               /* the tick it was seen to have run */
	uint64_t cpu;                 /* its clock then */
	const char *text[DEAR_TEXTS]; /* of its own, in the string pool; NULL: none */
	uint64_t ns[NS_KINDS];        /* 0: the kernel has none of the kind */
	uint64_t oom_score, autogroup, fd_limit, fds, loginuid, sessionid, replaced;
	int64_t oom_adjust, autogroup_nice;
	struct pid_smaps smaps;
};

struct dears {
	/* from the plan */
	uint32_t want, want_all, by_others; /* 1 << dear_file */
	uint8_t ns; /* kinds that are wanted */
	bool thorough;
	/* where it goes on when the budget was spent */
	size_t next_visible;
	uint32_t next_pid;
	/* whose smaps_rollup is asked for on this tick */
	struct dear_asked {
		struct slot *slot;
		uint32_t errand;
	} *asked;
	size_t nasked, cap;
};

struct proc;
struct procs;
struct row;

void dear_release(struct dears *d);
void dear_plan(struct dears *d, const struct plan *plan);
/* Between files_begin() and files_end(), when all slots stand; and behind files_end(). */
void dear_tick(struct procs *ps, const struct plan *plan, struct frame *f);
void dear_end(struct procs *ps, struct frame *f);
void dear_fill(const struct dear *d, struct row r);
/* It executes another program: all is to be read again. */
void dear_exec(struct dear *d);
/* Lets go of all that is known; d may be NULL, here and below. */
void dear_drop(struct procs *ps, struct dear *d);
void dear_move(struct dear *d, struct strpool *to);

#endif
