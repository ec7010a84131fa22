/* population: N dummy processes for a benchmark, kept alive.
 *
 *     population N [SEED [busy]]
 *
 * Every dummy is a fork and exec of this (static) program, with an argv, comm and uid such
 * as servers have and up to 15 touched pages; one of 20 is the parent of the 19 after it.
 * BURN_FRACTION of them wake about once a second and burn CPU, together BURN_CPU of one CPU,
 * with a heavy tail (weight 1/(rank+3)): a handful of rows are busy, the rest shows an
 * occasional jiffy. The same N and SEED give the same population.
 *
 * busy: the machine a recorder has to keep up with. Of 500 dummies 40 are burners that wake ten
 * times a second, about 300 are daemons that wake with log-normal rates (every 5 s, half of them
 * between 1.8 and 14 s), read something and now and then take or give back memory, the others
 * never wake, as most kernel threads; and FORKS_A_SECOND times a second a process is born that
 * lives for half a second or so. Together that is well below one CPU.
 *
 * Prints "ready COUNT" when every dummy is in its final state, then pauses. Run it in a PID
 * namespace of its own: the population dies with the namespace and not before. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#define BURN_FRACTION 0.05
#define BURN_CPU      0.30
#define GROUP         20
#define READY_FD      3

/* With busy. */
#define BUSY_FRACTION   0.08
#define DAEMONS_OF_20   13
#define DAEMON_S        5.0 /* between two wakes, in the middle */
#define DAEMON_SIGMA    1.5
#define DAEMON_US       100 /* of CPU a wake */
#define FORKS_A_SECOND  3

/* What becomes of a dummy after its exec. */
struct fate {
	unsigned kind, pages, uid;
	unsigned burn_us;   /* a wake; 0: it never wakes */
	unsigned period_us; /* between two wakes */
	unsigned spread;    /* of the period, percent */
	unsigned life_us;   /* 0: it never ends */
	bool busy;          /* it reads, too */
	uint64_t random;
};

static const struct {
	const char *comm, *command; /* each %u becomes a random number */
} kinds[] = {
	{ "nginx", "nginx: worker process" },
	{ "postgres", "postgres: 15/main: app%u appdb 10.0.%u.%u(%u) idle" },
	{ "java", "/usr/lib/jvm/java-17/bin/java -Xms512m -Xmx2g -XX:+UseG1GC"
	          " -Djava.io.tmpdir=/var/tmp/%u -Dserver.port=%u -cp /opt/app/lib/core-%u.jar"
	          ":/opt/app/conf com.example.service.Main --node %u --profile production" },
	{ "chrome", "/opt/google/chrome/chrome --type=renderer --crashpad-handler-pid=%u"
	            " --enable-crash-reporter=%u --lang=en-US --num-raster-threads=4"
	            " --renderer-client-id=%u --launch-time-ticks=%u" },
	{ "bash", "-bash" },
	{ "sshd", "sshd: user%u@pts/%u" },
	{ "python3", "/usr/bin/python3 -u /srv/jobs/worker_%u.py --queue q%u --concurrency %u" },
	{ "redis-server", "/usr/bin/redis-server 127.0.0.1:%u" },
	{ "systemd-udevd", "/lib/systemd/systemd-udevd" },
	{ "containerd-shim", "/usr/bin/containerd-shim-runc-v2 -namespace moby -id %08x%08x%08x"
	                     " -address /run/containerd/containerd.sock" },
	{ "node", "node /app/dist/server.js --port %u --cluster %u" },
	{ "cron", "/usr/sbin/cron -f" },
	{ "php-fpm8.2", "php-fpm: pool www%u" },
	{ "httpd", "/usr/sbin/apache2 -k start -D SITE%u" },
	{ "beam.smp", "/usr/lib/erlang/erts-13/bin/beam.smp -W w -- -root /usr/lib/erlang"
	              " -progname erl -home /var/lib/node%u -sname n%u" },
	{ "gunicorn", "gunicorn: worker [site%u]" },
};

