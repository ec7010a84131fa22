/* Text tables: alignment, absent cells, cutting, and names that attack a terminal. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <math.h>

#include "base/utf8.h"
#include "sink/clean.h"
#include "sink/table.h"
#include "sink_frame.h"

static void
assert_clean(const char *in, int max, const char *out, int width)
{
	struct buf b = {0};

	buf_puts(&b, "");
	assert_int_equal(clean_text(&b, in, strlen(in), max), width);
	assert_string_equal(b.data, out);
	buf_release(&b);
}

static void
test_clean(void **state)
{
	(void)state;
	assert_clean("plain", 80, "plain", 5);
	assert_clean("plain", 3, "pla", 3);
	assert_clean("plain", 0, "", 0);
	assert_clean("\x1b[2J\x7f\n", 80, "?[2J??", 6);
	assert_clean("\x9b", 80, "?", 1);
	assert_clean("\xc2\x9b", 80, "?", 1);
	assert_clean("\xe2\x80\xae\xe2\x80\xa8\xef\xbb\xbf", 80, "???", 3);
	assert_clean("\xe4\xb8\xad\xe6\x96\x87", 80, "\xe4\xb8\xad\xe6\x96\x87", 4); /* wide */
	assert_clean("\xe4\xb8\xad\xe6\x96\x87", 3, "\xe4\xb8\xad", 2);
	assert_clean("e\xcc\x81", 1, "e\xcc\x81", 1); /* a mark goes with its letter */
	assert_clean("\xe2\x82", 80, "??", 2);
}

static void
test_frame(void **state)
{
	static const uint8_t fields[] = {PROC_PID,       PROC_USER,   PROC_RES, PROC_NICE,
					 PROC_CPU_RATIO, PROC_CPU,    PROC_AGE, PROC_START,
					 PROC_KTHREAD,   PROC_COMMAND};
	struct frame *f = proc_frame(3);
	uint32_t rows[] = {0, 1, 2};
	struct sink_select sel = {TABLE_PROC, fields, ARRAY_LEN(fields), rows, 3};
	struct columns c = {0};
	struct buf b = {0};
	struct row r = proc_row(f, 0);

	(void)state;
	row_str(r, PROC_USER, "root");
	row_u64(r, PROC_RES, 13107200);
	row_i64(r, PROC_NICE, -20);
	row_f64(r, PROC_CPU_RATIO, 0.125);
	row_u64(r, PROC_CPU, UINT64_C(83120000000));
	row_u64(r, PROC_AGE, UINT64_C(86400000000000));
	row_u64(r, PROC_START, UINT64_C(1730556331000000000));
	row_u64(r, PROC_KTHREAD, 0);
	row_str(r, PROC_COMMAND, "/sbin/init splash");
	r = proc_row(f, 1);
	row_str(r, PROC_USER, "\xe4\xb8\xad\x1b]0;x");
	row_f64(r, PROC_CPU_RATIO, NAN);
	row_u64(r, PROC_KTHREAD, 1);
	row_str(r, PROC_COMMAND, "[kthreadd]");
	row_late(r, PROC_COMMAND); /* it is there all the same */
	row_late(proc_row(f, 2), PROC_CPU_RATIO);
	row_late(proc_row(f, 2), PROC_COMMAND);
	table_frame(&b, &c, f, &sel, 0);
	assert_string_equal(
		b.data, "PID USER    RES  NI CPU%   TIME+   AGE               START KTHR COMMAND\n"
			"  1 root    13M -20 12.5 1:23.12 1d 0h 2024-11-02 14:05:31   no "
			"/sbin/init splash\n"
			"  2 \xe4\xb8\xad?]0;x   -   -    -       -     -                   -  yes "
			"[kthreadd]\n"
			"  3 -         -   -    ~       -     -                   -    - ~\n");
	buf_clear(&b);
	table_frame(&b, &c, f, &sel, 15); /* the scratch is as new */
	assert_string_equal(b.data, "PID USER    RES\n"
				    "  1 root    13M\n"
				    "  2 \xe4\xb8\xad?]0;x   -\n"
				    "  3 -         -\n");
	buf_clear(&b);
	sel.nrows = 0;
	table_frame(&b, &c, f, &sel, 7);
	assert_string_equal(b.data, "PID USE\n");
	columns_release(&c);
	buf_release(&b);
	frame_unref(f);
}

/* At every width no line is wider, and none holds what does not show. */
static void
test_widths(void **state)
{
	static const uint8_t fields[] = {PROC_COMMAND, PROC_PID, PROC_USER};
	struct frame *f = proc_frame(1);
	uint32_t rows[] = {0};
	struct sink_select sel = {TABLE_PROC, fields, ARRAY_LEN(fields), rows, 1};
	struct columns c = {0};
	struct buf b = {0};
	char bytes[256];

	(void)state;
	for (unsigned i = 0; i < 255; i++)
		bytes[i] = (char)(i + 1);
	bytes[255] = '\0';
	row_str(proc_row(f, 0), PROC_COMMAND, bytes);
	for (int max = 1; max < 300; max++) {
		int width = 0;

		buf_clear(&b);
		table_frame(&b, &c, f, &sel, max);
		for (size_t at = 0; at < b.len;) {
			uint32_t cp;

			at += utf8_next(b.data + at, b.data + b.len, &cp);
			if (cp == '\n') {
				assert_true(width <= max);
				width = 0;
				continue;
			}
			assert_true(clean_is_visible(cp));
			width += utf8_width(cp);
		}
	}
	columns_release(&c);
	buf_release(&b);
	frame_unref(f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_clean),
		cmocka_unit_test_setup_teardown(test_frame, setup, teardown),
		cmocka_unit_test_setup_teardown(test_widths, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
