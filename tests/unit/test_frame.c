/* Frames: columns by want, one bit of validity per cell, memory used again, rows by key; and what is
 * derived from two neighbours. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <math.h>

#include "base/clock.h"
#include "base/mem.h"
#include "frame/derive.h"

static struct frame_pool *pool;
static struct strpool *strings;

static int
setup(void **state)
{
	(void)state;
	pool = frame_pool_new();
	strings = strpool_new();
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	strpool_unref(strings);
	frame_pool_free(pool);
	return 0;
}

/* A frame that has the fields of one table, and what they are derived from. Ends with -1. */
static struct frame *
frame_of(enum table_id t, int64_t interval_ns, ...)
{
	struct field_set want[TABLE_COUNT] = {0};
	struct frame *f;
	va_list ap;

	va_start(ap, interval_ns);
	for (int i; (i = va_arg(ap, int)) >= 0;)
		field_set_add(&want[t], (unsigned)i);
	va_end(ap);
	field_sets_close(want);
	f = frame_begin(pool, want, strings);
	f->meta.interval_ns = interval_ns;
	return f;
}

static struct row
add(struct frame *f, enum table_id t, uint64_t a, uint64_t b)
{
	return table_add_row(&f->table[t], (struct row_key){a, b});
}

static void
test_columns(void **state)
{
	struct frame *f = frame_of(TABLE_PROC, 0, PROC_PID, PROC_NAME, PROC_RES, PROC_CPU_RATIO, -1);
	const struct table *t = frame_table(f, TABLE_PROC);
	uint64_t u = 99;
	double d = 99;

	(void)state;
	for (unsigned i = 0; i < PROC_FIELDS; i++) {
		bool wanted = i == PROC_PID || i == PROC_NAME || i == PROC_RES || i == PROC_CPU_RATIO ||
			      i == PROC_CPU; /* what the ratio is of */
		assert_int_equal(field_set_has(&t->has, i), wanted);
	}
	for (uint32_t i = 0; i < 200; i++) {
		struct row r = add(f, TABLE_PROC, i, 0);

		row_u64(r, PROC_PID, i);
		row_str(r, PROC_NAME, i % 2 ? "odd" : NULL);
		if (i % 3 == 0)
			row_u64(r, PROC_RES, i * 10);
		row_u64(r, PROC_UID, 5); /* nobody wants it */
	}
	assert_int_equal(t->nrows, 200);
	for (uint32_t i = 0; i < 200; i++) {
		assert_true(cell_u64(t, i, PROC_PID, &u));
		assert_int_equal(u, i);
		assert_int_equal(cell_valid(t, i, PROC_NAME), i % 2);
		assert_string_equal(cell_str(t, i, PROC_NAME), i % 2 ? "odd" : "");
		assert_int_equal(cell_u64(t, i, PROC_RES, &u), i % 3 == 0);
		assert_int_equal(u, i % 3 == 0 ? i * 10 : i);
		assert_false(cell_u64(t, i, PROC_UID, &u));
		assert_false(cell_f64(t, i, PROC_CPU_RATIO, &d));
		assert_false(cell_number(t, i, PROC_NAME, &d));
	}
	frame_unref(f);
	frame_unref(NULL);
}

static void
test_numbers(void **state)
{
	struct frame *f = frame_of(TABLE_PROC, 0, PROC_PID, PROC_NICE, PROC_KTHREAD, PROC_CPU_RATIO, -1);
	struct row r = add(f, TABLE_PROC, 1, 0);
	double d;

	(void)state;
	row_u64(r, PROC_PID, 7);
	row_i64(r, PROC_NICE, -5);
	row_u64(r, PROC_KTHREAD, true);
	row_f64(r, PROC_CPU_RATIO, 0.25);
	assert_true(cell_number(r.t, 0, PROC_PID, &d) && d == 7);
	assert_true(cell_number(r.t, 0, PROC_NICE, &d) && d == -5);
	assert_true(cell_number(r.t, 0, PROC_KTHREAD, &d) && d == 1);
	assert_true(cell_number(r.t, 0, PROC_CPU_RATIO, &d) && d == 0.25);
	frame_unref(f);
}

