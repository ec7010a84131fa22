#include "ui/header.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/mem.h"
#include "draw/text.h"
#include "schema/format.h"

enum { WIDE_COLUMNS = 110, WIDE_LINES = 30, LABEL = 4, SAMPLES_MAX = 1024 };

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

static double
get(const struct frame *f, enum table_id t, uint32_t row, unsigned field)
{
	double v;

	return row < frame_table(f, t)->nrows && cell_number(frame_table(f, t), row, field, &v)
		       ? v
		       : NAN;
}

/* Sum over the real disks or interfaces, and the one that does most. */
struct total {
	double in, out, most;
	uint32_t busiest;
	unsigned n;
};

static struct total
sum_up(const struct frame *f, enum table_id tid, unsigned real, unsigned in, unsigned out)
{
	const struct table *t = frame_table(f, tid);
	struct total s = {NAN, NAN, -1, ROW_NONE, 0};

	for (uint32_t i = 0; i < t->nrows; i++) {
		double a = get(f, tid, i, in), b = get(f, tid, i, out), sum;

		if (get(f, tid, i, real) != 1)
			continue;
		s.n++;
		sum = (isnan(a) ? 0 : a) + (isnan(b) ? 0 : b);
		if (!isnan(a))
			s.in = isnan(s.in) ? a : s.in + a;
		if (!isnan(b))
			s.out = isnan(s.out) ? b : s.out + b;
		if (sum > s.most) {
			s.most = sum;
			s.busiest = i;
		}
	}
	return s;
}

static struct total
disks(const struct frame *f)
{
	return sum_up(f, TABLE_DISK, DISK_WHOLE, DISK_READ_BYTES_RATE, DISK_WRITE_BYTES_RATE);
}

static struct total
nets(const struct frame *f)
{
	return sum_up(f, TABLE_NET, NET_PHYSICAL, NET_RX_RATE, NET_TX_RATE);
}

void
header_values(const struct frame *f, float v[SERIES_COUNT])
{
	struct total d = disks(f), n = nets(f);

	v[SERIES_CPU] = (float)get(f, TABLE_CPU, 0, CPU_BUSY_RATIO);
	v[SERIES_MEM] = (float)(get(f, TABLE_MEMORY, 0, MEMORY_USED) /
				get(f, TABLE_MEMORY, 0, MEMORY_TOTAL));
	v[SERIES_READ] = (float)d.in;
	v[SERIES_WRITE] = (float)d.out;
	v[SERIES_RX] = (float)n.in;
	v[SERIES_TX] = (float)n.out;
	v[SERIES_LOAD] = (float)get(f, TABLE_SYSTEM, 0, SYSTEM_LOAD1);
}

/* A place on a line, moving right. */
struct pen {
	struct grid *g;
	int x, y, end;
};

static void
put(struct pen *p, enum style style, const char *s)
{
	p->x += text_puts(p->g, p->x, p->y, p->end - p->x, style, s);
}

static void
label(struct pen *p, const char *s)
{
	put(p, STYLE_DIM, s);
	p->x = MAX(p->x, p->x + LABEL - (int)strlen(s));
}

/* "name value" with the value right aligned in w; false, and nothing drawn, when it does not
 * fit. */
static bool
item(struct pen *p, const char *name, enum style name_style, const char *value, int w,
     enum style style)
{
	int need = (int)strlen(name) + 1 + w + 1;

	if (p->x + need - 1 > p->end)
		return false;
	put(p, name_style, name);
	p->x++;
	text_right(p->g, p->x, p->y, w, style, value);
	p->x += w + 1;
	return true;
}

static enum style
level(double ratio)
{
	if (isnan(ratio) || ratio < 0.0005)
		return STYLE_DIM;
	return ratio >= 0.9 ? STYLE_BAD : ratio >= 0.7 ? STYLE_WARN : STYLE_TEXT;
}

static void
percent(struct pen *p, double ratio)
{
	char s[FORMAT_MAX];

	if (p->end - p->x < 4)
		return;
	format_percent(s, ratio, 3);
	text_right(p->g, p->x, p->y, 3, level(ratio), s);
	grid_put(p->g, p->x + 3, p->y, '%', STYLE_DIM);
	p->x += 5;
}

static void
graph(struct grid *g, const struct header_state *s, const struct history *hist, enum series series,
      struct rect r, double least, enum style style)
{
	double sample[SAMPLES_MAX], max;
	int n = MIN(chart_samples(s->glyphs, r.w), SAMPLES_MAX);
	/* At least two minutes at one sample a second, moved by whole cells. */
	unsigned per = (unsigned)MAX(2, (120 + n - 1) / MAX(n, 1));

