/* OpenMetrics: a page by hand, and that every page is one by a checker of its own, which knows the
 * grammar and no more: whatever the names are, whatever is absent. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <math.h>
#include <stdlib.h>

#include "../long.h"
#include "series_frame.h"
#include "sink/openmetrics.h"
#include "sink/series.h"
#include "sink_frame.h"

/* The checker. */
struct page {
	bool classic, timed;
	char family[2000][128]; /* those that were */
	unsigned nfamilies;
	const char *suffix;         /* of the samples of the last one */
	const char *series[100000]; /* of samples: without their values */
	size_t length[100000], nseries;
	unsigned values; /* of this family */
};

static void
wrong(const char *what, const char *line)
{
	fail_msg("%s: %.200s", what, line);
}

static const char *
take_name(const char *p, char name[128])
{
	size_t n = strspn(p, "abcdefghijklmnopqrstuvwxyz0123456789_");

	if (!n || n >= 128 || (*p >= '0' && *p <= '9'))
		wrong("expected a name", p);
	memcpy(name, p, n);
	name[n] = '\0';
	return p + n;
}

static bool
ends(const char *name, const char *suffix)
{
	size_t n = strlen(name), k = strlen(suffix);

	return n > k && strcmp(name + n - k, suffix) == 0;
}

static void
check_type(struct page *pg, const char *line)
{
	static const char *const reserved[] = {"_total", "_count", "_sum", "_bucket", "_created",
					       "_info"};
	char *name = pg->family[pg->nfamilies];
	const char *p = take_name(line + 7, name);

	if (pg->nfamilies && !pg->values)
		wrong("a family without samples before", line);
	for (unsigned i = 0; i < pg->nfamilies; i++)
		if (strcmp(pg->family[i], name) == 0)
			wrong("a family in two places", line);
	pg->nfamilies++;
	assert_true(pg->nfamilies < ARRAY_LEN(pg->family));
	pg->values = 0;
	pg->suffix = "";
	if (strncmp(p, " counter\n", 9) == 0)
		pg->suffix = "_total";
	else if (strncmp(p, " info\n", 6) == 0 && !pg->classic)
		pg->suffix = "_info";
	else if (strncmp(p, " gauge\n", 7) != 0)
		wrong("expected a type", line);
	if (pg->classic) {
		if (*pg->suffix && !ends(name, pg->suffix))
			wrong("a counter by another name", line);
		if (!*pg->suffix && ends(name, "_total"))
			wrong("no counter by its name", line);
		pg->suffix = "";
		return;
	}
	for (size_t i = 0; i < ARRAY_LEN(reserved); i++)
		if (ends(name, reserved[i]))
			wrong("a suffix that means something else", line);
}

static void
check_comment(struct page *pg, const char *line)
{
	const char *family = pg->nfamilies ? pg->family[pg->nfamilies - 1] : "";
	char name[128], unit[128];
	const char *p;

	if (strncmp(line, "# TYPE ", 7) == 0) {
		check_type(pg, line);
		return;
	}
	if (strncmp(line, "# UNIT ", 7) != 0 && strncmp(line, "# HELP ", 7) != 0)
		wrong("expected TYPE, UNIT or HELP", line);
	p = take_name(line + 7, name);
	if (strcmp(name, family) != 0 || pg->values || *p++ != ' ')
		wrong("not of the family before its samples", line);
	if (line[2] == 'U') {
		p = take_name(p, unit);
		if (*p != '\n' || pg->classic || !ends(name, unit) ||
		    name[strlen(name) - strlen(unit) - 1] != '_')
			wrong("not the unit of the name", line);
		return;
	}
	for (; *p != '\n'; p++)
		if (*p == '\\' || *p == '"')
			wrong("not escaped", line);
}

