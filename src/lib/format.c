/* format: what was wanted of a frame as bytes. */
#include "base/mem.h"
#include "lib/lib.h"
#include "sink/csv.h"
#include "sink/json.h"
#include "sink/openmetrics.h"

/* All rows of the largest table: for those that no list was given for. */
static uint32_t *
count_up(const struct frame *f)
{
	uint32_t n = 1, *row;

	for (int t = 0; t < TABLE_COUNT; t++)
		n = MAX(n, frame_table(f, (enum table_id)t)->nrows);
	row = xreallocarray(NULL, n, sizeof *row);
	for (uint32_t i = 0; i < n; i++)
		row[i] = i;
	return row;
}

/* 0 and, when there is a table, its number. */
static int
check(const struct sonde_frame *f, int format, const char *table, const uint32_t *rows,
      size_t nrows, enum table_id *ret_table, struct sonde_error *e)
{
	int t = 0;

	if (format < SONDE_JSON || format > SONDE_OPENMETRICS)
		return lib_failf(e, SONDE_E_ARGUMENT, "format %d: unknown", format);
	if (!table && (rows || format == SONDE_CSV || format == SONDE_CSV_ROWS))
		return lib_failf(e, SONDE_E_ARGUMENT, "%s: expected a table",
				 rows ? "rows" : "CSV");
	if (table) {
		t = lib_table(table, e);
		if (t < 0)
			return t;
		if (!f->want->table[t].n)
			return lib_failf(e, SONDE_E_FIELD, "table %s was not wanted",
					 schema[t].name);
	}
	for (size_t i = 0; rows && i < nrows; i++)
		if (rows[i] >= frame_table(f->frame, (enum table_id)t)->nrows)
			return lib_failf(e, SONDE_E_ARGUMENT, "rows: %u: the table has %u",
					 (unsigned)rows[i],
					 (unsigned)frame_table(f->frame, (enum table_id)t)->nrows);
	if (table)
		*ret_table = (enum table_id)t;
	return 0;
}

static void
put(struct buf *b, const struct frame *f, int format, const struct sink_select *sel, size_t n)
{
	switch (format) {
	case SONDE_CSV:
		csv_head(b, sel, false);
		csv_frame(b, f, sel, false);
		break;
	case SONDE_CSV_ROWS:
		csv_frame(b, f, sel, false);
		break;
	case SONDE_OPENMETRICS:
		openmetrics_frame(b, f, sel, n, false);
		openmetrics_end(b);
		break;
	default:
		json_frame(b, f, sel, n);
	}
}

int
sonde_format(const struct sonde_frame *f, int format, const char *table, const uint32_t *rows,
	     size_t nrows, char **ret, size_t *ret_size, struct sonde_error *e)
{
	struct sink_select sel[TABLE_COUNT];
	struct buf b = {0};
	enum table_id only = TABLE_COUNT;
	uint32_t *all;
	size_t n = 0;
	int r;

	if (!f || !ret)
		return lib_null(e, f ? "ret" : "f");
	r = check(f, format, table, rows, nrows, &only, e);
	if (r < 0)
		return r;
	all = count_up(f->frame);
	for (int t = 0; t < TABLE_COUNT; t++) {
		const struct lib_columns *c = &f->want->table[t];

		if (!c->n || (table && t != (int)only))
			continue;
		sel[n++] = (struct sink_select){
			(enum table_id)t,
			c->field,
			c->n,
			rows ? rows : all,
			rows ? nrows : frame_table(f->frame, (enum table_id)t)->nrows,
		};
	}
	(void)buf_reserve(&b, 1);
	*b.data = '\0';
	put(&b, f->frame, format, sel, n);
	free(all);
	*ret = b.data;
	if (ret_size)
		*ret_size = b.len;
	return 0;
}

void
sonde_free(void *p)
{
	free(p);
}
