#include "sample/procs.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/mem.h"
#include "sys/reader.h"

enum {
	STAT_MAX = 4096,      /* bytes of PID/stat, and the like */
	STATUS_MAX = 16384,
	CMDLINE_MAX = 16384,  /* longer ones are cut */
	FILL_BUDGET = 1500,   /* files of rows nobody looks at, per tick */
	GARBAGE_MIN = 1 << 18,
};

static const struct {
	const char *name;
	enum source source;
	size_t max;
} files[PROC_FILES] = {
	[FILE_STATM] = {"statm", SRC_PID_STATM, STAT_MAX},
	[FILE_STATUS] = {"status", SRC_PID_STATUS, STATUS_MAX},
	[FILE_IO] = {"io", SRC_PID_IO, STAT_MAX},
	[FILE_CMDLINE] = {"cmdline", SRC_PID_CMDLINE, CMDLINE_MAX},
	[FILE_CGROUP] = {"cgroup", SRC_PID_CGROUP, STATUS_MAX},
};

void
procs_init(struct procs *p, const struct root *root)
{
	*p = (struct procs){.root = root, .clocks = !root->foreign, .strings = strpool_new()};
	pidlist_init(&p->pids);
	pidlist_init(&p->tids);
}

static struct proc *
proc_new(struct procs *ps, uint32_t pid, uint32_t tgid)
{
	struct proc *p = ps->free;

	if (p)
		ps->free = p->next_free;
	else
		p = xmalloc(sizeof *p);
	*p = (struct proc){.pid = pid, .tgid = tgid, .clock_ns = CLOCK_NONE, .active = true};
	return p;
}

static void
forget(struct procs *ps, const char **s)
{
	if (*s)
		ps->garbage += strlen(*s) + 1;
	*s = NULL;
}

static void
proc_drop(struct procs *ps, struct proc *p)
{
	for (uint32_t i = 0; i < p->nthread; i++)
		proc_drop(ps, p->thread[i]);
	free(p->thread);
	free(p->more);
	forget(ps, &p->command);
	p->next_free = ps->free;
	ps->free = p;
}

void
procs_release(struct procs *p)
{
	struct proc *next;

	for (size_t i = 0; i < p->n; i++)
		proc_drop(p, p->list[i]);
	for (struct proc *f = p->free; f; f = next) {
		next = f->next_free;
		free(f);
	}
	free(p->list);
	free(p->next);
	free(p->user);
	pidlist_release(&p->pids);
	pidlist_release(&p->tids);
	buf_release(&p->text);
	strpool_unref(p->strings);
}

void
procs_plan(struct procs *ps, const struct plan *plan)
{
	const struct field_set *want = &plan->want[TABLE_PROC];

	ps->want = ps->want_all = ps->by_others = 0;
	ps->stat_all = !ps->clocks;
	ps->threads = plan->threads;
	for (unsigned f = 0; f < PROC_FIELDS; f++) {
		const struct field *spec = &schema[TABLE_PROC].field[f];

		if (!field_set_has(want, f))
			continue;
		for (int k = 0; k < PROC_FILES; k++) {
			if (spec->source != files[k].source)
				continue;
			ps->want |= (uint8_t)(1 << k);
			if (!(spec->flags & FIELD_ON_CPU))
				ps->by_others |= (uint8_t)(1 << k);
			if (field_set_has(&plan->all, f))
				ps->want_all |= (uint8_t)(1 << k);
		}
		if (spec->source == SRC_PID_STAT && field_set_has(&plan->all, f) &&
		    !(spec->flags & FIELD_ON_CPU))
			ps->stat_all = true;
	}
}

/* Replaces *slot unless it says the same already. */
static void
set_string(struct procs *ps, const char **slot, const char *s, size_t n, bool intern)
{
	if (*slot && strlen(*slot) == n && memcmp(*slot, s, n) == 0)
		return;
	if (!intern)
		forget(ps, slot);
	*slot = intern ? strpool_intern(ps->strings, s, n) : strpool_add(ps->strings, s, n);
}

static const char *
user_name(struct procs *ps, uint32_t uid)
{
	char number[16];
	const char *name;

	for (size_t i = 0; i < ps->nusers; i++)
		if (ps->user[i].uid == uid)
			return ps->user[i].name;
	name = root_user(ps->root, uid);
	if (!name) {
		snprintf(number, sizeof number, "%u", uid);
		name = number;
	}
	GROW(ps->user, ps->users_cap, ps->nusers + 1);
	ps->user[ps->nusers] =
		(struct user_name){uid, strpool_intern(ps->strings, name, strlen(name))};
	return ps->user[ps->nusers++].name;
}

