/* Frames for the tests of what keeps series: every table, all rows and columns of it selected. */
#ifndef TESTS_SERIES_FRAME_H
#define TESTS_SERIES_FRAME_H

#include "base/utf8.h"
#include "random_frame.h"
#include "sink/clean.h"
#include "sink/select.h"

struct selected {
	struct sink_select sel[TABLE_COUNT];
	uint8_t field[TABLE_COUNT][FIELDS_MAX];
	uint32_t row[TABLE_COUNT][MACHINE_ROWS];
};

static inline void
select_all(struct selected *s, const struct frame *f)
{
	for (int t = 0; t < TABLE_COUNT; t++) {
		struct sink_select *sel = &s->sel[t];

		*sel = (struct sink_select){.table = (enum table_id)t, .field = s->field[t],
					    .row = s->row[t], .nrows = f->table[t].nrows};
		for (unsigned i = 0; i < schema[t].nfields; i++)
			s->field[t][sel->nfields++] = (uint8_t)i;
		for (uint32_t i = 0; i < f->table[t].nrows; i++)
			s->row[t][i] = i;
	}
}

/* One row in each table, and all that can be known of it; texts are NAME. */
static inline struct frame *
full_frame(struct frame_pool *pool, struct strpool *strings, const char *text)
{
	struct field_set want[TABLE_COUNT];
	struct frame *f;

	memset(want, 0xff, sizeof want);
	f = frame_begin(pool, want, strings);
	f->meta.host = text;
	f->meta.wall_ns = INT64_C(1730642731250000000);
	for (int t = 0; t < TABLE_COUNT; t++) {
		struct row r = table_add_row(&f->table[t], (struct row_key){1, 2});

		for (unsigned i = 0; i < schema[t].nfields; i++) {
			if (schema[t].field[i].type == TYPE_STR)
				row_str(r, i, text);
			else if (schema[t].field[i].type == TYPE_F64)
				row_f64(r, i, 0.5);
			else
				row_u64(r, i, 1);
		}
	}
	return f;
}

/* Every character of a text shows, and it is one line after the other. */
static inline bool
is_visible(const struct buf *b)
{
	uint32_t cp;

	for (size_t at = 0; at < b->len;) {
		at += utf8_next(b->data + at, b->data + b->len, &cp);
		if (cp != '\n' && !clean_is_visible(cp))
			return false;
	}
	return !b->len || b->data[b->len - 1] == '\n';
}

/* Any bytes but NUL, with many that mean something somewhere. */
static inline const char *
hostile_text(struct machine *m)
{
	static const char meant[] = "\\\"\n,= {}#_\t\r\x1b\x7f";
	char text[300];
	size_t n = dice(m, 4) ? dice(m, 12) : dice(m, sizeof text);

	for (size_t i = 0; i < n; i++)
		text[i] = dice(m, 2) ? meant[dice(m, sizeof meant - 1)]
				     : (char)(1 + dice(m, 255));
	return strpool_add(m->strings, text, n);
}

static inline void
make_hostile(struct machine *m, struct frame *f)
{
	f->meta.host = hostile_text(m);
	for (int t = 0; t < TABLE_COUNT; t++)
		for (uint32_t i = 0; i < f->table[t].nrows; i++)
			for (unsigned k = 0; k < schema[t].nfields; k++)
				if (schema[t].field[k].type == TYPE_STR &&
				    cell_valid(&f->table[t], i, k))
					row_str((struct row){&f->table[t], i}, k, hostile_text(m));
}

#endif
