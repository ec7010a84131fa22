/* manners: what a guest in somebody else's process does not do. A program that uses libsonde, and
 * looks at itself before and after.
 *
 *     manners FIXTURE RECORDING      without this machine's procfs, but for what is of itself
 *     manners live                   with it: all tables, all samplers that work here
 *
 * Nothing is written to its streams, no signal's action or mask changes, no locale is set or looked
 * at, no thread, child or descriptor is left, and threads that use it do not meet.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <sonde/sonde.h>

static int said = -1; /* a copy of standard error, for ourselves */

#define CHECK(what)                                                                                \
	do {                                                                                       \
		if (!(what)) {                                                                     \
			dprintf(said, "%s:%d: %s\n", __FILE__, __LINE__, #what);                   \
			_exit(1);                                                                  \
		}                                                                                  \
	} while (0)

static unsigned
count(const char *path)
{
	DIR *d = opendir(path);
	unsigned n = 0;

	CHECK(d);
	while (readdir(d))
		n++;
	closedir(d);
	return n;
}

/* A helper that is told to end may take a moment to be gone. */
static void
settle(const char *path, unsigned want)
{
	struct timespec pause = {0, 10 * 1000 * 1000};

	for (int i = 0; i < 500 && count(path) != want; i++)
		nanosleep(&pause, NULL);
	if (count(path) != want)
		dprintf(said, "%s: %u, expected %u\n", path, count(path), want);
	CHECK(count(path) == want);
}

struct signals {
	struct sigaction action[65];
	sigset_t mask;
};

static void
look_at_signals(struct signals *s)
{
	memset(s, 0, sizeof *s);
	for (int i = 1; i < 65; i++)
		(void)sigaction(i, NULL, &s->action[i]);
	pthread_sigmask(SIG_SETMASK, NULL, &s->mask);
}

/* Of a mask the kernel gives 64 bits, and the C library no more. */
static bool
same_signals(const struct signals *a, const struct signals *b)
{
	for (int i = 1; i < 65; i++)
		if (a->action[i].sa_handler != b->action[i].sa_handler ||
		    a->action[i].sa_flags != b->action[i].sa_flags ||
		    memcmp(&a->action[i].sa_mask, &b->action[i].sa_mask, 8) != 0)
			return false;
	return memcmp(&a->mask, &b->mask, 8) == 0;
}

static volatile sig_atomic_t heard;

static void
handler(int sig)
{
	heard = sig;
}

/* Three frames, in every way, with a question too many. The last frame as JSON. */
static char *
use(struct sonde_options o)
{
	struct sonde_filter *filter = NULL;
	struct sonde_frame *f = NULL;
	struct sonde_error e;
	const uint32_t *rows;
	struct sonde *s;
	char *json = NULL;
	int r;

	o.size = sizeof o;
	if (sonde_open(&o, &s, &e) < 0)
		return NULL;
	CHECK(sonde_want(s, NULL, NULL, &e) == 0);
	CHECK(sonde_want(s, "proc", "nonsense", &e) == SONDE_E_FIELD);
	CHECK(sonde_want(s, "proc", "pid,time+,ni,name,cpu,tty,minflt,RES,cmd,io", &e) == 0);
	/* Users that only a name service knows are asked for by a child, as the manual says. */
	CHECK(sonde_want(s, "exit", "pid,name", &e) == 0);
	CHECK(sonde_detail(s, (uint32_t)getpid(), &e) == 0);
	CHECK(sonde_want(s, "fd", NULL, &e) == 0);
	CHECK(sonde_want(s, "limit", NULL, &e) == 0);
	CHECK(sonde_filter_new("proc", "CPU>0.5% or RES>1.5M or name~I", &filter, &e) == 0);
	for (int i = 0; i < 3; i++) {
		sonde_frame_unref(f);
		f = NULL;
		r = sonde_next(s, &f, &e);
		CHECK(r == 0);
		CHECK(sonde_filter_rows(filter, f, &rows, &e) >= 0);
		sonde_free(json);
		json = NULL;
		CHECK(sonde_format(f, SONDE_JSON, NULL, NULL, 0, &json, NULL, &e) == 0);
	}
	(void)sonde_seek(s, 0, &e);
	sonde_close(s);
	sonde_frame_unref(f);
	sonde_filter_free(filter);
	return json;
}

static void *
use_in_thread(void *arg)
{
	char *first = NULL;

	for (int i = 0; i < 8; i++) {
		char *json = use(*(struct sonde_options *)arg);

		CHECK(json);
		CHECK(!first || strcmp(first, json) == 0);
		if (!first)
			first = json;
		else
			sonde_free(json);
	}
	return first;
}

static void
use_quietly(struct sonde_options *o, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		pthread_t thread[2];
		void *json[2];
		char *here = use(o[i]);

		if (!here) /* that sampler does not work here */
			continue;
		if (o[i].root || o[i].recording) {
			for (int k = 0; k < 2; k++)
				CHECK(!pthread_create(&thread[k], NULL, use_in_thread, &o[i]));
			for (int k = 0; k < 2; k++) {
				CHECK(!pthread_join(thread[k], &json[k]));
				CHECK(strcmp(here, json[k]) == 0);
				sonde_free(json[k]);
			}
		}
		sonde_free(here);
	}
}

