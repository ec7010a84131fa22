/* The filter language: what it matches, what it refuses and where, and its laws. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/mem.h"
#include "query/filter.h"
#include "query/regex.h"

static struct frame_pool *pool;
static struct strpool *strings;
static struct frame *frame;

enum { MB = 1 << 20 };

/* Negative or NULL: the cell is absent. */
static const struct {
	unsigned pid;
	const char *name, *command, *user, *state, *cgroup;
	int64_t resident;
	double cpu;
	int64_t age_s, nice;
	bool kthread;
} people[] = {
	{1, "systemd", "/sbin/init splash", "root", "S", "/init.scope", 12 * MB, 0.001, 1036800, 0, false},
	{2, "kthreadd", NULL, "root", "S", NULL, 0, 0, 1036800, 0, true},
	{1203, "nginx", "nginx: worker process", "www", "S", "/system.slice/nginx.service", 212 * MB, 0.12,
	 7200, 0, false},
	{3310, "java", "java -jar orders.jar --profile=prod http://x=1", "app", "S",
	 "/docker/0a1b2c", INT64_C(3481) * MB, 0.098, 86400, 5, false},
	{20417, "postgres", "postgres: checkpointer (main)", "postgres", "D",
	 "/system.slice/postgresql.service", 1126 * MB, 0.412, 30, -5, false},
	{4000, "Defunct One", NULL, "app", "Z", NULL, -1, -1, 90, 0, false},
};

static int
setup(void **state)
{
	struct field_set want[TABLE_COUNT] = {0};
	struct table *t;

	(void)state;
	for (unsigned i = 0; i < PROC_FIELDS; i++)
		field_set_add(&want[TABLE_PROC], i);
	for (unsigned i = 0; i < CPU_FIELDS; i++)
		field_set_add(&want[TABLE_CPU], i);
	for (unsigned i = 0; i < NET_FIELDS; i++)
		field_set_add(&want[TABLE_NET], i);
	pool = frame_pool_new();
	strings = strpool_new();
	frame = frame_begin(pool, want, strings);
	t = &frame->table[TABLE_PROC];
	for (size_t i = 0; i < ARRAY_LEN(people); i++) {
		struct row r = table_add_row(t, (struct row_key){people[i].pid, 100 + i});

		row_u64(r, PROC_PID, people[i].pid);
		row_str(r, PROC_NAME, people[i].name);
		row_str(r, PROC_COMMAND, people[i].command);
		row_str(r, PROC_USER, people[i].user);
		row_str(r, PROC_STATE, people[i].state);
		row_str(r, PROC_CGROUP, people[i].cgroup);
		if (people[i].resident >= 0)
			row_u64(r, PROC_RES, (uint64_t)people[i].resident);
		if (people[i].cpu >= 0)
			row_f64(r, PROC_CPU_RATIO, people[i].cpu);
		row_u64(r, PROC_AGE, (uint64_t)people[i].age_s * NS_PER_S);
		row_i64(r, PROC_NICE, people[i].nice);
		row_u64(r, PROC_KTHREAD, people[i].kthread);
		row_u64(r, PROC_START, 0);
	}
	for (int i = -1; i < 4; i++)
		row_i64(table_add_row(&frame->table[TABLE_CPU], (struct row_key){(uint64_t)i, 0}), CPU_CPU,
			i);
	for (int i = 0; i < 3; i++)
		row_str(table_add_row(&frame->table[TABLE_NET], (struct row_key){(uint64_t)i, 0}), NET_NAME,
			i == 0 ? "lo" : i == 1 ? "eth0" : "eth1");
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	frame_unref(frame);
	strpool_unref(strings);
	frame_pool_free(pool);
	return 0;
}

/* The rows that match, as digits. */
static void
matches(const struct filter *f, const struct table *t, char out[16])
{
	for (uint32_t i = 0; i < t->nrows; i++)
		if (filter_match(f, t, i))
			*out++ = (char)('0' + i);
	*out = '\0';
}

