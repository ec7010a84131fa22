/* frame: a frame as plain structs that point into its columns. One block of memory holds all of
 * them, so that a frame costs one allocation and is read without a call.
 */
#include <string.h>

#include "base/mem.h"
#include "lib/lib.h"

struct block {
	struct sonde_frame f;
	struct lib_want want;
	struct sonde_table table[TABLE_COUNT];
	struct sonde_source source[SRC_COUNT];
	/* Then columns, and for those that a recording does not have: zeroed words. */
	struct sonde_column column[];
};

static void
clear_column(const struct table *t, unsigned field)
{
	union value *v = t->col[field];

	for (uint32_t i = 0; i < t->nrows; i += 64) {
		uint64_t absent = ~t->valid[field][i / 64];

		if (t->nrows - i < 64)
			absent &= (UINT64_C(1) << (t->nrows - i)) - 1;
		for (; absent; absent &= absent - 1)
			v[i + (uint32_t)__builtin_ctzll(absent)].u = 0;
	}
}

void
lib_clear_absent(const struct frame *f)
{
	for (int t = 0; t < TABLE_COUNT; t++)
		for (unsigned i = 0; i < schema[t].nfields && f->table[t].nrows; i++)
			if (f->table[t].col[i])
				clear_column(&f->table[t], i);
}

static size_t
fill_sources(const struct frame *f, struct sonde_source *ret)
{
	size_t n = 0;

	for (int i = 0; i < SRC_COUNT; i++) {
		const struct source_state *s = &f->source[i];

		if (i != SRC_NONE && (s->error || s->read || s->failed))
			ret[n++] = (struct sonde_source){source_info[i].area, source_info[i].path,
							 source_info[i].doc,  -s->error,
							 s->read,             s->failed};
	}
	return n;
}

static void
fill_table(struct sonde_table *to, struct sonde_column *column, const struct frame *f,
	   enum table_id id, const struct lib_columns *want, const uint64_t *zeros)
{
	const struct table *t = frame_table(f, id);

	*to = (struct sonde_table){lib_schema(id), t->nrows, want->n, column};
	for (unsigned i = 0; i < want->n; i++) {
		unsigned field = want->field[i];
		bool there = t->col[field];

		column[i] = (struct sonde_column){&to->schema->fields[field],
						  there ? (const void *)t->col[field] : zeros,
						  there ? t->valid[field] : zeros};
	}
}

struct sonde_frame *
lib_frame_new(const struct frame *f, const struct lib_want *want, uint64_t skipped)
{
	const struct frame_meta *m = &f->meta;
	size_t columns = 0, zeros = 0;
	struct sonde_column *column;
	struct block *b;
	uint64_t *zero;

	for (int t = 0; t < TABLE_COUNT; t++) {
		const struct table *from = frame_table(f, (enum table_id)t);

		columns += want->table[t].n;
		for (unsigned i = 0; i < want->table[t].n; i++)
			if (!from->col[want->table[t].field[i]])
				zeros = MAX(zeros, (size_t)from->nrows + 1);
	}
	b = xmalloc(sizeof *b + columns * sizeof *b->column + zeros * sizeof *zero);
	column = b->column;
	zero = (uint64_t *)(b->column + columns);
	if (zeros)
		memset(zero, 0, zeros * sizeof *zero);
	b->want = *want;
	b->f.frame = f;
	b->f.want = &b->want;
	atomic_init(&b->f.refs, 1);
	b->f.shot = (struct sonde_snapshot){
		.number = m->seq,
		.wall_ns = m->wall_ns,
		.mono_ns = m->mono_ns,
		.interval_ns = m->interval_ns,
		.skipped = skipped,
		.host = m->host ? m->host : "",
		.sampler = m->sampler,
		.nsources = fill_sources(f, b->source),
		.tables = b->table,
		.sources = b->source,
	};
	for (int i = 0; i <= COST_KEEP; i++)
		b->f.shot.cost_ns += m->cost_ns[i];
	for (int t = 0; t < TABLE_COUNT; t++) {
		if (!want->table[t].n)
			continue;
		fill_table(&b->table[b->f.shot.ntables++], column, f, (enum table_id)t,
			   &want->table[t], zero);
		column += want->table[t].n;
	}
	return &b->f;
}

struct sonde_frame *
sonde_frame_ref(struct sonde_frame *f)
{
	if (f)
		atomic_fetch_add_explicit(&f->refs, 1, memory_order_relaxed);
	return f;
}

void
sonde_frame_unref(struct sonde_frame *f)
{
	if (!f || atomic_fetch_sub_explicit(&f->refs, 1, memory_order_acq_rel) != 1)
		return;
	frame_unref(f->frame);
	free(f);
}

const struct sonde_snapshot *
sonde_frame_snapshot(const struct sonde_frame *f)
{
	static const struct sonde_snapshot nothing = {.host = ""};

	return f ? &f->shot : &nothing;
}

const struct sonde_table *
sonde_find_table(const struct sonde_frame *f, const char *name)
{
	int t = f && name ? table_by_name(span_of(name, strlen(name))) : -1;

	for (size_t i = 0; t >= 0 && i < f->shot.ntables; i++)
		if (f->shot.tables[i].schema == lib_schema((enum table_id)t))
			return &f->shot.tables[i];
	return NULL;
}

const struct sonde_column *
sonde_find_column(const struct sonde_table *t, const char *name)
{
	int id = t ? table_by_name(span_of(t->schema->name, strlen(t->schema->name))) : -1;
	int field = id >= 0 && name ? field_by_name((enum table_id)id,
						    span_of(name, strlen(name)))
				    : -1;

	for (size_t i = 0; field >= 0 && i < t->ncolumns; i++)
		if (t->columns[i].field == &t->schema->fields[field])
			return &t->columns[i];
	return NULL;
}
