/* events: what keys do to the screen. */
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/num.h"
#include "ui/state.h"

static void
move_by(struct screen *s, long step)
{
	size_t n, at;

	screen_rows(s);
	n = s->rows.n;
	if (!n)
		return;
	if (!s->have_selection || s->at >= n) {
		screen_select(s, step < 0 && s->top == 0 ? 0 : s->top, true);
		return;
	}
	at = s->at;
	if (step < 0)
		at -= MIN(at, (size_t)-step);
	else
		at = MIN(at + (size_t)step, n - 1);
	screen_select(s, at, true);
}

/* A page moves the view as well, so that the row stays where it was on the screen. */
static void
page_by(struct screen *s, int direction)
{
	size_t page = (size_t)MAX(s->page, 1);

	screen_rows(s);
	if (direction < 0)
		s->top -= MIN(s->top, page);
	else if (s->rows.n > page)
		s->top = MIN(s->top + page, s->rows.n - page);
	move_by(s, direction * (long)page);
}

void
events_sort_by(struct screen *s, unsigned field)
{
	struct sort_key *k = &s->shown.sort[0];

	if (s->shown.nsort && k->field == field && s->shown.nsort == 1) {
		k->descending = !k->descending;
	} else {
		k->field = (uint8_t)field;
		k->descending = schema[TABLE_PROC].field[field].flags & FIELD_SORT_DESC;
	}
	s->shown.nsort = 1;
	s->stale = true;
}

void
screen_sort_by(struct screen *s, unsigned field)
{
	s->shown.sort[0] = (struct sort_key){
		(uint8_t)field, schema[TABLE_PROC].field[field].flags & FIELD_SORT_DESC};
	s->shown.nsort = 1;
	s->shown.tree = false;
	s->stale = true;
}

static void
move_sort(struct screen *s, int step)
{
	for (unsigned i = 0; i < s->layout.n; i++) {
		if (s->layout.col[i].field != s->shown.sort[0].field)
			continue;
		i = (unsigned)CLAMP((int)i + step, 0, (int)s->layout.n - 1);
		screen_sort_by(s, s->layout.col[i].field);
		return;
	}
	if (s->layout.n)
		screen_sort_by(s, s->layout.col[0].field);
}

static void
tag(struct screen *s, bool subtree)
{
	const struct table *t;
	const uint32_t *member;
	uint8_t depth;
	uint32_t n;

	screen_rows(s);
	t = frame_table(s->frame, TABLE_PROC);
	if (!s->have_selection || s->at >= s->rows.n) {
		screen_say(s, STYLE_WARN, "select a process first, with the arrow keys");
		return;
	}
	if (rows_ended(&s->rows, &s->rows.row[s->at])) {
		screen_say_gone(s, s->at);
		return;
	}
	n = rows_members(&s->rows, s->at, &member);
	if (!subtree || s->rows.row[s->at].flags & TREE_GROUP) {
		bool all = true;

		for (uint32_t i = 0; i < n; i++)
			all &= key_set_has(&s->tagged, t->key[member[i]]);
		for (uint32_t i = 0; i < n; i++)
			if (all || !key_set_has(&s->tagged, t->key[member[i]]))
				key_set_toggle(&s->tagged, t->key[member[i]]);
		move_by(s, 1);
		return;
	}
	if (!s->shown.tree) {
		screen_say(s, STYLE_WARN, "tagging a tree works in the tree: press t first");
		return;
	}
	depth = s->rows.row[s->at].depth;
	key_set_add(&s->tagged, s->selected);
	for (size_t i = s->at + 1; i < s->rows.n && s->rows.row[i].depth > depth; i++)
		if (!rows_ended(&s->rows, &s->rows.row[i]))
			key_set_add(&s->tagged, rows_key(&s->rows, i));
}

static void
back(struct screen *s)
{
	if (s->message[0] || s->search) {
		s->message[0] = '\0';
		filter_free(s->search);
		s->search = NULL;
	} else {
		s->follow = false;
		s->have_selection = false;
		s->pan = 0;
	}
}

static void
clear_filters(struct screen *s)
{
	filter_free(s->shown.filter);
	s->shown.filter = NULL;
	s->filter_text[0] = '\0';
	s->shown.user[0] = '\0';
	s->shown.npids = 0;
	s->shown.no_idle = false;
	s->stale = true;
}

static void
toggle(struct screen *s, bool *what, const char *on, const char *off)
{
	*what = !*what;
	s->stale = true;
	screen_say(s, STYLE_DIM, "%s", *what ? on : off);
}

void
fold_none(struct screen *s)
{
	s->shown.flip = false;
	key_set_clear(&s->shown.others);
}

