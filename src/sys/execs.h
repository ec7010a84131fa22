#ifndef SYS_EXECS_H
#define SYS_EXECS_H

/* execs: programs that processes began, with their arguments, as a program in the kernel tells it
 * (src/bpf/exec.bpf.c): also of those that ended before anybody could read PID/cmdline, and of the
 * others without reading it, which may hang.
 *
 * Needs what sys/bpftask.h needs. Each exec on the machine takes 0.6 microseconds longer. Of a
 * storm only as much is told as the ring takes from one execs_take() to the next (EXEC_RING_BYTES:
 * 250 to 500), and arguments that the process has not in memory yet are not.
 *
 * Not for several threads at once.
 */
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/root.h"

struct exec {
	uint32_t pid;      /* of our PID namespace */
	uint64_t start_ns; /* of the process, CLOCK_BOOTTIME */
	int64_t mono_ns;   /* when it began the program */
	const char *text;  /* as in PID/cmdline, good during the call */
	size_t n;
	bool cut;          /* there were more arguments */
};

struct execs;

/* From now on. 0 or -errno, as bpftask_open(). Takes 2 to 3 ms. */
int execs_open(struct execs **ret, const struct root *root, struct err *why);
void execs_free(struct execs *x); /* NULL is fine */
/* Gives those since the call before, in the order in which they happened. */
void execs_take(struct execs *x, void (*take)(void *arg, const struct exec *e), void *arg);

#endif
