#ifndef UI_GROUPS_H
#define UI_GROUPS_H

/* groups: processes by what one of their fields says: program, user, cgroup. Threads of the kernel
 * are one group when it is names that say it.
 */
#include "frame/frame.h"

struct groups {
	uint32_t n;
	uint32_t *of; /* by row of the table: its group, or ROW_NONE */
	/* by group: its identity, one of its rows, how many there are and where they begin in: */
	struct row_key *key;
	uint32_t *example, *count, *begin;
	uint32_t *member; /* rows, those of a group together, in the order they came in */
	/* room */
	size_t of_cap, key_cap, example_cap, count_cap, begin_cap, member_cap;
	struct index index;
};

void groups_release(struct groups *g);
/* Of rows[0..n); threads among them are left out. */
void groups_make(struct groups *g, const struct table *t, unsigned field, const uint32_t *rows,
		 size_t n);
uint32_t groups_find(const struct groups *g, struct row_key key); /* or ROW_NONE */

#endif