/* The memory of a frame nobody holds is used again, and nothing of what was in it shows. */
static void
test_recycle(void **state)
{
	struct frame *a = frame_of(TABLE_PROC, 5, PROC_PID, PROC_RES, -1), *b;
	const struct frame *held;

	(void)state;
	for (uint32_t i = 0; i < 100; i++) {
		struct row r = add(a, TABLE_PROC, i, 0);

		row_u64(r, PROC_PID, i);
		row_u64(r, PROC_RES, i);
	}
	assert_int_equal(table_find(&a->table[TABLE_PROC], (struct row_key){42, 0}), 42);
	held = frame_ref(a);
	frame_unref(a);
	b = frame_of(TABLE_PROC, 0, PROC_PID, -1);
	assert_ptr_not_equal(b, held);
	assert_int_equal(held->table[TABLE_PROC].nrows, 100);
	frame_unref(held);
	frame_unref(b);

	b = frame_of(TABLE_PROC, 0, PROC_NAME, PROC_RES, -1);
	assert_int_equal(b->meta.interval_ns, 0);
	assert_int_equal(b->table[TABLE_PROC].nrows, 0);
	assert_null(b->table[TABLE_PROC].col[PROC_PID]);
	for (uint32_t i = 0; i < 100; i++)
		(void)add(b, TABLE_PROC, i + 1000, 0);
	for (uint32_t i = 0; i < 100; i++) {
		assert_false(cell_valid(&b->table[TABLE_PROC], i, PROC_RES));
		assert_false(cell_valid(&b->table[TABLE_PROC], i, PROC_NAME));
	}
	assert_int_equal(table_find(&b->table[TABLE_PROC], (struct row_key){42, 0}), ROW_NONE);
	frame_unref(b);
	/* Large, then small, then large: cells of a table that shrank are absent too. */
	for (uint32_t round = 0; round < 6; round++) {
		uint32_t rows = round % 2 ? 3 : 3000;

		a = frame_of(TABLE_PROC, 0, PROC_PID, PROC_RES, -1);
		for (uint32_t i = 0; i < rows; i++) {
			struct row r = add(a, TABLE_PROC, i, round);

			assert_false(cell_valid(r.t, i, PROC_RES));
			row_u64(r, PROC_RES, i);
			if (i % 2)
				row_u64(r, PROC_PID, i);
		}
		for (uint32_t i = 0; i < rows; i++) {
			assert_true(cell_valid(&a->table[TABLE_PROC], i, PROC_RES));
			assert_int_equal(cell_valid(&a->table[TABLE_PROC], i, PROC_PID), i % 2);
		}
		frame_unref(a);
	}
}

/* Frames may outlive their pool. */
static void
test_pool_goes_first(void **state)
{
	struct field_set want[TABLE_COUNT] = {0};
	struct frame_pool *p = frame_pool_new();
	struct strpool *s = strpool_new();
	struct frame *f;

	(void)state;
	field_set_add(&want[TABLE_PROC], PROC_NAME);
	f = frame_begin(p, want, s);
	row_str(add(f, TABLE_PROC, 1, 1), PROC_NAME, strpool_add(s, "name", 4));
	strpool_unref(s);
	frame_pool_free(p);
	assert_string_equal(cell_str(&f->table[TABLE_PROC], 0, PROC_NAME), "name");
	frame_unref(f);
	frame_pool_free(NULL);
}

static void
test_find(void **state)
{
	struct frame *f = frame_of(TABLE_PROC, 0, PROC_PID, -1);
	const struct table *t = frame_table(f, TABLE_PROC);

	(void)state;
	assert_int_equal(table_find(t, (struct row_key){0, 0}), ROW_NONE);
	frame_unref(f);
	f = frame_of(TABLE_PROC, 0, PROC_PID, -1);
	for (uint64_t i = 0; i < 5000; i++)
		(void)add(f, TABLE_PROC, i / 2, i % 2 * 1000000);
	for (uint64_t i = 0; i < 5000; i++)
		assert_int_equal(table_find(t, (struct row_key){i / 2, i % 2 * 1000000}), i);
	assert_int_equal(table_find(t, (struct row_key){2500, 0}), ROW_NONE);
	assert_int_equal(table_find(t, (struct row_key){1, 1}), ROW_NONE);
	frame_unref(f);
}

static void
expect_f64(const struct frame *f, enum table_id t, uint32_t row, unsigned field, double want)
{
	double got = NAN;

	if (isnan(want)) {
		assert_false(cell_valid(&f->table[t], row, field));
		return;
	}
	assert_true(cell_f64(&f->table[t], row, field, &got));
	if (fabs(got - want) > 1e-9 * fabs(want))
		fail_msg("row %u: got %g, expected %g", row, got, want);
}

static struct frame *
procs(int64_t interval_ns)
{
	return frame_of(TABLE_PROC, interval_ns, PROC_CPU_RATIO, PROC_READ_RATE, PROC_MEM_SHARE, -1);
}

