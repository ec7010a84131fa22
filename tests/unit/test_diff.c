/* Two frames side by side: what is found, in which order, and how text, JSON and screen say it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <math.h>

#include "base/clock.h"
#include "base/mem.h"
#include "draw/print.h"
#include "frame/diff.h"
#include "sink/diff.h"
#include "ui/diffview.h"

enum { MB = 1 << 20 };

static struct frame_pool *pool;
static struct strpool *strings;

static int
setup(void **state)
{
	(void)state;
	pool = frame_pool_new();
	strings = strpool_new();
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	strpool_unref(strings);
	frame_pool_free(pool);
	return 0;
}

static struct frame *
machine(const char *host, int64_t mono_s, int64_t wall_s)
{
	struct field_set want[TABLE_COUNT] = {0};
	struct frame *f;

	diff_want(want);
	f = frame_begin(pool, want, strings);
	f->meta.host = host;
	f->meta.mono_ns = mono_s * NS_PER_S;
	f->meta.wall_ns = (INT64_C(1795269900) + wall_s) * NS_PER_S; /* 2026-11-21 14:05:00 */
	f->meta.fixture = true;
	for (unsigned t = 0; t < TABLE_COUNT; t++)
		if (schema[t].single)
			table_add_row(&f->table[t], (struct row_key){0});
	row_u64((struct row){&f->table[TABLE_SYSTEM], 0}, SYSTEM_UPTIME,
		(uint64_t)(mono_s * NS_PER_S));
	return f;
}

/* -1: absent */
static struct row
proc(struct frame *f, unsigned pid, const char *name, int64_t cpu_ms, int64_t resident_mb,
     int64_t read_mb, int64_t write_mb)
{
	struct row r = table_add_row(&f->table[TABLE_PROC], (struct row_key){pid, 7});

	row_u64(r, PROC_PID, pid);
	row_u64(r, PROC_THREAD, false);
	row_str(r, PROC_NAME, name);
	row_str(r, PROC_USER, "root");
	if (cpu_ms >= 0)
		row_u64(r, PROC_CPU, (uint64_t)cpu_ms * (uint64_t)NS_PER_MS);
	if (resident_mb >= 0)
		row_u64(r, PROC_RES, (uint64_t)resident_mb * MB);
	if (read_mb >= 0)
		row_u64(r, PROC_READ, (uint64_t)read_mb * MB);
	if (write_mb >= 0)
		row_u64(r, PROC_WRITE, (uint64_t)write_mb * MB);
	return r;
}

static void
net(struct frame *f, unsigned key, const char *name, uint64_t rx, uint64_t packets)
{
	struct row r = table_add_row(&f->table[TABLE_NET], (struct row_key){key, 0});

	row_str(r, NET_NAME, name);
	row_u64(r, NET_RX, rx);
	row_u64(r, NET_RX_PACKETS, packets);
}

static struct row
memory(struct frame *f)
{
	return (struct row){&f->table[TABLE_MEMORY], 0};
}

/* Takes both. */
static struct diff *
diff_of(struct frame *a, struct frame *b)
{
	struct diff *d = diff_new(a, b);

	frame_unref(a);
	frame_unref(b);
	return d;
}

/* 91 seconds of one machine. */
static struct diff *
one_boot(void)
{
	struct frame *a = machine("web-03", 1000, 31), *b = machine("web-03", 1091, 122);

	proc(a, 1, "systemd", 900, 12, 5, 5);
	proc(b, 1, "systemd", 900, 12, 5, 5); /* the same */
	proc(a, 812, "old", 5000, 80, 1, 1);
	proc(b, 4242, "make", 12310, 212, 1, -1);
	proc(b, 1203, "postgres", 64200, 1036, 400, 100);
	proc(a, 1203, "postgres", 61000, 1024, 100, 100);
	proc(a, 77, "reads", 10, 4, -1, -1);
	proc(b, 77, "reads", 20, 4, -1, -1);
	proc(a, 78, "back", 20, 4, 1, 1); /* counters that went back: not known */
	proc(b, 78, "back", 10, 3, 1, 1);
	row_u64(proc(b, 79, "a thread", 9999, 99, 9, 9), PROC_THREAD, true);
	net(a, 1, "eth0", 1000000, 50);
	net(a, 2, "lo", 500, 5);
	net(b, 2, "lo", 400, 5); /* went back, and the same */
	net(b, 1, "eth0", 1000000 + 91 * 1024 * 1024, 50 + 910);
	net(b, 3, "eth1", 99999, 99); /* was not there */
	row_u64(memory(a), MEMORY_FREE, 1000u * MB);
	row_u64(memory(b), MEMORY_FREE, 600u * MB);
	row_u64(memory(a), MEMORY_TOTAL, 4000u * MB);
	row_u64(memory(b), MEMORY_TOTAL, 4000u * MB);
	row_u64(memory(b), MEMORY_DIRTY, 4000u * MB); /* not sampled in A */
	return diff_of(a, b);
}

