/* store: what a sample costs to keep and a moment costs to find again, without the machine around
 * it.
 *
 *     store RECORDING [SCRATCH]
 *
 * Reads the first samples of a recording into memory and has them recorded again, to and fro
 * (forwards, then backwards, so that there is no jump anywhere) with clocks that go on: a day of
 * them by writer_add(), without fdatasync() but at a segment's end; an hour by ring_add(). Then it
 * looks for random moments of that day, with the fields that the screen wants. The day is written
 * below SCRATCH (default /tmp) and removed.
 *
 * All times are of the CPU, all files in the page cache: other load does little to them. "cold" has
 * the caches of the processor filled with something else before every sample, as it is when one
 * comes a second. Exit status: 0 targets met, 1 one missed, 2 could not run. */
#include <dirent.h>
#include <fcntl.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "frame/derive.h"
#include "store/recording.h"
#include "store/ring.h"
#include "store/writer.h"
#include "ui/screen.h"

enum { LOADED_MAX = 600, HOUR = 3600, DAY = 24 * HOUR, COLD = 200, SEEKS = 500, OPENS = 5 };
enum { COLD_BYTES = 48 << 20 };

static const double ADD_US = 150, SEEK_MS = 5, RING_MIB = 16;

static struct frame *loaded[LOADED_MAX];
static unsigned nloaded;
static bool missed;

static void
fail(const char *what)
{
	fprintf(stderr, "store: %s\n", what);
	exit(2);
}

/* Frames of a recording have a string pool a group; those of a sampler share one. */
static struct frame *
copy_frame(const struct frame *f, struct frame_pool *pool, struct strpool *strings)
{
	struct field_set has[TABLE_COUNT];
	struct frame *to;

	for (int t = 0; t < TABLE_COUNT; t++)
		has[t] = f->table[t].has;
	to = frame_begin(pool, has, strings);
	to->meta = f->meta;
	to->meta.host = strpool_intern(strings, f->meta.host, strlen(f->meta.host));
	if (f->meta.sampler)
		to->meta.sampler = strpool_intern(strings, f->meta.sampler,
						  strlen(f->meta.sampler));
	memcpy(to->source, f->source, sizeof to->source);
	for (int t = 0; t < TABLE_COUNT; t++) {
		const struct table *from = &f->table[t];

		table_reserve(&to->table[t], from->nrows);
		for (uint32_t i = 0; i < from->nrows; i++) {
			struct row row = table_add_row(&to->table[t], from->key[i]);

			for (unsigned k = 0; k < from->schema->nfields; k++) {
				union value v;

				if (cell_late(from, i, k))
					row_late(row, k);
				if (!cell_valid(from, i, k))
					continue;
				v = from->col[k][i];
				if (from->schema->field[k].type == TYPE_STR)
					v.s = strpool_intern(strings, v.s, strlen(v.s));
				*row_cell(row, k) = v;
			}
		}
		if (from->nrows) /* as frame_derive() does */
			(void)table_find(&to->table[t], from->key[0]);
	}
	return to;
}

static void
load(const char *path)
{
	struct strpool *strings = strpool_new();
	struct frame_pool *pool = frame_pool_new();
	struct field_set all[TABLE_COUNT];
	struct recording *rec;
	uint64_t first, end;
	struct err e;

	memset(all, 0xff, sizeof all);
	if (recording_open(path, &rec, &e) < 0)
		fail(e.text);
	past_span(recording_past(rec), &first, &end);
	for (uint64_t n = first; n < end && nloaded < LOADED_MAX; n++) {
		const struct frame *f;

		if (past_frame(recording_past(rec), n, all, &f) < 0)
			continue;
		loaded[nloaded++] = copy_frame(f, pool, strings);
		frame_unref(f);
	}
	past_free(recording_past(rec));
	if (nloaded < 2)
		fail("expected a recording of two samples at least; some hundred are better");
	printf("%u samples, the last of %u processes\n", nloaded,
	       loaded[nloaded - 1]->table[TABLE_PROC].nrows);
}

