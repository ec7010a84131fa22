/* Numbers as people read them: tables of cases, and what holds for every number at every width. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/mem.h"
#include "schema/format.h"

enum { WIDTH_MAX = 20 };

static void
test_bytes(void **state)
{
	static const struct {
		double v;
		int width;
		const char *text;
	} cases[] = {
		{0, 5, "0"},
		{1, 5, "1"},
		{812, 5, "812"},
		{999, 5, "999"},
		{999.6, 5, "1.0K"},
		{1000, 5, "1.0K"},
		{1023, 5, "1.0K"},
		{1024, 5, "1.0K"},
		{9728, 5, "9.5K"},
		{10188, 5, "9.9K"},
		{10189, 5, "10K"},
		{999.4 * 1024, 5, "999K"},
		{999.6 * 1024, 5, "1.0M"},
		{1023.9 * 1024, 5, "1.0M"},
		{212.0 * 1048576, 5, "212M"},
		{212.0 * 1048576, 4, "212M"},
		{212.0 * 1048576, 3, ".2G"},
		{212.0 * 1048576, 2, "1G"},
		{212.0 * 1048576, 1, "+"},
		{1.2 * 1073741824, 5, "1.2G"},
		{1.2 * 1073741824, 3, "1G"},
		{3.4 * 0x1p40, 5, "3.40T"},
		{3.4 * 0x1p40, 4, "3.4T"},
		{34 * 0x1p40, 5, "34.0T"},
		{340 * 0x1p40, 5, "340T"},
		{(double)UINT64_MAX, 5, "16.0E"},
		{(double)UINT64_MAX, 3, "16E"},
		{NAN, 5, "-"},
		{-1, 5, "-"},
		{-INFINITY, 5, "-"},
		{INFINITY, 5, "+"},
		{1e308, 5, "+"},
		{-0.0, 5, "0"},
	};
	char out[FORMAT_MAX];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		format_bytes(out, cases[i].v, cases[i].width);
		assert_string_equal(out, cases[i].text);
	}
}

static void
test_count(void **state)
{
	static const struct {
		double v;
		int width;
		const char *text;
	} cases[] = {
		{0, 5, "0"},          {1, 5, "1"},          {0.4, 5, "0.4"},      {9.94, 5, "9.9"},
		{9.96, 5, "10"},      {12.3, 5, "12"},      {812, 5, "812"},      {1904, 5, "1904"},
		{1904, 3, "2k"},      {9999, 5, "9999"},    {9999.6, 5, "10.0k"}, {12345, 5, "12.3k"},
		{12345, 4, "12k"},    {999949, 5, "1.0M"},  {99949, 5, "99.9k"},  {99950, 5, "100k"},
		{999499, 5, "999k"},  {999500, 5, "1.0M"},  {4.1e6, 5, "4.1M"},   {1e15, 5, "1.0P"},
		{1.8e19, 5, "18.0E"}, {NAN, 5, "-"},        {-3, 5, "-"},         {0.4, 2, ".4"},
	};
	char out[FORMAT_MAX];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		format_count(out, cases[i].v, cases[i].width);
		assert_string_equal(out, cases[i].text);
	}
}

static void
test_percent(void **state)
{
	static const struct {
		double v;
		int width;
		const char *text;
	} cases[] = {
		{0, 5, "0.0"},      {0.041, 5, "4.1"},     {0.412, 5, "41.2"},  {0.412, 3, "41"},
		{0.9994, 4, "99.9"}, {0.9996, 4, "100"},   {1, 5, "100.0"},     {1, 4, "100"},
		{1, 3, "100"},      {1, 2, "+"},           {16, 5, "1600"},     {16, 6, "1600.0"},
		{16, 3, "2k"},      {99.999, 4, "10k"},    {100, 5, "10000"},   {10000, 5, "1.0M"},
		{NAN, 5, "-"},      {-0.1, 5, "-"},        {INFINITY, 5, "+"},
	};
	char out[FORMAT_MAX];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		format_percent(out, cases[i].v, cases[i].width);
		assert_string_equal(out, cases[i].text);
	}
}

#define S  UINT64_C(1000000000)
#define MS UINT64_C(1000000)
#define H  (3600 * S)
#define D  (24 * H)
#define Y  (365 * D)

static void
test_times(void **state)
{
	static const struct {
		uint64_t ns;
		int width;
		const char *cpu, *span;
	} cases[] = {
		{0, 9, "0:00.00", "0s"},
		{1, 9, "0:00.00", "1ns"},
		{812, 9, "0:00.00", "812ns"},
		{1000, 9, "0:00.00", "1.0us"},
		{812000, 9, "0:00.00", "812us"},
		{999999, 9, "0:00.00", "999us"},
		{4250000, 9, "0:00.00", "4.2ms"},
		{50 * MS, 9, "0:00.05", "50ms"},
		{S - 1, 9, "0:00.99", "999ms"},
		{S, 9, "0:01.00", "1.0s"},
		{12 * S, 9, "0:12.00", "12s"},
		{60 * S - 1, 9, "0:59.99", "59s"},
		{60 * S, 9, "1:00.00", "1m00s"},
		{245 * S, 9, "4:05.00", "4m05s"},
		{273 * S + 210 * MS, 9, "4:33.21", "4m33s"},
		{273 * S + 210 * MS, 6, "4:33", "4m33s"},
		{273 * S + 210 * MS, 4, "4:33", "4m"},
		{273 * S + 210 * MS, 3, "4m", "4m"},
		{12 * S, 3, "12s", "12s"},
		{12 * S, 2, "1m", "1m"},
		{H - 1, 9, "59:59.99", "59m59s"},
		{H - 1, 7, "59:59", "59m59s"},
		{H - 1, 3, "59m", "59m"},
		{H - 1, 2, "1h", "1h"},
		{H, 9, "1h00m", "1h00m"},
		{3 * H + 720 * S, 9, "3h12m", "3h12m"},
		{3 * H + 720 * S, 4, "3h", "3h"},
		{D - 1, 9, "23h59m", "23h59m"},
		{12 * D + 4 * H, 9, "12d04h", "12d 4h"},
		{12 * D + 14 * H, 7, "12d14h", "12d 14h"},
		{12 * D + 14 * H, 6, "12d14h", "12d14h"},
		{12 * D + 14 * H, 5, "12d", "12d"},
		{Y - 1, 9, "364d23h", "364d 23h"},
		{3 * Y + 120 * D, 9, "3y120d", "3y 120d"},
		{UINT64_MAX, 9, "584y343d", "584y 343d"},
		{UINT64_MAX, 4, "584y", "584y"},
		{UINT64_MAX, 3, "+", "+"},
		{0, 1, "0", "0"},
	};
	char out[FORMAT_MAX];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		format_cpu_time(out, cases[i].ns, cases[i].width);
		assert_string_equal(out, cases[i].cpu);
		format_span(out, cases[i].ns, cases[i].width);
		assert_string_equal(out, cases[i].span);
	}
}

static void
test_moment(void **state)
{
	/* 2024-11-03 14:05:31 UTC */
	const int64_t now = INT64_C(1730642731) * NS_PER_S;
	const struct {
		int64_t ago_s;
		int width;
		const char *text;
	} cases[] = {
		{0, 8, "14:05"},
		{-20, 8, "14:05"},
		{-3600, 8, "Nov 03"},
		{86399, 8, "14:05"},
		{86400, 8, "Nov 02"},
		{86400, 5, "11-02"},
		{86400 * 366, 8, "2023"},
		{0, 5, "14:05"},
		{0, 4, "2024"},
		{0, 3, "-"},
		{0, 19, "2024-11-03 14:05:31"},
		{INT64_C(1730642731), 8, "1970"},
		{INT64_C(1730642731), 19, "1970-01-01 00:00:00"},
	};
	char out[FORMAT_MAX];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		format_moment(out, now - cases[i].ago_s * NS_PER_S, now, cases[i].width, true);
		assert_string_equal(out, cases[i].text);
	}
	format_moment(out, -1, now, 19, true);
	assert_string_equal(out, "1969-12-31 23:59:59");
}

