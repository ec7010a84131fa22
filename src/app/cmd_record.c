/* record: samples the machine into a recording until it is told to end.
 *
 * SIGTERM and SIGINT end it, SIGHUP begins a new file. A disk that is full costs the samples until
 * there is room again, and is said once. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>

#include "app/app.h"
#include "app/notify.h"
#include "app/recordings.h"
#include "app/thinner.h"
#include "base/fd.h"
#include "base/mem.h"
#include "codec/layout.h"
#include "frame/events.h"
#include "sample/sampler.h"
#include "store/writer.h"

enum { NICE = 5, OOM_SCORE = -900 };

struct recorder {
	const struct options *o;
	struct root root;
	struct feed *feed;
	struct plan plan;
	struct writer *writer;
	struct thinner thinner;
	struct err said; /* of what fails, once */
	uint64_t lost;
	int sync_error; /* that was said */
	int signals;
	bool quit;
};

/* What is derived is derived again: what it is derived from is recorded. */
static void
want(struct plan *p, enum table_id t, unsigned f)
{
	const struct field *spec = &schema[t].field[f];

	if (spec->of != FIELD_NO)
		want(p, (enum table_id)field_table(spec->of), field_index(spec->of));
	if (spec->per != FIELD_NO)
		want(p, (enum table_id)field_table(spec->per), field_index(spec->per));
	if (!field_is_raw(spec))
		return;
	plan_want(p, t, f);
	if (t == TABLE_PROC)
		plan_want_everywhere(p, f);
}

/* "proc,cpu.user_ns_total": tables, and fields of tables. */
static int
plan_fields(struct plan *p, const char *list, struct err *e)
{
	for (const char *at = list;; at++) {
		struct span name = {at, at + strcspn(at, ",")}, table = name;
		const char *dot = memchr(name.p, '.', span_len(name));
		int t, f;

		if (dot)
			table.end = dot;
		t = table_by_name(table);
		if (t < 0)
			return err_set(e, -EINVAL,
				       "option --fields: table \"%.*s\": unknown; \"sonde fields\" "
				       "lists them",
				       (int)MIN(span_len(table), (size_t)40), table.p);
		if (table_is_detail(t))
			return err_set(e, -EINVAL,
				       "option --fields: %s is of one process that is looked at, "
				       "and not recorded",
				       schema[t].name);
		f = dot ? field_by_name((enum table_id)t, (struct span){dot + 1, name.end}) : 0;
		if (f < 0)
			return err_set(e, -EINVAL,
				       "option --fields: field \"%.*s\": unknown; \"sonde fields\" "
				       "lists them",
				       (int)MIN(span_len(name), (size_t)80), name.p);
		for (unsigned i = 0; i < schema[t].nfields; i++) {
			const struct field *spec = &schema[t].field[i];

			if (dot ? i == (unsigned)f || spec->kind == KIND_KEY : !field_is_dear(spec))
				want(p, (enum table_id)t, i);
		}
		at = name.end;
		if (!*at)
			return 0;
	}
}

static int
plan(struct recorder *rec, struct err *e)
{
	struct plan *p = &rec->plan;
	int r = 0;

	if (rec->o->fields)
		r = plan_fields(p, rec->o->fields, e);
	for (int t = 0; !rec->o->fields && t < TABLE_COUNT && !table_is_detail(t); t++)
		for (unsigned f = 0; f < schema[t].nfields; f++)
			if (!field_is_dear(&schema[t].field[f]))
				want(p, (enum table_id)t, f);
	/* What the time line shows is always there. */
	summary_want(p->want);
	p->threads = rec->o->threads;
	p->patient = true;
	return r;
}

static int
open_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	(void)signal(SIGXFSZ, SIG_IGN);
	if (sigprocmask(SIG_BLOCK, &set, NULL) < 0)
		return -errno;
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

static void
say(struct recorder *rec, const struct err *e)
{
	if (strcmp(rec->said.text, e->text) == 0)
		return;
	rec->said = *e;
	(void)app_fail(EXIT_FAILURE, e);
}

static void
say_recovered(struct recorder *rec)
{
	if (!*rec->said.text)
		return;
	fprintf(stderr, "sonde: recording again; %llu samples were lost\n",
		(unsigned long long)rec->lost);
	rec->said.text[0] = '\0';
	rec->lost = 0;
}

/* Nothing is lost as long as the machine keeps its power: said when it begins and ends. */
static void
say_sync(struct recorder *rec)
{
	int r = writer_sync_error(rec->writer);
	struct err e;

	if (r == rec->sync_error)
		return;
	rec->sync_error = r;
	if (r < 0) {
		err_set(&e, r, "what is recorded may not be on the disk: %s", strerror(-r));
		(void)app_fail(EXIT_FAILURE, &e);
	} else {
		fputs("sonde: what is recorded gets to the disk again\n", stderr);
	}
}

