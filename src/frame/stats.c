#include "frame/stats.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "frame/events.h"

const uint8_t stats_usual[STATS_USUAL] = {
	[STATS_CPU] = PROC_CPU_RATIO,
	[STATS_RES] = PROC_RES,
	[STATS_READ] = PROC_READ_RATE,
	[STATS_WRITE] = PROC_WRITE_RATE,
};

static const struct field *
spec_of(const struct stats_table *st, unsigned i)
{
	return &schema[st->id].field[st->field[i]];
}

void
stats_add_table(struct stats *s, enum table_id t, const uint8_t *field, unsigned nfields)
{
	struct stats_table *st = &s->table[s->ntables++];

	*st = (struct stats_table){.id = t, .nfields = nfields};
	index_reset(&st->by_name, STATS_ROWS_MAX);
	if (nfields) {
		memcpy(st->field, field, nfields);
	} else if (t == TABLE_PROC) {
		st->nfields = STATS_USUAL;
		memcpy(st->field, stats_usual, sizeof stats_usual);
	} else {
		for (unsigned f = 0; f < schema[t].nfields; f++) {
			const struct field *spec = &schema[t].field[f];

			if (spec->type != TYPE_STR && spec->kind >= KIND_GAUGE &&
			    spec->kind != KIND_COUNTER &&
			    !(t == TABLE_SYSTEM && f == SYSTEM_UPTIME))
				st->field[st->nfields++] = (uint8_t)f;
		}
	}
}

void
stats_release(struct stats *s)
{
	for (unsigned t = 0; t < s->ntables; t++) {
		struct stats_table *st = &s->table[t];

		for (size_t i = 0; i < st->nrows; i++) {
			for (unsigned f = 0; f < st->nfields; f++)
				sketch_release(&st->row[i].value[f].spread);
			free(st->row[i].value);
			free(st->row[i].name);
		}
		free(st->row);
		index_release(&st->by_name);
	}
	frame_unref(s->prev);
	buf_release(&s->host);
	*s = (struct stats){0};
}

/* The field that names a row, or none. */
static int
name_field(enum table_id t)
{
	if (t == TABLE_PROC)
		return PROC_NAME;
	if (t == TABLE_EXIT)
		return EXIT_NAME;
	if (t == TABLE_CPU)
		return CPU_CPU;
	for (unsigned f = 0; f < schema[t].nfields && !schema[t].single; f++)
		if (schema[t].field[f].type == TYPE_STR)
			return (int)f;
	return -1;
}

void
stats_want(const struct stats *s, struct field_set want[TABLE_COUNT])
{
	static const uint8_t procs[] = {PROC_PID, PROC_NAME, PROC_THREAD, PROC_KTHREAD, PROC_START};
	static const uint8_t exits[] = {EXIT_PID, EXIT_NAME, EXIT_START};

	for (unsigned t = 0; t < s->ntables; t++) {
		const struct stats_table *st = &s->table[t];
		int name = name_field(st->id);

		if (name >= 0)
			field_set_add(&want[st->id], (unsigned)name);
		for (unsigned i = 0; i < st->nfields; i++) {
			const struct field *spec = spec_of(st, i);
			int of = -1;

			field_set_add(&want[st->id], st->field[i]);
			if (st->id != TABLE_PROC || spec->kind != KIND_RATE)
				continue;
			of = field_by_name(TABLE_EXIT, span_str(field_of(spec->of)->name));
			if (of >= 0)
				field_set_add(&want[TABLE_EXIT], (unsigned)of);
		}
		for (size_t i = 0; st->id == TABLE_PROC && i < ARRAY_LEN(procs); i++)
			field_set_add(&want[TABLE_PROC], procs[i]);
		for (size_t i = 0; st->id == TABLE_PROC && i < ARRAY_LEN(exits); i++)
			field_set_add(&want[TABLE_EXIT], exits[i]);
	}
}

static struct stats_row *
row_of(struct stats_table *st, struct span name)
{
	static const char others[] = "(others)";
	uint64_t hash = hash_bytes(name.p, span_len(name)), pos = hash;
	struct stats_row *r;
	uint32_t i;

	while ((i = index_probe(&st->by_name, &pos)) != UINT32_MAX)
		if (span_is(name, st->row[i].name))
			return &st->row[i];
	if (st->nrows == STATS_ROWS_MAX)
		return &st->row[STATS_ROWS_MAX - 1];
	GROW(st->row, st->rows_cap, st->nrows + 1);
	if (st->nrows == STATS_ROWS_MAX - 1)
		name = span_str(others);
	index_add(&st->by_name, hash, (uint32_t)st->nrows);
	r = &st->row[st->nrows++];
	*r = (struct stats_row){
		.name = xcalloc(1, span_len(name) + 1),
		.value = xcalloc(st->nfields, sizeof *r->value),
	};
	memcpy(r->name, name.p, span_len(name));
	for (unsigned f = 0; f < st->nfields; f++)
		r->value[f].total = r->value[f].now = NAN;
	return r;
}

