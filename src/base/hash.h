#ifndef BASE_HASH_H
#define BASE_HASH_H

/* hash: mixing functions, and one open-addressed index from a 64-bit hash to a row number. */
#include <stddef.h>
#include <stdint.h>

uint64_t hash_u64(uint64_t v);
uint64_t hash_bytes(const void *p, size_t n);

/* index: rows are found by hash; the caller compares the rows' real keys. It does not grow:
 * index_reset() says how many will come, and no more than that may be added. */
struct index {
	uint32_t *slot; /* row + 1, 0 is free */
	uint32_t mask;  /* slots - 1 */
	size_t cap, n;
};

void index_release(struct index *ix);
void index_reset(struct index *ix, size_t rows); /* empty, with room for so many */
void index_add(struct index *ix, uint64_t hash, uint32_t row);
/* Probes: start with *pos = hash, call until it returns UINT32_MAX. */
uint32_t index_probe(const struct index *ix, uint64_t *pos);

#endif
