/* Influx: lines by hand, and whatever the names are, lines that are read back as what they were. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <math.h>
#include <stdlib.h>

#include "series_frame.h"
#include "sink/influx.h"
#include "sink_frame.h"

static void
test_lines(void **state)
{
	static const uint8_t fields[] = {PROC_PID, PROC_NICE, PROC_CPU_RATIO, PROC_KTHREAD,
					 PROC_USER, PROC_RES};
	struct frame *f = proc_frame(4);
	uint32_t rows[] = {1, 0, 2, 3};
	struct sink_select sel = {TABLE_PROC, fields, ARRAY_LEN(fields), rows, 4};
	struct buf b = {0};

	(void)state;
	row_str(proc_row(f, 0), PROC_NAME, "a b,c=d\\");
	row_str(proc_row(f, 0), PROC_COMMAND, "a --b");
	row_i64(proc_row(f, 0), PROC_NICE, -20);
	row_f64(proc_row(f, 0), PROC_CPU_RATIO, 1);
	row_u64(proc_row(f, 0), PROC_KTHREAD, 1);
	row_str(proc_row(f, 0), PROC_USER, "o\"\\\n");
	row_u64(proc_row(f, 0), PROC_RES, INT64_MAX);
	row_u64(proc_row(f, 1), PROC_RES, UINT64_MAX); /* cannot be said */
	row_f64(proc_row(f, 1), PROC_CPU_RATIO, NAN);
	row_u64(proc_row(f, 1), PROC_KTHREAD, 0);
	row_str(proc_row(f, 2), PROC_NAME, "nothing is known");
	row_u64(proc_row(f, 3), PROC_RES, UINT64_MAX);
	influx_frame(&b, f, &sel, 1);
	assert_string_equal(b.data,
			    "sonde_proc,host=db\"1,pid=2 kernel_thread=f 1730642731250000000\n"
			    "sonde_proc,host=db\"1,pid=1,name=a\\ b\\,c\\=d\xef\xbf\xbd nice=-20i,"
			    "cpu_ratio=1.0,kernel_thread=t,user=\"o\\\"\\\\\xef\xbf\xbd\","
			    "resident_bytes=9223372036854775807i 1730642731250000000\n");
	buf_release(&b);
	frame_unref(f);
}

/* A part of a line up to one of `stop` that no backslash escapes; its text without them. */
static const char *
take(const char *p, const char *stop, struct buf *text)
{
	buf_clear(text);
	for (; !strchr(stop, *p); p++) {
		assert_int_not_equal(*p, '\n');
		if (*p == '\\') {
			p++;
			assert_non_null(strchr(",= \"\\", *p));
		}
		buf_putc(text, *p);
	}
	assert_true(text->len > 0 || *stop == '"');
	return p;
}

static const char *
check_value(const char *p)
{
	struct buf text = {0};
	char *end;

	if (*p == '"') {
		p = take(p + 1, "\"", &text) + 1;
	} else if (*p == 't' || *p == 'f') {
		p++;
	} else {
		(void)strtod(p, &end);
		assert_ptr_not_equal(end, p);
		if (*end == 'i') {
			assert_true(strspn(p, "-0123456789") == (size_t)(end - p));
			end++;
		} else {
			assert_non_null(memchr(p, *p == '-' ? '.' : *p, (size_t)(end - p)));
			assert_true(strcspn(p, ".e") < (size_t)(end - p));
		}
		p = end;
	}
	buf_release(&text);
	return p;
}

/* How many tags the line has. */
static unsigned
check_line(const char *p, const char **ret_next)
{
	struct buf text = {0};
	unsigned tags = 0;

	assert_memory_equal(p, "sonde_", 6);
	p = take(p, ", ", &text);
	for (; *p == ','; tags++) {
		p = take(p + 1, "=", &text);
		assert_int_equal(strspn(text.data, "abcdefghijklmnopqrstuvwxyz0123456789_"),
				 text.len);
		p = take(p + 1, ", ", &text);
	}
	do {
		p = take(p + 1, "=", &text);
		p = check_value(p + 1);
	} while (*p == ',');
	assert_int_equal(*p, ' ');
	p += 1 + strspn(p + 1, "-0123456789");
	assert_int_equal(*p, '\n');
	*ret_next = p + 1;
	buf_release(&text);
	return tags;
}

static void
test_random(void **state)
{
	struct buf b = {0};
	struct machine m;
	struct selected s;
	unsigned tags = 0;

	(void)state;
	machine_init(&m, 8);
	for (int i = 0; i < 60; i++) {
		struct frame *f = machine_next(&m, NULL);

		if (i % 4)
			make_hostile(&m, f);
		select_all(&s, f);
		buf_clear(&b);
		influx_frame(&b, f, s.sel, TABLE_COUNT);
		if (b.len)
			assert_true(is_visible(&b));
		for (const char *p = b.data; b.len && p < b.data + b.len;)
			tags += check_line(p, &p);
		frame_unref(f);
	}
	assert_true(tags > 5000);
	machine_release(&m);
	buf_release(&b);
}

/* Host and names are tags only, and nothing is said twice. */
static void
test_full(void **state)
{
	struct frame *f = full_frame(pool, strings, "x");
	struct buf b = {0};
	struct selected s;

	(void)state;
	select_all(&s, f);
	influx_frame(&b, f, s.sel, TABLE_COUNT);
	assert_non_null(strstr(b.data, "sonde_system,host=x kernel=\"x\",uptime_ns=1i,"));
	assert_non_null(strstr(b.data, "sonde_disk,host=x,name=x,device=x whole=t,"));
	assert_non_null(strstr(b.data, "sonde_cpu,host=x,cpu=1 user_ns_total=1i,"));
	assert_non_null(strstr(b.data, "sonde_fs,host=x,mount=x,type=x source=\"x\","));
	assert_non_null(strstr(b.data, "sonde_proc,host=x,pid=1,name=x start_time_ns=1i,"));
	buf_release(&b);
	frame_unref(f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_lines, setup, teardown),
		cmocka_unit_test_setup_teardown(test_full, setup, teardown),
		cmocka_unit_test(test_random),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
