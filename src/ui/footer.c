/* footer: the lines below the table: what is narrowed and what it adds up to, and the keys that one
 * needs first. */
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "draw/text.h"
#include "schema/format.h"
#include "ui/state.h"

/* Between the parts of a line. */
static int
gap(const struct screen *s, struct grid *g, int x, int y)
{
	bool ascii = s->header.glyphs == GLYPHS_ASCII;

	return text_puts(g, x, y, g->w - x, STYLE_DIM, ascii ? ", " : " \302\267 ");
}

bool
footer_is_narrowed(const struct screen *s)
{
	return s->shown.filter || *s->shown.user || s->shown.no_idle || s->shown.npids;
}

/* A part and the gap before it, when both fit. */
static int
put_part(const struct screen *s, struct grid *g, int x, int y, enum style style, const char *part)
{
	int from = x;

	if (x + 3 + text_width(part, strlen(part)) > g->w)
		return 0;
	x += gap(s, g, x, y);
	x += text_puts(g, x, y, g->w - x, style, part);
	return x - from;
}

int
footer_counts(const struct screen *s, struct grid *g, int y)
{
	char number[FORMAT_MAX], part[FORMAT_MAX + 16];
	int x = text_printf(g, 0, y, g->w, STYLE_ACCENT, "%u", s->rows.matched);

	x += text_printf(g, x, y, g->w - x, STYLE_TEXT, " of %u", s->rows.total);
	if (s->rows.threads) {
		snprintf(part, sizeof part, "%u thread%s", s->rows.threads,
			 s->rows.threads == 1 ? "" : "s");
		x += put_part(s, g, x, y, STYLE_TEXT, part);
	}
	format_percent(number, s->rows.cpu * columns_cpu_scale(&s->columns, s->frame), 5);
	snprintf(part, sizeof part, "%s%% cpu", number);
	x += put_part(s, g, x, y, STYLE_TEXT, part);
	format_bytes(number, s->rows.resident, 5);
	x += put_part(s, g, x, y, STYLE_TEXT, number);
	if (s->shown.filter && filter_stopped(s->shown.filter))
		x += put_part(s, g, x, y, STYLE_WARN, "regular expression too slow: rows left out");
	return x;
}

int
footer_rule(const struct screen *s, struct grid *g, int x, int y)
{
	bool ascii = s->header.glyphs == GLYPHS_ASCII;

	return text_puts(g, x, y, g->w - x, STYLE_DIM, ascii ? " | " : " \342\224\202 ");
}

void
footer_draw_summary(struct screen *s, struct grid *g, int y)
{
	char key[KEY_NAME_MAX];
	int x = footer_counts(s, g, y);

	x += footer_rule(s, g, x, y);
	keymap_first(&s->keys, ACTION_CLEAR, key);
	screen_add_hit(s, (struct rect){x, y, 11, 1}, ACTION_CLEAR);
	x += text_puts(g, x, y, g->w - x, STYLE_ACCENT, key);
	x += text_puts(g, x, y, g->w - x, STYLE_DIM, " shows all");
	if (*s->shown.user) {
		x += gap(s, g, x, y);
		x += text_printf(g, x, y, g->w - x, STYLE_TEXT, "user %s", s->shown.user);
	}
	if (s->shown.no_idle) {
		x += gap(s, g, x, y);
		x += text_puts(g, x, y, g->w - x, STYLE_TEXT, "busy only");
	}
	if (s->shown.npids) {
		x += gap(s, g, x, y);
		x += text_puts(g, x, y, g->w - x, STYLE_TEXT, "chosen pids");
	}
	if (s->shown.filter) {
		x += gap(s, g, x, y);
		x += text_puts(g, x, y, g->w - x, STYLE_DIM, "filter ");
		text_puts(g, x, y, g->w - x, STYLE_TEXT, s->filter_text);
	}
}

