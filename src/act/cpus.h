#ifndef ACT_CPUS_H
#define ACT_CPUS_H

/* cpus: a set of CPUs, and how people write one: "0-3,8", "0-63:2" (every second), "all", or a mask
 * in hexadecimal, "0xff" or as the kernel prints it, "ff,ffffffff" after 0x.
 */
#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

enum { CPUS_MAX = 8192 }; /* the most a kernel can be built for */

struct cpus {
	uint64_t word[CPUS_MAX / 64];
};

static inline bool
cpus_has(const struct cpus *c, unsigned cpu)
{
	return cpu < CPUS_MAX && c->word[cpu / 64] >> cpu % 64 & 1;
}

static inline void
cpus_add(struct cpus *c, unsigned cpu)
{
	c->word[cpu / 64] |= UINT64_C(1) << cpu % 64;
}

/* 0, or -EINVAL with what was expected and where. "all" gives every bit. An empty set is refused.
 */
int cpus_parse(const char *text, struct cpus *ret, struct err *e);
void cpus_print(const struct cpus *c, struct buf *out); /* "0-3,8"; "all" for every bit */

#endif
