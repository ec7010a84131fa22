/* Names of users that are not in /etc/passwd: asked by errands, once each, of a getpwuid() of ours that
 * knows some, hangs for some, and ends the program for one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "sample/users.h"
#include "sys/errand.h"
#include "sys/helper.h"

/* Numbers that no /etc/passwd has. */
enum { NAMED = 2000000000, NAMELESS = 2000010000, HANGS = 2000020000, LONG = 2000030000, DIES, EMPTY };

/* Of all processes of this test. */
static struct shared {
	_Atomic unsigned asked, helpers;
	_Atomic bool well; /* what hangs answers */
	_Atomic pid_t last;
} *shared;
static pid_t ours;

struct passwd *__wrap_getpwuid(uid_t uid);

/* Linked in for the C library's: meson.build. */
struct passwd *
__wrap_getpwuid(uid_t uid)
{
	static char name[1000];
	static struct passwd pw = {.pw_name = name};

	shared->asked++;
	if (getpid() == ours)
		abort(); /* no module is to be loaded here */
	shared->helpers += shared->last != getpid();
	shared->last = getpid();
	while (uid >= HANGS && uid < LONG && !shared->well)
		(void)usleep(1000000);
	if (uid == DIES)
		_exit(1);
	if (uid >= NAMELESS && uid < HANGS)
		return NULL;
	if (uid == EMPTY) {
		*name = '\0';
	} else if (uid == LONG) {
		memset(name, 'n', sizeof name - 1);
	} else {
		snprintf(name, sizeof name, "user-%u", uid);
	}
	return &pw;
}

struct fixture {
	struct root root;
	struct errands *errands;
	struct strpool *strings;
	struct users users;
};

static int
setup(void **state)
{
	struct fixture *x = calloc(1, sizeof *x);

	shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (!x || shared == MAP_FAILED)
		return -1;
	ours = getpid();
	x->root = (struct root){.dir = {-1, -1, -1}};
	x->errands = errands_new(&x->root);
	x->strings = strpool_new();
	users_init(&x->users, &x->root, x->errands);
	*state = x;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *x = *state;

	users_release(&x->users);
	errands_free(x->errands);
	strpool_unref(x->strings);
	free(x);
	(void)munmap(shared, sizeof *shared);
	return 0;
}

static double
ms_since(int64_t ns)
{
	return (double)(clock_mono_ns() - ns) / 1e6;
}

static bool
has_children(void)
{
	siginfo_t info = {0};

	return waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0;
}

/* It ends with its batch; on a loaded machine a later one finds that it has. */
static void
no_helper_is_left(struct fixture *x)
{
	for (int i = 0; i < 2000 && has_children(); i++) {
		(void)usleep(5000);
		errands_clear(x->errands);
		errands_run(x->errands, 0);
	}
	assert_false(has_children());
}

static const struct user *
find(struct fixture *x, uint32_t uid)
{
	return users_find(&x->users, x->strings, uid);
}

static void
ask(struct fixture *x, int64_t now_ns)
{
	users_ask(&x->users, x->strings, now_ns);
}

static void
test_errand(void **state)
{
	struct fixture *x = *state;
	char *text;
	size_t n;

	for (int pass = 0; pass < 3; pass++) {
		errands_clear(x->errands);
		assert_int_equal(errand_user(x->errands, NAMED), 0);
		assert_int_equal(errand_user(x->errands, NAMELESS), 1);
		assert_int_equal(errand_user(x->errands, LONG), 2);
		assert_int_equal(errand_user(x->errands, NAMED + 7), 3);
		errands_run(x->errands, pass);
		assert_int_equal(errand_text(x->errands, 0, &text, &n), 0);
		assert_string_equal(text, "user-2000000000");
		assert_int_equal(n, strlen(text));
		assert_int_equal(errand_text(x->errands, 1, &text, &n), -ENOENT);
		assert_int_equal(errand_text(x->errands, 2, &text, &n), 0);
		assert_true(n == 256 && text[0] == 'n' && text[255] == 'n' && text[256] == '\0');
		assert_int_equal(errand_text(x->errands, 3, &text, &n), 0);
		assert_string_equal(text, "user-2000000007");
		assert_int_equal(shared->helpers, pass + 1);
		no_helper_is_left(x);
	}
	assert_true(errands_cpu_ns(x->errands) > 0);
}

