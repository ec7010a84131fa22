#include "sink/stats.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "schema/format.h"
#include "sink/clean.h"
#include "sink/csv.h"
#include "sink/json.h"
#include "sink/number.h"

enum { WIDTH = 9 };

static const char *const heads[] = {"mean", "min", "p50", "p90", "p99", "max", "total"};
enum { MEAN, MIN_, P50, P90, P99, MAX_, TOTAL, NUMBERS };

static void
numbers_of(const struct stats_value *v, double ret[NUMBERS])
{
	const struct sketch *s = &v->spread;

	ret[MEAN] = sketch_mean(s);
	ret[MIN_] = s->n ? s->least : NAN;
	ret[P50] = sketch_quantile(s, 0.5);
	ret[P90] = sketch_quantile(s, 0.9);
	ret[P99] = sketch_quantile(s, 0.99);
	ret[MAX_] = s->n ? s->most : NAN;
	ret[TOTAL] = v->total;
}

static const struct field *
spec_of(const struct stats_table *st, unsigned i)
{
	return &schema[st->id].field[st->field[i]];
}

static void
put_number(struct buf *b, double v, const char *absent)
{
	char text[NUMBER_MAX];

	if (isfinite(v))
		buf_put(b, text, (size_t)(number_f64(text, v) - text));
	else
		buf_puts(b, absent);
}

static void
json_row(struct buf *b, const struct stats_table *st, const struct stats_row *r, unsigned k)
{
	double number[NUMBERS];

	numbers_of(&r->value[k], number);
	buf_putc(b, '{');
	json_key(b, "table");
	json_text(b, schema[st->id].name);
	json_key(b, "row");
	json_text(b, schema[st->id].single ? NULL : r->name);
	json_key(b, "field");
	json_text(b, spec_of(st, k)->name);
	json_key(b, "moments");
	buf_u64(b, r->value[k].spread.n);
	for (int i = 0; i < NUMBERS; i++) {
		json_key(b, heads[i]);
		put_number(b, number[i], "null");
	}
	buf_putc(b, '}');
}

static void
json_time(struct buf *b, const char *key, int64_t wall_ns)
{
	json_key(b, key);
	buf_putc(b, '"');
	clean_time(b, wall_ns);
	buf_putc(b, '"');
}

void
stats_put_json(struct buf *b, const struct stats *s, uint64_t unreadable)
{
	bool first = true;

	buf_putc(b, '{');
	json_key(b, "host");
	json_text(b, s->host.len ? s->host.data : NULL);
	json_time(b, "from", s->from_ns);
	json_time(b, "to", s->to_ns);
	json_key(b, "moments");
	buf_u64(b, s->moments);
	json_key(b, "unreadable");
	buf_u64(b, unreadable);
	json_key(b, "error");
	put_number(b, SKETCH_ERROR, "null");
	json_key(b, "stats");
	buf_putc(b, '[');
	for (unsigned t = 0; t < s->ntables; t++) {
		for (size_t i = 0; i < s->table[t].nrows; i++) {
			for (unsigned k = 0; k < s->table[t].nfields; k++) {
				if (!first)
					buf_putc(b, ',');
				first = false;
				json_row(b, &s->table[t], &s->table[t].row[i], k);
			}
		}
	}
	buf_puts(b, "]}\n");
}

static void
csv_row(struct buf *b, const struct stats_table *st, const struct stats_row *r, unsigned k)
{
	double number[NUMBERS];

	numbers_of(&r->value[k], number);
	buf_printf(b, "%s,", schema[st->id].name);
	if (!schema[st->id].single)
		csv_text(b, r->name);
	buf_printf(b, ",%s,", spec_of(st, k)->name);
	buf_u64(b, r->value[k].spread.n);
	for (int i = 0; i < NUMBERS; i++) {
		buf_putc(b, ',');
		put_number(b, number[i], "");
	}
	buf_putc(b, '\n');
}

void
stats_put_csv(struct buf *b, const struct stats *s)
{
	buf_puts(b, "table,row,field,moments");
	for (int i = 0; i < NUMBERS; i++)
		buf_printf(b, ",%s", heads[i]);
	buf_putc(b, '\n');
	for (unsigned t = 0; t < s->ntables; t++)
		for (size_t i = 0; i < s->table[t].nrows; i++)
			for (unsigned k = 0; k < s->table[t].nfields; k++)
				csv_row(b, &s->table[t], &s->table[t].row[i], k);
}

static void
put_amount(struct columns *c, enum field_unit unit, double v)
{
	char text[FORMAT_MAX];

	format_amount(text, unit, v, WIDTH, false);
	columns_cell(c, text);
}

static void
add_heads(struct columns *c)
{
	static const char *const upper[] = {"MEAN", "MIN", "P50", "P90", "P99", "MAX", "TOTAL"};

	columns_add(c, "TABLE", true);
	columns_add(c, "ROW", true);
	columns_add(c, "FIELD", true);
	for (int i = 0; i < NUMBERS; i++)
		columns_add(c, upper[i], false);
}

/* What was never anything but 0. */
static bool
is_nothing(const struct stats_value *v)
{
	return !v->spread.n || (v->spread.least == 0 && v->spread.most == 0);
}

