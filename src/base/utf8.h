#ifndef BASE_UTF8_H
#define BASE_UTF8_H

/* utf8: one strict decoder for the whole program (no overlongs, surrogates, > U+10FFFF). */
#include <stddef.h>
#include <stdint.h>

#define UTF8_BAD 0xffffffffu

/* Decodes one character at [p, end), p < end; *ret_cp is UTF8_BAD for a byte that starts no valid
 * sequence. Returns the bytes taken (1 for a bad byte). */
size_t utf8_next(const char *p, const char *end, uint32_t *ret_cp);

/* Encodes a scalar value (anything else becomes U+FFFD). Returns the bytes written. */
static inline size_t
utf8_encode(uint32_t cp, char ret[4])
{
	if (cp > 0x10ffff || (cp >= 0xd800 && cp <= 0xdfff))
		cp = 0xfffd;
	if (cp < 0x80) {
		ret[0] = (char)cp;
		return 1;
	}
	if (cp < 0x800) {
		ret[0] = (char)(0xc0 | cp >> 6);
		ret[1] = (char)(0x80 | (cp & 0x3f));
		return 2;
	}
	if (cp < 0x10000) {
		ret[0] = (char)(0xe0 | cp >> 12);
		ret[1] = (char)(0x80 | (cp >> 6 & 0x3f));
		ret[2] = (char)(0x80 | (cp & 0x3f));
		return 3;
	}
	ret[0] = (char)(0xf0 | cp >> 18);
	ret[1] = (char)(0x80 | (cp >> 12 & 0x3f));
	ret[2] = (char)(0x80 | (cp >> 6 & 0x3f));
	ret[3] = (char)(0x80 | (cp & 0x3f));
	return 4;
}

/* Columns a terminal gives it: 0 combining or zero width, 1, or 2. From a fixed table. */
int utf8_width(uint32_t cp);

#endif
