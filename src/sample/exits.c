#include "sample/exits.h"

#include <errno.h>
#include <string.h>

#include "base/mem.h"
#include "sys/reader.h"

enum { ROWS_MAX = 8192 }; /* of a tick; the next ones come on the next */

void
exits_init(struct exits *x, const struct root *root)
{
	*x = (struct exits){.root = root};
}

void
exits_release(struct exits *x)
{
	life_free(x->life);
	free(x->ended);
	*x = (struct exits){0};
}

bool
exits_plan(struct exits *x, const struct plan *plan)
{
	const struct field_set *want = plan->want;
	bool any = field_set_has(&want[TABLE_SYSTEM], SYSTEM_EXITS) ||
		   field_set_has(&want[TABLE_SYSTEM], SYSTEM_EXITS_LOST);

	for (unsigned f = 0; f < EXIT_FIELDS; f++)
		any |= field_set_has(&want[TABLE_EXIT], f);
	if (any && !x->life) {
		x->life = life_new(x->root);
		x->ended = xmalloc(ROWS_MAX * sizeof *x->ended);
	}
	return any;
}

/* What was seen of it; NULL. */
static const struct gone *
seen(const struct procs *ps, uint32_t pid)
{
	for (size_t i = ps->ngone; i-- > 0;)
		if (ps->gone[i].pid == pid)
			return &ps->gone[i];
	return NULL;
}

static void
fill_seen(struct row r, const struct gone *g)
{
	row_str(r, EXIT_NAME, g->name);
	row_str(r, EXIT_USER, g->user ? g->user->name : NULL);
	row_str(r, EXIT_COMMAND, g->command ? g->command : g->name);
	row_u64(r, EXIT_PPID, g->ppid);
	if (g->start_wall_ns)
		row_u64(r, EXIT_START, (uint64_t)g->start_wall_ns);
	if (g->clock_ns != CLOCK_NONE)
		row_u64(r, EXIT_CPU, g->clock_ns);
}

/* A text of this frame only: there are as many as somebody likes to make. */
static const char *
keep(struct procs *ps, const char *text, size_t n)
{
	ps->garbage += n + 1;
	return strpool_add(ps->strings, text, n);
}

static void
fill_told(struct procs *ps, struct row r, const struct ended *e)
{
	size_t n;
	const char *text = told_of(&ps->told, e, &n);

	if (text && r.t->col[EXIT_COMMAND])
		row_str(r, EXIT_COMMAND, keep(ps, text, n));
}

static void
fill_ended(struct procs *ps, struct row r, const struct ended *e, int64_t wall_minus_mono)
{
	if (e->have & ENDED_PPID)
		row_u64(r, EXIT_PPID, e->ppid);
	if (e->have & ENDED_IDS) {
		row_u64(r, EXIT_UID, e->uid);
		row_str(r, EXIT_USER, users_find(&ps->users, ps->strings, e->uid)->name);
	}
	if (e->have & ENDED_NAME) {
		const char *name = keep(ps, e->name, strlen(e->name));

		row_str(r, EXIT_NAME, name);
		if (!cell_valid(r.t, r.i, EXIT_COMMAND))
			row_str(r, EXIT_COMMAND, name);
	}
	if (e->have & ENDED_STATUS) {
		if (e->signal)
			row_u64(r, EXIT_SIGNAL, e->signal);
		else
			row_u64(r, EXIT_CODE, e->exit_code);
		row_u64(r, EXIT_DUMPED, e->dumped);
	}
	if (e->have & ENDED_START && !cell_valid(r.t, r.i, EXIT_START))
		row_u64(r, EXIT_START, (uint64_t)(e->start_ns + wall_minus_mono));
	if (e->have & ENDED_CPU)
		row_u64(r, EXIT_CPU, e->cpu_ns);
	if (e->have & ENDED_SPLIT) {
		row_u64(r, EXIT_USER_TIME, e->user_ns);
		row_u64(r, EXIT_SYSTEM_TIME, e->system_ns);
	}
	if (e->have & ENDED_RSS)
		row_u64(r, EXIT_PEAK_RES, e->max_rss_bytes);
	if (e->have & ENDED_FAULTS)
		row_u64(r, EXIT_MAJFLT, e->major_faults);
	if (e->have & ENDED_IO) {
		row_u64(r, EXIT_READ, e->read_bytes);
		row_u64(r, EXIT_WRITE, e->write_bytes);
	}
}

/* Its first cells, which give the others their sense. */
static struct row
add_row(struct table *t, uint32_t pid, int64_t end_wall_ns)
{
	struct row r = table_add_row(t, (struct row_key){pid, (uint64_t)end_wall_ns});

	row_u64(r, EXIT_PID, pid);
	row_u64(r, EXIT_END, (uint64_t)end_wall_ns);
	return r;
}

static void
fill_life(struct row r, int64_t end_wall_ns, int64_t start_wall_ns)
{
	row_u64(r, EXIT_LIFE, (uint64_t)MAX(end_wall_ns - start_wall_ns, 0));
}

static void
fill_known(struct exits *x, struct procs *ps, struct frame *f)
{
	int64_t wall_minus_mono = f->meta.wall_ns - f->meta.mono_ns;
	struct row system = {&f->table[TABLE_SYSTEM], 0};
	struct table *t = &f->table[TABLE_EXIT];
	struct life_counts c;
	size_t n = life_take(x->life, x->ended, ROWS_MAX, &c);

	for (size_t i = 0; i < n; i++) /* together: these rows are written but once */
		if (x->ended[i].have & ENDED_IDS)
			(void)users_find(&ps->users, ps->strings, x->ended[i].uid);
	users_ask(&ps->users, ps->strings, f->meta.mono_ns);
	row_u64(system, SYSTEM_EXITS, c.exits);
	row_u64(system, SYSTEM_EXITS_LOST, c.unlisted + c.lost_events + c.lost_records);
	for (size_t i = 0; i < n; i++) {
		const struct ended *e = &x->ended[i];
		int64_t end = e->end_ns + wall_minus_mono, start = e->start_ns + wall_minus_mono;
		struct row r = add_row(t, e->pid, end);
		const struct gone *g = seen(ps, e->pid);

		if (g) {
			fill_seen(r, g);
			start = g->start_wall_ns;
		}
		fill_told(ps, r, e);
		fill_ended(ps, r, e, wall_minus_mono);
		if (start && (g || e->have & ENDED_START))
			fill_life(r, end, start);
	}
}

void
exits_fill(struct exits *x, struct procs *ps, struct frame *f)
{
	struct table *t = &f->table[TABLE_EXIT];
	int events, records;

	if (!x->life)
		return;
	life_sources(x->life, &events, &records);
	if (!x->root->foreign) {
		source_note(f, SRC_PROC_EVENTS, events);
		source_note(f, SRC_TASKSTATS, records);
	}
	if (events == 0 || records == 0) {
		fill_known(x, ps, f);
		return;
	}
	for (size_t i = ps->gone_before; i < ps->ngone; i++) {
		const struct gone *g = &ps->gone[i];
		struct row r = add_row(t, g->pid, f->meta.wall_ns);

		fill_seen(r, g);
		if (g->start_wall_ns)
			fill_life(r, f->meta.wall_ns, g->start_wall_ns);
	}
}
