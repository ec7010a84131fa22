/* loadavg: reads proc/loadavg, proc/uptime and proc/sys/kernel/osrelease into the system table.
 *
 * loadavg = load load load running "/" tasks last_pid     loads with two decimals
 * uptime  = seconds idle_seconds                          with two decimals */
#include <errno.h>

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

void
loadavg_read(struct sys_context *c, struct frame *f)
{
	struct table *t = &f->table[TABLE_SYSTEM];
	struct row system = {t, 0};
	const char *host = root_host(c->root);
	int r;

	if (t->col[SYSTEM_LOAD1] || t->col[SYSTEM_LOAD5] || t->col[SYSTEM_LOAD15] ||
	    t->col[SYSTEM_THREADS]) {
		r = source_read(c, SRC_LOADAVG);
		if (r == 0)
			r = loadavg_parse(span_of(c->text.data, c->text.len), system);
		source_note(f, SRC_LOADAVG, r);
	}
	if (t->col[SYSTEM_UPTIME]) {
		r = source_read(c, SRC_UPTIME);
		if (r == 0)
			r = uptime_parse(span_of(c->text.data, c->text.len), system);
		source_note(f, SRC_UPTIME, r);
	}
	if (t->col[SYSTEM_HOST])
		row_str(system, SYSTEM_HOST, strpool_intern(f->strings, host, strlen(host)));
	if (t->col[SYSTEM_KERNEL]) {
		r = source_read(c, SRC_KERNEL);
		if (r == 0)
			r = release_parse(span_of(c->text.data, c->text.len), f, system);
		source_note(f, SRC_KERNEL, r);
	}
}
