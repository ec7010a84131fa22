#include "ui/gone.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "frame/events.h"
#include "schema/format.h"
#include "ui/ended.h"

void
gone_init(struct gone *g)
{
	g->pool = frame_pool_new();
}

static void
forget_frame(struct gone *g)
{
	frame_unref(g->frame);
	g->frame = g->of = NULL;
}

static void
drop(struct gone *g, uint32_t i)
{
	strpool_unref(g->row[i].strings);
	g->n--;
	memmove(&g->row[i], &g->row[i + 1], (g->n - i) * sizeof *g->row);
}

void
gone_clear(struct gone *g)
{
	forget_frame(g);
	while (g->n)
		drop(g, g->n - 1);
}

void
gone_release(struct gone *g)
{
	gone_clear(g);
	free(g->row);
	frame_pool_free(g->pool);
}

static void
drop_oldest(struct gone *g)
{
	uint32_t oldest = 0;

	for (uint32_t i = 1; i < g->n; i++)
		if (g->row[i].missed_ns < g->row[oldest].missed_ns)
			oldest = i;
	drop(g, oldest);
}

/* Rows of threads come and go with what is asked for: nothing is known of their end. */
static bool
has_ended(const struct table *was, uint32_t row, const struct table *now)
{
	uint64_t thread = 0;

	(void)cell_u64(was, row, PROC_THREAD, &thread);
	return !thread && table_find(now, was->key[row]) == ROW_NONE;
}

/* Where it could not be read who is there, nobody has ended. */
static bool
is_known(const struct frame *was, const struct frame *now)
{
	return frame_table(now, TABLE_PROC)->nrows && !now->source[SRC_PID_LIST].error &&
	       frame_same_boot(now, was);
}

static void
keep(struct gone *g, const struct frame *was, uint32_t row, int64_t missed_ns, uint32_t most)
{
	const struct table *t = frame_table(was, TABLE_PROC);
	struct gone_row *r;
	uint32_t at;

	most = MIN(most, (uint32_t)GONE_MAX);
	if (!most)
		return;
	if (!g->row)
		g->row = xcalloc(GONE_MAX, sizeof *g->row);
	while (g->n >= most)
		drop_oldest(g);
	for (at = g->n; at > 0 && g->row[at - 1].key.a > t->key[row].a; at--)
		;
	r = &g->row[at];
	memmove(r + 1, r, (g->n - at) * sizeof *r);
	g->n++;
	*r = (struct gone_row){.key = t->key[row], .missed_ns = missed_ns};
	r->strings = strpool_ref(was->strings);
	for (unsigned f = 0; f < PROC_FIELDS; f++) {
		if (!cell_valid(t, row, f))
			continue;
		r->cell[f] = t->col[f][row];
		field_set_add(&r->valid, f);
	}
}

/* The kernel's answer differs from that of proc by milliseconds. */
static bool
is_start(uint64_t a, uint64_t b)
{
	return (a > b ? a - b : b - a) <= (uint64_t)NS_PER_S;
}

static void
put_number(struct gone_row *r, unsigned field, const struct table *exits, uint32_t row,
	   unsigned from)
{
	uint64_t v;

	if (!cell_u64(exits, row, from, &v))
		return;
	r->cell[field].u = v;
	field_set_add(&r->valid, field);
}

/* How long it lived, and what it cost in all, is known when it has ended. Who had the number twice
 * in one interval had it first as the one that was seen. */
static void
learn(struct gone *g, const struct frame *now)
{
	const struct table *exits = frame_table(now, TABLE_EXIT);

	for (uint32_t i = 0; i < exits->nrows && g->n; i++) {
		struct gone_row *r;
		uint32_t at = 0;
		uint64_t v;

		while (at < g->n && g->row[at].key.a != exits->key[i].a)
			at++;
		r = &g->row[at];
		if (at == g->n || r->status[0] ||
		    (cell_u64(exits, i, EXIT_START, &v) && field_set_has(&r->valid, PROC_START) &&
		     !is_start(v, r->cell[PROC_START].u)))
			continue;
		ended_status(now, i, r->status);
		r->by_signal = cell_valid(exits, i, EXIT_SIGNAL);
		r->failed = r->by_signal || (cell_u64(exits, i, EXIT_CODE, &v) && v);
		put_number(r, PROC_AGE, exits, i, EXIT_LIFE);
		put_number(r, PROC_CPU, exits, i, EXIT_CPU);
		put_number(r, PROC_PEAK_RES, exits, i, EXIT_PEAK_RES);
	}
}

