/* What happened between two frames: each kind by a pair of frames that differ by one thing, and by
 * those that look like it and are not; and what the fixtures tell. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>

#include "base/clock.h"
#include "base/mem.h"
#include "feed/feed.h"
#include "frame/derive.h"
#include "frame/events.h"
#include "sample/sampler.h"

static struct frame_pool *pool;
static struct strpool *strings;
static struct frame *prev, *cur; /* a second apart; the tests add what happened */
static struct buf words;

/* One machine with everything, as it is when nothing happens. */
static struct frame *
machine(int64_t second)
{
	static const char *const resources[] = {"cpu", "memory", "io"};
	struct field_set want[TABLE_COUNT];
	struct frame *f;
	struct row r;

	memset(want, 0xff, sizeof want);
	for (int t = 0; t < TABLE_COUNT; t++)
		for (unsigned i = schema[t].nfields; i < FIELDS_MAX; i++)
			want[t].bits[i / 64] &= ~(UINT64_C(1) << i % 64);
	f = frame_begin(pool, want, strings);
	f->meta.host = "web-03";
	f->meta.seq = (uint64_t)second;
	f->meta.mono_ns = (5000 + second) * NS_PER_S;
	f->meta.wall_ns = (INT64_C(1767225600) + second) * NS_PER_S;
	f->meta.interval_ns = second ? NS_PER_S : 0;

	for (unsigned t = 0; t < TABLE_COUNT; t++)
		if (schema[t].single)
			table_add_row(&f->table[t], (struct row_key){0});
	r = (struct row){&f->table[TABLE_SYSTEM], 0};
	row_u64(r, SYSTEM_UPTIME, (uint64_t)(5000 + second) * (uint64_t)NS_PER_S);
	row_u64(r, SYSTEM_FORKS, 1000 + (uint64_t)second);
	row_u64((struct row){&f->table[TABLE_VM], 0}, VM_OOM_KILLS, 4);
	r = (struct row){&f->table[TABLE_MEMORY], 0};
	row_u64(r, MEMORY_TOTAL, 1000);
	row_u64(r, MEMORY_AVAILABLE, 600);
	for (unsigned i = 0; i < ARRAY_LEN(resources); i++) {
		r = table_add_row(&f->table[TABLE_PRESSURE], (struct row_key){i, 0});
		row_str(r, PRESSURE_RESOURCE, resources[i]);
		row_f64(r, PRESSURE_SOME10, 0.01);
		row_f64(r, PRESSURE_SOME60, 0.01);
	}
	for (int i = -1; i < 2; i++) {
		r = table_add_row(&f->table[TABLE_CPU], (struct row_key){(uint64_t)i, 0});
		row_i64(r, CPU_CPU, i);
		row_u64(r, CPU_USER, (uint64_t)(100 + second) * (uint64_t)NS_PER_MS);
		row_u64(r, CPU_IDLE, (uint64_t)(100 + second) * 3 * (uint64_t)NS_PER_MS);
	}
	return f;
}

static void
net(struct frame *f, unsigned key, const char *name, bool physical, const char *link)
{
	struct row r = table_add_row(&f->table[TABLE_NET], (struct row_key){key, 0});

	row_str(r, NET_NAME, name);
	row_u64(r, NET_PHYSICAL, physical);
	row_str(r, NET_LINK, link);
}

static void
disk(struct frame *f, unsigned minor, const char *name, bool whole)
{
	struct row r = table_add_row(&f->table[TABLE_DISK], (struct row_key){8, minor});

	row_str(r, DISK_NAME, name);
	row_u64(r, DISK_WHOLE, whole);
}

static void
proc(struct frame *f, unsigned pid, unsigned ppid, const char *name, const char *cgroup)
{
	struct row r = table_add_row(&f->table[TABLE_PROC], (struct row_key){pid, 77});

	row_u64(r, PROC_PID, pid);
	row_u64(r, PROC_PPID, ppid);
	row_u64(r, PROC_THREAD, false);
	row_u64(r, PROC_START, UINT64_C(1767000000000000000));
	row_str(r, PROC_NAME, name);
	row_str(r, PROC_CGROUP, cgroup);
}

