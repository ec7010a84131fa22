#include "base/hash.h"

#include <string.h>

#include "base/mem.h"

uint64_t
hash_u64(uint64_t v)
{
	v ^= v >> 32;
	v *= 0xd6e8feb86659fd93u;
	v ^= v >> 32;
	v *= 0xd6e8feb86659fd93u;
	return v ^ v >> 32;
}

uint64_t
hash_bytes(const void *p, size_t n)
{
	const unsigned char *b = p;
	uint64_t h = n * 0x9e3779b97f4a7c15u, w;

	for (; n >= sizeof w; n -= sizeof w, b += sizeof w) {
		memcpy(&w, b, sizeof w);
		h = hash_u64(h ^ w);
	}
	w = 0;
	if (n)
		memcpy(&w, b, n);
	return hash_u64(h ^ w);
}

void
index_release(struct index *ix)
{
	free(ix->slot);
	*ix = (struct index){0};
}

void
index_reset(struct index *ix, size_t rows)
{
	size_t want = 16;

	while (want < rows * 2)
		want *= 2;
	if (want > ix->cap || want * 8 < ix->cap) {
		free(ix->slot);
		ix->slot = xcalloc(want, sizeof *ix->slot);
		ix->cap = want;
	} else {
		memset(ix->slot, 0, want * sizeof *ix->slot);
	}
	ix->mask = (uint32_t)(want - 1);
	ix->n = 0;
}

void
index_add(struct index *ix, uint64_t hash, uint32_t row)
{
	uint32_t i = (uint32_t)hash & ix->mask;

	while (ix->slot[i])
		i = (i + 1) & ix->mask;
	ix->slot[i] = row + 1;
	ix->n++;
}

uint32_t
index_probe(const struct index *ix, uint64_t *pos)
{
	uint32_t row;

	if (!ix->slot)
		return UINT32_MAX;
	row = ix->slot[(uint32_t)*pos & ix->mask];
	*pos = ((uint32_t)*pos & ix->mask) + 1;
	return row - 1; /* a free slot gives UINT32_MAX */
}
