#include "sys/pidlinks.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/mem.h"
#include "sys/pid.h"

enum { DENTS_BYTES = 8192, TARGET_MAX = 4096, INFO_MAX = 2048, NAME_MAX_BYTES = 32 };

/* As the kernel lays it out. */
struct dent {
	uint64_t ino;
	int64_t off;
	unsigned short reclen;
	unsigned char type;
	char name[];
};

static bool
cut_nul(struct span *text, struct span *ret)
{
	const char *nul = span_empty(*text) ? NULL : memchr(text->p, '\0', span_len(*text));

	if (!nul)
		return false;
	*ret = (struct span){text->p, nul};
	text->p = nul + 1;
	return true;
}

bool
pid_links_next(struct span *text, struct pid_link *ret)
{
	return cut_nul(text, &ret->name) && cut_nul(text, &ret->target) &&
	       cut_nul(text, &ret->size) && cut_nul(text, &ret->info);
}

struct out {
	char *to;
	size_t len, max;
	bool full;
};

static void
put(struct out *o, const char *s, size_t n)
{
	if (n >= o->max - o->len)
		o->full = true;
	if (o->full)
		return;
	memcpy(o->to + o->len, s, n);
	o->len += n;
	o->to[o->len++] = '\0';
}

/* Without asking a server that may be gone: what the kernel has. */
static size_t
size_of(int dir, const char *name, char digits[24])
{
	struct statx st;
	uint64_t v;
	size_t n = 0;

	if (statx(dir, name, AT_STATX_DONT_SYNC | AT_NO_AUTOMOUNT, STATX_SIZE | STATX_TYPE, &st) <
		    0 ||
	    !S_ISREG(st.stx_mode))
		return 0;
	v = st.stx_size;
	do
		n++;
	while (v /= 10);
	v = st.stx_size;
	for (size_t i = n; i-- > 0; v /= 10)
		digits[i] = (char)('0' + v % 10);
	return n;
}

static size_t
info_of(int dir, const char *name, char *to)
{
	cleanup_fd int fd = openat(dir, name, O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : pid_read_into(fd, to, INFO_MAX);

	return n < 0 ? 0 : (size_t)n;
}

static void
put_link(struct out *o, int dir, int infos, bool sizes, const char *name)
{
	char target[TARGET_MAX], info[INFO_MAX], digits[24];
	ssize_t n = readlinkat(dir, name, target, sizeof target);
	size_t before = o->len;

	if (n < 0)
		return; /* closed meanwhile; or "." and ".." */
	put(o, name, strlen(name));
	put(o, target, strnlen(target, (size_t)n));
	put(o, digits, sizes && n && *target == '/' ? size_of(dir, name, digits) : 0);
	put(o, info, infos < 0 ? 0 : strnlen(info, info_of(infos, name, info)));
	if (o->full)
		o->len = before;
}

static ssize_t
read_links(const struct root *r, uint32_t pid, const char *name, struct out *o)
{
	char dir_name[NAME_MAX_BYTES] = "";
	_Alignas(8) char dents[DENTS_BYTES];
	cleanup_fd int dir = -1, infos = -1;
	struct statfs fs;
	bool sizes;

	memcpy(dir_name, name, MIN(strlen(name) - 1, sizeof dir_name - 1));
	dir = pid_open_flags(r, pid, 0, dir_name, O_RDONLY | O_DIRECTORY);
	if (dir < 0)
		return dir;
	if (strcmp(dir_name, "fd") == 0)
		infos = pid_open_flags(r, pid, 0, "fdinfo", O_RDONLY | O_DIRECTORY);
	/* Elsewhere a link leads to a file of this machine, of that name. */
	sizes = infos >= 0 && fstatfs(dir, &fs) == 0 && fs.f_type == PROC_SUPER_MAGIC;
	for (;;) {
		long got = syscall(SYS_getdents64, dir, dents, sizeof dents);

		if (got < 0)
			return errno == ENOENT ? -ESRCH : -errno;
		if (got == 0)
			return (ssize_t)o->len;
		for (long at = 0; at < got && !o->full;) {
			const struct dent *d = (const struct dent *)(void *)(dents + at);

			at += d->reclen;
			put_link(o, dir, infos, sizes, d->name);
		}
		if (o->full) { /* it is as long as it may be: that tells, and half a link is none */
			memset(o->to + o->len, '?', o->max - o->len);
			return (ssize_t)o->max;
		}
	}
}

ssize_t
pid_detail_read(const struct root *r, uint32_t pid, const char *name, int flags, char *to,
		size_t max)
{
	struct out o = {.to = to, .max = max};
	size_t len = 0;

	if (*name && name[strlen(name) - 1] == '/')
		return read_links(r, pid, name, &o);
	cleanup_fd int fd = pid_open_flags(r, pid, 0, name, flags);

	if (fd < 0)
		return fd;
	while (len < max) {
		ssize_t n = pread(fd, to + len, max - len, (off_t)len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		len += (size_t)n;
	}
	return (ssize_t)len;
}