static struct row
ended(struct frame *f, unsigned pid, unsigned ppid, unsigned code, unsigned sig)
{
	struct row r = table_add_row(&f->table[TABLE_EXIT], (struct row_key){pid, 99});

	row_u64(r, EXIT_PID, pid);
	row_u64(r, EXIT_PPID, ppid);
	if (sig)
		row_u64(r, EXIT_SIGNAL, sig);
	else
		row_u64(r, EXIT_CODE, code);
	row_u64(r, EXIT_START, UINT64_C(1767000000003000000)); /* 3 ms late, as they are */
	return r;
}

static void
psi(struct frame *f, unsigned resource, double avg10, double avg60)
{
	struct row r = {&f->table[TABLE_PRESSURE], resource};

	row_f64(r, PRESSURE_SOME10, avg10);
	row_f64(r, PRESSURE_SOME60, avg60);
}

static void
shift(struct frame *f, int64_t mono_s, int64_t wall_ms, int64_t uptime_s)
{
	f->meta.mono_ns += mono_s * NS_PER_S;
	f->meta.wall_ns += wall_ms * NS_PER_MS;
	f->table[TABLE_SYSTEM].col[SYSTEM_UPTIME][0].u += (uint64_t)(uptime_s * NS_PER_S);
}

static int
setup(void **state)
{
	(void)state;
	pool = frame_pool_new();
	strings = strpool_new();
	prev = machine(0);
	cur = machine(1);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	frame_unref(prev);
	frame_unref(cur);
	strpool_unref(strings);
	frame_pool_free(pool);
	buf_release(&words);
	return 0;
}

/* These kinds and these lines; then two new frames. */
static void
expect(unsigned kinds, const char *lines)
{
	buf_clear(&words);
	assert_int_equal(events_between(cur, prev), kinds);
	assert_int_equal(events_words(cur, prev, &words), kinds);
	assert_string_equal(words.data ? words.data : "", lines);
	frame_unref(prev);
	frame_unref(cur);
	prev = machine(0);
	cur = machine(1);
}

static void
test_nothing(void **state)
{
	(void)state;
	expect(0, "");
	assert_int_equal(events_between(cur, cur), 0);
}

static void
test_pressure(void **state)
{
	(void)state;
	psi(prev, 1, 0.09, 0.02);
	psi(cur, 1, 0.142, 0.03);
	expect(EVENT_BIT(EVENT_PRESSURE), "memory pressure over 10 %: some 14.2 % in the last 10 s\n");
	psi(prev, 0, 0.3, 0.3);
	psi(cur, 0, 0.4, 0.3);
	psi(prev, 2, 0.1999, 0);
	psi(cur, 2, 0.2, 0);
	expect(EVENT_BIT(EVENT_PRESSURE), "CPU pressure over 40 %: some 40.0 % in the last 10 s\n"
					  "I/O pressure over 20 %: some 20.0 % in the last 10 s\n");
	/* on above it; down; up again after a dip */
	psi(prev, 1, 0.11, 0.02);
	psi(cur, 1, 0.8, 0.03);
	expect(0, "");
	psi(prev, 1, 0.8, 0.03);
	psi(cur, 1, 0.05, 0.03);
	expect(0, "");
	psi(prev, 1, 0.09, 0.12);
	psi(cur, 1, 0.11, 0.12);
	expect(0, "");
	/* not sampled before */
	psi(cur, 1, 0.9, 0.1);
	prev->table[TABLE_PRESSURE].nrows = 0;
	expect(0, "");
}

