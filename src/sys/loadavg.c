/* loadavg: reads proc/loadavg, proc/uptime and proc/sys/kernel/osrelease into the system table.
 *
 * loadavg = load load load running "/" tasks last_pid     loads with two decimals
 * uptime  = seconds idle_seconds                          with two decimals */
#include <errno.h>

#include "base/clock.h"
#include "sys/parse.h"

int
loadavg_parse(struct span text, struct row system)
{
	static const uint8_t loads[] = {SYSTEM_LOAD1, SYSTEM_LOAD5, SYSTEM_LOAD15};
	struct span line, word;
	struct lines lines = lines_of(text);
	uint64_t tasks;
	int64_t v;

	if (!lines_next(&lines, &line))
		return -EINVAL;
	for (int i = 0; i < 3; i++) {
		if (!span_word(&line, &word) || num_fixed(&word, 2, &v) < 0 || !span_empty(word) ||
		    v < 0)
			return -EINVAL;
		row_f64(system, loads[i], (double)v / 100);
	}
	if (!span_word(&line, &word) || num_u64(&word, &tasks) < 0 || span_empty(word) ||
	    *word.p++ != '/' || num_u64(&word, &tasks) < 0 || !span_empty(word))
		return -EINVAL;
	row_u64(system, SYSTEM_THREADS, tasks);
	return 0;
}

int
uptime_parse(struct span text, struct row system)
{
	struct lines lines = lines_of(text);
	struct span line, word;
	int64_t ns;

	if (!lines_next(&lines, &line) || !span_word(&line, &word) || num_fixed(&word, 9, &ns) < 0 ||
	    !span_empty(word) || ns < 0)
		return -EINVAL;
	row_u64(system, SYSTEM_UPTIME, (uint64_t)ns);
	return 0;
}

int
release_parse(struct span text, struct frame *f, struct row system)
{
	struct span line;

	/* A release has at most 64 bytes. */
	if (!span_line(&text, &line) || span_empty(line) || span_len(line) > 255)
		return -EINVAL;
	row_str(system, SYSTEM_KERNEL, strpool_intern(f->strings, line.p, span_len(line)));
	return 0;
}

/* This machine's clock is what proc/uptime prints. */
static int
read_uptime(struct sys_context *c, struct row system)
{
	int r;

	if (!c->root->foreign) {
		row_u64(system, SYSTEM_UPTIME, (uint64_t)clock_ns(CLOCK_BOOTTIME));
		return 0;
	}
	r = source_read(c, SRC_UPTIME);
	return r < 0 ? r : uptime_parse(span_of(c->text.data, c->text.len), system);
}

/* On this machine it stays what it is. */
static int
read_release(struct sys_context *c, struct frame *f, struct row system)
{
	if (!c->release.len || c->root->foreign) {
		int r = source_read(c, SRC_KERNEL);

		if (r < 0)
			return r;
		buf_clear(&c->release);
		buf_put(&c->release, c->text.data, c->text.len);
	}
	return release_parse(span_of(c->release.data, c->release.len), f, system);
}

void
loadavg_read(struct sys_context *c, struct frame *f)
{
	struct row system = {&f->table[TABLE_SYSTEM], 0};

	if (c->wanted[SRC_LOADAVG]) {
		int r = source_read(c, SRC_LOADAVG);

		if (r == 0)
			r = loadavg_parse(span_of(c->text.data, c->text.len), system);
		source_note(f, SRC_LOADAVG, r);
	}
	if (c->wanted[SRC_UPTIME])
		source_note(f, SRC_UPTIME, read_uptime(c, system));
	if (system.t->col[SYSTEM_HOST]) {
		const char *host = root_host(c->root);

		row_str(system, SYSTEM_HOST, strpool_intern(f->strings, host, strlen(host)));
	}
	if (system.t->col[SYSTEM_KERNEL])
		source_note(f, SRC_KERNEL, read_release(c, f, system));
}
