#include "ui/diffview.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/num.h"
#include "draw/text.h"

/* A column that is not the last one, from left to right. */
struct place {
	const char *head;
	int width;
	bool left;
	int from; /* the least width of the screen that has it */
};

enum { MARK_WIDTH = 2, GAP = 1 };

static const struct place proc_places[] = {
	{"PID", 7, false, 0},  {"USER", 8, true, 76},   {"CPU", 8, false, 24},
	{"RES", 5, false, 64}, {"RES+-", 6, false, 34}, {"READ", 7, false, 56},
	{"WRITE", 7, false, 56},
};
/* How many there are in A and in B, where processes are added up. */
static const struct place count_places[] = {{"IN A", 7, false, 0}, {"IN B", 8, false, 76}};
enum { PLACE_PID, PLACE_USER, PLACE_CPU };

static const struct place counter_places[] = {
	{"TABLE", 8, true, 72},
	{"ROW", 12, true, 50},
	{"COUNTER", 22, true, 0},
	{"GREW", 9, false, 0},
	{"PER SECOND", 10, false, 57},
};
static const struct place gauge_places[] = {
	{"TABLE", 8, true, 72}, {"ROW", 12, true, 50}, {"GAUGE", 22, true, 0},
	{"A", 8, false, 63},	{"B", 8, false, 63},   {"CHANGE", 9, false, 0},
};
enum { PLACE_TABLE, PLACE_ROW, PLACE_WORDS };

/* Where the next cell goes. */
struct pen {
	struct grid *g;
	struct rect r; /* of the whole list */
	int x, y;
	int row_width; /* of the columns of the names of rows, in both lists */
};

static int
room(const struct pen *p, int want)
{
	return CLAMP(p->r.x + p->r.w - p->x, 0, want);
}

/* False when the screen is too narrow for the column. */
static bool
has_place(const struct pen *p, const struct place *place)
{
	return p->r.w >= place->from && room(p, 1) > 0;
}

static void
put_cell(struct pen *p, const struct place *place, enum style style, const char *text)
{
	int w = room(p, place->width);

	if (!has_place(p, place))
		return;
	if (place->left || w < place->width)
		text_puts(p->g, p->x, p->y, w, style, text);
	else
		text_right(p->g, p->x, p->y, w, style, text);
	p->x += place->width + GAP;
}

static void
put_number(struct pen *p, const struct place *place, double v, const char *text)
{
	if (v == 0 && has_place(p, place)) {
		if (room(p, place->width) == place->width)
			grid_put(p->g, p->x + place->width - 1, p->y, 0xb7, STYLE_DIM);
		p->x += place->width + GAP;
	} else {
		put_cell(p, place, isnan(v) ? STYLE_DIM : STYLE_TEXT, text);
	}
}

static void
put_amount(struct pen *p, const struct place *place, enum field_unit unit, double v, bool sign)
{
	char text[FORMAT_MAX];

	format_amount(text, unit, v, place->width, sign);
	put_number(p, place, v, text);
}

static void
draw_head(struct pen *p, const struct place *places, size_t n, const char *last)
{
	for (size_t i = 0; i < n; i++)
		put_cell(p, &places[i], STYLE_TEXT, places[i].head);
	if (last)
		text_puts(p->g, p->x, p->y, room(p, INT_MAX), STYLE_TEXT, last);
	grid_ground(p->g, p->r.x, p->y, p->r.w, 1, GROUND_HEAD);
}

static void
draw_amounts_head(struct pen *p, bool counts, const char *last)
{
	struct place places[ARRAY_LEN(proc_places)];

	memcpy(places, proc_places, sizeof places);
	if (counts)
		memcpy(places, count_places, sizeof count_places);
	p->x += MARK_WIDTH;
	draw_head(p, places, ARRAY_LEN(places), last);
}

static void
draw_procs_head(struct pen *p, const struct diff *d)
{
	draw_amounts_head(p, !d->same_boot, d->same_boot ? "COMMAND" : "NAME");
}

static void
draw_cgroups_head(struct pen *p, const struct diff *d)
{
	(void)d;
	draw_amounts_head(p, true, "CGROUP");
}

/* Where it will be cut, the program matters more than where it lives. */
static const char *
without_path(const char *command, int w)
{
	size_t program = strcspn(command, " "), base = 0;

	if (*command != '/' || text_width(command, strnlen(command, 4096)) <= w)
		return command;
	for (size_t i = 0; i + 1 < program; i++)
		if (command[i] == '/')
			base = i + 1;
	return command + base;
}

