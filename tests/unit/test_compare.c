/* Two moments of the past side by side: which ones, and what keys do there. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "past_screen.h"

/* A second: one process that grows, and nine that come. */
static void
live(uint64_t n)
{
	struct frame *f = proc_frame(10);

	f->meta.seq = n;
	f->meta.wall_ns = (INT64_C(1730642700) + (int64_t)n) * NS_PER_S; /* 14:05:00 */
	f->meta.mono_ns = (1000 + (int64_t)n) * NS_PER_S;
	for (uint32_t i = 0; i < 10; i++) {
		row_str(proc_row(f, i), PROC_NAME, "worker");
		row_u64(proc_row(f, i), PROC_THREAD, false);
		row_u64(proc_row(f, i), PROC_RES, (n + 1) << 20);
		if (i)
			f->table[TABLE_PROC].key[i].b = n;
	}
	kept_add(kept, f);
	screen_frame(screen, f);
}

static void
keys(const char *k)
{
	assert_int_equal(screen_keys(screen, k), 0);
	draw(80, 12);
}

static void
test_which(void **state)
{
	(void)state;
	live(0);
	keys("_");
	assert_true(says("nothing older is kept to compare this with"));
	assert_int_equal(screen->mode, MODE_TABLE);
	for (uint64_t n = 1; n < 10; n++)
		live(n);
	/* No bookmark: the oldest. Then the last one before what is shown. */
	keys("_");
	assert_true(says("14:05:00 -> 14:05:09, 9.0s"));
	assert_true(says("processes +9 -9 ~1"));
	keys("Esc ( ( ( ' ( ( ' ` _");
	assert_true(says("14:05:06 -> 14:05:09, 3.0s"));
	keys("_ { _"); /* at the bookmark: the one before */
	assert_true(says("14:05:04 -> 14:05:06, 2.0s"));
	keys("q { _");
	assert_true(says("14:05:00 -> 14:05:04, 4.0s"));
	/* Of any time before or after; the view stays at what it was opened for. */
	keys("b 1 4 : 0 5 : 0 2 Enter");
	assert_true(says("14:05:02 -> 14:05:04, 2.0s"));
	keys("b + 3 s Enter");
	assert_true(says("14:05:04 -> 14:05:07, 3.0s"));
	keys("b - 1 s Enter");
	assert_true(says("14:05:03 -> 14:05:04, 1.0s"));
	keys("b x Enter");
	assert_true(says("expected a time"));
	keys("Esc");
	assert_true(says("14:05:03 -> 14:05:04, 1.0s"));
	assert_int_equal(screen->mode, MODE_DIFF);
	keys("Esc");
	assert_int_equal(screen->mode, MODE_TABLE);
	assert_null(screen->compare.diff);
}

/* Live goes on behind it and nothing on it moves. */
static void
test_still(void **state)
{
	struct buf before = {0};

	(void)state;
	for (uint64_t n = 0; n < 5; n++)
		live(n);
	keys("_ Right Down Down");
	assert_int_equal(screen->compare.view.list, DIFFVIEW_PROCS);
	assert_int_equal(screen->compare.view.top, 2);
	buf_put(&before, text.data, text.len);
	kept_let_go(kept, 4);
	live(5);
	keys("");
	assert_string_equal(text.data, before.data);
	keys("PgDn");
	assert_int_equal(screen->compare.view.top, 2 + 8);
	keys("End Right Right");
	assert_int_equal(screen->compare.view.list, DIFFVIEW_COUNTERS);
	assert_true(says("nothing that was sampled in both differs"));
	keys("Left Left Left Down");
	assert_int_equal(screen->compare.view.list, DIFFVIEW_PROCS);
	keys("Esc");
	assert_int_equal(screen->frame->meta.seq, 5);
	buf_release(&before);
}

static void
test_gone(void **state)
{
	(void)state;
	for (uint64_t n = 0; n < 5; n++)
		live(n);
	kept->damaged[0] = true;
	keys("_");
	assert_true(says("that moment cannot be read any more"));
	assert_int_equal(screen->mode, MODE_TABLE);
	kept->damaged[0] = false;
	keys("_");
	kept->damaged[2] = true;
	keys("b - 2 s Enter");
	assert_true(says("that moment cannot be read any more"));
	assert_true(says("14:05:00 -> 14:05:04, 4.0s")); /* as it was */
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_which, begin, end),
		cmocka_unit_test_setup_teardown(test_still, begin, end),
		cmocka_unit_test_setup_teardown(test_gone, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
