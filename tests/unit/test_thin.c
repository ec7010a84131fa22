/* Thinning: what stays is the last sample of each span, with all that is seen only once; segments
 * are rewritten so that whoever kills us where he likes loses and doubles nothing. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/fd.h"
#include "random_frame.h"
#include "store/prune.h"
#include "store/recording.h"
#include "store/rewrite.h"
#include "store/segment.h"
#include "store/thin.h"

enum { N = 120, EXITS = 4 };

static struct machine m;
static struct frame *frame[N];
static struct moment moment[N];
static char path[64];
static int dir;

static uint64_t
exit_key(int i, int k)
{
	return (uint64_t)i * EXITS + (uint64_t)k + 1;
}

static int
setup(void **state)
{
	(void)state;
	machine_init(&m, 11);
	for (int i = 0; i < N; i++) {
		struct table *t;

		frame[i] = machine_next(&m, i ? frame[i - 1] : NULL);
		t = &frame[i]->table[TABLE_EXIT];
		t->nrows = 0;
		for (int k = 0; k < EXITS && i % 3; k++)
			table_add_row(t, (struct row_key){exit_key(i, k), 5});
		moment[i] = (struct moment){
			frame[i]->meta.wall_ns, frame[i]->meta.mono_ns,
			(uint8_t)(dice(&m, 4) ? dice(&m, 251) : PAST_UNKNOWN), (uint8_t)dice(&m, 251),
			PAST_UNKNOWN, (uint8_t)(1u << dice(&m, 7)),
		};
	}
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	for (int i = 0; i < N; i++)
		frame_unref(frame[i]);
	machine_release(&m);
	return 0;
}

static void
begin_directory(void)
{
	strcpy(path, "/tmp/sonde-thin-XXXXXX");
	assert_non_null(mkdtemp(path));
	dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(dir >= 0);
}

static unsigned
count_files(void)
{
	char **name;
	size_t n;

	assert_int_equal(segments_list(dir, &name, &n), 0);
	for (size_t i = 0; i < n; i++)
		free(name[i]);
	free(name);
	return (unsigned)n;
}

static void
end_directory(void)
{
	char **name;
	size_t n;

	assert_int_equal(segments_list(dir, &name, &n), 0);
	for (size_t i = 0; i < n; i++) {
		(void)unlinkat(dir, name[i], 0);
		free(name[i]);
	}
	free(name);
	rewrite_clean(dir);
	(void)close(dir);
	assert_int_equal(rmdir(path), 0); /* nothing else was left */
}

/* Frames [from, to) as a segment, last written to at mtime. */
static void
put_rewritten(const char *name, const char *until, int from, int to, uint8_t boot, int64_t mtime_s,
	      int64_t every_ns)
{
	struct head h = {
		.boot_id = {boot},
		.wall_ns = moment[from].wall_ns,
		.mono_ns = moment[from].mono_ns,
		.clk_tck = 100,
		.page_size = 4096,
		.host = (char *)"db1",
		.release = (char *)"6.1",
		.version = (char *)"0",
		.until = (char *)until,
		.layout = layout_own(),
	};
	struct stat like = {.st_mtim = {.tv_sec = mtime_s}};
	struct piece p;
	struct thin t;

	assert_int_equal(piece_begin(&p, dir, "new", &h), 0);
	thin_init(&t, &p, every_ns, 0);
	for (int i = from; i < to; i++)
		assert_int_equal(thin_add(&t, frame[i], &moment[i]), 0);
	assert_int_equal(thin_end(&t), 0);
	assert_int_equal(piece_end(&p, name, false, &like), 0);
	piece_drop(&p);
	thin_release(&t);
	layout_unref(h.layout);
}

static void
put_segment(const char *name, int from, int to, uint8_t boot, int64_t mtime_s, int64_t every_ns)
{
	put_rewritten(name, NULL, from, to, boot, mtime_s, every_ns);
}

static struct recording *
open_recording(void)
{
	struct recording *r;
	struct err e;

	assert_int_equal(recording_open(path, &r, &e), 0);
	return r;
}

static const struct frame *
read_frame(struct past *p, uint64_t n)
{
	struct field_set want[TABLE_COUNT] = {0};
	const struct frame *f;

	thin_want(want);
	assert_int_equal(past_frame(p, n, want, &f), 0);
	return f;
}

