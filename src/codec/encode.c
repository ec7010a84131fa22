#include "codec/encode.h"

#include <string.h>

#include "base/mem.h"
#include "codec/bits.h"
#include "codec/sample.h"
#include "codec/strings.h"
#include "codec/varint.h"

/* Rows that follow one another in this frame and in the one before, or came. Of most tables, most
 * of the time, it is one run; a process that came or went parts it in two. */
struct run {
	uint32_t row, past, n; /* past: ROW_NONE */
};

struct encoder {
	struct layout *layout;
	const struct frame *prev; /* NULL: the next sample begins a group */
	struct strings strings;   /* of the group */
	struct packer *packer;
	size_t pack_from;
	struct buf sample, body;
	struct list validity, values, late; /* of the column at hand */
	/* of the table at hand: all rows; and which went, which came */
	struct run *run;
	uint32_t *gone, *come;
	size_t runs_cap, gone_cap, come_cap, nruns, ngone, ncome;
};

struct encoder *
encoder_new(void)
{
	struct encoder *e = xcalloc(1, sizeof *e);

	e->layout = layout_own();
	e->packer = packer_new();
	return e;
}

void
encoder_pack_from(struct encoder *e, size_t bytes)
{
	e->pack_from = bytes;
}

void
encoder_reset(struct encoder *e)
{
	frame_unref(e->prev);
	e->prev = NULL;
}

void
encoder_free(struct encoder *e)
{
	if (!e)
		return;
	encoder_reset(e);
	layout_unref(e->layout);
	strings_release(&e->strings);
	packer_free(e->packer);
	buf_release(&e->sample);
	buf_release(&e->body);
	buf_release(&e->validity.b);
	buf_release(&e->values.b);
	buf_release(&e->late.b);
	free(e->run);
	free(e->gone);
	free(e->come);
	free(e);
}

static void
add_to_run(struct encoder *e, uint32_t row, uint32_t past)
{
	struct run *last = e->nruns ? &e->run[e->nruns - 1] : NULL;

	if (last && (past == ROW_NONE ? last->past == ROW_NONE
				      : last->past != ROW_NONE && past == last->past + last->n)) {
		last->n++;
		return;
	}
	GROW(e->run, e->runs_cap, e->nruns + 1);
	e->run[e->nruns++] = (struct run){row, past, 1};
}

static bool
is_rising(const struct table *t)
{
	for (uint32_t i = 1; i < t->nrows; i++)
		if (t->key[i].a <= t->key[i - 1].a)
			return false;
	return true;
}

/* In a table whose keys rise. *at: where the search for the key before, which was less, ended. */
static uint32_t
find_rising(const struct table *t, uint32_t *at, struct row_key key)
{
	while (*at < t->nrows && t->key[*at].a < key.a)
		++*at;
	return *at < t->nrows && row_key_equal(t->key[*at], key) ? *at : ROW_NONE;
}

/* Fills run, gone and come. False when rows that stay changed their order. */
static bool
match_rows(struct encoder *e, const struct table *cur, const struct table *prev)
{
	bool rise = prev && is_rising(prev) && is_rising(cur); /* as processes do */
	uint32_t i = 0, at = 0;

	GROW(e->come, e->come_cap, cur->nrows);
	GROW(e->gone, e->gone_cap, prev ? prev->nrows : 0);
	e->nruns = e->ngone = e->ncome = 0;
	for (uint32_t k = 0; k < cur->nrows; k++) {
		uint32_t row = ROW_NONE;

		if (prev && i < prev->nrows && row_key_equal(prev->key[i], cur->key[k]))
			row = i;
		else if (rise)
			row = find_rising(prev, &at, cur->key[k]);
		else if (prev && prev->nrows)
			row = table_find(prev, cur->key[k]);
		add_to_run(e, k, row);
		if (row == ROW_NONE) {
			e->come[e->ncome++] = k;
			continue;
		}
		if (row < i)
			return false;
		while (i < row)
			e->gone[e->ngone++] = i++;
		i++;
	}
	while (prev && i < prev->nrows)
		e->gone[e->ngone++] = i++;
	return true;
}

static void
replace_rows(struct encoder *e, const struct table *cur, const struct table *prev)
{
	e->ngone = prev->nrows;
	for (uint32_t i = 0; i < prev->nrows; i++)
		e->gone[i] = i;
	e->ncome = cur->nrows;
	for (uint32_t i = 0; i < cur->nrows; i++)
		e->come[i] = i;
	e->nruns = 0;
	if (cur->nrows) {
		GROW(e->run, e->runs_cap, 1);
		e->run[e->nruns++] = (struct run){0, ROW_NONE, cur->nrows};
	}
}