static void
take_signals(struct recorder *rec)
{
	struct signalfd_siginfo si;
	struct err e;

	while (read(rec->signals, &si, sizeof si) == (ssize_t)sizeof si) {
		int r = 0;

		if (si.ssi_signo != SIGHUP)
			rec->quit = true;
		else
			r = writer_rotate(rec->writer);
		if (r < 0) {
			err_set(&e, r, "new file: %s", strerror(-r));
			(void)app_fail(EXIT_FAILURE, &e);
		}
	}
}

/* At equal distances; a sample that comes late is not caught up. */
static void
wait_until(struct recorder *rec, int64_t mono_ns)
{
	struct pollfd p = {.fd = rec->signals, .events = POLLIN};

	while (!rec->quit) {
		struct timespec ts = ns_to_timespec(MAX(mono_ns - clock_mono_ns(), 0));
		int r = ppoll(&p, 1, &ts, NULL);

		if (r > 0)
			take_signals(rec);
		else if (r == 0)
			return;
	}
}

static int
run(struct recorder *rec, struct err *e)
{
	int64_t delay = rec->o->delay_ns ? rec->o->delay_ns : NS_PER_S, next = clock_mono_ns();
	bool fixture = rec->root.fixture;

	for (uint64_t n = 1; !rec->quit; n++) {
		const struct frame *f;
		struct err why;
		int r = feed_next(rec->feed, &f);

		if (r == -ENODATA)
			return 0;
		if (r < 0)
			return err_set(e, r, "the machine cannot be read: %s", strerror(-r));
		r = writer_add(rec->writer, f, &why);
		frame_unref(f);
		rec->lost += r < 0;
		if (r < 0)
			say(rec, &why);
		else
			say_recovered(rec);
		say_sync(rec);
		thinner_look(&rec->thinner, rec->writer);
		if (n == 1)
			notify("READY=1");
		if (n == rec->o->count)
			return 0;
		next = MAX(next + delay, clock_mono_ns());
		if (!fixture)
			wait_until(rec, next);
	}
	return 0;
}

static int
open_writer(struct recorder *rec, struct err *e)
{
	const struct options *o = rec->o;
	struct writer_options wo = {
		.sync_ns = o->sync_ns,
		.segment_ns = o->segment_ns,
		.segment_bytes = o->segment_bytes,
		.max_bytes = o->keep_bytes,
		.max_age_ns = o->keep_age_ns,
		.thin = {{o->thin_ns[0], 10 * NS_PER_S}, {o->thin_ns[1], 60 * NS_PER_S}},
	};
	struct buf usual = {0};
	int r = 0;

	wo.dir = o->operand[0];
	if (!wo.dir) {
		r = recordings_dir(&usual, e);
		wo.dir = usual.data;
	}
	if (r == 0)
		r = writer_open(&wo, &rec->writer, e);
	buf_release(&usual);
	return r;
}

/* It shall cost little and be there when others are not. Where that is refused it goes on as it
 * is. */
static void
set_priority(void)
{
	int was = nice(NICE); /* -1 may be a nice value, too */

	(void)was;
	(void)root_own_oom_score(OOM_SCORE);
}

int
cmd_record(const struct options *o)
{
	struct recorder rec = {.o = o, .signals = -1};
	struct err e;
	int status, r = root_init(&rec.root, &o->root, &e);

	if (r < 0)
		return app_fail(EXIT_USAGE, &e);
	status = EXIT_USAGE;
	r = plan(&rec, &e);
	if (r < 0)
		goto out;
	rec.feed = sampler_new(&rec.root, o->sampler, &e);
	if (!rec.feed) {
		r = -EINVAL;
		goto out;
	}
	status = EXIT_FAILURE;
	rec.signals = open_signals();
	r = open_writer(&rec, &e);
	if (r < 0)
		goto out;
	feed_plan(rec.feed, &rec.plan);
	set_priority();
	r = run(&rec, &e);
	notify("STOPPING=1");
out:
	thinner_stop(&rec.thinner);
	if (rec.writer) {
		int closed = writer_close(rec.writer);

		if (r == 0 && closed < 0)
			r = err_set(&e, closed, "the end of the recording: %s", strerror(-closed));
	}
	feed_free(rec.feed);
	plan_release(&rec.plan);
	root_release(&rec.root);
	if (rec.signals >= 0)
		(void)close(rec.signals);
	return r < 0 ? app_fail(status, &e) : EXIT_SUCCESS;
}
