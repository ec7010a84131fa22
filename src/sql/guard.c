/* guard: what a question may do: read our tables, call functions that compute, and take as much
 * time and memory as it was given. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"
#include "sql/inside.h"

enum {
	STEPS = 4096,          /* of SQLite's machine between two looks at the clock: some 50 us */
	VALUE_MAX = 1 << 20,   /* bytes of a text */
	QUESTION_MAX = 1 << 18,
	MEMORY_MAX = 1 << 29,
	SORT_MAX = 1 << 17,    /* KiB; what is more to sort goes to a file without a name */
};

/* Those of SQLite that compute. What loads code, reads files or says what SQLite is made of is not
 * among them. */
static const char *const functions[] = {
	"->", "->>", "abs", "acos", "acosh", "asin", "asinh", "atan", "atan2", "atanh", "avg",
	"ceil", "ceiling", "char", "coalesce", "concat", "concat_ws", "cos", "cosh", "count",
	"cume_dist", "current_date", "current_time", "current_timestamp", "date", "datetime",
	"degrees", "dense_rank", "exp", "first_value", "floor", "format", "glob", "group_concat",
	"hex", "if", "ifnull", "iif", "instr", "json", "json_array", "json_array_length",
	"json_error_position", "json_extract", "json_group_array", "json_group_object",
	"json_insert", "json_object", "json_patch", "json_pretty", "json_quote", "json_remove",
	"json_replace", "json_set", "json_type", "json_valid", "julianday", "lag", "last_value",
	"lead", "length", "like", "likelihood", "likely", "ln", "log", "log10", "log2", "lower",
	"ltrim", "max", "median", "min", "mod", "nth_value", "ntile", "nullif", "octet_length",
	"percent_rank", "percentile", "percentile_cont", "percentile_disc", "pi", "pow", "power",
	"printf", "quote", "radians", "random", "randomblob", "rank", "replace", "round",
	"row_number", "rtrim", "sign", "sin", "sinh", "soundex", "sqrt", "strftime", "string_agg",
	"substr", "substring", "sum", "tan", "tanh", "time", "timediff", "total", "trim", "trunc",
	"typeof", "unhex", "unicode", "unixepoch", "unlikely", "upper", "zeroblob",
};

/* Tables beside ours that only compute. */
static const char *const computed[] = {"json_each", "json_tree"};

static bool
is_among(const char *name, const char *const *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strcasecmp(name, list[i]) == 0)
			return true;
	return false;
}

const char *
guard_nearest_function(struct span name)
{
	struct nearest near = nearest_begin(name);

	for (size_t i = 0; i < ARRAY_LEN(functions); i++)
		nearest_try(&near, functions[i]);
	return near.name;
}

static int
refuse(struct sql *q, const char *what, const char *which)
{
	q->failed = err_set(&q->why, -EPERM,
			    "%s%.60s is not allowed: a question reads and computes, and does "
			    "nothing else",
			    what, which);
	return SQLITE_DENY;
}

/* A table without a column is one that is counted; subqueries with names, too. */
static int
read_of(struct sql *q, const char *table, const char *column)
{
	int t = table_by_name(span_str(table));

	if (t >= 0) {
		int f = sql_column_by_name((enum table_id)t, column);

		q->named[t] = true;
		if (f >= 0)
			tables_want(q, (enum table_id)t, (unsigned)f);
		return SQLITE_OK;
	}
	if (!*column || is_among(table, computed, ARRAY_LEN(computed)))
		return SQLITE_OK;
	return refuse(q, "table ", table);
}

static int
authorize(void *arg, int action, const char *a, const char *b, const char *database,
	  const char *inside)
{
	struct sql *q = arg;

	(void)database;
	(void)inside;
	if (q->declaring)
		return SQLITE_OK;
	switch (action) {
	case SQLITE_SELECT:
	case SQLITE_RECURSIVE:
		return SQLITE_OK;
	case SQLITE_READ:
		return read_of(q, a ? a : "", b ? b : "");
	case SQLITE_FUNCTION:
		if (is_among(b ? b : "", functions, ARRAY_LEN(functions)))
			return SQLITE_OK;
		return refuse(q, "function ", b ? b : "");
	case SQLITE_ATTACH:
		return refuse(q, "ATTACH", "");
	case SQLITE_PRAGMA:
		return refuse(q, "PRAGMA ", a ? a : "");
	default:
		return refuse(q, "this", "");
	}
}

bool
guard_ends(struct sql *q)
{
	if (q->failed)
		return true;
	if (q->o.stop && *q->o.stop)
		q->failed = err_set(&q->why, -EINTR, "interrupted");
	else if (q->end_ns < INT64_MAX && clock_mono_ns() > q->end_ns)
		q->failed = err_set(&q->why, -ETIMEDOUT,
				    "the question took longer than %g s: ask for less time or "
				    "fewer columns, or give it longer (--time-limit)",
				    (double)q->o.time_limit_ns / (double)NS_PER_S);
	return q->failed;
}

static int
progress(void *arg)
{
	return guard_ends(arg);
}

void
guard_set(struct sql *q)
{
	static const struct {
		int what, most;
	} limits[] = {
		{SQLITE_LIMIT_LENGTH, VALUE_MAX},
		{SQLITE_LIMIT_SQL_LENGTH, QUESTION_MAX},
		{SQLITE_LIMIT_EXPR_DEPTH, 200},
		{SQLITE_LIMIT_COMPOUND_SELECT, 100},
		{SQLITE_LIMIT_FUNCTION_ARG, 100},
		{SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 500},
		{SQLITE_LIMIT_ATTACHED, 0},
		{SQLITE_LIMIT_TRIGGER_DEPTH, 1},
		{SQLITE_LIMIT_WORKER_THREADS, 0},
	};
	char set[80];

	for (size_t i = 0; i < ARRAY_LEN(limits); i++)
		(void)lite.limit(q->db, limits[i].what, limits[i].most);
	(void)lite.hard_heap_limit64(MEMORY_MAX);
	(void)lite.db_config(q->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	(void)lite.db_config(q->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	(void)lite.db_config(q->db, SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0, NULL);
	(void)lite.db_config(q->db, SQLITE_DBCONFIG_ENABLE_FTS3_TOKENIZER, 0, NULL);
	(void)lite.db_config(q->db, SQLITE_DBCONFIG_DQS_DML, 0, NULL);
	(void)lite.db_config(q->db, SQLITE_DBCONFIG_DQS_DDL, 0, NULL);
	snprintf(set, sizeof set, "PRAGMA cache_size = -%d; PRAGMA query_only = 1", SORT_MAX);
	(void)lite.exec(q->db, set, NULL, NULL, NULL);
	/* The others say what they have when they are first named: now. */
	(void)lite.exec(q->db, "SELECT 1 FROM json_each('[]'), json_tree('[]')", NULL, NULL, NULL);
	(void)lite.set_authorizer(q->db, authorize, q);
	lite.progress_handler(q->db, STEPS, progress, q);
}
