#include "feed/past.h"

#include "base/mem.h"

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

/* That n of [first, end) is in, as far as it lies there. */
static struct stretch
stretch_of(struct past *p, uint64_t n, uint64_t first, uint64_t end)
{
	struct stretch s = {first, end, INT64_MAX, INT64_MIN, true};
	struct moment m;

	if (p->ops->stretch) {
		p->ops->stretch(p, n, &s);
		s.first = MAX(s.first, first);
		s.end = MIN(s.end, end);
		return s;
	}
	for (uint64_t i = first; i < end; i++) {
		if (!past_moment(p, i, &m))
			continue;
		s.rises &= m.wall_ns >= s.latest_ns;
		s.earliest_ns = MIN(s.earliest_ns, m.wall_ns);
		s.latest_ns = MAX(s.latest_ns, m.wall_ns);
	}
	return s;
}

static bool
is_between(struct past *p, uint64_t n, int64_t from_ns, int64_t to_ns)
{
	struct moment m;

	return past_moment(p, n, &m) && m.wall_ns >= from_ns && m.wall_ns <= to_ns;
}

/* The first moment of the stretch that is not before the time, or its end. What is not kept any
 * more is at the beginning. */
static uint64_t
first_from(struct past *p, const struct stretch *s, int64_t wall_ns)
{
	uint64_t low = s->first, high = s->end;
	struct moment m;

	while (low < high) {
		uint64_t middle = low + (high - low) / 2;

		if (past_moment(p, middle, &m) && m.wall_ns >= wall_ns)
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

bool
past_between(struct past *p, int64_t from_ns, int64_t to_ns, uint64_t *first, uint64_t *end)
{
	struct stretch s;
	uint64_t low = *first, high = *end;
	bool found = false;

	while (low < high && !found) {
		s = stretch_of(p, low, low, high);
		found = s.latest_ns >= from_ns && s.earliest_ns <= to_ns;
		if (found && s.rises)
			low = first_from(p, &s, from_ns);
		else
			low = found ? s.first : s.end;
		while (found && low < s.end && !is_between(p, low, from_ns, to_ns))
			low++;
		found = found && low < s.end;
		low = MAX(low, found ? low : s.end);
	}
	for (found = false; low < high && !found;) {
		s = stretch_of(p, high - 1, low, high);
		found = s.latest_ns >= from_ns && s.earliest_ns <= to_ns;
		if (found && s.rises && to_ns < INT64_MAX)
			high = first_from(p, &s, to_ns + 1);
		else
			high = found ? s.end : s.first;
		while (found && high > s.first && !is_between(p, high - 1, from_ns, to_ns))
			high--;
		found = found && high > s.first;
	}
	*first = low;
	*end = high;
	return low < high;
}

bool
past_rises(struct past *p, uint64_t first, uint64_t end)
{
	int64_t latest_ns = INT64_MIN;

	while (first < end) {
		struct stretch s = stretch_of(p, first, first, end);

		if (!s.rises || s.earliest_ns < latest_ns)
			return false;
		latest_ns = s.latest_ns;
		first = s.end;
	}
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
