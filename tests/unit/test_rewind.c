/* Back in time: where one stands, what is shown there, and that live goes on behind it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "frame/events.h"
#include "past_screen.h"

#define MINUTE_0 (INT64_C(1730642700) * NS_PER_S) /* 2024-11-03 14:05:00 UTC */

static uint64_t made;
static unsigned left_out; /* a column that is not sampled; 0: all are */

/* The frame of second n: process n + 1 is the busiest of three. */
static const struct frame *
make(uint64_t n)
{
	struct field_set want[TABLE_COUNT] = {0};
	struct frame *f;
	struct row r;

	for (unsigned i = 0; i < PROC_FIELDS; i++)
		if (!left_out || i != left_out)
			field_set_add(&want[TABLE_PROC], i);
	for (unsigned i = 0; i < CPU_FIELDS; i++)
		field_set_add(&want[TABLE_CPU], i);
	f = frame_begin(pool, want, strings);
	f->meta.host = "db";
	f->meta.wall_ns = MINUTE_0 + (int64_t)n * NS_PER_S;
	f->meta.mono_ns = 1000 * NS_PER_S + (int64_t)n * NS_PER_S;
	f->meta.interval_ns = n ? NS_PER_S : 0;
	f->meta.seq = n;
	f->meta.fixture = true;
	r = table_add_row(&f->table[TABLE_CPU], (struct row_key){0, 0});
	if (n)
		row_f64(r, CPU_BUSY_RATIO, (double)(n % 10) / 10);
	for (uint64_t i = 0; i < 3; i++) {
		r = table_add_row(&f->table[TABLE_PROC], (struct row_key){1000 + i, 7});
		row_u64(r, PROC_PID, 1000 + i);
		row_u64(r, PROC_TGID, 1000 + i);
		row_u64(r, PROC_RES, n * 1000);
		row_str(r, PROC_NAME, "worker");
		row_str(r, PROC_COMMAND, "worker");
		row_f64(r, PROC_CPU_RATIO, i == n % 3 ? 0.9 : 0.1);
	}
	return f;
}

/* Seconds of live, as the loop does them. */
static void
live(unsigned n)
{
	while (n--) {
		const struct frame *f = make(made++);

		kept_add(kept, f);
		screen_frame(screen, f);
		draw(80, 24);
	}
}

static void
keys(const char *k)
{
	assert_int_equal(screen_keys(screen, k), 0);
	draw(80, 24);
}

static uint64_t
shown(void)
{
	return screen->frame->meta.seq;
}

static int
begin_anew(void **state)
{
	made = left_out = 0;
	return begin(state);
}

static void
test_steps(void **state)
{
	(void)state;
	live(10);
	keys("(");
	assert_int_equal(shown(), 8);
	assert_true(says("    1s ago  Sun 14:05:08 \u25c0 past"));
	keys("( ( (");
	assert_int_equal(shown(), 5);
	keys(")");
	assert_int_equal(shown(), 6);
	keys(") ) ) )");
	assert_int_equal(shown(), 9);
	assert_true(says("14:05:09 \u25cf live 1s"));
	keys(")");
	assert_true(says("this is live"));
	for (int i = 0; i < 20; i++)
		keys("(");
	assert_int_equal(shown(), 0);
	assert_true(says("nothing older is kept"));
	keys("`");
	assert_int_equal(shown(), 9);
}

/* What is typed ahead costs no frames. */
static void
test_held_down(void **state)
{
	unsigned asked;

	(void)state;
	live(600);
	keys("(");
	asked = kept->asked;
	for (int i = 0; i < 100; i++)
		screen_event(screen, &(struct input_event){.type = INPUT_KEY, .key = '('});
	assert_int_equal(kept->asked, asked);
	draw(80, 24);
	assert_int_equal(shown(), 600 - 1 - 101);
	/* The moment, and the one before it for who ended; the graphs know the rest from live. */
	assert_int_equal(kept->asked, asked + 2);
}

static void
test_live_goes_on(void **state)
{
	struct buf before = {0};

	(void)state;
	live(20);
	keys("( (");
	buf_put(&before, text.data, text.len + 1);
	live(5);
	assert_int_equal(shown(), 17);
	assert_true(says("    7s ago  Sun 14:05:17"));
	/* From the second line to the time line nothing changed. */
	assert_memory_equal(strchr(text.data, '\n'), strchr(before.data, '\n'),
			    (size_t)(strstr(text.data, "worker") - strchr(text.data, '\n')));
	assert_true(says(" 14:05:00 \u00b7\u2581"));
	keys("0");
	assert_int_equal(shown(), 24);
	live(1);
	assert_int_equal(shown(), 25);
	buf_release(&before);
}

