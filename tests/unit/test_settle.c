/* The rates rows are sorted by: still under noise, quick when something happens, right in the end.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>

#include "base/clock.h"
#include "sink_frame.h"
#include "ui/settle.h"

static struct settle settle;
static int64_t now_ns;
static uint64_t seq;

static int
begin(void **state)
{
	now_ns = 100 * NS_PER_S;
	seq = 0;
	return setup(state);
}

static int
end(void **state)
{
	settle_release(&settle);
	return teardown(state);
}

/* The next second, with one process for each rate; NaN: absent. */
static struct frame *
next_frame(const double *rate, uint32_t n)
{
	struct frame *f = proc_frame(n);

	now_ns += NS_PER_S;
	f->meta.mono_ns = now_ns;
	f->meta.seq = seq++;
	for (uint32_t i = 0; i < n; i++)
		if (!isnan(rate[i]))
			row_f64(proc_row(f, i), PROC_CPU_RATIO, rate[i]);
	return f;
}

static const double *
feed(const double *rate, uint32_t n)
{
	struct frame *f = next_frame(rate, n);
	const double *v = settle_values(&settle, f, PROC_CPU_RATIO);

	frame_unref(f);
	return v;
}

static void
test_first(void **state)
{
	const double *v = feed((double[]){0.5, NAN, 0, 0.0004, 1.25}, 5);

	(void)state;
	assert_float_equal(v[0], 0.5, 1e-9);
	assert_true(isnan(v[1]));
	assert_true(v[2] == 0 && v[3] == 0); /* both are seen as 0.0 */
	assert_float_equal(v[4], 1.25, 1e-9);
}

static void
test_noise(void **state)
{
	const double *v = feed((double[]){0.030, 0.026, 0.022}, 3);

	(void)state;
	for (int i = 0; i < 30; i++) {
		double swing = i % 2 ? 0.004 : -0.004; /* more than lies between them */

		v = feed((double[]){0.030 + swing, 0.026 - swing, 0.022 + swing}, 3);
		assert_true(v[0] > v[1] && v[1] > v[2]);
	}
}

static void
test_step(void **state)
{
	const double *v;

	(void)state;
	for (int i = 0; i < 5; i++)
		(void)feed((double[]){0.50, 0.10}, 2);
	v = feed((double[]){0.50, 0.90}, 2); /* up at once */
	assert_float_equal(v[1], 0.90, 1e-9);
	v = feed((double[]){0.00, 0.90}, 2); /* down at once */
	assert_true(v[0] == 0);
}

static void
test_drift(void **state)
{
	const double *v = NULL;

	(void)state;
	(void)feed((double[]){0.050, 0.048}, 2);
	for (int i = 0; i < 40; i++)
		v = feed((double[]){0.050, 0.052}, 2);
	assert_true(v[1] > v[0]); /* less than what moves a row, but it lasts */
	assert_float_equal(v[1], 0.052, 0.0005);
}

static void
test_same_frame(void **state)
{
	double rate[] = {0.3, 0.2};
	struct frame *f;
	const double *v;
	double first;

	(void)state;
	(void)feed((double[]){0.4, 0.2}, 2);
	f = next_frame(rate, 2);
	first = settle_values(&settle, f, PROC_CPU_RATIO)[0];
	for (int i = 0; i < 10; i++)
		v = settle_values(&settle, f, PROC_CPU_RATIO);
	assert_true(v[0] == first);
	frame_unref(f);
}

static void
test_back_in_time(void **state)
{
	const double *v;

	(void)state;
	(void)feed((double[]){0.5}, 1);
	now_ns -= 60 * NS_PER_S;
	v = feed((double[]){0.6}, 1);
	assert_float_equal(v[0], 0.6, 1e-9); /* the future says nothing of the past */
}

static void
test_other_fields(void **state)
{
	struct frame *f = next_frame((double[]){0.5}, 1);

	(void)state;
	assert_null(settle_values(&settle, f, PROC_RES));
	assert_null(settle_values(&settle, f, PROC_MEM_SHARE));
	row_f64(proc_row(f, 0), PROC_READ_RATE, 1e6);
	assert_true(settle_values(&settle, f, PROC_READ_RATE)[0] == 1e6);
	assert_float_equal(settle_values(&settle, f, PROC_CPU_RATIO)[0], 0.5, 1e-9);
	frame_unref(f);
}

/* Who ends and who comes: rows move up in the table, their rates stay theirs. */
static void
test_rows_come_and_go(void **state)
{
	struct frame *f;
	const double *v;

	(void)state;
	for (int i = 0; i < 5; i++)
		(void)feed((double[]){0.1, 0.030, 0.2}, 3);
	f = next_frame((double[]){0.025}, 1);
	f->table[TABLE_PROC].key[0] = (struct row_key){2, 0};
	v = settle_values(&settle, f, PROC_CPU_RATIO);
	assert_true(v[0] > 0.025 && v[0] <= 0.030);
	frame_unref(f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_first, begin, end),
		cmocka_unit_test_setup_teardown(test_noise, begin, end),
		cmocka_unit_test_setup_teardown(test_step, begin, end),
		cmocka_unit_test_setup_teardown(test_drift, begin, end),
		cmocka_unit_test_setup_teardown(test_same_frame, begin, end),
		cmocka_unit_test_setup_teardown(test_back_in_time, begin, end),
		cmocka_unit_test_setup_teardown(test_other_fields, begin, end),
		cmocka_unit_test_setup_teardown(test_rows_come_and_go, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
