#include "base/fd.h"

#include <errno.h>
#include <fcntl.h>

#include "base/mem.h"

enum { FIRST_READ = 4096 };

int
fd_read_all(int fd, size_t max, struct buf *b)
{
	buf_clear(b);
	for (;;) {
		size_t room = b->cap > b->len + 1 ? b->cap - b->len - 1 : 0;
		ssize_t n;

		if (b->len == max) {
			char more;

			n = read(fd, &more, 1);
			return n < 0 ? -errno : n > 0 ? -EFBIG : 0;
		}
		if (room < FIRST_READ - 1)
			room = MAX((size_t)FIRST_READ - 1, b->len);
		room = MIN(room, max - b->len);
		buf_reserve(b, room);
		n = read(fd, b->data + b->len, room);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		b->len += (size_t)n;
		b->data[b->len] = '\0';
		if (n == 0)
			return 0;
	}
}

int
fd_read_file(int dir, const char *path, size_t max, struct buf *b)
{
	cleanup_fd int fd = openat(dir, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	if (fd < 0) {
		buf_clear(b);
		return -errno;
	}
	return fd_read_all(fd, max, b);
}

int
fd_write_all(int fd, const void *p, size_t n)
{
	const char *c = p;

	while (n) {
		ssize_t w = write(fd, c, n);

		if (w < 0 && errno == EINTR)
			continue;
		if (w < 0)
			return -errno;
		c += w;
		n -= (size_t)w;
	}
	return 0;
}
