/* dialogs: prompts, menus, help, and the actions on processes they lead to. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/num.h"
#include "draw/text.h"
#include "ui/state.h"

static const char *const prompt_label[] = {
	[PROMPT_FILTER] = "filter: ", [PROMPT_SEARCH] = "search: ",
	[PROMPT_DELAY] = "delay, seconds: ", [PROMPT_GOTO] = "go to process: ",
	[PROMPT_NICE] = "nice value, -20 to 19: ", [PROMPT_TIME] = "go to time: ",
	[PROMPT_COMPARE] = "compare with the time: ",
};

/* ---- targets ---- */

void
dialog_targets_close(struct screen *s)
{
	for (size_t i = 0; i < s->ntargets; i++)
		target_close(&s->target[i]);
	s->ntargets = 0;
}

static int
add_target(struct screen *s, struct row_key key)
{
	const struct table *t = frame_table(s->frame, TABLE_PROC);
	uint32_t row = table_find(t, key);
	uint64_t tgid = key.a, thread = 0;
	int r;

	if (row != ROW_NONE) {
		(void)cell_u64(t, row, PROC_THREAD, &thread);
		(void)cell_u64(t, row, PROC_TGID, &tgid);
	}
	if (thread)
		return -EINVAL;
	GROW(s->target, s->targets_cap, s->ntargets + 1);
	GROW(s->target_name, s->target_names_cap, s->ntargets + 1);
	r = target_open(&s->target[s->ntargets], s->root, (pid_t)key.a, key.b);
	if (r < 0)
		return r;
	snprintf(s->target_name[s->ntargets], sizeof *s->target_name, "%s",
		 row == ROW_NONE ? "?" : cell_str(t, row, PROC_NAME));
	s->ntargets++;
	return 0;
}

/* Takes hold of the tagged processes, or of the selected one. False, and says why, when there are
 * none. From here on it is these very processes, whatever the rows do. */
static bool
take_targets(struct screen *s)
{
	int r = 0;

	dialog_targets_close(s);
	if (!s->root) {
		screen_say(s, STYLE_WARN, "%s", s->no_actions);
		return false;
	}
	if (s->rewind.stand == STAND_PAST) {
		screen_say(s, STYLE_WARN, "the past cannot be changed: ` goes back to live");
		return false;
	}
	for (size_t i = 0; i < s->tagged.n; i++)
		r = add_target(s, s->tagged.key[i]);
	if (!s->tagged.n) {
		if (!s->have_selection) {
			screen_say(s, STYLE_WARN, "select a process first, with the arrow keys");
			return false;
		}
		r = add_target(s, s->selected);
	}
	if (!s->ntargets)
		screen_say(s, STYLE_WARN, "%s",
			   r == -EINVAL  ? "that row is a thread: select its process"
			   : r == -ESRCH ? "that process has ended"
					 : act_explain(r, "CAP_KILL"));
	return s->ntargets > 0;
}

static void
describe_targets(const struct screen *s, char *out, size_t n)
{
	if (s->ntargets == 1)
		snprintf(out, n, "%d %s", (int)s->target[0].pid, s->target_name[0]);
	else
		snprintf(out, n, "%zu processes", s->ntargets);
}

static void
report(struct screen *s, const char *what, size_t done, int error, const char *capability)
{
	if (error == 0)
		screen_say(s, STYLE_GOOD, "%s: done for %zu", what, done);
	else
		screen_say(s, STYLE_BAD, "%s: %zu of %zu; %s", what, done, s->ntargets,
			   error == -ESRCH ? "the process had ended"
					   : act_explain(error, capability));
}

static void
send_signal(struct screen *s, int signo, const char *name)
{
	size_t done = 0;
	int error = 0;

	for (size_t i = 0; i < s->ntargets; i++) {
		int r = act_signal(&s->target[i], s->root, signo, false);

		if (r < 0)
			error = r;
		else
			done++;
	}
	report(s, name, done, error, "CAP_KILL");
	dialog_targets_close(s);
	s->wishes.sample = true;
}

