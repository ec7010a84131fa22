/* format: no printf here, a screen asks for a thousand cells a tick. Scaled numbers are rounded to
 * the nearest, and a number that rounds to a full thousand is shown in the next unit instead; times
 * are cut off like on a clock. Both only ever grow with the value.
 */
#include "schema/format.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/mem.h"

enum { UNITS = 9, DECIMALS = 2 };

struct scale {
	double unit[UNITS];
	char letter[UNITS]; /* NUL: none */
	double plain;       /* below it a number may stand without a letter */
	/* Digits and decimals wanted with a letter; large is from the unit `large_from` on. */
	uint8_t digits, decimals, large_from, large_digits, large_decimals;
};

static const struct scale bytes_scale = {
	{1, 0x1p10, 0x1p20, 0x1p30, 0x1p40, 0x1p50, 0x1p60, 0x1p70, 0x1p80},
	{'\0', 'K', 'M', 'G', 'T', 'P', 'E', 'Z', 'Y'},
	1000, 2, 1, 4, 3, 2,
};
static const struct scale count_scale = {
	{1, 1e3, 1e6, 1e9, 1e12, 1e15, 1e18, 1e21, 1e24},
	{'\0', 'k', 'M', 'G', 'T', 'P', 'E', 'Z', 'Y'},
	10000, 3, 1, UNITS, 3, 1,
};
static const double power10[] = {1, 10, 100, 1000};

static void
put_text(char *out, const char *s)
{
	memcpy(out, s, strlen(s) + 1);
}

static int
digits_of(uint64_t v)
{
	int n = 1;

	while (v >= 10) {
		v /= 10;
		n++;
	}
	return n;
}

/* v with at least `min` digits, at *out, which moves on. */
static void
put_digits(char **out, uint64_t v, int min)
{
	int n = MAX(digits_of(v), min);

	for (int i = n; i-- > 0; v /= 10)
		(*out)[i] = (char)('0' + v % 10);
	*out += n;
}

/* n / 10^decimals and a letter; false when that is too wide. Of 0.x the 0 can go. */
static bool
put_fixed(char *out, uint64_t n, int decimals, char letter, int width)
{
	uint64_t unit = (uint64_t)power10[decimals];
	bool bare = false;
	int len = digits_of(n / unit) + (decimals ? decimals + 1 : 0) + (letter != '\0');

	if (len > width && decimals && n && n < unit) {
		bare = true;
		len--;
	}
	if (len > width)
		return false;
	if (!bare)
		put_digits(&out, n / unit, 1);
	if (decimals) {
		*out++ = '.';
		put_digits(&out, n % unit, decimals);
	}
	if (letter)
		*out++ = letter;
	*out = '\0';
	return true;
}

static void
put_scaled(char *out, double v, const struct scale *s, int first, int width)
{
	for (int k = first; k < UNITS; k++) {
		double m = v / s->unit[k], limit = k ? 1000 : s->plain;
		bool large = k >= s->large_from;
		int digits = large ? s->large_digits : s->digits;
		int decimals = !k ? 0 : large ? s->large_decimals : s->decimals;

		if (m >= limit)
			continue;
		for (int d = decimals; d >= 0; d--) {
			uint64_t n = (uint64_t)(m * power10[d] + 0.5);

			if ((d && n >= power10[digits]) || n >= limit * power10[d])
				continue;
			/* In a unit that is too large for it: a little is not nothing. */
			if (!n && k)
				n = 1;
			if (put_fixed(out, n, d, s->letter[k], width))
				return;
		}
	}
	put_text(out, "+");
}

static bool
put_odd(char *out, double v)
{
	if (!(v >= 0)) {
		put_text(out, "-");
		return true;
	}
	return false;
}

void
format_whole(char out[FORMAT_MAX], int64_t n)
{
	if (n < 0)
		*out++ = '-';
	put_digits(&out, n < 0 ? -(uint64_t)n : (uint64_t)n, 1);
	*out = '\0';
}

void
format_bytes(char out[FORMAT_MAX], double bytes, int width)
{
	if (!put_odd(out, bytes))
		put_scaled(out, bytes, &bytes_scale, 0, MIN(width, FORMAT_MAX - 1));
}

