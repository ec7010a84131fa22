#include "sample/procs.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "sample/due.h"
#include "sample/files.h"
#include "sample/sweep.h"
#include "sys/bpfrecord.h"
#include "sys/reader.h"

enum {
	FIRST_ROWS = 128, /* on the first tick nobody knows yet which rows will be on the screen */
	GARBAGE_MIN = 1 << 18,
	GONE_MAX = 4096, /* processes that went, per tick */
	KEPT_MAX = 512, /* descriptors; each costs the kernel some 4 KiB */
	OTHERS_OPEN = 64, /* descriptors, about */
	KEPT_TICKS = 16, /* until those of what does nothing are closed */
};

/* So much CPU time in a tick may bring a row to the screen: its rates shall be there by then. */
static const uint64_t BUSY_NS = NS_PER_MS;

static uint64_t
cpu_clock_ns(uint32_t pid)
{
	/* The clock of another process, as clock_getcpuclockid() makes it, without its checks. */
	int64_t ns = clock_ns((clockid_t)(~(unsigned)pid << 3 | 2));

	return ns < 0 ? CLOCK_NONE : (uint64_t)ns;
}

/* The kernel makes the table of descriptors larger when a number asks for it; in a program that has
 * threads it waits for all CPUs then, 20 ms and more. So now, while we have none. */
static void
reserve_descriptors(const struct root *root, unsigned n)
{
	int fd = fcntl(root->dir[ROOT_PROC], F_DUPFD_CLOEXEC, (int)n);

	if (fd >= 0)
		(void)close(fd);
}

void
procs_init(struct procs *p, const struct root *root, struct errands *errands, bool clocks)
{
	struct rlimit files;

	*p = (struct procs){.root = root, .errands = errands, .strings = strpool_new()};
	p->clocks = clocks && !root->foreign && cpu_clock_ns((uint32_t)getpid()) != CLOCK_NONE;
	if (!root->foreign && getrlimit(RLIMIT_NOFILE, &files) == 0)
		p->kept_max = (unsigned)MIN(files.rlim_cur / 4, (rlim_t)KEPT_MAX);
	if (p->kept_max)
		reserve_descriptors(root, p->kept_max + OTHERS_OPEN);
	p->kept = xcalloc(p->kept_max, sizeof *p->kept);
	for (unsigned i = p->kept_max; i-- > 0; p->free_kept = &p->kept[i])
		p->kept[i].next_free = p->free_kept;
	births_init(&p->births, root, p->clocks);
	users_init(&p->users, root, errands);
	p->cgroups = xcalloc(1, sizeof *p->cgroups);
	pidlist_init(&p->tids);
}

static struct proc *
proc_new(struct procs *ps, uint32_t pid, uint32_t tgid)
{
	struct proc *p = ps->free;

	if (p)
		ps->free = p->next_free;
	else
		p = xcalloc(1, sizeof *p);
	*p = (struct proc){.pid = pid, .tgid = tgid, .more = p->more};
	return p;
}

static void
proc_drop(struct procs *ps, struct proc *p)
{
	for (uint32_t i = 0; i < p->nthread; i++)
		proc_drop(ps, p->thread[i].p);
	free(p->thread);
	files_close(ps, p);
	files_forget_all(ps, p);
	p->next_free = ps->free;
	ps->free = p;
}

/* Drops a process that is no more. */
void
procs_gone(struct procs *ps, const struct slot *s)
{
	const struct proc *p = s->p;

	if (ps->remember_gone && !proc_is_thread(p) && p->name &&
	    ps->ngone - ps->gone_before < GONE_MAX) {
		GROW(ps->gone, ps->gone_cap, ps->ngone + 1);
		ps->gone[ps->ngone++] = (struct gone){p->pid,      p->ppid, p->start_wall_ns,
						      s->clock_ns, p->name, p->command,
						      p->user};
	}
	proc_drop(ps, s->p);
}

static void
forget_gone(struct procs *ps)
{
	size_t n = ps->ngone - ps->gone_before;

	if (n)
		memmove(ps->gone, ps->gone + ps->gone_before, n * sizeof *ps->gone);
	ps->ngone = ps->gone_before = n;
}

void
procs_release(struct procs *p)
{
	for (size_t i = 0; i < p->n; i++)
		proc_drop(p, p->slot[i].p);
	while (p->free) {
		struct proc *f = p->free;

		p->free = f->next_free;
		files_free_more(f->more);
		free(f);
	}
	free(p->kept);
	free(p->tnext);
	free(p->slot);
	free(p->next);
	free(p->gone);
	users_release(&p->users);
	cgroups_release(p->cgroups);
	free(p->cgroups);
	dear_release(&p->dear);
	told_release(&p->told);
	free(p->asked);
	sweep_close(p);
	births_release(&p->births);
	pidlist_release(&p->tids);
	buf_release(&p->text);
	strpool_unref(p->strings);
}

