#include "frame/frame.h"

#include <pthread.h>
#include <string.h>

#include "base/mem.h"

struct frame_pool {
	pthread_mutex_t lock;
	struct frame *free;
	bool closed;
	unsigned out; /* frames somebody holds */
};

static void
table_release(struct table *t)
{
	for (unsigned f = 0; f < t->schema->nfields; f++) {
		free(t->col[f]);
		free(t->valid[f]);
		free(t->late[f]);
	}
	free(t->key);
	index_release(&t->by_key);
}

static void
frame_destroy(struct frame *f)
{
	for (int t = 0; t < TABLE_COUNT; t++)
		table_release(&f->table[t]);
	strpool_unref(f->strings);
	free(f->match);
	free(f);
}

struct frame_pool *
frame_pool_new(void)
{
	struct frame_pool *p = xcalloc(1, sizeof *p);

	pthread_mutex_init(&p->lock, NULL);
	return p;
}

static void
pool_destroy(struct frame_pool *p)
{
	pthread_mutex_destroy(&p->lock);
	free(p);
}

void
frame_pool_free(struct frame_pool *p)
{
	struct frame *f, *next;
	bool last;

	if (!p)
		return;
	pthread_mutex_lock(&p->lock);
	f = p->free;
	p->free = NULL;
	p->closed = true;
	last = p->out == 0;
	pthread_mutex_unlock(&p->lock);
	for (; f; f = next) {
		next = f->next_free;
		frame_destroy(f);
	}
	if (last)
		pool_destroy(p);
}

/* A reused table keeps columns that are wanted again and their room; it gives up the others, and
 * all of it when it is far too large for what it held last. */
static void
table_begin(struct table *t, const struct schema *s, const struct field_set *want)
{
	bool shrink = t->cap > 256 && t->nrows < t->cap / 4;

	t->schema = s;
	if (shrink) {
		free(t->key);
		t->key = NULL;
		t->cap = 0;
		index_release(&t->by_key);
	}
	for (unsigned f = 0; f < s->nfields; f++) {
		bool wanted = field_set_has(want, f);

		if (!wanted && !field_set_has(&t->has, f))
			continue; /* most, of most frames */
		if (t->col[f] && (!wanted || shrink)) {
			free(t->col[f]);
			free(t->valid[f]);
			free(t->late[f]);
			t->col[f] = NULL;
			t->valid[f] = t->late[f] = NULL;
		}
		if (wanted && !t->col[f]) {
			t->col[f] = xmalloc(t->cap * sizeof *t->col[f]);
			t->valid[f] = xcalloc((t->cap + 63) / 64, sizeof *t->valid[f]);
		} else if (wanted) {
			memset(t->valid[f], 0, (t->cap + 63) / 64 * sizeof *t->valid[f]);
		}
		if (t->late[f])
			memset(t->late[f], 0, (t->cap + 63) / 64 * sizeof *t->late[f]);
	}
	t->has = *want;
	t->nrows = 0;
	t->indexed = false;
}

static struct frame *
frame_new(void)
{
	struct frame *f;
	size_t n = 0;

	for (int t = 0; t < TABLE_COUNT; t++)
		n += schema[t].nfields;
	f = xcalloc(1, sizeof *f + 3 * n * sizeof f->columns[0]);
	n = 0;
	for (int t = 0; t < TABLE_COUNT; t++) {
		struct table *table = &f->table[t];

		table->schema = &schema[t];
		table->col = (union value **)&f->columns[n];
		n += schema[t].nfields;
		table->valid = (uint64_t **)&f->columns[n];
		n += schema[t].nfields;
		table->late = (uint64_t **)&f->columns[n];
		n += schema[t].nfields;
	}
	return f;
}

struct frame *
frame_begin(struct frame_pool *p, const struct field_set want[TABLE_COUNT], struct strpool *strings)
{
	struct frame *f;

	pthread_mutex_lock(&p->lock);
	f = p->free;
	if (f)
		p->free = f->next_free;
	p->out++;
	pthread_mutex_unlock(&p->lock);
	if (!f) {
		f = frame_new();
		f->pool = p;
	}
	for (int t = 0; t < TABLE_COUNT; t++)
		table_begin(&f->table[t], &schema[t], &want[t]);
	f->meta = (struct frame_meta){0};
	memset(f->source, 0, sizeof f->source);
	f->strings = strpool_ref(strings);
	atomic_store(&f->refs, 1);
	return f;
}

const struct frame *
frame_ref(const struct frame *cf)
{
	struct frame *f = (struct frame *)cf;

	atomic_fetch_add_explicit(&f->refs, 1, memory_order_relaxed);
	return cf;
}

