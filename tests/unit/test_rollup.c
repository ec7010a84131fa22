/* Sums of rows: of any frame each group and each tree adds up to what its processes do, threads
 * count once, and what cannot be added is there when all agree. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "frame/rollup.h"
#include "frame/tree.h"
#include "ui/groups.h"
#include "ui/rows.h"

enum { ROWS = 60, ROUNDS = 300 };

static const uint8_t fields[] = {PROC_PID,  PROC_PPID,      PROC_THREAD, PROC_TGID, PROC_NAME,
				 PROC_UID,  PROC_STATE,     PROC_RES,    PROC_AGE,  PROC_START,
				 PROC_NICE, PROC_CPU_RATIO, PROC_KTHREAD};

static uint64_t seed;

static uint64_t
dice(uint64_t sides)
{
	seed = hash_u64(seed + 1);
	return seed % sides;
}

/* Processes with parents among each other, circles and missing ones too, and threads. */
static struct frame *
random_frame(struct frame_pool *pool, struct strpool *strings)
{
	static const char *const name[] = {"sh", "cc1", "java"}, *const state[] = {"R", "S", "D"};
	struct field_set want[TABLE_COUNT] = {0};
	struct frame *f;
	uint32_t n = (uint32_t)dice(ROWS);

	for (size_t i = 0; i < ARRAY_LEN(fields); i++)
		field_set_add(&want[TABLE_PROC], fields[i]);
	f = frame_begin(pool, want, strings);
	f->meta.seq = seed;
	for (uint32_t i = 0; i < n; i++) {
		struct row r = table_add_row(&f->table[TABLE_PROC], (struct row_key){i + 1, seed});
		bool thread = dice(6) == 0;

		row_u64(r, PROC_PID, i + 1);
		row_u64(r, PROC_PPID, dice(n + 3));
		row_u64(r, PROC_THREAD, thread);
		row_u64(r, PROC_TGID, thread ? dice(n) + 1 : i + 1);
		row_u64(r, PROC_KTHREAD, dice(8) == 0);
		row_str(r, PROC_NAME, name[dice(3)]);
		row_str(r, PROC_STATE, state[dice(3)]);
		if (dice(5))
			row_u64(r, PROC_RES, dice(9) ? dice(1 << 30) : UINT64_MAX - dice(9));
		if (dice(5))
			row_f64(r, PROC_CPU_RATIO, (double)dice(64) / 4); /* exact in any order */
		row_i64(r, PROC_NICE, (int64_t)dice(2) - 1);
		row_u64(r, PROC_UID, dice(3));
		row_u64(r, PROC_AGE, dice(1000));
		row_u64(r, PROC_START, dice(1000));
	}
	return f;
}

static bool
is_thread(const struct table *t, uint32_t row)
{
	return t->col[PROC_THREAD][row].u;
}

/* Is `row` in the sum at `at`? */
typedef bool in_fn(const void *arg, uint32_t row, uint32_t at);

static void
expect_sum(const struct table *t, const struct table *sums, uint32_t at, in_fn *in, const void *arg)
{
	uint64_t res = 0, v;
	bool have_res = false, have_cpu = false;
	double cpu = 0, x;

	for (uint32_t i = 0; i < t->nrows; i++) {
		if (is_thread(t, i) || !in(arg, i, at))
			continue;
		if (cell_u64(t, i, PROC_RES, &v)) {
			have_res = true;
			res = __builtin_add_overflow(res, v, &res) ? UINT64_MAX : res;
		}
		if (cell_f64(t, i, PROC_CPU_RATIO, &x)) {
			have_cpu = true;
			cpu += x;
		}
	}
	assert_int_equal(cell_u64(sums, at, PROC_RES, &v), have_res);
	if (have_res)
		assert_true(v == res);
	assert_int_equal(cell_f64(sums, at, PROC_CPU_RATIO, &x), have_cpu);
	if (have_cpu)
		assert_true(x == cpu);
}

static bool
in_group(const void *arg, uint32_t row, uint32_t at)
{
	return ((const struct groups *)arg)->of[row] == at;
}

