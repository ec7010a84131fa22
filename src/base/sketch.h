#ifndef BASE_SKETCH_H
#define BASE_SKETCH_H

/* sketch: the distribution of many numbers in little room: how many there were in each of a row of
 * buckets that are at most 1.6 % wide, so that a quantile is off by 1 % of its value at most, of
 * either sign. Least, greatest and mean are exact. Room is for the span from the least to the
 * greatest, at most some 30 KB, however many numbers come. What is smaller than SKETCH_LEAST counts
 * as 0.
 */
#include <stddef.h>
#include <stdint.h>

#define SKETCH_ERROR 0.01
#define SKETCH_LEAST 1e-12
#define SKETCH_MOST  0x1p64 /* larger ones count as this, but for greatest and mean */

struct sketch_side { /* buckets from number `low` on */
	uint32_t *count;
	size_t n, cap;
	int low;
};

/* A zeroed struct is empty. */
struct sketch {
	uint64_t n;
	double least, most, sum;
	uint64_t zeros;
	struct sketch_side above, below; /* more and less than 0 */
};

void sketch_release(struct sketch *s);
void sketch_add(struct sketch *s, double v); /* NaN and what is not finite is passed over */
double sketch_mean(const struct sketch *s);  /* NaN of none */
/* The number that a share q (0 to 1) of all does not exceed, by nearest rank; NaN of none. */
double sketch_quantile(const struct sketch *s, double q);

#endif
