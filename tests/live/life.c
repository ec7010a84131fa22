/* life: what test_life.py drives.
 *
 *     life watch [quiet]       listens until its input ends; one JSON object a line: the sources, each
 *                              process that ended (not with quiet), the counts and what it cost
 *     life storm RATE SECONDS  forks so many children a second, which end at once; says how many
 */
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "sys/life.h"

enum { TAKE = 512, TICK_MS = 100, TICKS_AFTER = 4, SLICE_MS = 10, WARM_TICKS = 10 };

static const struct {
	const char *name;
	unsigned bit;
} have[] = {
	{"ppid", ENDED_PPID}, {"ids", ENDED_IDS},     {"start", ENDED_START}, {"end", ENDED_END},
	{"name", ENDED_NAME}, {"status", ENDED_STATUS}, {"cpu", ENDED_CPU},   {"split", ENDED_SPLIT},
	{"rss", ENDED_RSS},   {"faults", ENDED_FAULTS}, {"io", ENDED_IO},
};

static void
print_ended(const struct ended *d)
{
	const char *comma = "";

	printf("{\"pid\": %u, \"ppid\": %u, \"uid\": %u, \"gid\": %u, \"start\": %" PRId64
	       ", \"end\": %" PRId64 ", \"name\": \"",
	       d->pid, d->ppid, d->uid, d->gid, d->start_ns, d->end_ns);
	for (const char *p = d->name; *p; p++)
		printf("%02x", (unsigned char)*p);
	printf("\", \"code\": %u, \"signal\": %u, \"dumped\": %s, \"cpu\": %" PRIu64
	       ", \"user\": %" PRIu64 ", \"system\": %" PRIu64 ", \"rss\": %" PRIu64
	       ", \"faults\": %" PRIu64 ", \"read\": %" PRIu64 ", \"write\": %" PRIu64 ", \"have\": [",
	       d->exit_code, d->signal, d->dumped ? "true" : "false", d->cpu_ns, d->user_ns,
	       d->system_ns, d->max_rss_bytes, d->major_faults, d->read_bytes, d->write_bytes);
	for (size_t i = 0; i < sizeof have / sizeof *have; i++) {
		if (d->have & have[i].bit) {
			printf("%s\"%s\"", comma, have[i].name);
			comma = ", ";
		}
	}
	printf("]}\n");
}

static int64_t
cpu_ns(void)
{
	return clock_ns(CLOCK_PROCESS_CPUTIME_ID);
}

/* Kilobytes now, not at most. */
static long
resident(const struct root *root)
{
	struct buf b = {0};
	long pages = 0, kb;
	struct span s;
	uint64_t v;

	if (root_read(root, ROOT_PROC, "self/statm", &b) == 0) {
		s = span_of(b.data, b.len);
		if (num_u64(&s, &v) == 0 && num_u64(&s, &v) == 0)
			pages = (long)v;
	}
	kb = pages * (root->page_size / 1024);
	buf_release(&b);
	return kb;
}

static int
watch(bool quiet)
{
	struct root root;
	struct err err;
	struct life *l;
	struct life_counts c;
	struct ended ended[TAKE];
	int events, records, left = TICKS_AFTER, ticks = 0;
	int64_t cpu, worst_ns = 0, spent_ns = 0, before;
	long first_kb = 0, most_kb = 0, kb;
	uint64_t listed = 0;
	struct rusage use;

	if (root_init(&root, &(struct root_paths){0}, &err) < 0)
		return 1;
	l = life_new(&root);
	life_sources(l, &events, &records);
	printf("{\"events\": %d, \"records\": %d}\n", events, records);
	fflush(stdout);
	cpu = cpu_ns();
	while (left > 0) {
		struct pollfd p = {.fd = STDIN_FILENO, .events = POLLIN};
		char bytes[64];
		size_t n;

		if (left < TICKS_AFTER)
			(void)poll(NULL, 0, TICK_MS);
		if (left < TICKS_AFTER || (poll(&p, 1, TICK_MS) > 0 && read(0, bytes, sizeof bytes) <= 0))
			left--;
		do {
			before = clock_mono_ns();
			n = life_take(l, ended, TAKE, &c);
			before = clock_mono_ns() - before;
			worst_ns = before > worst_ns ? before : worst_ns;
			spent_ns += before;
			listed += n;
			for (size_t i = 0; i < n && !quiet; i++)
				print_ended(&ended[i]);
		} while (n == TAKE);
		fflush(stdout);
		kb = resident(&root);
		if (++ticks == WARM_TICKS)
			first_kb = kb;
		most_kb = kb > most_kb ? kb : most_kb;
	}
	getrusage(RUSAGE_SELF, &use);
	printf("{\"forks\": %" PRIu64 ", \"execs\": %" PRIu64 ", \"exits\": %" PRIu64
	       ", \"unlisted\": %" PRIu64 ", \"lost_events\": %" PRIu64 ", \"lost_records\": %" PRIu64
	       ", \"listed\": %" PRIu64 ", \"cpu_ns\": %" PRId64 ", \"first_kb\": %ld, \"most_kb\": %ld"
	       ", \"worst_take_ns\": %" PRId64 ", \"switches\": %ld, \"ticks\": %d}\n",
	       c.forks, c.execs, c.exits, c.unlisted, c.lost_events, c.lost_records, listed,
	       cpu_ns() - cpu, first_kb, most_kb, worst_ns, use.ru_nvcsw, ticks);
	(void)spent_ns;
	life_free(l);
	root_release(&root);
	return 0;
}

static int
storm(int rate, int seconds)
{
	int64_t start = clock_mono_ns(), end = start + seconds * NS_PER_S, now;
	uint64_t forks = 0, failed = 0;

	while ((now = clock_mono_ns()) < end) {
		uint64_t due = (uint64_t)((now - start) / NS_PER_MS) * (uint64_t)rate / 1000;

		while (forks < due) {
			pid_t pid = fork();

			if (pid == 0)
				_exit((int)(forks & 0x7f));
			if (pid < 0)
				failed++;
			else
				forks++;
			while (waitpid(-1, NULL, WNOHANG) > 0)
				;
			if (clock_mono_ns() >= end)
				break;
		}
		(void)poll(NULL, 0, SLICE_MS / 5);
	}
	while (waitpid(-1, NULL, 0) > 0)
		;
	printf("{\"forks\": %" PRIu64 ", \"failed\": %" PRIu64 "}\n", forks, failed);
	return 0;
}

int
main(int argc, char **argv)
{
	if (argc >= 2 && strcmp(argv[1], "watch") == 0)
		return watch(argc > 2);
	if (argc == 4 && strcmp(argv[1], "storm") == 0)
		return storm((int)strtol(argv[2], NULL, 10), (int)strtol(argv[3], NULL, 10));
	return 2;
}
