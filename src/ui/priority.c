/* priority: the dialog of all that can be set of a process: what it is, read when the dialog opens,
 * and a line to type what it shall be. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/num.h"
#include "draw/text.h"
#include "ui/state.h"

enum { BOX_W = 74, NAME_W = 13, VALUE_W = 18, COMPARED_MAX = 64 };

static void
read_row(struct screen *s, enum setting_kind k)
{
	struct priority_row *row = &s->acts.row[k];
	const struct targets *ts = &s->acts.targets;

	setting_release(&row->now);
	*row = (struct priority_row){0};
	row->error = setting_read(&ts->held[0].target, s->root, k, &row->now);
	for (size_t i = 1; i < MIN(ts->n, (size_t)COMPARED_MAX) && !row->error; i++) {
		struct setting v;

		if (setting_read(&ts->held[i].target, s->root, k, &v) < 0)
			continue;
		row->differ |= !setting_equal(&v, &row->now);
		setting_release(&v);
	}
}

static void
let_go(struct screen *s)
{
	for (int k = 0; k < SETTINGS; k++)
		setting_release(&s->acts.row[k].now);
}

static void
value_text(const struct priority_row *row, char *out, size_t n)
{
	struct buf b = {0};

	if (row->error == -ENOSYS) {
		snprintf(out, n, "-");
		return;
	}
	if (row->error) {
		snprintf(out, n, "%s", act_explain(row->error, NULL));
		return;
	}
	setting_print(&row->now, &b);
	snprintf(out, n, "%s", b.data);
	buf_release(&b);
}

/* What can be typed stands beside a row; a long value takes its place. */
static void
draw_row(struct screen *s, struct grid *g, struct rect r, enum setting_kind k)
{
	const struct acts *a = &s->acts;
	const struct priority_row *row = &a->row[k];
	char value[160];
	int x = r.x + NAME_W, end = r.x + r.w, used;

	value_text(row, value, sizeof value);
	text_puts(g, r.x, r.y, NAME_W - 1, k == a->at ? STYLE_STRONG : STYLE_TEXT,
		  setting_info[k].name);
	if (k == a->at && a->typing) {
		int before = text_width(s->line.text, s->line.at), w = end - x;
		int skip = MAX(before - w + 1, 0);

		text_put_from(g, x, r.y, w, STYLE_TEXT, s->line.text, s->line.len, skip);
		grid_ground(g, x, r.y, w, 1, GROUND_INPUT);
		dialog_cursor(g, x + before - skip, r.y);
		return;
	}
	used = text_puts(g, x, r.y, end - x, row->error ? STYLE_DIM : STYLE_ACCENT, value);
	if (row->differ)
		used += text_puts(g, x + used, r.y, end - x - used, STYLE_WARN, " (differ)");
	if (used < VALUE_W)
		text_puts(g, x + VALUE_W, r.y, end - x - VALUE_W, STYLE_DIM, setting_info[k].hint);
	if (k == a->at)
		grid_ground(g, r.x - 1, r.y, r.w + 2, 1, GROUND_SELECT);
}

static void
draw(struct screen *s, struct grid *g, struct rect over)
{
	const struct acts *a = &s->acts;
	char who[96], title[128];
	struct rect in;
	int y, x;

	targets_describe(&a->targets, SCOPE_CHOSEN, who, sizeof who);
	snprintf(title, sizeof title, "settings of %s", who);
	in = dialog_box(s, g, over, BOX_W, SETTINGS + 4, title);
	for (int k = 0; k < SETTINGS && k < in.h - 1; k++)
		draw_row(s, g, (struct rect){in.x, in.y + k, in.w, 1}, (enum setting_kind)k);
	y = in.y + in.h - 1;
	if (in.h < 2)
		return;
	if (s->line_error.text[0]) {
		text_puts(g, in.x, y, in.w, STYLE_BAD, s->line_error.text);
	} else if (s->message[0]) {
		text_puts(g, in.x, y, in.w, s->message_style, s->message);
	} else if (targets_ended(&a->targets, s->root) == a->targets.n) {
		text_puts(g, in.x, y, in.w, STYLE_BAD,
			  a->targets.n == 1 ? "it has ended meanwhile"
					    : "all have ended meanwhile");
	} else {
		x = in.x + text_puts(g, in.x, y, in.w, STYLE_ACCENT, "Enter");
		x += text_puts(g, x, y, in.x + in.w - x, STYLE_DIM,
			       a->typing ? " sets it  " : " or typing changes it  ");
		x += text_puts(g, x, y, in.x + in.w - x, STYLE_ACCENT, "Esc");
		text_puts(g, x, y, in.x + in.w - x, STYLE_DIM,
			  a->typing ? " leaves it as it is" : " leaves");
	}
}

static void
begin_typing(struct screen *s, const char *text)
{
	s->acts.typing = true;
	line_set(&s->line, text);
}

static void
accept(struct screen *s)
{
	struct acts *a = &s->acts;
	struct setting v;

	if (setting_parse(a->at, s->line.text, &v, &s->line_error) < 0) {
		if (s->line_error.at >= 0)
			s->line.at = MIN((size_t)s->line_error.at, s->line.len);
		return;
	}
	a->typing = false;
	process_set(s, &v);
	setting_release(&v);
	read_row(s, a->at);
}

static void
typing_key(struct screen *s, uint32_t key)
{
	switch (key) {
	case 27:
		s->acts.typing = false;
		s->line_error.text[0] = '\0';
		return;
	case '\r':
	case '\n':
		accept(s);
		return;
	default:
		if (line_key(&s->line, key))
			s->line_error.text[0] = '\0';
	}
}

static void
key_pressed(struct screen *s, uint32_t key)
{
	struct acts *a = &s->acts;
	char value[160];

	if (a->typing) {
		typing_key(s, key);
		return;
	}
	s->message[0] = '\0';
	switch (key) {
	case 27:
		dialog_close(s);
		return;
	case KEYS_UP:
		a->at = (enum setting_kind)MAX((int)a->at - 1, 0);
		return;
	case KEYS_DOWN:
	case '\t':
		a->at = (enum setting_kind)MIN((int)a->at + 1, SETTINGS - 1);
		return;
	case KEYS_HOME:
		a->at = 0;
		return;
	case KEYS_END:
		a->at = SETTINGS - 1;
		return;
	case '\r':
	case '\n':
		value_text(&a->row[a->at], value, sizeof value);
		begin_typing(s, a->row[a->at].error ? "" : value);
		return;
	default:
		if (key <= ' ' || key >= 127)
			return;
		begin_typing(s, "");
		typing_key(s, key);
	}
}

static bool
is_typing(const struct screen *s)
{
	return s->acts.typing;
}

void
priority_open(struct screen *s, enum setting_kind at)
{
	static const struct dialog priority = {draw, key_pressed, NULL, let_go, is_typing, false};

	if (!process_take(s))
		return;
	s->acts.at = at;
	for (int k = 0; k < SETTINGS; k++)
		read_row(s, (enum setting_kind)k);
	dialog_open(s, &priority);
}
