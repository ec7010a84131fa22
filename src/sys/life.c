#include "sys/life.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/eventfd.h>

#include "base/clock.h"
#include "base/fd.h"
#include "base/mem.h"

enum { BATCHES = 2048 }; /* read at once, at most: a storm must not keep anybody waiting */
/* The pause is that in which 20,000 messages a second of 1 KiB would fill half a queue. */
enum { PAUSE_MS = 40, PAUSE_LEAST_MS = 5, SETTLE_MS = 40, BYTES_A_MS = 40 << 10 };

struct life {
	pthread_t thread;
	bool running, io;
	int quit; /* eventfd */

	pthread_mutex_t lock; /* over all below */
	struct netlink events, records;
	int events_error, records_error;
	uint16_t family;
	int64_t now_ns; /* of the round */
	struct netlink_batch *batch;
	struct endings *endings;
};

static void
take_event(void *arg, struct span datagram)
{
	struct life *l = arg;
	struct connector_event v;

	while (connector_next(&datagram, &v) > 0)
		endings_event(l->endings, &v, l->now_ns);
}

static void
take_record(void *arg, struct span datagram)
{
	struct life *l = arg;
	struct taskstats_record r;

	while (taskstats_next(&datagram, l->family, &r) > 0)
		endings_record(l->endings, &r, l->now_ns);
}

/* One batch. Whether there was something. A source that fails is closed for good. */
static bool
read_batch(struct life *l, struct netlink *n, int *error, void (*take)(void *, struct span))
{
	int r = n->fd >= 0 ? netlink_receive(n, l->batch, take, l) : 0;

	if (r < 0) {
		*error = r;
		netlink_close(n);
		endings_sources(l->endings, l->events_error == 0, l->records_error == 0, l->io);
	}
	return r > 0;
}

/* Both queues, side by side: the record of a process that ended is sent before its exit event, so
 * that it is there when the event is. How full the fuller queue was, in percent. */
static unsigned
read_all(struct life *l)
{
	unsigned a = netlink_fill(&l->events), b = netlink_fill(&l->records);
	bool more = true;

	for (unsigned i = 0; i < BATCHES && more; i++) {
		bool record;

		l->now_ns = clock_mono_ns();
		more = read_batch(l, &l->events, &l->events_error, take_event);
		do
			record = read_batch(l, &l->records, &l->records_error, take_record);
		while (record && ++i < BATCHES && endings_lack_records(l->endings));
		more |= record;
		endings_settle(l->endings, l->now_ns, !more);
	}
	return MAX(a, b);
}

static int
pause_ms(const struct netlink *n)
{
	int ms = PAUSE_MS;

	if (n->fd >= 0 && n->buffer_bytes)
		ms = (int)MIN(n->buffer_bytes / BYTES_A_MS, (uint32_t)PAUSE_MS);
	return MAX(ms, (int)PAUSE_LEAST_MS);
}

static void *
run(void *arg)
{
	struct life *l = arg;
	/* A closed one is -1, which poll() leaves out. */
	struct pollfd p[] = {
		{.fd = l->quit, .events = POLLIN},
		{.fd = l->events.fd, .events = POLLIN},
		{.fd = l->records.fd, .events = POLLIN},
	};
	int usual = MIN(pause_ms(&l->events), pause_ms(&l->records)), pause = usual, settle = -1;

	for (;;) {
		int r = poll(p, ARRAY_LEN(p), settle);

		if (r > 0 && !p[0].revents) /* let it gather */
			r = poll(p, 1, pause);
		if (p[0].revents || (r < 0 && errno != EINTR))
			return NULL;
		pthread_mutex_lock(&l->lock);
		pause = read_all(l) > 50 ? PAUSE_LEAST_MS : usual;
		settle = endings_waiting(l->endings) ? SETTLE_MS : -1;
		p[1].fd = l->events.fd;
		p[2].fd = l->records.fd;
		pthread_mutex_unlock(&l->lock);
	}
}

static void
start(struct life *l)
{
	sigset_t all, old;

	l->quit = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (l->quit < 0)
		return;
	/* Signals are for others: none is taken here. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	l->running = pthread_create(&l->thread, NULL, run, l) == 0;
	pthread_sigmask(SIG_SETMASK, &old, NULL);
}

/* Whether the kernel counts the I/O of processes: else the records say 0. */
static bool
counts_io(const struct root *root)
{
	cleanup_fd int fd = root_open(root, ROOT_PROC, "self/io", O_RDONLY);

	return fd >= 0;
}

struct life *
life_new(const struct root *root)
{
	struct life *l = xcalloc(1, sizeof *l);

	pthread_mutex_init(&l->lock, NULL);
	l->quit = l->events.fd = l->records.fd = -1;
	l->events_error = l->records_error = -ENOTSUP;
	if (root->foreign)
		return l;
	l->batch = netlink_batch_new();
	l->endings = endings_new(NULL);
	/* Records first: from the first event on there is one to each end. */
	l->records_error = taskstats_open(&l->records, l->batch, root, &l->family);
	l->events_error = connector_open(&l->events, l->batch, root);
	l->io = counts_io(root);
	endings_sources(l->endings, l->events_error == 0, l->records_error == 0, l->io);
	if (l->events.fd >= 0 || l->records.fd >= 0)
		start(l);
	return l;
}

void
life_sources(struct life *l, int *ret_events, int *ret_records)
{
	pthread_mutex_lock(&l->lock);
	*ret_events = l->events_error;
	*ret_records = l->records_error;
	pthread_mutex_unlock(&l->lock);
}

size_t
life_take(struct life *l, struct ended *ret, size_t max, struct life_counts *ret_counts)
{
	size_t n = 0;

	*ret_counts = (struct life_counts){0};
	if (!l->endings)
		return 0;
	pthread_mutex_lock(&l->lock);
	(void)read_all(l);
	n = endings_take(l->endings, ret, max);
	*ret_counts = *endings_counts(l->endings);
	ret_counts->lost_events = l->events.lost;
	ret_counts->lost_records = l->records.lost;
	pthread_mutex_unlock(&l->lock);
	return n;
}

void
life_free(struct life *l)
{
	if (!l)
		return;
	if (l->running) {
		(void)eventfd_write(l->quit, 1);
		pthread_join(l->thread, NULL);
	}
	if (l->quit >= 0)
		(void)close(l->quit);
	connector_close(&l->events);
	taskstats_close(&l->records);
	endings_free(l->endings);
	netlink_batch_free(l->batch);
	pthread_mutex_destroy(&l->lock);
	free(l);
}
