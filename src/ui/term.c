/* term: ncurses draws, everything else about the terminal is done here by hand.
 *
 * ncurses gets a memory file instead of the terminal: it never touches the line settings, what it
 * wants to send can be counted, and one write takes it out. Its part is terminfo, colours, cursor
 * motion and finding the cheapest way from one screen to the next. Input is read from descriptor 0
 * and decoded in input.c.
 *
 * Two byte strings are made when the terminal is opened: `enter` puts it into the state we need,
 * and `leave` takes it out of it whoever does so (tty.c): close, stop, exit() or a fatal signal.
 */
#include "ui/term.h"

#include <curses.h>
#include <errno.h>
#include <langinfo.h>
#include <locale.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/mem.h"
#include "ui/glyph.h"
#include "ui/newterm.h"
#include "ui/osc52.h"
#include "ui/sgr.h"
#include "ui/terminfo.h"
#include "ui/tty.h"

/* Synchronized output: a screen is shown when it is complete, however it was cut on its way. */
enum { MODE_SYNC = 2026, ANSWER_MS = 200 };
#define SYNC_BEGIN "\033[?2026h"
#define SYNC_END   "\033[?2026l"
#define SYNC_ASK   "\033[?2026$p"

enum { STRING_MAX = 256, SIDE_MAX = 10000 };

/* A look as ncurses wants it. */
struct paint {
	struct look look;
	attr_t attr;
	int pair;
	cchar_t blank; /* in this paint; with another character in it, it is that one's cell */
	bool known;
};

struct pair_colours {
	int fg, bg;
};

struct term {
	const struct theme *theme;
	SCREEN *screen;
	FILE *out; /* the memory file ncurses writes to */
	int w, h;
	int colours;
	bool utf8, redraw;
	enum glyphs glyphs;
	uint64_t sent;
	char enter[STRING_MAX]; /* without smcup, which ncurses sends by itself at first */
	char smcup[64], civis[32], cnorm[32];
	bool sync;        /* the terminal holds its picture still between two marks */
	int64_t asked_ns; /* when it was asked whether it can; 0: not, or it answered */
	bool clipboard; /* it may know OSC 52; others would show it as text */
	bool squeezes; /* the terminal speaks ECMA-48: sgr.c makes the bytes fewer */
	struct sgr sgr;
	struct buf written, squeezed, marked;
	int cursor_x, cursor_y; /* where the terminal's cursor shows; -1: hidden */

	struct cell *prev; /* what the terminal shows, w * h */
	size_t prev_cap;
	struct paint paint[STYLE_COUNT][GROUND_COUNT][2];
	struct pair_colours *pair; /* by ncurses' number; 0 is the terminal's own colours */
	size_t npairs, pairs_cap;
	cchar_t *row;
	size_t row_cap;
	const struct paint **row_paint;
	size_t row_paint_cap;

	struct input input;
};

/* Builds `enter` and `leave`. ncurses' description of the terminal is the current one. */
static void
make_strings(struct term *t, const char *name, bool mouse)
{
	bool paste = terminfo_string("BE") || terminfo_xterm_like(name);
	char leave[STRING_MAX] = "";

	mouse = mouse && (terminfo_string("kmous") || terminfo_string("XM"));
	terminfo_append(t->smcup, sizeof t->smcup, terminfo_string("smcup"));
	terminfo_append(t->civis, sizeof t->civis, terminfo_string("civis"));
	terminfo_append(t->cnorm, sizeof t->cnorm, terminfo_string("cnorm"));
	t->enter[0] = '\0';
	if (!*t->cnorm)
		*t->civis = '\0'; /* better seen than lost */

	terminfo_append(t->enter, sizeof t->enter, terminfo_string("smkx"));
	if (mouse)
		terminfo_append(t->enter, sizeof t->enter, "\033[?1002h\033[?1006h");
	if (paste)
		terminfo_append(t->enter, sizeof t->enter, "\033[?2004h");

	if (terminfo_xterm_like(name))
		terminfo_append(leave, sizeof leave, SYNC_END);
	if (paste)
		terminfo_append(leave, sizeof leave, "\033[?2004l");
	if (mouse)
		terminfo_append(leave, sizeof leave, "\033[?1006l\033[?1002l");
	terminfo_append(leave, sizeof leave, terminfo_string("sgr0"));
	terminfo_append(leave, sizeof leave, terminfo_string("op"));
	terminfo_append(leave, sizeof leave, terminfo_string("rmkx"));
	terminfo_append(leave, sizeof leave, t->cnorm);
	if (terminfo_string("rmcup") && *t->smcup) {
		terminfo_append(leave, sizeof leave, terminfo_string("rmcup"));
	} else {
		/* No other screen to go back to: below the last line. */
		terminfo_append(leave, sizeof leave, "\r");
		for (int i = 0; i < 2; i++)
			terminfo_append(leave, sizeof leave, "\n");
	}
	tty_set_leave(leave);
}

