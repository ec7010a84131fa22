/* term: a child on a pseudo terminal draws; what came out is compared, and whatever ends the child,
 * the terminal is given back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>
#include <utmp.h>

#include "base/buf.h"
#include "base/mem.h"
#include "draw/text.h"
#include "ui/glyph.h"
#include "ui/term.h"

enum { WAIT_MS = 10000 };

struct child {
	pid_t pid;
	int fd;
	struct buf out;
	int status;
};

/* Runs fn in a child on a terminal of its own; its return value is the exit status. */
static void
start(struct child *c, const char *kind, int w, int h, int (*fn)(void))
{
	struct winsize ws = {.ws_col = (unsigned short)w, .ws_row = (unsigned short)h};
	int slave;

	memset(c, 0, sizeof *c);
	buf_puts(&c->out, "");
	assert_int_equal(openpty(&c->fd, &slave, NULL, NULL, &ws), 0);
	c->pid = fork();
	assert_true(c->pid >= 0);
	if (c->pid == 0) {
		struct rlimit none = {0, 0};
		close(c->fd);
		login_tty(slave);
		setrlimit(RLIMIT_CORE, &none);
		if (kind)
			setenv("TERM", kind, 1);
		else
			unsetenv("TERM");
		unsetenv("NO_COLOR");
		setlocale(LC_CTYPE, "C.UTF-8");
		for (int sig = 1; sig < 32; sig++) /* the sanitizers', cmocka's */
			signal(sig, SIG_DFL);
		_Exit(fn());
	}
	close(slave);
}

/* Reads until the text was seen (NULL: until the child has gone). */
static void
read_until(struct child *c, const char *text)
{
	for (;;) {
		struct pollfd p = {.fd = c->fd, .events = POLLIN};
		if (text && memmem(c->out.data, c->out.len, text, strlen(text)))
			return;
		if (poll(&p, 1, WAIT_MS) <= 0)
			fail_msg("no %s in: %s", text ? text : "end", c->out.data);
		ssize_t n = read(c->fd, buf_reserve(&c->out, 4096), 4096);
		if (n <= 0) {
			if (text)
				fail_msg("ended before %s: %s", text, c->out.data);
			return;
		}
		c->out.len += (size_t)n;
		c->out.data[c->out.len] = '\0';
	}
}

static void
finish(struct child *c)
{
	read_until(c, NULL);
	assert_int_equal(waitpid(c->pid, &c->status, 0), c->pid);
	close(c->fd);
}

static bool
has(const struct child *c, const char *text)
{
	return memmem(c->out.data, c->out.len, text, strlen(text)) != NULL;
}

/* The last bytes give everything back. */
static void
assert_given_back(const struct child *c)
{
	static const char *const must[] = {"\033[?2004l",   "\033[?1006l", "\033[?1002l",
					   "\033[?1l\033>", "\033[?25h",   "\033[?1049l"};
	for (size_t i = 0; i < ARRAY_LEN(must); i++) {
		size_t tail = MIN(c->out.len, 200);
		if (!memmem(c->out.data + c->out.len - tail, tail, must[i], strlen(must[i])))
			fail_msg("%s is missing at the end of: %s", must[i] + 1, c->out.data);
	}
}

static struct term *term;
static struct grid grid;

static void
must_open(void)
{
	struct term_options o = {0};
	struct err e;
	int w, h;
	if (term_open(&term, &o, &e) < 0) {
		fprintf(stdout, "%s", e.text);
		fflush(stdout);
		_Exit(9);
	}
	term_size(term, &w, &h);
	grid_resize(&grid, w, h);
}

static int
draw_and_close(void)
{
	must_open();
	text_puts(&grid, 3, 2, 20, STYLE_TEXT, "hello \x1b]0;x\a");
	term_show(term, &grid);
	uint64_t n = term_bytes(term);
	if (n == 0)
		return 2;
	term_show(term, &grid);
	if (term_bytes(term) != n)
		return 3; /* nothing changed: nothing goes out */
	grid_put(&grid, 40, 12, '7', STYLE_TEXT);
	term_show(term, &grid);
	n = term_bytes(term) - n;
	if (n == 0 || n > 16)
		return 4;
	term_close(term);
	grid_release(&grid);
	return 0;
}

