#ifndef SYS_BPFTASK_H
#define SYS_BPFTASK_H

/* bpftask: all processes at once, from a program in the kernel (src/bpf): all that PID/stat, statm,
 * status and io say, and the CPU time in nanoseconds, at a thirtieth of the cost of these files.
 *
 * Needs CAP_BPF and CAP_PERFMON (or root) in the first user namespace, Linux 5.19 or later with
 * CONFIG_DEBUG_INFO_BTF, and -Dbpf at build time. Without one of them bpftask_open() fails, nothing
 * is said anywhere, and procfs is there as before.
 *
 * The processes are those of the PID namespace of the caller, as its procfs would list them. For
 * a caller that has these capabilities and not CAP_SYS_PTRACE this is more than procfs gives: io of
 * others.
 *
 * A kernel, or who hardened it, may hide a process from such programs that procfs lists. What is
 * known to be there and is not given is to be read from procfs.
 *
 * Not for several threads at once.
 */
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "sys/bpfrecord.h"

struct bpftask;

/* of bpftask_open() */
enum {
	BPFTASK_OLD = 1 << 0, /* the program for kernels before 6.7; for tests */
};

enum bpftask_flag {
	BPFTASK_THREADS = 1 << 0,   /* after the processes: their threads that are no leaders */
	BPFTASK_EXACT_ALL = 1 << 1, /* sum everybody's RSS over all CPUs */
	BPFTASK_FULL = 1 << 2,      /* a record of each process */
	BPFTASK_SELDOM = 1 << 3,    /* a record of who rests on one sweep in BPFTASK_TURNS_SELDOM,
				     * not in BPFTASK_TURNS */
};

/* 0 or -errno: -EPERM without the capabilities, -ENOSYS when not built in, others as the kernel
 * gives them when it cannot load the program. Takes some milliseconds, most of them in the kernel,
 * so not before the first screen. flags: BPFTASK_OLD or 0. */
int bpftask_open(struct bpftask **ret, unsigned flags, struct err *why);
void bpftask_free(struct bpftask *b); /* NULL is fine */

/* The processes (numbers in the caller's namespace) whose RSS is to be exact and whose records are
 * to be full from now on; replaces the set before. A few others may come out so, too. */
void bpftask_exact(struct bpftask *b, const uint32_t *pids, size_t n);

/* So many processes are gone over without a chance for others to run, 1 to BPFTASK_STEP; for tests:
 * that is what it is at first. */
void bpftask_step(struct bpftask *b, uint32_t n);

/* Gives take() every process in rising order of pid, then, if they are wanted, every thread in
 * rising order of pid, some at a time. A record is valid during the call only. 0 or -errno; then
 * not all were given.
 *
 * With rest() not NULL it costs less, and the processes come in any order, each once to the one or
 * the other (very seldom not at all, or twice, when others end meanwhile). Unless all are to have
 * records, rest() gets, many at a time, most that did nothing since their last one; and, with
 * cpu_ns 0, those with more than BPFTASK_MANY_THREADS: their CPU clock costs less. */
int bpftask_sweep(struct bpftask *b, unsigned flags,
		  void (*take)(void *arg, const struct bpfrecord *r, size_t n),
		  void (*rest)(void *arg, const struct bpfrest *r, size_t n), void *arg);

#endif