void
gone_live(struct gone *g, const struct frame *was, const struct row_key *keys, size_t n,
	  const struct frame *now, uint32_t most)
{
	const struct table *t = frame_table(was, TABLE_PROC), *to = frame_table(now, TABLE_PROC);

	forget_frame(g);
	for (uint32_t i = g->n; i-- > 0;)
		if (now->meta.mono_ns - g->row[i].missed_ns >= GONE_NS ||
		    table_find(to, g->row[i].key) != ROW_NONE)
			drop(g, i);
	if (!is_known(was, now))
		n = 0;
	for (size_t i = 0; i < n; i++) {
		uint32_t row = table_find(t, keys[i]);

		if (row != ROW_NONE && has_ended(t, row, to))
			keep(g, was, row, now->meta.mono_ns, most);
	}
	learn(g, now);
}

void
gone_between(struct gone *g, const struct frame *was, const struct frame *now, uint32_t most,
	     const struct sort_key *keys, unsigned nkeys)
{
	const struct table *t = frame_table(was, TABLE_PROC), *to = frame_table(now, TABLE_PROC);
	struct sorter *sorter = NULL;
	uint32_t *row = NULL, nrows = is_known(was, now) ? t->nrows : 0;
	size_t n = 0, cap = 0;

	gone_clear(g);
	for (uint32_t i = 0; i < nrows; i++) {
		if (!has_ended(t, i, to))
			continue;
		GROW(row, cap, n + 1);
		row[n++] = i;
	}
	rows_sort(&sorter, t, keys, nkeys, row, n);
	for (size_t i = 0; i < MIN(n, (size_t)most); i++)
		keep(g, was, row[i], now->meta.mono_ns, most);
	learn(g, now);
	sorter_free(sorter);
	free(row);
}

static void
copy_column(struct table *to, const struct table *from, unsigned f)
{
	size_t words = (from->nrows + 63) / 64;

	memcpy(to->col[f], from->col[f], from->nrows * sizeof *to->col[f]);
	memcpy(to->valid[f], from->valid[f], words * sizeof *to->valid[f]);
	for (uint32_t i = 0; from->late[f] && i < from->nrows; i++)
		if (from->late[f][i / 64] >> i % 64 & 1)
			row_late((struct row){to, i}, f);
}

const struct frame *
gone_frame(struct gone *g, const struct frame *f)
{
	const struct table *from = frame_table(f, TABLE_PROC);
	struct field_set want[TABLE_COUNT] = {0};
	struct frame *made;
	struct table *to;

	if (!g->n)
		return f;
	if (g->frame && g->of == f)
		return g->frame;
	forget_frame(g);
	want[TABLE_PROC] = from->has;
	made = frame_begin(g->pool, want, f->strings);
	made->meta = f->meta;
	to = &made->table[TABLE_PROC];
	table_reserve(to, from->nrows + g->n);
	memcpy(to->key, from->key, from->nrows * sizeof *to->key);
	to->nrows = from->nrows;
	for (unsigned c = 0; c < PROC_FIELDS; c++)
		if (to->col[c])
			copy_column(to, from, c);
	for (uint32_t i = 0; i < g->n; i++) {
		struct row r = table_add_row(to, g->row[i].key);

		for (unsigned c = 0; c < PROC_FIELDS; c++)
			if (to->col[c] && field_set_has(&g->row[i].valid, c))
				*row_cell(r, c) = g->row[i].cell[c];
	}
	g->frame = made;
	g->of = f;
	return made;
}

void
gone_words(const struct gone_row *r, int words, char out[96])
{
	char span[FORMAT_MAX];
	int n;

	if (!r->status[0])
		n = snprintf(out, 96, "ended");
	else
		n = snprintf(out, 96, "%s%s", r->by_signal ? "SIG" : "exit ", r->status);
	if (words > 1 && field_set_has(&r->valid, PROC_AGE)) {
		format_span(span, r->cell[PROC_AGE].u, 7);
		n += snprintf(out + n, 96 - (size_t)n, " after %s", span);
	}
	if (words > 2 && field_set_has(&r->valid, PROC_CPU)) {
		format_cpu_time(span, r->cell[PROC_CPU].u, 9);
		snprintf(out + n, 96 - (size_t)n, ", CPU time %s", span);
	}
}