static void
test_each_once(void **state)
{
	struct fixture *x = *state;
	const struct user *root_user_of_all = find(x, 0), *named, *nameless, *empty;
	struct strpool *to = strpool_new();

	assert_string_equal(root_user_of_all->name, "root");
	ask(x, 0);
	assert_int_equal(shared->asked, 0);
	named = find(x, NAMED);
	nameless = find(x, NAMELESS);
	empty = find(x, EMPTY);
	assert_string_equal(named->name, "2000000000"); /* until it is known */
	ask(x, 1);
	assert_true(users_news(&x->users));
	assert_false(users_news(&x->users));
	assert_string_equal(named->name, "user-2000000000");
	assert_string_equal(nameless->name, "2000010000");
	assert_int_equal(empty->uid, EMPTY);
	assert_string_equal(empty->name, "2000030002");
	for (int64_t i = 2; i < 10; i++) {
		assert_ptr_equal(find(x, NAMED), named);
		assert_ptr_equal(find(x, NAMELESS), nameless);
		ask(x, i * NS_PER_S);
	}
	assert_int_equal(shared->asked, 3);
	assert_int_equal(shared->helpers, 1);
	assert_false(users_news(&x->users));
	/* Very many are one batch, whose users stay where they are. */
	for (uint32_t i = 0; i < 3000; i++)
		(void)find(x, NAMED + i);
	ask(x, 10 * NS_PER_S);
	assert_string_equal(find(x, NAMED + 2999)->name, "user-2000002999");
	assert_string_equal(named->name, "user-2000000000");
	assert_int_equal(shared->asked, 3 + 2999);
	assert_int_equal(shared->helpers, 2);
	users_move(&x->users, to);
	strpool_unref(x->strings);
	x->strings = to;
	assert_string_equal(named->name, "user-2000000000");
	assert_string_equal(root_user_of_all->name, "root");
}

/* A name service that hangs costs 200 ms, however many it is asked for, and then nothing for 1 s, 2 s,
 * 4 s. When it is well again, all names come. */
static void
test_all_hang(void **state)
{
	enum { N = 40 };
	struct fixture *x = *state;
	int64_t at = 0, began, wait = NS_PER_S;
	unsigned asked = 0;

	for (uint32_t i = 0; i < N; i++)
		(void)find(x, HANGS + i);
	for (int i = 0; i < 4; i++) {
		began = clock_mono_ns();
		ask(x, at);
		assert_true(ms_since(began) >= 199 && ms_since(began) < 900);
		assert_int_equal(shared->asked, ++asked);
		began = clock_mono_ns();
		ask(x, at + wait - 1);
		assert_true(ms_since(began) < 190);
		assert_int_equal(shared->asked, asked);
		at += wait;
		wait *= 2;
		no_helper_is_left(x);
	}
	assert_string_equal(find(x, HANGS)->name, "2000020000");
	assert_false(users_news(&x->users));
	shared->well = true;
	ask(x, at - 1);
	assert_int_equal(shared->asked, asked);
	ask(x, at);
	assert_true(users_news(&x->users));
	for (uint32_t i = 0; i < N; i++)
		assert_int_equal(strncmp(find(x, HANGS + i)->name, "user-20000200", 13), 0);
	assert_int_equal(shared->asked, asked + N);
	ask(x, at + 1000 * NS_PER_S);
	assert_int_equal(shared->asked, asked + N);
}

/* Where only some hang, the others are known soon: who hung waits behind them. */
static void
test_some_hang(void **state)
{
	struct fixture *x = *state;
	const struct user *hangs[3], *named[2];
	int64_t at = 0, wait = NS_PER_S;

	hangs[0] = find(x, HANGS);
	hangs[1] = find(x, HANGS + 1);
	named[0] = find(x, NAMED);
	hangs[2] = find(x, HANGS + 2);
	named[1] = find(x, NAMED + 1);
	for (int i = 0; i < 3; i++, at += wait, wait *= 2)
		ask(x, at);
	assert_string_equal(named[0]->name, "user-2000000000");
	assert_string_equal(named[1]->name, "2000000001");
	/* An answer says that the service is well: the third one hung at once, 1 s from there. */
	ask(x, at);
	assert_string_equal(named[1]->name, "user-2000000001");
	assert_string_equal(hangs[0]->name, "2000020000");
	assert_string_equal(hangs[1]->name, "2000020001");
	assert_string_equal(hangs[2]->name, "2000020002");
	assert_int_equal(x->users.nunknown, 3);
	no_helper_is_left(x);
}

/* One whose module ends the process that asks, twice, has no name; the others do. */
static void
test_dies(void **state)
{
	struct fixture *x = *state;
	const struct user *before = find(x, NAMED), *dies = find(x, DIES), *behind = find(x, NAMED + 1);

	ask(x, 0);
	assert_string_equal(before->name, "user-2000000000");
	assert_string_equal(dies->name, "2000030001");
	assert_string_equal(behind->name, "user-2000000001");
	assert_int_equal(x->users.nunknown, 1);
	ask(x, 0);
	assert_string_equal(dies->name, "2000030001");
	assert_int_equal(x->users.nunknown, 0);
	no_helper_is_left(x);
}

/* Elsewhere numbers are of other users than here. */
static void
test_foreign(void **state)
{
	struct fixture *x = *state;

	x->root.foreign = true;
	assert_string_equal(find(x, 0)->name, "0");
	assert_string_equal(find(x, NAMED)->name, "2000000000");
	ask(x, 0);
	assert_int_equal(shared->asked, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_errand, setup, teardown),
		cmocka_unit_test_setup_teardown(test_each_once, setup, teardown),
		cmocka_unit_test_setup_teardown(test_all_hang, setup, teardown),
		cmocka_unit_test_setup_teardown(test_some_hang, setup, teardown),
		cmocka_unit_test_setup_teardown(test_dies, setup, teardown),
		cmocka_unit_test_setup_teardown(test_foreign, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
