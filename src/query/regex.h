#ifndef QUERY_REGEX_H
#define QUERY_REGEX_H

/* regex: Perl-compatible regular expressions (pcre2pattern(3)) over UTF-8, looked for anywhere in
 * a text. Upper and lower case are the same, "." is any character, "$" the very end; \w, [:alpha:]
 * and their like are of ASCII, which makes them fast, unless it begins with (*UCP). Texts may hold
 * any bytes: what is no UTF-8 matches nothing. There are no back references and no \C.
 *
 * What they may cost is bounded, for one text and for many, whatever the expression is: steps are
 * counted, not time, so that the same texts always give the same. A text that would cost more does
 * not match, and regex_stopped() says so.
 *
 * The library is loaded when the first expression is made. Where there is none, or sonde was built
 * without it, every expression is refused with a sentence.
 */
#include <stdbool.h>

#include "base/err.h"

enum { REGEX_MAX = 256 };

struct regex;

bool regex_available(void);
/* NULL, and e, when it does not compile or is too large; `at` is where text stands in what was
 * typed. */
struct regex *regex_new(const char *text, struct err *e, int at);
void regex_free(struct regex *r);
/* One thread at a time. */
bool regex_match(struct regex *r, const char *s);
bool regex_stopped(const struct regex *r); /* ever */

#endif
