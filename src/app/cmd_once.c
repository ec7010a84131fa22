/* once: a snapshot, or a stream of them, for scripts.
 *
 * A rate needs two samples: when any column, sort field or filter looks at one, a first sample is
 * taken in silence and the one that is printed follows after 200 ms (or -d). On a fixture nothing
 * sleeps: its moments are the samples, and the last ones are printed.
 */
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "app/app.h"
#include "app/recordings.h"
#include "base/clock.h"
#include "base/mem.h"
#include "frame/derive.h"
#include "sample/sampler.h"
#include "sink/clean.h"
#include "sink/csv.h"
#include "sink/influx.h"
#include "sink/json.h"
#include "sink/openmetrics.h"
#include "sink/table.h"

static const int64_t FIRST_NS = 200 * NS_PER_MS, DELAY_NS = NS_PER_S;

/* What is printed of one table. */
struct part {
	enum table_id table;
	uint8_t field[FIELDS_MAX];
	unsigned nfields;
	const struct sort_key *sort;
	unsigned nsort;
	uint32_t *row; /* scratch */
	size_t rows_cap, nrows;
};

struct once {
	const struct options *o;
	struct root root;
	struct pick pick;
	struct part part[TABLE_COUNT];
	struct plan plan;
	bool two; /* a field needs two samples */
	bool stream;
	bool begun;     /* something was printed */
	int list_error; /* why processes could not be listed, or 0 */
	int detail_error; /* why details could not be read, or 0, and which */
	enum table_id detail;
	struct feed *feed;
	struct sorter *sorter;
	struct columns columns;
	struct buf out;
	int status; /* set when something was said already */
};

/* As top shows them. */
static const uint8_t proc_columns[] = {
	PROC_PID, PROC_USER,  PROC_PRIORITY,  PROC_NICE,      PROC_VIRT, PROC_RES,
	PROC_SHR, PROC_STATE, PROC_CPU_RATIO, PROC_MEM_SHARE, PROC_CPU,  PROC_COMMAND,
};
static const struct sort_key proc_order[] = {{PROC_CPU_RATIO, true}, {PROC_PID, false}};

bool
app_is_usual(const struct field *f, enum output output)
{
	if (field_is_dear(f))
		return false;
	/* People read levels and rates; programs may want the counters too. */
	if (output == OUTPUT_TEXT)
		return f->kind != KIND_COUNTER;
	if (output_is_series(output) && f->flags & FIELD_PRIVATE)
		return false;
	/* They are not written beside their counters. */
	return output == OUTPUT_INFLUX || !output_is_series(output) || !field_needs_two(f);
}

static void
want(struct once *c, enum table_id t, unsigned field)
{
	/* Of processes that are named no others need to be known so well. */
	if (t == TABLE_PROC && !(c->o->npids && field_is_dear(&schema[t].field[field])))
		plan_want_everywhere(&c->plan, field);
	else
		plan_want(&c->plan, t, field);
	c->two |= field_needs_two(&schema[t].field[field]);
}

static void
choose_fields(struct part *p, const struct options *o)
{
	const struct schema *s = &schema[p->table];

	if (o->ncolumns) {
		memcpy(p->field, o->column, o->ncolumns);
		p->nfields = o->ncolumns;
	} else if (o->output == OUTPUT_TEXT && p->table == TABLE_PROC) {
		memcpy(p->field, proc_columns, sizeof proc_columns);
		p->nfields = ARRAY_LEN(proc_columns);
	} else {
		for (unsigned i = 0; i < s->nfields; i++)
			if (app_is_usual(&s->field[i], o->output))
				p->field[p->nfields++] = (uint8_t)i;
	}
}

static void
plan_part(struct once *c, struct part *p)
{
	const struct options *o = c->o;
	struct field_set looked_at = {0};

	choose_fields(p, o);
	if (o->nsort) {
		p->sort = o->sort;
		p->nsort = o->nsort;
	} else if (p->table == TABLE_PROC && (o->limited || !output_is_series(o->output))) {
		p->sort = proc_order;
		p->nsort = ARRAY_LEN(proc_order);
	}
	pick_fields(&c->pick, p->table, &looked_at);
	for (unsigned i = 0; i < schema[p->table].nfields; i++)
		if (field_set_has(&looked_at, i))
			want(c, p->table, i);
	for (unsigned i = 0; i < schema[p->table].nfields; i++)
		if (output_is_series(o->output) && field_is_tag(&schema[p->table].field[i]))
			want(c, p->table, i);
	for (unsigned i = 0; i < p->nfields; i++)
		want(c, p->table, p->field[i]);
	for (unsigned i = 0; i < p->nsort; i++)
		want(c, p->table, p->sort[i].field);
}

