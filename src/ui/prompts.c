/* prompts: a line to type in, at the bottom. Each kind is a row of the table here; what it does is
 * in the file that owns the matter. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/num.h"
#include "draw/text.h"
#include "ui/state.h"

static bool
ask_delay(struct screen *s)
{
	char text[32];

	snprintf(text, sizeof text, "%g", (double)s->delay_ns / (double)NS_PER_S);
	line_set(&s->line, text);
	return true;
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

/* ask: at first; false: there is nothing to ask. key: true when it was for the prompt alone.
 * changed: the text was. accept: Enter; false: it stays open. left: Esc. after: what follows. */
static const struct {
	const char *label, *hint;
	bool filter; /* in the language of filters: words are completed, mistakes marked */
	bool (*ask)(struct screen *s);
	bool (*key)(struct screen *s, uint32_t key);
	void (*changed)(struct screen *s);
	bool (*accept)(struct screen *s);
	void (*left)(struct screen *s);
	enum screen_mode after;
} prompts[] = {
	[PROMPT_FILTER] = {"filter: ", "nginx   user=root cpu>5   rss>500M or state=D", true,
			   find_ask_filter, NULL, find_filter_changed, find_accept_filter,
			   find_filter_left, MODE_TABLE},
	[PROMPT_SEARCH] = {"search: ", "F3 next  Up: searches before", true, find_ask_search,
			   find_search_key, find_search_changed, find_accept_search, NULL,
			   MODE_TABLE},
	[PROMPT_DELAY] = {"delay, seconds: ", NULL, false, ask_delay, NULL, NULL, accept_delay,
			  NULL, MODE_TABLE},
	[PROMPT_GOTO] = {"go to process: ", NULL, false, NULL, NULL, NULL, find_accept_goto, NULL,
			 MODE_TABLE},
	[PROMPT_TIME] = {"go to time: ", "-10m  14:05  yesterday 14:05  2026-11-21 14:05", false,
			 rewind_possible, NULL, NULL, rewind_accept, NULL, MODE_TABLE},
	[PROMPT_COMPARE] = {"compare with the time: ", NULL, false, NULL, NULL, NULL,
			    compare_accept, NULL, MODE_DIFF},
	[PROMPT_TAG] = {"tag what matches: ", "nginx   user=root cpu>5", true, NULL, NULL,
			find_tag_changed, find_accept_tag, find_tag_left, MODE_TABLE},
	[PROMPT_KEEP] = {"keep the filter as: ", "a word", false, kept_ask_name, NULL, NULL,
			 kept_accept_name, NULL, MODE_TABLE},
};

static void
update_offer(struct screen *s)
{
	if (prompts[s->prompt].filter)
		offer_update(&s->offer, &s->line, frame_table(s->frame, TABLE_PROC));
}

void
prompt_open(struct screen *s, enum prompt p)
{
	s->prompt = p;
	s->line_error.text[0] = '\0';
	s->offer.taken = false;
	recall_begin(&s->recall[p]);
	line_set(&s->line, "");
	s->mode = !prompts[p].ask || prompts[p].ask(s) ? MODE_PROMPT : prompts[p].after;
	update_offer(s);
}

static void
changed(struct screen *s)
{
	if (prompts[s->prompt].changed)
		prompts[s->prompt].changed(s);
	else
		s->line_error.text[0] = '\0';
}

void
prompt_paste(struct screen *s, const char *text, size_t n)
{
	s->offer.taken = false;
	line_insert(&s->line, text, n);
	update_offer(s);
	changed(s);
}

/* Tab and its opposite. */
static void
take_offer(struct screen *s, int way)
{
	if (!offer_take(&s->offer, &s->line, way))
		return;
	update_offer(s);
	changed(s);
}

static void
walk(struct screen *s, const char *text)
{
	if (!text)
		return;
	line_set(&s->line, text);
	update_offer(s);
	changed(s);
}

static void
accept(struct screen *s)
{
	enum prompt p = s->prompt;
	struct line typed = s->line;

	if (!prompts[p].accept(s))
		return;
	recall_add(&s->recall[p], typed.text);
	/* What was accepted may have opened something else. */
	if (s->mode == MODE_PROMPT)
		s->mode = MODE_TABLE;
}

void
prompt_key(struct screen *s, uint32_t key)
{
	enum prompt p = s->prompt;
	struct recall *before = &s->recall[p];

	if (prompts[p].filter && (key == '\t' || key == KEYS_BACKTAB)) {
		take_offer(s, key == '\t' ? 1 : -1);
		return;
	}
	s->offer.taken = false;
	if (key == 27 || key == 3) {
		if (prompts[p].left)
			prompts[p].left(s);
		s->mode = prompts[p].after;
	} else if (key == '\r' || key == '\n') {
		accept(s);
	} else if (prompts[p].key && prompts[p].key(s, key)) {
		return;
	} else if (key == KEYS_UP || key == 16) { /* ^P */
		walk(s, recall_older(before, s->line.text));
	} else if (key == KEYS_DOWN || key == 14) { /* ^N */
		walk(s, recall_newer(before));
	} else if (line_key(&s->line, key)) {
		update_offer(s);
		changed(s);
	}
}