static void
test_rates(void **state)
{
	struct frame *a = procs(0), *b = procs(2 * NS_PER_S);
	struct row r;

	(void)state;
	r = add(a, TABLE_PROC, 1, 10);
	row_u64(r, PROC_CPU, 1000000000);
	row_u64(r, PROC_READ, 5000);
	r = add(a, TABLE_PROC, 2, 10); /* ends */
	row_u64(r, PROC_CPU, 7);
	r = add(a, TABLE_PROC, 3, 10); /* its number is used again */
	row_u64(r, PROC_CPU, 5000000000);
	r = add(a, TABLE_PROC, 4, 10); /* counters go back, or were not read */
	row_u64(r, PROC_CPU, 5000000000);
	frame_derive(a, NULL);

	r = add(b, TABLE_PROC, 5, 30); /* new */
	row_u64(r, PROC_CPU, 100);
	r = add(b, TABLE_PROC, 4, 10);
	row_u64(r, PROC_CPU, 4999999999);
	row_u64(r, PROC_READ, 100);
	r = add(b, TABLE_PROC, 3, 20);
	row_u64(r, PROC_CPU, 6000000000);
	r = add(b, TABLE_PROC, 1, 10);
	row_u64(r, PROC_CPU, 1500000000);
	row_u64(r, PROC_READ, 25000);
	frame_derive(b, a);

	for (uint32_t i = 0; i < 4; i++) {
		expect_f64(a, TABLE_PROC, i, PROC_CPU_RATIO, NAN);
		expect_f64(a, TABLE_PROC, i, PROC_READ_RATE, NAN);
	}
	expect_f64(b, TABLE_PROC, 0, PROC_CPU_RATIO, NAN);
	expect_f64(b, TABLE_PROC, 1, PROC_CPU_RATIO, NAN);
	expect_f64(b, TABLE_PROC, 1, PROC_READ_RATE, NAN);
	expect_f64(b, TABLE_PROC, 2, PROC_CPU_RATIO, NAN);
	expect_f64(b, TABLE_PROC, 3, PROC_CPU_RATIO, 0.25);
	expect_f64(b, TABLE_PROC, 3, PROC_READ_RATE, 10000);
	frame_unref(a);
	frame_unref(b);
}

/* The whole range of a counter: wrapped to 0 gives nothing, and no huge rate. */
static void
test_wrap(void **state)
{
	static const struct {
		uint64_t before, after;
		double rate;
	} cases[] = {
		{UINT64_MAX, 0, NAN}, {1, 0, NAN},          {UINT64_MAX, UINT64_MAX, 0}, {0, 0, 0},
		{0, 1, 1},            {UINT32_MAX, 5, NAN}, {0, UINT64_MAX, 0x1p64},
	};
	struct frame *a = procs(0), *b = procs(NS_PER_S);

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		row_u64(add(a, TABLE_PROC, i, 0), PROC_READ, cases[i].before);
		row_u64(add(b, TABLE_PROC, i, 0), PROC_READ, cases[i].after);
	}
	frame_derive(b, a);
	for (uint32_t i = 0; i < ARRAY_LEN(cases); i++)
		expect_f64(b, TABLE_PROC, i, PROC_READ_RATE, cases[i].rate);
	frame_unref(a);
	frame_unref(b);
}

static void
test_no_interval(void **state)
{
	static const int64_t intervals[] = {0, -1, -5 * NS_PER_S};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(intervals); i++) {
		struct frame *a = procs(0), *b = procs(intervals[i]);

		row_u64(add(a, TABLE_PROC, 1, 0), PROC_READ, 5);
		row_u64(add(b, TABLE_PROC, 1, 0), PROC_READ, 50);
		frame_derive(b, a);
		expect_f64(b, TABLE_PROC, 0, PROC_READ_RATE, NAN);
		frame_unref(a);
		frame_unref(b);
	}
}

/* A frame beside itself: zero or absent. */
static void
test_self(void **state)
{
	struct frame *a = procs(NS_PER_S);
	struct row r = add(a, TABLE_PROC, 1, 0);

	(void)state;
	row_u64(r, PROC_READ, 12345);
	(void)add(a, TABLE_PROC, 2, 0);
	frame_derive(a, a);
	expect_f64(a, TABLE_PROC, 0, PROC_READ_RATE, 0);
	expect_f64(a, TABLE_PROC, 0, PROC_CPU_RATIO, NAN);
	expect_f64(a, TABLE_PROC, 1, PROC_READ_RATE, NAN);
	frame_unref(a);
}

