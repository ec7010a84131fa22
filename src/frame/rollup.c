#include "frame/rollup.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"

enum rule { RULE_ADD, RULE_MOST, RULE_LEAST, RULE_STATE, RULE_SAME };

/* What became of a cell so far. */
enum { NOTHING, VALUE, DIFFERS };

struct rollup {
	struct frame_pool *pool;
	struct frame *frame;
	uint8_t *state; /* of the column at hand, by row made */
	double *value;
	size_t state_cap, value_cap;
};

void
rollup_free(struct rollup *r)
{
	if (!r)
		return;
	frame_unref(r->frame);
	frame_pool_free(r->pool);
	free(r->state);
	free(r->value);
	free(r);
}

static bool
is_of_machine(const struct field *spec)
{
	return spec->per != FIELD_NO && field_table(spec->per) != TABLE_PROC;
}

static enum rule
rule_of(unsigned field)
{
	const struct field *spec = &schema[TABLE_PROC].field[field];

	if (field == PROC_STATE)
		return RULE_STATE;
	if (field == PROC_START)
		return RULE_LEAST;
	switch ((enum field_kind)spec->kind) {
	case KIND_COUNTER:
	case KIND_RATE:
		return RULE_ADD;
	case KIND_SHARE:
		return is_of_machine(spec) ? RULE_ADD : RULE_MOST;
	case KIND_GAUGE:
		if (spec->unit == UNIT_BYTES || spec->unit == UNIT_COUNT)
			return RULE_ADD;
		return spec->unit == UNIT_NONE ? RULE_SAME : RULE_MOST;
	case KIND_KEY:
	case KIND_LABEL:
		break;
	}
	return RULE_SAME;
}

bool
rollup_adds(const struct field *spec)
{
	return rule_of((unsigned)(spec - schema[TABLE_PROC].field)) == RULE_ADD;
}

/* The worst first: what one looks for in a group. */
static size_t
state_rank(const char *s)
{
	return strcspn("DRZTtSIX", *s ? s : "?");
}

static union value
larger(enum field_type type, union value a, union value b)
{
	switch (type) {
	case TYPE_I64:
		return a.i > b.i ? a : b;
	case TYPE_F64:
		return a.f > b.f ? a : b;
	default:
		return a.u > b.u ? a : b;
	}
}

static union value
sum(enum field_type type, union value a, union value b)
{
	uint64_t u;

	switch (type) {
	case TYPE_F64:
		return (union value){.f = a.f + b.f};
	case TYPE_I64:
		return (union value){.u = a.u + b.u};
	default: /* of a recording it may be anything: it stays at the end of the scale */
		return (union value){.u = __builtin_add_overflow(a.u, b.u, &u) ? UINT64_MAX : u};
	}
}

static bool
is_same(enum field_type type, union value a, union value b)
{
	return type == TYPE_STR ? a.s == b.s || strcmp(a.s, b.s) == 0 : a.u == b.u;
}

/* Takes one more value in. */
static void
combine(enum rule rule, enum field_type type, union value *to, uint8_t *state, union value v)
{
	if (*state == NOTHING) {
		*to = v;
		*state = VALUE;
		return;
	}
	switch (rule) {
	case RULE_ADD:
		*to = sum(type, *to, v);
		return;
	case RULE_MOST:
		*to = larger(type, *to, v);
		return;
	case RULE_LEAST:
		if (larger(type, *to, v).u == to->u)
			*to = v;
		return;
	case RULE_STATE:
		if (state_rank(v.s) < state_rank(to->s))
			*to = v;
		return;
	case RULE_SAME:
		if (*state == VALUE && !is_same(type, *to, v))
			*state = DIFFERS;
		return;
	}
}

static void
roll_column(struct rollup *r, const struct table *t, const struct rollup_plan *p, unsigned f)
{
	struct table *sums = &r->frame->table[TABLE_PROC];
	enum field_type type = (enum field_type)t->schema->field[f].type;
	enum rule rule = rule_of(f);
	union value *to = sums->col[f];

	memset(r->state, NOTHING, p->n);
	for (uint32_t i = 0; i < t->nrows; i++)
		if (p->into[i] != ROW_NONE && cell_valid(t, i, f))
			combine(rule, type, &to[p->into[i]], &r->state[p->into[i]], t->col[f][i]);
	for (uint32_t i = 0; p->parent && i < p->n; i++) {
		uint32_t me = p->order[i], up = p->parent[me];

		if (up == ROW_NONE || r->state[me] == NOTHING)
			continue;
		combine(rule, type, &to[up], &r->state[up], to[me]);
	}
	for (uint32_t i = 0; i < p->n; i++)
		if (r->state[i] == VALUE)
			(void)row_cell((struct row){sums, i}, f);
}

static struct rollup *
ready(struct rollup **rp)
{
	if (!*rp) {
		*rp = xcalloc(1, sizeof **rp);
		(*rp)->pool = frame_pool_new();
	}
	return *rp;
}

const struct frame *
rollup_build(struct rollup **rp, const struct frame *f, const struct rollup_plan *p)
{
	const struct table *t = frame_table(f, TABLE_PROC);
	struct field_set want[TABLE_COUNT] = {0};
	struct rollup *r = ready(rp);
	struct table *sums;

	want[TABLE_PROC] = t->has;
	frame_unref(r->frame);
	r->frame = frame_begin(r->pool, want, f->strings);
	r->frame->meta = f->meta;
	sums = &r->frame->table[TABLE_PROC];
	table_reserve(sums, p->n);
	for (uint32_t i = 0; i < p->n; i++)
		(void)table_add_row(sums, p->key[i]);
	GROW(r->state, r->state_cap, p->n);
	for (unsigned c = 0; p->n && c < t->schema->nfields; c++)
		if (t->col[c] && (!p->parent || rule_of(c) == RULE_ADD))
			roll_column(r, t, p, c);
	return r->frame;
}

const double *
rollup_values(struct rollup **rp, const struct frame *f, const struct rollup_plan *p,
	      const double *value)
{
	uint32_t n = frame_table(f, TABLE_PROC)->nrows;
	struct rollup *r = ready(rp);

	GROW(r->value, r->value_cap, p->n);
	for (uint32_t i = 0; i < p->n; i++)
		r->value[i] = NAN;
	for (uint32_t i = 0; i < n; i++) {
		double *to = p->into[i] == ROW_NONE ? NULL : &r->value[p->into[i]];

		if (to && !isnan(value[i]))
			*to = isnan(*to) ? value[i] : *to + value[i];
	}
	for (uint32_t i = 0; p->parent && i < p->n; i++) {
		uint32_t me = p->order[i], up = p->parent[me];

		if (up != ROW_NONE && !isnan(r->value[me]))
			r->value[up] = isnan(r->value[up]) ? r->value[me]
							   : r->value[up] + r->value[me];
	}
	return r->value;
}
