/* The sampler on this machine: who is born is found, who took a number over is told apart, and what
 * others change of a process that rests is seen as soon as sonde(1), ACCURACY, says. Runs in a PID
 * namespace of its own where it may make one: there it chooses the numbers. */
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/fd.h"
#include "base/mem.h"
#include "sample/births.h"
#include "sample/procs.h"
#include "sample/sampler.h"
#include "sys/bpftask.h"

enum { NCHILDREN = 50 };

static struct root root;
static struct feed *feed;
static bool own_namespace;
static enum sampler sampler = SAMPLER_CLOCK;

static int
setup(void **state)
{
	struct plan plan = {0};
	struct err e;

	(void)state;
	assert_int_equal(root_init(&root, &(struct root_paths){0}, &e), 0);
	feed = sampler_new(&root, sampler, &e);
	assert_non_null(feed);
	plan_want(&plan, TABLE_PROC, PROC_NICE);
	plan_want(&plan, TABLE_PROC, PROC_NAME);
	plan_want(&plan, TABLE_PROC, PROC_SHR);
	plan_want(&plan, TABLE_PROC, PROC_CPU_RATIO);
	feed_plan(feed, &plan);
	plan_release(&plan);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	feed_free(feed);
	root_release(&root);
	return 0;
}

static const struct frame *
next(void)
{
	const struct frame *f;

	assert_int_equal(feed_next(feed, &f), 0);
	return f;
}

/* The row of a process; ROW_NONE. */
static uint32_t
row_of(const struct frame *f, pid_t pid)
{
	const struct table *t = frame_table(f, TABLE_PROC);

	for (uint32_t i = 0; i < t->nrows; i++)
		if (t->key[i].a == (uint64_t)pid)
			return i;
	return ROW_NONE;
}

static bool
next_has(pid_t pid)
{
	const struct frame *f = next();
	bool has = row_of(f, pid) != ROW_NONE;

	frame_unref(f);
	return has;
}

static void
sleeper(const char *name)
{
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	(void)prctl(PR_SET_NAME, name);
	for (;;)
		pause();
}

static void
end(pid_t pid)
{
	(void)kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

/* Until it sleeps and its clock stands still. */
static void
settle(pid_t pid)
{
	struct timespec ms = {0, 1000000};
	char path[32], was[64] = "", now[64];

	snprintf(path, sizeof path, "/proc/%d/schedstat", (int)pid);
	for (int still = 0; still < 10; still++) {
		int fd = open(path, O_RDONLY | O_CLOEXEC);
		ssize_t n = fd < 0 ? -1 : read(fd, now, sizeof now - 1);

		assert_true(n > 0);
		now[n] = '\0';
		(void)close(fd);
		if (strcmp(was, now) != 0)
			still = 0;
		memcpy(was, now, sizeof was);
		(void)nanosleep(&ms, NULL);
	}
}

static pid_t
start(const char *name)
{
	pid_t pid = fork();

	if (pid == 0)
		sleeper(name);
	assert_true(pid > 0);
	settle(pid);
	return pid;
}

static void
test_births(void **state)
{
	pid_t pid[50];

	(void)state;
	frame_unref(next());
	for (int round = 0; round < 40; round++) { /* past a listing */
		size_t n = (size_t)(round * 7 % 50) + 1;
		const struct frame *f;

		for (size_t i = 0; i < n; i++) {
			pid[i] = fork();
			if (pid[i] == 0)
				sleeper("child");
		}
		f = next();
		for (size_t i = 0; i < n; i++)
			assert_true(row_of(f, pid[i]) != ROW_NONE);
		frame_unref(f);
		for (size_t i = 0; i < n; i++)
			end(pid[i]);
		f = next();
		for (size_t i = 0; i < n; i++)
			assert_true(row_of(f, pid[i]) == ROW_NONE);
		frame_unref(f);
	}
}

static void
choose_next(int last)
{
	char text[16];
	int fd = open("/proc/sys/kernel/ns_last_pid", O_WRONLY | O_CLOEXEC);
	int n = snprintf(text, sizeof text, "%d", last);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, (size_t)n), n);
	(void)close(fd);
}

static void
test_wrap(void **state)
{
	struct buf b = {0};
	pid_t pid[20];
	int max;

	(void)state;
	if (!own_namespace)
		skip();
	assert_int_equal(root_read(&root, ROOT_PROC, "sys/kernel/pid_max", &b), 0);
	max = atoi(b.data);
	buf_release(&b);
	choose_next(max - 30);
	for (int i = 0; i < 4; i++)
		frame_unref(next());
	choose_next(max - 8);
	for (size_t i = 0; i < 20; i++)
		pid[i] = start("wraps");
	assert_true(pid[19] < pid[0]);
	const struct frame *f = next();
	for (size_t i = 0; i < 20; i++)
		assert_true(row_of(f, pid[i]) != ROW_NONE);
	frame_unref(f);
	for (size_t i = 0; i < 20; i++)
		end(pid[i]);
}

