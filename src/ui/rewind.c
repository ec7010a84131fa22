/* rewind: back in time. The screen shows a frame of the past as it would a live one; here is where
 * one stands in it, how to move, and what must be asked for when one has moved. Live frames go on
 * coming meanwhile: they are kept, and change nothing that is seen.
 *
 * A key only moves; the frame is fetched when it is needed next (rewind_fetch()), so that a key
 * that is held down costs no more than what is drawn. */
#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/when.h"
#include "frame/derive.h"
#include "frame/events.h"
#include "ui/meters.h"
#include "ui/state.h"

/* Moments: beside one that cannot be read, of processes that ended, fetched at once for graphs. */
enum { LOOK = 256, ENDED_LOOK = 128, HISTORY_RUN = 64 };

void
rewind_init(struct rewind *w, struct past *past)
{
	w->past = past;
	header_plan(&w->meters);
	field_sets_close(w->meters.want);
	ended_plan(&w->exits);
	field_sets_close(w->exits.want);
	events_want(UINT_MAX, w->happened.want);
	field_sets_close(w->happened.want);
}

void
rewind_release(struct rewind *w)
{
	frame_unref(w->live);
	settle_release(&w->live_settle);
	free(w->bookmark);
}

/* False, and says so, when there is nothing to go back to. */
static bool
kept(struct screen *s, uint64_t *ret_first, uint64_t *ret_end)
{
	*ret_first = *ret_end = 0;
	if (s->rewind.past)
		past_span(s->rewind.past, ret_first, ret_end);
	if (*ret_first < *ret_end)
		return true;
	screen_say(s, STYLE_WARN, s->rewind.past ? "nothing of the past is kept yet"
						 : "nothing of the past is kept here");
	return false;
}

bool
rewind_possible(struct screen *s)
{
	uint64_t first, end;

	return kept(s, &first, &end);
}

/* The newest moment that is not after the frame; a live frame's own, as a rule. */
static uint64_t
number_of(struct past *p, const struct frame *f)
{
	uint64_t first, n;
	struct moment m;

	past_span(p, &first, &n);
	while (n > first + 1) {
		n--;
		if (past_moment(p, n, &m) && m.mono_ns <= f->meta.mono_ns)
			return n;
	}
	return first;
}

uint64_t
rewind_stands_at(const struct screen *s)
{
	const struct rewind *w = &s->rewind;

	return w->stand == STAND_PAST ? w->at : number_of(w->past, s->frame);
}

/* For the header's graphs; f may be NULL. */
static void
remember(struct history *h, uint64_t tick, const struct frame *f)
{
	float v[SERIES_COUNT];

	for (int i = 0; i < SERIES_COUNT; i++)
		v[i] = NAN;
	if (f && f->meta.interval_ns > 0)
		meter_values(f, v);
	history_put(h, tick, v);
}

/* ---- live frames ---- */

void
rewind_live_frame(struct screen *s, const struct frame *f)
{
	struct rewind *w = &s->rewind;
	uint64_t tick = w->past ? number_of(w->past, f) : w->ticks++;

	remember(&s->history, tick, f);
	frame_unref(w->live);
	w->live = f;
	if (w->stand != STAND_LIVE) {
		(void)settle_values(&w->live_settle, f, s->shown.sort[0].field);
		return;
	}
	if (s->frame)
		gone_live(&s->gone, s->frame, s->plan.visible, s->plan.nvisible, f,
			  screen_gone_most(s));
	frame_unref(s->frame);
	s->frame = frame_ref(f);
	s->history.end = tick + 1;
	s->stale = true;
}

/* ---- what is shown ---- */

/* From n on in one direction the first moment that can be read. */
static int
look(struct past *p, uint64_t n, int way, const struct field_set *want, uint64_t *ret_n,
     const struct frame **ret_frame)
{
	int r = -ENOENT;

	for (int i = 0; i < LOOK; i++, n += way < 0 ? UINT64_MAX : 1) {
		uint64_t first, end;

		past_span(p, &first, &end);
		if (way > 0)
			n = MAX(n, first); /* let go meanwhile */
		if (n < first || n >= end)
			break;
		r = past_frame(p, n, want, ret_frame);
		if (r == 0) {
			*ret_n = n;
			return 0;
		}
	}
	return r;
}

/* Who ended between moment n, which is shown, and the one before: where one stepped forward that is
 * what was shown until now. */
