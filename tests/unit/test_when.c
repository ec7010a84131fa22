/* Moments as people type them: what they mean, in nights of clock changes too, and what is said of
 * those that mean nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include <errno.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/when.h"

/* 2026-11-21 14:05:31.25 UTC, a Saturday */
#define NOW   (INT64_C(1795269931) * NS_PER_S + 250 * NS_PER_MS)
#define SHOWN (INT64_C(1795260000) * NS_PER_S) /* 11:20:00 */
/* The rule, not the name: a machine may have no names of zones. */
#define BERLIN "CET-1CEST,M3.5.0,M10.5.0/3"

static void
zone(const char *tz)
{
	setenv("TZ", tz, 1);
	tzset();
}

static int64_t
utc(int year, int month, int day, int hour, int minute, int second)
{
	struct tm tm = {.tm_year = year - 1900, .tm_mon = month - 1, .tm_mday = day,
			.tm_hour = hour, .tm_min = minute, .tm_sec = second};

	return (int64_t)timegm(&tm) * NS_PER_S;
}

static void
test_spans(void **state)
{
	static const struct {
		const char *text;
		int64_t from_shown_ms;
	} cases[] = {
		{"-10m", -600000},
		{"+30s", 30000},
		{"-1h30m", -5400000},
		{"-30m1h", -5400000},
		{"-1h 30m", -5400000},
		{"  -2d\t", -172800000},
		{"-1W", -604800000},
		{"-0.5s", -500},
		{"+1.25h", 4500000},
		{"-0s", 0},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		int64_t ns = 0;

		assert_int_equal(when_parse(cases[i].text, NOW, SHOWN, true, &ns, NULL), 0);
		assert_true(ns == SHOWN + cases[i].from_shown_ms * NS_PER_MS);
	}
}

static void
test_moments(void **state)
{
	const struct {
		const char *text;
		int64_t ns;
	} cases[] = {
		{"now", NOW},
		{" Now ", NOW},
		{"14:05", utc(2026, 11, 21, 14, 5, 0)},
		{"14:05:31", utc(2026, 11, 21, 14, 5, 31)},
		{"14:05:32", utc(2026, 11, 20, 14, 5, 32)}, /* not today: that is yet to come */
		{"23:59:59", utc(2026, 11, 20, 23, 59, 59)},
		{"9:05", utc(2026, 11, 21, 9, 5, 0)},
		{"00:00", utc(2026, 11, 21, 0, 0, 0)},
		{"yesterday", utc(2026, 11, 20, 0, 0, 0)},
		{"yesterday 14:05", utc(2026, 11, 20, 14, 5, 0)},
		{"Yesterday   14:05:06", utc(2026, 11, 20, 14, 5, 6)},
		{"today", utc(2026, 11, 21, 0, 0, 0)},
		{"today 23:00", utc(2026, 11, 21, 23, 0, 0)}, /* a day was asked for */
		{"2026-11-21", utc(2026, 11, 21, 0, 0, 0)},
		{"2026-11-21 14:05", utc(2026, 11, 21, 14, 5, 0)},
		{"2026-11-21T14:05:06", utc(2026, 11, 21, 14, 5, 6)},
		{"2024-02-29 23:59", utc(2024, 2, 29, 23, 59, 0)},
		{"1969-12-31 23:59:59", -NS_PER_S},
		{"2261-12-31 23:59:59", utc(2261, 12, 31, 23, 59, 59)},
		{"@1763700000", INT64_C(1763700000) * NS_PER_S},
		{"@1763700000.25", INT64_C(1763700000250) * NS_PER_MS},
		{"@0", 0},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		int64_t ns = 0;

		if (when_parse(cases[i].text, NOW, SHOWN, true, &ns, NULL) < 0 || ns != cases[i].ns)
			fail_msg("\"%s\"", cases[i].text);
	}
}

/* Berlin: at 01:00 UTC of 2026-03-29 the clock goes from 02:00 to 03:00, and at 01:00 UTC of
 * 2026-10-25 from 03:00 to 02:00. */
