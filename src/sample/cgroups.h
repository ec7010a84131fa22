#ifndef SAMPLE_CGROUPS_H
#define SAMPLE_CGROUPS_H

/* cgroups: what sys/cgroupname.h says of the paths that processes are in, found once each. */
#include "base/hash.h"
#include "base/strpool.h"

struct cgroup { /* texts are in the string pool, or literals; NULL: none */
	const char *path; /* interned: equal paths are one pointer */
	const char *container, *engine, *unit, *slice;
};

enum { CGROUPS_MAX = 1024 }; /* that are remembered */

struct cgroups {
	struct cgroup *list; /* NULL: nobody has asked yet */
	size_t n;
	struct index by_path;
};

void cgroups_release(struct cgroups *c);
/* Good until the next one is asked for. */
const struct cgroup *cgroups_find(struct cgroups *c, struct strpool *strings, const char *path);
void cgroups_clear(struct cgroups *c); /* the string pool is another one */

#endif
