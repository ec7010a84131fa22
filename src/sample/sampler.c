#include "sample/sampler.h"

#include <errno.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "frame/derive.h"
#include "sample/details.h"
#include "sample/exits.h"
#include "sample/procs.h"
#include "sample/sweep.h"
#include "sys/reader.h"

struct sampler_feed {
	struct feed feed; /* first */
	struct root *root;
	struct sys_context sys;
	struct procs procs;
	struct exits exits;
	struct details *details;
	struct frame_pool *pool;
	const struct frame *prev;
	struct plan plan;
	enum sampler want;
	bool moved; /* the strings of prev live in another pool */
	bool tells; /* the kernel may be asked to tell of what begins, and was not yet */
	uint64_t seq;
};

static const char *
used(const struct sampler_feed *s)
{
	return sampler_name(s->procs.bpf      ? SAMPLER_BPF
			    : s->procs.clocks ? SAMPLER_CLOCK
					      : SAMPLER_PROC);
}

static int64_t
read_uptime_ns(struct sampler_feed *s)
{
	struct span text;
	int64_t ns;

	if (!s->root->foreign)
		return clock_ns(CLOCK_BOOTTIME);
	if (root_read(s->root, ROOT_PROC, "uptime", &s->sys.text) < 0)
		return 0;
	text = span_of(s->sys.text.data, s->sys.text.len);
	return num_fixed(&text, 9, &ns) < 0 ? 0 : ns;
}

static int
sampler_next(struct feed *feed, const struct frame **ret_frame)
{
	struct sampler_feed *s = (struct sampler_feed *)feed;
	int64_t cpu = clock_ns(CLOCK_THREAD_CPUTIME_ID), read, uptime_ns;
	const char *host = root_host(s->root);
	struct frame *f;
	int r = s->seq ? root_advance(s->root) : 0;

	if (r < 0)
		return r;
	f = frame_begin(s->pool, s->plan.want, s->procs.strings);
	f->meta = (struct frame_meta){
		.seq = s->seq++,
		.mono_ns = root_mono_ns(s->root),
		.wall_ns = root_wall_ns(s->root),
		.host = strpool_intern(s->procs.strings, host, strlen(host)),
		.foreign = s->root->foreign,
		.fixture = s->root->fixture != NULL,
		.threads = s->plan.threads,
	};
	if (s->prev)
		f->meta.interval_ns = f->meta.mono_ns - s->prev->meta.mono_ns;
	for (int t = 0; t < TABLE_COUNT; t++)
		if (schema[t].single)
			table_add_row(&f->table[t], (struct row_key){0});
	for (const struct sys_reader *rd = sys_readers; rd->name; rd++)
		if (sys_reader_wanted(&s->sys, rd))
			rd->read(&s->sys, f);
	uptime_ns = read_uptime_ns(s);
	if (!field_set_empty(&s->plan.want[TABLE_PROC])) {
		if (procs_tick(&s->procs, &s->plan, f, uptime_ns) == 0)
			procs_fill(&s->procs, f, s->moved ? NULL : s->prev, uptime_ns);
	}
	f->meta.sampler = used(s); /* it may have changed */
	exits_fill(&s->exits, &s->procs, f);
	details_fill(s->details, f, &s->procs.garbage);
	read = clock_ns(CLOCK_THREAD_CPUTIME_ID);
	f->meta.cost_ns[COST_READ] = read - cpu - f->meta.cost_ns[COST_LIST];
	f->meta.cost_ns[COST_READ] += errands_cpu_ns(s->sys.errands);
	frame_derive(f, s->prev);
	f->meta.cost_ns[COST_DERIVE] = clock_ns(CLOCK_THREAD_CPUTIME_ID) - read;
	frame_unref(s->prev);
	s->prev = frame_ref(f);
	s->moved = procs_compact(&s->procs);
	*ret_frame = f;
	return 0;
}

static void
sampler_plan(struct feed *feed, const struct plan *p)
{
	struct sampler_feed *s = (struct sampler_feed *)feed;

	plan_copy(&s->plan, p);
	field_sets_close(s->plan.want);
	s->procs.remember_gone = exits_plan(&s->exits, &s->plan);
	if (s->procs.remember_gone)
		plan_want(&s->plan, TABLE_PROC, PROC_PID); /* who goes is known by who was there */
	if (field_set_has(&s->plan.want[TABLE_EXIT], EXIT_COMMAND) && s->tells) {
		s->procs.told.want = true;
		s->tells = false;
	}
	sys_context_plan(&s->sys, s->plan.want);
	procs_plan(&s->procs, &s->plan);
	details_plan(s->details, &s->plan);
}

static void
sampler_free(struct feed *feed)
{
	struct sampler_feed *s = (struct sampler_feed *)feed;

	frame_unref(s->prev);
	frame_pool_free(s->pool);
	exits_release(&s->exits);
	details_free(s->details);
	procs_release(&s->procs);
	sys_context_release(&s->sys);
	plan_release(&s->plan);
	free(s);
}

static int
sampler_seek(struct feed *feed, int64_t wall_ns)
{
	(void)feed;
	(void)wall_ns;
	return -ESPIPE;
}

const char *
sampler_name(enum sampler s)
{
	static const char *const names[SAMPLERS] = {"auto", "proc", "bpf", "clock"};

	return names[s];
}

static const char *
no_clocks(const struct sampler_feed *s)
{
	return s->root->foreign ? "this procfs is not that of the PID namespace sonde runs in"
				: "the kernel does not tell the CPU clocks of processes";
}

struct feed *
sampler_new(struct root *root, enum sampler want, struct err *e)
{
	static const struct feed_ops ops = {sampler_next, sampler_plan, sampler_seek, sampler_free};
	struct sampler_feed *s = xcalloc(1, sizeof *s);

	s->feed.ops = &ops;
	s->feed.caps = FEED_LIVE | (root->foreign ? 0u : (unsigned)FEED_LOCAL);
	s->root = root;
	s->pool = frame_pool_new();
	sys_context_init(&s->sys, root);
	exits_init(&s->exits, root);
	s->details = details_new(root, s->sys.errands);
	procs_init(&s->procs, root, s->sys.errands, want != SAMPLER_PROC);
	s->want = want;
	s->tells = !root->foreign && (want == SAMPLER_AUTO || want == SAMPLER_BPF);
	s->procs.try_bpf = want == SAMPLER_AUTO && s->procs.clocks;
	if (want > SAMPLER_PROC && !s->procs.clocks)
		err_set(e, -ENOTSUP, "sampler %s: %s", sampler_name(want), no_clocks(s));
	else if (want != SAMPLER_BPF || sweep_open(&s->procs, e) == 0)
		return &s->feed;
	sampler_free(&s->feed);
	return NULL;
}

void
sampler_reason(const struct feed *f, struct buf *b)
{
	const struct sampler_feed *s = (const struct sampler_feed *)f;
	const struct procs *p = &s->procs;

	if (s->want != SAMPLER_AUTO)
		buf_puts(b, "asked for");
	else if (!p->clocks)
		buf_puts(b, no_clocks(s));
	else if (p->bpf)
		buf_puts(b, "the kernel says what all processes did, at once");
	else if (p->try_bpf)
		buf_puts(b, "so few processes cost less by their clocks than by BPF");
	else
		buf_puts(b, p->no_bpf.text);
}
