/* storm: process 1 of a PID namespace in which numbers are few and used again at once. It starts a
 * program (sonde) and, until that ends, 200 processes a second: every second one is "prey", which
 * may be hit by anything, the others are "decoys", each in a session of its own, which nobody shows
 * and which nothing may reach. They tell when something does: a handler for every signal, their
 * parent for those that have none, and a look at their own priorities before they end, which must be
 * those they were born with.
 *
 *	storm RESULT PROGRAM ARGUMENT...
 *
 * RESULT: "forks N prey N signalled N decoys N hit N changed N pid_max N".
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* Numbers begin at 300 again when they wrap. */
enum { PER_SECOND = 200, LIFE_MS = 500, NUMBERS = 390, PIDS = 1 << 22 };
enum { OK = 0, CHANGED = 8 };

struct tally {
	atomic_long hit; /* by handlers in decoys */
	atomic_int last_signo;
};

static struct tally *tally;
static unsigned char *kind; /* of the process with this number: 0 none, 'p' prey, 'd' decoy */

static void
caught(int signo)
{
	atomic_fetch_add(&tally->hit, 1);
	atomic_store(&tally->last_signo, signo);
}

/* Settings that an action meant for another would have changed. */
static bool
is_as_born(const cpu_set_t *cpus, long io, int nice, int policy)
{
	cpu_set_t now;

	return getpriority(PRIO_PROCESS, 0) == nice && sched_getscheduler(0) == policy &&
	       syscall(SYS_ioprio_get, 1, 0) == io &&
	       sched_getaffinity(0, sizeof now, &now) == 0 && CPU_EQUAL(&now, cpus);
}

static void
live(bool decoy, unsigned ms)
{
	struct timespec left = {ms / 1000, (long)(ms % 1000) * 1000000};
	cpu_set_t cpus;
	long io = syscall(SYS_ioprio_get, 1, 0);
	int nice = getpriority(PRIO_PROCESS, 0), policy = sched_getscheduler(0);

	(void)setsid();
	(void)sched_getaffinity(0, sizeof cpus, &cpus);
	(void)prctl(PR_SET_NAME, decoy ? "decoy" : "prey");
	for (int s = 1; s <= SIGRTMAX; s++)
		(void)signal(s, decoy ? caught : SIG_DFL);
	while (nanosleep(&left, &left) < 0 && errno == EINTR)
		continue;
	_exit(decoy && !is_as_born(&cpus, io, nice, policy) ? CHANGED : OK);
}

/* Per namespace since Linux 6.14; before, it would be the whole machine's. */
static int
lower_pid_max(void)
{
	struct utsname u;
	unsigned major = 0, minor = 0;
	char text[16];
	ssize_t n;
	int fd;

	if (uname(&u) < 0 || sscanf(u.release, "%u.%u", &major, &minor) != 2 ||
	    major * 1000 + minor < 6014)
		return 0;
	fd = open("/proc/sys/kernel/pid_max", O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return 0;
	n = snprintf(text, sizeof text, "%d", NUMBERS);
	n = write(fd, text, (size_t)n);
	(void)close(fd);
	return n > 0 ? NUMBERS : 0;
}

int
main(int argc, char **argv)
{
	long forks = 0, prey = 0, decoys = 0, signalled = 0, hit = 0, changed = 0;
	int numbers = lower_pid_max(), status = 0;
	struct timespec next;
	bool over = false;
	FILE *out;
	pid_t program;

	if (argc < 3)
		return 2;
	tally = mmap(NULL, sizeof *tally, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	kind = calloc(PIDS, 1);
	if (tally == MAP_FAILED || !kind)
		return 2;
	program = fork();
	if (program == 0) {
		execv(argv[2], argv + 2);
		_exit(127);
	}
	(void)clock_gettime(CLOCK_MONOTONIC, &next);
	while (!over) {
		bool decoy = forks++ % 2;
		unsigned ms = 20 + (unsigned)random() % LIFE_MS;
		pid_t pid = fork(), ended;
		int how;

		if (pid == 0)
			live(decoy, ms);
		if (pid > 0 && pid < PIDS)
			kind[pid] = decoy ? 'd' : 'p';
		next.tv_nsec += 1000000000 / PER_SECOND;
		if (next.tv_nsec >= 1000000000) {
			next.tv_nsec -= 1000000000;
			next.tv_sec++;
		}
		(void)clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &next, NULL);
		while ((ended = waitpid(-1, &how, WNOHANG | WUNTRACED)) > 0) {
			bool was_decoy = ended < PIDS && kind[ended] == 'd';

			if (ended == program) {
				over = !WIFSTOPPED(how);
				status = how;
				continue;
			}
			if (was_decoy && (WIFSTOPPED(how) || WIFSIGNALED(how)))
				hit++;
			if (WIFSTOPPED(how)) {
				(void)kill(ended, SIGKILL);
				continue;
			}
			changed += was_decoy && WIFEXITED(how) && WEXITSTATUS(how) == CHANGED;
			signalled += !was_decoy && WIFSIGNALED(how);
			prey += !was_decoy;
			decoys += was_decoy;
			kind[ended] = 0;
		}
	}
	out = fopen(argv[1], "w");
	if (!out)
		return 2;
	fprintf(out, "forks %ld prey %ld signalled %ld decoys %ld hit %ld changed %ld pid_max %d\n",
		forks, prey, signalled, decoys, hit + atomic_load(&tally->hit), changed, numbers);
	if (fclose(out) != 0)
		return 2;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 3;
}
