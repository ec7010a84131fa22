#include "ui/details.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/mem.h"
#include "draw/text.h"
#include "frame/derive.h"
#include "schema/format.h"
#include "ui/state.h"

static const struct tab {
	const char *name;
	void (*draw)(struct page *p);
	int table; /* it is made of, or -1 */
	const uint8_t *fields;
} tabs[TABS] = {
	[TAB_SUMMARY] = {"summary", tab_summary, -1, detail_fields_always},
	[TAB_CPU] = {"cpu", tab_cpu, -1, detail_fields_cpu},
	[TAB_MEMORY] = {"memory", tab_memory, TABLE_MAPS, detail_fields_memory},
	[TAB_FILES] = {"files", tab_files, TABLE_FD, NULL},
	[TAB_ENV] = {"env", tab_env, TABLE_ENV, NULL},
	[TAB_LIMITS] = {"limits", tab_limits, TABLE_LIMIT, NULL},
	[TAB_CGROUP] = {"cgroup", tab_cgroup, TABLE_CGLIMIT, detail_fields_cgroup},
	[TAB_NS] = {"ns", tab_ns, TABLE_NSPACE, NULL},
	[TAB_SECURITY] = {"security", tab_security, -1, detail_fields_security},
	[TAB_THREADS] = {"threads", tab_threads, -1, detail_fields_threads},
	[TAB_STACK] = {"stack", tab_stack, TABLE_STACK, detail_fields_threads},
	[TAB_COMMAND] = {"command", tab_command, -1, detail_fields_always},
};

/* ---- opening, closing, moving ---- */

void
details_release(struct screen *s)
{
	frame_unref(s->details.last);
	free(s->details.history);
	s->details = (struct details){0};
}

static void
turn_to(struct screen *s, enum detail_tab tab)
{
	struct details *d = &s->details;

	if (d->tab != tab)
		d->values = false;
	d->tab = tab;
	d->top = 0;
}

/* Of a thread its process, where that has a row. */
static struct row_key
process_of(const struct table *t, uint32_t row)
{
	uint64_t tgid, pid, thread;

	if (!cell_u64(t, row, PROC_THREAD, &thread) || !thread ||
	    !cell_u64(t, row, PROC_TGID, &tgid))
		return t->key[row];
	for (uint32_t i = 0; i < t->nrows; i++)
		if (cell_u64(t, i, PROC_PID, &pid) && pid == tgid)
			return t->key[i];
	return t->key[row];
}

static void
open_details(struct screen *s, enum detail_tab tab)
{
	screen_rows(s);
	if (!s->have_selection || s->at >= s->rows.n) {
		screen_say(s, STYLE_WARN, "select a process first, with the arrow keys");
		return;
	}
	if (s->rows.row[s->at].flags & TREE_GROUP) {
		screen_do(s, ACTION_FOLD);
		return;
	}
	if (rows_ended(&s->rows, &s->rows.row[s->at])) {
		screen_say_gone(s, s->at);
		return;
	}
	s->details.key = process_of(rows_table(&s->rows, s->at), s->rows.row[s->at].row);
	s->details.open = true;
	s->details.history = xcalloc(1, sizeof *s->details.history);
	s->mode = MODE_DETAILS;
	turn_to(s, tab);
}

void
details_show(struct screen *s, enum detail_tab tab)
{
	struct details *d = &s->details;

	if (!d->open) {
		open_details(s, tab);
	} else if (tab == TAB_ENV && d->tab == TAB_ENV) {
		d->values = !d->values;
	} else {
		turn_to(s, tab);
	}
}

void
details_close(struct screen *s)
{
	details_release(s);
	if (s->mode == MODE_DETAILS)
		s->mode = MODE_TABLE;
}

static void
scroll(struct details *d, int rows)
{
	if (__builtin_add_overflow(d->top, rows, &d->top))
		d->top = rows < 0 ? 0 : 1 << 30;
	d->top = CLAMP(d->top, 0, MAX(d->lines - d->page, 0));
}

void
details_do(struct screen *s, enum action a)
{
	struct details *d = &s->details;

	s->message[0] = '\0';
	if (action_rows(a, d->page)) {
		scroll(d, action_rows(a, d->page));
		return;
	}
	switch (a) {
	case ACTION_LEFT:
		turn_to(s, (d->tab + TABS - 1) % TABS);
		return;
	case ACTION_RIGHT:
		turn_to(s, (d->tab + 1) % TABS);
		return;
	case ACTION_BACK:
	case ACTION_QUIT:
	case ACTION_DETAILS:
		details_close(s);
		return;
	case ACTION_FILES:
	case ACTION_ENVIRONMENT:
	case ACTION_CGROUP_LIMITS:
	case ACTION_NAMESPACES:
	case ACTION_FULL_COMMAND:
	case ACTION_STACK:
	case ACTION_HELP:
	case ACTION_REFRESH:
	case ACTION_SUSPEND:
	case ACTION_DELAY:
	case ACTION_DIFF:
		screen_do(s, a);
		return;
	default:
		/* One may go through time; what else there is, is of the table. */
		if (action_info[a].group == GROUP_TIME)
			screen_do(s, a);
		return;
	}
}