/* Folds or unfolds what is below the selected row, or the row's own group. */
static void
fold(struct screen *s)
{
	size_t at = s->at;

	screen_rows(s);
	if (!s->have_selection || s->at >= s->rows.n || !(s->shown.tree || s->shown.grouped))
		return;
	while (at && s->shown.grouped && !(s->rows.row[at].flags & TREE_GROUP))
		at--;
	screen_select(s, at, true);
	key_set_toggle(&s->shown.others, s->selected);
	s->stale = true;
}

static void
next_sums(struct screen *s)
{
	static const char *const what[SUMS_MODES] = {
		[SUMS_FOLDED] = "rows of the tree with others folded below them show sums",
		[SUMS_ALWAYS] = "rows of the tree show sums with all below them",
		[SUMS_NEVER] = "rows of the tree show their own numbers",
	};

	s->shown.sums = (s->shown.sums + 1) % SUMS_MODES;
	s->stale = true;
	screen_say(s, STYLE_DIM, "%s", what[s->shown.sums]);
}

static void
search_on(struct screen *s, int way)
{
	if (!find_next(s, way))
		screen_say(s, STYLE_WARN, s->search ? "no match" : "nothing to look for: press /");
	else if (s->search_wrapped)
		screen_say(s, STYLE_DIM, "%s: %s", s->search_text,
			   s->search_wrapped > 0 ? "from the top" : "from the end");
}

