#include "sink/openmetrics.h"

#include <math.h>
#include <string.h>

#include "base/clock.h"
#include "sink/number.h"
#include "sink/series.h"

enum metric { METRIC_NONE, METRIC_GAUGE, METRIC_COUNTER, METRIC_INFO };

/* One family after the other. */
struct page {
	struct buf *b;
	const struct sink_select *sel;
	const struct table *t;
	struct series series;
	struct buf labels; /* of one row: each with a comma behind it */
	struct buf time;   /* what stands behind each value */
	bool classic;      /* the text format of Prometheus */
	/* the family */
	struct buf name;
	enum metric metric;
	const char *unit, *doc; /* unit: NULL for none */
	bool begun;             /* it has a sample */
};

static void
put_label(struct buf *b, const char *name, const char *text)
{
	buf_puts(b, name);
	buf_puts(b, "=\"");
	series_text(b, text, "\\\"\n", SERIES_LABEL_MAX);
	buf_puts(b, "\",");
}

static enum metric
metric_of(const struct field *f)
{
	if (f->type == TYPE_STR || field_is_tag(f))
		return METRIC_NONE;
	if (f->kind == KIND_COUNTER)
		return METRIC_COUNTER;
	if (f->kind == KIND_KEY || f->kind == KIND_LABEL)
		return f->type == TYPE_BOOL || f->unit == UNIT_WALL_NS ? METRIC_GAUGE : METRIC_NONE;
	return METRIC_GAUGE;
}

static const char *
unit_of(const struct field *f)
{
	switch ((enum field_unit)f->unit) {
	case UNIT_BYTES:
		return "bytes";
	case UNIT_NS:
	case UNIT_WALL_NS:
		return "seconds";
	case UNIT_RATIO:
		return "ratio";
	default:
		return NULL;
	}
}

static bool
is_selected(const struct sink_select *sel, uint16_t id)
{
	return field_table(id) == (unsigned)sel->table &&
	       memchr(sel->field, (int)field_index(id), sel->nfields);
}

/* Can it be had from counters that are on the page, too? */
static bool
is_derivable(const struct sink_select *sel, const struct field *f)
{
	if (f->kind != KIND_RATE && f->kind != KIND_SHARE)
		return false;
	if (f->of != FIELD_NO)
		return field_of(f->of)->kind == KIND_COUNTER && is_selected(sel, f->of);
	for (unsigned i = 0; i < sel->nfields; i++)
		if (schema[sel->table].field[sel->field[i]].kind == KIND_COUNTER)
			return true;
	return false;
}

/* Of the row for all CPUs: do those it is the sum of have rows? */
static bool
is_sum_of_others(const struct page *p, uint32_t row)
{
	return p->sel->table == TABLE_CPU && p->sel->nrows > 1 &&
	       cell_valid(p->t, row, CPU_CPU) && p->t->col[CPU_CPU][row].i < 0;
}

static bool
cut(struct span *s, const char *suffix)
{
	size_t n = strlen(suffix);

	if (span_len(*s) <= n || memcmp(s->end - n, suffix, n) != 0)
		return false;
	s->end -= n;
	return true;
}

static void
name_family(struct page *p, const struct field *f)
{
	struct span name = span_str(f->name), stem;

	if (f->kind == KIND_COUNTER)
		cut(&name, "_total");
	if (!cut(&name, "_count"))
		cut(&name, "_ns");
	stem = name;
	buf_clear(&p->name);
	buf_printf(&p->name, "sonde_%s_%.*s", p->t->schema->name, (int)span_len(name), name.p);
	if (p->unit && !cut(&stem, p->unit))
		buf_printf(&p->name, "_%s", p->unit);
}

/* Of a sample; in the text format of the family, too. */
static const char *
suffix_of(enum metric m)
{
	return m == METRIC_COUNTER ? "_total" : m == METRIC_INFO ? "_info" : "";
}

static void
put_head(struct page *p)
{
	static const char *const types[] = {
		[METRIC_GAUGE] = "gauge", [METRIC_COUNTER] = "counter", [METRIC_INFO] = "info"};
	const char *name = p->name.data, *suffix = p->classic ? suffix_of(p->metric) : "";
	bool gauge = p->classic && p->metric == METRIC_INFO; /* it knows no other */

	buf_printf(p->b, "# TYPE %s%s %s\n", name, suffix, gauge ? "gauge" : types[p->metric]);
	if (p->unit && !p->classic)
		buf_printf(p->b, "# UNIT %s %s\n", name, p->unit);
	buf_printf(p->b, "# HELP %s%s %s\n", name, suffix, p->doc);
	p->begun = true;
}

static char *
put(char *p, const char *s, size_t n)
{
	if (n)
		memcpy(p, s, n);
	return p + n;
}

/* Nanoseconds as seconds, exactly. */
static char *
put_seconds(char *p, uint64_t ns)
{
	uint64_t part = ns % NS_PER_S;

	p = number_u64(p, ns / NS_PER_S);
	if (!part)
		return p;
	*p++ = '.';
	for (uint64_t unit = NS_PER_S / 10; part; part %= unit, unit /= 10)
		*p++ = (char)('0' + part / unit);
	return p;
}