static const char *
check_labels(const char *p)
{
	char names[20][128];
	unsigned n = 0;

	do {
		p = take_name(p + 1, names[n]);
		for (unsigned i = 0; i < n; i++)
			if (strcmp(names[i], names[n]) == 0)
				wrong("a label twice", p);
		assert_true(++n < ARRAY_LEN(names));
		if (p[0] != '=' || p[1] != '"' || p[2] == '"')
			wrong("expected a text", p);
		for (p += 2; *p != '"'; p++) {
			if (*p == '\\' && !strchr("\\\"n", *++p))
				wrong("no such escape", p);
			if (*p == '\n')
				wrong("a text over two lines", p);
		}
		p++;
	} while (*p == ',');
	if (*p != '}')
		wrong("expected }", p);
	return p + 1;
}

static const char *
check_number(const char *p)
{
	char *end;
	double v = strtod(p, &end);

	if (end == p || !isfinite(v) || strspn(p, "0123456789+-.e") != (size_t)(end - p))
		wrong("expected a number", p);
	return end;
}

static void
check_sample(struct page *pg, const char *line)
{
	char name[128], expected[140];
	const char *p = take_name(line, name);

	assert_true(pg->nfamilies && pg->nseries < ARRAY_LEN(pg->series));
	snprintf(expected, sizeof expected, "%s%s", pg->family[pg->nfamilies - 1], pg->suffix);
	if (strcmp(name, expected) != 0)
		wrong("not of the family", line);
	if (*p == '{')
		p = check_labels(p);
	pg->series[pg->nseries] = line;
	pg->length[pg->nseries++] = (size_t)(p - line);
	if (*p++ != ' ')
		wrong("expected a value", line);
	p = check_number(p);
	if (*p == ' ' && pg->timed)
		p = check_number(p + 1);
	else if (pg->timed)
		wrong("expected a time", line);
	if (*p != '\n')
		wrong("expected the end of the line", p);
	pg->values++;
}

/* A label that is empty is none, so that two are the same only when their texts are. */
static void
check_series(const struct page *pg)
{
	struct index ix = {0};

	index_reset(&ix, pg->nseries);
	for (size_t i = 0; i < pg->nseries; i++) {
		uint64_t hash = hash_bytes(pg->series[i], pg->length[i]), pos = hash;
		uint32_t k;

		while ((k = index_probe(&ix, &pos)) != UINT32_MAX)
			if (pg->length[i] == pg->length[k] &&
			    memcmp(pg->series[i], pg->series[k], pg->length[i]) == 0)
				wrong("a series twice", pg->series[i]);
		index_add(&ix, hash, (uint32_t)i);
	}
	index_release(&ix);
}

static const struct page *
check_page(const struct buf *b, bool classic, bool timed)
{
	static struct page pg;
	const char *end = b->data + b->len, *line = b->data;

	pg = (struct page){.classic = classic, .timed = timed};
	if (!b->len)
		return &pg;
	assert_int_equal(strlen(b->data), b->len);
	assert_true(is_visible(b));
	for (; line < end; line = strchr(line, '\n') + 1) {
		if (strcmp(line, "# EOF\n") == 0 && !classic)
			break;
		if (*line == '#')
			check_comment(&pg, line);
		else
			check_sample(&pg, line);
	}
	if (!classic)
		assert_string_equal(line, "# EOF\n");
	assert_true(pg.values || !pg.nfamilies);
	check_series(&pg);
	return &pg;
}

static void
put(struct buf *b, const struct frame *f, const struct selected *s, bool classic, bool timed)
{
	buf_clear(b);
	if (classic) {
		prometheus_frame(b, f, s->sel, TABLE_COUNT);
		return;
	}
	openmetrics_frame(b, f, s->sel, TABLE_COUNT, timed);
	openmetrics_end(b);
}