static const unsigned uids[] = { 0, 0, 0, 33, 1000, 1001, 999, 65534 };

static uint64_t random_state;
static char self[4096];

static unsigned
random_below(unsigned n)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return (unsigned)(random_state >> 11) % n;
}

static void
sleep_us(long us)
{
	nanosleep(&(struct timespec){ us / 1000000, us % 1000000 * 1000 }, NULL);
}

static long
cpu_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return t.tv_sec * 1000000L + t.tv_nsec / 1000;
}

/* Where 0.5 is the middle and 1 % are above exp(2.33 sigma) times that. */
static double
log_normal(double middle, double sigma)
{
	double a = (random_below(1 << 20) + 1) / (double)(1 << 20);
	double b = random_below(1 << 20) / (double)(1 << 20);

	return middle * exp(sigma * sqrt(-2 * log(a)) * cos(6.283185307 * b));
}

static void
burn(unsigned us)
{
	static volatile unsigned sink;
	long end = cpu_us() + us / 2 + random_below(us + 1); /* us on average */

	while (cpu_us() < end)
		for (int i = 0; i < 2000; i++)
			sink += (unsigned)i;
}

/* What else a process does that wakes: counters of more kinds move. */
static void
stir(char *memory, unsigned pages)
{
	static int zero = -1;
	char bytes[512];

	if (zero < 0)
		zero = open("/dev/zero", O_RDONLY);
	if (read(zero, bytes, 1 + random_below(sizeof bytes)) < 0)
		_exit(4);
	if (!pages || random_below(16))
		return;
	if (random_below(2))
		madvise(memory, 4096 * pages, MADV_DONTNEED);
	for (unsigned i = random_below(pages + 1); i < pages; i++)
		memory[4096 * i] = 1;
}

