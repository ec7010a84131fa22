/* signals: the dialog that sends one: which, to whom else, and what to know before. In the scope of
 * the cgroup it can also be frozen, thawed and killed as a whole. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/num.h"
#include "draw/text.h"
#include "ui/state.h"

enum { LIST_W = 18, BOX_W = 76, BOX_H = 20, CGROUP_ITEM = -1 };

/* Items of the list: signals by number, what is done to cgroups below 0. */
static void
fill(struct screen *s)
{
	struct signal_name list[80];
	int n = signal_list(list, ARRAY_LEN(list));

	menu_clear(&s->menu);
	if (s->acts.cgroups.n)
		for (int a = 0; a < CGROUP_ACTIONS; a++)
			menu_add(&s->menu, cgroup_action_name[a], '*', CGROUP_ITEM - a);
	for (int i = 0; i < n; i++) {
		char text[40];

		snprintf(text, sizeof text, "%2d %s", list[i].signo, list[i].name);
		menu_add(&s->menu, text, ' ', list[i].signo);
	}
}

static void
point_at(struct screen *s, int value)
{
	for (size_t i = 0; i < s->menu.n; i++)
		if (s->menu.item[i].value == value)
			s->menu.at = i;
}

static const char *
why_no_cgroup(int error)
{
	switch (error) {
	case -EBUSY:
		return "its cgroup is not meant as a whole: it is the root, or sonde is in it";
	case -EOPNOTSUPP:
		return "cgroups as a whole need version 2";
	case -ENOENT:
	case -ENODATA:
		return "its cgroup has gone";
	case -E2BIG:
		return "too many cgroups to be meant as a whole";
	default:
		return act_explain(error, "CAP_DAC_OVERRIDE");
	}
}

/* Whom it means now, and what there is to know of it. */
static void
settle_scope(struct screen *s)
{
	struct acts *a = &s->acts;
	int value = s->menu.n ? s->menu.item[s->menu.at].value : SIGTERM, r = 0;

	process_retake(s);
	cgroups_let_go(&a->cgroups);
	if (a->scope == SCOPE_CGROUP && !a->targets.unknown)
		r = cgroups_take(s);
	preview_make(&a->preview, &a->targets, s->frame, s->root, s->self);
	if (r < 0)
		preview_say(&a->preview, STYLE_WARN, "%s", why_no_cgroup(r));
	for (size_t i = 0; i < a->cgroups.n; i++)
		preview_say(&a->preview, STYLE_ACCENT, "%s%s", a->cgroups.held[i].path,
			    cgroup_frozen(&a->cgroups.held[i].cgroup) > 0 ? " (frozen)" : "");
	if (r < 0 && a->cgroup_first) {
		/* Enter would send a signal, which nobody asked for. */
		screen_say(s, STYLE_WARN, "%s", why_no_cgroup(r));
		dialog_close(s);
		return;
	}
	fill(s);
	point_at(s, SIGTERM);
	point_at(s, a->cgroup_first && a->cgroups.n ? CGROUP_ITEM : value);
}

static const struct menu_item *
item(const struct screen *s)
{
	return &s->menu.item[s->menu.at];
}

/* "SIGTERM", "freeze" */
static const char *
item_name(const struct menu_item *it)
{
	return it->value < 0 ? it->text : it->text + 3;
}

static void
title(const struct screen *s, char *out, size_t n)
{
	const struct acts *a = &s->acts;
	const struct menu_item *it = item(s);
	char who[96];

	targets_describe(&a->targets, a->scope, who, sizeof who);
	if (it->value >= 0)
		snprintf(out, n, "%s to %s", item_name(it), who);
	else
		snprintf(out, n, "%s: the cgroup of %d %s (%zu process%s)", item_name(it),
			 (int)a->targets.held[0].target.pid, a->targets.held[0].name, a->targets.n,
			 a->targets.n == 1 ? "" : "es");
}

static void
draw(struct screen *s, struct grid *g, struct rect over)
{
	static const char *const next[SCOPES] = {
		"all below, too", "the process group", "the session", "the cgroup", "these alone"};
	const struct acts *a = &s->acts;
	char name[160];
	struct rect in;
	size_t ended = targets_ended(&a->targets, s->root);
	int x, y;

	title(s, name, sizeof name);
	in = dialog_box(s, g, over, BOX_W, BOX_H, name);
	y = in.y + in.h - 1;
	if (in.h < 2)
		return;
	menu_draw_items(g, &s->menu, (struct rect){in.x, in.y, MIN(LIST_W, in.w), in.h - 1});
	x = in.x + LIST_W + 1;
	if (ended) {
		/* As it is now, before what was known when it opened. */
		text_printf(g, x, in.y, in.x + in.w - x, STYLE_BAD,
			    a->targets.n == 1 ? "it has ended meanwhile"
					      : "%zu of them have ended meanwhile",
			    ended);
	}
	preview_draw(&a->preview, g,
		     (struct rect){x, in.y + (ended > 0), in.x + in.w - x, in.h - 1 - (ended > 0)});
	x = in.x;
	if (a->confirm) {
		x += text_printf(g, x, y, in.w, STYLE_BAD, "type yes to %s%s: ",
				 item(s)->value < 0 ? "" : "send ", item_name(item(s)));
		dialog_cursor(g,
			      x + text_put(g, x, y, in.x + in.w - x, STYLE_TEXT, s->line.text,
					   s->line.len),
			      y);
		grid_ground(g, x, y, in.x + in.w - x, 1, GROUND_INPUT);
		return;
	}
	x += text_puts(g, x, y, in.w, STYLE_ACCENT, "Enter");
	x += text_puts(g, x, y, in.x + in.w - x, STYLE_DIM,
		       item(s)->value < 0 ? " does it  " : " sends  ");
	x += text_puts(g, x, y, in.x + in.w - x, STYLE_ACCENT, "Tab");
	x += text_printf(g, x, y, in.x + in.w - x, STYLE_DIM, " to %s  ", next[a->scope]);
	x += text_puts(g, x, y, in.x + in.w - x, STYLE_ACCENT, "Esc");
	text_puts(g, x, y, in.x + in.w - x, STYLE_DIM, " leaves");
}

