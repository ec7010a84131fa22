#include "ui/costs.h"

#include <stdio.h>

#include "base/clock.h"
#include "draw/text.h"
#include "schema/format.h"

void
costs_add(struct costs *to, const struct costs *c)
{
	for (int i = 0; i < COSTS; i++)
		to->ns[i] += c->ns[i];
	to->cpu_ns += c->cpu_ns;
	to->mono_ns += c->mono_ns;
	to->bytes += c->bytes;
	to->ticks += c->ticks;
}

const char *
cost_name(enum cost c)
{
	static const char *const names[COSTS] = {
		[COST_LIST] = "list", [COST_READ] = "read", [COST_DERIVE] = "derive",
		[COST_KEEP] = "keep",
		[COST_SORT] = "sort", [COST_DRAW] = "draw", [COST_WRITE] = "write",
	};

	return names[c];
}

void
costs_draw(struct grid *g, int y, const struct costs *c, const char *sampler)
{
	double ticks = c->ticks ? (double)c->ticks : 1, ms = ticks * (double)NS_PER_MS;
	char text[FORMAT_MAX];
	int x = text_puts(g, 0, y, g->w, STYLE_DIM, "own ");

	format_percent(text, c->mono_ns ? (double)c->cpu_ns / (double)c->mono_ns : 0, 4);
	x += text_printf(g, x, y, g->w - x, STYLE_TEXT, "%4s%% ", text);
	x += text_printf(g, x, y, g->w - x, STYLE_TEXT, "%5.2f ", (double)c->cpu_ns / ms);
	x += text_puts(g, x, y, g->w - x, STYLE_DIM, "ms ");
	for (int i = 0; i < COSTS; i++) {
		x += text_printf(g, x, y, g->w - x, STYLE_DIM, " %s", cost_name((enum cost)i));
		x += text_printf(g, x, y, g->w - x, STYLE_TEXT, " %.2f", (double)c->ns[i] / ms);
	}
	format_bytes(text, (double)c->bytes / ticks, 5);
	x += text_printf(g, x, y, g->w - x, STYLE_TEXT, "  %sB", text);
	text_printf(g, x, y, g->w - x, STYLE_DIM, "  %s", sampler);
}
