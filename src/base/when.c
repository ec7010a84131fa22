/* when: moments as people type them.
 *
 * when = "now" | ( "-" | "+" ) span { span } | "@" number | day [ ( " " | "T" ) time ] | time
 * span = number ( "s" | "m" | "h" | "d" | "w" )
 * day  = "today" | "yesterday" | YYYY "-" MM "-" DD
 * time = HH ":" MM [ ":" SS ]
 *
 * Numbers may have a fraction; letters may be capital. */
#include "base/when.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/num.h"
#include "base/str.h"

enum { MINUTE = 60, HOUR = 3600, DAY = 86400, WEEK = 7 * DAY };

struct when {
	const char *text;
	struct span s; /* what is left of it */
	int64_t now_s;
	bool utc;
	struct err *e;
};

static int
expected(const struct when *w, const char *what)
{
	return err_at(w->e, -EINVAL, (int)(w->s.p - w->text), "expected %s", what);
}

static int
too_far(const struct when *w, const char *at)
{
	return err_at(w->e, -EINVAL, (int)(at - w->text), "expected a time between 1678 and 2262");
}

static bool
at_digit(struct span s)
{
	return !span_empty(s) && (unsigned)(*s.p - '0') < 10;
}

static bool
at_blank(struct span s)
{
	return !span_empty(s) && (*s.p == ' ' || *s.p == '\t');
}

static bool
take_char(struct span *s, char c)
{
	if (span_empty(*s) || *s->p != c)
		return false;
	s->p++;
	return true;
}

static bool
take_word(struct span *s, const char *word)
{
	size_t n = strlen(word);

	if (span_len(*s) < n || !str_same_n(s->p, word, n))
		return false;
	s->p += n;
	return true;
}

/* So many digits, not one more or less. */
static bool
take_digits(struct span *s, unsigned min, unsigned max, int *ret_v)
{
	struct span rest = *s;
	int v = 0;

	while (at_digit(rest) && (size_t)(rest.p - s->p) < max)
		v = v * 10 + (*rest.p++ - '0');
	if ((size_t)(rest.p - s->p) < min || at_digit(rest))
		return false;
	*s = rest;
	*ret_v = v;
	return true;
}

/* Seconds that the clock on the wall is ahead of UTC at a moment. */
static int64_t
offset_at(const struct when *w, int64_t moment_s)
{
	time_t t = (time_t)moment_s;
	struct tm tm;

	return w->utc || !localtime_r(&t, &tm) ? 0 : tm.tm_gmtoff;
}

/* The moment at which the clock on the wall shows a time, given as if it were of UTC. Not mktime():
 * in an hour that comes twice it decides by what it was asked before. */
static int64_t
moment_of(const struct when *w, int64_t shown_s)
{
	int64_t before_s = offset_at(w, shown_s - DAY), after_s = offset_at(w, shown_s + DAY);
	int64_t first_s = shown_s - before_s, second_s = shown_s - after_s;
	bool has_first = offset_at(w, first_s) == before_s;
	bool has_second = offset_at(w, second_s) == after_s;

	return has_second && (!has_first || second_s <= w->now_s) ? second_s : first_s;
}

/* The midnight of today, as moment_of() takes it. */
static int64_t
today_of(const struct when *w)
{
	int64_t shown_s = w->now_s + offset_at(w, w->now_s), of_day = shown_s % DAY;

	return shown_s - of_day - (of_day < 0 ? DAY : 0);
}

static int
parse_date(struct when *w, int64_t *ret_day_s)
{
	const char *from = w->s.p;
	int year, month, day;
	struct tm tm;

	if (!take_digits(&w->s, 4, 4, &year) || !take_char(&w->s, '-') ||
	    !take_digits(&w->s, 2, 2, &month) || !take_char(&w->s, '-') ||
	    !take_digits(&w->s, 2, 2, &day))
		return expected(w, "a date like 2026-11-21");
	if (year < 1678 || year > 2261)
		return too_far(w, from);
	tm = (struct tm){.tm_year = year - 1900, .tm_mon = month - 1, .tm_mday = day};
	*ret_day_s = timegm(&tm);
	/* It makes a 3 March of the 31 February. */
	if (tm.tm_mday != day || tm.tm_mon != month - 1)
		return err_at(w->e, -EINVAL, (int)(from - w->text),
			      "expected a date that there is: %04d-%02d has no day %d", year, month,
			      day);
	return 0;
}

