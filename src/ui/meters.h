#ifndef UI_METERS_H
#define UI_METERS_H

/* meters: the pieces the header is put together from. Each draws at a pen, or in a rectangle, what
 * fits there; what is not known is "-".
 */
#include "ui/header.h"

/* A place on a line, moving right. */
struct pen {
	struct grid *g;
	int x, y, end;
};

void pen_put(struct pen *p, enum style style, const char *s);
void pen_label(struct pen *p, const char *s); /* at the begin of a line */

double meter_value(const struct frame *f, enum table_id t, uint32_t row, unsigned field); /* or NaN */
/* The values of this frame for the graphs. */
void meter_values(const struct frame *f, float v[SERIES_COUNT]);

void meter_percent(struct pen *p, double ratio);
/* The newest at the right edge; `least` is the least the top of the graph stands for. */
void meter_graph(struct grid *g, const struct header_state *s, const struct history *hist,
		 enum series series, struct rect r, double least, enum style style);
int meter_graph_ticks(int w); /* no graph on a screen so wide shows more */
void meter_cpu_parts(struct pen *p, const struct frame *f);
/* One cell a CPU; where they do not fit, a cell stands for several and shows the busiest. */
void meter_cpu_cells(struct pen *p, const struct header_state *s, const struct frame *f);
int meter_cpu_columns(uint32_t ncpu, int w); /* of bars, in a width */
void meter_cpu_bars(struct grid *g, const struct header_state *s, const struct frame *f,
		    struct rect r);
void meter_memory(struct pen p, const struct header_state *s, const struct frame *f, bool swap);
void meter_swap(struct pen p, const struct header_state *s, const struct frame *f);
void meter_pressure(struct pen *p, const struct frame *f);
void meter_disk(struct pen *p, const struct frame *f);
void meter_net(struct pen *p, const struct header_state *s, const struct frame *f);

#endif
