/* prompts: a line to type in, at the bottom. Each kind is a row of the table here; what it does is
 * in the file that owns the matter. */
#include <stdio.h>

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
	bool (*ask)(struct screen *s);
	bool (*key)(struct screen *s, uint32_t key);
	void (*changed)(struct screen *s);
	bool (*accept)(struct screen *s);
	void (*left)(struct screen *s);
	enum screen_mode after;
} prompts[] = {
	[PROMPT_FILTER] = {"filter: ", NULL, find_ask_filter, NULL, find_filter_changed,
			   find_accept_filter, find_filter_left, MODE_TABLE},
	[PROMPT_SEARCH] = {"search: ", NULL, NULL, find_search_key, find_search_changed,
			   find_accept_search, NULL, MODE_TABLE},
	[PROMPT_DELAY] = {"delay, seconds: ", NULL, ask_delay, NULL, NULL, accept_delay, NULL,
			  MODE_TABLE},
	[PROMPT_GOTO] = {"go to process: ", NULL, NULL, NULL, NULL, find_accept_goto, NULL,
			 MODE_TABLE},
	[PROMPT_NICE] = {"nice value, -20 to 19: ", NULL, process_ask_nice, NULL, NULL,
			 process_accept_nice, process_let_go, MODE_TABLE},
	[PROMPT_TIME] = {"go to time: ", "-10m  14:05  yesterday 14:05  2026-11-21 14:05",
			 rewind_possible, NULL, NULL, rewind_accept, NULL, MODE_TABLE},
	[PROMPT_COMPARE] = {"compare with the time: ", NULL, NULL, NULL, NULL, compare_accept, NULL,
			    MODE_DIFF},
	[PROMPT_KEEP] = {"keep the filter as: ", "a word", kept_ask_name, NULL, NULL,
			 kept_accept_name, NULL, MODE_TABLE},
};

void
prompt_open(struct screen *s, enum prompt p)
{
	s->prompt = p;
	s->line_error.text[0] = '\0';
	line_set(&s->line, "");
	s->mode = !prompts[p].ask || prompts[p].ask(s) ? MODE_PROMPT : prompts[p].after;
}

void
prompt_changed(struct screen *s)
{
	if (prompts[s->prompt].changed)
		prompts[s->prompt].changed(s);
	else
		s->line_error.text[0] = '\0';
}

void
prompt_key(struct screen *s, uint32_t key)
{
	enum prompt p = s->prompt;

	if (key == 27 || key == 3) {
		if (prompts[p].left)
			prompts[p].left(s);
		s->mode = prompts[p].after;
	} else if (key == '\r' || key == '\n') {
		/* What was accepted may have opened something else. */
		if (prompts[p].accept(s) && s->mode == MODE_PROMPT)
			s->mode = MODE_TABLE;
	} else if (prompts[p].key && prompts[p].key(s, key)) {
		return;
	} else if (line_key(&s->line, key)) {
		prompt_changed(s);
	}
}

void
prompt_draw(struct screen *s, struct grid *g, int y)
{
	const char *label = prompts[s->prompt].label, *hint = prompts[s->prompt].hint;
	int x = text_puts(g, 0, y, g->w, STYLE_ACCENT, label), w = g->w - x;
	int before = text_width(s->line.text, s->line.at), skip = MAX(before - w + 1, 0);
	int used = text_put_from(g, x, y, w, STYLE_TEXT, s->line.text, s->line.len, skip);

	if (hint && !s->line.len)
		text_puts(g, x + 2, y, w - 2, STYLE_DIM, hint);

	if (s->line_error.text[0] && w - used > 4)
		text_printf(g, x + used + 2, y, w - used - 2, STYLE_BAD, "%s", s->line_error.text);
	grid_ground(g, x, y, w, 1, GROUND_INPUT);
	g->cursor_x = x + before - skip;
	g->cursor_y = y;
}