static const struct {
	const char *text, *rows;
} good[] = {
	/* words */
	{"", "012345"},
	{"  \t", "012345"},
	{"nginx", "2"},
	{"NGINX", "2"},
	{"one", "5"},
	{"defunct", "5"},
	{"\"defunct one\"", "5"},
	{"worker process", "2"},
	{"\"worker process\"", "2"},
	{"\"process worker\"", ""},
	{"process worker", "2"},
	{"splash", "0"},
	{"www", ""},
	{"1203", "2"},
	{"\"1203\"", ""},
	{"1", "03"},
	{"http://x=1", "3"},
	{"--profile=prod", "3"},
	{"root|nginx", "2"},
	{"java|nginx", "23"},
	{"rss", ""},
	{"\\", ""},
	{"->", ""},
	{"'", ""},
	{"nginx:", "2"},
	{"\"(main)\"", "4"},
	{"\"and\"", ""},
	{"android", ""},
	/* numbers and units */
	{"rss>500M", "34"},
	{"rss > 500M", "34"},
	{"RES>500m", "34"},
	{"resident_bytes>500MiB", "34"},
	{"rss>500MB", "34"},
	{"rss>0.5G", "34"},
	{"rss>.5g", "34"},
	{"rss>=212M", "234"},
	{"rss=212M", "2"},
	{"rss==212M", "2"},
	{"rss=222298112", "2"},
	{"rss=222298112B", "2"},
	{"rss<=12M", "01"},
	{"rss=0", "1"},
	{"rss!=0", "0234"},
	{"rss>1E", ""},
	{"cpu>5", "234"},
	{"cpu>5%", "234"},
	{"CPU%>5", "234"},
	{"cpu>=12", "24"},
	{"cpu=12", "2"},
	{"cpu<0.5", "01"},
	{"cpu>0.05", "0234"},
	{"cpu=0.1", "0"},
	{"cpu!=12", "0134"},
	{"age<1m", "4"},
	{"age<60", "4"},
	{"age<60s", "4"},
	{"age<=1m30s", "45"},
	{"age<1.5m", "4"},
	{"age>90000ms", "0123"},
	{"age>=2h", "0123"},
	{"age>1d", "01"},
	{"age=12d", "01"},
	{"age>1w", "01"},
	{"age>1y", ""},
	{"nice=-5", "4"},
	{"nice<0", "4"},
	{"NI>0", "3"},
	{"nice>-5", "01235"},
	{"pid=1|2|4000", "015"},
	{"pid!=1|2|4000", "234"},
	{"pid=\"1203\"", "2"},
	{"read>1M/s", ""},
	{"threads>10k", ""},
	/* texts */
	{"user=root", "01"},
	{"user=ROOT", "01"},
	{"user=roo", ""},
	{"user=root|www", "012"},
	{"user!=root|www", "345"},
	{"user=root | www", "01"},
	{"user=root|rss>1G", "0134"},
	{"user=root|(rss>1G)", "0134"},
	{"user=r*", "01"},
	{"user=*", "012345"},
	{"user=?pp", "35"},
	{"user=\"r*\"", ""},
	{"user=p*g*s", "4"},
	{"user=*o*t*", "014"},
	{"comm=\"defunct one\"", "5"},
	{"comm=defunct?one", "5"},
	{"user!=r*", "2345"},
	{"state=D", "4"},
	{"S=d|z", "45"},
	{"state=D|Z", "45"},
	{"cgroup~/docker/", "3"},
	{"cgroup~docker", "3"},
	{"cgroup~/system.slice/nginx", "2"},
	{"cgroup~/system\\.slice/", "24"},
	{"cgroup~/^\\/system/", "24"},
	{"cgroup!~docker", "024"},
	{"not cgroup~docker", "01245"},
	{"cmd~^nginx", "2"},
	{"cmd~/worker process$/", "2"},
	{"cmd~\"worker process$\"", "2"},
	{"cmd~(nginx|java)", "23"},
	{"cmd~nginx|java", "23"},
	{"(cmd~(nginx|java))", "23"},
	{"cmd~[)|j]ava", "3"},
	{"cmd~[\\])|j]ava", "3"},
	{"user~^P", "4"},
	{"comm~'", ""},
	{"command=\"\"", ""},
	{"command!=\"\"", "0234"},
	{"cmd~(-jar)?(or)+", "23"},
	{"cmd~o{1,2}", "234"},
	{"cmd~(o+)+", "234"},
	{"cmd~(a*)*x", "23"},
	{"cmd~/^(nginx|java)[: ]/", "23"},
	{"cmd~(?<=\\()main\\b", "4"},
	{"cmd~\\bain", ""},
	{"cmd~/\\d[[:xdigit:]]*=|=\\d/", "3"},
	{"cmd~(w?o.?){1,2}k", "2"},
	/* yes or no */
	{"kernel_thread", "1"},
	{"not kernel_thread", "02345"},
	{"!kernel_thread", "02345"},
	{"kernel_thread=yes", "1"},
	{"kernel_thread=true", "1"},
	{"kernel_thread=1", "1"},
	{"kernel_thread!=no", "1"},
	{"KTHR=no", "02345"},
	{"kthr=false", "02345"},
	{"\"kernel_thread\"", ""},
	/* absent cells */
	{"rss>=0", "01234"},
	{"not rss>=0", "5"},
	{"rss!=5", "01234"},
	{"command~.", "0234"},
	{"command!~zzz", "0234"},
	/* and, or, not */
	{"user=root and rss>1M", "0"},
	{"user=root rss>1M", "0"},
	{"user=root && rss>1M", "0"},
	{"user=app or user=www", "235"},
	{"user=app || user=www", "235"},
	{"user=app | user=www", "235"},
	{"USER=app OR USER=www", "235"},
	{"user=root or user=app and state=Z", "015"},
	{"(user=root or user=app) and state=Z", "5"},
	{"(user=root|user=app)state=Z", "5"},
	{"not user=root and not user=app", "24"},
	{"not (user=root or user=app)", "24"},
	{"not not user=root", "01"},
	{"!!user=root", "01"},
	{"! user=root", "2345"},
	{"not nginx", "01345"},
	{"!nginx", "01345"},
	{"!(nginx)", "01345"},
	{"nginx or", NULL},
	{"user=app|postgres and rss>100M", "34"},
	{"((((nginx))))", "2"},
};