static void
test_oom(void **state)
{
	struct row r;

	(void)state;
	row_u64((struct row){&cur->table[TABLE_VM], 0}, VM_OOM_KILLS, 6);
	expect(EVENT_BIT(EVENT_OOM), "out of memory: the kernel killed 2 processes\n");
	row_u64((struct row){&cur->table[TABLE_VM], 0}, VM_OOM_KILLS, 5);
	expect(EVENT_BIT(EVENT_OOM), "out of memory: the kernel killed 1 process\n");
	row_u64((struct row){&cur->table[TABLE_VM], 0}, VM_OOM_KILLS, 3); /* went back */
	expect(0, "");
	r = (struct row){&prev->table[TABLE_VM], 0};
	r.t->valid[VM_OOM_KILLS][0] = 0;
	row_u64((struct row){&cur->table[TABLE_VM], 0}, VM_OOM_KILLS, 6);
	expect(0, "");
}

static void
test_unit(void **state)
{
	(void)state;
	proc(prev, 812, 1, "nginx", "/system.slice/nginx.service");
	ended(cur, 812, 1, 1, 0);
	expect(EVENT_BIT(EVENT_UNIT), "nginx.service: nginx (812) ended with status 1\n");
	proc(prev, 812, 1, "a\nb", "/system.slice/foo@2-x.service");
	proc(prev, 900, 1, "c", "/system.slice/bar.service");
	ended(cur, 900, 1, 0, 11);
	ended(cur, 812, 1, 143, 0);
	expect(EVENT_BIT(EVENT_UNIT), "bar.service: c (900) ended by signal 11\n"
				      "foo@2-x.service: a?b (812) ended with status 143\n");
	/* the usual ends: status 0, TERM; a child of another; a session; nobody knew it; the
	 * number belonged to an older one; nothing is known of how it ended */
	proc(prev, 812, 1, "nginx", "/system.slice/nginx.service");
	ended(cur, 812, 1, 0, 0);
	expect(0, "");
	proc(prev, 812, 1, "nginx", "/system.slice/nginx.service");
	ended(cur, 812, 1, 0, 15);
	expect(0, "");
	proc(prev, 812, 44, "nginx", "/system.slice/nginx.service");
	ended(cur, 812, 44, 1, 0);
	expect(0, "");
	proc(prev, 812, 1, "vi", "/user.slice/user-0.slice/session-3.scope");
	ended(cur, 812, 1, 1, 0);
	expect(0, "");
	proc(prev, 812, 1, "vi", "/init.service/child");
	ended(cur, 812, 1, 1, 0);
	expect(0, "");
	ended(cur, 812, 1, 1, 0);
	expect(0, "");
	proc(prev, 812, 1, "nginx", "/system.slice/nginx.service");
	row_u64(ended(cur, 812, 1, 1, 0), EXIT_START, UINT64_C(1767000100000000000));
	expect(0, "");
	proc(prev, 812, 1, "nginx", "/system.slice/nginx.service");
	ended(cur, 812, 1, 1, 0).t->valid[EXIT_CODE][0] = 0;
	expect(0, "");
	proc(prev, 812, 1, "nginx", NULL);
	ended(cur, 812, 1, 1, 0);
	expect(0, "");
}

static void
test_link(void **state)
{
	static const struct {
		const char *before, *after, *lines;
	} cases[] = {
		{"up", "down", "eth0: link down\n"},
		{"down", "up", "eth0: link up\n"},
		{"up", "lowerlayerdown", "eth0: link down\n"},
		{"dormant", "up", "eth0: link up\n"},
		{"down", "notpresent", ""},
		{"up", "up", ""},
		{"unknown", "up", ""},
		{"up", "unknown", ""},
		{"up", NULL, ""},
		{NULL, "down", ""},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		net(prev, 1, "lo", false, "unknown");
		net(prev, 2, "eth0", true, cases[i].before);
		net(prev, 3, "eth1", true, "up");
		net(cur, 3, "eth1", true, "up");
		net(cur, 2, "eth0", true, cases[i].after);
		net(cur, 1, "lo", false, "unknown");
		expect(*cases[i].lines ? EVENT_BIT(EVENT_LINK) : 0, cases[i].lines);
	}
}

