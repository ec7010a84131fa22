#include "feed/thread.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/eventfd.h>

#include "base/clock.h"
#include "base/fd.h"
#include "base/mem.h"

/* The second frame comes this long after the first, so that rates are there soon; and two frames
 * are never nearer than the least gap, or their rates would be noise. */
#define SECOND_FRAME_NS (200 * NS_PER_MS)
#define LEAST_GAP_NS    (50 * NS_PER_MS)

struct feed_thread {
	struct feed *feed;
	pthread_t thread;
	int event;

	pthread_mutex_t lock; /* over all below */
	pthread_cond_t wake;
	struct plan plan;
	bool have_plan, new_plan, soon, quit, done;
	int64_t interval_ns;
	const struct frame *newest;
	int error; /* -errno of the feed, told once */
};

static void
publish(struct feed_thread *t, const struct frame *f, int error)
{
	const struct frame *old;

	pthread_mutex_lock(&t->lock);
	old = f ? t->newest : NULL;
	if (f)
		t->newest = f;
	if (error)
		t->error = error;
	pthread_mutex_unlock(&t->lock);
	frame_unref(old);
	(void)eventfd_write(t->event, 1);
}

/* Waits until the next frame is due. False when it is time to quit. Takes over a new plan. */
static bool
wait_until_due(struct feed_thread *t, int64_t last_ns, unsigned nframes, struct plan *plan)
{
	bool go, soon;

	pthread_mutex_lock(&t->lock);
	while (!t->quit) {
		int64_t now = clock_mono_ns(), gap = t->interval_ns;
		struct timespec ts;

		if (t->have_plan && nframes == 0)
			break;
		if (nframes == 1 && gap > SECOND_FRAME_NS)
			gap = SECOND_FRAME_NS;
		if (t->soon && gap > LEAST_GAP_NS)
			gap = LEAST_GAP_NS;
		if (nframes > 0 && now >= last_ns + gap)
			break;
		ts = ns_to_timespec(nframes ? last_ns + gap : now + NS_PER_S);
		pthread_cond_timedwait(&t->wake, &t->lock, &ts);
	}
	soon = t->soon;
	t->soon = false;
	go = !t->quit;
	if (go && (t->new_plan || plan->anew != soon)) {
		plan_copy(plan, &t->plan);
		plan->anew = soon;
		t->new_plan = false;
		pthread_mutex_unlock(&t->lock);
		feed_plan(t->feed, plan);
		return true;
	}
	pthread_mutex_unlock(&t->lock);
	return go;
}

static void
destroy(struct feed_thread *t)
{
	feed_free(t->feed);
	frame_unref(t->newest);
	plan_release(&t->plan);
	pthread_cond_destroy(&t->wake);
	pthread_mutex_destroy(&t->lock);
	(void)close(t->event);
	free(t);
}

static void *
run(void *arg)
{
	struct feed_thread *t = arg;
	struct plan plan = {0};
	int64_t last_ns = 0;
	unsigned nframes = 0;

	while (wait_until_due(t, last_ns, nframes, &plan)) {
		const struct frame *f = NULL;
		int64_t start = clock_mono_ns();
		int r = feed_next(t->feed, &f);

		/* Keep the rhythm (ticks at equal distances) unless we are late. */
		if (nframes > 1 && start - last_ns < t->interval_ns + t->interval_ns / 4 &&
		    start - last_ns >= t->interval_ns)
			last_ns += t->interval_ns;
		else
			last_ns = start;
		if (nframes < 2)
			nframes++;
		if (f)
			frame_index(f);
		publish(t, f, r);
		if (r < 0)
			break;
	}
	plan_release(&plan);
	pthread_mutex_lock(&t->lock);
	t->done = true;
	pthread_cond_broadcast(&t->wake);
	pthread_mutex_unlock(&t->lock);
	return NULL;
}

struct feed_thread *
feed_thread_new(struct feed *f, int64_t interval_ns)
{
	struct feed_thread *t = xcalloc(1, sizeof *t);
	pthread_condattr_t attr;
	sigset_t all, old;

	t->feed = f;
	t->interval_ns = interval_ns;
	t->event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	pthread_mutex_init(&t->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&t->wake, &attr);
	pthread_condattr_destroy(&attr);
	/* Signals are the screen's: none is taken here. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	if (pthread_create(&t->thread, NULL, run, t) != 0)
		t->error = -EAGAIN;
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return t;
}

bool
feed_thread_free(struct feed_thread *t)
{
	struct timespec ts;
	bool done;

	if (!t)
		return true;
	pthread_mutex_lock(&t->lock);
	t->quit = true;
	pthread_cond_broadcast(&t->wake);
	ts = ns_to_timespec(clock_mono_ns() + 200 * NS_PER_MS);
	while (!t->done && pthread_cond_timedwait(&t->wake, &t->lock, &ts) == 0)
		;
	done = t->done;
	pthread_mutex_unlock(&t->lock);
	if (!done) {
		pthread_detach(t->thread); /* stuck in a read: it goes with the program */
		return false;
	}
	pthread_join(t->thread, NULL);
	destroy(t);
	return true;
}

unsigned
feed_thread_caps(const struct feed_thread *t)
{
	return t->feed->caps;
}

int
feed_thread_fd(const struct feed_thread *t)
{
	return t->event;
}

int
feed_thread_take(struct feed_thread *t, const struct frame **ret_frame)
{
	eventfd_t n;
	int r = 0;

	(void)eventfd_read(t->event, &n);
	pthread_mutex_lock(&t->lock);
	if (t->newest) {
		*ret_frame = t->newest;
		t->newest = NULL;
		r = 1;
		if (t->error) /* that it has ended is to be told as well */
			(void)eventfd_write(t->event, 1);
	} else if (t->error) {
		r = t->error;
	}
	pthread_mutex_unlock(&t->lock);
	return r;
}

void
feed_thread_plan(struct feed_thread *t, const struct plan *p, bool soon)
{
	pthread_mutex_lock(&t->lock);
	plan_copy(&t->plan, p);
	t->have_plan = t->new_plan = true;
	t->soon |= soon;
	pthread_cond_signal(&t->wake);
	pthread_mutex_unlock(&t->lock);
}

void
feed_thread_interval(struct feed_thread *t, int64_t interval_ns)
{
	pthread_mutex_lock(&t->lock);
	t->interval_ns = interval_ns;
	pthread_cond_signal(&t->wake);
	pthread_mutex_unlock(&t->lock);
}

void
feed_thread_now(struct feed_thread *t)
{
	pthread_mutex_lock(&t->lock);
	t->soon = true;
	pthread_cond_signal(&t->wake);
	pthread_mutex_unlock(&t->lock);
}
