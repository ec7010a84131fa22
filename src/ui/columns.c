#include "ui/columns.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "draw/text.h"
#include "schema/format.h"

enum { COMMAND_LEAST = 17, TEXT_WIDEST = 24 };

static const uint8_t default_fields[] = {
	PROC_PID,   PROC_USER,      PROC_PRIORITY,  PROC_NICE,       PROC_VIRT,
	PROC_RES,   PROC_SHR,       PROC_STATE,     PROC_CPU_RATIO,  PROC_MEM_SHARE,
	PROC_CPU,   PROC_READ_RATE, PROC_WRITE_RATE, PROC_THREADS,   PROC_COMMAND,
};

/* Where it is narrow these go first. */
static const uint8_t drop_order[] = {
	PROC_THREADS,    PROC_SHR,       PROC_VIRT, PROC_PRIORITY, PROC_NICE,
	PROC_WRITE_RATE, PROC_READ_RATE, PROC_CPU,  PROC_MEM_SHARE, PROC_RES,
	PROC_STATE,      PROC_USER,      PROC_CPU_RATIO,
};

void
columns_default(struct columns *c)
{
	memcpy(c->field, default_fields, sizeof default_fields);
	c->n = ARRAY_LEN(default_fields);
	c->chosen = false;
}

int
columns_find(const struct columns *c, unsigned field)
{
	for (unsigned i = 0; i < c->n; i++)
		if (c->field[i] == field)
			return (int)i;
	return -1;
}

void
columns_show(struct columns *c, unsigned field)
{
	bool last = c->n && c->field[c->n - 1] == PROC_COMMAND;

	if (columns_find(c, field) >= 0 || c->n == COLUMNS_MAX)
		return;
	c->field[c->n++] = (uint8_t)field;
	if (last) {
		c->field[c->n - 1] = PROC_COMMAND;
		c->field[c->n - 2] = (uint8_t)field;
	}
	c->chosen = true;
}

void
columns_hide(struct columns *c, unsigned field)
{
	int i = columns_find(c, field);

	if (i < 0 || c->n == 1)
		return;
	c->n--;
	memmove(c->field + i, c->field + i + 1, c->n - (unsigned)i);
	c->chosen = true;
}

int
columns_change(struct columns *c, const char *text, struct err *e)
{
	for (const char *p = text;; p++) {
		struct span name = {p + (*p != '\0'), p + strcspn(p, ",")};
		const char *near;
		int f;

		if (*p != '+' && *p != '-')
			return err_at(e, -EINVAL, (int)(p - text),
				      "expected + or - before every column, or before none");
		f = field_by_name(TABLE_PROC, name);
		if (f < 0) {
			near = field_suggest(TABLE_PROC, name);
			return err_at(e, -EINVAL, (int)(name.p - text),
				      "column \"%.*s\": unknown in table proc%s%s%s",
				      (int)MIN(span_len(name), (size_t)40), name.p,
				      near ? ", did you mean " : "",
				      near ? near : "; \"sonde fields\" lists them",
				      near ? "?" : "");
		}
		if (*p == '+')
			columns_show(c, (unsigned)f);
		else
			columns_hide(c, (unsigned)f);
		p = name.end;
		if (!*p)
			return 0;
	}
}

double
columns_cpu_scale(const struct columns *c, const struct frame *f)
{
	uint32_t rows = frame_table(f, TABLE_CPU)->nrows; /* the first is all of them */

	return c->cpu_of_machine && rows > 2 ? 1.0 / (rows - 1) : 1;
}

static int
field_width(unsigned f, const uint8_t widest[PROC_FIELDS])
{
	const struct field *spec = &schema[TABLE_PROC].field[f];
	int head = (int)strlen(spec->head);

	if (spec->type == TYPE_STR)
		return CLAMP((int)widest[f], head, MAX(head, MIN((int)spec->width, TEXT_WIDEST)));
	if (spec->kind == KIND_KEY || spec->kind == KIND_LABEL)
		return MAX(head, spec->unit == UNIT_NONE ? (int)widest[f] : (int)spec->width);
	return MAX(head, (int)spec->width);
}

static bool
is_dropped(unsigned f, size_t ndropped)
{
	for (size_t i = 0; i < ndropped; i++)
		if (drop_order[i] == f)
			return true;
	return false;
}

static void
place(const struct columns *c, const uint8_t widest[PROC_FIELDS], size_t ndropped,
      struct column_layout *l)
{
	int x = 0;

	l->n = 0;
	for (unsigned i = 0; i < c->n; i++) {
		unsigned f = c->field[i];
		bool last = schema[TABLE_PROC].field[f].flags & FIELD_LAST && i + 1 == c->n;
		int w = last ? COMMAND_LEAST : field_width(f, widest);

		if (!c->chosen && is_dropped(f, ndropped))
			continue;
		l->col[l->n++] = (struct column_place){.field = (uint8_t)f, .x = x, .w = w};
		x += w + 1;
	}
	l->width = MAX(x - 1, 0);
}