static void
set_nice(struct screen *s, int nice)
{
	size_t done = 0;
	int error = 0;
	char what[24];

	for (size_t i = 0; i < s->ntargets; i++) {
		int r = act_nice(&s->target[i], s->root, nice);

		if (r < 0)
			error = r;
		else
			done++;
	}
	snprintf(what, sizeof what, "nice %d", nice);
	report(s, what, done, error, "CAP_SYS_NICE");
	dialog_targets_close(s);
	s->wishes.sample = true;
}

void
dialog_renice_by(struct screen *s, int step)
{
	const struct table *t = frame_table(s->frame, TABLE_PROC);
	uint32_t row;

	if (!take_targets(s))
		return;
	row = table_find(t, (struct row_key){(uint64_t)s->target[0].pid, s->target[0].start_ticks});
	if (row == ROW_NONE || !cell_valid(t, row, PROC_NICE)) {
		dialog_targets_close(s);
		return;
	}
	set_nice(s, CLAMP((int)t->col[PROC_NICE][row].i + step, -20, 19));
}

/* ---- prompts ---- */

void
dialog_prompt(struct screen *s, enum prompt p)
{
	char text[32];

	s->mode = MODE_PROMPT;
	s->prompt = p;
	s->line_error.text[0] = '\0';
	line_set(&s->line, "");
	if (p == PROMPT_FILTER)
		line_set(&s->line, s->filter_text);
	if (p == PROMPT_DELAY) {
		snprintf(text, sizeof text, "%g", (double)s->delay_ns / (double)NS_PER_S);
		line_set(&s->line, text);
	}
	if (p == PROMPT_NICE && !take_targets(s))
		s->mode = MODE_TABLE;
	if (p == PROMPT_TIME && !rewind_possible(s))
		s->mode = MODE_TABLE;
}

/* While a filter is typed the last good one stays; an error never empties the table. */
static void
apply_filter(struct screen *s)
{
	struct err e = {.at = -1};
	struct filter *f = NULL;

	if (s->line.len) {
		f = filter_parse(s->line.text, TABLE_PROC, &e);
		if (!f) {
			s->line_error = e;
			return;
		}
	}
	s->line_error.text[0] = '\0';
	filter_free(s->shown.filter);
	s->shown.filter = f;
	memcpy(s->filter_text, s->line.text, sizeof s->filter_text);
	s->stale = true;
}

static void
apply_search(struct screen *s)
{
	struct err e = {.at = -1};
	struct filter *f = s->line.len ? filter_parse(s->line.text, TABLE_PROC, &e) : NULL;

	s->line_error.text[0] = '\0';
	if (s->line.len && !f) {
		s->line_error = e;
		return;
	}
	filter_free(s->search);
	s->search = f;
	if (f && !screen_search_next(s, false))
		err_set(&s->line_error, -1, "no match");
}

void
dialog_prompt_changed(struct screen *s)
{
	if (s->prompt == PROMPT_FILTER)
		apply_filter(s);
	else if (s->prompt == PROMPT_SEARCH)
		apply_search(s);
	else
		s->line_error.text[0] = '\0';
}

static bool
accept_delay(struct screen *s)
{
	struct span t = span_of(s->line.text, s->line.len);
	int64_t ns;

	if (num_fixed(&t, 9, &ns) < 0 || !span_empty(t) || ns < 100 * NS_PER_MS ||
	    ns > 3600 * NS_PER_S) {
		err_set(&s->line_error, -1, "expected seconds from 0.1 to 3600");
		return false;
	}
	s->delay_ns = s->wishes.delay_ns = ns;
	return true;
}

static bool
accept_goto(struct screen *s)
{
	const struct table *t = frame_table(s->frame, TABLE_PROC);
	struct span text = span_of(s->line.text, s->line.len);
	uint64_t pid = 0;
	bool number = num_u64(&text, &pid) == 0 && span_empty(text);

	screen_rows(s);
	for (size_t i = 0; i < s->rows.n; i++) {
		uint32_t row = s->rows.row[i].row;
		const char *name = cell_str(t, row, PROC_NAME);

		if (number ? t->key[row].a == pid : strncmp(name, s->line.text, s->line.len) == 0) {
			screen_select(s, i, true);
			return true;
		}
	}
	err_set(&s->line_error, -1, number ? "no such process among those shown"
					   : "no name among those shown begins so");
	return false;
}

