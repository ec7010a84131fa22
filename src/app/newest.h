#ifndef APP_NEWEST_H
#define APP_NEWEST_H

/* newest: this machine, or a fixture, as a past of one moment. It is sampled when newest_sample()
 * is told what of; twice, when something grows from one sample to the next.
 */
#include "app/options.h"
#include "feed/past.h"

struct newest;
/* Borrows o and root. 0, or -errno and e. */
int newest_new(const struct options *o, struct root *root, struct newest **ret, struct err *e);
struct past *newest_past(struct newest *n); /* past_free() frees it */

/* 0, or -errno and e; -EINTR when a signal came. */
int newest_sample(struct newest *n, const struct field_set want[TABLE_COUNT], struct err *e);

#endif
