#ifndef RANDOM_FRAME_H
#define RANDOM_FRAME_H

/* A machine that nobody has: frames with random columns, rows and cells, each not far from the one
 * before; and whether two frames are the same in all that is recorded. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/hash.h"
#include "base/mem.h"
#include "codec/layout.h"
#include "frame/derive.h"

enum { MACHINE_ROWS = 100 };

struct machine {
	uint64_t seed;
	struct frame_pool *pool;
	struct strpool *strings;
	struct field_set want[TABLE_COUNT];
	struct row_key key[TABLE_COUNT][MACHINE_ROWS];
	uint32_t nrows[TABLE_COUNT];
	uint64_t next_key, seq;
	int64_t mono_ns, wall_ns;
};

static inline uint64_t
dice(struct machine *m, uint64_t sides)
{
	m->seed = hash_u64(m->seed + 0x9e3779b97f4a7c15u);
	return m->seed % sides;
}

static inline void
machine_init(struct machine *m, uint64_t seed)
{
	*m = (struct machine){.seed = seed, .pool = frame_pool_new(), .strings = strpool_new()};
	m->wall_ns = INT64_C(1763700000) * NS_PER_S;
	m->mono_ns = 5 * NS_PER_S;
}

static inline void
machine_release(struct machine *m)
{
	frame_pool_free(m->pool);
	strpool_unref(m->strings);
}

static inline void
machine_fields(struct machine *m)
{
	for (int t = 0; t < TABLE_COUNT; t++) {
		m->want[t] = (struct field_set){0};
		for (unsigned f = 0; f < schema[t].nfields; f++)
			if (dice(m, 4))
				field_set_add(&m->want[t], f);
	}
	field_sets_close(m->want);
}

/* Some rows go, some come; now and then the order is another one. */
static inline void
machine_rows(struct machine *m, enum table_id t)
{
	uint32_t kept = 0, most = schema[t].single ? 1 : MACHINE_ROWS;

	if (schema[t].single) {
		m->nrows[t] = dice(m, 20) ? 1 : 0;
		m->key[t][0] = (struct row_key){0};
		return;
	}
	if (dice(m, 3))
		return;
	for (uint32_t i = 0; i < m->nrows[t]; i++)
		if (dice(m, 12))
			m->key[t][kept++] = m->key[t][i];
	m->nrows[t] = kept;
	for (uint64_t n = dice(m, 9) * dice(m, 9); n && m->nrows[t] < most; n--) {
		uint32_t at = (uint32_t)dice(m, m->nrows[t] + 1);

		memmove(&m->key[t][at + 1], &m->key[t][at],
			(m->nrows[t] - at) * sizeof m->key[t][0]);
		m->nrows[t]++;
		m->key[t][at] = (struct row_key){++m->next_key, dice(m, 1 << 20)};
	}
	if (!dice(m, 30) && m->nrows[t] > 1) {
		struct row_key k = m->key[t][0];

		m->key[t][0] = m->key[t][m->nrows[t] - 1];
		m->key[t][m->nrows[t] - 1] = k;
	}
}

static inline const char *
machine_text(struct machine *m)
{
	static const char *const literal[] = {"R", "S", "", "\x1b[31m", "\xff\xfe"};
	char text[64];
	int n;

	if (!dice(m, 3))
		return literal[dice(m, ARRAY_LEN(literal))];
	n = snprintf(text, sizeof text, "text %u", (unsigned)dice(m, 50));
	return dice(m, 2) ? strpool_intern(m->strings, text, (size_t)n)
			  : strpool_add(m->strings, text, (size_t)n);
}

static inline union value
machine_value(struct machine *m, enum field_type type)
{
	union value v = {0};

	switch (type) {
	case TYPE_STR:
		v.s = machine_text(m);
		break;
	case TYPE_F64:
		v.f = (double)dice(m, 10000) / 100;
		break;
	case TYPE_BOOL:
		v.u = dice(m, 2);
		break;
	case TYPE_U64:
	case TYPE_I64:
		v.u = dice(m, 2) ? dice(m, 300) : m->seed >> dice(m, 64);
		break;
	}
	return v;
}

static inline void
machine_cell(struct machine *m, struct row r, unsigned f, const struct table *prev, uint32_t p,
	     uint64_t odds)
{
	union value *c;

	/* What is not valid is not looked at: it holds anything. */
	r.t->col[f][r.i].u = m->seed;
	if (p != ROW_NONE && prev->col[f] && dice(m, odds)) {
		if (!cell_valid(prev, p, f))
			return;
		c = row_cell(r, f);
		*c = prev->col[f][p];
		if (r.t->schema->field[f].kind == KIND_GAUGE &&
		    r.t->schema->field[f].unit == UNIT_NS)
			c->u += NS_PER_S;
		return;
	}
	if (!dice(m, 5)) {
		if (!dice(m, 4))
			row_late(r, f);
		return;
	}
	c = row_cell(r, f);
	*c = machine_value(m, (enum field_type)r.t->schema->field[f].type);
}