static void
test_groups(void **state)
{
	struct frame_pool *pool = frame_pool_new();
	struct strpool *strings = strpool_new();
	struct rollup *rollup = NULL;
	struct groups g = {0};
	uint32_t rows[ROWS];

	(void)state;
	for (seed = 1; seed < ROUNDS; seed++) {
		uint64_t round = seed;
		struct frame *f = random_frame(pool, strings);
		const struct table *t = frame_table(f, TABLE_PROC), *sums;
		unsigned by = dice(2) ? PROC_NAME : PROC_UID;
		uint32_t all = 0;

		for (uint32_t i = 0; i < t->nrows; i++)
			rows[i] = i;
		groups_make(&g, t, by, rows, t->nrows);
		sums = frame_table(rollup_build(&rollup, f,
						&(struct rollup_plan){.n = g.n, .key = g.key,
								      .into = g.of}),
				   TABLE_PROC);
		assert_int_equal(sums->nrows, g.n);
		for (uint32_t k = 0; k < g.n; k++) {
			uint64_t youngest = UINT64_MAX, oldest = 0;
			const char *worst = "S";
			bool same = true;

			expect_sum(t, sums, k, in_group, &g);
			for (uint32_t i = 0; i < g.count[k]; i++) {
				uint32_t row = g.member[g.begin[k] + i];
				const char *s = cell_str(t, row, PROC_STATE);

				assert_int_equal(g.of[row], k);
				assert_false(is_thread(t, row));
				youngest = MIN(youngest, t->col[PROC_START][row].u);
				oldest = MAX(oldest, t->col[PROC_AGE][row].u);
				worst = *s == 'D' || (*s == 'R' && *worst == 'S') ? s : worst;
				same &= t->col[PROC_NICE][row].i ==
					t->col[PROC_NICE][g.example[k]].i;
			}
			all += g.count[k];
			assert_int_equal(sums->col[PROC_START][k].u, youngest);
			assert_int_equal(sums->col[PROC_AGE][k].u, oldest);
			assert_string_equal(cell_str(sums, k, PROC_STATE), worst);
			assert_int_equal(cell_valid(sums, k, PROC_NICE), same);
			assert_int_equal(cell_valid(sums, k, PROC_PID), g.count[k] == 1);
		}
		for (uint32_t i = 0; i < t->nrows; i++)
			all += is_thread(t, i);
		assert_int_equal(all, t->nrows);
		frame_unref(f);
		seed = round;
	}
	groups_release(&g);
	rollup_free(rollup);
	frame_pool_free(pool);
	strpool_unref(strings);
}

static bool
is_below(const void *arg, uint32_t row, uint32_t at)
{
	const uint32_t *parent = arg;

	while (row != ROW_NONE && row != at)
		row = parent[row];
	return row == at;
}

static void
test_subtrees(void **state)
{
	struct frame_pool *pool = frame_pool_new();
	struct strpool *strings = strpool_new();
	struct rollup *rollup = NULL;
	struct tree *tree = NULL;
	uint32_t into[ROWS];

	(void)state;
	for (seed = 1; seed < ROUNDS; seed++) {
		uint64_t round = seed;
		struct frame *f = random_frame(pool, strings);
		const struct table *t = frame_table(f, TABLE_PROC), *sums;
		struct rollup_plan p = {.n = t->nrows, .key = t->key, .into = into};
		bool seen[ROWS] = {0};

		tree_links(&tree, t, &p.parent, &p.order);
		for (uint32_t i = 0; i < t->nrows; i++) {
			uint32_t row = p.order[i];

			into[i] = is_thread(t, i) ? ROW_NONE : i;
			assert_false(seen[row]);
			seen[row] = true;
			assert_true(p.parent[row] == ROW_NONE || !seen[p.parent[row]]);
		}
		sums = frame_table(rollup_build(&rollup, f, &p), TABLE_PROC);
		for (uint32_t i = 0; i < t->nrows; i++)
			expect_sum(t, sums, i, is_below, p.parent);
		frame_unref(f);
		seed = round;
	}
	tree_free(tree);
	rollup_free(rollup);
	frame_pool_free(pool);
	strpool_unref(strings);
}

/* What stands on the screen: every process once, in groups, in trees, folded or not; a folded row
 * and what its members say are the same. */
static void
test_rows(void **state)
{
	struct frame_pool *pool = frame_pool_new();
	struct strpool *strings = strpool_new();
	struct rows r = {0};

	(void)state;
	for (seed = 1; seed < ROUNDS; seed++) {
		uint64_t round = seed;
		struct frame *f = random_frame(pool, strings);
		const struct table *t = frame_table(f, TABLE_PROC);
		struct rows_options o = {
			.sort = {{PROC_CPU_RATIO, true, NULL}},
			.nsort = 1,
			.grouped = dice(2),
			.group = PROC_NAME,
			.tree = true,
			.sums = (enum sums)dice(SUMS_MODES),
			.flip = dice(2),
			.no_threads = true,
		};
		bool folded = o.grouped ^ o.flip, seen[ROWS] = {0};
		double last = 0;

		rows_build(&r, &o, f);
		for (size_t i = 0; i < r.n; i++) {
			const struct tree_row *row = &r.row[i];
			const uint32_t *member;
			uint32_t n = rows_members(&r, i, &member);
			double cpu = -1;

			assert_int_equal(rows_find(&r, rows_key(&r, i)), i);
			if (row->flags & TREE_GROUP) {
				assert_int_equal(row->rails, n);
				(void)cell_f64(rows_table(&r, i), row->row, PROC_CPU_RATIO, &cpu);
				assert_true(i == 0 || cpu <= last);
				last = cpu;
			} else {
				assert_false(seen[row->row]);
				seen[row->row] = true;
			}
			assert_true(folded || !(row->flags & TREE_FOLDED));
		}
		for (uint32_t i = 0; i < t->nrows; i++)
			assert_true(folded || seen[i] == !is_thread(t, i));
		frame_unref(f);
		seed = round;
	}
	rows_release(&r);
	frame_pool_free(pool);
	strpool_unref(strings);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_groups),
		cmocka_unit_test(test_subtrees),
		cmocka_unit_test(test_rows),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