/* The number that a text shows, in bytes, things, percent or seconds; -1 for "+". */
static double
read_back(const char *s, double base)
{
	static const char letters[] = "kKMGTPEZY";
	char *end;
	double v = strtod(s, &end);
	const char *l = *end ? strchr(letters, *end) : NULL;

	if (*s == '+')
		return -1;
	if (l) {
		v *= pow(base, (double)MAX(l - letters, 1));
		end++;
	}
	assert_int_equal(*end, '\0');
	return v;
}

static double
read_time(const char *s)
{
	double sum = 0;

	if (*s == '+')
		return -1;
	while (*s) {
		char *end;
		double v = strtod(s, &end);

		assert_ptr_not_equal(s, end);
		s = end + 1;
		/* A minute and an hour are full before they read 60. */
		if (!*end || *end == ':' || *end == 's' || (*end == 'm' && end[1] != 's'))
			assert_true(v < 60);
		if (*end == 'h')
			assert_true(v < 24);
		if (end[0] == '\0') {
			s = end;
			sum += v;
		} else if (end[0] == ':') {
			sum += 60 * v;
		} else if (strncmp(end, "ms", 2) == 0 || strncmp(end, "us", 2) == 0 ||
			   strncmp(end, "ns", 2) == 0) {
			sum += v * (*end == 'm' ? 1e-3 : *end == 'u' ? 1e-6 : 1e-9);
			s++;
		} else {
			static const char units[] = "smhdy";
			static const double scale[] = {1, 60, 3600, 86400, 31536000};
			const char *u = strchr(units, *end);

			assert_non_null(u);
			sum += v * scale[u - units];
		}
	}
	return sum;
}

