#include "base/num.h"

#include <errno.h>
#include <string.h>

bool
span_line(struct span *text, struct span *ret_line)
{
	const char *nl;

	if (span_empty(*text))
		return false;
	nl = memchr(text->p, '\n', span_len(*text));
	*ret_line = (struct span){text->p, nl ? nl : text->end};
	text->p = nl ? nl + 1 : text->end;
	return true;
}

static void
skip_blanks(struct span *s)
{
	while (s->p < s->end && (*s->p == ' ' || *s->p == '\t'))
		s->p++;
}

bool
span_word(struct span *line, struct span *ret_word)
{
	skip_blanks(line);
	if (span_empty(*line))
		return false;
	ret_word->p = line->p;
	while (line->p < line->end && *line->p != ' ' && *line->p != '\t')
		line->p++;
	ret_word->end = line->p;
	return true;
}

bool
span_is(struct span s, const char *literal)
{
	size_t n = strlen(literal);

	return span_len(s) == n && memcmp(s.p, literal, n) == 0;
}

bool
span_starts(struct span s, const char *literal)
{
	size_t n = strlen(literal);

	return span_len(s) >= n && memcmp(s.p, literal, n) == 0;
}

int
num_u64(struct span *s, uint64_t *ret_v)
{
	uint64_t v = 0;
	const char *start;
	bool over = false;

	skip_blanks(s);
	start = s->p;
	for (; s->p < s->end && (unsigned)(*s->p - '0') < 10; s->p++) {
		unsigned d = (unsigned)(*s->p - '0');

		/* 18 digits always fit: the checks are for the rest. */
		if (s->p - start < 18)
			v = v * 10 + d;
		else
			over |= ckd_mul(&v, v, 10) || ckd_add(&v, v, d);
	}
	if (s->p == start)
		return -EINVAL;
	if (over)
		return -ERANGE;
	*ret_v = v;
	return 0;
}

int
num_i64(struct span *s, int64_t *ret_v)
{
	bool neg = false;
	uint64_t v;
	int r;

	skip_blanks(s);
	if (s->p < s->end && *s->p == '-') {
		if (s->end - s->p < 2 || (unsigned)(s->p[1] - '0') >= 10)
			return -EINVAL;
		neg = true;
		s->p++;
	}
	r = num_u64(s, &v);
	if (r < 0)
		return r;
	if (v > (uint64_t)INT64_MAX + neg)
		return -ERANGE;
	*ret_v = neg ? (int64_t)-v : (int64_t)v;
	return 0;
}

int
num_hex(struct span *s, uint64_t *ret_v)
{
	uint64_t v = 0;
	const char *start;
	bool over = false;

	skip_blanks(s);
	start = s->p;
	for (; s->p < s->end; s->p++) {
		unsigned c = (unsigned char)*s->p;
		unsigned d;

		if (c - '0' < 10)
			d = c - '0';
		else if ((c | 32) - 'a' < 6)
			d = (c | 32) - 'a' + 10;
		else
			break;
		over |= v >> 60 != 0;
		v = v << 4 | d;
	}
	if (s->p == start)
		return -EINVAL;
	if (over)
		return -ERANGE;
	*ret_v = v;
	return 0;
}

void
num_to_hex(uint64_t v, char ret[HEX_DIGITS + 1])
{
	for (int i = HEX_DIGITS; i-- > 0; v >>= 4)
		ret[i] = "0123456789abcdef"[v & 15];
	ret[HEX_DIGITS] = '\0';
}

int
num_fixed(struct span *s, int scale, int64_t *ret_v)
{
	int64_t v;
	bool neg;
	int r;

	skip_blanks(s);
	neg = s->p < s->end && *s->p == '-';
	r = num_i64(s, &v);
	if (r < 0)
		return r;
	for (int i = 0; i < scale; i++)
		if (ckd_mul(&v, v, 10))
			return -ERANGE;
	if (s->p < s->end && *s->p == '.') {
		int64_t unit = 1, frac = 0;

		for (int i = 0; i < scale; i++)
			unit *= 10;
		for (s->p++; s->p < s->end && (unsigned)(*s->p - '0') < 10; s->p++) {
			unit /= 10;
			frac += (*s->p - '0') * unit;
		}
		if (neg ? ckd_sub(&v, v, frac) : ckd_add(&v, v, frac))
			return -ERANGE;
	}
	*ret_v = v;
	return 0;
}

uint64_t
mul_div_u64(uint64_t a, uint64_t b, uint64_t c)
{
	__extension__ unsigned __int128 r = a;
	uint64_t small;

	/* Nearly always; 128 bits are divided in steps. */
	if (!__builtin_mul_overflow(a, b, &small))
		return small / c;
	r = r * b / c;

	return r > UINT64_MAX ? UINT64_MAX : (uint64_t)r;
}
