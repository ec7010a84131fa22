#include "ui/rows.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "base/num.h"

bool
key_set_has(const struct key_set *s, struct row_key k)
{
	for (size_t i = 0; i < s->n; i++)
		if (row_key_equal(s->key[i], k))
			return true;
	return false;
}

void
key_set_add(struct key_set *s, struct row_key k)
{
	if (key_set_has(s, k))
		return;
	GROW(s->key, s->cap, s->n + 1);
	s->key[s->n++] = k;
}

void
key_set_toggle(struct key_set *s, struct row_key k)
{
	for (size_t i = 0; i < s->n; i++) {
		if (row_key_equal(s->key[i], k)) {
			s->key[i] = s->key[--s->n];
			return;
		}
	}
	key_set_add(s, k);
}

void
key_set_clear(struct key_set *s)
{
	free(s->key);
	*s = (struct key_set){0};
}

void
rows_release(struct rows *r)
{
	free(r->flat);
	free(r->pick);
	free(r->places.key);
	free(r->group_places.key);
	free(r->kept);
	free(r->mark);
	sorter_free(r->sorter);
	settle_release(&r->settle);
	tree_free(r->tree);
	groups_release(&r->groups);
	rollup_free(r->rollup);
	free(r->value);
	free(r->into);
}

/* Also by number, for the name may come later (a row's, or the one that was meant). */
static bool
is_of_user(const char *user, const struct table *t, uint32_t row)
{
	struct span s = span_of(user, strlen(user));
	uint64_t uid, v;

	if (strcmp(cell_str(t, row, PROC_USER), user) == 0)
		return true;
	if (!cell_u64(t, row, PROC_UID, &v))
		return false;
	return num_u64(&s, &uid) == 0 && span_empty(s) && uid == v;
}

static inline bool
is_shown(const struct rows_options *o, const struct table *t, uint32_t row)
{
	double cpu;
	uint64_t v;

	if (o->no_kthreads && cell_u64(t, row, PROC_KTHREAD, &v) && v)
		return false;
	if (*o->user && !is_of_user(o->user, t, row))
		return false;
	if (o->no_idle && cell_f64(t, row, PROC_CPU_RATIO, &cpu) && cpu == 0 &&
	    strcmp(cell_str(t, row, PROC_STATE), "D") != 0)
		return false;
	if (o->npids) {
		bool found = false;

		for (size_t i = 0; i < o->npids; i++)
			found |= cell_u64(t, row, PROC_TGID, &v) && v == o->pids[i];
		if (!found)
			return false;
	}
	return !o->filter || filter_match(o->filter, t, row);
}

static bool
is_folded(const struct rows_options *o, struct row_key key)
{
	return o->grouped ^ o->flip ^ key_set_has(&o->others, key);
}

static bool
tree_folded(void *arg, struct row_key key)
{
	return is_folded(arg, key);
}

/* Rates are sorted by what they have settled to, sums by the sum of it. */
static const double *
own_values(struct rows *r, const struct frame *f, unsigned field)
{
	const struct table *t = frame_table(f, TABLE_PROC);
	const double *settled = settle_values(&r->settle, f, field);

	if (settled)
		return settled;
	GROW(r->value, r->value_cap, t->nrows);
	for (uint32_t i = 0; i < t->nrows; i++)
		if (!cell_number(t, i, field, &r->value[i]))
			r->value[i] = NAN;
	return r->value;
}

/* ---- places that are kept ---- */

/* Of rows[0..n), which are sorted and less than `end`, those with a place first, in the order of
 * the places. */
static void
put_in_places(struct rows *r, const struct places *p, uint32_t *rows, size_t n, uint32_t end,
	      uint32_t (*find)(const void *arg, struct row_key key), const void *arg)
{
	enum { PICKED = 1, PLACED };
	size_t k = 0;

	if (!r->frozen || !n)
		return;
	GROW(r->mark, r->mark_cap, end);
	GROW(r->kept, r->kept_cap, end);
	memset(r->mark, 0, end);
	for (size_t i = 0; i < n; i++)
		r->mark[rows[i]] = PICKED;
	for (size_t i = 0; i < p->n; i++) {
		uint32_t row = find(arg, p->key[i]);

		if (row == ROW_NONE || r->mark[row] != PICKED)
			continue;
		r->mark[row] = PLACED;
		r->kept[k++] = row;
	}
	for (size_t i = 0; i < n; i++)
		if (r->mark[rows[i]] == PICKED)
			r->kept[k++] = rows[i];
	memcpy(rows, r->kept, n * sizeof *rows);
}

