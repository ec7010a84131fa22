/* syscalls: counts the system calls of a program and all its threads, with ptrace.
 *
 *     syscalls FILE SKIP TICKS PROGRAM [ARGUMENT...]
 *
 * Runs the program, and when it has done SKIP + TICKS ticks writes what the last TICKS of them cost
 * into FILE, kills it and ends with 0. A line of FILE is a name and a count. A tick is a write of 8
 * bytes by another thread than the first: the sampling thread tells through an eventfd that a frame
 * is there. Writes to a terminal stand apart, as "terminal".
 * 77 and a sentence on standard error when the machine allows no ptrace.
 */
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SKIP = 77, NUMBERS = 1024, TERMINAL = NUMBERS };

static const struct {
	long number;
	const char *name;
} names[] = {
#define NAME(call) {SYS_##call, #call}
	NAME(brk), NAME(clock_gettime), NAME(close), NAME(clone3), NAME(eventfd2), NAME(exit),
	NAME(exit_group), NAME(faccessat), NAME(fcntl), NAME(futex), NAME(getdents64), NAME(getpid),
	NAME(getuid), NAME(ioctl), NAME(lseek), NAME(madvise), NAME(mmap), NAME(mprotect),
	NAME(mremap), NAME(munmap), NAME(openat), NAME(openat2), NAME(ppoll), NAME(pread64),
	NAME(prlimit64), NAME(read), NAME(readlinkat), NAME(restart_syscall),
	NAME(rt_sigaction), NAME(rt_sigprocmask), NAME(rt_sigreturn), NAME(sched_yield),
	NAME(statfs), NAME(statx), NAME(uname), NAME(write),
#ifdef SYS_newfstatat
	NAME(newfstatat),
#endif
#ifdef SYS_fstat
	NAME(fstat),
#endif
#ifdef SYS_poll
	NAME(poll),
#endif
#ifdef SYS_readlink
	NAME(readlink),
#endif
#ifdef SYS_stat
	NAME(stat),
#endif
};

static unsigned long count[NUMBERS + 1], ticks, skip, want;

static int
refused(const char *what)
{
	fprintf(stderr, "syscalls: %s: %s\n", what, strerror(errno));
	return SKIP;
}

static int
save(const char *file)
{
	FILE *f = fopen(file, "w");

	if (!f)
		return 1;
	for (unsigned i = 0; i < NUMBERS; i++) {
		const char *name = NULL;

		if (!count[i])
			continue;
		for (size_t k = 0; k < sizeof names / sizeof *names; k++)
			if (names[k].number == (long)i)
				name = names[k].name;
		if (name)
			fprintf(f, "%s %lu\n", name, count[i]);
		else
			fprintf(f, "number-%u %lu\n", i, count[i]);
	}
	fprintf(f, "terminal %lu\n", count[TERMINAL]);
	return fclose(f) == 0 ? 0 : 1;
}

static bool
is_terminal(pid_t thread, unsigned long long fd)
{
	char link[64], to[64] = "";

	snprintf(link, sizeof link, "/proc/%d/fd/%llu", (int)thread, fd);
	return readlink(link, to, sizeof to - 1) > 0 && strncmp(to, "/dev/", 5) == 0;
}

/* One entry into the kernel. True when all has been counted. */
static bool
take(pid_t first, pid_t thread)
{
	struct __ptrace_syscall_info info;
	long got = ptrace(PTRACE_GET_SYSCALL_INFO, thread, sizeof info, &info);
	bool writes;

	if (got < 0 || info.op != PTRACE_SYSCALL_INFO_ENTRY)
		return false;
	writes = info.entry.nr == SYS_write;
	if (ticks >= skip) {
		if (writes && is_terminal(thread, info.entry.args[0]))
			count[TERMINAL]++;
		else if (info.entry.nr < NUMBERS)
			count[info.entry.nr]++;
	}
	if (writes && thread != first && info.entry.args[2] == 8)
		ticks++;
	return ticks >= skip + want;
}

static int
watch(pid_t first, const char *file)
{
	for (;;) {
		int status, send = 0;
		pid_t thread = waitpid(-1, &status, __WALL);

		if (thread < 0)
			return 1;
		if (WIFEXITED(status) || WIFSIGNALED(status)) {
			if (thread != first)
				continue;
			return WIFEXITED(status) && WEXITSTATUS(status) ? WEXITSTATUS(status) : 1;
		}
		if (WSTOPSIG(status) == (SIGTRAP | 0x80)) {
			if (take(first, thread)) {
				int r = save(file);

				kill(first, SIGKILL);
				return r;
			}
		} else if (status >> 16 == 0) {
			send = WSTOPSIG(status); /* a signal of its own; else an event of ptrace's */
		}
		(void)ptrace(PTRACE_SYSCALL, thread, NULL, (void *)(long)send);
	}
}

int
main(int argc, char **argv)
{
	int status;
	pid_t pid;

	if (argc < 5) {
		fprintf(stderr, "usage: syscalls FILE SKIP TICKS PROGRAM [ARGUMENT...]\n");
		return 2;
	}
	skip = strtoul(argv[2], NULL, 10);
	want = strtoul(argv[3], NULL, 10);
	pid = fork();
	if (pid < 0)
		return refused("fork");
	if (pid == 0) {
		raise(SIGSTOP);
		execvp(argv[4], argv + 4);
		_exit(refused(argv[4]));
	}
	if (waitpid(pid, &status, WUNTRACED) < 0 ||
	    ptrace(PTRACE_SEIZE, pid, NULL,
		   (void *)(PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACECLONE | PTRACE_O_EXITKILL)) < 0) {
		int r = refused("ptrace");

		kill(pid, SIGKILL);
		return r;
	}
	kill(pid, SIGCONT);
	(void)ptrace(PTRACE_INTERRUPT, pid, NULL, NULL);
	return watch(pid, argv[1]);
}
