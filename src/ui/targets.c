#include "ui/targets.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"

enum { NAMES_MAX = 64 }; /* different groups, sessions, cgroups of those that were chosen */

void
targets_let_go(struct targets *ts)
{
	for (size_t i = 0; i < ts->n; i++)
		target_close(&ts->held[i].target);
	ts->n = ts->nchosen = ts->missed = 0;
	ts->error = 0;
	ts->unknown = false;
}

void
targets_release(struct targets *ts)
{
	targets_let_go(ts);
	free(ts->held);
	*ts = (struct targets){0};
}

static int
by_pid(const void *a, const void *b)
{
	const struct kin *x = a, *y = b;

	return CMP(x->pid, y->pid);
}

void
family_build(struct family *fam, const struct table *t)
{
	GROW(fam->kin, fam->cap, t->nrows);
	fam->n = 0;
	for (uint32_t i = 0; i < t->nrows; i++) {
		uint64_t thread = 0;

		(void)cell_u64(t, i, PROC_THREAD, &thread);
		if (!thread)
			fam->kin[fam->n++] = (struct kin){t->key[i].a, i};
	}
	if (fam->n)
		qsort(fam->kin, fam->n, sizeof *fam->kin, by_pid);
}

void
family_release(struct family *fam)
{
	free(fam->kin);
	*fam = (struct family){0};
}

uint32_t
family_row(const struct family *fam, uint64_t pid)
{
	struct kin key = {pid, 0};
	const struct kin *k =
		fam->n ? bsearch(&key, fam->kin, fam->n, sizeof key, by_pid) : NULL;

	return k ? k->row : ROW_NONE;
}

bool
cgroup_within(const char *path, const char *that)
{
	size_t n = strlen(that);

	return strncmp(path, that, n) == 0 && (path[n] == '/' || path[n] == '\0');
}

static void
add(struct targets *ts, const struct root *root, const struct table *t, struct row_key key)
{
	uint32_t row = table_find(t, key);
	uint64_t thread = 0;
	struct held *h;
	int r;

	GROW(ts->held, ts->cap, ts->n + 1);
	h = &ts->held[ts->n];
	if (row != ROW_NONE)
		(void)cell_u64(t, row, PROC_THREAD, &thread);
	if (thread)
		r = -EINVAL;
	else if (key.a > INT32_MAX)
		r = -ESRCH;
	else if (ts->n < (size_t)target_budget())
		r = target_open(&h->target, root, (pid_t)key.a, key.b);
	else
		r = target_note(&h->target, root, (pid_t)key.a, key.b);
	if (r < 0) {
		ts->error = r;
		ts->missed++;
		return;
	}
	snprintf(h->name, sizeof h->name, "%s",
		 row == ROW_NONE ? "?" : cell_str(t, row, PROC_NAME));
	ts->n++;
}

/* Marks what is below those that are marked; a parent's row may come after its children's. */
static void
mark_below(const struct table *t, bool *mark)
{
	struct family fam = {0};
	bool more;

	family_build(&fam, t);
	do {
		more = false;
		for (size_t i = 0; i < fam.n; i++) {
			uint32_t row = fam.kin[i].row, parent;
			uint64_t ppid;

			if (mark[row] || !cell_u64(t, row, PROC_PPID, &ppid))
				continue;
			parent = family_row(&fam, ppid);
			if (parent != ROW_NONE && mark[parent])
				more = mark[row] = true;
		}
	} while (more);
	family_release(&fam);
}

/* Marks those with the same number (group, session) as one that is marked; 0 is none. */
static bool
mark_same(const struct table *t, unsigned field, bool *mark)
{
	uint64_t seen[NAMES_MAX], v;
	size_t n = 0;
	bool known = true;

	for (uint32_t i = 0; i < t->nrows; i++) {
		size_t k = 0;

		if (!mark[i])
			continue;
		if (!cell_u64(t, i, field, &v)) {
			known = false;
			continue;
		}
		while (k < n && seen[k] != v)
			k++;
		if (k == n && n < NAMES_MAX && v)
			seen[n++] = v;
	}
	for (uint32_t i = 0; i < t->nrows; i++)
		for (size_t k = 0; k < n; k++)
			if (cell_u64(t, i, field, &v) && v == seen[k])
				mark[i] = true;
	return known;
}

