/* The files of one process: what the kernel writes, what it wrote before, and what nobody should. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "sys/pid.h"
#include "sys/pidlist.h"

static struct span
text(const char *s)
{
	return span_of(s, strlen(s));
}

/* Parses a copy that ends where the text ends, so that a sanitizer sees reads behind it. */
static int
stat_exact(const char *s, size_t n, struct pid_stat *ret)
{
	char *copy = xmalloc(n ? n : 1);
	int r;

	memcpy(copy, s, n);
	r = pid_stat_parse(span_of(copy, n), ret);
	free(copy);
	return r;
}

static const char full[] =
	"4711 (postgres: alice) S 1 4710 4709 34818 -1 4194560 5125 226 17 2 1200 310 -3 44 20 -5 3 0 "
	"105123 226070528 5213 18446744073709551615 94 95 96 97 98 99 100 101 102 103 0 0 17 1 2 3 "
	"55 66 77 1 2 3 4 5 6 7 0\n";

static void
test_stat(void **state)
{
	struct pid_stat s;

	(void)state;
	assert_int_equal(stat_exact(full, strlen(full), &s), 0);
	assert_int_equal(s.pid, 4711);
	assert_string_equal(s.comm, "postgres: alice");
	assert_int_equal(s.state, 'S');
	assert_int_equal(s.ppid, 1);
	assert_int_equal(s.pgrp, 4710);
	assert_int_equal(s.session, 4709);
	assert_int_equal(s.tty_nr, 34818);
	assert_int_equal(s.flags, 4194560);
	assert_int_equal(s.minflt, 5125);
	assert_int_equal(s.majflt, 17);
	assert_int_equal(s.utime, 1200);
	assert_int_equal(s.stime, 310);
	assert_int_equal(s.cutime, -3);
	assert_int_equal(s.cstime, 44);
	assert_int_equal(s.priority, 20);
	assert_int_equal(s.nice, -5);
	assert_int_equal(s.num_threads, 3);
	assert_int_equal(s.starttime, 105123);
	assert_int_equal(s.vsize, 226070528);
	assert_int_equal(s.rss, 5213);
	assert_int_equal(s.processor, 1);
	assert_int_equal(s.rt_priority, 2);
	assert_int_equal(s.policy, 3);
	assert_int_equal(s.blkio_ticks, 55);
	assert_int_equal(s.guest_time, 66);
	assert_int_equal(s.nfields, PID_STAT_GUEST);
}

