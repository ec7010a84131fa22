#ifndef SAMPLE_TOLD_H
#define SAMPLE_TOLD_H

/* told: the arguments of programs, as the kernel tells them when a process begins one
 * (sys/execs.h). They are all there is to know of what ended before anybody looked, and spare
 * reading the cmdline of what just came. A program may change its arguments later, and does so soon
 * if ever: those of a process that goes on living are read after a few ticks, of all such together.
 *
 * Opened on the second tick, so that nobody waits for the first screen; on the first one where
 * nothing is wanted but which processes ended.
 */
#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/hash.h"
#include "frame/frame.h"
#include "sys/endings.h"

struct telling {
	uint32_t pid;
	int64_t mono_ns; /* when the program began */
	size_t at, n;    /* in text: arguments, joined */
};

struct tellings { /* of one tick */
	struct telling *list;
	size_t n, cap;
	struct buf text;
	struct index by_pid;
	bool indexed;
};

struct told {
	struct execs *execs; /* NULL: nobody tells */
	bool want;           /* it is to be opened */
	struct tellings now, before; /* an end may be heard of one tick later than what began */
	struct row_key *again; /* whose cmdline is to be read yet */
	size_t nagain, again_cap;
};

struct procs;
void told_release(struct told *t);
/* After all processes were met, before files_ask(): takes what was told since the tick before. */
void told_tick(struct procs *ps, struct frame *f);
/* The arguments of a process that ended: of its last program. NULL: they were not told. */
const char *told_of(struct told *t, const struct ended *e, size_t *ret_n);

#endif
