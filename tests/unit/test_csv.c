/* CSV: quoting, what is absent, and lines that stay lines whatever the names are. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <math.h>

#include "base/utf8.h"
#include "sink/clean.h"
#include "sink/csv.h"
#include "sink_frame.h"

static void
assert_value(const char *in, const char *out)
{
	struct buf b = {0};

	csv_text(&b, in);
	assert_string_equal(b.data, out);
	buf_release(&b);
}

static void
test_values(void **state)
{
	(void)state;
	assert_value("plain", "plain");
	assert_value("two words", "two words");
	assert_value("", "\"\"");
	assert_value("a,b", "\"a,b\"");
	assert_value("say \"hi\"", "\"say \"\"hi\"\"\"");
	assert_value(" a", "\" a\"");
	assert_value("a ", "\"a \"");
	assert_value("a\nb\r\t\x1b[2J", "a\xe2\x90\x8a"
					"b\xe2\x90\x8d\xe2\x90\x89\xe2\x90\x9b[2J");
	assert_value("\x7f", "\xe2\x90\xa1");
	assert_value("\x9b\xc2\x9b\xe2\x80\xae", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
	assert_value("\xc3\xa9", "\xc3\xa9");
}

static void
test_all_bytes(void **state)
{
	struct buf b = {0};

	(void)state;
	for (unsigned i = 1; i < 65536; i++) {
		char s[3] = {(char)(i & 0xff), (char)(i >> 8), '\0'};
		uint32_t cp;

		buf_clear(&b);
		csv_text(&b, s);
		for (size_t at = 0; at < b.len;) {
			at += utf8_next(b.data + at, b.data + b.len, &cp);
			assert_true(clean_is_visible(cp));
		}
	}
	buf_release(&b);
}

static void
test_frame(void **state)
{
	static const uint8_t fields[] = {PROC_PID, PROC_NICE, PROC_CPU_RATIO, PROC_KTHREAD,
					 PROC_COMMAND};
	struct frame *f = proc_frame(3);
	uint32_t rows[] = {1, 0};
	struct sink_select sel = {TABLE_PROC, fields, ARRAY_LEN(fields), rows, 2};
	struct buf b = {0};

	(void)state;
	row_i64(proc_row(f, 0), PROC_NICE, -20);
	row_f64(proc_row(f, 0), PROC_CPU_RATIO, 0.25);
	row_u64(proc_row(f, 0), PROC_KTHREAD, 1);
	row_str(proc_row(f, 0), PROC_COMMAND, "a,b");
	row_f64(proc_row(f, 1), PROC_CPU_RATIO, NAN);
	row_u64(proc_row(f, 1), PROC_KTHREAD, 0);
	csv_head(&b, &sel, false);
	csv_frame(&b, f, &sel, false);
	assert_string_equal(b.data, "pid,nice,cpu_ratio,kernel_thread,command\n"
				    "2,,,false,\n"
				    "1,-20,0.25,true,\"a,b\"\n");
	buf_clear(&b);
	sel.nfields = 2;
	csv_head(&b, &sel, true);
	csv_frame(&b, f, &sel, true);
	assert_string_equal(b.data, "time,pid,nice\n"
				    "2024-11-03T14:05:31.250Z,2,\n"
				    "2024-11-03T14:05:31.250Z,1,-20\n");
	buf_release(&b);
	frame_unref(f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_all_bytes),
		cmocka_unit_test_setup_teardown(test_frame, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