/* The next frame: the caller's reference. prev as this gave it, or NULL. */
static inline struct frame *
machine_next(struct machine *m, const struct frame *prev)
{
	uint64_t odds = 2 + dice(m, 60);
	struct frame *f;

	if (!prev || !dice(m, 10))
		machine_fields(m);
	if (!dice(m, 40)) { /* texts move */
		strpool_unref(m->strings);
		m->strings = strpool_new();
		prev = NULL;
	}
	f = frame_begin(m->pool, m->want, m->strings);
	m->mono_ns += (int64_t)dice(m, 2 * NS_PER_S) + 1;
	m->wall_ns += (int64_t)dice(m, 2 * NS_PER_S) - (dice(m, 50) ? 0 : 3 * NS_PER_S);
	f->meta = (struct frame_meta){
		.seq = m->seq++,
		.mono_ns = m->mono_ns,
		.wall_ns = m->wall_ns,
		.host = strpool_intern(m->strings, "hostname", 8),
		.sampler = dice(m, 2) ? "clock" : NULL,
		.foreign = dice(m, 2),
		.threads = dice(m, 2),
		.fixture = dice(m, 2),
	};
	for (int s = 1; s < SRC_COUNT; s++)
		if (!dice(m, 10))
			f->source[s] = (struct source_state){
				.error = -(int)dice(m, 40), .failed = (uint32_t)dice(m, 4)};
	for (int t = 0; t < TABLE_COUNT; t++) {
		const struct table *before = prev ? &prev->table[t] : NULL;

		machine_rows(m, (enum table_id)t);
		for (uint32_t i = 0; i < m->nrows[t]; i++) {
			struct row r = table_add_row(&f->table[t], m->key[t][i]);
			uint32_t p = before && before->nrows ? table_find(before, r.t->key[i])
							     : ROW_NONE;

			for (unsigned k = 0; k < schema[t].nfields; k++)
				if (r.t->col[k] && field_is_raw(&schema[t].field[k]))
					machine_cell(m, r, k, before, p, odds);
		}
	}
	return f;
}

static inline bool
same_text(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

static inline bool
same_keys(const struct table *x, const struct table *y)
{
	if (x->nrows != y->nrows)
		return false;
	for (uint32_t i = 0; i < x->nrows; i++)
		if (!row_key_equal(x->key[i], y->key[i]))
			return false;
	return true;
}

static inline bool
same_cell(const struct table *x, const struct table *y, uint32_t i, unsigned f)
{
	bool valid = cell_valid(x, i, f);

	if (valid != cell_valid(y, i, f) || cell_late(x, i, f) != cell_late(y, i, f))
		return false;
	if (!valid)
		return true;
	return x->schema->field[f].type == TYPE_STR ? same_text(x->col[f][i].s, y->col[f][i].s)
						    : x->col[f][i].u == y->col[f][i].u;
}

/* Where they differ first, or NULL. */
static inline const char *
difference_of(const struct frame *a, const struct frame *b)
{
	static char where[128];

	if (!same_text(a->meta.host, b->meta.host) || a->meta.seq != b->meta.seq ||
	    !same_text(a->meta.sampler, b->meta.sampler) || a->meta.foreign != b->meta.foreign ||
	    a->meta.threads != b->meta.threads || a->meta.fixture != b->meta.fixture)
		return "meta";
	for (int s = 0; s < SRC_COUNT; s++)
		if (a->source[s].error != b->source[s].error ||
		    a->source[s].failed != b->source[s].failed)
			return "source";
	for (int t = 0; t < TABLE_COUNT; t++) {
		const struct table *x = &a->table[t], *y = &b->table[t];

		if (!same_keys(x, y)) {
			snprintf(where, sizeof where, "rows of %s: %u %u", schema[t].name, x->nrows,
				 y->nrows);
			return where;
		}
		for (unsigned f = 0; f < schema[t].nfields; f++) {
			if (!field_is_raw(&schema[t].field[f]))
				continue;
			if (!x->col[f] != !y->col[f]) {
				snprintf(where, sizeof where, "column %s.%s", schema[t].name,
					 schema[t].field[f].name);
				return where;
			}
			for (uint32_t i = 0; x->col[f] && i < x->nrows; i++) {
				if (same_cell(x, y, i, f))
					continue;
				snprintf(where, sizeof where, "%s.%s row %u", schema[t].name,
					 schema[t].field[f].name, i);
				return where;
			}
		}
	}
	return NULL;
}

#endif