static size_t
put_spread(struct columns *c, const struct stats_table *st, size_t rows, bool zeros)
{
	size_t n = rows ? MIN(rows, st->nrows) : st->nrows, lines = 0;
	double number[NUMBERS];

	for (size_t i = 0; i < n; i++) {
		for (unsigned k = 0; k < st->nfields; k++) {
			const struct stats_value *v = &st->row[i].value[k];
			const struct field *spec = spec_of(st, k);

			if (!zeros && is_nothing(v))
				continue;
			numbers_of(v, number);
			columns_cell(c, schema[st->id].name);
			columns_cell(c, st->row[i].name);
			columns_cell(c, spec->name);
			for (int m = 0; m < TOTAL; m++)
				put_amount(c, (enum field_unit)spec->unit, number[m]);
			if (spec->kind == KIND_RATE && spec->of != FIELD_NO)
				put_amount(c, (enum field_unit)field_of(spec->of)->unit,
					   number[TOTAL]);
			else
				columns_cell(c, "");
			lines++;
		}
	}
	return lines;
}

static bool
is_usual(const struct stats_table *st)
{
	return st->id == TABLE_PROC && st->nfields == STATS_USUAL &&
	       memcmp(st->field, stats_usual, sizeof stats_usual) == 0;
}

/* A line a program: what it used and how much it had. */
static void
put_programs(struct buf *b, struct columns *c, const struct stats_table *st, size_t rows,
	     bool zeros, int max)
{
	static const char *const right[] = {"MOMENTS",  "TIME+",    "CPU% MEAN", "CPU% P99",
					    "CPU% MAX", "RES MEAN", "RES MAX",   "READ",
					    "WRITE"};
	size_t n = rows ? MIN(rows, st->nrows) : st->nrows;
	double cpu[NUMBERS], res[NUMBERS];
	char text[FORMAT_MAX];

	columns_add(c, "PROGRAM", true);
	for (size_t i = 0; i < ARRAY_LEN(right); i++)
		columns_add(c, right[i], false);
	for (size_t i = 0; i < n; i++) {
		const struct stats_row *r = &st->row[i];
		bool any = zeros;

		for (unsigned k = 0; k < STATS_USUAL; k++)
			any |= !is_nothing(&r->value[k]);
		if (!any)
			continue;
		numbers_of(&r->value[STATS_CPU], cpu);
		numbers_of(&r->value[STATS_RES], res);
		columns_cell(c, *r->name ? r->name : "-");
		snprintf(text, sizeof text, "%llu",
			 (unsigned long long)r->value[STATS_RES].spread.n);
		columns_cell(c, text);
		if (isnan(cpu[TOTAL]))
			snprintf(text, sizeof text, "-");
		else
			format_cpu_time(text, (uint64_t)MIN(cpu[TOTAL], 0x1p63), WIDTH);
		columns_cell(c, text);
		put_amount(c, UNIT_RATIO, cpu[MEAN]);
		put_amount(c, UNIT_RATIO, cpu[P99]);
		put_amount(c, UNIT_RATIO, cpu[MAX_]);
		put_amount(c, UNIT_BYTES, res[MEAN]);
		put_amount(c, UNIT_BYTES, res[MAX_]);
		put_amount(c, UNIT_BYTES, r->value[STATS_READ].total);
		put_amount(c, UNIT_BYTES, r->value[STATS_WRITE].total);
	}
	if (n)
		buf_putc(b, '\n');
	columns_put(c, b, max);
	if (n < st->nrows)
		buf_printf(b, "  and %zu more\n", st->nrows - n);
}

static void
put_title(struct buf *b, const struct stats *s, uint64_t unreadable, int max)
{
	char from[FORMAT_MAX], to[FORMAT_MAX];
	struct buf words = {0};

	format_moment(from, s->from_ns, 0, 19, s->fixture);
	format_moment(to, s->to_ns, 0, 19, s->fixture);
	/* "2026-11-21 14:05:31": the day once, where it is the same */
	buf_printf(&words, "%s: %s -> %s, %llu moments", s->host.len ? s->host.data : "-", from,
		   strncmp(from, to, 11) == 0 ? to + 11 : to, (unsigned long long)s->moments);
	if (unreadable)
		buf_printf(&words, "; %llu more could not be read", (unsigned long long)unreadable);
	(void)clean_text(b, words.data, words.len, max ? max : INT_MAX);
	buf_putc(b, '\n');
	buf_release(&words);
}

void
stats_put_text(struct buf *b, struct columns *c, const struct stats *s, uint64_t unreadable,
	       size_t rows, bool zeros, int max)
{
	size_t begun, lines = 0;

	put_title(b, s, unreadable, max);
	begun = b->len;
	add_heads(c);
	for (unsigned t = 0; t < s->ntables; t++)
		if (!is_usual(&s->table[t]))
			lines += put_spread(c, &s->table[t], rows, zeros);
	buf_putc(b, '\n');
	columns_put(c, b, max);
	if (!lines)
		b->data[b->len = begun] = '\0';
	for (unsigned t = 0; t < s->ntables; t++) {
		const struct stats_table *st = &s->table[t];

		if (is_usual(st))
			put_programs(b, c, st, rows, zeros, max);
		else if (rows && rows < st->nrows)
			buf_printf(b, "  and %zu more of %s\n", st->nrows - rows,
				   schema[st->id].name);
	}
}
