/* source: where frames come from, a machine or a recording, as one thing. */
#include <errno.h>
#include <string.h>

#include "base/mem.h"
#include "frame/derive.h"
#include "lib/lib.h"
#include "sample/sampler.h"
#include "store/recording.h"

struct sonde {
	struct root root;
	struct feed *feed; /* of a machine, or NULL */
	struct past *past; /* of a recording, or NULL */
	uint64_t next;     /* moment of the recording */
	struct lib_want want;
	struct plan plan;
	bool changed; /* since the feed was told */
	const struct frame *last; /* that was given: a recording may give it again */
};

static const unsigned KNOWN_FLAGS = SONDE_THREADS | SONDE_PATIENT;

/* What a caller that was built with another version passed: what it does not know is zero, and what
 * we do not know must be. */
static int
read_options(const struct sonde_options *from, struct sonde_options *ret, struct sonde_error *e)
{
	*ret = (struct sonde_options){.size = sizeof *ret};
	if (!from)
		return 0;
	if (from->size < sizeof from->size || from->size > 4096)
		return lib_failf(e, SONDE_E_ARGUMENT, "options: size %zu: expected %zu",
				 from->size, sizeof *ret);
	for (size_t i = sizeof *ret; i < from->size; i++)
		if (((const char *)from)[i])
			return lib_failf(e, SONDE_E_ARGUMENT,
					 "options: byte %zu is set: version %s does not know it",
					 i, SONDE_VERSION);
	memcpy(ret, from, MIN(from->size, sizeof *ret));
	if (ret->sampler < 0 || ret->sampler >= SAMPLERS)
		return lib_failf(e, SONDE_E_ARGUMENT, "options: sampler %d: unknown",
				 (int)ret->sampler);
	if (ret->flags & ~KNOWN_FLAGS)
		return lib_failf(e, SONDE_E_ARGUMENT, "options: flags %#x: unknown",
				 (unsigned)(ret->flags & ~KNOWN_FLAGS));
	if (ret->recording && (ret->root || ret->procfs || ret->sysfs || ret->cgroupfs ||
			       ret->sampler || ret->flags))
		return lib_failf(e, SONDE_E_ARGUMENT,
				 "options: a recording has no root, sampler or flags");
	return 0;
}

static int
open_recording(struct sonde *s, const char *path, struct sonde_error *e)
{
	struct recording *rec;
	struct err why = {.at = -1};
	uint64_t end;

	if (recording_open(path, &rec, &why) < 0)
		return lib_fail(e, SONDE_E_OPEN, &why);
	s->past = recording_past(rec);
	past_span(s->past, &s->next, &end);
	return 0;
}

static int
open_machine(struct sonde *s, const struct sonde_options *o, struct sonde_error *e)
{
	const struct root_paths paths = {o->root, {o->procfs, o->sysfs, o->cgroupfs}};
	struct err why = {.at = -1};

	if (root_init(&s->root, &paths, &why) < 0)
		return lib_fail(e, SONDE_E_OPEN, &why);
	s->feed = sampler_new(&s->root, (enum sampler)o->sampler, &why);
	if (!s->feed) {
		root_release(&s->root);
		return lib_fail(e, SONDE_E_SAMPLER, &why);
	}
	s->plan.threads = o->flags & SONDE_THREADS;
	s->plan.patient = o->flags & SONDE_PATIENT;
	s->plan.thorough = !s->plan.patient; /* what is asked for is read */
	return 0;
}

_Static_assert((int)SONDE_SAMPLER_AUTO == SAMPLER_AUTO && (int)SONDE_SAMPLER_PROC == SAMPLER_PROC &&
		       (int)SONDE_SAMPLER_BPF == SAMPLER_BPF &&
		       (int)SONDE_SAMPLER_CLOCK == SAMPLER_CLOCK,
	       "samplers have the same numbers outside");

int
sonde_open(const struct sonde_options *options, struct sonde **ret, struct sonde_error *e)
{
	struct sonde_options o;
	struct sonde *s;
	int r;

	if (!ret)
		return lib_null(e, "ret");
	r = read_options(options, &o, e);
	if (r < 0)
		return r;
	s = xcalloc(1, sizeof *s);
	r = o.recording ? open_recording(s, o.recording, e) : open_machine(s, &o, e);
	if (r < 0) {
		free(s);
		return r;
	}
	s->changed = true;
	*ret = s;
	return 0;
}

void
sonde_close(struct sonde *s)
{
	if (!s)
		return;
	feed_free(s->feed);
	if (s->feed)
		root_release(&s->root);
	past_free(s->past);
	frame_unref(s->last);
	plan_release(&s->plan);
	free(s);
}

static void
want_all(struct lib_columns *c, enum table_id t)
{
	c->n = 0;
	for (unsigned i = 0; i < schema[t].nfields; i++)
		if (!field_is_dear(&schema[t].field[i]))
			c->field[c->n++] = (uint8_t)i;
}