static void
test_draw(void **state)
{
	static const char *const kinds[] = {"xterm-256color", "xterm", "screen",
					    "tmux-256color",  "linux", "vt100"};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		struct child c;
		start(&c, kinds[i], 80, 24, draw_and_close);
		finish(&c);
		if (WEXITSTATUS(c.status) == 9) /* not in this machine's database */
			continue;
		assert_int_equal(c.status, 0);
		assert_true(has(&c, "hello"));
		assert_false(has(&c, "]0;x\a"));
		if (strncmp(kinds[i], "xterm", 5) == 0)
			assert_given_back(&c);
		buf_release(&c.out);
	}
}

static int
draw_a_block(void)
{
	setlocale(LC_CTYPE, "");
	must_open();
	grid_put(&grid, 0, 0, 0x2588, STYLE_TEXT);
	term_show(term, &grid);
	term_close(term);
	grid_release(&grid);
	return 0;
}

static int
draw_in_no_locale(void)
{
	static const char *const says[] = {"LC_ALL", "LC_CTYPE", "LANG"};
	for (size_t i = 0; i < ARRAY_LEN(says); i++)
		unsetenv(says[i]);
	return draw_a_block();
}

static int
draw_in_c_locale(void)
{
	setenv("LC_ALL", "C", 1);
	return draw_a_block();
}

static void
test_characters(void **state)
{
	struct child c;
	(void)state;
	start(&c, "xterm", 80, 24, draw_in_no_locale);
	finish(&c);
	assert_true(has(&c, "\u2588"));
	buf_release(&c.out);
	start(&c, "vt100", 80, 24, draw_in_no_locale);
	finish(&c);
	assert_false(has(&c, "\u2588"));
	buf_release(&c.out);
	start(&c, "xterm", 80, 24, draw_in_c_locale);
	finish(&c);
	assert_false(has(&c, "\u2588"));
	buf_release(&c.out);
}

static int
draw_and_wait(void)
{
	must_open();
	text_puts(&grid, 0, 0, 20, STYLE_BAD, "ready");
	term_show(term, &grid);
	while (pause() < 0)
		;
	return 0;
}

static int
draw_and_exit(void)
{
	must_open();
	term_show(term, &grid);
	exit(5);
}

static int
draw_and_overflow(void)
{
	must_open();
	text_puts(&grid, 0, 0, 20, STYLE_BAD, "ready");
	term_show(term, &grid);
	struct rlimit r = {65536, 65536};
	setrlimit(RLIMIT_STACK, &r);
	(void)raise(SIGSEGV);
	return 0;
}

static void
test_given_back(void **state)
{
	static const int deadly[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};
	struct child c;
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(deadly); i++) {
		start(&c, "xterm", 80, 24, draw_and_wait);
		read_until(&c, "ready");
		kill(c.pid, deadly[i]);
		finish(&c);
		assert_true(WIFSIGNALED(c.status));
		assert_int_equal(WTERMSIG(c.status), deadly[i]);
		assert_given_back(&c);
		buf_release(&c.out);
	}
	start(&c, "xterm", 80, 24, draw_and_overflow);
	finish(&c);
	assert_int_equal(WTERMSIG(c.status), SIGSEGV);
	assert_given_back(&c);
	buf_release(&c.out);

	start(&c, "xterm", 80, 24, draw_and_exit);
	finish(&c);
	assert_int_equal(WEXITSTATUS(c.status), 5);
	assert_given_back(&c);
	buf_release(&c.out);
}

static int
settings_and_back(void)
{
	struct termios a, b, raw;
	tcgetattr(0, &a);
	must_open();
	tcgetattr(0, &raw);
	term_close(term);
	tcgetattr(0, &b);
	if ((raw.c_lflag & (ICANON | ECHO | ISIG)) != 0)
		return 1;
	return a.c_iflag == b.c_iflag && a.c_oflag == b.c_oflag && a.c_cflag == b.c_cflag &&
			       a.c_lflag == b.c_lflag && memcmp(a.c_cc, b.c_cc, sizeof a.c_cc) == 0
		       ? 0
		       : 2;
}

static void
test_settings(void **state)
{
	struct child c;
	(void)state;
	start(&c, "xterm", 80, 24, settings_and_back);
	finish(&c);
	assert_int_equal(c.status, 0);
	buf_release(&c.out);
}

static int
echo_keys(void)
{
	must_open();
	term_show(term, &grid);
	for (int n = 0;;) {
		struct input_event ev;
		struct pollfd p = {.fd = term_fd(term), .events = POLLIN};
		poll(&p, 1, term_event_timeout(term));
		int r;
		while ((r = term_event(term, &ev)) == 1) {
			if (ev.type == INPUT_KEY && ev.key == 'q') {
				term_close(term);
				return 0;
			}
			text_printf(&grid, 0, n++, 30, STYLE_TEXT, "<%x>", ev.key);
		}
		if (r < 0)
			return r == -EIO ? 7 : 8;
		term_show(term, &grid);
	}
}

