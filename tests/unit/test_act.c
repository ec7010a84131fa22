/* Actions on children of our own: they reach whom they are meant for, and nobody else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "act/listen.h"
#include "act/setting.h"
#include "base/mem.h"
#include "base/num.h"
#include "child.h"

static struct root root;

static int
setup(void **state)
{
	struct root_paths paths = {0};

	(void)state;
	return root_init(&root, &paths, NULL);
}

static int
teardown(void **state)
{
	(void)state;
	root_release(&root);
	return 0;
}

static pid_t
spawn(void)
{
	pid_t pid = fork();

	assert_int_not_equal(pid, -1);
	if (pid == 0) {
		/* An orphan does not stay for ever. */
		alarm(60);
		for (;;)
			pause();
	}
	return pid;
}

static int
reap(pid_t pid)
{
	int status;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFSIGNALED(status) ? WTERMSIG(status) : -1;
}

static bool
is_alive(pid_t pid)
{
	return waitpid(pid, NULL, WNOHANG) == 0;
}

static void
test_signal(void **state)
{
	struct target t;
	pid_t pid = spawn();

	(void)state;
	assert_int_equal(target_open(&t, &root, pid, start_of(&root, pid)), 0);
	assert_int_equal(act_signal(&t, &root, 0, false), 0);
	assert_true(is_alive(pid));
	assert_int_equal(act_signal(&t, &root, 9999, false), -EINVAL);
	assert_int_equal(act_signal(&t, &root, SIGTERM, false), 0);
	assert_int_equal(reap(pid), SIGTERM);
	assert_int_equal(act_signal(&t, &root, SIGTERM, false), -ESRCH);
	target_close(&t);
	assert_int_equal(t.pidfd, -1);
	target_close(&t);
}

static int
set_nice(const struct target *t, const struct root *r, int nice)
{
	return setting_apply(t, r, &(struct setting){.kind = SETTING_NICE, .value = nice});
}

/* Old kernels: no pidfd, the start time is compared. */
static void
test_without_pidfd(void **state)
{
	struct target t;
	pid_t pid = spawn();

	(void)state;
	assert_int_equal(target_open(&t, &root, pid, start_of(&root, pid)), 0);
	target_close(&t);
	t.start_ticks++;
	assert_int_equal(act_signal(&t, &root, SIGKILL, false), -ESRCH);
	assert_true(is_alive(pid));
	t.start_ticks--;
	assert_int_equal(act_signal(&t, &root, SIGUSR1, false), 0);
	assert_int_equal(reap(pid), SIGUSR1);
	assert_int_equal(act_signal(&t, &root, SIGUSR1, false), -ESRCH);
}

/* More than may be open: each is looked for when it is its turn. */
static void
test_noted(void **state)
{
	struct rlimit limit, few;
	struct target t;
	pid_t pid = spawn();
	uint64_t start = start_of(&root, pid);

	(void)state;
	assert_int_equal(target_note(&t, &root, pid, start + 1), -ESRCH);
	assert_int_equal(target_note(&t, &root, pid, start), 0);
	assert_int_equal(t.pidfd, -1);
	assert_false(target_ended(&t, &root));
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	few = limit;
	few.rlim_cur = 100;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
	assert_int_equal(target_budget(), 50);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	t.start_ticks--;
	assert_int_equal(act_signal(&t, &root, SIGKILL, false), -ESRCH);
	assert_true(is_alive(pid));
	t.start_ticks++;
	assert_int_equal(act_signal(&t, &root, SIGUSR2, false), 0);
	assert_int_equal(t.pidfd, -1);
	assert_int_equal(reap(pid), SIGUSR2);
	assert_true(target_ended(&t, &root));
}

/* A zombie has ended: nothing more will come of it. */
static void
test_ended(void **state)
{
	struct target held, noted;
	pid_t pid = spawn();
	uint64_t start = start_of(&root, pid);
	siginfo_t si;

	(void)state;
	assert_int_equal(target_open(&held, &root, pid, start), 0);
	assert_int_equal(target_note(&noted, &root, pid, start), 0);
	assert_false(target_ended(&held, &root));
	assert_false(target_ended(&noted, &root));
	kill(pid, SIGKILL);
	assert_int_equal(waitid(P_PID, (id_t)pid, &si, WEXITED | WNOWAIT), 0);
	assert_true(target_ended(&held, &root));
	assert_true(target_ended(&noted, &root));
	(void)reap(pid);
	assert_true(target_ended(&held, &root));
	assert_true(target_ended(&noted, &root));
	target_close(&held);
}

static int
reuse(const struct target *t, const struct root *r, void *arg)
{
	(void)r;
	((struct target *)t)->start_ticks -= 1; /* as if another had come */
	++*(int *)arg;
	return 7;
}

static int
count(const struct target *t, const struct root *r, void *arg)
{
	(void)t;
	(void)r;
	++*(int *)arg;
	return 7;
}

