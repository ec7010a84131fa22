/* find: the prompts that look for rows: filter, search, go to a process. */
#include <string.h>

#include "base/num.h"
#include "ui/state.h"

bool
find_next(struct screen *s, bool from_next)
{
	size_t start;

	screen_rows(s);
	if (!s->search || !s->frame || !s->rows.n)
		return false;
	start = s->have_selection && s->at < s->rows.n ? s->at + from_next : s->top;
	for (size_t i = 0; i < s->rows.n; i++) {
		size_t k = (start + i) % s->rows.n;

		if (filter_match(s->search, rows_table(&s->rows, k), s->rows.row[k].row)) {
			screen_select(s, k, true);
			return true;
		}
	}
	return false;
}

bool
find_previous(struct screen *s)
{
	const struct table *t;
	size_t start;

	screen_rows(s);
	if (!s->search || !s->frame || !s->rows.n)
		return false;
	t = frame_table(s->frame, TABLE_PROC);
	start = s->have_selection && s->at < s->rows.n ? s->at : s->top;
	for (size_t i = 1; i <= s->rows.n; i++) {
		size_t k = (start + s->rows.n - i) % s->rows.n;

		if (filter_match(s->search, t, s->rows.row[k].row)) {
			screen_select(s, k, true);
			return true;
		}
	}
	return false;
}

bool
find_ask_filter(struct screen *s)
{
	line_set(&s->line, s->filter_text);
	return true;
}

/* While a filter is typed the last good one stays; an error never empties the table. */
void
find_filter_changed(struct screen *s)
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

void
find_search_changed(struct screen *s)
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
	if (f && !find_next(s, false))
		err_set(&s->line_error, -1, "no match");
}

bool
find_accept_filter(struct screen *s)
{
	return !s->line_error.text[0];
}

void
find_filter_left(struct screen *s)
{
	line_set(&s->line, "");
	find_filter_changed(s);
}

bool
find_accept_search(struct screen *s)
{
	memcpy(s->search_text, s->line.text, sizeof s->search_text);
	return true;
}

bool
find_search_key(struct screen *s, uint32_t key)
{
	if (key != KEYS_DOWN && key != KEYS_F1 + 2)
		return false;
	(void)find_next(s, true);
	return true;
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
