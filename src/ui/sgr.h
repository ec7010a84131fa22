#ifndef UI_SGR_H
#define UI_SGR_H

/* sgr: says colours, weight and motion in fewer bytes. ncurses switches everything off and on again
 * between two runs ("ESC [39m ESC (B ESC [m ESC (B ESC [0;1m"); here the sequences are collected,
 * and what really changed is sent in one, when something is drawn that shows it. A motion to another
 * place of the same line names the column only, which ncurses forgoes when it is far. Nothing else
 * in the stream is changed. For terminals that know ECMA-48's SGR: xterm's descendants and the Linux
 * console.
 */
#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

struct sgr_look {
	unsigned attr;       /* 1 << SGR number, 1 to 9 */
	char fg[24], bg[24]; /* "31", "38;5;244", "38:2::1:2:3"; empty: the terminal's own */
};

struct sgr {
	struct sgr_look have; /* what the terminal is at */
	struct sgr_look want; /* what it was told */
	bool known;           /* false: `have` is a guess, start with a reset */
	unsigned row;         /* of the cursor, from 1; 0: not known */
};

/* The terminal's state is not known any more: others have written. A zeroed struct is like this. */
void sgr_forget(struct sgr *s);
/* Adds n bytes for the terminal to out. They end between sequences. */
void sgr_squeeze(struct sgr *s, const char *p, size_t n, struct buf *out);

#endif
