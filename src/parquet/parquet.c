#include "parquet/parquet.h"

#include <string.h>

#include "base/clock.h"
#include "base/fd.h"
#include "base/mem.h"
#include "codec/varint.h"
#include "parquet/column.h"

static const char magic[] = "PAR1";

/* Higher levels take longer and give some hundredths. */
enum { LEVEL = 3, VERSION = 2, TIMES = 2, BOUND_MAX = 64 };

struct row_group {
	uint64_t rows, begin;
};

struct parquet {
	enum table_id table;
	uint64_t group_rows;
	unsigned ncolumns; /* with those of time */
	uint8_t field[FIELDS_MAX];
	struct group group;
	struct columner *columner;
	int fd;
	uint64_t rows, bytes;
	struct row_group *row_group;
	size_t ngroups, groups_cap;
	struct chunk *chunk; /* ncolumns of each row group */
	size_t nchunks, chunks_cap;
	struct buf bounds;   /* least and most, of each chunk that has them: length and bytes */
	struct buf out;
};

struct parquet *
parquet_new(enum table_id t, const uint8_t *fields, unsigned nfields, uint64_t group_rows)
{
	struct parquet *p = xcalloc(1, sizeof *p);

	p->table = t;
	p->group_rows = group_rows ? group_rows : PARQUET_GROUP_ROWS;
	p->ncolumns = TIMES + nfields;
	memcpy(p->field, fields, nfields);
	group_init(&p->group, p->field, nfields);
	p->columner = columner_new(LEVEL);
	return p;
}

void
parquet_free(struct parquet *p)
{
	if (!p)
		return;
	group_release(&p->group);
	columner_free(p->columner);
	free(p->row_group);
	free(p->chunk);
	buf_release(&p->bounds);
	buf_release(&p->out);
	free(p);
}

uint64_t
parquet_rows(const struct parquet *p)
{
	return p->rows + p->group.rows;
}

uint64_t
parquet_bytes(const struct parquet *p)
{
	return p->bytes;
}

static int
put_out(struct parquet *p)
{
	int r = fd_write_all(p->fd, p->out.data, p->out.len);

	p->bytes += p->out.len;
	buf_clear(&p->out);
	return r;
}

int
parquet_begin(struct parquet *p, int fd)
{
	group_clear(&p->group);
	p->fd = fd;
	p->rows = p->bytes = 0;
	p->ngroups = p->nchunks = 0;
	buf_clear(&p->bounds);
	buf_clear(&p->out);
	buf_puts(&p->out, magic);
	return put_out(p);
}

static const struct field *
field_at(const struct parquet *p, unsigned column)
{
	return column < TIMES ? NULL : &schema[p->table].field[p->field[column - TIMES]];
}

static uint8_t
type_at(const struct parquet *p, unsigned column)
{
	return column < TIMES ? TYPE_I64 : field_at(p, column)->type;
}

static enum physical
physical_of(uint8_t type)
{
	return type == TYPE_STR    ? PHYSICAL_BYTES
	       : type == TYPE_BOOL ? PHYSICAL_BOOLEAN
	       : type == TYPE_F64  ? PHYSICAL_DOUBLE
				   : PHYSICAL_INT64;
}

/* What a reader has to compare with: the bytes of the value; of a long text it is not said. */
static void
keep_bounds(struct parquet *p, unsigned column, struct chunk *c)
{
	uint64_t v[2] = {c->least, c->most};
	uint8_t type = type_at(p, column);
	const char *s[2];
	size_t n[2];

	if (!c->bounded)
		return;
	if (type == TYPE_STR) {
		const struct texts *t = &p->group.texts[column - TIMES];

		for (unsigned i = 0; i < 2; i++)
			s[i] = texts_get(t, v[i], &n[i]);
		c->bounded = n[0] <= BOUND_MAX && n[1] <= BOUND_MAX;
		for (unsigned i = 0; i < 2 && c->bounded; i++)
			text_put(&p->bounds, s[i], n[i]);
		return;
	}
	/* Zeros have two signs: the least is the one below. */
	if (type == TYPE_F64 && v[0] << 1 == 0)
		v[0] = UINT64_C(1) << 63;
	if (type == TYPE_F64 && v[1] << 1 == 0)
		v[1] = 0;
	for (unsigned i = 0; i < 2; i++) {
		unsigned bytes = type == TYPE_BOOL ? 1 : 8;

		varint_put(&p->bounds, bytes);
		le_put(&p->bounds, v[i], bytes);
	}
}

