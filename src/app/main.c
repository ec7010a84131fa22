/* sonde: a top-like monitor. Here: the command line, the locale, and what goes to stderr. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <locale.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "app/app.h"
#include "base/fd.h"
#include "sink/clean.h"

/* The line that was typed and a caret below the mistake, when it is short enough to help. */
static void
put_caret(struct buf *b, const char *typed, int at)
{
	enum { SHORT = 72 };
	struct buf line = {0};
	size_t n = strlen(typed);
	int before;

	if (at < 0 || (size_t)at > n)
		return;
	buf_puts(&line, "  ");
	before = clean_text(&line, typed, (size_t)at, INT_MAX);
	if (before + clean_text(&line, typed + at, n - (size_t)at, INT_MAX) <= SHORT) {
		buf_put(b, line.data, line.len);
		buf_puts(b, "\n  ");
		buf_pad(b, ' ', (size_t)before);
		buf_puts(b, "^\n");
	}
	buf_release(&line);
}

int
app_fail_at(int status, const struct err *e, const char *typed)
{
	struct buf b = {0};

	buf_puts(&b, "sonde: ");
	clean_text(&b, e->text, strlen(e->text), INT_MAX);
	buf_putc(&b, '\n');
	if (typed)
		put_caret(&b, typed, e->at);
	(void)fd_write_all(STDERR_FILENO, b.data, b.len);
	buf_release(&b);
	return status;
}

int
app_fail(int status, const struct err *e)
{
	return app_fail_at(status, e, NULL);
}

int
app_write(const struct buf *b)
{
	return fd_write_all(STDOUT_FILENO, b->data, b->len);
}

int
app_written(int result)
{
	struct err e;

	if (result >= 0 || result == -EPIPE)
		return EXIT_SUCCESS;
	err_set(&e, result, "standard output: %s", strerror(-result));
	return app_fail(EXIT_FAILURE, &e);
}

static int
print(const struct buf *b)
{
	return app_written(app_write(b));
}

static int
run(const struct options *o)
{
	struct buf b = {0};
	int status;

	switch (o->command) {
	case COMMAND_ONCE:
		return cmd_once(o);
	case COMMAND_QUERY:
		return cmd_query(o);
	case COMMAND_RECORD:
		return cmd_record(o);
	case COMMAND_REPLAY:
		return cmd_replay(o);
	case COMMAND_DIFF:
		return cmd_diff(o);
	case COMMAND_STAT:
		return cmd_stat(o);
	case COMMAND_CUT:
		return cmd_cut(o);
	case COMMAND_EXPORT:
		return cmd_export(o);
	case COMMAND_FIELDS:
		return cmd_fields(o);
	case COMMAND_DOCTOR:
		return cmd_doctor(o);
	case COMMAND_HELP:
	case COMMAND_VERSION:
		if (o->command == COMMAND_HELP)
			options_help(&b, o->topic);
		else
			buf_puts(&b, "sonde " SONDE_VERSION "\n");
		status = print(&b);
		buf_release(&b);
		return status;
	default:
		return cmd_live(o);
	}
}

/* A closed standard descriptor would be given to the next file that is opened. */
static void
keep_std_open(void)
{
	for (int fd = 0; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0)
			(void)open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
}

int
main(int argc, char *argv[])
{
	struct options o;
	struct err e;
	int status;

	keep_std_open();
	/* Two threads that allocate nothing in the long run need no arena each. */
	(void)mallopt(M_ARENA_MAX, 1);
	(void)setlocale(LC_CTYPE, ""); /* characters only: numbers are the same everywhere */
	(void)signal(SIGPIPE, SIG_IGN);
	if (options_parse(&o, argc, argv, &e) < 0)
		status = app_fail_at(EXIT_USAGE, &e, o.bad);
	else
		status = run(&o);
	options_release(&o);
	return status;
}
