#include "duckdb/scan.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "frame/derive.h"
#include "sink/clean.h"

enum { TIME, TIME_NS, HOST, FIRST_FIELD };
static const char *const first_names[FIRST_FIELD] = {"time", "time_ns", "host"};
static const int first_types[FIRST_FIELD] = {DUCK_TIMESTAMP, DUCK_BIGINT, DUCK_VARCHAR};

/* One pass over a table. */
struct scan {
	const struct scanned_table *t;
	uint64_t n; /* the next moment */
	const struct frame *frame;
	uint32_t row;
	struct field_set want[TABLE_COUNT];
	unsigned ncolumns;
	struct buf text;
	unsigned column[]; /* as they were named below */
};

static int
type_of(const struct field *f)
{
	switch (f->type) {
	case TYPE_I64:
		return DUCK_BIGINT;
	case TYPE_F64:
		return DUCK_DOUBLE;
	case TYPE_STR:
		return DUCK_VARCHAR;
	case TYPE_BOOL:
		return DUCK_BOOLEAN;
	default:
		return DUCK_UBIGINT;
	}
}

/* The machine's own name is that of the rows, too. */
static bool
is_hidden(enum table_id t, unsigned f)
{
	return t == TABLE_SYSTEM && f == SYSTEM_HOST;
}

static void
add_column(duck_handle bind, const char *name, int type)
{
	duck_handle t = duck.create_logical_type(type);

	duck.bind_add_result_column(bind, name, t);
	duck.destroy_logical_type(&t);
}

static void
bind(duck_handle info)
{
	const struct scanned_table *t = duck.bind_get_extra_info(info);

	for (unsigned i = 0; i < FIRST_FIELD; i++)
		add_column(info, first_names[i], first_types[i]);
	for (unsigned f = 0; f < schema[t->table].nfields; f++)
		if (!is_hidden(t->table, f))
			add_column(info, schema[t->table].field[f].name,
				   type_of(&schema[t->table].field[f]));
}

/* Column n of those that bind() named. */
static unsigned
field_at(enum table_id t, uint64_t n)
{
	for (unsigned f = 0; f < schema[t].nfields; f++)
		if (!is_hidden(t, f) && n-- == FIRST_FIELD)
			return f;
	return 0;
}

static void
release(void *arg)
{
	struct scan *s = arg;

	frame_unref(s->frame);
	buf_release(&s->text);
	free(s);
}

static void
init(duck_handle info)
{
	const struct scanned_table *t = duck.init_get_extra_info(info);
	uint64_t n = duck.init_get_column_count(info);
	struct scan *s = xcalloc(1, sizeof *s + n * sizeof s->column[0]);

	s->t = t;
	s->n = t->of->first;
	for (uint64_t i = 0; i < n; i++) {
		uint64_t k = duck.init_get_column_index(info, i);

		/* Who only counts rows asks for a column that there is none of. */
		s->column[i] = k < FIRST_FIELD ? (unsigned)k : FIRST_FIELD + field_at(t->table, k);
		if (k >= FIRST_FIELD)
			field_set_add(&s->want[t->table], s->column[i] - FIRST_FIELD);
	}
	s->ncolumns = (unsigned)n;
	/* Rows are there when a column is: the key is in every recording. */
	if (field_set_empty(&s->want[t->table]))
		field_set_add(&s->want[t->table], 0);
	field_sets_close(s->want);
	duck.init_set_init_data(info, s, release);
	duck.init_set_max_threads(info, 1);
}

/* The frame has rows from s->row on; false at the end. */
static bool
next_frame(struct scan *s)
{
	struct scanned *of = s->t->of;

	while (!s->frame || s->row >= s->frame->table[s->t->table].nrows) {
		frame_unref(s->frame);
		s->frame = NULL;
		s->row = 0;
		if (s->n >= of->end)
			return false;
		pthread_mutex_lock(&of->lock);
		if (past_frame(of->past, s->n++, s->want, &s->frame) < 0) {
			s->frame = NULL;
			of->unreadable++;
		}
		pthread_mutex_unlock(&of->lock);
	}
	return true;
}