void
frame_unref(const struct frame *cf)
{
	struct frame *f = (struct frame *)cf;
	struct frame_pool *p;
	bool closed, last;

	if (!f || atomic_fetch_sub_explicit(&f->refs, 1, memory_order_acq_rel) != 1)
		return;
	strpool_unref(f->strings);
	f->strings = NULL;
	p = f->pool;
	pthread_mutex_lock(&p->lock);
	p->out--;
	closed = p->closed;
	last = closed && p->out == 0;
	if (!closed) {
		f->next_free = p->free;
		p->free = f;
	}
	pthread_mutex_unlock(&p->lock);
	if (closed)
		frame_destroy(f);
	if (last)
		pool_destroy(p);
}

static uint64_t *
grow_bits(uint64_t *bits, uint32_t from, uint32_t to)
{
	bits = xreallocarray(bits, to / 64, sizeof *bits);
	memset(bits + (from + 63) / 64, 0, (to / 64 - (from + 63) / 64) * sizeof *bits);
	return bits;
}

void
table_reserve(struct table *t, uint32_t rows)
{
	uint32_t cap;

	if (rows <= t->cap)
		return;
	/* An eighth to spare: populations change slowly, and memory is what people look at. */
	cap = (rows + rows / 8 + 63) / 64 * 64;
	t->key = xreallocarray(t->key, cap, sizeof *t->key);
	for (unsigned f = 0; f < t->schema->nfields; f++) {
		if (!t->col[f])
			continue;
		t->col[f] = xreallocarray(t->col[f], cap, sizeof *t->col[f]);
		t->valid[f] = grow_bits(t->valid[f], t->cap, cap);
		if (t->late[f])
			t->late[f] = grow_bits(t->late[f], t->cap, cap);
	}
	t->cap = cap;
}

struct row
table_add_row(struct table *t, struct row_key key)
{
	if (t->nrows == t->cap)
		table_reserve(t, MAX(t->nrows + t->nrows / 2, t->schema->single ? 1u : 4u));
	t->key[t->nrows] = key;
	return (struct row){t, t->nrows++};
}

void
row_late(struct row r, unsigned field)
{
	struct table *t = r.t;

	if (!t->col[field])
		return;
	if (!t->late[field])
		t->late[field] = xcalloc((t->cap + 63) / 64, sizeof *t->late[field]);
	t->late[field][r.i / 64] |= UINT64_C(1) << r.i % 64;
}

static bool
is_late(const struct table *t, uint32_t row, unsigned field)
{
	return t->late[field] && (t->late[field][row / 64] >> row % 64 & 1);
}

bool
cell_late(const struct table *t, uint32_t row, unsigned field)
{
	const struct field *spec = &t->schema->field[field];
	const uint16_t from[] = {spec->of, spec->per};

	if (cell_valid(t, row, field))
		return false;
	if (is_late(t, row, field))
		return true;
	for (size_t i = 0; i < ARRAY_LEN(from); i++)
		if (from[i] != FIELD_NO && &schema[field_table(from[i])] == t->schema &&
		    is_late(t, row, field_index(from[i])))
			return true;
	return false;
}

bool
cell_number(const struct table *t, uint32_t row, unsigned field, double *ret_v)
{
	union value v;

	if (!cell_valid(t, row, field))
		return false;
	v = t->col[field][row];
	switch ((enum field_type)t->schema->field[field].type) {
	case TYPE_U64:
	case TYPE_BOOL:
		*ret_v = (double)v.u;
		return true;
	case TYPE_I64:
		*ret_v = (double)v.i;
		return true;
	case TYPE_F64:
		*ret_v = v.f;
		return true;
	case TYPE_STR:
		break;
	}
	return false;
}

static void
build_index(struct table *t)
{
	if (t->indexed)
		return;
	index_reset(&t->by_key, t->nrows);
	for (uint32_t i = 0; i < t->nrows; i++)
		index_add(&t->by_key, row_key_hash(t->key[i]), i);
	t->indexed = true;
}

void
frame_index(const struct frame *f)
{
	for (int i = 0; i < TABLE_COUNT; i++)
		if (f->table[i].nrows)
			build_index((struct table *)&f->table[i]);
}

uint32_t
table_find(const struct table *t, struct row_key key)
{
	uint64_t pos = row_key_hash(key);
	uint32_t row;

	if (!t->nrows)
		return ROW_NONE;
	build_index((struct table *)t);
	while ((row = index_probe(&t->by_key, &pos)) != UINT32_MAX)
		if (row_key_equal(t->key[row], key))
			return row;
	return ROW_NONE;
}
