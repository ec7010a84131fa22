/* number: doubles by Grisu2 (Florian Loitsch, "Printing Floating-Point Numbers Quickly and
 * Accurately with Integers", 2010): the double and the middles to its neighbours are multiplied by
 * a power of ten that brings them into the range of 64-bit integers, and digits are made until what
 * stands there lies between the middles.
 */
#include "sink/number.h"

#include <endian.h>
#include <stdbool.h>
#include <string.h>

struct fp {
	uint64_t f;
	int e; /* f * 2^e */
};

enum { POWER_FIRST = -348, POWER_STEP = 8, SIGNIFICAND_BITS = 52, EXPONENT_BIAS = 1075 };

/* 10^-348, 10^-340 ... 10^340, the upper 64 bits, rounded. */
static const uint64_t power_f[] = {
	0xfa8fd5a0081c0288, 0xbaaee17fa23ebf76, 0x8b16fb203055ac76, 0xcf42894a5dce35ea,
	0x9a6bb0aa55653b2d, 0xe61acf033d1a45df, 0xab70fe17c79ac6ca, 0xff77b1fcbebcdc4f,
	0xbe5691ef416bd60c, 0x8dd01fad907ffc3c, 0xd3515c2831559a83, 0x9d71ac8fada6c9b5,
	0xea9c227723ee8bcb, 0xaecc49914078536d, 0x823c12795db6ce57, 0xc21094364dfb5637,
	0x9096ea6f3848984f, 0xd77485cb25823ac7, 0xa086cfcd97bf97f4, 0xef340a98172aace5,
	0xb23867fb2a35b28e, 0x84c8d4dfd2c63f3b, 0xc5dd44271ad3cdba, 0x936b9fcebb25c996,
	0xdbac6c247d62a584, 0xa3ab66580d5fdaf6, 0xf3e2f893dec3f126, 0xb5b5ada8aaff80b8,
	0x87625f056c7c4a8b, 0xc9bcff6034c13053, 0x964e858c91ba2655, 0xdff9772470297ebd,
	0xa6dfbd9fb8e5b88f, 0xf8a95fcf88747d94, 0xb94470938fa89bcf, 0x8a08f0f8bf0f156b,
	0xcdb02555653131b6, 0x993fe2c6d07b7fac, 0xe45c10c42a2b3b06, 0xaa242499697392d3,
	0xfd87b5f28300ca0e, 0xbce5086492111aeb, 0x8cbccc096f5088cc, 0xd1b71758e219652c,
	0x9c40000000000000, 0xe8d4a51000000000, 0xad78ebc5ac620000, 0x813f3978f8940984,
	0xc097ce7bc90715b3, 0x8f7e32ce7bea5c70, 0xd5d238a4abe98068, 0x9f4f2726179a2245,
	0xed63a231d4c4fb27, 0xb0de65388cc8ada8, 0x83c7088e1aab65db, 0xc45d1df942711d9a,
	0x924d692ca61be758, 0xda01ee641a708dea, 0xa26da3999aef774a, 0xf209787bb47d6b85,
	0xb454e4a179dd1877, 0x865b86925b9bc5c2, 0xc83553c5c8965d3d, 0x952ab45cfa97a0b3,
	0xde469fbd99a05fe3, 0xa59bc234db398c25, 0xf6c69a72a3989f5c, 0xb7dcbf5354e9bece,
	0x88fcf317f22241e2, 0xcc20ce9bd35c78a5, 0x98165af37b2153df, 0xe2a0b5dc971f303a,
	0xa8d9d1535ce3b396, 0xfb9b7cd9a4a7443c, 0xbb764c4ca7a44410, 0x8bab8eefb6409c1a,
	0xd01fef10a657842c, 0x9b10a4e5e9913129, 0xe7109bfba19c0c9d, 0xac2820d9623bf429,
	0x80444b5e7aa7cf85, 0xbf21e44003acdd2d, 0x8e679c2f5e44ff8f, 0xd433179d9c8cb841,
	0x9e19db92b4e31ba9, 0xeb96bf6ebadf77d9, 0xaf87023b9bf0ee6b,
};

