#ifndef FRAME_STATS_H
#define FRAME_STATS_H

/* stats: many frames of a machine, one after the other, as distributions: of each field of each
 * thing (a disk, a resource, a program) how it was spread over the moments, and what was used in
 * all. In one pass and in bounded memory: quantiles are off by SKETCH_ERROR at most, and a table
 * has STATS_ROWS_MAX things; what comes when it has them all is added up as "(others)".
 *
 * Processes are added up by name, threads of the kernel by the part of their names before a slash:
 * one value a moment is that of all processes of the program. What a process used before it was
 * first seen and after it was last seen is counted in, as far as the table exit tells.
 */
#include "base/buf.h"
#include "base/sketch.h"
#include "frame/frame.h"

enum { STATS_ROWS_MAX = 2048 };

/* Of processes, when nobody says which. */
enum { STATS_CPU, STATS_RES, STATS_READ, STATS_WRITE, STATS_USUAL };
extern const uint8_t stats_usual[STATS_USUAL];

struct stats_value {
	struct sketch spread; /* over the moments in which it was known */
	double total;         /* of a rate: what was used, in the unit of its counter; else NaN */
	double now;           /* of the moment that is added, NaN: scratch */
};

struct stats_row {
	char *name; /* "" in tables of one row */
	struct stats_value *value; /* one for each field of the table */
	uint64_t touched;          /* scratch */
};

struct stats_table {
	enum table_id id;
	uint8_t field[FIELDS_MAX];
	unsigned nfields;
	bool every_cpu; /* of the CPUs a row for each, not only one for all together */
	struct stats_row *row;
	size_t nrows, rows_cap;
	struct index by_name;
};

struct stats {
	struct stats_table table[TABLE_COUNT];
	unsigned ntables;
	uint64_t moments;
	int64_t from_ns, to_ns; /* by the wall clock: the first and the last */
	struct buf host;
	bool fixture;
	const struct frame *prev;
	/* Which rows count; NULL is all. For processes that ended it is asked of their last row. */
	bool (*match)(const void *arg, const struct table *t, uint32_t row);
	const void *match_arg;
};

/* Makes table[ntables++], with these fields; 0 of them: all that have a distribution worth a look,
 * of processes CPU, memory and I/O. */
void stats_add_table(struct stats *s, enum table_id t, const uint8_t *field, unsigned nfields);
void stats_release(struct stats *s);

/* Adds what has to be in the frames. */
void stats_want(const struct stats *s, struct field_set want[TABLE_COUNT]);
/* The next frame; its rates are of the frame before. When that is not the one that was given last,
 * stats_gap() comes first. */
void stats_add(struct stats *s, const struct frame *f);
/* What comes next does not follow: `before` it came, or NULL. */
void stats_gap(struct stats *s, const struct frame *before);
/* Rows in the order to show them: programs by what they used, others by name. */
void stats_sort(struct stats *s);

#endif
