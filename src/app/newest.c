#include "app/newest.h"

#include <errno.h>
#include <poll.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "frame/derive.h"
#include "sample/sampler.h"

static const int64_t DELAY_NS = 200 * NS_PER_MS; /* as of once */

struct newest {
	struct past past; /* first */
	const struct options *o;
	struct root *root;
	struct feed *feed;
	const struct frame *frame; /* NULL: not sampled yet */
};

static void
newest_span(struct past *p, uint64_t *ret_first, uint64_t *ret_end)
{
	(void)p;
	*ret_first = 0;
	*ret_end = 1;
}

static bool
newest_moment(struct past *p, uint64_t n, struct moment *ret)
{
	const struct frame *f = ((struct newest *)p)->frame;

	if (!f || n > 0)
		return false;
	*ret = (struct moment){.wall_ns = f->meta.wall_ns, .mono_ns = f->meta.mono_ns,
			       .cpu = PAST_UNKNOWN, .memory = PAST_UNKNOWN,
			       .pressure = PAST_UNKNOWN};
	return true;
}

static int
newest_frame(struct past *p, uint64_t n, const struct field_set want[TABLE_COUNT],
	     const struct frame **ret_frame)
{
	const struct frame *f = ((struct newest *)p)->frame;

	(void)want;
	if (!f || n > 0)
		return -ENOENT;
	*ret_frame = frame_ref(f);
	return 0;
}

static void
newest_free(struct past *p)
{
	struct newest *n = (struct newest *)p;

	frame_unref(n->frame);
	feed_free(n->feed);
	free(n);
}

int
newest_new(const struct options *o, struct root *root, struct newest **ret, struct err *e)
{
	static const struct past_ops ops = {.span = newest_span, .moment = newest_moment,
					    .frame = newest_frame, .free = newest_free};
	struct feed *feed = sampler_new(root, o->sampler, e);
	struct newest *n;

	if (!feed)
		return -EINVAL;
	n = xcalloc(1, sizeof *n);
	*n = (struct newest){.past.ops = &ops, .o = o, .root = root, .feed = feed};
	*ret = n;
	return 0;
}

struct past *
newest_past(struct newest *n)
{
	return &n->past;
}

/* Does anything wanted need two samples? */
static bool
make_plan(struct newest *n, const struct field_set want[TABLE_COUNT])
{
	struct plan p = {.threads = n->o->threads, .thorough = true};
	bool two = false;

	for (unsigned t = 0; t < TABLE_COUNT; t++) {
		for (unsigned f = 0; f < schema[t].nfields; f++) {
			if (!field_set_has(&want[t], f))
				continue;
			if (t == TABLE_PROC)
				plan_want_everywhere(&p, f);
			else
				plan_want(&p, (enum table_id)t, f);
			two |= field_needs_two(&schema[t].field[f]);
		}
	}
	if (n->o->npids)
		p.detail.a = n->o->pid[0];
	feed_plan(n->feed, &p);
	plan_release(&p);
	return two;
}

static int
take(struct newest *n, struct err *e)
{
	const struct frame *f;
	int r = feed_next(n->feed, &f);

	if (r == 0) {
		frame_unref(n->frame);
		n->frame = f;
	} else if (r != -ENODATA) {
		err_set(e, r, "the machine cannot be read: %s", strerror(-r));
	}
	return r;
}

int
newest_sample(struct newest *n, const struct field_set want[TABLE_COUNT], struct err *e)
{
	bool two = make_plan(n, want);
	struct timespec delay = ns_to_timespec(n->o->delay_ns ? n->o->delay_ns : DELAY_NS);
	int r;

	if (n->root->fixture) { /* its last moment */
		do
			r = take(n, e);
		while (r == 0);
		return r == -ENODATA ? 0 : r;
	}
	r = take(n, e);
	if (r < 0 || !two)
		return r;
	if (ppoll(NULL, 0, &delay, NULL) < 0)
		return err_set(e, -errno, "interrupted");
	return take(n, e);
}
