#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

/* clock: time is int64_t nanoseconds everywhere. */
#include <stdint.h>
#include <time.h>

#define NS_PER_US INT64_C(1000)
#define NS_PER_MS INT64_C(1000000)
#define NS_PER_S  INT64_C(1000000000)

int64_t clock_ns(clockid_t id); /* -1 when the clock is not there */
static inline int64_t
clock_mono_ns(void)
{
	return clock_ns(CLOCK_MONOTONIC);
}
struct timespec ns_to_timespec(int64_t ns);

#endif