static void
fetch_gone(struct screen *s, uint64_t n, const struct frame *shown)
{
	struct rewind *w = &s->rewind;
	const struct frame *before = NULL;

	if (w->shown + 1 == n && w->shown_same)
		before = frame_ref(shown);
	else if (n > 0)
		(void)past_frame(w->past, n - 1, w->fields, &before);
	if (before)
		gone_between(&s->gone, before, s->frame, screen_gone_most(s), s->shown.sort,
			     s->shown.nsort);
	else
		gone_clear(&s->gone);
	frame_unref(before);
}

/* The frame of the moment; where that is not there, of the next one the way one went, else of the
 * one before. */
static void
fetch(struct screen *s)
{
	struct rewind *w = &s->rewind;
	uint64_t first, end, n = w->at;
	const struct frame *f, *shown = s->frame;

	if (look(w->past, n, w->way, w->fields, &n, &f) < 0 &&
	    look(w->past, n, -w->way, w->fields, &n, &f) < 0) {
		screen_say(s, STYLE_BAD, "no moment near this one can be read");
		return;
	}
	past_span(w->past, &first, &end);
	if (w->at < first)
		screen_say(s, STYLE_WARN, "that moment is not kept any more: this is the oldest");
	else if (n != w->at)
		screen_say(s, STYLE_WARN, "that moment is damaged: this is the one next to it");
	w->at = n;
	s->frame = f;
	fetch_gone(s, n, shown);
	frame_unref(shown);
	w->shown = n;
	w->shown_past = true;
	s->stale = true;
	s->rows.settle.filled = false; /* of the same moment, yet other rows */
}

/* Says what happened at the moment. */
static void
say_events(struct screen *s)
{
	struct rewind *w = &s->rewind;
	const struct frame *cur = NULL, *prev = NULL;
	struct buf words = {0};
	struct moment m;

	if (s->message[0] || !past_moment(w->past, w->at, &m) || !m.events)
		return;
	if (past_frame(w->past, w->at, w->happened.want, &cur) == 0 && w->at > 0 &&
	    past_frame(w->past, w->at - 1, w->happened.want, &prev) == 0)
		(void)events_words(cur, prev, &words);
	for (size_t i = 0; i + 1 < words.len; i++)
		if (words.data[i] == '\n')
			words.data[i] = ';';
	if (words.len)
		screen_say(s, STYLE_WARN, "%.*s", (int)words.len - 1, words.data);
	frame_unref(cur);
	frame_unref(prev);
	buf_release(&words);
}

/* Says once which of the columns one looks at were not recorded. */
static void
say_missing(struct screen *s)
{
	const struct table *t = frame_table(s->frame, TABLE_PROC);
	struct field_set *said = &s->rewind.missing;
	char names[100] = "";

	if (s->message[0])
		return;
	if (!s->rewind.missing_seen)
		*said = (struct field_set){0};
	for (unsigned i = 0; i < PROC_FIELDS; i++) {
		bool looked_at = field_set_has(&s->plan.all, i);

		for (unsigned k = 0; k < s->columns.n; k++)
			looked_at |= s->columns.field[k] == i;
		if (!looked_at || t->col[i] || field_set_has(said, i))
			continue;
		field_set_add(said, i);
		snprintf(names + strlen(names), sizeof names - strlen(names), "%s%s",
			 *names ? ", " : "", t->schema->field[i].head);
	}
	if (*names) {
		screen_say(s, STYLE_WARN, "%s: not recorded at that time", names);
		s->rewind.missing_seen = false;
	}
}

void
rewind_fetch(struct screen *s)
{
	struct rewind *w = &s->rewind;
	struct field_set want[TABLE_COUNT];

	if (w->stand != STAND_PAST)
		return;
	screen_plan_fields(s);
	memcpy(want, s->plan.want, sizeof want);
	field_sets_close(want);
	w->shown_same = w->shown_past && memcmp(want, w->fields, sizeof want) == 0;
	if (w->fetched && w->shown_same)
		return;
	memcpy(w->fields, want, sizeof want);
	w->fetched = true;
	fetch(s);
	say_events(s);
	say_missing(s);
}

/* ---- what is shown of the time before ---- */

/* The header's graphs up to a moment: what the history lacks is asked for. Runs of
 * HISTORY_RUN are asked for whole: a past is quick forward, and slow one by one back. */
