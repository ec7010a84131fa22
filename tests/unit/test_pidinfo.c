/* The seldom read files of a process: what the kernel writes, what it might, and what it never would. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>

#include "base/mem.h"
#include "sys/pidinfo.h"

static void
expect_text(struct span got, const char *want)
{
	if (!want)
		assert_null(got.p);
	else if (!got.p || !span_is(got, want))
		fail_msg("\"%.*s\", not \"%s\"", (int)span_len(got), got.p ? got.p : "", want);
}

static const char status[] =
	"Name:\tsshd: a\\nb\nUmask:\t0022\nState:\tS (sleeping)\nPid:\t812\n"
	"Uid:\t1000\t1001\t1002\t1003\nGid:\t1\t2\t3\t4\nFDSize:\t64\nGroups:\t4 24 1000 \n"
	"NStgid:\t812\t7\nNSpid:\t812\t7\nVmPeak:\t 10 kB\nThreads:\t1\nSigQ:\t0/7\n"
	"SigPnd:\t0000000000000001\nShdPnd:\t8000000000000000\nSigBlk:\t0000000000010000\n"
	"SigIgn:\t0000000000001000\nSigCgt:\t0000000180004002\nCapInh:\t0000000000000000\n"
	"CapPrm:\t00000000a80425fb\nCapEff:\t0000000000000000\nCapBnd:\t000001ffffffffff\n"
	"CapAmb:\t0000000000000400\nNoNewPrivs:\t1\nSeccomp:\t2\nSeccomp_filters:\t3\n"
	"Cpus_allowed:\tf\nCpus_allowed_list:\t0-3,8\nMems_allowed_list:\t0\n";

static void
test_detail(void **state)
{
	static const char *const want[DETAIL_TEXTS] = {
		[DETAIL_GROUPS] = "4 24 1000",
		[DETAIL_CPUS] = "0-3,8",
		[DETAIL_SIG_PENDING] = "8000000000000000",
		[DETAIL_SIG_BLOCKED] = "0000000000010000",
		[DETAIL_SIG_IGNORED] = "0000000000001000",
		[DETAIL_SIG_CAUGHT] = "0000000180004002",
		[DETAIL_CAPS_PERMITTED] = "00000000a80425fb",
		[DETAIL_CAPS_BOUNDING] = "000001ffffffffff",
		[DETAIL_CAPS_AMBIENT] = "0000000000000400",
	};
	struct pid_detail d;

	(void)state;
	pid_detail_parse(span_str(status), &d);
	for (int i = 0; i < DETAIL_TEXTS; i++)
		if (i != DETAIL_SIG_PENDING)
			expect_text(d.text[i], want[i]);
	assert_non_null(d.text[DETAIL_SIG_PENDING].p);
	assert_int_equal(d.pending, 0x8000000000000001);
	assert_int_equal(d.have, DETAIL_SUID | DETAIL_NSPID | DETAIL_FILTERS);
	assert_int_equal(d.suid, 1002);
	assert_int_equal(d.nspid, 7);
	assert_int_equal(d.filters, 3);
	/* Older kernels have less; what is no number is left out. */
	pid_detail_parse(span_str("Uid:\t1\t2\nNSpid:\tx\nShdPnd:\t0\nSeccomp_filters:\t99999999999\n"
				  "Groups:\t\nCapPrm:\t00\n"),
			 &d);
	assert_int_equal(d.have, 0);
	assert_null(d.text[DETAIL_SIG_PENDING].p);
	expect_text(d.text[DETAIL_GROUPS], "");
	expect_text(d.text[DETAIL_CAPS_PERMITTED], "00");
	expect_text(d.text[DETAIL_CPUS], NULL);
}

/* Cut anywhere: what is there is what the whole says, never a part of it. */
static void
test_cut(void **state)
{
	struct pid_detail whole;

	(void)state;
	pid_detail_parse(span_str(status), &whole);
	for (size_t n = 0; n < sizeof status - 1; n++) {
		char *copy = xmalloc(n ? n : 1);
		struct pid_detail d;

		memcpy(copy, status, n);
		pid_detail_parse(span_of(copy, n), &d);
		assert_true(!(d.have & DETAIL_SUID) || d.suid == whole.suid);
		assert_true(!(d.have & DETAIL_NSPID) || d.nspid == whole.nspid);
		assert_true(!(d.have & DETAIL_FILTERS) || d.filters == whole.filters);
		for (int i = 0; i < DETAIL_TEXTS; i++)
			if (d.text[i].p) {
				size_t len = span_len(d.text[i]);

				assert_int_equal(len, span_len(whole.text[i]));
				assert_memory_equal(d.text[i].p, whole.text[i].p, len);
			}
		free(copy);
	}
}

static void
test_sched(void **state)
{
	struct pid_sched s;

	(void)state;
	assert_int_equal(pid_sched_parse(span_str("134844812 29169521 1103\n"), &s), 0);
	assert_int_equal(s.run_ns, 134844812);
	assert_int_equal(s.wait_ns, 29169521);
	assert_int_equal(s.slices, 1103);
	assert_int_equal(pid_sched_parse(span_str("1 2 3"), &s), -EINVAL); /* cut in the last */
	assert_int_equal(pid_sched_parse(span_str("1 2\n"), &s), -EINVAL);
	assert_int_equal(pid_sched_parse(span_str("1 -2 3\n"), &s), -EINVAL);
	assert_int_equal(pid_sched_parse(span_str("1 2 99999999999999999999\n"), &s), -EINVAL);
	assert_int_equal(pid_sched_parse(span_str(""), &s), -EINVAL);
}