static void
test_pause(void **state)
{
	struct buf before = {0};

	(void)state;
	live(20);
	keys("z");
	assert_true(says("\u25cf paused"));
	buf_put(&before, text.data, text.len + 1);
	live(5);
	assert_string_equal(text.data, before.data); /* nothing at all changes */
	keys("(");
	assert_int_equal(shown(), 18);
	keys("z");
	assert_int_equal(shown(), 24);
	keys("z");
	live(3);
	keys(")");
	assert_int_equal(shown(), 25);
	assert_true(says("past"));
	buf_release(&before);
}

static void
test_nothing_kept(void **state)
{
	struct screen_options o = {.delay_ns = NS_PER_S, .no_actions = "a test"};

	(void)state;
	screen_free(screen);
	screen = screen_new(&o);
	live(3);
	for (const char *k = "(){}b'"; *k; k++) {
		screen_event(screen, &(struct input_event){.type = INPUT_KEY,
							   .key = (unsigned char)*k});
		draw(80, 24);
		assert_true(says("nothing of the past is kept here"));
		assert_true(says("live 1s"));
	}
	keys("z");
	live(2);
	assert_int_equal(shown(), 2);
	keys("0");
	assert_int_equal(shown(), 4);
}

static void
test_events(void **state)
{
	(void)state;
	live(40);
	kept->events[10] = 1;
	kept->events[20] = kept->events[21] = kept->events[22] = 1; /* one that lasts */
	kept->events[22] |= 2;
	keys("{");
	assert_int_equal(shown(), 22);
	keys("{");
	assert_int_equal(shown(), 20);
	keys("{");
	assert_int_equal(shown(), 10);
	keys("{");
	assert_int_equal(shown(), 10);
	assert_true(says("no event and no bookmark before"));
	keys("( ( ' 0 {");
	assert_int_equal(shown(), 22);
	keys("{ { {");
	assert_int_equal(shown(), 8);
	keys("' 0 { { { {");
	assert_int_equal(shown(), 10); /* removed */
	keys("} } }");
	assert_int_equal(shown(), 22);
	assert_true(says("no event and no bookmark after"));
}

static void
test_go_to_time(void **state)
{
	(void)state;
	live(300);
	keys("b - 1 m Enter");
	assert_int_equal(shown(), 299 - 60);
	keys("b + 5 s Enter"); /* from what is shown */
	assert_int_equal(shown(), 299 - 55);
	keys("b 1 4 : 0 6 Enter");
	assert_int_equal(shown(), 60);
	keys("b - 1 h Enter");
	assert_int_equal(shown(), 0);
	assert_true(says("nothing so old is kept"));
	keys("b + 1 h Enter");
	assert_int_equal(shown(), 299);
	assert_true(says("still to come"));
	keys("( b n o w Enter");
	assert_true(says("live 1s"));
	keys("b x y Enter");
	assert_true(says("go to time: xy"));
	assert_int_equal(screen->mode, MODE_PROMPT);
	keys("Esc");
	assert_int_equal(shown(), 299);
}

static void
test_let_go(void **state)
{
	(void)state;
	kept->most = 30;
	live(50); /* 20 to 49 */
	keys("b - 2 5 s Enter");
	assert_int_equal(shown(), 24);
	live(10); /* 30 to 59: it is looked at still */
	assert_int_equal(shown(), 24);
	assert_true(says("past"));
	keys("M"); /* needs it again */
	assert_int_equal(shown(), 24);
	keys("f Down Down Down Down Space Esc"); /* really: another column */
	assert_int_equal(shown(), 30);
	assert_true(says("not kept any more"));
	live(5);
	keys("(");
	assert_true(says("nothing older is kept"));
	keys(")");
	assert_int_equal(shown(), 35);
}

static void
test_damaged(void **state)
{
	(void)state;
	live(50);
	kept->damaged[40] = kept->damaged[41] = true;
	keys("b - 7 s Enter");
	assert_int_equal(shown(), 42);
	keys("(");
	assert_int_equal(shown(), 39); /* the next one that way */
	assert_true(says("damaged"));
	keys(")");
	assert_int_equal(shown(), 42);
	for (int i = 0; i < 39; i++)
		kept->damaged[i] = true;
	keys("( (");
	assert_int_equal(shown(), 39); /* none there: the way back */
	for (int i = 0; i < 50; i++)
		kept->damaged[i] = true;
	keys("(");
	assert_int_equal(shown(), 39);
	assert_true(says("no moment near this one can be read"));
}

