#ifndef PARQUET_PARQUET_H
#define PARQUET_PARQUET_H

/* parquet: one table of many frames as a Parquet file.
 *
 * Columns: `time`, a TIMESTAMP without zone, which is UTC, in whole milliseconds; `time_ns`, the
 * same moment exactly, nanoseconds since the epoch; then each field that is selected under its own
 * name, absent where the cell is. Rows are in row groups, in these by key and time; a row group
 * ends when it has so many rows or changes. That bounds the memory, whatever is written, to 16
 * bytes a change, twice that while it is written, and what a column of the rows takes: some 60 MB.
 *
 * What a file is of is said by notes in its footer: names and texts. A file is one only when
 * parquet_end() was done: what is cut off has no footer, and no reader takes it.
 */
#include "frame/frame.h"

enum { PARQUET_GROUP_ROWS = 1 << 18, PARQUET_GROUP_CHANGES = 1 << 20 };

struct parquet;
/* "time" and "time_ns" are always there. group_rows: 0: PARQUET_GROUP_ROWS. */
struct parquet *parquet_new(enum table_id t, const uint8_t *fields, unsigned nfields,
			    uint64_t group_rows);
void parquet_free(struct parquet *p); /* NULL is fine */

/* Begins a file, at its beginning. What was begun and not ended is forgotten. */
int parquet_begin(struct parquet *p, int fd);
/* The rows of one more moment. 0 or -errno. */
int parquet_add(struct parquet *p, const struct frame *f);
struct parquet_note {
	const char *name, *text;
};
/* Writes what is left, and the footer. 0 or -errno. */
int parquet_end(struct parquet *p, const struct parquet_note *note, size_t nnotes);

uint64_t parquet_rows(const struct parquet *p);  /* of the file */
uint64_t parquet_bytes(const struct parquet *p); /* written of it */

/* The text of a note of a file, into b (cleared). 0; -ENOENT when it has no such note; -EBADMSG
 * when it is no Parquet file; -errno. */
struct buf;
int parquet_read_note(int fd, const char *name, struct buf *b);

#endif