static void
test_one_boot(void **state)
{
	struct diff *d = one_boot();
	const struct diff_proc *p = d->proc;
	struct buf b = {0};

	(void)state;
	assert_true(d->same_boot);
	assert_true(d->span_ns == 91 * NS_PER_S);
	assert_int_equal(d->procs_a, 5);
	assert_int_equal(d->procs_b, 5);
	assert_int_equal(d->nprocs, 5);
	assert_int_equal(d->count[DIFF_NEW], 1);
	assert_int_equal(d->count[DIFF_GONE], 1);
	assert_int_equal(d->count[DIFF_CHANGED], 3);
	/* Nearly all I/O; most CPU time and memory; the rest of the memory; little. */
	assert_string_equal(p[0].name, "postgres");
	assert_true(p[0].mark == DIFF_CHANGED && p[0].pid == 1203);
	assert_true(p[0].cpu == 3.2e9 && p[0].read == 300.0 * MB && p[0].write == 0);
	assert_true(p[0].resident == 1036.0 * MB && p[0].resident_change == 12.0 * MB);
	assert_string_equal(p[1].name, "make");
	assert_true(p[1].mark == DIFF_NEW && p[1].na == 0 && p[1].nb == 1);
	assert_true(p[1].cpu == 12.31e9 && p[1].resident_change == 212.0 * MB);
	assert_true(p[1].read == 1.0 * MB && isnan(p[1].write));
	assert_string_equal(p[2].name, "old");
	assert_true(p[2].mark == DIFF_GONE && p[2].resident_change == -80.0 * MB);
	assert_true(isnan(p[2].cpu) && isnan(p[2].read));
	assert_string_equal(p[3].name, "back");
	assert_true(isnan(p[3].cpu) && p[3].resident_change == -1.0 * MB);
	assert_string_equal(p[4].name, "reads");
	assert_true(p[4].cpu == 10e6 && isnan(p[4].read));

	assert_int_equal(d->ncounters, 2);
	assert_string_equal(d->counter[0].thing, "eth0");
	assert_int_equal(d->counter[0].field, NET_RX);
	assert_true(d->counter[0].change == 91.0 * MB && d->counter[0].rate == 1.0 * MB);
	assert_int_equal(d->counter[1].field, NET_RX_PACKETS);
	assert_true(d->counter[1].rate == 10);
	assert_int_equal(d->ngauges, 1);
	assert_int_equal(d->gauge[0].field, MEMORY_FREE);
	assert_true(d->gauge[0].a == 1000.0 * MB && d->gauge[0].change == -400.0 * MB);

	diff_title(d, &b);
	assert_string_equal(b.data, "web-03: 2026-11-21 14:05:31 -> 14:07:02, 1m31s");
	buf_release(&b);
	diff_free(d);
}

static void
cgroup(struct row r, const char *path)
{
	row_str(r, PROC_CGROUP, path);
}

