#ifndef STORE_NAMES_H
#define STORE_NAMES_H

/* names: of segments: when each was begun, and a number. What is written later sorts later, also
 * when the clock was set back meanwhile: then the time of the one before it goes on.
 */
#include <stdbool.h>
#include <stdint.h>

enum { NAME_SIZE = 28 }; /* 20251121T093000Z-0000.sonde */

/* As a recorder names them? */
bool name_is_ours(const char *name);
/* The first one that sorts behind `last` and is not before the time. last is such a name, or empty.
 * 0 or -EOVERFLOW: the clock is set to a year that has no four digits. */
int name_next(const char *last, int64_t wall_ns, char ret[NAME_SIZE]);

#endif
