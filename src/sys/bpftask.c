#include "sys/bpftask.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/mem.h"
#include "bpf/skeleton.h"

enum {
	IDLE_ROUNDS = 64,
	WALK_MORE = 4, /* so many tasks walked by for one given, and the other way costs less */
	WALK_LEAST = 1024,
	WALK_AGAIN = 64, /* sweeps, until it is tried again */
};

struct bpftask {
	void *skeleton; /* holds the program, its link and its maps */
	void (*destroy)(void *skeleton);
	int map_fd, link_fd;
	bool walks;
	struct bpftask_shared *shared;
	int walk_fd;      /* of the sweep before, for the next one; -1 */
	unsigned no_walk; /* sweeps, from now on */
};

/* load_NAME(): 0 or -errno. What bpftool makes of each program has types and names of its own. */
#define LOADER(name)                                         \
	static void destroy_##name(void *skeleton)           \
	{                                                    \
		sonde_##name##__destroy(skeleton);           \
	}                                                    \
	static int load_##name(struct bpftask *b)            \
	{                                                    \
		struct sonde_##name *s = sonde_##name##__open(); \
		int r = s ? sonde_##name##__load(s) : -ENOMEM;   \
		if (r == 0 && sonde_##name##__sweep__attach(s) < 0) \
			r = -errno;                          \
		if (r < 0) {                                 \
			sonde_##name##__destroy(s);          \
			return r;                            \
		}                                            \
		b->skeleton = s;                             \
		b->destroy = destroy_##name;                 \
		b->map_fd = s->maps.shared.map_fd;           \
		b->link_fd = s->links.sweep_fd;              \
		return 0;                                    \
	}

LOADER(walk)
LOADER(task)

static int
map(struct bpftask *b)
{
	void *p = mmap(NULL, sizeof *b->shared, PROT_READ | PROT_WRITE, MAP_SHARED, b->map_fd, 0);

	if (p == MAP_FAILED)
		return -errno;
	b->shared = p;
	b->shared->step = BPFTASK_STEP;
	return 0;
}

int
bpftask_open(struct bpftask **ret, unsigned flags, struct err *why)
{
	struct bpftask *b = xcalloc(1, sizeof *b);
	int r = flags & BPFTASK_OLD ? -ENOTSUP : load_walk(b);

	b->walk_fd = -1;
	b->walks = r == 0;
	if (r < 0 && r != -EPERM)
		r = load_task(b);
	skeleton_forget((size_t)sysconf(_SC_PAGESIZE));
	if (r == 0)
		r = map(b);
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
	if (b->walk_fd >= 0)
		(void)close(b->walk_fd);
	if (b->shared)
		(void)munmap(b->shared, sizeof *b->shared);
	if (b->skeleton)
		b->destroy(b->skeleton);
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

void
bpftask_step(struct bpftask *b, uint32_t n)
{
	b->shared->step = MIN(MAX(n, 1), (uint32_t)BPFTASK_STEP);
}

static int
begin(const struct bpftask *b)
{
	union bpf_attr attr;
	int fd;

	memset(&attr, 0, sizeof attr);
	attr.iter_create.link_fd = (uint32_t)b->link_fd;
	fd = skel_sys_bpf(BPF_ITER_CREATE, &attr, sizeof attr);
	return fd < 0 ? -errno : fd;
}

struct taker {
	void (*take)(void *, const struct bpfrecord *, size_t);
	void (*rest)(void *, const struct bpfrest *, size_t);
	void *arg;
};

/* The program never writes to the file. read() runs it until all tasks were seen (0), or until
 * there is no more room, a step of the walk is done or the kernel has done a million (EAGAIN). On a
 * walk nothing may come for long, where most are of other namespaces. */
static int
read_all(struct bpftask *b, int fd, const struct taker *to, size_t *ret_given)
{
	struct bpftask_shared *s = b->shared;
	int idle = 0;
	ssize_t got;
	char byte;

	s->ready = 0;
	s->end = s->ntodo = s->todo = 0;
	s->from = s->visited = 0;
	s->n = s->nrest = 0;
	do {
		got = read(fd, &byte, 1);
		if (got < 0 && errno != EAGAIN && errno != EINTR)
			return -errno;
		if (s->n > BPFTASK_RECORDS || s->nrest > BPFTASK_STEP || got > 0 ||
		    (!s->n && !s->nrest && !s->visited && idle++ > IDLE_ROUNDS))
			return -EIO;
		if (s->nrest)
			to->rest(to->arg, s->rest, s->nrest);
		if (s->n)
			to->take(to->arg, s->record, s->n);
		*ret_given += s->n + s->nrest;
		s->n = s->nrest = 0;
	} while (got < 0 && !(s->end && !s->ntodo));
	return 0;
}

/* A walk leaves the file at the first task, where the next one goes on with it: that spares making
 * another. */
static int
sweep(struct bpftask *b, const struct taker *to, size_t *ret_given)
{
	bool walk = b->shared->walk, kept = walk && b->walk_fd >= 0;
	int fd = kept ? b->walk_fd : begin(b), r;

	if (fd < 0)
		return fd;
	r = read_all(b, fd, to, ret_given);
	if (r == 0 && walk && b->shared->end) {
		b->walk_fd = fd;
		return 0;
	}
	(void)close(fd);
	if (kept)
		b->walk_fd = -1;
	/* The one that was the first has gone. */
	return r == 0 && kept ? sweep(b, to, ret_given) : r;
}

/* All tasks of the machine are walked over: in a small PID namespace of a large one it is better to
 * go by the numbers of the namespace. */
static int
sweep_processes(struct bpftask *b, bool full, const struct taker *to)
{
	struct bpftask_shared *s = b->shared;
	size_t given = 0;
	int r;

	s->threads = 0;
	s->full = full || !to->rest;
	s->walk = b->walks && to->rest && !b->no_walk;
	b->no_walk -= b->no_walk > 0;
	r = sweep(b, to, &given);
	if (s->visited > WALK_LEAST + WALK_MORE * given)
		b->no_walk = WALK_AGAIN;
	return r;
}

static int
sweep_threads(struct bpftask *b, const struct taker *to)
{
	size_t given = 0;

	b->shared->threads = b->shared->full = 1;
	b->shared->walk = 0;
	return sweep(b, to, &given);
}

int
bpftask_sweep(struct bpftask *b, unsigned flags,
	      void (*take)(void *, const struct bpfrecord *, size_t),
	      void (*rest)(void *, const struct bpfrest *, size_t), void *arg)
{
	struct taker to = {take, rest, arg};
	int r;

	b->shared->exact_all = flags & BPFTASK_EXACT_ALL;
	b->shared->turn++;
	b->shared->turns = flags & BPFTASK_SELDOM ? BPFTASK_TURNS_SELDOM : BPFTASK_TURNS;
	r = sweep_processes(b, flags & BPFTASK_FULL, &to);
	if (r == 0 && flags & BPFTASK_THREADS)
		r = sweep_threads(b, &to);
	return r;
}
