/* JSON: whatever stands in a frame, the text is valid by a strict checker, and means the same. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <math.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/utf8.h"
#include "sink/clean.h"
#include "sink/json.h"
#include "sink/number.h"
#include "sink_frame.h"

/* The checker: RFC 8259, nothing more, and every character visible. NULL where it is wrong. */
static const char *check_value(const char *p, int depth);

static const char *
check_string(const char *p)
{
	const char *end = p + strlen(p);

	if (*p++ != '"')
		return NULL;
	while (*p != '"') {
		uint32_t cp;

		if (!*p)
			return NULL;
		if (*p == '\\') {
			p++;
			if (*p == 'u') {
				for (int i = 0; i < 4; i++)
					if (!*++p || !strchr("0123456789abcdef", *p))
						return NULL;
			} else if (!*p || !strchr("\"\\bfnrt", *p)) {
				return NULL;
			}
			p++;
			continue;
		}
		p += utf8_next(p, end, &cp);
		if (!clean_is_visible(cp))
			return NULL;
	}
	return p + 1;
}

static const char *
check_digits(const char *p)
{
	if (*p < '0' || *p > '9')
		return NULL;
	while (*p >= '0' && *p <= '9')
		p++;
	return p;
}

static const char *
check_number(const char *p)
{
	if (*p == '-')
		p++;
	if (*p == '0')
		p++;
	else if (!(p = check_digits(p)))
		return NULL;
	if (*p == '.' && !(p = check_digits(p + 1)))
		return NULL;
	if (*p == 'e') {
		p++;
		if (*p == '+' || *p == '-')
			p++;
		p = check_digits(p);
	}
	return p;
}

static const char *
check_list(const char *p, int depth, bool object)
{
	char close = object ? '}' : ']';

	if (*++p == close)
		return p + 1;
	for (;; p++) {
		if (object) {
			if (!(p = check_string(p)) || *p++ != ':')
				return NULL;
		}
		if (!(p = check_value(p, depth + 1)))
			return NULL;
		if (*p == close)
			return p + 1;
		if (*p != ',')
			return NULL;
	}
}

static const char *
check_value(const char *p, int depth)
{
	static const char *const words[] = {"null", "true", "false"};

	if (depth > 10)
		return NULL;
	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (strncmp(p, words[i], strlen(words[i])) == 0)
			return p + strlen(words[i]);
	if (*p == '"')
		return check_string(p);
	if (*p == '{' || *p == '[')
		return check_list(p, depth, *p == '{');
	return check_number(p);
}

static void
assert_json(const struct buf *b)
{
	const char *end = check_value(b->data, 0);

	assert_non_null(end);
	assert_int_equal(b->len, strlen(b->data)); /* no NUL inside */
	if (*end == '\n')
		end++;
	assert_ptr_equal(end, b->data + b->len);
}

static void
assert_string(const char *in, size_t n, const char *out)
{
	struct buf b = {0};

	json_string(&b, in, n);
	assert_json(&b);
	assert_string_equal(b.data, out);
	buf_release(&b);
}
#define ASSERT_STRING(in, out) assert_string(in, sizeof(in) - 1, out)

