/* diff: two moments side by side: of one recording, of two, or of a recording and the machine.
 *
 *   operand := [RECORDING] ["@" TIME] | "now"
 *
 * A without a recording is of the usual one, B without one is of that of A; without a time it is
 * the last moment. A alone is compared with the last moment of its recording; when it names no time
 * either, it is the first one. "now" is B only: the machine itself.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "app/app.h"
#include "app/recordings.h"
#include "base/mem.h"
#include "frame/derive.h"
#include "sample/sampler.h"
#include "sink/diff.h"

/* A rate needs two samples. */
static const int64_t BETWEEN_NS = 200 * NS_PER_MS;

struct operand {
	char *path;       /* NULL: none was named */
	const char *when; /* NULL: none was named */
	bool now;
};

static void
read_operand(const char *text, struct operand *ret)
{
	const char *at = strrchr(text, '@');

	*ret = (struct operand){.now = strcmp(text, "now") == 0};
	/* A file whose name has an @ is a file; "@@1763700000" is a time that begins with one. */
	if (ret->now)
		return;
	if (!at || access(text, F_OK) == 0) {
		ret->path = xstrdup(text);
		return;
	}
	ret->when = at + 1;
	if (at > text && at[-1] == '@')
		ret->when = at--;
	if (at > text) {
		ret->path = xstrdup(text);
		ret->path[at - text] = '\0';
	}
}

static int
take(struct past *p, uint64_t n, const struct plan *plan, const struct frame **ret, struct err *e)
{
	int r = past_frame(p, n, plan->want, ret);

	return r < 0 ? err_set(e, r, "the recording is damaged there: that moment cannot be read")
		     : 0;
}

/* first: without a time it is the first moment. */
static int
take_moment(struct past *p, const struct operand *x, bool first, const struct plan *plan,
	    const struct frame **ret, struct err *e)
{
	uint64_t begin, end;

	if (x->when) {
		int r = recordings_when(p, x->when, &begin, e);

		return r < 0 ? r : take(p, begin, plan, ret, e);
	}
	past_span(p, &begin, &end);
	if (begin == end)
		return err_set(e, -ENOENT, "nothing is recorded");
	return take(p, first ? begin : end - 1, plan, ret, e);
}

/* The machine, twice, so that there are rates; of a fixture the last moment. */
static int
take_now(const struct options *o, const struct plan *plan, const struct frame **ret, struct err *e)
{
	struct timespec between = ns_to_timespec(BETWEEN_NS);
	const struct frame *f = NULL, *next;
	struct feed *feed;
	struct root root;
	int r = root_init(&root, &o->root, e);

	if (r < 0)
		return r;
	feed = sampler_new(&root, SAMPLER_AUTO, e);
	if (!feed) {
		root_release(&root);
		return -EINVAL;
	}
	feed_plan(feed, plan);
	for (int i = 0; root.fixture || i < 2; i++) {
		if (i && !root.fixture)
			(void)nanosleep(&between, NULL);
		r = feed_next(feed, &next);
		if (r < 0)
			break;
		frame_unref(f);
		f = next;
	}
	if (f)
		*ret = frame_ref(f);
	frame_unref(f);
	feed_free(feed);
	root_release(&root);
	return f ? 0 : err_set(e, r, "the machine cannot be read: %s", strerror(-r));
}

static int
say(const struct options *o, const struct frame *a, const struct frame *b)
{
	struct diff *d = diff_new(a, b);
	struct columns columns = {0};
	struct buf out = {0};
	int r;

	if (o->output == OUTPUT_JSON)
		diff_put_json(&out, d);
	else
		diff_put_text(&out, &columns, d, o->limited ? (size_t)o->limit : 0, o->width);
	r = app_written(app_write(&out));
	columns_release(&columns);
	buf_release(&out);
	diff_free(d);
	return r;
}

/* People forget the @. */
static int
open_named(const char *path, struct past **ret, struct err *e)
{
	int r = recordings_open(path, ret, e);

	if (r == -ENOENT && path && *path >= '0' && *path <= '9' && !strchr(path, '/') &&
	    access(path, F_OK) < 0)
		return err_set(e, r, "%.60s: no such file or directory; a time is written @%.60s",
			       path, path);
	return r;
}

/* Both frames; on failure *ret_a may be there. */
static int
take_both(const struct options *o, const struct operand x[2], const struct plan *plan,
	  const struct frame **ret_a, const struct frame **ret_b, struct err *e)
{
	bool alone = o->noperands < 2;
	struct past *p = NULL;
	int r;

	if (x[0].now)
		return err_set(e, -EINVAL, "diff: \"now\" stands second: expected a recording or "
					   "@TIME first");
	if (!x[1].now && (o->root.root || o->root.area[ROOT_PROC] || o->root.area[ROOT_SYS] ||
			  o->root.area[ROOT_CGROUP]))
		return err_set(e, -EINVAL, "option --root: is about the machine: expected \"now\" "
					   "as the second of the two");
	r = open_named(x[0].path, &p, e);
	if (r == 0)
		r = take_moment(p, &x[0], alone, plan, ret_a, e);
	if (r == 0 && x[1].path) {
		past_free(p);
		p = NULL;
		r = open_named(x[1].path, &p, e);
	}
	if (r == 0)
		r = x[1].now ? take_now(o, plan, ret_b, e)
			     : take_moment(p, &x[1], false, plan, ret_b, e);
	past_free(p);
	return r;
}

int
cmd_diff(const struct options *o)
{
	const struct frame *a = NULL, *b = NULL;
	struct operand x[2] = {{0}};
	struct plan plan = {0};
	struct err e;
	int status, r;

	for (unsigned i = 0; i < o->noperands; i++)
		read_operand(o->operand[i], &x[i]);
	diff_want(plan.want);
	for (unsigned f = 0; f < schema[TABLE_PROC].nfields; f++)
		if (field_set_has(&plan.want[TABLE_PROC], f))
			plan_want_everywhere(&plan, f);
	field_sets_close(plan.want);
	r = take_both(o, x, &plan, &a, &b, &e);
	if (r < 0)
		status = app_fail(r == -EINVAL ? EXIT_USAGE : EXIT_FAILURE, &e);
	else
		status = say(o, a, b);
	frame_unref(a);
	frame_unref(b);
	plan_release(&plan);
	free(x[0].path);
	free(x[1].path);
	return status;
}
