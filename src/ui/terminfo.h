#ifndef UI_TERMINFO_H
#define UI_TERMINFO_H

/* terminfo: what the database says of terminals; beside term.c, for <term.h> has names of its own.
 * The strings are those of the terminal that ncurses opened last.
 */
#include <stdbool.h>
#include <stddef.h>

#include "ui/input.h"

/* Is it in the database? Asked before newterm(), which loses memory when it fails. */
bool terminfo_has(const char *name);
/* Descendants of xterm: they know bracketed paste, show UTF-8, and their description is often
 * missing at the other end of an ssh. */
bool terminfo_xterm_like(const char *name);

const char *terminfo_string(const char *capability); /* NULL: it has none */
/* Adds a string without its padding ("$<5>") to one of ours; what does not fit is left out
 * whole. */
void terminfo_append(char *to, size_t size, const char *s);
/* Has ncurses take the strings with numbers in them apart, which it does once, when one is first
 * sent: now rather than at some tick, for that takes memory. */
void terminfo_warm(void);
void terminfo_keys(struct input *in); /* what its named keys send */

#endif
