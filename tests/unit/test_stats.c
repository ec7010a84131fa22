/* Distributions: quantiles beside the sorted numbers, and what is counted of which frames. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <math.h>

#include "base/clock.h"
#include "base/mem.h"
#include "frame/derive.h"
#include "frame/stats.h"

static uint64_t seed = 1;

static double
random_unit(void)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (double)(seed >> 11) * 0x1p-53;
}

static int
compare(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return CMP(*x, *y);
}

static void
test_sketch(void **state)
{
	enum { N = 5000 };
	static const double q[] = {0, 0.01, 0.25, 0.5, 0.9, 0.99, 0.999, 1};
	static double v[N];

	(void)state;
	for (int kind = 0; kind < 4; kind++) {
		struct sketch s = {0};
		double sum = 0;

		for (size_t i = 0; i < N; i++) {
			double u = random_unit();

			v[i] = kind == 0   ? u
			       : kind == 1 ? exp(40 * u)
			       : kind == 2 ? (u - 0.5) * 1e6
					   : floor(u * 5); /* with zeros */
			sum += v[i];
			sketch_add(&s, v[i]);
		}
		qsort(v, N, sizeof *v, compare);
		assert_true(s.n == N && s.least == v[0] && s.most == v[N - 1]);
		assert_true(fabs(sketch_mean(&s) - sum / N) <= fabs(sum / N) * 1e-12);
		for (size_t i = 0; i < ARRAY_LEN(q); i++) {
			double rank = ceil(q[i] * N);
			double exact = v[rank < 1 ? 0 : (size_t)rank - 1];

			assert_true(fabs(sketch_quantile(&s, q[i]) - exact) <=
				    fabs(exact) * SKETCH_ERROR * 1.000001);
		}
		sketch_release(&s);
	}
}

/* What strangers record: no room without end. */
static void
test_sketch_hostile(void **state)
{
	static const double v[] = {INFINITY, -INFINITY, NAN, 1e308, -1e308, 1e-308, 0, -0.0, 5e-13};
	struct sketch s = {0};

	(void)state;
	assert_true(isnan(sketch_quantile(&s, 0.5)) && isnan(sketch_mean(&s)));
	for (size_t i = 0; i < ARRAY_LEN(v); i++)
		sketch_add(&s, v[i]);
	assert_true(s.n == 6 && s.zeros == 4);
	sketch_add(&s, SKETCH_LEAST);
	sketch_add(&s, -SKETCH_LEAST);
	assert_true(s.above.cap * sizeof *s.above.count <= 32768);
	assert_true(s.below.cap * sizeof *s.below.count <= 32768);
	assert_true(sketch_quantile(&s, 0) >= -1e308 && sketch_quantile(&s, 1) > 0);
	sketch_release(&s);
}

static struct frame_pool *pool;
static struct strpool *strings;
static struct field_set want[TABLE_COUNT];

static struct frame *
moment(int64_t s)
{
	struct frame *f = frame_begin(pool, want, strings);

	f->meta.host = "db1";
	f->meta.wall_ns = (1000000 + s) * NS_PER_S;
	f->meta.mono_ns = s * NS_PER_S;
	return f;
}

static struct row
proc(struct frame *f, unsigned pid, int64_t start_s, const char *name, uint64_t cpu_ms, uint64_t mb)
{
	struct row r = table_add_row(&f->table[TABLE_PROC], (struct row_key){pid, 7});

	row_u64(r, PROC_PID, pid);
	row_u64(r, PROC_THREAD, false);
	row_u64(r, PROC_KTHREAD, false);
	row_u64(r, PROC_START, (uint64_t)((1000000 + start_s) * NS_PER_S));
	row_str(r, PROC_NAME, name);
	row_u64(r, PROC_CPU, cpu_ms * (uint64_t)NS_PER_MS);
	row_u64(r, PROC_RES, mb << 20);
	return r;
}

static void
ended(struct frame *f, unsigned pid, int64_t start_s, const char *name, uint64_t cpu_ms)
{
	struct row r = table_add_row(&f->table[TABLE_EXIT], (struct row_key){pid, 9});

	row_u64(r, EXIT_PID, pid);
	row_u64(r, EXIT_START, (uint64_t)((1000000 + start_s) * NS_PER_S));
	row_str(r, EXIT_NAME, name);
	row_u64(r, EXIT_CPU, cpu_ms * (uint64_t)NS_PER_MS);
}

static void
add(struct stats *s, struct frame *f, struct frame *prev)
{
	if (prev)
		f->meta.interval_ns = f->meta.mono_ns - prev->meta.mono_ns;
	frame_derive(f, prev);
	stats_add(s, f);
}

static const struct stats_value *
value(struct stats *s, const char *name, unsigned k)
{
	for (size_t i = 0; i < s->table[0].nrows; i++)
		if (strcmp(s->table[0].row[i].name, name) == 0)
			return &s->table[0].row[i].value[k];
	fail_msg("no row %s", name);
	return NULL;
}