static void
sum(double *to, double v)
{
	if (!isnan(v))
		*to = isnan(*to) ? v : *to + v;
}

/* Of a rate, what it is the rate of: growth is rate times time. */
static double
per_second(const struct field *spec, double interval_ns)
{
	return field_of(spec->of)->unit == UNIT_NS ? interval_ns : interval_ns / (double)NS_PER_S;
}

static bool
counts(const struct stats *s, const struct table *t, uint32_t row)
{
	return !s->match || s->match(s->match_arg, t, row);
}

static void
add_rows(struct stats *s, struct stats_table *st, const struct frame *f)
{
	const struct table *t = frame_table(f, st->id);
	int name = name_field(st->id);

	for (uint32_t i = 0; i < t->nrows; i++) {
		char cpu[24] = "all";
		struct stats_row *r;
		const char *text = "";

		if (st->id == TABLE_CPU) {
			int64_t n = cell_valid(t, i, CPU_CPU) ? t->col[CPU_CPU][i].i : -1;

			if (n >= 0 && !st->every_cpu)
				continue;
			if (n >= 0)
				snprintf(cpu, sizeof cpu, "%lld", (long long)n);
			text = cpu;
		} else if (name >= 0) {
			text = cell_str(t, i, (unsigned)name);
		}
		if (!counts(s, t, i))
			continue;
		r = row_of(st, span_str(text));
		for (unsigned k = 0; k < st->nfields; k++) {
			const struct field *spec = spec_of(st, k);
			double v;

			if (!cell_number(t, i, st->field[k], &v))
				continue;
			sketch_add(&r->value[k].spread, v);
			if (spec->kind == KIND_RATE && spec->of != FIELD_NO)
				sum(&r->value[k].total,
				    v * per_second(spec, (double)f->meta.interval_ns));
		}
	}
}

/* "kworker/0:1-events" is "kworker": the rest is what it does, or where. */
static struct span
program(const struct table *t, uint32_t row)
{
	struct span name = span_str(cell_str(t, row, PROC_NAME));
	uint64_t kernel;

	if (cell_u64(t, row, PROC_KTHREAD, &kernel) && kernel)
		name.end = name.p + strcspn(name.p, "/");
	return name;
}

/* What the counter grew by since the frame before; of a process that began meanwhile all it has.
 * NaN when nobody knows. */
static double
used(const struct frame *prev, uint32_t then, const struct table *t, uint32_t row, unsigned counter)
{
	const struct table *before = &prev->table[TABLE_PROC];
	uint64_t a = 0, b, d, start;

	if (!cell_u64(t, row, counter, &b))
		return NAN;
	if (then == ROW_NONE &&
	    (!before->nrows || !cell_u64(t, row, PROC_START, &start) ||
	     (int64_t)start < prev->meta.wall_ns - NS_PER_S))
		return NAN;
	if (then != ROW_NONE && !cell_u64(before, then, counter, &a))
		return NAN;
	return delta_u64(a, b, &d) ? (double)d : NAN;
}

static void
add_procs(struct stats *s, struct stats_table *st, const struct frame *f)
{
	const struct table *t = frame_table(f, TABLE_PROC);
	uint64_t thread;

	for (uint32_t i = 0; i < t->nrows; i++) {
		uint32_t then = s->prev ? table_find(&s->prev->table[TABLE_PROC], t->key[i])
					: ROW_NONE;
		struct stats_row *r;

		if ((cell_u64(t, i, PROC_THREAD, &thread) && thread) || !counts(s, t, i))
			continue;
		r = row_of(st, program(t, i));
		r->touched = s->moments;
		for (unsigned k = 0; k < st->nfields; k++) {
			const struct field *spec = spec_of(st, k);
			double v = NAN;

			if (spec->kind != KIND_RATE)
				(void)cell_number(t, i, st->field[k], &v);
			else if (s->prev)
				v = used(s->prev, then, t, i, field_index(spec->of));
			sum(&r->value[k].now, v);
		}
	}
}