static int
send_bytes(struct term *t, const char *p, size_t n)
{
	t->sent += n;
	return tty_write(p, n);
}

/* Sends what ncurses wrote into the memory file, and `then` behind it, in one write. */
static int
send_written(struct term *t, const char *then)
{
	int fd = fileno(t->out);
	off_t n = lseek(fd, 0, SEEK_CUR);
	struct buf *b = &t->written;

	if (n < 0)
		return -EIO;
	buf_clear(b);
	if (n > 0) {
		ssize_t got = pread(fd, buf_reserve(b, (size_t)n), (size_t)n, 0);
		if (got != n || lseek(fd, 0, SEEK_SET) < 0)
			return -EIO;
		b->len += (size_t)n;
	}
	if (t->squeezes) {
		buf_clear(&t->squeezed);
		sgr_squeeze(&t->sgr, b->data, b->len, &t->squeezed);
		b = &t->squeezed;
	}
	buf_puts(b, then);
	if (t->sync && b->len) {
		buf_clear(&t->marked);
		buf_puts(&t->marked, SYNC_BEGIN);
		buf_put(&t->marked, b->data, b->len);
		buf_puts(&t->marked, SYNC_END);
		b = &t->marked;
	}
	return send_bytes(t, b->data, b->len);
}

static void
ask_size(int *ret_w, int *ret_h)
{
	int w, h;

	tty_size(&w, &h);
	/* Serial lines know no size: then what terminfo says of the terminal, then the usual. */
	w = w > 0 ? w : tigetnum("cols");
	h = h > 0 ? h : tigetnum("lines");
	*ret_w = w > 0 ? MIN(w, SIDE_MAX) : 80;
	*ret_h = h > 0 ? MIN(h, SIDE_MAX) : 24;
}

/* Until it was left and came back once, ncurses writes at each motion of the cursor, not once a
 * screen. What it would send for that is forgotten. */
static void
leave_and_return(int memory)
{
	off_t end = lseek(memory, 0, SEEK_CUR);

	endwin();
	doupdate();
	(void)lseek(memory, end, SEEK_SET);
}

/* ncurses' number of a pair of colours, made when it is first needed; -1 when there is no more. */
static int
make_pair(struct term *t, int fg, int bg)
{
	if (fg < 0 && bg < 0)
		return 0;
	for (size_t i = 1; i < t->npairs; i++)
		if (t->pair[i].fg == fg && t->pair[i].bg == bg)
			return (int)i;
	size_t n = MAX(t->npairs, 1);
	if ((int)n >= COLOR_PAIRS || init_extended_pair((int)n, fg, bg) == ERR)
		return -1;
	GROW(t->pair, t->pairs_cap, n + 1);
	t->pair[n] = (struct pair_colours){fg, bg};
	t->npairs = n + 1;
	return (int)n;
}

static const struct paint *
find_paint(struct term *t, unsigned style, unsigned ground, bool bold)
{
	style = MIN(style, STYLE_COUNT - 1u);
	ground = MIN(ground, GROUND_COUNT - 1u);
	struct paint *p = &t->paint[style][ground][bold];
	if (p->known)
		return p;
	struct look l = theme_look(t->theme, t->colours, style, ground, bold);
	p->pair = t->colours >= 8 ? make_pair(t, l.fg, l.bg) : 0;
	if (p->pair < 0) { /* no pair left: by weight alone */
		l = theme_look(t->theme, 0, style, ground, bold);
		p->pair = 0;
	}
	p->look = l;
	p->attr = (l.attr & THEME_BOLD ? A_BOLD : 0) | (l.attr & THEME_DIM ? A_DIM : 0) |
		  (l.attr & THEME_REVERSE ? A_REVERSE : 0) |
		  (l.attr & THEME_UNDERLINE ? A_UNDERLINE : 0);
	setcchar(&p->blank, L" ", p->attr, (short)MIN(p->pair, INT16_MAX), &p->pair);
	p->known = true;
	return p;
}

