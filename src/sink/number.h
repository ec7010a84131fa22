#ifndef SINK_NUMBER_H
#define SINK_NUMBER_H

/* number: numbers as other programs read them back, exactly. Each writes at p, at most NUMBER_MAX
 * bytes and no NUL, and returns the end. No printf: a frame has ten thousand of them.
 */
#include <stdint.h>

enum { NUMBER_MAX = 32 };

char *number_digits(char *p, uint64_t v); /* two or more */
static inline char *
number_u64(char *p, uint64_t v)
{
	if (v >= 10)
		return number_digits(p, v);
	*p = (char)('0' + v); /* as most numbers of a machine are */
	return p + 1;
}
char *number_i64(char *p, int64_t v);
/* As few digits as still give the same double when read (in very few cases one more). Always with a
 * point or an exponent, so that it is never taken for an integer: 0.0, 0.25, 1e+300. v is finite.
 */
char *number_f64(char *p, double v);

#endif