static void
fill_history(struct screen *s, uint64_t at)
{
	struct rewind *w = &s->rewind;
	uint64_t first, end, n = at + 1 - MIN(at + 1, (uint64_t)meter_graph_ticks(s->w));

	s->history.end = at + 1;
	past_span(w->past, &first, &end);
	for (n = MAX(n - n % HISTORY_RUN, first); n <= at; n++) {
		const struct frame *f = NULL;

		if (history_has(&s->history, n))
			continue;
		(void)past_frame(w->past, n, w->meters.want, &f);
		remember(&s->history, n, f);
		frame_unref(f);
	}
}

/* The processes that ended up to the moment. */
static void
fill_ended(struct screen *s)
{
	struct rewind *w = &s->rewind;
	uint64_t first, end, n = w->at;
	const struct frame *f;

	if (w->ended_to == w->at + 1)
		return;
	past_span(w->past, &first, &end);
	if (w->ended_to != w->at) {
		w->ended.n = 0;
		n = MAX(first, w->at - MIN(w->at, (uint64_t)ENDED_LOOK));
	}
	for (; n <= w->at; n++) {
		if (past_frame(w->past, n, w->exits.want, &f) < 0)
			continue;
		ended_add(&w->ended, f);
		frame_unref(f);
	}
	w->ended_to = w->at + 1;
}

void
rewind_before_draw(struct screen *s)
{
	struct rewind *w = &s->rewind;

	w->timeline.r = (struct rect){0};
	if (w->stand != STAND_LIVE && w->past)
		fill_history(s, w->stand == STAND_PAST ? w->at : s->history.end - 1);
	if (w->stand == STAND_PAST && s->show_ended)
		fill_ended(s);
}

const struct ended_log *
rewind_ended(const struct screen *s)
{
	return s->rewind.stand == STAND_PAST ? &s->rewind.ended : &s->ended_log;
}

void
rewind_draw(struct screen *s, struct grid *g, struct rect r)
{
	struct rewind *w = &s->rewind;

	timeline_draw(g, s->header.glyphs, w->past, w->at, w->bookmark, w->nbookmarks,
		      s->frame->meta.fixture, r, &w->timeline);
}

/* ---- moving ---- */

static void
leave_live(struct screen *s, enum stand stand)
{
	struct rewind *w = &s->rewind;

	if (w->stand == STAND_LIVE)
		settle_copy(&w->live_settle, &s->rows.settle);
	w->stand = stand;
}

static void
go_to(struct screen *s, uint64_t n)
{
	struct rewind *w = &s->rewind;

	w->way = n < rewind_stands_at(s) ? -1 : 1;
	w->at = n;
	w->fetched = false;
	leave_live(s, STAND_PAST);
}

void
rewind_replay(struct screen *s, const struct frame *newest, uint64_t begin)
{
	s->rewind.replay = true;
	screen_frame(s, frame_ref(newest));
	go_to(s, begin);
}

void
rewind_to_live(struct screen *s)
{
	struct rewind *w = &s->rewind;
	struct settle settled = s->rows.settle;
	uint64_t first, end;

	w->playing = false;
	if (w->replay && kept(s, &first, &end))
		go_to(s, end - 1);
	if (w->stand == STAND_LIVE || w->replay)
		return;
	s->rows.settle = w->live_settle;
	w->live_settle = settled;
	w->stand = STAND_LIVE;
	w->shown_past = false;
	w->missing = (struct field_set){0};
	gone_clear(&s->gone);
	frame_unref(s->frame);
	s->frame = frame_ref(w->live);
	s->stale = true;
	if (w->past)
		fill_history(s, number_of(w->past, s->frame));
	else
		s->history.end = w->ticks;
}

void
rewind_pause(struct screen *s)
{
	if (s->rewind.replay)
		s->rewind.playing = !s->rewind.playing;
	else if (s->rewind.stand == STAND_LIVE)
		leave_live(s, STAND_STILL);
	else
		rewind_to_live(s);
}

int64_t
screen_play_ns(const struct screen *s)
{
	return s->rewind.playing ? s->delay_ns : -1;
}

void
screen_play(struct screen *s)
{
	rewind_step(s, 1);
}

static void
at_end(struct screen *s)
{
	s->rewind.playing = false;
	screen_say(s, STYLE_DIM, "this is the end of the recording");
}

