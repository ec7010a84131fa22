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

enum { PLAIN = 100, NPLAIN = 3000, HANGS = 5000, NHANGS = 12, BIG = 6000, MAX = 4096 };

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

/* The first line of a file of procfs; false when it is not there. */
__attribute__((format(printf, 3, 4))) static bool
first_line(char *to, size_t size, const char *format, ...)
{
	char path[128];
	va_list args;
	FILE *f;
	bool ok;

	va_start(args, format);
	vsnprintf(path, sizeof path, format, args);
	va_end(args);
	f = fopen(path, "r");
	if (!f)
		return false;
	ok = fgets(to, (int)size, f) != NULL;
	fclose(f);
	return ok;
}

/* Processes that this thread started and that have not ended; and one of them. */
static int
children(pid_t *ret_one)
{
	char text[4096] = "", *p = text;
	int n = 0;

	(void)first_line(text, sizeof text, "/proc/%d/task/%d/children", (int)getpid(), (int)gettid());
	for (char *end;; p = end) {
		long pid = strtol(p, &end, 10);
		char state = end == p ? 0 : root_own_state((pid_t)pid);

		if (end == p)
			return n;
		if (!state || state == 'Z' || state == 'X')
			continue;
		n++;
		if (ret_one)
			*ret_one = (pid_t)pid;
	}
}

/* Of ours that do errands. */
static int
threads(void)
{
	DIR *d = opendir("/proc/self/task");
	const struct dirent *it;
	char name[32];
	int n = 0;

	assert_non_null(d);
	while ((it = readdir(d)))
		n += first_line(name, sizeof name, "/proc/self/task/%s/comm", it->d_name) &&
		     strcmp(name, "sonde-errand\n") == 0;
	closedir(d);
	return n;
}

/* What helpers share with us. */
static int
mappings(void)
{
	FILE *f = fopen("/proc/self/maps", "r");
	char line[512];
	int n = 0;

	assert_non_null(f);
	while (fgets(line, sizeof line, f))
		n += strstr(line, "/dev/zero") != NULL;
	fclose(f);
	return n;
}

static int
descriptors(pid_t pid)
{
	char path[64];
	int n = 0;
	DIR *d;

	snprintf(path, sizeof path, "/proc/%d/fd", (int)pid);
	d = opendir(path);

	assert_non_null(d);
	while (readdir(d))
		n++;
	closedir(d);
	return n - 2; /* . and .. */
}

/* Opens the FIFO of whoever hangs there: he goes on. Gives whether there was one. */
static bool
open_fifo(uint32_t pid)
{
	char path[128];
	int fd;

	snprintf(path, sizeof path, "%s/proc/%u/cmdline", dir, pid);
	fd = open(path, O_WRONLY | O_NONBLOCK);
	if (fd >= 0)
		(void)close(fd);
	return fd >= 0;
}

static bool
open_fifos(void)
{
	bool any = false;

	for (uint32_t i = 0; i < NHANGS; i++)
		any |= open_fifo(HANGS + i);
	return any;
}

/* All helpers come back and end, when errands were freed. */
static void
nothing_is_left(void)
{
	for (int i = 0; i < 2000; i++) {
		bool any = open_fifos();

		if (!any && children(NULL) == 0 && threads() == 0 && mappings() == 0)
			return;
		usleep(5000);
	}
	fail_msg("left: processes %d, threads %d, mappings %d", children(NULL), threads(), mappings());
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
	assert_true(children(NULL) == 0 && threads() == 0);
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
		assert_true(children(NULL) == 0 && threads() == 1);
	}
	errands_free(e);
	nothing_is_left();
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
	nothing_is_left();
}

static volatile sig_atomic_t heard;

static void
hear(int sig)
{
	heard = sig;
}

static void
test_statvfs(void **state)
{
	struct sigaction listen = {.sa_handler = hear}, before;
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
	assert_true(threads() == 0 && children(NULL) == 1);
	/* Whose child it is hears nothing of it. */
	assert_int_equal(sigaction(SIGCHLD, &listen, &before), 0);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	free(huge);
	errands_free(e);
	nothing_is_left();
	assert_int_equal(heard, 0);
	assert_int_equal(sigaction(SIGCHLD, &before, NULL), 0);
}