static enum activity
activity(uint64_t before_ns, uint64_t now_ns)
{
	if (before_ns == CLOCK_NONE)
		return RAN;
	return now_ns == before_ns ? REST : now_ns - before_ns >= BUSY_NS ? BUSY : RAN;
}

/* An enum activity, or -ESRCH when it is gone. */
static int
ran(const struct procs *ps, struct slot *s, bool is_new, uint32_t *asked)
{
	uint64_t ns;
	int r;

	if (!ps->clocks || proc_is_thread(s->p))
		return RAN; /* stat will tell */
	ns = cpu_clock_ns(s->pid);
	if (ns == CLOCK_NONE && (is_new ? !ps->births.whole : s->clock_ns != CLOCK_NONE) &&
	    (errno == ESRCH || errno == EINVAL))
		return -ESRCH;
	*asked += ns != CLOCK_NONE;
	r = ns == CLOCK_NONE ? RAN : activity(s->clock_ns, ns);
	s->clock_ns = ns;
	return r;
}

/* Reads what is due of a process or thread, from its record where the sweep gave one. 0; below 0
 * when it is gone. */
static int
refresh(struct procs *ps, struct slot *s, enum activity act, bool rolling,
	const struct bpfrecord *rec, struct frame *f)
{
	struct proc *p = s->p;
	uint64_t ticks = p->utime + p->stime;
	bool again = p->ran && p->ran + 1 == ps->tick, is_new = !p->name;
	bool keep = s->visible || (act != REST && again), status = false;
	uint32_t cgroups = sweep_cgroups(rec);
	/* It cannot stop, wait or end without running first. */
	bool look = s->visible && (!again || ps->anew || (s->pid + ps->tick) % SEEN == 0);

	if (act != REST)
		p->fresh = 0;
	if (act != REST || s->visible)
		p->ran = ps->tick;
	else if (ps->tick - p->ran > KEPT_TICKS && !ps->all_now)
		files_close(ps, p);
	if (act != REST || look || rolling || ps->stat_all) {
		int r;

		if (rec && !sweep_lacks_name(s, act != REST, rec))
			r = sweep_take_stat(ps, p, rec);
		else
			r = files_read_stat(ps, p, f, keep || ps->stat_all);
		if (r < 0)
			return r;
		if (s->clock_ns == CLOCK_NONE && !is_new && p->utime + p->stime != ticks)
			act = BUSY;
		s->state = p->state;
		s->kthread = proc_is_kthread(p);
		s->changed = true;
	} else if (ps->size_all && !s->kthread) {
		int r = files_read_size(ps, p, f, true);

		if (r < 0)
			return r;
		s->changed |= r > 0;
	}
	for (int k = FILE_STATM; ps->want >> k; k++) {
		if ((k == FILE_DETAIL && status) ||
		    !procs_is_due(ps, s, (enum proc_file)k, act, cgroups))
			continue;
		if (!rec || !sweep_take(ps, p, (enum proc_file)k, rec))
			files_read(ps, p, (enum proc_file)k, f, keep || ps->want_all & 1 << k);
		p->cgroups = k == FILE_CGROUP ? cgroups : p->cgroups;
		status |= k == FILE_STATUS && !rec; /* which gives the detail too */
		s->changed = true;
	}
	return 0;
}

static int
update(struct procs *ps, struct slot *s, bool is_new, struct frame *f)
{
	bool rolling = (s->pid + ps->tick) % ROLL == 0;
	uint32_t asked = 0;
	int r = ran(ps, s, is_new, &asked);

	f->source[SRC_PID_CLOCK].read += asked;
	s->changed = false;
	if (r < 0)
		return r;
	if (r == REST && !s->visible && !s->near && !rolling && !ps->all_now)
		return 0; /* most end here */
	return refresh(ps, s, (enum activity)r, rolling, NULL, f);
}

int
procs_record(struct procs *ps, struct slot *s, const struct bpfrecord *rec, struct frame *f)
{
	enum activity act = REST;

	if (!(rec->flags & BPFRECORD_TORN)) {
		act = activity(s->clock_ns, rec->cpu_ns);
		s->clock_ns = rec->cpu_ns;
	}
	s->changed = false;
	return refresh(ps, s, act, true, rec, f);
}

static void
set_start_time(struct procs *ps, struct proc *p, const struct frame *f, int64_t uptime_ns)
{
	int64_t start = (int64_t)mul_div_u64(p->start, NS_PER_S, (uint64_t)ps->root->clk_tck);

	if (uptime_ns <= 0) /* not known */
		return;
	p->start_wall_ns = f->meta.wall_ns - (uptime_ns - start);
}

