#ifndef SAMPLE_EXITS_H
#define SAMPLE_EXITS_H

/* exits: the processes that ended since the tick before, as rows. The kernel says of them what they
 * were and cost (sys/life.h), of those too that were never seen alive; what was seen adds the
 * arguments. Where the kernel says nothing, the rows are those that were there on the tick before.
 *
 * Nothing listens until the first plan that wants any of it.
 */
#include "sample/procs.h"
#include "sys/life.h"

struct exits {
	const struct root *root;
	struct life *life; /* NULL: nobody wanted to know yet */
	struct ended *ended;
};

void exits_init(struct exits *x, const struct root *root);
void exits_release(struct exits *x);
/* Says whether the plan wants any of it; procs then remembers who went. */
bool exits_plan(struct exits *x, const struct plan *plan);
/* After procs_tick(). */
void exits_fill(struct exits *x, struct procs *ps, struct frame *f);

#endif
