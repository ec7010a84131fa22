#ifndef QUERY_REPARSE_H
#define QUERY_REPARSE_H

/* reparse: the text of a regular expression (regex.h) to a tree of its parts. */
#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"

/* A set of bytes. */
struct bytes {
	uint64_t bit[4];
};

void bytes_add(struct bytes *s, unsigned c); /* of an ASCII letter both cases */
void bytes_range(struct bytes *s, unsigned from, unsigned to);

static inline bool
bytes_has(const struct bytes *s, unsigned c)
{
	return s->bit[c / 64] >> c % 64 & 1;
}

enum part_kind { PART_SET, PART_CHARS, PART_EDGE, PART_ALL_OF, PART_ONE_OF, PART_REPEAT };

enum edge { EDGE_BEGIN, EDGE_END, EDGE_WORD, EDGE_WORD_BEGIN, EDGE_WORD_END };

struct part {
	enum part_kind kind;
	struct part *next;  /* in its parent's list */
	struct part *child; /* ALL_OF: the last, ONE_OF: the first; REPEAT: the only */
	struct bytes set;   /* SET: a byte of these; CHARS: or any character beyond ASCII */
	enum edge edge;
	unsigned min, max;  /* REPEAT; max 0: no end */
};

/* In the arena. NULL, and e, when it does not parse; `at` is where text stands in what was typed.
 */
struct part *reparse(const char *text, struct arena *a, struct err *e, int at);

#endif
