#ifndef DUCKDB_SCAN_H
#define DUCKDB_SCAN_H

/* scan: tables of a past, as functions that DuckDB calls for rows. It calls from threads of its
 * own, and a past has one that asks: `lock` is held meanwhile.
 */
#include <pthread.h>

#include "duckdb/duckdb.h"
#include "duckdb/library.h"

struct scanned {
	struct past *past;
	uint64_t first, end;
	uint64_t unreadable;
	pthread_mutex_t lock;
	struct scanned_table {
		struct scanned *of;
		enum table_id table;
	} table[TABLE_COUNT];
};

/* Functions sonde_TABLE() and views TABLE. 0, or -EIO and e. s is borrowed for as long as the
 * connection lives. */
int scan_register(struct scanned *s, duck_handle connection, struct err *e);

#endif
