#include "ui/palette.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "base/num.h"
#include "draw/text.h"
#include "ui/state.h"

enum { HEIGHT = 16, NAME_WIDTH = 18, KEYS_WIDTH = 11, WIDEST = 110 };

/* ---- matching ---- */

static bool
same(char a, char b)
{
	return tolower((unsigned char)a) == tolower((unsigned char)b);
}

/* Where the word stands in the text, or NULL. */
static const char *
find(const char *text, struct span word)
{
	size_t n = span_len(word);

	for (; strlen(text) >= n; text++)
		if (strncasecmp(text, word.p, n) == 0)
			return text;
	return NULL;
}

static bool
is_subsequence(const char *text, struct span word)
{
	for (; *text && !span_empty(word); text++)
		if (same(*text, *word.p))
			word.p++;
	return span_empty(word);
}

static int
score_word(const char *name, const char *doc, struct span word)
{
	const char *at = find(name, word);

	if (at == name)
		return strlen(name) == span_len(word) ? 100 : 80;
	if (at)
		return at[-1] == '-' || at[-1] == ' ' ? 60 : 40;
	if (find(doc, word))
		return 20;
	return is_subsequence(name, word) ? 10 : 0;
}

int
palette_score(const char *name, const char *doc, const char *typed)
{
	struct span all = span_str(typed), word;
	int sum = 1;

	while (span_word(&all, &word)) {
		int score = score_word(name, doc, word);

		if (!score)
			return 0;
		sum += score;
	}
	return MIN(sum, INT16_MAX);
}

/* ---- what there is ---- */

/* NULL: it can be done now. */
static const char *
refused(const struct screen *s, enum action a)
{
	if (process_is_action((int)a)) {
		if (!s->root)
			return s->no_actions;
		if (s->rewind.stand == STAND_PAST)
			return "this is the past: look only";
		if (a == ACTION_UNDO)
			return s->acts.undo.n ? NULL : "nothing to undo";
		return s->have_selection || s->tagged.n ? NULL : "select a process first";
	}
	switch (a) {
	case ACTION_EARLIER:
	case ACTION_LATER:
	case ACTION_EVENT_BEFORE:
	case ACTION_EVENT_AFTER:
	case ACTION_GO_TIME:
	case ACTION_BOOKMARK:
	case ACTION_DIFF:
		return s->rewind.past ? NULL : "nothing of the past is kept here";
	case ACTION_TAG:
	case ACTION_TAG_TREE:
		return s->have_selection ? NULL : "select a process first";
	case ACTION_UNTAG:
		return s->tagged.n ? NULL : "nothing is tagged";
	case ACTION_FOLD:
	case ACTION_FOLD_ALL:
		return s->shown.tree || s->shown.grouped ? NULL : "works in the tree and in groups";
	case ACTION_SUMS:
		return s->shown.tree ? NULL : "works in the tree";
	case ACTION_NEXT:
	case ACTION_PREVIOUS:
		return s->search ? NULL : "there is no search";
	case ACTION_KEEP_FILTER:
		return s->filter_text[0] ? NULL : "there is no filter to keep";
	case ACTION_SAVE:
		return s->save ? NULL : "nothing can be saved here";
	default:
		return NULL;
	}
}

struct entry {
	char name[64], keys[KEY_NAMES_MAX];
	const char *doc;
};

static void
describe(const struct screen *s, const struct palette_item *it, struct entry *ret)
{
	const struct field *f;

	ret->keys[0] = '\0';
	switch ((enum palette_kind)it->kind) {
	case PALETTE_ACTION:
		snprintf(ret->name, sizeof ret->name, "%s", action_info[it->index].name);
		keymap_keys(&s->keys, (enum action)it->index, ret->keys);
		ret->doc = action_info[it->index].doc;
		return;
	case PALETTE_FILTER:
		snprintf(ret->name, sizeof ret->name, "filter %.40s", s->filters[it->index].name);
		ret->doc = s->filters[it->index].query;
		return;
	case PALETTE_SORT:
		f = &schema[TABLE_PROC].field[it->index];
		snprintf(ret->name, sizeof ret->name, "sort by %s", f->head);
		ret->doc = f->doc;
		return;
	}
}

static void
add(struct screen *s, enum palette_kind kind, size_t index)
{
	struct palette *p = &s->palette;
	struct palette_item it = {.kind = (uint8_t)kind, .index = (uint8_t)index};
	struct entry e;
	size_t i = p->n;

	if (index > UINT8_MAX)
		return;
	describe(s, &it, &e);
	it.score = (int16_t)palette_score(e.name, e.doc, s->line.text);
	if (!it.score)
		return;
	GROW(p->item, p->cap, p->n + 1);
	for (; i > 0 && p->item[i - 1].score < it.score; i--)
		p->item[i] = p->item[i - 1];
	p->item[i] = it;
	p->n++;
}

static void
fill(struct screen *s)
{
	s->palette.n = s->palette.at = s->palette.top = 0;
	for (size_t i = 0; i < s->nfilters; i++)
		add(s, PALETTE_FILTER, i);
	for (int a = 1; a < ACTION_COUNT; a++)
		if (a != ACTION_PALETTE && a != ACTION_BACK)
			add(s, PALETTE_ACTION, (size_t)a);
	for (size_t i = 0; s->line.len && i < PROC_FIELDS; i++)
		add(s, PALETTE_SORT, i);
}

