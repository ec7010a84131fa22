/* procrows: what is known about processes into rows of a frame. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "sample/procs.h"

static const char *
state_name(char c)
{
	static const char names[] = "R\0S\0D\0Z\0T\0t\0I\0X\0P\0W\0K";

	for (size_t i = 0; i < sizeof names; i += 2)
		if (names[i] == c)
			return &names[i];
	return NULL;
}

static void
fill_stat(const struct procs *ps, const struct slot *s, struct row r)
{
	const struct proc *p = s->p;
	uint64_t page = (uint64_t)ps->root->page_size;

	row_str(r, PROC_NAME, p->name);
	row_str(r, PROC_TTY, p->tty && *p->tty ? p->tty : NULL);
	row_str(r, PROC_STATE, state_name(p->state));
	row_u64(r, PROC_PPID, proc_is_thread(p) ? p->tgid : p->ppid);
	row_u64(r, PROC_PGRP, p->pgrp);
	row_u64(r, PROC_SESSION, p->session);
	if (p->start_wall_ns)
		row_u64(r, PROC_START, (uint64_t)p->start_wall_ns);
	row_u64(r, PROC_KTHREAD, proc_is_kthread(p));
	row_i64(r, PROC_PRIORITY, p->priority);
	row_i64(r, PROC_NICE, p->nice);
	row_u64(r, PROC_THREADS, p->num_threads);
	row_u64(r, PROC_USER_TIME, procs_ticks_ns(ps, p->utime));
	row_u64(r, PROC_SYSTEM_TIME, procs_ticks_ns(ps, p->stime));
	row_u64(r, PROC_CHILD_TIME, procs_ticks_ns(ps, p->children));
	row_u64(r, PROC_CPU, s->clock_ns != CLOCK_NONE ? s->clock_ns
						       : procs_ticks_ns(ps, p->utime + p->stime));
	row_u64(r, PROC_MINFLT, p->minflt);
	row_u64(r, PROC_MAJFLT, p->majflt);
	if (p->nfields >= PID_STAT_RSS && !proc_is_kthread(p)) {
		row_u64(r, PROC_VIRT, p->vsize);
		row_u64(r, PROC_RES, (uint64_t)MAX(p->rss, 0) * page);
	} else if (p->nfields >= PID_STAT_RSS) {
		row_u64(r, PROC_VIRT, 0);
		row_u64(r, PROC_RES, 0);
	}
	if (p->nfields >= PID_STAT_PROCESSOR)
		row_u64(r, PROC_LAST_CPU, p->processor);
	if (p->nfields >= PID_STAT_RTPRIO)
		row_u64(r, PROC_RTPRIO, p->rt_priority);
	if (p->nfields >= PID_STAT_POLICY)
		row_str(r, PROC_POLICY, pid_policy_name(p->policy));
	if (p->nfields >= PID_STAT_BLKIO)
		row_u64(r, PROC_BLKIO_DELAY, procs_ticks_ns(ps, p->blkio));
	if (p->nfields >= PID_STAT_GUEST)
		row_u64(r, PROC_GUEST_TIME, procs_ticks_ns(ps, p->guest));
}

static const char *
caps_name(const struct procs *ps, struct proc_more *more)
{
	char hex[HEX_DIGITS + 1];

	if (!more->caps || more->caps_value != more->status.caps) {
		num_to_hex(more->status.caps, hex);
		more->caps = strpool_intern(ps->strings, hex, HEX_DIGITS);
		more->caps_value = more->status.caps;
	}
	return more->caps;
}

static void
fill_status(const struct procs *ps, const struct proc *p, struct row r)
{
	const struct pid_status *s = &p->more->status;
	static const struct {
		unsigned have;
		uint8_t field;
		size_t offset;
	} sizes[] = {
#define SIZE(bit, field, member) {STATUS_##bit, PROC_##field, offsetof(struct pid_status, member)}
		SIZE(RSS, RSS_ANON, rss_anon), SIZE(RSS, RSS_FILE, rss_file),
		SIZE(RSS, RSS_SHMEM, rss_shmem), SIZE(SWAP, SWAP, swap),
		SIZE(HWM, PEAK_RES, hwm), SIZE(PEAK, PEAK_VIRT, peak),
		SIZE(LOCKED, LOCKED, locked), SIZE(PTE, PAGE_TABLES, pte),
		SIZE(VCTX, VCTX, vctx), SIZE(NVCTX, NVCTX, nvctx),
#undef SIZE
	};

	for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
		uint64_t v;

		if (!(s->have & sizes[i].have) || !(p->fresh & 1 << FILE_STATUS))
			continue;
		memcpy(&v, (const char *)s + sizes[i].offset, sizeof v);
		row_u64(r, sizes[i].field, v);
	}
	if (s->have & STATUS_UID) {
		row_u64(r, PROC_UID, s->euid);
		row_u64(r, PROC_RUID, s->ruid);
	}
	if (s->have & STATUS_GID)
		row_u64(r, PROC_GID, s->egid);
	if (s->have & STATUS_TRACER)
		row_u64(r, PROC_TRACER, s->tracer);
	if (s->have & STATUS_SECCOMP)
		row_u64(r, PROC_SECCOMP, s->seccomp);
	if (s->have & STATUS_NNP)
		row_u64(r, PROC_NOPRIVS, s->nnp);
	if ((s->have & STATUS_CAPS) && r.t->col[PROC_CAPS])
		row_str(r, PROC_CAPS, caps_name(ps, p->more));
}

static void
fill_io(const struct pid_io *io, struct row r)
{
	uint64_t storage;

	row_u64(r, PROC_READ, io->read_bytes);
	row_u64(r, PROC_WRITE, io->write_bytes);
	row_u64(r, PROC_CANCELLED, io->cancelled);
	row_u64(r, PROC_RCHAR, io->rchar);
	row_u64(r, PROC_WCHAR, io->wchar);
	if (!ckd_add(&storage, io->read_bytes, io->write_bytes))
		row_u64(r, PROC_STORAGE, storage);
	row_u64(r, PROC_SYSCR, io->syscr);
	row_u64(r, PROC_SYSCW, io->syscw);
}

static void
fill_detail(const struct proc *p, struct row r)
{
	static const uint8_t fields[DETAIL_TEXTS] = {
		[DETAIL_GROUPS] = PROC_GROUPS,
		[DETAIL_CPUS] = PROC_CPUS_ALLOWED,
		[DETAIL_SIG_PENDING] = PROC_SIG_PENDING,
		[DETAIL_SIG_BLOCKED] = PROC_SIG_BLOCKED,
		[DETAIL_SIG_IGNORED] = PROC_SIG_IGNORED,
		[DETAIL_SIG_CAUGHT] = PROC_SIG_CAUGHT,
		[DETAIL_CAPS_PERMITTED] = PROC_CAPS_PERMITTED,
		[DETAIL_CAPS_BOUNDING] = PROC_CAPS_BOUNDING,
		[DETAIL_CAPS_AMBIENT] = PROC_CAPS_AMBIENT,
	};
	const struct proc_detail *d = p->more->detail;

	for (int i = 0; i < DETAIL_TEXTS; i++)
		row_str(r, fields[i], d->text[i]);
	if (d->have & DETAIL_SUID)
		row_u64(r, PROC_SUID, d->suid);
	if (d->have & DETAIL_NSPID)
		row_u64(r, PROC_NS_PID, d->nspid);
	if (d->have & DETAIL_FILTERS && p->fresh & 1 << FILE_DETAIL)
		row_u64(r, PROC_SECCOMP_FILTERS, d->filters);
}

static void
fill_cgroup(const struct procs *ps, const struct proc *p, struct row r)
{
	const struct cgroup *c = cgroups_find(ps->cgroups, ps->strings, p->cgroup);

	row_str(r, PROC_CONTAINER, c->container);
	row_str(r, PROC_ENGINE, c->engine);
	row_str(r, PROC_UNIT, c->unit);
	row_str(r, PROC_SLICE, c->slice);
}

static void
fill_row(const struct procs *ps, const struct slot *s, struct row r)
{
	const struct proc *p = s->p;
	uint64_t page = (uint64_t)ps->root->page_size;

	row_u64(r, PROC_PID, p->pid);
	row_u64(r, PROC_TGID, p->tgid);
	row_u64(r, PROC_THREAD, proc_is_thread(p));
	fill_stat(ps, s, r);
	row_str(r, PROC_COMMAND, proc_is_thread(p) ? p->name : p->command);
	if (p->late & 1 << FILE_CMDLINE)
		row_late(r, PROC_COMMAND);
	row_str(r, PROC_CGROUP, p->cgroup);
	row_str(r, PROC_USER, p->user ? p->user->name : NULL);
	if (p->fresh & 1 << FILE_STATM) {
		row_u64(r, PROC_SHR, p->more->statm.shared * page);
		row_u64(r, PROC_TEXT, p->more->statm.text * page);
		row_u64(r, PROC_DATA, p->more->statm.data * page);
	}
	if (p->have & 1 << FILE_STATUS)
		fill_status(ps, p, r);
	if (p->fresh & 1 << FILE_IO)
		fill_io(&p->more->io, r);
	if (ps->cgroup_names && p->cgroup)
		fill_cgroup(ps, p, r);
	if (p->fresh & 1 << FILE_SCHED) {
		row_u64(r, PROC_RUN_WAIT, p->more->sched.wait_ns);
		row_u64(r, PROC_SLICES, p->more->sched.slices);
	}
	if (p->have & 1 << FILE_DETAIL)
		fill_detail(p, r);
	if (ps->dear.want && p->more && p->more->dear)
		dear_fill(p->more->dear, r);
}

/* The first n rows as they were, a multiple of 64; of columns that have something in them. */
static void
copy_rows(struct table *t, const struct table *prev, uint32_t n)
{
	memcpy(t->key, prev->key, n * sizeof *t->key);
	for (unsigned f = 0; f < PROC_FIELDS; f++) {
		enum field_kind kind = (enum field_kind)t->schema->field[f].kind;
		uint64_t any = 0;

		/* What is derived is derived again, and all get older. */
		if (!t->col[f] || kind == KIND_RATE || kind == KIND_SHARE || f == PROC_AGE)
			continue;
		for (uint32_t w = 0; w < n / 64; w++)
			any |= t->valid[f][w] = prev->valid[f][w];
		if (any)
			memcpy(t->col[f], prev->col[f], n * sizeof *t->col[f]);
	}
	t->nrows = n;
}

