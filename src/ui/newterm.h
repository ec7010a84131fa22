#ifndef UI_NEWTERM_H
#define UI_NEWTERM_H

/* newterm: ncurses' screen for the terminal, without what newterm() does beside. */
#include <stdio.h>

#include "base/err.h"

struct screen; /* ncurses', which calls it SCREEN */

/* Makes the screen; ncurses writes to out. A terminal that is not in the database but is known to
 * be like xterm is taken for one. 0, or -ENOTTY and a sentence; ret_name is the description that
 * is used. Where the environment says nothing of characters, xterm's family is taken to show
 * UTF-8. */
int newterm_open(FILE *out, struct screen **ret_screen, char *ret_name, size_t size, struct err *e);

#endif