/* SIGCONT undoes these. */
static bool
is_stop(int signo)
{
	return signo == SIGSTOP || signo == SIGTSTP || signo == SIGTTIN || signo == SIGTTOU;
}

static bool
is_harmless(int signo)
{
	return signo == SIGCONT || signo == SIGWINCH || signo == SIGURG || signo == SIGCHLD;
}

static void
send_signal(struct screen *s, int signo, const char *name)
{
	struct targets *ts = &s->acts.targets;
	size_t done = 0, of = ts->n;
	int error = 0;

	undo_begin(&s->acts.undo, name);
	for (size_t i = 0; i < ts->n;) {
		struct held *h = &ts->held[i];
		int r = act_signal(&h->target, s->root, signo, true);
		char who[48];

		process_who(h, who);
		process_did(s, name, who, r, "CAP_KILL");
		if (r == 0 && is_stop(signo)) {
			struct change c = {.pid = h->target.pid,
					   .start_ticks = h->target.start_ticks,
					   .stopped = true};

			memcpy(c.name, h->name, sizeof c.name);
			undo_put(&s->acts.undo, &c);
		}
		if (r == 0) {
			done++;
			i++;
			continue;
		}
		error = r;
		if (of == 1)
			break;
		target_close(&h->target);
		memmove(h, h + 1, (--ts->n - i) * sizeof *h);
	}
	undo_end(&s->acts.undo);
	process_report(s, name, done, of, error, "CAP_KILL");
	if (signo == SIGTERM && done)
		wait_begin(s, of - done);
}

static void
do_it(struct screen *s)
{
	int value = item(s)->value;
	char name[sizeof item(s)->text];

	snprintf(name, sizeof name, "%s", item_name(item(s)));
	if (value < 0)
		cgroups_act(s, (enum cgroup_action)(CGROUP_ITEM - value));
	else
		send_signal(s, value, name);
	dialog_close(s);
}

static void
confirm_key(struct screen *s, uint32_t key)
{
	if (key == 27) {
		s->acts.confirm = false;
	} else if (key != '\r' && key != '\n') {
		(void)line_key(&s->line, key);
	} else if (strcmp(s->line.text, "yes") == 0) {
		do_it(s);
	} else {
		s->acts.confirm = false;
	}
}

static void
key_pressed(struct screen *s, uint32_t key)
{
	struct acts *a = &s->acts;

	a->cgroup_first = false;
	if (a->confirm) {
		confirm_key(s, key);
		return;
	}
	if (key == '\t' || key == KEYS_BACKTAB) {
		a->scope = (enum scope)((a->scope + (key == '\t' ? 1 : SCOPES - 1)) % SCOPES);
		settle_scope(s);
		return;
	}
	switch (menu_key(&s->menu, key, BOX_H - 3)) {
	case MENU_CHOSEN:
		if (a->targets.unknown) /* not yet: it would reach fewer than it says */
			return;
		if (a->preview.danger && !is_harmless(item(s)->value)) {
			a->confirm = true;
			line_set(&s->line, "");
		} else {
			do_it(s);
		}
		return;
	case MENU_CLOSED:
		dialog_close(s);
		return;
	case MENU_OPEN:
	case MENU_OTHER:
		return;
	}
}

/* What was lacking may be there now. Whom it means does not change else. */
static void
frame_came(struct screen *s)
{
	struct acts *a = &s->acts;

	if (!a->targets.unknown) {
		if (a->preview.partial && a->targets.n)
			preview_make(&a->preview, &a->targets, s->frame, s->root, s->self);
		return;
	}
	settle_scope(s);
	if (a->dialog && !a->targets.n) {
		screen_say(s, STYLE_WARN, "it has ended meanwhile");
		dialog_close(s);
	}
}

static bool
is_typing(const struct screen *s)
{
	return s->acts.confirm;
}

void
signals_open(struct screen *s, bool cgroup)
{
	static const struct dialog signals = {draw, key_pressed, frame_came, NULL, is_typing,
					      true};

	if (!process_take(s))
		return;
	wait_end(s);
	menu_clear(&s->menu);
	s->acts.cgroup_first = cgroup;
	s->acts.scope = cgroup ? SCOPE_CGROUP : SCOPE_CHOSEN;
	dialog_open(s, &signals);
	settle_scope(s);
}
