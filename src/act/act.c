/* act: who is meant is settled when the target is opened, and never looked up by number again: a
 * pidfd names one process for ever. Its start time is read after pidfd_open(), so the pidfd surely
 * is of the process that was shown. Without a pidfd (before 5.3, or under a seccomp rule that does
 * not know the call) a moment stays between the comparison and kill().
 */
#include "act/act.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include "base/fd.h"
#include "base/mem.h"
#include "base/num.h"

#ifndef SYS_pidfd_send_signal
#define SYS_pidfd_send_signal 424
#endif
#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif

enum { STAT_START = 22, BUDGET_MAX = 4096 };

/* PID (COMM) STATE PPID ... START; a name can hold anything, blanks and ')' too. */
static int
parse_start(const char *text, size_t n, uint64_t *ret_ticks, char *ret_state)
{
	const char *paren = memrchr(text, ')', n);
	struct span s, word;

	if (!paren)
		return -EINVAL;
	s = (struct span){paren + 1, text + n};
	for (int field = 3; field < STAT_START; field++) {
		if (!span_word(&s, &word))
			return -EINVAL;
		if (field == 3)
			*ret_state = *word.p;
	}
	return num_u64(&s, ret_ticks);
}

/* 0, -ESRCH when there is no such process, or -errno. */
static int
read_start(const struct root *root, pid_t pid, uint64_t *ret_ticks, char *ret_state)
{
	char path[32], text[4096];
	size_t n = 0;
	int ret;

	(void)snprintf(path, sizeof path, "%d/stat", (int)pid);
	cleanup_fd int fd = root_open(root, ROOT_PROC, path, O_RDONLY);
	if (fd < 0)
		return fd == -ENOENT ? -ESRCH : fd;
	while (n < sizeof text) {
		ssize_t r = read(fd, text + n, sizeof text - n);

		if (r < 0 && errno == EINTR)
			continue;
		if (r < 0)
			return -errno;
		if (r == 0)
			break;
		n += (size_t)r;
	}
	ret = parse_start(text, n, ret_ticks, ret_state);
	return ret < 0 && n == 0 ? -ESRCH : ret;
}

/* 0 when the number still belongs to the target, else -ESRCH or -errno. */
static int
check_start(const struct target *t, const struct root *root)
{
	uint64_t ticks;
	char state;
	int ret = read_start(root, t->pid, &ticks, &state);

	if (ret < 0)
		return ret;
	return ticks == t->start_ticks ? 0 : -ESRCH;
}

/* What holds for every action. */
static int
refuse(pid_t pid, const struct root *root)
{
	if (root->foreign)
		return -EOPNOTSUPP;
	return pid <= 0 ? -EINVAL : 0;
}

static int
open_pidfd(pid_t pid)
{
	int fd = (int)syscall(SYS_pidfd_open, pid, 0);

	return fd < 0 ? -errno : fd;
}

/* The call is not to be had; or the number is a thread's, which has no pidfd (EINVAL, later
 * ENOENT). The call itself never fails with EPERM: that is a seccomp rule. */
static bool
is_without_pidfd(int error)
{
	return error == -ENOSYS || error == -EPERM || error == -EINVAL || error == -ENOENT;
}

int
target_note(struct target *t, const struct root *root, pid_t pid, uint64_t start_ticks)
{
	int ret = refuse(pid, root);

	*t = (struct target){.pid = pid, .start_ticks = start_ticks, .pidfd = -1};
	return ret < 0 ? ret : check_start(t, root);
}

int
target_open(struct target *t, const struct root *root, pid_t pid, uint64_t start_ticks)
{
	int ret;

	*t = (struct target){.pid = pid, .start_ticks = start_ticks, .pidfd = -1};
	ret = refuse(pid, root);
	if (ret < 0)
		return ret;
	ret = open_pidfd(pid);
	if (ret >= 0)
		t->pidfd = ret;
	else if (!is_without_pidfd(ret))
		return ret;
	ret = check_start(t, root);
	if (ret < 0)
		target_close(t);
	return ret;
}

void
target_close(struct target *t)
{
	if (t->pidfd >= 0)
		(void)close(t->pidfd);
	t->pidfd = -1;
}