static void
test_cgroups(void **state)
{
	struct frame *a = machine("web-03", 1000, 31), *b = machine("web-03", 1091, 122);
	const struct diff_proc *c;
	struct columns columns = {0};
	struct buf text = {0};
	struct diff *d;
	struct row r;

	(void)state;
	cgroup(proc(a, 10, "one", 1000, 10, 1, 1), "/web");
	cgroup(proc(a, 11, "two", 2000, 20, 1, 1), "/web");
	cgroup(proc(a, 12, "ends", 9000, 40, 1, 1), "/web");
	cgroup(proc(a, 13, "last", 500, 5, 1, 1), "/job");
	cgroup(proc(a, 14, "moves", 100, 8, 1, 1), "/init");
	cgroup(proc(a, 15, "rests", 100, 8, 1, 1), "/rests");
	proc(a, 16, "nowhere", 100, 8, 1, 1);
	cgroup(proc(b, 10, "one", 1500, 12, 3, 1), "/web");
	cgroup(proc(b, 11, "two", 2100, 20, 1, 2), "/web");
	cgroup(proc(b, 20, "new", 700, 6, -1, 1), "/web");
	cgroup(proc(b, 14, "moves", 300, 9, 1, 1), "/new");
	cgroup(proc(b, 15, "rests", 100, 8, 1, 1), "/rests");
	proc(b, 16, "nowhere", 9100, 8, 1, 1);
	r = proc(b, 21, "a thread", 9999, 99, 9, 9);
	row_u64(r, PROC_THREAD, true);
	cgroup(r, "/web");
	d = diff_of(a, b);
	c = d->cgroup;
	assert_true(d->has_cgroups);
	assert_int_equal(d->ncgroups, 4);
	assert_string_equal(c[0].name, "/web");
	assert_true(c[0].mark == DIFF_CHANGED && c[0].na == 3 && c[0].nb == 3);
	assert_true(c[0].cpu == 1.3e9 && c[0].resident == 38.0 * MB);
	assert_true(c[0].resident_change == -32.0 * MB);
	/* Each process once: 2 by the first, 1 by the new one, of which the reads are not known. */
	assert_true(c[0].read == 2.0 * MB && c[0].write == 2.0 * MB);
	assert_string_equal(c[1].name, "/new"); /* what moved used it there */
	assert_true(c[1].mark == DIFF_NEW && c[1].na == 0 && c[1].nb == 1 && c[1].cpu == 200e6);
	assert_true(c[1].resident_change == 9.0 * MB);
	assert_string_equal(c[2].name, "/init");
	assert_true(c[2].mark == DIFF_GONE && c[2].resident_change == -8.0 * MB && isnan(c[2].cpu));
	assert_string_equal(c[3].name, "/job");
	assert_true(c[3].mark == DIFF_GONE && c[3].na == 1 && c[3].nb == 0 && isnan(c[3].write));

	diff_put_text(&text, &columns, d, 2, 0);
	assert_non_null(strstr(text.data, "\n  A B     CPU  RES RES+- READ WRITE CGROUP\n"
					  "~ 3 3 0:01.30  38M  -32M 2.0M  2.0M /web\n"
					  "+ 0 1 0:00.20 9.0M +9.0M    0     0 /new\n"
					  "  and 2 more\n"));
	buf_clear(&text);
	diff_put_json(&text, d);
	assert_non_null(strstr(text.data, "\"cgroups\":[{\"change\":\"changed\",\"cgroup\":\"/web\","
					  "\"count_a\":3,\"count_b\":3,\"cpu_ns\":1300000000,"
					  "\"cpu_ratio\":null,\"resident_bytes\":39845888,"
					  "\"resident_change_bytes\":-33554432,"));
	diff_free(d);
	columns_release(&columns);
	buf_release(&text);
}

/* One side alone has them: nothing is compared, and that is said. */
static void
test_no_cgroups(void **state)
{
	struct frame *a = machine("web-03", 1000, 31), *b = machine("web-03", 1091, 122);
	struct diffview v = {.list = DIFFVIEW_CGROUPS};
	struct columns columns = {0};
	struct grid g = {0};
	struct buf text = {0};
	struct diff *d;

	(void)state;
	proc(a, 10, "one", 1000, 10, 1, 1);
	cgroup(proc(b, 10, "one", 1500, 12, 3, 1), "/web");
	d = diff_of(a, b);
	assert_false(d->has_cgroups);
	assert_int_equal(d->ncgroups, 0);
	diff_put_text(&text, &columns, d, 2, 0);
	assert_non_null(strstr(text.data, "\ncgroups: not sampled in both\n"));
	assert_null(strstr(text.data, "CGROUP"));
	buf_clear(&text);
	diff_put_json(&text, d);
	assert_non_null(strstr(text.data, ",\"cgroups\":null,"));
	buf_clear(&text);
	grid_resize(&g, 60, 5);
	diffview_draw(&g, (struct rect){0, 0, 60, 5}, d, &v);
	print_text(&text, &g);
	assert_non_null(strstr(text.data, "\n  cgroups: not sampled in both\n"));
	diff_free(d);
	columns_release(&columns);
	grid_release(&g);
	buf_release(&text);
}

