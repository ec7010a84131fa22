/* query: questions in SQL about a recording, or about the machine as it is. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/app.h"
#include "app/newest.h"
#include "app/recordings.h"
#include "base/fd.h"
#include "base/mem.h"
#include "duckdb/duckdb.h"
#include "sql/named.h"
#include "sql/sql.h"

enum { QUESTION_MAX = 1 << 18 };
#define FILE_MAX ((rlim_t)4 << 30)

static volatile sig_atomic_t stop;

struct query {
	const struct options *o;
	struct root root;
	struct past *past;
	struct newest *newest; /* the past, when it is this machine */
	uint64_t first, end;
	struct buf question;
};

static void
on_signal(int signal)
{
	(void)signal;
	stop = 1;
}

static void
on_alarm(int signal)
{
	static const char says[] = "sonde: the question took too long, in one call of a function\n";

	(void)signal;
	(void)!write(STDERR_FILENO, says, sizeof says - 1);
	_exit(EXIT_FAILURE);
}

/* The first interrupt ends the question, a second one the program. What no look at the clock ends,
 * a call of one function that takes very long, an alarm does. */
static void
set_signals(const struct options *o)
{
	struct sigaction a = {.sa_handler = on_signal, .sa_flags = (int)SA_RESETHAND};
	int64_t s = (o->time_limit_ns + o->delay_ns) / NS_PER_S;

	struct rlimit file;

	/* Of files without a name, in which much is sorted. */
	(void)signal(SIGXFSZ, SIG_IGN);
	if (getrlimit(RLIMIT_FSIZE, &file) == 0 && file.rlim_cur > FILE_MAX) {
		file.rlim_cur = FILE_MAX;
		(void)setrlimit(RLIMIT_FSIZE, &file);
	}
	(void)sigaction(SIGINT, &a, NULL);
	(void)sigaction(SIGTERM, &a, NULL);
	a.sa_handler = on_alarm;
	(void)sigaction(SIGALRM, &a, NULL);
	if (o->time_limit_ns && s < INT32_MAX / 2)
		(void)alarm((unsigned)s + 5);
}

static int
write_some(void *arg, const struct buf *b)
{
	(void)arg;
	return app_write(b);
}

static struct answer *
new_answer(const struct options *o)
{
	enum answer_format f = o->output == OUTPUT_TEXT  ? ANSWER_AS_TABLE
			       : o->output == OUTPUT_CSV ? ANSWER_AS_CSV
							 : ANSWER_AS_JSON;

	return answer_new(f, o->width, write_some, NULL);
}

static int
list_named(const struct options *o)
{
	static const char *const head[] = {"name", "question"};
	struct answer *a = new_answer(o);
	int r = answer_head(a, head, ARRAY_LEN(head));

	for (unsigned i = 0; i < named_count && r == 0; i++) {
		const struct named *n = &named_questions[i];
		struct answer_value v[] = {
			{ANSWER_TEXT, .s = n->name, .n = strlen(n->name)},
			{ANSWER_TEXT, .s = n->doc, .n = strlen(n->doc)},
		};

		r = answer_row(a, v);
	}
	if (r == 0)
		r = answer_end(a);
	answer_free(a);
	return app_written(r);
}

/* Of the question the line with the mistake, and of that no more than helps; e->at within it. */
static int
say_mistake(const char *question, struct err *e)
{
	enum { AROUND = 34 };
	const char *at = question + MAX(e->at, 0), *from = at, *to = at;
	struct buf piece = {0};
	int status;

	while (from > question && from[-1] != '\n' &&
	       (at - from < AROUND || (*from & 0xc0) == 0x80))
		from--;
	while (*to && *to != '\n' && (to - at < AROUND || (*to & 0xc0) == 0x80))
		to++;
	for (const char *p = from; p < to; p++)
		buf_putc(&piece, *p == '\t' ? ' ' : *p);
	if (e->at >= 0)
		e->at = (int)(at - from);
	status = app_fail_at(EXIT_USAGE, e, piece.len ? piece.data : NULL);
	buf_release(&piece);
	return status;
}

static int
read_question(struct query *c, struct err *e)
{
	const char *word = c->o->operand[0];
	int r;

	if (c->o->named)
		word = named_find(c->o->named)->sql; /* options.c knows that it is there */
	if (strcmp(word, "-") != 0) {
		buf_puts(&c->question, word);
		return 0;
	}
	r = fd_read_all(STDIN_FILENO, QUESTION_MAX, &c->question);
	if (r < 0 && r != -EFBIG)
		return err_set(e, r, "standard input: %s", strerror(-r));
	buf_puts(&c->question, "");
	if (r < 0 || strlen(c->question.data) < c->question.len)
		return err_set(e, -EINVAL,
			       "standard input: expected a question in SQL, at most 256 KiB of "
			       "text");
	return 0;
}

static int
ready(void *arg, const struct field_set want[TABLE_COUNT], struct err *e)
{
	struct query *c = arg;

	return c->newest ? newest_sample(c->newest, want, e) : 0;
}

