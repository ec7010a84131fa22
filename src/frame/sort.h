#ifndef FRAME_SORT_H
#define FRAME_SORT_H

/* sort: which rows of a table, in which order.
 *
 * Sorting is stable: rows that compare equal by every key keep the order they came in, so an array
 * that begins in table order, as rows_select() gives it, ends in a total order, the same every
 * time. Absent cells (and NaN) come last, whichever the direction. Texts compare by bytes, A to Z
 * as a to z; where that is equal, by the bytes as they are.
 */
#include "base/err.h"
#include "frame/frame.h"

enum { SORT_KEYS_MAX = 3 };

struct sort_key {
	uint8_t field;
	bool descending;
	const double *value; /* of a number: by row, instead of the cells; NaN is absent */
};

/* Reads "-cpu,pid": up to max fields by any name they have; - is descending, + ascending, none the
 * field's natural direction. Returns how many, or -EINVAL and e. */
int sort_keys_parse(enum table_id t, const char *text, struct sort_key *ret_keys, unsigned max,
		    struct err *e);

/* Fills rows[], which has room for t->nrows, with the rows that match, in table order, and gives
 * the count. match NULL takes all. */
size_t rows_select(const struct table *t,
		   bool (*match)(const void *arg, const struct table *t, uint32_t row),
		   const void *arg, uint32_t *ret_rows);

/* Scratch, made on first use and kept for its room, so that a steady user allocates nothing. */
struct sorter;
void sorter_free(struct sorter *s);

/* Sorts rows[0..n) in place by the first key, then the second... No keys: nothing moves. */
void rows_sort(struct sorter **s, const struct table *t, const struct sort_key *keys,
	       unsigned nkeys, uint32_t *rows, size_t n);

#endif