/* Those of rows, before one needs them: each new one makes ncurses allocate. */
static void
make_paints(struct term *t)
{
	for (unsigned style = 0; style <= STYLE_BAD; style++)
		for (unsigned ground = 0; ground < GROUND_COUNT; ground++)
			for (int bold = 0; bold < 2; bold++)
				(void)find_paint(t, style, ground, bold);
}

int
term_open(struct term **ret, const struct term_options *o, struct err *e)
{
	struct term *t;
	char name[64], start[STRING_MAX + sizeof t->civis] = "";

	for (int fd = STDIN_FILENO; fd <= STDOUT_FILENO; fd++)
		if (!isatty(fd))
			return err_set(
				e, -ENOTTY,
				"standard %s is not a terminal: use \"sonde once\" for text, "
				"JSON or CSV",
				fd == STDIN_FILENO ? "input" : "output");
	int r = tty_remember();
	if (r < 0)
		return err_set(e, r, "the terminal's settings: %s", strerror(-r));
	int memory = memfd_create("terminal", MFD_CLOEXEC);
	FILE *out = memory < 0 ? NULL : fdopen(memory, "w");
	if (!out)
		return err_set(e, -errno, "a memory file: %s", strerror(errno));
	SCREEN *screen = NULL;
	r = newterm_open(out, &screen, name, sizeof name, e);
	if (r < 0) {
		fclose(out);
		return r;
	}

	t = xcalloc(1, sizeof *t);
	const char *no_colour = getenv("NO_COLOR");
	t->theme = o->theme ? o->theme : &theme_default;
	t->screen = screen;
	t->out = out;
	t->utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
	t->glyphs = o->ascii || !t->utf8             ? GLYPHS_ASCII
		    : strncmp(name, "linux", 5) == 0 ? GLYPHS_BLOCK
						     : GLYPHS_BRAILLE;
	t->cursor_x = t->cursor_y = -1;
	t->redraw = true;
	if (!o->no_colour && !(no_colour && *no_colour) && has_colors() && start_color() == OK) {
		use_default_colors();
		t->colours = COLORS;
	}
	make_paints(t);
	nonl(); /* \n goes down and stays in its column */
	typeahead(-1);
	idlok(stdscr, TRUE);
	leaveok(stdscr, TRUE);
	input_init(&t->input);
	terminfo_keys(&t->input);
	terminfo_warm();
	make_strings(t, name, !o->no_mouse);
	ask_size(&t->w, &t->h);
	resize_term(t->h, t->w);

	r = tty_take();
	doupdate();
	leave_and_return(memory);
	terminfo_append(start, sizeof start, t->enter);
	terminfo_append(start, sizeof start, t->civis);
	t->clipboard = terminfo_xterm_like(name);
	if (t->clipboard) {
		terminfo_append(start, sizeof start, SYNC_ASK);
		t->asked_ns = clock_mono_ns();
	}
	if (r == 0)
		r = send_written(t, start);
	/* From here on; what went before said once that characters are ASCII's. */
	t->squeezes = terminfo_xterm_like(name) || strncmp(name, "linux", 5) == 0;
	if (r < 0) {
		term_close(t);
		return err_set(e, r, "the terminal: %s", strerror(-r));
	}
	*ret = t;
	return 0;
}

/* Who quits at once would find the answer to our question on the command line. */
static void
await_answer(struct term *t)
{
	struct input_event e;

	while (t->asked_ns && clock_mono_ns() < t->asked_ns + ANSWER_MS * NS_PER_MS) {
		struct pollfd p = {.fd = STDIN_FILENO, .events = POLLIN};

		if (poll(&p, 1, ANSWER_MS) <= 0 || term_event(t, &e) < 0)
			return;
	}
}

void
term_close(struct term *t)
{
	if (!t)
		return;
	await_answer(t);
	tty_release();
	endwin(); /* into the memory file */
	delscreen(t->screen);
	fclose(t->out);
	free(t->prev);
	free(t->pair);
	free(t->row);
	free(t->row_paint);
	buf_release(&t->written);
	buf_release(&t->squeezed);
	buf_release(&t->marked);
	free(t);
}

int
term_fd(const struct term *t)
{
	(void)t;
	return STDIN_FILENO;
}

