#include "ui/history.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"

void
history_add(struct history *h, const float v[SERIES_COUNT])
{
	memcpy(h->v[h->ticks % HISTORY_TICKS], v, sizeof h->v[0]);
	h->ticks++;
	if (!h->held)
		h->end = h->ticks;
}

void
history_hold(struct history *h, bool hold)
{
	h->held = hold;
	if (!hold)
		h->end = h->ticks;
}

double
history_samples(const struct history *h, enum series s, unsigned per, unsigned step, double *sample,
		int n)
{
	size_t oldest = h->ticks > HISTORY_TICKS ? h->ticks - HISTORY_TICKS : 0;
	/* The end of the last cell, in samples: a whole number of steps. */
	size_t samples = (h->end + per - 1) / per;
	size_t end = (samples + step - 1) / step * step;
	double max = 0;

	for (int i = 0; i < n; i++) {
		size_t back = (size_t)(n - i);
		size_t from = end >= back ? (end - back) * per : SIZE_MAX, known = 0;
		double sum = 0;

		for (size_t t = from; from != SIZE_MAX && t < from + per && t < h->end; t++) {
			float v = h->v[t % HISTORY_TICKS][s];

			if (t < oldest || isnan(v))
				continue;
			sum += v;
			known++;
		}
		sample[i] = known ? sum / (double)known : NAN;
		if (known)
			max = MAX(max, sample[i]);
	}
	return max;
}
