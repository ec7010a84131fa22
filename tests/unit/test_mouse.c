/* The mouse: what is clicked on is what was drawn there; and rows keep their places while something
 * is asked. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "draw/print.h"
#include "sink_frame.h"
#include "ui/state.h"

static struct screen *screen;
static struct grid grid;
static struct buf text;

static void
draw(int w, int h)
{
	grid_resize(&grid, w, h);
	screen_render(screen, &grid);
	buf_clear(&text);
	print_text(&text, &grid);
}

/* A second, in which the CPU use of four processes turns round. */
static void
live(uint64_t n)
{
	struct frame *f = proc_frame(4);

	f->meta.seq = n;
	f->meta.wall_ns = (INT64_C(1730642700) + (int64_t)n * 10) * NS_PER_S;
	f->meta.mono_ns = (1000 + (int64_t)n * 10) * NS_PER_S;
	for (uint32_t i = 0; i < 4; i++) {
		row_str(proc_row(f, i), PROC_NAME, (const char *[]){"ape", "bee", "cat", "dog"}[i]);
		row_u64(proc_row(f, i), PROC_THREAD, false);
		row_f64(proc_row(f, i), PROC_CPU_RATIO, n % 2 ? i * 0.2 : (4 - i) * 0.2);
	}
	screen_frame(screen, f);
	draw(80, 24);
}

static void
keys(const char *k)
{
	assert_int_equal(screen_keys(screen, k), 0);
	draw(80, 24);
}

static bool
says(const char *what)
{
	return strstr(text.data, what) != NULL;
}

static void
press(int x, int y)
{
	struct input_event e = {.type = INPUT_MOUSE, .x = x, .y = y, .button = MOUSE_LEFT};

	screen_event(screen, &e);
	e.action = MOUSE_RELEASE;
	screen_event(screen, &e);
	draw(80, 24);
}

/* In the middle of what stands on the screen. */
static void
click(const char *what)
{
	const char *at = strstr(text.data, what);
	int x = 0, y = 0;

	if (!at)
		fail_msg("\"%s\" is not on the screen:\n%s", what, text.data);
	at += strlen(what) / 2;
	for (const char *p = text.data; p < at; p++) {
		if (*p == '\n') {
			y++;
			x = 0;
		} else {
			x += ((unsigned char)*p & 0xc0) != 0x80;
		}
	}
	press(x, y);
}

static void
wheel(enum mouse_button b)
{
	struct input_event e = {.type = INPUT_MOUSE, .x = 5, .y = 10, .button = b};

	screen_event(screen, &e);
	draw(80, 24);
}

static int
begin(void **state)
{
	struct screen_options o = {.delay_ns = NS_PER_S, .no_actions = "a test"};

	setup(state);
	screen = screen_new(&o);
	live(0);
	return 0;
}

static int
end(void **state)
{
	screen_free(screen);
	grid_release(&grid);
	buf_release(&text);
	return teardown(state);
}

static void
test_footer(void **state)
{
	(void)state;
	click("F4 filter");
	assert_int_equal(screen->mode, MODE_PROMPT);
	assert_int_equal(screen->prompt, PROMPT_FILTER);
	keys("b e e Enter");
	assert_true(says("1 of 4"));
	click("= shows all");
	assert_false(says("1 of 4"));
	click("F5 tree");
	assert_true(screen->shown.tree);
	keys("Esc"); /* what was said */
	click("F6 sort");
	assert_int_equal(screen->mode, MODE_MENU);
}

static void
test_header(void **state)
{
	(void)state;
	assert_int_equal(screen->header.cpus, CPUS_AUTO);
	press(20, 1);
	assert_int_equal(screen->header.cpus, CPUS_BARS);
	press(20, 0); /* the line above is nothing */
	assert_int_equal(screen->header.cpus, CPUS_BARS);
	keys("#");
	press(20, 1); /* the header is gone: a row now */
	assert_int_equal(screen->header.cpus, CPUS_BARS);
	assert_true(screen->have_selection);
}