static enum style
style_of(const struct diff_proc *proc)
{
	return proc->mark == DIFF_GONE ? STYLE_DIM : STYLE_TEXT;
}

static void
draw_mark(struct pen *p, enum diff_mark mark)
{
	static const enum style marks[DIFF_MARKS] = {
		[DIFF_CHANGED] = STYLE_DIM, [DIFF_NEW] = STYLE_GOOD, [DIFF_GONE] = STYLE_WARN,
	};

	grid_put(p->g, p->x, p->y, (uint32_t)diff_mark_char(mark), marks[mark]);
	p->x += MARK_WIDTH;
}

static void
draw_counts(struct pen *p, const struct diff_proc *proc)
{
	char text[FORMAT_MAX];

	snprintf(text, sizeof text, "%u", proc->na);
	put_cell(p, &count_places[PLACE_PID], style_of(proc), text);
	snprintf(text, sizeof text, "%u", proc->nb);
	put_cell(p, &count_places[PLACE_USER], style_of(proc), text);
}

/* What it used, and what it is. */
static void
draw_amounts(struct pen *p, const struct diff *d, const struct diff_proc *proc)
{
	char text[FORMAT_MAX];

	for (int c = 0; c < DIFF_COLUMNS; c++) {
		const struct place *place = &proc_places[PLACE_CPU + c];
		double v = diff_cell(d, proc, (enum diff_column)c, text, place->width);

		put_number(p, place, v, text);
	}
}

static void
draw_proc(struct pen *p, const struct diff *d, size_t i)
{
	const struct diff_proc *proc = &d->proc[i];
	const char *command = *proc->command ? proc->command : proc->name;
	char text[FORMAT_MAX];

	draw_mark(p, proc->mark);
	if (d->same_boot) {
		snprintf(text, sizeof text, "%llu", (unsigned long long)proc->pid);
		put_cell(p, &proc_places[PLACE_PID], style_of(proc), text);
		put_cell(p, &proc_places[PLACE_USER], style_of(proc),
			 *proc->user ? proc->user : "-");
	} else {
		draw_counts(p, proc);
	}
	draw_amounts(p, d, proc);
	if (*command)
		command = without_path(command, room(p, INT_MAX));
	text_puts(p->g, p->x, p->y, room(p, INT_MAX), style_of(proc), *command ? command : "-");
}

/* Where it would be cut, the last of it tells it from others. */
static const char *
without_parents(const char *path, int w)
{
	const char *slash;

	while (text_width(path, strnlen(path, 4096)) > w && (slash = strchr(path, '/')) && slash[1])
		path = slash + 1;
	return path;
}

static void
draw_cgroup(struct pen *p, const struct diff *d, size_t i)
{
	const struct diff_proc *cgroup = &d->cgroup[i];

	draw_mark(p, cgroup->mark);
	draw_counts(p, cgroup);
	draw_amounts(p, d, cgroup);
	text_puts(p->g, p->x, p->y, room(p, INT_MAX), style_of(cgroup),
		  without_parents(cgroup->name, room(p, INT_MAX)));
}

/* Rows may be long paths: where there is room they have it. */
static int
widest_row(const struct diff *d, int max)
{
	int w = gauge_places[PLACE_ROW].width;

	for (size_t i = 0; i < d->ncounters && w < max; i++)
		w = MAX(w, text_width(d->counter[i].thing, strlen(d->counter[i].thing)));
	for (size_t i = 0; i < d->ngauges && w < max; i++)
		w = MAX(w, text_width(d->gauge[i].thing, strlen(d->gauge[i].thing)));
	return MIN(w, max);
}

static void
draw_names(struct pen *p, const struct diff_value *v, const struct place *places)
{
	struct place row = places[PLACE_ROW];
	const char *thing = v->thing;
	char words[DIFF_WORDS_MAX];

	row.width = p->row_width;
	diff_words(v, words);
	put_cell(p, &places[PLACE_TABLE], STYLE_DIM, schema[v->table].name);
	/* Where there is no room for the table, each line says what it is of all the same. */
	if (!*thing && !has_place(p, &places[PLACE_TABLE]))
		thing = schema[v->table].name;
	put_cell(p, &row, STYLE_TEXT, thing);
	put_cell(p, &places[PLACE_WORDS], STYLE_TEXT, words);
}

