/* meters: each draws from the pen on and leaves the pen behind what it drew. */
#include "ui/meters.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "draw/text.h"
#include "schema/format.h"

enum { LABEL = 4, SAMPLES_MAX = 1024 };

double
meter_value(const struct frame *f, enum table_id t, uint32_t row, unsigned field)
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
		double a = meter_value(f, tid, i, in), b = meter_value(f, tid, i, out), sum;

		if (meter_value(f, tid, i, real) != 1)
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
meter_values(const struct frame *f, float v[SERIES_COUNT])
{
	struct total d = disks(f), n = nets(f);

	v[SERIES_CPU] = (float)meter_value(f, TABLE_CPU, 0, CPU_BUSY_RATIO);
	v[SERIES_MEM] = (float)(meter_value(f, TABLE_MEMORY, 0, MEMORY_USED) /
				meter_value(f, TABLE_MEMORY, 0, MEMORY_TOTAL));
	v[SERIES_READ] = (float)d.in;
	v[SERIES_WRITE] = (float)d.out;
	v[SERIES_RX] = (float)n.in;
	v[SERIES_TX] = (float)n.out;
	v[SERIES_LOAD] = (float)meter_value(f, TABLE_SYSTEM, 0, SYSTEM_LOAD1);
}

void
pen_put(struct pen *p, enum style style, const char *s)
{
	p->x += text_puts(p->g, p->x, p->y, p->end - p->x, style, s);
}

void
pen_label(struct pen *p, const char *s)
{
	pen_put(p, STYLE_DIM, s);
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
	pen_put(p, name_style, name);
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

void
meter_percent(struct pen *p, double ratio)
{
	char s[FORMAT_MAX];

	if (p->end - p->x < 4)
		return;
	format_percent(s, ratio, 3);
	text_right(p->g, p->x, p->y, 3, level(ratio), s);
	if (!isnan(ratio))
		grid_put(p->g, p->x + 3, p->y, '%', STYLE_DIM);
	p->x += 5;
}

enum { SPAN_TICKS = 120 }; /* a graph shows at least: two minutes at one sample a second */

int
meter_graph_ticks(int w)
{
	/* Two or more a sample; of fewer samples than SPAN_TICKS / 2, SPAN_TICKS and what rounding
	 * up makes of it. */
	return MAX(2 * CLAMP(w, 0, SAMPLES_MAX), SPAN_TICKS * 3 / 2);
}

void
meter_graph(struct grid *g, const struct header_state *s, const struct history *hist,
	    enum series series, struct rect r, double least, enum style style)
{
	double sample[SAMPLES_MAX], max;
	int n = MIN(chart_samples(s->glyphs, r.w), SAMPLES_MAX);
	unsigned per = (unsigned)MAX(2, (SPAN_TICKS + n - 1) / MAX(n, 1));
	char text[32 + FORMAT_MAX], span[FORMAT_MAX];

	if (r.w < 2 || r.h < 1)
		return;
	max = history_samples(hist, series, per, s->glyphs == GLYPHS_BRAILLE ? 2 : 1, sample, n);
	max = MAX(max, least);
	chart_graph(g, s->glyphs, r, sample, n, max, style);
	if (r.h < 2 || r.w < 16)
		return;
	/* Where there is room it says what its top and its left edge are. */
	format_span(span, per * (uint64_t)n * (uint64_t)s->delay_ns, 4);
	if (series == SERIES_LOAD)
		snprintf(text, sizeof text, "load %.1f  %s", max, span);
	else
		snprintf(text, sizeof text, "%.0f%%  %s", max * 100, span);
	text_puts(g, r.x, r.y, r.w, STYLE_DIM, text);
}

void
meter_cpu_parts(struct pen *p, const struct frame *f)
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
		double v = meter_value(f, TABLE_CPU, 0, parts[i].field);
		double more = parts[i].and ? meter_value(f, TABLE_CPU, 0, parts[i].and) : 0;
		char s[FORMAT_MAX] = "-";

		if (!isnan(v))
			format_percent(s, v + (isnan(more) ? 0 : more), 3);
		if (!item(p, parts[i].name, parts[i].style, s, 3, v > 0 ? STYLE_TEXT : STYLE_DIM))
			return;
	}
}

void
meter_cpu_cells(struct pen *p, const struct header_state *s, const struct frame *f)
{
	uint32_t n = frame_table(f, TABLE_CPU)->nrows;
	uint32_t cells = (uint32_t)MAX(p->end - p->x, 0), per;

	if (n < 2 || cells < 1)
		return;
	per = (n - 1 + cells - 1) / cells;
	for (uint32_t i = 1; i < n; i += per) {
		double most = 0;

		for (uint32_t k = i; k < n && k < i + per; k++) {
			double v = meter_value(f, TABLE_CPU, k, CPU_BUSY_RATIO);

			most = MAX(most, isnan(v) ? 0 : v);
		}
		grid_put(p->g, p->x++, p->y, chart_cell(s->glyphs, most),
			 most < 0.01 ? STYLE_DIM : most >= 0.9 ? STYLE_BAD : STYLE_USER);
	}
	p->x++;
}

int
meter_cpu_columns(uint32_t ncpu, int w)
{
	int columns = CLAMP(w / 24, 1, 8);

	return MIN(columns, (int)MAX(ncpu, 1u));
}