static int
read_stat(struct procs *ps, struct proc *p, struct frame *f)
{
	bool thread = p->tgid != p->pid;
	struct pid_stat st;
	int r = pid_read(ps->root, p->tgid, thread ? p->pid : 0, "stat", STAT_MAX, &ps->text);

	if (r == 0)
		r = pid_stat_parse(span_of(ps->text.data, ps->text.len), &st);
	if (r != -ESRCH)
		source_note(f, SRC_PID_STAT, r);
	if (r < 0)
		return r;
	if (p->name && p->start != st.starttime)
		return -ESTALE; /* another process has the number now */
	if (!p->name || strcmp(p->name, st.comm) != 0) {
		/* A new name means exec: what it runs is to be read again. */
		p->have &= (uint8_t) ~(1 << FILE_CMDLINE | 1 << FILE_STATUS);
		p->denied = 0;
		set_string(ps, &p->name, st.comm, strlen(st.comm), true);
	}
	if (!p->tty || p->tty_nr != st.tty_nr) {
		char tty[16];

		pid_tty_name(st.tty_nr, tty);
		set_string(ps, &p->tty, tty, strlen(tty), true);
	}
	p->start = st.starttime;
	p->state = st.state;
	p->nfields = (uint8_t)MIN(st.nfields, 255u);
	p->ppid = st.ppid;
	p->pgrp = st.pgrp;
	p->session = st.session;
	p->tty_nr = st.tty_nr;
	p->flags = st.flags;
	p->minflt = st.minflt;
	p->majflt = st.majflt;
	p->utime = st.utime;
	p->stime = st.stime;
	p->children = (uint64_t)MAX(st.cutime, 0) + (uint64_t)MAX(st.cstime, 0);
	p->priority = st.priority;
	p->nice = st.nice;
	p->num_threads = st.num_threads;
	p->vsize = st.vsize;
	p->rss = st.rss;
	p->processor = st.processor;
	p->rt_priority = st.rt_priority;
	p->policy = st.policy;
	p->blkio = st.blkio_ticks;
	p->guest = st.guest_time;
	return 0;
}

static void
take_cmdline(struct procs *ps, struct proc *p)
{
	size_t n = pid_cmdline_join(ps->text.data, ps->text.len);
	char name[80];

	if (n) {
		set_string(ps, &p->command, ps->text.data, n, false);
		return;
	}
	/* As ps does it: what has no arguments shows its name in brackets. */
	n = (size_t)snprintf(name, sizeof name, "[%s]", p->name);
	set_string(ps, &p->command, name, MIN(n, sizeof name - 1), false);
}

static int
take_file(struct procs *ps, struct proc *p, enum proc_file k)
{
	struct span text = span_of(ps->text.data, ps->text.len), path;

	if (k <= FILE_IO && !p->more)
		p->more = xcalloc(1, sizeof *p->more);
	switch (k) {
	case FILE_STATM:
		return pid_statm_parse(text, &p->more->statm);
	case FILE_STATUS:
		pid_status_parse(text, &p->more->status);
		if (p->more->status.have & STATUS_UID)
			p->user = user_name(ps, p->more->status.euid);
		return 0;
	case FILE_IO:
		return pid_io_parse(text, &p->more->io);
	case FILE_CMDLINE:
		take_cmdline(ps, p);
		return 0;
	case FILE_CGROUP:
		if (!pid_cgroup_parse(text, &path))
			return -EINVAL;
		set_string(ps, &p->cgroup, path.p, span_len(path), true);
		return 0;
	case PROC_FILES:
		break;
	}
	return -EINVAL;
}