static bool
accept_nice(struct screen *s)
{
	struct span t = span_of(s->line.text, s->line.len);
	int64_t nice;

	if (num_i64(&t, &nice) < 0 || !span_empty(t) || nice < -20 || nice > 19) {
		err_set(&s->line_error, -1, "expected a whole number from -20 to 19");
		return false;
	}
	set_nice(s, (int)nice);
	return true;
}

static bool
accept(struct screen *s)
{
	switch (s->prompt) {
	case PROMPT_FILTER:
		return !s->line_error.text[0];
	case PROMPT_SEARCH:
		memcpy(s->search_text, s->line.text, sizeof s->search_text);
		return true;
	case PROMPT_DELAY:
		return accept_delay(s);
	case PROMPT_GOTO:
		return accept_goto(s);
	case PROMPT_NICE:
		return accept_nice(s);
	case PROMPT_TIME:
		return rewind_accept(s);
	case PROMPT_COMPARE:
		return compare_accept(s);
	}
	return true;
}

void
dialog_prompt_key(struct screen *s, uint32_t key)
{
	if (key == 27 || key == 3) {
		if (s->prompt == PROMPT_FILTER) {
			line_set(&s->line, "");
			apply_filter(s);
		}
		s->mode = s->prompt == PROMPT_COMPARE ? MODE_DIFF : MODE_TABLE;
		dialog_targets_close(s);
		return;
	}
	if (key == '\r' || key == '\n') {
		if (accept(s) && s->mode == MODE_PROMPT)
			s->mode = MODE_TABLE;
		return;
	}
	if (s->prompt == PROMPT_SEARCH && (key == KEYS_DOWN || key == KEYS_F1 + 2)) {
		(void)screen_search_next(s, true);
		return;
	}
	if (line_key(&s->line, key))
		dialog_prompt_changed(s);
}

void
dialog_prompt_draw(struct screen *s, struct grid *g, int y)
{
	const char *label = prompt_label[s->prompt];
	int x = text_puts(g, 0, y, g->w, STYLE_ACCENT, label), w = g->w - x;
	int before = text_width(s->line.text, s->line.at), skip = MAX(before - w + 1, 0);
	int used = text_put_from(g, x, y, w, STYLE_TEXT, s->line.text, s->line.len, skip);

	if (s->prompt == PROMPT_TIME && !s->line.len)
		text_puts(g, x + 2, y, w - 2, STYLE_DIM,
			  "-10m  14:05  yesterday 14:05  2026-11-21 14:05");

	if (s->line_error.text[0] && w - used > 4)
		text_printf(g, x + used + 2, y, w - used - 2, STYLE_BAD, "%s", s->line_error.text);
	grid_ground(g, x, y, w, 1, GROUND_INPUT);
	g->cursor_x = x + before - skip;
	g->cursor_y = y;
}

/* ---- menus ---- */

static void
fill_sort(struct screen *s)
{
	for (unsigned i = 0; i < PROC_FIELDS; i++) {
		const struct field *f = &schema[TABLE_PROC].field[i];
		char text[40];

		snprintf(text, sizeof text, "%-8s %.30s", f->head, f->name);
		if (s->shown.nsort && s->shown.sort[0].field == i)
			s->menu.at = s->menu.n;
		menu_add(&s->menu, text, s->shown.nsort && s->shown.sort[0].field == i ? '>' : ' ',
			 (int)i);
	}
	snprintf(s->menu.title, sizeof s->menu.title, "sort by");
}

static int
by_name(const void *a, const void *b)
{
	return strcmp(((const struct menu_item *)a)->text, ((const struct menu_item *)b)->text);
}