/* Mistakes: where, and a part of what is said. */
static const struct {
	const char *text;
	int at;
	const char *says;
} bad[] = {
	{"rss>", 4, "expected a value after rss>"},
	{"rss> ", 5, "expected a value after rss>"},
	{"rss>)", 4, "expected a value after rss>"},
	{"rsss>5", 0, "unknown field \"rsss\", did you mean rss?"},
	{"nginx rsss>5", 6, "unknown field \"rsss\""},
	{"qqqqqqqqqq=5", 0, "unknown field \"qqqqqqqqqq\"; \"sonde fields\" lists them"},
	{"user=root|foo=1", 10, "unknown field \"foo\""},
	{"age>5k", 5, "unit k is not one of a time: ms s m h d"},
	{"rss>5q", 5, "unit q is not one of bytes: K M G T"},
	{"cpu>5s", 5, "unit s is not one of a share: %"},
	{"threads>5%", 9, "unit % is not one of a count: k M G"},
	{"pid=5k", 5, "expected a number without a unit for pid"},
	{"rss>abc", 4, "expected a number for resident_bytes, such as 500M"},
	{"rss>\"abc\"", 5, "expected a number"},
	{"rss>-", 5, "expected a number"},
	{"rss>.", 4, "expected a number"},
	{"rss>1M2M", 6, "expected nothing after \"1M\""},
	{"rss>9999999999999999999", 4, "expected a number"},
	{"age>1h30", 8, "expected a unit after \"1h30\""},
	{"start>1h", 0, "start_time_ns is a moment, which filters do not compare: use age, as in age<1h"},
	{"user>root", 4, "user is a text: expected = != ~ or !~ after it"},
	{"user <= root", 5, "user is a text"},
	{"pid~1", 3, "pid is a number: expected = != < <= > or >= after it"},
	{"kernel_thread>1", 13, "kernel_thread is yes or no: expected = or != after it"},
	{"kernel_thread=maybe", 14, "expected yes or no for kernel_thread"},
	{"pid>1|2", 3, "expected one value after >"},
	{"(nginx", 6, "expected )"},
	{"nginx)", 5, "there is no ( for this )"},
	{"()", 1, "expected a word or a comparison after ("},
	{")", 0, "expected a word or a comparison"},
	{"nginx and", 9, "expected a word or a comparison after and"},
	{"nginx or ", 9, "expected a word or a comparison after or"},
	{"nginx or or x", 9, "expected a word or a comparison after or"},
	{"and nginx", 0, "expected a word or a comparison"},
	{"| nginx", 0, "expected a word or a comparison"},
	{"not", 3, "expected a word or a comparison after not"},
	{"!", 1, "expected a word or a comparison after !"},
	{">5", 0, "expected a field before >"},
	{"nginx and >5", 10, "expected a field before >"},
	{"rss>5 <6", 6, "expected a field before <"},
	{"!=5", 0, "expected a field before !="},
	{"\"nginx", 0, "expected a closing \""},
	{"user=\"nginx", 5, "expected a closing \""},
	{"\"\"", 0, "expected something between the quotes"},
	{"rss>", 4, "such as 500M"},
	{"age< and x", 5, "expected a number for age_ns, such as 1m"},
	{"cmd~(", 5, "regular expression: missing closing parenthesis"},
	{"cmd~/(/", 6, "regular expression: missing closing parenthesis"},
	{"cmd~\"a(\"", 7, "regular expression: missing closing parenthesis"},
	{"cmd~/a)b/", 6, "regular expression: unmatched closing parenthesis"},
	{"cmd~//", 4, "expected a regular expression"},
	{"cmd~\"\"", 4, "expected a regular expression"},
	{"cmd~(a)\\1", 4, "regular expression: there are no back references"},
};