	if (r.w < 2 || r.h < 1)
		return;
	max = history_samples(hist, series, per, s->glyphs == GLYPHS_BRAILLE ? 2 : 1, sample, n);
	chart_graph(g, s->glyphs, r, sample, n, MAX(max, least), style);
}

static void
draw_status(struct pen p, const struct header_state *s, const struct frame *f)
{
	char text[96], span[FORMAT_MAX], clock[16];
	time_t wall = (time_t)(f->meta.wall_ns / NS_PER_S);
	struct tm tm;
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
	int right;

	/* The right edge says when, and whether that is now. */
	if (f->meta.fixture)
		gmtime_r(&wall, &tm);
	else
		localtime_r(&wall, &tm);
	strftime(clock, sizeof clock, "%H:%M:%S", &tm);
	right = (int)strlen(clock) + 3 + text_width(s->where, strlen(s->where));
	if (p.end - p.x >= right + 8) {
		struct pen r = {p.g, p.end - right, p.y, p.end};

		put(&r, STYLE_TEXT, clock);
		r.x++;
		grid_put(r.g, r.x, r.y, s->glyphs == GLYPHS_ASCII ? '*' : 0x25cf, s->where_style);
		r.x += 2;
		put(&r, s->where_style, s->where);
		p.end -= right + 1;
	}
	p.x += text_puts(p.g, p.x, p.y, MIN(16, p.end - p.x), STYLE_STRONG, f->meta.host) + 2;
	v = get(f, TABLE_SYSTEM, 0, SYSTEM_UPTIME);
	if (!isnan(v)) {
		format_span(span, (uint64_t)v, 7);
		snprintf(text, sizeof text, "%s", span);
		if (p.x + 4 + (int)strlen(text) < p.end) {
			put(&p, STYLE_DIM, "up ");
			put(&p, STYLE_TEXT, text);
			p.x += 2;
		}
	}
	load[0] = get(f, TABLE_SYSTEM, 0, SYSTEM_LOAD1);
	load[1] = get(f, TABLE_SYSTEM, 0, SYSTEM_LOAD5);
	load[2] = get(f, TABLE_SYSTEM, 0, SYSTEM_LOAD15);
	if (!isnan(load[0])) {
		snprintf(text, sizeof text, "%.2f %.2f %.2f", load[0], load[1], load[2]);
		if (p.x + 5 + (int)strlen(text) < p.end) {
			put(&p, STYLE_DIM, "load ");
			put(&p, STYLE_TEXT, text);
			p.x += 2;
		}
	}
	for (size_t i = 0; i < ARRAY_LEN(counts); i++) {
		v = get(f, TABLE_SYSTEM, 0, counts[i].field);
		if (isnan(v))
			continue;
		snprintf(text, sizeof text, "%.0f", v);
		if (p.x + (int)strlen(text) + 1 + (int)strlen(counts[i].name) > p.end)
			break;
		put(&p, v > 0 ? counts[i].style : STYLE_DIM, text);
		if (strlen(counts[i].name) > 1)
			p.x++;
		put(&p, STYLE_DIM, counts[i].name);
		p.x++;
	}
}

static void
draw_cpu_parts(struct pen *p, const struct frame *f)
{
	static const struct {
		const char *name;
		uint8_t field, and;
		enum style style;
	} parts[] = {
		{"us", CPU_USER_RATIO, 0, STYLE_USER},
		{"sy", CPU_SYSTEM_RATIO, 0, STYLE_SYSTEM},
		{"ni", CPU_NICE_RATIO, 0, STYLE_NICE},
		{"wa", CPU_IOWAIT_RATIO, 0, STYLE_IOWAIT},
		{"irq", CPU_IRQ_RATIO, CPU_SOFTIRQ_RATIO, STYLE_IRQ},
		{"st", CPU_STEAL_RATIO, 0, STYLE_STEAL},
	};

	for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
		double v = get(f, TABLE_CPU, 0, parts[i].field);
		double more = parts[i].and ? get(f, TABLE_CPU, 0, parts[i].and) : 0;
		char s[FORMAT_MAX] = "-";

		if (!isnan(v))
			format_percent(s, v + (isnan(more) ? 0 : more), 3);
		if (!item(p, parts[i].name, parts[i].style, s, 3, v > 0 ? STYLE_TEXT : STYLE_DIM))
			return;
	}
}

