#include "sink/diff.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/num.h"
#include "sink/clean.h"
#include "sink/json.h"
#include "sink/number.h"

enum { AMOUNT_WIDTH = 9 };

static void
put_more(struct buf *b, size_t shown, size_t all)
{
	if (shown < all)
		buf_printf(b, "  and %zu more\n", all - shown);
}

static void
put_procs(struct buf *b, struct columns *c, const struct diff *d, size_t rows, int max)
{
	size_t n = rows ? MIN(rows, d->nprocs) : d->nprocs;
	char text[FORMAT_MAX], mark[2] = "";

	columns_add(c, "", true);
	columns_add(c, d->same_boot ? "PID" : "A", false);
	columns_add(c, d->same_boot ? "USER" : "B", d->same_boot);
	for (int k = 0; k < DIFF_COLUMNS; k++)
		columns_add(c, diff_head((enum diff_column)k), false);
	columns_add(c, "COMMAND", true);
	for (size_t i = 0; i < n; i++) {
		const struct diff_proc *p = &d->proc[i];

		mark[0] = diff_mark_char(p->mark);
		columns_cell(c, mark);
		snprintf(text, sizeof text, "%llu",
			 (unsigned long long)(d->same_boot ? p->pid : p->na));
		columns_cell(c, text);
		snprintf(text, sizeof text, "%u", p->nb);
		columns_cell(c, !d->same_boot ? text : *p->user ? p->user : "-");
		for (int k = 0; k < DIFF_COLUMNS; k++) {
			(void)diff_cell(d, p, (enum diff_column)k, text, AMOUNT_WIDTH);
			columns_cell(c, text);
		}
		columns_cell(c, *p->command ? p->command : *p->name ? p->name : "-");
	}
	columns_put(c, b, max);
	put_more(b, n, d->nprocs);
}

static void
put_cgroups(struct buf *b, struct columns *c, const struct diff *d, size_t rows, int max)
{
	size_t n = rows ? MIN(rows, d->ncgroups) : d->ncgroups;
	char text[FORMAT_MAX], mark[2] = "";

	columns_add(c, "", true);
	columns_add(c, "A", false);
	columns_add(c, "B", false);
	for (int k = 0; k < DIFF_COLUMNS; k++)
		columns_add(c, diff_head((enum diff_column)k), false);
	columns_add(c, "CGROUP", true);
	for (size_t i = 0; i < n; i++) {
		const struct diff_proc *p = &d->cgroup[i];

		mark[0] = diff_mark_char(p->mark);
		columns_cell(c, mark);
		snprintf(text, sizeof text, "%u", p->na);
		columns_cell(c, text);
		snprintf(text, sizeof text, "%u", p->nb);
		columns_cell(c, text);
		for (int k = 0; k < DIFF_COLUMNS; k++) {
			(void)diff_cell(d, p, (enum diff_column)k, text, AMOUNT_WIDTH);
			columns_cell(c, text);
		}
		columns_cell(c, p->name);
	}
	columns_put(c, b, max);
	put_more(b, n, d->ncgroups);
}

/* "TABLE ROW", and what of it. */
static void
put_names(struct columns *c, const struct diff_value *v)
{
	char words[DIFF_WORDS_MAX];

	diff_words(v, words);
	columns_cell(c, schema[v->table].name);
	columns_cell(c, v->thing);
	columns_cell(c, words);
}

static void
put_amount(struct columns *c, enum field_unit unit, double v, bool sign)
{
	char text[FORMAT_MAX];

	format_amount(text, unit, v, AMOUNT_WIDTH, sign);
	columns_cell(c, text);
}

static void
add_names(struct columns *c)
{
	columns_add(c, "TABLE", true);
	columns_add(c, "ROW", true);
	columns_add(c, "WHAT", true);
}