/* Sample i of an endless recording. */
static const struct frame *
sample(uint64_t i)
{
	uint64_t k = i % (2 * (nloaded - 1));
	struct frame *f = loaded[k < nloaded ? k : 2 * (nloaded - 1) - k];

	f->meta.seq = i;
	f->meta.mono_ns = (int64_t)(1000 + i) * NS_PER_S;
	f->meta.wall_ns = INT64_C(1700000000) * NS_PER_S + f->meta.mono_ns;
	f->meta.interval_ns = NS_PER_S;
	return f;
}

static int64_t
cpu_ns(void)
{
	return clock_ns(CLOCK_THREAD_CPUTIME_ID);
}

static int
compare(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static const char *
verdict(bool met)
{
	missed |= !met;
	return met ? "met" : "MISSED";
}

/* Sorts ns. target: of the mean or the median, whatever is larger, or 0. */
static void
report(const char *what, int64_t *ns, size_t n, double unit_ns, const char *unit, double target)
{
	double sum = 0, mean, median;

	qsort(ns, n, sizeof *ns, compare);
	for (size_t i = 0; i < n; i++)
		sum += (double)ns[i];
	mean = sum / (double)n / unit_ns;
	median = (double)ns[n / 2] / unit_ns;
	printf("%-24s mean %8.2f  median %8.2f  worst %8.2f %s", what, mean, median,
	       (double)ns[n - 1] / unit_ns, unit);
	if (target > 0)
		printf("  (at most %g: %s)", target, verdict(MAX(mean, median) <= target));
	putchar('\n');
	fflush(stdout);
}

static uint64_t
each_file(const char *dir, bool unlink_it)
{
	DIR *d = opendir(dir);
	struct dirent *entry;
	uint64_t bytes = 0;
	struct stat st;

	while (d && (entry = readdir(d))) {
		if (entry->d_name[0] == '.')
			continue;
		if (fstatat(dirfd(d), entry->d_name, &st, 0) == 0)
			bytes += (uint64_t)st.st_size;
		if (unlink_it)
			(void)unlinkat(dirfd(d), entry->d_name, 0);
	}
	if (d)
		closedir(d);
	return bytes;
}

static struct writer *
open_writer(const char *dir)
{
	struct writer_options o = {.dir = dir, .sync_ns = INT64_MAX,
				   .segment_ns = HOUR * NS_PER_S, .segment_bytes = UINT64_MAX};
	struct writer *w;
	struct err e;

	if (writer_open(&o, &w, &e) < 0)
		fail(e.text);
	return w;
}

static void
add(struct writer *w, uint64_t i, int64_t *ret_ns)
{
	const struct frame *f = sample(i);
	int64_t begin = cpu_ns();
	struct err e;

	if (writer_add(w, f, &e) < 0)
		fail(e.text);
	*ret_ns = cpu_ns() - begin;
}

static void
write_cold(const char *dir)
{
	static int64_t ns[COLD];
	char *other = xmalloc(COLD_BYTES);
	struct writer *w = open_writer(dir);

	for (int i = 0; i < COLD; i++) {
		memset(other, i, COLD_BYTES);
		__asm__ volatile("" : : "r"(other) : "memory");
		add(w, (uint64_t)i, &ns[i]);
	}
	report("encode and append, cold", ns, COLD, 1e3, "us", 0);
	(void)writer_close(w);
	(void)each_file(dir, true);
	free(other);
}

static void
write_day(const char *dir)
{
	static int64_t ns[DAY];
	struct writer *w = open_writer(dir);

	for (int i = 0; i < DAY; i++)
		add(w, (uint64_t)i, &ns[i]);
	report("encode and append", ns, DAY, 1e3, "us", ADD_US);
	if (writer_close(w) < 0)
		fail("the end of the recording");
	printf("%-24s %.0f\n", "bytes per sample", (double)each_file(dir, false) / DAY);
}

static void
fill_ring(void)
{
	static int64_t ns[HOUR];
	struct ring *r = ring_new((size_t)1 << 30, DAY * NS_PER_S);
	double mib;

	for (int i = 0; i < HOUR; i++) {
		const struct frame *f = sample((uint64_t)i);

		ns[i] = cpu_ns();
		ring_add(r, f);
		ns[i] = cpu_ns() - ns[i];
	}
	mib = (double)ring_bytes(r) / (1 << 20);
	report("ring, add", ns, HOUR, 1e3, "us", ADD_US);
	printf("%-24s %.1f MiB  (at most %g: %s)\n", "ring, an hour", mib, RING_MIB,
	       verdict(mib <= RING_MIB));
	ring_free(r);
}

static size_t
heap(void)
{
	struct mallinfo2 m = mallinfo2();

	return m.uordblks + m.hblkhd;
}

static struct recording *
open_day(const char *dir, size_t *ret_heap)
{
	int64_t ns[OPENS];
	struct recording *rec = NULL;
	struct err e;
	size_t before = 0;

	for (int i = 0; i < OPENS; i++) {
		if (rec)
			past_free(recording_past(rec));
		before = heap();
		ns[i] = cpu_ns();
		if (recording_open(dir, &rec, &e) < 0)
			fail(e.text);
		ns[i] = cpu_ns() - ns[i];
	}
	report("open a day", ns, OPENS, 1e6, "ms", 0);
	printf("%-24s %.2f MiB\n", "its memory", (double)(heap() - before) / (1 << 20));
	*ret_heap = before;
	return rec;
}

/* What the screen of 160x50 wants when it begins. */
static void
screen_wants(struct field_set want[TABLE_COUNT])
{
	struct screen_options o = {.glyphs = GLYPHS_BRAILLE, .delay_ns = NS_PER_S};
	struct screen *s = screen_new(&o);
	struct grid g = {0};
	const struct plan *p;
	bool soon;

	grid_resize(&g, 160, 50);
	screen_frame(s, frame_ref(loaded[nloaded - 1]));
	screen_render(s, &g);
	p = screen_plan(s, &soon);
	if (!p)
		fail("the screen wants nothing");
	memcpy(want, p->want, sizeof p->want);
	field_sets_close(want);
	screen_free(s);
	grid_release(&g);
}

static int64_t
show(struct past *p, uint64_t n, bool find, const struct field_set want[TABLE_COUNT])
{
	int64_t wall_ns = sample(n)->meta.wall_ns, begin = cpu_ns();
	const struct frame *f;
	uint64_t found = n;

	if ((find && !past_find(p, wall_ns, &found)) || past_frame(p, found, want, &f) < 0 ||
	    found != n || f->meta.seq != n || f->meta.wall_ns != wall_ns)
		fail("a moment is not what it was when it was recorded");
	begin = cpu_ns() - begin;
	frame_unref(f);
	return begin;
}

static void
seek(struct past *p, const struct field_set want[TABLE_COUNT])
{
	static int64_t seek[SEEKS], forward[SEEKS], back[SEEKS];

	for (unsigned i = 0; i < SEEKS; i++) {
		uint64_t n = 2 + hash_u64(i) % (DAY - 4);

		seek[i] = show(p, n, true, want);
		forward[i] = show(p, n + 1, false, want);
		back[i] = show(p, n, false, want);
	}
	report("seek", seek, SEEKS, 1e6, "ms", SEEK_MS);
	report("step forward", forward, SEEKS, 1e6, "ms", SEEK_MS);
	report("step back", back, SEEKS, 1e6, "ms", SEEK_MS);
}

int
main(int argc, char **argv)
{
	struct field_set want[TABLE_COUNT];
	struct recording *day;
	char dir[4096];
	size_t before;

	if (argc < 2 || argc > 3) {
		fputs("usage: store RECORDING [SCRATCH]\n", stderr);
		return 2;
	}
	snprintf(dir, sizeof dir, "%s/sonde-store-XXXXXX", argc > 2 ? argv[2] : "/tmp");
	if (!mkdtemp(dir))
		fail("the scratch directory cannot be made");
	load(argv[1]);
	write_cold(dir);
	write_day(dir);
	fill_ring();
	screen_wants(want);
	day = open_day(dir, &before);
	seek(recording_past(day), want);
	printf("%-24s %.2f MiB\n", "its memory after that", (double)(heap() - before) / (1 << 20));
	past_free(recording_past(day));
	(void)each_file(dir, true);
	(void)rmdir(dir);
	return missed ? 1 : 0;
}
