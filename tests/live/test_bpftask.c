/* The sweep in the kernel beside procfs of the same machine: what it says of every process must lie
 * between two readings of the files, and children of which everything is known must come out so. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/root.h"
#include "sys/bpfproc.h"
#include "sys/bpftask.h"
#include "sys/pidlist.h"

enum { SKIP = 77, READY = 99 /* a descriptor */ };

static unsigned program; /* which one of bpftask_open() */
static struct bpftask *bpf;
static struct root root;

/* One process or thread, by procfs or by the sweep. */
struct seen {
	uint32_t pid, tgid, flags;
	uint64_t cpu_ns;
	bool has_io;
	struct pid_stat stat;
	struct pid_statm statm;
	struct pid_status status;
	struct pid_io io;
};

struct list {
	struct seen *p;
	size_t n, cap;
};

static struct seen *
add(struct list *l)
{
	GROW(l->p, l->cap, l->n + 1);
	l->p[l->n] = (struct seen){0};
	return &l->p[l->n++];
}

static const struct seen *
find(const struct list *l, uint32_t pid)
{
	for (size_t i = 0; i < l->n; i++)
		if (l->p[i].pid == pid)
			return &l->p[i];
	return NULL;
}

static uint64_t
cpu_clock(uint32_t pid, bool thread)
{
	int64_t ns = clock_ns((clockid_t)(~(unsigned)pid << 3 | (thread ? 6 : 2)));

	return ns < 0 ? 0 : (uint64_t)ns;
}

static bool
read_file(const struct seen *p, const char *name, struct buf *b)
{
	return pid_read(&root, p->tgid, p->pid == p->tgid ? 0 : p->pid, name, 1 << 16, b) == 0 &&
	       b->len > 0;
}

/* What procfs says; false when it has gone. */
static bool
read_proc(uint32_t tgid, uint32_t pid, struct seen *p)
{
	struct buf b = {0};
	bool ok;

	*p = (struct seen){.pid = pid, .tgid = tgid};
	p->cpu_ns = cpu_clock(pid, pid != tgid);
	ok = read_file(p, "stat", &b) && pid_stat_parse(span_of(b.data, b.len), &p->stat) == 0 &&
	     read_file(p, "statm", &b) && pid_statm_parse(span_of(b.data, b.len), &p->statm) == 0 &&
	     read_file(p, "status", &b);
	if (ok)
		pid_status_parse(span_of(b.data, b.len), &p->status);
	p->has_io = ok && read_file(p, "io", &b) && pid_io_parse(span_of(b.data, b.len), &p->io) == 0;
	buf_release(&b);
	return ok;
}

static void
read_all(struct list *l, bool threads)
{
	struct pidlist pids, tids;

	pidlist_init(&pids);
	pidlist_init(&tids);
	l->n = 0;
	assert_int_equal(pidlist_read(&pids, &root), 0);
	for (size_t i = 0; i < pids.n; i++) {
		struct seen p;

		if (read_proc(pids.pid[i], pids.pid[i], &p))
			*add(l) = p;
		if (!threads || pidlist_read_threads(&tids, &root, pids.pid[i]) < 0)
			continue;
		for (size_t k = 0; k < tids.n; k++)
			if (tids.pid[k] != pids.pid[i] && read_proc(pids.pid[i], tids.pid[k], &p))
				*add(l) = p;
	}
	pidlist_release(&pids);
	pidlist_release(&tids);
}

static void
take(void *arg, const struct bpfrecord *r, size_t n)
{
	for (; n > 0; r++, n--) {
		struct seen *p = add(arg);

		p->pid = r->pid;
		p->tgid = r->tgid;
		p->flags = r->flags;
		p->cpu_ns = r->cpu_ns;
		bpfproc_stat(r, &root, NULL, &p->stat);
		bpfproc_statm(r, &root, &p->statm);
		bpfproc_status(r, &root, &p->status);
		p->has_io = bpfproc_io(r, &p->io);
	}
}

static void
sweep(struct list *l, unsigned flags)
{
	uint32_t last = 0;
	bool thread = false;

	l->n = 0;
	assert_int_equal(bpftask_sweep(bpf, flags, take, NULL, l), 0);
	assert_true(l->n > 0);
	for (size_t i = 0; i < l->n; i++) {
		const struct seen *p = &l->p[i];

		assert_int_equal(!!(p->flags & BPFRECORD_THREAD), p->pid != p->tgid);
		if (!thread && p->pid != p->tgid) {
			thread = true; /* the second part */
			last = 0;
		}
		assert_int_equal(thread, p->pid != p->tgid);
		assert_true(p->pid > last);
		last = p->pid;
	}
}

/* What gets no record, for it did nothing since the last one; or that is not known (UNKNOWN). */
enum { RESTS = 1 << 30, UNKNOWN = 1 << 29 };

static void
take_rest(void *arg, const struct bpfrest *r, size_t n)
{
	assert_true(n <= BPFTASK_STEP);
	for (size_t i = 0; i < n; i++) {
		struct seen *p = add(arg);

		p->pid = p->tgid = r[i].pid;
		p->cpu_ns = r[i].cpu_ns;
		p->flags = RESTS | (p->cpu_ns ? 0 : UNKNOWN);
	}
}

