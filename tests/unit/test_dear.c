/* What is read in turn: rows on the screen first, the others as far as the budget goes, all of them in the end;
 * everything at once for a thorough plan; nothing when no column needs it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "sample/dear.h"
#include "sample/sampler.h"

static struct root root;
static struct feed *feed;
static struct plan plan;

static void
begin(const char *fixture)
{
	char path[4096];
	struct err e;

	snprintf(path, sizeof path, "%s/%s", getenv("SONDE_FIXTURES"), fixture);
	assert_int_equal(root_init(&root, &(struct root_paths){.root = path}, &e), 0);
	feed = sampler_new(&root, SAMPLER_AUTO, &e);
	assert_non_null(feed);
}

static void
end(void)
{
	plan_release(&plan);
	feed_free(feed);
	root_release(&root);
}

static const struct frame *
next(void)
{
	const struct frame *f;

	feed_plan(feed, &plan);
	assert_int_equal(feed_next(feed, &f), 0);
	return f;
}

static void
look_at(uint32_t pid)
{
	GROW(plan.visible, plan.visible_cap, plan.nvisible + 1);
	plan.visible[plan.nvisible++] = (struct row_key){.a = pid};
}

static unsigned
count_valid(const struct frame *f, unsigned field)
{
	const struct table *t = frame_table(f, TABLE_PROC);
	unsigned n = 0;

	for (uint32_t i = 0; i < t->nrows; i++)
		n += cell_valid(t, i, field);
	return n;
}

/* How many processes were asked, on this tick, for a file that the fixture does not have. */
static unsigned
asked(const struct frame *f, enum source s)
{
	return f->source[s].read + f->source[s].failed;
}

static void
test_visible(void **state)
{
	const struct frame *f;

	(void)state;
	begin("tenants");
	plan_want(&plan, TABLE_PROC, PROC_EXE);
	plan_want(&plan, TABLE_PROC, PROC_PSS);
	plan_want(&plan, TABLE_PROC, PROC_NET_NS);
	look_at(3100);
	look_at(2);       /* a kernel thread has neither program nor memory */
	look_at(4000000); /* not there */
	f = next();
	assert_int_equal(count_valid(f, PROC_EXE), 1);
	assert_int_equal(count_valid(f, PROC_PSS), 1);
	assert_int_equal(count_valid(f, PROC_NET_NS), 2);
	assert_int_equal(asked(f, SRC_PID_SMAPS), 1);
	assert_int_equal(asked(f, SRC_PID_FD), 0);
	frame_unref(f);
	/* Who was looked at keeps what is known. */
	plan.nvisible = 0;
	f = next();
	assert_int_equal(count_valid(f, PROC_EXE), 1);
	assert_int_equal(asked(f, SRC_PID_SMAPS), 0);
	frame_unref(f);
	end();
}

static void
test_nothing(void **state)
{
	const struct frame *f;

	(void)state;
	begin("tenants");
	for (unsigned i = 0; i < PROC_FIELDS; i++)
		if (!field_is_dear(&schema[TABLE_PROC].field[i]))
			plan_want_everywhere(&plan, i);
	look_at(3100);
	f = next();
	for (unsigned s = 0; s < SRC_COUNT; s++)
		if (source_info[s].dear)
			assert_int_equal(asked(f, (enum source)s), 0);
	assert_true(count_valid(f, PROC_CONTAINER) > 5); /* comes with the cgroup */
	frame_unref(f);
	end();
}

/* Files that cost 26 us a process by the table. The fixture has none of them: each is asked for once. */
enum { EACH_US = 26 };

static void
want_some(bool everywhere)
{
	static const uint8_t fields[] = {PROC_FD_LIMIT,  PROC_WCHAN,     PROC_OOM_SCORE,    PROC_OOM_ADJUST,
					 PROC_AUTOGROUP, PROC_LOGIN_UID, PROC_AUDIT_SESSION};

	for (size_t i = 0; i < ARRAY_LEN(fields); i++)
		if (everywhere)
			plan_want_everywhere(&plan, fields[i]);
		else
			plan_want(&plan, TABLE_PROC, fields[i]);
}

static void
test_budget(void **state)
{
	unsigned all, first = 0, sum = 0, ticks = 0;
	const struct frame *f;

	(void)state;
	begin("procs1000");
	want_some(true);
	plan.thorough = true;
	f = next();
	all = asked(f, SRC_PID_LIMITS);
	assert_true(all > 900);
	frame_unref(f);
	end();

	begin("procs1000");
	want_some(true);
	do {
		f = next();
		if (!ticks++)
			first = asked(f, SRC_PID_LIMITS);
		assert_true(asked(f, SRC_PID_LIMITS) <= DEAR_BUDGET_US / EACH_US + 1);
		sum += asked(f, SRC_PID_LIMITS);
		frame_unref(f);
	} while (sum < all && ticks < 12);
	assert_true(first > 10 && first < all / 2);
	assert_int_equal(sum, all);
	end();
}

/* Rows on the screen go before the others, also when there are more than the budget is for. */
static void
test_turns(void **state)
{
	unsigned sum = 0, before;
	const struct frame *f;

	(void)state;
	begin("procs1000");
	f = next();
	frame_unref(f);
	plan_want(&plan, TABLE_PROC, PROC_PID);
	f = next();
	for (uint32_t i = 0; i < f->table[TABLE_PROC].nrows; i++)
		look_at((uint32_t)f->table[TABLE_PROC].key[i].a);
	frame_unref(f);
	want_some(false);
	for (int tick = 0; tick < 10; tick++) {
		f = next();
		before = sum;
		sum += asked(f, SRC_PID_LIMITS);
		assert_true(sum - before <= DEAR_BUDGET_US / EACH_US + 1);
		frame_unref(f);
	}
	if (sum <= 900 || sum > 1010)
		fail_msg("%u were asked", sum);
	end();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_visible),
		cmocka_unit_test(test_nothing),
		cmocka_unit_test(test_budget),
		cmocka_unit_test(test_turns),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