static void
test_stat_comm(void **state)
{
	static const struct {
		const char *in, *want;
	} cases[] = {
		{"", ""},
		{")", ")"},
		{"(", "("},
		{") S 1 (", ") S 1 ("},
		{"a) R 1 2 3 4 5 6 7 8 9 10", "a) R 1 2 3 4 5 6 7 8 9 10"},
		{"((((", "(((("},
		{"))))", "))))"},
		{"a b\tc\nd", "a b\tc\nd"},
		{"\xff\xfe\x01\x1b[2J", "\xff\xfe\x01\x1b[2J"},
		{"kworker/u16:2-events_unbound", "kworker/u16:2-events_unbound"},
		/* no longer than 63 bytes */
		{"0123456789012345678901234567890123456789012345678901234567890123456789",
		 "012345678901234567890123456789012345678901234567890123456789012"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct pid_stat s;
		char line[512];
		int n = snprintf(line, sizeof line, "7 (%s) R 1 7 7 0 -1 0 0 0 0 0 5 6 0 0 20 0 1 0 99 0 0\n",
				 cases[i].in);

		assert_int_equal(stat_exact(line, (size_t)n, &s), 0);
		assert_string_equal(s.comm, cases[i].want);
		assert_int_equal(s.state, 'R');
		assert_int_equal(s.starttime, 99);
		assert_int_equal(s.nfields, PID_STAT_RSS);
		assert_int_equal(s.policy, 0);
	}
}

static void
test_stat_cut(void **state)
{
	struct pid_stat whole, s;
	size_t n = strlen(full);

	(void)state;
	assert_int_equal(stat_exact(full, n, &whole), 0);
	for (size_t cut = 0; cut < n; cut++) {
		memset(&s, 0xaa, sizeof s);
		if (stat_exact(full, cut, &s) < 0) {
			assert_int_equal(s.pid, 0xaaaaaaaa); /* nothing written */
			continue;
		}
		/* What is there is right; what is not, is not there. */
		assert_in_range(s.nfields, PID_STAT_STARTTIME, PID_STAT_GUEST);
		assert_int_equal(s.starttime, whole.starttime);
		assert_int_equal(s.utime, whole.utime);
		assert_int_equal(s.vsize, s.nfields >= 23 ? whole.vsize : 0);
		assert_int_equal(s.rss, s.nfields >= PID_STAT_RSS ? whole.rss : 0);
		assert_int_equal(s.guest_time, s.nfields >= PID_STAT_GUEST ? whole.guest_time : 0);
	}
	/* Only its newline is missing. */
	assert_int_equal(stat_exact(full, n - 1, &s), 0);
	assert_int_equal(s.nfields, PID_STAT_GUEST);
}

static void
test_stat_odd(void **state)
{
	/* All of it is left alone, or refused; here: refused. */
	static const char *const bad[] = {
		"", "\n", "1", "1 ", "1 (", "1 ()", "1 () ", "1 () S", "1 () S ", "(x) S 1 1",
		"x (y) S 1 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 5 0 0\n",
		"-1 (y) S 1 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 5 0 0\n",
		"0 (y) S 1 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 5 0 0\n",
		"4294967296 (y) S 1 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 5 0 0\n",
		"1 (y S 1 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 5 0 0\n",
		"1 y) S 1 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 5 0 0\n",
		"1 (y) ? 1 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 5 0 0\n",
		"1 (y) S 1 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 5", /* may have been 51 */
		"1 (y) S 1 1 1 0 -1 0 0 0 0 0 -9 0 0 0 20 0 1 0 5 0 0\n",
		"1 (y) S 1 1 1 0 -1 0 0 0 0 0 9x 0 0 0 20 0 1 0 5 0 0\n",
		"1 (y) S 1 1 1 0 -1 0 0 0 0 0  9 0 0 0 20 0 1 0 5 0 0\n",
		"1 (y) S 1 1 1 0 -1 0 0 0 0 0 9 0 0 0 20 0 1 0 9999999999999999999999999999999999999999 0\n",
		"1 (y) S 1 1 1 0 -1 0 0 0 0 0 9 0 0 0 20 0 1 0 18446744073709551616 0 0\n",
	};
	struct pid_stat s;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_int_equal(stat_exact(bad[i], strlen(bad[i]), &s), -EINVAL);

	/* The largest there are. */
	assert_int_equal(pid_stat_parse(text("2147483647 (y) S 1 -1 -1 -1 -1 4294967295 18446744073709551615 0 0 0 "
					     "9223372036854775808 1 -9223372036854775807 0 -100 -20 1 0 "
					     "18446744073709551615 18446744073709551615 -7\n"), &s), 0);
	assert_int_equal(s.pid, INT32_MAX);
	assert_int_equal(s.pgrp, 0); /* -1: it is being reaped */
	assert_int_equal(s.session, 0);
	assert_int_equal(s.tty_nr, -1);
	assert_true(s.minflt == UINT64_MAX);
	assert_true(s.utime == UINT64_C(1) << 63);
	assert_true(s.cutime == -INT64_MAX);
	assert_int_equal(s.priority, -100);
	assert_int_equal(s.nice, -20);
	assert_true(s.starttime == UINT64_MAX);
	assert_int_equal(s.rss, -7);
	assert_int_equal(s.nfields, PID_STAT_RSS);

	/* Bad ones behind the identity end the list. */
	assert_int_equal(pid_stat_parse(text("1 (y) S 1 1 1 0 -1 0 0 0 0 0 9 0 0 0 20 0 1 0 5 "
					     "99999999999999999999 7 8\n"), &s), 0);
	assert_int_equal(s.nfields, PID_STAT_STARTTIME);
	assert_int_equal(s.rss, 0);

	/* More columns than there are, and another line. */
	assert_int_equal(pid_stat_parse(text("1 (y) S 1 1 1 0 -1 0 0 0 0 0 9 0 0 0 20 0 1 0 5 6 7\n8 9 10\n"), &s), 0);
	assert_int_equal(s.nfields, PID_STAT_RSS);
}

static void
test_statm(void **state)
{
	struct pid_statm m;

	(void)state;
	assert_int_equal(pid_statm_parse(text("5533 1203 811 44 0 902 0\n"), &m), 0);
	assert_int_equal(m.size, 5533);
	assert_int_equal(m.resident, 1203);
	assert_int_equal(m.shared, 811);
	assert_int_equal(m.text, 44);
	assert_int_equal(m.data, 902);
	assert_int_equal(pid_statm_parse(text("0 0 0 0 0 0 0\n"), &m), 0);
	assert_int_equal(pid_statm_parse(text("1 2 3 4 5 6 7 8 9\n"), &m), 0);
	assert_int_equal(pid_statm_parse(text(""), &m), -EINVAL);
	assert_int_equal(pid_statm_parse(text("1 2"), &m), -EINVAL);
	assert_int_equal(pid_statm_parse(text("1 2 3 4 5 6"), &m), -EINVAL); /* perhaps 67 */
	assert_int_equal(pid_statm_parse(text("-1 -2 x y z\n"), &m), -EINVAL);
	assert_int_equal(pid_statm_parse(text("1 2 3 4 5 99999999999999999999999 7\n"), &m), -EINVAL);
}

static const char status[] =
	"Name:\tUid: 5\nUmask:\t0022\nState:\tS (sleeping)\nTgid:\t900\nNgid:\t0\nPid:\t900\nPPid:\t1\n"
	"TracerPid:\t77\nUid:\t1000\t1001\t1002\t1003\nGid:\t100\t101\t102\t103\nFDSize:\t64\nGroups:\t4 24 \n"
	"VmPeak:\t   16604 kB\nVmSize:\t   16600 kB\nVmLck:\t       8 kB\nVmPin:\t       0 kB\nVmHWM:\t    9000 kB\n"
	"VmRSS:\t    8000 kB\nRssAnon:\t    2000 kB\nRssFile:\t    5500 kB\nRssShmem:\t     500 kB\nVmData:\t 1 kB\n"
	"VmPTE:\t      68 kB\nVmSwap:\t     120 kB\nHugetlbPages:\t       0 kB\nThreads:\t1\nCapEff:\t000001ffffffffff\n"
	"NoNewPrivs:\t1\nSeccomp:\t2\nSeccomp_filters:\t4\nvoluntary_ctxt_switches:\t1200\n"
	"nonvoluntary_ctxt_switches:\t34\n";

static void
test_status(void **state)
{
	struct pid_status s, part;

	(void)state;
	pid_status_parse(text(status), &s);
	assert_int_equal(s.have, STATUS_UID | STATUS_GID | STATUS_RSS | STATUS_SWAP | STATUS_HWM | STATUS_PEAK |
				 STATUS_LOCKED | STATUS_PTE | STATUS_VCTX | STATUS_NVCTX | STATUS_TRACER |
				 STATUS_CAPS | STATUS_SECCOMP | STATUS_NNP);
	assert_int_equal(s.ruid, 1000);
	assert_int_equal(s.euid, 1001);
	assert_int_equal(s.egid, 101);
	assert_int_equal(s.rss_anon, 2000 * 1024);
	assert_int_equal(s.rss_file, 5500 * 1024);
	assert_int_equal(s.rss_shmem, 500 * 1024);
	assert_int_equal(s.swap, 120 * 1024);
	assert_int_equal(s.hwm, 9000 * 1024);
	assert_int_equal(s.peak, 16604 * 1024);
	assert_int_equal(s.locked, 8 * 1024);
	assert_int_equal(s.pte, 68 * 1024);
	assert_int_equal(s.vctx, 1200);
	assert_int_equal(s.nvctx, 34);
	assert_int_equal(s.tracer, 77);
	assert_int_equal(s.seccomp, 2);
	assert_int_equal(s.nnp, 1);
	assert_true(s.caps == 0x1ffffffffff);

	/* Cut anywhere: what is there is right. */
	for (size_t cut = 0; cut < sizeof status - 1; cut++) {
		char *copy = xmalloc(cut ? cut : 1);

		memcpy(copy, status, cut);
		pid_status_parse(span_of(copy, cut), &part);
		free(copy);
		assert_int_equal(part.have & ~s.have, 0);
		if (part.have & STATUS_UID)
			assert_int_equal(part.euid, 1001);
		if (part.have & STATUS_RSS)
			assert_int_equal(part.rss_shmem, 500 * 1024);
		if (part.have & STATUS_NVCTX)
			assert_int_equal(part.nvctx, 34);
		if (part.have & STATUS_CAPS)
			assert_true(part.caps == 0x1ffffffffff);
	}
}

static void
test_status_odd(void **state)
{
	struct pid_status s;

	(void)state;
	pid_status_parse(text(""), &s);
	assert_int_equal(s.have, 0);
	pid_status_parse(text("\n\n::\n:\nUid\nUid:\nGid:\t\nCapEff:\n"), &s);
	assert_int_equal(s.have, 0);
	pid_status_parse(text("Uid:\t-1\tx\nVmSwap:\t99999999999999999999 kB\nVmPTE:\t18446744073709551615 kB\n"
			      "Gid:\t4294967296\t1\nCapEff:\txyz\nSeccomp:\t2x\n"), &s);
	assert_int_equal(s.have, 0);
	/* Another order, and a kernel thread that has no memory. */
	pid_status_parse(text("nonvoluntary_ctxt_switches:\t2\nvoluntary_ctxt_switches:\t3\nGid:\t0 0 0 0\nUid:\t0 0 0 0\n"), &s);
	assert_int_equal(s.have, STATUS_NVCTX | STATUS_VCTX | STATUS_UID | STATUS_GID);
	/* One kind of three is none. */
	pid_status_parse(text("RssAnon:\t1 kB\nRssFile:\t1 kB\n"), &s);
	assert_int_equal(s.have, 0);
}

static void
test_io(void **state)
{
	static const char io[] = "rchar: 3231\nwchar: 12\nsyscr: 5\nsyscw: 6\nread_bytes: 4096\n"
				 "write_bytes: 8192\ncancelled_write_bytes: 1\n";
	struct pid_io v;

	(void)state;
	assert_int_equal(pid_io_parse(text(io), &v), 0);
	assert_int_equal(v.rchar, 3231);
	assert_int_equal(v.wchar, 12);
	assert_int_equal(v.syscr, 5);
	assert_int_equal(v.syscw, 6);
	assert_int_equal(v.read_bytes, 4096);
	assert_int_equal(v.write_bytes, 8192);
	assert_int_equal(v.cancelled, 1);
	for (size_t cut = 0; cut < sizeof io - 1; cut++)
		assert_int_equal(pid_io_parse(span_of(io, cut), &v), -EINVAL);
	assert_int_equal(pid_io_parse(text("\n\n\n::\nread_bytes: 77\nread_bytes: 88\n"), &v), -EINVAL);
	assert_int_equal(pid_io_parse(text("rchar: -5\n"), &v), -EINVAL);
}

static void
test_cmdline(void **state)
{
#define CASE(in, want) {in, sizeof(in) - 1, want}
	static const struct {
		const char *in;
		size_t n;
		const char *want;
	} cases[] = {
		CASE("", ""),
		CASE("\0", ""),
		CASE("\0\0\0 \0", ""),
		CASE("/bin/sh\0-c\0ls -l\0", "/bin/sh -c ls -l"),
		CASE("/bin/sh\0-c", "/bin/sh -c"), /* cut */
		CASE("nginx: master process\0\0\0\0\0\0", "nginx: master process"),
		CASE("a\0\0b\0", "a  b"), /* an empty argument */
		CASE("sshd: alice [priv]  ", "sshd: alice [priv]"),
		CASE("x\ny\0", "x\ny"),
	};
#undef CASE

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		char *copy = xmalloc(cases[i].n ? cases[i].n : 1);
		size_t n;

		memcpy(copy, cases[i].in, cases[i].n);
		n = pid_cmdline_join(copy, cases[i].n);
		assert_int_equal(n, strlen(cases[i].want));
		assert_memory_equal(copy, cases[i].want, n);
		free(copy);
	}
}

