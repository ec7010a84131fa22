#ifndef UI_TERM_H
#define UI_TERM_H

/* term: the terminal; the only file that knows ncurses. Shows grids (only what changed is sent),
 * gives events, and always gives the terminal back: at term_close(), on exit, and from the handlers
 * of fatal signals.
 */
#include "base/err.h"
#include "draw/chart.h"
#include "draw/grid.h"
#include "draw/theme.h"
#include "ui/input.h"

struct term;
struct term_options {
	const struct theme *theme;
	bool no_colour; /* --no-color; NO_COLOR in the environment says the same */
	bool ascii;     /* --ascii; also when the locale's characters are not UTF-8 */
	bool no_mouse;
};

/* Opens the terminal on stdin and stdout. -ENOTTY with a sentence when one is not a terminal or is
 * of an unknown kind (TERM); the terminal is untouched then. A relative of xterm (xterm-kitty,
 * foot, ...) that the terminfo database lacks is taken for xterm-256color. One at a time. */
int term_open(struct term **ret, const struct term_options *o, struct err *e);
void term_close(struct term *t); /* gives the terminal back; NULL is fine */

int term_fd(const struct term *t); /* readable when keys wait */
/* The terminal has not taken all that was sent: the descriptor to poll for writing, else -1. Then
 * call term_flush(): 0, or -EIO when the terminal has gone. Until all is out nothing more is shown:
 * a slow terminal skips screens and lags behind none. */
int term_busy_fd(const struct term *t);
int term_flush(struct term *t);
void term_size(const struct term *t, int *ret_w, int *ret_h);
/* Asks the kernel for the size again (after SIGWINCH). True when it changed. */
bool term_resize(struct term *t);
enum glyphs term_glyphs(const struct term *t);
int term_colours(const struct term *t);

/* Makes the terminal look like the grid. Only changed cells go out; nothing at all when nothing
 * changed, or while the terminal is busy. 0, or -EIO when the terminal has gone. */
int term_show(struct term *t, const struct grid *g);
/* Gives the text, which is harmless (copy.c), to the terminal's clipboard (OSC 52); much of a long
 * one is cut. Nothing to a terminal that is no relative of xterm. 0 or -EIO. */
int term_copy(struct term *t, const char *text);
void term_redraw(struct term *t);          /* the next term_show() sends everything */
uint64_t term_bytes(const struct term *t); /* sent since the start */

/* Reads what waits and gives the next event: 1, 0 when there is none, -EIO when the terminal has
 * gone (end of file or an error): the program must end at once. */
int term_event(struct term *t, struct input_event *ret_event);
/* When an unfinished sequence waits: milliseconds until it must be decided (call term_event()
 * then); -1 when none does. */
int term_event_timeout(const struct term *t);

void term_suspend(struct term *t); /* gives the terminal back and stops the program (^Z) */
/* After a SIGCONT that followed no term_suspend(); harmless after one. */
void term_resume(struct term *t);

#endif
