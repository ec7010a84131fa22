/* The screen at every size and after any keys, live and in a past that is damaged and let go while
 * one looks at it: nothing is drawn that a terminal would obey, wide characters have both halves,
 * and the cursor is on it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "../long.h"
#include "../unit/kept_past.h"
#include "sample/sampler.h"
#include "ui/keymap.h"
#include "ui/screen.h"

static const char *const fixtures[] = {"busy", "hostile", "idle", "empty", "broken", "cpus1100"};

struct stage {
	struct root root;
	struct feed *feed;
	struct plan plan; /* the last one */
	struct screen *screen;
	struct kept_past *past;
	struct grid grid;
	const char *what; /* for messages */
	uint64_t seed;
};

static uint64_t
chance(struct stage *s, uint64_t below)
{
	s->seed++;
	return hash_u64(s->seed) % below;
}

static void
check(const struct stage *s)
{
	const struct grid *g = &s->grid;

	for (int i = 0; i < g->w * g->h; i++) {
		const struct cell *c = &g->cell[i];

		if (c->ch >= 0x20 && c->ch < 0x7f && c->style < STYLE_COUNT &&
		    c->ground < GROUND_COUNT && (i == 0 || c[-1].ch < 0x80))
			continue; /* most are */

		bool first = i % g->w == 0, last = i % g->w == g->w - 1;
		bool half = !first && utf8_width(c[-1].ch) == 2;
		bool ok = c->ch == 0 ? half
				     : c->ch >= 0x20 && (c->ch < 0x7f || c->ch >= 0xa0) &&
					       utf8_width(c->ch) >= 1 && !half &&
					       !(last && utf8_width(c->ch) == 2);

		if (!ok || c->style >= STYLE_COUNT || c->ground >= GROUND_COUNT)
			fail_msg("%s, %dx%d: cell %d,%d is U+%04X, style %u, ground %u", s->what,
				 g->w, g->h, i % g->w, i / g->w, c->ch, c->style, c->ground);
	}
	if (g->cursor_x >= g->w || g->cursor_y >= g->h)
		fail_msg("%s, %dx%d: the cursor is at %d,%d", s->what, g->w, g->h, g->cursor_x,
			 g->cursor_y);
}

/* Rows that say what they said before are not drawn again: nobody shall see that. */
static void
check_fresh(const struct stage *s)
{
	struct grid g = {0};

	grid_resize(&g, s->grid.w, s->grid.h);
	screen_render(s->screen, &g);
	for (int i = 0; i < g.w * g.h; i++)
		if (memcmp(&g.cell[i], &s->grid.cell[i], sizeof g.cell[i]) != 0)
			fail_msg("%s, %dx%d: cell %d,%d is U+%04X, drawn anew U+%04X", s->what, g.w,
				 g.h, i % g.w, i / g.w, s->grid.cell[i].ch, g.cell[i].ch);
	grid_release(&g);
}

static void
render(struct stage *s, int w, int h)
{
	const struct plan *plan;
	bool soon;

	if (w != s->grid.w || h != s->grid.h)
		grid_resize(&s->grid, w, h);
	screen_render(s->screen, &s->grid);
	check(s);
	check_fresh(s);
	plan = screen_plan(s->screen, &soon);
	if (!plan)
		return;
	plan_copy(&s->plan, plan);
	feed_plan(s->feed, plan);
}

static void
begin(struct stage *s, const char *fixture, enum glyphs glyphs)
{
	char dir[4096];
	struct root_paths paths = {.root = dir};
	struct screen_options o = {.glyphs = glyphs, .delay_ns = NS_PER_S, .no_actions = "a test"};
	struct err e;

	snprintf(dir, sizeof dir, "%s/%s", getenv("SONDE_FIXTURES"), fixture);
	*s = (struct stage){.what = fixture, .seed = (uint64_t)fixture[0] << 32};
	assert_int_equal(root_init(&s->root, &paths, &e), 0);
	s->feed = sampler_new(&s->root, SAMPLER_AUTO, &e);
	s->past = kept_new();
	o.past = &s->past->past;
	s->screen = screen_new(&o);
	render(s, 80, 24);
}

static bool
next(struct stage *s)
{
	const struct frame *f;

	if (feed_next(s->feed, &f) < 0)
		return false;
	kept_add(s->past, f);
	screen_frame(s->screen, f);
	return true;
}

static void
press(struct stage *s, const char *keys)
{
	assert_int_equal(screen_keys(s->screen, keys), 0);
}

