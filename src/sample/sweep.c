#include "sample/sweep.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "sample/files.h"
#include "sys/bpfproc.h"
#include "sys/bpftask.h"
#include "sys/reader.h"

enum {
	EXACT_MAX = 512,
	NEAR = 8,         /* slots to look at before it is searched for */
	AT_ONCE = 16,
	CACHE_LINE = 64,
	TRY_TICK = 2,     /* the screen is there by then */
	TRY_PROCS = 300,  /* fewer cost less without */
	TRY_THREADS = 16, /* a process; with more, clocks cost less where the sweep sees each */
};

int
sweep_open(struct procs *ps, struct err *e)
{
	ps->births.age = ROLL; /* who is hidden is looked for at once */
	return bpftask_open(&ps->bpf, 0, e);
}

void
sweep_try(struct procs *ps)
{
	size_t threads = 0;

	if (ps->tick + 1 < TRY_TICK || ps->n < TRY_PROCS)
		return;
	ps->try_bpf = false;
	for (size_t i = 0; i < ps->n; i++)
		threads += ps->slot[i].p->num_threads;
	if (threads > TRY_THREADS * ps->n)
		err_set(&ps->no_bpf, 0, "so many threads cost less by the clocks of their "
					"processes than by BPF");
	else
		(void)sweep_open(ps, &ps->no_bpf);
}

void
sweep_close(struct procs *ps)
{
	bpftask_free(ps->bpf);
	ps->bpf = NULL;
}

bool
sweep_lacks_name(const struct slot *s, bool ran, const struct bpfrecord *rec)
{
	if (!(rec->task_flags & PF_KTHREAD))
		return false;
	return !s->p->name || (s->visible && ran);
}

int
sweep_take_stat(struct procs *ps, struct proc *p, const struct bpfrecord *rec)
{
	struct pid_stat st;
	/* What was said before; it shall not go back. */
	struct bpfproc_times times = {procs_ticks_ns(ps, p->utime), procs_ticks_ns(ps, p->stime)};

	bpfproc_stat(rec, ps->root, &times, &st);
	if (p->name && (rec->task_flags & PF_KTHREAD))
		snprintf(st.comm, sizeof st.comm, "%s", p->name);
	if ((rec->flags & BPFRECORD_TORN) && p->name) {
		st.utime = p->utime;
		st.stime = p->stime;
		st.minflt = p->minflt;
		st.majflt = p->majflt;
	}
	return files_take_stat(ps, p, &st);
}

/* Most are in their parent's cgroup: the same set means the same path. It is known to be so now
 * when the parent, who comes first, had a record on this tick too. */
static bool
take_cgroup(const struct procs *ps, struct proc *p, uint32_t cgroups)
{
	const struct slot *s = procs_find(ps, p->ppid);
	const struct proc *parent = s ? s->p : NULL; /* it may have gone just now */

	if (!cgroups || !parent || parent->ran != ps->tick || parent->cgroups != cgroups ||
	    !parent->cgroup)
		return false;
	p->cgroup = parent->cgroup; /* interned */
	return true;
}

bool
sweep_take(struct procs *ps, struct proc *p, enum proc_file k, const struct bpfrecord *rec)
{
	struct proc_more *more = files_more(p);
	uint8_t bit = (uint8_t)(1 << k);

	if (k == FILE_STATM) {
		bpfproc_statm(rec, ps->root, &more->statm);
	} else if (k == FILE_STATUS) {
		bpfproc_status(rec, ps->root, &more->status);
		files_take_status(ps, p);
	} else if (k == FILE_IO && rec->flags & BPFRECORD_TORN) {
		return true;
	} else if (k == FILE_IO && !bpfproc_io(rec, &more->io)) {
		p->denied |= bit;
		return true;
	} else if (k == FILE_CGROUP ? !take_cgroup(ps, p, sweep_cgroups(rec)) : k != FILE_IO) {
		return false;
	}
	p->have |= bit;
	p->fresh |= bit;
	return true;
}

static void
prefetch(const void *p, size_t n)
{
	for (size_t i = 0; i < n; i += CACHE_LINE)
		__builtin_prefetch((const char *)p + i, 1);
}

/* What the sweep says comes in any order, but mostly in that of the slots. */
struct sweeping {
	struct procs *ps;
	struct frame *f;
	int64_t uptime_ns;
	size_t next; /* slot, probably */
	size_t born; /* new ones, in ps->next */
	uint32_t nrecords;
};

static struct slot *
find(struct sweeping *m, uint32_t pid)
{
	struct procs *ps = m->ps;
	struct slot *s = &ps->slot[m->next], *end = ps->slot + ps->n;

	for (int i = 0; i < NEAR && s < end && s->pid < pid; i++)
		s++;
	if (s == end || s->pid != pid)
		s = procs_find(ps, pid);
	if (s)
		m->next = (size_t)(s - ps->slot) + 1;
	return s;
}

/* One that was not known; rec NULL: from files. */
static void
meet(struct sweeping *m, uint32_t pid, const struct bpfrecord *rec)
{
	struct procs *ps = m->ps;

	GROW(ps->next, ps->next_cap, m->born + 1);
	m->born += procs_meet(ps, &ps->next[m->born], pid, pid, rec, m->f, m->uptime_ns);
}

static void
take_rest(void *arg, const struct bpfrest *r, size_t n)
{
	struct sweeping *m = arg;

	m->nrecords += (uint32_t)n;
	for (size_t i = 0; i < n; i++) {
		struct slot *s = find(m, r[i].pid);

		if (!s) {
			meet(m, r[i].pid, NULL);
		} else if ((uint32_t)s->clock_ns == r[i].cpu_ns) {
			s->changed = false;
			s->met = true;
		}
	}
}

