#ifndef SYS_PIDLIST_H
#define SYS_PIDLIST_H

/* pidlist: the numbers in a directory of processes or threads, in rising order, by few large
 * getdents64 calls on a kept descriptor.
 */
#include <stdint.h>

#include "base/root.h"

struct pidlist {
	uint32_t *pid;
	size_t n, cap;
	char *dents; /* scratch */
	int fd;      /* kept for the process list; -1 at first */
};

void pidlist_init(struct pidlist *l);
void pidlist_release(struct pidlist *l);
/* All processes below the root. 0 or -errno. */
int pidlist_read(struct pidlist *l, const struct root *r);
/* All threads of a process, the leader included. 0 or -errno (-ESRCH: gone). */
int pidlist_read_threads(struct pidlist *l, const struct root *r, uint32_t pid);

#endif
