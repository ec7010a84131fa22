/* What details of a process are parsed from: what the kernel writes, and what nobody should. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "sys/piddetail.h"
#include "sys/pidlinks.h"
#include "sys/pidmaps.h"
#include "sys/pidsockets.h"
#include "ui/decode.h"

#define TEXT(s) span_of(s, sizeof(s) - 1)

static void
assert_span(struct span s, const char *want)
{
	assert_int_equal(span_len(s), strlen(want));
	assert_memory_equal(s.p, want, strlen(want));
}

/* A copy that ends where the text ends, so that a sanitizer sees reads behind it. */
static struct span
exact(const char *s, size_t n)
{
	char *copy = xmalloc(n ? n : 1);

	memcpy(copy, s, n);
	return span_of(copy, n);
}

static void
test_links(void **state)
{
	struct span all = TEXT("0\0/dev/null\0\0pos:\t0\n\0" "7\0socket:[1]\0\0\0" "8\0/x\0" "12");
	struct pid_link link;

	(void)state;
	assert_true(pid_links_next(&all, &link));
	assert_span(link.name, "0");
	assert_span(link.target, "/dev/null");
	assert_span(link.size, "");
	assert_span(link.info, "pos:\t0\n");
	assert_true(pid_links_next(&all, &link));
	assert_span(link.target, "socket:[1]");
	assert_false(pid_links_next(&all, &link)); /* cut */
	assert_false(pid_links_next(&all, &link));
	all = (struct span){NULL, NULL};
	assert_false(pid_links_next(&all, &link));
}

static void
test_fdinfo(void **state)
{
	static const struct {
		const char *text;
		bool position, flags;
		uint64_t pos;
		uint32_t bits;
	} cases[] = {
		{"pos:\t4096\nflags:\t0102001\nmnt_id:\t23\n", true, true, 4096, 0102001},
		{"pos:\t18446744073709551615\nflags:\t00\n", true, true, UINT64_MAX, 0},
		{"pos:\t18446744073709551616\nflags:\t8\n", false, false, 0, 0},
		{"pos:\t-1\nflags:\t77777777777777777\n", false, false, 0, 0},
		{"flags:\t0100000", false, true, 0, 0100000},
		{"position: 1\nflagsx: 2\n", false, false, 0, 0},
		{"", false, false, 0, 0},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct span s = exact(cases[i].text, strlen(cases[i].text));
		struct pid_fdinfo info;

		pid_fdinfo_parse(s, &info);
		assert_int_equal(info.has_position, cases[i].position);
		assert_int_equal(info.has_flags, cases[i].flags);
		if (info.has_position)
			assert_true(info.position == cases[i].pos);
		assert_int_equal(info.flags, cases[i].bits);
		free((void *)(uintptr_t)s.p);
	}
}

static void
test_fd_kind(void **state)
{
	static const struct {
		const char *target, *kind;
	} cases[] = {
		{"socket:[12]", "socket"},
		{"pipe:[12]", "pipe"},
		{"/dev/pts/3", "device"},
		{"/dev/shm/x", "file"},
		{"/memfd:a (deleted)", "memfd"},
		{"/var/log/x", "file"},
		{"anon_inode:[eventpoll]", "eventpoll"},
		{"anon_inode:inotify", "inotify"},
		{"anon_inode:bpf-map", "bpf-map"},
		{"anon_inode:[", "other"},
		{"anon_inode:", "other"},
		{"anon_inode:[aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa]", "aaaaaaaaaaaaaaaaaaaaaaa"},
		{"net:[4026531840]", "namespace"},
		{"", "other"},
		{"\x1b[2J", "other"},
	};
	uint64_t inode;
	char kind[24], flags[64];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct span s = exact(cases[i].target, strlen(cases[i].target));

		pid_fd_kind(s, kind);
		assert_string_equal(kind, cases[i].kind);
		free((void *)(uintptr_t)s.p);
	}
	assert_true(pid_fd_deleted(TEXT("/tmp/x (deleted)")));
	assert_false(pid_fd_deleted(TEXT("/memfd:x (deleted)")));
	assert_false(pid_fd_deleted(TEXT(" (deleted)")));
	assert_true(pid_fd_socket(TEXT("socket:[20001]"), &inode));
	assert_int_equal(inode, 20001);
	assert_false(pid_fd_socket(TEXT("socket:[18446744073709551616]"), &inode));
	assert_false(pid_fd_socket(TEXT("socket:[1"), &inode));
	assert_false(pid_fd_socket(TEXT("socket:[]"), &inode));
	assert_false(pid_fd_socket(TEXT("socket:[ 1]"), &inode));
	assert_string_equal(pid_fd_mode(O_RDWR), "rw");
	pid_fd_flags(O_WRONLY | O_APPEND | O_NONBLOCK | O_CLOEXEC, flags);
	assert_string_equal(flags, "append,nonblock,cloexec");
	pid_fd_flags(UINT32_MAX, flags);
	assert_string_equal(flags, "append,nonblock,direct,sync,dir,path,cloexec");
}