static void
choose_rows(struct once *c, struct part *p, const struct table *t)
{
	GROW(p->row, p->rows_cap, t->nrows);
	p->nrows = rows_select(t, pick_match, &c->pick, p->row);
	rows_sort(&c->sorter, t, p->sort, p->nsort, p->row, p->nrows);
	if (c->o->limited && p->nrows > c->o->limit)
		p->nrows = (size_t)c->o->limit;
}

static void
put_text(struct once *c, const struct frame *f, const struct sink_select *sel, unsigned n)
{
	if (c->stream) {
		if (c->begun)
			buf_putc(&c->out, '\n');
		clean_time(&c->out, f->meta.wall_ns);
		buf_putc(&c->out, ' ');
		clean_text(&c->out, f->meta.host, strlen(f->meta.host), INT_MAX);
		buf_putc(&c->out, '\n');
	}
	for (unsigned i = 0; i < n; i++) {
		if (n > 1)
			buf_printf(&c->out, "%s%s:\n", i ? "\n" : "", schema[sel[i].table].name);
		table_frame(&c->out, &c->columns, f, &sel[i], c->o->width);
	}
}

static void
note_detail(struct once *c, const struct frame *f, enum table_id t)
{
	int error = f->source[schema[t].field[0].source].error;

	if (!table_is_detail((int)t) || !error || frame_table(f, t)->nrows)
		return;
	c->detail_error = error;
	c->detail = t;
}

static int
write_piece(void *arg, struct buf *b)
{
	int r = app_write(b);

	(void)arg;
	buf_clear(b);
	return r;
}

static int
print_frame(struct once *c, const struct frame *f)
{
	struct sink_select sel[TABLE_COUNT];
	unsigned n = c->o->ntables;
	int r = 0;

	for (unsigned i = 0; i < n; i++) {
		struct part *p = &c->part[i];

		choose_rows(c, p, frame_table(f, p->table));
		if (p->table == TABLE_PROC)
			c->list_error = f->source[SRC_PID_LIST].error;
		note_detail(c, f, p->table);
		sel[i] = (struct sink_select){p->table, p->field, p->nfields, p->row, p->nrows};
	}
	buf_clear(&c->out);
	switch (c->o->output) {
	case OUTPUT_JSON:
		r = json_frame_pieces(&c->out, f, sel, n, write_piece, NULL);
		break;
	case OUTPUT_CSV:
		if (!c->begun)
			csv_head(&c->out, &sel[0], c->stream);
		csv_frame(&c->out, f, &sel[0], c->stream);
		break;
	case OUTPUT_JSONL:
		jsonl_frame(&c->out, f, sel, n);
		break;
	case OUTPUT_OPENMETRICS: /* of the past, or one of many: then it says when */
		openmetrics_frame(&c->out, f, sel, n, c->stream || c->o->in);
		openmetrics_end(&c->out);
		break;
	case OUTPUT_PROMETHEUS:
		prometheus_frame(&c->out, f, sel, n);
		break;
	case OUTPUT_INFLUX:
		influx_frame(&c->out, f, sel, n);
		break;
	default:
		put_text(c, f, sel, n);
	}
	c->begun = true;
	return r < 0 ? r : app_write(&c->out);
}

/* Waits until the moment. -EPIPE when the reader of our output goes away meanwhile. */
static int
sleep_until(int64_t mono_ns)
{
	struct pollfd out = {.fd = STDOUT_FILENO}; /* errors only */
	int64_t left;

	while ((left = mono_ns - clock_mono_ns()) > 0) {
		struct timespec ts = ns_to_timespec(left);

		if (ppoll(&out, 1, &ts, NULL) > 0)
			return -EPIPE;
	}
	return 0;
}

static int
next_frame(struct once *c, const struct frame **ret_frame)
{
	int r = feed_next(c->feed, ret_frame);
	struct err e;

	if (r < 0 && r != -ENODATA) {
		err_set(&e, r, "the machine cannot be read: %s", strerror(-r));
		c->status = app_fail(EXIT_FAILURE, &e);
	}
	return r;
}

/* At the interval; a tick that comes late is not caught up. */
static int
run_live(struct once *c)
{
	int64_t delay = c->o->delay_ns ? c->o->delay_ns : DELAY_NS, next = clock_mono_ns();
	const struct frame *f;
	int r;

	if (c->two) {
		r = next_frame(c, &f);
		if (r < 0)
			return r;
		frame_unref(f);
		next += c->o->delay_ns ? c->o->delay_ns : FIRST_NS;
		r = sleep_until(next);
		if (r < 0)
			return r;
	}
	for (uint64_t i = 0;; i++) {
		r = next_frame(c, &f);
		if (r < 0)
			return r;
		r = print_frame(c, f);
		frame_unref(f);
		if (r < 0 || i + 1 == c->o->count)
			return r;
		next = MAX(next + delay, clock_mono_ns());
		r = sleep_until(next);
		if (r < 0)
			return r;
	}
}