static void
draw_values_head(struct pen *p, const struct place *from, size_t n)
{
	struct place places[8];

	memcpy(places, from, n * sizeof *places);
	places[PLACE_ROW].width = p->row_width;
	draw_head(p, places, n, NULL);
}

static void
draw_counters_head(struct pen *p, const struct diff *d)
{
	(void)d;
	draw_values_head(p, counter_places, ARRAY_LEN(counter_places));
}

static void
draw_counter(struct pen *p, const struct diff *d, size_t i)
{
	const struct diff_value *v = &d->counter[i];
	enum field_unit unit = (enum field_unit)schema[v->table].field[v->field].unit;

	draw_names(p, v, counter_places);
	put_amount(p, &counter_places[PLACE_WORDS + 1], unit, v->change, true);
	put_amount(p, &counter_places[PLACE_WORDS + 2], diff_rate_unit(unit), v->rate, false);
}

static void
draw_gauges_head(struct pen *p, const struct diff *d)
{
	(void)d;
	draw_values_head(p, gauge_places, ARRAY_LEN(gauge_places));
}

static void
draw_gauge(struct pen *p, const struct diff *d, size_t i)
{
	const struct diff_value *v = &d->gauge[i];
	enum field_unit unit = (enum field_unit)schema[v->table].field[v->field].unit;

	draw_names(p, v, gauge_places);
	put_amount(p, &gauge_places[PLACE_WORDS + 1], unit, v->a, false);
	put_amount(p, &gauge_places[PLACE_WORDS + 2], unit, v->b, false);
	put_amount(p, &gauge_places[PLACE_WORDS + 3], unit, v->change, true);
}

static const struct list {
	const char *name;
	void (*head)(struct pen *p, const struct diff *d);
	void (*row)(struct pen *p, const struct diff *d, size_t i);
	int share; /* of the height of the overview, in fifths */
} lists[DIFFVIEWS] = {
	[DIFFVIEW_ALL] = {"overview", NULL, NULL, 0},
	[DIFFVIEW_PROCS] = {"processes", draw_procs_head, draw_proc, 2},
	[DIFFVIEW_CGROUPS] = {"cgroups", draw_cgroups_head, draw_cgroup, 1},
	[DIFFVIEW_COUNTERS] = {"counters", draw_counters_head, draw_counter, 1},
	[DIFFVIEW_GAUGES] = {"gauges", draw_gauges_head, draw_gauge, 1},
};

static int
rows_of(const struct diff *d, enum diffview_list l)
{
	size_t n = l == DIFFVIEW_PROCS	    ? d->nprocs
		   : l == DIFFVIEW_CGROUPS  ? d->ncgroups
		   : l == DIFFVIEW_COUNTERS ? d->ncounters
		   : l == DIFFVIEW_GAUGES   ? d->ngauges
					    : 0;

	return (int)MIN(n, (size_t)1 << 30);
}

static void
draw_list(struct grid *g, struct rect r, const struct diff *d, enum diffview_list l, int top)
{
	int n = rows_of(d, l), max = gauge_places[PLACE_ROW].width + CLAMP(r.w - 80, 0, 28);
	struct pen p = {g, r, r.x, r.y, widest_row(d, max)};

	if (r.h < 1)
		return;
	lists[l].head(&p, d);
	for (int i = 0; i + 1 < r.h && top + i < n; i++) {
		p.x = r.x;
		p.y = r.y + 1 + i;
		lists[l].row(&p, d, (size_t)(top + i));
	}
}

/* Gives the lines taken. */
static int
draw_events(struct grid *g, struct rect r, const struct diff *d)
{
	struct span events = span_of(d->events.data, d->events.len), line;
	int y = 0;

	while (y < MIN(r.h / 4, 3) && span_line(&events, &line))
		text_put(g, r.x, r.y + y++, r.w, STYLE_WARN, line.p, span_len(line));
	return y;
}

/* Each list its share; what one does not need the others get, the first ones first. A list of which
 * not even two rows fit is left out. */
