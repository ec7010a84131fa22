/* kernel: reads and sets the settings of a process: by system calls that know numbers only, and by
 * its files in procfs. All of them go through target_guard().
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include "act/setting.h"
#include "base/fd.h"
#include "base/mem.h"
#include "base/num.h"

/* <linux/ioprio.h>, which old headers do not have. */
enum { IO_CLASS_SHIFT = 13, IO_CLASS_MASK = 7, IO_DATA_MASK = 0x1fff, IO_LEVEL_MASK = 7,
       IO_WHO_PROCESS = 1 };
enum { POLICY_OTHER = 0, POLICY_BATCH = 3, POLICY_EXT = 7, FLAG_RESET_ON_FORK = 1 };

/* struct sched_attr up to what Linux 4.18 knows; newer kernels leave the rest as it was. */
struct attr {
	uint32_t size, policy;
	uint64_t flags;
	int32_t nice;
	uint32_t priority;
	uint64_t runtime, deadline, period;
};

static const char *const files[SETTINGS] = {
	[SETTING_OOM] = "oom_score_adj",
	[SETTING_AUTOGROUP] = "autogroup",
	[SETTING_SLACK] = "timerslack_ns",
};

static int
get_nice(pid_t pid, int64_t *ret)
{
	int v;

	errno = 0;
	v = getpriority(PRIO_PROCESS, (id_t)pid);
	if (v == -1 && errno)
		return -errno;
	*ret = v;
	return 0;
}

static int
get_io(pid_t pid, struct setting *ret)
{
	long v = syscall(SYS_ioprio_get, IO_WHO_PROCESS, pid);

	if (v < 0)
		return -errno;
	ret->class = (int)(v >> IO_CLASS_SHIFT) & IO_CLASS_MASK;
	ret->value = v & IO_LEVEL_MASK;
	ret->flags = (unsigned)v & IO_DATA_MASK & ~(unsigned)IO_LEVEL_MASK;
	return 0;
}

static int
set_io(pid_t pid, const struct setting *v)
{
	long value = (long)v->class << IO_CLASS_SHIFT;

	if (v->class == 1 || v->class == 2)
		value |= (long)v->flags | (long)v->value;
	return syscall(SYS_ioprio_set, IO_WHO_PROCESS, pid, value) < 0 ? -errno : 0;
}

static int
get_policy(pid_t pid, struct setting *ret)
{
	struct attr a = {0};

	if (syscall(SYS_sched_getattr, pid, &a, (unsigned)sizeof a, 0u) < 0)
		return -errno;
	ret->class = (int)a.policy;
	ret->value = a.priority;
	ret->flags = (unsigned)a.flags & FLAG_RESET_ON_FORK;
	return 0;
}

/* The nice value waits while a real-time policy rules. */
static int
set_policy(pid_t pid, const struct setting *v)
{
	struct attr a = {.size = sizeof a, .policy = (uint32_t)v->class};
	struct setting now = {0};
	int64_t nice = 0;
	int r = get_nice(pid, &nice);

	if (r == 0)
		r = get_policy(pid, &now);
	if (r < 0)
		return r;
	a.flags = now.flags;
	a.priority = (uint32_t)v->value;
	if (v->class == POLICY_OTHER || v->class == POLICY_BATCH || v->class == POLICY_EXT)
		a.nice = (int32_t)nice;
	return syscall(SYS_sched_setattr, pid, &a, 0u) < 0 ? -errno : 0;
}

static int
get_affinity(pid_t pid, struct setting *ret)
{
	struct cpus *c = xcalloc(1, sizeof *c);

	if (syscall(SYS_sched_getaffinity, pid, sizeof c->word, c->word) < 0) {
		int r = -errno;

		free(c);
		return r;
	}
	ret->cpus = c;
	return 0;
}

static int
set_affinity(pid_t pid, const struct setting *v)
{
	return syscall(SYS_sched_setaffinity, pid, sizeof v->cpus->word, v->cpus->word) < 0 ? -errno
											   : 0;
}

static int
open_file(const struct target *t, const struct root *root, enum setting_kind kind, int flags)
{
	char path[48];

	(void)snprintf(path, sizeof path, "%d/%s", (int)t->pid, files[kind]);
	return root_open(root, ROOT_PROC, path, flags);
}

/* A file that is not there: the process has gone, or the kernel lacks it; target_guard() knows. */
static int
no_file(int error)
{
	return error == -ENOENT ? -ENOSYS : error;
}

/* "-17\n"; of autogroup "/autogroup-33 nice 0\n", and nothing where it is switched off. */
static int
get_file(const struct target *t, const struct root *root, struct setting *ret)
{
	char text[128];
	struct span s, word;
	ssize_t n;
	cleanup_fd int fd = open_file(t, root, ret->kind, O_RDONLY);

	if (fd < 0)
		return no_file(fd);
	n = read(fd, text, sizeof text);
	if (n < 0)
		return -errno;
	s = span_of(text, (size_t)n);
	if (ret->kind == SETTING_AUTOGROUP) {
		if (!span_word(&s, &word) || !span_word(&s, &word) || !span_is(word, "nice"))
			return -ENOSYS;
	}
	return num_i64(&s, &ret->value) < 0 ? -EINVAL : 0;
}

static int
set_file(const struct target *t, const struct root *root, const struct setting *v)
{
	char text[32];
	int n = snprintf(text, sizeof text, "%lld", (long long)v->value);
	cleanup_fd int fd = open_file(t, root, v->kind, O_WRONLY);

	if (fd < 0)
		return no_file(fd);
	return fd_write_all(fd, text, (size_t)n);
}

static int
get(const struct target *t, const struct root *root, void *arg)
{
	struct setting *v = arg;

	switch (v->kind) {
	case SETTING_NICE:
		return get_nice(t->pid, &v->value);
	case SETTING_IO:
		return get_io(t->pid, v);
	case SETTING_POLICY:
		return get_policy(t->pid, v);
	case SETTING_AFFINITY:
		return get_affinity(t->pid, v);
	case SETTING_OOM:
	case SETTING_AUTOGROUP:
	case SETTING_SLACK:
		return get_file(t, root, v);
	case SETTINGS:
		break;
	}
	return -EINVAL;
}

static int
set(const struct target *t, const struct root *root, void *arg)
{
	const struct setting *v = arg;

	switch (v->kind) {
	case SETTING_NICE:
		return setpriority(PRIO_PROCESS, (id_t)t->pid, (int)v->value) < 0 ? -errno : 0;
	case SETTING_IO:
		return set_io(t->pid, v);
	case SETTING_POLICY:
		return set_policy(t->pid, v);
	case SETTING_AFFINITY:
		return set_affinity(t->pid, v);
	case SETTING_OOM:
	case SETTING_AUTOGROUP:
	case SETTING_SLACK:
		return set_file(t, root, v);
	case SETTINGS:
		break;
	}
	return -EINVAL;
}

int
setting_read(const struct target *t, const struct root *root, enum setting_kind kind,
	     struct setting *ret)
{
	struct setting v = {.kind = kind};
	int r = target_guard(t, root, get, &v);

	if (r < 0) {
		setting_release(&v);
		return r == -ESTALE ? -ESRCH : r;
	}
	*ret = v;
	return 0;
}

int
setting_apply(const struct target *t, const struct root *root, const struct setting *v)
{
	if (v->kind == SETTING_NICE && (v->value < -20 || v->value > 19))
		return -EINVAL; /* the kernel would take the nearest */
	return target_guard(t, root, set, (void *)v);
}