/* Those rows of 64 that changed, in the columns that exist. */
static void
empty_rows(struct table *t, uint32_t word, uint64_t changed)
{
	for (unsigned w = 0; w < ARRAY_LEN(t->has.bits); w++)
		for (uint64_t left = t->has.bits[w]; left; left &= left - 1)
			t->valid[w * 64 + (unsigned)__builtin_ctzll(left)][word] &= ~changed;
}

/* Of the first n rows, which are as they were, those that changed. */
static void
fill_changed(const struct procs *ps, struct table *t, size_t n)
{
	for (size_t from = 0; from < n; from += 64) {
		uint64_t changed = 0;

		for (size_t i = 0; i < 64; i++)
			changed |= (uint64_t)ps->slot[from + i].changed << i;
		empty_rows(t, (uint32_t)(from / 64), changed);
		for (; changed; changed &= changed - 1) {
			size_t i = from + (size_t)__builtin_ctzll(changed);

			fill_row(ps, &ps->slot[i], (struct row){t, (uint32_t)i});
		}
	}
}

static void
add_row(const struct procs *ps, const struct slot *s, struct table *t)
{
	fill_row(ps, s, table_add_row(t, (struct row_key){s->pid, s->p->start}));
}

static void
fill_times(const struct procs *ps, struct table *t, int64_t uptime_ns)
{
	if (uptime_ns <= 0)
		return;
	for (uint32_t i = 0; i < t->nrows; i++) {
		int64_t age = uptime_ns - (int64_t)procs_ticks_ns(ps, t->key[i].b);

		row_u64((struct row){t, i}, PROC_AGE, (uint64_t)MAX(age, 0));
	}
}

