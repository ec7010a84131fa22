#ifndef BASE_CONF_H
#define BASE_CONF_H

/* conf: a text of settings that people edit and programs change.
 *
 *   text := { line "\n" }
 *   line := "" | "#" anything | name "=" value      blanks around each of them do not count
 *
 * A name may be several words. "#" in a value is a part of it: a comment has a line of its own. The
 * text itself is what is kept: whatever is not set stays as it is, to the byte.
 */
#include "base/buf.h"
#include "base/err.h"
#include "base/num.h"

enum { CONF_MAX_BYTES = 256 * 1024 };

struct conf_line {
	int number; /* from 1 */
	struct span text, name, value;
};

/* A walk over the lines of a text that say something. Begin with {.rest = text}. */
struct conf_walk {
	struct span rest;
	struct conf_line line;
};
/* 1 and a line; 0 at the end; -EINVAL for a line that is none, and e with the offset in it: the
 * walk can go on. */
int conf_next(struct conf_walk *w, struct err *e);
/* The column of a place in the line, from 1, in characters. */
int conf_column(const struct conf_line *l, const char *at);
/* The same words. */
bool conf_name_is(struct span name, const char *words);

/* Gives the name a value: in the last line that has the name, else in a new one at the end. Control
 * characters become blanks. */
void conf_set(struct buf *text, const char *name, const char *value);

#endif
