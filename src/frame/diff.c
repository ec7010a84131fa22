#include "frame/diff.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/num.h"
#include "frame/events.h"

/* Changes smaller than these count for less: a list does not begin with the only 4 KiB written. */
#define LITTLE_CPU_NS (100.0 * (double)NS_PER_MS)
#define LITTLE_CPU    0.05
#define LITTLE_BYTES  0x1p22
#define LITTLE_COUNT  100

/* Rows of B by row of A, and the other way round; ROW_NONE. */
struct match {
	uint32_t *of_a, *of_b;
};

static struct match
match_rows(const struct table *a, const struct table *b)
{
	struct match m = {xcalloc(a->nrows + 1, sizeof *m.of_a),
			  xcalloc(b->nrows + 1, sizeof *m.of_b)};
	struct index ix = {0};

	/* Not the index of the table: others may hold these frames, and build it. */
	index_reset(&ix, a->nrows);
	for (uint32_t i = 0; i < a->nrows; i++) {
		m.of_a[i] = ROW_NONE;
		index_add(&ix, row_key_hash(a->key[i]), i);
	}
	for (uint32_t k = 0; k < b->nrows; k++) {
		uint64_t pos = row_key_hash(b->key[k]);
		uint32_t i;

		m.of_b[k] = ROW_NONE;
		while ((i = index_probe(&ix, &pos)) != UINT32_MAX) {
			if (m.of_a[i] == ROW_NONE && row_key_equal(a->key[i], b->key[k])) {
				m.of_a[i] = k;
				m.of_b[k] = i;
				break;
			}
		}
	}
	index_release(&ix);
	return m;
}

static void
match_release(struct match *m)
{
	free(m->of_a);
	free(m->of_b);
}

/* NaN when absent, or of no row. */
static double
value(const struct table *t, uint32_t row, unsigned field)
{
	double v;

	return row != ROW_NONE && cell_number(t, row, field, &v) ? v : NAN;
}

/* NaN too when it went back. */
static double
growth(const struct table *a, uint32_t i, const struct table *b, uint32_t k, unsigned field)
{
	uint64_t then, now, d;

	return cell_u64(a, i, field, &then) && cell_u64(b, k, field, &now) &&
			       delta_u64(then, now, &d)
		       ? (double)d
		       : NAN;
}

static bool
is_set(const struct table *t, uint32_t row, unsigned field)
{
	uint64_t v;

	return cell_u64(t, row, field, &v) && v;
}

static bool
is_thread(const struct table *t, uint32_t row)
{
	return is_set(t, row, PROC_THREAD);
}

/* Is there anything in it? */
static bool
differs(double v)
{
	return !isnan(v) && v != 0;
}

/* Of what is not known: nothing. */
static double
magnitude(double v)
{
	return isnan(v) ? 0 : fabs(v);
}

/* Never NaN, whatever a recording holds: lists are sorted by it. */
static double
share(double v, double all)
{
	double s = magnitude(v) / all;

	return s >= 0 ? s : 0;
}

static void
proc_texts(struct diff_proc *p, const struct table *t, uint32_t row)
{
	p->name = cell_str(t, row, PROC_NAME);
	p->user = cell_str(t, row, PROC_USER);
	p->command = cell_str(t, row, PROC_COMMAND);
	p->cgroup = cell_str(t, row, PROC_CGROUP);
}

static void
proc_keep(struct diff *d, const struct diff_proc *p)
{
	if (p->mark == DIFF_CHANGED && p->na == p->nb && !differs(p->cpu) &&
	    !differs(p->resident_change) && !differs(p->read) && !differs(p->write))
		return;
	d->proc[d->nprocs++] = *p;
	d->count[p->mark]++;
}

static void
procs_by_key(struct diff *d)
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
		proc_keep(d, &p);
	}
	for (uint32_t i = 0; i < a->nrows; i++) {
		struct diff_proc p = {.mark = DIFF_GONE, .na = 1};

		if (m.of_a[i] != ROW_NONE || is_thread(a, i))
			continue;
		p.pid = a->key[i].a;
		proc_texts(&p, a, i);
		p.resident = value(a, i, PROC_RES);
		p.resident_change = -p.resident;
		p.cpu = p.read = p.write = NAN; /* what it used after A nobody saw */
		proc_keep(d, &p);
	}
	match_release(&m);
}

/* Processes of one name. [0] is A, [1] is B. */
struct group {
	struct diff_proc p;
	double cpu[2], resident[2], read[2], write[2];
	uint32_t n[2];
};

