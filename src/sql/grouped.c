#include "sql/grouped.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"

#define NOBODY UINT32_MAX

struct held {
	const struct frame *frame;
	uint64_t at;
};

struct place {
	uint32_t held, row;
	uint32_t next; /* of the same group, or NOBODY */
};

struct group {
	uint32_t first, last;
	uint64_t hash;
	struct cell cell; /* of the first column: most differ there */
};

struct grouped {
	enum table_id t;
	unsigned nby;
	struct grouped_by by[GROUPED_BY_MAX];
	struct held *held;
	struct place *place;
	struct group *group;
	size_t nheld, held_cap, nplaces, place_cap, ngroups, group_cap;
	size_t bytes;        /* of frames, with their texts */
	struct index index;  /* groups by hash */
	size_t index_room;
	uint32_t at_group, at_place; /* the next row */
};

struct cell
cell_of(const struct table *t, uint32_t row, unsigned field)
{
	union value v;

	if (!cell_valid(t, row, field))
		return (struct cell){.type = CELL_NULL};
	v = t->col[field][row];
	switch ((enum field_type)t->schema->field[field].type) {
	case TYPE_U64:
	case TYPE_BOOL:
		if (v.u > INT64_MAX)
			return (struct cell){CELL_REAL, {.f = (double)v.u}};
		return (struct cell){CELL_INTEGER, v};
	case TYPE_I64:
		return (struct cell){CELL_INTEGER, v};
	case TYPE_F64:
		return (struct cell){isnan(v.f) ? CELL_NULL : CELL_REAL, v};
	case TYPE_STR:
		return (struct cell){CELL_TEXT, v};
	}
	return (struct cell){.type = CELL_NULL};
}

static int
cell_compare(struct cell a, struct cell b)
{
	if (a.type != b.type)
		return CMP(a.type, b.type);
	switch (a.type) {
	case CELL_INTEGER:
		return CMP(a.v.i, b.v.i);
	case CELL_REAL:
		return CMP(a.v.f, b.v.f);
	case CELL_TEXT:
		return a.v.s == b.v.s ? 0 : strcmp(a.v.s, b.v.s);
	default:
		return 0;
	}
}

static uint64_t
cell_hash(struct cell c)
{
	switch (c.type) {
	case CELL_INTEGER:
		return hash_u64(c.v.u + 1);
	case CELL_REAL:
		return hash_u64(c.v.u + 2); /* two zeros are two groups, side by side when sorted */
	case CELL_TEXT:
		return hash_bytes(c.v.s, strlen(c.v.s));
	default:
		return 0;
	}
}

struct grouped *
grouped_new(enum table_id t, const struct grouped_by *by, unsigned n)
{
	struct grouped *g = xcalloc(1, sizeof *g);

	g->t = t;
	g->nby = n;
	memcpy(g->by, by, n * sizeof *by);
	return g;
}

void
grouped_free(struct grouped *g)
{
	if (!g)
		return;
	for (size_t i = 0; i < g->nheld; i++)
		frame_unref(g->held[i].frame);
	free(g->held);
	free(g->place);
	free(g->group);
	index_release(&g->index);
	free(g);
}

static size_t
frame_bytes_at_least(void)
{
	size_t n = 0;

	for (int t = 0; t < TABLE_COUNT; t++)
		n += schema[t].nfields;
	return sizeof(struct frame) + n * (sizeof(union value *) + 2 * sizeof(uint64_t *));
}

static size_t
row_bytes(unsigned columns)
{
	return sizeof(struct row_key) + columns * sizeof(union value);
}

double
grouped_estimate(double moments, double rows, unsigned columns)
{
	return moments * ((double)frame_bytes_at_least() +
			  rows * (double)(row_bytes(columns) + sizeof(struct place)));
}

size_t
grouped_bytes(const struct grouped *g)
{
	return g->bytes + g->place_cap * sizeof *g->place + g->group_cap * sizeof *g->group;
}

static void
hold(struct grouped *g, const struct frame *f, uint64_t at)
{
	GROW(g->held, g->held_cap, g->nheld + 1);
	g->bytes += frame_bytes_at_least();
	for (int t = 0; t < TABLE_COUNT; t++) {
		unsigned columns = 0;

		for (unsigned w = 0; w < FIELDS_MAX / 64; w++)
			columns += (unsigned)__builtin_popcountll(f->table[t].has.bits[w]);
		g->bytes += f->table[t].cap * row_bytes(columns);
	}
	if (!g->nheld || g->held[g->nheld - 1].frame->strings != f->strings)
		g->bytes += strpool_bytes(f->strings);
	g->held[g->nheld++] = (struct held){frame_ref(f), at};
}