static const uint64_t ten[] = {
	1u,
	10u,
	100u,
	1000u,
	10000u,
	100000u,
	1000000u,
	10000000u,
	100000000u,
	1000000000u,
	10000000000u,
	100000000000u,
	1000000000000u,
	10000000000000u,
	100000000000000u,
	1000000000000000u,
	10000000000000000u,
	100000000000000000u,
	1000000000000000000u,
	10000000000000000000u,
};

/* Of v < 10^8, eight digits (no characters yet) at once, the first one in the lowest byte: halves
 * of four, quarters of two, eighths. The factors are 1/100 and 1/10 with enough bits for numbers so
 * small. No branches: how long numbers are cannot be foreseen. */
static uint64_t
eight_digits(uint32_t v)
{
	uint64_t x = v / 10000 | (uint64_t)(v % 10000) << 32, tens;

	tens = (x * 10486 >> 20) & 0x0000007f0000007f;
	x = tens | (x - tens * 100) << 16;
	tens = (x * 103 >> 10) & 0x000f000f000f000f;
	return tens | (x - tens * 10) << 8;
}

static void
put_eight(char *p, uint64_t digits)
{
	digits = htole64(digits | UINT64_C(0x3030303030303030));
	memcpy(p, &digits, sizeof digits);
}

char *
number_digits(char *p, uint64_t v)
{
	const uint64_t unit = 100000000;
	uint64_t digits = eight_digits((uint32_t)(v % unit));
	int zeros; /* bits of digits that do not stand */

	if (v >= unit) {
		p = number_u64(p, v / unit);
		put_eight(p, digits);
		return p + 8;
	}
	zeros = __builtin_ctzll(digits) & ~7;
	put_eight(p, digits >> zeros);
	return p + 8 - zeros / 8;
}

char *
number_i64(char *p, int64_t v)
{
	if (v < 0)
		*p++ = '-';
	return number_u64(p, v < 0 ? -(uint64_t)v : (uint64_t)v);
}

/* The power of ten, 10^-*ret_k, that brings a number with exponent e to an exponent of -60 to -32.
 */
static struct fp
cached_power(int e, int *ret_k)
{
	double dk = (-61 - e) * 0.30102999566398114 + 347;
	int k = (int)dk, i, power;

	if (dk - k > 0.0)
		k++;
	i = (k >> 3) + 1;
	power = POWER_FIRST + i * POWER_STEP;
	*ret_k = -power;
	/* 217706 / 65536 is log2(10), near enough for every power here. */
	return (struct fp){power_f[i], (power * 217706 >> 16) - 63};
}

static struct fp
fp_multiply(struct fp a, struct fp b)
{
	__extension__ unsigned __int128 p = (unsigned __int128)a.f * b.f + (UINT64_C(1) << 63);

	return (struct fp){(uint64_t)(p >> 64), a.e + b.e + 64};
}

static struct fp
fp_normalize(struct fp a)
{
	int shift = __builtin_clzll(a.f);

	return (struct fp){a.f << shift, a.e - shift};
}

/* Takes the last digit down while that brings it nearer to the number itself. */
static void
round_last(char *last, uint64_t delta, uint64_t rest, uint64_t unit, uint64_t distance)
{
	while (rest < distance && delta - rest >= unit &&
	       (rest + unit < distance || distance - rest > rest + unit - distance)) {
		(*last)--;
		rest += unit;
	}
}

