#ifndef QUERY_REGEX_H
#define QUERY_REGEX_H

/* regex: POSIX extended regular expressions over UTF-8, looked for anywhere in a text. Upper and
 * lower case of ASCII are the same.
 *
 *   regex  := branch { "|" branch }
 *   branch := { atom { "*" | "+" | "?" | "{n}" | "{n,}" | "{,m}" | "{n,m}" } }
 *   atom   := "(" regex ")" | "[" ["^"] members "]" | "." | "^" | "$" | "\" char | char
 *
 * Members are characters, ranges of ASCII, and [:alpha:] and its like. \w \s \d and \W \S \D are
 * sets, \b \< \> edges of words. There are no back references.
 *
 * Matching never goes back: it takes a step a byte, by a table of states that are made when a text
 * first needs them. What they may cost for one text is bounded, whatever the expression is; a
 * text that would cost more does not match, and regex_stopped() says so.
 */
#include <stdbool.h>

#include "base/err.h"

enum { REGEX_MAX = 256, REGEX_COUNT_MAX = 255 };

struct regex;

/* NULL, and e, when it does not parse or is too large; `at` is where text stands in what was typed.
 */
struct regex *regex_new(const char *text, struct err *e, int at);
void regex_free(struct regex *r);
/* Keeps the states it made: one thread at a time. */
bool regex_match(struct regex *r, const char *s);
bool regex_stopped(const struct regex *r); /* ever */

#endif
