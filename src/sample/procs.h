#ifndef SAMPLE_PROCS_H
#define SAMPLE_PROCS_H

/* procs: what is known about every process from tick to tick, and the choice of what to read again.
 *
 * On the machine we run on each process's CPU clock is asked first (no file, nanoseconds): one
 * whose clock stands still did nothing, so what only it can change needs no reading. As for the
 * rest, in ticks:
 *   - who is there:    births.h; who has gone, by the clock;
 *   - stat:            when the clock moved, for rows that come to the screen and then once in
 *                      SEEN, when sorted by or filtered by something others can change, and for
 *                      every process once in ROLL; where only sizes of memory are what others can
 *                      change, statm says these for a third of what stat takes;
 *   - statm, io:       rows on the screen, or all rows when needed there, when the clock moved;
 *                      statm once in LOOK while it stands still, for its pages may be reclaimed;
 *                      both also of what is a page away or used a whole millisecond, for that
 *                      may be on the screen next;
 *   - status:          as statm; once in LOOK when nothing but names (of the user) is wanted. What
 *                      of it the sweep does not give is a file of its own here (detail);
 *   - schedstat:       as io;
 *   - cmdline, cgroup: at first sight and after exec, then once in LOOK while the row is looked at.
 * Reading cmdline waits for the process's address space, perhaps for ever: those that are due are
 * asked for together, by errands, when all else of the tick is there. One that did not come is due
 * again on the next tick, and refused without being asked until its time has come. Names of users
 * that are not in /etc/passwd are asked for after these, once each.
 *   What the kernel told of at exec (told.h) is not asked for then, but once some ticks later.
 * When somebody asked for the frame (an action, a key) all that is on the screen is due.
 * A patient plan (a recorder's) has all that rests read once in ROLL, as it does stat.
 * Rows near the screen have each file read once, so that scrolling finds something.
 * What a process has besides these is read as dear.h says.
 * What follows for each field is in sonde(1), ACCURACY. On a foreign root there is no clock, and
 * stat is always read.
 *
 * Files of rows on the screen and of processes that ran on two ticks running, or of all where all
 * are read on every tick, are kept open, which saves a third of a read and more, as far as
 * RLIMIT_NOFILE and KEPT_MAX go.
 */
#include "base/clock.h"
#include "base/err.h"
#include "base/strpool.h"
#include "feed/feed.h"
#include "sample/births.h"
#include "sample/cgroups.h"
#include "sample/dear.h"
#include "sample/told.h"
#include "sample/users.h"
#include "sys/errand.h"
#include "sys/pid.h"

enum { ROLL = 64, LOOK = 4, SEEN = 2 };

enum proc_file {
	FILE_STAT,
	FILE_STATM,
	FILE_IO,
	FILE_STATUS,
	FILE_CMDLINE,
	FILE_CGROUP,
	FILE_SCHED,
	FILE_DETAIL,
	PROC_FILES,
	FILES_MOVING = FILE_STATUS, /* those before are read ahead, for what may be seen next */
	FILES_KEPT = FILE_CMDLINE,  /* and these may be kept open */
};

_Static_assert(PROC_FILES <= 8, "sets of files are one byte");

enum { DETAIL_MAX = 256 }; /* of a text; longer ones are cut */

struct proc_detail { /* struct pid_detail */
	unsigned have;
	uint32_t suid, nspid, filters;
	const char *text[DETAIL_TEXTS]; /* of its own, in the string pool; NULL: none */
};

/* Read only for some processes, so kept apart. */
struct proc_more {
	struct pid_statm statm;
	struct pid_status status;
	struct pid_io io;
	struct pid_sched sched;
	uint64_t caps_value;        /* of status, and in the string pool; NULL: not made yet */
	const char *caps;
	struct proc_detail *detail; /* NULL: never wanted */
	struct dear *dear;          /* the same */
};

struct kept {
	int fd[FILES_KEPT]; /* -1: not open */
	struct kept *next_free;
};

struct proc {
	uint32_t pid, tgid;
	uint64_t start; /* clock ticks since boot: with pid the identity */
	int64_t start_wall_ns;
	const char *name, *command, *cgroup, *tty; /* in the string pool; NULL: not known */
	const struct user *user; /* NULL: not known */
	struct proc_more *more; /* what is in it: have, fresh; NULL: nothing yet */
	struct kept *kept; /* NULL: none are */
	union {
		struct slot *thread; /* other threads, when they are wanted */
		struct proc *next_free;
	};
	uint32_t nthread, thread_cap;
	uint32_t ran;   /* the tick its clock last moved, or it was last looked at */
	uint32_t cgroups; /* sweep_cgroups() when its cgroup was read */
	uint8_t have;   /* files read at least once: 1 << proc_file */
	uint8_t fresh;  /* files read since the process last used CPU time */
	uint8_t denied; /* files we may not read */
	uint8_t late;   /* files that did not come in time */
	char state;
	uint8_t nfields; /* of stat */
	uint32_t ppid, pgrp, session, flags, num_threads, processor, rt_priority, policy;
	int32_t tty_nr, priority, nice;
	uint64_t minflt, majflt, utime, stime, children, vsize, blkio, guest;
	int64_t rss;
};

#define CLOCK_NONE UINT64_MAX

