/* Programs that begin, as the kernel tells it (sys/execs.h), beside what who began them knows. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/root.h"
#include "sys/execrecord.h"
#include "sys/execs.h"
#include "sys/pid.h"

enum { SKIP = 77, MANY = 1500, KEPT_MAX = 1 << 13 };

/* What was told. */
struct kept {
	struct exec e;
	char text[EXEC_TEXT_MAX];
};
static struct kept *kept;
static size_t nkept;

static void
keep(void *arg, const struct exec *e)
{
	(void)arg;
	assert_true(nkept < KEPT_MAX && e->n <= EXEC_TEXT_MAX);
	kept[nkept].e = *e;
	memcpy(kept[nkept++].text, e->text, e->n);
}

static const struct kept *
last_of(pid_t pid)
{
	for (size_t i = nkept; i-- > 0;)
		if (kept[i].e.pid == (uint32_t)pid)
			return &kept[i];
	return NULL;
}

static struct execs *
begin(struct root *root)
{
	struct execs *x;
	struct err e;

	assert_int_equal(root_init(root, &(struct root_paths){NULL}, &e), 0);
	assert_int_equal(execs_open(&x, root, &e), 0);
	nkept = 0;
	return x;
}

/* Begins a program and waits until it has ended. */
static pid_t
run(const char *const argv[])
{
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		execv(argv[0], (char *const *)(uintptr_t)argv);
		_exit(127);
	}
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	return pid;
}

static pid_t
run_true(const char *word)
{
	return run((const char *const[]){"/bin/true", word, NULL});
}

static void
test_what_is_told(void **state)
{
	const char *const argv[] = {"/bin/true", "two words", "", "\x1b\n\xff", NULL};
	static const char want[] = "/bin/true\0two words\0\0\x1b\n\xff"; /* and its NUL */
	int64_t before = clock_mono_ns();
	struct root root;
	struct execs *x = begin(&root);
	const struct kept *k;
	pid_t pid = run(argv);

	(void)state;
	execs_take(x, keep, NULL);
	k = last_of(pid);
	assert_non_null(k);
	assert_int_equal(k->e.n, sizeof want);
	assert_memory_equal(k->text, want, sizeof want);
	assert_false(k->e.cut);
	assert_true(k->e.mono_ns > before && k->e.mono_ns < clock_mono_ns());
	execs_free(x);
	root_release(&root);
}

/* pid and start are those procfs has. */
static void
test_identity(void **state)
{
	struct root root;
	struct execs *x = begin(&root);
	struct buf text = {0};
	struct pid_stat st;
	const struct kept *k;
	pid_t pid = fork();

	(void)state;
	if (pid == 0) {
		execl("/bin/sleep", "sleep", "60", NULL);
		_exit(127);
	}
	for (k = NULL; !k; k = last_of(pid)) {
		assert_int_equal(waitpid(pid, NULL, WNOHANG), 0);
		usleep(1000);
		execs_take(x, keep, NULL);
	}
	assert_int_equal(pid_read(&root, (uint32_t)pid, 0, "stat", 4096, &text), 0);
	assert_int_equal(pid_stat_parse(span_of(text.data, text.len), &st), 0);
	assert_int_equal(k->e.start_ns / (uint64_t)(NS_PER_S / root.clk_tck), st.starttime);
	(void)kill(pid, SIGKILL);
	(void)waitpid(pid, NULL, 0);
	buf_release(&text);
	execs_free(x);
	root_release(&root);
}

static void
test_lengths(void **state)
{
	static const size_t lengths[] = {EXEC_TEXT_SHORT - 1, EXEC_TEXT_SHORT, EXEC_TEXT_SHORT + 1,
					 EXEC_TEXT_MIDDLE, EXEC_TEXT_MIDDLE + 1, EXEC_TEXT_LONG,
					 EXEC_TEXT_LONG + 1, EXEC_TEXT_MAX, EXEC_TEXT_MAX + 1,
					 100000};
	static char word[100001];
	struct root root;
	struct execs *x = begin(&root);

	(void)state;
	/* So often that some begin before the end of the ring and go on at its beginning. */
	for (size_t i = 0; i < 16 * ARRAY_LEN(lengths); i++) {
		char letter = (char)('a' + i % 26);
		size_t n = lengths[i % ARRAY_LEN(lengths)], first = sizeof "/bin/true", told = MIN(n, (size_t)EXEC_TEXT_MAX);
		char *end = word + n - first - 1;
		const struct kept *k;
		pid_t pid;

		memset(word, letter, sizeof word - 1);
		*end = '\0';
		pid = run_true(word);
		execs_take(x, keep, NULL);
		k = last_of(pid);
		assert_non_null(k);
		assert_int_equal(k->e.n, told);
		assert_int_equal(k->e.cut, n > EXEC_TEXT_MAX);
		assert_memory_equal(k->text + first, word, told - first);
	}
	execs_free(x);
	root_release(&root);
}