static void
test_strings(void **state)
{
	(void)state;
	ASSERT_STRING("", "\"\"");
	ASSERT_STRING("plain / text", "\"plain / text\"");
	ASSERT_STRING("a\"b\\c", "\"a\\\"b\\\\c\"");
	ASSERT_STRING("\b\f\n\r\t", "\"\\b\\f\\n\\r\\t\"");
	ASSERT_STRING("\0\1\x1b[31m\x7f", "\"\\u0000\\u0001\\u001b[31m\\u007f\"");
	ASSERT_STRING("\xc2\x9b", "\"\\u009b\"");  /* C1 CSI */
	ASSERT_STRING("\x9b", "\"\xef\xbf\xbd\""); /* raw C1 */
	ASSERT_STRING("\xe2\x80\xa8\xe2\x80\xa9", "\"\\u2028\\u2029\"");
	ASSERT_STRING("\xe2\x80\xae", "\"\\u202e\""); /* RLO */
	ASSERT_STRING("\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80",
		      "\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\"");
	ASSERT_STRING("\xf3\xa0\x80\xa1", "\"\\udb40\\udc21\"");                   /* a tag */
	ASSERT_STRING("\xed\xa0\x80", "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\""); /* surrogate */
	ASSERT_STRING("\xc0\xaf", "\"\xef\xbf\xbd\xef\xbf\xbd\"");                 /* overlong */
	ASSERT_STRING("\xf4\x90\x80\x80", "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"");
	ASSERT_STRING("\xe2\x82", "\"\xef\xbf\xbd\xef\xbf\xbd\""); /* cut off */
	ASSERT_STRING("\xf0\x9f\x98", "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"");
}

/* Every byte alone, every pair, and random ones: valid. */
static void
test_all_bytes(void **state)
{
	struct buf b = {0};
	uint64_t seed = 1;

	(void)state;
	for (unsigned i = 0; i < 65536; i++) {
		char s[2] = {(char)(i & 0xff), (char)(i >> 8)};

		buf_clear(&b);
		json_string(&b, s, i < 256 ? 1 : 2);
		assert_json(&b);
	}
	for (int round = 0; round < 20000; round++) {
		char s[24];
		uint64_t r = 0;

		for (size_t i = 0; i < sizeof s; i++) {
			r = i % 8 ? r >> 8 : hash_u64(seed++);
			s[i] = (char)r;
		}
		buf_clear(&b);
		json_string(&b, s, sizeof s);
		assert_json(&b);
	}
	buf_release(&b);
}

static void
assert_number(double v, const char *text)
{
	char s[NUMBER_MAX + 1];

	*number_f64(s, v) = '\0';
	assert_string_equal(s, text);
}

static void
test_numbers(void **state)
{
	char s[NUMBER_MAX + 1];
	uint64_t seed = 1;

	(void)state;
	assert_number(0, "0.0");
	assert_number(-0.0, "0.0");
	assert_number(1, "1.0");
	assert_number(-3.5, "-3.5");
	assert_number(0.1, "0.1");
	assert_number(0.05, "0.05");
	assert_number(1.0 / 3, "0.3333333333333333");
	assert_number(0.00001, "0.00001");
	assert_number(0.000001, "1e-6");
	assert_number(1e16, "10000000000000000.0");
	assert_number(1e17, "1e+17");
	assert_number(1.5e300, "1.5e+300");
	assert_number(5e-324, "5e-324");
	assert_number(1.7976931348623157e308, "1.7976931348623157e+308");
	assert_number(2.2250738585072014e-308, "2.2250738585072014e-308");
	/* What is read back is the same. */
	for (int i = 0; i < 200000; i++) {
		uint64_t u = hash_u64(seed++);
		double v;
		char *end;

		if (i % 2)
			memcpy(&v, &u, sizeof v);
		else
			v = (double)(u >> 40) / (double)(u % 1000003 + 1);
		end = number_u64(s, u >> i % 64);
		*end = '\0';
		assert_true(end - s <= 20 && strtoull(s, NULL, 10) == u >> i % 64);
		if (!isfinite(v))
			continue;
		end = number_f64(s, v);
		assert_true(end - s <= NUMBER_MAX);
		*end = '\0';
		assert_ptr_equal(check_number(s), end);
		assert_true(strtod(s, NULL) == v);
		assert_non_null(strpbrk(s, ".e"));
	}
	for (uint64_t v = 1, digits = 1; digits < 20; v *= 10, digits++) {
		assert_int_equal(number_u64(s, v) - s, digits);
		assert_int_equal(number_u64(s, v - 1) - s, MAX(digits - 1, 1));
	}
	*number_u64(s, UINT64_MAX) = '\0';
	assert_string_equal(s, "18446744073709551615");
	*number_i64(s, INT64_MIN) = '\0';
	assert_string_equal(s, "-9223372036854775808");
	*number_i64(s, 0) = '\0';
	assert_string_equal(s, "0");
}

static void
test_frame(void **state)
{
	static const uint8_t fields[] = {PROC_PID,     PROC_NICE,    PROC_CPU_RATIO,
					 PROC_KTHREAD, PROC_COMMAND, PROC_USER};
	struct frame *f = proc_frame(4);
	uint32_t rows[] = {2, 0, 1};
	struct sink_select sel[] = {
		{TABLE_PROC, fields, ARRAY_LEN(fields), rows, 3},
		{TABLE_CPU, NULL, 0, NULL, 0},
	};
	struct buf b = {0};

	(void)state;
	row_i64(proc_row(f, 0), PROC_NICE, -20);
	row_f64(proc_row(f, 0), PROC_CPU_RATIO, 0.25);
	row_u64(proc_row(f, 0), PROC_KTHREAD, 1);
	row_str(proc_row(f, 0), PROC_COMMAND, "init {");
	row_f64(proc_row(f, 1), PROC_CPU_RATIO, NAN);
	row_f64(proc_row(f, 2), PROC_CPU_RATIO, INFINITY);
	row_u64(proc_row(f, 2), PROC_KTHREAD, 0);
	row_str(proc_row(f, 2), PROC_COMMAND, "");
	json_frame(&b, f, sel, ARRAY_LEN(sel));
	assert_json(&b);
	assert_string_equal(b.data,
			    "{\"meta\":{\"host\":\"db\\\"1\",\"time\":\"2024-11-03T14:05:31.250Z\","
			    "\"mono_ns\":5000000000,\"interval_ns\":1000000000,\"seq\":1,"
			    "\"version\":\"" SONDE_VERSION "\"},\"tables\":{\"proc\":["
			    "{\"pid\":3,\"nice\":null,\"cpu_ratio\":null,\"kernel_thread\":false,"
			    "\"command\":\"\",\"user\":null},"
			    "{\"pid\":1,\"nice\":-20,\"cpu_ratio\":0.25,\"kernel_thread\":true,"
			    "\"command\":\"init {\",\"user\":null},"
			    "{\"pid\":2,\"nice\":null,\"cpu_ratio\":null,\"kernel_thread\":null,"
			    "\"command\":null,\"user\":null}],\"cpu\":[]}}\n");
	buf_clear(&b);
	f->meta.seq = 0;
	f->meta.wall_ns = -1;
	json_frame(&b, f, NULL, 0);
	assert_json(&b);
	assert_non_null(strstr(b.data, "\"time\":\"1969-12-31T23:59:59.999Z\""));
	assert_non_null(strstr(b.data, "\"interval_ns\":null"));
	buf_release(&b);
	frame_unref(f);
}

/* A row a line; the host is said once. */
static void
test_lines(void **state)
{
	static const uint8_t fields[] = {PROC_PID, PROC_COMMAND}, of_system[] = {SYSTEM_HOST,
										 SYSTEM_LOAD1};
	struct frame *f = proc_frame(2);
	uint32_t rows[] = {1, 0};
	struct sink_select sel[] = {{TABLE_PROC, fields, 2, rows, 2}, {TABLE_PROC, NULL, 0, rows, 1}};
	struct field_set want[TABLE_COUNT] = {0};
	struct buf b = {0};

	(void)state;
	row_str(proc_row(f, 0), PROC_COMMAND, "a\nb");
	jsonl_frame(&b, f, sel, 2);
	assert_string_equal(b.data,
			    "{\"time\":\"2024-11-03T14:05:31.250Z\",\"host\":\"db\\\"1\","
			    "\"table\":\"proc\",\"pid\":2,\"command\":null}\n"
			    "{\"time\":\"2024-11-03T14:05:31.250Z\",\"host\":\"db\\\"1\","
			    "\"table\":\"proc\",\"pid\":1,\"command\":\"a\\nb\"}\n"
			    "{\"time\":\"2024-11-03T14:05:31.250Z\",\"host\":\"db\\\"1\","
			    "\"table\":\"proc\"}\n");
	frame_unref(f);
	buf_clear(&b);
	memset(&want[TABLE_SYSTEM], 0xff, sizeof want[0]);
	f = frame_begin(pool, want, strings);
	f->meta.host = "x";
	row_str(table_add_row(&f->table[TABLE_SYSTEM], (struct row_key){0}), SYSTEM_HOST, "x");
	sel[0] = (struct sink_select){TABLE_SYSTEM, of_system, 2, (uint32_t[]){0}, 1};
	jsonl_frame(&b, f, sel, 1);
	assert_string_equal(b.data, "{\"time\":\"1970-01-01T00:00:00.000Z\",\"host\":\"x\","
				    "\"table\":\"system\",\"load1\":null}\n");
	buf_release(&b);
	frame_unref(f);
}

static int
take_piece(void *arg, struct buf *b)
{
	buf_put(arg, b->data, b->len);
	buf_clear(b);
	return 0;
}

static int
no_room(void *arg, struct buf *b)
{
	(void)arg;
	buf_clear(b);
	return -28;
}

/* Every field at once, long hostile texts: valid; the time is for a person to look at. */
static void
test_large(void **state)
{
	struct frame *f = proc_frame(500);
	const struct table *t = frame_table(f, TABLE_PROC);
	uint8_t fields[PROC_FIELDS];
	uint32_t rows[500];
	struct sink_select sel = {TABLE_PROC, fields, PROC_FIELDS, rows, 500};
	struct buf b = {0}, all = {0}, last = {0};
	char bytes[4096];

	(void)state;
	for (size_t i = 0; i < sizeof bytes; i++)
		bytes[i] = (char)(1 + i % 255);
	bytes[sizeof bytes - 1] = '\0';
	for (unsigned i = 0; i < PROC_FIELDS; i++)
		fields[i] = (uint8_t)i;
	for (uint32_t r = 0; r < 500; r++) {
		rows[r] = r;
		for (unsigned i = 0; i < PROC_FIELDS; i++) {
			uint64_t u = hash_u64(r * 100 + i) >> i % 64;

			switch (t->schema->field[i].type) {
			case TYPE_STR:
				row_str(proc_row(f, r), i, r ? "/usr/lib/systemd/systemd" : bytes);
				break;
			case TYPE_F64:
				row_f64(proc_row(f, r), i, i % 2 ? 0 : (double)u / 7919);
				break;
			case TYPE_BOOL:
				u &= 1;
				/* fall through */
			default:
				row_u64(proc_row(f, r), i, u);
			}
		}
	}
	json_frame(&b, f, &sel, 1);
	assert_json(&b);
	assert_int_equal(json_frame_pieces(&last, f, &sel, 1, take_piece, &all), 0);
	assert_int_equal(take_piece(&all, &last), 0);
	assert_int_equal(all.len, b.len);
	assert_memory_equal(all.data, b.data, b.len);
	assert_true(last.cap < JSON_PIECE + 20 * sizeof bytes * PROC_FIELDS);
	assert_int_equal(json_frame_pieces(&last, f, &sel, 1, no_room, NULL), -28);
	rows[0] = 1; /* and one as they usually are */
	for (unsigned n = 30;; n = PROC_FIELDS) {
		int64_t best = INT64_MAX;

		sel.nfields = n;
		for (int round = 0; round < 20; round++) {
			int64_t t0 = clock_mono_ns();

			buf_clear(&b);
			json_frame(&b, f, &sel, 1);
			best = MIN(best, clock_mono_ns() - t0);
		}
		print_message("500 rows of %u fields: %d us, %zu bytes\n", n,
			      (int)(best / NS_PER_US), b.len);
		if (n == PROC_FIELDS)
			break;
	}
	buf_release(&all);
	buf_release(&last);
	buf_release(&b);
	frame_unref(f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_strings),
		cmocka_unit_test(test_all_bytes),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test_setup_teardown(test_frame, setup, teardown),
		cmocka_unit_test_setup_teardown(test_lines, setup, teardown),
		cmocka_unit_test_setup_teardown(test_large, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