void
rewind_step(struct screen *s, int way)
{
	struct rewind *w = &s->rewind;
	uint64_t first, end, at;

	if (!kept(s, &first, &end))
		return;
	at = rewind_stands_at(s);
	if (way < 0 && at <= first)
		screen_say(s, STYLE_WARN, "nothing older is kept");
	else if (w->replay && way > 0 && at + 1 >= end)
		at_end(s);
	else if (way > 0 && w->stand == STAND_LIVE)
		screen_say(s, STYLE_DIM, "this is live");
	else if (way > 0 && at + 2 >= end)
		rewind_to_live(s); /* it shows the newest */
	else
		go_to(s, way < 0 ? MIN(at, end) - 1 : MAX(at + 1, first));
}

static bool
has_bookmark(const struct rewind *w, uint64_t n)
{
	for (size_t i = 0; i < w->nbookmarks; i++)
		if (w->bookmark[i] == n)
			return true;
	return false;
}

/* An event that lasts is one, at its first moment. */
static bool
is_marked(const struct rewind *w, uint64_t n, uint64_t first)
{
	struct moment m, before = {0};

	if (has_bookmark(w, n))
		return true;
	if (n > first)
		(void)past_moment(w->past, n - 1, &before);
	return past_moment(w->past, n, &m) && m.events & ~before.events;
}

void
rewind_step_event(struct screen *s, int way)
{
	struct rewind *w = &s->rewind;
	uint64_t first, end, n;

	if (!kept(s, &first, &end))
		return;
	n = MAX(rewind_stands_at(s), first);
	if (way < 0 && w->stand == STAND_LIVE)
		n++; /* the newest may be one */
	for (; way < 0 ? n > first : n + 1 < end; n += way < 0 ? UINT64_MAX : 1) {
		uint64_t next = way < 0 ? n - 1 : n + 1;

		if (is_marked(w, next, first)) {
			go_to(s, next);
			return;
		}
	}
	screen_say(s, STYLE_WARN, way < 0 ? "no event and no bookmark before this"
					  : "no event and no bookmark after this");
}

void
rewind_bookmark(struct screen *s)
{
	struct rewind *w = &s->rewind;
	uint64_t first, end, n;
	size_t left = 0, at;
	bool was_there;

	if (!kept(s, &first, &end))
		return;
	n = rewind_stands_at(s);
	was_there = has_bookmark(w, n);
	for (size_t i = 0; i < w->nbookmarks; i++)
		if (w->bookmark[i] != n && w->bookmark[i] >= first) /* not let go meanwhile */
			w->bookmark[left++] = w->bookmark[i];
	w->nbookmarks = left;
	if (was_there) {
		screen_say(s, STYLE_DIM, "bookmark removed");
		return;
	}
	GROW(w->bookmark, w->bookmarks_cap, w->nbookmarks + 1);
	for (at = w->nbookmarks++; at > 0 && w->bookmark[at - 1] > n; at--)
		w->bookmark[at] = w->bookmark[at - 1];
	w->bookmark[at] = n;
	screen_say(s, STYLE_GOOD, "bookmark set: { and } go there");
}

bool
rewind_accept(struct screen *s)
{
	struct rewind *w = &s->rewind;
	uint64_t first, end, n;
	struct moment m;
	int64_t wall_ns;

	s->message[0] = '\0';
	if (when_parse(s->line.text, w->live->meta.wall_ns, s->frame->meta.wall_ns,
		       s->frame->meta.fixture, &wall_ns, &s->line_error) < 0)
		return false;
	if (!kept(s, &first, &end) || !past_find(w->past, wall_ns, &n))
		return true;
	if (n + 1 >= end) {
		rewind_to_live(s);
		if (wall_ns > w->live->meta.wall_ns)
			screen_say(s, STYLE_WARN, "that is still to come: live");
		return true;
	}
	if (n == first && past_moment(w->past, n, &m) && m.wall_ns > wall_ns)
		screen_say(s, STYLE_WARN, "nothing so old is kept: this is the oldest");
	go_to(s, n);
	return true;
}

bool
rewind_click(struct screen *s, int x, int y)
{
	uint64_t n;

	if (s->rewind.stand != STAND_PAST ||
	    !timeline_find(&s->rewind.timeline, s->rewind.past, x, y, &n))
		return false;
	s->message[0] = '\0';
	go_to(s, n);
	return true;
}

bool
rewind_wheel(struct screen *s, int y, int way)
{
	const struct rect *r = &s->rewind.timeline.r;

	if (s->rewind.stand != STAND_PAST || y < r->y || y >= r->y + r->h)
		return false;
	s->message[0] = '\0';
	rewind_step(s, way);
	return true;
}