static void
fill_system(const struct procs *ps, struct row system)
{
	uint64_t kthreads = 0, d = 0, z = 0, t = 0;

	for (size_t i = 0; i < ps->n; i++) {
		const struct slot *s = &ps->slot[i];

		kthreads += s->kthread;
		d += s->state == 'D';
		z += s->state == 'Z';
		t += s->state == 'T' || s->state == 't';
	}
	row_u64(system, SYSTEM_PROCS, ps->n);
	row_u64(system, SYSTEM_KTHREADS, kthreads);
	row_u64(system, SYSTEM_STATE_D, d);
	row_u64(system, SYSTEM_STATE_Z, z);
	row_u64(system, SYSTEM_STATE_T, t);
	row_u64(system, SYSTEM_HIDDEN, ps->vanished);
}

void
procs_fill(const struct procs *ps, struct frame *f, const struct frame *prev, int64_t uptime_ns)
{
	struct table *t = &f->table[TABLE_PROC];
	const struct table *before = prev ? &prev->table[TABLE_PROC] : NULL;
	size_t rows = ps->n, same = 0;

	for (size_t i = 0; ps->threads && i < ps->n; i++)
		rows += ps->slot[i].p->nthread;
	table_reserve(t, (uint32_t)rows);
	if (before && !ps->threads && !prev->meta.threads &&
	    memcmp(&t->has, &before->has, sizeof t->has) == 0) {
		same = MIN(ps->same, (size_t)before->nrows) / 64 * 64;
		copy_rows(t, before, (uint32_t)same);
	}
	fill_changed(ps, t, same);
	for (size_t i = same; i < ps->n; i++) {
		const struct proc *p = ps->slot[i].p;

		add_row(ps, &ps->slot[i], t);
		for (uint32_t k = 0; ps->threads && k < p->nthread; k++)
			add_row(ps, &p->thread[k], t);
	}
	fill_times(ps, t, uptime_ns);
	fill_system(ps, (struct row){&f->table[TABLE_SYSTEM], 0});
}
