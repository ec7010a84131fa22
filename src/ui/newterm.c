#include "ui/newterm.h"

#include <curses.h>
#include <errno.h>
#include <locale.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "ui/terminfo.h"
#include "ui/tty.h"

/* Where the environment says nothing of characters (a container, su -), xterm's descendants are
 * taken to show UTF-8. */
static void
guess_characters(const char *name)
{
	static const char *const says[] = {"LC_ALL", "LC_CTYPE", "LANG"};

	for (size_t i = 0; i < ARRAY_LEN(says); i++) {
		const char *v = getenv(says[i]);
		if (v && *v)
			return;
	}
	if (terminfo_xterm_like(name))
		(void)setlocale(LC_CTYPE, "C.UTF-8");
}

/* ncurses looks at these for the size, and makes a screen of 80x24 otherwise, only to throw it away
 * when it hears of the real one. They are in the environment as long as newterm() takes. */
static void
say_size(const char *name, int n, char **ret_old)
{
	const char *old = getenv(name);
	char text[16];

	*ret_old = old ? xstrdup(old) : NULL;
	snprintf(text, sizeof text, "%d", n);
	if (n > 0)
		(void)setenv(name, text, 1);
}

static void
unsay_size(const char *name, char *old)
{
	if (old)
		(void)setenv(name, old, 1);
	else
		(void)unsetenv(name);
	free(old);
}

/* newterm() takes these signals for itself when nobody else did: give them back. NULL when the
 * terminal is not in the database: that is asked first, for newterm() would lose memory. */
static SCREEN *
quiet_newterm(const char *name, FILE *out)
{
	static const int taken[] = {SIGINT, SIGTERM, SIGTSTP, SIGWINCH};
	struct sigaction old[ARRAY_LEN(taken)];

	if (!terminfo_has(name))
		return NULL;

	for (size_t i = 0; i < ARRAY_LEN(taken); i++)
		(void)sigaction(taken[i], NULL, &old[i]);
	char *lines, *columns;
	int w, h;
	tty_size(&w, &h);
	say_size("LINES", h, &lines);
	say_size("COLUMNS", w, &columns);
	SCREEN *s = newterm(name, out, stdin);
	unsay_size("LINES", lines);
	unsay_size("COLUMNS", columns);
	for (size_t i = 0; i < ARRAY_LEN(taken); i++)
		(void)sigaction(taken[i], &old[i], NULL);
	return s;
}

int
newterm_open(FILE *out, SCREEN **ret_screen, char *ret_name, size_t size, struct err *e)
{
	static const char *const stand_in[] = {"xterm-256color", "xterm"};
	const char *name = getenv("TERM");

	if (!name || !*name)
		return err_set(e, -ENOTTY,
			       "TERM is not set, so the kind of the terminal is not known; try "
			       "TERM=xterm-256color");
	guess_characters(name);
	snprintf(ret_name, size, "%s", name);
	SCREEN *s = quiet_newterm(ret_name, out);
	for (size_t i = 0; !s && i < ARRAY_LEN(stand_in) && terminfo_xterm_like(name); i++) {
		snprintf(ret_name, size, "%s", stand_in[i]);
		s = quiet_newterm(ret_name, out);
	}
	if (!s)
		return err_set(
			e, -ENOTTY,
			"the kind of the terminal, TERM=%.40s, is not in the terminfo database; "
			"try TERM=xterm-256color, or use \"sonde once\"",
			name);
	if (!terminfo_string("cup")) {
		delscreen(s);
		return err_set(
			e, -ENOTTY,
			"the terminal, TERM=%.40s, cannot move its cursor: use \"sonde once\" for "
			"text, JSON or CSV",
			name);
	}
	*ret_screen = s;
	return 0;
}
