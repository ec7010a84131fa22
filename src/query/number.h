#ifndef QUERY_NUMBER_H
#define QUERY_NUMBER_H

/* number: "500M", "5%", "2.5h", "1h30m", "-5": a number with a unit that fits the field. */
#include "base/err.h"
#include "base/num.h"
#include "schema/field.h"

/* In the field's own unit (bytes, nanoseconds, a ratio...). 0, or -EINVAL and e; `at` is where s
 * stands in what was typed. */
int number_parse(struct span s, const struct field *f, double *ret_v, struct err *e, int at);

/* What such a number looks like. */
const char *number_example(const struct field *f);

#endif
