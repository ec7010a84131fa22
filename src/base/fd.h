#ifndef BASE_FD_H
#define BASE_FD_H

/* fd: file descriptors that close themselves, and reading a whole small file. */
#include <unistd.h>

#include "base/buf.h"

static inline void
cleanup_fd_fn(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
}
#define cleanup_fd __attribute__((cleanup(cleanup_fd_fn)))

/* Reads openat(dir, path) to its end, at most max bytes, into b (cleared first). 0 or -errno;
 * -EFBIG when there is more than max (b then holds the first max bytes). */
int fd_read_file(int dir, const char *path, size_t max, struct buf *b);
/* Reads an open file to its end. */
int fd_read_all(int fd, size_t max, struct buf *b);
/* Writes all of it, through partial writes and EINTR. 0 or -errno. */
int fd_write_all(int fd, const void *p, size_t n);

#endif