static void
test_missing_column_before(void **state)
{
	struct frame *a = frame_of(TABLE_PROC, 0, PROC_PID, -1), *b = procs(NS_PER_S);

	(void)state;
	row_u64(add(a, TABLE_PROC, 1, 0), PROC_PID, 1);
	row_u64(add(b, TABLE_PROC, 1, 0), PROC_READ, 9);
	frame_derive(b, a);
	expect_f64(b, TABLE_PROC, 0, PROC_READ_RATE, NAN);
	frame_unref(a);
	frame_unref(b);
}

static void
test_shares(void **state)
{
	struct frame *f = procs(0), *a, *b;
	struct row r;

	(void)state;
	/* Of another table's only row. */
	row_u64(add(f, TABLE_PROC, 1, 0), PROC_RES, 250);
	(void)add(f, TABLE_PROC, 2, 0);
	row_u64(add(f, TABLE_MEMORY, 0, 0), MEMORY_TOTAL, 1000);
	frame_derive(f, NULL);
	expect_f64(f, TABLE_PROC, 0, PROC_MEM_SHARE, 0.25);
	expect_f64(f, TABLE_PROC, 1, PROC_MEM_SHARE, NAN);
	frame_unref(f);

	/* That row is missing, or zero. */
	for (int rows = 0; rows < 2; rows++) {
		f = procs(0);
		row_u64(add(f, TABLE_PROC, 1, 0), PROC_RES, 250);
		if (rows)
			row_u64(add(f, TABLE_MEMORY, 0, 0), MEMORY_TOTAL, 0);
		frame_derive(f, NULL);
		expect_f64(f, TABLE_PROC, 0, PROC_MEM_SHARE, NAN);
		frame_unref(f);
	}

	/* Growth by growth: the mean time of a read. */
	a = frame_of(TABLE_DISK, 0, DISK_READ_WAIT, -1);
	b = frame_of(TABLE_DISK, NS_PER_S, DISK_READ_WAIT, -1);
	for (uint64_t i = 0; i < 2; i++) {
		r = add(a, TABLE_DISK, i, 0);
		row_u64(r, DISK_READ_TIME, 1000);
		row_u64(r, DISK_READS, 10);
		r = add(b, TABLE_DISK, i, 0);
		row_u64(r, DISK_READ_TIME, i ? 1000 : 9000);
		row_u64(r, DISK_READS, i ? 10 : 14);
	}
	frame_derive(b, a);
	expect_f64(b, TABLE_DISK, 0, DISK_READ_WAIT, 2000);
	expect_f64(b, TABLE_DISK, 1, DISK_READ_WAIT, NAN);
	frame_unref(a);
	frame_unref(b);
}

static void
test_cpu(void **state)
{
	static const unsigned counters[] = {CPU_USER,   CPU_NICE, CPU_SYSTEM,  CPU_IDLE,
					    CPU_IOWAIT, CPU_IRQ,  CPU_SOFTIRQ, CPU_STEAL};
	static const unsigned ratios[] = {CPU_USER_RATIO,   CPU_NICE_RATIO, CPU_SYSTEM_RATIO,
					  CPU_IDLE_RATIO,   CPU_IOWAIT_RATIO, CPU_IRQ_RATIO,
					  CPU_SOFTIRQ_RATIO, CPU_STEAL_RATIO};
	struct frame *a = frame_of(TABLE_CPU, 0, CPU_BUSY_RATIO, CPU_GUEST_RATIO, -1);
	struct field_set want[TABLE_COUNT] = {0};
	struct frame *b;
	double sum, v, idle = 0;

	(void)state;
	for (unsigned i = 0; i < CPU_FIELDS; i++)
		field_set_add(&want[TABLE_CPU], i);
	b = frame_begin(pool, want, strings);
	b->meta.interval_ns = NS_PER_S;
	for (uint64_t cpu = 0; cpu < 4; cpu++) {
		struct row ra = add(a, TABLE_CPU, cpu, 0), rb = add(b, TABLE_CPU, cpu, 0);

		for (size_t k = 0; k < ARRAY_LEN(counters); k++) {
			row_u64(ra, counters[k], 1000000 * (k + 1));
			/* Row 1 stands still; on row 2 iowait goes back, as the kernel lets it. */
			row_u64(rb, counters[k],
				cpu == 1 ? 1000000 * (k + 1)
				: cpu == 2 && counters[k] == CPU_IOWAIT
					? 7
					: 1000000 * (k + 1) + 10000000 * (k + 1 + cpu));
		}
		row_u64(ra, CPU_GUEST, 0);
		row_u64(rb, CPU_GUEST, 10000000);
		row_u64(ra, CPU_GUEST_NICE, 0);
		row_u64(rb, CPU_GUEST_NICE, 0);
	}
	frame_derive(b, a);
	for (uint32_t cpu = 0; cpu < 4; cpu++) {
		sum = 0;
		for (size_t k = 0; k < ARRAY_LEN(ratios); k++) {
			bool there = cell_f64(&b->table[TABLE_CPU], cpu, ratios[k], &v);

			assert_int_equal(there, cpu != 1 && !(cpu == 2 && ratios[k] == CPU_IOWAIT_RATIO));
			if (there) {
				assert_true(v >= 0 && v <= 1);
				sum += v;
			}
		}
		if (cpu == 1) {
			expect_f64(b, TABLE_CPU, cpu, CPU_BUSY_RATIO, NAN);
			continue;
		}
		assert_true(fabs(sum - 1) < 1e-12);
		assert_true(cell_f64(&b->table[TABLE_CPU], cpu, CPU_IDLE_RATIO, &idle));
		v = 0;
		(void)cell_f64(&b->table[TABLE_CPU], cpu, CPU_IOWAIT_RATIO, &v);
		expect_f64(b, TABLE_CPU, cpu, CPU_BUSY_RATIO, 1 - idle - v);
	}
	expect_f64(b, TABLE_CPU, 0, CPU_USER_RATIO, 1.0 / 36);
	expect_f64(b, TABLE_CPU, 0, CPU_GUEST_RATIO, 1.0 / 36);
	frame_unref(a);
	frame_unref(b);
}