/* The same words in the same places, whatever the numbers and letters of a language are. */
static int
use_in_locales(struct sonde_options o)
{
	static const char *const names[] = {"de_DE.UTF-8", "tr_TR.UTF-8", "ar_SA.UTF-8"};
	char *plain = use(o), *json;
	int there = 0;

	CHECK(plain);
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		char before[128];

		if (!setlocale(LC_ALL, names[i]))
			continue;
		there++;
		snprintf(before, sizeof before, "%s", setlocale(LC_ALL, NULL));
		json = use(o);
		CHECK(json && strcmp(json, plain) == 0);
		CHECK(strcmp(before, setlocale(LC_ALL, NULL)) == 0);
		sonde_free(json);
	}
	(void)setlocale(LC_ALL, "C");
	sonde_free(plain);
	return there;
}

static void *
nothing(void *arg)
{
	return arg;
}

int
main(int argc, char **argv)
{
	struct sonde_options live[] = {
		{.sampler = SONDE_SAMPLER_AUTO},
		{.sampler = SONDE_SAMPLER_PROC, .flags = SONDE_THREADS},
		{.sampler = SONDE_SAMPLER_BPF},
		{.sampler = SONDE_SAMPLER_CLOCK, .flags = SONDE_PATIENT},
	};
	struct sonde_options given[2] = {{.root = NULL}};
	struct sigaction ours = {.sa_handler = handler};
	static struct signals before, after;
	char text[] = "/tmp/sonde-manners-XXXXXX";
	bool is_live = argc == 2 && strcmp(argv[1], "live") == 0;
	unsigned fds, threads;
	pthread_t first;
	int file, locales = 0;
	struct stat st;

	if (!is_live && argc != 3)
		return 2;
	said = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 10);
	file = mkstemp(text);
	CHECK(said >= 0 && file >= 0 && unlink(text) == 0);
	CHECK(dup2(file, STDOUT_FILENO) == STDOUT_FILENO);
	CHECK(dup2(file, STDERR_FILENO) == STDERR_FILENO);
	CHECK(sigaction(SIGCHLD, &ours, NULL) == 0 && sigaction(SIGPIPE, &ours, NULL) == 0);
	/* A sanitizer has a thread of its own from the first of ours on. */
	CHECK(!pthread_create(&first, NULL, nothing, NULL) && !pthread_join(first, NULL));
	fds = count("/proc/self/fd");
	threads = count("/proc/self/task");
	look_at_signals(&before);
	if (is_live) {
		use_quietly(live, sizeof live / sizeof *live);
	} else {
		given[0].root = argv[1];
		given[1].recording = argv[2];
		use_quietly(given, 2);
		locales = use_in_locales(given[0]);
	}
	look_at_signals(&after);
	CHECK(same_signals(&before, &after));
	settle("/proc/self/fd", fds);
	settle("/proc/self/task", threads);
	CHECK(!heard);
	CHECK(waitpid(-1, NULL, WNOHANG | __WALL) == -1 && errno == ECHILD);
	CHECK(fflush(NULL) == 0 && fstat(file, &st) == 0);
	CHECK(st.st_size == 0);
	if (!is_live)
		dprintf(said, "%d other locales\n", locales);
	return 0;
}