/* Where there is no pcre2: it has an expression, and is refused for that. */
static bool
lacks_regex(const char *text)
{
	struct err e;
	struct filter *f = regex_available() ? NULL : filter_parse(text, TABLE_PROC, &e);

	filter_free(f);
	return !regex_available() && !f && strstr(e.text, "pcre2");
}

static void
test_good(void **state)
{
	char rows[16];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		struct err e = {.at = -1};
		struct filter *f = filter_parse(good[i].text, TABLE_PROC, &e);

		if (lacks_regex(good[i].text))
			continue;
		if (!good[i].rows) {
			assert_null(f);
			continue;
		}
		if (!f)
			fail_msg("%s: %s (at %d)", good[i].text, e.text, e.at);
		matches(f, &frame->table[TABLE_PROC], rows);
		if (strcmp(rows, good[i].rows) != 0)
			fail_msg("%s: got \"%s\", expected \"%s\"", good[i].text, rows, good[i].rows);
		filter_free(f);
	}
}

static void
test_bad(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct err e = {.at = -1};
		struct filter *f = filter_parse(bad[i].text, TABLE_PROC, &e);

		if (f)
			fail_msg("%s: was accepted", bad[i].text);
		if (lacks_regex(bad[i].text))
			continue;
		if (e.at != bad[i].at || !strstr(e.text, bad[i].says))
			fail_msg("%s: \"%s\" at %d, expected \"%s\" at %d", bad[i].text, e.text, e.at,
				 bad[i].says, bad[i].at);
		assert_null(filter_parse(bad[i].text, TABLE_PROC, NULL));
	}
}