static struct group *
group_of(struct group *groups, size_t *n, struct index *ix, const struct table *t, uint32_t row)
{
	const char *name = cell_str(t, row, PROC_NAME);
	uint64_t hash = hash_bytes(name, strlen(name)), pos = hash;
	uint32_t i;

	while ((i = index_probe(ix, &pos)) != UINT32_MAX)
		if (strcmp(groups[i].p.name, name) == 0)
			return &groups[i];
	groups[*n] = (struct group){0};
	proc_texts(&groups[*n].p, t, row);
	groups[*n].p.command = "";
	index_add(ix, hash, (uint32_t)*n);
	return &groups[(*n)++];
}

/* A sum of what is known. */
static void
group_add(double sum[2], uint32_t n, int side, double v)
{
	sum[side] = !n || isnan(sum[side]) ? v : isnan(v) ? sum[side] : sum[side] + v;
}

/* None of them is nothing, not unknown. */
static double
group_change(const double sum[2], const uint32_t n[2])
{
	return (n[1] ? sum[1] : 0) - (n[0] ? sum[0] : 0);
}

static void
procs_by_name(struct diff *d)
{
	const struct table *sides[2] = {&d->a->table[TABLE_PROC], &d->b->table[TABLE_PROC]};
	struct group *groups = xcalloc((size_t)sides[0]->nrows + sides[1]->nrows + 1,
				       sizeof *groups);
	struct index ix = {0};
	size_t n = 0;

	index_reset(&ix, (size_t)sides[0]->nrows + sides[1]->nrows);
	for (int s = 0; s < 2; s++) {
		const struct table *t = sides[s];

		for (uint32_t i = 0; i < t->nrows; i++) {
			struct group *g;

			if (is_thread(t, i) || is_set(t, i, PROC_KTHREAD))
				continue;
			g = group_of(groups, &n, &ix, t, i);
			group_add(g->cpu, g->n[s], s, value(t, i, PROC_CPU_RATIO));
			group_add(g->resident, g->n[s], s, value(t, i, PROC_RES));
			group_add(g->read, g->n[s], s, value(t, i, PROC_READ_RATE));
			group_add(g->write, g->n[s], s, value(t, i, PROC_WRITE_RATE));
			g->n[s]++;
		}
	}
	for (size_t i = 0; i < n; i++) {
		struct group *g = &groups[i];
		struct diff_proc p = g->p;

		p.na = g->n[0];
		p.nb = g->n[1];
		p.mark = !p.na ? DIFF_NEW : !p.nb ? DIFF_GONE : DIFF_CHANGED;
		p.cpu = group_change(g->cpu, g->n);
		p.resident = g->resident[p.nb != 0];
		p.resident_change = group_change(g->resident, g->n);
		p.read = group_change(g->read, g->n);
		p.write = group_change(g->write, g->n);
		proc_keep(d, &p);
	}
	index_release(&ix);
	free(groups);
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
procs_sort(struct diff *d)
{
	double little = d->same_boot ? LITTLE_CPU_NS : LITTLE_CPU;
	double cpu = 0, resident = 0, io = 0;

	for (size_t i = 0; i < d->nprocs; i++) {
		const struct diff_proc *p = &d->proc[i];

		cpu += magnitude(p->cpu);
		resident += magnitude(p->resident_change);
		io += magnitude(p->read) + magnitude(p->write);
	}
	for (size_t i = 0; i < d->nprocs; i++) {
		struct diff_proc *p = &d->proc[i];

		p->size = share(p->cpu, cpu + little);
		p->size = MAX(p->size, share(p->resident_change, resident + LITTLE_BYTES));
		p->size = MAX(p->size, share(p->read, io + LITTLE_BYTES));
		p->size = MAX(p->size, share(p->write, io + LITTLE_BYTES));
	}
	if (d->nprocs)
		qsort(d->proc, d->nprocs, sizeof *d->proc, proc_compare);
}

static uint32_t
count_procs(const struct diff *d, const struct table *t)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < t->nrows; i++)
		n += !is_thread(t, i) && (d->same_boot || !is_set(t, i, PROC_KTHREAD));
	return n;
}

static void
diff_procs(struct diff *d)
{
	const struct table *a = &d->a->table[TABLE_PROC], *b = &d->b->table[TABLE_PROC];

	d->procs_a = count_procs(d, a);
	d->procs_b = count_procs(d, b);
	d->proc = xcalloc((size_t)a->nrows + b->nrows + 1, sizeof *d->proc);
	if (!a->nrows || !b->nrows) /* not sampled: they did not all begin or end */
		return;
	if (d->same_boot)
		procs_by_key(d);
	else
		procs_by_name(d);
	procs_sort(d);
}

/* What a row is called, in tables of several. */
static const char *
thing_of(const struct table *t, uint32_t row)
{
	if (t->schema->single)
		return "";
	for (unsigned f = 0; f < t->schema->nfields; f++)
		if (t->schema->field[f].type == TYPE_STR)
			return cell_str(t, row, f);
	return "";
}

