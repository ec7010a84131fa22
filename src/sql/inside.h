#ifndef SQL_INSIDE_H
#define SQL_INSIDE_H

/* inside: what the files of this room have in common: a connection, and what is asked of it. */
#include "sql/grouped.h"
#include "sql/lite.h"
#include "sql/sql.h"

enum { FRAMES_KEPT = 4 };
enum { COLUMN_TIME, COLUMN_TIME_NS, COLUMN_HOST, COLUMNS_FIRST };

struct sql {
	struct sql_options o;
	sqlite3 *db;
	struct field_set want[TABLE_COUNT]; /* of the question, with what it is derived from */
	bool named[TABLE_COUNT];            /* by the question */
	bool begun;                         /* ready() was called */
	bool declaring;                     /* a table of ours says what it has */
	int rises;                          /* 1 and 0: past_rises(); -1: not asked yet */
	struct {
		uint64_t n, used;
		const struct frame *frame; /* NULL: free */
	} kept[FRAMES_KEPT];               /* the last that were looked at */
	uint64_t uses;
	struct cursor *grouping;           /* those that hold frames, linked */
	unsigned learnt;                   /* columns, since the first frame was made */
	bool ungrouped;                    /* rows come as they are: in groups they were too many */
	bool given;                        /* a row of the answer */
	struct sql_facts facts;
	int64_t end_ns;  /* by the monotonic clock; INT64_MAX: never */
	int failed;      /* -errno of our own, when SQLite was told to end */
	struct err why;  /* the sentence for that */
};

/* The tables (table.c). 0 or an error of SQLite. */
int tables_register(struct sql *q);
void tables_want(struct sql *q, enum table_id t, unsigned field);
void tables_forget(struct sql *q); /* frames, and what was wanted */

struct vtab {
	sqlite3_vtab base; /* first */
	struct sql *q;
	enum table_id t;
	unsigned n; /* columns */
	uint8_t field[COLUMNS_FIRST + FIELDS_MAX];
};

/* What a cursor does: xBestIndex, and idxNum of it when rows are to be grouped (plan.c). */
int plan_best(sqlite3_vtab *base, sqlite3_index_info *info);
unsigned plan_terms(const struct vtab *v, int how, struct grouped_by ret[GROUPED_BY_MAX]);
size_t plan_group_bytes(const struct sql *q);

/* What may be asked (guard.c). */
void guard_set(struct sql *q);
/* Is it time to end? Then q->failed says why. */
bool guard_ends(struct sql *q);
const char *guard_nearest_function(struct span name);

/* The sentence of SQLite's, and what was meant (mistake.c). Returns -EINVAL. */
int mistake(struct sql *q, const char *question, struct err *e);

extern const char *const sql_columns[COLUMNS_FIRST];
/* The field of a column, or -1. Fields that are named as one of the first columns have none. */
int sql_column_by_name(enum table_id t, const char *name);

#endif
