#include "ui/timeline.h"

#include <math.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/mem.h"
#include "draw/text.h"
#include "frame/events.h"

enum { LABEL = 4, CLOCK = 8, TALL = 40, LOWEST = 8, STRIPS = 3 };

static void
raise_to(double *most, uint8_t level)
{
	if (level != PAST_UNKNOWN && !(level / 250.0 <= *most))
		*most = level / 250.0;
}

/* The column of so many moments, of which those from `first` up to `end` are kept. */
static const struct timeline_column *
sum_up(struct timeline *t, struct past *p, uint64_t from, uint64_t first, uint64_t end)
{
	struct timeline_column *c = &t->known[from / t->per % ARRAY_LEN(t->known)];
	uint64_t to = MIN(from + t->per, end);
	struct moment m;

	from = MAX(from, first);
	if (c->from == from && c->to == to)
		return c;
	*c = (struct timeline_column){from, to, NAN, NAN, NAN, from, UINT64_MAX, 0};
	for (uint64_t n = from; n < to; n++) {
		double before = c->cpu;

		if (!past_moment(p, n, &m))
			continue;
		raise_to(&c->cpu, m.cpu);
		raise_to(&c->memory, m.memory);
		raise_to(&c->pressure, m.pressure);
		if (c->cpu > before || (isnan(before) && !isnan(c->cpu)))
			c->busiest = n;
		if (m.events && c->event == UINT64_MAX)
			c->event = n;
		c->events |= m.events;
	}
	return c;
}

int
timeline_height(int w, int h)
{
	if (h < LOWEST || w < 8)
		return 0;
	return h < TALL ? 1 : STRIPS + 1;
}

/* Moments a column, so that all of them fit. */
static uint64_t
choose_scale(uint64_t first, uint64_t end, int w)
{
	static const uint64_t steps[] = {1, 2, 3, 5, 10, 15, 20, 30};

	for (uint64_t unit = 1;; unit *= 60)
		for (size_t i = 0; i < ARRAY_LEN(steps); i++)
			if ((end - 1) / (unit * steps[i]) - first / (unit * steps[i]) < (uint64_t)w)
				return unit * steps[i];
}

static void
put_clock(struct grid *g, int x, int y, struct past *p, uint64_t n, bool utc)
{
	struct moment m;
	char text[16];
	struct tm tm;
	time_t wall;

	if (!past_moment(p, n, &m))
		return;
	wall = (time_t)(m.wall_ns / NS_PER_S);
	if (utc)
		gmtime_r(&wall, &tm);
	else
		localtime_r(&wall, &tm);
	strftime(text, sizeof text, "%H:%M:%S", &tm);
	text_puts(g, x, y, CLOCK, STYLE_DIM, text);
}

static void
put_level(struct grid *g, enum glyphs gs, int x, int y, double level, enum style style)
{
	if (isnan(level))
		grid_put(g, x, y, gs == GLYPHS_ASCII ? '.' : 0xb7, STYLE_DIM);
	else
		grid_put(g, x, y, chart_cell(gs, level), level > 0 ? style : STYLE_DIM);
}

static bool
has_bookmark(const uint64_t *bookmark, size_t n, uint64_t from, uint64_t to)
{
	for (size_t i = 0; i < n; i++)
		if (bookmark[i] >= from && bookmark[i] < to)
			return true;
	return false;
}

/* A mark and, in a line of marks, what happened, where nothing stands yet up to the next mark. */
static void
put_event(struct grid *g, int x, int y, int end, uint8_t events, bool named)
{
	const char *name = event_names[__builtin_ctz(events)];
	int w = (int)strlen(name);

	grid_put(g, x, y, '!', STYLE_BAD);
	for (int i = 1; named && i <= w + 1; i++)
		named = x + i < end ? grid_at(g, x + i, y)->ch == ' ' : i == w + 1;
	if (named)
		text_puts(g, x + 1, y, w, STYLE_DIM, name);
}

/* One line: marks stand in the strip. More: in a line of their own below the strips. From the right
 * to the left, so that an event's name sees which room it has. */
void
timeline_draw(struct grid *g, enum glyphs gs, struct past *p, uint64_t at,
	      const uint64_t *bookmark, size_t nbookmarks, bool utc, struct rect r,
	      struct timeline *t)
{
	static const char *const labels[STRIPS] = {"cpu", "mem", "psi"};
	static const enum style styles[STRIPS] = {STYLE_USER, STYLE_MEM_USED, STYLE_IOWAIT};
	bool ascii = gs == GLYPHS_ASCII, clocks = r.w >= LABEL + 2 * (CLOCK + 1) + 16;
	int side = clocks ? CLOCK + 1 : 0, strips = MAX(r.h - 1, 1), marks = r.y + r.h - 1;
	uint32_t here = strips == r.h ? (ascii ? '|' : 0x2503) : ascii ? '^' : 0x25b2;
	uint64_t first, end;

	t->r = (struct rect){0};
	past_span(p, &first, &end);
	r.x += LABEL + side;
	r.w -= LABEL + 2 * side;
	if (r.h < 1 || r.w < 1 || first == end)
		return;
	t->per = choose_scale(first, end, r.w);
	t->from = first - first % t->per;
	t->r = r;
	t->r.w = (int)((end - 1 - t->from) / t->per) + 1;
	t->r.x += r.w - t->r.w; /* the newest is at the right edge */
	for (int i = 0; i < strips; i++)
		text_puts(g, r.x - LABEL - side, r.y + i, LABEL - 1, STYLE_DIM, labels[i]);
	if (clocks) {
		put_clock(g, t->r.x - side, marks, p, first, utc);
		put_clock(g, r.x + r.w + 1, marks, p, end - 1, utc);
	}
	for (int i = t->r.w - 1; i >= 0; i--) {
		uint64_t from = t->from + (uint64_t)i * t->per, to = MIN(from + t->per, end);
		const struct timeline_column *c = sum_up(t, p, from, first, end);
		double level[STRIPS] = {c->cpu, c->memory, c->pressure};
		int x = t->r.x + i;

		for (int k = 0; k < strips; k++)
			put_level(g, gs, x, r.y + k, level[k], styles[k]);
		if (at < to && (at >= from || i == 0)) {
			grid_put(g, x, marks, here, STYLE_ACCENT);
			grid_ground(g, x, r.y, 1, r.h, GROUND_SELECT);
		} else if (c->events & EVENT_BIT(EVENT_BOOKMARK) ||
			   has_bookmark(bookmark, nbookmarks, from, to)) {
			grid_put(g, x, marks, ascii ? 'v' : 0x25bc, STYLE_ACCENT);
		} else if (c->events) {
			put_event(g, x, marks, t->r.x + t->r.w, c->events, strips < r.h);
		}
	}
}

bool
timeline_find(struct timeline *t, struct past *p, int x, int y, uint64_t *ret_n)
{
	const struct timeline_column *c;
	uint64_t first, end;

	if (x < t->r.x || x >= t->r.x + t->r.w || y < t->r.y || y >= t->r.y + t->r.h)
		return false;
	past_span(p, &first, &end);
	c = sum_up(t, p, t->from + (uint64_t)(x - t->r.x) * t->per, first, end);
	*ret_n = c->event != UINT64_MAX ? c->event : c->busiest;
	return true;
}
