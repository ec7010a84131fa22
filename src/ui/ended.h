#ifndef UI_ENDED_H
#define UI_ENDED_H

/* ended: the processes that ended last, newest first, below the table. */
#include "draw/grid.h"
#include "feed/feed.h"

enum { ENDED_MAX = 128 };

struct ended_row {
	uint64_t pid;
	int64_t end_wall_ns;
	char status[16]; /* "0", "SEGV core"; empty: not known */
	bool failed;
	char user[16], command[160];
	double life_ns, cpu_ns, resident; /* NaN: not known */
};

struct ended_log {
	struct ended_row row[ENDED_MAX]; /* round and round */
	size_t n;                        /* ever */
};

void ended_plan(struct plan *p);
/* Of a row of table exit: "0", "SEGV core"; empty: not known. */
void ended_status(const struct frame *f, uint32_t row, char out[16]);
void ended_add(struct ended_log *l, const struct frame *f);
int ended_height(int h); /* of a screen of that height */
void ended_draw(struct grid *g, const struct ended_log *l, const struct frame *f, struct rect r);

#endif
