/* Numbers of the kernel into what procfs says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "sys/bpfproc.h"

static const struct root root = {.clk_tck = 100, .page_size = 4096};

static void
test_state(void **state)
{
	static const struct {
		uint32_t state, exit_state;
		char letter;
	} cases[] = {
		{0, 0, 'R'}, {1, 0, 'S'}, {2, 0, 'D'}, {4, 0, 'T'}, {8, 0, 't'}, {0x40, 0, 'P'},
		{0x402, 0, 'I'},             /* uninterruptible, and no load */
		{0x102, 0, 'D'},             /* killable */
		{0x104, 0, 'T'}, {0x108, 0, 't'}, {0x2001, 0, 'S'}, /* freezable */
		{0x8000, 0, 'D'}, {0x1000, 0, 'D'},                 /* frozen, waits for a lock */
		{0x80, 0x20, 'Z'}, {0x80, 0x10, 'X'}, {0, 0x20, 'Z'}, {0x80, 0, 'R'},
		{0x800, 0, 'R'},             /* new */
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		assert_int_equal(bpfproc_state(cases[i].state, cases[i].exit_state),
				 cases[i].letter);
	for (uint64_t bits = 0; bits <= UINT16_MAX; bits++)
		assert_non_null(strchr("RSDTtXZPI", bpfproc_state((uint32_t)bits, 0)));
	assert_non_null(strchr("RSDTtXZPI", bpfproc_state(UINT32_MAX, UINT32_MAX)));
}

static void
expect_times(struct bpfrecord r, uint64_t before_u, uint64_t before_s, uint64_t u, uint64_t s)
{
	struct bpfproc_times t = {before_u, before_s};

	r.flags |= BPFRECORD_ADJUST;
	bpfproc_times(&r, &t);
	assert_int_equal(t.utime_ns, u);
	assert_int_equal(t.stime_ns, s);
}

static void
test_times(void **state)
{
	struct bpfrecord r = {.cpu_ns = 1000, .utime_ns = 30, .stime_ns = 10};
	struct bpfproc_times t = {0};
	uint64_t seed = 1;

	(void)state;
	expect_times(r, 0, 0, 750, 250);
	/* never back: what was said stays, the rest goes to the other */
	expect_times(r, 800, 0, 800, 200);
	expect_times(r, 0, 400, 600, 400);
	expect_times(r, 600, 400, 600, 400);
	expect_times(r, 900, 900, 900, 900);
	r.seen_stime_ns = 400;
	expect_times(r, 0, 0, 600, 400);
	expect_times((struct bpfrecord){.cpu_ns = 7}, 0, 0, 7, 0);
	expect_times((struct bpfrecord){.cpu_ns = 7, .stime_ns = 4}, 0, 0, 0, 7);
	expect_times((struct bpfrecord){.utime_ns = 4}, 0, 0, 0, 0);
	/* nothing overflows */
	expect_times((struct bpfrecord){.cpu_ns = UINT64_MAX, .utime_ns = UINT64_MAX,
					.stime_ns = UINT64_MAX}, 0, 0, UINT64_MAX, 0);
	expect_times((struct bpfrecord){.cpu_ns = 5, .seen_utime_ns = UINT64_MAX,
					.seen_stime_ns = UINT64_MAX}, 0, 0, UINT64_MAX, UINT64_MAX);
	/* where the kernel counts to the nanosecond they are what they are */
	r = (struct bpfrecord){.cpu_ns = 1000, .utime_ns = 30, .stime_ns = 10};
	bpfproc_times(&r, &t);
	assert_int_equal(t.utime_ns, 30);
	assert_int_equal(t.stime_ns, 10);
	/* any course of counters: neither goes back, and together they are the CPU time */
	r = (struct bpfrecord){.flags = BPFRECORD_ADJUST};
	t = (struct bpfproc_times){0};
	for (int i = 0; i < 100000; i++) {
		struct bpfproc_times before = t;

		seed = seed * 6364136223846793005u + 1442695040888963407u;
		r.cpu_ns += seed >> 40;
		*(seed & 1 << 20 ? &r.utime_ns : &r.stime_ns) += seed >> 41;
		bpfproc_times(&r, &t);
		assert_true(t.utime_ns >= before.utime_ns && t.stime_ns >= before.stime_ns);
		assert_int_equal(t.utime_ns + t.stime_ns, r.cpu_ns);
	}
}

