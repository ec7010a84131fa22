#include "parquet/group.h"

#include <string.h>

#include "base/mem.h"
#include "codec/bits.h"

enum { FIRST_SERIES = 256 };

void
group_init(struct group *g, const uint8_t *field, unsigned nfields)
{
	*g = (struct group){.field = field, .nfields = nfields};
}

void
group_release(struct group *g)
{
	group_clear(g);
	free(g->series);
	index_release(&g->by_key);
	free(g->tick);
	for (unsigned i = 0; i < g->nfields; i++) {
		free(g->log[i].change);
		texts_release(&g->texts[i]);
	}
	free(g->ticks.change);
	free(g->sorted.change);
	free(g->series_of);
	free(g->last_series);
	free(g->from);
	free(g->span);
	free(g->order);
	free(g->begin);
	*g = (struct group){0};
}

void
group_clear(struct group *g)
{
	frame_unref(g->last);
	g->last = NULL;
	g->nseries = g->nticks = g->indexed = g->changes = 0;
	g->rows = 0;
	g->ticks.n = 0;
	for (unsigned i = 0; i < g->nfields; i++) {
		g->log[i].n = 0;
		texts_clear(&g->texts[i]);
	}
}

static void
add_change(struct group *g, struct log *log, uint32_t series, uint32_t row, uint64_t value)
{
	GROW(log->change, log->cap, log->n + 1);
	log->change[log->n++] = (struct change){series, row, value};
	g->changes++;
}

static uint32_t
find_series(const struct group *g, struct row_key key)
{
	uint64_t pos = row_key_hash(key);
	uint32_t i;

	if (!g->indexed)
		return ROW_NONE;
	while ((i = index_probe(&g->by_key, &pos)) != UINT32_MAX)
		if (row_key_equal(g->series[i].key, key))
			return i;
	return ROW_NONE;
}

static uint32_t
new_series(struct group *g, struct row_key key, bool known)
{
	if (g->nseries == g->indexed) {
		g->indexed = MAX(g->indexed * 2, (size_t)FIRST_SERIES);
		index_reset(&g->by_key, g->indexed);
		for (size_t i = 0; i < g->nseries; i++)
			index_add(&g->by_key, row_key_hash(g->series[i].key), (uint32_t)i);
	}
	GROW(g->series, g->series_cap, g->nseries + 1);
	g->series[g->nseries] = (struct series){.key = key};
	/* Two rows of a frame with one key: the second one is found under no key. */
	if (!known)
		index_add(&g->by_key, row_key_hash(key), (uint32_t)g->nseries);
	return (uint32_t)g->nseries++;
}

/* Says of each row which series it is of, and where that stood in the last frame. */
static void
match(struct group *g, const struct table *t)
{
	const struct table *last = g->last ? &g->last->table[t->schema - schema] : NULL;
	uint32_t tick = (uint32_t)g->nticks, next = 0;
	uint32_t *swap = g->last_series;
	size_t cap = g->last_cap;

	g->last_series = g->series_of;
	g->last_cap = g->rows_cap;
	g->series_of = swap;
	g->rows_cap = cap;
	GROW(g->series_of, g->rows_cap, t->nrows);
	GROW(g->from, g->from_cap, t->nrows);
	g->returned = false;
	for (uint32_t i = 0; i < t->nrows; i++) {
		struct row_key key = t->key[i];
		uint32_t s;

		/* Rows keep their order, mostly. */
		if (last && next < last->nrows && row_key_equal(last->key[next], key))
			s = g->last_series[next];
		else
			s = find_series(g, key);
		if (s == ROW_NONE)
			s = new_series(g, key, false);
		else if (g->series[s].rows && g->series[s].tick == tick)
			s = new_series(g, key, true);
		g->from[i] = ROW_NONE;
		if (g->series[s].rows && g->series[s].tick + 1 == tick) {
			g->from[i] = g->series[s].at;
			next = g->from[i] + 1;
		} else {
			add_change(g, &g->ticks, s, g->series[s].rows, tick);
			g->returned |= g->series[s].rows > 0;
		}
		g->series[s].tick = tick;
		g->series[s].at = i;
		g->series[s].rows++;
		g->series_of[i] = s;
	}
}

/* The row a series has had last, when it had any. */
static inline uint32_t
row_of(const struct group *g, uint32_t i)
{
	return g->series[g->series_of[i]].rows - 1;
}

static bool
same_text(const struct table *t, const struct table *last, unsigned f, uint32_t i, uint32_t from)
{
	const char *a = t->col[f][i].s, *b = last->col[f][from].s;

	return a == b || strcmp(a, b) == 0;
}

/* A cell that may be another one than that of the row before. */
static void
note(struct group *g, const struct table *t, const struct table *last, unsigned k, uint32_t i)
{
	unsigned f = g->field[k];
	uint32_t from = g->from[i], row = row_of(g, i);
	bool valid = cell_valid(t, i, f), was = from != ROW_NONE && cell_valid(last, from, f);
	bool text = t->schema->field[f].type == TYPE_STR;

	if (!valid) {
		/* What a series begins with need not be said when it is absent. */
		if (was || (from == ROW_NONE && row))
			add_change(g, &g->log[k], g->series_of[i], row | CHANGE_ABSENT, 0);
		return;
	}
	if (was && text && same_text(t, last, f, i, from))
		return;
	add_change(g, &g->log[k], g->series_of[i], row,
		   text ? texts_number(&g->texts[k], t->col[f][i].s) : t->col[f][i].u);
}

enum { STRIDE = 32 };

