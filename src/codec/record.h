#ifndef CODEC_RECORD_H
#define CODEC_RECORD_H

/* record: what a recording is made of, on disk and in the ring: a head with a checksum, and a
 * payload; see store/FORMAT.
 */
#include "base/buf.h"
#include "base/num.h"

enum record_type { RECORD_KEY = 1, RECORD_DELTA, RECORD_FOOTER = 4 }; /* 3: reserved */
enum { RECORD_HEAD = 40, RECORD_PAYLOAD_MAX = 64 << 20, RECORD_GROUP_MAX = 4096 };

#define RECORD_MAGIC "srec"

struct record {
	uint8_t type, packing;
	uint8_t cpu, memory, pressure, events; /* as struct moment has them */
	uint16_t group;                        /* counts on, and around */
	uint32_t n;                            /* in its group */
	int64_t wall_ns, mono_ns;
	struct span payload; /* of a record that is read: borrowed */
};

/* To write one: begin, append the payload to b, end with what record_begin() gave. */
size_t record_begin(struct buf *b);
void record_end(struct buf *b, size_t begun, const struct record *r);

/* Reads the head alone; the payload's place is not looked at. The size of the whole record, or
 * -EBADMSG when it is no head. */
int64_t record_head(struct span bytes, struct record *ret);
/* The size of the whole record; -EBADMSG when it is none, or damaged; -EAGAIN when there is more
 * to it than there are bytes. */
int64_t record_parse(struct span bytes, struct record *ret);

#endif
