#include "sample/sweep.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "sample/files.h"
#include "sys/bpfproc.h"
#include "sys/bpftask.h"
#include "sys/reader.h"

enum { EXACT_MAX = 512 };

int
sweep_open(struct procs *ps, struct err *e)
{
	ps->births.age = RELIST; /* who is hidden is looked for at once */
	return bpftask_open(&ps->bpf, e);
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

void
sweep_take(struct procs *ps, struct proc *p, enum proc_file k, const struct bpfrecord *rec)
{
	struct proc_more *more = files_more(p);
	uint8_t bit = (uint8_t)(1 << k);

	if (k == FILE_STATM) {
		bpfproc_statm(rec, ps->root, &more->statm);
	} else if (k == FILE_STATUS) {
		bpfproc_status(rec, ps->root, &more->status);
		files_take_status(ps, p);
	} else if (rec->flags & BPFRECORD_TORN) {
		return;
	} else if (!bpfproc_io(rec, &more->io)) {
		p->denied |= bit;
		return;
	}
	p->have |= bit;
	p->fresh |= bit;
}

/* A merge of the rising records into the rising slots. */
struct merging {
	struct procs *ps;
	struct frame *f;
	int64_t uptime_ns;
	size_t k, n; /* old slots taken, new ones made */
	uint32_t nrecords;
};

static struct slot *
next_slot(struct merging *m)
{
	GROW(m->ps->next, m->ps->next_cap, m->n + 1);
	return &m->ps->next[m->n];
}

/* The next old slot is of a process the sweep says nothing of, or of one that has gone. */
static void
ask_clock(struct merging *m)
{
	struct procs *ps = m->ps;
	struct slot *s = next_slot(m);
	bool in_place = m->n == m->k && ps->same == m->n;
	uint64_t start;

	*s = ps->slot[m->k++];
	start = s->p->start;
	if (!procs_meet_again(ps, s, s->pid, m->f, m->uptime_ns))
		return;
	ps->same += in_place && s->p->start == start;
	m->n++;
}

static void
take(void *arg, const struct bpfrecord *r)
{
	struct merging *m = arg;
	struct procs *ps = m->ps;
	bool rests = r->flags & BPFRECORD_REST;
	struct slot *s;

	m->nrecords++;
	while (m->k < ps->n && ps->slot[m->k].pid < r->pid)
		ask_clock(m);
	s = next_slot(m);
	if (m->k < ps->n && ps->slot[m->k].pid == r->pid) {
		bool in_place = m->n == m->k && ps->same == m->n;

		if (rests && ps->slot[m->k].clock_ns != r->cpu_ns) {
			ask_clock(m);
			return;
		}
		*s = ps->slot[m->k++];
		if (procs_record(ps, s, r, m->f) == 0) {
			ps->same += in_place;
			m->n++;
			return;
		}
		procs_gone(ps, s);
	}
	m->n += procs_meet(ps, s, r->pid, r->pid, rests ? NULL : r, m->f, m->uptime_ns);
}

/* Processes that procfs lists and the sweep does not show are looked for now and then. */
static void
find_hidden(struct merging *m)
{
	struct procs *ps = m->ps;
	struct pidlist *l = &ps->births.list;
	size_t k = 0;
	int r;

	if (++ps->births.age < RELIST)
		return;
	ps->births.age = 0;
	ps->births.whole = true;
	r = pidlist_read(l, ps->root);
	source_note(m->f, SRC_PID_LIST, r);
	for (size_t i = 0; r == 0 && i < l->n; i++) {
		struct slot *s = next_slot(m), found;

		while (k < m->n && ps->next[k].pid < l->pid[i])
			k++;
		if (k < m->n && ps->next[k].pid == l->pid[i])
			continue;
		if (!procs_meet(ps, &found, l->pid[i], l->pid[i], NULL, m->f, m->uptime_ns))
			continue;
		memmove(ps->next + k + 1, ps->next + k, (size_t)(s - ps->next - k) * sizeof *s);
		ps->next[k] = found;
		ps->same = MIN(ps->same, k);
		m->n++;
	}
}

size_t
sweep_tick(struct procs *ps, const struct plan *plan, struct frame *f, int64_t uptime_ns)
{
	struct merging m = {.ps = ps, .f = f, .uptime_ns = uptime_ns};
	uint32_t exact[EXACT_MAX];
	size_t nexact = MIN(plan->nvisible + plan->nnear, (size_t)EXACT_MAX);
	unsigned flags = field_set_has(&plan->all, PROC_RES) ? BPFTASK_EXACT_ALL : 0;
	int r;

	if (!ps->stat_all && !ps->want_all)
		flags |= BPFTASK_REST;
	for (size_t i = 0; i < nexact; i++)
		exact[i] = (uint32_t)plan->visible[i].a;
	bpftask_exact(ps->bpf, exact, nexact);
	ps->same = 0;
	ps->births.whole = false;
	r = bpftask_sweep(ps->bpf, flags, take, &m);
	/* Where it broke off, the rest is asked as without it. */
	while (m.k < ps->n)
		ask_clock(&m);
	source_note(f, SRC_PID_BPF, r);
	f->source[SRC_PID_BPF].read += m.nrecords;
	if (r < 0) { /* never seen; from the next tick on it goes without */
		err_set(&ps->no_bpf, r, "BPF: the sweep broke off: %s", strerror(-r));
		sweep_close(ps);
	}
	find_hidden(&m);
	return m.n;
}