/* One in the middle hangs: it costs its 200 ms once, and the rest is there. */
static void
test_one_hangs(void **state)
{
	struct errands *e = errands_new(&root);
	int64_t began = clock_mono_ns();
	int fds = descriptors(getpid());
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
	/* The thread that hangs has a directory and a socket, the other one more for us. */
	assert_true(children(NULL) == 0 && threads() == 2);
	assert_int_equal(descriptors(getpid()), fds + 5);
	errands_free(e);
	nothing_is_left();
	assert_int_equal(descriptors(getpid()), fds);
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
	nothing_is_left();
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

static int
ask_usage(struct errands *e, uint64_t key)
{
	struct statvfs got;
	int64_t took;

	errands_clear(e);
	(void)errand_statvfs(e, key, "/");
	errands_run(e, 0);
	return errand_usage(e, 0, &got, &took);
}

/* Those that hang come back, and errands know: there is one helper again, a thread. */
static void
unstick(struct errands *e, int64_t now_ns)
{
	for (int i = 0; i < 2000; i++) {
		bool any = open_fifos();

		if (!any && ask(e, 0, PLAIN, now_ns) == 0 && threads() == 1 && children(NULL) == 0) {
			errands_clear(e);
			errands_run(e, now_ns);
			assert_int_equal(mappings(), 1);
			return;
		}
		usleep(1000);
	}
	fail_msg("what hung does not come back: threads %d, processes %d", threads(), children(NULL));
}

/* Was it asked, or refused? */
static bool
was_asked(struct errands *e, uint64_t key, uint32_t pid, int64_t now_ns)
{
	int64_t began = clock_mono_ns();

	assert_int_equal(ask(e, key, pid, now_ns), -ETIMEDOUT);
	return ms_since(began) >= 199;
}

static void
test_back_off(void **state)
{
	struct errands *e = errands_new(&root);
	int64_t at = 5 * NS_PER_S, wait = NS_PER_S;

	(void)state;
	assert_true(was_asked(e, HANGS, HANGS, at));
	for (int i = 0; i < 8; i++) { /* 1, 2, 4, ... 60, 60 */
		unstick(e, at); /* too soon to say that it is well */
		assert_false(was_asked(e, HANGS, HANGS, at + wait - 1));
		at += wait;
		assert_true(was_asked(e, HANGS, HANGS, at));
		wait = MIN(wait * 2, 60 * NS_PER_S);
	}
	assert_int_equal(wait, 60 * NS_PER_S);
	/* Another is not affected; and one that answers is forgiven. */
	unstick(e, at);
	assert_int_equal(ask(e, PLAIN, PLAIN, at), 0);
	assert_int_equal(ask(e, HANGS, PLAIN, at + wait), 0);
	assert_true(was_asked(e, HANGS, HANGS, at + wait));
	unstick(e, at + wait);
	assert_true(was_asked(e, HANGS, HANGS, at + wait + NS_PER_S));
	/* Without a key nothing is known. */
	assert_int_equal(ask(e, 0, HANGS, at), -ETIMEDOUT);
	assert_int_equal(ask(e, 0, PLAIN, at), 0);
	errands_free(e);
	nothing_is_left();
}

/* Who hung for long and then answered is well again, whatever the back-off says. While it hangs it
 * is not asked again, whatever the back-off says. */
static void
test_healing(void **state)
{
	struct errands *e = errands_new(&root);
	int64_t at = 0, s = NS_PER_S;

	(void)state;
	for (int64_t wait = s; wait <= 8 * s; wait *= 2) { /* until it is 16 s */
		assert_true(was_asked(e, 1, HANGS, at));
		unstick(e, at);
		at += wait;
	}
	assert_true(was_asked(e, 1, HANGS, at));
	assert_false(was_asked(e, 1, HANGS, at + 6 * s));
	unstick(e, at + 6 * s);
	assert_int_equal(ask(e, 1, PLAIN, at + 6 * s), 0);
	assert_true(was_asked(e, 1, HANGS, at));
	assert_false(was_asked(e, 1, HANGS, at + 1000 * s));
	errands_free(e);
	nothing_is_left();
}

/* Threads that are stuck stay; processes that stand in for them are killed, so there is always one
 * to read what is well. When the threads come back there is a thread again. */
static void
test_stand_in(void **state)
{
	struct errands *e = errands_new(&root);
	uint32_t i;

	(void)state;
	for (i = 0; i < 4; i++) {
		assert_int_equal(ask(e, PLAIN, PLAIN, i), 0);
		assert_int_equal(threads(), i + 1);
		assert_true(was_asked(e, HANGS + i, HANGS + i, i));
		assert_int_equal(threads(), i + 1);
		assert_int_equal(children(NULL), 0);
	}
	for (; i < NHANGS; i++) {
		assert_int_equal(ask(e, PLAIN, PLAIN, i), 0);
		assert_true(threads() == 4 && children(NULL) == 1);
		assert_true(was_asked(e, HANGS + i, HANGS + i, i));
		for (int wait = 0; wait < 2000 && children(NULL); wait++)
			usleep(5000); /* on a loaded machine */
		assert_true(threads() == 4 && children(NULL) == 0);
	}
	/* Where a thread hangs it is not tried again; where a process did, it is. */
	assert_false(was_asked(e, HANGS + 3, HANGS + 3, 1000 * NS_PER_S));
	assert_true(was_asked(e, HANGS + 4, HANGS + 4, 1000 * NS_PER_S));
	assert_int_equal(ask(e, PLAIN, PLAIN, 1000 * NS_PER_S), 0);
	assert_true(threads() == 4 && children(NULL) == 1);
	unstick(e, 1000 * NS_PER_S);
	assert_true(was_asked(e, HANGS + 3, HANGS + 3, 1000 * NS_PER_S));
	assert_true(threads() == 1 && children(NULL) == 0);
	errands_free(e);
	nothing_is_left();
}

/* A thread that was left does not go on with the batch when it comes back. */
static void
test_left(void **state)
{
	struct errands *e = errands_new(&root);

	(void)state;
	for (uint32_t i = 0; i < 3; i++)
		(void)errand_file(e, i + 1, HANGS + i, "cmdline", MAX);
	errands_run(e, 0);
	assert_int_equal(threads(), 3);
	for (int left = 2; left >= 0; left--) {
		assert_true(open_fifo(HANGS + 2 - (uint32_t)left));
		for (int i = 0; i < 2000 && threads() > left; i++)
			usleep(5000);
		assert_int_equal(threads(), left);
	}
	errands_free(e);
	nothing_is_left();
}

/* Files by a thread and file systems by a process, in one batch. */
static void
test_both_kinds(void **state)
{
	struct errands *e = errands_new(&root);
	int fds = descriptors(getpid());
	struct statvfs got;
	int64_t took;

	(void)state;
	for (int pass = 0; pass < 2; pass++) {
		errands_clear(e);
		for (uint32_t i = 0; i < 40; i += 2) {
			assert_int_equal(errand_file(e, 0, PLAIN + i, "cmdline", MAX), i);
			assert_int_equal(errand_statvfs(e, 0, dir), i + 1);
		}
		errands_run(e, 0);
		for (uint32_t i = 0; i < 40; i += 2) {
			expect_plain(e, i, i);
			assert_int_equal(errand_usage(e, i + 1, &got, &took), 0);
		}
		assert_true(threads() == 1 && children(NULL) == 1);
		assert_int_equal(descriptors(getpid()), fds + 4);
		assert_true(errands_cpu_ns(e) > 0);
		assert_int_equal(errands_cpu_ns(e), 0); /* it is told once */
	}
	errands_free(e);
	nothing_is_left();
	assert_int_equal(descriptors(getpid()), fds);
}

/* Linked in for the allocator's functions: meson.build. */
static _Atomic unsigned long allocations;
void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t size);

