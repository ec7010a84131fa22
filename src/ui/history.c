#include "ui/history.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"

void
history_put(struct history *h, uint64_t tick, const float v[SERIES_COUNT])
{
	memcpy(h->v[tick % HISTORY_TICKS], v, sizeof h->v[0]);
	h->next[tick % HISTORY_TICKS] = tick + 1;
}

double
history_samples(const struct history *h, enum series s, unsigned per, unsigned step, double *sample,
		int n)
{
	/* The end of the last cell, in samples: a whole number of steps. */
	uint64_t samples = (MAX(h->end, 1) - 1 + per - 1) / per;
	uint64_t end = (samples + step - 1) / step * step;
	double max = 0;

	for (int i = 0; i < n; i++) {
		uint64_t back = (uint64_t)(n - i);
		uint64_t from = end >= back ? (end - back) * per + 1 : UINT64_MAX;
		size_t known = 0;
		double sum = 0;

		for (uint64_t t = from; from != UINT64_MAX && t < from + per && t < h->end; t++) {
			float v = h->v[t % HISTORY_TICKS][s];

			if (!history_has(h, t) || isnan(v))
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
