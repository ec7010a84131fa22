/* detailcgroup: the limits of a process's cgroup (version 2), and of those above it that have any;
 * what is used of them, throttling and pressure. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "sample/detailrows.h"

enum { PATH_MAX_BYTES = 4096, LEVELS_MAX = 32 };

/* A cgroup being looked at. */
struct group {
	struct details *d;
	struct frame *f;
	struct span path; /* "/a/b" */
	bool own;
	int error; /* of the first file that could not be read but for not being there */
	bool any;
};

static int
read_text(struct group *g, const char *file, struct span *ret)
{
	char path[PATH_MAX_BYTES + 64];
	int r;

	snprintf(path, sizeof path, "%.*s/%s", (int)span_len(g->path) - 1, g->path.p + 1, file);
	r = root_read(g->d->root, ROOT_CGROUP, *path == '/' ? path + 1 : path, &g->d->scratch);
	if (r < 0 && r != -ENOENT && !g->error)
		g->error = r;
	g->any |= r == 0;
	*ret = span_of(g->d->scratch.data, g->d->scratch.len);
	return r;
}

static bool
read_number(struct group *g, const char *file, double *ret)
{
	struct span text;
	uint64_t v;

	if (read_text(g, file, &text) < 0 || num_u64(&text, &v) < 0)
		return false;
	*ret = (double)v;
	return true;
}

/* "usage_usec 123" */
static bool
find_number(struct span text, const char *key, uint64_t *ret)
{
	struct span line, word;

	while (span_line(&text, &line))
		if (span_word(&line, &word) && span_is(word, key))
			return num_u64(&line, ret) == 0;
	return false;
}

static struct row
add(struct group *g, const char *name, const char *unit)
{
	uint64_t what = hash_bytes(g->path.p, span_len(g->path)) ^ hash_bytes(name, strlen(name));
	struct row row = table_add_row(&g->f->table[TABLE_CGLIMIT], detail_key(g->d, what));

	row_u64(row, CGLIMIT_PID, g->d->key.a);
	row_str(row, CGLIMIT_NAME, name);
	row_str(row, CGLIMIT_UNIT, unit);
	row_str(row, CGLIMIT_CGROUP,
		strpool_intern(g->f->strings, g->path.p, span_len(g->path)));
	return row;
}

/* A file with a limit, or "max", and one with what is used. */
static void
put_limit(struct group *g, const char *name, const char *used_file, const char *unit)
{
	struct span text, line, word;
	double used;
	uint64_t limit = 0;
	bool unlimited;
	struct row row;

	if (read_text(g, name, &text) < 0 || !span_line(&text, &line) || !span_word(&line, &word))
		return;
	unlimited = span_is(word, "max");
	if ((unlimited && !g->own) || (!unlimited && num_u64(&word, &limit) < 0))
		return;
	row = add(g, name, unit);
	row_u64(row, CGLIMIT_UNLIMITED, unlimited);
	if (!unlimited)
		row_f64(row, CGLIMIT_LIMIT, (double)limit);
	if (read_number(g, used_file, &used))
		row_f64(row, CGLIMIT_USED, used);
}

/* CPUs used since the tick before; of the process's own cgroup only. */
static bool
cpus_used(struct group *g, struct span stat, double *ret)
{
	struct details *d = g->d;
	uint64_t now, before = d->cpu_usec, usec;
	int64_t span_ns = g->f->meta.mono_ns - d->cpu_at_ns;
	bool had = d->cpu_at_ns != 0;

	if (!g->own || !find_number(stat, "usage_usec", &now))
		return false;
	d->cpu_usec = now;
	d->cpu_at_ns = g->f->meta.mono_ns;
	if (!had || span_ns <= 0 || !delta_u64(before, now, &usec))
		return false;
	*ret = (double)usec * 1000 / (double)span_ns;
	return true;
}

