#ifndef STORE_WRITER_H
#define STORE_WRITER_H

/* writer: a recorder's end of a recording: frames into segments of a directory, one after another.
 *
 * The directory is made with mode 0700 when it is not there; one that others may write to is
 * refused, and no link is followed. One writer at a time, by a lock. A sample is written by one
 * write(): once writer_add() has returned 0, a killed program loses none, and a machine that loses
 * power those since the last fdatasync(). When a write fails, for want of room, by quota
 * or otherwise, the file is cut back to what was good
 * and the next sample begins a group: nothing that follows is lost.
 */
#include "base/err.h"
#include "frame/frame.h"
#include "store/rewrite.h"

struct writer_options {
	const char *dir;
	int64_t sync_ns;        /* between two fdatasync(); 0: after every sample */
	int64_t segment_ns;     /* a segment ends after so long, */
	uint64_t segment_bytes; /* or when it is so large */
	uint64_t max_bytes;     /* of all: the oldest segments go; 0: no limit */
	int64_t max_age_ns;     /* what is older goes; 0: no limit */
	struct rewrite_level thin[REWRITE_LEVELS]; /* what is so old becomes thinner */
};

struct writer;

/* Seals what an earlier recorder left. 0, or -errno and a sentence. */
int writer_open(const struct writer_options *o, struct writer **ret, struct err *e);
/* Seals the segment. 0 or -errno of what could not be written; it is closed in either case. */
int writer_close(struct writer *w);

/* 0, or -errno and a sentence; the next frame is a new try. */
int writer_add(struct writer *w, const struct frame *f, struct err *e);
/* 0, or the -errno of the last fdatasync() after a sample: it and those before it are written, and
 * perhaps not on the disk. */
int writer_sync_error(const struct writer *w);
/* Ends the segment; the next frame begins another one. */
int writer_rotate(struct writer *w);

/* How many segments were completed, those that were left among them. */
uint64_t writer_sealed(const struct writer *w);
/* Makes what is old thinner, if it is to be: minutes of CPU time for a day of samples. It looks
 * at files alone, so a process of its own may do it, one at a time. */
bool writer_rewrites(const struct writer *w);
int writer_rewrite(struct writer *w);

#endif
