#include "sys/bpftask.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/mem.h"
#include "bpf/skeleton.h"

enum { IDLE_ROUNDS = 64 };

struct bpftask {
	struct sonde_task *skeleton; /* holds the program, its link and its map */
	struct bpftask_shared *shared;
};

static int
attach(struct bpftask *b)
{
	void *p;

	if (sonde_task__sweep__attach(b->skeleton) < 0)
		return -errno;
	p = mmap(NULL, sizeof *b->shared, PROT_READ | PROT_WRITE, MAP_SHARED,
		 b->skeleton->maps.shared.map_fd, 0);
	if (p == MAP_FAILED)
		return -errno;
	b->shared = p;
	return 0;
}

int
bpftask_open(struct bpftask **ret, struct err *why)
{
	struct bpftask *b = xcalloc(1, sizeof *b);
	int r;

	b->skeleton = sonde_task__open();
	r = b->skeleton ? sonde_task__load(b->skeleton) : -ENOMEM;
	if (r == 0)
		r = attach(b);
	if (r == 0) {
		*ret = b;
		return 0;
	}
	bpftask_free(b);
	return err_set(why, r, r == -EPERM
			? "BPF: %s: expected root, or CAP_BPF and CAP_PERFMON"
			: "BPF: %s: this kernel cannot load the program, or CAP_PERFMON is missing",
		       strerror(-r));
}

void
bpftask_free(struct bpftask *b)
{
	if (!b)
		return;
	if (b->shared)
		(void)munmap(b->shared, sizeof *b->shared);
	sonde_task__destroy(b->skeleton);
	free(b);
}

void
bpftask_exact(struct bpftask *b, const uint32_t *pids, size_t n)
{
	memset(b->shared->exact, 0, sizeof b->shared->exact);
	for (size_t i = 0; i < n; i++) {
		uint32_t bit = pids[i] % BPFTASK_EXACT_BITS;

		b->shared->exact[bit / 8] |= (uint8_t)(1 << bit % 8);
	}
}

static int
begin(const struct bpftask *b)
{
	union bpf_attr attr;
	int fd;

	memset(&attr, 0, sizeof attr);
	attr.iter_create.link_fd = (uint32_t)b->skeleton->links.sweep_fd;
	fd = skel_sys_bpf(BPF_ITER_CREATE, &attr, sizeof attr);
	return fd < 0 ? -errno : fd;
}

/* The program never writes to the file. read() runs it until all tasks were seen (0), or until
 * there is no more room or the kernel has done a million (EAGAIN). */
static int
sweep(struct bpftask *b, bool threads, void (*take)(void *, const struct bpfrecord *), void *arg)
{
	struct bpftask_shared *s = b->shared;
	cleanup_fd int fd = begin(b);
	int idle = 0;
	ssize_t got;
	char byte;

	if (fd < 0)
		return fd;
	s->threads = threads;
	s->ready = 0;
	s->n = 0;
	do {
		got = read(fd, &byte, 1);
		if (got < 0 && errno != EAGAIN && errno != EINTR)
			return -errno;
		if (s->n > BPFTASK_RECORDS || got > 0 || (!s->n && idle++ > IDLE_ROUNDS))
			return -EIO;
		for (size_t i = 0; i < s->n; i++)
			take(arg, &s->record[i]);
		s->n = 0;
	} while (got < 0);
	return 0;
}

int
bpftask_sweep(struct bpftask *b, unsigned flags, void (*take)(void *, const struct bpfrecord *),
	      void *arg)
{
	int r;

	b->shared->exact_all = flags & BPFTASK_EXACT_ALL;
	b->shared->full = !(flags & BPFTASK_REST);
	b->shared->turn++;
	r = sweep(b, false, take, arg);
	if (r == 0 && flags & BPFTASK_THREADS)
		r = sweep(b, true, take, arg);
	return r;
}