static uint32_t
find_group(const void *groups, struct row_key key)
{
	return groups_find(groups, key);
}

static uint32_t
find_row(const void *table, struct row_key key)
{
	return table_find(table, key);
}

/* As they stand now. */
static void
set_places(struct places *p, const struct row_key *key, const uint32_t *rows, size_t n)
{
	GROW(p->key, p->cap, n);
	for (size_t i = 0; i < n; i++)
		p->key[i] = key[rows[i]];
	p->n = n;
}

/* ---- groups ---- */

static void
build_groups(struct rows *r, const struct rows_options *o, const struct frame *f, size_t n)
{
	const struct field *by = &schema[TABLE_PROC].field[o->nsort ? o->sort[0].field : 0];
	struct sort_key keys[SORT_KEYS_MAX];
	struct groups *g = &r->groups;
	struct rollup_plan plan = {0};
	size_t out = 0;

	groups_make(g, frame_table(f, TABLE_PROC), o->group, r->pick, n);
	plan = (struct rollup_plan){.n = g->n, .key = g->key, .into = g->of};
	r->sums = rollup_build(&r->rollup, f, &plan);
	memcpy(keys, o->sort, sizeof keys);
	if (o->nsort && rollup_adds(by))
		keys[0].value =
			rollup_values(&r->rollup, f, &plan, own_values(r, f, keys[0].field));
	GROW(r->into, r->into_cap, g->n);
	for (uint32_t i = 0; i < g->n; i++)
		r->into[i] = i;
	rows_sort(&r->sorter, frame_table(r->sums, TABLE_PROC), keys, o->nsort, r->into, g->n);
	put_in_places(r, &r->group_places, r->into, g->n, g->n, find_group, g);
	GROW(r->flat, r->flat_cap, n + g->n);
	for (uint32_t i = 0; i < g->n; i++) {
		uint32_t k = r->into[i];
		bool folded = is_folded(o, g->key[k]);

		r->flat[out++] = (struct tree_row){
			.row = k,
			.flags = (uint8_t)(TREE_GROUP | TREE_SUM | TREE_PARENT | TREE_LAST |
					   (folded ? TREE_FOLDED : 0)),
			.rails = g->count[k],
		};
		for (uint32_t m = 0; m < g->count[k] && !folded; m++)
			r->flat[out++] = (struct tree_row){
				.row = g->member[g->begin[k] + m],
				.depth = 1,
				.flags = m + 1 == g->count[k] ? TREE_LAST : 0,
			};
	}
	r->row = r->flat;
	r->n = out;
}

/* ---- the tree ---- */

/* Sums of all with all below them, and the numbers to sort by in which they count. */
static const double *
sum_subtrees(struct rows *r, const struct rows_options *o, const struct frame *f)
{
	const struct table *t = frame_table(f, TABLE_PROC);
	struct rollup_plan plan = {.n = t->nrows, .key = t->key};
	const double *own, *sum;

	tree_links(&r->tree, t, &plan.parent, &plan.order);
	GROW(r->into, r->into_cap, t->nrows);
	for (uint32_t i = 0; i < t->nrows; i++) {
		uint64_t thread = 0;

		(void)cell_u64(t, i, PROC_THREAD, &thread);
		r->into[i] = thread || i >= r->living ? ROW_NONE : i;
	}
	plan.into = r->into;
	r->sums = rollup_build(&r->rollup, f, &plan);
	if (!o->nsort || !rollup_adds(&schema[TABLE_PROC].field[o->sort[0].field]))
		return NULL;
	own = own_values(r, f, o->sort[0].field);
	sum = rollup_values(&r->rollup, f, &plan, own);
	GROW(r->value, r->value_cap, t->nrows);
	for (uint32_t i = 0; i < t->nrows; i++)
		r->value[i] = r->into[i] != ROW_NONE &&
					      (o->sums == SUMS_ALWAYS || is_folded(o, t->key[i]))
				      ? sum[i]
				      : own[i];
	return r->value;
}

static void
build_tree(struct rows *r, const struct rows_options *o, const struct frame *f, size_t n,
	   bool context)
{
	struct tree_row *row;

	r->n = tree_build(&r->tree, frame_table(f, TABLE_PROC), r->pick, n, context, tree_folded,
			  (void *)o, &row);
	for (size_t i = 0; i < r->n && o->sums != SUMS_NEVER; i++)
		if (row[i].flags & TREE_FOLDED ||
		    (row[i].flags & TREE_PARENT && o->sums == SUMS_ALWAYS))
			row[i].flags |= TREE_SUM;
	r->row = row;
}

