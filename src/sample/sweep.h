#ifndef SAMPLE_SWEEP_H
#define SAMPLE_SWEEP_H

/* sweep: a tick in which the kernel itself says what all processes are and did (sys/bpftask.h),
 * instead of clocks and files. What it does not say (arguments, cgroup, names of kernel threads,
 * threads as rows) and processes it does not show are read as without it.
 */
#include "sample/procs.h"
#include "sys/bpfrecord.h"

/* Loads the program; takes some milliseconds. 0 or -errno and e. */
int sweep_open(struct procs *ps, struct err *e);
/* Does so, once, when and if it is worth it. */
void sweep_try(struct procs *ps);
void sweep_close(struct procs *ps);
/* Brings all processes up to date, in ps->slot. */
void sweep_tick(struct procs *ps, const struct plan *plan, struct frame *f, int64_t uptime_ns);

/* What a record says, as the files of procfs do. PID/stat (0 or -ESTALE), and any other one; false
 * when it does not tell and the file is to be read. */
int sweep_take_stat(struct procs *ps, struct proc *p, const struct bpfrecord *rec);
bool sweep_take(struct procs *ps, struct proc *p, enum proc_file k, const struct bpfrecord *rec);
/* Must PID/stat be read all the same? Kernel threads have longer names there, and workers say what
 * they work on. */
bool sweep_lacks_name(const struct slot *s, bool ran, const struct bpfrecord *rec);

/* The kernel's set of cgroups that it was in, however that is called; 0: not known. */
static inline uint32_t
sweep_cgroups(const struct bpfrecord *rec)
{
	return rec ? (uint32_t)(rec->cgroups >> 6) : 0;
}

#endif
