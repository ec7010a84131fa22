/* Errands: batches of questions, in a tree whose files are plain, missing, or FIFOs that nobody
 * writes to: whoever opens one hangs for ever. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "sys/errand.h"
#include "sys/helper.h"

enum { PLAIN = 100, NPLAIN = 3000, HANGS = 5000, NHANGS = 8, BIG = 6000, MAX = 4096 };

static char dir[] = "/tmp/sonde-errand-XXXXXX";
static struct root root;

static void
make_file(uint32_t pid, const char *text, size_t n)
{
	char path[128];
	int fd;

	snprintf(path, sizeof path, "%s/proc/%u", dir, pid);
	assert_int_equal(mkdir(path, 0755), 0);
	snprintf(path, sizeof path, "%s/proc/%u/cmdline", dir, pid);
	if (!text) {
		assert_int_equal(mkfifo(path, 0644), 0);
		return;
	}
	fd = open(path, O_WRONLY | O_CREAT, 0644);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, n), n);
	(void)close(fd);
}

static int
setup(void **state)
{
	static char big[ROUND_TEXT];
	char path[128], text[64];
	struct err e;

	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof path, "%s/proc", dir);
	assert_int_equal(mkdir(path, 0755), 0);
	for (uint32_t i = 0; i < NPLAIN; i++) {
		int n = snprintf(text, sizeof text, "program%c--number=%u%c", 0, i, 0);

		make_file(PLAIN + i, text, (size_t)n);
	}
	for (uint32_t i = 0; i < NHANGS; i++)
		make_file(HANGS + i, NULL, 0);
	memset(big, 'b', sizeof big);
	for (uint32_t i = 0; i < 3; i++)
		make_file(BIG + i, big, sizeof big);
	snprintf(path, sizeof path, "%s/proc/1", dir);
	assert_int_equal(mkdir(path, 0755), 0);
	assert_int_equal(root_init(&root, &(struct root_paths){.root = dir}, &e), 0);
	return 0;
}

static int
teardown(void **state)
{
	char command[128];

	(void)state;
	root_release(&root);
	snprintf(command, sizeof command, "rm -r %s", dir);
	return system(command);
}

static double
ms_since(int64_t ns)
{
	return (double)(clock_mono_ns() - ns) / 1e6;
}

static int
children(void)
{
	char path[64], text[4096];
	int n = 0;
	ssize_t len;
	int fd;

	snprintf(path, sizeof path, "/proc/%d/task/%d/children", (int)getpid(), (int)gettid());
	fd = open(path, O_RDONLY);
	assert_true(fd >= 0);
	len = read(fd, text, sizeof text);
	(void)close(fd);
	for (ssize_t i = 0; i < len; i++)
		n += text[i] == ' ';
	return n;
}

/* Until every child has ended, or is ending: one that was killed may take its time. */
static void
wait_for_children(void)
{
	for (int i = 0; i < 2000; i++) {
		char path[64], text[4096] = "", state = 'Z';
		const char *p = text;
		FILE *f;

		snprintf(path, sizeof path, "/proc/%d/task/%d/children", (int)getpid(), (int)gettid());
		f = fopen(path, "r");
		assert_non_null(f);
		(void)!fgets(text, sizeof text, f);
		fclose(f);
		for (char *end; state == 'Z' || !state; p = end + 1) {
			long pid = strtol(p, &end, 10);

			if (end == p)
				return;
			state = root_own_state((pid_t)pid);
		}
		usleep(5000);
	}
	fail_msg("a child does not end");
}

static int
descriptors(void)
{
	DIR *d = opendir("/proc/self/fd");
	int n = 0;

	assert_non_null(d);
	while (readdir(d))
		n++;
	closedir(d);
	return n;
}

static void
expect_plain(struct errands *e, uint32_t i, uint32_t number)
{
	char want[64], *text = NULL;
	size_t n = 0;
	int len = snprintf(want, sizeof want, "program%c--number=%u%c", 0, number, 0);

	assert_int_equal(errand_text(e, i, &text, &n), 0);
	assert_int_equal(n, len);
	assert_memory_equal(text, want, n);
	assert_int_equal(text[n], 0);
}