static void
sort_pick(struct rows *r, const struct rows_options *o, const struct frame *f, size_t n)
{
	struct sort_key keys[SORT_KEYS_MAX];
	const double *sums = NULL;

	if (o->tree && !o->grouped &&
	    (o->sums == SUMS_ALWAYS || (o->sums == SUMS_FOLDED && (o->flip || o->others.n))))
		sums = sum_subtrees(r, o, f);
	for (unsigned i = 0; i < o->nsort; i++) {
		keys[i] = o->sort[i];
		if (i == 0)
			keys[i].value = sums ? sums : settle_values(&r->settle, f, keys[i].field);
	}
	rows_sort(&r->sorter, frame_table(f, TABLE_PROC), keys, o->nsort, r->pick, n);
}

/* Puts rows that ended, which stand behind the others in the table, among the n that are picked, by
 * number: there equal ones stand. Returns how many there are then. */
static size_t
pick_ended(struct rows *r, const struct rows_options *o, const struct table *t, size_t n, bool all)
{
	for (uint32_t i = r->living; i < t->nrows; i++) {
		size_t at = n;

		if (!all && !is_shown(o, t, i))
			continue;
		while (at > 0 && t->key[r->pick[at - 1]].a > t->key[i].a)
			at--;
		memmove(r->pick + at + 1, r->pick + at, (n - at) * sizeof *r->pick);
		r->pick[at] = i;
		n++;
	}
	return n;
}

void
rows_build(struct rows *r, const struct rows_options *o, const struct frame *f)
{
	const struct table *t = frame_table(f, TABLE_PROC);
	bool narrowed = o->filter || *o->user || o->no_idle || o->npids;
	bool tree = o->tree && !o->grouped;
	size_t n = 0;

	GROW(r->pick, r->pick_cap, t->nrows);
	r->living = t->nrows - MIN(o->ended, t->nrows);
	r->total = r->matched = r->threads = 0;
	r->cpu = r->resident = 0;
	for (uint32_t i = 0; i < r->living; i++) {
		uint64_t thread = 0, res;
		double cpu;

		(void)cell_u64(t, i, PROC_THREAD, &thread);
		r->total += !thread;
		if ((thread && o->no_threads) || !is_shown(o, t, i))
			continue;
		r->pick[n++] = i;
		/* What a thread uses is its process's: it is not counted again. */
		r->threads += thread != 0;
		if (thread)
			continue;
		r->matched++;
		if (cell_f64(t, i, PROC_CPU_RATIO, &cpu))
			r->cpu += cpu;
		if (cell_u64(t, i, PROC_RES, &res))
			r->resident += (double)res;
	}
	if (!o->grouped)
		n = pick_ended(r, o, t, n, false);
	r->frame = f;
	r->sums = NULL;
	sort_pick(r, o, f, n);
	put_in_places(r, &r->places, r->pick, n, t->nrows, find_row, t);
	if (o->grouped) {
		build_groups(r, o, f, n);
		return;
	}
	if (tree) {
		build_tree(r, o, f, n, narrowed);
		return;
	}
	GROW(r->flat, r->flat_cap, n);
	for (size_t i = 0; i < n; i++)
		r->flat[i] = (struct tree_row){.row = r->pick[i]};
	r->row = r->flat;
	r->n = n;
}

void
rows_freeze(struct rows *r, const struct rows_options *o, const struct frame *f)
{
	const struct table *t = frame_table(f, TABLE_PROC);

	r->frozen = false;
	if (o->grouped) {
		rows_build(r, o, f);
		set_places(&r->group_places, r->groups.key, r->into, r->groups.n);
	}
	GROW(r->pick, r->pick_cap, t->nrows);
	r->living = t->nrows - MIN(o->ended, t->nrows);
	for (uint32_t i = 0; i < r->living; i++)
		r->pick[i] = i;
	(void)pick_ended(r, o, t, r->living, true);
	sort_pick(r, o, f, t->nrows);
	set_places(&r->places, t->key, r->pick, t->nrows);
	r->frozen = true;
}

void
rows_thaw(struct rows *r)
{
	r->frozen = false;
}

size_t
rows_find(const struct rows *r, struct row_key key)
{
	size_t i = 0;

	while (i < r->n && !row_key_equal(rows_key(r, i), key))
		i++;
	return i;
}

uint32_t
rows_members(const struct rows *r, size_t i, const uint32_t **ret_rows)
{
	const struct tree_row *row = &r->row[i];

	if (!(row->flags & TREE_GROUP)) {
		*ret_rows = &row->row;
		return 1;
	}
	*ret_rows = r->groups.member + r->groups.begin[row->row];
	return r->groups.count[row->row];
}