/* ---- keys, mouse, drawing ---- */

void
palette_open(struct screen *s)
{
	line_set(&s->line, "");
	s->mode = MODE_PALETTE;
	fill(s);
}

void
palette_changed(struct screen *s)
{
	fill(s);
}

static void
choose(struct screen *s)
{
	const struct palette_item *it = &s->palette.item[s->palette.at];

	s->mode = MODE_TABLE;
	if (!s->palette.n)
		return;
	switch ((enum palette_kind)it->kind) {
	case PALETTE_ACTION:
		screen_do(s, (enum action)it->index);
		return;
	case PALETTE_FILTER:
		line_set(&s->line, s->filters[it->index].query);
		find_filter_changed(s);
		return;
	case PALETTE_SORT:
		screen_sort_by(s, it->index);
		return;
	}
}

static void
move(struct palette *p, long step)
{
	if (step < 0)
		p->at -= MIN(p->at, (size_t)-step);
	else if (p->n)
		p->at = MIN(p->at + (size_t)step, p->n - 1);
}

void
palette_key(struct screen *s, uint32_t key)
{
	struct palette *p = &s->palette;
	long page = MAX(p->drawn.h, 1);

	switch (key) {
	case 27:
	case 3:
	case KEYS_F1 + 9:
		s->mode = MODE_TABLE;
		return;
	case '\r':
	case '\n':
		choose(s);
		return;
	case KEYS_UP:
		move(p, -1);
		return;
	case KEYS_DOWN:
	case '\t':
		move(p, 1);
		return;
	case KEYS_PGUP:
		move(p, -page);
		return;
	case KEYS_PGDN:
		move(p, page);
		return;
	default:
		if (line_key(&s->line, key))
			fill(s);
	}
}

void
palette_wheel(struct screen *s, int rows)
{
	move(&s->palette, rows);
}

void
palette_click(struct screen *s, int x, int y)
{
	const struct rect *r = &s->palette.drawn;
	size_t i = s->palette.top + (size_t)MAX(y - r->y, 0);

	if (x < r->x - 2 || x >= r->x + r->w + 2 || y < r->y - 1) {
		s->mode = MODE_TABLE;
	} else if (y >= r->y && y < r->y + r->h && i < s->palette.n) {
		s->palette.at = i;
		choose(s);
	}
}

static void
draw_item(const struct screen *s, struct grid *g, struct rect r, const struct palette_item *it)
{
	const char *why = it->kind == PALETTE_ACTION ? refused(s, (enum action)it->index) : NULL;
	int name = MIN(NAME_WIDTH, r.w), keys = MIN(KEYS_WIDTH, MAX(r.w - name, 0));
	struct entry e;

	describe(s, it, &e);
	text_puts(g, r.x, r.y, name - 1, why ? STYLE_DIM : STYLE_TEXT, e.name);
	text_puts(g, r.x + name, r.y, keys - 1, why ? STYLE_DIM : STYLE_ACCENT, e.keys);
	text_puts(g, r.x + name + keys, r.y, r.w - name - keys, why ? STYLE_WARN : STYLE_DIM,
		  why ? why : e.doc);
}

/* At the bottom, so that what is typed stands where prompts are; as high whatever is typed. */
void
palette_draw(struct screen *s, struct grid *g)
{
	struct palette *p = &s->palette;
	int h = MIN(HEIGHT, g->h - 1), w = MIN(g->w, WIDEST);
	struct rect r = box_draw(g, s->header.glyphs, (struct rect){0, g->h - 1 - h, w, h},
				 "do  (type a part of a name, Enter does it, Esc closes)");
	size_t page = (size_t)MAX(r.h, 0);
	int x, before, skip;

	p->drawn = r;
	if (p->at < p->top)
		p->top = p->at;
	if (page && p->at >= p->top + page)
		p->top = p->at - page + 1;
	for (size_t i = 0; i < page && p->top + i < p->n; i++) {
		int y = r.y + (int)i;

		draw_item(s, g, (struct rect){r.x, y, r.w, 1}, &p->item[p->top + i]);
		grid_ground(g, r.x - 1, y, r.w + 2, 1,
			    p->top + i == p->at ? GROUND_SELECT : GROUND_DIALOG);
	}
	if (!p->n && r.h > 0)
		text_puts(g, r.x, r.y, r.w, STYLE_DIM, "no action has such a name");
	grid_fill(g, 0, g->h - 1, g->w, 1, ' ', STYLE_TEXT);
	x = text_puts(g, 0, g->h - 1, g->w, STYLE_ACCENT, ":");
	before = text_width(s->line.text, s->line.at);
	skip = MAX(before - (g->w - x) + 1, 0);
	text_put_from(g, x, g->h - 1, g->w - x, STYLE_TEXT, s->line.text, s->line.len, skip);
	grid_ground(g, x, g->h - 1, g->w - x, 1, GROUND_INPUT);
	g->cursor_x = x + before - skip;
	g->cursor_y = g->h - 1;
}
