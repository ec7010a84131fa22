#include "sink/jsonschema.h"

#include "sink/json.h"

static const char *const types[] = {
	[TYPE_U64] = "\"type\":[\"integer\",\"null\"],\"minimum\":0",
	[TYPE_I64] = "\"type\":[\"integer\",\"null\"]",
	[TYPE_F64] = "\"type\":[\"number\",\"null\"]",
	[TYPE_STR] = "\"type\":[\"string\",\"null\"]",
	[TYPE_BOOL] = "\"type\":[\"boolean\",\"null\"]",
};

static void
put_member(struct buf *b, const char *name, const char *text)
{
	json_key(b, name);
	json_text(b, text);
}

static void
put_field(struct buf *b, const struct field *f)
{
	json_text(b, f->name);
	buf_puts(b, ":{");
	buf_puts(b, types[f->type]);
	put_member(b, "description", f->doc);
	if (*field_units[f->unit])
		put_member(b, "unit", field_units[f->unit]);
	put_member(b, "kind", field_kinds[f->kind]);
	buf_putc(b, '}');
}

static void
put_row(struct buf *b, const struct schema *s)
{
	json_text(b, s->name);
	buf_puts(b, ":{\"type\":\"object\"");
	put_member(b, "description", s->doc);
	buf_puts(b, ",\"additionalProperties\":false,\"properties\":{\n");
	for (unsigned i = 0; i < s->nfields; i++) {
		put_field(b, &s->field[i]);
		buf_puts(b, i + 1 < s->nfields ? ",\n" : "}}");
	}
}

void
jsonschema_put(struct buf *b, const enum table_id *table, unsigned ntables)
{
	buf_puts(b, "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\n"
		    "\"title\":\"sonde once --format json, version " SONDE_VERSION "\",\n"
		    "\"type\":\"object\",\"required\":[\"meta\",\"tables\"],"
		    "\"additionalProperties\":false,\"properties\":{\n"
		    "\"meta\":{\"type\":\"object\",\"required\":[\"host\",\"time\",\"mono_ns\","
		    "\"interval_ns\",\"seq\",\"version\"],\"additionalProperties\":false,"
		    "\"properties\":{\n"
		    "\"host\":{\"type\":\"string\"},\n"
		    "\"time\":{\"type\":\"string\",\"format\":\"date-time\",\"pattern\":"
		    "\"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\\\.[0-9]{3}Z$\"},\n"
		    "\"mono_ns\":{\"type\":\"integer\"},\n"
		    "\"interval_ns\":{\"type\":[\"integer\",\"null\"]},\n"
		    "\"seq\":{\"type\":\"integer\",\"minimum\":0},\n"
		    "\"version\":{\"type\":\"string\"}}},\n"
		    "\"tables\":{\"type\":\"object\",\"additionalProperties\":false,"
		    "\"properties\":{\n");
	for (unsigned i = 0; i < ntables; i++) {
		const struct schema *s = &schema[table[i]];

		buf_printf(b, "\"%s\":{\"type\":\"array\",%s\"items\":{\"$ref\":\"#/$defs/%s\"}}%s",
			   s->name, s->single ? "\"maxItems\":1," : "", s->name,
			   i + 1 < ntables ? ",\n" : "}}},\n\"$defs\":{\n");
	}
	for (unsigned i = 0; i < ntables; i++) {
		put_row(b, &schema[table[i]]);
		buf_puts(b, i + 1 < ntables ? ",\n" : "}}\n");
	}
}