static void
test_cgroup(void **state)
{
	static const struct {
		const char *in, *want; /* NULL: none */
	} cases[] = {
		{"0::/user.slice\n", "/user.slice"},
		{"0::/\n", "/"},
		{"12:pids:/a\n1:name=systemd:/b\n0::/c\n", "/c"},
		{"12:pids:/a\n1:name=systemd:/b\n", "/b"},
		{"12:pids:/a\n11:cpu,cpuacct:/b\n", "/a"},
		{"0::/a:b c (deleted)\n", "/a:b c (deleted)"},
		{"0::/cut", NULL},
		{"", NULL},
		{"\n\n::\n0:\n0::\nno colons\n", NULL},
		{"0::relative\n3:x:/fine\n", "/fine"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct span path;
		bool ok = pid_cgroup_parse(text(cases[i].in), &path);

		assert_int_equal(ok, cases[i].want != NULL);
		if (ok)
			assert_true(span_is(path, cases[i].want));
	}
}

static void
test_names(void **state)
{
	static const struct {
		uint32_t nr;
		const char *want;
	} ttys[] = {
		{0, ""},
		{0x8802, "pts/2"},           /* 136:2 */
		{136 << 8 | 0x10000 << 4 | 1, "pts/257"}, /* minor 257 */
		{137 << 8 | 3, "pts/259"},
		{4 << 8 | 1, "tty1"},
		{4 << 8 | 64, "ttyS0"},
		{188 << 8 | 2, "ttyUSB2"},
		{204 << 8 | 65, "ttyAMA1"},
		{204 << 8 | 5, "204:5"},
		{5 << 8 | 1, "5:1"},
		{UINT32_MAX, "4095:1048575"},
	};
	char name[16];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(ttys); i++) {
		pid_tty_name((int32_t)ttys[i].nr, name);
		assert_string_equal(name, ttys[i].want);
	}
	assert_string_equal(pid_policy_name(0), "other");
	assert_string_equal(pid_policy_name(6), "dl");
	assert_string_equal(pid_policy_name(99), "unknown");
}

