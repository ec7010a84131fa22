#ifndef PARQUET_TEXTS_H
#define PARQUET_TEXTS_H

/* texts: the different texts of a column, numbered as they come: its dictionary. They are written
 * as they are kept: four bytes of length, and the bytes, cleaned of what must not get out
 * (sink/clean.h).
 */
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/hash.h"

struct texts {
	struct buf bytes, scratch;
	size_t *at; /* where each one begins */
	size_t n, cap;
	struct index by_text;
	size_t indexed;
};

uint32_t texts_number(struct texts *t, const char *s);
/* Two of them, as bytes. */
int texts_compare(const struct texts *t, size_t a, size_t b);
const char *texts_get(const struct texts *t, size_t n, size_t *ret_len);
void texts_clear(struct texts *t);
void texts_release(struct texts *t);

#endif
