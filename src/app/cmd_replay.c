/* replay: the live monitor over a recording. */
#include <errno.h>
#include <string.h>

#include "app/app.h"
#include "app/config.h"
#include "app/live.h"
#include "app/recordings.h"
#include "base/clock.h"
#include "ui/loop.h"

/* The newest moment that can be read. */
static int
newest_frame(struct past *p, const struct frame **ret_frame, struct err *e)
{
	struct field_set everything[TABLE_COUNT];
	uint64_t first, n;

	memset(everything, 0xff, sizeof everything);
	past_span(p, &first, &n);
	while (n > first)
		if (past_frame(p, --n, everything, ret_frame) == 0)
			return 0;
	return err_set(e, -EBADMSG, "the recording is damaged: none of its moments can be read");
}

int
replay_begin(const struct options *o, struct past *p, struct screen_options *so, struct err *e)
{
	uint64_t first, end;

	past_span(p, &first, &end);
	so->begin = end - 1;
	so->past = p;
	so->no_actions = "this is a recording: look only";
	if (o->at) {
		int r = recordings_when(p, o->at, &so->begin, e);

		if (r < 0)
			return r;
	}
	return newest_frame(p, &so->newest, e);
}

int
cmd_replay(const struct options *o)
{
	struct term_options to = {
		.theme = &theme_default,
		.no_colour = o->no_color,
		.ascii = o->ascii,
		.no_mouse = o->no_mouse,
	};
	struct root root = {.foreign = true}; /* nothing is asked of any machine */
	struct screen_options so = {0};
	struct costs costs = {0};
	struct past *past;
	struct err e;
	char user[64], notice[160];
	int r = live_screen_options(o, &root, &so, user, &e);

	if (r < 0)
		return app_fail(EXIT_USAGE, &e);
	r = recordings_open(o->operand[0], &past, &e);
	if (r < 0)
		return app_fail(EXIT_FAILURE, &e);
	r = replay_begin(o, past, &so, &e);
	if (recordings_damage(past, notice) || config_notice(o->config, notice))
		so.notice = notice;
	if (r == 0)
		r = loop_run(NULL, &so, &to, 0, &costs, &e);
	frame_unref(so.newest);
	past_free(past);
	if (r < 0)
		return app_fail(r == -ENOTTY || r == -EINVAL ? EXIT_USAGE : EXIT_FAILURE, &e);
	return EXIT_SUCCESS;
}