static void
test_page(void **state)
{
	static const uint8_t fields[] = {PROC_PID,   PROC_START, PROC_CPU, PROC_CPU_RATIO,
					 PROC_RCHAR, PROC_NICE,  PROC_COMMAND, PROC_USER,
					 PROC_KTHREAD, PROC_PPID, PROC_THREADS, PROC_MEM_SHARE};
	static const char page[] =
		"# TYPE sonde_proc_start_time_seconds gauge\n"
		"# UNIT sonde_proc_start_time_seconds seconds\n"
		"# HELP sonde_proc_start_time_seconds Moment the process started, by the wall clock.\n"
		"sonde_proc_start_time_seconds{pid=\"1\",name=\"a\\\\b\\\"\\n\xef\xbf\xbd\"} "
		"1730642731.000000001\n"
		"# TYPE sonde_proc_cpu_seconds counter\n"
		"# UNIT sonde_proc_cpu_seconds seconds\n"
		"# HELP sonde_proc_cpu_seconds CPU time used since the start, all threads, ended ones "
		"too; to the nanosecond where the process's CPU clock can be asked, else in clock "
		"ticks.\n"
		"sonde_proc_cpu_seconds_total{pid=\"1\",name=\"a\\\\b\\\"\\n\xef\xbf\xbd\"} 3.25\n"
		"sonde_proc_cpu_seconds_total{pid=\"2\"} 18446744073.709551615\n"
		"# TYPE sonde_proc_read_chars_bytes counter\n"
		"# UNIT sonde_proc_read_chars_bytes bytes\n"
		"# HELP sonde_proc_read_chars_bytes Bytes that read calls gave, from anywhere.\n"
		"sonde_proc_read_chars_bytes_total{pid=\"2\"} 18446744073709551615\n"
		"# TYPE sonde_proc_nice gauge\n"
		"# HELP sonde_proc_nice Nice value, -20 (favoured) to 19.\n"
		"sonde_proc_nice{pid=\"2\"} -20\n"
		"# TYPE sonde_proc_kernel_thread gauge\n"
		"# HELP sonde_proc_kernel_thread True for a thread of the kernel.\n"
		"sonde_proc_kernel_thread{pid=\"2\"} 1\n"
		"# TYPE sonde_proc_threads gauge\n"
		"# HELP sonde_proc_threads Threads of the process.\n"
		"sonde_proc_threads{pid=\"2\"} 7\n"
		"# TYPE sonde_proc_memory_ratio gauge\n"
		"# UNIT sonde_proc_memory_ratio ratio\n"
		"# HELP sonde_proc_memory_ratio Resident memory as a share of the machine's.\n"
		"sonde_proc_memory_ratio{pid=\"2\"} 0.25\n";
	struct frame *f = proc_frame(2);
	uint32_t rows[] = {0, 1};
	struct sink_select sel = {TABLE_PROC, fields, ARRAY_LEN(fields), rows, 2};
	struct buf b = {0};

	(void)state;
	row_str(proc_row(f, 0), PROC_NAME, "a\\b\"\n\x9b");
	row_str(proc_row(f, 0), PROC_COMMAND, "psql --password=secret");
	row_u64(proc_row(f, 0), PROC_START, 1730642731000000001);
	row_u64(proc_row(f, 0), PROC_CPU, 3250000000);
	row_f64(proc_row(f, 0), PROC_CPU_RATIO, 0.5);
	row_f64(proc_row(f, 0), PROC_MEM_SHARE, NAN);
	row_u64(proc_row(f, 1), PROC_CPU, UINT64_MAX);
	row_u64(proc_row(f, 1), PROC_RCHAR, UINT64_MAX);
	row_i64(proc_row(f, 1), PROC_NICE, -20);
	row_str(proc_row(f, 1), PROC_NAME, "");
	row_u64(proc_row(f, 1), PROC_PPID, 1);
	row_u64(proc_row(f, 1), PROC_KTHREAD, 1);
	row_u64(proc_row(f, 1), PROC_THREADS, 7);
	row_f64(proc_row(f, 1), PROC_MEM_SHARE, 0.25);
	openmetrics_frame(&b, f, &sel, 1, false);
	assert_string_equal(b.data, page);

	/* Without its counter there is the rate; with time. */
	buf_clear(&b);
	sel.field = &fields[3];
	sel.nfields = 1;
	openmetrics_frame(&b, f, &sel, 1, true);
	assert_non_null(strstr(b.data, "\xbd\"} 0.5 1730642731.25\n"));
	buf_clear(&b);
	sel.field = &fields[2];
	prometheus_frame(&b, f, &sel, 1);
	assert_non_null(strstr(b.data, "# TYPE sonde_proc_cpu_seconds_total counter\n"
				       "# HELP sonde_proc_cpu_seconds_total CPU time"));
	assert_null(strstr(b.data, "UNIT"));
	buf_release(&b);
	frame_unref(f);
}