static int
put_group(struct parquet *p)
{
	struct group *g = &p->group;

	if (!g->rows)
		return 0;
	group_sort(g);
	GROW(p->row_group, p->groups_cap, p->ngroups + 1);
	p->row_group[p->ngroups++] = (struct row_group){g->rows, p->bytes};
	GROW(p->chunk, p->chunks_cap, p->nchunks + p->ncolumns);
	for (unsigned i = 0; i < p->ncolumns; i++) {
		struct chunk *c = &p->chunk[p->nchunks++];
		int r;

		if (i >= TIMES)
			encode_column(p->columner, g, i - TIMES, type_at(p, i), &p->out, c);
		else if (i == 0)
			encode_times(p->columner, g, NS_PER_MS, 1000, &p->out, c);
		else
			encode_times(p->columner, g, 1, 1, &p->out, c);
		c->data += p->bytes;
		c->dictionary += p->bytes;
		keep_bounds(p, i, c);
		r = put_out(p);
		if (r < 0)
			return r;
	}
	p->rows += g->rows;
	group_clear(g);
	return 0;
}

int
parquet_add(struct parquet *p, const struct frame *f)
{
	const struct table *t = frame_table(f, p->table);

	group_add(&p->group, f, t);
	if (p->group.rows < p->group_rows && p->group.changes < PARQUET_GROUP_CHANGES)
		return 0;
	return put_group(p);
}

/* SchemaElement. The kinds of times and integers are said twice: what readers of old look for, and
 * what says all. */
static void
put_element(struct thrift *t, const struct parquet *p, unsigned column)
{
	enum { UTF8 = 0, TIMESTAMP_MICROS = 10, UINT_64 = 14 };
	enum { REQUIRED = 0, OPTIONAL = 1 };
	const struct field *f = field_at(p, column);

	thrift_element(t);
	thrift_int(t, 1, physical_of(type_at(p, column)));
	thrift_int(t, 3, f ? OPTIONAL : REQUIRED);
	thrift_text(t, 4, f ? f->name : column == 0 ? "time" : "time_ns");
	if (f && f->type == TYPE_STR)
		thrift_int(t, 6, UTF8);
	else if (f && f->type == TYPE_U64)
		thrift_int(t, 6, UINT_64);
	if (column == 0) {
		/* No converted type: that would be a moment in UTC, which readers show in their
		 * own zone. */
		thrift_struct(t, 10);
		thrift_struct(t, 8);
		thrift_bool(t, 1, false);
		thrift_struct(t, 2);
		thrift_struct(t, 2);
		thrift_end(t);
		thrift_end(t);
		thrift_end(t);
		thrift_end(t);
	} else if (f && f->type == TYPE_STR) {
		thrift_struct(t, 10);
		thrift_struct(t, 1);
		thrift_end(t);
		thrift_end(t);
	} else if (f && f->type == TYPE_U64) {
		thrift_struct(t, 10);
		thrift_struct(t, 10);
		thrift_byte(t, 1, 64);
		thrift_bool(t, 2, false);
		thrift_end(t);
		thrift_end(t);
	}
	thrift_end(t);
}

/* As keep_bounds() left it. */
static struct span
next_bound(struct span *bounds)
{
	struct span s = *bounds;
	uint64_t n = 0;

	if (!varint_get(bounds, &n))
		return s;
	s = span_of(bounds->p, n);
	bounds->p += n;
	return s;
}

static void
put_statistics(struct thrift *t, const struct chunk *c, struct span *bounds)
{
	struct span least, most;

	thrift_struct(t, 12);
	thrift_long(t, 3, (int64_t)c->nulls);
	if (c->bounded) {
		least = next_bound(bounds);
		most = next_bound(bounds);
		thrift_binary(t, 5, most.p, span_len(most));
		thrift_binary(t, 6, least.p, span_len(least));
	}
	thrift_end(t);
}