/* Processes that are gone: what they used after they were last seen. */
static void
add_exits(struct stats *s, struct stats_table *st, const struct frame *f)
{
	const struct table *t = frame_table(f, TABLE_EXIT), *before = &s->prev->table[TABLE_PROC];

	for (uint32_t i = 0; i < t->nrows; i++) {
		uint32_t then = row_alive(t, i, before);
		struct stats_row *r;

		/* A zombie is still counted as a process. */
		if (row_alive(t, i, frame_table(f, TABLE_PROC)) != ROW_NONE)
			continue;
		if (then == ROW_NONE ? s->match != NULL : !counts(s, before, then))
			continue;
		r = row_of(st, then == ROW_NONE ? span_str(cell_str(t, i, EXIT_NAME))
						: program(before, then));
		r->touched = s->moments;
		for (unsigned k = 0; k < st->nfields; k++) {
			const struct field *spec = spec_of(st, k), *of;
			uint64_t a = 0, b, d;
			unsigned counter;
			int last;

			if (spec->kind != KIND_RATE)
				continue;
			of = field_of(spec->of);
			counter = field_index(spec->of);
			last = field_by_name(TABLE_EXIT, span_str(of->name));
			if (last < 0 || !cell_u64(t, i, (unsigned)last, &b) ||
			    (then != ROW_NONE && !cell_u64(before, then, counter, &a)))
				continue;
			if (delta_u64(a, b, &d))
				sum(&r->value[k].now, (double)d);
		}
	}
}

/* The moment of each program is complete. */
static void
end_moment(struct stats *s, struct stats_table *st, const struct frame *f)
{
	for (size_t i = 0; i < st->nrows; i++) {
		struct stats_row *r = &st->row[i];

		if (r->touched != s->moments)
			continue;
		for (unsigned k = 0; k < st->nfields; k++) {
			const struct field *spec = spec_of(st, k);
			double v = r->value[k].now;

			r->value[k].now = NAN;
			if (spec->kind == KIND_RATE) {
				sum(&r->value[k].total, v);
				v /= per_second(spec, (double)f->meta.interval_ns);
			}
			sketch_add(&r->value[k].spread, v);
		}
	}
}

void
stats_add(struct stats *s, const struct frame *f)
{
	if (!s->moments++) {
		s->from_ns = f->meta.wall_ns;
		s->fixture = f->meta.fixture;
		buf_puts(&s->host, f->meta.host ? f->meta.host : "");
	}
	s->to_ns = f->meta.wall_ns;
	if (!f->meta.interval_ns)
		stats_gap(s, NULL);
	for (unsigned t = 0; t < s->ntables; t++) {
		struct stats_table *st = &s->table[t];

		if (st->id != TABLE_PROC) {
			add_rows(s, st, f);
			continue;
		}
		add_procs(s, st, f);
		if (s->prev)
			add_exits(s, st, f);
		end_moment(s, st, f);
	}
	stats_gap(s, f);
}

void
stats_gap(struct stats *s, const struct frame *before)
{
	frame_unref(s->prev);
	s->prev = before ? frame_ref(before) : NULL;
}

/* By what was used, or by the mean of the first field. */
static double
size_of(const struct stats_row *r)
{
	double v = isnan(r->value[0].total) ? sketch_mean(&r->value[0].spread) : r->value[0].total;

	return isnan(v) ? -1 : v;
}

static int
compare_programs(const void *a, const void *b)
{
	const struct stats_row *x = a, *y = b;
	int r = CMP(size_of(y), size_of(x));

	return r ? r : strcmp(x->name, y->name);
}

static int
compare_names(const void *a, const void *b)
{
	const struct stats_row *x = a, *y = b;
	size_t n = strspn(x->name, "0123456789"), m = strspn(y->name, "0123456789");
	int r = n && m ? CMP(n, m) : 0; /* CPUs: 9 before 10 */

	return r ? r : strcmp(x->name, y->name);
}

void
stats_sort(struct stats *s)
{
	for (unsigned t = 0; t < s->ntables; t++) {
		struct stats_table *st = &s->table[t];

		if (st->nrows)
			qsort(st->row, st->nrows, sizeof *st->row,
			      st->id == TABLE_PROC || st->id == TABLE_EXIT ? compare_programs
									   : compare_names);
		index_release(&st->by_name);
		st->by_name = (struct index){0};
	}
}
