#ifndef ACT_CGROUP_H
#define ACT_CGROUP_H

/* cgroup: a cgroup (version 2) that is stopped, let go on or killed as a whole. Its directory is
 * held from the moment the dialog opens: another that is made with the same name later is not it.
 */
#include "act/act.h"

struct cgroup {
	int dir; /* -1: none */
	uint64_t inode;
};

/* path: as PID/cgroup has it, "/system.slice/a.service". -EINVAL for what is no such path,
 * -EOPNOTSUPP where there is no version 2, -EBUSY for the root and for any that sonde itself is in
 * (it would stop itself), -ENOENT when it is not there. c can be closed in any case. */
int cgroup_open(struct cgroup *c, const struct root *root, const char *path);
void cgroup_close(struct cgroup *c);

int cgroup_frozen(const struct cgroup *c); /* 1, 0 or -errno */
int cgroup_freeze(const struct cgroup *c, bool frozen);
/* SIGKILL to all in it and below, at once; -ENOENT before Linux 5.14. */
int cgroup_kill(const struct cgroup *c);

#endif
