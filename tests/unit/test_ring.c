/* The ring: what was added comes back, with the rates it had; the oldest goes when it is full; one
 * adds while another looks. */
#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "frame/derive.h"
#include "recorded.h"
#include "store/ring.h"

static struct field_set everything[TABLE_COUNT];

static void
test_back_and_forth(void **state)
{
	enum { N = 300 };
	static const struct frame *frame[N];
	struct ring *r = ring_new(SIZE_MAX, INT64_MAX);
	struct past *past = ring_past(r);
	struct machine m;
	uint64_t first, end, n;
	struct moment moment;

	(void)state;
	machine_init(&m, 7);
	assert_false(past_find(past, 0, &n));
	for (int i = 0; i < N; i++) {
		struct frame *f = machine_next(&m, i ? frame[i - 1] : NULL);

		if (i)
			f->meta.interval_ns = f->meta.mono_ns - frame[i - 1]->meta.mono_ns;
		frame_derive(f, i ? frame[i - 1] : NULL);
		ring_add(r, f);
		frame[i] = f;
	}
	past_span(past, &first, &end);
	assert_int_equal(first, 0);
	assert_int_equal(end, N);
	/* forward, backward, anywhere */
	for (int i = 0; i < 3 * N; i++) {
		const struct frame *got;
		const char *where;

		n = i < N ? (uint64_t)i : i < 2 * N ? (uint64_t)(2 * N - 1 - i) : dice(&m, N);
		if (i >= N && i % 40)
			continue;
		assert_int_equal(past_frame(past, n, everything, &got), 0);
		where = difference_of(frame[n], got);
		if (where)
			fail_msg("moment %d: %s", (int)n, where);
		assert_true(past_moment(past, n, &moment));
		assert_int_equal(got->meta.wall_ns, frame[n]->meta.wall_ns);
		assert_int_equal(moment.mono_ns, frame[n]->meta.mono_ns);
		assert_same_rates(got, frame[n]);
		frame_unref(got);
	}
	assert_false(past_moment(past, N, &moment));
	for (int i = 0; i < N; i++)
		frame_unref(frame[i]);
	ring_free(r);
	machine_release(&m);
}

/* Only what is wanted is there, and what was not sampled is not, however much it is wanted. */
static void
test_wants(void **state)
{
	struct ring *r = ring_new(SIZE_MAX, INT64_MAX);
	struct field_set want[TABLE_COUNT] = {0};
	const struct frame *got;
	struct machine m;
	struct frame *f;

	(void)state;
	machine_init(&m, 9);
	field_set_add(&m.want[TABLE_PROC], PROC_NAME);
	field_set_add(&m.want[TABLE_PROC], PROC_CPU);
	m.key[TABLE_PROC][0] = (struct row_key){1, 2};
	m.nrows[TABLE_PROC] = 1;
	f = frame_begin(m.pool, m.want, m.strings);
	row_u64(table_add_row(&f->table[TABLE_PROC], m.key[TABLE_PROC][0]), PROC_CPU, 5);
	ring_add(r, f);
	field_set_add(&want[TABLE_PROC], PROC_CPU);
	field_set_add(&want[TABLE_PROC], PROC_CPU_RATIO);
	field_set_add(&want[TABLE_PROC], PROC_NICE);
	field_set_add(&want[TABLE_PROC], PROC_MEM_SHARE);
	assert_int_equal(past_frame(ring_past(r), 0, want, &got), 0);
	assert_non_null(got->table[TABLE_PROC].col[PROC_CPU]);
	assert_non_null(got->table[TABLE_PROC].col[PROC_CPU_RATIO]);
	assert_null(got->table[TABLE_PROC].col[PROC_NAME]);
	assert_null(got->table[TABLE_PROC].col[PROC_NICE]);
	assert_null(got->table[TABLE_PROC].col[PROC_MEM_SHARE]);
	frame_unref(got);
	frame_unref(f);
	ring_free(r);
	machine_release(&m);
}