static void
fill_users(struct screen *s)
{
	const struct table *t = frame_table(s->frame, TABLE_PROC);

	menu_add(&s->menu, "everyone", *s->shown.user ? ' ' : '>', 0);
	for (uint32_t i = 0; i < t->nrows; i++) {
		const char *user = cell_str(t, i, PROC_USER);
		bool known = !*user;

		for (size_t k = 1; k < s->menu.n && !known; k++)
			known = strncmp(s->menu.item[k].text, user, sizeof s->menu.item->text - 1) == 0;
		if (!known)
			menu_add(&s->menu, user, strcmp(user, s->shown.user) == 0 ? '>' : ' ', 1);
	}
	qsort(s->menu.item + 1, s->menu.n - 1, sizeof *s->menu.item, by_name);
	snprintf(s->menu.title, sizeof s->menu.title, "processes of");
}

static bool
fill_signals(struct screen *s)
{
	struct signal_name list[80];
	char who[48];
	int n;

	if (!take_targets(s))
		return false;
	n = signal_list(list, ARRAY_LEN(list));
	for (int i = 0; i < n; i++) {
		char text[40];

		snprintf(text, sizeof text, "%2d %s", list[i].signo, list[i].name);
		if (list[i].signo == 15)
			s->menu.at = s->menu.n;
		menu_add(&s->menu, text, ' ', list[i].signo);
	}
	describe_targets(s, who, sizeof who);
	snprintf(s->menu.title, sizeof s->menu.title, "send to %s", who);
	return true;
}

static int
column_index(const struct columns *c, unsigned field)
{
	for (unsigned i = 0; i < c->n; i++)
		if (c->field[i] == field)
			return (int)i;
	return -1;
}

/* The shown ones first, in their order; then the rest. */
static void
fill_columns(struct screen *s)
{
	size_t at = s->menu.at, top = s->menu.top;
	char text[40];

	menu_clear(&s->menu);
	for (unsigned k = 0; k < 2; k++) {
		unsigned n = k == 0 ? s->columns.n : (unsigned)PROC_FIELDS;

		for (unsigned i = 0; i < n; i++) {
			unsigned f = k == 0 ? s->columns.field[i] : i;
			const struct field *spec = &schema[TABLE_PROC].field[f];

			if (k == 1 && column_index(&s->columns, f) >= 0)
				continue;
			snprintf(text, sizeof text, "%-8s %.30s", spec->head, spec->name);
			menu_add(&s->menu, text, k == 0 ? '*' : ' ', (int)f);
		}
	}
	s->menu.at = MIN(at, s->menu.n - 1);
	s->menu.top = top;
	snprintf(s->menu.title, sizeof s->menu.title, "columns: Space on/off, < > move, Esc done");
}

void
dialog_menu(struct screen *s, enum menu_kind k)
{
	menu_clear(&s->menu);
	s->menu_kind = k;
	s->mode = MODE_MENU;
	switch (k) {
	case MENU_SORT:
		fill_sort(s);
		return;
	case MENU_USER:
		fill_users(s);
		return;
	case MENU_SIGNAL:
		if (!fill_signals(s))
			s->mode = MODE_TABLE;
		return;
	case MENU_COLUMNS:
		fill_columns(s);
		return;
	}
}

static void
toggle_column(struct screen *s, unsigned field)
{
	struct columns *c = &s->columns;
	int i = column_index(c, field);

	c->chosen = true;
	if (i >= 0 && c->n > 1) {
		memmove(c->field + i, c->field + i + 1, c->n - (unsigned)i - 1);
		c->n--;
	} else if (i < 0 && c->n < COLUMNS_MAX) {
		/* The command takes the rest of the line, so it stays last. */
		bool last = c->n && c->field[c->n - 1] == PROC_COMMAND;

		if (last) {
			c->field[c->n] = PROC_COMMAND;
			c->field[c->n - 1] = (uint8_t)field;
		} else {
			c->field[c->n] = (uint8_t)field;
		}
		c->n++;
	}
	fill_columns(s);
}