/* A process that was not known. False when there is none of that number. */
bool
procs_meet(struct procs *ps, struct slot *s, uint32_t pid, uint32_t tgid,
	   const struct bpfrecord *rec, struct frame *f, int64_t uptime_ns)
{
	int r;

	*s = (struct slot){
		.p = proc_new(ps, pid, tgid),
		.pid = pid,
		.clock_ns = CLOCK_NONE,
		.near = ps->tick == 1 && ps->nmet++ < FIRST_ROWS,
	};
	r = rec ? procs_record(ps, s, rec, f) : update(ps, s, true, f);
	if (r < 0) {
		ps->vanished += r == -ESRCH && ps->births.whole;
		proc_drop(ps, s->p);
		return false;
	}
	set_start_time(ps, s->p, f, uptime_ns);
	return true;
}

/* Brings the slot of a known process up to date, or makes it that of another one that has the
 * number now. False when it is gone. */
bool
procs_meet_again(struct procs *ps, struct slot *s, uint32_t tgid, struct frame *f,
		 int64_t uptime_ns)
{
	int r = update(ps, s, false, f);

	if (r == 0)
		return true;
	procs_gone(ps, s);
	if (r == -ESTALE)
		return procs_meet(ps, s, s->pid, tgid, NULL, f, uptime_ns);
	ps->vanished += r == -ESRCH && ps->births.whole;
	return false;
}

/* Merges a rising list of numbers into the rising slots of what we know: all there are when whole,
 * else such as may be new. Gives the new count; *ret_same: so many at the start are as before. */
static size_t
merge(struct procs *ps, struct slot *old, size_t nold, const struct pidlist *pids, bool whole,
      uint32_t tgid, struct slot *ret, struct frame *f, int64_t uptime_ns, size_t *ret_same)
{
	size_t n = 0, i = 0, k = 0, same = 0;

	while (k < nold || i < pids->n) {
		uint32_t pid = i < pids->n ? pids->pid[i] : UINT32_MAX;
		bool known = k < nold && old[k].pid <= pid;

		if (pid == tgid) { /* the leader is the process itself */
			i++;
			continue;
		}
		i += !known || old[k].pid == pid;
		if (known && old[k].pid != pid && whole) {
			procs_gone(ps, &old[k++]);
			continue;
		}
		if (known) {
			uint64_t start = old[k].p->start;

			ret[n] = old[k];
			if (!procs_meet_again(ps, &ret[n], tgid ? tgid : ret[n].pid, f,
					      uptime_ns)) {
				k++;
				continue;
			}
			same += same == n && n == k && ret[n].p->start == start;
			k++;
		} else if (!procs_meet(ps, &ret[n], pid, tgid ? tgid : pid, NULL, f, uptime_ns)) {
			continue;
		} else if (whole && !tgid) {
			births_found(&ps->births, pid);
		}
		n++;
	}
	*ret_same = same;
	return n;
}

static void
drop_threads(struct procs *ps, struct proc *p)
{
	for (uint32_t i = 0; i < p->nthread; i++)
		proc_drop(ps, p->thread[i].p);
	free(p->thread);
	p->thread = NULL;
	p->nthread = p->thread_cap = 0;
}

/* Threads come, go and run only while their process's clock moves; what others can change of those
 * of a process at rest is looked at like that of processes. */
static void
update_threads(struct procs *ps, struct slot *s, struct frame *f, int64_t uptime_ns)
{
	struct proc *p = s->p;
	size_t same, cap = p->thread_cap;

	if (!ps->threads || p->num_threads < 2) {
		drop_threads(ps, p);
		return;
	}
	if (p->nthread && ps->clocks && !ps->all_now && p->ran != ps->tick &&
	    (s->pid + ps->tick) % ROLL != 0) {
		for (uint32_t i = 0; i < p->nthread; i++)
			p->thread[i].changed = false;
		return;
	}
	if (pidlist_read_threads(&ps->tids, ps->root, p->pid) < 0 || !ps->tids.n) {
		drop_threads(ps, p);
		return;
	}
	GROW(ps->tnext, ps->tnext_cap, ps->tids.n);
	p->nthread = (uint32_t)merge(ps, p->thread, p->nthread, &ps->tids, true, p->pid, ps->tnext,
				     f, uptime_ns, &same);
	GROW(p->thread, cap, p->nthread);
	p->thread_cap = (uint32_t)cap;
	if (p->nthread)
		memcpy(p->thread, ps->tnext, p->nthread * sizeof *p->thread);
}

