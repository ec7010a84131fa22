/* filter: which rows of a frame match. */
#include <string.h>

#include "base/mem.h"
#include "frame/sort.h"
#include "lib/lib.h"
#include "query/filter.h"

struct sonde_filter {
	enum table_id table;
	struct filter *filter;
	struct field_set reads;
	uint32_t *row;
	size_t rows_cap;
};

int
sonde_filter_new(const char *table, const char *text, struct sonde_filter **ret,
		 struct sonde_error *e)
{
	struct err why = {.at = -1};
	struct sonde_filter *f;
	struct filter *parsed;
	int t;

	if (!table || !text || !ret)
		return lib_null(e, !table ? "table" : !text ? "text" : "ret");
	t = lib_table(table, e);
	if (t < 0)
		return t;
	parsed = filter_parse(text, (enum table_id)t, &why);
	if (!parsed)
		return lib_fail(e, SONDE_E_FILTER, &why);
	f = xcalloc(1, sizeof *f);
	f->table = (enum table_id)t;
	f->filter = parsed;
	filter_fields(parsed, &f->reads);
	*ret = f;
	return 0;
}

void
sonde_filter_free(struct sonde_filter *f)
{
	if (!f)
		return;
	filter_free(f->filter);
	free(f->row);
	free(f);
}

static bool
match(const void *arg, const struct table *t, uint32_t row)
{
	return filter_match(arg, t, row);
}

int64_t
sonde_filter_rows(struct sonde_filter *filter, const struct sonde_frame *f,
		  const uint32_t **ret_rows, struct sonde_error *e)
{
	const struct table *t;
	size_t n;

	if (!filter || !f || !ret_rows)
		return lib_null(e, !filter ? "filter" : !f ? "f" : "ret_rows");
	t = frame_table(f->frame, filter->table);
	for (unsigned i = 0; i < schema[filter->table].nfields; i++)
		if (field_set_has(&filter->reads, i) &&
		    !field_set_has(&f->want->has[filter->table], i))
			return lib_failf(e, SONDE_E_FIELD,
					 "the filter reads %s.%s, which was not wanted",
					 schema[filter->table].name,
					 schema[filter->table].field[i].name);
	GROW(filter->row, filter->rows_cap, (size_t)t->nrows + 1);
	n = rows_select(t, match, filter->filter, filter->row);
	*ret_rows = filter->row;
	return (int64_t)n;
}

int
sonde_filter_stopped(const struct sonde_filter *filter)
{
	return filter && filter_stopped(filter->filter);
}