/* Digits of a number between high - delta and high, as near to w as they come. */
static int
make_digits(struct fp w, struct fp high, uint64_t delta, char *digits, int *k)
{
	int shift = -high.e, n = 0, kappa = 10;
	uint64_t one = UINT64_C(1) << shift, distance = high.f - w.f;
	uint32_t whole = (uint32_t)(high.f >> shift); /* the exponent is -32 at most */
	uint64_t part = high.f & (one - 1);

	while (kappa > 1 && whole < ten[kappa - 1])
		kappa--;
	while (kappa > 0) {
		uint32_t unit = (uint32_t)ten[--kappa], d = whole / unit;
		uint64_t rest;

		whole %= unit;
		if (d || n)
			digits[n++] = (char)('0' + d);
		rest = ((uint64_t)whole << shift) + part;
		if (rest <= delta) {
			*k += kappa;
			round_last(&digits[n - 1], delta, rest, ten[kappa] << shift, distance);
			return n;
		}
	}
	for (;;) {
		part *= 10;
		delta *= 10;
		if (part >> shift || n)
			digits[n++] = (char)('0' + (part >> shift));
		part &= one - 1;
		kappa--;
		if (part < delta) {
			*k += kappa;
			round_last(&digits[n - 1], delta, part, one,
				   -kappa < 20 ? distance * ten[-kappa] : 0);
			return n;
		}
	}
}

/* v > 0: digits * 10^k. Returns the number of digits, at most 17. */
static int
grisu(double v, char *digits, int *k)
{
	uint64_t bits, hidden = UINT64_C(1) << SIGNIFICAND_BITS;
	struct fp w, high, low, power;
	int e;

	memcpy(&bits, &v, sizeof bits);
	e = (int)(bits >> SIGNIFICAND_BITS);
	w.f = bits & (hidden - 1);
	w.f += e ? hidden : 0;
	w.e = (e ? e : 1) - EXPONENT_BIAS;
	/* The middles to the neighbours; below a power of two the lower one is nearer. */
	high = fp_normalize((struct fp){(w.f << 1) + 1, w.e - 1});
	if (w.f == hidden && e > 1)
		low = (struct fp){(w.f << 2) - 1, w.e - 2};
	else
		low = (struct fp){(w.f << 1) - 1, w.e - 1};
	low.f <<= low.e - high.e;
	low.e = high.e;
	power = cached_power(high.e, k);
	w = fp_multiply(fp_normalize(w), power);
	high = fp_multiply(high, power);
	low = fp_multiply(low, power);
	low.f++; /* within the errors of the products */
	high.f--;
	return make_digits(w, high, high.f - low.f, digits, k);
}

static char *
put_zeros(char *p, int n)
{
	memset(p, '0', (size_t)n);
	return p + n;
}

char *
number_f64(char *p, double v)
{
	enum { PLAIN_DIGITS = 17, PLAIN_ZEROS = 5 };
	char digits[24];
	int k = 0, n, point; /* the point stands before digits[point] */

	if (v < 0) {
		*p++ = '-';
		v = -v;
	}
	if (v == 0) {
		memcpy(p, "0.0", 3);
		return p + 3;
	}
	n = grisu(v, digits, &k);
	point = n + k;
	if (k >= 0 && point <= PLAIN_DIGITS) {
		memcpy(p, digits, (size_t)n);
		p = put_zeros(p + n, k);
		memcpy(p, ".0", 2);
		return p + 2;
	}
	if (point > 0 && point <= PLAIN_DIGITS) {
		memcpy(p, digits, (size_t)point);
		p[point] = '.';
		memcpy(p + point + 1, digits + point, (size_t)(n - point));
		return p + n + 1;
	}
	if (point <= 0 && point > -PLAIN_ZEROS) {
		memcpy(p, "0.", 2);
		p = put_zeros(p + 2, -point);
		memcpy(p, digits, (size_t)n);
		return p + n;
	}
	*p++ = digits[0];
	if (n > 1) {
		*p++ = '.';
		memcpy(p, digits + 1, (size_t)(n - 1));
		p += n - 1;
	}
	*p++ = 'e';
	if (point > 0)
		*p++ = '+';
	return number_i64(p, point - 1);
}
