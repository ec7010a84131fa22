#ifndef FRAME_DIFFPART_H
#define FRAME_DIFFPART_H

/* diffpart: what the files of diff share; nobody else's. NaN is what is not known. */
#include <math.h>

#include "base/clock.h"
#include "base/num.h"
#include "frame/diff.h"

/* Changes smaller than these count for less: a list does not begin with the only 4 KiB written. */
#define LITTLE_CPU_NS (100.0 * (double)NS_PER_MS)
#define LITTLE_CPU    0.05
#define LITTLE_BYTES  0x1p22
#define LITTLE_COUNT  100

/* Rows of B by row of A, and the other way round; ROW_NONE. */
struct match {
	uint32_t *of_a, *of_b;
};
struct match match_rows(const struct table *a, const struct table *b);
void match_release(struct match *m);

/* Fills the lists of processes and of cgroups (diffproc.c). */
void diff_procs(struct diff *d);

/* NaN when absent, or of no row. */
static inline double
value(const struct table *t, uint32_t row, unsigned field)
{
	double v;

	return row != ROW_NONE && cell_number(t, row, field, &v) ? v : NAN;
}

/* NaN too when it went back. */
static inline double
growth(const struct table *a, uint32_t i, const struct table *b, uint32_t k, unsigned field)
{
	uint64_t then, now, d;

	return cell_u64(a, i, field, &then) && cell_u64(b, k, field, &now) &&
			       delta_u64(then, now, &d)
		       ? (double)d
		       : NAN;
}

static inline bool
is_set(const struct table *t, uint32_t row, unsigned field)
{
	uint64_t v;

	return cell_u64(t, row, field, &v) && v;
}

static inline bool
is_thread(const struct table *t, uint32_t row)
{
	return is_set(t, row, PROC_THREAD);
}

/* Is there anything in it? */
static inline bool
differs(double v)
{
	return !isnan(v) && v != 0;
}

/* Of what is not known: nothing. */
static inline double
magnitude(double v)
{
	return isnan(v) ? 0 : fabs(v);
}

/* Never NaN, whatever a recording holds: lists are sorted by it. */
static inline double
share(double v, double all)
{
	double s = magnitude(v) / all;

	return s >= 0 ? s : 0;
}

#endif