static void
test_lists(void **state)
{
	(void)state;
	keys("F6");
	click("timeslices_total");
	assert_int_equal(screen->mode, MODE_TABLE);
	assert_int_equal(screen->shown.sort[0].field, PROC_SLICES);
	keys("F6 Home");
	wheel(MOUSE_WHEEL_DOWN);
	assert_int_equal(screen->menu.at, 1);
	press(0, 0); /* outside */
	assert_int_equal(screen->mode, MODE_TABLE);
	assert_int_equal(screen->shown.sort[0].field, PROC_SLICES);
	keys("F6");
	click("sort by:"); /* the frame */
	assert_int_equal(screen->mode, MODE_MENU);
	keys("Esc f");
	click("virtual_bytes");
	assert_int_equal(screen->mode, MODE_MENU);
	assert_true(screen->columns.chosen);
	for (unsigned i = 0; i < screen->columns.n; i++)
		assert_int_not_equal(screen->columns.field[i], PROC_VIRT);
}

static void
test_palette(void **state)
{
	(void)state;
	keys(": i d l e");
	click("hide-idle");
	assert_int_equal(screen->mode, MODE_TABLE);
	assert_true(screen->shown.no_idle);
	keys(":");
	wheel(MOUSE_WHEEL_DOWN);
	assert_int_equal(screen->palette.at, 1);
	press(3, 1);
	assert_int_equal(screen->mode, MODE_TABLE);
	/* What cannot be done says why, and nothing comes of it. */
	keys(": s i g n a l");
	assert_true(says("a test"));
	keys("Enter");
	assert_int_equal(screen->mode, MODE_TABLE);
}

static void
test_help(void **state)
{
	(void)state;
	keys("F1");
	click("General");
	assert_int_equal(screen->mode, MODE_HELP);
	wheel(MOUSE_WHEEL_DOWN);
	assert_int_equal(screen->help.top, 3);
	keys("t r e e");
	click("processes as a tree");
	assert_int_equal(screen->mode, MODE_TABLE);
	assert_true(screen->shown.tree);
}

static void
test_score(void **state)
{
	(void)state;
	assert_int_equal(palette_score("tree", "as a tree", "x"), 0);
	assert_true(palette_score("tree", "", "tree") > palette_score("tree-x", "", "tree"));
	assert_true(palette_score("tree-x", "", "tree") > palette_score("tag-tree", "", "tree"));
	assert_true(palette_score("tag-tree", "", "tree") > palette_score("subtree", "", "tree"));
	assert_true(palette_score("subtree", "", "tree") > palette_score("fold", "a tree", "tree"));
	assert_true(palette_score("fold", "a tree", "tree") > palette_score("tag-rows-ee", "", "tree"));
	assert_true(palette_score("sort-memory", "", "MEM so") > 0);
	assert_int_equal(palette_score("sort-memory", "", "mem nothing"), 0);
	assert_true(palette_score("any", "", "  ") > 0);
}

static const char *
first_rows(void)
{
	static char names[32];
	size_t n = 0;

	screen_rows(screen);
	for (size_t i = 0; i < screen->rows.n; i++)
		n += (size_t)snprintf(names + n, sizeof names - n, "%s ",
				      cell_str(frame_table(screen->frame, TABLE_PROC),
					       screen->rows.row[i].row, PROC_NAME));
	return names;
}

static void
test_places(void **state)
{
	static const char *const ask[] = {"F4", "/", "F6", ":", "d"};

	(void)state;
	assert_string_equal(first_rows(), "ape bee cat dog ");
	for (size_t i = 0; i < ARRAY_LEN(ask); i++) {
		keys(ask[i]);
		live(2 * i + 1);
		assert_string_equal(first_rows(), "ape bee cat dog ");
		keys("Esc");
		assert_string_equal(first_rows(), "dog cat bee ape ");
		live(2 * i + 2);
		assert_string_equal(first_rows(), "ape bee cat dog ");
	}
	/* What is chosen counts at once. */
	keys("F6");
	live(21);
	keys("Home Enter");
	assert_int_equal(screen->shown.sort[0].field, PROC_PID);
	keys(": s o r t Space m e m");
	live(22);
	keys("Enter");
	assert_int_equal(screen->shown.sort[0].field, PROC_RES);
	assert_false(screen->rows.frozen);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_footer, begin, end),
		cmocka_unit_test_setup_teardown(test_header, begin, end),
		cmocka_unit_test_setup_teardown(test_lists, begin, end),
		cmocka_unit_test_setup_teardown(test_palette, begin, end),
		cmocka_unit_test_setup_teardown(test_help, begin, end),
		cmocka_unit_test(test_score),
		cmocka_unit_test_setup_teardown(test_places, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