/* Round and round the ring; and more than it has room for: the first ones, then again others. */
static void
test_many(void **state)
{
	static pid_t pid[MANY];
	struct root root;
	struct execs *x = begin(&root);
	size_t told = 0;

	(void)state;
	for (int i = 0; i < MANY; i++) {
		char number[200];

		snprintf(number, sizeof number, "%0*d", 1 + i % 180, i);
		pid[i] = run_true(number);
		if (i < MANY / 2 && i % 100 == 99)
			execs_take(x, keep, NULL);
	}
	execs_take(x, keep, NULL);
	for (int i = 0; i < MANY; i++) {
		const struct kept *k = last_of(pid[i]);

		told += k != NULL;
		assert_true(k || i >= MANY / 2);
		if (k)
			assert_int_equal(strtol(k->text + sizeof "/bin/true", NULL, 10), i);
	}
	assert_in_range(told, MANY / 2 + 150, MANY - 1);
	nkept = 0;
	pid[0] = run_true("after");
	execs_take(x, keep, NULL);
	assert_non_null(last_of(pid[0]));
	execs_free(x);
	root_release(&root);
}

static int
inside(int ready, int go)
{
	struct root root;
	struct execs *x;
	pid_t pid;
	char byte;

	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mount("proc", "/proc", "proc", 0, NULL) < 0)
		return 1;
	x = begin(&root);
	if (write(ready, "", 1) != 1 || read(go, &byte, 1) != 1)
		return 2;
	pid = run_true("inside");
	execs_take(x, keep, NULL);
	return nkept == 1 && kept[0].e.pid == (uint32_t)pid ? 0 : 3;
}

/* In a PID namespace: those of it, by its numbers. From outside: those too, by ours. */
static void
test_namespace(void **state)
{
	int ready[2], go[2], status;
	struct root root;
	struct execs *x;
	size_t told = 0;
	pid_t child;
	char byte;

	(void)state;
	assert_int_equal(pipe(ready) | pipe(go), 0);
	child = fork();
	if (child == 0) {
		if (unshare(CLONE_NEWPID | CLONE_NEWNS) < 0)
			_exit(9);
		child = fork();
		if (child == 0)
			_exit(inside(ready[1], go[0]));
		_exit(waitpid(child, &status, 0) == child ? WEXITSTATUS(status) : 8);
	}
	(void)close(ready[1]);
	if (read(ready[0], &byte, 1) != 1) {
		(void)waitpid(child, &status, 0);
		skip(); /* no namespaces here */
	}
	x = begin(&root);
	(void)run_true("outside");
	assert_int_equal(write(go[1], "", 1), 1);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	execs_take(x, keep, NULL);
	for (size_t i = 0; i < nkept; i++) {
		if (kept[i].e.n == sizeof "/bin/true\0inside" &&
		    memcmp(kept[i].text, "/bin/true\0inside", kept[i].e.n) == 0) {
			told++;
			assert_true(kept[i].e.pid > (uint32_t)child);
		}
	}
	assert_int_equal(told, 1);
	execs_free(x);
	root_release(&root);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_is_told), cmocka_unit_test(test_identity),
		cmocka_unit_test(test_lengths),      cmocka_unit_test(test_many),
		cmocka_unit_test(test_namespace),
	};
	struct root root;
	struct execs *x;
	struct err e;

	if (root_init(&root, &(struct root_paths){NULL}, &e) < 0 || root.foreign ||
	    execs_open(&x, &root, &e) < 0) {
		printf("skipped: %s\n", root.foreign ? "not our own procfs" : e.text);
		return SKIP;
	}
	execs_free(x);
	root_release(&root);
	kept = xcalloc(KEPT_MAX, sizeof *kept);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