static int
by_pid(const void *a, const void *b)
{
	const struct seen *x = a, *y = b;

	return CMP(x->pid, y->pid);
}

/* Processes in any order, and none twice. Gives how many rest. */
static size_t
sweep_rest(struct list *l)
{
	size_t rest = 0;

	l->n = 0;
	assert_int_equal(bpftask_sweep(bpf, 0, take, take_rest, l), 0);
	assert_true(l->n > 0);
	qsort(l->p, l->n, sizeof *l->p, by_pid);
	for (size_t i = 0; i < l->n; i++) {
		rest += !!(l->p[i].flags & RESTS);
		assert_int_equal(l->p[i].pid, l->p[i].tgid);
		assert_true(i == 0 || l->p[i].pid > l->p[i - 1].pid);
	}
	return rest;
}

static int complaints;

#define COMPLAIN(p, fmt, ...)                                                                     \
	do {                                                                                      \
		complaints++;                                                                     \
		print_error("%u/%u %s: " fmt "\n", (p)->tgid, (p)->pid, (p)->stat.comm, __VA_ARGS__); \
	} while (0)

/* Did nothing between the readings, so that everything must be the same. */
static bool
slept(const struct seen *a, const struct seen *b)
{
	return a->cpu_ns == b->cpu_ns && a->status.vctx == b->status.vctx &&
	       a->status.nvctx == b->status.nvctx && a->stat.state == b->stat.state &&
	       a->stat.num_threads == b->stat.num_threads && a->stat.state != 'R';
}

/* Kernel workers have longer names there. */
static bool
same_name(const struct seen *r, const struct seen *a)
{
	size_t n = strlen(r->stat.comm);

	if (a->stat.flags & 0x00200000)
		return strncmp(r->stat.comm, a->stat.comm, n) == 0;
	return strcmp(r->stat.comm, a->stat.comm) == 0;
}