static void
test_reuse(void **state)
{
	const struct table *t;
	const struct frame *f;
	uint32_t row;
	pid_t pid;

	(void)state;
	if (!own_namespace)
		skip();
	pid = start("first");
	f = next();
	t = frame_table(f, TABLE_PROC);
	row = row_of(f, pid);
	assert_true(row != ROW_NONE);
	assert_string_equal(cell_str(t, row, PROC_NAME), "first");
	struct row_key old = t->key[row];
	frame_unref(f);
	end(pid);
	choose_next(pid - 1);
	assert_int_equal(start("second"), pid);
	f = next();
	t = frame_table(f, TABLE_PROC);
	row = row_of(f, pid);
	assert_true(row != ROW_NONE);
	assert_string_equal(cell_str(t, row, PROC_NAME), "second");
	assert_true(t->key[row].b > old.b);
	assert_false(cell_valid(t, row, PROC_CPU_RATIO)); /* not the difference of two processes */
	frame_unref(f);
	end(pid);
}

/* A number of its own choice: found when all are listed, and then all are listed for a while. */
static void
test_chosen(void **state)
{
	pid_t chosen, pid;
	int ticks = 0;

	(void)state;
	if (!own_namespace)
		skip();
	for (int k = 0; k < 2; k++) {
		chosen = 20000 + k;
		struct clone_args args = {
			.exit_signal = SIGCHLD,
			.set_tid = (uintptr_t)&chosen,
			.set_tid_size = 1,
		};
		frame_unref(next());
		pid = (pid_t)syscall(SYS_clone3, &args, sizeof args);
		if (pid == 0)
			sleeper("chosen");
		assert_int_equal(pid, chosen);
		for (ticks = 1; !next_has(pid); ticks++)
			assert_true(ticks <= RELIST);
		if (k || sampler == SAMPLER_BPF)
			assert_int_equal(ticks, 1);
	}
	end(20000);
	end(20001);
}

static int64_t
nice_of(pid_t pid)
{
	const struct frame *f = next();
	const struct table *t = frame_table(f, TABLE_PROC);
	uint32_t row = row_of(f, pid);
	int64_t v;

	assert_true(row != ROW_NONE);
	assert_true(cell_valid(t, row, PROC_NICE));
	v = t->col[PROC_NICE][row].i;
	frame_unref(f);
	return v;
}

/* Ticks until a new nice value of a process that rests is seen. */
static int
seen_after(pid_t pid, int nice)
{
	int ticks = 1, most = sampler == SAMPLER_BPF ? BPFTASK_TURNS : ROLL;

	(void)nice_of(pid);
	settle(pid);
	(void)nice_of(pid);
	assert_int_equal(setpriority(PRIO_PROCESS, (id_t)pid, nice), 0);
	while (nice_of(pid) != nice)
		assert_true(++ticks <= most);
	return ticks;
}

static void
test_age(void **state)
{
	struct plan plan = {0};
	pid_t pid = start("rests");
	int ticks = 0, hidden = 0;
	const struct frame *f;

	(void)state;
	/* Nobody looks: not before its turn. */
	for (int nice = 1; nice <= 4; nice++) {
		ticks = seen_after(pid, nice);
		hidden = ticks > hidden ? ticks : hidden;
	}
	assert_true(hidden > 1);
	/* On the screen: soon; when somebody asked, and when it is sorted by it: at once. */
	f = next();
	plan_want(&plan, TABLE_PROC, PROC_NICE);
	plan.visible = xmalloc(sizeof *plan.visible);
	plan.visible[0] = frame_table(f, TABLE_PROC)->key[row_of(f, pid)];
	plan.nvisible = 1;
	frame_unref(f);
	feed_plan(feed, &plan);
	for (int nice = 5; nice <= 8; nice++)
		assert_true(seen_after(pid, nice) <= SEEN);
	plan.anew = true;
	feed_plan(feed, &plan);
	for (int nice = 9; nice <= 12; nice++)
		assert_int_equal(seen_after(pid, nice), 1);
	plan.anew = false;
	plan.nvisible = 0;
	plan_want_everywhere(&plan, PROC_NICE);
	feed_plan(feed, &plan);
	assert_int_equal(seen_after(pid, 13), 1);
	plan_release(&plan);
	end(pid);
}

/* Where a cgroup of our own may be, of those that the column tells. */
static const char *const cgroup_roots[] = {
	"/sys/fs/cgroup", "/sys/fs/cgroup/unified", "/sys/fs/cgroup/systemd"};

