#ifndef CODEC_BITS_H
#define CODEC_BITS_H

/* bits: one bit a row, as tables keep them, and up to 64 of them at a time from anywhere. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

static inline bool
bit(const uint64_t *bits, size_t i)
{
	return bits[i / 64] >> i % 64 & 1;
}

static inline void
set_bit(uint64_t *bits, size_t i, bool on)
{
	if (on)
		bits[i / 64] |= UINT64_C(1) << i % 64;
	else
		bits[i / 64] &= ~(UINT64_C(1) << i % 64);
}

/* n is 1 to 64, here and below. */
static inline uint64_t
ones(uint32_t n)
{
	return UINT64_MAX >> (64 - n);
}

static inline uint64_t
bits_at(const uint64_t *bits, size_t i, uint32_t n)
{
	uint64_t v = bits[i / 64] >> i % 64;

	if (i % 64 + n > 64)
		v |= bits[i / 64 + 1] << (64 - i % 64);
	return v & ones(n);
}

/* v has no others set. */
static inline void
put_bits(uint64_t *bits, size_t i, uint32_t n, uint64_t v)
{
	bits[i / 64] = (bits[i / 64] & ~(ones(n) << i % 64)) | v << i % 64;
	if (i % 64 + n > 64) {
		uint32_t rest = (uint32_t)(i % 64 + n - 64);

		bits += i / 64 + 1;
		*bits = (*bits & ~ones(rest)) | v >> (n - rest);
	}
}

#endif