static void
test_batches(void **state)
{
	struct errands *e = errands_new(&root);
	char *text;
	size_t n;

	(void)state;
	errands_run(e, 0); /* nothing to do: no helper */
	assert_int_equal(children(), 0);
	/* More than a round holds; then fewer, by the same helper. */
	for (uint32_t round = 0; round < 5; round++) {
		uint32_t many = round % 2 ? 3 : NPLAIN;

		errands_clear(e);
		for (uint32_t i = 0; i < many; i++)
			assert_int_equal(errand_file(e, i + 1, PLAIN + i, "cmdline", MAX), i);
		assert_int_equal(errand_file(e, 0, 99999, "cmdline", MAX), many);
		assert_int_equal(errand_file(e, 0, 1, "cmdline", MAX), many + 1);
		assert_int_equal(errand_file(e, 0, PLAIN + 7, "cmdline", 9), many + 2);
		assert_int_equal(errand_file(e, 0, PLAIN, "a-name-longer-than-any-there-is", 9), many + 3);
		errands_run(e, 0);
		assert_true(errands_cpu_ns(e) > 0 && errands_cpu_ns(e) < 10 * NS_PER_S);
		for (uint32_t i = 0; i < many; i++)
			expect_plain(e, i, i);
		assert_int_equal(errand_text(e, many, &text, &n), -ESRCH);
		assert_int_equal(errand_text(e, many + 1, &text, &n), -ENOENT);
		assert_int_equal(errand_text(e, many + 2, &text, &n), 0);
		assert_int_equal(n, 9);
		assert_memory_equal(text, "program\0-\0", 10);
		assert_int_equal(errand_text(e, many + 3, &text, &n), -ENAMETOOLONG);
		assert_int_equal(children(), 1);
	}
	errands_free(e);
	wait_for_children();
	errands_free(NULL);
}

/* Answers that do not fit into the shared memory together. */
static void
test_large(void **state)
{
	struct errands *e = errands_new(&root);
	char *text;
	size_t n;

	(void)state;
	for (uint32_t i = 0; i < 3; i++) {
		(void)errand_file(e, 0, BIG + i, "cmdline", UINT32_MAX);
		(void)errand_file(e, 0, PLAIN + i, "cmdline", MAX);
	}
	errands_run(e, 0);
	for (uint32_t i = 0; i < 3; i++) {
		assert_int_equal(errand_text(e, 2 * i, &text, &n), 0);
		assert_int_equal(n, ROUND_TEXT);
		assert_true(text[0] == 'b' && text[n - 1] == 'b' && text[n] == 0);
		expect_plain(e, 2 * i + 1, i);
	}
	errands_free(e);
}

static void
test_statvfs(void **state)
{
	struct errands *e = errands_new(&root);
	char long_path[5000], *huge = xmalloc(ROUND_NAMES + 1);
	struct statvfs got, want;
	int64_t took;
	uint32_t n;

	(void)state;
	memset(long_path, 'x', sizeof long_path);
	long_path[sizeof long_path - 1] = '\0';
	memset(huge, 'x', ROUND_NAMES);
	huge[ROUND_NAMES] = '\0';
	(void)errand_statvfs(e, 1, dir);
	(void)errand_statvfs(e, 2, "/no/such/directory");
	(void)errand_statvfs(e, 3, huge);
	for (n = 4; n < 104; n++) /* more names than a round has room for */
		(void)errand_statvfs(e, n, long_path);
	(void)errand_statvfs(e, n, dir);
	errands_run(e, 0);
	assert_int_equal(statvfs(dir, &want), 0);
	assert_int_equal(errand_usage(e, 0, &got, &took), 0);
	assert_true(got.f_blocks == want.f_blocks && got.f_bsize == want.f_bsize && took > 0);
	assert_int_equal(errand_usage(e, 1, &got, &took), -ENOENT);
	assert_int_equal(errand_usage(e, 2, &got, &took), -ENAMETOOLONG);
	for (uint32_t i = 3; i < 103; i++)
		assert_int_equal(errand_usage(e, i, &got, &took), -ENAMETOOLONG);
	assert_int_equal(errand_usage(e, 103, &got, &took), 0);
	assert_true(got.f_blocks == want.f_blocks);
	free(huge);
	errands_free(e);
}

/* One in the middle hangs: it costs its 200 ms once, and the rest is there. */
static void
test_one_hangs(void **state)
{
	struct errands *e = errands_new(&root);
	int64_t began = clock_mono_ns();
	int fds = descriptors();
	char *text;
	size_t n;

	(void)state;
	for (int pass = 0; pass < 2; pass++) {
		errands_clear(e);
		for (uint32_t i = 0; i < 1000; i++)
			(void)errand_file(e, i + 1, i == 500 ? HANGS : PLAIN + i, "cmdline", MAX);
		errands_run(e, pass);
		for (uint32_t i = 0; i < 1000; i++)
			if (i != 500)
				expect_plain(e, i, i);
		assert_int_equal(errand_text(e, 500, &text, &n), -ETIMEDOUT);
		assert_true(errand_is_late(-ETIMEDOUT) && errand_is_late(-EAGAIN) && !errand_is_late(-EIO));
		if (pass == 0) {
			assert_true(ms_since(began) >= 200);
			assert_true(ms_since(began) < 900);
			began = clock_mono_ns();
		}
	}
	assert_true(ms_since(began) < 190); /* not asked again */
	/* The one that hung was ended, and nothing is left of it but perhaps a zombie. */
	assert_true(children() <= 2);
	assert_int_equal(descriptors(), fds + 1);
	errands_free(e);
	wait_for_children();
	assert_int_equal(descriptors(), fds);
}

