#ifndef APP_HOURS_H
#define APP_HOURS_H

/* hours: the moments of a window of a recording by machine and hour (UTC), which is what one file
 * of an export holds. They need not stand together: the clock may have been set back, and a
 * directory may have recordings of several machines.
 */
#include "base/err.h"
#include "store/recording.h"

struct moments {
	uint64_t first, end;
};

struct hour {
	char *host;
	int64_t number; /* of hours since the epoch */
	struct moments *part;
	size_t n, cap;
	uint64_t moments; /* in them, after `every` */
	int64_t first_ns, last_ns; /* the earliest and the latest of them */
};

struct hours {
	struct hour *hour; /* by host and number */
	size_t n, cap;
	uint64_t moments;  /* in all of them */
	int64_t every_ns;
};

/* Looks at no frame: it takes a second for a month. every_ns: one moment in so much time, which
 * begins anew with each stretch; 0: all. 0, or -errno and e. */
int hours_find(struct hours *h, struct recording *r, uint64_t first, uint64_t end,
	       int64_t every_ns, struct err *e);
void hours_release(struct hours *h);

/* The moments of an hour, one after the other. Begin with a zeroed one. */
struct hour_walk {
	size_t part;
	uint64_t n;      /* of the moment */
	int64_t next_ns;
	bool begun;
};
bool hours_walk(const struct hours *h, const struct hour *hour, struct past *p,
		struct hour_walk *w);

#endif