static void
draw_overview(struct grid *g, struct rect r, const struct diff *d)
{
	int height[DIFFVIEWS] = {0}, left, events = draw_events(g, r, d);

	r.y += events;
	r.h -= events;
	left = r.h;
	for (int l = DIFFVIEW_PROCS; l < DIFFVIEWS; l++) {
		int n = rows_of(d, (enum diffview_list)l), share = r.h * lists[l].share / 5;

		height[l] = n && share >= 3 ? MIN(share, n + 1) : 0;
		left -= height[l];
	}
	for (int l = DIFFVIEW_PROCS; l < DIFFVIEWS; l++) {
		int n = rows_of(d, (enum diffview_list)l);
		int more = MIN(left, n ? n + 1 - height[l] : 0);

		if (!height[l] && more < 2)
			continue;
		height[l] += more;
		left -= more;
	}
	for (int l = DIFFVIEW_PROCS; l < DIFFVIEWS; l++) {
		if (!height[l])
			continue;
		draw_list(g, (struct rect){r.x, r.y, r.w, height[l]}, d, (enum diffview_list)l, 0);
		r.y += height[l];
	}
}

static void
draw_title(struct grid *g, struct rect r, const struct diff *d)
{
	struct buf b = {0};

	diff_title(d, &b);
	text_puts(g, r.x, r.y, r.w, STYLE_STRONG, b.data);
	buf_release(&b);
}

/* "processes +1 -1 ~23" */
static void
draw_tabs(struct grid *g, struct rect r, const struct diff *d, enum diffview_list current)
{
	static const enum diff_mark marks[DIFF_MARKS] = {DIFF_NEW, DIFF_GONE, DIFF_CHANGED};
	int x = 0;

	for (int l = 0; l < DIFFVIEWS; l++) {
		enum style style = l == (int)current ? STYLE_ACCENT : STYLE_DIM;

		x += text_puts(g, r.x + x, r.y, MAX(r.w - x, 0), style, lists[l].name);
		for (int m = 0; l == DIFFVIEW_PROCS && m < DIFF_MARKS; m++)
			if (d->count[marks[m]])
				x += text_printf(g, r.x + x, r.y, MAX(r.w - x, 0), style, " %c%u",
						 diff_mark_char(marks[m]), d->count[marks[m]]);
		if (l == DIFFVIEW_CGROUPS && !d->has_cgroups)
			x += text_puts(g, r.x + x, r.y, MAX(r.w - x, 0), style, " -");
		else if (l > DIFFVIEW_PROCS || (l == DIFFVIEW_PROCS && !d->nprocs))
			x += text_printf(g, r.x + x, r.y, MAX(r.w - x, 0), style, " %d",
					 rows_of(d, (enum diffview_list)l));
		x += 2;
	}
}

void
diffview_turn(struct diffview *v, int step)
{
	v->list = (enum diffview_list)(((int)v->list + step % DIFFVIEWS + DIFFVIEWS) % DIFFVIEWS);
	v->top = 0;
}

void
diffview_scroll(struct diffview *v, int rows)
{
	if (__builtin_add_overflow(v->top, rows, &v->top))
		v->top = rows < 0 ? 0 : 1 << 30;
}

void
diffview_draw(struct grid *g, struct rect r, const struct diff *d, struct diffview *v)
{
	int head = MIN(r.h, 2), n = rows_of(d, v->list);
	struct rect below = {r.x, r.y + head, r.w, r.h - head};

	if (r.h < 1 || r.w < 1)
		return;
	draw_title(g, r, d);
	if (head > 1)
		draw_tabs(g, (struct rect){r.x, r.y + 1, r.w, 1}, d, v->list);
	v->page = MAX(below.h - 1, 0);
	v->top = CLAMP(v->top, 0, MAX(n - v->page, 0));
	if (v->list == DIFFVIEW_ALL)
		draw_overview(g, below, d);
	else if (n)
		draw_list(g, below, d, v->list, v->top);
	for (int l = DIFFVIEW_PROCS; v->list == DIFFVIEW_ALL && l < DIFFVIEWS; l++)
		n += rows_of(d, (enum diffview_list)l) > 0;
	if (below.h > 1 && !n && (v->list != DIFFVIEW_ALL || !d->events.len))
		text_puts(g, r.x + 2, below.y + 1, MAX(r.w - 4, 0), STYLE_DIM,
			  v->list == DIFFVIEW_CGROUPS && !d->has_cgroups
				  ? DIFF_NO_CGROUPS
				  : "nothing that was sampled in both differs");
}