/* What knows numbers only is called between two looks at who has the number. */
static void
test_guard(void **state)
{
	struct target t;
	pid_t pid = spawn();
	int calls = 0;

	(void)state;
	assert_int_equal(target_open(&t, &root, pid, start_of(&root, pid)), 0);
	assert_int_equal(target_guard(&t, &root, count, &calls), 7);
	assert_int_equal(target_guard(&t, &root, reuse, &calls), -ESTALE);
	assert_int_equal(calls, 2);
	assert_int_equal(target_guard(&t, &root, count, &calls), -ESRCH); /* not called at all */
	assert_int_equal(calls, 2);
	target_close(&t);
	kill(pid, SIGKILL);
	(void)reap(pid);
}

/* The number is somebody else's by now. */
static void
test_reused(void **state)
{
	struct target t;
	pid_t pid = spawn();

	(void)state;
	assert_int_equal(target_open(&t, &root, pid, start_of(&root, pid) - 1), -ESRCH);
	assert_int_equal(t.pidfd, -1);
	assert_int_equal(target_open(&t, &root, pid, start_of(&root, pid) + 1), -ESRCH);
	assert_int_equal(t.pidfd, -1);
	assert_true(is_alive(pid));
	assert_int_equal(target_open(&t, &root, pid, start_of(&root, pid)), 0);
	kill(pid, SIGKILL);
	(void)reap(pid);
	assert_int_equal(target_open(&t, &root, pid, 1), -ESRCH);
}

/* A name can look like the end of the name. */
static void
test_hostile_name(void **state)
{
	struct target t;
	char name[16];
	pid_t pid;

	(void)state;
	/* A child inherits the name. */
	prctl(PR_GET_NAME, name);
	prctl(PR_SET_NAME, ") S 1 1 1 (");
	pid = spawn();
	prctl(PR_SET_NAME, name);
	assert_int_equal(target_open(&t, &root, pid, start_of(&root, pid)), 0);
	assert_int_equal(act_signal(&t, &root, SIGKILL, false), 0);
	assert_int_equal(reap(pid), SIGKILL);
	target_close(&t);
}

static void
test_refused(void **state)
{
	struct root elsewhere = root;
	struct target t, one = {.pid = 1, .pidfd = -1}, self;
	static const pid_t numbers[] = {0, -1, -2, INT32_MIN};
	pid_t pid = spawn();

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(numbers); i++) {
		assert_int_equal(target_open(&t, &root, numbers[i], 0), -EINVAL);
		t = (struct target){.pid = numbers[i], .pidfd = -1};
		assert_int_equal(act_signal(&t, &root, 0, true), -EINVAL);
		assert_int_equal(act_signal(&t, &root, SIGKILL, true), -EINVAL);
		assert_int_equal(set_nice(&t, &root, 0), -EINVAL);
	}
	/* Asking twice: signal 0 does nothing, were it sent. */
	one.start_ticks = start_of(&root, 1);
	assert_int_equal(act_signal(&one, &root, 0, false), -EPERM);

	assert_int_equal(target_open(&self, &root, pid, start_of(&root, pid)), 0);
	elsewhere.foreign = true;
	assert_int_equal(target_open(&t, &elsewhere, pid, start_of(&root, pid)), -EOPNOTSUPP);
	assert_int_equal(act_signal(&self, &elsewhere, SIGKILL, true), -EOPNOTSUPP);
	assert_int_equal(set_nice(&self, &elsewhere, 5), -EOPNOTSUPP);
	assert_true(is_alive(pid));
	target_close(&self);
	kill(pid, SIGKILL);
	(void)reap(pid);
}

static void
test_nice(void **state)
{
	struct target t;
	pid_t pid = spawn();
	int before = getpriority(PRIO_PROCESS, (id_t)pid);

	(void)state;
	assert_int_equal(target_open(&t, &root, pid, start_of(&root, pid)), 0);
	assert_int_equal(set_nice(&t, &root, 20), -EINVAL);
	assert_int_equal(set_nice(&t, &root, -21), -EINVAL);
	assert_int_equal(set_nice(&t, &root, 19), 0);
	assert_int_equal(getpriority(PRIO_PROCESS, (id_t)pid), 19);
	t.start_ticks++;
	assert_int_equal(set_nice(&t, &root, 18), -ESRCH);
	assert_int_equal(getpriority(PRIO_PROCESS, (id_t)pid), 19);
	t.start_ticks--;
	kill(pid, SIGKILL);
	(void)reap(pid);
	assert_int_equal(set_nice(&t, &root, 19), -ESRCH);
	target_close(&t);
	assert_in_range(before + 20, 0, 39);
}

