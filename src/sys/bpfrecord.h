#ifndef SYS_BPFRECORD_H
#define SYS_BPFRECORD_H

/* bpfrecord: one process or thread as bpf/task.bpf.c writes it, and the memory it shares with
 * sys/bpftask.c. Numbers are the kernel's own; bpfrecord_*() turns them into what the files of
 * procfs say, in the units of sys/pid.h. Compiled for the kernel's virtual machine too, so it
 * includes nothing but the integers, and every member is where both compilers put it.
 */
#include <stdint.h>

enum bpfrecord_flag {
	BPFRECORD_THREAD = 1 << 0,  /* a thread that is not the leader */
	BPFRECORD_MM = 1 << 1,      /* has an address space (not: kernel threads, zombies) */
	BPFRECORD_EXACT = 1 << 2,   /* RSS is summed over all CPUs */
	BPFRECORD_TORN = 1 << 3,    /* threads ended faster than they could be summed: cpu_ns to
				     * io may be off, and are not to be taken this time */
	BPFRECORD_IO = 1 << 4,      /* the kernel counts io */
	BPFRECORD_SECCOMP = 1 << 5, /* the kernel has seccomp */
	BPFRECORD_ADJUST = 1 << 6,  /* utime and stime are to be scaled to cpu_ns */
};

enum bpfrecord_io {
	BPFIO_RCHAR, BPFIO_WCHAR, BPFIO_SYSCR, BPFIO_SYSCW, BPFIO_READ, BPFIO_WRITE,
	BPFIO_CANCELLED, BPFIO_NUMBERS
};

/* rss[], as the kernel numbers them; may be below 0 for a moment */
enum bpfrecord_rss { BPFRSS_FILE, BPFRSS_ANON, BPFRSS_SWAP, BPFRSS_SHMEM, BPFRSS_KINDS };

struct bpfrecord {
	/* numbers as the sweeper's PID namespace has them; 0 when it does not see that process */
	uint32_t pid, tgid, ppid, pgrp, session, tracer;
	uint32_t flags;               /* bpfrecord_flag */
	uint32_t task_flags;          /* PF_*, PID/stat's flags */
	uint32_t state, exit_state;   /* TASK_* and EXIT_* bits */
	uint32_t tty_major, tty_minor, has_tty;
	uint32_t uid, ruid, gid;      /* effective, real, effective */
	uint32_t threads, cpu;        /* of the process, also in a thread's record; last CPU */
	uint32_t policy, rt_priority;
	int32_t prio, static_prio;    /* 0 is the strongest real-time one; 120 is nice 0 */
	uint32_t seccomp, no_new_privs;
	char comm[16];                /* any bytes; NUL terminated unless it is all 16 */
	uint64_t start_ns;            /* CLOCK_BOOTTIME of the sweeper's time namespace */
	/* A process's: of all its threads, ended ones too, at one moment. A thread's: its own. */
	uint64_t cpu_ns;
	uint64_t utime_ns, stime_ns, guest_ns; /* by ticks, see bpfrecord_times() */
	uint64_t seen_utime_ns, seen_stime_ns; /* what procfs last said */
	uint64_t minflt, majflt;
	uint64_t io[BPFIO_NUMBERS];
	/* of children waited for */
	uint64_t cutime_ns, cstime_ns;
	/* of the one thread (a process's: of its main thread), as in procfs */
	uint64_t vctx, nvctx, blkio_delay_ns;
	uint64_t caps;                /* effective */
	uint64_t cgroups;             /* another number when it was moved to another cgroup */
	/* pages; page tables: bytes; code: addresses. 0 without BPFRECORD_MM */
	uint64_t vm, vm_peak, rss_peak, locked, data, page_tables, start_code, end_code;
	int64_t rss[BPFRSS_KINDS];
};

_Static_assert(sizeof(struct bpfrecord) == 392, "the same to both compilers");

/* A process that did nothing since its last record. */
struct bpfrest {
	uint32_t pid;
	uint32_t cpu_ns; /* the lower half of what that said; 0: nobody looked, its clock is to be
			  * asked */
};

enum { BPFTASK_RECORDS = 256, BPFTASK_STEP = 1 << 13, BPFTASK_EXACT_BITS = 1 << 16,
       BPFTASK_TURNS = 16, BPFTASK_TURNS_SELDOM = 64, BPFTASK_MANY_THREADS = 256 };

/* What the program and the sweeper share. */
struct bpftask_shared {
	/* the sweeper's */
	uint32_t threads;         /* threads that are no leaders instead of processes */
	uint32_t exact_all;
	uint32_t full;            /* a record of each */
	uint32_t turn, turns;     /* one process in so many is full in turn */
	uint32_t walk;            /* go from process to process, where the kernel can */
	uint32_t end;             /* 0; the program's then: all were walked over and given */
	uint64_t from, visited;   /* 0; the program's then: of the walk, where the next step begins
				   * and how many it came by from the very first */
	uint32_t step;            /* so many in one step of the walk, BPFTASK_STEP at most */
	uint32_t ntodo, todo;     /* 0; the program's then: who gets records, and how many did */
	/* the program's; ready = 0 makes it look anew who sweeps */
	uint32_t ready;
	uint32_t level;           /* of the sweeper's PID namespace, 0 the first */
	uint64_t ns;              /* address of the namespace */
	int64_t boot_offset_ns;   /* of its time namespace */
	uint64_t percpu_model, scratch, barrier;
	uint64_t last;            /* address of where the walk is */
	/* the sweeper sets them to 0, the program counts up to BPFTASK_RECORDS and _STEP */
	uint64_t n, nrest;
	uint8_t exact[BPFTASK_EXACT_BITS / 8]; /* a bit a pid, modulo; these are full, too */
	struct bpfrest rest[BPFTASK_STEP];
	struct bpfrecord record[BPFTASK_RECORDS];
};

#endif