static void
open_fixture(struct root *r, const char *name)
{
	const char *dir = getenv("SONDE_FIXTURES");
	char path[4096];
	struct err e;

	assert_non_null(dir);
	snprintf(path, sizeof path, "%s/%s", dir, name);
	assert_int_equal(root_init(r, &(struct root_paths){.root = path}, &e), 0);
}

static bool
listed(const struct pidlist *l, uint32_t pid)
{
	for (size_t i = 0; i < l->n; i++)
		if (l->pid[i] == pid)
			return true;
	return false;
}

static void
test_list(void **state)
{
	struct pidlist l;
	struct root r;

	(void)state;
	pidlist_init(&l);
	open_fixture(&r, "pidreuse");
	assert_int_equal(pidlist_read(&l, &r), 0);
	assert_true(l.n > 5);
	for (size_t i = 1; i < l.n; i++)
		assert_true(l.pid[i - 1] < l.pid[i]);
	assert_true(listed(&l, 1) && listed(&l, 4242));
	/* Another moment is another directory. */
	while (root_advance(&r) == 0)
		assert_int_equal(pidlist_read(&l, &r), 0);
	assert_int_equal(pidlist_read_threads(&l, &r, 4250), 0);
	assert_int_equal(l.n, 3);
	assert_int_equal(l.pid[0], 4250);
	assert_int_equal(l.pid[1], 4251);
	assert_int_equal(l.pid[2], 4252);
	assert_int_equal(pidlist_read_threads(&l, &r, 3999999), -ESRCH);
	assert_int_equal(l.n, 0);
	root_release(&r);

	/* Names that are no numbers, and files. */
	open_fixture(&r, "broken");
	assert_int_equal(pidlist_read(&l, &r), 0);
	assert_true(listed(&l, 6000));
	assert_false(listed(&l, 7));    /* 007 */
	assert_false(listed(&l, 12));   /* 12abc */
	assert_false(listed(&l, 0));
	assert_false(listed(&l, 6026)); /* a file */
	assert_int_equal(pidlist_read_threads(&l, &r, 6024), 0);
	assert_true(l.n >= 1 && l.pid[0] == 6024);
	root_release(&r);

	open_fixture(&r, "empty");
	assert_true(pidlist_read(&l, &r) < 0);
	assert_int_equal(l.n, 0);
	root_release(&r);
	pidlist_release(&l);
}