static void
test_keys(void **state)
{
	struct child c;
	(void)state;
	start(&c, "xterm", 80, 24, echo_keys);
	read_until(&c, "\033[?2004h");
	assert_int_equal(write(c.fd, "\x1bOA\x03", 4), 4); /* Up in keypad mode; ^C is a key */
	read_until(&c, "110000");
	read_until(&c, "<3>");
	assert_int_equal(write(c.fd, "\x1b", 1), 1);
	read_until(&c, "<1b>"); /* after its silence */
	assert_int_equal(write(c.fd, "q", 1), 1);
	finish(&c);
	assert_int_equal(c.status, 0);
	buf_release(&c.out);

	/* the terminal goes away: -EIO, not a loop */
	start(&c, "xterm", 80, 24, echo_keys);
	read_until(&c, "\033[?2004h");
	signal(SIGHUP, SIG_IGN);
	close(c.fd);
	assert_int_equal(waitpid(c.pid, &c.status, 0), c.pid);
	assert_true(WIFSIGNALED(c.status) || WEXITSTATUS(c.status) == 7);
	buf_release(&c.out);
}

static int
suspended(void)
{
	must_open();
	text_puts(&grid, 0, 0, 20, STYLE_TEXT, "one");
	term_show(term, &grid);
	term_suspend(term);
	text_puts(&grid, 0, 0, 20, STYLE_TEXT, "two");
	term_show(term, &grid);
	term_close(term);
	return 0;
}

/* A shell: only a job of one can be stopped from the keyboard. */
static int
shell(void)
{
	int status;
	struct termios t;
	pid_t pid = fork();
	signal(SIGTTOU, SIG_IGN);
	setpgid(pid, pid);
	if (pid == 0) {
		tcsetpgrp(0, getpid());
		_Exit(suspended());
	}
	tcsetpgrp(0, pid);
	waitpid(pid, &status, WUNTRACED);
	if (!WIFSTOPPED(status) || WSTOPSIG(status) != SIGTSTP)
		return 1;
	tcgetattr(0, &t);
	if (!(t.c_lflag & ICANON))
		return 2;
	if (write(1, "(stopped)", 9) != 9)
		return 3;
	kill(pid, SIGCONT);
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 4;
}

static void
test_suspend(void **state)
{
	struct child c;
	(void)state;
	start(&c, "xterm", 80, 24, shell);
	finish(&c);
	assert_int_equal(c.status, 0);
	assert_given_back(&c);
	const char *stop = memmem(c.out.data, c.out.len, "(stopped)", 9);
	assert_non_null(stop);
	size_t before = (size_t)(stop - c.out.data);
	assert_non_null(memmem(c.out.data, before, "\033[?1049l", 8));
	assert_non_null(memmem(c.out.data, before, "\033[?1l\033>", 7));
	assert_non_null(strstr(stop, "\033[?1049h"));
	assert_non_null(strstr(stop, "\033[?2004h"));
	assert_non_null(strstr(stop, "two"));
	buf_release(&c.out);
}

static int
resize_storm(void)
{
	static const int sizes[][2] = {{1, 1}, {2, 1}, {0, 0}, {300, 100}, {1, 50}, {80, 24}};
	must_open();
	for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
		struct winsize ws = {.ws_col = (unsigned short)sizes[i][0],
				     .ws_row = (unsigned short)sizes[i][1]};
		int w, h;
		ioctl(1, TIOCSWINSZ, &ws);
		term_show(term, &grid); /* a grid of the old size does no harm */
		term_resize(term);
		if (term_resize(term))
			return 2;
		term_show(term, &grid);
		term_size(term, &w, &h);
		if (w < 1 || h < 1 || (ws.ws_col && (w != ws.ws_col || h != ws.ws_row)))
			return 3;
		grid_resize(&grid, w, h);
		grid_fill(&grid, 0, 0, w, h, 0x4e2d, STYLE_ACCENT);
		grid.cursor_x = w - 1;
		grid.cursor_y = h - 1;
		if (term_show(term, &grid) < 0)
			return 4;
		term_redraw(term);
		term_show(term, &grid);
	}
	term_close(term);
	grid_release(&grid);
	return 0;
}

