#ifndef PARQUET_GROUP_H
#define PARQUET_GROUP_H

/* group: the rows of one table over some time, kept as what changed: a row group of a file before
 * it is written. Rows come a frame at a time and go out as columns in the order (key, time), where
 * all that a process did stands together. Whose rows they are is a series: a row key, and how many
 * rows it has had. Each column has a log of its cells that are not as they were in the row before
 * of the same series, so what does not change costs a comparison and no memory.
 *
 * Nothing of a frame is kept but the last one, by reference.
 */
#include "base/buf.h"
#include "frame/frame.h"
#include "parquet/texts.h"

struct series {
	struct row_key key;
	uint32_t rows;
	uint32_t tick; /* of the last row */
	uint32_t at;   /* and where it stands in that frame */
};

#define CHANGE_ABSENT (UINT32_C(1) << 31)
struct change {
	uint32_t series, row; /* the row of the series it begins with; CHANGE_ABSENT */
	uint64_t value;       /* bits as they are; a text's number */
};

struct log {
	struct change *change;
	size_t n, cap;
};

/* Rows of a frame, up to end, that stood behind each other in the last one, too; or one row. */
struct span_of_rows {
	uint32_t first, end;
};

struct group {
	const uint8_t *field; /* borrowed */
	unsigned nfields;
	struct series *series;
	size_t nseries, series_cap;
	struct index by_key;
	size_t indexed; /* what by_key has room for */
	int64_t *tick;  /* when the frames were, by the wall clock */
	size_t nticks, ticks_cap;
	struct log log[FIELDS_MAX]; /* by place in field[] */
	struct log ticks;  /* value: the tick of that row; of those after it the next ones */
	struct texts texts[FIELDS_MAX];
	uint64_t rows;
	size_t changes;    /* in all logs */
	const struct frame *last;
	uint32_t *series_of, *last_series; /* of each row of the frame, of the last one */
	size_t rows_cap, last_cap;
	uint32_t *from;    /* where its series stood in the last one */
	size_t from_cap;
	bool returned;     /* a series that was not in the last frame but before */
	struct span_of_rows *span; /* of the frame, all of its rows */
	size_t nspans, spans_cap;
	uint32_t *order;   /* series by key: after group_sort() */
	size_t order_cap;
	struct log sorted; /* scratch */
	uint32_t *begin;
	size_t begin_cap;
};

void group_init(struct group *g, const uint8_t *field, unsigned nfields);
void group_release(struct group *g);
void group_clear(struct group *g); /* keeps its room */

void group_add(struct group *g, const struct frame *f, const struct table *t);
void group_sort(struct group *g);
/* The log in the order of the series, good until the next one is asked for: of each series those of
 * its changes, from its first row on. A series without any is absent all the time. */
const struct log *group_sorted(struct group *g, const struct log *log);

/* A log as runs: of rows in the order of the group. */
struct runs {
	const struct group *g;
	const struct change *next, *end;
	size_t series;  /* place in the order */
	uint32_t row;
	bool valid;     /* of the run */
	uint64_t value, n;
	uint32_t first; /* the row of the series it begins with */
};
void runs_begin(struct runs *r, struct group *g, const struct log *log);
bool runs_next(struct runs *r);

#endif