void
details_key(struct screen *s, uint32_t key)
{
	enum action a = keymap_action(&s->keys, key);

	if (key == '\t' || key == KEYS_BACKTAB)
		a = key == '\t' ? ACTION_RIGHT : ACTION_LEFT;
	else if (key == ' ' && a != ACTION_REFRESH)
		a = ACTION_PAGE_DOWN;
	details_do(s, a);
}

void
details_wheel(struct screen *s, int rows)
{
	scroll(&s->details, rows);
}

void
details_click(struct screen *s, int x, int y)
{
	const struct details *d = &s->details;

	if (rewind_click(s, x, y))
		return;
	for (int i = 0; i < TABS && y == d->place_y; i++)
		if (x >= d->place[i].x && x < d->place[i].x + d->place[i].w)
			turn_to(s, (enum detail_tab)i);
}

void
details_want(const struct screen *s, struct plan *p)
{
	const struct details *d = &s->details;
	const struct tab *tab = &tabs[d->tab];

	p->detail = d->open ? d->key : (struct row_key){0};
	if (!d->open)
		return;
	for (const uint8_t *f = detail_fields_always; *f != PROC_FIELDS; f++)
		plan_want(p, TABLE_PROC, *f);
	for (const uint8_t *f = tab->fields; f && *f != PROC_FIELDS; f++)
		plan_want(p, TABLE_PROC, *f);
	if (tab->table >= 0)
		plan_want_table(p, (enum table_id)tab->table);
	/* What nobody has asked to see is not even read into a frame. */
	if (d->tab == TAB_ENV && !d->values)
		p->want[TABLE_ENV].bits[0] &= ~(UINT64_C(1) << ENV_VALUE);
	p->threads |= d->tab == TAB_THREADS;
}

/* ---- a page ---- */

bool
page_line(struct page *p, int *ret_y)
{
	int at = p->n++ - p->top;

	*ret_y = p->r.y + at;
	return p->g && at >= 0 && at < p->r.h;
}

void
page_blank(struct page *p)
{
	p->n++;
}

void
page_note(struct page *p, enum style style, const char *text)
{
	page_wrap(p, 0, style, text);
}

/* How many bytes of the text fit the columns; at a blank where there is one in the second half. */
static size_t
line_bytes(const char *text, size_t n, int w)
{
	size_t fit = 0, blank = 0;

	for (size_t i = 0; i < n;) {
		size_t k = 1;

		while (i + k < n && ((unsigned char)text[i + k] & 0xc0) == 0x80)
			k++;
		if (text_width(text, i + k) > w)
			break;
		if (text[i] == ' ')
			blank = i + 1;
		i += k;
		fit = i;
	}
	if (fit == n)
		return n;
	return MAX(blank > fit / 2 ? blank : fit, 1);
}

void
page_wrap(struct page *p, int indent, enum style style, const char *text)
{
	int w = MAX(p->r.w - indent, 8), y;
	size_t n = strlen(text);

	do {
		size_t k = line_bytes(text, MIN(n, (size_t)w * 4), w);

		k = MIN(k, n);
		if (page_line(p, &y))
			text_put(p->g, p->r.x + indent, y, p->r.w - indent, style, text, k);
		text += k;
		n -= k;
	} while (n);
}

enum { NAME_WIDTH = 17 };

void
page_text(struct page *p, const char *name, const char *text)
{
	int y = p->r.y + p->n - p->top;

	if (p->g && y >= p->r.y && y < p->r.y + p->r.h)
		text_puts(p->g, p->r.x, y, MIN(NAME_WIDTH - 1, p->r.w), STYLE_DIM, name);
	page_wrap(p, NAME_WIDTH, *text ? STYLE_TEXT : STYLE_DIM, *text ? text : "-");
}

double
page_number(const struct page *p, unsigned field)
{
	double v;

	return cell_number(frame_table(p->f, TABLE_PROC), p->row, field, &v) ? v : NAN;
}

