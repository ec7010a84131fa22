#ifndef SAMPLE_PROCS_H
#define SAMPLE_PROCS_H

/* procs: what is known about every process from tick to tick, and the choice of what to read again.
 *
 * On the machine we run on each process's CPU clock is asked first (no file, nanoseconds): one
 * whose clock stands still did nothing, so what only it can change needs no reading. As for the
 * rest:
 *   - stat:            when the clock moved, for rows on the screen, when sorted by or filtered on
 *                      something others can change, and for every process once in ROLL ticks;
 *   - statm, status:   rows on the screen (once in LOOK ticks while the clock stands still), or all
 *                      rows when needed there;
 *   - io:              when the clock moved;
 *   - cmdline, cgroup: at first sight, then when the clock moved and the row is looked at; those of
 *                      rows not looked at are filled in from a budget, so that scrolling
 *                      finds them.
 * On a foreign root there is no clock and stat is always read.
 */
#include "base/strpool.h"
#include "feed/feed.h"
#include "sys/pid.h"
#include "sys/pidlist.h"

/* Ticks until what others can change of a process that does nothing is read again: its stat when
 * nobody looks, its other files when its row is on the screen. */
enum { ROLL = 16, LOOK = 4 };

enum proc_file { FILE_STATM, FILE_STATUS, FILE_IO, FILE_CMDLINE, FILE_CGROUP, PROC_FILES };

/* Read only for some processes, so kept apart. */
struct proc_more {
	struct pid_statm statm;
	struct pid_status status;
	struct pid_io io;
};

struct proc {
	uint32_t pid, tgid;
	uint64_t start;        /* clock ticks since boot: with pid the identity */
	uint64_t clock_ns;     /* CPU clock; CLOCK_NONE when it cannot be asked */
	int64_t start_wall_ns;
	const char *name, *command, *cgroup, *user, *tty; /* in the string pool; NULL: not known */
	struct proc_more *more;
	union {
		struct proc **thread; /* other threads, when they are wanted */
		struct proc *next_free;
	};
	uint32_t nthread;
	uint8_t have;   /* files read at least once: 1 << proc_file */
	uint8_t fresh;  /* files read since the process last used CPU time */
	uint8_t denied; /* files we may not read */
	bool active;    /* its clock moved since the last tick, or it is new */
	bool visible;
	char state;
	uint8_t nfields; /* of stat */
	uint32_t ppid, pgrp, session, flags, num_threads, processor, rt_priority, policy;
	int32_t tty_nr, priority, nice;
	uint64_t minflt, majflt, utime, stime, children, vsize, blkio, guest;
	int64_t rss;
};

#define CLOCK_NONE UINT64_MAX

struct user_name {
	uint32_t uid;
	const char *name;
};

struct procs {
	const struct root *root;
	struct proc **list, **next; /* by pid, rising; next is where a tick builds the new list */
	size_t n, list_cap, next_cap;
	struct proc *free; /* unused ones */
	struct pidlist pids, tids;
	struct buf text;
	struct strpool *strings;
	size_t garbage; /* bytes in the pool that nobody here uses any more */
	struct user_name *user;
	size_t nusers, users_cap;
	uint64_t tick;
	bool clocks; /* CPU clocks can be asked */
	/* from the plan */
	uint8_t want, want_all; /* 1 << proc_file */
	uint8_t by_others;      /* of these, can change while the process does nothing */
	bool stat_all, threads;
	/* results of a tick */
	uint32_t vanished; /* listed, but gone when they were read */
};

void procs_init(struct procs *p, const struct root *root);
void procs_release(struct procs *p);
void procs_plan(struct procs *p, const struct plan *plan);
/* Reads what is due; 0 or -errno when processes cannot be listed. Then procs_fill(). */
int procs_tick(struct procs *p, const struct plan *plan, struct frame *f, int64_t uptime_ns);
void procs_fill(const struct procs *p, struct frame *f, int64_t uptime_ns);
/* Copies what lives to a new string pool when the old one holds mostly garbage. Between ticks. */
void procs_compact(struct procs *p);

static inline bool
proc_is_kthread(const struct proc *p)
{
	return p->flags & 0x00200000; /* PF_KTHREAD */
}

#endif
