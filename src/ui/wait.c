/* wait: after SIGTERM, a line at the bottom that says who has not ended yet, and offers SIGKILL.
 * The table can be moved in meanwhile; any other work ends the wait. Time is that of the frames. */
#include <signal.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/mem.h"
#include "draw/text.h"
#include "ui/state.h"

static const int64_t PATIENCE_NS = 5 * NS_PER_S;

void
wait_end(struct screen *s)
{
	targets_let_go(&s->acts.waiting);
}

void
wait_begin(struct screen *s, size_t failed)
{
	struct acts *a = &s->acts;
	struct targets room = a->waiting;

	targets_let_go(&room);
	a->waiting = a->targets;
	a->targets = room;
	a->waiting_since_ns = a->now_ns;
	a->waiting_ended = 0;
	a->waiting_failed = failed;
	wait_look(s);
}

void
wait_look(struct screen *s)
{
	struct acts *a = &s->acts;

	if (!a->waiting.n)
		return;
	a->waiting_ended = targets_ended(&a->waiting, s->root);
	if (a->waiting_ended < a->waiting.n)
		return;
	if (a->waiting.n == 1)
		screen_say(s, STYLE_GOOD, "SIGTERM: %d %s has ended",
			   (int)a->waiting.held[0].target.pid, a->waiting.held[0].name);
	else
		screen_say(s, STYLE_GOOD, "SIGTERM: all %zu have ended", a->waiting.n);
	wait_end(s);
}

static void
kill_left(struct screen *s)
{
	struct acts *a = &s->acts;
	size_t done = 0, of = 0;
	int error = 0;

	for (size_t i = 0; i < a->waiting.n; i++) {
		const struct held *h = &a->waiting.held[i];
		char who[48];
		int r;

		if (target_ended(&h->target, s->root))
			continue;
		of++;
		/* Process 1 was asked about before it got its SIGTERM. */
		r = act_signal(&h->target, s->root, SIGKILL, true);
		process_who(h, who);
		process_did(s, "SIGKILL", who, r, "CAP_KILL");
		if (r < 0)
			error = r;
		else
			done++;
	}
	process_report(s, "SIGKILL", done, of, error, "CAP_KILL");
	wait_end(s);
}

bool
wait_key(struct screen *s, uint32_t key)
{
	if (!s->acts.waiting.n)
		return false;
	wait_look(s);
	if (!s->acts.waiting.n)
		return key == 'K' || key == 27; /* all ended while it was typed */
	if (key == 'K') {
		if (process_may_act(s))
			kill_left(s);
		return true;
	}
	if (key != 27 && (keymap_action(&s->keys, key) == ACTION_NONE ||
			  action_info[keymap_action(&s->keys, key)].group == GROUP_MOVE))
		return false;
	wait_end(s);
	return key == 27;
}

bool
wait_draw(const struct screen *s, struct grid *g, int y)
{
	const struct acts *a = &s->acts;
	const struct targets *w = &a->waiting;
	int64_t left = PATIENCE_NS - (a->now_ns - a->waiting_since_ns);
	size_t alive = w->n - a->waiting_ended;
	char who[64];
	int x = 0;

	if (!w->n)
		return false;
	if (w->n == 1)
		snprintf(who, sizeof who, "%d %s", (int)w->held[0].target.pid, w->held[0].name);
	else
		snprintf(who, sizeof who, "%zu of %zu", alive, w->n);
	if (left > 0)
		x += text_printf(g, x, y, g->w, STYLE_WARN, "SIGTERM: waiting %d s for %s to end  ",
				 (int)((left + NS_PER_S - 1) / NS_PER_S), who);
	else
		x += text_printf(g, x, y, g->w, STYLE_BAD, "SIGTERM: %s %s not ended  ", who,
				 alive == 1 ? "has" : "have");
	x += text_puts(g, x, y, g->w - x, STYLE_ACCENT, "K");
	x += text_puts(g, x, y, g->w - x, STYLE_TEXT, left > 0 ? " kills now  " : " kills  ");
	x += text_puts(g, x, y, g->w - x, STYLE_ACCENT, "Esc");
	x += text_puts(g, x, y, g->w - x, STYLE_TEXT, " leaves");
	if (a->waiting_failed)
		text_printf(g, x, y, g->w - x, STYLE_BAD, "  %zu failed", a->waiting_failed);
	return true;
}