static void
test_back(void **state)
{
	struct frame *a = machine("web-03", 1000, 31), *b = machine("web-03", 1091, 122);
	struct diff *d = diff_new(b, a);

	(void)state;
	assert_true(d->same_boot && d->a == a && d->b == b); /* the earlier one is A */
	diff_free(d);
	d = diff_new(a, a);
	assert_true(d->same_boot && d->span_ns == 0);
	assert_int_equal(d->nprocs + d->ncounters + d->ngauges, 0);
	diff_free(d);
	/* Processes that were not sampled did not all end. */
	proc(a, 1, "systemd", 900, 12, 5, 5);
	d = diff_of(a, b);
	assert_int_equal(d->nprocs, 0);
	diff_free(d);
}

/* A recording may hold any number. */
static void
test_any_numbers(void **state)
{
	static const double any[] = {NAN, INFINITY, -INFINITY, -1, 0, 1e308, -1e308};
	struct columns c = {0};
	struct buf b = {0};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(any); i++) {
		for (size_t k = 0; k < ARRAY_LEN(any); k++) {
			struct frame *f[2] = {machine("web-03", 1000, 0), machine("db-01", 1000, 0)};
			struct diff *d;

			for (int s = 0; s < 2; s++) {
				double v = any[s ? i : k];
				struct row r = proc(f[s], 10, "x", INT32_MAX, INT32_MAX, 0, 0);

				row_f64(r, PROC_CPU_RATIO, v);
				row_f64(r, PROC_READ_RATE, v);
				row_u64(r, PROC_CPU, UINT64_MAX);
				row_f64((struct row){&f[s]->table[TABLE_SYSTEM], 0}, SYSTEM_LOAD1, v);
				row_f64(memory(f[s]), MEMORY_USED_RATIO, v);
			}
			d = diff_of(f[0], f[1]);
			for (size_t n = 0; n < d->nprocs; n++)
				assert_true(d->proc[n].size >= 0);
			for (size_t n = 0; n < d->ngauges; n++)
				assert_true(d->gauge[n].size >= 0);
			diff_put_text(&b, &c, d, 0, 0);
			diff_put_json(&b, d);
			assert_null(strstr(b.data, "inf"));
			diff_free(d);
			buf_clear(&b);
		}
	}
	columns_release(&c);
	buf_release(&b);
}

/* Two machines: by name. */
static struct diff *
two_machines(void)
{
	struct frame *a = machine("web-03", 1000, 0), *b = machine("db-01", 5000, 60);
	struct row r;

	row_f64(proc(a, 10, "nginx", 1000, 10, 0, 0), PROC_CPU_RATIO, 0.10);
	row_f64(proc(a, 11, "nginx", 1000, 10, 0, 0), PROC_CPU_RATIO, 0.20);
	row_f64(proc(b, 10, "nginx", 99999, 40, 0, 0), PROC_CPU_RATIO, 0.05);
	row_f64(proc(a, 12, "sshd", 1, 5, 0, 0), PROC_CPU_RATIO, 0);
	row_f64(proc(b, 812, "sshd", 2, 5, 0, 0), PROC_CPU_RATIO, 0);
	r = proc(b, 900, "postgres", 2, 500, 0, 0);
	row_f64(r, PROC_WRITE_RATE, 3e6);
	row_f64(r, PROC_CPU_RATIO, 0.5);
	proc(a, 901, "only a", 2, 50, 0, 0);
	row_u64(proc(a, 2, "kthreadd", 1, 0, -1, -1), PROC_KTHREAD, true);
	net(a, 1, "eth0", 1000000, 50);
	net(b, 1, "eth0", 1000, 5000);
	row_f64((struct row){&a->table[TABLE_NET], 0}, NET_RX_RATE, 1000);
	row_f64((struct row){&b->table[TABLE_NET], 0}, NET_RX_RATE, 5e6);
	return diff_of(a, b);
}