/* Rows come and go in any order: rates are as a slow scan says. */
static void
test_random_order(void **state)
{
	enum { N = 300 };
	uint64_t seed = 7;

	(void)state;
	for (int round = 0; round < 20; round++) {
		struct frame *a = procs(0), *b = procs(NS_PER_S);
		const struct table *ta = &a->table[TABLE_PROC], *tb = &b->table[TABLE_PROC];

		for (int i = 0; i < N; i++) {
			seed = seed * 6364136223846793005u + 1442695040888963407u;
			if (seed >> 62)
				row_u64(add(a, TABLE_PROC, (uint64_t)(round % 2 ? i : N - i), 1), PROC_READ,
					seed >> 40);
			if (seed >> 60 & 3)
				row_u64(add(b, TABLE_PROC, (uint64_t)i, seed >> 57 & 7 ? 1 : 2), PROC_READ,
					seed >> 39);
		}
		frame_derive(b, a);
		for (uint32_t i = 0; i < tb->nrows; i++) {
			double want = NAN;

			for (uint32_t k = 0; k < ta->nrows; k++)
				if (row_key_equal(ta->key[k], tb->key[i]) &&
				    tb->col[PROC_READ][i].u >= ta->col[PROC_READ][k].u)
					want = (double)(tb->col[PROC_READ][i].u - ta->col[PROC_READ][k].u);
			expect_f64(b, TABLE_PROC, i, PROC_READ_RATE, want);
		}
		frame_unref(a);
		frame_unref(b);
	}
}

static void
test_close_sets(void **state)
{
	struct field_set want[TABLE_COUNT] = {0}, once[TABLE_COUNT];

	(void)state;
	field_set_add(&want[TABLE_PROC], PROC_MEM_SHARE);
	field_set_add(&want[TABLE_CPU], CPU_BUSY_RATIO);
	field_sets_close(want);
	assert_true(field_set_has(&want[TABLE_PROC], PROC_RES));
	assert_true(field_set_has(&want[TABLE_MEMORY], MEMORY_TOTAL));
	assert_true(field_set_has(&want[TABLE_CPU], CPU_STEAL));
	assert_false(field_set_has(&want[TABLE_PROC], PROC_VIRT));
	memcpy(once, want, sizeof once);
	field_sets_close(want);
	assert_memory_equal(once, want, sizeof once);
	/* For every derived field: closed twice is closed once. */
	for (unsigned t = 0; t < TABLE_COUNT; t++)
		for (unsigned i = 0; i < schema[t].nfields; i++) {
			memset(want, 0, sizeof want);
			field_set_add(&want[t], i);
			field_sets_close(want);
			memcpy(once, want, sizeof once);
			field_sets_close(want);
			assert_memory_equal(once, want, sizeof once);
		}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_columns),       cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_recycle),       cmocka_unit_test(test_pool_goes_first),
		cmocka_unit_test(test_find),          cmocka_unit_test(test_rates),
		cmocka_unit_test(test_wrap),          cmocka_unit_test(test_no_interval),
		cmocka_unit_test(test_self),          cmocka_unit_test(test_missing_column_before),
		cmocka_unit_test(test_shares),        cmocka_unit_test(test_cpu),
		cmocka_unit_test(test_random_order),  cmocka_unit_test(test_close_sets),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
