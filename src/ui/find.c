/* find: the prompts that look for rows: filter, search, go to a process. */
#include <string.h>

#include "base/mem.h"
#include "base/num.h"
#include "ui/state.h"

bool
find_matches(const struct screen *s, const struct table *t, uint32_t row)
{
	return s->search && filter_match(s->search, t, row);
}

size_t
find_count(const struct screen *s, size_t *ret_at)
{
	size_t n = 0;

	*ret_at = 0;
	for (size_t i = 0; i < s->rows.n; i++) {
		if (!find_matches(s, rows_table(&s->rows, i), s->rows.row[i].row))
			continue;
		n++;
		if (s->have_selection && i == s->at)
			*ret_at = n;
	}
	return n;
}

/* From `start` on, and round again. */
static bool
jump(struct screen *s, size_t start, int way)
{
	size_t n = s->rows.n;

	for (size_t i = 0; i < n; i++) {
		size_t k = (start + (way > 0 ? i : n - i)) % n;

		if (find_matches(s, rows_table(&s->rows, k), s->rows.row[k].row)) {
			s->search_wrapped = (way > 0 && k < start) - (way < 0 && k > start);
			screen_select(s, k, true);
			return true;
		}
	}
	return false;
}

bool
find_next(struct screen *s, int way)
{
	size_t n, start;
	int wrapped = 0;

	screen_rows(s);
	n = s->rows.n;
	if (!s->search || !s->frame || !n)
		return false;
	start = MIN(s->top, n - 1);
	if (s->have_selection && s->at < n) {
		start = (s->at + (way > 0 ? 1 : n - 1)) % n;
		wrapped = (way > 0 && start == 0) - (way < 0 && start == n - 1);
	}
	if (!jump(s, start, way))
		return false;
	if (wrapped)
		s->search_wrapped = wrapped;
	return true;
}

bool
find_ask_filter(struct screen *s)
{
	line_set(&s->line, s->filter_text);
	return true;
}

static bool
any_match(const struct screen *s, const struct filter *f)
{
	const struct table *t = frame_table(s->frame, TABLE_PROC);

	for (uint32_t i = 0; i < t->nrows; i++)
		if (filter_match(f, t, i))
			return true;
	return false;
}

/* While a filter is typed the last good one stays; neither a mistake empties the table nor a word
 * that is the beginning of something: "use" on the way to "user=root". */
static void
apply_filter(struct screen *s, bool typing)
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
	if (f && typing && s->offer.all.n && !any_match(s, f)) {
		filter_free(f);
		return;
	}
	filter_free(s->shown.filter);
	s->shown.filter = f;
	memcpy(s->filter_text, s->line.text, sizeof s->filter_text);
	s->stale = true;
}

void
find_filter_changed(struct screen *s)
{
	apply_filter(s, true);
}

bool
find_ask_search(struct screen *s)
{
	size_t at;

	screen_rows(s);
	at = s->have_selection && s->at < s->rows.n ? s->at : s->top;
	s->search_wrapped = 0;
	if (at < s->rows.n)
		s->search_from = rows_key(&s->rows, at);
	return true;
}

void
find_search_changed(struct screen *s)
{
	struct err e = {.at = -1};
	struct filter *f = s->line.len ? filter_parse(s->line.text, TABLE_PROC, &e) : NULL;
	size_t at;

	s->line_error.text[0] = '\0';
	if (s->line.len && !f) {
		s->line_error = e;
		return;
	}
	filter_free(s->search);
	s->search = f;
	screen_rows(s);
	/* Always from where one stood: a letter that is taken back goes back. */
	at = rows_find(&s->rows, s->search_from);
	if (f && !jump(s, at < s->rows.n ? at : s->top, 1))
		err_set(&s->line_error, -1, "no match");
}

void
find_tag_changed(struct screen *s)
{
	struct err e = {.at = -1};

	filter_free(s->tagging);
	s->tagging = s->line.len ? filter_parse(s->line.text, TABLE_PROC, &e) : NULL;
	s->line_error = e;
	if (s->tagging || !s->line.len)
		s->line_error.text[0] = '\0';
}

/* Of the rows that are shown. */
bool
find_accept_tag(struct screen *s)
{
	size_t n = s->tagged.n;

	find_tag_changed(s);
	if (s->line_error.text[0])
		return false;
	screen_rows(s);
	for (size_t i = 0; i < s->rows.n && s->tagging; i++)
		if (!(s->rows.row[i].flags & TREE_GROUP) &&
		    !rows_ended(&s->rows, &s->rows.row[i]) &&
		    filter_match(s->tagging, rows_table(&s->rows, i), s->rows.row[i].row))
			key_set_add(&s->tagged, rows_key(&s->rows, i));
	screen_say(s, STYLE_DIM, "%zu more tagged", s->tagged.n - n);
	find_tag_left(s);
	return true;
}

void
find_tag_left(struct screen *s)
{
	filter_free(s->tagging);
	s->tagging = NULL;
}

bool
find_accept_filter(struct screen *s)
{
	apply_filter(s, false);
	return !s->line_error.text[0];
}

void
find_filter_left(struct screen *s)
{
	line_set(&s->line, "");
	find_filter_changed(s);
}

/* Enter alone looks for what was looked for last. */
bool
find_accept_search(struct screen *s)
{
	const char *last = recall_newest(&s->recall[PROMPT_SEARCH]);

	if (!s->line.len && last) {
		line_set(&s->line, last);
		find_search_changed(s);
		if (s->search && !s->line_error.text[0])
			(void)find_next(s, 1);
	}
	if (s->line_error.at >= 0 && s->line_error.text[0])
		return false;
	memcpy(s->search_text, s->line.text, sizeof s->search_text);
	return true;
}

bool
find_search_key(struct screen *s, uint32_t key)
{
	switch (key) {
	case KEYS_F1 + 2:
	case 14: /* ^N */
		(void)find_next(s, 1);
		return true;
	case KEYS_SHIFT | (KEYS_F1 + 2):
	case 16: /* ^P */
		(void)find_next(s, -1);
		return true;
	default:
		return false;
	}
}

bool
find_accept_goto(struct screen *s)
{
	struct span text = span_of(s->line.text, s->line.len);
	uint64_t pid = 0;
	bool number = num_u64(&text, &pid) == 0 && span_empty(text);

	screen_rows(s);
	for (size_t i = 0; i < s->rows.n; i++) {
		const struct table *t = rows_table(&s->rows, i);
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