static double
little_of(enum field_unit unit)
{
	switch (unit) {
	case UNIT_BYTES:
	case UNIT_BYTES_PER_S:
		return LITTLE_BYTES;
	case UNIT_NS:
		return LITTLE_CPU_NS;
	case UNIT_RATIO:
		return LITTLE_CPU;
	case UNIT_COUNT:
	case UNIT_COUNT_PER_S:
		return LITTLE_COUNT;
	default:
		return 1; /* a load */
	}
}

static void
value_add(struct diff_value **list, size_t *n, size_t *cap, struct diff_value v,
	  enum field_unit unit)
{
	if (!differs(v.change))
		return;
	/* Against the greater of the two: of a counter, against all since the boot, so that what
	 * is always busy does not come before what began just now. */
	v.size = share(v.change, MAX(fabs(v.a), fabs(v.b)) + little_of(unit));
	GROW(*list, *cap, *n + 1);
	(*list)[(*n)++] = v;
}

static int
value_compare(const void *x, const void *y)
{
	const struct diff_value *v = x, *w = y;
	int r = CMP(w->size, v->size);

	if (!r)
		r = CMP(v->table, w->table);
	if (!r)
		r = CMP(v->field, w->field);
	return r ? r : strcmp(v->thing, w->thing);
}

/* Of the CPUs only all together: 64 of them would fill the list with what one line says. */
static bool
left_out(const struct table *t, uint32_t row, enum table_id id)
{
	return id == TABLE_CPU && cell_valid(t, row, CPU_CPU) && t->col[CPU_CPU][row].i >= 0;
}

static void
diff_table(struct diff *d, enum table_id id, size_t *counters_cap, size_t *gauges_cap)
{
	const struct table *a = &d->a->table[id], *b = &d->b->table[id];
	struct match m = match_rows(a, b);

	for (unsigned f = 0; f < b->schema->nfields; f++) {
		const struct field *spec = &b->schema->field[f];
		bool derived = spec->kind == KIND_RATE || spec->kind == KIND_SHARE;
		bool gauge = spec->kind == KIND_GAUGE || (derived && !d->same_boot);

		if (!a->col[f] || !b->col[f] || (id == TABLE_SYSTEM && f == SYSTEM_UPTIME) ||
		    !(gauge || (d->same_boot && spec->kind == KIND_COUNTER)))
			continue;
		for (uint32_t k = 0; k < b->nrows; k++) {
			uint32_t i = m.of_b[k];
			struct diff_value v = {.table = (uint8_t)id, .field = (uint8_t)f};

			if (i == ROW_NONE || left_out(b, k, id))
				continue;
			v.thing = thing_of(b, k);
			v.a = value(a, i, f);
			v.b = value(b, k, f);
			v.rate = NAN;
			if (gauge) {
				v.change = v.b - v.a;
				value_add(&d->gauge, &d->ngauges, gauges_cap, v, spec->unit);
				continue;
			}
			v.change = growth(a, i, b, k, f);
			if (d->span_ns > 0)
				v.rate = v.change / (double)d->span_ns *
					 (spec->unit == UNIT_NS ? 1.0 : (double)NS_PER_S);
			value_add(&d->counter, &d->ncounters, counters_cap, v, spec->unit);
		}
	}
	match_release(&m);
}

static void
diff_values(struct diff *d)
{
	size_t counters_cap = 0, gauges_cap = 0;

	for (unsigned t = 0; t < TABLE_COUNT; t++)
		if (t != TABLE_PROC && t != TABLE_EXIT)
			diff_table(d, (enum table_id)t, &counters_cap, &gauges_cap);
	if (d->ncounters)
		qsort(d->counter, d->ncounters, sizeof *d->counter, value_compare);
	if (d->ngauges)
		qsort(d->gauge, d->ngauges, sizeof *d->gauge, value_compare);
}

struct diff *
diff_new(const struct frame *a, const struct frame *b)
{
	struct diff *d = xcalloc(1, sizeof *d);
	bool back = !frame_same_boot(b, a) && frame_same_boot(a, b);

	d->a = frame_ref(back ? b : a);
	d->b = frame_ref(back ? a : b);
	d->same_boot = frame_same_boot(d->b, d->a);
	d->span_ns = d->same_boot ? d->b->meta.mono_ns - d->a->meta.mono_ns : 0;
	if (!d->same_boot && ckd_sub(&d->span_ns, d->b->meta.wall_ns, d->a->meta.wall_ns))
		d->span_ns = 0;
	(void)events_words(d->b, d->a, &d->events);
	diff_procs(d);
	diff_values(d);
	return d;
}

void
diff_free(struct diff *d)
{
	if (!d)
		return;
	frame_unref(d->a);
	frame_unref(d->b);
	free(d->proc);
	free(d->counter);
	free(d->gauge);
	buf_release(&d->events);
	free(d);
}

