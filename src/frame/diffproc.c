/* diffproc: which processes differ, by key or by name, and what cgroups used. */
#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "base/num.h"
#include "frame/diffpart.h"

static void
proc_texts(struct diff_proc *p, const struct table *t, uint32_t row)
{
	p->name = cell_str(t, row, PROC_NAME);
	p->user = cell_str(t, row, PROC_USER);
	p->command = cell_str(t, row, PROC_COMMAND);
	p->cgroup = cell_str(t, row, PROC_CGROUP);
}

/* Adds it to a list, unless there is nothing to say of it. */
static bool
keep(struct diff_proc *list, size_t *n, const struct diff_proc *p)
{
	if (p->mark == DIFF_CHANGED && p->na == p->nb && !differs(p->cpu) &&
	    !differs(p->resident_change) && !differs(p->read) && !differs(p->write))
		return false;
	list[(*n)++] = *p;
	return true;
}

static void
keep_proc(struct diff *d, const struct diff_proc *p)
{
	d->count[p->mark] += keep(d->proc, &d->nprocs, p);
}

/* Processes added up. [0] is A, [1] is B. */
struct group {
	struct diff_proc p;
	double cpu[2], resident[2], read[2], write[2];
	uint32_t n[2];
};

/* By what p.name says: a name, or the path of a cgroup. */
struct groups {
	struct group *g;
	size_t n;
	struct index ix;
};

static void
groups_init(struct groups *gs, const struct diff *d)
{
	size_t max = (size_t)d->a->table[TABLE_PROC].nrows + d->b->table[TABLE_PROC].nrows;

	*gs = (struct groups){.g = xcalloc(max + 1, sizeof *gs->g)};
	index_reset(&gs->ix, max);
}

static void
groups_release(struct groups *gs)
{
	index_release(&gs->ix);
	free(gs->g);
}

/* `column` is what makes the group. */
static struct group *
group_of(struct groups *gs, const struct table *t, uint32_t row, unsigned column)
{
	const char *name = cell_str(t, row, column);
	uint64_t hash = hash_bytes(name, strlen(name)), pos = hash;
	struct group *g;
	uint32_t i;

	while ((i = index_probe(&gs->ix, &pos)) != UINT32_MAX)
		if (strcmp(gs->g[i].p.name, name) == 0)
			return &gs->g[i];
	g = &gs->g[gs->n];
	*g = (struct group){.p = {.name = name, .user = "", .command = "", .cgroup = ""}};
	if (column == PROC_NAME)
		proc_texts(&g->p, t, row);
	g->p.command = "";
	index_add(&gs->ix, hash, (uint32_t)gs->n++);
	return g;
}

/* What a process has, or has used. */
struct amounts {
	double cpu, resident, read, write;
};

/* A sum of what is known. */
static void
add(double sum[2], uint32_t n, int side, double v)
{
	sum[side] = !n || isnan(sum[side]) ? v : isnan(v) ? sum[side] : sum[side] + v;
}

static void
group_add(struct group *g, int side, struct amounts v)
{
	add(g->cpu, g->n[side], side, v.cpu);
	add(g->resident, g->n[side], side, v.resident);
	add(g->read, g->n[side], side, v.read);
	add(g->write, g->n[side], side, v.write);
	g->n[side]++;
}

static void
cgroup_add(struct groups *cgroups, const struct table *t, uint32_t row, int side, struct amounts v)
{
	if (cell_valid(t, row, PROC_CGROUP))
		group_add(group_of(cgroups, t, row, PROC_CGROUP), side, v);
}

/* None of them is nothing, not unknown. */
static double
group_change(const double sum[2], const uint32_t n[2])
{
	return (n[1] ? sum[1] : 0) - (n[0] ? sum[0] : 0);
}

static struct diff_proc
group_diff(const struct group *g)
{
	struct diff_proc p = g->p;

	p.na = g->n[0];
	p.nb = g->n[1];
	p.mark = !p.na ? DIFF_NEW : !p.nb ? DIFF_GONE : DIFF_CHANGED;
	p.cpu = group_change(g->cpu, g->n);
	p.resident = g->resident[p.nb != 0];
	p.resident_change = group_change(g->resident, g->n);
	p.read = group_change(g->read, g->n);
	p.write = group_change(g->write, g->n);
	return p;
}

static void
procs_by_key(struct diff *d, struct groups *cgroups)
{
	const struct table *a = &d->a->table[TABLE_PROC], *b = &d->b->table[TABLE_PROC];
	struct match m = match_rows(a, b);

	for (uint32_t k = 0; k < b->nrows; k++) {
		uint32_t i = m.of_b[k];
		struct diff_proc p = {.mark = i == ROW_NONE ? DIFF_NEW : DIFF_CHANGED,
				      .na = i != ROW_NONE, .nb = 1};

		if (is_thread(b, k))
			continue;
		p.pid = b->key[k].a;
		proc_texts(&p, b, k);
		p.resident = value(b, k, PROC_RES);
		if (i == ROW_NONE) {
			/* All that it ever used was since A. */
			p.cpu = value(b, k, PROC_CPU);
			p.resident_change = p.resident;
			p.read = value(b, k, PROC_READ);
			p.write = value(b, k, PROC_WRITE);
		} else {
			p.cpu = growth(a, i, b, k, PROC_CPU);
			p.resident_change = p.resident - value(a, i, PROC_RES);
			p.read = growth(a, i, b, k, PROC_READ);
			p.write = growth(a, i, b, k, PROC_WRITE);
		}
		keep_proc(d, &p);
		cgroup_add(cgroups, b, k, 1, (struct amounts){p.cpu, p.resident, p.read, p.write});
	}
	for (uint32_t i = 0; i < a->nrows; i++) {
		struct diff_proc p = {.mark = DIFF_GONE, .na = 1};

		if (is_thread(a, i))
			continue;
		p.resident = value(a, i, PROC_RES);
		cgroup_add(cgroups, a, i, 0, (struct amounts){.resident = p.resident});
		if (m.of_a[i] != ROW_NONE)
			continue;
		p.pid = a->key[i].a;
		proc_texts(&p, a, i);
		p.resident_change = -p.resident;
		p.cpu = p.read = p.write = NAN; /* what it used after A nobody saw */
		keep_proc(d, &p);
	}
	match_release(&m);
}