static void
test_limits(void **state)
{
	struct err e;
	struct filter *f;
	struct buf b = {0};

	(void)state;
	buf_pad(&b, '(', 64);
	buf_puts(&b, "x");
	buf_pad(&b, ')', 64);
	f = filter_parse(b.data, TABLE_PROC, &e);
	assert_non_null(f);
	filter_free(f);
	buf_clear(&b);
	buf_pad(&b, '(', 65);
	assert_null(filter_parse(b.data, TABLE_PROC, &e));
	assert_int_equal(e.at, 64);
	assert_non_null(strstr(e.text, "at most 64 parentheses"));

	buf_clear(&b);
	for (int i = 0; i < 256; i++)
		buf_puts(&b, "ab ");
	f = filter_parse(b.data, TABLE_PROC, &e);
	assert_non_null(f);
	filter_free(f);
	buf_puts(&b, "z");
	assert_null(filter_parse(b.data, TABLE_PROC, &e));
	assert_int_equal(e.at, 768);
	assert_non_null(strstr(e.text, "at most 256 words"));

	buf_clear(&b);
	buf_pad(&b, '!', 4095);
	buf_puts(&b, "x");
	f = filter_parse(b.data, TABLE_PROC, &e);
	assert_non_null(f);
	buf_clear(&b);
	filter_print(f, &b);
	assert_string_equal(b.data, "not x");
	filter_free(f);
	buf_clear(&b);
	buf_pad(&b, 'x', 4097);
	assert_null(filter_parse(b.data, TABLE_PROC, &e));
	assert_non_null(strstr(e.text, "at most 4096 bytes"));

	buf_clear(&b);
	buf_puts(&b, "cmd~");
	buf_pad(&b, 'x', 257);
	assert_null(filter_parse(b.data, TABLE_PROC, &e));
	assert_non_null(strstr(e.text, regex_available() ? "expected at most 256 bytes" : "pcre2"));
	buf_clear(&b);
	buf_pad(&b, 'q', 300);
	buf_puts(&b, "=1");
	assert_null(filter_parse(b.data, TABLE_PROC, &e));
	buf_release(&b);
}

static void
test_other_tables(void **state)
{
	static const struct {
		enum table_id t;
		const char *text, *rows;
	} cases[] = {
		{TABLE_CPU, "2", "3"},         {TABLE_CPU, "cpu>=2", "34"}, {TABLE_CPU, "cpu=-1", "0"},
		{TABLE_CPU, "nothing", ""},    {TABLE_NET, "eth", "12"},    {TABLE_NET, "name=lo", "0"},
		{TABLE_NET, "IFACE=e*0", "1"}, {TABLE_NET, "1", "2"},
	};
	struct err e;
	char rows[16];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct filter *f = filter_parse(cases[i].text, cases[i].t, &e);

		assert_non_null(f);
		matches(f, &frame->table[cases[i].t], rows);
		assert_string_equal(rows, cases[i].rows);
		filter_free(f);
	}
	assert_null(filter_parse("boot>1h", TABLE_SYSTEM, &e));
	assert_null(strstr(e.text, "age"));
}

static void
test_fields(void **state)
{
	static const struct {
		const char *text;
		int fields[5];
	} cases[] = {
		{"", {-1}},
		{"nginx", {PROC_NAME, PROC_COMMAND, -1}},
		{"12", {PROC_NAME, PROC_COMMAND, PROC_PID, -1}},
		{"rss>1 and not (user=root or S=D)", {PROC_RES, PROC_USER, PROC_STATE, -1}},
		{"kernel_thread", {PROC_KTHREAD, -1}},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct filter *f = filter_parse(cases[i].text, TABLE_PROC, NULL);
		struct field_set got = {0}, want = {0};

		assert_non_null(f);
		filter_fields(f, &got);
		for (int k = 0; cases[i].fields[k] >= 0; k++)
			field_set_add(&want, (unsigned)cases[i].fields[k]);
		assert_memory_equal(&got, &want, sizeof got);
		filter_free(f);
	}
}

/* Prints and parses again: the same rows, the same text. */
static void
check_print(const char *text)
{
	struct filter *f = filter_parse(text, TABLE_PROC, NULL), *again;
	struct buf a = {0}, b = {0};
	char rows[16], rows_again[16];
	struct err e;

	if (!f)
		return;
	buf_puts(&a, "");
	buf_puts(&b, "");
	filter_print(f, &a);
	/* What is printed can be longer than what may be typed. */
	again = a.len <= 4096 ? filter_parse(a.data, TABLE_PROC, &e) : NULL;
	if (!again && a.len <= 4096)
		fail_msg("%s: printed as %s: %s at %d", text, a.data, e.text, e.at);
	if (again) {
		matches(f, &frame->table[TABLE_PROC], rows);
		matches(again, &frame->table[TABLE_PROC], rows_again);
		filter_print(again, &b);
		if (strcmp(rows, rows_again) != 0 || strcmp(a.data, b.data) != 0)
			fail_msg("%s: printed as %s, then as %s", text, a.data, b.data);
	}
	filter_free(f);
	filter_free(again);
	buf_release(&a);
	buf_release(&b);
}

