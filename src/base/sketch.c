#include "base/sketch.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"

/* Bucket i holds what is more than BASE^(i-1) and at most BASE^i. */
#define BASE ((1 + SKETCH_ERROR) / (1 - SKETCH_ERROR))

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
	int at = (int)ceil(log(MIN(v, SKETCH_MOST)) / log(BASE));
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

/* Of a bucket: what is off by as much at either end. */
static double
middle(const struct sketch_side *side, size_t i)
{
	return pow(BASE, side->low + (int)i) * 2 / (BASE + 1);
}

double
sketch_quantile(const struct sketch *s, double q)
{
	uint64_t left = (uint64_t)ceil(CLAMP(q, 0, 1) * (double)s->n), seen = 0;
	double v = s->most;

	if (!s->n)
		return NAN;
	left = CLAMP(left, 1, s->n);
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