/* What the machine is, in words; CPUs without the sum of them. */
static void
test_machine(void **state)
{
	struct field_set want[TABLE_COUNT] = {0};
	static const uint8_t net[] = {NET_LINK, NET_PHYSICAL}, cpu[] = {CPU_USER, CPU_BUSY_RATIO};
	static const uint32_t rows[] = {0, 1};
	struct sink_select sel[] = {{TABLE_NET, net, 2, rows, 2}, {TABLE_CPU, cpu, 2, rows, 2}};
	struct buf b = {0};
	struct frame *f;
	struct row r;

	(void)state;
	memset(&want[TABLE_NET], 0xff, sizeof want[0]);
	memset(&want[TABLE_CPU], 0xff, sizeof want[0]);
	f = frame_begin(pool, want, strings);
	r = table_add_row(&f->table[TABLE_NET], (struct row_key){1, 0});
	row_str(r, NET_NAME, "lo");
	row_u64(r, NET_PHYSICAL, 0);
	r = table_add_row(&f->table[TABLE_NET], (struct row_key){2, 0});
	row_str(r, NET_NAME, "eth0");
	row_str(r, NET_LINK, "up");
	r = table_add_row(&f->table[TABLE_CPU], (struct row_key){0, 0});
	row_i64(r, CPU_CPU, -1);
	row_u64(r, CPU_USER, 1000000000);
	row_f64(r, CPU_BUSY_RATIO, 0.5);
	r = table_add_row(&f->table[TABLE_CPU], (struct row_key){1, 0});
	row_i64(r, CPU_CPU, 0);
	row_u64(r, CPU_USER, 1);
	row_f64(r, CPU_BUSY_RATIO, 0.5);
	openmetrics_frame(&b, f, sel, 2, false);
	assert_string_equal(b.data, "# TYPE sonde_net info\n"
				    "# HELP sonde_net Network interfaces.\n"
				    "sonde_net_info{name=\"eth0\",link=\"up\"} 1\n"
				    "# TYPE sonde_net_physical gauge\n"
				    "# HELP sonde_net_physical False for loopback and for interfaces "
				    "made of others (veth, bridge, bond, tun, docker), told by "
				    "sysfs, or by name where that is missing.\n"
				    "sonde_net_physical{name=\"lo\"} 0\n"
				    "# TYPE sonde_cpu_user_seconds counter\n"
				    "# UNIT sonde_cpu_user_seconds seconds\n"
				    "# HELP sonde_cpu_user_seconds Time in user mode since boot.\n"
				    "sonde_cpu_user_seconds_total{cpu=\"0\"} 0.000000001\n");
	buf_clear(&b);
	sel[1].nrows = 1;
	prometheus_frame(&b, f, sel, 2);
	assert_non_null(strstr(b.data, "# TYPE sonde_net_info gauge\n"));
	assert_non_null(strstr(b.data, "{cpu=\"-1\"} 1\n"));
	buf_release(&b);
	frame_unref(f);
}

/* Rows that cannot be told apart any more: the first stays. */
static void
test_same(void **state)
{
	struct field_set want[TABLE_COUNT] = {0};
	static const char *const names[] = {"\xff", "\xfe", "x", "x\xff"};
	static const uint8_t fields[] = {NET_RX};
	static const uint32_t rows[] = {0, 1, 2, 3, 4, 5};
	struct sink_select sel = {TABLE_NET, fields, 1, rows, 6};
	struct buf b = {0}, longest = {0};
	struct frame *f;
	size_t lines = 0;

	(void)state;
	memset(&want[TABLE_NET], 0xff, sizeof want[0]);
	f = frame_begin(pool, want, strings);
	for (unsigned i = 0; i < 6; i++) {
		struct row r = table_add_row(&f->table[TABLE_NET], (struct row_key){i, 0});

		buf_clear(&longest);
		buf_pad(&longest, 'y', SERIES_LABEL_MAX + i);
		row_str(r, NET_NAME, i < 4 ? names[i] : strpool_add(strings, longest.data,
								   longest.len));
		row_u64(r, NET_RX, i);
	}
	openmetrics_frame(&b, f, &sel, 1, false);
	openmetrics_end(&b);
	check_page(&b, false, false);
	for (const char *p = b.data; (p = strstr(p, "_total{")); p++)
		lines++;
	assert_int_equal(lines, 4); /* of "\xff" and "\xfe", and of the long ones */
	assert_non_null(strstr(b.data, "yyy\xe2\x80\xa6\"} 4\n"));
	buf_release(&b);
	buf_release(&longest);
	frame_unref(f);
}