static bool
is_last_of_span(int i, int to, int64_t every_ns)
{
	return i + 1 == to || !every_ns ||
	       moment[i].mono_ns / every_ns != moment[i + 1].mono_ns / every_ns;
}

/* All but the processes that ended. */
static void
assert_same(const struct frame *got, struct frame *expected)
{
	struct table exits = expected->table[TABLE_EXIT];
	const char *where;

	expected->table[TABLE_EXIT] = got->table[TABLE_EXIT];
	where = difference_of(got, expected);
	expected->table[TABLE_EXIT] = exits;
	if (where)
		fail_msg("%s", where);
}

/* The recording is frames [from, to), thinned so, beginning with its moment n; gives the next. */
static uint64_t
check(struct past *p, uint64_t n, int from, int to, int64_t every_ns)
{
	struct moment sum = {.cpu = PAST_UNKNOWN, .memory = PAST_UNKNOWN};
	int begun = from;

	for (int i = from; i < to; i++) {
		const struct frame *f;
		const struct table *t;
		struct moment got;
		uint32_t row = 0;

		if (sum.cpu == PAST_UNKNOWN || (moment[i].cpu != PAST_UNKNOWN && moment[i].cpu > sum.cpu))
			sum.cpu = moment[i].cpu;
		if (sum.memory == PAST_UNKNOWN || moment[i].memory > sum.memory)
			sum.memory = moment[i].memory;
		sum.events |= moment[i].events;
		if (!is_last_of_span(i, to, every_ns))
			continue;
		assert_true(past_moment(p, n, &got));
		assert_true(got.wall_ns == moment[i].wall_ns && got.mono_ns == moment[i].mono_ns);
		assert_true(got.cpu == sum.cpu && got.memory == sum.memory &&
			    got.pressure == PAST_UNKNOWN && got.events == sum.events);
		f = read_frame(p, n++);
		assert_same(f, frame[i]);
		t = frame_table(f, TABLE_EXIT);
		for (int k = begun; k <= i; k++)
			for (int x = 0; x < EXITS && k % 3; x++, row++)
				assert_true(row < t->nrows && t->key[row].a == exit_key(k, x));
		assert_int_equal(row, t->nrows);
		frame_unref(f);
		begun = i + 1;
		sum = (struct moment){.cpu = PAST_UNKNOWN, .memory = PAST_UNKNOWN};
	}
	return n;
}

static void
check_all(int64_t every_ns)
{
	struct past *p = recording_past(open_recording());
	uint64_t first, end;

	past_span(p, &first, &end);
	assert_true(first == 0 && check(p, 0, 0, N, every_ns) == end);
	past_free(p);
}

static void
test_thin(void **state)
{
	static const int64_t every[] = {0, NS_PER_S / 2, 5 * NS_PER_S, 1000 * NS_PER_S};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(every); i++) {
		begin_directory();
		put_segment("a.sonde", 0, N, 1, 1000, every[i]);
		check_all(every[i]);
		end_directory();
	}
}

static const struct rewrite_level levels[REWRITE_LEVELS] = {
	{3600 * NS_PER_S, 5 * NS_PER_S},
	{86400 * NS_PER_S, 20 * NS_PER_S},
};

static void
put_day(void)
{
	put_segment("20251121T000000Z-0000.sonde", 0, N / 3, 1, 1000, 0);
	put_segment("20251121T010000Z-0000.sonde", N / 3, 2 * N / 3, 1, 1100, 0);
	put_segment("20251121T020000Z-0000.sonde", 2 * N / 3, N, 1, 1200, 0);
}

static void
test_rewrite(void **state)
{
	struct stat st;

	(void)state;
	begin_directory();
	put_day();
	assert_int_equal(rewrite(dir, levels, 4700 * NS_PER_S), 0); /* the last is too young */
	check_all(0);
	assert_int_equal(rewrite(dir, levels, 4900 * NS_PER_S), 1);
	assert_int_equal(count_files(), 1);
	check_all(5 * NS_PER_S);
	assert_int_equal(fstatat(dir, "20251121T000000Z-0000.sonde", &st, 0), 0);
	assert_int_equal(st.st_mtim.tv_sec, 1200); /* no younger for that */
	assert_int_equal(rewrite(dir, levels, 4900 * NS_PER_S), 0); /* done */
	assert_int_equal(rewrite(dir, levels, 90000 * NS_PER_S), 1);
	check_all(20 * NS_PER_S); /* as if at once */
	assert_int_equal(rewrite(dir, levels, 90000 * NS_PER_S), 0);
	end_directory();
}