static void
test_nights(void **state)
{
	const struct {
		const char *text;
		int64_t now, ns;
	} cases[] = {
		{"14:05", utc(2026, 11, 21, 13, 30, 0), utc(2026, 11, 21, 13, 5, 0)},
		{"14:05", utc(2026, 7, 1, 12, 30, 0), utc(2026, 7, 1, 12, 5, 0)},
		/* after midnight there, before it in UTC */
		{"00:30", utc(2026, 7, 1, 22, 45, 0), utc(2026, 7, 1, 22, 30, 0)},
		{"yesterday", utc(2026, 7, 1, 22, 45, 0), utc(2026, 6, 30, 22, 0, 0)},
		/* a day of 23 hours, and one of 25 */
		{"yesterday 12:00", utc(2026, 3, 29, 10, 0, 0), utc(2026, 3, 28, 11, 0, 0)},
		{"-1d", utc(2026, 3, 29, 10, 0, 0), utc(2026, 3, 28, 10, 0, 0)},
		{"2026-10-26", utc(2026, 11, 1, 0, 0, 0), utc(2026, 10, 25, 23, 0, 0)},
		{"2026-10-25", utc(2026, 11, 1, 0, 0, 0), utc(2026, 10, 24, 22, 0, 0)},
		/* 02:30 is twice: the first at 00:30 UTC, the second at 01:30 */
		{"02:30", utc(2026, 10, 25, 0, 20, 0), utc(2026, 10, 24, 0, 30, 0)},
		{"02:30", utc(2026, 10, 25, 0, 40, 0), utc(2026, 10, 25, 0, 30, 0)},
		{"02:30", utc(2026, 10, 25, 1, 20, 0), utc(2026, 10, 25, 0, 30, 0)},
		{"02:30", utc(2026, 10, 25, 1, 40, 0), utc(2026, 10, 25, 1, 30, 0)},
		{"2026-10-25 02:30", utc(2026, 11, 1, 0, 0, 0), utc(2026, 10, 25, 1, 30, 0)},
		{"2026-10-25 02:30", utc(2026, 10, 1, 0, 0, 0), utc(2026, 10, 25, 0, 30, 0)},
		{"03:00", utc(2026, 10, 25, 2, 0, 0), utc(2026, 10, 25, 2, 0, 0)},
		{"01:59:59", utc(2026, 10, 25, 1, 40, 0), utc(2026, 10, 24, 23, 59, 59)},
		/* there is no 02:30: half an hour after the clock was set */
		{"2026-03-29 02:30", utc(2026, 4, 1, 0, 0, 0), utc(2026, 3, 29, 1, 30, 0)},
		{"2026-03-29 01:59:59", utc(2026, 4, 1, 0, 0, 0), utc(2026, 3, 29, 0, 59, 59)},
		{"2026-03-29 03:00", utc(2026, 4, 1, 0, 0, 0), utc(2026, 3, 29, 1, 0, 0)},
		{"02:30", utc(2026, 3, 29, 1, 10, 0), utc(2026, 3, 28, 1, 30, 0)},
		{"02:30", utc(2026, 3, 29, 1, 30, 0), utc(2026, 3, 29, 1, 30, 0)},
	};

	(void)state;
	zone(BERLIN);
	/* Twice, in two orders: the answer does not depend on what was asked before. */
	for (size_t k = 0; k < 2 * ARRAY_LEN(cases); k++) {
		size_t i = k < ARRAY_LEN(cases) ? k : 2 * ARRAY_LEN(cases) - 1 - k;
		int64_t ns = 0;

		if (when_parse(cases[i].text, cases[i].now, cases[i].now, false, &ns, NULL) < 0 ||
		    ns != cases[i].ns)
			fail_msg("\"%s\" at %lld: off by %lld s", cases[i].text,
				 (long long)(cases[i].now / NS_PER_S),
				 (long long)((ns - cases[i].ns) / NS_PER_S));
		assert_int_equal(when_parse("2026-11-21 14:05", NOW, NOW, true, &ns, NULL), 0);
		assert_true(ns == utc(2026, 11, 21, 14, 5, 0)); /* a fixture knows no zone */
	}
	zone("UTC");
}

