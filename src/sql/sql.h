#ifndef SQL_SQL_H
#define SQL_SQL_H

/* sql: questions in SQL about moments of a past, answered by SQLite.
 *
 * There is a table for each of schema/tables.def. It has a row for each row of each moment, and the
 * columns
 *
 *   time     TEXT     the moment, in UTC: 2024-11-03 14:05:31.250; sorts and compares as it stands
 *   time_ns  INTEGER  the same in nanoseconds since 1970
 *   host     TEXT     the machine
 *
 * and then every field by its name, derived ones as well. Absent is NULL, true and false are 1 and
 * 0, a number that needs all of 64 bits is REAL. Dear fields are hidden: "*" leaves them out, as
 * everything that means all fields does.
 *
 * What has to be sorted and is more than 128 MiB goes to a file without a name in TMPDIR.
 *
 * Conditions on time and time_ns are met before anything is unpacked, the order of time costs
 * nothing, rows that are grouped are not sorted while they are few enough to be held, and only
 * columns that the question names are made. Nothing can be written, attached or loaded, and only
 * functions that compute may be called.
 */
#include <signal.h>

#include "base/err.h"
#include "feed/past.h"
#include "sink/answer.h"

struct sql_options {
	struct past *past;       /* borrowed */
	uint64_t first, end;     /* its moments that are to be seen */
	int64_t time_limit_ns;   /* for one question; 0: none */
	size_t group_bytes;      /* about what may be held to group rows; 0: 64 MiB */
	const volatile sig_atomic_t *stop; /* ends it when it is no longer 0; NULL: nothing does */
	/* Called before the first moment is looked at, with all fields that the question needs. 0,
	 * or -errno and e. NULL: the past has what it has. */
	int (*ready)(void *arg, const struct field_set want[TABLE_COUNT], struct err *e);
	void *arg;
};

struct sql;
/* 0; -ENOTSUP when this program, or this machine, has no SQLite, and e. */
int sql_new(const struct sql_options *o, struct sql **ret, struct err *e);
void sql_free(struct sql *q); /* NULL is fine */

/* Answers one question: a head, rows, and no end, to `to`. 0, or with e: -EINVAL for a mistake in
 * it (e->at may say where), -EPERM for what is not allowed, -ETIMEDOUT, -EINTR, -ENOMEM; or what
 * `to` or ready() gave. Rows may have been given by then. */
int sql_ask(struct sql *q, const char *question, struct answer *to, struct err *e);

/* Of the last question. */
struct sql_facts {
	uint64_t moments;    /* that were unpacked */
	uint64_t unreadable; /* that should have been, but are damaged */
};
void sql_facts(const struct sql *q, struct sql_facts *ret);

#endif
