#include "ui/rows.h"

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
	sorter_free(r->sorter);
	settle_release(&r->settle);
	tree_free(r->tree);
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

static bool
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
is_folded(void *arg, struct row_key key)
{
	return key_set_has(&((const struct rows_options *)arg)->folded, key);
}

void
rows_build(struct rows *r, const struct rows_options *o, const struct frame *f)
{
	const struct table *t = frame_table(f, TABLE_PROC);
	struct sort_key keys[SORT_KEYS_MAX];
	bool narrowed = o->filter || *o->user || o->no_idle || o->npids;
	size_t n = 0;

	GROW(r->pick, r->pick_cap, t->nrows);
	r->total = r->matched = r->threads = 0;
	r->cpu = r->resident = 0;
	for (uint32_t i = 0; i < t->nrows; i++) {
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
	for (unsigned i = 0; i < o->nsort; i++) {
		keys[i] = o->sort[i];
		if (i == 0)
			keys[i].value = settle_values(&r->settle, f, keys[i].field);
	}
	rows_sort(&r->sorter, t, keys, o->nsort, r->pick, n);
	if (o->tree) {
		r->n = tree_build(&r->tree, t, r->pick, n, narrowed, is_folded, (void *)o, &r->row);
		return;
	}
	GROW(r->flat, r->flat_cap, n);
	for (size_t i = 0; i < n; i++)
		r->flat[i] = (struct tree_row){.row = r->pick[i]};
	r->row = r->flat;
	r->n = n;
}

size_t
rows_find(const struct rows *r, const struct frame *f, struct row_key key)
{
	uint32_t row = table_find(frame_table(f, TABLE_PROC), key);

	for (size_t i = 0; row != ROW_NONE && i < r->n; i++)
		if (r->row[i].row == row)
			return i;
	return r->n;
}