static void
test_errors(void **state)
{
	static const struct {
		const char *text;
		int at;
		const char *says;
	} cases[] = {
		{"", 0, "a time: -10m"},
		{"   ", 3, "a time: -10m"},
		{"noon", 0, "a time: -10m"},
		{"nowhere", 3, "nothing after"},
		{"-", 1, "a number and its unit"},
		{"-x", 1, "a number and its unit"},
		{"-10", 3, "a unit after the number"},
		{"-10x", 3, "a unit after the number"},
		{"-1h30", 5, "a unit after the number"},
		{"-1h-30m", 3, "a number and its unit"},
		{"--1h", 1, "a number and its unit"},
		{"10m", 2, "or a span like -10m"},
		{"14", 2, "a time like 14:05"},
		{"14:5", 3, "a time like 14:05"},
		{"14:05:", 6, "a time like 14:05"},
		{"14:055", 3, "a time like 14:05"},
		{"14:05x", 5, "nothing after"},
		{"14:05 14:06", 5, "nothing after"},
		{"24:00", 0, "from 00:00:00 to 23:59:59"},
		{"12:60", 0, "from 00:00:00 to 23:59:59"},
		{"12:00:60", 0, "from 00:00:00 to 23:59:59"},
		{"yesterdayish", 9, "a blank and a time"},
		{"yesterday x", 10, "a time like 14:05"},
		{"2026-11-21x", 10, "a blank and a time"},
		{"2026-11-21T", 11, "a time like 14:05"},
		{"2026-11", 7, "a date like"},
		{"26-11-21", 0, "a date like"},
		{"2026-02-30", 0, "2026-02 has no day 30"},
		{"2026-13-01", 0, "that there is"},
		{"2026-00-10", 0, "that there is"},
		{"1677-01-01", 0, "between 1678 and 2262"},
		{"2262-01-01", 0, "between 1678 and 2262"},
		{"@", 1, "seconds since 1970"},
		{"@-5", 1, "seconds since 1970"},
		{"@99999999999999999999", 0, "between 1678 and 2262"},
		{"@9223372037", 0, "between 1678 and 2262"},
		{"-99999999999w", 1, "between 1678 and 2262"},
		{"-9000000000s9000000000s", 1, "between 1678 and 2262"},
		{"+9000000000s", 1, "between 1678 and 2262"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct err e = {0};
		int64_t ns = 77;
		int r = when_parse(cases[i].text, NOW, SHOWN, true, &ns, &e);

		if (r != -EINVAL || ns != 77 || e.at != cases[i].at ||
		    !strstr(e.text, cases[i].says) || !strstr(e.text, "expected"))
			fail_msg("\"%s\": %d at %d: %s", cases[i].text, r, e.at, e.text);
	}
}

/* Any bytes, at any time: a moment, or an error within the text. Pieces of what is understood, so
 * that most texts get further than their first byte. */
static void
test_any(void **state)
{
	static const char *const pieces[] = {
		"-", "+", "@", "now", "yesterday", "today", " ", "T", ":", "14", "05", "2026-10-25",
		"02:30", "9999999999", "1", ".", "s", "m", "h", "d", "w", "\xff", "\t", "0",
	};
	static const int64_t nows[] = {INT64_MIN, -1, 0, NOW, INT64_MAX - 1, INT64_MAX};
	uint64_t seed = 1;
	unsigned good = 0;

	(void)state;
	zone(BERLIN);
	for (unsigned n = 0; n < 20000; n++) {
		char text[128] = "";
		struct err e = {.at = -1};
		int64_t ns = 77;
		size_t len = 0;

		for (unsigned k = 0; k < 6; k++) {
			const char *piece;

			seed = seed * 6364136223846793005u + 1442695040888963407u;
			piece = pieces[(seed >> 33) % ARRAY_LEN(pieces)];
			if (seed >> 62 == 0)
				text[len++] = (char)(1 + (seed >> 40) % 255);
			memcpy(text + len, piece, strlen(piece));
			len += strlen(piece);
			text[len] = '\0';
			if (when_parse(text, nows[n % ARRAY_LEN(nows)],
				       nows[n / 7 % ARRAY_LEN(nows)], n & 1, &ns, &e) == 0) {
				good++;
			} else {
				assert_true(ns == 77 && *e.text);
				assert_in_range(e.at, 0, len);
			}
			ns = 77;
		}
	}
	assert_true(good > 1000);
	zone("UTC");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_spans),
		cmocka_unit_test(test_moments),
		cmocka_unit_test(test_nights),
		cmocka_unit_test(test_errors),
		cmocka_unit_test(test_any),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