int
term_busy_fd(const struct term *t)
{
	(void)t;
	return tty_waits() ? tty_out() : -1;
}

int
term_flush(struct term *t)
{
	(void)t;
	return tty_flush();
}

void
term_size(const struct term *t, int *ret_w, int *ret_h)
{
	*ret_w = t->w;
	*ret_h = t->h;
}

bool
term_resize(struct term *t)
{
	int w, h;

	ask_size(&w, &h);
	if (w == t->w && h == t->h)
		return false;
	t->w = w;
	t->h = h;
	resize_term(h, w);
	t->redraw = true;
	return true;
}

enum glyphs
term_glyphs(const struct term *t)
{
	return t->glyphs;
}

int
term_colours(const struct term *t)
{
	return t->colours;
}

uint64_t
term_bytes(const struct term *t)
{
	return t->sent;
}

/* May a blank be sent in either paint, because it looks the same? */
static bool
same_blank(const struct paint *a, const struct paint *b)
{
	return a->look.bg == b->look.bg && !((a->look.attr | b->look.attr) & THEME_UNDERLINE) &&
	       (a->look.attr & THEME_REVERSE) == (b->look.attr & THEME_REVERSE) &&
	       (!(a->look.attr & THEME_REVERSE) ||
		(a->look.fg == b->look.fg && a->look.attr == b->look.attr));
}

/* Paints of the cells from..to of a row; the cells beside them are no blanks. A blank has no
 * foreground: between two like cells it takes theirs, elsewhere that of plain text, so that runs
 * are long and a colour that changes beside it leaves it alone. */
static void
paint_row(struct term *t, const struct cell *c, int from, int to, int w)
{
	const struct paint **p = t->row_paint;

	for (int x = MAX(from - 1, 0); x < MIN(to + 1, w); x++)
		p[x] = find_paint(t, c[x].style, c[x].ground, c[x].bold != 0);
	for (int x = from, end; x < to; x = end + 1) {
		end = x;
		while (end < to && c[end].ch == ' ')
			end++;
		bool inside = x > 0 && end < w && p[x - 1] == p[end];
		for (int i = x; i < end; i++) {
			const struct paint *like =
				inside && same_blank(p[i], p[end])
					? p[end]
					: find_paint(t, STYLE_TEXT, c[i].ground, false);
			if (same_blank(p[i], like))
				p[i] = like;
		}
	}
}

/* Where a row differs from the old one: blanks beside it belong to it, for their paint may change,
 * and both halves of a wide character. */
static void
changed_part(const struct cell *c, const struct cell *old, int w, int *ret_from, int *ret_to)
{
	int from = 0, to = w;

	while (from < w && memcmp(&c[from], &old[from], sizeof *c) == 0)
		from++;
	while (to > from && memcmp(&c[to - 1], &old[to - 1], sizeof *c) == 0)
		to--;
	while (from > 0 && (c[from].ch == 0 || c[from - 1].ch == ' '))
		from--;
	while (to < w && (c[to].ch == 0 || c[to].ch == ' '))
		to++;
	*ret_from = from;
	*ret_to = to;
}

static void
show_row(struct term *t, const struct cell *c, int from, int to, int w, int y)
{
	int n = 0;

	paint_row(t, c, from, to, w);
	for (int x = from; x < to; x++) {
		uint32_t ch = c[x].ch;
		bool wide = x + 1 < w && c[x + 1].ch == 0;
		wchar_t glyph = (wchar_t)glyph_for(t->glyphs, ch ? ch : ' ');

		t->row[n] = t->row_paint[x]->blank;
		t->row[n++].chars[0] = glyph;
		if (wide && (uint32_t)glyph == ch)
			x++; /* ncurses fills the right half by itself */
	}
	mvadd_wchnstr(y, from, t->row, n);
}

