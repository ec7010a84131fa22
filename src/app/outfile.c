#include "app/outfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/utf8.h"

/* Of a name in a path; file systems have 255. */
enum { NAME_MOST = 180 };

int
outfile_find(const char *path, bool force, int *ret_dir, const char **ret_name, struct err *e)
{
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
	char *parent = slash ? xstrdup(path) : xstrdup(".");
	struct stat st;
	int r = 0;

	if (slash)
		parent[slash == path ? 1 : slash - path] = '\0';
	*ret_name = name;
	*ret_dir = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (*ret_dir < 0)
		r = err_set(e, -errno, "%.150s: expected a directory to write in: %s", parent,
			    strerror(errno));
	else if (!*name || (fstatat(*ret_dir, name, &st, 0) == 0 && S_ISDIR(st.st_mode)))
		r = err_set(e, -EISDIR, "%.150s: is a directory: expected the name of a file",
			    path);
	else if (fstatat(*ret_dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		r = 0;
	else if (!force)
		r = err_set(e, -EEXIST, "%.150s: is there already: expected a new name, or --force",
			    path);
	else if (!S_ISREG(st.st_mode))
		r = err_set(e, -EEXIST, "%.150s: is no plain file: expected one to write over",
			    path);
	free(parent);
	return r;
}

mode_t
outfile_mode(int dir)
{
	struct stat st;

	return fstat(dir, &st) < 0 ? 0600 : (st.st_mode & 0644) | 0600;
}

int
outfile_begin(struct outfile *f, int dir, const char *name, mode_t mode)
{
	struct buf b = {0};

	buf_printf(&b, ".%s-%ld", name, (long)getpid());
	*f = (struct outfile){.dir = dir, .fd = -1, .name = xstrdup(name), .temporary = b.data};
	f->fd = openat(dir, f->temporary,
		       O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (f->fd < 0)
		return -errno;
	return fchmod(f->fd, mode) < 0 ? -errno : 0;
}

int
outfile_end(struct outfile *f)
{
	if (fsync(f->fd) < 0 || renameat(f->dir, f->temporary, f->dir, f->name) < 0)
		return -errno;
	(void)close(f->fd);
	f->fd = -1;
	(void)fsync(f->dir);
	return 0;
}

void
outfile_drop(struct outfile *f)
{
	if (f->fd >= 0) {
		(void)unlinkat(f->dir, f->temporary, 0);
		(void)close(f->fd);
	}
	if (f->dir >= 0)
		(void)close(f->dir);
	free(f->name);
	free(f->temporary);
	*f = (struct outfile){.dir = -1, .fd = -1};
}

int
outdir_open(const char *path, struct err *e)
{
	int fd;

	if (mkdir(path, 0700) < 0 && errno != EEXIST)
		return err_set(e, -errno, "%.150s: cannot be made: %s", path, strerror(errno));
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return err_set(e, -errno, "%.150s: expected a directory to write in: %s", path,
			       strerror(errno));
	return fd;
}

int
outdir_below(int dir, const char *name)
{
	bool made = mkdirat(dir, name, 0700) == 0;
	struct stat st;
	int fd, r;

	if (!made && errno != EEXIST)
		return -errno;
	fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (!made || (fstat(dir, &st) == 0 && fchmod(fd, (st.st_mode & 0755) | 0700) == 0))
		return fd;
	r = -errno;
	(void)close(fd);
	return r;
}

static bool
is_plain(uint32_t c)
{
	return ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
	       c == '_' || c == '.';
}

void
outdir_name(struct buf *b, const char *key, const char *name)
{
	size_t most = b->len + NAME_MOST;
	const char *end = name + strlen(name);
	uint32_t cp;

	buf_printf(b, "%s=", key);
	/* What others take for absent. */
	if (!*name)
		buf_puts(b, "__HIVE_DEFAULT_PARTITION__");
	while (name < end && b->len < most) {
		char bytes[4];
		size_t n;

		name += utf8_next(name, end, &cp);
		n = utf8_encode(cp, bytes);
		if (is_plain(cp))
			buf_putc(b, (char)cp);
		for (size_t i = 0; i < n && !is_plain(cp); i++)
			buf_printf(b, "%%%02X", (unsigned char)bytes[i]);
	}
}