void *
__wrap_malloc(size_t size)
{
	allocations++;
	return __real_malloc(size);
}

void *
__wrap_calloc(size_t n, size_t size)
{
	allocations++;
	return __real_calloc(n, size);
}

void *
__wrap_realloc(void *p, size_t size)
{
	allocations++;
	return __real_realloc(p, size);
}

static void
test_allocates_nothing(void **state)
{
	unsigned long before = allocations, first = 0;
	struct errands *e = errands_new(&root);
	struct statvfs got;
	int64_t took;

	(void)state;
	for (int pass = 0; pass < 20; pass++) {
		errands_clear(e);
		for (uint32_t i = 0; i < NPLAIN; i++)
			(void)errand_file(e, i + 1, PLAIN + i, "cmdline", MAX);
		(void)errand_statvfs(e, 0, dir);
		errands_run(e, pass);
		expect_plain(e, NPLAIN - 1, NPLAIN - 1);
		assert_int_equal(errand_usage(e, NPLAIN, &got, &took), 0);
		if (pass == 0)
			first = allocations;
	}
	assert_true(first > before); /* they are counted */
	assert_int_equal(allocations, first);
	assert_int_equal(mappings(), 2);
	errands_free(e);
	nothing_is_left();
}

/* The helper is gone: killed by the kernel, say. The batch that met it loses one answer at most. */
static void
test_helper_dies(void **state)
{
	struct errands *e = errands_new(&root);
	pid_t helper = 0;

	(void)state;
	assert_int_equal(ask_usage(e, 1), 0);
	assert_int_equal(children(&helper), 1);
	assert_int_equal(descriptors(helper), 2); /* a socket, and the root's only directory */
	assert_int_equal(kill(helper, SIGKILL), 0);
	assert_int_equal(ask_usage(e, 1), -EIO);
	assert_int_equal(ask_usage(e, 1), 0);
	errands_free(e);
	nothing_is_left();
}

