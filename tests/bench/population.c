/* population: N dummy processes for a benchmark, kept alive.
 *
 *     population N [SEED]
 *
 * Every dummy is a fork and exec of this (static) program, with an argv, comm and uid such
 * as servers have and up to 15 touched pages; one of 20 is the parent of the 19 after it.
 * BURN_FRACTION of them wake about once a second and burn CPU, together BURN_CPU of one CPU,
 * with a heavy tail (weight 1/(rank+3)): a handful of rows are busy, the rest shows an
 * occasional jiffy. The same N and SEED give the same population.
 *
 * Prints "ready COUNT" when every dummy is in its final state, then pauses. Run it in a PID
 * namespace of its own: the population dies with the namespace and not before. */
#define _GNU_SOURCE
#include <fcntl.h>
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

/* The life of one dummy after its exec; spec comes in the environment. */
static int
live(const char *spec)
{
	unsigned kind, burn, pages, uid;
	volatile unsigned sink = 0;

	if (sscanf(spec, "%u %u %u %u %lu", &kind, &burn, &pages, &uid, &random_state) != 5)
		return 2;
	prctl(PR_SET_NAME, kinds[kind].comm);
	char *p = mmap(NULL, 4096 * (pages + 1), PROT_READ | PROT_WRITE,
	               MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	for (unsigned i = 0; p != MAP_FAILED && i < pages; i++)
		p[4096 * i] = 1;
	if (setuid(uid) < 0 || write(READY_FD, "r", 1) != 1)
		return 3;
	close(READY_FD);

	while (!burn)
		pause();
	sleep_us(random_below(1000000));
	for (;;) {
		long end = cpu_us() + burn / 2 + random_below(burn + 1); /* burn on average */
		while (cpu_us() < end)
			for (int i = 0; i < 2000; i++)
				sink += (unsigned)i;
		sleep_us(900000 + random_below(200000));
	}
}

/* Turns a forked child into dummy number me. */
static void
become(unsigned me, unsigned burn, uint64_t seed)
{
	char command[1024], spec[128], *argv[32];
	int argc = 0;

	random_state = (seed + me) * UINT64_C(0x9E3779B97F4A7C15) + 12345;
	for (int i = 0; i < 3; i++)
		random_below(1);
	unsigned kind = random_below(sizeof kinds / sizeof kinds[0]);
	snprintf(command, sizeof command, kinds[kind].command, random_below(60000),
	         random_below(250), random_below(250), random_below(60000));
	if (command[0] != '/' && strchr(command, ':')) /* as setproctitle() leaves it */
		argv[argc++] = command;
	else
		for (char *t = strtok(command, " "); t && argc < 31; t = strtok(NULL, " "))
			argv[argc++] = t;
	argv[argc] = NULL;
	snprintf(spec, sizeof spec, "DUMMY=%u %u %u %u %lu", kind, burn, random_below(16),
	         uids[random_below(sizeof uids / sizeof uids[0])], random_state);
	execve(self, argv, (char *[]){ spec, NULL });
	_exit(127);
}

/* Microseconds a second that dummy me burns; 0 for all but the burners. */
static unsigned
burn_of(unsigned me, unsigned n)
{
	unsigned burners = (unsigned)(n * BURN_FRACTION + 0.5);
	double sum = 0;

	if (!burners || me % (n / burners) || me / (n / burners) >= burners)
		return 0;
	for (unsigned i = 0; i < burners; i++)
		sum += 1.0 / (i + 3);
	unsigned rank = me / (n / burners) * 7919u % burners; /* spread the busy ones */
	unsigned us = (unsigned)(1e6 * BURN_CPU / (rank + 3) / sum);
	return us < 20 ? 20 : us;
}

int
main(int argc, char **argv)
{
	const char *spec = getenv("DUMMY");
	if (spec)
		return live(spec);
	if (argc < 2) {
		fputs("usage: population N [SEED]\n", stderr);
		return 2;
	}
	unsigned n = (unsigned)strtoul(argv[1], NULL, 10);
	uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
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
			become(me, burn_of(me, n), seed);
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
	for (;;)
		pause();
}
