#ifndef CODEC_STRINGS_H
#define CODEC_STRINGS_H

/* strings: the texts of one group of samples and their numbers. Found by address first: texts of
 * frames seldom move; equal texts get one number wherever they are. The texts must stay while the
 * group lasts: of a frame they do as long as somebody holds its string pool.
 */
#include <stdbool.h>

#include "base/buf.h"
#include "base/hash.h"

struct strings {
	const char **text; /* by number */
	size_t n, cap, begun; /* begun: the first that was not put yet */
	size_t usual;         /* addresses after the first sample */
	struct {
		const char *p;
		uint32_t number;
	} *by_address; /* open addressing; p NULL is free */
	size_t naddresses, addresses_cap; /* a power of two */
	struct index by_text;
	size_t by_text_cap;
};

void strings_release(struct strings *s);
void strings_reset(struct strings *s); /* of a new group */
void strings_begin(struct strings *s); /* of a new sample */
uint64_t strings_number(struct strings *s, const char *text);
/* Time to begin a new group: most of the texts are of what has gone long ago. */
bool strings_full(const struct strings *s);
/* Those that are new since strings_begin(). */
void strings_put(const struct strings *s, struct buf *b);

#endif