static void
test_limits(void **state)
{
	struct span all = TEXT(
		"Limit                     Soft Limit           Hard Limit           Units     \n"
		"Max cpu time              unlimited            unlimited            seconds   \n"
		"Max open files            1024                 524288               files     \n"
		"Max nice priority         0                    0                    \n"
		"Max nonsense\n"
		"Max huge                  99999999999999999999 1                    x\n"
		"Max last                  1                    unlimited            y");
	struct pid_limit l;

	(void)state;
	assert_true(pid_limits_next(&all, &l));
	assert_span(l.name, "cpu time");
	assert_true(l.soft_unlimited && l.hard_unlimited);
	assert_true(pid_limits_next(&all, &l));
	assert_span(l.name, "open files");
	assert_span(l.unit, "files");
	assert_false(l.soft_unlimited);
	assert_int_equal(l.soft, 1024);
	assert_int_equal(l.hard, 524288);
	assert_true(pid_limits_next(&all, &l));
	assert_span(l.name, "nice priority");
	assert_span(l.unit, "");
	assert_true(pid_limits_next(&all, &l));
	assert_span(l.name, "last");
	assert_false(pid_limits_next(&all, &l));
}

static void
test_environ(void **state)
{
	struct span all = TEXT("A=1\0\0\0B=\0=x\0C\0D=a=b\0cut=of");
	static const struct {
		const char *name, *value;
	} want[] = {{"A", "1"}, {"B", ""}, {"", "x"}, {"C", NULL}, {"D", "a=b"}, {"cut", "of"}};
	struct pid_variable v;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(want); i++) {
		assert_true(pid_environ_next(&all, &v));
		assert_span(v.name, want[i].name);
		if (want[i].value)
			assert_span(v.value, want[i].value);
		else
			assert_null(v.value.p);
	}
	assert_false(pid_environ_next(&all, &v));
}

static void
test_small_ones(void **state)
{
	struct span all = TEXT("[<0>] ep_poll+0x1/0x2\nnonsense\n[<0>]\n"
			       "[<ffffffffffffffff>] 0xffffffffffffffff\n[<0>] last");
	struct span s = TEXT("Name:\tx\nVmStk:\t     132 kB\nSigQ:\t3/96343\n"
			     "VmLck:\t18446744073709551615 kB\n");
	struct span f;
	uint64_t v;

	(void)state;
	assert_true(pid_stack_next(&all, &f));
	assert_span(f, "ep_poll+0x1/0x2");
	assert_true(pid_stack_next(&all, &f));
	assert_span(f, "last");
	assert_false(pid_stack_next(&all, &f));
	assert_true(pid_status_number(s, "VmStk", &v));
	assert_int_equal(v, 132 * 1024);
	assert_true(pid_status_number(s, "SigQ", &v));
	assert_int_equal(v, 3);
	assert_false(pid_status_number(s, "VmLck", &v));
	assert_false(pid_status_number(s, "Vm", &v));
	assert_true(pid_cgroup2_parse(TEXT("12:cpu:/a\n0::/b c\n"), &f));
	assert_span(f, "/b c");
	assert_false(pid_cgroup2_parse(TEXT("12:cpu:/a\n0::\n0::x\n"), &f));
}

