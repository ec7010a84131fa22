#ifndef SYS_BPFPROC_H
#define SYS_BPFPROC_H

/* bpfproc: what the files of procfs would say, from a bpfrecord: same members, same units. Only
 * arithmetic: built and tested where there is no BPF, too.
 *
 * What differs from procfs:
 *   - comm is the task's own, 15 bytes. The names of kernel workers are longer in PID/stat (what
 *     they work on stands behind a '-', '+' or ':'), and a kernel thread's may be.
 *   - resident memory of PID/stat is what the CPUs handed in, as in procfs since Linux 6.2;
 *     BPFRECORD_EXACT in flags says that statm and status have the sum. */
#include <stdbool.h>

#include "sys/bpfrecord.h"
#include "sys/pid.h"

/* User and system time. Zero at first; kept from one sweep to the next for each process or thread,
 * so that neither goes back. */
struct bpfproc_times {
	uint64_t utime_ns, stime_ns;
};

char bpfproc_state(uint32_t state, uint32_t exit_state);
/* Splits cpu_ns as PID/stat does: by the ratio of the ticks in which the process was found in user
 * mode and in the kernel, and so that neither is below what was said before, by procfs or by us. */
void bpfproc_times(const struct bpfrecord *r, struct bpfproc_times *times);

/* times may be NULL. nfields is set to all. */
void bpfproc_stat(const struct bpfrecord *r, const struct root *root, struct bpfproc_times *times,
		  struct pid_stat *ret);
void bpfproc_statm(const struct bpfrecord *r, const struct root *root, struct pid_statm *ret);
/* have lacks what procfs leaves out: memory of what has none. */
void bpfproc_status(const struct bpfrecord *r, const struct root *root, struct pid_status *ret);
/* false: the kernel does not count */
bool bpfproc_io(const struct bpfrecord *r, struct pid_io *ret);

#endif