static char *
put_number(char *p, const struct field *f, union value v)
{
	bool time = f->unit == UNIT_NS || f->unit == UNIT_WALL_NS;

	switch ((enum field_type)f->type) {
	case TYPE_I64:
		return number_i64(p, v.i);
	case TYPE_F64:
		return number_f64(p, time ? v.f / (double)NS_PER_S : v.f);
	default:
		return time ? put_seconds(p, v.u) : number_u64(p, v.u);
	}
}

static void
put_sample(struct page *p, struct span labels, const struct field *f, union value v)
{
	static const struct field one = {.type = TYPE_U64};
	const char *suffix = suffix_of(p->metric);
	char *to;

	if (!p->begun)
		put_head(p);
	to = buf_reserve(p->b, p->name.len + strlen(suffix) + span_len(labels) + p->time.len +
				       2 * NUMBER_MAX + sizeof "{} \n");
	to = put(to, p->name.data, p->name.len);
	to = put(to, suffix, strlen(suffix));
	if (!span_empty(labels)) {
		*to++ = '{';
		to = put(to, labels.p, span_len(labels) - 1); /* without the last comma */
		*to++ = '}';
	}
	*to++ = ' ';
	to = put_number(to, f ? f : &one, v);
	to = put(to, p->time.data, p->time.len);
	*to++ = '\n';
	*to = '\0';
	p->b->len = (size_t)(to - p->b->data);
}

static struct span
labels_of(const struct page *p, const struct series_row *r)
{
	return span_of(p->series.text.data + r->from, r->len);
}

static void
put_family(struct page *p, unsigned field)
{
	const struct field *f = &p->t->schema->field[field];

	p->metric = metric_of(f);
	if (p->metric == METRIC_NONE || is_derivable(p->sel, f))
		return;
	p->unit = unit_of(f);
	p->doc = f->doc;
	p->begun = false;
	name_family(p, f);
	for (size_t i = 0; i < p->series.n; i++) {
		const struct series_row *r = &p->series.row[i];
		union value v;

		if (!cell_valid(p->t, r->row, field) || is_sum_of_others(p, r->row))
			continue;
		v = p->t->col[field][r->row];
		if (f->type != TYPE_F64 || isfinite(v.f))
			put_sample(p, labels_of(p, r), f, v);
	}
}

/* What is known in words. */
static void
put_info(struct page *p)
{
	p->metric = METRIC_INFO;
	p->unit = NULL;
	p->doc = p->t->schema->doc;
	p->begun = false;
	buf_clear(&p->name);
	buf_printf(&p->name, "sonde_%s", p->t->schema->name);
	for (size_t i = 0; i < p->series.n; i++) {
		const struct series_row *r = &p->series.row[i];
		struct span labels = labels_of(p, r);

		buf_clear(&p->labels);
		buf_put(&p->labels, labels.p, span_len(labels));
		for (unsigned k = 0; k < p->sel->nfields; k++) {
			const struct field *f = &p->t->schema->field[p->sel->field[k]];
			const char *text;

			if (f->type != TYPE_STR || field_is_tag(f) || f->flags & FIELD_PRIVATE)
				continue;
			text = cell_str(p->t, r->row, p->sel->field[k]);
			if (*text)
				put_label(&p->labels, f->name, text);
		}
		if (p->labels.len > span_len(labels))
			put_sample(p, span_of(p->labels.data, p->labels.len), NULL,
				   (union value){.u = 1});
	}
}

static void
put_page(struct page *p, const struct frame *f, const struct sink_select *select, size_t nselect)
{
	for (size_t i = 0; i < nselect; i++) {
		p->sel = &select[i];
		p->t = frame_table(f, p->sel->table);
		series_rows(&p->series, p->t, p->sel, put_label);
		if (!table_is_of_processes((int)p->sel->table))
			put_info(p);
		for (unsigned k = 0; k < p->sel->nfields; k++)
			put_family(p, p->sel->field[k]);
	}
	series_release(&p->series);
	buf_release(&p->labels);
	buf_release(&p->time);
	buf_release(&p->name);
}

void
openmetrics_frame(struct buf *b, const struct frame *f, const struct sink_select *select,
		  size_t nselect, bool with_time)
{
	struct page p = {.b = b};

	if (with_time && f->meta.wall_ns >= 0) {
		char text[2 * NUMBER_MAX], *end = put_seconds(text, (uint64_t)f->meta.wall_ns);

		buf_putc(&p.time, ' ');
		buf_put(&p.time, text, (size_t)(end - text));
	}
	put_page(&p, f, select, nselect);
}

void
openmetrics_end(struct buf *b)
{
	buf_puts(b, "# EOF\n");
}

void
prometheus_frame(struct buf *b, const struct frame *f, const struct sink_select *select,
		 size_t nselect)
{
	struct page p = {.b = b, .classic = true};

	put_page(&p, f, select, nselect);
}
