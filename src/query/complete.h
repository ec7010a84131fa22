#ifndef QUERY_COMPLETE_H
#define QUERY_COMPLETE_H

/* complete: what the word at the cursor of a filter that is being typed can become: the names of
 * fields that begin so, the shortest of each; behind `field =` the values that the field has in a
 * table. Letters in any case. */
#include "frame/frame.h"

enum { COMPLETE_MAX = 128 };

struct completion {
	size_t from; /* where the word begins; it ends at the cursor */
	int field;   /* whose value it is to be; -1: a field's name, or a word */
	size_t n;
	char *text[COMPLETE_MAX]; /* names, the shortest first, or headings; values by text */
	const char *after; /* with one name: the operator that most likely follows */
};

/* t: of the table that is filtered, where values are looked for; NULL: none are. ret: zeroed, or
 * what an earlier call left. */
void complete(struct completion *ret, const char *text, size_t cursor, enum table_id id,
	      const struct table *t);
void completion_release(struct completion *c);
/* How many bytes all of them have in common, in any case; whole characters. */
size_t completion_common(const struct completion *c);

#endif