/* ColumnChunk with its ColumnMetaData. */
static void
put_chunk(struct thrift *t, const struct parquet *p, unsigned column, const struct chunk *c,
	  struct span *bounds)
{
	enum { ZSTD = 6 };
	const struct field *f = field_at(p, column);

	thrift_element(t);
	thrift_long(t, 2, (int64_t)(c->has_dictionary ? c->dictionary : c->data));
	thrift_struct(t, 3);
	thrift_int(t, 1, physical_of(type_at(p, column)));
	thrift_list(t, 2, THRIFT_I32, c->has_dictionary ? 3 : 2);
	thrift_element_int(t, c->encoding);
	thrift_element_int(t, ENCODING_RLE);
	if (c->has_dictionary)
		thrift_element_int(t, ENCODING_PLAIN);
	thrift_list(t, 3, THRIFT_BINARY, 1);
	thrift_element_text(t, f ? f->name : column == 0 ? "time" : "time_ns");
	thrift_int(t, 4, ZSTD);
	thrift_long(t, 5, (int64_t)c->rows);
	thrift_long(t, 6, (int64_t)c->unpacked);
	thrift_long(t, 7, (int64_t)c->packed);
	thrift_long(t, 9, (int64_t)c->data);
	if (c->has_dictionary)
		thrift_long(t, 11, (int64_t)c->dictionary);
	put_statistics(t, c, bounds);
	thrift_end(t);
	thrift_end(t);
}

static void
put_row_group(struct thrift *t, const struct parquet *p, size_t n, struct span *bounds)
{
	const struct chunk *c = &p->chunk[n * p->ncolumns];
	uint64_t unpacked = 0, packed = 0;

	thrift_element(t);
	thrift_list(t, 1, THRIFT_STRUCT, p->ncolumns);
	for (unsigned i = 0; i < p->ncolumns; i++) {
		put_chunk(t, p, i, &c[i], bounds);
		unpacked += c[i].unpacked;
		packed += c[i].packed;
	}
	thrift_long(t, 2, (int64_t)unpacked);
	thrift_long(t, 3, (int64_t)p->row_group[n].rows);
	thrift_long(t, 5, (int64_t)p->row_group[n].begin);
	thrift_long(t, 6, (int64_t)packed);
	thrift_end(t);
}

/* FileMetaData. */
static void
put_footer(struct parquet *p, const struct parquet_note *note, size_t nnotes)
{
	struct span bounds = span_of(p->bounds.data, p->bounds.len);
	struct thrift t;

	thrift_begin(&t, &p->out);
	thrift_int(&t, 1, VERSION);
	thrift_list(&t, 2, THRIFT_STRUCT, p->ncolumns + 1);
	thrift_element(&t);
	thrift_text(&t, 4, schema[p->table].name);
	thrift_int(&t, 5, (int32_t)p->ncolumns);
	thrift_end(&t);
	for (unsigned i = 0; i < p->ncolumns; i++)
		put_element(&t, p, i);
	thrift_long(&t, 3, (int64_t)p->rows);
	thrift_list(&t, 4, THRIFT_STRUCT, (uint32_t)p->ngroups);
	for (size_t i = 0; i < p->ngroups; i++)
		put_row_group(&t, p, i, &bounds);
	thrift_list(&t, 5, THRIFT_STRUCT, (uint32_t)nnotes);
	for (size_t i = 0; i < nnotes; i++) {
		thrift_element(&t);
		thrift_text(&t, 1, note[i].name);
		thrift_text(&t, 2, note[i].text);
		thrift_end(&t);
	}
	thrift_text(&t, 6, "sonde version " SONDE_VERSION);
	/* ColumnOrder: as its type says; without it nobody trusts the bounds. */
	thrift_list(&t, 7, THRIFT_STRUCT, p->ncolumns);
	for (unsigned i = 0; i < p->ncolumns; i++) {
		thrift_element(&t);
		thrift_struct(&t, 1);
		thrift_end(&t);
		thrift_end(&t);
	}
	thrift_end(&t);
}

int
parquet_end(struct parquet *p, const struct parquet_note *note, size_t nnotes)
{
	size_t size;
	int r = put_group(p);

	if (r < 0)
		return r;
	put_footer(p, note, nnotes);
	size = p->out.len;
	le_put(&p->out, size, 4);
	buf_puts(&p->out, magic);
	return put_out(p);
}
