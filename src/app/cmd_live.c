/* cmd_live: the live monitor. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "app/app.h"
#include "app/chooser.h"
#include "app/config.h"
#include "app/live.h"
#include "base/clock.h"
#include "base/mem.h"
#include "sample/sampler.h"
#include "store/ring.h"
#include "ui/loop.h"

static int
save(const void *options, const struct screen_settings *now, struct err *said)
{
	return config_save(options, now, said);
}

/* The administrator's switch: nobody does anything with sonde here. When it cannot be looked for,
 * it may be there. */
#define SWITCH SONDE_CONFDIR "/readonly"
static bool
is_switched_off(void)
{
	return faccessat(AT_FDCWD, SWITCH, F_OK, AT_SYMLINK_NOFOLLOW | AT_EACCESS) == 0 ||
	       (errno != ENOENT && errno != ENOTDIR);
}

int
live_screen_options(const struct options *o, const struct root *root, struct screen_options *so,
		    char user[64], struct err *e)
{
	*so = (struct screen_options){
		.delay_ns = o->delay_ns ? o->delay_ns : NS_PER_S,
		.filter = o->filter,
		.columns = o->ncolumns ? o->column : NULL,
		.ncolumns = o->ncolumns,
		.nsort = o->nsort,
		.pids = o->pid,
		.npids = o->npids,
		.tree = o->tree,
		.threads = o->threads,
		.no_kthreads = o->kernel_threads == 0,
		.cpu_bars = o->per_cpu,
		.cpu_of_machine = o->cpu_of_machine,
		.names_only = o->names,
		.no_paths = o->no_paths,
		.dim_others = o->dim_others,
		.own_uid = root->fixture ? 0 : geteuid(),
		.no_header = o->no_header,
	};
	if (o->config) {
		so->keys = &o->config->keys;
		so->filters = o->config->filter;
		so->nfilters = o->config->nfilters;
		so->rules = o->config->rule;
		so->nrules = o->config->nrules;
		so->save = save;
		so->save_arg = o;
	}
	for (unsigned i = 0; i < o->nsort; i++)
		so->sort[i] = o->sort[i];
	so->self = getpid();
	if (o->readonly)
		so->no_actions = "read only: sonde was started with --readonly";
	else if (o->pick)
		so->no_actions = "picking: Enter takes, Esc leaves";
	else if (is_switched_off())
		so->no_actions = "read only: " SWITCH " says so";
	else if (root->foreign)
		so->no_actions = "this is not the machine sonde runs on: look only";
	else
		so->root = root;
	if (o->in || o->command == COMMAND_REPLAY) {
		so->user = o->user; /* as it was recorded */
	} else if (o->user) {
		uint32_t uid;
		const char *name;
		int r = app_user(root, o->user, &uid, e);

		if (r < 0)
			return r;
		name = root_user(root, uid);
		if (name)
			snprintf(user, 64, "%s", name);
		else
			snprintf(user, 64, "%u", uid);
		so->user = user;
	}
	return 0;
}

int
live_run(const struct options *o, uint64_t count, struct costs *ret_costs)
{
	struct term_options to = {
		.theme = &theme_default,
		.no_colour = o->no_color,
		.ascii = o->ascii,
		.no_mouse = o->no_mouse,
	};
	struct screen_options so;
	struct ring *ring = NULL;
	struct feed *feed;
	struct feed_thread *thread;
	struct root *root = xcalloc(1, sizeof *root); /* a stuck sampler may outlive us */
	struct chooser chooser = {.out = -1};
	struct err e;
	char user[64], notice[160];
	int r = o->pick ? chooser_begin(&chooser, &e) : 0;

	if (r < 0) {
		free(root);
		return app_fail(EXIT_USAGE, &e);
	}
	r = root_init(root, &o->root, &e);
	if (r < 0)
		return app_fail(EXIT_USAGE, &e);
	r = live_screen_options(o, root, &so, user, &e);
	if (r < 0)
		return app_fail(EXIT_USAGE, &e);
	if (config_notice(o->config, notice))
		so.notice = notice;
	feed = sampler_new(root, o->sampler, &e);
	if (!feed)
		return app_fail(EXIT_USAGE, &e);
	if (o->ring_bytes) {
		ring = ring_new(o->ring_bytes, o->ring_age_ns);
		feed = ring_feed_new(ring, feed);
		so.past = ring_past(ring);
	}
	if (o->pick)
		so.picked = &chooser.picked;
	thread = feed_thread_new(feed, so.delay_ns);
	r = loop_run(thread, &so, &to, count, ret_costs, &e);
	if (feed_thread_free(thread)) {
		ring_free(ring);
		root_release(root);
		free(root);
	}
	if (o->pick)
		chooser_end(&chooser);
	if (r < 0)
		r = app_fail(r == -ENOTTY ? EXIT_USAGE : EXIT_FAILURE, &e);
	else if (o->pick)
		r = chooser_print(&chooser);
	else
		r = EXIT_SUCCESS;
	buf_release(&chooser.picked);
	return r;
}

int
cmd_live(const struct options *o)
{
	struct costs costs = {0};

	return live_run(o, o->count, &costs);
}