void
screen_do(struct screen *s, enum action a)
{
	s->message[0] = '\0';
	switch (a) {
	case ACTION_NONE:
	case ACTION_COUNT:
		return;
	case ACTION_HELP:
		help_open(s);
		return;
	case ACTION_PALETTE:
		palette_open(s);
		return;
	case ACTION_QUIT:
		s->wishes.quit = true;
		return;
	case ACTION_BACK:
		back(s);
		return;
	case ACTION_DELAY:
		prompt_open(s, PROMPT_DELAY);
		return;
	case ACTION_PAUSE:
		rewind_pause(s);
		return;
	case ACTION_EARLIER:
		rewind_step(s, -1);
		return;
	case ACTION_LATER:
		rewind_step(s, 1);
		return;
	case ACTION_EVENT_BEFORE:
		rewind_step_event(s, -1);
		return;
	case ACTION_EVENT_AFTER:
		rewind_step_event(s, 1);
		return;
	case ACTION_GO_TIME:
		prompt_open(s, PROMPT_TIME);
		return;
	case ACTION_BOOKMARK:
		rewind_bookmark(s);
		return;
	case ACTION_DIFF:
		compare_open(s);
		return;
	case ACTION_LIVE:
		rewind_to_live(s);
		return;
	case ACTION_REFRESH:
		s->wishes.redraw = s->wishes.sample = true;
		return;
	case ACTION_SUSPEND:
		s->wishes.suspend = true;
		return;
	case ACTION_SAVE:
		kept_save(s);
		return;
	case ACTION_HEADER:
		s->header.hidden = !s->header.hidden;
		return;
	case ACTION_ENDED:
		s->show_ended = !s->show_ended;
		return;
	case ACTION_COSTS:
		s->show_costs = !s->show_costs;
		return;
	case ACTION_CPUS:
		s->header.cpus = (s->header.cpus + 1) % CPUS_MODES;
		return;
	case ACTION_UP:
		move_by(s, -1);
		return;
	case ACTION_DOWN:
		move_by(s, 1);
		return;
	case ACTION_PAGE_UP:
		page_by(s, -1);
		return;
	case ACTION_PAGE_DOWN:
		page_by(s, 1);
		return;
	case ACTION_FIRST:
		screen_rows(s);
		screen_select(s, 0, true);
		return;
	case ACTION_LAST:
		screen_rows(s);
		screen_select(s, SIZE_MAX, true);
		return;
	case ACTION_LEFT:
		s->pan = MAX(s->pan - 8, 0);
		return;
	case ACTION_RIGHT:
		s->pan = MIN(s->pan + 8, 1 << 14);
		return;
	case ACTION_LINE_START:
		s->pan = 0;
		return;
	case ACTION_LINE_END:
		s->pan += MAX(s->w / 2, 8);
		return;
	case ACTION_GOTO:
		prompt_open(s, PROMPT_GOTO);
		return;
	case ACTION_FOLLOW:
		if (!s->have_selection)
			move_by(s, 1);
		toggle(s, &s->follow, "following the selected process", "not following any more");
		return;
	case ACTION_TREE:
		s->shown.grouped = false;
		toggle(s, &s->shown.tree, "tree: + folds", "list");
		fold_none(s);
		return;
	case ACTION_GROUP:
		menu_open(s, MENU_GROUP);
		return;
	case ACTION_SUMS:
		next_sums(s);
		return;
	case ACTION_FOLD:
		fold(s);
		return;
	case ACTION_FOLD_ALL:
		if (s->shown.tree || s->shown.grouped) {
			s->shown.flip = !s->shown.flip;
			key_set_clear(&s->shown.others);
			s->stale = true;
		}
		return;
	case ACTION_THREADS:
		toggle(s, &s->shown.no_threads, "threads hidden", "threads shown");
		if (s->rewind.stand == STAND_PAST && !s->shown.no_threads &&
		    !s->frame->meta.threads)
			screen_say(s, STYLE_WARN, "threads: not recorded at that time");
		return;
	case ACTION_KTHREADS:
		toggle(s, &s->shown.no_kthreads, "kernel threads hidden", "kernel threads shown");
		return;
	case ACTION_IDLE:
		toggle(s, &s->shown.no_idle, "idle processes hidden", "idle processes shown");
		return;
	case ACTION_COMMAND:
		toggle(s, &s->names_only, "names", "command lines");
		return;
	case ACTION_PATH:
		toggle(s, &s->no_paths, "paths hidden", "paths shown");
		return;
	case ACTION_DIM_OTHERS:
		toggle(s, &s->dim_others, "processes of other users dim",
		       "processes of all users alike");
		return;
	case ACTION_CPU_SCALE:
		toggle(s, &s->columns.cpu_of_machine, "CPU use: of the whole machine",
		       "CPU use: of one CPU");
		return;
	case ACTION_COLUMNS:
		menu_open(s, MENU_COLUMNS);
		return;
	case ACTION_SORT:
		menu_open(s, MENU_SORT);
		return;
	case ACTION_SORT_LEFT:
		move_sort(s, -1);
		return;
	case ACTION_SORT_RIGHT:
		move_sort(s, 1);
		return;
	case ACTION_REVERSE:
		s->shown.sort[0].descending = !s->shown.sort[0].descending;
		s->stale = true;
		return;
	case ACTION_SORT_CPU:
		screen_sort_by(s, PROC_CPU_RATIO);
		return;
	case ACTION_SORT_MEM:
		screen_sort_by(s, PROC_RES);
		return;
	case ACTION_SORT_TIME:
		screen_sort_by(s, PROC_CPU);
		return;
	case ACTION_SORT_PID:
		screen_sort_by(s, PROC_PID);
		return;
	case ACTION_SORT_IO:
		screen_sort_by(s, PROC_WRITE_RATE);
		return;
	case ACTION_FILTER:
		prompt_open(s, PROMPT_FILTER);
		return;
	case ACTION_SEARCH:
		prompt_open(s, PROMPT_SEARCH);
		return;
	case ACTION_NEXT:
		search_on(s, 1);
		return;
	case ACTION_PREVIOUS:
		search_on(s, -1);
		return;
	case ACTION_KEEP_FILTER:
		prompt_open(s, PROMPT_KEEP);
		return;
	case ACTION_USER:
		menu_open(s, MENU_USER);
		return;
	case ACTION_CLEAR:
		clear_filters(s);
		return;
	case ACTION_DETAILS:
		details_show(s, TAB_SUMMARY);
		return;
	case ACTION_FILES:
		details_show(s, TAB_FILES);
		return;
	case ACTION_ENVIRONMENT:
		details_show(s, TAB_ENV);
		return;
	case ACTION_CGROUP_LIMITS:
		details_show(s, TAB_CGROUP);
		return;
	case ACTION_NAMESPACES:
		details_show(s, TAB_NS);
		return;
	case ACTION_FULL_COMMAND:
		details_show(s, TAB_COMMAND);
		return;
	case ACTION_STACK:
		details_show(s, TAB_STACK);
		return;
	case ACTION_SIGNAL:
		signals_open(s, false);
		return;
	case ACTION_CGROUP:
		signals_open(s, true);
		return;
	case ACTION_NICE_DOWN:
		process_renice_by(s, -1);
		return;
	case ACTION_NICE_UP:
		process_renice_by(s, 1);
		return;
	case ACTION_RENICE:
		priority_open(s, SETTING_NICE);
		return;
	case ACTION_POLICY:
		priority_open(s, SETTING_POLICY);
		return;
	case ACTION_AFFINITY:
		priority_open(s, SETTING_AFFINITY);
		return;
	case ACTION_UNDO:
		process_undo(s);
		return;
	case ACTION_LOG:
		process_log(s);
		return;
	case ACTION_COPY:
		copy_open(s);
		return;
	case ACTION_TAG:
		tag(s, false);
		return;
	case ACTION_TAG_TREE:
		tag(s, true);
		return;
	case ACTION_TAG_QUERY:
		prompt_open(s, PROMPT_TAG);
		return;
	case ACTION_UNTAG:
		key_set_clear(&s->tagged);
		return;
	}
}

