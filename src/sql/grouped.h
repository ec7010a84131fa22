#ifndef SQL_GROUPED_H
#define SQL_GROUPED_H

/* grouped: the rows of a table at several moments, in the order of some of its columns, for GROUP
 * BY. SQLite would sort every row by them; here rows of the same values are found by hash, and only
 * the groups are sorted, of which there are few. Within one, rows are in the order they came.
 *
 * What is equal, and what is less, is as SQLite says it of what the columns give it.
 */
#include "frame/frame.h"

enum { GROUPED_BY_MAX = 3 };

struct grouped_by {
	unsigned field;
	bool falls; /* the largest first */
};

/* What SQLite gets of a cell; in the order that it has them in. Of a column whose numbers need all
 * of 64 bits, those that are real are larger than any that is an integer. */
struct cell {
	enum { CELL_NULL, CELL_INTEGER, CELL_REAL, CELL_TEXT } type;
	union value v;
};
struct cell cell_of(const struct table *t, uint32_t row, unsigned field);

struct grouped;
struct grouped *grouped_new(enum table_id t, const struct grouped_by *by, unsigned n);
void grouped_free(struct grouped *g); /* NULL is fine */
/* Takes a reference of its own. `at` rises from one to the next. */
void grouped_add(struct grouped *g, const struct frame *f, uint64_t at);
/* What it holds of memory, less what it finds groups by; and what it would, of a table. */
size_t grouped_bytes(const struct grouped *g);
double grouped_estimate(double moments, double rows, unsigned columns);
/* After the last: the groups in their order. */
void grouped_sort(struct grouped *g);

/* The next row, from the first of all on; the frame is borrowed. */
struct grouped_row {
	const struct frame *frame;
	uint64_t at;
	uint32_t row;
};
bool grouped_next(struct grouped *g, struct grouped_row *ret);

/* The frame of a moment, borrowed, or NULL. */
const struct frame *grouped_frame(const struct grouped *g, uint64_t at);
/* Has them all made again, with columns that were not known to be wanted. make() gives a reference;
 * what it gives NULL for, or other rows, stays as it is. */
void grouped_renew(struct grouped *g, const struct frame *(*make)(void *arg, uint64_t at),
		   void *arg);

#endif
