#include "ui/loop.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fd.h"
#include "base/mem.h"

struct loop {
	struct term *term;
	struct feed_thread *feed;
	struct screen *screen;
	struct grid grid;
	int signals;
	bool dirty, quit;
	bool last; /* the last screen is the next one */
	int result;
	int64_t play_at_ns; /* when the next moment of a recording is due; 0: none */
	uint64_t count, nframes;       /* end after so many frames; 0: never */
	struct costs tick, *total;     /* of the tick that goes on, and of all that ended */
	int64_t tick_cpu_ns, tick_mono_ns; /* when it began */
};

static int
open_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGWINCH);
	sigaddset(&set, SIGCONT);
	if (sigprocmask(SIG_BLOCK, &set, NULL) < 0)
		return -errno;
	signal(SIGPIPE, SIG_IGN);
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

static void
take_signals(struct loop *l)
{
	struct signalfd_siginfo si;

	while (read(l->signals, &si, sizeof si) == (ssize_t)sizeof si) {
		switch (si.ssi_signo) {
		case SIGWINCH:
			(void)term_resize(l->term);
			l->dirty = true;
			break;
		case SIGCONT:
			/* Stopped by somebody else: the terminal may be in any state. */
			term_resume(l->term);
			l->dirty = true;
			break;
		default:
			l->quit = true;
		}
	}
}

/* The SIGCONT that ended our own suspension needs no answer any more. */
static void
forget_continue(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGCONT);
	(void)sigtimedwait(&set, NULL, &(struct timespec){0});
}

/* A frame ends a tick. */
static void
end_tick(struct loop *l, const struct frame *f)
{
	int64_t cpu = clock_ns(CLOCK_PROCESS_CPUTIME_ID), mono = clock_mono_ns();
	struct costs *c = &l->tick;

	for (int i = 0; i <= COST_KEEP; i++)
		c->ns[i] += f->meta.cost_ns[i];
	c->cpu_ns = cpu - l->tick_cpu_ns;
	c->mono_ns = mono - l->tick_mono_ns;
	c->ticks = 1;
	if (l->nframes++ >= LOOP_WARM) {
		costs_add(l->total, c);
		screen_costs(l->screen, c);
	}
	*c = (struct costs){0};
	l->tick_cpu_ns = cpu;
	l->tick_mono_ns = mono;
	l->last = l->nframes == l->count;
}

static void
take_frames(struct loop *l)
{
	const struct frame *f;
	int r = feed_thread_take(l->feed, &f);

	if (r > 0) {
		end_tick(l, f);
		screen_frame(l->screen, f);
		l->dirty = true;
	} else if (r == -ENODATA) {
		screen_ended(l->screen);
		l->dirty = true;
	} else if (r < 0) {
		l->result = r;
		l->quit = true;
	}
}

static void
take_keys(struct loop *l)
{
	struct input_event e;
	int r;

	while ((r = term_event(l->term, &e)) > 0) {
		screen_event(l->screen, &e);
		l->dirty = true;
	}
	if (r < 0)
		l->quit = true; /* the terminal has gone: nobody is there to be told */
}

static void
grant_wishes(struct loop *l)
{
	struct screen_wishes w = screen_wishes(l->screen);

	if (w.quit)
		l->quit = true;
	if (w.delay_ns && l->feed)
		feed_thread_interval(l->feed, w.delay_ns);
	if (w.sample && l->feed)
		feed_thread_now(l->feed);
	if (w.redraw)
		term_redraw(l->term);
	if (w.copy) {
		if (term_copy(l->term, w.copy) < 0)
			l->quit = true;
		free(w.copy);
	}
	if (w.suspend) {
		term_suspend(l->term);
		forget_continue();
		l->dirty = true;
	}
}

static void
show(struct loop *l)
{
	const struct plan *plan;
	int64_t cpu[4];
	uint64_t bytes = term_bytes(l->term);
	bool soon = false;
	int w, h;

	term_size(l->term, &w, &h);
	if (w != l->grid.w || h != l->grid.h)
		grid_resize(&l->grid, w, h);
	cpu[0] = clock_ns(CLOCK_THREAD_CPUTIME_ID);
	screen_rows(l->screen);
	cpu[1] = clock_ns(CLOCK_THREAD_CPUTIME_ID);
	screen_render(l->screen, &l->grid);
	cpu[2] = clock_ns(CLOCK_THREAD_CPUTIME_ID);
	if (term_show(l->term, &l->grid) < 0)
		l->quit = true;
	cpu[3] = clock_ns(CLOCK_THREAD_CPUTIME_ID);
	for (int i = 0; i < 3; i++)
		l->tick.ns[COST_SORT + i] += cpu[i + 1] - cpu[i];
	l->tick.bytes += term_bytes(l->term) - bytes;
	plan = screen_plan(l->screen, &soon);
	if (plan && l->feed)
		feed_thread_plan(l->feed, plan, soon);
	l->dirty = false;
}

/* Until something is to be done without being told: half an escape sequence to be given up, or the
 * next moment of a recording that plays. */
static int
wait_ms(struct loop *l)
{
	int keys = term_event_timeout(l->term), ms;
	int64_t play = screen_play_ns(l->screen);

	if (play < 0) {
		l->play_at_ns = 0;
		return keys;
	}
	if (!l->play_at_ns)
		l->play_at_ns = clock_mono_ns() + play;
	ms = (int)(MAX(l->play_at_ns - clock_mono_ns(), 0) / NS_PER_MS) + 1;
	return keys < 0 ? ms : MIN(keys, ms);
}

static void
play(struct loop *l)
{
	if (!l->play_at_ns || clock_mono_ns() < l->play_at_ns)
		return;
	screen_play(l->screen);
	l->play_at_ns = 0;
	l->dirty = true;
}

static void
run(struct loop *l)
{
	struct pollfd p[] = {
		{.fd = term_fd(l->term), .events = POLLIN},
		{.fd = l->feed ? feed_thread_fd(l->feed) : -1, .events = POLLIN},
		{.fd = l->signals, .events = POLLIN},
		{.events = POLLOUT},
	};

	l->dirty = true;
	for (;;) {
		int n;

		grant_wishes(l);
		if (l->quit)
			return;
		if (l->dirty && term_busy_fd(l->term) < 0)
			show(l);
		if (l->quit || (l->last && !l->dirty))
			return;
		p[3].fd = term_busy_fd(l->term);
		n = poll(p, ARRAY_LEN(p), wait_ms(l));
		if (n < 0 && errno != EINTR)
			return;
		if (n < 0)
			continue;
		if (p[2].revents)
			take_signals(l);
		/* Keys before frames: what was typed shows first. */
		if (p[0].revents || n == 0)
			take_keys(l);
		play(l);
		if (p[1].revents)
			take_frames(l);
		if (p[3].revents && term_flush(l->term) < 0)
			return;
	}
}

int
loop_run(struct feed_thread *feed, struct screen_options *o, const struct term_options *to,
	 uint64_t count, struct costs *ret_costs, struct err *e)
{
	struct loop l = {.feed = feed, .count = count, .total = ret_costs};
	int r = term_open(&l.term, to, e);

	if (r < 0)
		return r;
	o->glyphs = term_glyphs(l.term);
	l.screen = screen_new(o);
	l.signals = open_signals();
	run(&l);
	screen_free(l.screen);
	term_close(l.term);
	grid_release(&l.grid);
	(void)close(l.signals);
	if (l.result < 0)
		return err_set(e, l.result, "sampling: %s", strerror(-l.result));
	return 0;
}