/* Where the text begins and how much of it is panned out of sight. */
struct place {
	int x, w, skip;
};

/* The column of a byte of the text. */
static int
column_of(const struct screen *s, const struct place *p, size_t byte)
{
	return p->x + text_width(s->line.text, MIN(byte, s->line.len)) - p->skip;
}

/* Something is missing at the end, which is no mistake yet. */
static bool
is_unfinished(const struct screen *s)
{
	return s->line_error.at >= 0 && (size_t)s->line_error.at >= s->line.len;
}

/* A mistake, below it in the text: a mark, and what was expected beside it. */
static void
draw_mistake(const struct screen *s, struct grid *g, int y, int col)
{
	const char *text = s->line_error.text;
	int w = text_width(text, strlen(text));
	bool ascii = s->header.glyphs == GLYPHS_ASCII;

	col = CLAMP(col, 0, g->w - 1);
	if (col + 2 + w <= g->w)
		text_puts(g, col + 2, y, w, STYLE_BAD, text);
	else if (w + 1 <= col)
		text_puts(g, col - 1 - w, y, w, STYLE_BAD, text);
	else {
		text_puts(g, 0, y, g->w, STYLE_BAD, text);
		return;
	}
	grid_put(g, col, y, ascii ? 'v' : 0x25be, STYLE_BAD);
}

static void
draw_matches(const struct screen *s, struct grid *g, int y, int *x)
{
	size_t at, n = find_count(s, &at);

	if (!n)
		return; /* that is said beside the text */
	if (at)
		*x += text_printf(g, *x, y, g->w - *x, STYLE_ACCENT, "%zu of ", at);
	*x += text_printf(g, *x, y, g->w - *x, STYLE_ACCENT, "%zu", n);
	*x += text_puts(g, *x, y, g->w - *x, STYLE_TEXT, n == 1 ? " match" : " matches");
	if (s->search_wrapped)
		*x += text_puts(g, *x, y, g->w - *x, STYLE_WARN,
				s->search_wrapped > 0 ? "  from the top" : "  from the end");
}

/* The line above: how much matches, and what helps with what is typed. */
static void
draw_hint(const struct screen *s, struct grid *g, int y, const struct place *p)
{
	const char *error = s->line_error.text;
	int x = 0, col;

	if (*error && s->line_error.at >= 0 && !is_unfinished(s)) {
		draw_mistake(s, g, y, column_of(s, p, (size_t)s->line_error.at));
		return;
	}
	if (s->prompt == PROMPT_SEARCH && s->search && s->line.len)
		draw_matches(s, g, y, &x);
	else
		x = footer_counts(s, g, y);
	if (offer_any(&s->offer, &s->line) || (*error && s->line_error.at >= 0))
		x += footer_rule(s, g, x, y);
	if (offer_any(&s->offer, &s->line)) {
		col = column_of(s, p, s->offer.all.from);
		if (x > g->w - 16) {
			grid_fill(g, 0, y, g->w, 1, ' ', STYLE_TEXT);
			x = 0;
		}
		x = MAX(x, MIN(col, g->w - 32));
		offer_draw(&s->offer, g, x, y, g->w - x);
	} else if (*error && s->line_error.at >= 0) {
		if (x + text_width(error, strlen(error)) > g->w) {
			grid_fill(g, 0, y, g->w, 1, ' ', STYLE_TEXT);
			x = 0;
		}
		text_puts(g, x, y, g->w - x, STYLE_DIM, error);
	}
}

bool
prompt_has_hint(const struct screen *s)
{
	return s->mode == MODE_PROMPT && prompts[s->prompt].filter;
}

void
prompt_draw(struct screen *s, struct grid *g, int y, bool hint)
{
	const char *label = prompts[s->prompt].label, *example = prompts[s->prompt].hint;
	const struct err *e = &s->line_error;
	int all = text_width(s->line.text, s->line.len);
	int before = text_width(s->line.text, s->line.at), used;
	/* The text has at least 12 columns, as long as there are as many. */
	struct place p = {.x = text_puts(g, 0, y, MAX(g->w - 12, 0), STYLE_ACCENT, label)};

	p.w = g->w - p.x;
	if (all >= p.w)
		p.skip = CLAMP(before - p.w * 3 / 4, 0, all - p.w + 1);
	used = text_put_from(g, p.x, y, p.w, STYLE_TEXT, s->line.text, s->line.len, p.skip);
	if (example && !s->line.len)
		text_puts(g, p.x + 2, y, p.w - 2, STYLE_DIM, example);
	if (e->text[0] && e->at >= 0 && !is_unfinished(s))
		for (int x = MAX(column_of(s, &p, (size_t)e->at), p.x); x < p.x + used; x++)
			grid_at(g, x, y)->style = STYLE_BAD;
	if (hint) {
		update_offer(s); /* the values are those of this frame */
		draw_hint(s, g, y - 1, &p);
	}
	if (e->text[0] && (!hint || e->at < 0) && p.w - used > 4)
		text_puts(g, p.x + used + 2, y, p.w - used - 2, STYLE_BAD, e->text);
	grid_ground(g, p.x, y, p.w, 1, GROUND_INPUT);
	g->cursor_x = p.x + before - p.skip;
	g->cursor_y = y;
}
