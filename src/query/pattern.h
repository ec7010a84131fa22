#ifndef QUERY_PATTERN_H
#define QUERY_PATTERN_H

/* pattern: what a text may look like: a part of it, the whole, a glob, or a regular expression.
 * Upper and lower case of ASCII are the same. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "query/regex.h"

enum pattern_kind { PATTERN_PART, PATTERN_WHOLE, PATTERN_GLOB, PATTERN_REGEX };

struct pattern {
	enum pattern_kind kind;
	const char *text; /* as typed */
	const char *low;  /* in lower case; in the arena, as text is */
	size_t len;
	struct regex *regex; /* NULL also for a regular expression that is a word */
};

/* Takes no copy of text: it must live as long as the pattern; what it needs comes from a. 0, or
 * -EINVAL and e; `at` is where text stands in what was typed. */
int pattern_init(struct pattern *p, enum pattern_kind kind, const char *text, struct arena *a,
		 struct err *e, int at);
void pattern_release(struct pattern *p);
bool pattern_match(const struct pattern *p, const char *s);

#endif