static void
check_cpu_ms(struct stats *s, const char *name, double total)
{
	const struct stats_value *v = value(s, name, STATS_CPU);

	assert_true(isnan(total) ? isnan(v->total) : v->total == total * (double)NS_PER_MS);
}

static bool
is_not_db(const void *arg, const struct table *t, uint32_t row)
{
	(void)arg;
	return strcmp(cell_str(t, row, PROC_NAME), "db") != 0;
}

/* Whoever lived from when to when: every millisecond is counted once. */
static void
test_programs(void **state)
{
	(void)state;
	for (int filtered = 0; filtered < 2; filtered++) {
		struct stats s = {0};
		struct frame *f[4];
		const struct stats_value *v;

		pool = frame_pool_new();
		strings = strpool_new();
		memset(want, 0, sizeof want);
		stats_add_table(&s, TABLE_PROC, NULL, 0);
		if (filtered)
			s.match = is_not_db;
		stats_want(&s, want);
		field_sets_close(want);
		for (int i = 0; i < 4; i++)
			f[i] = moment(i == 3 ? 12 : i);
		proc(f[0], 1, -500, "db", 90000, 100);
		proc(f[0], 2, -400, "db", 50000, 100);
		proc(f[0], 3, -300, "cc", 700, 10);
		add(&s, f[0], NULL);
		proc(f[1], 1, -500, "db", 90100, 150); /* 100 ms */
		proc(f[1], 2, -400, "db", 50300, 100); /* 300 ms */
		proc(f[1], 4, 0, "cc", 50, 20);        /* began: 50 ms */
		ended(f[1], 3, -300, "cc", 900);       /* 200 ms since it was seen */
		ended(f[1], 5, 0, "cc", 10);           /* never seen: 10 ms */
		add(&s, f[1], f[0]);
		proc(f[2], 1, -500, "db", 90100, 90);
		proc(f[2], 4, 0, "cc", 60, 30);        /* 10 ms, a zombie */
		proc(f[2], 6, -400, "late", 9000, 1);  /* was not listed before: nobody knows */
		ended(f[2], 4, 0, "cc", 60);           /* is counted already */
		add(&s, f[2], f[1]);
		proc(f[3], 1, -500, "db", 91100, 90); /* 1000 ms in 10 s */
		add(&s, f[3], f[2]);
		stats_sort(&s);
		assert_int_equal(s.moments, 4);
		check_cpu_ms(&s, "cc", filtered ? 260 : 270);
		check_cpu_ms(&s, "late", NAN);
		if (filtered) {
			assert_int_equal(s.table[0].nrows, 2);
		} else {
			assert_string_equal(s.table[0].row[0].name, "db");
			check_cpu_ms(&s, "db", 1400);
			v = value(&s, "db", STATS_CPU);
			assert_true(v->spread.n == 3 && v->spread.most == 0.4 &&
				    v->spread.least == 0);
			v = value(&s, "db", STATS_RES); /* all of its processes together */
			assert_true(v->spread.n == 4 && v->spread.most == 250.0 * (1 << 20) &&
				    v->spread.least == 90.0 * (1 << 20) && isnan(v->total));
		}
		for (int i = 0; i < 4; i++)
			frame_unref(f[i]);
		stats_release(&s);
		strpool_unref(strings);
		frame_pool_free(pool);
	}
}

/* More programs than there is room for, and the same name again. */
static void
test_many(void **state)
{
	struct stats s = {0};
	struct frame *f;
	uint64_t n = 0;

	(void)state;
	pool = frame_pool_new();
	strings = strpool_new();
	memset(want, 0, sizeof want);
	stats_add_table(&s, TABLE_PROC, NULL, 0);
	stats_want(&s, want);
	field_sets_close(want);
	for (int64_t at = 0; at < 2; at++) {
		f = moment(at);
		for (unsigned i = 0; i < STATS_ROWS_MAX + 500; i++) {
			char name[16];

			snprintf(name, sizeof name, "p%u", i);
			proc(f, i + 1, -1, strpool_add(strings, name, strlen(name)), 1, 1);
		}
		stats_add(&s, f);
		frame_unref(f);
	}
	assert_int_equal(s.table[0].nrows, STATS_ROWS_MAX);
	assert_string_equal(s.table[0].row[STATS_ROWS_MAX - 1].name, "(others)");
	assert_true(value(&s, "(others)", STATS_RES)->spread.most == 501.0 * (1 << 20));
	for (size_t i = 0; i < s.table[0].nrows; i++)
		n += s.table[0].row[i].value[STATS_RES].spread.n;
	assert_int_equal(n, 2 * STATS_ROWS_MAX);
	stats_release(&s);
	strpool_unref(strings);
	frame_pool_free(pool);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sketch),
		cmocka_unit_test(test_sketch_hostile),
		cmocka_unit_test(test_programs),
		cmocka_unit_test(test_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