static void
make_room(struct grouped *g)
{
	if (g->ngroups < g->index_room)
		return;
	g->index_room = MAX(2 * g->index_room, 256);
	index_reset(&g->index, g->index_room);
	for (uint32_t i = 0; i < g->ngroups; i++)
		index_add(&g->index, g->group[i].hash, i);
}

/* The columns behind the first. */
static int
compare_rest(const struct grouped *g, const struct table *t, uint32_t row, uint32_t place,
	     bool falls)
{
	const struct place *p = &g->place[place];
	const struct table *other = frame_table(g->held[p->held].frame, g->t);

	for (unsigned i = 1; i < g->nby; i++) {
		int r = cell_compare(cell_of(t, row, g->by[i].field),
				     cell_of(other, p->row, g->by[i].field));

		if (r)
			return falls && g->by[i].falls ? -r : r;
	}
	return 0;
}

static void
add_row(struct grouped *g, const struct table *t, uint32_t row)
{
	struct cell cell = cell_of(t, row, g->by[0].field);
	uint64_t hash = cell_hash(cell), pos;
	uint32_t here = (uint32_t)g->nplaces++, i;

	for (unsigned k = 1; k < g->nby; k++)
		hash = hash_u64(hash + cell_hash(cell_of(t, row, g->by[k].field)));
	g->place[here] = (struct place){(uint32_t)(g->nheld - 1), row, NOBODY};
	pos = hash;
	while ((i = index_probe(&g->index, &pos)) != NOBODY) {
		struct group *found = &g->group[i];

		if (found->hash == hash && cell_compare(found->cell, cell) == 0 &&
		    compare_rest(g, t, row, found->first, false) == 0) {
			g->place[found->last].next = here;
			found->last = here;
			return;
		}
	}
	make_room(g);
	GROW(g->group, g->group_cap, g->ngroups + 1);
	g->group[g->ngroups] = (struct group){here, here, hash, cell};
	index_add(&g->index, hash, (uint32_t)g->ngroups++);
}

void
grouped_add(struct grouped *g, const struct frame *f, uint64_t at)
{
	const struct table *t = frame_table(f, g->t);

	hold(g, f, at);
	GROW(g->place, g->place_cap, g->nplaces + t->nrows);
	for (uint32_t row = 0; row < t->nrows; row++)
		add_row(g, t, row);
}

static int
compare_groups(const void *a, const void *b, void *arg)
{
	const struct grouped *g = arg;
	const struct group *x = a, *y = b;
	const struct place *p = &g->place[x->first];
	int r = cell_compare(x->cell, y->cell);

	if (r)
		return g->by[0].falls ? -r : r;
	return compare_rest(g, frame_table(g->held[p->held].frame, g->t), p->row, y->first, true);
}

void
grouped_sort(struct grouped *g)
{
	index_release(&g->index);
	if (g->ngroups)
		qsort_r(g->group, g->ngroups, sizeof *g->group, compare_groups, g);
	g->at_group = 0;
	g->at_place = g->ngroups ? g->group[0].first : NOBODY;
}

bool
grouped_next(struct grouped *g, struct grouped_row *ret)
{
	const struct place *p;

	if (g->at_place == NOBODY)
		return false;
	p = &g->place[g->at_place];
	*ret = (struct grouped_row){g->held[p->held].frame, g->held[p->held].at, p->row};
	g->at_place = p->next;
	if (g->at_place == NOBODY && ++g->at_group < g->ngroups)
		g->at_place = g->group[g->at_group].first;
	return true;
}

const struct frame *
grouped_frame(const struct grouped *g, uint64_t at)
{
	size_t low = 0, high = g->nheld;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (g->held[mid].at == at)
			return g->held[mid].frame;
		if (g->held[mid].at < at)
			low = mid + 1;
		else
			high = mid;
	}
	return NULL;
}

void
grouped_renew(struct grouped *g, const struct frame *(*make)(void *arg, uint64_t at),
	      void *arg)
{
	for (size_t i = 0; i < g->nheld; i++) {
		const struct frame *f = make(arg, g->held[i].at), *old = g->held[i].frame;

		if (f && frame_table(f, g->t)->nrows == frame_table(old, g->t)->nrows) {
			g->held[i].frame = f;
			f = old;
		}
		frame_unref(f);
	}
}