static int64_t
floor_us(int64_t ns)
{
	int64_t ms = ns / NS_PER_MS;

	return (ms - (ms * NS_PER_MS > ns)) * 1000;
}

static void
put_text(struct scan *s, duck_handle v, uint64_t at, const char *text)
{
	buf_clear(&s->text);
	clean_line(&s->text, text, strlen(text));
	duck.vector_assign_string_element_len(v, at, s->text.len ? s->text.data : "", s->text.len);
}

static void
put_first(struct scan *s, duck_handle v, unsigned column, uint64_t at, uint32_t n)
{
	int64_t *to = column == HOST ? NULL : duck.vector_get_data(v);
	const struct frame_meta *m = &s->frame->meta;

	for (uint32_t i = 0; i < n; i++) {
		if (column == HOST)
			put_text(s, v, at + i, m->host ? m->host : "");
		else
			to[at + i] = column == TIME ? floor_us(m->wall_ns) : m->wall_ns;
	}
}

static void
put_field(struct scan *s, duck_handle v, unsigned f, uint64_t at, uint32_t n)
{
	const struct table *t = &s->frame->table[s->t->table];
	uint8_t type = t->schema->field[f].type;
	uint64_t *to = duck.vector_get_data(v), *valid = NULL;

	for (uint32_t i = 0; i < n; i++) {
		uint32_t row = s->row + i;

		if (!cell_valid(t, row, f)) {
			if (!valid) {
				duck.vector_ensure_validity_writable(v);
				valid = duck.vector_get_validity(v);
			}
			valid[(at + i) / 64] &= ~(UINT64_C(1) << (at + i) % 64);
		} else if (type == TYPE_STR) {
			put_text(s, v, at + i, t->col[f][row].s);
		} else if (type == TYPE_BOOL) {
			((bool *)to)[at + i] = t->col[f][row].u != 0;
		} else {
			to[at + i] = t->col[f][row].u;
		}
	}
}

static void
fill(duck_handle info, duck_handle chunk)
{
	struct scan *s = duck.function_get_init_data(info);
	uint64_t at = 0, room = duck.vector_size();

	while (at < room && next_frame(s)) {
		uint32_t left = s->frame->table[s->t->table].nrows - s->row;
		uint32_t n = (uint32_t)MIN((uint64_t)left, room - at);

		for (unsigned i = 0; i < s->ncolumns; i++) {
			duck_handle v = duck.data_chunk_get_vector(chunk, i);

			if (s->column[i] < FIRST_FIELD)
				put_first(s, v, s->column[i], at, n);
			else
				put_field(s, v, s->column[i] - FIRST_FIELD, at, n);
		}
		s->row += n;
		at += n;
	}
	duck.data_chunk_set_size(chunk, at);
}

static int
add_table(struct scanned_table *t, duck_handle connection)
{
	duck_handle f = duck.create_table_function();
	struct duck_result r;
	char name[64], view[160];
	int failed;

	snprintf(name, sizeof name, "sonde_%s", schema[t->table].name);
	snprintf(view, sizeof view, "CREATE VIEW \"%s\" AS SELECT * FROM %s()",
		 schema[t->table].name, name);
	duck.table_function_set_name(f, name);
	duck.table_function_set_extra_info(f, t, NULL);
	duck.table_function_set_bind(f, bind);
	duck.table_function_set_init(f, init);
	duck.table_function_set_function(f, fill);
	duck.table_function_supports_projection_pushdown(f, true);
	failed = duck.register_table_function(connection, f);
	duck.destroy_table_function(&f);
	if (failed)
		return -EIO;
	failed = duck.query(connection, view, &r);
	duck.destroy_result(&r);
	return failed ? -EIO : 0;
}

int
scan_register(struct scanned *s, duck_handle connection, struct err *e)
{
	for (int i = 0; i < TABLE_COUNT && !table_is_detail(i); i++) {
		s->table[i] = (struct scanned_table){s, (enum table_id)i};
		if (add_table(&s->table[i], connection) < 0)
			return err_set(e, -EIO, "DuckDB takes no table %s", schema[i].name);
	}
	return 0;
}