static bool
join(const char *cgroup, pid_t pid)
{
	char path[128];
	int fd, n;

	snprintf(path, sizeof path, "%s/cgroup.procs", cgroup);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	n = dprintf(fd, "%d\n", (int)pid);
	(void)close(fd);
	return n > 0;
}

static bool
is_in(const struct frame *f, pid_t pid, const char *cgroup)
{
	return strstr(cell_str(frame_table(f, TABLE_PROC), row_of(f, pid), PROC_CGROUP), cgroup) != NULL;
}

/* A process that rests is moved to another cgroup: a recorder sees it in turn. */
static void
test_moved(void **state)
{
	struct plan plan = {.patient = true};
	pid_t pid = start("moved");
	char name[32], path[96];
	int ticks = 0, most = sampler == SAMPLER_BPF ? BPFTASK_TURNS_SELDOM : ROLL;
	bool moved = false, seen = false;

	(void)state;
	snprintf(name, sizeof name, "sonde-test-%d", (int)getpid());
	plan_want_everywhere(&plan, PROC_CGROUP);
	feed_plan(feed, &plan);
	for (size_t i = 0; i < ARRAY_LEN(cgroup_roots) && !seen; i++) {
		snprintf(path, sizeof path, "%s/%s", cgroup_roots[i], name);
		if (mkdir(path, 0755) < 0)
			continue;
		for (int k = 0; k < 2; k++)
			frame_unref(next());
		moved = join(path, pid);
		for (ticks = 0; moved && !seen && ticks < most; ticks++) {
			const struct frame *f = next();

			seen = is_in(f, pid, name);
			frame_unref(f);
		}
		(void)join(cgroup_roots[i], pid);
		(void)rmdir(path);
	}
	plan_release(&plan);
	end(pid);
	if (!moved)
		skip();
	assert_true(seen);
}

/* Children of one that is moved about: each is where it was born. */
static void
test_born(void **state)
{
	struct plan plan = {.patient = true};
	char name[32], path[96];
	bool moved = false;

	(void)state;
	snprintf(name, sizeof name, "sonde-born-%d", (int)getpid());
	plan_want_everywhere(&plan, PROC_CGROUP);
	feed_plan(feed, &plan);
	frame_unref(next());
	for (size_t i = 0; i < ARRAY_LEN(cgroup_roots) && !moved; i++) {
		pid_t pid[4];

		snprintf(path, sizeof path, "%s/%s", cgroup_roots[i], name);
		if (mkdir(path, 0755) < 0)
			continue;
		if (join(path, getpid())) {
			const struct frame *f = next();

			moved = is_in(f, getpid(), name);
			frame_unref(f);
			(void)join(cgroup_roots[i], getpid());
		}
		for (size_t k = 0; k < ARRAY_LEN(pid) && moved; k++) {
			(void)join(k % 2 ? cgroup_roots[i] : path, getpid());
			pid[k] = start("born");
			if (k >= 2) /* two in one tick, then one in each */
				frame_unref(next());
		}
		for (size_t k = 0; k < ARRAY_LEN(pid) && moved; k++) {
			const struct frame *f = next();

			assert_int_equal(is_in(f, pid[k], name), k % 2 == 0);
			frame_unref(f);
		}
		for (size_t k = 0; k < ARRAY_LEN(pid) && moved; k++)
			end(pid[k]);
		(void)rmdir(path);
	}
	plan_release(&plan);
	if (!moved)
		skip();
}

/* Read in turn, when there are many rows: it need not be there yet. */
static bool
is_in_turn(const struct field *f)
{
	return source_info[f->source].dear && f->source != SRC_PID_SCHEDSTAT &&
	       f->source != SRC_PID_DETAIL;
}

static unsigned nturns; /* such cells that were there */

/* Every cell of a row as two samplers have it. The kernel's clock ticks against nanoseconds, and
 * pages that a CPU has not handed in yet, are what may differ. */
static void
expect_same_row(const struct table *t, uint32_t x, const struct table *u, uint32_t y)
{
	assert_true(row_key_equal(t->key[x], u->key[y]));
	for (unsigned f = 0; f < PROC_FIELDS; f++) {
		const struct field *spec = &schema[TABLE_PROC].field[f];
		/* Three counters, each with a part on each CPU that was not handed in. */
		long cpus = sysconf(_SC_NPROCESSORS_CONF), batch = MAX(32, 2 * cpus);
		double a = 0, b = 0, slack = 0;

		if (spec->kind == KIND_RATE || spec->kind == KIND_SHARE || f == PROC_AGE)
			continue;
		if (is_in_turn(spec) && !cell_valid(t, x, f))
			continue;
		nturns += is_in_turn(spec);
		if (cell_valid(t, x, f) != cell_valid(u, y, f))
			fail_msg("%s: %d, not %d", spec->name, cell_valid(t, x, f),
				 cell_valid(u, y, f));
		if (spec->type == TYPE_STR) {
			assert_string_equal(cell_str(t, x, f), cell_str(u, y, f));
			continue;
		}
		(void)cell_number(t, x, f, &a);
		(void)cell_number(u, y, f, &b);
		if (spec->unit == UNIT_NS || spec->unit == UNIT_WALL_NS)
			slack = 20e6;
		else if (spec->unit == UNIT_BYTES && f != PROC_VIRT && spec->source != SRC_PID_IO)
			slack = 3.0 * (double)batch * (double)cpus * (double)root.page_size;
		if (a < b - slack || a > b + slack)
			fail_msg("%s: %.0f, not %.0f", spec->name, a, b);
	}
}