static void
test_time(void **state)
{
	static const struct {
		int64_t mono_s, wall_ms, uptime_s;
		const char *lines;
	} cases[] = {
		{0, -3200, 0, "the clock was set back by 3.2 s\n"},
		{0, 3600000, 0, "the clock was set forward by 1h00m\n"},
		{0, INT64_C(1767225600000), 0, "the clock was set forward by 56y 14d\n"},
		{0, 1000, 0, ""}, /* a leap second */
		{0, -1000, 0, ""},
		{0, 1200, 0, "the clock was set forward by 1.2 s\n"},
		{60, 60000, 60, ""},  /* a minute in which nobody sampled */
		{60, 60500, 60, ""},
		{0, 7800000, 7800, "asleep for 2h10m\n"},
		{0, 3000, 3, "asleep for 3.0 s\n"},
		{0, 0, 3, ""},  /* the uptime was read three seconds late */
		{0, 0, -3, ""}, /* and now it was not */
		{0, 7801500, 7800, "asleep for 2h10m\n"},
		{0, 4200000, 7800, "the clock was set back by 1h00m\nasleep for 2h10m\n"},
		{0, INT64_MIN / 4000000, 0, "the clock was set back by 73y 42d\n"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		unsigned kinds = 0;

		if (strstr(cases[i].lines, "clock"))
			kinds |= EVENT_BIT(EVENT_CLOCK);
		if (strstr(cases[i].lines, "asleep"))
			kinds |= EVENT_BIT(EVENT_SUSPEND);
		shift(cur, cases[i].mono_s, cases[i].wall_ms, cases[i].uptime_s);
		expect(kinds, cases[i].lines);
	}
	/* without an uptime nobody knows which it was */
	shift(cur, 0, 7800000, 0);
	cur->table[TABLE_SYSTEM].valid[SYSTEM_UPTIME][0] = 0;
	expect(0, "");
}

static void
test_hotplug(void **state)
{
	struct row r;

	(void)state;
	r = table_add_row(&cur->table[TABLE_CPU], (struct row_key){2, 0});
	row_i64(r, CPU_CPU, 2);
	expect(EVENT_BIT(EVENT_HOTPLUG), "CPUs 2 -> 3\n");
	cur->table[TABLE_CPU].nrows = 0; /* could not be read */
	expect(0, "");
	disk(prev, 0, "sda", true);
	disk(prev, 1, "sda1", false);
	disk(cur, 0, "sda", true);
	disk(cur, 1, "sda1", false);
	disk(cur, 16, "sdb", true);
	disk(cur, 17, "sdb1", false);
	disk(cur, 99, "loop3", false);
	net(prev, 1, "eth0", true, "up");
	net(prev, 2, "eth1", true, "up");
	net(prev, 3, "veth12", false, NULL);
	net(cur, 1, "eth0", true, "up");
	net(cur, 4, "docker0", false, NULL);
	expect(EVENT_BIT(EVENT_HOTPLUG), "disk sdb came\ninterface eth1 went\n");
	disk(cur, 0, "sda", true); /* the first one */
	expect(EVENT_BIT(EVENT_HOTPLUG), "disk sda came\n");
	disk(prev, 0, "sda", true);
	cur->source[SRC_DISKSTATS].error = -EMFILE;
	expect(0, "");
}

static void
test_boots(void **state)
{
	(void)state;
	assert_true(frame_same_boot(cur, prev));
	assert_false(frame_same_boot(prev, cur));
	cur->meta.boot = 1; /* of prev it is not known */
	assert_true(frame_same_boot(cur, prev));
	prev->meta.boot = 2;
	assert_false(frame_same_boot(cur, prev));
	prev->meta.boot = 1;
	assert_true(frame_same_boot(cur, prev));
	cur->meta.host = "web-04";
	assert_false(frame_same_boot(cur, prev));
	row_u64((struct row){&cur->table[TABLE_VM], 0}, VM_OOM_KILLS, 6);
	expect(0, "");
	shift(cur, -4000, 60000, -4000); /* up for less long */
	assert_false(frame_same_boot(cur, prev));
	expect(0, "");
	/* Up for longer than the boot before was, and less was forked. */
	shift(cur, 1000, 86400000, 1000);
	row_u64((struct row){&cur->table[TABLE_SYSTEM], 0}, SYSTEM_FORKS, 300);
	assert_false(frame_same_boot(cur, prev));
	expect(0, "");
}

static void
test_summary(void **state)
{
	struct summary s;

	(void)state;
	frame_derive(cur, prev);
	psi(cur, 1, 0.5, 0);
	s = summary_of(cur);
	assert_int_equal(s.cpu, 63); /* a quarter */
	assert_int_equal(s.memory, 100);
	assert_int_equal(s.pressure, 125);
	s = summary_of(prev); /* no interval */
	assert_int_equal(s.cpu, SUMMARY_UNKNOWN);
	assert_int_equal(s.memory, 100);
	cur->table[TABLE_PRESSURE].nrows = 0;
	row_u64((struct row){&cur->table[TABLE_MEMORY], 0}, MEMORY_AVAILABLE, 2000); /* more than all */
	s = summary_of(cur);
	assert_int_equal(s.pressure, SUMMARY_UNKNOWN);
	assert_int_equal(s.memory, 0);
}

/* Each line is "MOMENT: words". Only what the events say they want is sampled. */
static void
fixture_events(const char *fixture, const char *expected)
{
	char dir[4096];
	struct root_paths paths = {.root = dir};
	const struct frame *before = NULL, *f;
	struct buf all = {0};
	struct plan plan = {0};
	struct root root;
	struct feed *feed;
	struct err e;

	snprintf(dir, sizeof dir, "%s/%s", getenv("SONDE_FIXTURES"), fixture);
	assert_int_equal(root_init(&root, &paths, &e), 0);
	feed = sampler_new(&root, SAMPLER_AUTO, &e);
	assert_non_null(feed);
	events_want(~0u, plan.want);
	summary_want(plan.want);
	feed_plan(feed, &plan);
	while (feed_next(feed, &f) == 0) {
		buf_clear(&words);
		if (before)
			events_words(f, before, &words);
		for (char *line = words.len ? words.data : NULL, *end; line && *line; line = end + 1) {
			end = strchr(line, '\n');
			buf_printf(&all, "%llu: %.*s\n", (unsigned long long)f->meta.seq,
				   (int)(end - line), line);
		}
		frame_unref(before);
		before = f;
	}
	frame_unref(before);
	if (strcmp(all.data ? all.data : "", expected) != 0)
		fail_msg("%s:\n%s", fixture, all.data ? all.data : "");
	buf_release(&all);
	plan_release(&plan);
	feed_free(feed);
	root_release(&root);
}

static void
test_fixtures(void **state)
{
	(void)state;
	fixture_events("idle", "");
	fixture_events("suspend", "2: asleep for 3h00m\n");
	fixture_events("wrap", "1: CPUs 2 -> 1\n"
			       "2: CPUs 1 -> 2\n"
			       "4: the clock was set back by 1h00m\n");
	fixture_events("busy", "");
	fixture_events("empty", "");
	fixture_events("broken", "");
	fixture_events("hostile", "");
	fixture_events("nopsi", "");
	fixture_events("numa64", "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_nothing, setup, teardown),
		cmocka_unit_test_setup_teardown(test_pressure, setup, teardown),
		cmocka_unit_test_setup_teardown(test_oom, setup, teardown),
		cmocka_unit_test_setup_teardown(test_unit, setup, teardown),
		cmocka_unit_test_setup_teardown(test_link, setup, teardown),
		cmocka_unit_test_setup_teardown(test_time, setup, teardown),
		cmocka_unit_test_setup_teardown(test_hotplug, setup, teardown),
		cmocka_unit_test_setup_teardown(test_boots, setup, teardown),
		cmocka_unit_test_setup_teardown(test_summary, setup, teardown),
		cmocka_unit_test_setup_teardown(test_fixtures, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
