#ifndef SYS_PIDLINKS_H
#define SYS_PIDLINKS_H

/* pidlinks: directories of links of a process (PID/fd, PID/ns) as one text that an errand brings
 * back, and parsing it. Of each link, in any order:
 *
 *     name NUL target NUL size NUL info NUL
 *
 * size: of the file, in digits, for fd whose target is a path and where procfs is the kernel's own;
 * info: of PID/fdinfo/name; both are empty when not known, and always of other directories. A cut
 * text ends in the middle of a link, which is left out then.
 */
#include <sys/types.h>

#include "base/num.h"
#include "base/root.h"

struct pid_link {
	struct span name, target, size, info;
};

/* Cuts the next link off *text. */
bool pid_links_next(struct span *text, struct pid_link *ret);

/* A file of a process to its end, or a directory (its name ends in '/') as text; at most max bytes.
 * System calls only: a process made by fork() does it. Bytes, or -errno as of pid_open(). */
ssize_t pid_detail_read(const struct root *r, uint32_t pid, const char *name, int flags, char *to,
			size_t max);

#endif