/* The moments of a recording that the options speak of; without any the newest one. */
static int
run_recording(struct once *c, struct past *p, struct err *e)
{
	const struct options *o = c->o;
	uint64_t first, end, n, printed = 0;
	int64_t next_ns = INT64_MIN;
	struct moment m;
	int r;

	if (o->at) {
		r = recordings_when(p, o->at, &first, e);
		end = first + 1;
	} else {
		r = recordings_window(p, o->from, o->to, &first, &end, e);
		if (r == 0 && !o->from && !o->to && !o->every_ns && !o->counted)
			first = end - 1;
	}
	if (r < 0)
		return r;
	c->stream = end - first > 1 && o->count != 1;
	for (n = first; n < end; n++) {
		const struct frame *f;

		if (!past_moment(p, n, &m) || m.wall_ns < next_ns)
			continue;
		if (o->every_ns)
			next_ns = m.wall_ns + o->every_ns;
		if (past_frame(p, n, c->plan.want, &f) < 0)
			continue; /* damaged: what can be read is printed */
		r = print_frame(c, f);
		frame_unref(f);
		if (r < 0 || ++printed == o->count)
			break;
	}
	if (r == 0 && !printed)
		return err_set(e, -EBADMSG, "the recording is damaged there: no moment of that "
					    "time can be read");
	if (r < 0)
		c->status = app_written(r);
	return 0;
}

/* Every moment of the fixture; the last `count` are printed. */
static int
run_fixture(struct once *c)
{
	const struct frame **kept = NULL, *f;
	size_t n = 0, cap = 0;
	uint64_t count = c->o->count;
	int r;

	while ((r = next_frame(c, &f)) >= 0) {
		GROW(kept, cap, n + 1);
		kept[n++] = f;
	}
	if (r == -ENODATA)
		r = 0;
	for (size_t i = 0; i < n; i++) {
		if (r == 0 && (count == 0 || n - i <= count))
			r = print_frame(c, kept[i]);
		frame_unref(kept[i]);
	}
	free(kept);
	return r;
}

int
cmd_once(const struct options *o)
{
	struct once c = {.o = o, .stream = o->count != 1};
	struct past *past = NULL;
	char note[160];
	struct err e;
	int r;

	if (o->screen_w)
		return cmd_screen(o);
	if (o->in)
		c.root.foreign = true; /* it is asked nothing */
	else if (root_init(&c.root, &o->root, &e) < 0)
		return app_fail(EXIT_USAGE, &e);
	if (pick_init(&c.pick, o, &c.root, &e) < 0) {
		c.status = app_fail(EXIT_USAGE, &e);
		goto out;
	}
	for (unsigned i = 0; i < o->ntables; i++) {
		c.part[i].table = o->table[i];
		plan_part(&c, &c.part[i]);
	}
	c.plan.threads = o->threads;
	c.plan.thorough = true;
	GROW(c.plan.visible, c.plan.visible_cap, o->npids);
	for (size_t i = 0; i < o->npids; i++)
		c.plan.visible[c.plan.nvisible++] = (struct row_key){.a = o->pid[i]};
	if (o->npids == 1)
		c.plan.detail.a = o->pid[0]; /* looked at by tables of details only */
	if (o->in) {
		field_sets_close(c.plan.want);
		r = recordings_open(o->in, &past, &e);
		if (r == 0)
			r = run_recording(&c, past, &e);
		if (past && recordings_damage(past, note))
			fprintf(stderr, "sonde: %s\n", note);
		if (r < 0)
			c.status = app_fail(EXIT_FAILURE, &e);
		goto out;
	}
	c.feed = sampler_new(&c.root, o->sampler, &e);
	if (!c.feed) {
		c.status = app_fail(EXIT_USAGE, &e);
		goto out;
	}
	feed_plan(c.feed, &c.plan);
	r = c.root.fixture ? run_fixture(&c) : run_live(&c);
	if (c.status == EXIT_SUCCESS)
		c.status = app_written(r);
	if (c.status == EXIT_SUCCESS && c.list_error) {
		err_set(&e, c.list_error, "processes cannot be listed: %s",
			strerror(-c.list_error));
		c.status = app_fail(EXIT_FAILURE, &e);
	}
	if (c.status == EXIT_SUCCESS && c.detail_error) {
		err_set(&e, c.detail_error, "table %s of process %u: %s", schema[c.detail].name,
			o->pid[0],
			source_why((enum source)schema[c.detail].field[0].source,
				   c.detail_error));
		c.status = app_fail(EXIT_FAILURE, &e);
	}
out:
	feed_free(c.feed);
	past_free(past);
	for (unsigned i = 0; i < o->ntables; i++)
		free(c.part[i].row);
	plan_release(&c.plan);
	pick_release(&c.pick);
	sorter_free(c.sorter);
	columns_release(&c.columns);
	buf_release(&c.out);
	if (!o->in)
		root_release(&c.root);
	return c.status;
}