static void
read_file(struct procs *ps, struct proc *p, enum proc_file k, struct frame *f)
{
	bool thread = p->tgid != p->pid;
	uint8_t bit = (uint8_t)(1 << k);
	int r;

	if (k == FILE_CMDLINE && proc_is_kthread(p)) {
		buf_clear(&ps->text); /* they have none: spare the read */
		r = 0;
	} else {
		r = pid_read(ps->root, p->tgid, thread ? p->pid : 0, files[k].name, files[k].max,
			     &ps->text);
		if (r == 0 && k != FILE_CMDLINE && ps->text.len == 0)
			r = -ESRCH; /* a dying process gives nothing */
	}
	if (r == 0)
		r = take_file(ps, p, k);
	if (r == -EACCES || r == -EPERM || r == -ENOENT)
		p->denied |= bit;
	if (r == 0) {
		p->have |= bit;
		p->fresh |= bit;
	}
	if (r != -ESRCH)
		source_note(f, files[k].source, r);
}

static bool
is_due(const struct procs *ps, const struct proc *p, enum proc_file k, bool rolling, int *budget)
{
	uint8_t bit = (uint8_t)(1 << k);
	bool all = ps->want_all & bit;

	if (!(ps->want & bit) || (p->denied & bit))
		return false;
	if (p->tgid != p->pid && k >= FILE_CMDLINE)
		return false; /* a thread's are its process's */
	if (!(p->have & bit))
		return p->visible || all || (*budget)-- > 0;
	if (k == FILE_IO)
		return p->active;
	if (p->visible)
		return p->active || ((ps->by_others & bit) && (p->pid + ps->tick) % LOOK == 0);
	return all && (p->active || rolling || (ps->by_others & bit));
}

static uint64_t
cpu_clock_ns(uint32_t pid)
{
	/* The clock of another process, as clock_getcpuclockid() makes it, without its checks. */
	int64_t ns = clock_ns((clockid_t)(~(unsigned)pid << 3 | 2));

	return ns < 0 ? CLOCK_NONE : (uint64_t)ns;
}

/* Brings one process or thread up to date. 0; below 0 when it is gone. */
static int
update(struct procs *ps, struct proc *p, struct frame *f, int *budget)
{
	bool thread = p->tgid != p->pid, is_new = !p->name;
	bool rolling = (p->pid + ps->tick) % ROLL == 0;
	int r;

	if (ps->clocks && !thread) {
		uint64_t ns = cpu_clock_ns(p->pid);

		/* errno says no such process; anything else leaves it to the files. */
		if (ns == CLOCK_NONE && (errno == ESRCH || (errno == EINVAL && !is_new)))
			return -ESRCH;
		source_note(f, SRC_PID_CLOCK, ns == CLOCK_NONE ? -errno : 0);
		p->active = is_new || ns == CLOCK_NONE || ns != p->clock_ns;
		p->clock_ns = ns;
	} else {
		p->active = true;
	}
	if (p->active)
		p->fresh = 0;
	if (p->active || p->visible || rolling || ps->stat_all) {
		r = read_stat(ps, p, f);
		if (r < 0)
			return r;
	}
	for (int k = 0; k < PROC_FILES; k++)
		if (is_due(ps, p, k, rolling, budget))
			read_file(ps, p, k, f);
	return 0;
}

static void
set_start_time(struct procs *ps, struct proc *p, const struct frame *f, int64_t uptime_ns)
{
	int64_t start = (int64_t)mul_div_u64(p->start, NS_PER_S, (uint64_t)ps->root->clk_tck);

	p->start_wall_ns = f->meta.wall_ns - (uptime_ns - start);
}

/* The process with this number: the one we know, or a new one when the number was given again.
 * NULL when it is gone. */
static struct proc *
update_or_replace(struct procs *ps, struct proc *p, uint32_t pid, uint32_t tgid, struct frame *f,
		  int64_t uptime_ns, int *budget)
{
	int r;

	if (p) {
		r = update(ps, p, f, budget);
		if (r == 0)
			return p;
		proc_drop(ps, p);
		if (r != -ESTALE) {
			ps->vanished += r == -ESRCH;
			return NULL;
		}
	}
	p = proc_new(ps, pid, tgid);
	r = update(ps, p, f, budget);
	if (r < 0) {
		ps->vanished += r == -ESRCH;
		proc_drop(ps, p);
		return NULL;
	}
	set_start_time(ps, p, f, uptime_ns);
	return p;
}

/* Merges the rising list of numbers into the rising list of what we know. Gives the new count. */
static size_t
merge(struct procs *ps, struct proc **old, size_t nold, const struct pidlist *pids, uint32_t tgid,
      struct proc **ret, struct frame *f, int64_t uptime_ns, int *budget)
{
	size_t k = 0, n = 0;

