#ifndef SINK_CLEAN_H
#define SINK_CLEAN_H

/* clean: names are bytes that strangers wrote; what the sinks write is valid UTF-8 in which nothing
 * moves a cursor, starts an escape sequence or turns the direction of a line. Each sink has its own
 * way to say what it left out; they agree here on what that is.
 */
#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"

/* True for a character that shows as what it is. False for C0, DEL, C1, line and paragraph
 * separators, bidi controls and other format characters, tags, non-characters and UTF8_BAD. */
bool clean_is_visible(uint32_t cp);

/* Appends s with '?' for each character or byte that is not visible, and gives the columns it takes
 * on a terminal. Stops before it would take more than max. */
int clean_text(struct buf *b, const char *s, size_t n, int max);

/* Appends the character, which n bytes at s are, as it may stand in a line of data: a control
 * character becomes its picture (U+2400 on), what else does not show U+FFFD. */
void clean_char(struct buf *b, const char *s, size_t n, uint32_t cp);
/* A whole text of these. */
void clean_line(struct buf *b, const char *s, size_t n);

/* The moment as RFC 3339 in UTC with milliseconds: 2024-11-03T14:05:31.250Z */
void clean_time(struct buf *b, int64_t wall_ns);

#endif