static void
move_column(struct screen *s, unsigned field, int step)
{
	struct columns *c = &s->columns;
	int i = column_index(c, field), k = i + step;
	uint8_t f;

	if (i < 0 || k < 0 || k >= (int)c->n)
		return;
	c->chosen = true;
	f = c->field[i];
	c->field[i] = c->field[k];
	c->field[k] = f;
	s->menu.at = (size_t)k;
	fill_columns(s);
}

static void
menu_chosen(struct screen *s)
{
	const struct menu_item *it = &s->menu.item[s->menu.at];

	switch (s->menu_kind) {
	case MENU_SORT:
		s->shown.sort[0] = (struct sort_key){
			(uint8_t)it->value,
			schema[TABLE_PROC].field[it->value].flags & FIELD_SORT_DESC,
		};
		s->shown.nsort = 1;
		s->stale = true;
		break;
	case MENU_USER:
		snprintf(s->shown.user, sizeof s->shown.user, "%s", it->value ? it->text : "");
		s->stale = true;
		break;
	case MENU_SIGNAL:
		send_signal(s, it->value, it->text + 3);
		break;
	case MENU_COLUMNS:
		break;
	}
	s->mode = MODE_TABLE;
}

void
dialog_menu_key(struct screen *s, uint32_t key)
{
	int field = s->menu.n ? s->menu.item[s->menu.at].value : 0;

	if (s->menu_kind == MENU_COLUMNS && s->menu.n) {
		if (key == ' ') {
			toggle_column(s, (unsigned)field);
			return;
		}
		if (key == '<' || key == '>') {
			move_column(s, (unsigned)field, key == '<' ? -1 : 1);
			return;
		}
	}
	switch (menu_key(&s->menu, key, s->h - 4)) {
	case MENU_CHOSEN:
		menu_chosen(s);
		return;
	case MENU_CLOSED:
		s->mode = MODE_TABLE;
		dialog_targets_close(s);
		return;
	case MENU_OTHER:
		if (key == 3 || key == KEYS_F1 + 9)
			s->mode = MODE_TABLE;
		return;
	case MENU_OPEN:
		return;
	}
}

/* ---- help ---- */

static int
help_lines(struct grid *g, struct rect r, int top)
{
	int n = 0;

	for (int group = 0; group < GROUP_COUNT; group++) {
		if (group) {
			n++;
		}
		if (g && n >= top && n - top < r.h)
			text_puts(g, r.x, r.y + n - top, r.w, STYLE_STRONG, action_group_name[group]);
		n++;
		for (int a = 1; a < ACTION_COUNT; a++) {
			if ((int)action_info[a].group != group)
				continue;
			if (g && n >= top && n - top < r.h) {
				text_puts(g, r.x + 1, r.y + n - top, 14, STYLE_ACCENT,
					  action_info[a].keys);
				text_puts(g, r.x + 16, r.y + n - top, r.w - 16, STYLE_TEXT,
					  action_info[a].doc);
			}
			n++;
		}
	}
	return n;
}

void
dialog_help_draw(struct screen *s, struct grid *g)
{
	struct rect r = box_draw(g, s->header.glyphs, (struct rect){0, 0, g->w, g->h},
				 "keys  (arrows scroll, Esc closes)");
	int n = help_lines(NULL, r, 0);

	s->help_top = CLAMP(s->help_top, 0, MAX(n - r.h, 0));
	help_lines(g, r, s->help_top);
	grid_ground(g, 0, 0, g->w, g->h, GROUND_DIALOG);
}

void
dialog_help_key(struct screen *s, uint32_t key)
{
	switch (key) {
	case KEYS_UP:
		s->help_top--;
		return;
	case KEYS_DOWN:
		s->help_top++;
		return;
	case KEYS_PGUP:
		s->help_top -= s->h - 3;
		return;
	case KEYS_PGDN:
	case ' ':
		s->help_top += s->h - 3;
		return;
	case KEYS_HOME:
		s->help_top = 0;
		return;
	case KEYS_END:
		s->help_top = 1 << 20;
		return;
	default:
		s->mode = MODE_TABLE;
	}
}
