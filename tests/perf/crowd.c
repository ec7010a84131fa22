/* crowd: a program alone with N sleeping processes, so that what it sees stays the same.
 *
 *     crowd N BUSY PROGRAM [ARGUMENT...]
 *
 * BUSY more are not asleep: each burns a little CPU time, in spells, some more than others.
 * In a PID and mount namespace of its own, with a /proc of its own. The program is process 1 there,
 * and when it ends all end. Its exit status is that of crowd; 77 and a sentence on standard error
 * when this machine allows no such namespace.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SKIP = 77 };

static int
refused(const char *what)
{
	fprintf(stderr, "crowd: %s: %s\n", what, strerror(errno));
	return SKIP;
}

static int
put(const char *file, const char *text)
{
	int fd = open(file, O_WRONLY | O_CLOEXEC), r = -1;

	if (fd >= 0) {
		r = write(fd, text, strlen(text)) < 0 ? -1 : 0;
		close(fd);
	}
	return r;
}

/* Without root's rights, as root of a user namespace. */
static int
leave_namespaces(void)
{
	unsigned uid = getuid(), gid = getgid();
	char map[2][32];

	if (unshare(CLONE_NEWPID | CLONE_NEWNS) == 0)
		return 0;
	if (errno != EPERM || unshare(CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNS) < 0)
		return -1;
	snprintf(map[0], sizeof map[0], "0 %u 1", uid);
	snprintf(map[1], sizeof map[1], "0 %u 1", gid);
	if (put("/proc/self/uid_map", map[0]) < 0 || put("/proc/self/setgroups", "deny") < 0 ||
	    put("/proc/self/gid_map", map[1]) < 0)
		return -1;
	return 0;
}

static void
live(unsigned i, unsigned busy)
{
	char name[16];

	snprintf(name, sizeof name, "%s-%u", busy ? "busy" : "sleeper", i % 10000);
	prctl(PR_SET_NAME, name);
	while (!busy)
		pause();
	for (;;) {
		for (volatile unsigned k = 0; k < 20000 * busy; k++)
			;
		usleep(20000 + 7000 * (i % 5));
	}
}

static int
first_process(unsigned n, unsigned busy, char **argv)
{
	if (mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) < 0)
		return refused("a /proc of its own");
	for (unsigned i = 0; i < n + busy; i++) {
		pid_t pid = fork();

		if (pid < 0)
			return refused("fork");
		if (pid == 0)
			live(i, i < n ? 0 : 1 + i % 4);
	}
	usleep(100000); /* until all of them sleep: they use no CPU time from here on */
	execvp(argv[0], argv);
	return refused(argv[0]);
}

int
main(int argc, char **argv)
{
	int status;

	if (argc < 4) {
		fprintf(stderr, "usage: crowd N BUSY PROGRAM [ARGUMENT...]\n");
		return 2;
	}
	if (leave_namespaces() < 0)
		return refused("a PID namespace");
	pid_t pid = fork();
	if (pid < 0)
		return refused("fork");
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		return first_process((unsigned)strtoul(argv[1], NULL, 10),
				     (unsigned)strtoul(argv[2], NULL, 10), argv + 3);
	}
	if (waitpid(pid, &status, 0) < 0)
		return 1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