/* One cell a CPU; where they do not fit, a cell stands for several and shows the busiest. */
static void
draw_cpu_cells(struct pen *p, const struct header_state *s, const struct frame *f)
{
	uint32_t n = frame_table(f, TABLE_CPU)->nrows;
	uint32_t cells = (uint32_t)MAX(p->end - p->x, 0), per;

	if (n < 2 || cells < 1)
		return;
	per = (n - 1 + cells - 1) / cells;
	for (uint32_t i = 1; i < n; i += per) {
		double most = 0;

		for (uint32_t k = i; k < n && k < i + per; k++) {
			double v = get(f, TABLE_CPU, k, CPU_BUSY_RATIO);

			most = MAX(most, isnan(v) ? 0 : v);
		}
		grid_put(p->g, p->x++, p->y, chart_cell(s->glyphs, most),
			 most < 0.01 ? STYLE_DIM : most >= 0.9 ? STYLE_BAD : STYLE_USER);
	}
	p->x++;
}

static int
cpu_bar_columns(uint32_t ncpu, int w)
{
	int columns = CLAMP(w / 24, 1, 8);

	return MIN(columns, (int)MAX(ncpu, 1u));
}

static void
draw_cpu_bars(struct grid *g, const struct header_state *s, const struct frame *f, struct rect r)
{
	uint32_t ncpu = frame_table(f, TABLE_CPU)->nrows;
	int columns, w;

	if (ncpu < 2 || r.h < 1)
		return;
	ncpu--;
	columns = cpu_bar_columns(ncpu, r.w);
	w = r.w / columns;
	for (uint32_t i = 0; i < ncpu; i++) {
		int rows = (int)((ncpu + (uint32_t)columns - 1) / (uint32_t)columns);
		struct pen p = {g, r.x + (int)i / rows * w, r.y + (int)i % rows, 0};
		struct part parts[4];
		double total = 0;
		char text[24];

		if ((int)i % rows >= r.h)
			continue;
		p.end = p.x + w - 1;
		snprintf(text, sizeof text, "%3.0f", get(f, TABLE_CPU, i + 1, CPU_CPU));
		put(&p, STYLE_DIM, text);
		p.x++;
		for (int k = 0; k < 4; k++) {
			static const uint8_t fields[] = {CPU_USER_RATIO, CPU_NICE_RATIO,
							 CPU_SYSTEM_RATIO, CPU_IOWAIT_RATIO};
			static const enum style styles[] = {STYLE_USER, STYLE_NICE, STYLE_SYSTEM,
							    STYLE_IOWAIT};
			double v = get(f, TABLE_CPU, i + 1, fields[k]);

			parts[k] = (struct part){isnan(v) ? 0 : v, styles[k]};
			total += k < 3 ? parts[k].value : 0;
		}
		chart_bar(g, s->glyphs, p.x, p.y, p.end - p.x - 5, parts, 4);
		p.x = p.end - 4;
		percent(&p, total);
	}
}

static void
draw_memory(struct pen p, const struct header_state *s, const struct frame *f, bool swap)
{
	static const struct {
		const char *name;
		uint8_t field;
		enum style style;
	} parts[] = {
		{"used", MEMORY_USED, STYLE_MEM_USED},
		{"buf", MEMORY_BUFFERS, STYLE_MEM_BUFFERS},
		{"cache", MEMORY_CACHE, STYLE_MEM_CACHE},
		{"free", MEMORY_FREE, STYLE_DIM},
	};
	double total = get(f, TABLE_MEMORY, 0, MEMORY_TOTAL), st, su;
	struct part bar[3];
	char text[FORMAT_MAX], of[FORMAT_MAX];
	int bar_w = CLAMP((p.end - p.x) / 5, 6, 40);

	label(&p, "mem");
	if (isnan(total)) {
		put(&p, STYLE_DIM, "-");
		return;
	}
	percent(&p, get(f, TABLE_MEMORY, 0, MEMORY_USED) / total);
	for (int i = 0; i < 3; i++) {
		double v = get(f, TABLE_MEMORY, 0, parts[i].field);

		bar[i] = (struct part){isnan(v) ? 0 : v / total, parts[i].style};
	}
	chart_bar(p.g, s->glyphs, p.x, p.y, bar_w, bar, 3);
	p.x += bar_w + 1;
	for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
		double v = get(f, TABLE_MEMORY, 0, parts[i].field);

		format_bytes(text, v, 4);
		if (!item(&p, parts[i].name, parts[i].style, isnan(v) ? "-" : text, 4, STYLE_TEXT))
			break;
	}
	format_bytes(of, total, 4);
	(void)item(&p, "of", STYLE_DIM, of, 4, STYLE_TEXT);
	if (!swap)
		return;
	st = get(f, TABLE_MEMORY, 0, MEMORY_SWAP_TOTAL);
	su = get(f, TABLE_MEMORY, 0, MEMORY_SWAP_USED);
	if (!isnan(st)) {
		format_bytes(text, su, 4);
		(void)item(&p, st > 0 ? "swap" : "no swap", STYLE_DIM, st > 0 ? text : "",
			   st > 0 ? 4 : 0, su > 0 ? STYLE_WARN : STYLE_DIM);
	}
}