/* Of another day, another boot, of none that is known: each by itself. */
static void
test_apart(void **state)
{
	struct past *p;
	uint64_t n = 0;

	(void)state;
	begin_directory();
	put_segment("20251121T000000Z-0000.sonde", 0, N / 4, 1, 1000, 0);
	put_segment("20251122T000000Z-0000.sonde", N / 4, N / 2, 1, 1000, 0);
	put_segment("20251122T010000Z-0000.sonde", N / 2, 3 * N / 4, 2, 1000, 0);
	put_segment("20251122T020000Z-0000.sonde", 3 * N / 4, 7 * N / 8, 0, 1000, 0);
	put_segment("20251122T030000Z-0000.sonde", 7 * N / 8, N, 0, 1000, 0);
	assert_int_equal(rewrite(dir, levels, 5000 * NS_PER_S), 5);
	assert_int_equal(count_files(), 5);
	p = recording_past(open_recording());
	n = check(p, n, 0, N / 4, 5 * NS_PER_S);
	n = check(p, n, N / 4, N / 2, 5 * NS_PER_S);
	n = check(p, n, N / 2, 3 * N / 4, 5 * NS_PER_S);
	n = check(p, n, 3 * N / 4, 7 * N / 8, 5 * NS_PER_S);
	(void)check(p, n, 7 * N / 8, N, 5 * NS_PER_S);
	past_free(p);
	end_directory();
}

/* What is not ours to touch: another name, a second name, a link, not sealed. */
static void
test_untouched(void **state)
{
	struct stat st;

	(void)state;
	begin_directory();
	put_segment("holiday.sonde", 0, N / 4, 1, 1000, 0);
	put_segment("20251121T000000Z-0000.sonde", N / 4, N / 2, 1, 1000, 0);
	assert_int_equal(linkat(dir, "20251121T000000Z-0000.sonde", dir, "mine", 0), 0);
	put_segment("20251122T000000Z-0000.sonde", N / 2, 3 * N / 4, 1, 1000, 0);
	assert_int_equal(fstatat(dir, "20251122T000000Z-0000.sonde", &st, 0), 0);
	assert_int_equal(renameat(dir, "20251122T000000Z-0000.sonde", dir, "theirs"), 0);
	assert_int_equal(symlinkat("theirs", dir, "20251122T000000Z-0000.sonde"), 0);
	put_segment("20251123T000000Z-0000.sonde", 3 * N / 4, N, 1, 1000, 0);
	assert_int_equal(fstatat(dir, "20251123T000000Z-0000.sonde", &st, 0), 0);
	{
		cleanup_fd int fd = openat(dir, "20251123T000000Z-0000.sonde", O_RDWR | O_CLOEXEC);

		assert_int_equal(ftruncate(fd, st.st_size - 20), 0);
		assert_int_equal(futimens(fd, (struct timespec[]){{1000, 0}, {1000, 0}}), 0);
	}
	assert_int_equal(rewrite(dir, levels, 5000 * NS_PER_S), 0);
	(void)unlinkat(dir, "mine", 0);
	(void)unlinkat(dir, "theirs", 0);
	end_directory();
}

/* A pass that ended between its two steps: the old ones are there still. */
static void
test_leftovers(void **state)
{
	static const int64_t every[] = {5 * NS_PER_S, 1000 * NS_PER_S};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(every); i++) {
		begin_directory();
		put_rewritten("20251121T000000Z-0000.sonde", "20251121T020000Z-0000.sonde", 0, N, 1,
			      1200, every[i]);
		put_segment("20251121T010000Z-0000.sonde", 2, 2 * N / 3, 1, 1100, 0);
		put_segment("20251121T020000Z-0000.sonde", 2 * N / 3, N, 1, 1200, 0);
		put_segment(".thin.sonde", 0, 3, 1, 1200, 0);
		check_all(every[i]);
		assert_int_equal(rewrite(dir, levels, 4900 * NS_PER_S), 0);
		assert_int_equal(count_files(), 1);
		check_all(every[i]);
		end_directory();
	}
}

