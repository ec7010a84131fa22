#include "ui/settle.h"

#include <math.h>

#include "base/mem.h"

#define MEAN_NS 3e9        /* time constant of the mean */
#define TIDY_NS 5000000000 /* this often all rows go where their means are */
#define RATIO_SEEN 1e-3    /* of ratios, a tenth of a percent is what is seen */

struct settled {
	struct row_key key;
	double mean, order;
};

void
settle_release(struct settle *s)
{
	free(s->mean);
	free(s->order);
	free(s->kept);
	*s = (struct settle){0};
}

void
settle_copy(struct settle *to, const struct settle *from)
{
	GROW(to->kept, to->kept_cap, from->nkept);
	for (size_t i = 0; i < from->nkept; i++)
		to->kept[i] = from->kept[i];
	to->nkept = from->nkept;
	to->field = from->field;
	to->mono_ns = from->mono_ns;
	to->tidied_ns = from->tidied_ns;
	to->filled = false;
}

static double
as_seen(double v, bool ratio)
{
	return ratio && v != 0 ? rint(v / RATIO_SEEN) * RATIO_SEEN : v;
}

/* How much a rate changes for no reason. Wakeups come by chance, so their noise grows with the root
 * of the load: 0.2 points at 0.1 %, 1 at 3 %. What is busy all the time is steadier. */
static double
noise(double mean, bool ratio)
{
	return ratio ? MIN(sqrt(mean) * 0.055, 0.02) : mean / 4;
}

/* A change that is more than noise: by more than half, or by a twentieth of a CPU. */
static double
event(double mean, bool ratio)
{
	return MAX(2 * noise(mean, ratio), MIN(mean * 0.6, ratio ? 0.05 : INFINITY));
}

/* A row that had a rate before: `weight` is the part of the new one in the mean. */
static void
settle_row(const struct settled *old, bool ratio, double weight, bool tidy, double *mean,
	   double *order)
{
	double hold = tidy ? 0 : noise(old->order, ratio);

	if (fabs(*mean - old->mean) > event(old->mean, ratio))
		return;
	*mean = old->mean + (*mean - old->mean) * weight;
	*order = fabs(*mean - old->order) > hold ? as_seen(*mean, ratio) : old->order;
}

const double *
settle_values(struct settle *s, const struct frame *f, unsigned field)
{
	const struct table *t = frame_table(f, TABLE_PROC);
	const struct field *spec = &t->schema->field[field];
	bool ratio = spec->unit == UNIT_RATIO;
	double passed_ns = fabs((double)(f->meta.mono_ns - s->mono_ns));
	double weight = passed_ns / (passed_ns + MEAN_NS);
	bool tidy = fabs((double)(f->meta.mono_ns - s->tidied_ns)) >= TIDY_NS;

	if (spec->kind != KIND_RATE)
		return NULL;
	if (s->filled && s->field == field && s->seq == f->meta.seq)
		return s->order;
	GROW(s->mean, s->mean_cap, t->nrows);
	GROW(s->order, s->order_cap, t->nrows);
	for (uint32_t i = 0; i < t->nrows; i++) {
		if (!cell_f64(t, i, field, &s->mean[i]))
			s->mean[i] = NAN;
		s->order[i] = as_seen(s->mean[i], ratio);
	}
	for (size_t k = 0; s->field == field && k < s->nkept; k++) {
		uint32_t i = table_find(t, s->kept[k].key);

		if (i != ROW_NONE && !isnan(s->mean[i]))
			settle_row(&s->kept[k], ratio, weight, tidy,
				   &s->mean[i], &s->order[i]);
	}
	s->nkept = 0;
	for (uint32_t i = 0; i < t->nrows; i++) {
		if (!(as_seen(s->mean[i], ratio) > 0))
			continue;
		GROW(s->kept, s->kept_cap, s->nkept + 1);
		s->kept[s->nkept++] = (struct settled){t->key[i], s->mean[i], s->order[i]};
	}
	s->field = field;
	s->seq = f->meta.seq;
	s->mono_ns = f->meta.mono_ns;
	s->filled = true;
	if (tidy)
		s->tidied_ns = f->meta.mono_ns;
	return s->order;
}