static int
want_list(struct lib_columns *ret, enum table_id t, const char *fields, struct sonde_error *e)
{
	struct lib_columns c = {0};
	struct field_set seen = {0};
	struct err why = {.at = -1};
	int n = *fields ? field_list(t, fields, c.field, ARRAY_LEN(c.field), &why) : 0;

	if (n < 0)
		return lib_fail(e, SONDE_E_FIELD, &why);
	for (int i = 0; i < n; i++) {
		if (field_set_has(&seen, c.field[i]))
			return lib_failf(e, SONDE_E_ARGUMENT, "fields: \"%s\" is named twice",
					 schema[t].field[c.field[i]].name);
		field_set_add(&seen, c.field[i]);
	}
	c.n = (unsigned)n;
	*ret = c;
	return 0;
}

/* The plan of what is wanted now. */
static void
make_plan(struct sonde *s)
{
	memset(s->plan.want, 0, sizeof s->plan.want);
	s->plan.all = (struct field_set){0};
	for (int t = 0; t < TABLE_COUNT; t++) {
		const struct lib_columns *c = &s->want.table[t];

		for (unsigned i = 0; i < c->n; i++) {
			if (t == TABLE_PROC)
				plan_want_everywhere(&s->plan, c->field[i]);
			else
				plan_want(&s->plan, (enum table_id)t, c->field[i]);
		}
	}
	field_sets_close(s->plan.want);
	memcpy(s->want.has, s->plan.want, sizeof s->want.has);
	s->changed = true;
}

int
sonde_want(struct sonde *s, const char *table, const char *fields, struct sonde_error *e)
{
	int t, r = 0;

	if (!s)
		return lib_null(e, "s");
	if (!table && fields)
		return lib_failf(e, SONDE_E_ARGUMENT, "fields of all tables: expected NULL");
	if (!table) {
		for (t = 0; t < TABLE_COUNT && !table_is_detail(t); t++)
			want_all(&s->want.table[t], (enum table_id)t);
		make_plan(s);
		return 0;
	}
	t = lib_table(table, e);
	if (t < 0)
		return t;
	if (fields)
		r = want_list(&s->want.table[t], (enum table_id)t, fields, e);
	else
		want_all(&s->want.table[t], (enum table_id)t);
	if (r == 0)
		make_plan(s);
	return r;
}

int
sonde_detail(struct sonde *s, uint32_t pid, struct sonde_error *e)
{
	if (!s)
		return lib_null(e, "s");
	s->plan.detail = (struct row_key){.a = pid};
	s->changed = true;
	return 0;
}

static int
next_sampled(struct sonde *s, const struct frame **ret, struct sonde_error *e)
{
	int r;

	if (s->changed)
		feed_plan(s->feed, &s->plan);
	s->changed = false;
	r = feed_next(s->feed, ret);
	if (r == -ENODATA)
		return lib_failf(e, SONDE_END, "that was the last moment");
	return r < 0 ? lib_failf(e, SONDE_E_READ, "the machine cannot be read: %s", strerror(-r))
		     : 0;
}

/* Moments that cannot be read are passed over, and counted. */
static int
next_recorded(struct sonde *s, const struct frame **ret, uint64_t *ret_skipped,
	      struct sonde_error *e)
{
	uint64_t first, end, from = s->next;
	struct moment m;

	past_span(s->past, &first, &end);
	if (s->next < first) /* the oldest went meanwhile */
		s->next = from = first;
	for (; s->next < end; s->next++) {
		if (!past_moment(s->past, s->next, &m) ||
		    past_frame(s->past, s->next, s->plan.want, ret) < 0)
			continue;
		*ret_skipped = s->next++ - from;
		return 0;
	}
	return lib_failf(e, SONDE_END, "that was the last moment");
}

int
sonde_next(struct sonde *s, struct sonde_frame **ret, struct sonde_error *e)
{
	const struct frame *f;
	uint64_t skipped = 0;
	int r;

	if (!s || !ret)
		return lib_null(e, s ? "ret" : "s");
	r = s->past ? next_recorded(s, &f, &skipped, e) : next_sampled(s, &f, e);
	if (r < 0)
		return r;
	if (f != s->last) {
		lib_clear_absent(f);
		frame_unref(s->last);
		s->last = frame_ref(f);
	}
	*ret = lib_frame_new(f, &s->want, skipped);
	return 0;
}

static int
need_recording(const struct sonde *s, struct sonde_error *e)
{
	if (!s)
		return lib_null(e, "s");
	return s->past ? 0 : lib_failf(e, SONDE_E_SEEK, "only a recording has other moments");
}

int
sonde_seek(struct sonde *s, int64_t wall_ns, struct sonde_error *e)
{
	int r = need_recording(s, e);

	if (r == 0 && !past_find(s->past, wall_ns, &s->next))
		r = lib_failf(e, SONDE_E_READ, "nothing is recorded any more");
	return r;
}

int
sonde_span(struct sonde *s, int64_t *ret_first_wall_ns, int64_t *ret_last_wall_ns,
	   struct sonde_error *e)
{
	struct moment first, last;
	uint64_t n, end;
	int r = need_recording(s, e);

	if (r < 0)
		return r;
	if (!ret_first_wall_ns || !ret_last_wall_ns)
		return lib_null(e, "ret");
	past_span(s->past, &n, &end);
	if (n >= end || !past_moment(s->past, n, &first) || !past_moment(s->past, end - 1, &last))
		return lib_failf(e, SONDE_E_READ, "nothing is recorded any more");
	*ret_first_wall_ns = first.wall_ns;
	*ret_last_wall_ns = last.wall_ns;
	return 0;
}