static int
parse_time(struct when *w, int64_t *ret_of_day_s)
{
	const char *from = w->s.p;
	int hour, minute, second = 0;

	if (!take_digits(&w->s, 1, 2, &hour) || !take_char(&w->s, ':') ||
	    !take_digits(&w->s, 2, 2, &minute) ||
	    (take_char(&w->s, ':') && !take_digits(&w->s, 2, 2, &second)))
		return expected(w, "a time like 14:05 or 14:05:30, or a span like -10m");
	if (hour > 23 || minute > 59 || second > 59)
		return err_at(w->e, -EINVAL, (int)(from - w->text),
			      "expected a time from 00:00:00 to 23:59:59");
	*ret_of_day_s = hour * HOUR + minute * MINUTE + second;
	return 0;
}

static bool
is_date(struct span s)
{
	size_t digits = 0;

	for (; at_digit(s); s.p++)
		digits++;
	return digits && !span_empty(s) && *s.p == '-';
}

/* A day, a time of day, or both. */
static int
parse_shown(struct when *w, int64_t *ret_ns)
{
	const char *from = w->s.p;
	int64_t day_s = today_of(w), of_day_s = 0, moment_s;
	bool has_day = true;
	int r = 0;

	if (take_word(&w->s, "yesterday"))
		day_s -= DAY;
	else if (is_date(w->s))
		r = parse_date(w, &day_s);
	else if (!take_word(&w->s, "today"))
		has_day = false;
	if (!has_day && !at_digit(w->s))
		return expected(w, "a time: -10m, +30s, 14:05, yesterday 14:05, 2026-11-21 14:05, "
				   "@SECONDS or now");
	if (r < 0)
		return r;
	if (has_day && !span_empty(w->s)) {
		if (at_blank(w->s))
			while (at_blank(w->s))
				w->s.p++;
		else if (!take_char(&w->s, 'T') && !take_char(&w->s, 't'))
			return expected(w, "a blank and a time after the day");
		r = parse_time(w, &of_day_s);
	} else if (!has_day) {
		r = parse_time(w, &of_day_s);
	}
	if (r < 0)
		return r;
	moment_s = moment_of(w, day_s + of_day_s);
	if (!has_day && moment_s > w->now_s)
		moment_s = moment_of(w, day_s - DAY + of_day_s);
	return ckd_mul(ret_ns, moment_s, NS_PER_S) ? too_far(w, from) : 0;
}

static int
unit_seconds(char c)
{
	switch (c | 32) {
	case 's':
		return 1;
	case 'm':
		return MINUTE;
	case 'h':
		return HOUR;
	case 'd':
		return DAY;
	case 'w':
		return WEEK;
	default:
		return 0;
	}
}

static int
parse_spans(struct when *w, bool back, int64_t from_ns, int64_t *ret_ns)
{
	const char *start = w->s.p;
	int64_t ns;
	int r, unit;

	do {
		if (!at_digit(w->s))
			return expected(w, "a number and its unit: s, m, h, d or w");
		r = num_fixed(&w->s, 9, &ns);
		unit = r == 0 && !span_empty(w->s) ? unit_seconds(*w->s.p) : 0;
		if (r == 0 && !unit)
			return expected(w, "a unit after the number: s, m, h, d or w");
		if (r < 0 || ckd_mul(&ns, ns, unit) ||
		    (back ? ckd_sub(&from_ns, from_ns, ns) : ckd_add(&from_ns, from_ns, ns)))
			return too_far(w, start);
		w->s.p++;
		while (at_blank(w->s))
			w->s.p++;
	} while (!span_empty(w->s));
	*ret_ns = from_ns;
	return 0;
}

int
when_parse(const char *text, int64_t now_wall_ns, int64_t shown_wall_ns, bool utc,
	   int64_t *ret_wall_ns, struct err *e)
{
	struct when w = {
		.text = text,
		.s = span_of(text, strlen(text)),
		.now_s = now_wall_ns / NS_PER_S - (now_wall_ns % NS_PER_S < 0),
		.utc = utc,
		.e = e,
	};
	int64_t ns = now_wall_ns;
	int r = 0;

	while (at_blank(w.s))
		w.s.p++;
	while (!span_empty(w.s) && (w.s.end[-1] == ' ' || w.s.end[-1] == '\t'))
		w.s.end--;
	if (take_char(&w.s, '-'))
		r = parse_spans(&w, true, shown_wall_ns, &ns);
	else if (take_char(&w.s, '+'))
		r = parse_spans(&w, false, shown_wall_ns, &ns);
	else if (take_char(&w.s, '@'))
		r = !at_digit(w.s) ? expected(&w, "seconds since 1970 after @")
		    : num_fixed(&w.s, 9, &ns) < 0 ? too_far(&w, text) : 0;
	else if (!take_word(&w.s, "now"))
		r = parse_shown(&w, &ns);
	if (r < 0)
		return r;
	if (!span_empty(w.s))
		return expected(&w, "nothing after the time");
	*ret_wall_ns = ns;
	return 0;
}
