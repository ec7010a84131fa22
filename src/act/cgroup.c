#include "act/cgroup.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "base/fd.h"
#include "base/num.h"

enum { CGROUP2_MAGIC = 0x63677270, PATH_BYTES = 4096 };

/* "/a/b": from the root, with no empty parts, none that go up or nowhere. */
static bool
is_path(const char *path)
{
	size_t n = strlen(path);

	if (n < 2 || n >= PATH_BYTES || *path != '/')
		return false;
	while (*path) {
		size_t part = strcspn(++path, "/");

		if (part == 0 || (part == 1 && path[0] == '.') ||
		    (part == 2 && path[0] == '.' && path[1] == '.'))
			return false;
		path += part;
	}
	return true;
}

/* Is `path` the cgroup sonde is in, or above it? When nobody says, it may be. */
static bool
is_ours(const struct root *root, const char *path)
{
	struct buf b = {0};
	struct span all, line;
	size_t n = strlen(path);
	bool ours = true;

	if (root_read(root, ROOT_PROC, "self/cgroup", &b) == 0) {
		all = span_of(b.data, b.len);
		while (span_line(&all, &line)) {
			if (!span_starts(line, "0::"))
				continue;
			line.p += 3;
			ours = span_len(line) >= n && memcmp(line.p, path, n) == 0 &&
			       (span_len(line) == n || line.p[n] == '/');
		}
	}
	buf_release(&b);
	return ours;
}

int
cgroup_open(struct cgroup *c, const struct root *root, const char *path)
{
	struct statfs fs;
	struct stat st;

	*c = (struct cgroup){.dir = -1};
	if (root->foreign)
		return -EOPNOTSUPP;
	if (root->dir[ROOT_CGROUP] < 0 || fstatfs(root->dir[ROOT_CGROUP], &fs) < 0 ||
	    fs.f_type != CGROUP2_MAGIC)
		return -EOPNOTSUPP;
	if (strcmp(path, "/") == 0)
		return -EBUSY;
	if (!is_path(path))
		return -EINVAL;
	c->dir = root_open_beneath(root, ROOT_CGROUP, path + 1, O_RDONLY | O_DIRECTORY);
	if (c->dir < 0)
		return c->dir;
	if (is_ours(root, path) || fstat(c->dir, &st) < 0) {
		cgroup_close(c);
		return -EBUSY;
	}
	c->inode = st.st_ino;
	return 0;
}

void
cgroup_close(struct cgroup *c)
{
	if (c->dir >= 0)
		(void)close(c->dir);
	c->dir = -1;
}

int
cgroup_frozen(const struct cgroup *c)
{
	char text = 0;
	cleanup_fd int fd = openat(c->dir, "cgroup.freeze", O_RDONLY | O_CLOEXEC);

	if (fd < 0 || read(fd, &text, 1) < 0)
		return -errno;
	return text == '1';
}

static int
say(const struct cgroup *c, const char *file, const char *text)
{
	cleanup_fd int fd = openat(c->dir, file, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);

	return fd < 0 ? -errno : fd_write_all(fd, text, 1);
}

int
cgroup_freeze(const struct cgroup *c, bool frozen)
{
	return say(c, "cgroup.freeze", frozen ? "1" : "0");
}

int
cgroup_kill(const struct cgroup *c)
{
	return say(c, "cgroup.kill", "1");
}
