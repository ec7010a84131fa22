#ifndef STORE_SCRIBE_H
#define STORE_SCRIBE_H

/* scribe: one frame after the other into records, in groups. */
#include "codec/encode.h"
#include "codec/record.h"
#include "feed/past.h"

enum { GROUP_SAMPLES = 120 };

struct scribe {
	struct encoder *encoder;
	const struct frame *prev;
	uint16_t group;
	uint32_t n; /* of the next sample in its group; 0 begins one */
};

void scribe_init(struct scribe *s);
void scribe_release(struct scribe *s);
void scribe_begin(struct scribe *s); /* a group, with the next sample */
/* Appends the frame's record to b. *ret is what its head says: as `known` has it, or when that is
 * NULL what the frame and the one before tell. */
void scribe_put(struct scribe *s, const struct frame *f, const struct moment *known, struct buf *b,
		struct record *ret);

#endif