/* What is asked for is what the screen looks at, with what it is derived from. */
static void
test_fields(void **state)
{
	unsigned asked;

	(void)state;
	live(200);
	keys("( (");
	assert_true(field_set_has(&kept->want[TABLE_PROC], PROC_CPU_RATIO));
	assert_true(field_set_has(&kept->want[TABLE_PROC], PROC_CPU));
	assert_true(field_set_has(&kept->want[TABLE_CPU], CPU_BUSY_RATIO));
	assert_false(field_set_has(&kept->want[TABLE_PROC], PROC_MAJFLT_RATE));
	asked = kept->asked;
	keys("Down Down Space I t t PgDn P");
	assert_int_equal(kept->asked, asked);
	keys("\\ m a j f l t > 5 Enter");
	assert_true(field_set_has(&kept->want[TABLE_PROC], PROC_MAJFLT));
	assert_true(kept->asked > asked);
}

static void
test_not_recorded(void **state)
{
	(void)state;
	left_out = PROC_RES;
	live(5);
	left_out = 0;
	live(5);
	keys("(");
	assert_false(says("not recorded"));
	keys("( ( ( (");
	assert_int_equal(shown(), 4);
	assert_true(says("RES: not recorded"));
	keys("(");
	assert_false(says("not recorded")); /* once is enough */
	keys("0 b - 8 s Enter");
	assert_true(says("RES: not recorded"));
	keys("0");
	keys("b - 6 s Enter ( ("); /* faster than the screen */
	assert_true(says("RES: not recorded"));
	keys("(");
	assert_false(says("not recorded"));
}

static void
test_no_actions_in_the_past(void **state)
{
	static struct root root;
	struct screen_options o = {.delay_ns = NS_PER_S, .root = &root, .past = &kept->past};

	(void)state;
	screen_free(screen);
	screen = screen_new(&o);
	live(5);
	keys("Down (");
	for (const char *k = "k][r"; *k; k++) {
		screen_event(screen, &(struct input_event){.type = INPUT_KEY,
							   .key = (unsigned char)*k});
		draw(80, 24);
		assert_true(says("the past cannot be changed"));
		assert_int_equal(screen->mode, MODE_TABLE);
	}
}

/* Selection, tags and follow are of the process. */
static void
test_selection_stays(void **state)
{
	(void)state;
	live(30);
	keys("Down Space F");
	for (int i = 0; i < 20; i++) {
		struct row_key k = screen->selected;

		keys("(");
		assert_true(row_key_equal(k, screen->selected));
		assert_true(screen->at < 3);
		assert_int_equal(frame_table(screen->frame, TABLE_PROC)
					 ->key[screen->rows.row[screen->at].row].a, k.a);
	}
	assert_int_equal(screen->tagged.n, 1);
}

/* While one looks back, live is asked for the rows one saw last, and for no frame soon. */
static void
test_plan(void **state)
{
	const struct plan *p;
	bool soon;

	(void)state;
	live(10);
	assert_non_null(screen_plan(screen, &soon));
	keys("( Down");
	assert_null(screen_plan(screen, &soon));
	keys("H");
	p = screen_plan(screen, &soon);
	assert_non_null(p);
	assert_true(p->threads);
	assert_false(soon);
	assert_int_equal(p->nvisible, 3);
	keys("0 H");
	assert_non_null(screen_plan(screen, &soon));
	assert_true(soon);
}

/* The graphs end at what is shown, also where no live frame ever was in them. */
static void
test_graphs(void **state)
{
	double there[40], again[40];
	struct screen_options o = {.delay_ns = NS_PER_S, .past = &kept->past};

	(void)state;
	live(200);
	keys("z");
	(void)history_samples(&screen->history, SERIES_CPU, 3, 2, there, 40);
	keys("b - 7 3 s Enter");
	assert_int_equal(screen->history.end, 200 - 73);
	(void)history_samples(&screen->history, SERIES_CPU, 3, 2, again, 40);
	assert_true(memcmp(there, again, sizeof there) != 0);
	(void)history_samples(&screen->history, SERIES_CPU, 3, 2, there, 40);
	keys("0");
	assert_int_equal(screen->history.end, 200);

	screen_free(screen);
	screen = screen_new(&o);
	live(1); /* a new screen over the same past */
	keys("b - 7 4 s Enter");
	assert_int_equal(screen->history.end, 200 - 73);
	(void)history_samples(&screen->history, SERIES_CPU, 3, 2, again, 40);
	assert_memory_equal(there, again, sizeof there);
}

/* Rows sorted by a rate keep still over a pause and a look back. */
static void
test_settled_live(void **state)
{
	(void)state;
	live(30);
	keys("( (");
	live(10);
	assert_true(screen->rewind.live_settle.seq == 39);
	keys("0");
	assert_true(screen->rows.settle.seq == 39);
	live(1);
	assert_true(screen->rows.settle.seq == 40);
}