void
format_count(char out[FORMAT_MAX], double n, int width)
{
	width = MIN(width, FORMAT_MAX - 1);
	if (put_odd(out, n))
		return;
	/* A few a second, but not a whole number. */
	if (n < 9.95 && n != floor(n) && put_fixed(out, (uint64_t)(n * 10 + 0.5), 1, '\0', width))
		return;
	put_scaled(out, n, &count_scale, 0, width);
}

void
format_percent(char out[FORMAT_MAX], double ratio, int width)
{
	double p = ratio * 100;

	width = MIN(width, FORMAT_MAX - 1);
	if (put_odd(out, ratio))
		return;
	if (p < 1e6 && (put_fixed(out, (uint64_t)(p * 10 + 0.5), 1, '\0', width) ||
			put_fixed(out, (uint64_t)(p + 0.5), 0, '\0', width)))
		return;
	/* Too narrow for a unit: 100 % is not 1k. */
	if (width < 3)
		put_text(out, "+");
	else
		put_scaled(out, p, &count_scale, 1, width);
}

/* "3h12m", or spaced "12d 4h". The second number goes when there is no room; false when the first
 * does not fit either. */
static bool
put_pair(char *out, uint64_t a, char a_unit, uint64_t b, int b_min, char b_unit, bool spaced,
	 int width)
{
	int left = width - digits_of(a) - 1;

	if (left < 0)
		return false;
	put_digits(&out, a, 1);
	*out++ = a_unit;
	/* Where the longest second number fits, so that the form does not change with the value. */
	if (spaced && b_min + 2 <= left) {
		*out++ = ' ';
		b_min = 1;
		left--;
	}
	if (MAX(digits_of(b), b_min) + 1 <= left) {
		put_digits(&out, b, b_min);
		*out++ = b_unit;
	}
	*out = '\0';
	return true;
}

enum { MINUTE = 60, HOUR = 60 * MINUTE, DAY = 24 * HOUR, YEAR = 365 * DAY };

/* Whole seconds from a minute on: 4m05s, 3h12m, 12d04h, 3y120d; in a column that is too narrow, the
 * unit above. */
static void
put_long(char *out, uint64_t s, bool spaced, int width)
{
	if (s < HOUR && put_pair(out, MAX(s / MINUTE, 1), 'm', s % MINUTE, 2, 's', false, width))
		return;
	if (s < DAY &&
	    put_pair(out, MAX(s / HOUR, 1), 'h', s % HOUR / MINUTE, 2, 'm', false, width))
		return;
	if (s < YEAR && put_pair(out, MAX(s / DAY, 1), 'd', s % DAY / HOUR, 2, 'h', spaced, width))
		return;
	if (put_pair(out, MAX(s / YEAR, 1), 'y', s % YEAR / DAY, 3, 'd', spaced, width))
		return;
	put_text(out, "+");
}

void
format_cpu_time(char out[FORMAT_MAX], uint64_t ns, int width)
{
	uint64_t s = ns / NS_PER_S, cs = ns % NS_PER_S / (NS_PER_S / 100);
	char *to = out;

	width = MIN(width, FORMAT_MAX - 1);
	if (s < HOUR) {
		int len = digits_of(s / MINUTE) + 3;

		if (len <= width) {
			put_digits(&to, s / MINUTE, 1);
			*to++ = ':';
			put_digits(&to, s % MINUTE, 2);
			if (len + 3 <= width) {
				*to++ = '.';
				put_digits(&to, cs, 2);
			}
			*to = '\0';
			return;
		}
		if (s < MINUTE && put_fixed(out, s, 0, width == 1 ? '\0' : 's', width))
			return;
		/* Without the seconds: 59m. */
		width = MIN(width, 3);
	}
	put_long(out, s, false, width);
}