static void
draw_swap(struct pen p, const struct header_state *s, const struct frame *f)
{
	double total = get(f, TABLE_MEMORY, 0, MEMORY_SWAP_TOTAL);
	double used = get(f, TABLE_MEMORY, 0, MEMORY_SWAP_USED);
	struct part bar = {0, STYLE_WARN};
	char text[FORMAT_MAX];
	int bar_w = CLAMP((p.end - p.x) / 5, 6, 40);

	label(&p, "swap");
	if (isnan(total) || total == 0) {
		put(&p, STYLE_DIM, isnan(total) ? " -" : " none");
		return;
	}
	p.x++;
	bar.value = used / total;
	percent(&p, bar.value);
	chart_bar(p.g, s->glyphs, p.x, p.y, bar_w, &bar, 1);
	p.x += bar_w + 1;
	format_bytes(text, used, 4);
	(void)item(&p, "used", STYLE_DIM, text, 4, STYLE_TEXT);
	format_bytes(text, total, 4);
	(void)item(&p, "of", STYLE_DIM, text, 4, STYLE_TEXT);
}

static void
draw_pressure(struct pen *p, const struct frame *f)
{
	const struct table *t = frame_table(f, TABLE_PRESSURE);
	bool any = false;

	put(p, STYLE_DIM, "psi");
	p->x++;
	for (uint32_t i = 0; i < t->nrows; i++) {
		const char *name = cell_str(t, i, PRESSURE_RESOURCE);
		double v = get(f, TABLE_PRESSURE, i, PRESSURE_SOME10);
		char s[FORMAT_MAX];

		if (isnan(v))
			continue;
		any = true;
		format_percent(s, v, 3);
		if (!item(p, strcmp(name, "memory") == 0 ? "mem" : name, STYLE_DIM, s, 3,
			  v >= 0.1   ? STYLE_BAD
			  : v > 0.01 ? STYLE_WARN
			  : v > 0    ? STYLE_TEXT
				     : STYLE_DIM))
			return;
	}
	if (!any)
		put(p, STYLE_DIM, "not there ");
}

static void
rates(struct pen *p, const char *in, enum style in_style, double a, const char *out,
      enum style out_style, double b)
{
	char s[FORMAT_MAX];

	format_bytes(s, a, 4);
	(void)item(p, in, in_style, s, 4, a > 0 ? STYLE_TEXT : STYLE_DIM);
	format_bytes(s, b, 4);
	(void)item(p, out, out_style, s, 4, b > 0 ? STYLE_TEXT : STYLE_DIM);
}

static void
draw_disk(struct pen *p, const struct frame *f)
{
	struct total d = disks(f);
	char s[FORMAT_MAX];
	double busy;

	rates(p, "r", STYLE_READ, d.in, "w", STYLE_WRITE, d.out);
	if (d.busiest == ROW_NONE)
		return;
	busy = get(f, TABLE_DISK, d.busiest, DISK_BUSY_RATE);
	if (isnan(busy) || p->end - p->x < 14)
		return;
	p->x += text_puts(p->g, p->x, p->y, MIN(10, p->end - p->x), STYLE_DIM,
			  cell_str(frame_table(f, TABLE_DISK), d.busiest, DISK_NAME)) +
		1;
	format_percent(s, MIN(busy, 1.0), 3);
	text_right(p->g, p->x, p->y, 3, level(busy), s);
	grid_put(p->g, p->x + 3, p->y, '%', STYLE_DIM);
	p->x += 5;
}

static void
draw_net(struct pen *p, const struct header_state *s, const struct frame *f)
{
	struct total n = nets(f);
	bool ascii = s->glyphs == GLYPHS_ASCII;

	put(p, STYLE_DIM, "net");
	p->x++;
	if (n.busiest != ROW_NONE && p->end - p->x > 26)
		p->x += text_puts(p->g, p->x, p->y, 10, STYLE_DIM,
				  n.n > 1 ? "all"
					  : cell_str(frame_table(f, TABLE_NET), n.busiest,
						     NET_NAME)) +
			1;
	rates(p, ascii ? "rx" : "\xe2\x86\x93", STYLE_RX, n.in, ascii ? "tx" : "\xe2\x86\x91",
	      STYLE_TX, n.out);
}