/* While something is asked rows keep their places: whatever it is about stays where one saw it. */
static void
keep_places(struct screen *s)
{
	bool asked = s->mode != MODE_TABLE && s->mode != MODE_HELP && s->mode != MODE_DIFF &&
		     s->mode != MODE_DETAILS;

	if (asked && !s->rows.frozen && s->frame) {
		const struct frame *f = screen_rows_frame(s);

		rows_freeze(&s->rows, &s->shown, f);
		s->stale = true;
	} else if (!asked && s->rows.frozen) {
		rows_thaw(&s->rows);
		s->stale = true;
	}
}

/* A slow line brings Esc and the next key at once, which looks like Alt. */
static bool
is_two_keys(const struct screen *s, uint32_t key)
{
	return s->mode != MODE_PROMPT && s->mode != MODE_PALETTE && !dialog_types(s) && key & KEYS_ALT &&
	       (key & ~KEYS_ALT) < 0x80 && keymap_action(&s->keys, key) == ACTION_NONE;
}

/* Enter picks the tagged ones, or the selected one; Esc ends when there is nothing to close. */
static bool
pick_key(struct screen *s, uint32_t key)
{
	if (!s->picked)
		return false;
	if (key == 27 && !s->message[0] && !s->search) {
		s->wishes.quit = true;
		return true;
	}
	if (key != '\r' && key != '\n')
		return false;
	if (!process_choose(s))
		return true;
	for (size_t i = 0; i < s->acts.nchosen; i++)
		buf_printf(s->picked, "%llu\n", (unsigned long long)s->acts.chosen[i].a);
	s->wishes.quit = true;
	return true;
}

static void
take_event(struct screen *s, const struct input_event *e)
{
	s->touched = true;
	if (e->type == INPUT_PASTE) {
		if (dialog_types(s))
			line_insert(&s->line, e->paste, e->paste_len);
		else if (s->mode == MODE_PROMPT)
			prompt_paste(s, e->paste, e->paste_len);
		else if (s->mode == MODE_PALETTE) {
			line_insert(&s->line, e->paste, e->paste_len);
			palette_changed(s);
		}
		return;
	}
	if (!s->frame) {
		if (e->type == INPUT_KEY && keymap_action(&s->keys, e->key) == ACTION_QUIT)
			s->wishes.quit = true;
		return;
	}
	if (e->type == INPUT_MOUSE) {
		mouse_event(s, e);
		return;
	}
	if (is_two_keys(s, e->key)) {
		take_event(s, &(struct input_event){.type = INPUT_KEY, .key = 0x1b});
		take_event(s, &(struct input_event){.type = INPUT_KEY, .key = e->key & ~KEYS_ALT});
		return;
	}
	switch (s->mode) {
	case MODE_TABLE:
		if (pick_key(s, e->key) || wait_key(s, e->key))
			return;
		screen_do(s, keymap_action(&s->keys, e->key));
		/* Where a digit goes to a process, it is the first one of its number. */
		if (s->mode == MODE_PROMPT && s->prompt == PROMPT_GOTO && e->key >= '0' &&
		    e->key <= '9')
			prompt_key(s, e->key);
		return;
	case MODE_PROMPT:
		prompt_key(s, e->key);
		return;
	case MODE_MENU:
		menu_event(s, e->key);
		return;
	case MODE_HELP:
		help_key(s, e->key);
		return;
	case MODE_PALETTE:
		palette_key(s, e->key);
		return;
	case MODE_DIFF:
		compare_key(s, e->key);
		return;
	case MODE_DIALOG:
		dialog_key(s, e->key);
		return;
	case MODE_DETAILS:
		details_key(s, e->key);
		return;
	}
}

void
screen_event(struct screen *s, const struct input_event *e)
{
	take_event(s, e);
	/* What was asked over the details is answered: they are still there. */
	if (s->mode == MODE_TABLE && s->details.open)
		s->mode = MODE_DETAILS;
	keep_places(s);
}

int
screen_keys(struct screen *s, const char *keys)
{
	struct span all = span_of(keys, strlen(keys)), word;

	while (span_word(&all, &word)) {
		struct input_event e = {.type = INPUT_KEY};

		e.key = key_by_name(word.p, span_len(word));
		if (!e.key)
			return -1;
		screen_event(s, &e);
		screen_rows(s);
	}
	return 0;
}
