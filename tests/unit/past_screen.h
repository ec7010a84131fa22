/* past_screen: a screen without a terminal that has a past to go back to, and what it says. */
#ifndef TESTS_PAST_SCREEN_H
#define TESTS_PAST_SCREEN_H

#include "base/clock.h"
#include "draw/print.h"
#include "kept_past.h"
#include "sink_frame.h"
#include "ui/state.h"

static struct kept_past *kept;
static struct screen *screen;
static struct grid grid;
static struct buf text;

static void
draw(int w, int h)
{
	if (grid.w != w || grid.h != h)
		grid_resize(&grid, w, h);
	screen_render(screen, &grid);
	buf_clear(&text);
	print_text(&text, &grid);
}

static bool
says(const char *what)
{
	return strstr(text.data, what) != NULL;
}

static int
begin(void **state)
{
	struct screen_options o = {.delay_ns = NS_PER_S, .no_actions = "a test"};

	setup(state);
	kept = kept_new();
	o.past = &kept->past;
	screen = screen_new(&o);
	return 0;
}

static int
end(void **state)
{
	screen_free(screen);
	past_free(&kept->past);
	grid_release(&grid);
	buf_release(&text);
	return teardown(state);
}

#endif