static void
test_two_machines(void **state)
{
	struct diff *d = two_machines();
	const struct diff_proc *p = d->proc;
	struct buf b = {0};

	(void)state;
	assert_false(d->same_boot);
	assert_int_equal(d->nprocs, 3);
	assert_string_equal(p[0].name, "postgres");
	assert_true(p[0].mark == DIFF_NEW && p[0].cpu == 0.5 && p[0].write == 3e6);
	assert_true(isnan(p[0].read));
	assert_string_equal(p[1].name, "nginx");
	assert_true(p[1].mark == DIFF_CHANGED && p[1].na == 2 && p[1].nb == 1 && !p[1].pid);
	assert_true(fabs(p[1].cpu + 0.25) < 1e-9 && p[1].resident_change == 20.0 * MB);
	assert_string_equal(p[2].name, "only a");
	assert_true(p[2].mark == DIFF_GONE && isnan(p[2].cpu));
	assert_int_equal(d->ncounters, 0);
	assert_int_equal(d->ngauges, 1);
	assert_int_equal(d->gauge[0].field, NET_RX_RATE);
	diff_title(d, &b);
	assert_string_equal(b.data, "web-03 2026-11-21 14:05:00 -> db-01 2026-11-21 14:06:00");
	buf_release(&b);
	diff_free(d);
}

static void
assert_text(struct buf *b, const char *expected)
{
	assert_string_equal(b->data, expected);
	buf_clear(b);
}

static void
test_text(void **state)
{
	struct diff *d = one_boot();
	struct columns c = {0};
	struct buf b = {0};

	(void)state;
	diff_put_text(&b, &c, d, 3, 48);
	assert_text(&b, "web-03: 2026-11-21 14:05:31 -> 14:07:02, 1m31s\n"
			"5 -> 5 processes: 1 new, 1 gone, 3 changed\n"
			"cgroups: not sampled in both\n"
			"\n"
			"   PID USER     CPU  RES RES+- READ WRITE COMMAN\n"
			"~ 1203 root 0:03.20 1.0G  +12M 300M     0 postgr\n"
			"+ 4242 root 0:12.31 212M +212M 1.0M     - make\n"
			"-  812 root       -  80M  -80M    -     - old\n"
			"  and 2 more\n"
			"\n"
			"TABLE ROW  WHAT            GREW PER SECOND\n"
			"net   eth0 receive bytes   +91M     1.0M/s\n"
			"net   eth0 receive packets +910       10/s\n"
			"\n"
			"TABLE  ROW WHAT          A    B CHANGE\n"
			"memory     free bytes 1.0G 600M  -400M\n");
	diff_put_json(&b, d);
	assert_non_null(strstr(b.data, "{\"change\":\"new\",\"pid\":4242,\"count_a\":0,\"count_b\":1,"
				       "\"name\":\"make\",\"user\":\"root\",\"command\":null,"
				       "\"cgroup\":null,\"cpu_ns\":12310000000,\"cpu_ratio\":null,"
				       "\"resident_bytes\":222298112,"
				       "\"resident_change_bytes\":222298112,\"read_bytes\":1048576,"
				       "\"read_bytes_per_second\":null,\"write_bytes\":null,"));
	assert_non_null(strstr(b.data, "\"counters\":[{\"table\":\"net\",\"row\":\"eth0\","
				       "\"field\":\"receive_bytes_total\",\"a\":1000000,"
				       "\"b\":96420416,\"change\":95420416,\"per_second\":1048576.0},"));
	assert_non_null(strstr(b.data, "\"gauges\":[{\"table\":\"memory\",\"row\":null,"
				       "\"field\":\"free_bytes\",\"a\":1048576000,\"b\":629145600,"
				       "\"change\":-419430400}]}\n"));
	diff_free(d);

	buf_clear(&b);
	d = two_machines();
	diff_put_text(&b, &c, d, 0, 0);
	assert_text(&b, "web-03 2026-11-21 14:05:00 -> db-01 2026-11-21 14:06:00\n"
			"4 -> 3 processes: 1 new, 1 gone, 1 changed\n"
			"cgroups: not sampled in both\n"
			"\n"
			"  A B    CPU  RES RES+- READ   WRITE COMMAND\n"
			"+ 0 1 +50.0% 500M +500M    - +2.9M/s postgres\n"
			"~ 2 1 -25.0%  40M  +20M    -       - nginx\n"
			"- 1 0      -  50M  -50M    -       - only a\n"
			"\n"
			"TABLE ROW  WHAT               A      B  CHANGE\n"
			"net   eth0 receive bytes 1.0K/s 4.8M/s +4.8M/s\n");
	diff_free(d);
	columns_release(&c);
	buf_release(&b);
}

