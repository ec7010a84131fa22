#ifndef UI_TARGETS_H
#define UI_TARGETS_H

/* targets: the processes that something is about to be done to. They are taken from the frame that
 * is shown, by their row keys, and held: whatever the rows do from then on, it is these and no
 * others.
 */
#include "act/act.h"
#include "frame/frame.h"

/* Who besides those that were chosen. */
enum scope { SCOPE_CHOSEN, SCOPE_BELOW, SCOPE_GROUP, SCOPE_SESSION, SCOPE_CGROUP, SCOPES };

struct held {
	struct target target;
	char name[32];
};

struct targets {
	struct held *held;
	size_t n, cap;
	size_t nchosen; /* the first so many were chosen, the rest the scope brought */
	size_t missed;  /* could not be taken */
	int error;      /* why the last of them could not */
	bool unknown;   /* the frame does not say yet whom the scope means */
};

void targets_let_go(struct targets *ts); /* of all; keeps the room */
void targets_release(struct targets *ts);

/* Takes those with these keys and whom the scope adds. Threads are no targets (-EINVAL). A scope
 * adds no threads of the kernel, no process 1 and not `self`, which is sonde. */
void targets_take(struct targets *ts, const struct root *root, const struct frame *f,
		  const struct row_key *chosen, size_t nchosen, enum scope scope, pid_t self);

/* "3310 java and 4 below it" */
void targets_describe(const struct targets *ts, enum scope scope, char *out, size_t n);
size_t targets_ended(const struct targets *ts, const struct root *root); /* how many have by now */

/* Which rows are whose children: the process rows in order of number. */
struct family {
	struct kin {
		uint64_t pid;
		uint32_t row;
	} *kin;
	size_t n, cap;
};
void family_build(struct family *fam, const struct table *t);
void family_release(struct family *fam);
uint32_t family_row(const struct family *fam, uint64_t pid); /* ROW_NONE */

/* Is the cgroup `path` that one, or below it? */
bool cgroup_within(const char *path, const char *that);

#endif
