/* Settings: how people write them, and on children of our own that the kernel took them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "act/cgroup.h"
#include "act/setting.h"
#include "base/fd.h"
#include "base/mem.h"
#include "base/num.h"
#include "child.h"

static struct root root;

static int
setup(void **state)
{
	(void)state;
	return root_init(&root, &(struct root_paths){0}, NULL);
}

static int
teardown(void **state)
{
	(void)state;
	root_release(&root);
	return 0;
}

static void
test_cpus(void **state)
{
	static const struct {
		const char *text, *printed; /* NULL: refused */
		int at;                     /* where */
	} cases[] = {
		{"0", "0", 0},
		{"0-3,8", "0-3,8", 0},
		{"8,0-3", "0-3,8", 0},
		{"0,1,2,3", "0-3", 0},
		{"0-15:4", "0,4,8,12", 0},
		{"0-3,2-5", "0-5", 0},
		{"5-5", "5", 0},
		{"1023-1025", "1023-1025", 0},
		{"8191", "8191", 0},
		{"0xff", "0-7", 0},
		{"0XF", "0-3", 0},
		{"0xff,00000000", "32-39", 0},
		{"0x1" "00000000000000000000000000000000", "128", 0},
		{"all", "all", 0},
		{"0-8191", "all", 0},
		{"", NULL, 0},
		{"-1", NULL, 0},
		{" 1", NULL, 0},
		{"1 ", NULL, 1},
		{"1,", NULL, 2},
		{"1,,2", NULL, 2},
		{"3-1", NULL, 2},
		{"1-", NULL, 2},
		{"1-2:0", NULL, 4},
		{"1-2:", NULL, 4},
		{"1:2", NULL, 1},
		{"8192", NULL, 0},
		{"0-8192", NULL, 2},
		{"99999999999999999999", NULL, 0},
		{"0x", NULL, 0},
		{"0x0", NULL, 0},
		{"0x,", NULL, 2},
		{"0xf,", NULL, 3},
		{"0xg", NULL, 2},
		{"0x-1", NULL, 2},
		{"ff", NULL, 0},
		{"1+2", NULL, 1},
	};
	struct cpus c;
	struct err e;
	struct buf b = {0}, big = {0};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		int r = cpus_parse(cases[i].text, &c, &e);

		if (!cases[i].printed) {
			assert_int_equal(r, -EINVAL);
			assert_int_equal(e.at, cases[i].at);
			assert_string_not_equal(e.text, "");
			continue;
		}
		assert_int_equal(r, 0);
		buf_clear(&b);
		cpus_print(&c, &b);
		assert_string_equal(b.data, cases[i].printed);
		assert_int_equal(cpus_parse(b.data, &(struct cpus){0}, NULL), 0);
	}
	/* The highest CPU there can be, and one more. */
	buf_puts(&big, "0x8");
	buf_pad(&big, '0', CPUS_MAX / 4 - 1);
	assert_int_equal(cpus_parse(big.data, &c, &e), 0);
	assert_true(cpus_has(&c, CPUS_MAX - 1) && !cpus_has(&c, CPUS_MAX));
	buf_putc(&big, '0');
	assert_int_equal(cpus_parse(big.data, &c, &e), -EINVAL);
	buf_release(&b);
	buf_release(&big);
}

