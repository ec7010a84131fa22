#include "parquet/texts.h"

#include <string.h>

#include "base/mem.h"
#include "codec/varint.h"
#include "sink/clean.h"

enum { LENGTH = 4, FIRST = 64 };

const char *
texts_get(const struct texts *t, size_t n, size_t *ret_len)
{
	const char *p = t->bytes.data + t->at[n];

	*ret_len = (size_t)le_read(p, LENGTH);
	return p + LENGTH;
}

static void
index_anew(struct texts *t)
{
	size_t len;

	t->indexed = MAX(t->indexed * 2, (size_t)FIRST);
	index_reset(&t->by_text, t->indexed);
	for (size_t i = 0; i < t->n; i++) {
		const char *s = texts_get(t, i, &len);

		index_add(&t->by_text, hash_bytes(s, len), (uint32_t)i);
	}
}

uint32_t
texts_number(struct texts *t, const char *s)
{
	uint64_t hash, pos;
	uint32_t i;
	size_t len;

	buf_clear(&t->scratch);
	clean_line(&t->scratch, s, strlen(s));
	hash = pos = hash_bytes(t->scratch.data, t->scratch.len);
	/* What the index has of texts that were cleared is of no use. */
	while (t->indexed && (i = index_probe(&t->by_text, &pos)) != UINT32_MAX) {
		const char *other = texts_get(t, i, &len);

		if (len == t->scratch.len && memcmp(other, t->scratch.data, len) == 0)
			return i;
	}
	if (t->n == t->indexed)
		index_anew(t);
	GROW(t->at, t->cap, t->n + 1);
	t->at[t->n] = t->bytes.len;
	le_put(&t->bytes, t->scratch.len, LENGTH);
	buf_put(&t->bytes, t->scratch.data, t->scratch.len);
	index_add(&t->by_text, hash, (uint32_t)t->n);
	return (uint32_t)t->n++;
}

int
texts_compare(const struct texts *t, size_t a, size_t b)
{
	size_t na, nb;
	const char *x = texts_get(t, a, &na), *y = texts_get(t, b, &nb);
	int r = memcmp(x, y, MIN(na, nb));

	return r ? r : CMP(na, nb);
}

void
texts_clear(struct texts *t)
{
	buf_clear(&t->bytes);
	t->n = t->indexed = 0;
}

void
texts_release(struct texts *t)
{
	buf_release(&t->bytes);
	buf_release(&t->scratch);
	free(t->at);
	index_release(&t->by_text);
	*t = (struct texts){0};
}
