#ifndef DUCKDB_DUCKDB_H
#define DUCKDB_DUCKDB_H

/* duckdb: questions in SQL, answered by DuckDB: about moments of a past, or about a directory of
 * Parquet files as `sonde export` makes it.
 *
 * There is a table for each of schema/tables.def with the columns time (TIMESTAMP, UTC, to the
 * millisecond), time_ns, host, and then every field by its name. Of a past, only columns that the
 * question names are made; of files, row groups outside of the time are not read, and there is a
 * column `date` besides, by which whole days can be left out.
 *
 * A question is one SELECT. Nothing is written, loaded or fetched, and no file is read but those
 * of the directory.
 */
#include <signal.h>

#include "base/err.h"
#include "feed/past.h"
#include "sink/answer.h"

struct duck_options {
	struct past *past;      /* borrowed; NULL: files */
	uint64_t first, end;    /* its moments that are to be seen */
	const char *parquet;    /* the directory */
	int64_t time_limit_ns;  /* for one question; 0: none */
	const volatile sig_atomic_t *stop; /* ends it when it is no longer 0; NULL: nothing does */
};

struct duckdb;
/* 0; -ENOTSUP when DuckDB is not there, or -errno, and e. */
int duck_new(const struct duck_options *o, struct duckdb **ret, struct err *e);
void duck_free(struct duckdb *d); /* NULL is fine */
/* Answers one question: a head, rows, and no end, to `to`. 0, or with e: -EINVAL for a mistake in
 * it, -EPERM for what is not allowed, -ETIMEDOUT, -EINTR; or what `to` gave. */
int duck_ask(struct duckdb *d, const char *question, struct answer *to, struct err *e);
/* Moments that should have been read by the last question, but are damaged. */
uint64_t duck_unreadable(const struct duckdb *d);

#endif
