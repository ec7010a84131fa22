#include "base/root.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>

#include "base/clock.h"
#include "base/fd.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/passwd.h"

static const size_t FILE_MAX_BYTES = (size_t)64 << 20;
static const char *const area_names[ROOT_AREAS] = {"proc", "sys", "sys/fs/cgroup"};

struct moment {
	char name[32];
	int64_t mono_ns, wall_ns;
};

struct fixture {
	int dir; /* of the MANIFEST */
	char host[65];
	struct moment *moment;
	size_t nmoments, moments_cap, now;
	struct {
		uid_t uid;
		char name[64];
	} *user;
	size_t nusers, users_cap;
};

static void
close_areas(struct root *r)
{
	for (int i = 0; i < ROOT_AREAS; i++) {
		if (r->dir[i] >= 0)
			(void)close(r->dir[i]);
		r->dir[i] = -1;
	}
}

static int
open_dir(int at, const char *path)
{
	int fd = openat(at, path, O_PATH | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

static void
open_areas_below(struct root *r, int at)
{
	close_areas(r);
	for (int i = 0; i < ROOT_AREAS; i++) {
		int dir = open_dir(at, area_names[i]);

		r->dir[i] = MAX(dir, -1);
	}
}

/* MANIFEST: lines of "key value..."; '#' starts a comment. */
static int
manifest_line(struct root *r, struct span line)
{
	struct fixture *fx = r->fixture;
	struct span key, word;
	uint64_t v;

	if (!span_word(&line, &key) || *key.p == '#')
		return 0;
	if (span_is(key, "host")) {
		if (line.p < line.end)
			line.p++;
		snprintf(fx->host, sizeof fx->host, "%.*s", (int)MIN(span_len(line), 64), line.p);
		return 0;
	}
	if (span_is(key, "clk_tck") || span_is(key, "page_size")) {
		if (num_u64(&line, &v) < 0 || v == 0 || v > 1 << 20)
			return -EINVAL;
		*(span_is(key, "clk_tck") ? &r->clk_tck : &r->page_size) = (long)v;
		return 0;
	}
	if (span_is(key, "user")) {
		if (num_u64(&line, &v) < 0 || v > UINT32_MAX)
			return -EINVAL;
		if (line.p < line.end)
			line.p++;
		GROW(fx->user, fx->users_cap, fx->nusers + 1);
		fx->user[fx->nusers].uid = (uid_t)v;
		snprintf(fx->user[fx->nusers].name, sizeof fx->user->name, "%.*s",
			 (int)MIN(span_len(line), 63), line.p);
		fx->nusers++;
		return 0;
	}
	if (span_is(key, "frame")) {
		struct moment m = {0};

		if (!span_word(&line, &word) || span_len(word) >= sizeof m.name)
			return -EINVAL;
		memcpy(m.name, word.p, span_len(word));
		if (!span_word(&line, &word) || !span_is(word, "mono") ||
		    num_fixed(&line, 9, &m.mono_ns) < 0 || !span_word(&line, &word) ||
		    !span_is(word, "wall") || num_fixed(&line, 9, &m.wall_ns) < 0)
			return -EINVAL;
		GROW(fx->moment, fx->moments_cap, fx->nmoments + 1);
		fx->moment[fx->nmoments++] = m;
		return 0;
	}
	return -EINVAL;
}

static int
open_moment(struct root *r)
{
	cleanup_fd int dir = open_dir(r->fixture->dir, r->fixture->moment[r->fixture->now].name);

	if (dir < 0)
		return dir;
	open_areas_below(r, dir);
	return 0;
}

static int
fixture_init(struct root *r, int dir, const char *path, struct err *e)
{
	struct buf text = {0};
	struct span all, line;
	int n = 0, ret;

	r->fixture = xcalloc(1, sizeof *r->fixture);
	r->fixture->dir = dir;
	snprintf(r->fixture->host, sizeof r->fixture->host, "fixture");
	ret = fd_read_file(dir, "MANIFEST", FILE_MAX_BYTES, &text);
	if (ret < 0) {
		err_set(e, ret, "%s/MANIFEST: %s", path, strerror(-ret));
		goto out;
	}
	all = span_of(text.data, text.len);
	while (span_line(&all, &line)) {
		n++;
		ret = manifest_line(r, line);
		if (ret < 0) {
			err_set(e, ret,
				"%s/MANIFEST:%d: expected host, clk_tck, page_size, user or frame", path,
				n);
			goto out;
		}
	}
	if (!r->fixture->nmoments) {
		ret = err_set(e, -EINVAL, "%s/MANIFEST: expected at least one frame line", path);
		goto out;
	}
	ret = open_moment(r);
	if (ret < 0)
		err_set(e, ret, "%s/%s: %s", path, r->fixture->moment[0].name, strerror(-ret));
out:
	buf_release(&text);
	return ret;
}

/* Our own procfs, and of our own PID namespace? Otherwise pids mean nothing to our system calls. */
static bool
is_our_procfs(const struct root *r)
{
	char link[32], want[32];
	ssize_t n;

	if (r->dir[ROOT_PROC] < 0)
		return false;
	n = readlinkat(r->dir[ROOT_PROC], "self", link, sizeof link - 1);
	if (n <= 0)
		return false;
	link[n] = '\0';
	snprintf(want, sizeof want, "%d", (int)getpid());
	return strcmp(link, want) == 0;
}

int
root_init(struct root *r, const struct root_paths *paths, struct err *e)
{
	const char *base = paths->root ? paths->root : "/";
	struct utsname uts;
	int ret, dir;

	*r = (struct root){.dir = {-1, -1, -1}};
	r->clk_tck = sysconf(_SC_CLK_TCK);
	r->page_size = sysconf(_SC_PAGESIZE);
	if (uname(&uts) == 0)
		snprintf(r->host, sizeof r->host, "%s", uts.nodename);
	dir = open(base, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return err_set(e, -errno, "%s: %s: expected a directory that holds proc and sys",
			       base, strerror(errno));
	if (paths->root && faccessat(dir, "MANIFEST", F_OK, 0) == 0) {
		r->foreign = true;
		ret = fixture_init(r, dir, base, e);
		if (ret < 0)
			root_release(r);
		return ret;
	}
	open_areas_below(r, dir);
	(void)close(dir);
	for (int i = 0; i < ROOT_AREAS; i++) {
		if (!paths->area[i])
			continue;
		if (r->dir[i] >= 0)
			(void)close(r->dir[i]);
		r->dir[i] = open_dir(AT_FDCWD, paths->area[i]);
		if (r->dir[i] < 0) {
			ret = err_set(e, r->dir[i], "%s: %s: expected a directory", paths->area[i],
				      strerror(-r->dir[i]));
			r->dir[i] = -1;
			root_release(r);
			return ret;
		}
	}
	if (r->dir[ROOT_PROC] < 0) {
		root_release(r);
		return err_set(e, -ENOENT, "%s: no proc directory below it", base);
	}
	r->foreign = paths->root || !is_our_procfs(r);
	return 0;
}

void
root_release(struct root *r)
{
	close_areas(r);
	if (r->fixture) {
		(void)close(r->fixture->dir);
		free(r->fixture->moment);
		free(r->fixture->user);
		free(r->fixture);
		r->fixture = NULL;
	}
}

int
root_advance(struct root *r)
{
	struct fixture *fx = r->fixture;

	if (!fx)
		return 0;
	if (fx->now + 1 >= fx->nmoments)
		return -ENODATA;
	fx->now++;
	return open_moment(r);
}

int64_t
root_mono_ns(const struct root *r)
{
	return r->fixture ? r->fixture->moment[r->fixture->now].mono_ns : clock_mono_ns();
}

int64_t
root_wall_ns(const struct root *r)
{
	return r->fixture ? r->fixture->moment[r->fixture->now].wall_ns : clock_ns(CLOCK_REALTIME);
}

const char *
root_user(const struct root *r, uid_t uid)
{
	if (!r->fixture)
		return r->foreign ? NULL : passwd_name(uid);
	for (size_t i = 0; i < r->fixture->nusers; i++)
		if (r->fixture->user[i].uid == uid)
			return r->fixture->user[i].name;
	return NULL;
}

bool
root_uid(const struct root *r, const char *name, uid_t *ret)
{
	if (!r->fixture)
		return !r->foreign && passwd_uid(name, ret);
	for (size_t i = 0; i < r->fixture->nusers; i++) {
		if (strcmp(r->fixture->user[i].name, name) != 0)
			continue;
		*ret = r->fixture->user[i].uid;
		return true;
	}
	return false;
}

const char *
root_host(const struct root *r)
{
	return r->fixture ? r->fixture->host : r->host;
}

int
root_own_oom_score(int score)
{
	cleanup_fd int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
	char text[16];
	int n = snprintf(text, sizeof text, "%d", score);

	return fd < 0 ? -errno : fd_write_all(fd, text, (size_t)n);
}

void
root_boot_id(uint8_t ret[16])
{
	struct buf b = {0};
	size_t digits = 0;

	memset(ret, 0, 16);
	(void)fd_read_file(AT_FDCWD, "/proc/sys/kernel/random/boot_id", 64, &b);
	for (size_t i = 0; i < b.len && digits < 32; i++) {
		const char *hex = "0123456789abcdef", *d = strchr(hex, b.data[i]);

		if (b.data[i] && d) {
			ret[digits / 2] = (uint8_t)(ret[digits / 2] << 4 | (d - hex));
			digits++;
		}
	}
	buf_release(&b);
}

uint64_t
root_pid_namespace(const struct root *r)
{
	cleanup_fd int fd = root_open(r, ROOT_PROC, "self/ns/pid", O_RDONLY);
	struct stat st;

	return fd >= 0 && fstat(fd, &st) == 0 ? st.st_ino : 0;
}

char
root_own_state(pid_t pid)
{
	char path[32], text[512], *close;
	cleanup_fd int fd = -1;
	ssize_t n;

	snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
	close = n > 0 ? memrchr(text, ')', (size_t)n) : NULL;
	if (!close || text + n - close < 3)
		return 0;
	return close[2];
}

const char *
root_area_name(enum root_area area)
{
	return area_names[area];
}

int
root_read(const struct root *r, enum root_area area, const char *path, struct buf *b)
{
	if (r->dir[area] < 0) {
		buf_clear(b);
		return -ENOENT;
	}
	return fd_read_file(r->dir[area], path, FILE_MAX_BYTES, b);
}

int
root_open(const struct root *r, enum root_area area, const char *path, int flags)
{
	int fd;

	if (r->dir[area] < 0)
		return -ENOENT;
	fd = openat(r->dir[area], path, flags | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

ssize_t
root_readlink(const struct root *r, enum root_area area, const char *path, char *to, size_t max)
{
	ssize_t n;

	if (r->dir[area] < 0)
		return -ENOENT;
	n = readlinkat(r->dir[area], path, to, max);
	return n < 0 ? -errno : n;
}

int64_t
root_size(const struct root *r, enum root_area area, const char *path)
{
	struct stat st;

	if (r->dir[area] < 0)
		return -ENOENT;
	return fstatat(r->dir[area], path, &st, 0) < 0 ? -errno : (int64_t)st.st_size;
}

#ifndef SYS_openat2
#define SYS_openat2 437
#endif

int
root_open_beneath(const struct root *r, enum root_area area, const char *path, int flags)
{
	/* struct open_how of <linux/openat2.h>, which old headers do not have:
	 * RESOLVE_NO_MAGICLINKS | RESOLVE_NO_SYMLINKS | RESOLVE_BENEATH */
	struct {
		uint64_t flags, mode, resolve;
	} how = {(uint64_t)(flags | O_CLOEXEC), 0, 0x02 | 0x04 | 0x08};
	int fd;

	if (r->dir[area] < 0)
		return -ENOENT;
	fd = (int)syscall(SYS_openat2, r->dir[area], path, &how, sizeof how);
	if (fd < 0 && (errno == ENOSYS || errno == EPERM)) /* before 5.6; a seccomp rule */
		fd = openat(r->dir[area], path, flags | O_CLOEXEC | O_NOFOLLOW);
	return fd < 0 ? -errno : fd;
}
