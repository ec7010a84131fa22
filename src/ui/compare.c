/* compare: the moment that is shown beside an earlier one, in a view of its own (ui/diffview.h):
 * the bookmark before it, or the oldest that is kept, or one whose time was typed. */
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/when.h"
#include "draw/text.h"
#include "frame/derive.h"
#include "ui/state.h"

void
compare_close(struct screen *s)
{
	diff_free(s->compare.diff);
	s->compare = (struct compare){0};
	if (s->mode == MODE_DIFF)
		s->mode = MODE_TABLE;
}

static const struct frame *
fetch(struct screen *s, uint64_t n)
{
	struct field_set want[TABLE_COUNT] = {0};
	const struct frame *f;

	diff_want(want);
	field_sets_close(want);
	if (past_frame(s->rewind.past, n, want, &f) == 0)
		return f;
	screen_say(s, STYLE_BAD, "that moment cannot be read any more");
	return NULL;
}

static void
show(struct screen *s, uint64_t from, uint64_t to)
{
	const struct frame *a = fetch(s, from), *b = a ? fetch(s, to) : NULL;
	enum diffview_list list = s->compare.view.list;

	if (b) {
		compare_close(s);
		s->compare.diff = diff_new(a, b);
		s->compare.at = to;
		s->compare.view.list = list;
		s->mode = MODE_DIFF;
	}
	frame_unref(a);
	frame_unref(b);
}

void
compare_open(struct screen *s)
{
	const struct rewind *w = &s->rewind;
	uint64_t at, from, end;

	if (!rewind_possible(s))
		return;
	at = rewind_stands_at(s);
	past_span(w->past, &from, &end);
	if (at <= from) {
		screen_say(s, STYLE_WARN, "nothing older is kept to compare this with");
		return;
	}
	for (size_t i = 0; i < w->nbookmarks && w->bookmark[i] < at; i++)
		from = MAX(from, w->bookmark[i]);
	show(s, from, at);
}

bool
compare_accept(struct screen *s)
{
	const struct frame_meta *live = &s->rewind.live->meta;
	struct moment shown = {.wall_ns = s->compare.diff->b->meta.wall_ns};
	uint64_t first, end, n;
	int64_t wall_ns;

	(void)past_moment(s->rewind.past, s->compare.at, &shown);
	if (when_parse(s->line.text, live->wall_ns, shown.wall_ns, live->fixture, &wall_ns,
		       &s->line_error) < 0)
		return false;
	s->mode = MODE_DIFF;
	past_span(s->rewind.past, &first, &end);
	if (first < end && past_find(s->rewind.past, wall_ns, &n))
		show(s, n, s->compare.at);
	return true;
}

static void
scroll(struct screen *s, int rows)
{
	/* The overview has no more than is seen. */
	if (s->compare.view.list == DIFFVIEW_ALL)
		diffview_turn(&s->compare.view, 1);
	else
		diffview_scroll(&s->compare.view, rows);
}

void
compare_wheel(struct screen *s, int rows)
{
	diffview_scroll(&s->compare.view, rows);
}

void
compare_do(struct screen *s, enum action a)
{
	struct diffview *v = &s->compare.view;

	s->message[0] = '\0';
	if (action_rows(a, v->page)) {
		scroll(s, action_rows(a, v->page));
		return;
	}
	switch (a) {
	case ACTION_LEFT:
		diffview_turn(v, -1);
		return;
	case ACTION_RIGHT:
		diffview_turn(v, 1);
		return;
	case ACTION_GO_TIME:
		prompt_open(s, PROMPT_COMPARE);
		return;
	case ACTION_BACK:
	case ACTION_DIFF:
	case ACTION_QUIT:
		compare_close(s);
		return;
	default:
		return;
	}
}

void
compare_key(struct screen *s, uint32_t key)
{
	compare_do(s, key == '\t' ? ACTION_RIGHT : keymap_action(&s->keys, key));
}

static void
draw_hints(struct screen *s, struct grid *g, int y)
{
	static const struct footer_hint hints[] = {
		{ACTION_LEFT, ACTION_RIGHT, "lists"},
		{ACTION_UP, ACTION_DOWN, "scroll"},
		{ACTION_GO_TIME, ACTION_NONE, "compare with another time"},
		{ACTION_BACK, ACTION_NONE, "back"},
	};

	(void)footer_draw_hints(s, g, y, g->w, hints, ARRAY_LEN(hints));
}

void
compare_draw(struct screen *s, struct grid *g)
{
	int foot = g->h >= 4 || s->mode == MODE_PROMPT || s->message[0] ? 1 : 0;

	diffview_draw(g, (struct rect){0, 0, g->w, g->h - foot}, s->compare.diff,
		      &s->compare.view);
	if (s->mode == MODE_PROMPT)
		prompt_draw(s, g, g->h - 1, false);
	else if (foot)
		draw_hints(s, g, g->h - 1);
}
