#ifndef UI_SETTLE_H
#define UI_SETTLE_H

/* settle: rates to sort rows by. A rate of one interval is noisy, and rows that change places at
 * every tick cannot be read; so rows stand where the mean of their last seconds puts them. What is
 * more than noise, a rate that grows or falls by half, counts at once. The cells show the rate
 * itself. Time may run either way: who steps back in the past wants rows that keep still as well.
 */
#include "frame/frame.h"

struct settled;

struct settle {
	unsigned field;
	uint64_t seq; /* of the frame that was taken in */
	int64_t mono_ns, tidied_ns;
	bool filled;
	/* room */
	double *mean, *order; /* by row of the frame; order is what is sorted by, NaN: absent */
	size_t mean_cap, order_cap;
	struct settled *kept; /* rows that had a rate, to be found again in the next frame */
	size_t nkept, kept_cap;
};

void settle_release(struct settle *s);
/* What is known of the rates of rows, for frames that follow; to keeps its room. */
void settle_copy(struct settle *to, const struct settle *from);
/* What to sort the process table's rows by, one number a row, valid until the next call; NULL when
 * the field is no rate and its cells will do. Asking twice for one frame changes nothing. */
const double *settle_values(struct settle *s, const struct frame *f, unsigned field);

#endif