/* print(parse(x)) is stable: what is shown can be typed. */
static void
test_words(void **state)
{
	static const struct {
		enum setting_kind kind;
		const char *text, *printed;
	} cases[] = {
		{SETTING_NICE, "0", "0"},
		{SETTING_NICE, "-20", "-20"},
		{SETTING_NICE, "19", "19"},
		{SETTING_NICE, "20", NULL},
		{SETTING_NICE, "-21", NULL},
		{SETTING_NICE, "", NULL},
		{SETTING_NICE, "5x", NULL},
		{SETTING_NICE, "1 2", NULL},
		{SETTING_AUTOGROUP, "19", "19"},
		{SETTING_AUTOGROUP, "20", NULL},
		{SETTING_OOM, "-1000", "-1000"},
		{SETTING_OOM, "1000", "1000"},
		{SETTING_OOM, "1001", NULL},
		{SETTING_OOM, "-1001", NULL},
		{SETTING_SLACK, "50000", "50000"},
		{SETTING_SLACK, "-1", NULL},
		{SETTING_IO, "none", "none"},
		{SETTING_IO, "idle", "idle"},
		{SETTING_IO, "be 4", "best-effort 4"},
		{SETTING_IO, "Best-Effort 0", "best-effort 0"},
		{SETTING_IO, "rt 7", "realtime 7"},
		{SETTING_IO, "realtime 8", NULL},
		{SETTING_IO, "realtime", NULL},
		{SETTING_IO, "best-effort -1", NULL},
		{SETTING_IO, "idle 3", NULL},
		{SETTING_IO, "besteffort 3", NULL},
		{SETTING_IO, "", NULL},
		{SETTING_POLICY, "other", "other"},
		{SETTING_POLICY, "normal", "other"},
		{SETTING_POLICY, "batch", "batch"},
		{SETTING_POLICY, "idle", "idle"},
		{SETTING_POLICY, "fifo 1", "fifo 1"},
		{SETTING_POLICY, " RR  99 ", NULL},
		{SETTING_POLICY, " RR  99", "rr 99"},
		{SETTING_POLICY, "fifo 0", NULL},
		{SETTING_POLICY, "fifo 100", NULL},
		{SETTING_POLICY, "fifo", NULL},
		{SETTING_POLICY, "other 1", NULL},
		{SETTING_POLICY, "deadline", NULL},
		{SETTING_POLICY, "ext", NULL},
		{SETTING_AFFINITY, "0x3", "0,1"},
		{SETTING_AFFINITY, "0x", NULL},
	};
	struct buf b = {0};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct setting v = {0}, again;
		struct err e = {""};
		int r = setting_parse(cases[i].kind, cases[i].text, &v, &e);

		if (!cases[i].printed) {
			if (r != -EINVAL)
				fail_msg("\"%s\" was taken", cases[i].text);
			assert_string_not_equal(e.text, "");
			continue;
		}
		assert_int_equal(r, 0);
		buf_clear(&b);
		setting_print(&v, &b);
		assert_string_equal(b.data, cases[i].printed);
		assert_int_equal(setting_parse(cases[i].kind, b.data, &again, NULL), 0);
		assert_true(setting_equal(&v, &again));
		setting_release(&again);
		setting_copy(&again, &v);
		assert_true(setting_equal(&v, &again));
		setting_release(&again);
		setting_release(&v);
	}
	buf_clear(&b);
	setting_print(&(struct setting){.kind = SETTING_POLICY, .class = 6}, &b);
	assert_string_equal(b.data, "deadline");
	buf_clear(&b);
	setting_print(&(struct setting){.kind = SETTING_POLICY, .class = 7}, &b);
	assert_string_equal(b.data, "ext");
	buf_clear(&b);
	setting_print(&(struct setting){.kind = SETTING_POLICY, .class = 99}, &b);
	assert_string_equal(b.data, "class 99");
	buf_release(&b);
}

/* A child that is this user's, and does nothing. */
static pid_t
spawn(uid_t uid)
{
	int ready[2];
	char c;
	pid_t pid;

	assert_int_equal(pipe(ready), 0);
	pid = fork();
	assert_int_not_equal(pid, -1);
	if (pid == 0) {
		alarm(60);
		if (uid && setresuid(uid, uid, uid) < 0)
			_exit(1);
		(void)close(ready[0]);
		(void)close(ready[1]);
		for (;;)
			pause();
	}
	(void)close(ready[1]);
	assert_int_equal(read(ready[0], &c, 1), 0);
	(void)close(ready[0]);
	return pid;
}