/* asleep: the whole process did nothing. */
static void
check_labels(const struct seen *a, const struct seen *r, const struct seen *b, bool asleep)
{
#define LABEL(member)                                                                              \
	if (r->member != a->member && r->member != b->member && a->member == b->member)            \
	COMPLAIN(r, #member ": %lld, not %lld", (long long)r->member, (long long)a->member)
	LABEL(stat.ppid);
	LABEL(stat.pgrp);
	LABEL(stat.session);
	LABEL(stat.tty_nr);
	LABEL(stat.starttime);
	LABEL(stat.nice);
	LABEL(stat.rt_priority);
	LABEL(stat.policy);
	LABEL(status.ruid);
	LABEL(status.euid);
	LABEL(status.egid);
	LABEL(status.tracer);
	LABEL(status.seccomp);
	LABEL(status.nnp);
	LABEL(status.caps);
	if (slept(a, b)) {
		LABEL(stat.state);
		LABEL(stat.flags);
		LABEL(stat.num_threads);
		LABEL(stat.priority);
		LABEL(stat.processor);
	}
	if (asleep) {
		LABEL(status.have);
		LABEL(stat.vsize);
		LABEL(statm.size);
		LABEL(statm.text);
		LABEL(statm.data);
		LABEL(status.locked);
		LABEL(status.pte);
		LABEL(status.peak);
	}
	if (!same_name(r, a) && !same_name(r, b))
		COMPLAIN(r, "name, not %s", a->stat.comm);
}

static void
check_counters(const struct seen *a, const struct seen *r, const struct seen *b)
{
	if (r->flags & BPFRECORD_TORN)
		return;
#define COUNTER(member)                                                                            \
	if ((uint64_t)r->member < (uint64_t)a->member || (uint64_t)r->member > (uint64_t)b->member) \
	COMPLAIN(r, #member ": %llu %llu %llu", (unsigned long long)a->member,                     \
		 (unsigned long long)r->member, (unsigned long long)b->member)
	if (a->cpu_ns && b->cpu_ns) /* a zombie's thread clock cannot be asked */
		COUNTER(cpu_ns);
	COUNTER(stat.minflt);
	COUNTER(stat.majflt);
	COUNTER(stat.cutime);
	COUNTER(stat.cstime);
	COUNTER(stat.guest_time);
	COUNTER(stat.blkio_ticks);
	COUNTER(status.vctx);
	COUNTER(status.nvctx);
	if (slept(a, b)) {
		COUNTER(stat.utime);
		COUNTER(stat.stime);
	} else {
		/* Both are split anew at each look, from what is there in all. */
		uint64_t more = b->stat.utime + b->stat.stime - a->stat.utime - a->stat.stime + 2;

		if (r->stat.utime < a->stat.utime || r->stat.utime > a->stat.utime + more)
			COMPLAIN(r, "utime: %lu %lu %lu", a->stat.utime, r->stat.utime, b->stat.utime);
		if (r->stat.stime < a->stat.stime || r->stat.stime > a->stat.stime + more)
			COMPLAIN(r, "stime: %lu %lu %lu", a->stat.stime, r->stat.stime, b->stat.stime);
	}
	if (r->has_io && a->has_io && b->has_io) {
		COUNTER(io.rchar);
		COUNTER(io.wchar);
		COUNTER(io.syscr);
		COUNTER(io.syscw);
		COUNTER(io.read_bytes);
		COUNTER(io.write_bytes);
		COUNTER(io.cancelled);
	}
}

/* Pages a counter may be off where it is not summed over all CPUs. */
static uint64_t
slack(void)
{
	uint64_t cpus = (uint64_t)sysconf(_SC_NPROCESSORS_CONF);

	return MAX(32, 2 * cpus) * cpus;
}

static bool
near(uint64_t v, uint64_t a, uint64_t b, uint64_t by)
{
	return v + by >= MIN(a, b) && v <= MAX(a, b) + by;
}

static void
check_memory(const struct seen *a, const struct seen *r, const struct seen *b, bool asleep)
{
	uint64_t page = (uint64_t)root.page_size;

	if (!asleep || !(r->status.have & STATUS_RSS))
		return;
#define MEMORY(member, by)                                                                         \
	if (!near(r->member, a->member, b->member, by))                                            \
	COMPLAIN(r, #member ": %llu %llu %llu", (unsigned long long)a->member,                     \
		 (unsigned long long)r->member, (unsigned long long)b->member)
	/* status has been exact since 6.17; before, it was off by as much as the rest. */
	MEMORY(status.rss_anon, slack() * page);
	MEMORY(status.rss_file, slack() * page);
	MEMORY(status.rss_shmem, slack() * page);
	MEMORY(status.swap, slack() * page);
	MEMORY(status.hwm, 3 * slack() * page);
	MEMORY(statm.resident, 2 * slack());
	MEMORY(statm.shared, 2 * slack());
	if (!near((uint64_t)r->stat.rss, (uint64_t)a->stat.rss, (uint64_t)b->stat.rss, 3 * slack()))
		COMPLAIN(r, "rss: %ld %ld %ld", a->stat.rss, r->stat.rss, b->stat.rss);
}

/* A process that even root may not look into; some machines keep their first one so. */
static bool
is_hidden(uint32_t tgid)
{
	char path[64], link[64];

	snprintf(path, sizeof path, "%u/ns/pid", tgid);
	return readlinkat(root.dir[ROOT_PROC], path, link, sizeof link) < 0;
}

/* The process of a thread, too: its threads share their memory. */
static bool
all_slept(const struct list *before, const struct list *after, const struct seen *a,
	  const struct seen *b)
{
	const struct seen *leader = find(before, a->tgid), *later = find(after, a->tgid);

	return leader && later && slept(a, b) && slept(leader, later) && a->stat.state != 'D';
}

static size_t
compare_once(unsigned flags)
{
	struct list before = {0}, between = {0}, after = {0};
	size_t n = 0;

	complaints = 0;
	read_all(&before, flags & BPFTASK_THREADS);
	sweep(&between, flags);
	read_all(&after, flags & BPFTASK_THREADS);
	for (size_t i = 0; i < before.n; i++) {
		const struct seen *a = &before.p[i], *b = find(&after, a->pid);
		const struct seen *r = find(&between, a->pid);
		bool asleep;

		if (!b || a->stat.starttime != b->stat.starttime || a->tgid != b->tgid)
			continue; /* did not live long enough */
		if (!r) {
			if (!is_hidden(a->tgid))
				COMPLAIN(a, "not swept: %c %c", a->stat.state, b->stat.state);
			continue;
		}
		if (r->tgid != a->tgid)
			COMPLAIN(r, "is of %u", a->tgid);
		asleep = all_slept(&before, &after, a, b);
		check_labels(a, r, b, asleep);
		check_counters(a, r, b);
		check_memory(a, r, b, asleep);
		n++;
	}
	/* and nothing that is not there */
	for (size_t i = 0; i < between.n; i++)
		if (!find(&before, between.p[i].pid) && find(&after, between.p[i].pid) &&
		    between.p[i].stat.starttime < before.p[before.n - 1].stat.starttime)
			COMPLAIN(&between.p[i], "%s", "swept, but not in procfs");
	free(before.p);
	free(between.p);
	free(after.p);
	return n;
}

/* Gives how many were compared. Others may do to a process that sleeps what we cannot see, such as
 * take its memory: what is wrong is so three times. */
static size_t
compare(unsigned flags)
{
	size_t n = 0;

	for (int i = 0; i < 3; i++) {
		n = compare_once(flags);
		if (!complaints)
			break;
	}
	assert_int_equal(complaints, 0);
	return n;
}

/* Starts a child that runs what and says 'r' when all is as it should be. */
static pid_t
start(void (*what)(void *), void *arg)
{
	int ready[2];
	pid_t pid;
	char c;

	assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		dup2(ready[1], READY);
		what(arg);
		_exit(0);
	}
	(void)close(ready[1]);
	assert_int_equal(read(ready[0], &c, 1), 1);
	(void)close(ready[0]);
	return pid;
}

static void
ready(void)
{
	if (write(READY, "r", 1) != 1)
		_exit(1);
	(void)close(READY);
}