static void
put_counters(struct buf *b, struct columns *c, const struct diff *d, size_t rows, int max)
{
	size_t n = rows ? MIN(rows, d->ncounters) : d->ncounters;

	add_names(c);
	columns_add(c, "GREW", false);
	columns_add(c, "PER SECOND", false);
	for (size_t i = 0; i < n; i++) {
		const struct diff_value *v = &d->counter[i];
		enum field_unit unit = (enum field_unit)schema[v->table].field[v->field].unit;

		put_names(c, v);
		put_amount(c, unit, v->change, true);
		put_amount(c, diff_rate_unit(unit), v->rate, false);
	}
	columns_put(c, b, max);
	put_more(b, n, d->ncounters);
}

static void
put_gauges(struct buf *b, struct columns *c, const struct diff *d, size_t rows, int max)
{
	size_t n = rows ? MIN(rows, d->ngauges) : d->ngauges;

	add_names(c);
	columns_add(c, "A", false);
	columns_add(c, "B", false);
	columns_add(c, "CHANGE", false);
	for (size_t i = 0; i < n; i++) {
		const struct diff_value *v = &d->gauge[i];
		enum field_unit unit = (enum field_unit)schema[v->table].field[v->field].unit;

		put_names(c, v);
		put_amount(c, unit, v->a, false);
		put_amount(c, unit, v->b, false);
		put_amount(c, unit, v->change, true);
	}
	columns_put(c, b, max);
	put_more(b, n, d->ngauges);
}

static void
put_line(struct buf *b, const char *s, size_t n, int max)
{
	(void)clean_text(b, s, n, max ? max : INT_MAX);
	buf_putc(b, '\n');
}

void
diff_put_text(struct buf *b, struct columns *c, const struct diff *d, size_t rows, int max)
{
	struct span events = span_of(d->events.data, d->events.len), line;
	struct buf words = {0};

	diff_title(d, &words);
	put_line(b, words.data, words.len, max);
	while (span_line(&events, &line))
		put_line(b, line.p, span_len(line), max);
	buf_clear(&words);
	diff_counts(d, &words);
	put_line(b, words.data, words.len, max);
	buf_release(&words);
	if (!d->has_cgroups && d->procs_a && d->procs_b)
		put_line(b, DIFF_NO_CGROUPS, strlen(DIFF_NO_CGROUPS), max);
	if (d->nprocs) {
		buf_putc(b, '\n');
		put_procs(b, c, d, rows, max);
	}
	if (d->ncgroups) {
		buf_putc(b, '\n');
		put_cgroups(b, c, d, rows, max);
	}
	if (d->ncounters) {
		buf_putc(b, '\n');
		put_counters(b, c, d, rows, max);
	}
	if (d->ngauges) {
		buf_putc(b, '\n');
		put_gauges(b, c, d, rows, max);
	}
}

static void
json_number(struct buf *b, const char *key, double v, bool whole)
{
	char number[NUMBER_MAX], *end;

	json_key(b, key);
	if (!isfinite(v)) {
		buf_puts(b, "null");
		return;
	}
	if (!whole)
		end = number_f64(number, v);
	else if (v < 0)
		end = number_i64(number, v > -0x1p63 ? (int64_t)v : INT64_MIN);
	else
		end = number_u64(number, v < 0x1p64 ? (uint64_t)v : UINT64_MAX);
	buf_put(b, number, (size_t)(end - number));
}

/* "" is not known. */
static void
json_name(struct buf *b, const char *key, const char *s)
{
	json_key(b, key);
	json_text(b, *s ? s : NULL);
}

static void
json_side(struct buf *b, const char *key, const struct frame *f)
{
	json_key(b, key);
	buf_puts(b, "{\"host\":");
	json_text(b, f->meta.host);
	buf_puts(b, ",\"time\":\"");
	clean_time(b, f->meta.wall_ns);
	buf_puts(b, "\",\"mono_ns\":");
	buf_i64(b, f->meta.mono_ns);
	buf_putc(b, '}');
}

static void
json_list(struct buf *b, const struct diff *d, const char *key, const struct diff_proc *list,
	  size_t n, void (*put)(struct buf *b, const struct diff *d, const struct diff_proc *p))
{
	json_key(b, key);
	buf_putc(b, '[');
	for (size_t i = 0; i < n; i++) {
		buf_puts(b, i ? ",{" : "{");
		put(b, d, &list[i]);
		buf_putc(b, '}');
	}
	buf_putc(b, ']');
}

