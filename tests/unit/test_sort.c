/* Sorting rows: against a plain sort that is obviously right, for every type and both directions.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <strings.h>

#include "base/clock.h"
#include "base/mem.h"
#include "frame/sort.h"

static struct frame_pool *pool;
static struct strpool *strings;
static uint64_t seed;

static int
setup(void **state)
{
	(void)state;
	pool = frame_pool_new();
	strings = strpool_new();
	seed = 1;
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

static uint64_t
random_u64(void)
{
	return hash_u64(seed++);
}

static const char *
random_text(void)
{
	static const char *const stem[] = {"",         "a",        "A",          "kworker/0:1",
					   "KWORKER/", "/usr/lib", "/usr/LIB/x", "\xff\x80"};
	char text[48];
	int n = snprintf(text, sizeof text, "%s%.*s", stem[random_u64() % ARRAY_LEN(stem)],
			 (int)(random_u64() % 4), "aBz");

	return strpool_intern(strings, text, (size_t)n);
}

/* Few different values, so that there are ties; extremes; a part of the cells absent. */
static struct frame *
random_frame(uint32_t rows)
{
	static const double f64[] = {0.0,    -0.0, 0.5, -0.5,     1e300,    -1e300,
				     5e-324, 100., NAN, INFINITY, -INFINITY};
	static const uint64_t u64[] = {0, 1, 255, 256, 65536, UINT64_MAX, INT64_MAX, 4096};
	static const int64_t i64[] = {0, -1, 1, -100, INT64_MIN, INT64_MAX, 20, 39};
	struct field_set want[TABLE_COUNT] = {0};
	struct frame *f;

	for (unsigned i = 0; i < PROC_FIELDS; i++)
		field_set_add(&want[TABLE_PROC], i);
	f = frame_begin(pool, want, strings);
	for (uint32_t i = 0; i < rows; i++) {
		struct row r = table_add_row(&f->table[TABLE_PROC], (struct row_key){i, 0});

		row_u64(r, PROC_PID, i);
		if (random_u64() % 5)
			row_u64(r, PROC_RES, u64[random_u64() % ARRAY_LEN(u64)]);
		if (random_u64() % 5)
			row_i64(r, PROC_PRIORITY, i64[random_u64() % ARRAY_LEN(i64)]);
		if (random_u64() % 5)
			row_f64(r, PROC_CPU_RATIO, f64[random_u64() % ARRAY_LEN(f64)]);
		if (random_u64() % 5)
			row_str(r, PROC_COMMAND, random_text());
		if (random_u64() % 5)
			row_u64(r, PROC_KTHREAD, random_u64() % 2);
	}
	return f;
}

/* -1, 0, 1 by one key; absent behind all. */
static int
compare(const struct table *t, struct sort_key k, uint32_t a, uint32_t b)
{
	enum field_type type = t->schema->field[k.field].type;
	bool have_a = cell_valid(t, a, k.field), have_b = cell_valid(t, b, k.field);
	int c;

	if (have_a && type == TYPE_F64)
		have_a = !isnan(t->col[k.field][a].f);
	if (have_b && type == TYPE_F64)
		have_b = !isnan(t->col[k.field][b].f);
	if (!have_a || !have_b)
		return have_b - have_a;
	union value x = t->col[k.field][a], y = t->col[k.field][b];
	switch (type) {
	case TYPE_STR:
		c = strcasecmp(x.s, y.s); /* the locale of the test is C */
		c = c ? c : strcmp(x.s, y.s);
		break;
	case TYPE_I64:
		c = CMP(x.i, y.i);
		break;
	case TYPE_F64:
		c = CMP(x.f, y.f);
		break;
	default:
		c = CMP(x.u, y.u);
	}
	return k.descending ? -c : c;
}

static void
check_sorted(const struct table *t, const struct sort_key *keys, unsigned nkeys,
	     const uint32_t *rows, const uint32_t *place, size_t n)
{
	cleanup_free bool *seen = xcalloc(t->nrows, sizeof *seen);

	for (size_t i = 0; i < n; i++) {
		assert_true(rows[i] < t->nrows);
		assert_false(seen[rows[i]]);
		seen[rows[i]] = true;
	}
	for (size_t i = 1; i < n; i++) {
		int c = 0;

		for (unsigned k = 0; k < nkeys && c == 0; k++)
			c = compare(t, keys[k], rows[i - 1], rows[i]);
		assert_true(c <= 0);
		if (c == 0)
			assert_true(place[rows[i - 1]] < place[rows[i]]);
	}
}

/* A permutation, ordered by all keys, with ties in the order they came in: from any order. */
static void
test_total_and_stable(void **state)
{
	static const uint8_t fields[] = {PROC_RES,     PROC_PRIORITY, PROC_CPU_RATIO,
					 PROC_COMMAND, PROC_KTHREAD,  PROC_PID};
	static const uint32_t sizes[] = {0, 1, 2, 3, 17, 500};
	struct sorter *s = NULL;

	(void)state;
	for (size_t z = 0; z < ARRAY_LEN(sizes); z++) {
		struct frame *f = random_frame(sizes[z]);
		const struct table *t = frame_table(f, TABLE_PROC);
		uint32_t rows[500], place[500];

		for (int round = 0; round < 60; round++) {
			struct sort_key keys[SORT_KEYS_MAX];
			unsigned nkeys = (unsigned)(random_u64() % (SORT_KEYS_MAX + 1));
			size_t n = rows_select(t, NULL, NULL, rows);

			assert_int_equal(n, sizes[z]);
			for (size_t i = n; i > 1; i--) { /* shuffled */
				size_t j = random_u64() % i;
				uint32_t swap = rows[i - 1];

				rows[i - 1] = rows[j];
				rows[j] = swap;
			}
			for (size_t i = 0; i < n; i++)
				place[rows[i]] = (uint32_t)i;
			for (unsigned k = 0; k < nkeys; k++)
				keys[k] = (struct sort_key){
					fields[random_u64() % ARRAY_LEN(fields)], random_u64() % 2};
			rows_sort(&s, t, keys, nkeys, rows, n);
			check_sorted(t, keys, nkeys, rows, place, n);
		}
		frame_unref(f);
	}
	sorter_free(s);
	sorter_free(NULL);
}