int
term_show(struct term *t, const struct grid *g)
{
	int w = MIN(g->w, t->w), h = MIN(g->h, t->h);
	bool all = t->redraw, changed = all;
	size_t n = (size_t)t->w * (size_t)t->h;
	char then[96] = "";

	if (tty_waits())
		return 0;
	if (all) {
		GROW(t->prev, t->prev_cap, n);
		for (size_t i = 0; i < n; i++)
			t->prev[i] = (struct cell){.ch = ' '};
		GROW(t->row, t->row_cap, (size_t)t->w);
		GROW(t->row_paint, t->row_paint_cap, (size_t)t->w);
		erase();
		clearok(curscr, TRUE);
		t->redraw = false;
	}
	for (int y = 0; y < h; y++) {
		const struct cell *row = g->cell + (size_t)y * (size_t)g->w;
		struct cell *old = t->prev + (size_t)y * (size_t)t->w;
		if (memcmp(row, old, (size_t)w * sizeof *row) == 0)
			continue;
		int from = 0, to = w;
		if (!all)
			changed_part(row, old, w, &from, &to);
		memcpy(old, row, (size_t)w * sizeof *row);
		show_row(t, row, from, to, w, y);
		changed = true;
	}

	bool show = g->cursor_x >= 0 && g->cursor_y >= 0 && g->cursor_x < w && g->cursor_y < h;
	int cx = show ? g->cursor_x : -1, cy = show ? g->cursor_y : -1;
	bool moved = cx != t->cursor_x || cy != t->cursor_y;
	if (!changed && !moved && !all)
		return 0;
	leaveok(stdscr, !show);
	leaveok(curscr, !show);
	if (show)
		move(cy, cx);
	wnoutrefresh(stdscr);
	doupdate();
	if (show != (t->cursor_x >= 0) || all)
		terminfo_append(then, sizeof then, show ? t->cnorm : t->civis);
	t->cursor_x = cx;
	t->cursor_y = cy;
	return send_written(t, then);
}

int
term_copy(struct term *t, const char *text)
{
	struct buf b = {0};
	int r;

	if (!t->clipboard)
		return 0;
	osc52_put(&b, text);
	r = send_bytes(t, b.data, b.len);
	buf_release(&b);
	return r;
}

void
term_redraw(struct term *t)
{
	sgr_forget(&t->sgr);
	t->redraw = true;
}

static void
take_mode(struct term *t, const struct input_event *e)
{
	if (e->mode != MODE_SYNC)
		return;
	t->sync = e->setting == 1 || e->setting == 2;
	t->asked_ns = 0;
}

int
term_event(struct term *t, struct input_event *ret_event)
{
	for (;;) {
		unsigned char bytes[512];
		struct pollfd p = {.fd = STDIN_FILENO, .events = POLLIN};

		if (input_next(&t->input, clock_mono_ns(), ret_event)) {
			if (ret_event->type != INPUT_MODE)
				return 1;
			take_mode(t, ret_event);
			continue;
		}
		/* Not O_NONBLOCK: that would be the shell's terminal's, too. */
		if (poll(&p, 1, 0) <= 0)
			return 0;
		if (!(p.revents & POLLIN))
			return p.revents & (POLLHUP | POLLERR | POLLNVAL) ? -EIO : 0;
		ssize_t n = read(STDIN_FILENO, bytes, MIN(sizeof bytes, input_room(&t->input)));
		if (n == 0 || (n < 0 && errno != EINTR && errno != EAGAIN))
			return -EIO;
		if (n > 0)
			input_feed(&t->input, bytes, (size_t)n, clock_mono_ns());
	}
}

int
term_event_timeout(const struct term *t)
{
	int64_t deadline = input_deadline_ns(&t->input);
	if (deadline < 0)
		return -1;
	int64_t left = deadline - clock_mono_ns();
	return left <= 0 ? 0 : (int)(left / NS_PER_MS) + 1;
}

void
term_resume(struct term *t)
{
	/* The shell may have changed the settings meanwhile: what is there now is given back. */
	if (!tty_taken())
		(void)tty_remember();
	(void)tty_take();
	(void)send_bytes(t, t->smcup, strlen(t->smcup));
	(void)send_bytes(t, t->enter, strlen(t->enter));
	sgr_forget(&t->sgr);
	(void)term_resize(t);
	t->redraw = true;
}

void
term_suspend(struct term *t)
{
	struct sigaction dfl = {.sa_handler = SIG_DFL}, old;
	sigset_t stop, mask;

	tty_give_back();
	sigemptyset(&dfl.sa_mask);
	sigemptyset(&stop);
	sigaddset(&stop, SIGTSTP);
	(void)sigaction(SIGTSTP, &dfl, &old);
	(void)pthread_sigmask(SIG_UNBLOCK, &stop, &mask);
	(void)raise(SIGTSTP); /* only us: who waits for us (sudo) stops by itself */
	(void)pthread_sigmask(SIG_SETMASK, &mask, NULL);
	(void)sigaction(SIGTSTP, &old, NULL);
	term_resume(t);
}