static void
json_change(struct buf *b, const struct diff_proc *p)
{
	static const char *const changes[DIFF_MARKS] = {
		[DIFF_CHANGED] = "changed", [DIFF_NEW] = "new", [DIFF_GONE] = "gone",
	};

	json_name(b, "change", changes[p->mark]);
}

static void
json_amounts(struct buf *b, const struct diff *d, const struct diff_proc *p)
{
	bool one = d->same_boot;

	json_number(b, "cpu_ns", one ? p->cpu : NAN, true);
	json_number(b, "cpu_ratio", one ? NAN : p->cpu, false);
	json_number(b, "resident_bytes", p->resident, true);
	json_number(b, "resident_change_bytes", p->resident_change, true);
	json_number(b, "read_bytes", one ? p->read : NAN, true);
	json_number(b, "read_bytes_per_second", one ? NAN : p->read, false);
	json_number(b, "write_bytes", one ? p->write : NAN, true);
	json_number(b, "write_bytes_per_second", one ? NAN : p->write, false);
}

static void
json_proc(struct buf *b, const struct diff *d, const struct diff_proc *p)
{
	json_change(b, p);
	json_number(b, "pid", d->same_boot ? (double)p->pid : NAN, true);
	json_number(b, "count_a", p->na, true);
	json_number(b, "count_b", p->nb, true);
	json_name(b, "name", p->name);
	json_name(b, "user", p->user);
	json_name(b, "command", p->command);
	json_name(b, "cgroup", p->cgroup);
	json_amounts(b, d, p);
}

static void
json_cgroup(struct buf *b, const struct diff *d, const struct diff_proc *p)
{
	json_change(b, p);
	json_name(b, "cgroup", p->name);
	json_number(b, "count_a", p->na, true);
	json_number(b, "count_b", p->nb, true);
	json_amounts(b, d, p);
}

static void
json_values(struct buf *b, const char *key, const struct diff_value *list, size_t n, bool counters)
{
	json_key(b, key);
	buf_putc(b, '[');
	for (size_t i = 0; i < n; i++) {
		const struct diff_value *v = &list[i];
		const struct field *spec = &schema[v->table].field[v->field];
		bool whole = spec->type != TYPE_F64;

		buf_puts(b, i ? ",{" : "{");
		json_name(b, "table", schema[v->table].name);
		json_name(b, "row", v->thing);
		json_name(b, "field", spec->name);
		json_number(b, "a", v->a, whole);
		json_number(b, "b", v->b, whole);
		json_number(b, "change", v->change, whole);
		if (counters)
			json_number(b, "per_second", v->rate, false);
		buf_putc(b, '}');
	}
	buf_putc(b, ']');
}

void
diff_put_json(struct buf *b, const struct diff *d)
{
	struct span events = span_of(d->events.data, d->events.len), line;

	buf_putc(b, '{');
	json_side(b, "a", d->a);
	json_side(b, "b", d->b);
	json_key(b, "same_boot");
	buf_puts(b, d->same_boot ? "true" : "false");
	json_key(b, "span_ns");
	buf_i64(b, d->span_ns);
	json_key(b, "events");
	buf_putc(b, '[');
	for (bool first = true; span_line(&events, &line); first = false) {
		if (!first)
			buf_putc(b, ',');
		json_string(b, line.p, span_len(line));
	}
	buf_putc(b, ']');
	json_number(b, "processes_a", d->procs_a, true);
	json_number(b, "processes_b", d->procs_b, true);
	json_list(b, d, "proc", d->proc, d->nprocs, json_proc);
	if (d->has_cgroups) {
		json_list(b, d, "cgroups", d->cgroup, d->ncgroups, json_cgroup);
	} else {
		json_key(b, "cgroups");
		buf_puts(b, "null");
	}
	json_values(b, "counters", d->counter, d->ncounters, true);
	json_values(b, "gauges", d->gauge, d->ngauges, false);
	buf_puts(b, "}\n");
}
