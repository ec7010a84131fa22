/* fields: what can be known, straight from the schema. */
#include <stdio.h>
#include <string.h>

#include "app/app.h"
#include "base/mem.h"
#include "sink/columns.h"
#include "sink/csv.h"
#include "sink/json.h"
#include "sink/jsonschema.h"

static const char *const heads[] = {
	"table", "name", "heading", "group",  "aliases", "type",
	"unit",  "kind", "cost",    "source", "doc",
};
enum { ALIASES = 4, ATTRIBUTES = ARRAY_LEN(heads) };

void
source_path(char ret[64], enum source s)
{
	const struct source_info *src = &source_info[s];

	snprintf(ret, 64, "%s%s%s", src->area, *src->area && *src->path ? "/" : "", src->path);
}

/* Its source; of a derived field, the fields it is computed from. */
static void
put_source(struct buf *b, const struct field *f)
{
	char path[64];

	source_path(path, f->source);
	if (f->source != SRC_NONE)
		buf_puts(b, path);
	else if (f->of == FIELD_NO)
		buf_puts(b, "derived");
	else
		buf_printf(b, "%s.%s", schema[field_table(f->of)].name, field_of(f->of)->name);
	if (f->per != FIELD_NO)
		buf_printf(b, " / %s.%s", schema[field_table(f->per)].name, field_of(f->per)->name);
}

/* "rss vsz"; in JSON a list. */
static void
put_aliases(struct buf *b, enum table_id t, unsigned f, bool json)
{
	const char *alias;

	buf_puts(b, json ? "[" : "");
	for (unsigned n = 0; (alias = field_alias(t, f, n)); n++) {
		if (n)
			buf_putc(b, json ? ',' : ' ');
		if (json)
			json_text(b, alias);
		else
			buf_puts(b, alias);
	}
	buf_puts(b, json ? "]" : "");
}

struct writer {
	enum output output;
	struct buf *out;
	struct columns columns;
	bool begun;
};

static void
write_field(struct writer *w, enum table_id t, unsigned i)
{
	const struct field *f = &schema[t].field[i];
	struct buf source = {0}, aliases = {0};
	const char *value[ATTRIBUTES];

	put_source(&source, f);
	put_aliases(&aliases, t, i, w->output == OUTPUT_JSON);
	memcpy(value,
	       (const char *[]){schema[t].name, f->name, f->head, f->group ? f->group : "",
				aliases.data, field_types[f->type], field_units[f->unit],
				field_kinds[f->kind],
				field_is_dear(f) ? "dear" : "", source.data, f->doc},
	       sizeof value);
	if (w->output == OUTPUT_JSON)
		buf_puts(w->out, w->begun ? ",\n{" : "{");
	for (unsigned a = 0; a < ATTRIBUTES; a++) {
		switch (w->output) {
		case OUTPUT_JSON:
			json_key(w->out, heads[a]);
			if (a == ALIASES)
				buf_puts(w->out, value[a]);
			else
				json_text(w->out, value[a]);
			break;
		case OUTPUT_CSV:
			if (a)
				buf_putc(w->out, ',');
			if (*value[a])
				csv_text(w->out, value[a]);
			break;
		default:
			columns_cell(&w->columns, *value[a] ? value[a] : "-");
		}
	}
	if (w->output != OUTPUT_TEXT)
		buf_puts(w->out, w->output == OUTPUT_JSON ? "}" : "\n");
	w->begun = true;
	buf_release(&source);
	buf_release(&aliases);
}

static void
write_fields(struct writer *w, const enum table_id *table, unsigned ntables)
{
	if (w->output == OUTPUT_JSON)
		buf_puts(w->out, "[");
	for (unsigned a = 0; a < ATTRIBUTES; a++) {
		if (w->output == OUTPUT_CSV)
			buf_printf(w->out, "%s%s", heads[a], a + 1 < ATTRIBUTES ? "," : "\n");
		else if (w->output == OUTPUT_TEXT)
			columns_add(&w->columns, heads[a], true);
	}
	for (unsigned k = 0; k < ntables; k++)
		for (unsigned i = 0; i < schema[table[k]].nfields; i++)
			write_field(w, table[k], i);
	if (w->output == OUTPUT_JSON)
		buf_puts(w->out, "]\n");
	columns_put(&w->columns, w->out, 0);
}

int
cmd_fields(const struct options *o)
{
	struct buf out = {0};
	struct writer w = {.output = o->output, .out = &out};
	enum table_id table[TABLE_COUNT];
	unsigned n = o->ntables ? o->ntables : TABLE_COUNT;
	int status;

	for (unsigned i = 0; i < n; i++)
		table[i] = o->ntables ? o->table[i] : (enum table_id)i;
	if (o->output == OUTPUT_JSONSCHEMA)
		jsonschema_put(&out, table, n);
	else
		write_fields(&w, table, n);
	status = app_written(app_write(&out));
	columns_release(&w.columns);
	buf_release(&out);
	return status;
}
