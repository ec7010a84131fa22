#include "feed/past.h"

/* Wall clocks may go back, so no bisection over all: from the end, in steps that double, to a
 * moment that is early enough, then forward again. With a clock that only rises it is a bisection.
 */
bool
past_find(struct past *p, int64_t wall_ns, uint64_t *ret_n)
{
	uint64_t first, end, low, high;
	struct moment m;

	past_span(p, &first, &end);
	if (first == end)
		return false;
	if (p->ops->narrow)
		p->ops->narrow(p, wall_ns, &first, &end);
	high = end; /* later than the time, or nothing */
	for (uint64_t step = 1;; step *= 2) {
		low = high - first > step ? high - step : first;
		if (low == first || (past_moment(p, low, &m) && m.wall_ns <= wall_ns))
			break;
		high = low;
	}
	while (high - low > 1) {
		uint64_t middle = low + (high - low) / 2;

		if (past_moment(p, middle, &m) && m.wall_ns <= wall_ns)
			low = middle;
		else
			high = middle;
	}
	*ret_n = low;
	return true;
}

size_t
past_part(const uint64_t *first, size_t size, size_t n, uint64_t moment)
{
	size_t low = 0, high = n;

	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;

		if (*(const uint64_t *)((const char *)first + middle * size) <= moment)
			low = middle;
		else
			high = middle;
	}
	return low;
}