static const char rollup[] =
	"55d0-7ffd ---p 00000000 00:00 0    [rollup]\nRss:   1708 kB\nPss:    262 kB\nPss_Dirty:  112 kB\n"
	"Pss_Anon:  100 kB\nPss_File:  131 kB\nPss_Shmem:  0 kB\nShared_Clean:  1464 kB\n"
	"Private_Clean:  40 kB\nPrivate_Dirty:  112 kB\nReferenced:  1616 kB\nAnonHugePages:  2048 kB\n"
	"Swap:  4 kB\nSwapPss:  2 kB\nLocked:  0 kB\n";

static void
test_smaps(void **state)
{
	struct pid_smaps m;

	(void)state;
	assert_int_equal(pid_smaps_parse(span_str(rollup), &m), 0);
	assert_int_equal(m.pss, 262 << 10);
	assert_int_equal(m.pss_anon, 100 << 10);
	assert_true(m.has_anon);
	assert_int_equal(m.uss, 152 << 10);
	assert_int_equal(m.swap_pss, 2 << 10);
	assert_int_equal(m.huge, 2048 << 10);
	/* Before Linux 5.4. */
	assert_int_equal(pid_smaps_parse(span_str("Pss: 1 kB\nPrivate_Clean: 2 kB\nPrivate_Dirty: 3 kB\n"
						  "AnonHugePages: 4 kB\nSwapPss: 5 kB\n"),
					 &m),
			 0);
	assert_false(m.has_anon);
	assert_int_equal(m.uss, 5 << 10);
	assert_int_equal(pid_smaps_parse(span_str("Pss: 1 kB\n"), &m), -EINVAL);
	assert_int_equal(pid_smaps_parse(span_str(""), &m), -EINVAL);
	assert_int_equal(pid_smaps_parse(span_str("Pss: 1 kB\nPrivate_Clean: 18014398509481983 kB\n"
						  "Private_Dirty: 3 kB\nAnonHugePages: 4 kB\nSwapPss: 5 kB\n"),
					 &m),
			 -EINVAL);
}

static void
test_small(void **state)
{
	uint64_t id, v;
	int64_t nice;

	(void)state;
	assert_int_equal(pid_autogroup_parse(span_str("/autogroup-28712 nice -5\n"), &id, &nice), 0);
	assert_int_equal(id, 28712);
	assert_int_equal(nice, -5);
	assert_int_equal(pid_autogroup_parse(span_str("/autogroup-1 nice"), &id, &nice), -EINVAL);
	assert_int_equal(pid_autogroup_parse(span_str("/group-1 nice 0\n"), &id, &nice), -EINVAL);
	assert_int_equal(pid_autogroup_parse(span_str(""), &id, &nice), -EINVAL);

	assert_int_equal(pid_ns_parse(span_str("net:[4026531840]"), &v), 0);
	assert_int_equal(v, 4026531840);
	assert_int_equal(pid_ns_parse(span_str("net:[4026531840"), &v), -EINVAL);
	assert_int_equal(pid_ns_parse(span_str("/usr/bin/net"), &v), -EINVAL);
	assert_int_equal(pid_ns_parse(span_str("net:"), &v), -EINVAL);
	assert_int_equal(pid_ns_parse(span_str(""), &v), -EINVAL);
}

static void
test_limits(void **state)
{
	static const struct {
		const char *text;
		int r;
		uint64_t v;
	} cases[] = {
		{"Limit                     Soft Limit           Hard Limit           Units     \n"
		 "Max cpu time              unlimited            unlimited            seconds   \n"
		 "Max open files            1024                 524288               files     \n"
		 "Max locked memory         65536                65536                bytes     \n",
		 0, 1024},
		{"Max open files            unlimited            unlimited            files     \n", 0,
		 UINT64_MAX},
		{"Max open files            ", -EINVAL, 0},
		{"Max open files            x 5\n", -EINVAL, 0},
		{"Max open files            10", -EINVAL, 0},
		{"Max open files\n", -EINVAL, 0},
		{"", -EINVAL, 0},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		uint64_t v = 0;

		assert_int_equal(pid_limits_parse(span_str(cases[i].text), &v), cases[i].r);
		if (cases[i].r == 0)
			assert_int_equal(v, cases[i].v);
	}
}

static void
test_deleted(void **state)
{
	struct span s = span_str("/usr/bin/x (deleted)");

	(void)state;
	assert_true(pid_exe_deleted(&s));
	assert_true(span_is(s, "/usr/bin/x"));
	assert_false(pid_exe_deleted(&s));
	s = span_str(" (deleted)");
	assert_false(pid_exe_deleted(&s));
	s = span_str("");
	assert_false(pid_exe_deleted(&s));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_detail), cmocka_unit_test(test_cut),
		cmocka_unit_test(test_sched),  cmocka_unit_test(test_smaps),
		cmocka_unit_test(test_small),  cmocka_unit_test(test_limits),
		cmocka_unit_test(test_deleted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
