/* process: what the dialogs that do things to processes have in common: who is meant, what came of
 * it, undoing it. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "ui/state.h"

void
acts_release(struct screen *s)
{
	struct acts *a = &s->acts;

	dialog_close(s);
	targets_release(&a->targets);
	targets_release(&a->waiting);
	undo_release(&a->undo);
	actionlog_release(&a->log);
	free(a->chosen);
}

void
dialog_open(struct screen *s, const struct dialog *d)
{
	s->acts.dialog = d;
	s->acts.confirm = s->acts.typing = false;
	s->line_error.text[0] = '\0';
	s->mode = MODE_DIALOG;
}

void
dialog_close(struct screen *s)
{
	const struct dialog *d = s->acts.dialog;

	s->acts.dialog = NULL;
	if (d && d->left)
		d->left(s);
	targets_let_go(&s->acts.targets);
	cgroups_let_go(&s->acts.cgroups);
	if (s->mode == MODE_DIALOG)
		s->mode = MODE_TABLE;
}

void
dialog_key(struct screen *s, uint32_t key)
{
	if (key == 3 || key == KEYS_F1 + 9)
		dialog_close(s);
	else
		s->acts.dialog->key(s, key);
}

void
dialog_click(struct screen *s, int x, int y)
{
	int i = s->acts.dialog->lists ? menu_at(&s->menu, x, y) : MENU_AT_FRAME;

	if (i < 0 || s->acts.confirm || s->acts.plain)
		return;
	if (s->menu.at == (size_t)i)
		dialog_key(s, '\r');
	else
		s->menu.at = (size_t)i;
}

bool
dialog_types(const struct screen *s)
{
	const struct dialog *d = s->acts.dialog;

	return s->mode == MODE_DIALOG && d && d->types && d->types(s);
}

struct rect
dialog_box(struct screen *s, struct grid *g, struct rect over, int w, int h, const char *title)
{
	struct rect r = {.w = MIN(w, over.w), .h = MIN(h, over.h)};

	r.x = over.x + (over.w - r.w) / 2;
	r.y = over.y + (over.h - r.h) / 3;
	return box_draw(g, s->header.glyphs, r, title);
}

void
dialog_cursor(struct grid *g, int x, int y)
{
	if (!grid_at(g, x, y))
		return;
	g->cursor_x = x;
	g->cursor_y = y;
}

void
acts_frame(struct screen *s, const struct frame *newest)
{
	struct acts *a = &s->acts;

	a->now_ns = newest->meta.mono_ns;
	wait_look(s);
	if (s->mode == MODE_DIALOG && a->dialog->frame)
		a->dialog->frame(s);
}

/* What the scopes and the preview need. */
void
acts_plan(const struct screen *s, struct plan *p)
{
	if (s->mode != MODE_DIALOG || !s->acts.dialog->frame)
		return;
	plan_want_everywhere(p, PROC_PGRP);
	plan_want_everywhere(p, PROC_SESSION);
	plan_want_everywhere(p, PROC_CGROUP);
}

bool
process_is_action(int action)
{
	switch (action) {
	case ACTION_SIGNAL:
	case ACTION_CGROUP:
	case ACTION_NICE_DOWN:
	case ACTION_NICE_UP:
	case ACTION_RENICE:
	case ACTION_POLICY:
	case ACTION_AFFINITY:
	case ACTION_UNDO:
		return true;
	default:
		return false;
	}
}

bool
process_may_act(struct screen *s)
{
	if (!s->root)
		screen_say(s, STYLE_WARN, "%s", s->no_actions);
	else if (s->rewind.stand == STAND_PAST)
		screen_say(s, STYLE_WARN, "the past cannot be changed: ` goes back to live");
	else
		return true;
	return false;
}

void
process_retake(struct screen *s)
{
	struct acts *a = &s->acts;

	targets_take(&a->targets, s->root, s->frame, a->chosen, a->nchosen, a->scope, s->self);
}

bool
process_choose(struct screen *s)
{
	const struct table *t;
	struct acts *a = &s->acts;
	const uint32_t *member;

	screen_rows(s);
	t = frame_table(s->frame, TABLE_PROC);
	a->nchosen = s->tagged.n;
	if (s->tagged.n) {
		GROW(a->chosen, a->chosen_cap, a->nchosen);
		memcpy(a->chosen, s->tagged.key, a->nchosen * sizeof *a->chosen);
	} else if (s->have_selection && s->at < s->rows.n &&
		   rows_ended(&s->rows, &s->rows.row[s->at])) {
		screen_say_gone(s, s->at);
		return false;
	} else if (s->have_selection && s->at < s->rows.n) {
		a->nchosen = rows_members(&s->rows, s->at, &member);
		GROW(a->chosen, a->chosen_cap, a->nchosen);
		for (size_t i = 0; i < a->nchosen; i++)
			a->chosen[i] = t->key[member[i]];
	} else if (s->have_selection) {
		a->nchosen = 1;
		GROW(a->chosen, a->chosen_cap, 1);
		a->chosen[0] = s->selected; /* out of sight, but it was chosen */
	}
	if (!a->nchosen)
		screen_say(s, STYLE_WARN, "select a process first, with the arrow keys");
	return a->nchosen > 0;
}

bool
process_take(struct screen *s)
{
	struct acts *a = &s->acts;

	if (!process_may_act(s) || !process_choose(s))
		return false;
	a->scope = SCOPE_CHOSEN;
	process_retake(s);
	if (!a->targets.n)
		screen_say(s, STYLE_WARN, "%s",
			   a->targets.error == -EINVAL  ? "that row is a thread: select its process"
			   : a->targets.error == -ESRCH ? "that process has ended"
							: act_explain(a->targets.error, NULL));
	return a->targets.n > 0;
}

