/* cmd_screen: the live monitor's screen as text, as text with colours, or as a picture. On a
 * fixture it plays all moments first, so that the graphs have something to show. */
#include <errno.h>
#include <string.h>
#include <time.h>

#include "app/app.h"
#include "app/config.h"
#include "app/live.h"
#include "app/recordings.h"
#include "base/clock.h"
#include "draw/print.h"
#include "sample/sampler.h"
#include "store/ring.h"
#include "ui/glyph.h"

/* What stands behind the screen: a machine with its ring, or a recording. */
struct view {
	const struct options *o;
	struct root root;
	struct ring *ring;
	struct feed *feed; /* NULL: a recording */
	struct past *past; /* of a recording */
};

static void
draw(struct screen *s, struct grid *g, struct feed *feed)
{
	const struct plan *plan;
	bool soon;

	screen_render(s, g);
	plan = screen_plan(s, &soon);
	if (plan && feed)
		feed_plan(feed, plan);
}

static int
open_source(struct view *src, struct screen_options *so, char user[64], struct err *e)
{
	const struct options *o = src->o;
	int r;

	if (o->in)
		src->root.foreign = true; /* it is asked nothing */
	else if ((r = root_init(&src->root, &o->root, e)) < 0)
		return r;
	r = live_screen_options(o, &src->root, so, user, e);
	if (r == 0 && so->root) {
		so->root = NULL;
		so->no_actions = "nothing is done from a picture";
	}
	if (r == 0 && o->in)
		r = recordings_open(o->in, &src->past, e);
	if (r == 0 && o->in)
		r = replay_begin(o, src->past, so, e);
	if (r < 0 || o->in)
		return r;
	src->feed = sampler_new(&src->root, o->sampler, e);
	if (!src->feed)
		return -EINVAL;
	if (o->ring_bytes) {
		src->ring = ring_new(o->ring_bytes, o->ring_age_ns);
		src->feed = ring_feed_new(src->ring, src->feed);
		so->past = ring_past(src->ring);
	}
	return 0;
}

static void
close_source(struct view *src)
{
	feed_free(src->feed);
	ring_free(src->ring);
	past_free(src->past);
	if (!src->o->in)
		root_release(&src->root);
}

/* All moments of a fixture, so that the graphs have something to show; of a machine two samples. */
static void
play(struct view *src, struct screen *s, struct grid *g)
{
	const struct options *o = src->o;
	struct timespec pause = ns_to_timespec(o->delay_ns ? o->delay_ns : 250 * NS_PER_MS);

	for (int i = 0; src->feed && (src->root.fixture || i < 2); i++) {
		const struct frame *f;

		if (i && !src->root.fixture)
			nanosleep(&pause, NULL);
		if (feed_next(src->feed, &f) < 0)
			break;
		screen_frame(s, f);
		draw(s, g, src->feed);
	}
}

/* What the keys brought into view, of a process, was not read: the last sample is made once more
 * with the plan as it is now. A fixture has to be gone through again for that. */
static void
look_again(struct view *src, struct screen *s, struct grid *g)
{
	struct root root;
	struct feed *feed = src->feed;
	const struct frame *f, *last = NULL;
	const struct plan *plan;
	struct err e;
	bool soon;

	screen_render(s, g);
	plan = screen_plan(s, &soon);
	if (!plan || !plan->detail.a || !feed)
		return;
	if (!src->root.fixture) {
		feed_plan(feed, plan);
		if (feed_next(feed, &f) == 0)
			screen_frame(s, f);
		return;
	}
	if (root_init(&root, &src->o->root, &e) < 0)
		return;
	feed = sampler_new(&root, src->o->sampler, &e);
	if (feed)
		feed_plan(feed, plan);
	while (feed && feed_next(feed, &f) >= 0) {
		frame_unref(last);
		last = f;
	}
	if (last)
		screen_frame(s, last);
	feed_free(feed);
	root_release(&root);
}

static int
print_grid(const struct options *o, const struct grid *g)
{
	struct buf out = {0};
	int status;

	switch (o->output) {
	case OUTPUT_ANSI:
		print_ansi(&out, g, &theme_default, o->no_color ? 0 : 256);
		break;
	case OUTPUT_SVG:
		print_svg(&out, g, &theme_default);
		break;
	default:
		print_text(&out, g);
	}
	status = app_written(app_write(&out));
	buf_release(&out);
	return status;
}

int
cmd_screen(const struct options *o)
{
	struct view src = {.o = o};
	struct screen_options so = {0};
	struct grid grid = {0};
	struct screen *s;
	struct err e;
	char user[64], notice[160];
	int status;

	if (open_source(&src, &so, user, &e) < 0) {
		frame_unref(so.newest);
		close_source(&src);
		return app_fail(o->in ? EXIT_FAILURE : EXIT_USAGE, &e);
	}
	if (config_notice(o->config, notice))
		so.notice = notice;
	so.glyphs = o->ascii ? GLYPHS_ASCII : GLYPHS_BRAILLE;
	s = screen_new(&so);
	grid_resize(&grid, o->screen_w, o->screen_h);
	draw(s, &grid, src.feed);
	play(&src, s, &grid);
	if (o->keys && screen_keys(s, o->keys) < 0) {
		err_set(&e, -EINVAL, "--keys: expected key names as the help lists them");
		status = app_fail(EXIT_USAGE, &e);
	} else {
		if (o->keys)
			look_again(&src, s, &grid);
		if (o->keys)
			draw(s, &grid, src.feed);
		if (o->ascii)
			glyphs_apply(&grid, GLYPHS_ASCII);
		status = print_grid(o, &grid);
	}
	screen_free(s);
	frame_unref(so.newest);
	close_source(&src);
	grid_release(&grid);
	return status;
}
