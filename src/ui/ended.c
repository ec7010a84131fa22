#include "ui/ended.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "act/act.h"
#include "base/clock.h"
#include "base/mem.h"
#include "draw/text.h"
#include "schema/format.h"
#include "ui/meters.h"

void
ended_status(const struct frame *f, uint32_t row, char out[16])
{
	struct signal_name names[80];
	const struct table *t = frame_table(f, TABLE_EXIT);
	uint64_t v, dumped = 0;
	int n;

	out[0] = '\0';
	if (cell_u64(t, row, EXIT_CODE, &v)) {
		snprintf(out, 16, "%u", (unsigned)v);
		return;
	}
	if (!cell_u64(t, row, EXIT_SIGNAL, &v))
		return;
	n = signal_list(names, (int)ARRAY_LEN(names));
	(void)cell_u64(t, row, EXIT_DUMPED, &dumped);
	snprintf(out, 16, "%u%s", (unsigned)v, dumped ? " core" : "");
	for (int i = 0; i < n; i++)
		if ((uint64_t)names[i].signo == v) /* without its SIG */
			snprintf(out, 16, "%.9s%s", names[i].name + 3, dumped ? " core" : "");
}

void
ended_plan(struct plan *p)
{
	plan_want_table(p, TABLE_EXIT);
	plan_want(p, TABLE_SYSTEM, SYSTEM_EXITS_RATE);
	plan_want(p, TABLE_SYSTEM, SYSTEM_EXITS_LOST);
}

void
ended_add(struct ended_log *l, const struct frame *f)
{
	const struct table *t = frame_table(f, TABLE_EXIT);

	for (uint32_t i = 0; i < t->nrows; i++) {
		struct ended_row *r = &l->row[l->n++ % ENDED_MAX];

		*r = (struct ended_row){
			.pid = t->key[i].a,
			.end_wall_ns = (int64_t)t->key[i].b,
			.life_ns = meter_value(f, TABLE_EXIT, i, EXIT_LIFE),
			.cpu_ns = meter_value(f, TABLE_EXIT, i, EXIT_CPU),
			.resident = meter_value(f, TABLE_EXIT, i, EXIT_PEAK_RES),
		};
		ended_status(f, i, r->status);
		r->failed = *r->status && strcmp(r->status, "0") != 0;
		snprintf(r->user, sizeof r->user, "%s", cell_str(t, i, EXIT_USER));
		snprintf(r->command, sizeof r->command, "%s", cell_str(t, i, EXIT_COMMAND));
	}
}

int
ended_height(int h)
{
	int height = MIN(h / 3, 12);

	return height < 3 ? 0 : height;
}

static void
put_number(struct grid *g, int x, int y, int w, double v, void (*format)(char *, double, int))
{
	char text[FORMAT_MAX] = "-";

	if (!isnan(v))
		format(text, v, w);
	text_right(g, x, y, w, isnan(v) ? STYLE_DIM : STYLE_TEXT, text);
}

static void
format_life(char *out, double ns, int w)
{
	format_span(out, (uint64_t)ns, w);
}

static void
draw_row(struct grid *g, const struct ended_row *e, const struct frame *f, struct rect r, int y)
{
	time_t wall = (time_t)(e->end_wall_ns / NS_PER_S);
	char text[24];
	struct tm tm;

	if (f->meta.fixture)
		gmtime_r(&wall, &tm);
	else
		localtime_r(&wall, &tm);
	strftime(text, sizeof text, "%H:%M:%S", &tm);
	text_puts(g, r.x, y, MIN(8, r.w), STYLE_DIM, text);
	snprintf(text, sizeof text, "%llu", (unsigned long long)e->pid);
	text_right(g, r.x + 9, y, 8, STYLE_TEXT, text);
	text_puts(g, r.x + 18, y, MIN(9, MAX(r.w - 18, 0)), STYLE_TEXT, *e->user ? e->user : "-");
	text_puts(g, r.x + 28, y, MIN(9, MAX(r.w - 28, 0)), e->failed ? STYLE_WARN : STYLE_DIM,
		  *e->status ? e->status : "-");
	put_number(g, r.x + 38, y, 6, e->life_ns, format_life);
	put_number(g, r.x + 45, y, 6, e->cpu_ns, format_life);
	put_number(g, r.x + 52, y, 5, e->resident, format_bytes);
	if (r.w > 58)
		text_puts(g, r.x + 58, y, r.w - 58, *e->command ? STYLE_TEXT : STYLE_DIM,
			  *e->command ? e->command : "-");
}

void
ended_draw(struct grid *g, const struct ended_log *l, const struct frame *f, struct rect r)
{
	double rate = meter_value(f, TABLE_SYSTEM, 0, SYSTEM_EXITS_RATE);
	double lost = meter_value(f, TABLE_SYSTEM, 0, SYSTEM_EXITS_LOST);
	char text[96] = "", number[FORMAT_MAX];
	int w;

	text_puts(g, r.x, r.y, r.w, STYLE_TEXT,
		  "ENDED         PID USER      STATUS      LIFE    CPU RSmax COMMAND");
	if (!isnan(rate)) {
		format_count(number, rate, 5);
		snprintf(text, sizeof text, "%s/s", number);
	}
	if (lost > 0) {
		format_count(number, lost, 5);
		snprintf(text + strlen(text), sizeof text - strlen(text), "  %s lost", number);
	}
	w = (int)strlen(text);
	if (w && r.w > 68 + w)
		text_puts(g, r.x + r.w - w, r.y, w, lost > 0 ? STYLE_WARN : STYLE_DIM, text);
	grid_ground(g, r.x, r.y, r.w, 1, GROUND_HEAD);
	for (int y = 1; y < r.h && (size_t)y <= MIN(l->n, (size_t)ENDED_MAX); y++)
		draw_row(g, &l->row[(l->n - (size_t)y) % ENDED_MAX], f, r, r.y + y);
}
