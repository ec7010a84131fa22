#ifndef UI_ACTIONLOG_H
#define UI_ACTIONLOG_H

/* actionlog: what was done to whom, when, and what came of it: the last ones. */
#include <stddef.h>
#include <stdint.h>

#include "draw/chart.h"
#include "draw/grid.h"

enum { ACTIONLOG_MAX = 200 };

struct actionlog {
	struct action_done {
		int64_t wall_ns;
		char what[48], who[48];
		int error; /* 0, or -errno */
		const char *capability; /* a literal; what may have been lacking */
	} *done; /* round and round; NULL: nothing yet */
	size_t n; /* ever */
};

void actionlog_release(struct actionlog *l);
void actionlog_add(struct actionlog *l, int64_t wall_ns, const char *what, const char *who,
		   int error, const char *capability);
/* The newest first, from line *top on, which is kept in range. utc: no local time. */
void actionlog_draw(const struct actionlog *l, struct grid *g, struct rect r, size_t *top,
		    bool utc);

#endif