/* The life of one dummy after its exec; spec comes in the environment. */
static int
live(const char *spec)
{
	unsigned busy;
	struct fate f;

	if (sscanf(spec, "%u %u %u %u %u %u %u %u %lu", &f.kind, &f.pages, &f.uid, &f.burn_us,
	           &f.period_us, &f.spread, &f.life_us, &busy, &random_state) != 9)
		return 2;
	prctl(PR_SET_NAME, kinds[f.kind].comm);
	char *p = mmap(NULL, 4096 * (f.pages + 1), PROT_READ | PROT_WRITE,
	               MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (p == MAP_FAILED)
		return 3;
	for (unsigned i = 0; i < f.pages; i++)
		p[4096 * i] = 1;
	if (setuid(f.uid) < 0)
		return 3;
	if (f.life_us) {
		burn(f.burn_us);
		sleep_us(f.life_us);
		return 0;
	}
	if (write(READY_FD, "r", 1) != 1)
		return 3;
	close(READY_FD);

	while (!f.burn_us)
		pause();
	sleep_us(random_below(f.period_us));
	for (;;) {
		burn(f.burn_us);
		if (busy)
			stir(p, f.pages);
		unsigned swing = f.period_us / 100 * f.spread;
		sleep_us(f.period_us - swing + random_below(2 * swing + 1));
	}
}

/* Turns a forked child into dummy number me. */
static void
become(struct fate f)
{
	char command[1024], spec[160], *argv[32];
	int argc = 0;

	f.kind = random_below(sizeof kinds / sizeof kinds[0]);
	snprintf(command, sizeof command, kinds[f.kind].command, random_below(60000),
	         random_below(250), random_below(250), random_below(60000));
	if (command[0] != '/' && strchr(command, ':')) /* as setproctitle() leaves it */
		argv[argc++] = command;
	else
		for (char *t = strtok(command, " "); t && argc < 31; t = strtok(NULL, " "))
			argv[argc++] = t;
	argv[argc] = NULL;
	f.uid = uids[random_below(sizeof uids / sizeof uids[0])];
	f.pages = random_below(16);
	snprintf(spec, sizeof spec, "DUMMY=%u %u %u %u %u %u %u %u %lu", f.kind, f.pages, f.uid,
	         f.burn_us, f.period_us, f.spread, f.life_us, f.busy, random_state);
	execve(self, argv, (char *[]){ spec, NULL });
	_exit(127);
}

/* Microseconds a second that dummy me burns; 0 for all but the burners. */
static unsigned
burn_of(unsigned me, unsigned n, double fraction)
{
	unsigned burners = (unsigned)(n * fraction + 0.5);
	double sum = 0;

	if (!burners || me % (n / burners) || me / (n / burners) >= burners)
		return 0;
	for (unsigned i = 0; i < burners; i++)
		sum += 1.0 / (i + 3);
	unsigned rank = me / (n / burners) * 7919u % burners; /* spread the busy ones */
	unsigned us = (unsigned)(1e6 * BURN_CPU / (rank + 3) / sum);
	return us < 20 ? 20 : us;
}

/* Also seeds: one dummy is the same whatever the others are. */
static struct fate
fate_of(unsigned me, unsigned n, uint64_t seed, bool busy)
{
	unsigned us = burn_of(me, n, busy ? BUSY_FRACTION : BURN_FRACTION);
	struct fate f = { .burn_us = us, .period_us = 1000000, .spread = 10, .busy = busy };

	random_state = (seed + me) * UINT64_C(0x9E3779B97F4A7C15) + 12345;
	for (int i = 0; i < 3; i++)
		random_below(1);
	if (busy && us) {
		f.burn_us = us / 10 + 1;
		f.period_us = 100000;
	} else if (busy && me % 20 < DAEMONS_OF_20) {
		double s = log_normal(DAEMON_S, DAEMON_SIGMA);

		f.burn_us = DAEMON_US;
		f.period_us = (unsigned)(1e6 * (s < 0.02 ? 0.02 : s > 1000 ? 1000 : s));
		f.spread = 90;
	}
	return f;
}

/* Never returns: short-lived processes, one after the other. */
static void
bear(uint64_t seed)
{
	signal(SIGCHLD, SIG_IGN); /* nobody waits */
	for (unsigned me = 1u << 20;; me++) {
		struct fate f = fate_of(me, 1, seed, false);

		f.burn_us = 1000;
		f.life_us = (unsigned)(1e6 * log_normal(0.5, 1));
		sleep_us(random_below(2000000 / FORKS_A_SECOND));
		if (fork() == 0)
			become(f);
	}
}

int
main(int argc, char **argv)
{
	const char *spec = getenv("DUMMY");
	if (spec)
		return live(spec);
	if (argc < 2) {
		fputs("usage: population N [SEED [busy]]\n", stderr);
		return 2;
	}
	unsigned n = (unsigned)strtoul(argv[1], NULL, 10);
	uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
	bool busy = argc > 3 && strcmp(argv[3], "busy") == 0;
	int ready[2], null = open("/dev/null", O_RDWR);
	if (readlink("/proc/self/exe", self, sizeof self - 1) < 0 || pipe(ready) < 0)
		return 1;

	for (unsigned first = 0; first < n; first += GROUP) {
		pid_t pid = fork();
		if (pid < 0) {
			perror("population: fork");
			return 1;
		}
		if (pid == 0) {
			unsigned me = first;
			for (unsigned i = first + 1; i < first + GROUP && i < n; i++)
				if (fork() == 0) {
					me = i;
					break;
				}
			for (int fd = 0; fd < 3; fd++)
				dup2(null, fd);
			dup2(ready[1], READY_FD);
			close_range(READY_FD + 1, ~0u, 0);
			become(fate_of(me, n, seed, busy));
		}
		if (first / GROUP % 16 == 15)
			sleep_us(2000); /* let them exec */
	}
	close(ready[1]);
	ssize_t got;
	unsigned count = 0;
	char buf[4096];
	while ((got = read(ready[0], buf, sizeof buf)) > 0)
		count += (unsigned)got;
	printf("ready %u\n", count);
	fflush(stdout);
	if (busy)
		bear(seed);
	for (;;)
		pause();
}