static void
test_absent_column(void **state)
{
	struct field_set want[TABLE_COUNT] = {0};
	struct sort_key keys[] = {{PROC_RES, true}, {PROC_COMMAND, false}};
	struct sorter *s = NULL;
	struct frame *f;
	uint32_t rows[] = {2, 0, 1};

	(void)state;
	field_set_add(&want[TABLE_PROC], PROC_PID);
	f = frame_begin(pool, want, strings);
	for (uint32_t i = 0; i < 3; i++)
		table_add_row(&f->table[TABLE_PROC], (struct row_key){i, 0});
	rows_sort(&s, frame_table(f, TABLE_PROC), keys, 2, rows, 3);
	assert_int_equal(rows[0], 2);
	assert_int_equal(rows[1], 0);
	assert_int_equal(rows[2], 1);
	sorter_free(s);
	frame_unref(f);
}

static bool
is_odd(const void *arg, const struct table *t, uint32_t row)
{
	(void)t;
	return row % *(const uint32_t *)arg;
}

static void
test_select(void **state)
{
	struct frame *f = random_frame(9);
	uint32_t rows[9], two = 2;

	(void)state;
	assert_int_equal(rows_select(frame_table(f, TABLE_PROC), is_odd, &two, rows), 4);
	for (uint32_t i = 0; i < 4; i++)
		assert_int_equal(rows[i], i * 2 + 1);
	frame_unref(f);
}

/* Ten thousand rows; the times are for a person to look at, not a condition. */
static void
test_many(void **state)
{
	static const uint8_t fields[] = {PROC_CPU_RATIO, PROC_RES, PROC_COMMAND};
	struct frame *f = random_frame(10000);
	const struct table *t = frame_table(f, TABLE_PROC);
	uint32_t *rows = xcalloc(10000, sizeof *rows), *place = xcalloc(10000, sizeof *place);
	struct sorter *s = NULL;

	(void)state;
	for (uint32_t i = 0; i < 10000; i++)
		place[i] = i;
	for (size_t i = 0; i < ARRAY_LEN(fields); i++) {
		struct sort_key key = {fields[i], true};
		int64_t best = INT64_MAX;

		for (int round = 0; round < 5; round++) {
			size_t n = rows_select(t, NULL, NULL, rows);
			int64_t t0 = clock_mono_ns();

			rows_sort(&s, t, &key, 1, rows, n);
			best = MIN(best, clock_mono_ns() - t0);
		}
		check_sorted(t, &key, 1, rows, place, 10000);
		print_message("10,000 rows by %s: %d us\n", t->schema->field[key.field].name,
			      (int)(best / NS_PER_US));
	}
	sorter_free(s);
	free(rows);
	free(place);
	frame_unref(f);
}

static void
test_parse(void **state)
{
	struct sort_key k[SORT_KEYS_MAX];
	struct err e;

	(void)state;
	assert_int_equal(sort_keys_parse(TABLE_PROC, "cpu,pid", k, 3, &e), 2);
	assert_true(k[0].field == PROC_CPU_RATIO && k[0].descending);
	assert_true(k[1].field == PROC_PID && !k[1].descending);
	assert_int_equal(sort_keys_parse(TABLE_PROC, "+rss,-USER,-name", k, 3, &e), 3);
	assert_true(k[0].field == PROC_RES && !k[0].descending);
	assert_true(k[1].field == PROC_USER && k[1].descending);
	assert_true(k[2].field == PROC_NAME && k[2].descending);
	assert_int_equal(sort_keys_parse(TABLE_PROC, "pid,cpu,rss,user", k, 3, &e), -EINVAL);
	assert_int_equal(e.at, 12);
	assert_int_equal(sort_keys_parse(TABLE_PROC, "pid,-cpy", k, 3, &e), -EINVAL);
	assert_int_equal(e.at, 5);
	assert_non_null(strstr(e.text, "did you mean cpu"));
	assert_int_equal(sort_keys_parse(TABLE_PROC, "", k, 3, &e), -EINVAL);
	assert_int_equal(sort_keys_parse(TABLE_PROC, "pid,", k, 3, &e), -EINVAL);
	assert_int_equal(sort_keys_parse(TABLE_PROC, "--pid", k, 3, &e), -EINVAL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_total_and_stable, setup, teardown),
		cmocka_unit_test_setup_teardown(test_absent_column, setup, teardown),
		cmocka_unit_test_setup_teardown(test_select, setup, teardown),
		cmocka_unit_test_setup_teardown(test_many, setup, teardown),
		cmocka_unit_test(test_parse),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
