#include "ui/header.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/mem.h"
#include "draw/text.h"
#include "schema/format.h"
#include "ui/meters.h"

enum { WIDE_COLUMNS = 110, WIDE_LINES = 30 };

void
header_plan(struct plan *p)
{
	static const uint8_t cpu[] = {CPU_CPU,           CPU_BUSY_RATIO,   CPU_USER_RATIO,
				      CPU_NICE_RATIO,    CPU_SYSTEM_RATIO, CPU_IOWAIT_RATIO,
				      CPU_IRQ_RATIO,     CPU_SOFTIRQ_RATIO, CPU_STEAL_RATIO};
	static const uint8_t memory[] = {MEMORY_TOTAL,      MEMORY_FREE,     MEMORY_BUFFERS,
					 MEMORY_CACHE,      MEMORY_USED,     MEMORY_SHMEM,
					 MEMORY_SWAP_TOTAL, MEMORY_SWAP_USED, MEMORY_AVAILABLE};
	static const uint8_t system[] = {SYSTEM_UPTIME,  SYSTEM_LOAD1,   SYSTEM_LOAD5,
					 SYSTEM_LOAD15,  SYSTEM_THREADS, SYSTEM_RUNNING,
					 SYSTEM_PROCS,   SYSTEM_STATE_D, SYSTEM_STATE_Z,
					 SYSTEM_STATE_T, SYSTEM_KERNEL,  SYSTEM_FORKS_RATE,
					 SYSTEM_CTXT_RATE};
	static const uint8_t pressure[] = {PRESSURE_RESOURCE, PRESSURE_SOME10, PRESSURE_FULL10};
	static const uint8_t disk[] = {DISK_NAME, DISK_WHOLE, DISK_READ_BYTES_RATE,
				       DISK_WRITE_BYTES_RATE, DISK_BUSY_RATE};
	static const uint8_t net[] = {NET_NAME, NET_PHYSICAL, NET_RX_RATE, NET_TX_RATE};
#define WANT(table, list)                                                                          \
	for (size_t i = 0; i < ARRAY_LEN(list); i++)                                               \
		plan_want(p, table, (list)[i])
	WANT(TABLE_CPU, cpu);
	WANT(TABLE_MEMORY, memory);
	WANT(TABLE_SYSTEM, system);
	WANT(TABLE_PRESSURE, pressure);
	WANT(TABLE_DISK, disk);
	WANT(TABLE_NET, net);
#undef WANT
}

static void
format_ago(char out[FORMAT_MAX], int64_t s)
{
	if (s < 60) /* no tenths: they would flicker */
		snprintf(out, FORMAT_MAX, "%ds", (int)s);
	else
		format_span(out, (uint64_t)(s * NS_PER_S), 6);
}

/* The right edge says when, and whether that is now. Where it is narrow the past says less, but
 * always that it is the past. */
static void
draw_when(struct pen *p, const struct header_state *s, const struct frame *f)
{
	bool past = s->now_ns, ascii = s->glyphs == GLYPHS_ASCII;
	uint32_t mark = past ? (ascii ? '<' : 0x25c0) : ascii ? '*' : 0x25cf;
	time_t wall = (time_t)(f->meta.wall_ns / NS_PER_S), now = (time_t)(s->now_ns / NS_PER_S);
	char text[3][64], clock[16], date[24] = "", ago[FORMAT_MAX];
	struct tm then, today;
	int n = past ? 3 : 1, width = 0;

	if (f->meta.fixture) {
		gmtime_r(&wall, &then);
		gmtime_r(&now, &today);
	} else {
		localtime_r(&wall, &then);
		localtime_r(&now, &today);
	}
	strftime(clock, sizeof clock, "%H:%M:%S", &then);
	snprintf(text[0], sizeof text[0], "%s", clock);
	snprintf(text[1], sizeof text[1], "%s", clock);
	text[2][0] = '\0';
	if (past) {
		if (!s->replay && then.tm_yday == today.tm_yday && then.tm_year == today.tm_year)
			strftime(date, sizeof date, "%a", &then);
		else
			strftime(date, sizeof date, "%a %F", &then);
		format_ago(ago, MAX(s->now_ns - f->meta.wall_ns, 0) / NS_PER_S);
		/* On the left, where it may grow and moves nothing. */
		if (s->replay)
			snprintf(text[0], sizeof text[0], "%s %s", date, clock);
		else
			snprintf(text[0], sizeof text[0], "%6s ago  %s %s", ago, date, clock);
	}
	for (int i = 0; i < n; i++) {
		width = (int)strlen(text[i]) + 3 + text_width(s->where, strlen(s->where));
		if (p->end - p->x >= width + 8 || (past && i + 1 == n)) {
			struct pen r = {p->g, MAX(p->end - width, p->x), p->y, p->end};

			pen_put(&r, STYLE_TEXT, text[i]);
			r.x++;
			grid_put(r.g, r.x, r.y, mark, s->where_style);
			r.x += 2;
			pen_put(&r, s->where_style, s->where);
			p->end -= width + 1;
			return;
		}
	}
}