/* Is it a directory that `sonde export` wrote Parquet files below? */
static bool
is_exported(const char *dir)
{
	char path[4096];
	struct stat st;

	for (int t = 0; t < TABLE_COUNT; t++) {
		int n = snprintf(path, sizeof path, "%s/%s/.", dir, schema[t].name);

		if (n > 0 && n < (int)sizeof path && stat(path, &st) == 0)
			return true;
	}
	return false;
}

static int
open_recording(struct query *c, struct err *e)
{
	const struct options *o = c->o;
	int r;

	if (o->in && is_exported(o->in)) {
		if (o->engine != ENGINE_DUCKDB)
			return err_set(e, -EINVAL, "%.150s: files of an export: --engine duckdb "
				       "reads them", o->in);
		if (o->at || o->from || o->to)
			return err_set(e, -EINVAL, "--at, --from, --to: of files of an export a "
				       "condition on time in the question says which moments");
		return 0;
	}
	r = recordings_open(o->in, &c->past, e);
	if (r < 0)
		return r;
	if (!o->at)
		return recordings_window(c->past, o->from, o->to, &c->first, &c->end, e);
	r = recordings_when(c->past, o->at, &c->first, e);
	c->end = c->first + 1;
	return r;
}

static int
open_machine(struct query *c, struct err *e)
{
	int r = newest_new(c->o, &c->root, &c->newest, e);

	if (r < 0)
		return r;
	c->past = newest_past(c->newest);
	c->end = 1;
	return 0;
}

static int
ask_sqlite(struct query *c, struct answer *a, struct err *e)
{
	struct sql_options so = {
		.past = c->past,
		.first = c->first,
		.end = c->end,
		.time_limit_ns = c->o->time_limit_ns,
		.stop = &stop,
		.ready = ready,
		.arg = c,
	};
	struct sql *q = NULL;
	int r = sql_new(&so, &q, e);

	if (r == 0) {
		set_signals(c->o);
		r = sql_ask(q, c->question.data, a, e);
	}
	sql_free(q);
	return r;
}

/* It does not say beforehand what a question needs: all that is not dear. */
static int
sample_all(struct query *c, struct err *e)
{
	struct field_set want[TABLE_COUNT] = {0};

	for (int t = 0; t < TABLE_COUNT; t++)
		for (unsigned f = 0; f < schema[t].nfields; f++)
			if (!field_is_dear(&schema[t].field[f]))
				field_set_add(&want[t], f);
	return newest_sample(c->newest, want, e);
}

static int
ask_duckdb(struct query *c, struct answer *a, struct err *e)
{
	struct duck_options duck = {
		.past = c->past,
		.first = c->first,
		.end = c->end,
		.parquet = c->o->in,
		.time_limit_ns = c->o->time_limit_ns,
		.stop = &stop,
	};
	struct duckdb *d = NULL;
	int r = duck_new(&duck, &d, e);

	if (r == 0 && c->newest)
		r = sample_all(c, e);
	if (r == 0) {
		set_signals(c->o);
		r = duck_ask(d, c->question.data, a, e);
	}
	duck_free(d);
	return r;
}

static int
ask(struct query *c)
{
	struct answer *a = new_answer(c->o);
	char note[160];
	struct err e = {.at = -1};
	int r, status;

	r = c->o->engine == ENGINE_DUCKDB ? ask_duckdb(c, a, &e) : ask_sqlite(c, a, &e);
	/* What was found by then is worth something when time ran out. */
	if (r == 0 || r == -ETIMEDOUT || r == -EINTR) {
		int written = answer_end(a);

		if (r == 0)
			r = err_set(&e, written, "%s", strerror(-written));
	}
	(void)alarm(0);
	if (r == -EINVAL || r == -EPERM)
		status = say_mistake(c->question.data, &e);
	else if (r == -EPIPE)
		status = EXIT_SUCCESS;
	else
		status = r < 0 ? app_fail(EXIT_FAILURE, &e) : EXIT_SUCCESS;
	if (c->past && !c->newest && recordings_damage(c->past, note))
		fprintf(stderr, "sonde: %s\n", note);
	answer_free(a);
	return status;
}

int
cmd_query(const struct options *o)
{
	bool machine = !o->in && !o->at && !o->from && !o->to;
	struct query c = {.o = o};
	struct err e;
	int status, r;

	if (o->named && (!*o->named || strcmp(o->named, "list") == 0))
		return list_named(o);
	if (machine && root_init(&c.root, &o->root, &e) < 0)
		return app_fail(EXIT_USAGE, &e);
	r = read_question(&c, &e);
	if (r == 0)
		r = machine ? open_machine(&c, &e) : open_recording(&c, &e);
	status = r < 0 ? app_fail(r == -EINVAL ? EXIT_USAGE : EXIT_FAILURE, &e) : ask(&c);
	past_free(c.past);
	if (machine)
		root_release(&c.root);
	buf_release(&c.question);
	return status;
}