/* Every one of many hangs: a batch has an end, and what did not hang comes with the next. */
static void
test_all_hang(void **state)
{
	struct errands *e = errands_new(&root);
	int64_t began = clock_mono_ns();
	unsigned timed_out = 0, not_asked = 0;
	char *text;
	size_t n;

	(void)state;
	for (uint32_t i = 0; i < NHANGS; i++)
		(void)errand_file(e, i + 1, HANGS + i, "cmdline", MAX);
	(void)errand_file(e, 100, PLAIN, "cmdline", MAX);
	errands_run(e, 0);
	assert_true(ms_since(began) >= 990 && ms_since(began) < 1500);
	for (uint32_t i = 0; i < NHANGS + 1; i++) {
		int r = errand_text(e, i, &text, &n);

		assert_true(errand_is_late(r));
		timed_out += r == -ETIMEDOUT;
		not_asked += r == -EAGAIN;
	}
	assert_true(timed_out >= 3 && timed_out <= 5);
	assert_int_equal(not_asked, NHANGS + 1 - timed_out);
	/* Those that hung are known now. */
	errands_clear(e);
	for (uint32_t i = 0; i < timed_out; i++)
		(void)errand_file(e, i + 1, HANGS + i, "cmdline", MAX);
	(void)errand_file(e, 100, PLAIN, "cmdline", MAX);
	began = clock_mono_ns();
	errands_run(e, 1);
	assert_true(ms_since(began) < 190);
	expect_plain(e, timed_out, 0);
	errands_free(e);
}

static int
ask(struct errands *e, uint64_t key, uint32_t pid, int64_t now_ns)
{
	char *text;
	size_t n;

	errands_clear(e);
	(void)errand_file(e, key, pid, "cmdline", MAX);
	errands_run(e, now_ns);
	return errand_text(e, 0, &text, &n);
}

/* Was it asked, or refused? */
static bool
was_asked(struct errands *e, uint32_t pid, int64_t now_ns)
{
	int64_t began = clock_mono_ns();
	bool asked;

	assert_int_equal(ask(e, pid, pid, now_ns), -ETIMEDOUT);
	asked = ms_since(began) >= 199;
	if (asked)
		wait_for_children(); /* while it is there it is not asked again */
	return asked;
}

static void
test_back_off(void **state)
{
	struct errands *e = errands_new(&root);
	int64_t at = 5 * NS_PER_S, wait = NS_PER_S;

	(void)state;
	assert_true(was_asked(e, HANGS, at));
	for (int i = 0; i < 8; i++) { /* 1, 2, 4, ... 60, 60 */
		assert_false(was_asked(e, HANGS, at + wait - 1));
		at += wait;
		assert_true(was_asked(e, HANGS, at));
		wait = MIN(wait * 2, 60 * NS_PER_S);
	}
	assert_int_equal(wait, 60 * NS_PER_S);
	/* Another is not affected; and one that answers is forgiven. */
	assert_int_equal(ask(e, PLAIN, PLAIN, at), 0);
	assert_int_equal(ask(e, HANGS, PLAIN, at + wait), 0);
	assert_true(was_asked(e, HANGS, at + wait));
	assert_true(was_asked(e, HANGS, at + wait + NS_PER_S));
	/* Without a key nothing is known. */
	assert_int_equal(ask(e, 0, HANGS, at), -ETIMEDOUT);
	assert_int_equal(ask(e, 0, PLAIN, at), 0);
	errands_free(e);
}

/* The helper is gone: killed by the kernel, say. The batch that met it loses one answer at most. */
static void
test_helper_dies(void **state)
{
	struct errands *e = errands_new(&root);
	char path[64], text[64] = "";
	FILE *f;

	(void)state;
	assert_int_equal(ask(e, 1, PLAIN, 0), 0);
	snprintf(path, sizeof path, "/proc/%d/task/%d/children", (int)getpid(), (int)gettid());
	f = fopen(path, "r");
	assert_non_null(f);
	assert_non_null(fgets(text, sizeof text, f));
	fclose(f);
	assert_int_equal(kill(atoi(text), SIGKILL), 0);
	assert_int_equal(ask(e, 1, PLAIN, 0), -EIO);
	assert_int_equal(ask(e, 1, PLAIN, 0), 0);
	errands_free(e);
}