void
diff_want(struct field_set want[TABLE_COUNT])
{
	static const uint8_t procs[] = {
		PROC_PID, PROC_NAME, PROC_USER, PROC_COMMAND, PROC_CGROUP, PROC_THREAD,
		PROC_KTHREAD, PROC_CPU, PROC_CPU_RATIO, PROC_RES, PROC_READ, PROC_READ_RATE,
		PROC_WRITE, PROC_WRITE_RATE,
	};

	for (size_t i = 0; i < ARRAY_LEN(procs); i++)
		field_set_add(&want[TABLE_PROC], procs[i]);
	for (unsigned t = 0; t < TABLE_COUNT; t++)
		for (unsigned f = 0; f < schema[t].nfields; f++)
			if (t != TABLE_PROC && t != TABLE_EXIT)
				field_set_add(&want[t], f);
}

const char *
diff_head(enum diff_column c)
{
	static const char *const heads[DIFF_COLUMNS] = {
		[DIFF_CPU] = "CPU",   [DIFF_RESIDENT] = "RES",  [DIFF_RESIDENT_CHANGE] = "RES+-",
		[DIFF_READ] = "READ", [DIFF_WRITE] = "WRITE",
	};

	return heads[c];
}

double
diff_cell(const struct diff *d, const struct diff_proc *p, enum diff_column c,
	  char out[FORMAT_MAX], int width)
{
	const double values[DIFF_COLUMNS] = {
		[DIFF_CPU] = p->cpu,
		[DIFF_RESIDENT] = p->resident,
		[DIFF_RESIDENT_CHANGE] = p->resident_change,
		[DIFF_READ] = p->read,
		[DIFF_WRITE] = p->write,
	};
	bool level = c == DIFF_RESIDENT, io = c == DIFF_READ || c == DIFF_WRITE;
	enum field_unit unit = io && !d->same_boot ? UNIT_BYTES_PER_S : UNIT_BYTES;
	bool sign = c == DIFF_RESIDENT_CHANGE || (!d->same_boot && !level);

	if (c == DIFF_CPU)
		unit = UNIT_RATIO;
	if (c == DIFF_CPU && d->same_boot && !isnan(p->cpu))
		format_cpu_time(out, (uint64_t)MIN(p->cpu, 0x1p63), width);
	else
		format_amount(out, unit, values[c], width, sign);
	return values[c];
}

enum field_unit
diff_rate_unit(enum field_unit unit)
{
	return unit == UNIT_NS	    ? UNIT_RATIO
	       : unit == UNIT_BYTES ? UNIT_BYTES_PER_S
				    : UNIT_COUNT_PER_S;
}

void
diff_title(const struct diff *d, struct buf *b)
{
	char from[FORMAT_MAX], to[FORMAT_MAX], span[FORMAT_MAX];
	const char *time_of = to;
	bool same_host = strcmp(d->a->meta.host, d->b->meta.host) == 0;

	format_moment(from, d->a->meta.wall_ns, 0, 19, d->a->meta.fixture);
	format_moment(to, d->b->meta.wall_ns, 0, 19, d->b->meta.fixture);
	/* "2026-11-21 14:05:31": the day once, where it is the same */
	if (same_host && strncmp(from, to, 11) == 0)
		time_of = to + 11;
	buf_printf(b, "%s%s %s -> ", d->a->meta.host, same_host ? ":" : "", from);
	if (!same_host)
		buf_printf(b, "%s ", d->b->meta.host);
	buf_puts(b, time_of);
	if (same_host && d->span_ns >= 0) {
		format_span(span, (uint64_t)d->span_ns, 8);
		buf_printf(b, ", %s%s", span, d->same_boot ? "" : ", of another boot");
	}
}

void
diff_counts(const struct diff *d, struct buf *b)
{
	buf_printf(b, "%u -> %u processes: %u new, %u gone, %u changed", d->procs_a, d->procs_b,
		   d->count[DIFF_NEW], d->count[DIFF_GONE], d->count[DIFF_CHANGED]);
}

static bool
cut_end(char *s, const char *end)
{
	size_t n = strlen(s), m = strlen(end);

	if (n <= m || strcmp(s + n - m, end) != 0)
		return false;
	s[n - m] = '\0';
	return true;
}

void
diff_words(const struct diff_value *v, char out[DIFF_WORDS_MAX])
{
	(void)snprintf(out, DIFF_WORDS_MAX, "%s", schema[v->table].field[v->field].name);
	(void)(cut_end(out, "_total") || cut_end(out, "_per_second"));
	(void)(cut_end(out, "_ns") || cut_end(out, "_ratio") || cut_end(out, "_count"));
	for (char *c = out; *c; c++)
		if (*c == '_')
			*c = ' ';
}
