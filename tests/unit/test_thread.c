/* A feed in a thread of its own: whoever waits for its descriptor is told of every frame and of the
 * end, however late he comes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include <errno.h>
#include <poll.h>

#include "base/clock.h"
#include "base/mem.h"
#include "feed/thread.h"

struct two {
	struct feed feed;
	struct frame_pool *pool;
	struct strpool *strings;
	int n;
};

static int
next(struct feed *f, const struct frame **ret_frame)
{
	struct two *t = (struct two *)f;
	struct field_set none[TABLE_COUNT] = {0};

	if (t->n++ == 2)
		return -ENODATA;
	*ret_frame = frame_begin(t->pool, none, t->strings);
	return 0;
}

static void
plan(struct feed *f, const struct plan *p)
{
	(void)f;
	(void)p;
}

static void
release(struct feed *f)
{
	struct two *t = (struct two *)f;

	frame_pool_free(t->pool);
	strpool_unref(t->strings);
	free(t);
}

static const struct feed_ops ops = {.next = next, .plan = plan, .free = release};

static bool
is_told(const struct feed_thread *t)
{
	struct pollfd p = {.fd = feed_thread_fd(t), .events = POLLIN};

	return poll(&p, 1, 2000) == 1;
}

static void
test_end(void **state)
{
	struct two *two = xcalloc(1, sizeof *two);
	struct timespec late = ns_to_timespec(600 * NS_PER_MS);
	const struct frame *f = NULL;
	struct plan p = {0};
	struct feed_thread *t;

	(void)state;
	*two = (struct two){{.ops = &ops}, frame_pool_new(), strpool_new(), 0};
	t = feed_thread_new(&two->feed, 100 * NS_PER_MS);
	feed_thread_plan(t, &p, false);
	/* The last frame and the end have come when one looks. */
	nanosleep(&late, NULL);
	assert_true(is_told(t));
	assert_int_equal(feed_thread_take(t, &f), 1);
	frame_unref(f);
	assert_true(is_told(t));
	assert_int_equal(feed_thread_take(t, &f), -ENODATA);
	assert_true(feed_thread_free(t));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_end)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