static void
put_places(struct buf *b, const uint32_t *row, size_t n)
{
	uint32_t next = 0;

	varint_put(b, n);
	for (size_t i = 0; i < n; i++) {
		varint_put(b, row[i] - next);
		next = row[i] + 1;
	}
}

static void
put_rows(struct encoder *e, const struct table *cur)
{
	struct row_key above = {0};

	put_places(&e->body, e->gone, e->ngone);
	put_places(&e->body, e->come, e->ncome);
	for (size_t i = 0; i < e->ncome; i++) {
		struct row_key k = cur->key[e->come[i]];

		zigzag_put(&e->body, k.a - above.a);
		zigzag_put(&e->body, k.b - above.b);
		above = k;
	}
}

static uint64_t
difference(struct encoder *e, enum field_type type, union value v, union value expected)
{
	switch (type) {
	case TYPE_STR:
		v.u = strings_number(&e->strings, v.s);
		expected.u = expected.s ? strings_number(&e->strings, expected.s) : 0;
		break;
	case TYPE_F64:
		return __builtin_bswap64(v.u ^ expected.u);
	case TYPE_U64:
	case TYPE_I64:
	case TYPE_BOOL:
		break;
	}
	return zigzag(v.u - expected.u);
}

/* What runs on by itself, the age of a process, grows in all rows alike. */
static uint64_t
find_shift(const struct encoder *e, const struct table *cur, const struct table *prev, unsigned f)
{
	const struct field *spec = &cur->schema->field[f];

	if (spec->kind != KIND_GAUGE || spec->unit != UNIT_NS)
		return 0;
	for (size_t r = 0; r < e->nruns; r++) {
		const struct run *run = &e->run[r];

		for (uint32_t k = 0; run->past != ROW_NONE && k < run->n; k++)
			if (bit(cur->valid[f], run->row + k) && bit(prev->valid[f], run->past + k))
				return cur->col[f][run->row + k].u - prev->col[f][run->past + k].u;
	}
	return 0;
}

static inline bool
is_same(const union value *now, const union value *then, uint32_t n, uint64_t shift)
{
	uint64_t differ = 0;

	for (uint32_t i = 0; i < n; i++)
		differ |= now[i].u - then[i].u - shift;
	return !differ;
}

/* 64 cells at a time: mostly all were there, are there and are the same. prev is NULL when the
 * column is new. */
static void
scan_column(struct encoder *e, const struct table *cur, const struct table *prev, unsigned f,
	    uint64_t shift)
{
	enum field_type type = (enum field_type)cur->schema->field[f].type;
	union value above = {0};

	for (size_t r = 0; r < e->nruns; r++) {
		struct run run = e->run[r];
		bool came = !prev || run.past == ROW_NONE;

		for (uint32_t i = 0, n; i < run.n; i += n) {
			const union value *now = cur->col[f] + run.row + i;
			const union value *then = came ? NULL : prev->col[f] + run.past + i;
			uint64_t valid, was;

			n = MIN(run.n - i, 64u);
			valid = bits_at(cur->valid[f], run.row + i, n);
			was = came ? 0 : bits_at(prev->valid[f], run.past + i, n);
			if (!came && !valid && !was)
				continue;
			if (valid == was && valid == ones(n) && is_same(now, then, n, shift)) {
				above = now[n - 1];
				continue;
			}
			for (uint64_t odd = valid ^ (came ? ones(n) : was); odd; odd &= odd - 1)
				list_mark(&e->validity,
					  run.row + i + (uint32_t)__builtin_ctzll(odd));
			for (; valid; valid &= valid - 1) {
				uint32_t k = (uint32_t)__builtin_ctzll(valid);
				union value expected = above;
				uint64_t d;

				above = now[k];
				if (was >> k & 1)
					expected.u = then[k].u + shift;
				if (now[k].u == expected.u)
					continue;
				d = difference(e, type, now[k], expected);
				if (d)
					list_add(&e->values, run.row + i + k, d);
			}
		}
	}
}

static void
scan_late(struct encoder *e, const struct table *cur, unsigned f)
{
	for (uint32_t i = 0; i < cur->nrows; i += 64) {
		uint64_t late = cur->late[f][i / 64] & ~cur->valid[f][i / 64];

		if (cur->nrows - i < 64)
			late &= UINT64_MAX >> (64 - (cur->nrows - i));
		for (; late; late &= late - 1)
			list_mark(&e->late, i + (uint32_t)__builtin_ctzll(late));
	}
}