static void
draw_status(struct pen p, const struct header_state *s, const struct frame *f)
{
	char text[96], span[FORMAT_MAX];
	double v, load[3];
	static const struct {
		uint8_t field;
		const char *name;
		enum style style;
	} counts[] = {
		{SYSTEM_PROCS, "tasks", STYLE_TEXT},  {SYSTEM_THREADS, "thr", STYLE_TEXT},
		{SYSTEM_RUNNING, "run", STYLE_GOOD},  {SYSTEM_STATE_D, "D", STYLE_BAD},
		{SYSTEM_STATE_Z, "Z", STYLE_WARN},    {SYSTEM_STATE_T, "T", STYLE_WARN},
	};

	draw_when(&p, s, f);
	p.x += text_puts(p.g, p.x, p.y, MIN(16, p.end - p.x), STYLE_STRONG, f->meta.host) + 2;
	v = meter_value(f, TABLE_SYSTEM, 0, SYSTEM_UPTIME);
	if (!isnan(v)) {
		format_span(span, (uint64_t)v, 7);
		snprintf(text, sizeof text, "%s", span);
		if (p.x + 4 + (int)strlen(text) < p.end) {
			pen_put(&p, STYLE_DIM, "up ");
			pen_put(&p, STYLE_TEXT, text);
			p.x += 2;
		}
	}
	load[0] = meter_value(f, TABLE_SYSTEM, 0, SYSTEM_LOAD1);
	load[1] = meter_value(f, TABLE_SYSTEM, 0, SYSTEM_LOAD5);
	load[2] = meter_value(f, TABLE_SYSTEM, 0, SYSTEM_LOAD15);
	if (!isnan(load[0])) {
		snprintf(text, sizeof text, "%.2f %.2f %.2f", load[0], load[1], load[2]);
		if (p.x + 5 + (int)strlen(text) < p.end) {
			pen_put(&p, STYLE_DIM, "load ");
			pen_put(&p, STYLE_TEXT, text);
			p.x += 2;
		}
	}
	for (size_t i = 0; i < ARRAY_LEN(counts); i++) {
		v = meter_value(f, TABLE_SYSTEM, 0, counts[i].field);
		if (isnan(v))
			continue;
		snprintf(text, sizeof text, "%.0f", v);
		if (p.x + (int)strlen(text) + 1 + (int)strlen(counts[i].name) > p.end)
			break;
		pen_put(&p, v > 0 ? counts[i].style : STYLE_DIM, text);
		if (strlen(counts[i].name) > 1)
			p.x++;
		pen_put(&p, STYLE_DIM, counts[i].name);
		p.x++;
	}
}

static void
draw_compact(struct grid *g, const struct header_state *s, const struct frame *f,
	     const struct history *hist, int height)
{
	struct pen p = {g, 0, 1, g->w};
	int graph_w = CLAMP(g->w / 4, 4, 40);

	if (height > 1) {
		pen_label(&p, "cpu");
		meter_percent(&p, meter_value(f, TABLE_CPU, 0, CPU_BUSY_RATIO));
		meter_graph(g, s, hist, SERIES_CPU, (struct rect){p.x, p.y, graph_w, 1}, 1, STYLE_USER);
		p.x += graph_w + 1;
		meter_cpu_parts(&p, f);
		if (s->cpus == CPUS_AUTO)
			meter_cpu_cells(&p, s, f);
	}
	if (height > 2)
		meter_memory((struct pen){g, 0, 2, g->w}, s, f, true);
	if (height > 3) {
		p = (struct pen){g, 0, 3, g->w};
		pen_label(&p, "i/o");
		meter_disk(&p, f);
		meter_net(&p, s, f);
		meter_pressure(&p, f);
	}
	if (height > 4)
		meter_cpu_bars(g, s, f, (struct rect){0, 4, g->w, height - 4});
}

static void
draw_kernel(struct pen p, const struct frame *f)
{
	char text[128], ctx[FORMAT_MAX], forks[FORMAT_MAX];

	format_count(ctx, meter_value(f, TABLE_SYSTEM, 0, SYSTEM_CTXT_RATE), 5);
	format_count(forks, meter_value(f, TABLE_SYSTEM, 0, SYSTEM_FORKS_RATE), 5);
	snprintf(text, sizeof text, "%s switches/s  %s forks/s  Linux %.24s", ctx, forks,
		 cell_str(frame_table(f, TABLE_SYSTEM), 0, SYSTEM_KERNEL));
	pen_put(&p, STYLE_DIM, text);
}