static void
draw_compact(struct grid *g, const struct header_state *s, const struct frame *f,
	     const struct history *hist, int height)
{
	struct pen p = {g, 0, 1, g->w};
	int graph_w = CLAMP(g->w / 4, 4, 40);

	if (height > 1) {
		label(&p, "cpu");
		percent(&p, get(f, TABLE_CPU, 0, CPU_BUSY_RATIO));
		graph(g, s, hist, SERIES_CPU, (struct rect){p.x, p.y, graph_w, 1}, 1, STYLE_USER);
		p.x += graph_w + 1;
		draw_cpu_parts(&p, f);
		if (s->cpus == CPUS_AUTO)
			draw_cpu_cells(&p, s, f);
	}
	if (height > 2)
		draw_memory((struct pen){g, 0, 2, g->w}, s, f, true);
	if (height > 3) {
		p = (struct pen){g, 0, 3, g->w};
		label(&p, "i/o");
		draw_disk(&p, f);
		draw_net(&p, s, f);
		draw_pressure(&p, f);
	}
	if (height > 4)
		draw_cpu_bars(g, s, f, (struct rect){0, 4, g->w, height - 4});
}

static void
draw_wide(struct grid *g, const struct header_state *s, const struct frame *f,
	  const struct history *hist, int height)
{
	int left = g->w / 2 - 1, x = left + 2, y = 1, small = (g->w - x) / 3;
	uint32_t ncpu = frame_table(f, TABLE_CPU)->nrows;
	struct pen p;
	int bars = 0;

	if (s->cpus == CPUS_BARS && ncpu > 1) {
		int columns = cpu_bar_columns(ncpu - 1, left);

		bars = MIN(((int)ncpu - 1 + columns - 1) / columns, height - 4);
	}
	/* Left: the CPUs. */
	p = (struct pen){g, 0, y, left};
	label(&p, "cpu");
	percent(&p, get(f, TABLE_CPU, 0, CPU_BUSY_RATIO));
	draw_cpu_parts(&p, f);
	if (!bars)
		draw_cpu_cells(&p, s, f);
	graph(g, s, hist, SERIES_CPU, (struct rect){0, y + 1, left, height - 2 - bars}, 1,
	      STYLE_USER);
	draw_cpu_bars(g, s, f, (struct rect){0, height - bars, left, bars});
	/* Right: the rest, a line each. */
	draw_memory((struct pen){g, x, y++, g->w}, s, f, false);
	if (y < height)
		draw_swap((struct pen){g, x, y++, g->w}, s, f);
	if (y < height) {
		p = (struct pen){g, x, y++, g->w - 2 * (small / 2) - 1};
		label(&p, "disk");
		p.x++;
		draw_disk(&p, f);
		graph(g, s, hist, SERIES_READ, (struct rect){g->w - 2 * (small / 2), p.y, small / 2 - 1, 1},
		      1 << 20, STYLE_READ);
		graph(g, s, hist, SERIES_WRITE, (struct rect){g->w - small / 2, p.y, small / 2, 1},
		      1 << 20, STYLE_WRITE);
	}
	if (y < height) {
		p = (struct pen){g, x, y++, g->w - 2 * (small / 2) - 1};
		draw_net(&p, s, f);
		graph(g, s, hist, SERIES_RX, (struct rect){g->w - 2 * (small / 2), p.y, small / 2 - 1, 1},
		      1 << 17, STYLE_RX);
		graph(g, s, hist, SERIES_TX, (struct rect){g->w - small / 2, p.y, small / 2, 1},
		      1 << 17, STYLE_TX);
	}
	if (y < height) {
		p = (struct pen){g, x, y++, g->w};
		draw_pressure(&p, f);
	}
	if (y < height) {
		char text[128], ctx[FORMAT_MAX], forks[FORMAT_MAX];
		double c = get(f, TABLE_SYSTEM, 0, SYSTEM_CTXT_RATE);
		double k = get(f, TABLE_SYSTEM, 0, SYSTEM_FORKS_RATE);

		format_count(ctx, c, 5);
		format_count(forks, k, 5);
		snprintf(text, sizeof text, "%s switches/s  %s forks/s  Linux %.24s",
			 isnan(c) ? "-" : ctx, isnan(k) ? "-" : forks,
			 cell_str(frame_table(f, TABLE_SYSTEM), 0, SYSTEM_KERNEL));
		text_puts(g, x, y, g->w - x, STYLE_DIM, text);
	}
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
		int columns = cpu_bar_columns(ncpu - 1, is_wide(w, h) ? w / 2 - 1 : w);

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