/* prev is NULL when no row had the table before. */
static void
put_column(struct encoder *e, const struct table *cur, const struct table *prev, unsigned f,
	   int place)
{
	bool was = prev && prev->col[f];
	uint64_t shift = 0;
	unsigned flags = 0;

	list_clear(&e->validity);
	list_clear(&e->values);
	list_clear(&e->late);
	if (was && !cur->col[f]) {
		flags = COLUMN_GONE;
	} else if (cur->col[f]) {
		if (was)
			shift = find_shift(e, cur, prev, f);
		scan_column(e, cur, was ? prev : NULL, f, shift);
		if (cur->late[f])
			scan_late(e, cur, f);
		flags = (was ? 0u : COLUMN_NEW) | (shift ? COLUMN_SHIFT : 0u) |
			(e->validity.b.len ? COLUMN_VALIDITY : 0u) |
			(e->values.b.len ? COLUMN_VALUES : 0u) |
			(e->late.b.len ? COLUMN_LATE : 0u);
	}
	if (!flags)
		return;
	varint_put(&e->body, (uint64_t)place + 1);
	varint_put(&e->body, flags);
	if (flags & COLUMN_SHIFT)
		zigzag_put(&e->body, shift);
	list_end(&e->validity, &e->body);
	list_end(&e->values, &e->body);
	list_end(&e->late, &e->body);
}

/* Had the table anything that is not there any more, or was it not there yet? */
static bool
is_known(const struct table *prev)
{
	if (prev->nrows)
		return true;
	for (unsigned f = 0; f < prev->schema->nfields; f++)
		if (prev->col[f])
			return true;
	return false;
}

/* Neither rows nor columns: nobody asked for it. */
static bool
is_nothing(const struct table *t)
{
	uint64_t any = t->nrows;

	for (size_t i = 0; i < ARRAY_LEN(t->has.bits); i++)
		any |= t->has.bits[i];
	return !any;
}

static void
put_table(struct encoder *e, const struct frame *f, unsigned place)
{
	enum table_id id = (enum table_id)e->layout->table[place].ours;
	const struct table *cur = &f->table[id], *prev = e->prev ? &e->prev->table[id] : NULL;
	size_t begin = e->body.len, rows_end;

	if (is_nothing(cur) && (!prev || is_nothing(prev)))
		return;
	if (prev && !is_known(prev))
		prev = NULL;
	varint_put(&e->body, place + 1);
	if (!match_rows(e, cur, prev))
		replace_rows(e, cur, prev);
	put_rows(e, cur);
	rows_end = e->body.len;
	for (unsigned i = 0; i < e->layout->table[place].nfields; i++)
		put_column(e, cur, prev, (unsigned)e->layout->table[place].field[i].ours, (int)i);
	if (e->body.len == rows_end && !e->ngone && !e->ncome)
		e->body.len = begin; /* nothing to say */
	else
		varint_put(&e->body, 0);
}

static uint64_t
optional(struct encoder *e, const char *s)
{
	return s ? strings_number(&e->strings, s) + 1 : 0;
}

static void
put_meta(struct encoder *e, const struct frame *f)
{
	varint_put(&e->body, (f->meta.foreign ? META_FOREIGN : 0u) |
				     (f->meta.threads ? META_THREADS : 0u) |
				     (f->meta.fixture ? META_FIXTURE : 0u));
	varint_put(&e->body, optional(e, f->meta.host));
	varint_put(&e->body, optional(e, f->meta.sampler));
	varint_put(&e->body, f->meta.seq);
	for (unsigned s = 0; s < SRC_COUNT; s++) {
		const struct source_state *now = &f->source[s];
		const struct source_state none = {0}, *then = e->prev ? &e->prev->source[s] : &none;

		if (now->error == then->error && now->failed == then->failed)
			continue;
		varint_put(&e->body, s + 1);
		zigzag_put(&e->body, (uint64_t)(int64_t)now->error);
		varint_put(&e->body, now->failed);
	}
	varint_put(&e->body, 0);
}

enum packing
encoder_put(struct encoder *e, const struct frame *f, bool *key, struct buf *b)
{
	if (*key || !e->prev || e->prev->strings != f->strings || strings_full(&e->strings)) {
		encoder_reset(e);
		strings_reset(&e->strings);
		*key = true;
	}
	buf_clear(&e->body);
	strings_begin(&e->strings);
	put_meta(e, f);
	for (unsigned t = 0; t < e->layout->ntables; t++)
		put_table(e, f, t);
	varint_put(&e->body, 0);
	buf_clear(&e->sample);
	strings_put(&e->strings, &e->sample);
	buf_put(&e->sample, e->body.data, e->body.len);
	frame_unref(e->prev);
	e->prev = frame_ref(f);
	if (e->sample.len < e->pack_from) {
		buf_put(b, e->sample.data, e->sample.len);
		return PACKING_NONE;
	}
	return pack(e->packer, e->sample.data, e->sample.len, b);
}
