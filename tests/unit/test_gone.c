/* Rows of processes that ended a moment ago: where they stand, for how long, and that nothing counts
 * them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "past_screen.h"

enum { COUNT = 12 };

/* At second n there are processes 100 to 111, children of 100, but for those whose bit is set. Each
 * uses less than the one before. Of `exited` the ending is known. */
static const struct frame *
make(uint64_t n, unsigned without, unsigned exited)
{
	struct field_set want[TABLE_COUNT] = {0};
	struct frame *f;

	for (unsigned i = 0; i < PROC_FIELDS; i++)
		field_set_add(&want[TABLE_PROC], i);
	for (unsigned i = 0; i < EXIT_FIELDS; i++)
		field_set_add(&want[TABLE_EXIT], i);
	f = frame_begin(pool, want, strings);
	f->meta.host = "db";
	f->meta.wall_ns = (int64_t)n * NS_PER_S;
	f->meta.mono_ns = (1000 + (int64_t)n) * NS_PER_S;
	f->meta.interval_ns = n ? NS_PER_S : 0;
	f->meta.seq = n;
	f->meta.fixture = true;
	for (uint64_t i = 0; i < COUNT; i++) {
		static const char *const name[COUNT] = {"n0", "n1", "n2", "n3", "n4", "n5",
							"n6", "n7", "n8", "n9", "n10", "n11"};
		struct row r;

		if (without >> i & 1)
			continue;
		r = table_add_row(&f->table[TABLE_PROC], (struct row_key){100 + i, 7});
		row_u64(r, PROC_PID, 100 + i);
		row_u64(r, PROC_TGID, 100 + i);
		row_u64(r, PROC_PPID, i ? 100 : 1);
		row_u64(r, PROC_AGE, 60 * (uint64_t)NS_PER_S);
		row_u64(r, PROC_CPU, (uint64_t)NS_PER_S);
		row_u64(r, PROC_RES, 1 << 20);
		row_str(r, PROC_STATE, "S");
		row_str(r, PROC_USER, i % 2 ? "odd" : "even");
		row_str(r, PROC_NAME, name[i]);
		row_str(r, PROC_COMMAND, name[i]);
		row_f64(r, PROC_CPU_RATIO, i < 8 ? 0.9 - (double)i / 10 : 0);
	}
	for (uint64_t i = 0; i < COUNT; i++) {
		struct row r;

		if (!(exited >> i & 1))
			continue;
		r = table_add_row(&f->table[TABLE_EXIT], (struct row_key){100 + i, n});
		row_u64(r, EXIT_PID, 100 + i);
		row_u64(r, EXIT_LIFE, 61 * (uint64_t)NS_PER_S);
		row_u64(r, EXIT_CPU, 5 * (uint64_t)NS_PER_S);
		if (i % 2)
			row_u64(r, EXIT_CODE, 3);
		else
			row_u64(r, EXIT_SIGNAL, 9);
	}
	return f;
}

/* Draws, and what is visible is asked for as the loop does it. */
static void
look(int w, int h)
{
	bool soon;

	draw(w, h);
	(void)screen_plan(screen, &soon);
}

static void
live(uint64_t n, unsigned without, unsigned exited)
{
	const struct frame *f = make(n, without, exited);

	kept_add(kept, f);
	screen_frame(screen, f);
	look(160, 40);
}

static void
keys(const char *k)
{
	assert_int_equal(screen_keys(screen, k), 0);
	look(160, 40);
}

/* The numbers in order, those that ended in brackets: "100 (101) 102". */
static const char *
order(void)
{
	static char out[256];
	int n = 0;

	out[0] = '\0';
	for (size_t i = 0; i < screen->rows.n; i++) {
		unsigned pid = (unsigned)rows_key(&screen->rows, i).a;
		bool ended = rows_ended(&screen->rows, &screen->rows.row[i]);

		if (screen->rows.row[i].flags & TREE_GROUP)
			continue;
		n += snprintf(out + n, sizeof out - (size_t)n, ended ? "%s(%u)" : "%s%u",
			      n ? " " : "", pid);
	}
	return out;
}

#define BIT(pid) (1u << ((pid) - 100))

static void
test_places(void **state)
{
	(void)state;
	live(0, 0, 0);
	live(1, 0, 0);
	assert_string_equal(order(), "100 101 102 103 104 105 106 107 108 109 110 111");
	/* One that was busy, and one among those that do nothing: both stay where they stood. */
	live(2, BIT(102) | BIT(109), BIT(102));
	assert_string_equal(order(), "100 101 (102) 103 104 105 106 107 108 (109) 110 111");
	assert_int_equal(screen->rows.total, COUNT - 2);
	assert_int_equal(screen->rows.matched, COUNT - 2);
	assert_float_equal(screen->rows.resident, (COUNT - 2) * (double)(1 << 20), 1);
	assert_true(says("SIGKILL after 1m01s, CPU time 0:05.00"));
	assert_true(says("ended after 1m00s, CPU time 0:01.00"));
	/* What is learnt later is said later. */
	live(3, BIT(102) | BIT(109), BIT(109));
	assert_true(says("exit 3 after 1m01s, CPU time 0:05.00"));
	live(4, BIT(102) | BIT(109), 0);
	assert_string_equal(order(), "100 101 (102) 103 104 105 106 107 108 (109) 110 111");
	live(5, BIT(102) | BIT(109), 0);
	assert_string_equal(order(), "100 101 103 104 105 106 107 108 110 111");
	assert_int_equal(screen->gone.n, 0);
}