static const struct pid_map *
map_of(const struct pid_maps *m, const char *kind, const char *name)
{
	for (size_t i = 0; i < m->n; i++)
		if (strcmp(m->map[i].kind, kind) == 0 && m->map[i].name_len == strlen(name) &&
		    memcmp(m->names.data + m->map[i].name, name, strlen(name)) == 0)
			return &m->map[i];
	return NULL;
}

static void
test_maps(void **state)
{
	static const char text[] =
		"1000-2000 r-xp 00000000 fd:01 1                          /usr/bin/x y\n"
		"Size:                  4 kB\nRss:                   4 kB\nPss:                   2 kB\n"
		"Private_Clean:         1 kB\nPrivate_Dirty:         2 kB\nSwap:                  0 kB\n"
		"VmFlags: rd ex\n"
		"2000-3000 rw-p 00000000 fd:01 1                          /usr/bin/x y\n"
		"Rss:                   8 kB\n"
		"3000-4000 rw-p 00000000 00:00 0                          [heap]\nRss: 1 kB\n"
		"4000-5000 rw-p 00000000 00:00 0 \nRss: 2 kB\n"
		"5000-6000 rw-s 00000000 00:01 9                          \nRss: 3 kB\n"
		"6000-7000 r-xp 00000000 fd:01 2                          /lib/libc.so.6 (deleted)\n"
		"7000-8000 r--p 00000000 fd:01 2                          /lib/a.sonde\nRss: 4 kB\n"
		"8000-9000 rw-p 00000000 00:00 0                          [stack]\n"
		"9000-a000 rw-p 00000000 00:00 0                          [anon:x]\n"
		"Rss:                   18446744073709551615 kB\nRss: x kB\nRss: 5 kB\n"
		"nonsense\n:\nRss\n"
		"a000-b000 rw-p 00000000 00:00 0                          [vdso]\nRss: 1";
	struct span s = exact(text, sizeof text - 1);
	struct pid_maps m = {0};
	const struct pid_map *p;

	(void)state;
	pid_maps_parse(&m, s, TEXT("/usr/bin/x y"));
	p = map_of(&m, "program", "/usr/bin/x y");
	assert_non_null(p);
	assert_int_equal(p->count, 2);
	assert_int_equal(p->bytes[MAP_RSS], 12 * 1024);
	assert_int_equal(p->bytes[MAP_PSS], 2 * 1024);
	assert_int_equal(p->bytes[MAP_OWN], 3 * 1024);
	assert_true(p->have & 1 << MAP_SWAPPED);
	assert_int_equal(map_of(&m, "heap", "")->bytes[MAP_RSS], 1024);
	assert_int_equal(map_of(&m, "anonymous", "")->bytes[MAP_RSS], 2048);
	assert_int_equal(map_of(&m, "shared", "")->bytes[MAP_RSS], 3072);
	assert_non_null(map_of(&m, "library", "/lib/libc.so.6 (deleted)"));
	assert_false(map_of(&m, "library", "/lib/libc.so.6 (deleted)")->have & 1 << MAP_RSS);
	assert_non_null(map_of(&m, "file", "/lib/a.sonde"));
	assert_non_null(map_of(&m, "stack", ""));
	assert_int_equal(map_of(&m, "anonymous", "[anon:x]")->bytes[MAP_RSS], 5 * 1024);
	assert_non_null(map_of(&m, "kernel", "[vdso]"));
	assert_false(map_of(&m, "kernel", "[vdso]")->have); /* its line was cut */
	pid_maps_parse(&m, TEXT("55d0c0de0000-7ffd00a8b000 ---p 00000000 00:00 0    [rollup]\n"
				"Rss:  12 kB\n"),
		       (struct span){NULL, NULL});
	assert_int_equal(m.n, 1);
	assert_int_equal(map_of(&m, "total", "")->bytes[MAP_RSS], 12 * 1024);
	pid_maps_release(&m);
	free((void *)(uintptr_t)s.p);
}

