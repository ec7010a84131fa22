#ifndef BASE_UTF8_H
#define BASE_UTF8_H

/* utf8: one strict decoder for the whole program (no overlongs, surrogates, > U+10FFFF). */
#include <stddef.h>
#include <stdint.h>

#define UTF8_BAD 0xffffffffu

/* Decodes one character at [p, end), p < end; *ret_cp is UTF8_BAD for a byte that starts no valid
 * sequence. Returns the bytes taken (1 for a bad byte). */
size_t utf8_next(const char *p, const char *end, uint32_t *ret_cp);

/* Columns a terminal gives it: 0 combining or zero width, 1, or 2. From a fixed table. */
int utf8_width(uint32_t cp);

#endif