static void
test_print(void **state)
{
	static const char *const cases[][2] = {
		{"  ", ""},
		{"nginx  worker", "nginx and worker"},
		{"RES>500m", "resident_bytes>500m"},
		{"user = root|\"www\"|\"a b\"", "user=root|www|\"a b\""},
		{"(a | b) c", "(a or b) and c"},
		{"a b | c", "a and b or c"},
		{"(a b) (c d)", "a and b and c and d"},
		{"!(a b)", "not (a and b)"},
		{"!!(a|b)", "a or b"},
		{"cgroup~/docker/", "cgroup~/docker/"},
		{"cgroup~/system.slice/x", "cgroup~/\\/system.slice\\/x/"},
		{"http://x=1", "\"http://x=1\""},
		{"kernel_thread", "kernel_thread=yes"},
		{"\"kernel_thread\" \"12\" 12", "\"kernel_thread\" and \"12\" and 12"},
		{"user=\"r*\"", "user=\"r*\""},
		{"user=r*", "user=r*"},
		{"user===r*", "user===r*"},
		{"\"a\\\"b\\\\c\"", "\"a\\\"b\\\\c\""},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct filter *f = filter_parse(cases[i][0], TABLE_PROC, NULL);
		struct buf b = {0};

		if (lacks_regex(cases[i][0]))
			continue;
		assert_non_null(f);
		buf_puts(&b, "");
		filter_print(f, &b);
		assert_string_equal(b.data, cases[i][1]);
		buf_release(&b);
		filter_free(f);
	}
	for (size_t i = 0; i < ARRAY_LEN(good); i++)
		check_print(good[i].text);
}

__attribute__((format(printf, 2, 3))) static void
rows_of(char out[16], const char *fmt, ...)
{
	struct err e;
	char text[512];
	struct filter *f;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	f = filter_parse(text, TABLE_PROC, &e);
	if (!f)
		fail_msg("%s: %s at %d", text, e.text, e.at);
	matches(f, &frame->table[TABLE_PROC], out);
	filter_free(f);
}

static void
test_laws(void **state)
{
	char x[16], y[16];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		const char *a = good[i].text;

		if (!good[i].rows || !*good[i].rows || strspn(a, " \t") == strlen(a) ||
		    lacks_regex(a))
			continue;
		rows_of(x, "%s", a);
		rows_of(y, "not (not (%s))", a);
		assert_string_equal(x, y);
		rows_of(y, "not (%s)", a);
		for (uint32_t r = 0; r < ARRAY_LEN(people); r++)
			assert_true(!strchr(x, '0' + (int)r) != !strchr(y, '0' + (int)r));
		for (size_t k = 0; k < ARRAY_LEN(good); k += 7) {
			const char *b = good[k].text;

			if (!good[k].rows || strspn(b, " \t") == strlen(b) || lacks_regex(b))
				continue;
			rows_of(x, "(%s) and (%s)", a, b);
			rows_of(y, "(%s) (%s)", b, a);
			assert_string_equal(x, y);
			rows_of(y, "not (not (%s) or not (%s))", a, b);
			assert_string_equal(x, y);
			rows_of(x, "(%s) or (%s)", a, b);
			rows_of(y, "(%s)|(%s)", b, a);
			assert_string_equal(x, y);
		}
	}
}

static uint64_t seed = 20250101;

static unsigned
roll(unsigned n)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (unsigned)(seed >> 33) % n;
}

