/* cmd_screen: the live monitor's screen as text, as text with colours, or as a picture. On a
 * fixture it plays all moments first, so that the graphs have something to show. */
#include <errno.h>
#include <string.h>
#include <time.h>

#include "app/app.h"
#include "app/live.h"
#include "base/clock.h"
#include "draw/print.h"
#include "sample/sampler.h"
#include "store/ring.h"
#include "ui/glyph.h"

static void
draw(struct screen *s, struct grid *g, struct feed *feed)
{
	const struct plan *plan;
	bool soon;

	screen_render(s, g);
	plan = screen_plan(s, &soon);
	if (plan)
		feed_plan(feed, plan);
}

int
cmd_screen(const struct options *o)
{
	struct timespec pause = ns_to_timespec(o->delay_ns ? o->delay_ns : 250 * NS_PER_MS);
	struct screen_options so;
	struct grid grid = {0};
	struct buf out = {0};
	struct screen *s;
	struct ring *ring = NULL;
	struct feed *feed;
	struct root root;
	struct err e;
	char user[64];
	int r = root_init(&root, &o->root, &e);

	if (r < 0)
		return app_fail(EXIT_USAGE, &e);
	r = live_screen_options(o, &root, &so, user, &e);
	if (r < 0)
		return app_fail(EXIT_USAGE, &e);
	so.glyphs = o->ascii ? GLYPHS_ASCII : GLYPHS_BRAILLE;
	if (o->ring_bytes) {
		ring = ring_new(o->ring_bytes, o->ring_age_ns);
		so.past = ring_past(ring);
	}
	s = screen_new(&so);
	feed = sampler_new(&root, o->sampler, &e);
	if (!feed) {
		r = app_fail(EXIT_USAGE, &e);
		goto out;
	}
	if (ring)
		feed = ring_feed_new(ring, feed);
	grid_resize(&grid, o->screen_w, o->screen_h);
	draw(s, &grid, feed);
	for (int i = 0; root.fixture || i < 2; i++) {
		const struct frame *f;

		if (i && !root.fixture)
			nanosleep(&pause, NULL);
		r = feed_next(feed, &f);
		if (r < 0)
			break;
		screen_frame(s, f);
		draw(s, &grid, feed);
	}
	if (o->keys && screen_keys(s, o->keys) < 0) {
		err_set(&e, -EINVAL, "--keys: expected key names as the help lists them");
		r = app_fail(EXIT_USAGE, &e);
		goto out;
	}
	if (o->keys)
		draw(s, &grid, feed);
	if (o->ascii)
		glyphs_apply(&grid, GLYPHS_ASCII);
	switch (o->output) {
	case OUTPUT_ANSI:
		print_ansi(&out, &grid, &theme_default, o->no_color ? 0 : 256);
		break;
	case OUTPUT_SVG:
		print_svg(&out, &grid, &theme_default);
		break;
	case OUTPUT_TEXT:
	case OUTPUT_JSON:
	case OUTPUT_CSV:
		print_text(&out, &grid);
		break;
	}
	r = app_written(app_write(&out));
out:
	screen_free(s);
	feed_free(feed);
	ring_free(ring);
	root_release(&root);
	grid_release(&grid);
	buf_release(&out);
	return r;
}
