#include "base/sketch.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"

/* A bucket's number is the exponent and the first bits of the mantissa, so that a power of two is
 * parted into 2^BITS of them, as wide as each other; none is wider than 1/64 of what is in it. */
enum { BITS = 6, SHIFT = 52 - BITS };

static int
bucket_of(double v)
{
	uint64_t bits;

	memcpy(&bits, &v, sizeof bits);
	return (int)(bits >> SHIFT);
}

/* Where it begins. */
static double
bucket_low(int at)
{
	uint64_t bits = (uint64_t)at << SHIFT;
	double v;

	memcpy(&v, &bits, sizeof v);
	return v;
}

void
sketch_release(struct sketch *s)
{
	free(s->above.count);
	free(s->below.count);
	*s = (struct sketch){0};
}

static void
side_add(struct sketch_side *side, double v)
{
	int at = bucket_of(MIN(v, SKETCH_MOST));
	size_t more;

	if (!side->n)
		side->low = at;
	if (at < side->low) {
		more = (size_t)(side->low - at);
		GROW(side->count, side->cap, side->n + more);
		memmove(side->count + more, side->count, side->n * sizeof *side->count);
		memset(side->count, 0, more * sizeof *side->count);
		side->low = at;
		side->n += more;
	}
	more = (size_t)(at - side->low);
	GROW(side->count, side->cap, more + 1);
	side->n = MAX(side->n, more + 1);
	side->count[more]++;
}

void
sketch_add(struct sketch *s, double v)
{
	if (!isfinite(v))
		return;
	s->least = s->n ? MIN(s->least, v) : v;
	s->most = s->n ? MAX(s->most, v) : v;
	s->sum += v;
	s->n++;
	if (fabs(v) < SKETCH_LEAST)
		s->zeros++;
	else
		side_add(v > 0 ? &s->above : &s->below, fabs(v));
}

double
sketch_mean(const struct sketch *s)
{
	return s->n ? s->sum / (double)s->n : NAN;
}

static double
middle(const struct sketch_side *side, size_t i)
{
	int at = side->low + (int)i;

	return (bucket_low(at) + bucket_low(at + 1)) / 2;
}

double
sketch_quantile(const struct sketch *s, double q)
{
	double rank = CLAMP(q, 0, 1) * (double)s->n, v = s->most;
	uint64_t left = (uint64_t)rank, seen = 0;

	if (!s->n)
		return NAN;
	left = CLAMP(left + ((double)left < rank), 1, s->n);
	for (size_t i = s->below.n; i-- > 0 && seen < left;) {
		seen += s->below.count[i];
		v = -middle(&s->below, i);
	}
	if (seen < left) {
		seen += s->zeros;
		v = 0;
	}
	for (size_t i = 0; i < s->above.n && seen < left; i++) {
		seen += s->above.count[i];
		v = middle(&s->above, i);
	}
	return CLAMP(v, s->least, s->most);
}