static void
stop(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static void
nap(long ms)
{
	nanosleep(&(struct timespec){ms / 1000, ms % 1000 * 1000000}, NULL);
}

static void
burn(long ms)
{
	int64_t end = clock_ns(CLOCK_THREAD_CPUTIME_ID) + ms * 1000000;

	while (clock_ns(CLOCK_THREAD_CPUTIME_ID) < end)
		(void)getppid();
}

static void
sleeper(void *arg)
{
	if (arg)
		prctl(PR_SET_NAME, arg);
	ready();
	for (;;)
		pause();
}

/* Waits until the process sleeps: then nothing of it changes. */
static void
settle(pid_t pid, char state)
{
	struct seen p, q;

	for (int i = 0; i < 1000; i++) {
		if (read_proc((uint32_t)pid, (uint32_t)pid, &p) && p.stat.state == state) {
			nap(5);
			if (read_proc((uint32_t)pid, (uint32_t)pid, &q) && slept(&p, &q))
				return;
		}
		nap(5);
	}
	fail_msg("%d did not come to rest in state %c", (int)pid, state);
}

/* The child's record and what procfs said before and after, without a complaint. */
static struct seen
look(pid_t pid, struct seen *ret_before)
{
	struct list l = {0};
	struct seen a, b, r;

	complaints = 0;
	assert_true(read_proc((uint32_t)pid, (uint32_t)pid, &a));
	sweep(&l, BPFTASK_EXACT_ALL);
	assert_true(read_proc((uint32_t)pid, (uint32_t)pid, &b));
	assert_non_null(find(&l, (uint32_t)pid));
	r = *find(&l, (uint32_t)pid);
	free(l.p);
	check_labels(&a, &r, &b, slept(&a, &b));
	check_counters(&a, &r, &b);
	check_memory(&a, &r, &b, slept(&a, &b));
	assert_int_equal(complaints, 0);
	if (ret_before)
		*ret_before = a;
	return r;
}

static void
test_all(void **state)
{
	(void)state;
	assert_true(compare(BPFTASK_EXACT_ALL) > 10);
	assert_true(compare(0) > 10);
}

static void
test_all_threads(void **state)
{
	(void)state;
	assert_true(compare(BPFTASK_EXACT_ALL | BPFTASK_THREADS) > 10);
}

static void
forker(void *arg)
{
	(void)arg;
	signal(SIGCHLD, SIG_IGN);
	ready();
	for (;;) {
		pid_t pid = fork();

		if (pid == 0) {
			burn(1);
			_exit(0);
		}
		if (pid < 0)
			nap(1);
	}
}

static void
test_churn(void **state)
{
	pid_t pid = start(forker, NULL);

	(void)state;
	for (int i = 0; i < 20; i++)
		compare(BPFTASK_THREADS);
	stop(pid);
}

/* More than fit into the shared memory at once. */
static void
test_many(void **state)
{
	enum { MANY = 3 * BPFTASK_RECORDS + 7 };
	static pid_t pids[MANY];
	struct list l = {0};

	(void)state;
	for (int i = 0; i < MANY; i++)
		pids[i] = start(sleeper, NULL);
	sweep(&l, 0);
	for (int i = 0; i < MANY; i++) {
		const struct seen *r = find(&l, (uint32_t)pids[i]);

		assert_non_null(r);
		assert_int_equal(r->stat.ppid, getpid());
	}
	compare(BPFTASK_EXACT_ALL);
	for (int i = 0; i < MANY; i++)
		stop(pids[i]);
	free(l.p);
}

enum { SOME = 200 };

static void
start_some(pid_t pids[SOME])
{
	for (int i = 0; i < SOME; i++)
		pids[i] = start(sleeper, NULL);
	for (int i = 0, tries = 0; i < SOME; i++) {
		struct seen p;

		while (!read_proc((uint32_t)pids[i], (uint32_t)pids[i], &p) || p.stat.state != 'S') {
			assert_true(tries++ < 1000);
			nap(5);
		}
	}
	nap(5);
}

/* How many of them were not given. What rests has the CPU time that its clock says. */
static int
missing(const struct list *l, const pid_t pids[SOME])
{
	int n = 0;

	for (int i = 0; i < SOME; i++) {
		const struct seen *r = pids[i] ? find(l, (uint32_t)pids[i]) : NULL;

		n += pids[i] && !r;
		if (r)
			assert_int_equal((uint32_t)r->cpu_ns, (uint32_t)cpu_clock(r->pid, false));
	}
	return n;
}

/* All of them, each once, however many steps it takes; without a record but for their turn. */
static void
test_rest(void **state)
{
	static const uint32_t steps[] = {BPFTASK_STEP, 1, 7, SOME, BPFTASK_STEP};
	static pid_t pids[SOME];
	struct list l = {0};
	size_t turns[2] = {0};

	(void)state;
	start_some(pids);
	sweep(&l, 0);
	for (size_t i = 0; i < ARRAY_LEN(steps); i++) {
		bpftask_step(bpf, steps[i]);
		nap(1); /* what runs is counted when it stops */
		assert_true(sweep_rest(&l) >= SOME * 3 / 4);
		assert_int_equal(missing(&l, pids), 0);
		assert_non_null(find(&l, (uint32_t)getpid()));
		/* we ran */
		assert_false(find(&l, (uint32_t)getpid())->flags & RESTS);
	}
	for (int i = 0; i < BPFTASK_TURNS; i++) {
		(void)sweep_rest(&l);
		turns[0] += !(find(&l, (uint32_t)pids[0])->flags & RESTS);
		turns[1] += !(find(&l, (uint32_t)pids[SOME - 1])->flags & RESTS);
	}
	/* One may share its place in the notes with another process, and gets one each time. */
	assert_int_equal(MIN(turns[0], turns[1]), 1);
	/* Who is looked at, or ran, gets one. */
	bpftask_exact(bpf, (uint32_t *)&pids[1], 1);
	kill(pids[2], SIGSTOP);
	settle(pids[2], 'T');
	(void)sweep_rest(&l);
	assert_false(find(&l, (uint32_t)pids[1])->flags & RESTS);
	assert_false(find(&l, (uint32_t)pids[2])->flags & RESTS);
	assert_int_equal(find(&l, (uint32_t)pids[2])->stat.state, 'T');
	bpftask_exact(bpf, NULL, 0);
	for (int i = 0; i < SOME; i++)
		stop(pids[i]);
	(void)sweep_rest(&l);
	assert_null(find(&l, (uint32_t)pids[0]));
	free(l.p);
}

static void
killer(void *arg)
{
	const pid_t *pids = arg;

	ready();
	for (int i = 0; i < SOME; i += 2) {
		kill(pids[i], SIGKILL);
		nap(1);
	}
	_exit(0);
}

/* Every other one ends while the others are walked over, and the walk loses its place: what is not
 * given then are few. */
static void
test_rest_ends(void **state)
{
	static pid_t pids[SOME];
	struct list l = {0};
	pid_t children = 0, end = 0;
	int lost = 0, ended = 0;

	(void)state;
	start_some(pids);
	bpftask_step(bpf, 1);
	children = start(killer, pids);
	for (int i = 0; i < SOME; i += 2)
		pids[i] = 0;
	for (int sweeps = 0; end != children; sweeps++) {
		assert_true(sweeps < 10000);
		(void)sweep_rest(&l);
		lost += missing(&l, pids);
		while ((end = waitpid(-1, NULL, WNOHANG)) > 0 && end != children)
			ended++;
	}
	while (ended < SOME / 2 && waitpid(-1, NULL, 0) > 0)
		ended++;
	print_message("%d ended, %d not given\n", ended, lost);
	assert_true(lost <= ended / 4);
	(void)sweep_rest(&l);
	assert_int_equal(missing(&l, pids), 0);
	bpftask_step(bpf, BPFTASK_STEP);
	for (int i = 1; i < SOME; i += 2)
		stop(pids[i]);
	free(l.p);
}

/* Births do not disturb it. */
static void
test_rest_churn(void **state)
{
	static pid_t pids[SOME];
	struct list l = {0};
	pid_t pid;

	(void)state;
	start_some(pids);
	pid = start(forker, NULL);
	for (uint32_t i = 0; i < 40; i++) {
		bpftask_step(bpf, 1 + i * 5);
		(void)sweep_rest(&l);
		assert_int_equal(missing(&l, pids), 0);
	}
	bpftask_step(bpf, BPFTASK_STEP);
	stop(pid);
	for (int i = 0; i < SOME; i++)
		stop(pids[i]);
	free(l.p);
}

static void *
burn_thread(void *arg)
{
	cleanup_free char *block = xmalloc(1 << 20);
	int fd = open("/dev/null", O_WRONLY | O_CLOEXEC);

	memset(block, 1, 1 << 20);
	for (int i = 0; i < 10; i++)
		if (write(fd, block, 1000) != 1000)
			_exit(1);
	(void)close(fd);
	burn((long)(intptr_t)arg);
	return NULL;
}

static pthread_barrier_t burnt;

static void *
sleep_thread(void *arg)
{
	burn_thread(arg);
	pthread_barrier_wait(&burnt);
	while (pause() < 0)
		;
	return NULL;
}

/* Threads that ended, threads that are there. */
static void
threaded(void *arg)
{
	pthread_t t;

	(void)arg;
	for (int i = 0; i < 6; i++) {
		pthread_create(&t, NULL, burn_thread, (void *)(intptr_t)20);
		pthread_join(t, NULL);
	}
	pthread_barrier_init(&burnt, NULL, 6);
	for (int i = 0; i < 5; i++)
		pthread_create(&t, NULL, sleep_thread, (void *)(intptr_t)20);
	burn(20);
	pthread_barrier_wait(&burnt);
	ready();
	for (;;)
		pause();
}

static void
test_threads_summed(void **state)
{
	pid_t pid = start(threaded, NULL);
	struct seen a, r;

	(void)state;
	settle(pid, 'S');
	r = look(pid, &a);
	assert_int_equal(r.stat.num_threads, 6);
	assert_true(r.cpu_ns >= 240 * 1000000);
	assert_int_equal(r.cpu_ns, a.cpu_ns);
	assert_int_equal(r.stat.utime, a.stat.utime);
	assert_int_equal(r.stat.stime, a.stat.stime);
	assert_int_equal(r.stat.minflt, a.stat.minflt);
	assert_true(r.stat.minflt > 11);
	assert_memory_equal(&r.io, &a.io, sizeof r.io);
	assert_true(r.io.wchar >= 11 * 10000);
	stop(pid);
}

static void
zombie_leader(void *arg)
{
	pthread_t t;

	(void)arg;
	burn(30);
	pthread_barrier_init(&burnt, NULL, 4);
	for (int i = 0; i < 3; i++)
		pthread_create(&t, NULL, sleep_thread, (void *)(intptr_t)30);
	pthread_barrier_wait(&burnt);
	ready();
	pthread_exit(NULL);
}

static void
test_zombie_leader(void **state)
{
	pid_t pid = start(zombie_leader, NULL);
	struct seen a, r;

	(void)state;
	settle(pid, 'Z');
	r = look(pid, &a);
	assert_int_equal(r.stat.state, 'Z');
	assert_int_equal(r.stat.num_threads, 4);
	assert_true(r.cpu_ns >= 120 * 1000000);
	assert_int_equal(r.cpu_ns, a.cpu_ns);
	assert_int_equal(r.stat.vsize, 0);
	assert_memory_equal(&r.io, &a.io, sizeof r.io);
	stop(pid);
}

/* Several threads end at any time: the sum must never go back nor count one twice. */
static void *
churn_thread(void *arg)
{
	pthread_t t;

	while (pthread_create(&t, NULL, burn_thread, (void *)(intptr_t)1) == 0)
		pthread_join(t, NULL);
	return arg;
}

static void
thread_churn(void *arg)
{
	pthread_t t;

	for (int i = 0; i < 3; i++)
		pthread_create(&t, NULL, churn_thread, arg);
	ready();
	for (;;)
		pause();
}

static void
test_ending_threads(void **state)
{
	enum { SWEEPS = 20000 };
	pid_t pid = start(thread_churn, NULL);
	struct list l = {0};
	int torn = 0, moved = 0;
	uint64_t last = 0;

	(void)state;
	for (int i = 0; i < SWEEPS; i++) {
		uint64_t before = cpu_clock((uint32_t)pid, false), after;
		const struct seen *r;

		sweep(&l, 0);
		after = cpu_clock((uint32_t)pid, false);
		r = find(&l, (uint32_t)pid);
		assert_non_null(r);
		if (r->flags & BPFRECORD_TORN) {
			torn++;
			continue;
		}
		assert_in_range(r->cpu_ns, before, after);
		moved += r->cpu_ns > last;
		last = r->cpu_ns;
	}
	print_message("%d of %d torn, moved %d times\n", torn, SWEEPS, moved);
	assert_true(torn < SWEEPS / 20);
	assert_true(moved > 10);
	free(l.p);
	stop(pid);
}

static void
test_states(void **state)
{
	pid_t pid = start(sleeper, NULL), zombie;
	struct seen r;

	(void)state;
	settle(pid, 'S');
	assert_int_equal(look(pid, NULL).stat.state, 'S');
	kill(pid, SIGSTOP);
	settle(pid, 'T');
	assert_int_equal(look(pid, NULL).stat.state, 'T');
	kill(pid, SIGCONT);
	settle(pid, 'S');
	assert_int_equal(ptrace(PTRACE_SEIZE, pid, NULL, NULL), 0);
	assert_int_equal(ptrace(PTRACE_INTERRUPT, pid, NULL, NULL), 0);
	assert_int_equal(waitpid(pid, NULL, __WALL), pid);
	settle(pid, 't');
	r = look(pid, NULL);
	assert_int_equal(r.stat.state, 't');
	assert_int_equal(r.status.tracer, syscall(SYS_gettid));
	assert_int_equal(ptrace(PTRACE_DETACH, pid, NULL, NULL), 0);
	stop(pid);
	zombie = start(sleeper, NULL);
	kill(zombie, SIGKILL);
	settle(zombie, 'Z');
	r = look(zombie, NULL);
	assert_int_equal(r.stat.state, 'Z');
	assert_int_equal(r.stat.num_threads, 1);
	assert_false(r.flags & BPFRECORD_MM);
	waitpid(zombie, NULL, 0);
}

static void
burner(void *arg)
{
	(void)arg;
	ready();
	for (;;)
		burn(1000);
}

static void
test_running(void **state)
{
	pid_t pid = start(burner, NULL);
	uint64_t last = 0;

	(void)state;
	for (int i = 0; i < 20; i++) {
		struct seen r = look(pid, NULL);

		assert_int_equal(r.stat.state, 'R');
		assert_true(r.cpu_ns >= last);
		last = r.cpu_ns;
		nap(10);
	}
	assert_true(last > 0);
	stop(pid);
}

static void
other_user(void *arg)
{
	(void)arg;
	if (setsid() < 0 || nice(7) != 7 || setresgid(4321, 4322, 4323) < 0 ||
	    setresuid(1234, 65533, 99) < 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		_exit(1);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	sleeper(NULL);
}

static void
test_user(void **state)
{
	pid_t pid = start(other_user, NULL);
	struct seen r;

	(void)state;
	settle(pid, 'S');
	r = look(pid, NULL);
	assert_int_equal(r.status.ruid, 1234);
	assert_int_equal(r.status.euid, 65533);
	assert_int_equal(r.status.egid, 4322);
	assert_int_equal(r.status.caps, 0);
	assert_int_equal(r.status.nnp, 1);
	assert_int_equal(r.stat.nice, 7);
	assert_int_equal(r.stat.priority, 27);
	assert_int_equal(r.stat.session, pid);
	assert_int_equal(r.stat.pgrp, pid);
	stop(pid);
}

static void
real_time(void *arg)
{
	if (sched_setscheduler(0, SCHED_RR, &(struct sched_param){42}) < 0)
		_exit(1);
	sleeper(arg);
}

static void
test_real_time(void **state)
{
	pid_t pid = start(real_time, NULL);
	struct seen r;

	(void)state;
	settle(pid, 'S');
	r = look(pid, NULL);
	assert_int_equal(r.stat.policy, SCHED_RR);
	assert_int_equal(r.stat.rt_priority, 42);
	assert_int_equal(r.stat.priority, -43);
	stop(pid);
}

static void
test_names(void **state)
{
	static const char *const names[] = {"a) R 1 (b", "\x1b[31m\xff\n\\", "123456789012345", " "};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		pid_t pid = start(sleeper, (void *)(uintptr_t)names[i]);

		settle(pid, 'S');
		assert_string_equal(look(pid, NULL).stat.comm, names[i]);
		stop(pid);
	}
}

static void
writer(void *arg)
{
	static char block[1 << 20];
	char name[] = "sweep-test-XXXXXX";
	int fd = mkstemp(name);

	(void)arg;
	if (fd < 0 || unlink(name) < 0)
		_exit(1);
	for (int i = 0; i < 5; i++)
		if (write(fd, block, sizeof block) != sizeof block)
			_exit(1);
	if (fsync(fd) < 0 || lseek(fd, 0, SEEK_SET) < 0 || read(fd, block, 12345) != 12345)
		_exit(1);
	ready();
	for (;;)
		pause();
}

static void
test_io(void **state)
{
	pid_t pid = start(writer, NULL);
	struct seen a, r;

	(void)state;
	settle(pid, 'S');
	r = look(pid, &a);
	assert_true(r.has_io);
	assert_memory_equal(&r.io, &a.io, sizeof r.io);
	assert_true(r.io.wchar >= 5 << 20);
	assert_true(r.io.rchar >= 12345);
	stop(pid);
}

/* Touches pages on every CPU, a few on each, so that they stay in the CPU's own counter. */
static void
spread(void *arg)
{
	long cpus = sysconf(_SC_NPROCESSORS_CONF), page = sysconf(_SC_PAGESIZE);
	cleanup_free char *block = xmalloc((size_t)(cpus * 20 * page));

	(void)arg;
	for (long i = 0; i < cpus; i++) {
		cpu_set_t set;

		CPU_ZERO(&set);
		CPU_SET((size_t)i, &set);
		if (sched_setaffinity(0, sizeof set, &set) < 0)
			continue;
		for (long k = 0; k < 20; k++)
			block[(i * 20 + k) * page] = 1;
	}
	ready();
	for (;;)
		pause();
}

static void
test_exact(void **state)
{
	pid_t pid = start(spread, NULL), other = start(sleeper, NULL);
	uint32_t set[] = {(uint32_t)pid};
	struct list l = {0};
	struct seen a, r;

	(void)state;
	settle(pid, 'S');
	assert_true(read_proc((uint32_t)pid, (uint32_t)pid, &a));
	bpftask_exact(bpf, set, 1);
	sweep(&l, 0);
	r = *find(&l, (uint32_t)pid);
	assert_true(r.flags & BPFRECORD_EXACT);
	/* Before 6.17 PID/status was no more exact than the rest. */
	print_message("anonymous: %lu, by procfs %lu; in all %lu, by stat %ld pages\n",
		      r.status.rss_anon, a.status.rss_anon, r.statm.resident, a.stat.rss);
	if (a.status.rss_anon != r.status.rss_anon) {
		struct buf b = {0};
		uint64_t sum = 0, kib;
		struct span all, line, word;

		/* then what the page tables say decides */
		assert_int_equal(pid_read(&root, (uint32_t)pid, 0, "smaps_rollup", 1 << 16, &b), 0);
		all = span_of(b.data, b.len);
		while (span_line(&all, &line))
			if (span_word(&line, &word) && span_is(word, "Rss:") &&
			    num_u64(&line, &kib) == 0)
				sum = kib * 1024 / (uint64_t)root.page_size;
		assert_int_equal(r.statm.resident, sum);
		buf_release(&b);
	}
	bpftask_exact(bpf, NULL, 0);
	if (!(find(&l, (uint32_t)other)->flags & BPFRECORD_EXACT)) { /* not before 6.2 */
		sweep(&l, 0);
		r = *find(&l, (uint32_t)pid);
		assert_false(r.flags & BPFRECORD_EXACT);
		assert_int_equal(r.stat.rss, a.stat.rss);
	}
	free(l.p);
	stop(pid);
	stop(other);
}

static void
next_pid(int pid)
{
	FILE *f = fopen("/proc/sys/kernel/ns_last_pid", "we");

	if (!f || fprintf(f, "%d", pid - 1) < 0 || fclose(f) != 0)
		_exit(5);
}

/* Numbers that do not rise with age; and what is outside, much more than inside, is never given,
 * neither by the walk nor, when that is found out not to pay, without it. */
static bool
sweeps_inside(void)
{
	static const int numbers[] = {900, 30, 500, 20};
	struct list l = {0};
	bool ok = true;

	for (size_t i = 0; i < ARRAY_LEN(numbers); i++) {
		next_pid(numbers[i]);
		ok &= start(sleeper, NULL) == numbers[i];
	}
	for (int i = 0; i < 70; i++) {
		bpftask_step(bpf, i ? BPFTASK_STEP : 1);
		(void)sweep_rest(&l);
		ok &= l.n == 3 + ARRAY_LEN(numbers);
		for (size_t k = 0; k < ARRAY_LEN(numbers); k++)
			ok &= find(&l, (uint32_t)numbers[k]) != NULL;
	}
	free(l.p);
	return ok;
}

/* A PID namespace: what is in it, seen from outside and from inside. */
static void
inside(void *arg)
{
	int failed;
	pid_t pid;

	(void)arg;
	if (unshare(CLONE_NEWPID | CLONE_NEWNS) < 0 ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		_exit(1);
	pid = fork();
	if (pid == 0) {
		prctl(PR_SET_NAME, "first of ns");
		if (mount("proc", "/proc", "proc", 0, NULL) < 0)
			_exit(2);
		root_release(&root);
		if (root_init(&root, &(struct root_paths){0}, NULL) < 0 || root.foreign)
			_exit(3);
		(void)start(sleeper, NULL);
		(void)start(threaded, NULL);
		bpftask_free(bpf);
		if (bpftask_open(&bpf, program, NULL) < 0)
			_exit(4);
		ready();
		/* ourselves, and two children */
		failed = compare(BPFTASK_EXACT_ALL | BPFTASK_THREADS) != 3 + 5;
		{
			struct list l = {0};
			const struct seen *r;

			sweep(&l, 0);
			failed |= l.n != 3;
			r = find(&l, 1);
			failed |= !r || r->stat.ppid || r->stat.pgrp || r->stat.session;
			r = find(&l, 2);
			failed |= !r || r->stat.ppid != 1;
		}
		failed |= !sweeps_inside();
		_exit(failed);
	}
	waitpid(pid, &failed, 0);
	_exit(WIFEXITED(failed) ? WEXITSTATUS(failed) : 9);
}

/* Not in a chroot, whose root is no mount that could be made private. */
static bool
namespaces_can_be_made(void)
{
	int status;
	pid_t pid = fork();

	if (pid == 0)
		_exit(unshare(CLONE_NEWPID | CLONE_NEWNS) < 0 ||
		      mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0);
	return waitpid(pid, &status, 0) == pid && status == 0;
}

static void
test_namespace(void **state)
{
	enum { OUTSIDE = 1200 };
	static pid_t others[OUTSIDE];
	pid_t pid;
	int status;

	(void)state;
	if (!namespaces_can_be_made())
		skip();
	for (int i = 0; i < OUTSIDE; i++)
		others[i] = start(sleeper, NULL);
	pid = start(inside, NULL);
	compare(0); /* from outside */
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
	for (int i = 0; i < OUTSIDE; i++)
		stop(others[i]);
}

static void
test_nobody(void **state)
{
	int status;
	pid_t pid = fork();

	(void)state;
	if (pid == 0) {
		struct bpftask *none = NULL;
		struct err e = {0};
		int r;

		if (setresgid(65534, 65534, 65534) < 0 || setresuid(65534, 65534, 65534) < 0)
			_exit(1);
		r = bpftask_open(&none, program, &e);
		_exit(r != -EPERM || none || !strstr(e.text, "CAP_BPF"));
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static int
open_files(void)
{
	int n = 0;

	for (int fd = 0; fd < 1024; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

/* Nothing is left behind by opening and closing. */
static void
test_open_again(void **state)
{
	int before = open_files();

	(void)state;
	for (int i = 0; i < 3; i++) {
		struct bpftask *b;
		struct list l = {0};

		assert_int_equal(bpftask_open(&b, program, NULL), 0);
		assert_int_equal(bpftask_sweep(b, 0, take, NULL, &l), 0);
		assert_true(l.n > 0);
		bpftask_free(b);
		free(l.p);
	}
	assert_int_equal(open_files(), before);
	bpftask_free(NULL);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all), cmocka_unit_test(test_all_threads),
		cmocka_unit_test(test_churn), cmocka_unit_test(test_many),
		cmocka_unit_test(test_rest), cmocka_unit_test(test_rest_ends),
		cmocka_unit_test(test_rest_churn),
		cmocka_unit_test(test_threads_summed), cmocka_unit_test(test_zombie_leader),
		cmocka_unit_test(test_ending_threads), cmocka_unit_test(test_states),
		cmocka_unit_test(test_running), cmocka_unit_test(test_user),
		cmocka_unit_test(test_real_time), cmocka_unit_test(test_names),
		cmocka_unit_test(test_io), cmocka_unit_test(test_exact),
		cmocka_unit_test(test_namespace), cmocka_unit_test(test_nobody),
		cmocka_unit_test(test_open_again),
	};
	struct err e = {0};
	int r;

	if (argc > 1 && strcmp(argv[1], "old") == 0)
		program = BPFTASK_OLD, argc--, argv++;
	r = bpftask_open(&bpf, program, &e);
	if (r < 0) {
		printf("skipped: %s\n", e.text);
		return !e.text[0] || bpf ? 1 : SKIP;
	}
	if (getuid() != 0) {
		printf("skipped: children of other users need root\n");
		return SKIP;
	}
	r = root_init(&root, &(struct root_paths){0}, &e);
	if (r < 0 || root.foreign) {
		printf("skipped: not our own procfs: %s\n", e.text);
		return SKIP;
	}
	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	r = cmocka_run_group_tests(tests, NULL, NULL);
	bpftask_free(bpf);
	root_release(&root);
	return r;
}