/* The same for cgroups and what is below them; the root, which is the whole machine, is none. */
static bool
mark_cgroup(const struct table *t, bool *mark)
{
	const char *seen[NAMES_MAX];
	size_t n = 0;
	bool known = true;

	for (uint32_t i = 0; i < t->nrows; i++) {
		const char *path = cell_str(t, i, PROC_CGROUP);
		size_t k = 0;

		if (!mark[i])
			continue;
		known &= cell_valid(t, i, PROC_CGROUP);
		while (k < n && !cgroup_within(path, seen[k]))
			k++;
		if (k == n && n < NAMES_MAX && path[0] == '/' && path[1])
			seen[n++] = path;
	}
	for (uint32_t i = 0; i < t->nrows; i++)
		for (size_t k = 0; k < n; k++)
			mark[i] |= cgroup_within(cell_str(t, i, PROC_CGROUP), seen[k]);
	return known;
}

static bool
is_spared(const struct table *t, uint32_t row, pid_t self)
{
	uint64_t thread = 0, kthread = 0;

	(void)cell_u64(t, row, PROC_THREAD, &thread);
	(void)cell_u64(t, row, PROC_KTHREAD, &kthread);
	return thread || kthread || t->key[row].a == 1 || t->key[row].a == (uint64_t)self;
}

static void
add_scope(struct targets *ts, const struct root *root, const struct table *t, enum scope scope,
	  pid_t self)
{
	bool *mark = xcalloc(MAX(t->nrows, 1u), sizeof *mark), *had;

	for (size_t i = 0; i < ts->n; i++) {
		const struct target *h = &ts->held[i].target;
		uint32_t row = table_find(t, (struct row_key){(uint64_t)h->pid, h->start_ticks});

		if (row != ROW_NONE)
			mark[row] = true;
	}
	had = xmalloc(MAX(t->nrows, 1u) * sizeof *had);
	memcpy(had, mark, t->nrows * sizeof *had);
	if (scope == SCOPE_BELOW)
		mark_below(t, mark);
	else if (scope == SCOPE_CGROUP)
		ts->unknown = !mark_cgroup(t, mark);
	else
		ts->unknown = !mark_same(t, scope == SCOPE_GROUP ? PROC_PGRP : PROC_SESSION, mark);
	for (uint32_t i = 0; i < t->nrows; i++)
		if (mark[i] && !had[i] && !is_spared(t, i, self))
			add(ts, root, t, t->key[i]);
	free(mark);
	free(had);
}

void
targets_take(struct targets *ts, const struct root *root, const struct frame *f,
	     const struct row_key *chosen, size_t nchosen, enum scope scope, pid_t self)
{
	const struct table *t = frame_table(f, TABLE_PROC);

	targets_let_go(ts);
	for (size_t i = 0; i < nchosen; i++)
		add(ts, root, t, chosen[i]);
	ts->nchosen = ts->n;
	if (scope != SCOPE_CHOSEN && ts->n)
		add_scope(ts, root, t, scope, self);
}

void
targets_describe(const struct targets *ts, enum scope scope, char *out, size_t n)
{
	static const char *const more[SCOPES][2] = {
		[SCOPE_CHOSEN] = {"", ""},
		[SCOPE_BELOW] = {"below it", "below them"},
		[SCOPE_GROUP] = {"more of its process group", "more of their process groups"},
		[SCOPE_SESSION] = {"more of its session", "more of their sessions"},
		[SCOPE_CGROUP] = {"more of its cgroup and below",
				  "more of their cgroups and below"},
	};
	char who[64];

	if (ts->nchosen == 1)
		snprintf(who, sizeof who, "%d %s", (int)ts->held[0].target.pid, ts->held[0].name);
	else
		snprintf(who, sizeof who, "%zu processes", ts->nchosen);
	if (scope == SCOPE_CHOSEN)
		snprintf(out, n, "%s", who);
	else if (ts->unknown)
		snprintf(out, n, "%s (a moment: the rest is being read)", who);
	else
		snprintf(out, n, "%s and %zu %s", who, ts->n - ts->nchosen,
			 more[scope][ts->nchosen != 1]);
}

size_t
targets_ended(const struct targets *ts, const struct root *root)
{
	size_t n = 0;

	for (size_t i = 0; i < ts->n; i++)
		n += target_ended(&ts->held[i].target, root);
	return n;
}