/* The rest of the program keeps half of what it may have open. */
int
target_budget(void)
{
	struct rlimit l;

	if (getrlimit(RLIMIT_NOFILE, &l) < 0)
		return 0;
	return (int)MIN(l.rlim_cur / 2, (rlim_t)BUDGET_MAX);
}

bool
target_ended(const struct target *t, const struct root *root)
{
	struct pollfd p = {.fd = t->pidfd, .events = POLLIN};
	uint64_t ticks;
	char state = 0;

	if (t->pidfd >= 0)
		return poll(&p, 1, 0) > 0 && p.revents & (POLLIN | POLLHUP);
	return read_start(root, t->pid, &ticks, &state) == -ESRCH || ticks != t->start_ticks ||
	       state == 'Z' || state == 'X';
}

int
target_program(const struct root *root, pid_t pid, uint64_t start_ticks, char *out, size_t n)
{
	struct target t;
	char path[32];
	ssize_t len;
	int ret = target_note(&t, root, pid, start_ticks);

	if (ret < 0)
		return ret;
	(void)snprintf(path, sizeof path, "%d/exe", (int)pid);
	len = readlinkat(root->dir[ROOT_PROC], path, out, n - 1);
	if (len < 0)
		return -errno;
	out[len] = '\0';
	return check_start(&t, root);
}

static int
send_through(int pidfd, int signo)
{
	return syscall(SYS_pidfd_send_signal, pidfd, signo, NULL, 0) < 0 ? -errno : 0;
}

int
act_signal(const struct target *t, const struct root *root, int signo, bool pid1)
{
	struct target held;
	int ret = refuse(t->pid, root);

	if (ret < 0)
		return ret;
	if (t->pid == 1 && !pid1)
		return -EPERM;
	if (t->pidfd >= 0)
		return send_through(t->pidfd, signo);
	ret = target_open(&held, root, t->pid, t->start_ticks);
	if (ret < 0)
		return ret;
	if (held.pidfd < 0)
		return kill(t->pid, signo) < 0 ? -errno : 0;
	ret = send_through(held.pidfd, signo);
	target_close(&held);
	return ret;
}

int
target_guard(const struct target *t, const struct root *root,
	     int (*call)(const struct target *t, const struct root *root, void *arg), void *arg)
{
	uint64_t ticks;
	char state;
	int ret = refuse(t->pid, root), done;

	if (ret < 0)
		return ret;
	ret = check_start(t, root);
	if (ret < 0)
		return ret;
	done = call(t, root, arg);
	if (done < 0)
		return done;
	ret = read_start(root, t->pid, &ticks, &state);
	if (ret < 0)
		return ret == -ESRCH ? done : ret; /* it ended; nobody else was there */
	return ticks == t->start_ticks ? done : -ESTALE;
}

const char *
act_explain(int error, const char *capability)
{
	static const struct {
		const char *capability, *text;
	} needs[] = {
		{"CAP_KILL", "not permitted: needs CAP_KILL or the same user"},
		{"CAP_SYS_NICE", "not permitted: needs CAP_SYS_NICE"},
		{"CAP_SYS_ADMIN", "not permitted: needs CAP_SYS_ADMIN"},
		{"CAP_SYS_RESOURCE", "not permitted: needs CAP_SYS_RESOURCE or the same user"},
		{"CAP_DAC_OVERRIDE", "not permitted: needs CAP_DAC_OVERRIDE or the same user"},
	};
	const char *text;

	error = error < 0 ? -error : error;
	switch (error) {
	case EPERM:
	case EACCES:
		for (size_t i = 0; capability && i < ARRAY_LEN(needs); i++)
			if (strcmp(capability, needs[i].capability) == 0)
				return needs[i].text;
		return "not permitted";
	case ESRCH:
		return "the process has ended";
	case ESTALE:
		return "the process ended meanwhile, another that has its number may have been hit";
	case EOPNOTSUPP:
		return "what is shown is not the machine sonde runs on";
	case EINVAL:
		return "the kernel does not accept the value";
	case EAGAIN: /* autogroup: once in a while only */
		return "not so soon after the last time";
	case ENOSYS:
		return "this kernel cannot do it";
	default:
		text = strerrordesc_np(error);
		return text ? text : "failed for a reason unknown";
	}
}
