#ifndef BASE_WHEN_H
#define BASE_WHEN_H

/* when: moments as people type them.
 *
 *     now
 *     -10m  +30s  -1h30m  -0.5s    before and after what is shown; s m h d w, a day has 24 hours
 *     14:05  14:05:30              the latest one that is not after now
 *     today  yesterday 14:05       a day alone is its midnight
 *     2026-11-21  2026-11-21 14:05:30  2026-11-21T14:05
 *     @1763700000  @1763700000.25  seconds since the epoch
 *
 * Local time (TZ), or UTC for a fixture. Of a time that a night has twice, when the clock is set
 * back, it is the later one unless that is after now; a time that a night leaves out is as long
 * after the one before as if the clock had not been set yet.
 */
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

/* 0, or -EINVAL and e with the position and what was expected there. */
int when_parse(const char *text, int64_t now_wall_ns, int64_t shown_wall_ns, bool utc,
	       int64_t *ret_wall_ns, struct err *e);

#endif
