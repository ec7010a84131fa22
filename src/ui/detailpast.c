/* detailpast: what one process used at the moments before, out of what is kept of them. A past is
 * quick forward and slow one by one back, so runs of moments are asked for whole, the nearest run
 * first, and only so many at a time: what is drawn next has more. */
#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "frame/derive.h"
#include "ui/details.h"

enum { RUN = 64, RUNS = 2 };

static const uint8_t fields[DETAIL_SERIES] = {
	[DETAIL_CPU] = PROC_CPU_RATIO, [DETAIL_RES] = PROC_RES,
	[DETAIL_READ] = PROC_READ_RATE, [DETAIL_WRITE] = PROC_WRITE_RATE,
};

static bool
has(const struct detail_history *h, uint64_t tick)
{
	return h->next[tick % DETAIL_TICKS] == tick + 1;
}

void
detail_history_live(struct detail_history *h, uint64_t tick, const struct frame *f,
		    struct row_key key)
{
	const struct table *t = f ? frame_table(f, TABLE_PROC) : NULL;
	uint32_t row = t && t->nrows ? table_find(t, key) : ROW_NONE;
	float *v = h->v[tick % DETAIL_TICKS];
	double number;

	for (int i = 0; i < DETAIL_SERIES; i++)
		v[i] = row != ROW_NONE && cell_number(t, row, fields[i], &number) ? (float)number
										  : NAN;
	h->next[tick % DETAIL_TICKS] = tick + 1;
}

static void
fill_run(struct detail_history *h, struct past *past, uint64_t from, uint64_t to,
	 struct row_key key)
{
	struct field_set want[TABLE_COUNT] = {0};

	field_set_add(&want[TABLE_PROC], PROC_PID);
	for (int i = 0; i < DETAIL_SERIES; i++)
		field_set_add(&want[TABLE_PROC], fields[i]);
	field_sets_close(want);
	for (uint64_t n = from; n < to; n++) {
		const struct frame *f = NULL;

		if (has(h, n))
			continue;
		(void)past_frame(past, n, want, &f);
		detail_history_live(h, n, f, key);
		frame_unref(f);
	}
}

void
detail_history_fill(struct detail_history *h, struct past *past, uint64_t at, struct row_key key,
		    int ticks)
{
	uint64_t first, end, least, to = at + 1;
	int runs = 0;

	past_span(past, &first, &end);
	h->end = at + 1;
	least = to - MIN(to, (uint64_t)MIN(ticks, DETAIL_TICKS));
	least = MAX(least, first);
	while (to > least && runs < RUNS) {
		uint64_t from = MAX((to - 1) / RUN * RUN, least);
		bool lacks = false;

		for (uint64_t n = from; n < to; n++)
			lacks |= !has(h, n);
		if (lacks)
			fill_run(h, past, from, to, key);
		runs += lacks;
		to = from;
	}
}

double
detail_history_samples(const struct detail_history *h, enum detail_series s, double *sample, int n)
{
	double max = 0;

	for (int i = 0; i < n; i++) {
		uint64_t back = (uint64_t)(n - i);

		sample[i] = NAN;
		if (back > h->end || back > DETAIL_TICKS || !has(h, h->end - back))
			continue;
		sample[i] = (double)h->v[(h->end - back) % DETAIL_TICKS][s];
		if (!isnan(sample[i]))
			max = MAX(max, sample[i]);
	}
	return max;
}