/* What a sweep over all processes touches, side by side in memory: nine of ten did nothing. */
struct slot {
	struct proc *p;
	uint64_t clock_ns; /* CPU clock; CLOCK_NONE when it cannot be asked */
	uint32_t pid;
	char state; /* as p's */
	bool kthread;
	bool visible; /* its row, or one of its threads', is on the screen */
	bool near;    /* or may be there next */
	bool changed; /* something of it was read on this tick */
	bool met;     /* in a sweep: it was given */
};

/* One that has gone; its strings are good as long as the frames of two ticks. */
struct gone {
	uint32_t pid, ppid;
	int64_t start_wall_ns;
	uint64_t clock_ns;
	const char *name, *command;
	const struct user *user;
};

struct procs {
	const struct root *root;
	struct slot *slot, *next; /* by pid, rising; next is where a tick builds the new list, or
				   * what is new in it */
	size_t n, cap, next_cap;
	struct proc *free;      /* unused ones */
	struct kept *kept, *free_kept; /* room for kept_max, and those unused */
	struct slot *tnext;            /* scratch for a process's threads */
	size_t tnext_cap;
	unsigned nkept, kept_max;
	struct births births;
	struct bpftask *bpf; /* sweeps; NULL: clocks and files */
	bool try_bpf;        /* it is to be opened when it is worth it */
	struct err no_bpf;   /* why it could not be */
	struct pidlist tids;
	struct buf text;
	struct strpool *strings;
	size_t garbage; /* bytes in the pool that nobody here uses any more */
	struct errands *errands; /* borrowed */
	struct proc **asked;     /* whose cmdline: the batch of this tick */
	size_t nasked, asked_cap;
	struct users users;
	struct cgroups *cgroups; /* what their paths say */
	struct dears dear;
	struct told told;
	uint32_t tick;
	bool clocks; /* CPU clocks can be asked */
	bool remember_gone;
	struct gone *gone; /* of the tick before, then, from gone_before on, of this one */
	size_t ngone, gone_before, gone_cap;
	/* from the plan */
	uint8_t want, want_all; /* 1 << proc_file */
	uint8_t by_others;      /* of these, can change while the process does nothing */
	uint8_t named;          /* of these, only names are wanted, which seldom change */
	bool stat_all, threads, patient, anew;
	bool size_all;          /* of stat only sizes are wanted that others can change */
	bool cgroup_names; /* what paths of cgroups say is wanted */
	bool all_now; /* everybody is read on every tick, also who rests */
	bool had_threads; /* the tick before */
	uint32_t nmet; /* on the first tick: how many processes so far */
	/* results of a tick */
	uint32_t vanished; /* listed, but gone when they were read */
	size_t same;       /* so many rows at the beginning are those of the tick before */
};

/* clocks: ask CPU clocks, where they can be asked. errands: for what may hang; borrowed. */
void procs_init(struct procs *p, const struct root *root, struct errands *errands, bool clocks);
void procs_release(struct procs *p);
void procs_plan(struct procs *p, const struct plan *plan);
/* Reads what is due; 0 or -errno when processes cannot be listed. Then procs_fill(). */
int procs_tick(struct procs *p, const struct plan *plan, struct frame *f, int64_t uptime_ns);
/* The rows of the frame. prev, or NULL: the frame filled on the tick before, from whose rows those
 * that did not change are copied. */
void procs_fill(const struct procs *p, struct frame *f, const struct frame *prev,
		int64_t uptime_ns);
/* Copies what lives to a new string pool when the old one holds mostly garbage. Between ticks. True
 * when it did. */
bool procs_compact(struct procs *p);

/* For dear.c: where in slot those from a number on begin. */
size_t procs_from(const struct procs *ps, uint32_t pid);

/* For sweep.c. */
struct bpfrecord;
struct slot *procs_find(const struct procs *ps, uint32_t pid); /* NULL: not known */
/* Brings a known process up to date from its record. 0; below 0 when it is gone. */
int procs_record(struct procs *ps, struct slot *s, const struct bpfrecord *rec, struct frame *f);
/* Or from its files: false when it is gone (the slot may become another one's of the number). */
bool procs_meet_again(struct procs *ps, struct slot *s, uint32_t tgid, struct frame *f,
		      int64_t uptime_ns);
/* Fills the slot for one that was not known; rec NULL: from files. False: there is none. */
bool procs_meet(struct procs *ps, struct slot *s, uint32_t pid, uint32_t tgid,
		const struct bpfrecord *rec, struct frame *f, int64_t uptime_ns);
void procs_gone(struct procs *ps, const struct slot *s); /* drops one that is no more */

enum { PF_KTHREAD = 0x00200000 };

static inline bool
proc_is_kthread(const struct proc *p)
{
	return p->flags & PF_KTHREAD;
}

static inline uint64_t
procs_ticks_ns(const struct procs *ps, uint64_t ticks)
{
	if (ps->root->clk_tck == 100) /* all but everywhere, and a division less */
		return ticks > UINT64_MAX / 10000000 ? UINT64_MAX : ticks * 10000000;
	return mul_div_u64(ticks, NS_PER_S, (uint64_t)ps->root->clk_tck);
}

static inline bool
proc_is_thread(const struct proc *p)
{
	return p->tgid != p->pid;
}

#endif