void
page_value(const struct page *p, enum table_id id, uint32_t row, unsigned field, char out[64])
{
	const struct table *t = frame_table(p->f, id);
	const struct field *spec = &schema[id].field[field];
	double v = 0;

	if (!cell_valid(t, row, field)) {
		snprintf(out, 64, "%s", cell_late(t, row, field) ? "~" : "-");
		return;
	}
	(void)cell_number(t, row, field, &v);
	if (spec->type == TYPE_STR)
		snprintf(out, 64, "%s", cell_str(t, row, field));
	else if (spec->type == TYPE_BOOL)
		snprintf(out, 64, "%s", v != 0 ? "yes" : "no");
	else if (spec->unit == UNIT_WALL_NS)
		format_moment(out, t->col[field][row].i, p->f->meta.wall_ns, 19,
			      p->f->meta.fixture);
	else if (spec->unit == UNIT_NS && spec->kind == KIND_COUNTER)
		format_cpu_time(out, t->col[field][row].u, 10);
	else if (spec->unit == UNIT_NONE && spec->type != TYPE_F64)
		format_whole(out, spec->type == TYPE_I64 ? t->col[field][row].i
							 : (int64_t)t->col[field][row].u);
	else
		format_amount(out, (enum field_unit)spec->unit, v, 8, false);
}

static void
draw_fact(const struct page *p, int x, int y, int w, const struct fact *fact)
{
	const struct table *t = frame_table(p->f, TABLE_PROC);
	char value[64];
	int nw = MIN(NAME_WIDTH, w / 2);

	text_puts(p->g, x, y, nw - 1, STYLE_DIM, fact->name);
	if (schema[TABLE_PROC].field[fact->field].type == TYPE_STR &&
	    cell_valid(t, p->row, fact->field)) {
		text_puts(p->g, x + nw, y, w - nw, STYLE_TEXT, cell_str(t, p->row, fact->field));
		return;
	}
	page_value(p, TABLE_PROC, p->row, fact->field, value);
	text_puts(p->g, x + nw, y, w - nw, strcmp(value, "-") == 0 ? STYLE_DIM : STYLE_TEXT, value);
}

/* Down the first column, then down the second. */
void
page_facts(struct page *p, const struct fact *facts, size_t n)
{
	size_t columns = p->r.w >= 64 ? 2 : 1, lines = (n + columns - 1) / columns;
	int w = p->r.w / (int)columns, y;

	for (size_t i = 0; i < lines; i++) {
		if (!page_line(p, &y))
			continue;
		draw_fact(p, p->r.x, y, columns > 1 ? w - 2 : w, &facts[i]);
		if (columns > 1 && i + lines < n)
			draw_fact(p, p->r.x + w, y, p->r.w - w, &facts[i + lines]);
	}
}

bool
page_is_row(const struct page *p, enum table_id t, uint32_t row)
{
	uint64_t pid;

	return cell_u64(frame_table(p->f, t), row, 0, &pid) && pid == p->pid;
}

bool
page_has(struct page *p, enum table_id id)
{
	const struct table *t = frame_table(p->f, id);
	enum source source = (enum source)schema[id].field[0].source;
	int error = p->f->source[source].error;

	for (uint32_t i = 0; i < t->nrows; i++)
		if (page_is_row(p, id, i))
			return true;
	if (p->past || (p->ended && !error))
		page_note(p, STYLE_DIM, p->past ? "not recorded at that time"
						: "not read before the process ended");
	else if (!t->col[0])
		page_note(p, STYLE_DIM, "being read");
	else if (error)
		page_note(p, STYLE_WARN, source_why(source, error));
	else
		page_note(p, STYLE_DIM, "none");
	return false;
}

/* ---- drawing ---- */

/* Takes over the frame that is shown when it has the process. False: it is not there. */
static bool
take_frame(struct screen *s)
{
	struct details *d = &s->details;
	const struct table *t = frame_table(s->frame, TABLE_PROC);
	bool there = t->nrows && table_find(t, d->key) != ROW_NONE;

	if (there && s->frame != d->last) {
		frame_unref(d->last);
		d->last = frame_ref(s->frame);
	}
	return there;
}

static void
fill_history(struct screen *s)
{
	struct details *d = &s->details;
	const struct rewind *w = &s->rewind;
	int ticks = chart_samples(s->header.glyphs, s->w);
	uint64_t first = 0, end = 0, at;

	if (w->past)
		past_span(w->past, &first, &end);
	if (first < end) {
		at = rewind_stands_at(s);
		if (w->stand == STAND_LIVE)
			detail_history_live(d->history, at, s->frame, d->key);
		detail_history_fill(d->history, w->past, at, d->key, ticks);
	} else if (w->ticks) {
		detail_history_live(d->history, w->ticks - 1, s->frame, d->key);
		d->history->end = w->ticks;
	}
}