static void
end(struct stage *s)
{
	screen_free(s->screen);
	past_free(&s->past->past);
	plan_release(&s->plan);
	feed_free(s->feed);
	root_release(&s->root);
	grid_release(&s->grid);
}

/* A third of the widths at each height, and all of them at every three heights. */
static void
test_sizes(void **state)
{
	const int step = (int)how_many(3, 1);

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(fixtures); i++) {
		for (int gs = GLYPHS_BRAILLE; gs <= GLYPHS_ASCII; gs++) {
			struct stage s;

			begin(&s, fixtures[i], (enum glyphs)gs);
			while (next(&s))
				render(&s, 80, 24);
			for (int h = 1; h <= 50; h += h < 12 ? 1 : 7)
				for (int w = 1 + h % step; w <= 130; w += w < 90 ? step : 13)
					render(&s, w, h);
			render(&s, 400, 100);
			render(&s, 1, 500);
			render(&s, 1000, 1);
			press(&s, "' (");
			for (int h = 1; h <= 50; h += h < 12 ? 1 : 7)
				for (int w = 1 + h % step; w <= 130; w += w < 60 ? step : 13)
					render(&s, w, h);
			render(&s, 400, 100);
			render(&s, 1000, 1);
			end(&s);
		}
	}
}

/* What happens to a past: it grows, loses its oldest moments, some are damaged, some have events. */
static void
live_on(struct stage *s)
{
	struct kept_past *k = s->past;
	struct err e;

	if (!next(s)) { /* once more, though time goes back then: a past may hold that as well */
		feed_free(s->feed);
		s->feed = sampler_new(&s->root, SAMPLER_AUTO, &e);
		feed_plan(s->feed, &s->plan);
		(void)next(s);
	}
	if (k->first == k->end)
		return;
	k->most = 1 + chance(s, 12);
	k->events[k->end - 1] = chance(s, 4) == 0;
	k->damaged[k->first + chance(s, k->end - k->first)] ^= 1;
	if (chance(s, 10) == 0)
		kept_let_go(k, k->end - 1);
}

static void
any_event(struct stage *s)
{
	static const char travel[] = "(((({{{)}'0b-1sz`";
	static const uint32_t named[] = {KEYS_UP,   KEYS_DOWN, KEYS_LEFT,   KEYS_RIGHT,
					 KEYS_HOME, KEYS_END,  KEYS_PGUP,   KEYS_PGDN,
					 KEYS_F1,   '\r',      KEYS_DELETE, 0x1b, 0x7f};
	static const char *const pasted[] = {"cpu>5 or", "\xff\xe4\xb8\xad", "\x1b[31m", "user=root"};
	struct input_event e = {.type = INPUT_KEY};

	switch (chance(s, 10)) {
	case 0:
		e.type = INPUT_MOUSE;
		e.x = (int)chance(s, 140) - 2;
		e.y = (int)chance(s, 60) - 2;
		e.button = (enum mouse_button)chance(s, 5);
		e.action = (enum mouse_action)chance(s, 3);
		break;
	case 1:
		e.type = INPUT_PASTE;
		e.paste = pasted[chance(s, ARRAY_LEN(pasted))];
		e.paste_len = strlen(e.paste);
		break;
	case 2:
	case 3:
		e.key = named[chance(s, ARRAY_LEN(named))] + (uint32_t)chance(s, 2) * KEYS_SHIFT;
		break;
	case 4:
		e.key = KEYS_F1 + (uint32_t)chance(s, 12);
		break;
	case 5:
		e.key = (uint32_t)chance(s, 32);
		break;
	case 6:
	case 7:
		e.key = (unsigned char)travel[chance(s, sizeof travel - 1)];
		break;
	default:
		e.key = 0x20 + (uint32_t)chance(s, 0x60);
	}
	screen_event(s->screen, &e);
}

static void
test_keys(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(fixtures); i++) {
		struct stage s;

		begin(&s, fixtures[i], GLYPHS_BRAILLE);
		(void)next(&s);
		for (int k = 0; k < (int)how_many(2000, 6000); k++) {
			any_event(&s);
			free(screen_wishes(s.screen).copy);
			if (chance(&s, 40) == 0)
				render(&s, 1 + (int)chance(&s, 130), 1 + (int)chance(&s, 50));
			else
				render(&s, s.grid.w, s.grid.h);
			if (chance(&s, 60) == 0)
				live_on(&s);
		}
		assert_true(s.past->asked > how_many(35, 100)); /* it was in the past often enough */
		end(&s);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_keys),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
