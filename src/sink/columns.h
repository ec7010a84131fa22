#ifndef SINK_COLUMNS_H
#define SINK_COLUMNS_H

/* columns: lines of cells under headings, each column as wide as the widest of its cells. Cells are
 * cleaned as they come (sink/clean.h), so that widths are those of what is written. A zeroed struct
 * is empty; first the headings, then cells from left to right and line by line.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

struct column_cell {
	size_t end; /* in columns.text */
	int width;
};

struct columns {
	unsigned n;
	int *width;
	bool *left;
	size_t width_cap, left_cap;
	struct buf text; /* of all cells, one behind the other */
	struct column_cell *cell;
	size_t ncells, cells_cap;
};

void columns_release(struct columns *c);
void columns_add(struct columns *c, const char *head, bool left); /* one more column */
void columns_cell(struct columns *c, const char *s);
/* Appends the lines, cut at max columns (0: never). There are no more lines then; columns and their
 * widths stay. */
void columns_flush(struct columns *c, struct buf *b, int max);
/* The same, and is empty again, without columns. */
void columns_put(struct columns *c, struct buf *b, int max);

#endif