/* Whether STRIDE cells differ: mostly none does. */
static bool
differ(const union value *a, const union value *b)
{
	uint64_t any = 0;

	for (unsigned j = 0; j < STRIDE; j++)
		any |= a[j].u ^ b[j].u;
	return any;
}

/* Rows that follow each other as they did in the last frame. */
static void
compare(struct group *g, const struct table *t, const struct table *last, unsigned k,
	struct span_of_rows rows)
{
	unsigned f = g->field[k];
	const union value *a = t->col[f], *b = last->col[f];
	const uint64_t *va = t->valid[f], *vb = last->valid[f];

	for (uint32_t i = rows.first; i < rows.end;) {
		uint32_t n = MIN(rows.end - i, (uint32_t)STRIDE), from = g->from[i];
		uint64_t valid = bits_at(va, i, n), was = bits_at(vb, from, n);

		if (valid == was && (!valid || (n == STRIDE && !differ(a + i, b + from)))) {
			i += n;
			continue;
		}
		for (uint32_t j = 0; j < n; j++)
			if (((valid ^ was) >> j & 1) ||
			    ((valid >> j & 1) && a[i + j].u != b[from + j].u))
				note(g, t, last, k, i + j);
		i += n;
	}
}

static void
find_spans(struct group *g, uint32_t nrows)
{
	g->nspans = 0;
	for (uint32_t i = 0; i < nrows; i++) {
		struct span_of_rows *s = g->nspans ? &g->span[g->nspans - 1] : NULL;

		if (s && g->from[i] != ROW_NONE && g->from[i] == g->from[i - 1] + 1) {
			s->end++;
			continue;
		}
		GROW(g->span, g->spans_cap, g->nspans + 1);
		g->span[g->nspans++] = (struct span_of_rows){i, i + 1};
	}
}

static void
add_column(struct group *g, const struct table *t, const struct table *last, unsigned k)
{
	unsigned f = g->field[k];

	/* Nobody has it, nor did; who was away may have had it before. */
	if (!t->col[f] && (!last || !last->col[f]) && !g->returned)
		return;
	for (size_t i = 0; i < g->nspans; i++) {
		struct span_of_rows s = g->span[i];

		if (last && t->col[f] && last->col[f] && g->from[s.first] != ROW_NONE) {
			compare(g, t, last, k, s);
			continue;
		}
		for (; s.first < s.end; s.first++)
			note(g, t, last, k, s.first);
	}
}

void
group_add(struct group *g, const struct frame *f, const struct table *t)
{
	const struct table *last = g->last ? &g->last->table[t->schema - schema] : NULL;

	match(g, t);
	find_spans(g, t->nrows);
	GROW(g->tick, g->ticks_cap, g->nticks + 1);
	g->tick[g->nticks++] = f->meta.wall_ns;
	for (unsigned k = 0; k < g->nfields; k++)
		add_column(g, t, last, k);
	g->rows += t->nrows;
	frame_unref(g->last);
	g->last = frame_ref(f);
}

static int
compare_series(const void *a, const void *b, void *arg)
{
	const struct group *g = arg;
	uint32_t i = *(const uint32_t *)a, k = *(const uint32_t *)b;
	struct row_key x = g->series[i].key, y = g->series[k].key;

	return x.a != y.a ? CMP(x.a, y.a) : x.b != y.b ? CMP(x.b, y.b) : CMP(i, k);
}

void
group_sort(struct group *g)
{
	GROW(g->order, g->order_cap, g->nseries);
	for (size_t i = 0; i < g->nseries; i++)
		g->order[i] = (uint32_t)i;
	if (g->nseries)
		qsort_r(g->order, g->nseries, sizeof *g->order, compare_series, g);
}

const struct log *
group_sorted(struct group *g, const struct log *log)
{
	uint32_t sum = 0;

	GROW(g->begin, g->begin_cap, g->nseries);
	memset(g->begin, 0, g->nseries * sizeof *g->begin);
	for (size_t i = 0; i < log->n; i++)
		g->begin[log->change[i].series]++;
	for (size_t i = 0; i < g->nseries; i++) {
		uint32_t n = g->begin[g->order[i]];

		g->begin[g->order[i]] = sum;
		sum += n;
	}
	GROW(g->sorted.change, g->sorted.cap, log->n);
	g->sorted.n = log->n;
	for (size_t i = 0; i < log->n; i++)
		g->sorted.change[g->begin[log->change[i].series]++] = log->change[i];
	return &g->sorted;
}

void
runs_begin(struct runs *r, struct group *g, const struct log *log)
{
	const struct log *sorted = group_sorted(g, log);

	*r = (struct runs){.g = g, .next = sorted->change, .end = sorted->change + sorted->n};
}

bool
runs_next(struct runs *r)
{
	const struct group *g = r->g;
	uint32_t series, until;

	while (r->series < g->nseries && r->row == g->series[g->order[r->series]].rows) {
		r->series++;
		r->row = 0;
	}
	if (r->series == g->nseries)
		return false;
	series = g->order[r->series];
	if (!r->row)
		r->valid = false;
	if (r->next < r->end && r->next->series == series &&
	    (r->next->row & ~CHANGE_ABSENT) == r->row) {
		r->valid = !(r->next->row & CHANGE_ABSENT);
		r->value = r->next->value;
		r->next++;
	}
	until = r->next < r->end && r->next->series == series ? r->next->row & ~CHANGE_ABSENT
							      : g->series[series].rows;
	r->first = r->row;
	r->n = until - r->row;
	r->row = until;
	return true;
}