/* A child has our sockets, too: one that listens, and one that does not. */
static void
test_listeners(void **state)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
	socklen_t n = sizeof a;
	int listening = socket(AF_INET, SOCK_STREAM, 0), idle = socket(AF_INET, SOCK_STREAM, 0);
	struct root elsewhere = root;
	struct target t;
	char out[100], want[32];
	pid_t pid;

	(void)state;
	assert_int_equal(bind(listening, (struct sockaddr *)&a, sizeof a), 0);
	assert_int_equal(listen(listening, 1), 0);
	assert_int_equal(getsockname(listening, (struct sockaddr *)&a, &n), 0);
	snprintf(want, sizeof want, "tcp %d", ntohs(a.sin_port));
	pid = spawn();
	(void)close(listening);
	(void)close(idle);
	assert_int_equal(target_open(&t, &root, pid, start_of(&root, pid)), 0);
	assert_int_equal(listen_ports(&t, &root, out, sizeof out), 1);
	assert_string_equal(out, want);
	elsewhere.foreign = true;
	assert_int_equal(listen_ports(&t, &elsewhere, out, sizeof out), 0);
	assert_string_equal(out, "");
	kill(pid, SIGKILL);
	(void)reap(pid);
	assert_int_equal(listen_ports(&t, &root, out, sizeof out), 0);
	target_close(&t);
	pid = spawn();
	assert_int_equal(target_open(&t, &root, pid, start_of(&root, pid)), 0);
	assert_int_equal(listen_ports(&t, &root, out, sizeof out), 0);
	target_close(&t);
	kill(pid, SIGKILL);
	(void)reap(pid);
}

static void
test_program(void **state)
{
	char out[4096], few[4];
	pid_t pid = spawn();

	(void)state;
	assert_int_equal(target_program(&root, pid, start_of(&root, pid), out, sizeof out), 0);
	assert_non_null(strstr(out, "/test-act"));
	assert_int_equal(target_program(&root, pid, start_of(&root, pid), few, sizeof few), 0);
	assert_int_equal(strlen(few), sizeof few - 1);
	assert_int_equal(target_program(&root, pid, start_of(&root, pid) + 1, out, sizeof out), -ESRCH);
	kill(pid, SIGKILL);
	(void)reap(pid);
}

static void
test_explain(void **state)
{
	(void)state;
	assert_string_equal(act_explain(-EPERM, "CAP_KILL"),
			    "not permitted: needs CAP_KILL or the same user");
	assert_string_equal(act_explain(-EACCES, "CAP_SYS_NICE"), "not permitted: needs CAP_SYS_NICE");
	assert_string_equal(act_explain(-EPERM, NULL), "not permitted");
	assert_string_equal(act_explain(-ESRCH, "CAP_KILL"), "the process has ended");
	assert_string_equal(act_explain(ESRCH, NULL), "the process has ended");
	for (int i = 0; i < 300; i++)
		assert_true(*act_explain(-i, NULL));
}

static void
test_signal_names(void **state)
{
	static const struct {
		const char *name;
		int signo;
	} cases[] = {
		{"TERM", SIGTERM}, {"SIGTERM", SIGTERM}, {"sigkill", SIGKILL}, {"15", 15}, {"9", 9},
		{"IO", SIGIO},     {"POLL", SIGPOLL},    {"SIGIOT", SIGABRT},  {"CLD", SIGCHLD},
		{"0", -1},         {"", -1},             {"SIG", -1},          {"foo", -1},
		{"32", -1},        {"9x", -1},           {" 9", -1},           {"-9", -1},
		{"65", -1},        {"99999999999999999999", -1},               {"RTMIN-1", -1},
		{"RTMIN+", -1},    {"RTMIN+ 1", -1},     {"RTMIN+99", -1},     {"SIGSIGTERM", -1},
	};
	struct signal_name list[80];
	int n = signal_list(list, ARRAY_LEN(list));
	char text[32];

	(void)state;
	assert_int_equal(n, 31 + SIGRTMAX - SIGRTMIN + 1);
	for (int i = 0; i < n; i++) {
		assert_true(i == 0 || list[i].signo > list[i - 1].signo);
		assert_int_equal(strncmp(list[i].name, "SIG", 3), 0);
		assert_int_equal(signal_by_name(list[i].name), list[i].signo);
		assert_int_equal(signal_by_name(list[i].name + 3), list[i].signo);
		snprintf(text, sizeof text, "%d", list[i].signo);
		assert_int_equal(signal_by_name(text), list[i].signo);
	}
	assert_string_equal(list[0].name, "SIGHUP");
	assert_string_equal(list[30].name, "SIGSYS");
	assert_string_equal(list[31].name, "SIGRTMIN");
	assert_string_equal(list[32].name, "SIGRTMIN+1");
	assert_string_equal(list[n - 2].name, "SIGRTMAX-1");
	assert_string_equal(list[n - 1].name, "SIGRTMAX");
	assert_int_equal(signal_list(list, 3), 3);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		assert_int_equal(signal_by_name(cases[i].name), cases[i].signo);
	assert_int_equal(signal_by_name("RTMIN+3"), SIGRTMIN + 3);
	assert_int_equal(signal_by_name("sigrtmax-2"), SIGRTMAX - 2);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_signal),  cmocka_unit_test(test_without_pidfd),
		cmocka_unit_test(test_noted),   cmocka_unit_test(test_ended),
		cmocka_unit_test(test_guard),   cmocka_unit_test(test_reused),  cmocka_unit_test(test_hostile_name),
		cmocka_unit_test(test_refused), cmocka_unit_test(test_nice),
		cmocka_unit_test(test_listeners), cmocka_unit_test(test_program),
		cmocka_unit_test(test_explain), cmocka_unit_test(test_signal_names),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
