/* stat: how numbers were spread over a window of a recording, in one pass. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "app/app.h"
#include "app/recordings.h"
#include "frame/derive.h"
#include "sink/stats.h"

struct stat_run {
	const struct options *o;
	struct pick pick;
	struct stats stats;
	struct field_set want[TABLE_COUNT];
	uint64_t unreadable;
};

/* Rates of the first moment are from the one before it, which is not of the window. */
static void
add_before(struct stat_run *c, struct past *p, uint64_t first)
{
	uint64_t kept, end;
	const struct frame *f;

	past_span(p, &kept, &end);
	if (first == kept || past_frame(p, first - 1, c->want, &f) < 0)
		return;
	stats_gap(&c->stats, f);
	frame_unref(f);
}

static int
add_window(struct stat_run *c, struct past *p, struct err *e)
{
	uint64_t first, end;
	int r = recordings_window(p, c->o->from, c->o->to, &first, &end, e);

	if (r < 0)
		return r;
	add_before(c, p, first);
	for (uint64_t n = first; n < end; n++) {
		const struct frame *f;

		if (past_frame(p, n, c->want, &f) < 0) {
			c->unreadable++;
			stats_gap(&c->stats, NULL);
			continue;
		}
		stats_add(&c->stats, f);
		frame_unref(f);
	}
	if (!c->stats.moments)
		return err_set(e, -EBADMSG,
			       "the recording is damaged there: none of %llu moments can be read",
			       (unsigned long long)c->unreadable);
	return 0;
}

static int
say(struct stat_run *c)
{
	const struct options *o = c->o;
	struct columns columns = {0};
	struct buf out = {0};
	int r;

	stats_sort(&c->stats);
	switch (o->output) {
	case OUTPUT_JSON:
		stats_put_json(&out, &c->stats, c->unreadable);
		break;
	case OUTPUT_CSV:
		stats_put_csv(&out, &c->stats);
		break;
	default:
		stats_put_text(&out, &columns, &c->stats, c->unreadable,
			       o->limited ? (size_t)o->limit : 0, o->ncolumns > 0, o->width);
	}
	r = app_written(app_write(&out));
	/* Nothing in CSV could say it. */
	if (o->output == OUTPUT_CSV && c->unreadable)
		fprintf(stderr, "sonde: %llu moments could not be read\n",
			(unsigned long long)c->unreadable);
	columns_release(&columns);
	buf_release(&out);
	return r;
}

int
cmd_stat(const struct options *o)
{
	struct stat_run c = {.o = o};
	struct root nobody = {.foreign = true}; /* a recording is asked, no machine */
	struct past *past = NULL;
	struct err e;
	int status, r = pick_init(&c.pick, o, &nobody, &e);

	if (r < 0)
		return app_fail(EXIT_USAGE, &e);
	for (unsigned i = 0; i < o->ntables; i++)
		stats_add_table(&c.stats, o->table[i], o->column, o->ncolumns);
	c.stats.table[0].every_cpu = o->ntables == 1;
	if (o->filter) {
		c.stats.match = pick_match;
		c.stats.match_arg = &c.pick;
		pick_fields(&c.pick, o->table[0], &c.want[o->table[0]]);
	}
	stats_want(&c.stats, c.want);
	field_sets_close(c.want);
	r = recordings_open(o->operand[0], &past, &e);
	if (r == 0)
		r = add_window(&c, past, &e);
	status = r < 0 ? app_fail(r == -EINVAL ? EXIT_USAGE : EXIT_FAILURE, &e) : say(&c);
	past_free(past);
	stats_release(&c.stats);
	pick_release(&c.pick);
	return status;
}
