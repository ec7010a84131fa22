#ifndef BASE_NUM_H
#define BASE_NUM_H

/* num: reading numbers out of bytes, and arithmetic that tells when it did not work. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A cursor over bytes that are not NUL terminated. */
struct span {
	const char *p, *end;
};

static inline struct span
span_of(const char *p, size_t n)
{
	return (struct span){p, p + n};
}

static inline struct span
span_str(const char *text)
{
	return span_of(text, __builtin_strlen(text));
}

static inline bool
span_empty(struct span s)
{
	return s.p >= s.end;
}

static inline size_t
span_len(struct span s)
{
	return (size_t)(s.end - s.p);
}

/* Cuts the next line off *text (without its newline). False at the end. */
bool span_line(struct span *text, struct span *ret_line);
/* Cuts the next run of non-blanks off *line, skipping blanks before it. False if none is left. */
bool span_word(struct span *line, struct span *ret_word);
bool span_is(struct span s, const char *literal);
bool span_starts(struct span s, const char *literal);

/* Each skips blanks, reads one number and leaves the cursor behind it. 0, or -EINVAL when no number
 * stands there, or -ERANGE when it does not fit (the digits are skipped all the same). */
int num_u64(struct span *s, uint64_t *ret_v);
int num_i64(struct span *s, int64_t *ret_v);
int num_hex(struct span *s, uint64_t *ret_v);
int num_fixed(struct span *s, int scale, int64_t *ret_v); /* "12.34", scale 9: 12340000000 */

/* All digits of a number in hexadecimal, and a NUL. */
enum { HEX_DIGITS = 16 };
void num_to_hex(uint64_t v, char ret[HEX_DIGITS + 1]);

#define ckd_add(r, a, b) __builtin_add_overflow(a, b, r)
#define ckd_sub(r, a, b) __builtin_sub_overflow(a, b, r)
#define ckd_mul(r, a, b) __builtin_mul_overflow(a, b, r)

/* cur - prev, false when the counter went back. */
static inline bool
delta_u64(uint64_t prev, uint64_t cur, uint64_t *ret_d)
{
	if (cur < prev)
		return false;
	*ret_d = cur - prev;
	return true;
}

/* a * b / c without overflow in between; saturates. c > 0. */
uint64_t mul_div_u64(uint64_t a, uint64_t b, uint64_t c);

#endif