static void
draw_title(struct screen *s, struct grid *g, const struct page *p, bool there)
{
	const struct table *t = frame_table(p->f, TABLE_PROC);
	time_t wall = (time_t)(p->f->meta.wall_ns / NS_PER_S);
	char right[64], clock[16];
	struct tm tm;
	int w, x;

	if (p->f->meta.fixture)
		gmtime_r(&wall, &tm);
	else
		localtime_r(&wall, &tm);
	strftime(clock, sizeof clock, "%H:%M:%S", &tm);
	snprintf(right, sizeof right, "%s  %s", clock,
		 there ? s->where : s->rewind.stand == STAND_PAST ? "not there" : "ended");
	w = text_width(right, strlen(right));
	x = text_printf(g, 0, 0, g->w, STYLE_ACCENT, "%llu", (unsigned long long)p->pid);
	x += 1 + text_puts(g, x + 1, 0, g->w - x - 1, STYLE_STRONG,
			   cell_str(t, p->row, PROC_NAME));
	if (g->w - x > w + 14)
		x += 2 + text_puts(g, x + 2, 0, g->w - x - w - 4, STYLE_TEXT,
				   cell_str(t, p->row, PROC_USER));
	if (g->w - x > w + 2)
		text_puts(g, g->w - w, 0, w, there ? s->header.where_style : STYLE_WARN, right);
	if (s->rewind.stand != STAND_LIVE || !there)
		grid_ground(g, 0, 0, g->w, 1, GROUND_PAST);
}

/* Where not all fit, those up to the one that is shown do. */
static void
draw_tabs(struct details *d, struct grid *g, int y)
{
	int first = 0, x = 0, w = 0;

	for (int i = 0; i < TABS; i++)
		d->place[i].w = 0;
	for (int i = d->tab; i >= 0; i--) {
		w += (int)strlen(tabs[i].name) + 1;
		first = w <= g->w + 1 ? i : first;
		if (w > g->w + 1)
			break;
	}
	d->place_y = y;
	for (int i = first; i < TABS && x < g->w; i++) {
		enum style style = i == (int)d->tab ? STYLE_ACCENT : STYLE_DIM;
		int used = text_puts(g, x, y, g->w - x, style, tabs[i].name);

		d->place[i].x = x;
		d->place[i].w = used;
		x += used + 1;
	}
	grid_ground(g, 0, y, g->w, 1, GROUND_HEAD);
}

static void
draw_hints(struct screen *s, struct grid *g, int y)
{
	static const struct footer_hint hints[] = {
		{ACTION_LEFT, ACTION_RIGHT, "tabs"}, {ACTION_UP, ACTION_DOWN, "scroll"},
		{ACTION_EARLIER, ACTION_LATER, "in time"}, {ACTION_BACK, ACTION_NONE, "close"},
	};
	const struct details *d = &s->details;
	char where[32] = "";
	int x;

	if (d->lines > d->page)
		snprintf(where, sizeof where, "%d-%d of %d", d->top + 1,
			 MIN(d->top + d->page, d->lines), d->lines);
	x = footer_draw_hints(s, g, y, g->w - (int)strlen(where) - 2, hints, ARRAY_LEN(hints));
	if (*where && x >= 0 && x < g->w)
		text_right(g, x, y, g->w - x, STYLE_DIM, where);
}

static void
draw_page(struct screen *s, struct page *p)
{
	struct details *d = &s->details;
	struct grid *g = p->g;

	p->g = NULL;
	tabs[d->tab].draw(p);
	d->lines = p->n;
	d->page = MAX(p->r.h, 0);
	d->top = CLAMP(d->top, 0, MAX(d->lines - d->page, 0));
	p->g = g;
	p->n = 0;
	p->top = d->top;
	tabs[d->tab].draw(p);
}

void
details_draw(struct screen *s, struct grid *g)
{
	struct details *d = &s->details;
	bool there = take_frame(s);
	int foot = g->h >= 4 || s->mode == MODE_PROMPT || s->message[0] ? 1 : 0;
	int line = s->rewind.stand == STAND_PAST ? timeline_height(g->w, g->h) : 0;
	int head = MIN(g->h - foot, g->h >= 8 ? 2 : 1);
	struct page p = {.g = g, .glyphs = s->header.glyphs, .pid = d->key.a, .d = d};

	p.past = s->rewind.stand == STAND_PAST;
	p.ended = !there;
	p.r = (struct rect){0, head, g->w, g->h - head - foot - line};
	if (!d->last) {
		text_puts(g, 0, 0, g->w, STYLE_WARN, "this process is not in any sample");
	} else {
		p.row = table_find(frame_table(d->last, TABLE_PROC), d->key);
		p.f = d->last;
		fill_history(s);
		draw_title(s, g, &p, there);
		if (head > 1)
			draw_tabs(d, g, 1);
		draw_page(s, &p);
	}
	if (line)
		rewind_draw(s, g, (struct rect){0, g->h - line - foot, g->w, line});
	if (s->mode == MODE_PROMPT)
		prompt_draw(s, g, g->h - 1, false);
	else if (foot)
		draw_hints(s, g, g->h - 1);
	if (s->mode == MODE_HELP)
		help_draw(s, g);
}