void
columns_fit(const struct columns *c, const struct frame *f, int width,
	    const uint8_t widest[PROC_FIELDS], struct column_layout *l)
{
	struct column_place *last;

	for (size_t n = 0; n <= ARRAY_LEN(drop_order); n++) {
		place(c, widest, n, l);
		if (l->width <= width || c->chosen)
			break;
	}
	if (!l->n)
		return;
	for (unsigned i = 0; i < l->n; i++)
		if (l->col[i].field == PROC_CPU_RATIO)
			l->col[i].scale = columns_cpu_scale(c, f);
	last = &l->col[l->n - 1];
	if (schema[TABLE_PROC].field[last->field].flags & FIELD_LAST)
		last->w = MAX(last->w, width - last->x);
}

/* Weight by worth: nothing is dim, much is strong. */
static enum style
number_style(const struct field *spec, double v)
{
	if (v == 0)
		return STYLE_DIM;
	if (spec->unit == UNIT_RATIO)
		return v >= 0.9 ? STYLE_WARN : v >= 0.1 ? STYLE_STRONG : STYLE_TEXT;
	if (spec->unit == UNIT_BYTES_PER_S)
		return v >= 10e6 ? STYLE_STRONG : STYLE_TEXT;
	return STYLE_TEXT;
}

static enum style
state_style(char c)
{
	switch (c) {
	case 'R':
		return STYLE_GOOD;
	case 'D':
		return STYLE_BAD;
	case 'Z':
	case 'T':
	case 't':
		return STYLE_WARN;
	default:
		return STYLE_DIM;
	}
}

void
column_format(char out[FORMAT_MAX], const struct frame *f, unsigned field, double v, int w)
{
	const struct field *spec = &schema[TABLE_PROC].field[field];

	w = MIN(w, FORMAT_MAX - 1);
	switch ((enum field_unit)spec->unit) {
	case UNIT_BYTES:
	case UNIT_BYTES_PER_S:
		format_bytes(out, v, w);
		return;
	case UNIT_COUNT:
	case UNIT_COUNT_PER_S:
		format_count(out, v, w);
		return;
	case UNIT_RATIO:
		format_percent(out, v, w);
		return;
	case UNIT_NS:
		if (spec->kind == KIND_COUNTER)
			format_cpu_time(out, (uint64_t)v, w);
		else
			format_span(out, (uint64_t)v, w);
		return;
	case UNIT_WALL_NS:
		format_moment(out, (int64_t)v, f->meta.wall_ns, w, f->meta.fixture);
		return;
	case UNIT_NONE:
		break;
	}
	if (field == PROC_PRIORITY && v < -99)
		snprintf(out, FORMAT_MAX, "rt"); /* as top shows it: -100 needs a fourth column */
	else if (spec->type == TYPE_BOOL)
		snprintf(out, FORMAT_MAX, "%s", v != 0 ? "yes" : "no");
	else
		format_whole(out, (int64_t)v); /* no field here is a fraction */
}

void
column_draw(struct grid *g, const struct column_place *p, int y, const struct frame *f, uint32_t row,
	    bool dim)
{
	const struct table *t = frame_table(f, TABLE_PROC);
	const struct field *spec = &schema[TABLE_PROC].field[p->field];
	char out[FORMAT_MAX];
	double v = 0;

	if (!cell_valid(t, row, p->field)) {
		text_right(g, p->x, y, p->w, STYLE_DIM, cell_late(t, row, p->field) ? "~" : "-");
		return;
	}
	if (spec->type == TYPE_STR) {
		const char *s = cell_str(t, row, p->field);
		enum style style = p->field == PROC_STATE ? state_style(*s)
				   : dim                 ? STYLE_DIM
							 : STYLE_TEXT;

		text_puts(g, p->x, y, p->w, style, s);
		return;
	}
	(void)cell_number(t, row, p->field, &v);
	if (v == 0 && (spec->kind == KIND_RATE || spec->kind == KIND_SHARE)) {
		grid_put(g, p->x + p->w - 1, y, 0xb7, STYLE_DIM); /* a zero rate is a dim dot */
		return;
	}
	column_format(out, f, p->field, p->scale > 0 ? v * p->scale : v, p->w);
	if (p->field == PROC_NICE || p->field == PROC_PRIORITY)
		dim |= v == (p->field == PROC_NICE ? 0 : 20);
	text_right(g, p->x, y, p->w, dim ? STYLE_DIM : number_style(spec, v), out);
}

static int
digits(uint64_t v)
{
	int n = 1;

	while (v /= 10)
		n++;
	return n;
}

void
column_measure(const struct frame *f, uint32_t row, const struct columns *c,
	       uint8_t widest[PROC_FIELDS])
{
	const struct table *t = frame_table(f, TABLE_PROC);

	for (unsigned i = 0; i < c->n; i++) {
		const struct field *spec = &schema[TABLE_PROC].field[c->field[i]];
		int w = 0;
		uint64_t v;

		if (spec->type == TYPE_STR && !(spec->flags & FIELD_LAST)) {
			const char *s = cell_str(t, row, c->field[i]);

			w = text_width(s, strnlen(s, 64));
		} else if ((spec->kind == KIND_KEY || spec->kind == KIND_LABEL) &&
			   spec->type == TYPE_U64 && spec->unit == UNIT_NONE &&
			   cell_u64(t, row, c->field[i], &v)) {
			w = digits(v);
		}
		if (w > widest[c->field[i]])
			widest[c->field[i]] = (uint8_t)MIN(w, 64);
	}
}
