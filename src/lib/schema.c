/* schema: what can be known, as the header has it. */
#include <pthread.h>

#include "base/mem.h"
#include "lib/lib.h"

_Static_assert((int)SONDE_U64 == TYPE_U64 && (int)SONDE_I64 == TYPE_I64 &&
		       (int)SONDE_F64 == TYPE_F64 && (int)SONDE_STRING == TYPE_STR &&
		       (int)SONDE_BOOL == TYPE_BOOL,
	       "types have the same numbers outside");
_Static_assert((int)SONDE_NONE == UNIT_NONE && (int)SONDE_BYTES == UNIT_BYTES &&
		       (int)SONDE_NS == UNIT_NS && (int)SONDE_RATIO == UNIT_RATIO &&
		       (int)SONDE_COUNT == UNIT_COUNT &&
		       (int)SONDE_BYTES_PER_SECOND == UNIT_BYTES_PER_S &&
		       (int)SONDE_COUNT_PER_SECOND == UNIT_COUNT_PER_S &&
		       (int)SONDE_WALL_NS == UNIT_WALL_NS,
	       "units too");
_Static_assert((int)SONDE_KEY == KIND_KEY && (int)SONDE_LABEL == KIND_LABEL &&
		       (int)SONDE_GAUGE == KIND_GAUGE && (int)SONDE_COUNTER == KIND_COUNTER &&
		       (int)SONDE_RATE == KIND_RATE && (int)SONDE_SHARE == KIND_SHARE,
	       "kinds too");

static pthread_once_t once = PTHREAD_ONCE_INIT;
static struct sonde_schema tables[TABLE_COUNT];
static struct sonde_field fields[TABLE_COUNT][FIELDS_MAX];

static void
fill(void)
{
	for (int t = 0; t < TABLE_COUNT; t++) {
		const struct schema *s = &schema[t];

		for (unsigned i = 0; i < s->nfields; i++) {
			const struct field *f = &s->field[i];

			fields[t][i] = (struct sonde_field){
				.name = f->name,
				.heading = f->head,
				.doc = f->doc,
				.group = f->group,
				.type = f->type,
				.unit = f->unit,
				.kind = f->kind,
				.flags = (field_is_dear(f) ? SONDE_DEAR : 0u) |
					 (f->flags & FIELD_PRIVATE ? SONDE_PRIVATE : 0u),
			};
		}
		tables[t] = (struct sonde_schema){s->name,    s->doc,    fields[t],
						  s->nfields, s->single, table_is_detail(t)};
	}
}

const struct sonde_schema *
lib_schema(enum table_id t)
{
	(void)pthread_once(&once, fill);
	return &tables[t];
}

size_t
sonde_schemas(const struct sonde_schema **ret_tables)
{
	if (ret_tables)
		*ret_tables = lib_schema((enum table_id)0);
	return TABLE_COUNT;
}
