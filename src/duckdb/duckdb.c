#include "duckdb/duckdb.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "duckdb/library.h"
#include "duckdb/scan.h"

/* How often it is looked whether time is up. */
static const int64_t LOOK_NS = NS_PER_S / 20;

struct duckdb {
	struct duck_options o;
	duck_handle db, connection;
	struct scanned scanned;
	/* While a question is answered a thread of ours looks at the clock. */
	pthread_mutex_t lock;
	pthread_cond_t answered;
	bool done;
	int ended; /* -ETIMEDOUT, -EINTR: the clock did it */
};

/* The first line of what it says: what is below shows where, with a caret that lies elsewhere. */
static int
say(struct err *e, int code, const char *why)
{
	return err_set(e, code, "%.*s", (int)MIN(strcspn(why ? why : "", "\n"), (size_t)200),
		       why ? why : "DuckDB does not say why");
}

static int
run(struct duckdb *d, const char *sql, struct err *e)
{
	struct duck_result r;
	int failed = duck.query(d->connection, sql, &r);

	if (failed)
		say(e, -EIO, duck.result_error(&r));
	duck.destroy_result(&r);
	return failed ? -EIO : 0;
}

static int
open_database(struct duckdb *d, struct err *e)
{
	static const char *const settings[][2] = {
		{"autoinstall_known_extensions", "false"},
		{"autoload_known_extensions", "false"},
		{"temp_directory", ""}, /* nothing is written, not even what does not fit */
	};
	duck_handle config;
	char *why = NULL;
	int failed;

	if (duck.create_config(&config))
		return err_set(e, -ENOMEM, "DuckDB does not open");
	for (size_t i = 0; i < ARRAY_LEN(settings); i++)
		(void)duck.set_config(config, settings[i][0], settings[i][1]);
	failed = duck.open_ext(NULL, &d->db, config, &why);
	duck.destroy_config(&config);
	if (failed)
		say(e, -EIO, why);
	if (why)
		duck.free(why);
	if (failed)
		return -EIO;
	return duck.connect(d->db, &d->connection) ? err_set(e, -EIO, "DuckDB does not connect")
						   : 0;
}

/* 'text', as SQL has it. */
static void
put_quoted(struct buf *b, const char *text)
{
	buf_putc(b, '\'');
	for (; *text; text++) {
		if (*text == '\'')
			buf_putc(b, '\'');
		buf_putc(b, *text);
	}
	buf_putc(b, '\'');
}

/* A view of each table that is there. What has no file is none. */
static int
open_files(struct duckdb *d, struct err *e)
{
	char *dir = realpath(d->o.parquet, NULL);
	struct buf sql = {0}, glob = {0};
	unsigned views = 0;
	struct err ignored;
	int r = 0;

	if (!dir)
		return err_set(e, -errno, "%.150s: %s", d->o.parquet, strerror(errno));
	if (strpbrk(dir, "*?[")) {
		r = err_set(e, -EINVAL, "%.150s: expected a name without * ? [", d->o.parquet);
		goto out;
	}
	for (int t = 0; t < TABLE_COUNT; t++) {
		buf_clear(&glob);
		buf_printf(&glob, "%s/%s/host=*/date=*/*.parquet", dir, schema[t].name);
		buf_clear(&sql);
		buf_printf(&sql, "CREATE VIEW \"%s\" AS SELECT * FROM read_parquet(",
			   schema[t].name);
		put_quoted(&sql, glob.data);
		buf_puts(&sql, ", hive_partitioning = true, union_by_name = true, "
			       "hive_types = {'host': VARCHAR, 'date': DATE})");
		views += run(d, sql.data, &ignored) == 0;
	}
	if (!views) {
		r = err_set(e, -ENOENT,
			    "%.150s: expected a directory as \"sonde export\" makes it",
			    d->o.parquet);
		goto out;
	}
	buf_clear(&sql);
	buf_puts(&sql, "SET allowed_directories = [");
	buf_clear(&glob);
	buf_printf(&glob, "%s/", dir);
	put_quoted(&sql, glob.data);
	buf_puts(&sql, "]");
	r = run(d, sql.data, e);
out:
	free(dir);
	buf_release(&sql);
	buf_release(&glob);
	return r;
}

int
duck_new(const struct duck_options *o, struct duckdb **ret, struct err *e)
{
	struct duckdb *d;
	int r = duck_load(e);

	if (r < 0)
		return r;
	d = xcalloc(1, sizeof *d);
	d->o = *o;
	d->scanned = (struct scanned){.past = o->past, .first = o->first, .end = o->end};
	(void)pthread_mutex_init(&d->scanned.lock, NULL);
	(void)pthread_mutex_init(&d->lock, NULL);
	(void)pthread_cond_init(&d->answered, NULL);
	r = open_database(d, e);
	if (r == 0)
		r = o->past ? scan_register(&d->scanned, d->connection, e) : open_files(d, e);
	if (r == 0)
		r = run(d, "SET enable_external_access = false", e);
	if (r == 0)
		r = run(d, "SET lock_configuration = true", e);
	if (r < 0) {
		duck_free(d);
		return r;
	}
	*ret = d;
	return 0;
}

