#ifndef SAMPLE_DETAILS_H
#define SAMPLE_DETAILS_H

/* details: the tables of one process that the plan names: open files, memory by mapping,
 * environment, limits, namespaces, limits of its cgroup, kernel stacks. Nothing is read unless the
 * plan wants the table, and what may hang is asked by errands.
 *
 * What is quick to read is read on every tick, what goes through all of a process's files or memory
 * every two seconds, the environment every four; in between rows are what they were. Answers are
 * believed only if the process of that start time is still there when they have come: then they
 * were its.
 */
#include "feed/feed.h"
#include "sys/errand.h"

struct details;

struct details *details_new(const struct root *root, struct errands *errands); /* both borrowed */
void details_free(struct details *d);
void details_plan(struct details *d, const struct plan *p);
/* After the processes, for it uses the same errands. Adds to *garbage the bytes that rows before
 * took in the string pool and these do not. */
void details_fill(struct details *d, struct frame *f, size_t *garbage);

#endif
