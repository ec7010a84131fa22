#include "ui/groups.h"

#include <string.h>

#include "base/mem.h"

enum { KERNEL = 1 }; /* what the kernel's own have in common, instead of a name */

void
groups_release(struct groups *g)
{
	free(g->of);
	free(g->key);
	free(g->example);
	free(g->count);
	free(g->begin);
	free(g->member);
	index_release(&g->index);
}

static bool
is_kernel(const struct table *t, unsigned field, uint32_t row)
{
	uint64_t kthread;

	return field == PROC_NAME && cell_u64(t, row, PROC_KTHREAD, &kthread) && kthread;
}

static uint64_t
hash_of(const struct table *t, unsigned field, uint32_t row)
{
	const char *s;

	if (is_kernel(t, field, row))
		return KERNEL;
	if (!cell_valid(t, row, field))
		return 0;
	if (t->schema->field[field].type != TYPE_STR)
		return hash_u64(t->col[field][row].u);
	s = t->col[field][row].s;
	return hash_bytes(s, strlen(s));
}

static bool
is_alike(const struct table *t, unsigned field, uint32_t a, uint32_t b)
{
	bool kernel = is_kernel(t, field, a), valid = cell_valid(t, a, field);

	if (kernel || is_kernel(t, field, b))
		return kernel == is_kernel(t, field, b);
	if (!valid || !cell_valid(t, b, field))
		return valid == cell_valid(t, b, field);
	if (t->schema->field[field].type != TYPE_STR)
		return t->col[field][a].u == t->col[field][b].u;
	return strcmp(t->col[field][a].s, t->col[field][b].s) == 0;
}

static uint32_t
group_of(struct groups *g, const struct table *t, unsigned field, uint32_t row)
{
	uint64_t hash = hash_of(t, field, row), pos = hash;
	uint32_t i;

	while ((i = index_probe(&g->index, &pos)) != UINT32_MAX)
		if (is_alike(t, field, g->example[i], row))
			return i;
	GROW(g->key, g->key_cap, g->n + 1);
	GROW(g->example, g->example_cap, g->n + 1);
	GROW(g->count, g->count_cap, g->n + 1);
	/* No process has such a number, whatever else is alike. */
	g->key[g->n] = (struct row_key){hash, UINT64_MAX - field};
	g->example[g->n] = row;
	g->count[g->n] = 0;
	index_add(&g->index, hash, g->n);
	return g->n++;
}

void
groups_make(struct groups *g, const struct table *t, unsigned field, const uint32_t *rows, size_t n)
{
	uint32_t at = 0;

	GROW(g->of, g->of_cap, t->nrows);
	GROW(g->member, g->member_cap, n);
	for (uint32_t i = 0; i < t->nrows; i++)
		g->of[i] = ROW_NONE;
	index_reset(&g->index, n);
	g->n = 0;
	for (size_t i = 0; i < n; i++) {
		uint64_t thread = 0;

		(void)cell_u64(t, rows[i], PROC_THREAD, &thread);
		if (thread)
			continue;
		g->of[rows[i]] = group_of(g, t, field, rows[i]);
		g->count[g->of[rows[i]]]++;
	}
	GROW(g->begin, g->begin_cap, g->n);
	for (uint32_t i = 0; i < g->n; i++) {
		g->begin[i] = at;
		at += g->count[i];
	}
	for (size_t i = 0; i < n; i++)
		if (g->of[rows[i]] != ROW_NONE)
			g->member[g->begin[g->of[rows[i]]]++] = rows[i];
	for (uint32_t i = 0; i < g->n; i++)
		g->begin[i] -= g->count[i];
}

uint32_t
groups_find(const struct groups *g, struct row_key key)
{
	uint64_t pos = key.a;
	uint32_t i;

	while ((i = index_probe(&g->index, &pos)) != UINT32_MAX)
		if (row_key_equal(g->key[i], key))
			return i;
	return ROW_NONE;
}
