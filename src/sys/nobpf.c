/* nobpf: instead of bpftask.c and execs.c in a build without BPF. */
#include <errno.h>

#include "sys/bpftask.h"
#include "sys/execs.h"

int
bpftask_open(struct bpftask **ret, unsigned flags, struct err *why)
{
	(void)ret;
	(void)flags;
	return err_set(why, -ENOSYS, "BPF: not built in");
}

void
bpftask_free(struct bpftask *b)
{
	(void)b;
}

void
bpftask_exact(struct bpftask *b, const uint32_t *pids, size_t n)
{
	(void)b;
	(void)pids;
	(void)n;
}

void
bpftask_step(struct bpftask *b, uint32_t n)
{
	(void)b;
	(void)n;
}

int
bpftask_sweep(struct bpftask *b, unsigned flags,
	      void (*take)(void *, const struct bpfrecord *, size_t),
	      void (*rest)(void *, const struct bpfrest *, size_t), void *arg)
{
	(void)b;
	(void)flags;
	(void)take;
	(void)rest;
	(void)arg;
	return -ENOSYS;
}

int
execs_open(struct execs **ret, const struct root *root, struct err *why)
{
	(void)ret;
	(void)root;
	return err_set(why, -ENOSYS, "BPF: not built in");
}

void
execs_free(struct execs *x)
{
	(void)x;
}

void
execs_take(struct execs *x, void (*take)(void *, const struct exec *), void *arg)
{
	(void)x;
	(void)take;
	(void)arg;
}
