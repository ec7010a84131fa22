#ifndef SCHEMA_FIELD_H
#define SCHEMA_FIELD_H

/* field: what can be known about a machine, one row of knowledge per metric. Declared once, in
 * schema/<table>.def; readers, screens, filters, JSON, CSV, the manual page and `sonde fields` all
 * follow from there.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "schema/source.h"

enum field_type { TYPE_U64, TYPE_I64, TYPE_F64, TYPE_STR, TYPE_BOOL };

enum field_unit {
	UNIT_NONE,  /* a number or a text */
	UNIT_BYTES, /* shown by 1024 */
	UNIT_NS,    /* a span of time; a moment when the field is a KEY or LABEL */
	UNIT_RATIO, /* 1.0 is shown as 100 % */
	UNIT_COUNT, /* things: shown by 1000 */
	UNIT_BYTES_PER_S,
	UNIT_COUNT_PER_S,
	UNIT_WALL_NS, /* a moment: nanoseconds since the epoch */
};

enum field_kind {
	KIND_KEY,     /* part of a row's identity */
	KIND_LABEL,   /* says what the row is; seldom changes */
	KIND_GAUGE,   /* a level that goes up and down */
	KIND_COUNTER, /* only grows; its name ends in _total */
	KIND_RATE,    /* derived: growth of `of` per second; of an NS counter, a ratio of the interval */
	KIND_SHARE,   /* derived: `of` divided by `per` (growth by growth when both are counters) */
};

enum field_flags {
	FIELD_SORT_DESC = 1 << 0, /* biggest first is the natural order */
	FIELD_LEFT = 1 << 1,      /* text: left aligned */
	FIELD_PRIVATE = 1 << 2,   /* may hold secrets */
	FIELD_LAST = 1 << 3,      /* takes the rest of the line */
	FIELD_ON_CPU = 1 << 4,    /* of a process: changes only while the process uses CPU time */
	FIELD_TAG = 1 << 5,       /* of a LABEL: names the row to people, as its KEYs do to us */
};

#define FIELD_ID(table, field) ((uint16_t)((table) << 8 | (field)))
#define FIELD_NO               UINT16_MAX
static inline unsigned
field_table(uint16_t id)
{
	return id >> 8;
}
static inline unsigned
field_index(uint16_t id)
{
	return id & 0xff;
}

struct field {
	const char *name; /* "resident_bytes": JSON key, SQL and Parquet column, filter name */
	const char *head; /* "RES": heading on the screen, never padded */
	const char *doc;  /* one sentence: manual page, help, OpenMetrics HELP */
	const char *group; /* "memory": which fields stand together where one chooses; NULL: all */
	uint8_t type, unit, kind, width, flags;
	uint8_t source;   /* enum source: the kernel file it needs; SRC_NONE when derived */
	uint16_t of, per; /* FIELD_ID for RATE and SHARE, else FIELD_NO */
};

struct schema {
	const char *name; /* "proc" */
	const char *doc;
	const struct field *field;
	unsigned nfields;
	bool single; /* always exactly one row */
};

#endif
