/* pidlist: numbers of processes and threads, straight from getdents64: readdir() would copy every
 * entry and read 32 KiB at a time. */
#include "sys/pidlist.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/syscall.h>

#include "base/fd.h"
#include "base/mem.h"

enum { DENTS_BYTES = 256 * 1024 };

/* As the kernel lays it out. */
struct dent {
	uint64_t ino;
	int64_t off;
	unsigned short reclen;
	unsigned char type;
	char name[];
};

void
pidlist_init(struct pidlist *l)
{
	*l = (struct pidlist){.fd = -1};
}

void
pidlist_release(struct pidlist *l)
{
	free(l->pid);
	free(l->dents);
	if (l->fd >= 0)
		(void)close(l->fd);
	pidlist_init(l);
}

/* The number that is the whole of a name; 0 for all other names. */
static uint32_t
name_number(const char *s)
{
	uint32_t v = 0;

	if (*s == '0')
		return 0;
	for (; *s; s++) {
		unsigned d = (unsigned)(*s - '0');

		if (d > 9 || v > (INT32_MAX - d) / 10)
			return 0;
		v = v * 10 + d;
	}
	return v;
}

static int
compare(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return CMP(x, y);
}

static int
list(struct pidlist *l, int fd)
{
	bool rising = true;

	if (!l->dents)
		l->dents = xmalloc(DENTS_BYTES);
	l->n = 0;
	for (;;) {
		long got = syscall(SYS_getdents64, fd, l->dents, (size_t)DENTS_BYTES);

		if (got < 0)
			return errno == ENOENT ? -ESRCH : -errno;
		if (got == 0)
			break;
		for (long at = 0; at < got;) {
			const struct dent *d = (const struct dent *)(void *)(l->dents + at);
			uint32_t pid;

			at += d->reclen;
			if (d->type != DT_DIR && d->type != DT_UNKNOWN)
				continue;
			pid = name_number(d->name);
			if (!pid)
				continue;
			if (l->n && pid <= l->pid[l->n - 1])
				rising = false;
			GROW(l->pid, l->cap, l->n + 1);
			l->pid[l->n++] = pid;
		}
	}
	/* procfs lists processes in order; threads, and other file systems, need not be. */
	if (!rising) {
		size_t n = 1;

		qsort(l->pid, l->n, sizeof *l->pid, compare);
		for (size_t i = 1; i < l->n; i++)
			if (l->pid[i] != l->pid[n - 1])
				l->pid[n++] = l->pid[i];
		l->n = n;
	}
	return 0;
}

int
pidlist_read(struct pidlist *l, const struct root *r)
{
	/* The moments of a fixture are different directories. */
	if (l->fd >= 0 && (r->fixture || lseek(l->fd, 0, SEEK_SET) < 0)) {
		(void)close(l->fd);
		l->fd = -1;
	}
	if (l->fd < 0)
		l->fd = root_open(r, ROOT_PROC, ".", O_RDONLY | O_DIRECTORY);
	if (l->fd < 0) {
		int ret = l->fd;

		l->fd = -1;
		l->n = 0;
		return ret;
	}
	return list(l, l->fd);
}

int
pidlist_read_threads(struct pidlist *l, const struct root *r, uint32_t pid)
{
	char path[32];
	int fd, ret;

	(void)snprintf(path, sizeof path, "%u/task", (unsigned)pid);
	fd = root_open(r, ROOT_PROC, path, O_RDONLY | O_DIRECTORY);
	if (fd < 0) {
		l->n = 0;
		return fd == -ENOENT ? -ESRCH : fd;
	}
	ret = list(l, fd);
	(void)close(fd);
	return ret;
}
