#ifndef UI_DECODE_H
#define UI_DECODE_H

/* decode: sets that the kernel writes as hexadecimal numbers, as names. */
#include <stdbool.h>

#include "base/buf.h"

/* "00000000a80425fb" as "chown dac_override ...": "none", "all" (41 of them and more), and where
 * that is shorter "all but ...". False, and nothing is put, when it is no such number. */
bool decode_capabilities(const char *hex, struct buf *b);
/* "0000000000010000" as "CHLD": "none" for an empty set. */
bool decode_signals(const char *hex, struct buf *b);

#endif