static void
test_screen(void **state)
{
	struct diff *d = one_boot();
	struct diffview v = {0};
	struct grid g = {0};
	struct buf b = {0};

	(void)state;
	grid_resize(&g, 80, 14);
	diffview_draw(&g, (struct rect){0, 0, 80, 14}, d, &v);
	print_text(&b, &g);
	assert_text(&b, "web-03: 2026-11-21 14:05:31 -> 14:07:02, 1m31s\n"
			"overview  processes +1 -1 ~3  cgroups -  counters 2  gauges 1\n"
			"      PID USER          CPU   RES  RES+-    READ   WRITE COMMAND\n"
			"~    1203 root      0:03.20  1.0G   +12M    300M       · postgres\n"
			"+    4242 root      0:12.31  212M  +212M    1.0M       - make\n"
			"-     812 root            -   80M   -80M       -       - old\n"
			"~      78 root            -  3.0M  -1.0M       ·       · back\n"
			"~      77 root      0:00.01  4.0M      ·       -       - reads\n"
			"TABLE    ROW          COUNTER                     GREW PER SECOND\n"
			"net      eth0         receive bytes               +91M     1.0M/s\n"
			"net      eth0         receive packets             +910       10/s\n"
			"TABLE    ROW          GAUGE                         A        B    CHANGE\n"
			"memory                free bytes                 1.0G     600M     -400M\n"
			"\n");
	/* The last list, far below its end; narrow. */
	diffview_turn(&v, -1);
	diffview_scroll(&v, 1000);
	grid_resize(&g, 36, 5);
	diffview_draw(&g, (struct rect){0, 0, 36, 5}, d, &v);
	assert_int_equal(v.list, DIFFVIEW_GAUGES);
	assert_int_equal(v.top, 0);
	print_text(&b, &g);
	assert_text(&b, "web-03: 2026-11-21 14:05:31 -> 14:0…\n"
			"overview  processes +1 -1 ~3  cgrou…\n"
			"GAUGE                     CHANGE\n"
			"free bytes                 -400M\n"
			"\n");
	/* Scrolled: two rows of five. */
	diffview_turn(&v, 2);
	diffview_turn(&v, DIFFVIEWS);
	assert_int_equal(v.list, DIFFVIEW_PROCS);
	diffview_scroll(&v, 3);
	grid_clear(&g);
	diffview_draw(&g, (struct rect){0, 0, 36, 5}, d, &v);
	print_text(&b, &g);
	assert_int_equal(v.page, 2);
	assert_non_null(strstr(b.data, "~      78        -  -1.0M back\n~      77  0:00.01      · reads\n"));
	diff_free(d);
	buf_release(&b);
	grid_release(&g);
}

/* Every size and place: nothing is drawn outside the rectangle. */
static void
test_sizes(void **state)
{
	struct diff *both[] = {one_boot(), two_machines()};
	struct grid g = {0};

	(void)state;
	for (int k = 0; k < 2 * DIFFVIEWS * 100 * 30; k++) {
		struct diffview v = {.list = (enum diffview_list)(k / 2 % DIFFVIEWS), .top = k % 7 - 3};
		struct rect r = {2, 1, k / (2 * DIFFVIEWS) % 100, k / (2 * DIFFVIEWS) / 100};

		grid_resize(&g, 104, 33);
		diffview_draw(&g, r, both[k % 2], &v);
		for (int y = 0; y < g.h; y++) {
			for (int x = 0; x < g.w; x++) {
				const struct cell *c = grid_at(&g, x, y);
				bool in = x >= r.x && x < r.x + r.w && y >= r.y && y < r.y + r.h;

				if (!in && (c->ch != ' ' || c->ground != GROUND_NONE))
					fail_msg("%dx%d, list %d: a cell at %d, %d", r.w, r.h, v.list, x, y);
			}
		}
	}
	diff_free(both[0]);
	diff_free(both[1]);
	grid_release(&g);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_boot), cmocka_unit_test(test_back),
		cmocka_unit_test(test_two_machines), cmocka_unit_test(test_text),
		cmocka_unit_test(test_screen), cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_any_numbers), cmocka_unit_test(test_cgroups),
		cmocka_unit_test(test_no_cgroups),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