static void
procs_by_name(struct diff *d, struct groups *cgroups)
{
	const struct table *sides[2] = {&d->a->table[TABLE_PROC], &d->b->table[TABLE_PROC]};
	struct groups names;

	groups_init(&names, d);
	for (int s = 0; s < 2; s++) {
		const struct table *t = sides[s];

		for (uint32_t i = 0; i < t->nrows; i++) {
			struct amounts v = {
				value(t, i, PROC_CPU_RATIO),
				value(t, i, PROC_RES),
				value(t, i, PROC_READ_RATE),
				value(t, i, PROC_WRITE_RATE),
			};

			if (is_thread(t, i) || is_set(t, i, PROC_KTHREAD))
				continue;
			group_add(group_of(&names, t, i, PROC_NAME), s, v);
			cgroup_add(cgroups, t, i, s, v);
		}
	}
	for (size_t i = 0; i < names.n; i++) {
		struct diff_proc p = group_diff(&names.g[i]);

		keep_proc(d, &p);
	}
	groups_release(&names);
}

static int
proc_compare(const void *x, const void *y)
{
	const struct diff_proc *p = x, *q = y;
	int r = CMP(q->size, p->size);

	if (!r)
		r = CMP(p->mark, q->mark);
	if (!r)
		r = CMP(p->pid, q->pid);
	return r ? r : strcmp(p->name, q->name);
}

/* The share of all change there is of the kind in which it has the most. */
static void
sort(struct diff_proc *list, size_t n, bool same_boot)
{
	double little = same_boot ? LITTLE_CPU_NS : LITTLE_CPU;
	double cpu = 0, resident = 0, io = 0;

	for (size_t i = 0; i < n; i++) {
		const struct diff_proc *p = &list[i];

		cpu += magnitude(p->cpu);
		resident += magnitude(p->resident_change);
		io += magnitude(p->read) + magnitude(p->write);
	}
	for (size_t i = 0; i < n; i++) {
		struct diff_proc *p = &list[i];

		p->size = share(p->cpu, cpu + little);
		p->size = MAX(p->size, share(p->resident_change, resident + LITTLE_BYTES));
		p->size = MAX(p->size, share(p->read, io + LITTLE_BYTES));
		p->size = MAX(p->size, share(p->write, io + LITTLE_BYTES));
	}
	if (n)
		qsort(list, n, sizeof *list, proc_compare);
}

/* Where one side has none they were not sampled, or the kernel has none. */
static void
diff_cgroups(struct diff *d, const struct groups *cgroups)
{
	uint32_t n[2] = {0};

	for (size_t i = 0; i < cgroups->n; i++)
		for (int s = 0; s < 2; s++)
			n[s] += cgroups->g[i].n[s];
	d->has_cgroups = n[0] && n[1];
	if (!d->has_cgroups)
		return;
	d->cgroup = xcalloc(cgroups->n, sizeof *d->cgroup);
	for (size_t i = 0; i < cgroups->n; i++) {
		struct diff_proc p = group_diff(&cgroups->g[i]);

		if (d->same_boot && p.mark == DIFF_GONE)
			p.cpu = p.read = p.write = NAN; /* as of the processes */
		(void)keep(d->cgroup, &d->ncgroups, &p);
	}
	sort(d->cgroup, d->ncgroups, d->same_boot);
}

static uint32_t
count_procs(const struct diff *d, const struct table *t)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < t->nrows; i++)
		n += !is_thread(t, i) && (d->same_boot || !is_set(t, i, PROC_KTHREAD));
	return n;
}

void
diff_procs(struct diff *d)
{
	const struct table *a = &d->a->table[TABLE_PROC], *b = &d->b->table[TABLE_PROC];
	struct groups cgroups;

	d->procs_a = count_procs(d, a);
	d->procs_b = count_procs(d, b);
	d->proc = xcalloc((size_t)a->nrows + b->nrows + 1, sizeof *d->proc);
	if (!a->nrows || !b->nrows) /* not sampled: they did not all begin or end */
		return;
	groups_init(&cgroups, d);
	if (d->same_boot)
		procs_by_key(d, &cgroups);
	else
		procs_by_name(d, &cgroups);
	sort(d->proc, d->nprocs, d->same_boot);
	diff_cgroups(d, &cgroups);
	groups_release(&cgroups);
}