static bool
is_derived(const struct field *f)
{
	return f->kind == KIND_RATE ||
	       (f->kind == KIND_SHARE &&
		(f->of == FIELD_NO || field_of(f->of)->kind == KIND_COUNTER));
}

/* Each field of every table has a name that is no other's, derived ones too. */
static void
test_names(void **state)
{
	struct frame *f = full_frame(pool, strings, "x");
	struct buf b = {0};
	struct selected s;
	const struct page *pg;
	unsigned before;

	(void)state;
	select_all(&s, f);
	put(&b, f, &s, true, false);
	check_page(&b, true, false);
	put(&b, f, &s, false, true);
	pg = check_page(&b, false, true);
	before = pg->nfamilies;
	assert_true(before > 200);
	assert_null(strstr(b.data, "per_second"));
	/* Alone none of them hides another. */
	b.len -= strlen("# EOF\n");
	for (int t = 0; t < TABLE_COUNT; t++) {
		uint8_t all[FIELDS_MAX];
		unsigned n = s.sel[t].nfields;

		memcpy(all, s.field[t], n);
		s.sel[t].nfields = 0;
		for (unsigned i = 0; i < n; i++)
			if (is_derived(&schema[t].field[all[i]]))
				s.field[t][s.sel[t].nfields++] = all[i];
	}
	openmetrics_frame(&b, f, s.sel, TABLE_COUNT, true);
	openmetrics_end(&b);
	pg = check_page(&b, false, true);
	assert_true(pg->nfamilies > before + 80);
	buf_release(&b);
	frame_unref(f);
}

static void
test_private(void **state)
{
	struct frame *f = full_frame(pool, strings, "secret");
	struct buf b = {0};
	struct selected s;

	(void)state;
	for (int t = 0; t < TABLE_COUNT; t++)
		for (unsigned i = 0; i < schema[t].nfields; i++)
			if (schema[t].field[i].type == TYPE_STR &&
			    !(schema[t].field[i].flags & FIELD_PRIVATE))
				row_str((struct row){&f->table[t], 0}, i, "known");
	select_all(&s, f);
	put(&b, f, &s, false, false);
	assert_null(strstr(b.data, "secret"));
	assert_non_null(strstr(b.data, "sonde_proc_resident_bytes{pid=\"1\",name=\"known\"} 1\n"));
	buf_release(&b);
	frame_unref(f);
}

static void
test_random(void **state)
{
	struct buf b = {0};
	struct machine m;
	struct selected s;
	unsigned families = 0, frames = how_many(20, 60);

	(void)state;
	machine_init(&m, 7);
	for (unsigned i = 0; i < frames; i++) {
		struct frame *f = machine_next(&m, NULL);

		if (i % 4)
			make_hostile(&m, f);
		select_all(&s, f);
		for (int k = 0; k < 3; k++) {
			put(&b, f, &s, k == 0, k == 2);
			families += check_page(&b, k == 0, k == 2)->nfamilies;
		}
		frame_unref(f);
	}
	assert_true(families > 33 * frames);
	machine_release(&m);
	buf_release(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_page, setup, teardown),
		cmocka_unit_test_setup_teardown(test_machine, setup, teardown),
		cmocka_unit_test_setup_teardown(test_same, setup, teardown),
		cmocka_unit_test_setup_teardown(test_names, setup, teardown),
		cmocka_unit_test_setup_teardown(test_private, setup, teardown),
		cmocka_unit_test(test_random),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
