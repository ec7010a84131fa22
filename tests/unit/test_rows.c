/* Rows of the table: sorted by several keys, and kept in their places while something is asked. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/mem.h"
#include "ui/rows.h"

struct process {
	uint64_t pid, cpu_percent;
	const char *user;
};

static struct frame_pool *pool;
static struct strpool *strings;
static int64_t now_ns;

static const struct frame *
frame_of(const struct process *p, size_t n)
{
	struct field_set want[TABLE_COUNT] = {0};
	struct frame *f;

	for (unsigned i = 0; i < PROC_FIELDS; i++)
		field_set_add(&want[TABLE_PROC], i);
	f = frame_begin(pool, want, strings);
	for (size_t i = 0; i < n; i++) {
		struct row r = table_add_row(&f->table[TABLE_PROC], (struct row_key){p[i].pid, 1});

		row_u64(r, PROC_PID, p[i].pid);
		row_str(r, PROC_USER, p[i].user);
		row_f64(r, PROC_CPU_RATIO, (double)p[i].cpu_percent / 100);
	}
	now_ns += 10 * NS_PER_S; /* long enough for every mean to follow */
	f->meta.mono_ns = now_ns;
	f->meta.seq = (uint64_t)now_ns;
	return f;
}

/* The processes in order: "1 2 3". */
static const char *
order(struct rows *r, const struct rows_options *o, const struct frame *f)
{
	static char text[128];
	size_t n = 0;

	rows_build(r, o, f);
	text[0] = '\0';
	for (size_t i = 0; i < r->n; i++)
		n += (size_t)snprintf(text + n, sizeof text - n, "%s%u", i ? " " : "",
				      (unsigned)frame_table(f, TABLE_PROC)->key[r->row[i].row].a);
	return text;
}

static void
test_places(void **state)
{
	static const struct process first[] = {{1, 30, "a"}, {2, 20, "b"}, {3, 10, "a"}, {4, 5, "b"}};
	static const struct process then[] = {{1, 1, "a"}, {3, 50, "a"}, {4, 70, "b"}, {5, 90, "b"},
					      {6, 95, "a"}};
	struct rows_options o = {.sort = {{.field = PROC_CPU_RATIO, .descending = true}},
				 .nsort = 1};
	struct rows r = {0};
	const struct frame *a = frame_of(first, 4), *b = frame_of(then, 5);

	(void)state;
	assert_string_equal(order(&r, &o, a), "1 2 3 4");
	rows_freeze(&r, &o, a);
	assert_string_equal(order(&r, &o, a), "1 2 3 4");
	/* 2 ended, 5 and 6 are new, and among themselves sorted. */
	assert_string_equal(order(&r, &o, b), "1 3 4 6 5");
	/* A filter that is typed hides rows and brings them back where they were. */
	o.filter = filter_parse("user=b", TABLE_PROC, NULL);
	assert_string_equal(order(&r, &o, b), "4 5");
	filter_free(o.filter);
	o.filter = NULL;
	assert_string_equal(order(&r, &o, b), "1 3 4 6 5");
	rows_thaw(&r);
	assert_string_equal(order(&r, &o, b), "6 5 4 3 1");
	/* What was hidden when it began has a place too. */
	o.filter = filter_parse("user=b", TABLE_PROC, NULL);
	assert_string_equal(order(&r, &o, a), "2 4");
	rows_freeze(&r, &o, a);
	filter_free(o.filter);
	o.filter = NULL;
	assert_string_equal(order(&r, &o, a), "1 2 3 4");
	rows_release(&r);
	frame_unref(a);
	frame_unref(b);
}

