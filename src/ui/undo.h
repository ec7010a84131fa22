#ifndef UI_UNDO_H
#define UI_UNDO_H

/* undo: how things were before the last actions. An action may have met many processes; undoing it
 * meets those of them that are still the same ones.
 */
#include "act/cgroup.h"
#include "act/setting.h"

enum { UNDO_MAX = 32 };

struct change {
	pid_t pid; /* and since when: looked for anew, and refused when it is another */
	uint64_t start_ticks;
	char name[32];
	bool stopped;          /* was; else `before` is set again */
	struct setting before; /* when neither stopped nor a cgroup */
	char *cgroup;          /* its path: was frozen (or thawed); NULL: a process */
	uint64_t inode;
	bool frozen; /* what it was before */
};

struct undo {
	char what[48]; /* "nice 5" */
	struct change *change;
	size_t n, cap;
};

struct undo_list {
	struct undo undo[UNDO_MAX]; /* the oldest first */
	size_t n;
};

void undo_release(struct undo_list *l);
/* The next action; the oldest makes room. Its changes are put with undo_put(). */
void undo_begin(struct undo_list *l, const char *what);
void undo_put(struct undo_list *l, const struct change *c); /* takes what c owns */
void undo_end(struct undo_list *l); /* forgets it again when nothing was put */

/* Undoes one change: 0 or -errno. ret_what: "SIGCONT", "nice 0". */
int undo_change(const struct change *c, const struct root *root, char *ret_what, size_t n);
void undo_drop(struct undo_list *l); /* the newest */

#endif