/* Rises from 0 through every magnitude, with the borders of units and of rounding. */
static size_t
magnitudes(double **ret)
{
	static const double near[] = {0.0999, 0.4999, 0.5,   0.5001, 0.949, 0.95, 0.99949, 0.9995, 0.99951,
				      0.9999, 1,      1.001, 1.049,  1.05,  1.5,  2,       3.14159};
	size_t n = 0, cap = 0;
	double *v = NULL;

	for (int e = -3; e < 30; e++) {
		for (size_t k = 0; k < ARRAY_LEN(near); k++) {
			GROW(v, cap, n + 4);
			v[n++] = pow(10, e) * near[k];
			v[n++] = pow(1024, e) * near[k];
			v[n++] = pow(2, e * 3) * near[k];
			v[n++] = pow(60, e) * near[k];
		}
	}
	GROW(v, cap, n + 20001);
	for (int i = 0; i <= 20000; i++)
		v[n++] = i / 2.0;
	*ret = v;
	return n;
}

static int
by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return CMP(x, y);
}

static void
check_numbers(void (*format)(char *, double, int), double scale, double base, double tolerance)
{
	double *v;
	size_t n = magnitudes(&v);
	char out[64];

	qsort(v, n, sizeof *v, by_value);
	for (int w = 1; w <= WIDTH_MAX; w++) {
		double last = 0;
		bool beyond = false;

		for (size_t i = 0; i < n; i++) {
			double shown;

			memset(out, 'X', sizeof out);
			format(out, v[i] / scale, w);
			assert_in_range(strlen(out), 1, w);
			shown = read_back(out, base);
			beyond |= shown < 0;
			/* Once it does not fit, nothing greater fits; in narrow columns, though, a
			 * larger unit may. */
			if (w >= 3 && beyond)
				assert_true(shown < 0);
			if (shown < 0)
				continue;
			if (shown < last)
				fail_msg("width %d: %g is shown as %s, less than one before", w, v[i], out);
			last = shown;
			/* Wide columns are exact to the digits that are wanted. */
			if (w >= 6 && v[i] >= 1 && fabs(shown - v[i]) > v[i] * tolerance && v[i] > 100)
				fail_msg("width %d: %g is shown as %s", w, v[i], out);
			assert_null(strstr(out, "1000K"));
			assert_null(strstr(out, "1024K"));
			assert_null(strstr(out, "1000k"));
			assert_null(strstr(out, "1000M"));
		}
	}
	free(v);
}

static void
test_number_laws(void **state)
{
	(void)state;
	check_numbers(format_bytes, 1, 1024, 0.055);
	check_numbers(format_count, 1, 1000, 0.055);
	check_numbers(format_percent, 100, 1000, 0.055);
}

static void
check_times(void (*format)(char *, uint64_t, int))
{
	double *v;
	size_t n = magnitudes(&v);
	char out[64];

	qsort(v, n, sizeof *v, by_value);
	for (int w = 1; w <= WIDTH_MAX; w++) {
		double last = 0;

		for (size_t i = 0; i < n; i++) {
			uint64_t ns = v[i] * 1e9 >= 0x1p64 ? UINT64_MAX : (uint64_t)(v[i] * 1e9);
			double shown;

			memset(out, 'X', sizeof out);
			format(out, ns, w);
			assert_in_range(strlen(out), 1, w);
			shown = read_time(out);
			if (shown < 0)
				continue;
			if (shown < last)
				fail_msg("width %d: %g s is shown as %s, less than one before", w,
					 (double)ns / 1e9, out);
			last = shown;
			/* A clock is never ahead, where there is room. */
			if (w >= 5)
				assert_true(shown <= (double)ns / 1e9 * (1 + 1e-12));
		}
	}
	free(v);
}