void
format_span(char out[FORMAT_MAX], uint64_t ns, int width)
{
	static const struct {
		uint64_t ns, limit;
		const char *unit;
	} small[] = {
		{1, 1000, "ns"},
		{NS_PER_US, 1000, "us"},
		{NS_PER_MS, 1000, "ms"},
		{NS_PER_S, 60, "s"},
	};

	width = MIN(width, FORMAT_MAX - 1);
	if (ns == 0) {
		put_text(out, width > 1 ? "0s" : "0");
		return;
	}
	for (size_t i = 0; i < ARRAY_LEN(small); i++) {
		int unit = (int)strlen(small[i].unit);
		uint64_t tenths;

		if (ns / small[i].ns >= small[i].limit || width <= unit)
			continue;
		/* ns * 10 fits: it is less than a minute. A little is not nothing. */
		tenths = MAX(ns * 10 / small[i].ns, 1);
		if ((i && tenths < 100 && put_fixed(out, tenths, 1, '\0', width - unit)) ||
		    put_fixed(out, MAX(tenths / 10, 1), 0, '\0', width - unit)) {
			put_text(out + strlen(out), small[i].unit);
			return;
		}
	}
	put_long(out, ns / NS_PER_S, true, width);
}

static void
put_two(char **out, int v, char after)
{
	put_digits(out, (uint64_t)MAX(v, 0), 2);
	*(*out)++ = after;
}

void
format_moment(char out[FORMAT_MAX], int64_t wall_ns, int64_t now_ns, int width, bool utc)
{
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	const int64_t day = DAY * NS_PER_S, slack = MINUTE * NS_PER_S;
	time_t t = (time_t)(wall_ns / NS_PER_S - (wall_ns % NS_PER_S < 0));
	int64_t ago = 0;
	struct tm tm;
	char *to = out;

	if (__builtin_sub_overflow(now_ns, wall_ns, &ago))
		ago = now_ns < wall_ns ? INT64_MIN : INT64_MAX;
	if (!(utc ? gmtime_r(&t, &tm) : localtime_r(&t, &tm)) || tm.tm_year < -1900) {
		put_text(out, "-");
		return;
	}
	if (width >= 19) {
		put_digits(&to, (uint64_t)tm.tm_year + 1900, 4);
		*to++ = '-';
		put_two(&to, tm.tm_mon + 1, '-');
		put_two(&to, tm.tm_mday, ' ');
		put_two(&to, tm.tm_hour, ':');
		put_two(&to, tm.tm_min, ':');
		put_two(&to, tm.tm_sec, '\0');
	} else if (width >= 5 && ago > -slack && ago < day) {
		put_two(&to, tm.tm_hour, ':');
		put_two(&to, tm.tm_min, '\0');
	} else if (width >= 5 && ago > -366 * day && ago < 366 * day) {
		if (width >= 6) {
			memcpy(to, months + 3 * CLAMP(tm.tm_mon, 0, 11), 3);
			to += 3;
			*to++ = ' ';
		} else {
			put_two(&to, tm.tm_mon + 1, '-');
		}
		put_two(&to, tm.tm_mday, '\0');
	} else if (width >= 4) {
		put_digits(&to, (uint64_t)tm.tm_year + 1900, 1);
		*to = '\0';
	} else {
		put_text(out, "-");
	}
}

void
format_amount(char out[FORMAT_MAX], enum field_unit unit, double v, int width, bool sign)
{
	bool rate = unit == UNIT_BYTES_PER_S || unit == UNIT_COUNT_PER_S;
	const char *behind = unit == UNIT_RATIO ? "%" : rate ? "/s" : "";
	char *to = out;
	double size = fabs(v);

	width = MIN(width, FORMAT_MAX - 1);
	if (isnan(v)) {
		put_text(out, "-");
		return;
	}
	if (v == 0) { /* of no unit */
		put_text(out, "0");
		return;
	}
	if (v < 0 || (sign && v > 0)) {
		*to++ = v < 0 ? '-' : '+';
		width--;
	}
	width = MAX(width - (int)strlen(behind), 1);
	switch (unit) {
	case UNIT_BYTES:
	case UNIT_BYTES_PER_S:
		format_bytes(to, size, width);
		break;
	case UNIT_RATIO:
		format_percent(to, size, width);
		break;
	case UNIT_NS:
	case UNIT_WALL_NS:
		format_span(to, (uint64_t)MIN(size, 0x1p63), width);
		break;
	case UNIT_NONE:
		if (size < 1e6 && put_fixed(to, (uint64_t)(size * 100 + 0.5), 2, '\0', width))
			break;
		/* fall through */
	default:
		format_count(to, size, width);
	}
	put_text(to + strlen(to), behind);
}