static void
test_sizes(void **state)
{
	static const int sizes[][2] = {{80, 24}, {1, 1}, {0, 0}};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
		struct child c;
		start(&c, "xterm-256color", sizes[i][0], sizes[i][1], resize_storm);
		finish(&c);
		assert_int_equal(c.status, 0);
		buf_release(&c.out);
	}
}

/* Draws for a terminal that takes nothing for a while: screens are left out, nothing waits. */
static int
draw_for_the_slow(void)
{
	must_open();
	for (unsigned i = 0; term_busy_fd(term) < 0; i++) {
		if (i > 1000)
			return 2;
		for (int y = 0; y < grid.h; y++)
			grid_fill(&grid, 0, y, grid.w, 1, 'a' + (i + (unsigned)y) % 26, STYLE_TEXT);
		if (term_show(term, &grid) < 0)
			return 3;
	}
	uint64_t n = term_bytes(term);
	grid_fill(&grid, 0, 0, grid.w, grid.h, '#', STYLE_TEXT);
	term_show(term, &grid);
	if (term_bytes(term) != n)
		return 4;
	while (term_busy_fd(term) >= 0) {
		struct pollfd p = {.fd = term_busy_fd(term), .events = POLLOUT};
		if (poll(&p, 1, 5000) != 1 || term_flush(term) < 0)
			return 5;
	}
	grid_fill(&grid, 0, 0, grid.w, grid.h, ' ', STYLE_TEXT);
	text_puts(&grid, 0, 0, grid.w, STYLE_TEXT, "the last screen");
	term_show(term, &grid);
	term_close(term);
	grid_release(&grid);
	return 0;
}

static void
test_slow(void **state)
{
	struct child c;
	(void)state;
	start(&c, "xterm", 200, 100, draw_for_the_slow);
	nanosleep(&(struct timespec){.tv_nsec = 500000000}, NULL);
	finish(&c);
	assert_int_equal(c.status, 0);
	assert_true(has(&c, "the last screen"));
	assert_false(has(&c, "####"));
	assert_given_back(&c);
	buf_release(&c.out);
}

static void
test_refused(void **state)
{
	struct term_options o = {0};
	struct term *t = NULL;
	struct err e;
	struct child c;
	(void)state;

	int in = dup(STDIN_FILENO), null = open("/dev/null", O_RDWR);
	dup2(null, STDIN_FILENO);
	assert_int_equal(term_open(&t, &o, &e), -ENOTTY);
	assert_non_null(strstr(e.text, "is not a terminal"));
	dup2(in, STDIN_FILENO);
	close(in);
	close(null);
	assert_null(t);

	static const char *const kinds[] = {NULL, "", "dumb", "no-such-terminal"};
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		start(&c, kinds[i], 80, 24, draw_and_close);
		finish(&c);
		assert_int_equal(WEXITSTATUS(c.status), 9);
		assert_true(has(&c, "TERM"));
		assert_false(has(&c, "\033"));
		buf_release(&c.out);
	}
	/* a descendant of xterm that this machine has never heard of */
	start(&c, "xterm-of-the-future", 80, 24, draw_and_close);
	finish(&c);
	assert_int_equal(c.status, 0);
	buf_release(&c.out);
}

static void
test_glyphs(void **state)
{
	(void)state;
	for (uint32_t ch = 0x20; ch < 0x30000; ch++) {
		uint32_t ascii = glyph_for(GLYPHS_ASCII, ch);
		assert_in_range(ascii, 0x20, 0x7e);
		assert_true(glyph_for(GLYPHS_BRAILLE, ch) >= 0x20);
	}
	assert_int_equal(glyph_for(GLYPHS_ASCII, 0x2026), '+');
	assert_int_equal(glyph_for(GLYPHS_ASCII, 0x4e2d), '?');
	assert_int_equal(glyph_for(GLYPHS_ASCII, 0x2800), ' ');
	assert_int_equal(glyph_for(GLYPHS_BLOCK, 0x2588), 0x2588);
	assert_int_equal(glyph_for(GLYPHS_BLOCK, 0x25b8), '>');
	assert_int_equal(glyph_for(GLYPHS_BRAILLE, 0x28ff), 0x28ff);
	assert_int_equal(glyph_for(GLYPHS_BRAILLE, 0x9b), '?');
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_draw),     cmocka_unit_test(test_given_back),
		cmocka_unit_test(test_settings), cmocka_unit_test(test_keys),
		cmocka_unit_test(test_sizes),    cmocka_unit_test(test_slow),     cmocka_unit_test(test_characters),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_glyphs),   cmocka_unit_test(test_suspend),
	};
	setlocale(LC_CTYPE, "");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