static void
test_time_laws(void **state)
{
	(void)state;
	check_times(format_cpu_time);
	check_times(format_span);
}

static void
test_moment_laws(void **state)
{
	static const int64_t odd[] = {INT64_MIN, INT64_MIN + 1, -1, 0, 1, INT64_MAX - 1, INT64_MAX,
				      INT64_C(1730642731) * NS_PER_S};
	char out[64];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(odd); i++)
		for (size_t k = 0; k < ARRAY_LEN(odd); k++)
			for (int w = 1; w < FORMAT_MAX; w++)
				for (int utc = 0; utc < 2; utc++) {
					memset(out, 'X', sizeof out);
					format_moment(out, odd[i], odd[k], w, utc);
					assert_in_range(strlen(out), 1, w);
				}
}

/* A screen has about a thousand numbers. */
static void
test_amounts(void **state)
{
	static const struct {
		enum field_unit unit;
		double v;
		int width;
		bool sign;
		const char *text;
	} cases[] = {
		{UNIT_BYTES, 222298112, 8, true, "+212M"},
		{UNIT_BYTES, -222298112, 8, true, "-212M"},
		{UNIT_BYTES, -222298112, 8, false, "-212M"},
		{UNIT_BYTES, 222298112, 8, false, "212M"},
		{UNIT_BYTES, -222298112, 4, true, "-.2G"},
		{UNIT_BYTES_PER_S, 4299162, 8, false, "4.1M/s"},
		{UNIT_BYTES_PER_S, -4299162, 7, true, "-4.1M/s"},
		{UNIT_BYTES_PER_S, -4299162, 6, true, "-4M/s"},
		{UNIT_COUNT, 1204, 8, true, "+1204"},
		{UNIT_COUNT_PER_S, 0.4, 8, false, "0.4/s"},
		{UNIT_RATIO, 0.123, 8, false, "12.3%"},
		{UNIT_RATIO, -0.067, 8, true, "-6.7%"},
		{UNIT_RATIO, 10, 5, true, "+1k%"},
		{UNIT_NS, 91e9, 8, true, "+1m31s"},
		{UNIT_NS, -812000, 8, true, "-812us"},
		{UNIT_NS, INFINITY, 8, true, "+292y"},
		{UNIT_NONE, 0.17, 8, true, "+0.17"},
		{UNIT_NONE, -2, 8, false, "-2.00"},
		{UNIT_BYTES, 0, 8, true, "0"},
		{UNIT_RATIO, -0.0, 8, true, "0"},
		{UNIT_COUNT_PER_S, 0, 8, false, "0"},
		{UNIT_BYTES, NAN, 8, true, "-"},
		{UNIT_COUNT_PER_S, 1e300, 31, true, "++/s"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		char out[FORMAT_MAX];

		format_amount(out, cases[i].unit, cases[i].v, cases[i].width, cases[i].sign);
		assert_string_equal(out, cases[i].text);
	}
}

static void
test_speed(void **state)
{
	int64_t begin = clock_ns(CLOCK_PROCESS_CPUTIME_ID);
	char out[FORMAT_MAX];
	unsigned sum = 0;

	(void)state;
	for (unsigned i = 0; i < 100000; i++) {
		format_bytes(out, i * 123457.0, 5);
		sum += (unsigned char)out[0];
		format_percent(out, i * 0.00001, 5);
		sum += (unsigned char)out[0];
		format_cpu_time(out, i * UINT64_C(123456789), 9);
		sum += (unsigned char)out[0];
	}
	assert_int_not_equal(sum, 0);
	print_message("a number takes %lld ns\n",
		      (long long)(clock_ns(CLOCK_PROCESS_CPUTIME_ID) - begin) / 300000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bytes),       cmocka_unit_test(test_count),
		cmocka_unit_test(test_percent),     cmocka_unit_test(test_times),
		cmocka_unit_test(test_moment),      cmocka_unit_test(test_number_laws),
		cmocka_unit_test(test_time_laws),   cmocka_unit_test(test_moment_laws),
		cmocka_unit_test(test_amounts),     cmocka_unit_test(test_speed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