/* A helper has none of our descriptors, takes no signals of the terminal, and ends with us. */
static void
test_helper_holds_nothing(void **state)
{
	int out[2], status;
	char c;
	pid_t pid, helper = 0;

	(void)state;
	assert_int_equal(pipe(out), 0);
	pid = fork();
	if (pid == 0) {
		struct errands *e = errands_new(&root);
		char path[64], text[64] = "";
		FILE *f;
		int r = ask(e, 1, PLAIN, 0);

		snprintf(path, sizeof path, "/proc/self/task/%d/children", (int)gettid());
		f = fopen(path, "r");
		if (f && fgets(text, sizeof text, f))
			helper = atoi(text);
		(void)!write(out[1], &helper, sizeof helper);
		(void)kill(helper, SIGTERM);
		r = r ? r : ask(e, 1, PLAIN, 0); /* it blocks that one */
		_exit(r ? 1 : 0);                /* without errands_free() */
	}
	(void)close(out[1]);
	assert_int_equal(read(out[0], &helper, sizeof helper), sizeof helper);
	assert_true(helper > 0);
	/* The end of the pipe: no copy of it is in the helper. */
	assert_int_equal(read(out[0], &c, 1), 0);
	(void)close(out[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	for (int i = 0; i < 1000; i++) {
		char path[64], line[256] = "";
		FILE *f;

		snprintf(path, sizeof path, "/proc/%d/stat", (int)helper);
		f = fopen(path, "r");
		if (!f)
			return;
		if (!fgets(line, sizeof line, f) || strstr(line, ") Z")) {
			fclose(f);
			return; /* ended; whoever inherited it may not reap it */
		}
		fclose(f);
		usleep(5000);
	}
	fail_msg("helper %d lives on", (int)helper);
}

/* When there can be no other process, files are read here, and file systems are not asked. */
static void
test_no_helper(void **state)
{
	struct rlimit none = {0, 0};
	struct statvfs s;
	int64_t took;
	int status;
	pid_t pid = fork();

	(void)state;
	if (pid == 0) {
		struct errands *e = errands_new(&root);
		char *text;
		size_t n;
		int bad = 0;

		/* Root is not held to the limit. */
		if (setrlimit(RLIMIT_NPROC, &none) < 0 || (geteuid() == 0 && setuid(65534) < 0))
			_exit(77);
		(void)errand_file(e, 1, PLAIN, "cmdline", MAX);
		(void)errand_statvfs(e, 2, "/");
		(void)errand_file(e, 3, HANGS, "cmdline", MAX); /* not opened to block */
		(void)errand_statvfs(e, 4, "/");
		(void)errand_file(e, 5, PLAIN + 1, "cmdline", MAX);
		errands_run(e, 0);
		bad |= errand_text(e, 0, &text, &n) != 0 || n != 19;
		bad |= errand_usage(e, 1, &s, &took) != -EAGAIN;
		bad |= errand_is_late(errand_text(e, 2, &text, &n));
		bad |= errand_usage(e, 3, &s, &took) != -EAGAIN;
		bad |= errand_text(e, 4, &text, &n) != 0 || n != 19;
		_exit(bad);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void *
in_thread(void *arg)
{
	struct errands *e = arg;

	for (int64_t i = 0; i < 20; i++) {
		if (ask(e, 1, PLAIN, i) != 0)
			return e;
		if (i == 10 && ask(e, 2, HANGS, i) != -ETIMEDOUT)
			return e;
	}
	return NULL;
}

/* In a thread, as the sampler is, while another allocates and holds locks. */
static void
test_thread(void **state)
{
	struct errands *e = errands_new(&root);
	pthread_t thread;
	void *failed;

	(void)state;
	assert_int_equal(pthread_create(&thread, NULL, in_thread, e), 0);
	for (int i = 0; i < 200000; i++)
		free(xmalloc((size_t)i % 4096 + 1));
	assert_int_equal(pthread_join(thread, &failed), 0);
	assert_null(failed);
	errands_free(e);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_batches),     cmocka_unit_test(test_large),
		cmocka_unit_test(test_statvfs),     cmocka_unit_test(test_one_hangs),
		cmocka_unit_test(test_all_hang),    cmocka_unit_test(test_back_off),
		cmocka_unit_test(test_helper_dies), cmocka_unit_test(test_helper_holds_nothing),
		cmocka_unit_test(test_no_helper),   cmocka_unit_test(test_thread),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