static void
test_stat(void **state)
{
	struct bpfrecord r = {
		.flags = BPFRECORD_ADJUST, .pid = 7, .tgid = 5, .ppid = 1, .prio = -1,
		.static_prio = 100, .tty_major = 136, .tty_minor = 0x12345, .has_tty = 1,
		.start_ns = 1239999999, .cpu_ns = 3000000000, .utime_ns = 1, .stime_ns = 2,
		.blkio_delay_ns = 19999999, .cutime_ns = 30000000, .vm = 3,
		.rss = {[BPFRSS_FILE] = -4, [BPFRSS_ANON] = 10, [BPFRSS_SWAP] = 99, [BPFRSS_SHMEM] = 1},
	};
	struct pid_stat st;

	(void)state;
	memset(r.comm, 'x', sizeof r.comm); /* not even a NUL */
	bpfproc_stat(&r, &root, NULL, &st);
	assert_int_equal(st.pid, 7);
	assert_string_equal(st.comm, "xxxxxxxxxxxxxxxx");
	assert_int_equal(st.priority, -101); /* a deadline */
	assert_int_equal(st.nice, -20);
	assert_int_equal(st.tty_nr, 0x45 | 136 << 8 | 0x123 << 20);
	assert_int_equal(st.starttime, 123);
	assert_int_equal(st.utime, 100);
	assert_int_equal(st.stime, 200);
	assert_int_equal(st.blkio_ticks, 1);
	assert_int_equal(st.cutime, 3);
	assert_int_equal(st.vsize, 3 * 4096);
	assert_int_equal(st.rss, 11);
	assert_true(st.nfields >= PID_STAT_GUEST);
	r.has_tty = 0;
	bpfproc_stat(&r, &root, NULL, &st);
	assert_int_equal(st.tty_nr, 0);
}

static void
test_memory(void **state)
{
	struct bpfrecord r = {
		.vm = 100, .vm_peak = 90, .rss_peak = 50, .locked = 2, .data = 7, .page_tables = 12345,
		.start_code = 0x1fff, .end_code = 0x3001,
		.rss = {[BPFRSS_FILE] = 4, [BPFRSS_ANON] = 10, [BPFRSS_SWAP] = 9, [BPFRSS_SHMEM] = -1},
	};
	struct pid_statm m;
	struct pid_status s;

	(void)state;
	bpfproc_statm(&r, &root, &m);
	assert_int_equal(m.size, 100);
	assert_int_equal(m.resident, 14);
	assert_int_equal(m.shared, 4);
	assert_int_equal(m.text, 3);
	assert_int_equal(m.data, 7);
	bpfproc_status(&r, &root, &s);
	assert_false(s.have & (STATUS_RSS | STATUS_SWAP | STATUS_HWM | STATUS_PEAK | STATUS_LOCKED |
			       STATUS_PTE | STATUS_SECCOMP));
	r.flags = BPFRECORD_MM | BPFRECORD_SECCOMP;
	bpfproc_status(&r, &root, &s);
	assert_int_equal(s.have & STATUS_RSS, STATUS_RSS);
	assert_int_equal(s.have & STATUS_SECCOMP, STATUS_SECCOMP);
	assert_int_equal(s.peak, 100 * 4096);
	assert_int_equal(s.hwm, 50 * 4096);
	assert_int_equal(s.swap, 9 * 4096);
	assert_int_equal(s.rss_shmem, 0);
	assert_int_equal(s.pte, 12345);
}

static void
test_io(void **state)
{
	struct bpfrecord r = {.io = {1, 2, 3, 4, 5, 6, 7}};
	struct pid_io io = {0};

	(void)state;
	assert_false(bpfproc_io(&r, &io));
	assert_int_equal(io.rchar, 0);
	r.flags = BPFRECORD_IO;
	assert_true(bpfproc_io(&r, &io));
	assert_int_equal(io.rchar, 1);
	assert_int_equal(io.syscw, 4);
	assert_int_equal(io.cancelled, 7);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_state), cmocka_unit_test(test_times),
		cmocka_unit_test(test_stat), cmocka_unit_test(test_memory),
		cmocka_unit_test(test_io),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