static void
test_random(void **state)
{
	static const char *const tokens[] = {
		"rss",  "user", "state", "age",   "pid", "cpu",  "cgroup", "kernel_thread", "nginx", "500M",
		"5%",   "1h",   "root",  "and",   "or",  "not",  "(",      ")",             "(",     ")",
		"!",    "|",    "=",     "!=",    "<",   "<=",   ">",      ">=",            "~",     "!~",
		"\"",   " ",    " ",     " ",     "*",   "?",    "/",      "\\",            "[",     "]",
		"{2}",  "+",    "\xff",  "\xc3\xa9", "&&", "||",  "1203",   "yes",           "-",     ".",
		"cmd~", "^a",   "\t",    "\"a b\"", "S=D|Z", "x", "\n",     "$",             "user=", "%",
	};
	unsigned parsed = 0;

	(void)state;
	for (int i = 0; i < 50000; i++) {
		char text[256] = "";
		size_t n = 0;
		struct err e = {.at = -2};
		struct filter *f;

		for (unsigned k = roll(14); k--;)
			n += (size_t)snprintf(text + n, sizeof text - n, "%s%s", tokens[roll(ARRAY_LEN(tokens))],
					      roll(3) ? "" : " ");
		f = filter_parse(text, TABLE_PROC, &e);
		if (f) {
			parsed++;
			check_print(text);
		} else {
			assert_true(e.at >= 0 && (size_t)e.at <= n && *e.text);
		}
		filter_free(f);
	}
	assert_true(parsed > 5000);
}

/* The clock is only told: 20 ms is what a filter change on a screen of 10000 rows may take. */
static void
test_speed(void **state)
{
	static const char *const texts[] = {
		"worker prod", "rss>500M or cpu>=5", "user=root|www", "cmd~/(^|[ \\/])php-fpm.*[0-9]+/",
	};
	static const unsigned want_n[] = {5000, 10000, 0, 5000};
	struct field_set want[TABLE_COUNT] = {0};
	struct frame *big;
	struct table *t;

	(void)state;
	field_set_add(&want[TABLE_PROC], PROC_NAME);
	field_set_add(&want[TABLE_PROC], PROC_COMMAND);
	field_set_add(&want[TABLE_PROC], PROC_USER);
	field_set_add(&want[TABLE_PROC], PROC_RES);
	field_set_add(&want[TABLE_PROC], PROC_CPU_RATIO);
	big = frame_begin(pool, want, strings);
	t = &big->table[TABLE_PROC];
	for (unsigned i = 0; i < 10000; i++) {
		struct row r = table_add_row(t, (struct row_key){i, i});

		row_str(r, PROC_NAME, "chrome");
		row_str(r, PROC_USER, "somebody");
		row_u64(r, PROC_RES, i);
		row_f64(r, PROC_CPU_RATIO, 0.05);
		row_str(r, PROC_COMMAND,
			i % 2 ? "/usr/lib/chrome/chrome --type=renderer --lang=en-US --num-raster-threads=4"
			      : "php-fpm: pool www worker 17 (idle, wp of wordpress) prod");
	}
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		struct filter *f = filter_parse(texts[i], TABLE_PROC, NULL);
		int64_t best = INT64_MAX;
		unsigned n = 0;

		if (lacks_regex(texts[i]))
			continue;
		assert_non_null(f);
		for (int k = 0; k < 5; k++) {
			int64_t begin = clock_ns(CLOCK_PROCESS_CPUTIME_ID);

			n = 0;
			for (uint32_t row = 0; row < t->nrows; row++)
				n += filter_match(f, t, row);
			best = MIN(best, clock_ns(CLOCK_PROCESS_CPUTIME_ID) - begin);
		}
		assert_int_equal(n, want_n[i]);
		assert_false(filter_stopped(f));
		print_message("10000 rows, %s: %lld us\n", texts[i], (long long)(best / 1000));
		filter_free(f);
	}
	frame_unref(big);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),         cmocka_unit_test(test_bad),
		cmocka_unit_test(test_limits),       cmocka_unit_test(test_other_tables),
		cmocka_unit_test(test_fields),       cmocka_unit_test(test_print),
		cmocka_unit_test(test_laws),         cmocka_unit_test(test_random),
		cmocka_unit_test(test_speed),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
