#ifndef SCHEMA_FORMAT_H
#define SCHEMA_FORMAT_H

/* format: numbers as people read them: two to three significant digits, the unit letter in the same
 * place, never wider than asked. Used by the screen and by text tables, so that they agree.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "schema/field.h"

enum { FORMAT_MAX = 32 };

void format_whole(char out[FORMAT_MAX], int64_t n); /* 1904, -20; as wide as it is */

/* All others write at most `width` columns (1 <= width < FORMAT_MAX) of ASCII and a NUL, not
 * padded. What does not fit loses digits, then takes a larger unit (".2G"), and in the end is "+".
 * Negative and NaN are shown as "-". */
void format_bytes(char out[FORMAT_MAX], double bytes, int width); /* 0, 812, 9.5K, 212M, 1.2G, 3.40T */
void format_count(char out[FORMAT_MAX], double n, int width);     /* 0, 0.4, 1904, 12.3k, 4.1M (1000s) */
void format_percent(char out[FORMAT_MAX], double ratio, int width); /* 0.0, 4.1, 41.2, 100, 1600 */
/* CPU time: 0:00.05, 4:33.21, 59:59.99, 3h12m, 12d04h, 3y120d */
void format_cpu_time(char out[FORMAT_MAX], uint64_t ns, int width);
/* A span at a glance: 812us, 4.2ms, 12s, 4m05s, 3h12m, 12d 4h, 3y 120d */
void format_span(char out[FORMAT_MAX], uint64_t ns, int width);
/* A moment: "14:05" when within 24 h before now, "Nov 03" ("11-03" at width 5) within a year, else
 * "2024"; at width 19 and more always "2024-11-03 14:05:31". utc: no local time zone. */
void format_moment(char out[FORMAT_MAX], int64_t wall_ns, int64_t now_ns, int width, bool utc);

/* A number of any unit, with what says its unit: "12.3%", "4.1M/s", but a plain 0. Less than 0 has
 * a "-" in front; with `sign` more has a "+", as changes have. Of NaN, "-". */
void format_amount(char out[FORMAT_MAX], enum field_unit unit, double v, int width, bool sign);

#endif