static void
test_views(void **state)
{
	(void)state;
	live(0, 0, 0);
	live(1, 0, 0);
	live(2, BIT(102) | BIT(103), 0);
	keys("N");
	assert_string_equal(order(), "100 101 (102) (103) 104 105 106 107 108 109 110 111");
	keys("I");
	assert_string_equal(order(), "111 110 109 108 107 106 105 104 (103) (102) 101 100");
	keys("F4 u s e r = o d d Enter");
	assert_string_equal(order(), "111 109 107 105 (103) 101");
	assert_int_equal(screen->rows.matched, 5);
	assert_int_equal(screen->rows.total, COUNT - 2);
	keys("=");
	/* In the tree below its parent, whose sums are of the living. */
	keys("P t");
	assert_string_equal(order(), "100 101 (102) (103) 104 105 106 107 108 109 110 111");
	assert_int_equal(screen->rows.row[2].depth, 1);
	keys("J");
	for (size_t i = 0; i < screen->rows.n; i++)
		if (screen->rows.row[i].flags & TREE_SUM)
			assert_int_equal(rows_cell_frame(&screen->rows, &screen->rows.row[i], PROC_RES)
						 ->table[TABLE_PROC].col[PROC_RES]
							 [screen->rows.row[i].row].u,
					 (COUNT - 2) << 20);
	/* Groups are of the living. */
	keys("j Down Enter *");
	assert_null(strchr(order(), '('));
}

/* While something is asked it keeps its place as well. */
static void
test_asked(void **state)
{
	(void)state;
	live(0, 0, 0);
	live(1, 0, 0);
	live(2, BIT(105), 0);
	keys("/");
	assert_string_equal(order(), "100 101 102 103 104 (105) 106 107 108 109 110 111");
	live(3, BIT(105) | BIT(101), 0);
	assert_string_equal(order(), "100 (101) 102 103 104 (105) 106 107 108 109 110 111");
}

static void
test_acts(void **state)
{
	(void)state;
	live(0, 0, 0);
	live(1, 0, 0);
	keys("Home");
	live(2, BIT(100), BIT(100));
	assert_string_equal(order(), "(100) 101 102 103 104 105 106 107 108 109 110 111");
	keys("Enter");
	assert_true(says("100 has ended: SIGKILL after 1m01s, CPU time 0:05.00"));
	assert_false(screen->details.open);
	keys("Space");
	assert_true(says("100 has ended"));
	assert_int_equal(screen->tagged.n, 0);
	assert_false(process_choose(screen));
	/* Of all that match none that ended is tagged. */
	keys("^T n 0 Enter");
	assert_int_equal(screen->tagged.n, 0);
	/* What it was can still be copied. */
	keys("y");
	assert_non_null(screen->acts.copy[2]);
	keys("Esc");
}

/* Most of the table is for the living, whatever ends; and who took the number lives. */
static void
test_many(void **state)
{
	uint32_t most;

	(void)state;
	live(0, 0, 0);
	live(1, 0, 0);
	look(100, 20);
	most = screen_gone_most(screen);
	assert_in_range(most, 1, 4);
	live(2, 0xffe, 0);
	assert_int_equal(screen->gone.n, most);
	live(3, 0, 0);
	assert_int_equal(screen->gone.n, 0);
	assert_null(strchr(order(), '('));
}

/* Nobody ended where nobody could be read. */
static void
test_unknown(void **state)
{
	(void)state;
	live(0, 0, 0);
	live(1, 0, 0);
	live(2, 0xfff, 0);
	assert_int_equal(screen->gone.n, 0);
	assert_int_equal(screen->rows.n, 0);
}

/* In the past: who ended between the moment before and this one, from whichever side one came. */
static void
test_past(void **state)
{
	(void)state;
	live(0, 0, 0);
	live(1, 0, 0);
	live(2, BIT(102), BIT(102));
	live(3, BIT(102), 0);
	live(4, BIT(102) | BIT(104), 0);
	live(9, BIT(102) | BIT(104), 0);
	assert_null(strchr(order(), '('));
	keys("(");
	assert_string_equal(order(), "100 101 103 (104) 105 106 107 108 109 110 111");
	keys("(");
	assert_null(strchr(order(), '('));
	keys("(");
	assert_string_equal(order(), "100 101 (102) 103 104 105 106 107 108 109 110 111");
	assert_true(says("SIGKILL after 1m01s"));
	keys("( (");
	assert_null(strchr(order(), '('));
	keys(") )");
	assert_string_equal(order(), "100 101 (102) 103 104 105 106 107 108 109 110 111");
	keys("`");
	assert_null(strchr(order(), '('));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_places, begin, end),
		cmocka_unit_test_setup_teardown(test_views, begin, end),
		cmocka_unit_test_setup_teardown(test_asked, begin, end),
		cmocka_unit_test_setup_teardown(test_acts, begin, end),
		cmocka_unit_test_setup_teardown(test_many, begin, end),
		cmocka_unit_test_setup_teardown(test_unknown, begin, end),
		cmocka_unit_test_setup_teardown(test_past, begin, end),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