void
process_who(const struct held *h, char out[48])
{
	snprintf(out, 48, "%d %s", (int)h->target.pid, h->name);
}

void
process_did(struct screen *s, const char *what, const char *who, int error, const char *capability)
{
	actionlog_add(&s->acts.log, s->rewind.live->meta.wall_ns, what, who, error, capability);
}

void
process_report(struct screen *s, const char *what, size_t done, size_t of, int error,
	       const char *capability)
{
	const struct targets *ts = &s->acts.targets;
	char who[64];

	if (error)
		screen_say(s, STYLE_BAD, "%s: %zu of %zu; %s", what, done, of,
			   error == -ESRCH ? "the process had ended"
					   : act_explain(error, capability));
	else if (ts->n == 1 && of == 1 && snprintf(who, sizeof who, "%d %s",
						   (int)ts->held[0].target.pid,
						   ts->held[0].name) > 0)
		screen_say(s, STYLE_GOOD, "%s: done for %s", what, who);
	else
		screen_say(s, STYLE_GOOD, "%s: done for %zu", what, done);
	s->wishes.sample = true;
}

static void
describe_setting(const struct setting *v, char *out, size_t n)
{
	struct buf b = {0};

	setting_print(v, &b);
	snprintf(out, n, "%s %s", setting_info[v->kind].name, b.data);
	buf_release(&b);
}

/* What it was is read just before, for undoing it. */
static int
set_one(struct screen *s, const struct held *h, const struct setting *v)
{
	struct change c = {.pid = h->target.pid, .start_ticks = h->target.start_ticks};
	bool known = setting_read(&h->target, s->root, v->kind, &c.before) == 0;
	int r = setting_apply(&h->target, s->root, v);

	if (r == 0 && known && !setting_equal(&c.before, v)) {
		memcpy(c.name, h->name, sizeof c.name);
		undo_put(&s->acts.undo, &c);
	} else if (known) {
		setting_release(&c.before);
	}
	return r;
}

/* value(): what this one gets, when it is not v for all of them. */
static void
set_all(struct screen *s, const struct setting *v, int step)
{
	struct targets *ts = &s->acts.targets;
	const char *capability = setting_info[v->kind].capability;
	char what[48], who[48];
	size_t done = 0;
	int error = 0;

	describe_setting(v, what, sizeof what);
	undo_begin(&s->acts.undo, what);
	for (size_t i = 0; i < ts->n; i++) {
		struct setting one = *v;
		int r = 0;

		if (step) {
			r = setting_read(&ts->held[i].target, s->root, v->kind, &one);
			one.value = CLAMP(one.value + step, -20, 19);
			if (r == 0)
				describe_setting(&one, what, sizeof what);
		}
		if (r == 0)
			r = set_one(s, &ts->held[i], &one);
		process_who(&ts->held[i], who);
		process_did(s, what, who, r, capability);
		if (r < 0)
			error = r;
		else
			done++;
	}
	undo_end(&s->acts.undo);
	process_report(s, what, done, ts->n, error, capability);
}

void
process_set(struct screen *s, const struct setting *v)
{
	set_all(s, v, 0);
}

void
process_renice_by(struct screen *s, int step)
{
	if (process_take(s))
		set_all(s, &(struct setting){.kind = SETTING_NICE}, step);
	targets_let_go(&s->acts.targets);
}

void
process_undo(struct screen *s)
{
	struct undo_list *l = &s->acts.undo;
	const struct undo *u;
	size_t done = 0;
	int error = 0;
	char title[64];

	if (!process_may_act(s))
		return;
	if (!l->n) {
		screen_say(s, STYLE_WARN, "nothing to undo");
		return;
	}
	u = &l->undo[l->n - 1];
	snprintf(title, sizeof title, "undo of %s", u->what);
	for (size_t i = 0; i < u->n; i++) {
		const struct change *c = &u->change[i];
		char what[64], undone[72], who[48];
		int r = undo_change(c, s->root, what, sizeof what);

		snprintf(undone, sizeof undone, "undo: %s", what);
		if (c->cgroup)
			snprintf(who, sizeof who, "%s", c->cgroup);
		else
			snprintf(who, sizeof who, "%d %s", (int)c->pid, c->name);
		process_did(s, undone, who, r, NULL);
		if (r < 0)
			error = r;
		else
			done++;
	}
	process_report(s, title, done, u->n, error, NULL);
	undo_drop(l);
}

static void
log_draw(struct screen *s, struct grid *g, struct rect over)
{
	struct rect in = box_draw(g, s->header.glyphs, (struct rect){0, 0, g->w, over.y + over.h},
				  "what was done, the newest first  (arrows scroll, Esc closes)");

	actionlog_draw(&s->acts.log, g, in, &s->acts.log_top, s->frame->meta.fixture);
	grid_ground(g, 0, 0, g->w, over.y + over.h, GROUND_DIALOG);
}

static void
log_key(struct screen *s, uint32_t key)
{
	size_t *top = &s->acts.log_top, page = (size_t)MAX(s->h - 4, 1);

	switch (key) {
	case KEYS_UP:
		*top -= *top > 0;
		return;
	case KEYS_DOWN:
		++*top;
		return;
	case KEYS_PGUP:
		*top -= MIN(*top, page);
		return;
	case KEYS_PGDN:
	case ' ':
		*top += page;
		return;
	case KEYS_HOME:
		*top = 0;
		return;
	case KEYS_END:
		*top = ACTIONLOG_MAX;
		return;
	default:
		dialog_close(s);
	}
}

void
process_log(struct screen *s)
{
	static const struct dialog log = {log_draw, log_key, NULL, NULL, NULL, false};

	s->acts.log_top = 0;
	s->acts.nchosen = 0;
	dialog_open(s, &log);
}
