#include "sink/influx.h"

#include <math.h>

#include "sink/number.h"
#include "sink/series.h"

enum { TEXT_MAX = 4096 }; /* characters; 64 KiB is what the other side takes */

static void
put_tag(struct buf *b, const char *name, const char *text)
{
	buf_putc(b, ',');
	buf_puts(b, name);
	buf_putc(b, '=');
	series_text(b, text, ",= ", SERIES_LABEL_MAX);
}

/* A cell that is there. False when there is no way to say it. */
static bool
put_value(struct buf *b, enum field_type type, union value v)
{
	char number[NUMBER_MAX], *end = number;

	switch (type) {
	case TYPE_STR:
		buf_putc(b, '"');
		series_text(b, v.s, "\\\"", TEXT_MAX);
		buf_putc(b, '"');
		return true;
	case TYPE_BOOL:
		buf_putc(b, v.u ? 't' : 'f');
		return true;
	case TYPE_F64:
		if (!isfinite(v.f))
			return false;
		end = number_f64(number, v.f);
		break;
	case TYPE_I64:
		end = number_i64(number, v.i);
		*end++ = 'i';
		break;
	case TYPE_U64:
		if (v.u > INT64_MAX)
			return false;
		end = number_u64(number, v.u);
		*end++ = 'i';
	}
	buf_put(b, number, (size_t)(end - number));
	return true;
}

/* " name=value,name=value", or nothing. sel: without tags. */
static void
put_fields(struct buf *b, const struct table *t, const struct sink_select *sel, uint32_t row)
{
	char before = ' ';

	for (unsigned i = 0; i < sel->nfields; i++) {
		const struct field *f = &t->schema->field[sel->field[i]];
		size_t len = b->len;

		if (!cell_valid(t, row, sel->field[i]))
			continue;
		buf_putc(b, before);
		buf_puts(b, f->name);
		buf_putc(b, '=');
		if (put_value(b, f->type, t->col[sel->field[i]][row]))
			before = ',';
		else
			b->len = len;
	}
}

static void
put_row(struct buf *b, const struct frame *f, const struct sink_select *sel, struct span tags,
	uint32_t row)
{
	size_t begin = b->len, empty;

	buf_puts(b, "sonde_");
	buf_puts(b, schema[sel->table].name);
	if (*f->meta.host)
		put_tag(b, "host", f->meta.host);
	buf_put(b, tags.p, span_len(tags));
	empty = b->len;
	put_fields(b, frame_table(f, sel->table), sel, row);
	if (b->len == empty) {
		b->len = begin;
		b->data[begin] = '\0';
		return;
	}
	buf_putc(b, ' ');
	buf_i64(b, f->meta.wall_ns);
	buf_putc(b, '\n');
}

static void
put_table(struct buf *b, const struct frame *f, const struct sink_select *sel, struct series *s)
{
	struct sink_select rest = *sel;
	uint8_t field[FIELDS_MAX];

	rest.field = field;
	rest.nfields = 0;
	for (unsigned i = 0; i < sel->nfields; i++)
		if (!field_is_tag(&schema[sel->table].field[sel->field[i]]) &&
		    !select_is_host(sel, sel->field[i]))
			field[rest.nfields++] = sel->field[i];
	series_rows(s, frame_table(f, sel->table), sel, put_tag);
	for (size_t i = 0; i < s->n; i++)
		put_row(b, f, &rest, span_of(s->text.data + s->row[i].from, s->row[i].len),
			s->row[i].row);
}

void
influx_frame(struct buf *b, const struct frame *f, const struct sink_select *select, size_t nselect)
{
	struct series s = {0};

	for (size_t i = 0; i < nselect; i++)
		put_table(b, f, &select[i], &s);
	series_release(&s);
}