static void
test_read(void **state)
{
	struct buf b = {0};
	struct root r;

	(void)state;
	open_fixture(&r, "broken");
	assert_int_equal(pid_read(&r, 6007, 0, "stat", 4096, &b), 0);
	assert_true(b.len > 50 && memcmp(b.data, "6007 (", 6) == 0);
	assert_int_equal(pid_read(&r, 6007, 0, "stat", 5, &b), 0);
	assert_int_equal(b.len, 5);
	assert_string_equal(b.data, "6007 ");
	assert_int_equal(pid_read(&r, 6000, 0, "stat", 4096, &b), 0);
	assert_int_equal(b.len, 0);
	assert_int_equal(pid_read(&r, 6024, 6024, "stat", 4096, &b), 0);
	assert_string_equal(b.data, "6024 (b24");
	assert_int_equal(pid_read(&r, 6009, 0, "stat", 4096, &b), -EISDIR);
	assert_int_equal(pid_read(&r, 6010, 0, "stat", 4096, &b), -ENOENT);
	assert_int_equal(pid_read(&r, 3999999, 0, "stat", 4096, &b), -ESRCH);
	assert_int_equal(pid_read(&r, 1, 0, "no-such-file", 4096, &b), -ENOENT);
	assert_int_equal(b.len, 0);
	root_release(&r);
	buf_release(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_stat),      cmocka_unit_test(test_stat_comm),
		cmocka_unit_test(test_stat_cut),  cmocka_unit_test(test_stat_odd),
		cmocka_unit_test(test_statm),     cmocka_unit_test(test_status),
		cmocka_unit_test(test_status_odd), cmocka_unit_test(test_io),
		cmocka_unit_test(test_cmdline),   cmocka_unit_test(test_cgroup),
		cmocka_unit_test(test_names),     cmocka_unit_test(test_list),
		cmocka_unit_test(test_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