/* Somebody put another machine's recording beside it: by its name it could be a leftover. */
static void
test_no_leftovers(void **state)
{
	struct past *p;

	(void)state;
	begin_directory();
	put_rewritten("20251121T000000Z-0000.sonde", "20251121T020000Z-0000.sonde", 0, N / 2, 1, 1200,
		      5 * NS_PER_S);
	put_segment("20251121T010000Z-0000.sonde", 10, N / 4, 2, 1200, 5 * NS_PER_S);
	put_segment("20251121T013000Z-0000.sonde", N / 4, N, 1, 1200, 5 * NS_PER_S);
	(void)rewrite(dir, levels, 4900 * NS_PER_S);
	assert_int_equal(count_files(), 3);
	p = recording_past(open_recording());
	(void)check(p, check(p, check(p, 0, 0, N / 2, 5 * NS_PER_S), 10, N / 4, 5 * NS_PER_S), N / 4,
		    N, 5 * NS_PER_S);
	past_free(p);
	end_directory();
}

/* Killed wherever: it is what it was, or thinner, and the next pass goes on. */
static void
test_killed(void **state)
{
	bool thinned = false;

	(void)state;
	begin_directory();
	put_day();
	for (long us = 500; !thinned && us < 60000000; us += us / 2) {
		struct timespec pause = {us / 1000000, us % 1000000 * 1000};
		struct past *p;
		uint64_t first, end;
		pid_t pid = fork();

		if (pid == 0) {
			(void)rewrite(dir, levels, 4900 * NS_PER_S);
			_exit(0);
		}
		assert_true(pid > 0);
		(void)nanosleep(&pause, NULL);
		assert_int_equal(kill(pid, SIGKILL), 0);
		assert_int_equal(waitpid(pid, NULL, 0), pid);
		p = recording_past(open_recording());
		past_span(p, &first, &end);
		past_free(p);
		thinned = end < N;
		check_all(thinned ? 5 * NS_PER_S : 0);
	}
	assert_true(thinned);
	(void)rewrite(dir, levels, 4900 * NS_PER_S);
	assert_int_equal(count_files(), 1);
	end_directory();
}

/* Who reads meanwhile goes on with what is open, and is told what is gone. */
static void
test_reader(void **state)
{
	struct past *p;

	(void)state;
	begin_directory();
	put_day();
	p = recording_past(open_recording());
	assert_int_equal(rewrite(dir, levels, 4900 * NS_PER_S), 1);
	(void)check(p, 0, 0, N / 3, 0);
	(void)check(p, 2 * N / 3, 2 * N / 3, N, 0);
	past_free(p);
	check_all(5 * NS_PER_S);
	end_directory();
}

static void
test_reader_reopens(void **state)
{
	struct field_set want[TABLE_COUNT] = {0};
	const struct frame *f;
	struct past *p;
	struct moment got;

	(void)state;
	begin_directory();
	/* More than are open at a time: the first is closed again. */
	for (int i = 0; i < 12; i++) {
		char name[40];

		snprintf(name, sizeof name, "20251121T%02d0000Z-0000.sonde", i);
		put_segment(name, i * N / 12, (i + 1) * N / 12, 1, 1000, 0);
	}
	p = recording_past(open_recording());
	assert_int_equal(rewrite(dir, levels, 4900 * NS_PER_S), 1);
	thin_want(want);
	assert_int_equal(past_frame(p, 3, want, &f), -ENOENT); /* and no other moment */
	assert_false(past_moment(p, 3, &got));
	(void)check(p, 11 * N / 12, 11 * N / 12, N, 0);
	past_free(p);
	end_directory();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_thin),           cmocka_unit_test(test_rewrite),
		cmocka_unit_test(test_apart),          cmocka_unit_test(test_untouched),
		cmocka_unit_test(test_leftovers),      cmocka_unit_test(test_no_leftovers),
		cmocka_unit_test(test_killed),         cmocka_unit_test(test_reader),
		cmocka_unit_test(test_reader_reopens),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
