#ifndef SQL_TIMES_H
#define SQL_TIMES_H

/* times: moments as texts that sort as they follow each other: "2024-11-03 14:05:31.250", in UTC.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { TIMES_LEN = 23 };

void times_put(char ret[TIMES_LEN + 1], int64_t wall_ns);

/* Which moments can have a text that is at least, or at most, this one? *ret_low is not after the
 * first of those whose text is not less, *ret_high not before the last of those whose text is not
 * greater; the widest there are when the text says nothing. */
void times_bounds(const char *text, int64_t *ret_low, int64_t *ret_high);

#endif
