#ifndef APP_THINNER_H
#define APP_THINNER_H

/* thinner: a process beside the recorder that makes old segments thinner, at the lowest priority:
 * no sample waits for it, its memory is gone with it, and it ends when the recorder does. */
#include <sys/types.h>

#include "store/writer.h"

struct thinner {
	pid_t pid;       /* 0: none runs */
	uint64_t sealed; /* segments that were complete when one ran last */
};

/* After every sample: begins one when a segment was completed and none runs. */
void thinner_look(struct thinner *t, struct writer *w);
void thinner_stop(struct thinner *t);

#endif