/* s: NULL when it was not known. */
static void
take_one(struct sweeping *m, struct slot *s, const struct bpfrecord *r)
{
	struct procs *ps = m->ps;

	if (!s) {
		meet(m, r->pid, r);
	} else if (!s->met && procs_record(ps, s, r, m->f) == 0) {
		s->met = true;
	} else if (!s->met) { /* the number is another one's now */
		procs_gone(ps, s);
		if (!procs_meet(ps, s, r->pid, r->pid, r, m->f, m->uptime_ns))
			s->p = NULL;
		s->met = true;
		ps->same = MIN(ps->same, (size_t)(s - ps->slot));
	}
}

/* What is known of some is fetched before the first of them needs it. */
static void
take(void *arg, const struct bpfrecord *r, size_t n)
{
	struct sweeping *m = arg;
	struct slot *known[AT_ONCE];

	m->nrecords += (uint32_t)n;
	for (size_t at = 0; at < n; at += AT_ONCE) {
		size_t end = MIN(n - at, (size_t)AT_ONCE);

		for (size_t i = 0; i < end; i++) {
			known[i] = find(m, r[at + i].pid);
			if (known[i])
				prefetch(known[i]->p, sizeof *known[i]->p);
		}
		for (size_t i = 0; i < end; i++)
			if (known[i] && known[i]->p)
				prefetch(known[i]->p->more, sizeof *known[i]->p->more);
		for (size_t i = 0; i < end; i++)
			take_one(m, known[i], &r[at + i]);
	}
}

/* Those the sweep said nothing of, or not enough, are asked for their clocks; what has gone leaves
 * no gap. */
static void
ask_clocks(struct sweeping *m)
{
	struct procs *ps = m->ps;
	size_t n = 0;

	for (size_t k = 0; k < ps->n; k++) {
		struct slot *s = &ps->slot[k];

		if (!s->met) {
			uint64_t start = s->p->start;

			if (!procs_meet_again(ps, s, s->pid, m->f, m->uptime_ns))
				s->p = NULL;
			else if (s->p->start != start)
				ps->same = MIN(ps->same, k);
		}
		s->met = false;
		if (s->p)
			ps->slot[n++] = *s;
		else
			ps->same = MIN(ps->same, k);
	}
	ps->n = n;
}

static int
by_pid(const void *a, const void *b)
{
	const struct slot *x = a, *y = b;

	return CMP(x->pid, y->pid);
}

/* Puts the new ones among the others. */
static void
insert(struct sweeping *m)
{
	struct procs *ps = m->ps;
	size_t k = ps->n, n = 0;

	if (m->born)
		qsort(ps->next, m->born, sizeof *ps->next, by_pid);
	for (size_t i = 0; i < m->born; i++) {
		if (n && ps->next[n - 1].pid == ps->next[i].pid) {
			files_unask(ps, ps->next[--n].p);
			procs_gone(ps, &ps->next[n]);
		}
		ps->next[n++] = ps->next[i];
	}
	GROW(ps->slot, ps->cap, ps->n + n);
	ps->n += n;
	while (n > 0) {
		bool older = k > 0 && ps->slot[k - 1].pid > ps->next[n - 1].pid;

		ps->slot[k + n - 1] = older ? ps->slot[k - 1] : ps->next[n - 1];
		if (older)
			k--;
		else
			n--;
		ps->same = MIN(ps->same, k);
	}
	m->born = 0;
}

/* Processes that procfs lists and the sweep does not show are looked for now and then. */
static void
find_hidden(struct sweeping *m)
{
	struct procs *ps = m->ps;
	struct pidlist *l = &ps->births.list;
	size_t k = 0;
	int r;

	if (++ps->births.age < (ps->patient ? (unsigned)ROLL : (unsigned)RELIST))
		return;
	ps->births.age = 0;
	ps->births.whole = true;
	r = pidlist_read(l, ps->root);
	source_note(m->f, SRC_PID_LIST, r);
	for (size_t i = 0; r == 0 && i < l->n; i++) {
		while (k < ps->n && ps->slot[k].pid < l->pid[i])
			k++;
		if (k == ps->n || ps->slot[k].pid != l->pid[i])
			meet(m, l->pid[i], NULL);
	}
	insert(m);
}

void
sweep_tick(struct procs *ps, const struct plan *plan, struct frame *f, int64_t uptime_ns)
{
	struct sweeping m = {.ps = ps, .f = f, .uptime_ns = uptime_ns};
	uint32_t exact[EXACT_MAX];
	size_t nexact = MIN(plan->nvisible + plan->nnear, (size_t)EXACT_MAX);
	unsigned flags = (field_set_has(&plan->all, PROC_RES) ? BPFTASK_EXACT_ALL : 0) |
			 (plan->patient ? BPFTASK_SELDOM : 0) | (ps->all_now ? BPFTASK_FULL : 0);
	int r;

	for (size_t i = 0; i < nexact; i++)
		exact[i] = (uint32_t)plan->visible[i].a;
	bpftask_exact(ps->bpf, exact, nexact);
	ps->same = ps->n;
	ps->births.whole = false;
	r = bpftask_sweep(ps->bpf, flags, take, take_rest, &m);
	/* Where it broke off, the rest is asked as without it. */
	ask_clocks(&m);
	insert(&m);
	source_note(f, SRC_PID_BPF, r);
	f->source[SRC_PID_BPF].read += m.nrecords;
	if (r < 0) { /* never seen; from the next tick on it goes without */
		err_set(&ps->no_bpf, r, "BPF: the sweep broke off: %s", strerror(-r));
		sweep_close(ps);
	}
	find_hidden(&m);
}
