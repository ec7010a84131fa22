#ifndef STORE_RECORDING_H
#define STORE_RECORDING_H

/* recording: a directory of segments, or one of them, as a past. It may grow while one looks, and
 * lose its oldest segments; a few are open at a time, so a recording of a year costs no more memory
 * than one of a day.
 *
 * Moments keep their numbers: those of a segment that was taken away, or that another one was put
 * in the place of, give -ENOENT.
 */
#include "base/err.h"
#include "feed/past.h"
#include "store/head.h"

struct recording;

/* 0, or -errno and a sentence: what was expected and what is there instead. */
int recording_open(const char *path, struct recording **ret, struct err *e);
struct past *recording_past(struct recording *r); /* past_free() frees the recording */
/* The head of the segment that the moment is in, good until another one is asked for; NULL when it
 * is not kept any more. */
const struct head *recording_head(struct recording *r, uint64_t n);

/* As far as it is known: a sealed segment is not read through until something in it is not where
 * it should be. */
struct recording_facts {
	unsigned segments, damages;  /* places where bytes were passed over */
	uint64_t moments, damaged_bytes, orphans; /* orphans: samples that damage made unreadable */
	uint64_t torn_bytes;         /* at the end of the newest: not a record yet, or never */
	uint64_t bytes;              /* of all files */
};
void recording_facts(const struct recording *r, struct recording_facts *ret);

#define RECORDING_SUFFIX ".sonde"

#endif