static void
put_cpu(struct group *g)
{
	struct span text, word;
	uint64_t quota, period = 0, throttled;
	bool has_max, unlimited = false, has_stat;
	struct row row;
	double used;

	has_max = read_text(g, "cpu.max", &text) == 0 && span_word(&text, &word);
	if (has_max) {
		unlimited = span_is(word, "max");
		has_max = unlimited || (num_u64(&word, &quota) == 0 &&
					num_u64(&text, &period) == 0 && period > 0);
	}
	if (!g->own && (!has_max || unlimited))
		return;
	has_stat = read_text(g, "cpu.stat", &text) == 0;
	if (has_max) {
		row = add(g, "cpu.max", "cpus");
		row_u64(row, CGLIMIT_UNLIMITED, unlimited);
		if (!unlimited)
			row_f64(row, CGLIMIT_LIMIT, (double)quota / (double)period);
		if (has_stat && cpus_used(g, text, &used))
			row_f64(row, CGLIMIT_USED, used);
	}
	if (!has_stat || !find_number(text, "throttled_usec", &throttled))
		return;
	row = add(g, "cpu.stat throttled", "seconds");
	row_f64(row, CGLIMIT_USED, (double)throttled / 1e6);
}

/* "some avg10=1.20 avg60=..." */
static void
put_pressure(struct group *g, const char *file)
{
	struct span text, word;
	int64_t percent;

	if (read_text(g, file, &text) < 0 || !span_word(&text, &word) || !span_is(word, "some") ||
	    !span_word(&text, &word) || !span_starts(word, "avg10="))
		return;
	word.p += strlen("avg10=");
	if (num_fixed(&word, 2, &percent) == 0)
		row_f64(add(g, file, "percent"), CGLIMIT_USED, (double)percent / 100);
}

static void
put_events(struct group *g)
{
	static const char *const names[][2] = {
		{"high", "memory.events high"},
		{"max", "memory.events max"},
		{"oom_kill", "memory.events oom_kill"},
	};
	struct span text;
	uint64_t v;

	if (read_text(g, "memory.events", &text) < 0)
		return;
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (find_number(text, names[i][0], &v))
			row_f64(add(g, names[i][1], "times"), CGLIMIT_USED, (double)v);
}

static void
put_group(struct group *g)
{
	put_limit(g, "memory.max", "memory.current", "bytes");
	put_limit(g, "memory.high", "memory.current", "bytes");
	put_limit(g, "memory.swap.max", "memory.swap.current", "bytes");
	put_limit(g, "pids.max", "pids.current", "processes");
	put_cpu(g);
	if (!g->own)
		return;
	put_events(g);
	put_pressure(g, "cpu.pressure");
	put_pressure(g, "memory.pressure");
	put_pressure(g, "io.pressure");
}

/* A path that leads out of the tree is one of another cgroup namespace. */
static bool
is_below(struct span path)
{
	return !memmem(path.p, span_len(path), "/..", 3) && span_len(path) < PATH_MAX_BYTES;
}

static int
read_path(struct details *d, char to[PATH_MAX_BYTES], struct span *ret)
{
	struct span path;
	int r = pid_read(d->root, (uint32_t)d->key.a, 0, "cgroup", 16384, &d->scratch);

	if (r < 0)
		return r;
	if (!pid_cgroup2_parse(span_of(d->scratch.data, d->scratch.len), &path) || !is_below(path))
		return -ENOENT;
	memcpy(to, path.p, span_len(path));
	*ret = span_of(to, span_len(path));
	return 0;
}

void
detail_cgroup_fill(struct details *d, struct frame *f)
{
	struct group g = {.d = d, .f = f, .own = true};
	char path[PATH_MAX_BYTES];
	int r = read_path(d, path, &g.path);

	for (int i = 0; r == 0 && i < LEVELS_MAX && span_len(g.path) > 1; i++) {
		put_group(&g);
		g.own = false;
		while (span_len(g.path) > 1 && g.path.end[-1] != '/')
			g.path.end--;
		if (span_len(g.path) > 1)
			g.path.end--;
	}
	if (r == 0)
		r = g.any ? 0 : g.error ? g.error : -ENOENT;
	source_note(f, SRC_DETAIL_CGROUP, r);
}
