#ifndef UI_LINE_H
#define UI_LINE_H

/* line: a text being typed: insert, delete, move, as shells do it (^A ^E ^K ^U ^W). */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { LINE_MAX_BYTES = 512 };

struct line {
	char text[LINE_MAX_BYTES]; /* UTF-8, NUL terminated */
	size_t len, at;            /* bytes; at is where the next character goes */
};

void line_set(struct line *l, const char *text);
/* True when the key was an editing key (also one that changed nothing). */
bool line_key(struct line *l, uint32_t key);
void line_insert(struct line *l, const char *s, size_t n); /* a paste; control characters dropped */
void line_cut(struct line *l, size_t from, size_t to);      /* the cursor is then where it was */

#endif