static void
test_bounds(void **state)
{
	enum { MAX_BYTES = 1 << 20 };
	struct ring *r = ring_new(MAX_BYTES, INT64_MAX);
	struct past *past = ring_past(r);
	struct frame *prev = NULL, *f;
	struct machine m;
	uint64_t first = 0, end, before = 0;
	const struct frame *got;
	struct moment moment;

	(void)state;
	machine_init(&m, 11);
	for (int i = 0; i < 600; i++) {
		f = machine_next(&m, prev);
		ring_add(r, f);
		frame_unref(prev);
		prev = f;
		past_span(past, &first, &end);
		assert_int_equal(end, i + 1);
		assert_true(first >= before && first < end);
		before = first;
		/* The newest group may be more by one sample. */
		assert_true(ring_bytes(r) <= 2 * MAX_BYTES);
	}
	assert_true(first > 0);
	assert_int_equal(past_frame(past, first - 1, everything, &got), -ENOENT);
	assert_int_equal(past_frame(past, end, everything, &got), -ENOENT);
	assert_int_equal(past_frame(past, first, everything, &got), 0);
	frame_unref(got);
	assert_false(past_moment(past, first - 1, &moment));
	frame_unref(prev);
	ring_free(r);

	/* by age */
	r = ring_new(SIZE_MAX, 300 * NS_PER_S);
	past = ring_past(r);
	prev = NULL;
	for (int i = 0; i < 700; i++) {
		f = machine_next(&m, prev);
		ring_add(r, f);
		frame_unref(prev);
		prev = f;
	}
	past_span(past, &first, &end);
	assert_true(past_moment(past, first, &moment));
	assert_in_range(prev->meta.mono_ns - moment.mono_ns, 290 * NS_PER_S, 500 * NS_PER_S);
	frame_unref(prev);
	ring_free(r);
	machine_release(&m);
}

/* A past of wall times only. */
struct times {
	struct past past;
	const int64_t *wall;
	uint64_t first, end;
};

static void
times_span(struct past *p, uint64_t *ret_first, uint64_t *ret_end)
{
	*ret_first = ((struct times *)p)->first;
	*ret_end = ((struct times *)p)->end;
}

static bool
times_moment(struct past *p, uint64_t n, struct moment *ret)
{
	const struct times *t = (const struct times *)p;

	if (n < t->first || n >= t->end)
		return false;
	*ret = (struct moment){.wall_ns = t->wall[n - t->first]};
	return true;
}

static void
test_find(void **state)
{
	static const struct past_ops ops = {times_span, times_moment, NULL, NULL, NULL};
	static const int64_t rising[] = {10, 20, 30, 40, 50, 60, 70};
	static const int64_t set_back[] = {10, 20, 30, 15, 25, 35};
	struct times t = {{&ops}, rising, 100, 107};
	uint64_t n;

	(void)state;
	for (int64_t wall = 0; wall < 90; wall++) {
		assert_true(past_find(&t.past, wall, &n));
		assert_int_equal(n, 100 + (uint64_t)(wall < 10 ? 0 : MIN(wall / 10 - 1, 6)));
	}
	t = (struct times){{&ops}, set_back, 0, 6};
	assert_true(past_find(&t.past, 27, &n));
	assert_int_equal(n, 4);
	assert_true(past_find(&t.past, 35, &n));
	assert_int_equal(n, 5);
	t.end = 0;
	assert_false(past_find(&t.past, 27, &n));
}

static void *
add_many(void *arg)
{
	struct ring *r = arg;
	struct frame *prev = NULL, *f;
	struct machine m;

	machine_init(&m, 13);
	for (int i = 0; i < 500; i++) {
		f = machine_next(&m, prev);
		ring_add(r, f);
		frame_unref(prev);
		prev = f;
	}
	frame_unref(prev);
	machine_release(&m);
	return NULL;
}

static void
test_threads(void **state)
{
	struct ring *r = ring_new(200 << 10, INT64_MAX);
	struct past *past = ring_past(r);
	pthread_t thread;
	uint64_t first, end = 0, looked = 0;
	struct machine m;

	(void)state;
	machine_init(&m, 17);
	assert_int_equal(pthread_create(&thread, NULL, add_many, r), 0);
	while (end < 500) {
		const struct frame *got;
		int result;

		past_span(past, &first, &end);
		if (first == end)
			continue;
		result = past_frame(past, first + dice(&m, end - first), everything, &got);
		assert_true(result == 0 || result == -ENOENT);
		/* Who looks without a pause would keep the lock. */
		(void)nanosleep(&(struct timespec){.tv_nsec = 200000}, NULL);
		if (result == 0) {
			frame_unref(got);
			looked++;
		}
	}
	pthread_join(thread, NULL);
	assert_true(looked > 10);
	ring_free(r);
	machine_release(&m);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_back_and_forth), cmocka_unit_test(test_wants),
		cmocka_unit_test(test_bounds), cmocka_unit_test(test_find),
		cmocka_unit_test(test_threads),
	};

	memset(everything, 0xff, sizeof everything);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
