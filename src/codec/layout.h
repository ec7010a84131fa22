#ifndef CODEC_LAYOUT_H
#define CODEC_LAYOUT_H

/* layout: which tables, fields and sources a recording speaks of, by its own places, and which of
 * ours they are: the schema block of store/FORMAT. Never changed once made; shared by reference.
 */
#include "base/buf.h"
#include "schema/schema.h"

enum { LAYOUT_TABLES_MAX = 64, LAYOUT_FIELDS_MAX = 256, LAYOUT_SOURCES_MAX = 256 };

struct layout_field {
	const char *name;
	uint8_t type, unit, kind; /* of schema/field.h, or what a later version has there */
	int ours;                 /* our field, -1 when we know none of this name and type */
};

struct layout_table {
	const char *name;
	bool single;
	unsigned nfields;
	struct layout_field *field;
	int ours; /* our enum table_id, or -1 */
};

struct layout {
	unsigned ntables, nsources;
	struct layout_table *table;
	int *source;                      /* our enum source, or -1 */
	int place[TABLE_COUNT][FIELDS_MAX]; /* of our raw fields in here, or -1 */
	int table_place[TABLE_COUNT];
};

/* Of this sonde: all raw fields of all tables. */
struct layout *layout_own(void);
/* 0 or -EBADMSG. Takes the block off *in. */
int layout_parse(struct span *in, struct layout **ret);
void layout_put(const struct layout *l, struct buf *b);
void layout_ref(struct layout *l);
void layout_unref(struct layout *l); /* NULL is fine */

/* Is the field read, rather than derived? */
static inline bool
field_is_raw(const struct field *f)
{
	return f->kind != KIND_RATE && f->kind != KIND_SHARE;
}

#endif