/* However many there are, no more are kept, and nothing is lost from the sum. */
static void
test_many_maps(void **state)
{
	enum { MANY = PID_MAPS_MAX + 500 };
	struct pid_maps m = {0};
	struct buf b = {0};
	uint64_t sum = 0;

	(void)state;
	for (unsigned i = 0; i < MANY; i++)
		buf_printf(&b, "%x000-%x000 r--p 0 0:0 1 /file%u\nRss: 4 kB\n", i + 1, i + 2, i);
	pid_maps_parse(&m, span_of(b.data, b.len), (struct span){NULL, NULL});
	assert_int_equal(m.n, PID_MAPS_MAX);
	for (size_t i = 0; i < m.n; i++)
		sum += m.map[i].bytes[MAP_RSS];
	assert_int_equal(sum, MANY * 4096);
	assert_non_null(map_of(&m, "file", "(others)"));
	pid_maps_release(&m);
	buf_release(&b);
}

static void
test_sockets(void **state)
{
	static const char tcp[] =
		"  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid\n"
		"   0: 00000000:1538 00000000:0000 0A 00000000:00000002 00:00000000 00000000 0 0 100 1\n"
		"   1: 0100007F:1538 0100007F:D431 01 00000010:00000020 00:00000000 00000000 0 0 101 1\n"
		"   2: XX:1 : FF : 0 0 0 0 102 1\n"
		"   3: 0100007F:1538 0100007F:D431 01 00000000:00000000 00:00000000 00000000 0 0 103";
	static const char tcp6[] =
		"   0: B80D0120000000000000000001000000:0050 00000000000000000000000000000000:0000 0A "
		"00000000:00000000 00:00000000 00000000 0 0 104 1\n"
		"   1: 0000000000000000FFFF00000100007F:0050 0000000000000000FFFF00000100007F:0051 01 "
		"00000000:00000000 00:00000000 00000000 0 0 105 1\n";
	static const char unix_text[] =
		"Num       RefCount Protocol Flags    Type St Inode Path\n"
		"ffff8f: 00000002 00000000 00010000 0001 01 106 /run/a b.sock\n"
		"ffff8f: 00000003 00000000 00000000 0001 03 107\n"
		"ffff8f: 00000003 00000000 00000000 0001 03 999 /other\n";
	static const uint64_t inodes[] = {100, 101, 102, 103, 104, 105, 106, 107, 108};
	const struct pid_socket *i;
	struct pid_sockets s = {0};

	(void)state;
	pid_sockets_begin(&s);
	for (size_t k = 0; k < ARRAY_LEN(inodes); k++)
		pid_sockets_look_for(&s, inodes[k]);
	pid_sockets_look_for(&s, 100); /* once is enough */
	assert_int_equal(s.n, ARRAY_LEN(inodes));
	pid_sockets_parse(&s, PID_NET_TCP, TEXT(tcp));
	pid_sockets_parse(&s, PID_NET_TCP6, TEXT(tcp6));
	pid_sockets_parse(&s, PID_NET_UNIX, TEXT(unix_text));
	i = pid_sockets_find(&s, 100);
	assert_string_equal(i->state, "listen");
	assert_string_equal(i->local, "*:5432");
	assert_string_equal(i->remote, "");
	assert_int_equal(i->receive, 2);
	i = pid_sockets_find(&s, 101);
	assert_string_equal(i->state, "established");
	assert_string_equal(i->local, "127.0.0.1:5432");
	assert_string_equal(i->remote, "127.0.0.1:54321");
	assert_int_equal(i->send, 16);
	assert_int_equal(i->receive, 32);
	i = pid_sockets_find(&s, 102); /* nonsense in all but its number */
	assert_non_null(i);
	assert_null(i->state);
	assert_string_equal(i->local, "");
	assert_false(i->has_queues);
	assert_null(pid_sockets_find(&s, 103)); /* cut */
	assert_string_equal(pid_sockets_find(&s, 104)->local, "[2001:db8::1]:80");
	assert_string_equal(pid_sockets_find(&s, 105)->local, "[::ffff:127.0.0.1]:80");
	i = pid_sockets_find(&s, 106);
	assert_string_equal(i->state, "listen");
	assert_string_equal(i->local, "/run/a b.sock");
	assert_string_equal(pid_sockets_find(&s, 107)->state, "connected");
	assert_null(pid_sockets_find(&s, 108));
	assert_null(pid_sockets_find(&s, 999));
	pid_sockets_release(&s);
}