	for (size_t i = 0; i < pids->n; i++) {
		uint32_t pid = pids->pid[i];
		struct proc *p = NULL;

		if (pid == tgid)
			continue; /* the leader is the process itself */
		while (k < nold && old[k]->pid < pid)
			proc_drop(ps, old[k++]);
		if (k < nold && old[k]->pid == pid)
			p = old[k++];
		p = update_or_replace(ps, p, pid, tgid ? tgid : pid, f, uptime_ns, budget);
		if (p)
			ret[n++] = p;
	}
	while (k < nold)
		proc_drop(ps, old[k++]);
	return n;
}

static void
update_threads(struct procs *ps, struct proc *p, struct frame *f, int64_t uptime_ns, int *budget)
{
	struct proc **list = NULL;
	size_t n = 0;

	if (ps->threads && p->num_threads > 1 &&
	    pidlist_read_threads(&ps->tids, ps->root, p->pid) == 0 && ps->tids.n) {
		list = xreallocarray(NULL, ps->tids.n, sizeof(struct proc *));
		n = merge(ps, p->thread, p->nthread, &ps->tids, p->pid, list, f, uptime_ns, budget);
	} else {
		for (uint32_t i = 0; i < p->nthread; i++)
			proc_drop(ps, p->thread[i]);
	}
	free(p->thread);
	p->thread = list;
	p->nthread = (uint32_t)n;
}

static struct proc *
find(const struct procs *ps, uint32_t pid)
{
	size_t lo = 0, hi = ps->n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (ps->list[mid]->pid < pid)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < ps->n && ps->list[lo]->pid == pid ? ps->list[lo] : NULL;
}

static void
mark_visible(struct procs *ps, const struct plan *plan)
{
	for (size_t i = 0; i < ps->n; i++) {
		ps->list[i]->visible = false;
		for (uint32_t k = 0; k < ps->list[i]->nthread; k++)
			ps->list[i]->thread[k]->visible = false;
	}
	for (size_t i = 0; i < plan->nvisible; i++) {
		struct proc *p = find(ps, (uint32_t)plan->visible[i].a);

		if (p)
			p->visible = true;
	}
}

int
procs_tick(struct procs *ps, const struct plan *plan, struct frame *f, int64_t uptime_ns)
{
	int budget = FILL_BUDGET;
	struct proc **list;
	size_t cap;
	int r = pidlist_read(&ps->pids, ps->root);

	source_note(f, SRC_PID_LIST, r);
	if (r < 0)
		return r;
	ps->tick++;
	ps->vanished = 0;
	mark_visible(ps, plan);
	GROW(ps->next, ps->next_cap, ps->pids.n);
	ps->n = merge(ps, ps->list, ps->n, &ps->pids, 0, ps->next, f, uptime_ns, &budget);
	list = ps->list;
	ps->list = ps->next;
	ps->next = list;
	cap = ps->list_cap;
	ps->list_cap = ps->next_cap;
	ps->next_cap = cap;
	for (size_t i = 0; i < ps->n; i++)
		if (ps->list[i]->nthread || (ps->threads && ps->list[i]->num_threads > 1))
			update_threads(ps, ps->list[i], f, uptime_ns, &budget);
	return 0;
}

static void
move_strings(struct procs *ps, struct proc *p, struct strpool *to)
{
	const char **interned[] = {&p->name, &p->cgroup, &p->user, &p->tty};

	for (size_t i = 0; i < ARRAY_LEN(interned); i++)
		if (*interned[i])
			*interned[i] = strpool_intern(to, *interned[i], strlen(*interned[i]));
	if (p->command)
		p->command = strpool_add(to, p->command, strlen(p->command));
	for (uint32_t i = 0; i < p->nthread; i++)
		move_strings(ps, p->thread[i], to);
}

void
procs_compact(struct procs *ps)
{
	struct strpool *to;

	if (ps->garbage < GARBAGE_MIN || ps->garbage < strpool_bytes(ps->strings) / 2)
		return;
	to = strpool_new();
	for (size_t i = 0; i < ps->n; i++)
		move_strings(ps, ps->list[i], to);
	for (size_t i = 0; i < ps->nusers; i++)
		ps->user[i].name = strpool_intern(to, ps->user[i].name, strlen(ps->user[i].name));
	strpool_unref(ps->strings);
	ps->strings = to;
	ps->garbage = 0;
}