/* What clocks, copying and the sweep leave out must not show: beside a sampler that reads all, with
 * processes that come and go, every cell of the rows on the screen. */
static void
test_beside_proc(void **state)
{
	struct plan plan = {0};
	struct err e;
	struct feed *all = sampler_new(&root, SAMPLER_PROC, &e);
	pid_t pid[NCHILDREN];
	const struct frame *a, *b;

	(void)state;
	for (size_t i = 0; i < NCHILDREN; i++) {
		char name[16];

		snprintf(name, sizeof name, "p%zu", i);
		pid[i] = start(name);
	}
	plan_want_table(&plan, TABLE_PROC);
	for (unsigned i = 0; i < PROC_FIELDS; i++)
		plan_want_everywhere(&plan, i);
	plan.thorough = true;
	feed_plan(all, &plan);
	plan.thorough = false;
	plan.all = (struct field_set){0};
	plan.visible = xcalloc(NCHILDREN, sizeof *plan.visible);
	for (int round = 0; round < 20; round++) {
		size_t k = (size_t)round * 37 % NCHILDREN;
		const struct table *t;

		end(pid[k]);
		pid[k] = start("another");
		frame_unref(next()); /* has it, and nobody looked at it yet */
		a = next();
		t = frame_table(a, TABLE_PROC);
		for (plan.nvisible = 0; plan.nvisible < NCHILDREN; plan.nvisible++) {
			uint32_t x = row_of(a, pid[plan.nvisible]);

			assert_true(x != ROW_NONE);
			plan.visible[plan.nvisible] = t->key[x];
		}
		frame_unref(a);
		feed_plan(feed, &plan);
		(void)setpriority(PRIO_PROCESS, (id_t)pid[k], round % 20);
		a = next();
		assert_int_equal(feed_next(all, &b), 0);
		t = frame_table(a, TABLE_PROC);
		for (size_t i = 0; i < NCHILDREN; i++) {
			uint32_t x = row_of(a, pid[i]), y = row_of(b, pid[i]);

			assert_true(x != ROW_NONE && y != ROW_NONE);
			expect_same_row(t, x, frame_table(b, TABLE_PROC), y);
		}
		for (uint32_t i = 1; i < t->nrows; i++)
			assert_true(t->key[i - 1].a < t->key[i].a);
		frame_unref(a);
		frame_unref(b);
	}
	assert_true(nturns > NCHILDREN * 20);
	plan_release(&plan);
	for (size_t i = 0; i < NCHILDREN; i++)
		end(pid[i]);
	feed_free(all);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_births, setup, teardown),
		cmocka_unit_test_setup_teardown(test_wrap, setup, teardown),
		cmocka_unit_test_setup_teardown(test_reuse, setup, teardown),
		cmocka_unit_test_setup_teardown(test_chosen, setup, teardown),
		cmocka_unit_test_setup_teardown(test_age, setup, teardown),
		cmocka_unit_test_setup_teardown(test_moved, setup, teardown),
		cmocka_unit_test_setup_teardown(test_born, setup, teardown),
		cmocka_unit_test_setup_teardown(test_beside_proc, setup, teardown),
	};

	own_namespace = argc > 1;
	/* Not in a chroot, whose root is no mount that could be made private. */
	if (!own_namespace && geteuid() == 0 &&
	    system("unshare -pfm --mount-proc true 2>/dev/null") == 0)
		execlp("unshare", "unshare", "-pfm", "--mount-proc", "--kill-child", argv[0], "own",
		       (char *)NULL);
	struct bpftask *bpf;
	struct err e;
	int failed = cmocka_run_group_tests_name("clock", tests, NULL, NULL);

	if (bpftask_open(&bpf, 0, &e) < 0) {
		printf("without BPF: %s\n", e.text);
		return failed;
	}
	bpftask_free(bpf);
	sampler = SAMPLER_BPF;
	return failed + cmocka_run_group_tests_name("bpf", tests, NULL, NULL);
}