/* A process has none of our descriptors, takes no signals of the terminal, and ends with us. */
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
		int r = ask_usage(e, 1);

		(void)children(&helper);
		(void)!write(out[1], &helper, sizeof helper);
		(void)kill(helper, SIGTERM);
		r = r ? r : ask_usage(e, 1); /* it blocks that one */
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
		char line[256];

		if (!first_line(line, sizeof line, "/proc/%d/stat", (int)helper) || strstr(line, ") Z"))
			return; /* ended; whoever inherited it may not reap it */
		usleep(5000);
	}
	fail_msg("helper %d lives on", (int)helper);
}

/* Threads and a process hang, and we end at once. */
static void
test_end(void **state)
{
	int out[2], status;
	int64_t at = 0;
	pid_t pid;

	(void)state;
	assert_int_equal(pipe(out), 0);
	pid = fork();
	if (pid == 0) {
		struct errands *e = errands_new(&root);
		bool bad = false;

		for (uint32_t i = 0; i < 5; i++)
			bad |= ask(e, 1 + i, HANGS + i, 0) != -ETIMEDOUT;
		bad |= threads() != 4;
		at = clock_mono_ns();
		(void)!write(out[1], &at, sizeof at);
		errands_free(e);
		exit(bad); /* as the program ends */
	}
	(void)close(out[1]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(read(out[0], &at, sizeof at), sizeof at);
	assert_true(ms_since(at) < 5000); /* it takes 1; a sanitizer sleeps for a second */
	assert_int_equal(status, 0);
	(void)close(out[0]);
	assert_false(open_fifos());
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
		if (ask_usage(e, 3) != 0)
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
	nothing_is_left();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_batches),
		cmocka_unit_test(test_large),
		cmocka_unit_test(test_statvfs),
		cmocka_unit_test(test_both_kinds),
		cmocka_unit_test(test_one_hangs),
		cmocka_unit_test(test_all_hang),
		cmocka_unit_test(test_back_off),
		cmocka_unit_test(test_healing),
		cmocka_unit_test(test_stand_in),
		cmocka_unit_test(test_left),
		cmocka_unit_test(test_allocates_nothing),
		cmocka_unit_test(test_helper_dies),
		cmocka_unit_test(test_helper_holds_nothing),
		cmocka_unit_test(test_end),
		cmocka_unit_test(test_no_helper),
		cmocka_unit_test(test_thread),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