static void
assert_decoded(bool (*decode)(const char *, struct buf *), const char *hex, const char *want)
{
	struct buf b = {0};

	assert_int_equal(decode(hex, &b), want != NULL);
	if (want)
		assert_string_equal(b.data, want);
	buf_release(&b);
}

static void
test_decode(void **state)
{
	(void)state;
	assert_decoded(decode_capabilities, "0000000000000000", "none");
	assert_decoded(decode_capabilities, "0000000000000400", "net_bind_service");
	assert_decoded(decode_capabilities, "000001ffffffffff", "all");
	assert_decoded(decode_capabilities, "0000003fffffffff", "all"); /* Linux 4.18 */
	assert_decoded(decode_capabilities, "000001fffffeffff", "all but sys_module");
	assert_decoded(decode_capabilities, "00000000a80425fb",
		       "chown dac_override fowner fsetid kill setgid setuid setpcap "
		       "net_bind_service net_raw sys_chroot mknod audit_write setfcap");
	assert_decoded(decode_capabilities, "8000000000000000", "63");
	assert_decoded(decode_capabilities, "x", NULL);
	assert_decoded(decode_capabilities, "10000000000000000", NULL);
	assert_decoded(decode_capabilities, "", NULL);
	assert_decoded(decode_signals, "0000000000000000", "none");
	assert_decoded(decode_signals, "0000000000004001", "HUP TERM");
	assert_decoded(decode_signals, "zz", NULL);
}

/* Cut anywhere, changed anywhere: nothing is read that is not there. */
static void
test_any_bytes(void **state)
{
	static const char seed[] =
		"0\0/dev/null\0" "12\0pos:\t1\nflags:\t02\n\0\nMax open files            1 2 files\n"
		"1000-2000 r-xp 0 0:0 1 /a.so\nRss: 4 kB\n0: 0100007F:1538 0100007F:D431 01 "
		"00000010:00000020 00:0 0 0 0 7 1\n[<0>] f\n0::/x\nA=b\0";
	unsigned random = 1;

	(void)state;
	for (unsigned round = 0; round < 4000; round++) {
		size_t n = sizeof seed - 1 - round % (sizeof seed - 1);
		struct span s = exact(seed, n), all;
		struct pid_variable v;
		struct pid_fdinfo info;
		struct pid_limit l;
		struct pid_link link;
		struct pid_sockets sockets = {0};
		struct pid_maps maps = {0};
		uint64_t number;
		char kind[24];

		for (int i = 0; i < 3; i++) {
			random = random * 1103515245 + 12345;
			((char *)(uintptr_t)s.p)[(random >> 8) % n] = (char)(random >> 16);
		}
		for (all = s; pid_links_next(&all, &link);)
			pid_fd_kind(link.target, kind);
		for (all = s; pid_limits_next(&all, &l);)
			;
		for (all = s; pid_environ_next(&all, &v);)
			;
		for (all = s; pid_stack_next(&all, &v.name);)
			;
		pid_fdinfo_parse(s, &info);
		(void)pid_status_number(s, "flags", &number);
		(void)pid_cgroup2_parse(s, &v.name);
		pid_maps_parse(&maps, s, TEXT("/a.so"));
		pid_sockets_begin(&sockets);
		pid_sockets_look_for(&sockets, 7);
		for (int f = 0; f < PID_NET_FILES; f++)
			pid_sockets_parse(&sockets, (enum pid_net_file)f, s);
		pid_maps_release(&maps);
		pid_sockets_release(&sockets);
		free((void *)(uintptr_t)s.p);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_links),     cmocka_unit_test(test_fdinfo),
		cmocka_unit_test(test_fd_kind),   cmocka_unit_test(test_limits),
		cmocka_unit_test(test_environ),   cmocka_unit_test(test_small_ones),
		cmocka_unit_test(test_maps),      cmocka_unit_test(test_many_maps),
		cmocka_unit_test(test_sockets),   cmocka_unit_test(test_decode),
		cmocka_unit_test(test_any_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