static void
end(pid_t pid)
{
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

/* 0, or what -errno came of typing it for this process; then it is what it was typed to be. */
static int
apply(const struct target *t, enum setting_kind kind, const char *text, const char *then)
{
	struct setting v, now;
	struct buf b = {0};
	int r;

	assert_int_equal(setting_parse(kind, text, &v, NULL), 0);
	r = setting_apply(t, &root, &v);
	setting_release(&v);
	if (r < 0)
		return r;
	assert_int_equal(setting_read(t, &root, kind, &now), 0);
	setting_print(&now, &b);
	assert_string_equal(b.data, then);
	setting_release(&now);
	buf_release(&b);
	return 0;
}

static void
test_own_child(void **state)
{
	struct target t;
	struct setting v;
	pid_t pid = spawn(0);
	int r;

	(void)state;
	assert_int_equal(target_open(&t, &root, pid, start_of(&root, pid)), 0);
	for (int k = 0; k < SETTINGS; k++) {
		r = setting_read(&t, &root, (enum setting_kind)k, &v);
		if (r < 0 && r != -ENOSYS)
			fail_msg("%s: %s", setting_info[k].name, strerror(-r));
		if (r == 0)
			setting_release(&v);
	}
	assert_int_equal(apply(&t, SETTING_NICE, "19", "19"), 0);
	assert_int_equal(getpriority(PRIO_PROCESS, (id_t)pid), 19);
	assert_int_equal(apply(&t, SETTING_IO, "be 7", "best-effort 7"), 0);
	assert_int_equal(apply(&t, SETTING_IO, "idle", "idle"), 0);
	assert_int_equal(apply(&t, SETTING_POLICY, "batch", "batch"), 0);
	assert_int_equal(sched_getscheduler(pid), SCHED_BATCH);
	assert_int_equal(getpriority(PRIO_PROCESS, (id_t)pid), 19); /* as it was */
	assert_int_equal(apply(&t, SETTING_POLICY, "idle", "idle"), 0);
	assert_int_equal(apply(&t, SETTING_OOM, "900", "900"), 0);
	assert_int_equal(apply(&t, SETTING_AFFINITY, "0", "0"), 0);
	assert_int_equal(apply(&t, SETTING_AFFINITY, "0x1", "0"), 0);
	assert_int_equal(apply(&t, SETTING_AFFINITY, "8191", ""), -EINVAL); /* no such CPU here */
	if (geteuid() == 0) {
		/* A container may forbid real-time policies even to root. */
		r = apply(&t, SETTING_POLICY, "fifo 3", "fifo 3");
		assert_true(r == 0 || r == -EPERM);
		r = apply(&t, SETTING_POLICY, "other", "other");
		assert_int_equal(r, 0);
		assert_int_equal(getpriority(PRIO_PROCESS, (id_t)pid), 19);
	}
	end(pid);
	assert_int_equal(apply(&t, SETTING_NICE, "19", ""), -ESRCH);
	assert_int_equal(apply(&t, SETTING_OOM, "0", ""), -ESRCH);
	assert_int_equal(setting_read(&t, &root, SETTING_AFFINITY, &v), -ESRCH);
	target_close(&t);
}

/* Another process has the number: nothing is read of it and nothing done to it. */
static void
test_reused(void **state)
{
	struct target t;
	struct setting v;
	pid_t pid = spawn(0);

	(void)state;
	assert_int_equal(target_open(&t, &root, pid, start_of(&root, pid)), 0);
	t.start_ticks--;
	for (int k = 0; k < SETTINGS; k++)
		assert_int_equal(setting_read(&t, &root, (enum setting_kind)k, &v), -ESRCH);
	assert_int_equal(apply(&t, SETTING_NICE, "7", ""), -ESRCH);
	assert_int_equal(apply(&t, SETTING_IO, "idle", ""), -ESRCH);
	assert_int_equal(apply(&t, SETTING_POLICY, "batch", ""), -ESRCH);
	assert_int_equal(apply(&t, SETTING_AFFINITY, "0", ""), -ESRCH);
	assert_int_equal(apply(&t, SETTING_OOM, "100", ""), -ESRCH);
	assert_int_equal(getpriority(PRIO_PROCESS, (id_t)pid), getpriority(PRIO_PROCESS, 0));
	assert_int_equal(sched_getscheduler(pid), SCHED_OTHER);
	target_close(&t);
	end(pid);
}

/* Without privilege, on another's process: refused, and nothing happens. In a child that gives up
 * root. */
static void
test_not_permitted(void **state)
{
	pid_t victim, pid;
	uint64_t start;
	int status;

	(void)state;
	if (geteuid() != 0) {
		print_message("not root: no process of another user to try it on\n");
		skip();
	}
	victim = spawn(65532);
	start = start_of(&root, victim);
	pid = fork();
	assert_int_not_equal(pid, -1);
	if (pid == 0) {
		static const struct {
			enum setting_kind kind;
			const char *text;
		} tries[] = {
			{SETTING_NICE, "19"},  {SETTING_IO, "idle"},   {SETTING_POLICY, "batch"},
			{SETTING_OOM, "500"},  {SETTING_AFFINITY, "0"},
		};
		struct target t;

		if (setresuid(65533, 65533, 65533) < 0 ||
		    target_open(&t, &root, victim, start) < 0)
			_exit(99);
		for (size_t i = 0; i < ARRAY_LEN(tries); i++) {
			struct setting v;
			int r;

			if (setting_parse(tries[i].kind, tries[i].text, &v, NULL) < 0)
				_exit(98);
			r = setting_apply(&t, &root, &v);
			if (r != -EPERM && r != -EACCES)
				_exit((int)i + 1);
		}
		_exit(act_signal(&t, &root, SIGTERM, false) == -EPERM ? 0 : 97);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(WEXITSTATUS(status), 0);
	assert_int_equal(getpriority(PRIO_PROCESS, (id_t)victim), getpriority(PRIO_PROCESS, 0));
	end(victim);
}

/* What is mounted there is no cgroup file system, or there is nothing. */
static void
test_not_a_cgroup(void **state)
{
	char dir[] = "/tmp/sonde-cgroup-XXXXXX", path[64];
	struct root_paths paths = {0};
	struct root r, elsewhere = root;
	struct cgroup c;

	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof path, "%s/a", dir);
	assert_int_equal(mkdir(path, 0700), 0);
	paths.area[ROOT_CGROUP] = dir;
	assert_int_equal(root_init(&r, &paths, NULL), 0);
	assert_int_equal(cgroup_open(&c, &r, "/a"), -EOPNOTSUPP);
	assert_int_equal(c.dir, -1);
	assert_int_equal(cgroup_open(&c, &r, "/b"), -EOPNOTSUPP);
	cgroup_close(&c);
	root_release(&r);
	elsewhere.foreign = true;
	assert_int_equal(cgroup_open(&c, &elsewhere, "/a"), -EOPNOTSUPP);
	cgroup_close(&c);
	(void)rmdir(path);
	(void)rmdir(dir);
}

/* A path that a stranger made, with a link in it that leads out. */
static void
test_beneath(void **state)
{
	char dir[] = "/tmp/sonde-beneath-XXXXXX", path[64], link[64];
	struct root_paths paths = {0};
	struct root r;
	int fd;

	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof path, "%s/a", dir);
	snprintf(link, sizeof link, "%s/out", dir);
	assert_int_equal(mkdir(path, 0700), 0);
	assert_int_equal(symlink("/", link), 0);
	paths.area[ROOT_CGROUP] = dir;
	assert_int_equal(root_init(&r, &paths, NULL), 0);
	fd = root_open_beneath(&r, ROOT_CGROUP, "a", O_RDONLY | O_DIRECTORY);
	assert_true(fd >= 0);
	(void)close(fd);
	assert_int_equal(root_open_beneath(&r, ROOT_CGROUP, "b", O_RDONLY), -ENOENT);
	assert_int_equal(root_open_beneath(&r, ROOT_CGROUP, "out", O_RDONLY), -ELOOP);
	assert_int_equal(root_open_beneath(&r, ROOT_CGROUP, "out/tmp", O_RDONLY), -ELOOP);
	assert_int_equal(root_open_beneath(&r, ROOT_CGROUP, "../x", O_RDONLY), -EXDEV);
	root_release(&r);
	(void)unlink(link);
	(void)rmdir(path);
	(void)rmdir(dir);
}