void
meter_cpu_bars(struct grid *g, const struct header_state *s, const struct frame *f, struct rect r)
{
	uint32_t ncpu = frame_table(f, TABLE_CPU)->nrows;
	int columns, w;

	if (ncpu < 2 || r.h < 1)
		return;
	ncpu--;
	columns = meter_cpu_columns(ncpu, r.w);
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
		snprintf(text, sizeof text, "%3.0f", meter_value(f, TABLE_CPU, i + 1, CPU_CPU));
		pen_put(&p, STYLE_DIM, text);
		p.x++;
		for (int k = 0; k < 4; k++) {
			static const uint8_t fields[] = {CPU_USER_RATIO, CPU_NICE_RATIO,
							 CPU_SYSTEM_RATIO, CPU_IOWAIT_RATIO};
			static const enum style styles[] = {STYLE_USER, STYLE_NICE, STYLE_SYSTEM,
							    STYLE_IOWAIT};
			double v = meter_value(f, TABLE_CPU, i + 1, fields[k]);

			parts[k] = (struct part){isnan(v) ? 0 : v, styles[k]};
			total += k < 3 ? parts[k].value : 0;
		}
		chart_bar(g, s->glyphs, p.x, p.y, p.end - p.x - 5, parts, 4);
		p.x = p.end - 4;
		meter_percent(&p, total);
	}
}

void
meter_memory(struct pen p, const struct header_state *s, const struct frame *f, bool swap)
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
	double total = meter_value(f, TABLE_MEMORY, 0, MEMORY_TOTAL), st, su;
	struct part bar[3];
	char text[FORMAT_MAX], of[FORMAT_MAX];
	int bar_w = CLAMP((p.end - p.x) / 5, 6, 40);

	pen_label(&p, "mem");
	if (isnan(total)) {
		pen_put(&p, STYLE_DIM, "-");
		return;
	}
	meter_percent(&p, meter_value(f, TABLE_MEMORY, 0, MEMORY_USED) / total);
	for (int i = 0; i < 3; i++) {
		double v = meter_value(f, TABLE_MEMORY, 0, parts[i].field);

		bar[i] = (struct part){isnan(v) ? 0 : v / total, parts[i].style};
	}
	chart_bar(p.g, s->glyphs, p.x, p.y, bar_w, bar, 3);
	p.x += bar_w + 1;
	for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
		double v = meter_value(f, TABLE_MEMORY, 0, parts[i].field);

		format_bytes(text, v, 4);
		if (!item(&p, parts[i].name, parts[i].style, isnan(v) ? "-" : text, 4, STYLE_TEXT))
			break;
	}
	format_bytes(of, total, 4);
	(void)item(&p, "of", STYLE_DIM, of, 4, STYLE_TEXT);
	if (!swap)
		return;
	st = meter_value(f, TABLE_MEMORY, 0, MEMORY_SWAP_TOTAL);
	su = meter_value(f, TABLE_MEMORY, 0, MEMORY_SWAP_USED);
	if (!isnan(st)) {
		format_bytes(text, su, 4);
		(void)item(&p, st > 0 ? "swap" : "no swap", STYLE_DIM, st > 0 ? text : "",
			   st > 0 ? 4 : 0, su > 0 ? STYLE_WARN : STYLE_DIM);
	}
}

void
meter_swap(struct pen p, const struct header_state *s, const struct frame *f)
{
	double total = meter_value(f, TABLE_MEMORY, 0, MEMORY_SWAP_TOTAL);
	double used = meter_value(f, TABLE_MEMORY, 0, MEMORY_SWAP_USED);
	struct part bar = {0, STYLE_WARN};
	char text[FORMAT_MAX];
	int bar_w = CLAMP((p.end - p.x) / 5, 6, 40);

	pen_label(&p, "swap");
	if (isnan(total) || total == 0) {
		pen_put(&p, STYLE_DIM, isnan(total) ? " -" : " none");
		return;
	}
	p.x++;
	bar.value = used / total;
	meter_percent(&p, bar.value);
	chart_bar(p.g, s->glyphs, p.x, p.y, bar_w, &bar, 1);
	p.x += bar_w + 1;
	format_bytes(text, used, 4);
	(void)item(&p, "used", STYLE_DIM, text, 4, STYLE_TEXT);
	format_bytes(text, total, 4);
	(void)item(&p, "of", STYLE_DIM, text, 4, STYLE_TEXT);
}

void
meter_pressure(struct pen *p, const struct frame *f)
{
	const struct table *t = frame_table(f, TABLE_PRESSURE);
	bool any = false;

	pen_put(p, STYLE_DIM, "psi");
	p->x++;
	for (uint32_t i = 0; i < t->nrows; i++) {
		const char *name = cell_str(t, i, PRESSURE_RESOURCE);
		double v = meter_value(f, TABLE_PRESSURE, i, PRESSURE_SOME10);
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
		pen_put(p, STYLE_DIM, "not there ");
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

void
meter_disk(struct pen *p, const struct frame *f)
{
	struct total d = disks(f);
	char s[FORMAT_MAX];
	double busy;

	rates(p, "r", STYLE_READ, d.in, "w", STYLE_WRITE, d.out);
	if (d.busiest == ROW_NONE)
		return;
	busy = meter_value(f, TABLE_DISK, d.busiest, DISK_BUSY_RATE);
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

void
meter_net(struct pen *p, const struct header_state *s, const struct frame *f)
{
	struct total n = nets(f);
	bool ascii = s->glyphs == GLYPHS_ASCII;

	pen_put(p, STYLE_DIM, "net");
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