/* The CPUs: what they do in all, a bar for each while they fit, else a cell, and the past. */
static void
draw_cpus(struct grid *g, const struct header_state *s, const struct frame *f,
	  const struct history *hist, struct rect r)
{
	int ncpu = (int)frame_table(f, TABLE_CPU)->nrows - 1, rows = r.h - 1, columns, w;
	struct rect past = {r.x, r.y + 1, r.w, rows};
	struct pen p = {g, r.x, r.y, r.x + r.w};

	pen_label(&p, "cpu");
	meter_percent(&p, meter_value(f, TABLE_CPU, 0, CPU_BUSY_RATIO));
	meter_cpu_parts(&p, f);
	if (ncpu < 1 || rows < 1)
		return;
	columns = (ncpu + rows - 1) / rows;
	w = columns == 1 ? 30 : columns * 24;
	if (s->cpus == CPUS_BARS) { /* below, where the height was made for them */
		columns = meter_cpu_columns((uint32_t)ncpu, r.w);
		past.h -= MIN((ncpu + columns - 1) / columns, rows - 2);
		meter_cpu_bars(g, s, f, (struct rect){r.x, past.y + past.h, r.w, rows - past.h});
	} else if (w <= r.w * 3 / 5) {
		meter_cpu_bars(g, s, f, (struct rect){r.x, r.y + 1, w, rows});
		past.x += w + 1;
		past.w -= w + 1;
	} else {
		meter_cpu_cells(&p, s, f);
	}
	meter_graph(g, s, hist, SERIES_CPU, past, 1, STYLE_USER);
}

static void
draw_wide(struct grid *g, const struct header_state *s, const struct frame *f,
	  const struct history *hist, int height)
{
	int left = g->w / 2 - 1, x = left + 2, y = 1;
	/* Two small graphs stand at the right edge of a line. */
	int small = (g->w - x) / 6, text_end = g->w - 2 * small - 1;
	struct rect a = {g->w - 2 * small, 0, small - 1, 1}, b = {g->w - small, 0, small, 1};
	struct pen p;

	draw_cpus(g, s, f, hist, (struct rect){0, 1, left, height - 1});
	/* Right: the rest, a line each. */
	meter_memory((struct pen){g, x, y++, g->w}, s, f, false);
	if (y < height)
		meter_swap((struct pen){g, x, y++, g->w}, s, f);
	if (y < height) {
		p = (struct pen){g, x, y, text_end};
		pen_label(&p, "disk");
		p.x++;
		meter_disk(&p, f);
		a.y = b.y = y++;
		meter_graph(g, s, hist, SERIES_READ, a, 1 << 20, STYLE_READ);
		meter_graph(g, s, hist, SERIES_WRITE, b, 1 << 20, STYLE_WRITE);
	}
	if (y < height) {
		p = (struct pen){g, x, y, text_end};
		meter_net(&p, s, f);
		a.y = b.y = y++;
		meter_graph(g, s, hist, SERIES_RX, a, 1 << 17, STYLE_RX);
		meter_graph(g, s, hist, SERIES_TX, b, 1 << 17, STYLE_TX);
	}
	if (y < height) {
		p = (struct pen){g, x, y, text_end};
		meter_pressure(&p, f);
		b.y = y++;
		if (height < y + 3) {
			text_puts(g, b.x - 5, b.y, 4, STYLE_DIM, "load");
			meter_graph(g, s, hist, SERIES_LOAD, b, 1, STYLE_TEXT);
		}
	}
	if (y < height)
		draw_kernel((struct pen){g, x, y++, g->w}, f);
	if (height >= y + 2)
		meter_graph(g, s, hist, SERIES_LOAD, (struct rect){x, y, g->w - x, height - y}, 1,
			    STYLE_TEXT);
}

static bool
is_wide(int w, int h)
{
	return w >= WIDE_COLUMNS && h >= WIDE_LINES;
}

int
header_height(const struct header_state *s, const struct frame *f, int w, int h)
{
	int most = h / 3, height, bars = 0;
	uint32_t ncpu = frame_table(f, TABLE_CPU)->nrows;

	if (s->hidden)
		return 0;
	if (s->cpus == CPUS_BARS && ncpu > 1) {
		int columns = meter_cpu_columns(ncpu - 1, is_wide(w, h) ? w / 2 - 1 : w);

		bars = ((int)ncpu - 1 + columns - 1) / columns;
	}
	if (is_wide(w, h))
		height = h >= 50 ? 9 : 7;
	else
		height = 4;
	return MIN(height + bars, most);
}

void
header_draw(struct grid *g, const struct header_state *s, const struct frame *f,
	    const struct history *hist, int height)
{
	if (height < 1)
		return;
	draw_status((struct pen){g, 0, 0, g->w}, s, f);
	if (is_wide(g->w, g->h) && height >= 5)
		draw_wide(g, s, f, hist, height);
	else
		draw_compact(g, s, f, hist, height);
}

struct rect
header_cpus(int w, int h, int height)
{
	if (is_wide(w, h) && height >= 5)
		return (struct rect){0, 1, w / 2 - 1, height - 1};
	return (struct rect){0, 1, w, height > 1};
}
