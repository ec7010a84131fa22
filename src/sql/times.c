#include "sql/times.h"

#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/num.h"

static char *
put_digits(char *p, int v, unsigned n)
{
	for (unsigned i = n; i--; v /= 10)
		p[i] = (char)('0' + v % 10);
	return p + n;
}

void
times_put(char ret[TIMES_LEN + 1], int64_t wall_ns)
{
	int64_t ms = wall_ns / NS_PER_MS - (wall_ns % NS_PER_MS < 0);
	time_t s = (time_t)(ms / 1000 - (ms % 1000 < 0));
	char *p = ret;
	struct tm tm;

	if (!gmtime_r(&s, &tm))
		tm = (struct tm){.tm_year = 70, .tm_mday = 1};
	p = put_digits(p, tm.tm_year + 1900, 4);
	*p++ = '-';
	p = put_digits(p, tm.tm_mon + 1, 2);
	*p++ = '-';
	p = put_digits(p, tm.tm_mday, 2);
	*p++ = ' ';
	p = put_digits(p, tm.tm_hour, 2);
	*p++ = ':';
	p = put_digits(p, tm.tm_min, 2);
	*p++ = ':';
	p = put_digits(p, tm.tm_sec, 2);
	*p++ = '.';
	p = put_digits(p, (int)(ms - (int64_t)s * 1000), 3);
	*p = '\0';
}

static int
days_in(int year, int month)
{
	static const char days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return days[month - 1] + (month == 2 && leap);
}

/* So many digits, and before them the character; with a value of that range. */
static bool
take(const char **p, char before, unsigned digits, int low, int high, int *ret)
{
	const char *s = *p;
	int v = 0;

	if (before && *s++ != before)
		return false;
	for (unsigned i = 0; i < digits; i++, s++) {
		if (*s < '0' || *s > '9')
			return false;
		v = v * 10 + (*s - '0');
	}
	if (v < low || v > high)
		return false;
	*ret = v;
	*p = s;
	return true;
}

/* The whole parts that the text begins with make a moment, the first of those whose text begins so:
 * what is less than that moment's is less than the text. When nothing follows them, what is not
 * greater than the text is not after that moment's own millisecond. What follows may be greater
 * than any part. */
void
times_bounds(const char *text, int64_t *ret_low, int64_t *ret_high)
{
	struct tm tm = {.tm_mon = 1, .tm_mday = 1};
	const char *p = text;
	int ms = 0;
	int64_t ns;

	*ret_low = INT64_MIN;
	*ret_high = INT64_MAX;
	/* Of 64 bits of nanoseconds. */
	if (!take(&p, 0, 4, 1678, 2261, &tm.tm_year))
		return;
	(void)(take(&p, '-', 2, 1, 12, &tm.tm_mon) &&
	       take(&p, '-', 2, 1, days_in(tm.tm_year, tm.tm_mon), &tm.tm_mday) &&
	       take(&p, ' ', 2, 0, 23, &tm.tm_hour) && take(&p, ':', 2, 0, 59, &tm.tm_min) &&
	       take(&p, ':', 2, 0, 59, &tm.tm_sec) && take(&p, '.', 3, 0, 999, &ms));
	tm.tm_year -= 1900;
	tm.tm_mon--;
	ns = (int64_t)timegm(&tm) * NS_PER_S + ms * NS_PER_MS;
	*ret_low = ns;
	if (!*p || p == text + TIMES_LEN)
		*ret_high = ns + NS_PER_MS - 1;
}
