#ifndef STORE_SEGMENT_H
#define STORE_SEGMENT_H

/* segment: one file of a recording, for reading. What is damaged in it is passed over and counted;
 * a file that is still written to grows as one looks again. Nothing in it is trusted.
 *
 * A sealed one is not read through: its footer says where the samples are. When one of them is not
 * there the file is walked after all, and those that moved are found again; entries keep their
 * numbers.
 */
#include <sys/stat.h>

#include "base/err.h"
#include "store/cursor.h"
#include "store/footer.h"
#include "store/head.h"

struct segment {
	int fd;
	struct head head;
	uint64_t boot;     /* for struct place */
	bool sealed;
	bool walked;       /* from record to record: damage is known */
	bool unsure;       /* something could not be read, or not in reasonable time */
	uint64_t begin;    /* where the records begin */
	uint64_t seen;     /* how far it was looked through */
	uint64_t damaged;  /* bytes before that which are no record */
	unsigned damages;  /* in so many places */
	uint64_t orphans;  /* samples whose predecessor is missing: not among the entries */
	uint64_t size;     /* of the file, when it was looked at last */
	uint64_t in_vain;  /* bytes summed that were no record */
	uint16_t group;    /* what may follow */
	uint32_t next;
	struct entry *entry;
	size_t n, cap;
	struct buf bytes;  /* of the record read last */
};

/* Opens a regular file; never follows a link. 0; or -errno and a sentence that names it: -EBADMSG
 * for what is no recording, -ENOTSUP for one of a later version, -ENODATA for one that was only
 * begun: the recorder was ended while it wrote the head. */
int segment_open(struct segment *s, int dir, const char *name, struct err *e);
void segment_close(struct segment *s);

/* Looks for what was added since. How many entries are new, or -errno. */
int64_t segment_look(struct segment *s);
/* The record of entry i, for a cursor. 0; -EBADMSG or -errno. */
int segment_find(struct segment *s, size_t i, struct place *ret);

#endif