static void
put(const char *dir, const char *file, pid_t pid)
{
	char path[128], text[16];
	cleanup_fd int fd = -1;

	snprintf(path, sizeof path, "%s/%s", dir, file);
	snprintf(text, sizeof text, "%d", (int)pid);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(fd_write_all(fd, text, strlen(text)), 0);
}

/* A cgroup of our own, where root may mount and make one: frozen, thawed, killed. */
static void
test_cgroup(void **state)
{
	char dir[] = "/tmp/sonde-cgroup2-XXXXXX", sub[64], name[32];
	struct root_paths paths = {0};
	struct root r;
	struct cgroup c, other;
	pid_t pid;
	int status, killed;

	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(name, sizeof name, "/sonde-test-%d", (int)getpid());
	snprintf(sub, sizeof sub, "%s%s", dir, name);
	/* In a mount namespace of our own: nobody else sees it. */
	if (unshare(CLONE_NEWNS) < 0 || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mount("none", dir, "cgroup2", 0, NULL) < 0 || mkdir(sub, 0755) < 0) {
		print_message("no cgroup may be made here: %s\n", strerror(errno));
		(void)umount(dir);
		(void)rmdir(dir);
		skip();
	}
	static const char *const bad[] = {"",     "a",      "/..",    "/a/../b", "/a//b", "/a/",
					  "/./a", "/a/..",  "/../..", "//",      "..",    "/../x"};
	pid = spawn(0);
	put(sub, "cgroup.procs", pid);
	paths.area[ROOT_CGROUP] = dir;
	assert_int_equal(root_init(&r, &paths, NULL), 0);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		assert_int_equal(cgroup_open(&c, &r, bad[i]), -EINVAL);
		assert_int_equal(c.dir, -1);
	}
	assert_int_equal(cgroup_open(&c, &r, "/"), -EBUSY);
	assert_int_equal(cgroup_open(&c, &r, "/sonde-there-is-none"), -ENOENT);
	assert_int_equal(cgroup_open(&c, &r, name), 0);
	assert_int_equal(cgroup_frozen(&c), 0);
	assert_int_equal(cgroup_freeze(&c, true), 0);
	assert_int_equal(cgroup_frozen(&c), 1);
	assert_int_equal(cgroup_freeze(&c, false), 0);
	assert_int_equal(cgroup_frozen(&c), 0);
	/* The one we are in, and the root. */
	put(sub, "cgroup.procs", getpid());
	assert_int_equal(cgroup_open(&other, &r, name), -EBUSY);
	put(dir, "cgroup.procs", getpid());
	assert_int_equal(cgroup_open(&other, &r, "/"), -EBUSY);
	killed = cgroup_kill(&c);
	if (killed == -ENOENT)
		kill(pid, SIGKILL); /* before 5.14 */
	else
		assert_int_equal(killed, 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(WTERMSIG(status), SIGKILL);
	/* Made again with the same name, it is another. */
	while (rmdir(sub) < 0 && errno == EBUSY)
		usleep(1000);
	assert_int_equal(mkdir(sub, 0755), 0);
	assert_int_not_equal(cgroup_freeze(&c, true), 0);
	cgroup_close(&c);
	assert_int_equal(cgroup_open(&c, &r, name), 0);
	assert_int_equal(cgroup_frozen(&c), 0);
	cgroup_close(&c);
	root_release(&r);
	(void)rmdir(sub);
	assert_int_equal(umount(dir), 0);
	(void)rmdir(dir);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cpus),          cmocka_unit_test(test_words),
		cmocka_unit_test(test_own_child),     cmocka_unit_test(test_reused),
		cmocka_unit_test(test_not_permitted), cmocka_unit_test(test_not_a_cgroup),
		cmocka_unit_test(test_beneath),       cmocka_unit_test(test_cgroup),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
