#ifndef UI_HEADER_H
#define UI_HEADER_H

/* header: the machine above the table: load, CPU, memory, pressure, disks, network. At most a third
 * of the height; narrow and low screens lose the least important first.
 */
#include "draw/chart.h"
#include "feed/feed.h"
#include "ui/history.h"

enum header_cpus { CPUS_AUTO, CPUS_BARS, CPUS_MODES };

struct header_state {
	enum glyphs glyphs;
	enum header_cpus cpus;
	const char *where;    /* "live 1s", "paused", "past" */
	enum style where_style;
	bool replay;      /* of a recording: how long ago that was is not known */
	int64_t now_ns;   /* of the wall clock, when what is shown is past; 0: it is live */
	int64_t delay_ns; /* of the samples in the graphs */
	bool hidden;
};

void header_plan(struct plan *p);
int header_height(const struct header_state *s, const struct frame *f, int w, int h);
void header_draw(struct grid *g, const struct header_state *s, const struct frame *f,
		 const struct history *hist, int height);
/* Where the CPUs stand. */
struct rect header_cpus(int w, int h, int height);

#endif