/* In the tree, too: siblings keep their order. No rows at all are no trouble. */
static void
test_tree_and_nothing(void **state)
{
	static const struct process first[] = {{1, 30, "a"}, {2, 20, "b"}};
	static const struct process then[] = {{1, 1, "a"}, {2, 20, "b"}};
	struct rows_options o = {.sort = {{.field = PROC_CPU_RATIO, .descending = true}},
				 .nsort = 1, .tree = true};
	struct rows r = {0};
	const struct frame *a = frame_of(first, 2), *b = frame_of(then, 2), *c = frame_of(then, 0);

	(void)state;
	assert_string_equal(order(&r, &o, a), "1 2");
	rows_freeze(&r, &o, a);
	assert_string_equal(order(&r, &o, b), "1 2");
	assert_string_equal(order(&r, &o, c), "");
	rows_thaw(&r);
	assert_string_equal(order(&r, &o, b), "2 1");
	rows_freeze(&r, &o, c);
	assert_string_equal(order(&r, &o, b), "2 1");
	rows_release(&r);
	frame_unref(a);
	frame_unref(b);
	frame_unref(c);
}

/* Groups in order by their names, "b: 2 4 a: 1" when they are unfolded. */
static const char *
groups_order(struct rows *r, const struct rows_options *o, const struct frame *f)
{
	static char text[128];
	size_t n = 0;

	rows_build(r, o, f);
	text[0] = '\0';
	for (size_t i = 0; i < r->n; i++) {
		const struct table *t = rows_table(r, i);

		if (r->row[i].flags & TREE_GROUP)
			n += (size_t)snprintf(text + n, sizeof text - n, "%s%s:", i ? " " : "",
					      cell_str(t, r->row[i].row, PROC_USER));
		else
			n += (size_t)snprintf(text + n, sizeof text - n, " %u",
					      (unsigned)rows_key(r, i).a);
	}
	return text;
}

static void
test_groups(void **state)
{
	static const struct process first[] = {{1, 30, "a"}, {2, 20, "b"}, {3, 10, "a"}, {4, 5, "b"},
					       {7, 1, "d"}};
	static const struct process then[] = {{1, 1, "a"}, {2, 70, "b"}, {3, 2, "a"}, {4, 90, "b"},
					      {5, 99, "c"}, {6, 40, "a"}};
	struct rows_options o = {.sort = {{.field = PROC_CPU_RATIO, .descending = true}},
				 .nsort = 1, .grouped = true, .group = PROC_USER, .flip = true};
	struct rows r = {0};
	const struct frame *a = frame_of(first, 5), *b = frame_of(then, 6);

	(void)state;
	assert_string_equal(groups_order(&r, &o, a), "a: 1 3 b: 2 4 d: 7");
	rows_freeze(&r, &o, a);
	assert_string_equal(groups_order(&r, &o, a), "a: 1 3 b: 2 4 d: 7");
	assert_string_equal(groups_order(&r, &o, b), "a: 1 3 6 b: 2 4 c: 5");
	o.filter = filter_parse("user=b or user=c", TABLE_PROC, NULL);
	assert_string_equal(groups_order(&r, &o, b), "b: 2 4 c: 5");
	filter_free(o.filter);
	o.filter = NULL;
	assert_string_equal(groups_order(&r, &o, b), "a: 1 3 6 b: 2 4 c: 5");
	rows_thaw(&r);
	assert_string_equal(groups_order(&r, &o, b), "b: 4 2 c: 5 a: 6 3 1");
	rows_release(&r);
	frame_unref(a);
	frame_unref(b);
}

static void
test_keys(void **state)
{
	static const struct process p[] = {{1, 5, "b"}, {2, 9, "a"}, {3, 9, "b"}, {4, 5, "a"},
					   {5, 9, "a"}};
	struct rows_options o = {
		.sort = {{.field = PROC_CPU_RATIO, .descending = true},
			 {.field = PROC_USER, .descending = true},
			 {.field = PROC_PID, .descending = true}},
		.nsort = 3,
	};
	struct rows r = {0};
	const struct frame *f = frame_of(p, 5);

	(void)state;
	assert_string_equal(order(&r, &o, f), "3 5 2 1 4");
	o.nsort = 2;
	assert_string_equal(order(&r, &o, f), "3 2 5 1 4");
	o.nsort = 1;
	assert_string_equal(order(&r, &o, f), "2 3 5 1 4");
	rows_release(&r);
	frame_unref(f);
}

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
	frame_pool_free(pool);
	strpool_unref(strings);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_places),
		cmocka_unit_test(test_tree_and_nothing),
		cmocka_unit_test(test_groups),
		cmocka_unit_test(test_keys),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
