#include "sink/csv.h"

#include <math.h>
#include <string.h>

#include "base/utf8.h"
#include "sink/clean.h"
#include "sink/number.h"

void
csv_text(struct buf *b, const char *s)
{
	const char *end = s + strlen(s);
	bool quote = s == end || strpbrk(s, ",\"") || *s == ' ' || end[-1] == ' ';

	if (quote)
		buf_putc(b, '"');
	while (s < end) {
		uint32_t cp;
		size_t n = utf8_next(s, end, &cp);

		if (cp == '"')
			buf_putc(b, '"');
		clean_char(b, s, n, cp);
		s += n;
	}
	if (quote)
		buf_putc(b, '"');
}

void
csv_head(struct buf *b, const struct sink_select *sel, bool with_time)
{
	if (with_time)
		buf_puts(b, sel->nfields ? "time," : "time");
	for (unsigned i = 0; i < sel->nfields; i++) {
		if (i)
			buf_putc(b, ',');
		buf_puts(b, schema[sel->table].field[sel->field[i]].name);
	}
	buf_putc(b, '\n');
}

static void
put_cell(struct buf *b, enum field_type type, union value v)
{
	char *p;

	if (type == TYPE_STR) {
		csv_text(b, v.s);
		return;
	}
	if (type == TYPE_BOOL) {
		buf_puts(b, v.u ? "true" : "false");
		return;
	}
	p = buf_reserve(b, NUMBER_MAX);
	if (type == TYPE_I64)
		p = number_i64(p, v.i);
	else if (type == TYPE_U64)
		p = number_u64(p, v.u);
	else if (isfinite(v.f))
		p = number_f64(p, v.f);
	*p = '\0';
	b->len = (size_t)(p - b->data);
}

void
csv_frame(struct buf *b, const struct frame *f, const struct sink_select *sel, bool with_time)
{
	const struct table *t = frame_table(f, sel->table);
	struct buf time = {0};

	if (with_time) {
		clean_time(&time, f->meta.wall_ns);
		if (sel->nfields)
			buf_putc(&time, ',');
	}
	for (size_t r = 0; r < sel->nrows; r++) {
		buf_put(b, time.data, time.len);
		for (unsigned i = 0; i < sel->nfields; i++) {
			unsigned c = sel->field[i];

			if (i)
				buf_putc(b, ',');
			if (cell_valid(t, sel->row[r], c))
				put_cell(b, t->schema->field[c].type, t->col[c][sel->row[r]]);
		}
		buf_putc(b, '\n');
	}
	buf_release(&time);
}
