#ifndef PARQUET_ENCODE_H
#define PARQUET_ENCODE_H

/* encode: values to bytes as Parquet's encodings have them. All take runs: a value and how many
 * times it comes, for in a column that is sorted by process most values are that of the row above.
 * A zeroed struct is an empty one; *_end() appends the bytes to a buf and makes it empty again.
 */
#include <stdint.h>

#include "base/buf.h"

/* RLE: numbers of `width` bits, in runs, and those that are in none in groups of 8. */
struct rle {
	unsigned width;     /* 0 to 32; set when it is empty */
	struct buf out;     /* what is finished */
	struct buf packed;  /* groups without their head */
	uint32_t group[8];
	unsigned in_group;
	uint32_t value;     /* of the run that goes on */
	uint64_t run;       /* its length; 0: none */
};
void rle_put(struct rle *r, uint32_t v, uint64_t n);
void rle_end(struct rle *r, struct buf *b);
void rle_release(struct rle *r);

/* DELTA_BINARY_PACKED: differences, modulo 2^64, in blocks of 128. */
enum { DELTA_BLOCK = 128, DELTA_MINIS = 4, DELTA_MINI = DELTA_BLOCK / DELTA_MINIS };
struct delta {
	struct buf out; /* blocks that are finished */
	uint64_t first, last, count;
	uint64_t difference[DELTA_BLOCK];
	unsigned n;     /* of them, in the block that goes on */
	uint64_t any;   /* 0: they are all 0 */
};
void delta_put(struct delta *d, uint64_t v, uint64_t n);
void delta_end(struct delta *d, struct buf *b);
void delta_release(struct delta *d);

/* n numbers of `width` bits, lowest bits first; n * width is a whole number of bytes. */
void bits_pack(struct buf *b, const uint64_t *v, unsigned n, unsigned width);

static inline unsigned
bits_needed(uint64_t v)
{
	return v ? 64 - (unsigned)__builtin_clzll(v) : 0;
}

#endif