/* What goes on that one may forget. */
static int
draw_states(const struct screen *s, struct grid *g, int y)
{
	int x = 0;

	if (s->tagged.n)
		x += text_printf(g, x, y, g->w - x, STYLE_ACCENT, "%zu tagged  ", s->tagged.n);
	if (s->follow && s->at < s->rows.n)
		x += text_puts(g, x, y, g->w - x, STYLE_ACCENT, "following  ");
	else if (s->follow)
		x += text_puts(g, x, y, g->w - x, STYLE_WARN, "followed: not there  ");
	if (s->search) {
		size_t at, n = find_count(s, &at);

		x += text_printf(g, x, y, MIN(g->w - x, 24), STYLE_TEXT, "search %s",
				 s->search_text);
		x += at ? text_printf(g, x, y, g->w - x, STYLE_ACCENT, " %zu of %zu  ", at, n)
			: text_printf(g, x, y, g->w - x, STYLE_ACCENT, " %zu  ", n);
	}
	return x;
}

void
footer_draw(struct screen *s, struct grid *g, int y)
{
	static const struct hint {
		enum action action;
		const char *name;
	} live[] = {
		{ACTION_HELP, "help"},   {ACTION_SEARCH, "search"}, {ACTION_FILTER, "filter"},
		{ACTION_TREE, "tree"},   {ACTION_SORT, "sort"},     {ACTION_USER, "user"},
		{ACTION_SIGNAL, "signal"}, {ACTION_TAG, "tag"},     {ACTION_QUIT, "quit"},
	}, past[] = {
		{ACTION_EARLIER, "earlier"},    {ACTION_LATER, "later"},
		{ACTION_EVENT_BEFORE, "event"}, {ACTION_EVENT_AFTER, "next event"},
		{ACTION_GO_TIME, "time"},       {ACTION_BOOKMARK, "mark"},
		{ACTION_LIVE, "live"},          {ACTION_HELP, "help"},
		{ACTION_QUIT, "quit"},
	}, replay[] = {
		{ACTION_EARLIER, "earlier"},    {ACTION_LATER, "later"},
		{ACTION_EVENT_BEFORE, "event"}, {ACTION_EVENT_AFTER, "next event"},
		{ACTION_GO_TIME, "time"},       {ACTION_PAUSE, "play"},
		{ACTION_LIVE, "end"},           {ACTION_HELP, "help"},
		{ACTION_QUIT, "quit"},
	};
	bool in_past = s->rewind.stand == STAND_PAST;
	int x;

	if (s->message[0]) {
		text_puts(g, 0, y, g->w, s->message_style, s->message);
		return;
	}
	x = draw_states(s, g, y);
	for (size_t i = 0; i < ARRAY_LEN(live); i++) {
		const struct hint *h = s->rewind.replay ? &replay[i]
				       : in_past        ? &past[i]
							: &live[i];
		char key[KEY_NAME_MAX];
		int w;

		keymap_first(&s->keys, h->action, key);
		if (!*key)
			continue;
		w = text_width(key, strlen(key)) + 1 + (int)strlen(h->name);
		if (x + w > g->w)
			break;
		screen_add_hit(s, (struct rect){x, y, w, 1}, h->action);
		x += text_puts(g, x, y, g->w - x, STYLE_ACCENT, key) + 1;
		x += text_puts(g, x, y, g->w - x, STYLE_DIM, h->name) + 2;
	}
}

int
footer_draw_hints(struct screen *s, struct grid *g, int y, int room,
		  const struct footer_hint *hints, size_t n)
{
	int x = 0;

	if (s->message[0]) {
		text_puts(g, 0, y, g->w, s->message_style, s->message);
		return -1;
	}
	for (size_t i = 0; i < n; i++) {
		char a[KEY_NAME_MAX], b[KEY_NAME_MAX], keys[2 * KEY_NAME_MAX];
		int w;

		keymap_first(&s->keys, hints[i].a, a);
		keymap_first(&s->keys, hints[i].b, b);
		snprintf(keys, sizeof keys, "%s%s%s", a, *b ? " " : "", b);
		w = text_width(keys, strlen(keys)) + 1 + (int)strlen(hints[i].name);
		if (x + w > room)
			break;
		if (hints[i].b == ACTION_NONE)
			screen_add_hit(s, (struct rect){x, y, w, 1}, hints[i].a);
		x += text_puts(g, x, y, g->w - x, STYLE_ACCENT, keys) + 1;
		x += text_puts(g, x, y, g->w - x, STYLE_DIM, hints[i].name) + 2;
	}
	return x;
}