size_t
procs_from(const struct procs *ps, uint32_t pid)
{
	size_t lo = 0, hi = ps->n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (ps->slot[mid].pid < pid)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

struct slot *
procs_find(const struct procs *ps, uint32_t pid)
{
	size_t at = procs_from(ps, pid);

	return at < ps->n && ps->slot[at].pid == pid ? &ps->slot[at] : NULL;
}

static void
mark_threads(struct procs *ps, const struct plan *plan)
{
	for (size_t i = 0; i < ps->n; i++) {
		struct proc *p = ps->slot[i].p;

		for (uint32_t k = 0; k < p->nthread; k++) {
			struct slot *t = &p->thread[k];

			t->visible = false;
			for (size_t v = 0; v < plan->nvisible && !t->visible; v++)
				t->visible = plan->visible[v].a == t->pid;
			ps->slot[i].visible |= t->visible;
		}
	}
}

static void
mark_visible(struct procs *ps, const struct plan *plan)
{
	for (size_t i = 0; i < ps->n; i++)
		ps->slot[i].visible = ps->slot[i].near = false;
	for (size_t i = 0; i < plan->nvisible + plan->nnear; i++) {
		struct slot *s = procs_find(ps, (uint32_t)plan->visible[i].a);

		if (s && i < plan->nvisible)
			s->visible = true;
		else if (s)
			s->near = true;
	}
	if (ps->threads)
		mark_threads(ps, plan);
}

/* Numbers that were given out are mostly of threads, or of processes that are gone again. */
static void
keep_living(struct pidlist *l)
{
	size_t n = 0;

	for (size_t i = 0; i < l->n; i++)
		if (cpu_clock_ns(l->pid[i]) != CLOCK_NONE)
			l->pid[n++] = l->pid[i];
	l->n = n;
}

static int
list(struct procs *ps, struct frame *f)
{
	int r = births_read(&ps->births, ps->root, ps->n);

	if (ps->births.whole)
		source_note(f, SRC_PID_LIST, r);
	else
		keep_living(&ps->births.list);
	return r;
}

static void
merge_list(struct procs *ps, struct frame *f, int64_t uptime_ns)
{
	const struct births *b = &ps->births;
	struct slot *slot = ps->slot;
	size_t cap = ps->cap;

	GROW(ps->next, ps->next_cap, (b->whole ? 0 : ps->n) + b->list.n);
	ps->n = merge(ps, ps->slot, ps->n, &b->list, b->whole, 0, ps->next, f, uptime_ns,
		      &ps->same);
	ps->slot = ps->next;
	ps->cap = ps->next_cap;
	ps->next = slot;
	ps->next_cap = cap;
}

int
procs_tick(struct procs *ps, const struct plan *plan, struct frame *f, int64_t uptime_ns)
{
	int64_t cpu = clock_ns(CLOCK_THREAD_CPUTIME_ID);
	int r = 0;

	if (ps->try_bpf)
		sweep_try(ps);
	if (!ps->bpf)
		r = list(ps, f);
	f->meta.cost_ns[COST_LIST] = clock_ns(CLOCK_THREAD_CPUTIME_ID) - cpu;
	if (r < 0)
		return r;
	ps->tick++;
	ps->vanished = 0;
	forget_gone(ps);
	mark_visible(ps, plan);
	files_begin(ps);
	if (ps->bpf)
		sweep_tick(ps, plan, f, uptime_ns);
	else
		merge_list(ps, f, uptime_ns);
	for (size_t i = 0; (ps->threads || ps->had_threads) && i < ps->n; i++)
		update_threads(ps, &ps->slot[i], f, uptime_ns);
	ps->had_threads = ps->threads;
	told_tick(ps, f);
	files_ask(ps);
	dear_tick(ps, plan, f);
	files_end(ps, f);
	dear_end(ps, f);
	users_ask(&ps->users, ps->strings, f->meta.mono_ns);
	if (users_news(&ps->users))
		ps->same = 0; /* rows of processes that did nothing have it too */
	return 0;
}

static void
move_strings(struct procs *ps, struct proc *p, struct strpool *to)
{
	const char **interned[] = {&p->name, &p->cgroup, &p->tty};

	for (size_t i = 0; i < ARRAY_LEN(interned); i++)
		if (*interned[i])
			*interned[i] = strpool_intern(to, *interned[i], strlen(*interned[i]));
	files_move(p, to);
	for (uint32_t i = 0; i < p->nthread; i++)
		move_strings(ps, p->thread[i].p, to);
}

bool
procs_compact(struct procs *ps)
{
	struct strpool *to;

	if (ps->garbage < GARBAGE_MIN || ps->garbage < strpool_bytes(ps->strings) / 2)
		return false;
	to = strpool_new();
	ps->ngone = ps->gone_before = 0;
	for (size_t i = 0; i < ps->n; i++)
		move_strings(ps, ps->slot[i].p, to);
	users_move(&ps->users, to);
	cgroups_clear(ps->cgroups);
	strpool_unref(ps->strings);
	ps->strings = to;
	ps->garbage = 0;
	return true;
}