void
duck_free(struct duckdb *d)
{
	if (!d)
		return;
	if (d->connection)
		duck.disconnect(&d->connection);
	if (d->db)
		duck.close(&d->db);
	(void)pthread_mutex_destroy(&d->scanned.lock);
	(void)pthread_mutex_destroy(&d->lock);
	(void)pthread_cond_destroy(&d->answered);
	free(d);
}

uint64_t
duck_unreadable(const struct duckdb *d)
{
	return d->scanned.unreadable;
}

static void *
watch(void *arg)
{
	struct duckdb *d = arg;
	int64_t until = d->o.time_limit_ns ? clock_mono_ns() + d->o.time_limit_ns : INT64_MAX;

	pthread_mutex_lock(&d->lock);
	while (!d->done) {
		struct timespec ts = ns_to_timespec(clock_ns(CLOCK_REALTIME) + LOOK_NS);

		(void)pthread_cond_timedwait(&d->answered, &d->lock, &ts);
		if (d->done)
			break;
		if (d->o.stop && *d->o.stop)
			d->ended = -EINTR;
		else if (clock_mono_ns() >= until)
			d->ended = -ETIMEDOUT;
		/* More than once: it may not have begun the first time. */
		if (d->ended)
			duck.interrupt(d->connection);
	}
	pthread_mutex_unlock(&d->lock);
	return NULL;
}

/* Runs it with somebody at the clock. */
static int
execute(struct duckdb *d, duck_handle statement, struct duck_result *r)
{
	pthread_t thread;
	bool watched;
	int failed;

	d->done = false;
	d->ended = 0;
	watched = pthread_create(&thread, NULL, watch, d) == 0;
	failed = duck.execute_prepared(statement, r);
	if (watched) {
		pthread_mutex_lock(&d->lock);
		d->done = true;
		pthread_cond_signal(&d->answered);
		pthread_mutex_unlock(&d->lock);
		(void)pthread_join(thread, NULL);
	}
	return failed;
}

/* A value; *text is theirs, to be freed. */
static struct answer_value
value_at(struct duck_result *r, int type, uint64_t column, uint64_t row, char **text)
{
	struct answer_value v = {.type = ANSWER_NULL};
	struct span s;

	if (duck.value_is_null(r, column, row))
		return v;
	if (type >= DUCK_BOOLEAN && type < DUCK_UBIGINT) {
		v.type = ANSWER_INTEGER;
		v.i = duck.value_int64(r, column, row);
		return v;
	}
	if (type == DUCK_FLOAT || type == DUCK_DOUBLE || type == DUCK_DECIMAL) {
		v.type = ANSWER_REAL;
		v.f = duck.value_double(r, column, row);
		return v;
	}
	*text = duck.value_varchar(r, column, row);
	if (!*text)
		return v;
	v.type = ANSWER_TEXT;
	v.s = *text;
	v.n = strlen(*text);
	/* Sums of integers have more bits than they need, mostly. */
	s = span_of(v.s, v.n);
	if (type != DUCK_UBIGINT && type != DUCK_HUGEINT && type != DUCK_UHUGEINT)
		return v;
	if (num_i64(&s, &v.i) == 0 && span_empty(s)) {
		v.type = ANSWER_INTEGER;
	} else {
		v.type = ANSWER_REAL;
		v.f = duck.value_double(r, column, row);
	}
	return v;
}

static int
give(struct duck_result *r, struct answer *to)
{
	uint64_t n = duck.column_count(r), rows = duck.row_count(r);
	const char **name = xcalloc(n + 1, sizeof *name);
	struct answer_value *v = xcalloc(n + 1, sizeof *v);
	char **text = xcalloc(n + 1, sizeof *text);
	int result;

	for (uint64_t i = 0; i < n; i++)
		name[i] = duck.column_name(r, i);
	result = answer_head(to, name, (unsigned)n);
	for (uint64_t row = 0; row < rows && result == 0; row++) {
		for (uint64_t i = 0; i < n; i++)
			v[i] = value_at(r, duck.column_type(r, i), i, row, &text[i]);
		result = answer_row(to, v);
		for (uint64_t i = 0; i < n; i++) {
			if (text[i])
				duck.free(text[i]);
			text[i] = NULL;
		}
	}
	free(name);
	free(v);
	free(text);
	return result;
}

int
duck_ask(struct duckdb *d, const char *question, struct answer *to, struct err *e)
{
	duck_handle statement = NULL;
	struct duck_result result = {0};
	int r = 0;

	d->scanned.unreadable = 0;
	if (duck.prepare(d->connection, question, &statement))
		r = say(e, -EINVAL, duck.prepare_error(statement));
	else if (duck.prepared_statement_type(statement) != DUCK_SELECT)
		r = err_set(e, -EPERM, "expected a question: SELECT");
	if (r < 0) {
		duck.destroy_prepare(&statement);
		return r;
	}
	if (execute(d, statement, &result)) {
		if (d->ended == -ETIMEDOUT)
			r = err_set(e, -ETIMEDOUT, "it took longer than %g s: --time-limit",
				    (double)d->o.time_limit_ns / NS_PER_S);
		else if (d->ended == -EINTR)
			r = err_set(e, -EINTR, "interrupted");
		else
			r = say(e, -EINVAL, duck.result_error(&result));
	} else {
		r = give(&result, to);
		if (r < 0)
			err_set(e, r, "%s", strerror(-r));
	}
	duck.destroy_result(&result);
	duck.destroy_prepare(&statement);
	return r;
}