static void
test_timeline(void **state)
{
	struct timeline t = {0};
	struct grid g = {0};
	uint64_t n;

	(void)state;
	while (made < 3600) {
		const struct frame *f = make(made++);

		kept_add(kept, f);
		frame_unref(f);
	}
	kept->events[1000] = 1;
	grid_resize(&g, 80, 24);
	timeline_draw(&g, GLYPHS_BRAILLE, &kept->past, 3599, NULL, 0, true,
		      (struct rect){0, 22, 80, 1}, &t);
	assert_int_equal(t.r.x + t.r.w, 80 - 9); /* now is at the right edge */
	assert_true(t.r.w <= 58 && t.r.w * (int)t.per >= 3600);
	assert_int_equal(grid_at(&g, 70, 22)->ch, 0x2503);
	assert_int_equal(grid_at(&g, t.r.x + (int)(1000 / t.per), 22)->ch, '!');
	assert_true(timeline_find(&t, &kept->past, t.r.x + (int)(1000 / t.per), 22, &n));
	assert_int_equal(n, 1000);
	assert_true(timeline_find(&t, &kept->past, t.r.x, 22, &n));
	assert_int_equal(n, 9); /* the busiest of its moments */
	assert_false(timeline_find(&t, &kept->past, t.r.x - 1, 22, &n));
	assert_false(timeline_find(&t, &kept->past, t.r.x + t.r.w, 22, &n));
	assert_false(timeline_find(&t, &kept->past, t.r.x, 21, &n));
	/* What was let go leaves the line; where one stands stays in sight. */
	kept_let_go(kept, 3000);
	timeline_draw(&g, GLYPHS_BRAILLE, &kept->past, 2000, (uint64_t[]){3300}, 1, true,
		      (struct rect){0, 22, 80, 1}, &t);
	assert_int_equal(grid_at(&g, t.r.x, 22)->ch, 0x2503);
	assert_int_equal(grid_at(&g, t.r.x + (int)((3300 - t.from) / t.per), 22)->ch, 0x25bc);
	/* Strips, and the marks below them. */
	timeline_draw(&g, GLYPHS_ASCII, &kept->past, 3500, NULL, 0, true,
		      (struct rect){0, 20, 80, 4}, &t);
	assert_int_equal(grid_at(&g, t.r.x + (int)((3500 - t.from) / t.per), 23)->ch, '^');
	assert_int_equal(grid_at(&g, 0, 20)->ch, 'c');
	kept->events[3300] = EVENT_BIT(EVENT_OOM);
	t = (struct timeline){0};
	timeline_draw(&g, GLYPHS_ASCII, &kept->past, 3500, NULL, 0, true,
		      (struct rect){0, 20, 80, 4}, &t);
	buf_clear(&text);
	print_text(&text, &g);
	assert_true(says(" !oom "));
	assert_int_equal(grid_at(&g, 0, 21)->ch, 'm');
	assert_int_equal(grid_at(&g, 0, 22)->ch, 'p');
	grid_release(&g);
}

static void
test_click(void **state)
{
	struct input_event e = {.type = INPUT_MOUSE, .button = MOUSE_LEFT, .action = MOUSE_PRESS};
	const struct timeline *t;

	(void)state;
	live(30);
	screen_event(screen, &e);
	assert_int_equal(shown(), 29); /* live has no line */
	keys("(");
	t = &screen->rewind.timeline;
	e.x = t->r.x + 10;
	e.y = t->r.y;
	assert_int_equal(e.y, 22);
	screen_event(screen, &e);
	draw(80, 24);
	assert_int_equal(shown(), 10);
	e.action = MOUSE_DRAG;
	e.x = t->r.x + 20;
	screen_event(screen, &e);
	draw(80, 24);
	assert_int_equal(shown(), 20);
	e.y = 10; /* dragged off the line */
	screen_event(screen, &e);
	draw(80, 24);
	assert_int_equal(shown(), 20);
	e = (struct input_event){.type = INPUT_MOUSE, .button = MOUSE_WHEEL_UP, .y = t->r.y};
	screen_event(screen, &e);
	screen_event(screen, &e);
	draw(80, 24);
	assert_int_equal(shown(), 18);
	e.button = MOUSE_WHEEL_DOWN;
	screen_event(screen, &e);
	draw(80, 24);
	assert_int_equal(shown(), 19);
	assert_false(screen->have_selection);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin_anew, end)
	const struct CMUnitTest tests[] = {
		TEST(test_steps),        TEST(test_held_down),    TEST(test_live_goes_on),
		TEST(test_pause),        TEST(test_nothing_kept), TEST(test_events),
		TEST(test_go_to_time),   TEST(test_let_go),       TEST(test_damaged),
		TEST(test_fields),       TEST(test_not_recorded), TEST(test_no_actions_in_the_past),
		TEST(test_selection_stays), TEST(test_plan),      TEST(test_graphs),
		TEST(test_settled_live), TEST(test_timeline),     TEST(test_click),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
