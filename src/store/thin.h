#ifndef STORE_THIN_H
#define STORE_THIN_H

/* thin: many samples into fewer, and what shall not be seen left out.
 *
 * Of the samples in each span of `every_ns` (by the monotonic clock, from its beginning, so that
 * spans are the same whoever thins and however often) the last one stays. Nothing that is seen only
 * once is lost: the one that stays has the processes that ended in any of them, the union of their
 * events, and the most of each summary byte. Counters are as they were, so rates are those of the
 * longer interval.
 */
#include "feed/past.h"
#include "store/piece.h"

enum strip {
	STRIP_ARGS = 1 << 0,    /* command lines and paths: the name of the program stays */
	STRIP_USERS = 1 << 1,   /* names become user1, user2...; numbers, terminals, paths go */
	STRIP_HOSTS = 1 << 2,   /* the machine's name, containers', and those in what is mounted */
	STRIP_CGROUPS = 1 << 3, /* paths of cgroups, and what they say */
	STRIP_MOUNTS = 1 << 4,  /* where and what is mounted, and paths */
	STRIPS = 5
};
extern const char *const strip_names[STRIPS];

struct thin {
	struct piece *out; /* borrowed */
	int64_t every_ns;  /* 0: all stay */
	unsigned strip;
	struct frame_pool *pool;
	struct strpool *strings; /* of a group of samples that stay */
	unsigned kept;           /* with these */
	const struct frame *held; /* the last one */
	struct moment moment;     /* its, and what is to stay of those before it */
	struct frame *ended;      /* the processes that ended before it */
	struct buf users;         /* names one after the other, with their NULs */
	struct buf text;          /* scratch */
};

void thin_init(struct thin *t, struct piece *out, int64_t every_ns, unsigned strip);
void thin_release(struct thin *t);

/* Adds what has to be in the frames: all that can be recorded. */
void thin_want(struct field_set want[TABLE_COUNT]);
/* The next sample. 0, or -errno of the piece. */
int thin_add(struct thin *t, const struct frame *f, const struct moment *m);
/* The last sample stays. 0, or -errno of the piece. */
int thin_end(struct thin *t);
/* What a head says of the machine; free() it. */
char *thin_host(const struct thin *t, const char *host);

#endif
