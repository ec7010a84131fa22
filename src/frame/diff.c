#include "frame/diff.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/num.h"
#include "frame/diffpart.h"
#include "frame/events.h"

struct match
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

void
match_release(struct match *m)
{
	free(m->of_a);
	free(m->of_b);
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
		if (t != TABLE_PROC && t != TABLE_EXIT && !table_is_detail((int)t))
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
	free(d->cgroup);
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
			if (t != TABLE_PROC && t != TABLE_EXIT && !table_is_detail((int)t))
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
