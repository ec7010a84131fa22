#include "codec/decode.h"

#include <errno.h>
#include <string.h>

#include "base/mem.h"
#include "codec/bits.h"
#include "codec/moves.h"
#include "codec/sample.h"

/* Of so many the room stays from one group to the next: twice those of 10,000 processes. */
enum { CELLS_KEPT = 1 << 21 };

/* What a cell is, by row: its value (of a text its number in the group), and two bits. */
struct column {
	bool there; /* it was recorded; */
	bool kept;  /* and is not passed over */
	uint64_t *value, *valid, *late;
	size_t value_cap, valid_cap, late_cap;
	bool any_late;
};

struct state {
	uint32_t nrows;
	struct row_key *key;
	size_t key_cap;
	struct column column[FIELDS_MAX]; /* by our fields */
	uint8_t kept[FIELDS_MAX];         /* those that are wanted */
	unsigned nkept;
};

struct decoder {
	struct layout *layout;
	struct unpacker *unpacker;
	struct frame_pool *pool;
	struct strpool *strings; /* of the group */
	const char **text;       /* by number */
	size_t ntext, text_cap;
	struct state table[TABLE_COUNT];
	size_t cells;            /* that there is room for, in all columns */
	struct field_set want[TABLE_COUNT];
	struct frame_meta meta;
	struct source_state source[SRC_COUNT];
	struct moves rows; /* of the table at hand: what became of them */
	uint64_t *fresh; /* of the column at hand: valid cells without a past */
	size_t fresh_cap;
};

struct decoder *
decoder_new(void)
{
	struct decoder *d = xcalloc(1, sizeof *d);

	d->unpacker = unpacker_new();
	d->pool = frame_pool_new();
	memset(d->want, 0xff, sizeof d->want);
	return d;
}

void
decoder_want(struct decoder *d, const struct field_set want[TABLE_COUNT])
{
	memcpy(d->want, want, sizeof d->want);
}

static void
state_release(struct state *s, enum table_id t)
{
	for (unsigned f = 0; f < schema[t].nfields; f++) {
		free(s->column[f].value);
		free(s->column[f].valid);
		free(s->column[f].late);
	}
	free(s->key);
	*s = (struct state){0};
}

void
decoder_free(struct decoder *d)
{
	if (!d)
		return;
	for (int t = 0; t < TABLE_COUNT; t++)
		state_release(&d->table[t], (enum table_id)t);
	layout_unref(d->layout);
	unpacker_free(d->unpacker);
	frame_pool_free(d->pool);
	strpool_unref(d->strings);
	free(d->text);
	moves_release(&d->rows);
	free(d->fresh);
	free(d);
}

static void
begin_group(struct decoder *d, struct layout *l)
{
	layout_ref(l);
	layout_unref(d->layout);
	d->layout = l;
	strpool_unref(d->strings);
	d->strings = strpool_new();
	d->ntext = 0;
	for (int t = 0; t < TABLE_COUNT; t++) {
		struct state *s = &d->table[t];

		s->nrows = 0;
		s->nkept = 0;
		for (unsigned f = 0; f < schema[t].nfields; f++) {
			s->column[f].there = false;
			s->column[f].kept = field_set_has(&d->want[t], f);
			if (s->column[f].kept)
				s->kept[s->nkept++] = (uint8_t)f;
		}
	}
	memset(d->source, 0, sizeof d->source);
	/* Room that one group needed is not kept beside that which another one needs. */
	if (d->cells > CELLS_KEPT) {
		for (int t = 0; t < TABLE_COUNT; t++)
			state_release(&d->table[t], (enum table_id)t);
		d->cells = 0;
	}
}

static bool
take_strings(struct decoder *d, struct span *in)
{
	uint64_t n;

	if (!varint_get_max(in, MIN(span_len(*in), DECODER_TEXTS_MAX - d->ntext), &n))
		return false;
	GROW(d->text, d->text_cap, d->ntext + n);
	for (; n; n--) {
		struct span text;

		if (!text_get(in, &text) || strpool_bytes(d->strings) > UNPACKED_MAX)
			return false;
		d->text[d->ntext++] = strpool_add(d->strings, text.p, span_len(text));
	}
	return true;
}

static bool
take_optional(struct decoder *d, struct span *in, const char **ret)
{
	uint64_t n;

	if (!varint_get_max(in, d->ntext, &n))
		return false;
	*ret = n ? d->text[n - 1] : NULL;
	return true;
}

static bool
take_meta(struct decoder *d, struct span *in)
{
	uint64_t flags, place, error, failed;

	d->meta = (struct frame_meta){0};
	if (!varint_get(in, &flags) || !take_optional(d, in, &d->meta.host) ||
	    !take_optional(d, in, &d->meta.sampler) || !varint_get(in, &d->meta.seq))
		return false;
	d->meta.foreign = flags & META_FOREIGN;
	d->meta.threads = flags & META_THREADS;
	d->meta.fixture = flags & META_FIXTURE;
	for (;;) {
		int ours;

		if (!varint_get_max(in, d->layout->nsources, &place))
			return false;
		if (!place)
			return true;
		if (!zigzag_get(in, &error) || !varint_get_max(in, UINT32_MAX, &failed) ||
		    (int64_t)error > 0 || (int64_t)error < -4095)
			return false;
		ours = d->layout->source[place - 1];
		if (ours > SRC_NONE)
			d->source[ours] = (struct source_state){
				.error = (int)(int64_t)error, .failed = (uint32_t)failed};
	}
}

/* Places among n rows, rising. */
static bool
take_places(struct span *in, uint64_t nrows, uint32_t **row, size_t *cap, size_t *ret_n)
{
	uint64_t n, gap, next = 0;

	/* Each takes a byte at least. */
	if (!varint_get_max(in, MIN(nrows, (uint64_t)span_len(*in)), &n))
		return false;
	GROW(*row, *cap, n);
	for (size_t i = 0; i < n; i++) {
		if (!varint_get(in, &gap) || gap >= nrows - next)
			return false;
		next += gap;
		(*row)[i] = (uint32_t)next++;
		if (next == nrows && i + 1 < n)
			return false;
	}
	*ret_n = n;
	return true;
}

/* Room for so many more cells, or rows' keys, which are two each? */
static bool
may_grow(const struct decoder *d, size_t cap, size_t need, unsigned cells)
{
	return need <= cap || d->cells + cells * need <= DECODER_CELLS_MAX;
}

static bool
column_room(struct decoder *d, struct column *c, uint32_t nrows)
{
	if (!may_grow(d, c->value_cap, nrows, 1))
		return false;
	d->cells -= c->value_cap;
	GROW(c->value, c->value_cap, MAX(nrows, 1u));
	d->cells += c->value_cap;
	GROW(c->valid, c->valid_cap, nrows / 64 + 1);
	return true;
}

static bool
key_room(struct decoder *d, struct state *s, uint32_t nrows)
{
	if (!may_grow(d, s->key_cap, nrows, 2))
		return false;
	d->cells -= 2 * s->key_cap;
	GROW(s->key, s->key_cap, nrows);
	d->cells += 2 * s->key_cap;
	return true;
}

/* What comes is valid and has no value yet. */
static bool
column_move(struct decoder *d, struct column *c, uint32_t after)
{
	if (!column_room(d, c, after))
		return false;
	moves_cells(&d->rows, c->value, sizeof *c->value);
	moves_bits(&d->rows, c->valid);
	for (size_t i = 0; i < d->rows.ncome; i++)
		set_bit(c->valid, d->rows.come[i], true);
	return true;
}

static bool
take_keys(const struct decoder *d, struct span *in, struct state *s)
{
	struct row_key above = {0};

	for (size_t i = 0; i < d->rows.ncome; i++) {
		struct row_key k;

		if (!zigzag_get(in, &k.a) || !zigzag_get(in, &k.b))
			return false;
		above.a += k.a;
		above.b += k.b;
		if (s)
			s->key[d->rows.come[i]] = above;
	}
	return true;
}

/* s is NULL for a table that is not ours. */
static bool
take_rows(struct decoder *d, struct span *in, struct state *s)
{
	uint32_t before = s ? s->nrows : DECODER_ROWS_MAX, after;

	if (!take_places(in, before, &d->rows.gone, &d->rows.gone_cap, &d->rows.ngone) ||
	    !take_places(in, DECODER_ROWS_MAX, &d->rows.come, &d->rows.come_cap, &d->rows.ncome))
		return false;
	if (!s)
		return take_keys(d, in, NULL);
	if (before - d->rows.ngone + d->rows.ncome > DECODER_ROWS_MAX)
		return false;
	after = (uint32_t)(before - d->rows.ngone + d->rows.ncome);
	if (d->rows.ncome && d->rows.come[d->rows.ncome - 1] >= after)
		return false;
	if (d->rows.ngone || d->rows.ncome) {
		if (!key_room(d, s, after))
			return false;
		moves_find(&d->rows, before, after);
		for (unsigned i = 0; i < s->nkept; i++) {
			struct column *c = &s->column[s->kept[i]];

			if (c->there && !column_move(d, c, after))
				return false;
		}
		moves_cells(&d->rows, s->key, sizeof *s->key);
		s->nrows = after;
	}
	return take_keys(d, in, s);
}

/* The next row of a list: 1, 0 at its end, -1 for damage. */
static int
list_next(struct span *in, uint32_t nrows, uint32_t *row)
{
	uint64_t gap;

	if (!varint_get(in, &gap))
		return -1;
	if (!gap)
		return 0;
	if (gap > (uint64_t)nrows - (*row + 1))
		return -1;
	*row += (uint32_t)gap;
	return 1;
}

/* The end of a number; NULL when there is none, as of varint_get(). */
static const char *
skip_number(const char *p, const char *end)
{
	struct span in = {p, end};
	uint64_t v;

	return varint_get(&in, &v) ? in.p : NULL;
}

/* Most of what is read is passed over here. Nearly all numbers have one byte; that of a list's end,
 * 0, has more only when somebody meant harm. */
static bool
skip_list(struct span *in, bool values)
{
	const char *p = in->p, *end = in->end;
	uint64_t v;

	while (p && p < end) {
		if (*p & 0x80) {
			in->p = p;
			if (!varint_get(in, &v))
				return false;
			p = in->p;
		} else {
			v = (uint64_t)*p++;
		}
		if (!v) {
			in->p = p;
			return true;
		}
		if (!values)
			continue;
		if (p < end && !(*p & 0x80))
			p++;
		else if (end - p > 1 && !(p[1] & 0x80))
			p += 2;
		else
			p = skip_number(p, end);
	}
	in->p = end;
	return false;
}

static bool
skip_column(struct span *in, uint64_t flags)
{
	uint64_t v;

	return (!(flags & COLUMN_SHIFT) || varint_get(in, &v)) &&
	       (!(flags & COLUMN_VALIDITY) || skip_list(in, false)) &&
	       (!(flags & COLUMN_VALUES) || skip_list(in, true)) &&
	       (!(flags & COLUMN_LATE) || skip_list(in, false));
}

static bool
take_validity(struct decoder *d, struct span *in, struct column *c, uint32_t nrows)
{
	uint32_t row = UINT32_MAX;
	int r;

	while ((r = list_next(in, nrows, &row)) > 0) {
		bool valid = !bit(c->valid, row);

		set_bit(c->valid, row, valid);
		set_bit(d->fresh, row, valid);
	}
	return r == 0;
}

/* The nearest valid cell above the row, or ROW_NONE. */
static uint32_t
valid_above(const struct column *c, uint32_t row)
{
	uint32_t word = row / 64;
	uint64_t bits = c->valid[word] & ((UINT64_C(1) << row % 64) - 1);

	while (!bits) {
		if (!word--)
			return ROW_NONE;
		bits = c->valid[word];
	}
	return word * 64 + 63 - (uint32_t)__builtin_clzll(bits);
}

/* The next row from `from` on whose cell is valid and has no past, or nrows. */
static uint32_t
next_fresh(const struct decoder *d, const struct column *c, uint32_t from, uint32_t nrows)
{
	for (uint32_t n; from < nrows; from += n) {
		uint32_t word = from / 64;
		uint64_t fresh = (c->valid[word] & d->fresh[word]) >> from % 64;

		if (fresh)
			return MIN(from + (uint32_t)__builtin_ctzll(fresh), nrows);
		n = 64 - from % 64;
	}
	return nrows;
}

/* The value a fresh cell begins with. */
static uint64_t
inherited(const struct column *c, uint32_t row)
{
	uint32_t above = valid_above(c, row);

	return above == ROW_NONE ? 0 : c->value[above];
}

static uint64_t
add_difference(uint8_t type, uint64_t value, uint64_t d)
{
	return type == TYPE_F64 ? value ^ __builtin_bswap64(d) : value + unzigzag(d);
}

/* Without a list (in NULL) only what is fresh gets its values. A text's number must be known. */
static bool
take_values(const struct decoder *d, struct span *in, struct column *c, uint32_t nrows, bool fresh,
	    uint8_t type)
{
	uint32_t row = UINT32_MAX, next = fresh ? next_fresh(d, c, 0, nrows) : nrows;
	uint64_t diff;
	int r = 0;

	while (in && (r = list_next(in, nrows, &row)) > 0) {
		if (!varint_get(in, &diff) || !bit(c->valid, row))
			return false;
		for (; next <= row; next = next_fresh(d, c, next + 1, nrows))
			c->value[next] = inherited(c, next);
		c->value[row] = add_difference(type, c->value[row], diff);
		if (type == TYPE_STR && c->value[row] >= d->ntext)
			return false;
	}
	for (; next < nrows; next = next_fresh(d, c, next + 1, nrows))
		c->value[next] = inherited(c, next);
	/* One that begins with text 0 and has no difference. */
	return r == 0 && (type != TYPE_STR || d->ntext || valid_above(c, nrows) == ROW_NONE);
}

static bool
take_late(struct span *in, struct column *c, uint32_t nrows)
{
	uint32_t row = UINT32_MAX;
	int r;

	GROW(c->late, c->late_cap, nrows / 64 + 1);
	memset(c->late, 0, (nrows / 64 + 1) * sizeof *c->late);
	c->any_late = true;
	while ((r = list_next(in, nrows, &row)) > 0)
		set_bit(c->late, row, true);
	return r == 0;
}

/* Cells of rows that came have no past. */
static void
mark_fresh(struct decoder *d, uint32_t nrows, bool all)
{
	GROW(d->fresh, d->fresh_cap, nrows / 64 + 1);
	memset(d->fresh, all ? 0xff : 0, (nrows / 64 + 1) * sizeof *d->fresh);
	if (!all)
		for (size_t i = 0; i < d->rows.ncome; i++)
			set_bit(d->fresh, d->rows.come[i], true);
}

static bool
take_column(struct decoder *d, struct span *in, struct state *s, const struct layout_field *f,
	    uint64_t flags)
{
	struct column *c = &s->column[f->ours];
	bool is_new = flags & COLUMN_NEW, fresh;
	uint64_t shift = 0;

	if (flags & COLUMN_GONE) {
		if (!c->there)
			return false;
		c->there = false;
		return true;
	}
	if (is_new == c->there)
		return false;
	c->there = true;
	if (!c->kept)
		return skip_column(in, flags);
	if (is_new) {
		if (!column_room(d, c, s->nrows))
			return false;
		memset(c->valid, 0xff, (s->nrows / 64 + 1) * sizeof *c->valid);
	}
	mark_fresh(d, s->nrows, is_new);
	if ((flags & COLUMN_SHIFT) && (!zigzag_get(in, &shift) || f->type == TYPE_STR))
		return false;
	/* What has a past moves on; the others get their values anew. */
	for (uint32_t i = 0; shift && i < s->nrows; i++)
		c->value[i] += shift;
	if ((flags & COLUMN_VALIDITY) && !take_validity(d, in, c, s->nrows))
		return false;
	fresh = is_new || d->rows.ncome || (flags & COLUMN_VALIDITY);
	if (!take_values(d, flags & COLUMN_VALUES ? in : NULL, c, s->nrows, fresh, f->type))
		return false;
	return !(flags & COLUMN_LATE) || take_late(in, c, s->nrows);
}

/* Columns that nothing is said of: what came is as the row above. */
static bool
fill_silent(struct decoder *d, struct state *s, const struct layout_table *t, unsigned from,
	    unsigned to)
{
	for (unsigned i = from; i < to && d->rows.ncome; i++) {
		const struct layout_field *f = &t->field[i];
		struct column *c = f->ours < 0 ? NULL : &s->column[f->ours];

		if (!c || !c->there || !c->kept)
			continue;
		mark_fresh(d, s->nrows, false);
		if (!take_values(d, NULL, c, s->nrows, true, f->type))
			return false;
	}
	return true;
}

static bool
take_table(struct decoder *d, struct span *in, const struct layout_table *t)
{
	struct state *s = t->ours < 0 ? NULL : &d->table[t->ours];
	unsigned done = 0;

	if (!take_rows(d, in, s))
		return false;
	for (;;) {
		uint64_t place, flags;
		const struct layout_field *f;

		if (!varint_get_max(in, t->nfields, &place))
			return false;
		if (!place)
			break;
		if (place <= done || !varint_get(in, &flags))
			return false;
		f = &t->field[place - 1];
		if (s && !fill_silent(d, s, t, done, (unsigned)place - 1))
			return false;
		done = (unsigned)place;
		if (!s || f->ours < 0 ? !skip_column(in, flags) : !take_column(d, in, s, f, flags))
			return false;
	}
	return !s || fill_silent(d, s, t, done, t->nfields);
}

static bool
take_sample(struct decoder *d, struct span *in)
{
	uint64_t place, done = 0;

	for (int t = 0; t < TABLE_COUNT; t++)
		for (unsigned i = 0; i < d->table[t].nkept; i++)
			d->table[t].column[d->table[t].kept[i]].any_late = false;
	if (!take_strings(d, in) || !take_meta(d, in))
		return false;
	for (;;) {
		if (!varint_get_max(in, d->layout->ntables, &place))
			return false;
		if (!place)
			return span_empty(*in);
		if (place <= done || !take_table(d, in, &d->layout->table[place - 1]))
			return false;
		done = place;
	}
}

int
decoder_take(struct decoder *d, struct layout *l, bool key, uint8_t packing, struct span payload)
{
	struct span in;
	int r;

	if (!key && !d->layout)
		return -EBADMSG;
	r = unpack(d->unpacker, packing, payload, &in);
	if (r == 0 && key)
		begin_group(d, l);
	if (r == 0 && !take_sample(d, &in))
		r = -EBADMSG;
	if (r < 0) {
		layout_unref(d->layout);
		d->layout = NULL;
	}
	return r;
}

static bool
is_there(const struct decoder *d, uint16_t id)
{
	const struct column *c = &d->table[field_table(id)].column[field_index(id)];

	return c->there && c->kept;
}

/* Of what is wanted, what was recorded, and what follows from that. */
static void
choose_columns(const struct decoder *d, const struct field_set want[TABLE_COUNT],
	       struct field_set ret[TABLE_COUNT])
{
	memset(ret, 0, TABLE_COUNT * sizeof *ret);
	for (unsigned t = 0; t < TABLE_COUNT; t++) {
		const struct state *s = &d->table[t];

		for (unsigned i = 0; i < s->nkept; i++) {
			unsigned f = s->kept[i];
			const struct field *spec = &schema[t].field[f];
			bool raw = field_is_raw(spec), there;

			if (!field_set_has(&want[t], f))
				continue;
			there = !raw || s->column[f].there;
			if (spec->of != FIELD_NO)
				there &= is_there(d, spec->of);
			if (spec->per != FIELD_NO)
				there &= is_there(d, spec->per);
			if (t == TABLE_CPU && !raw)
				there &= is_there(d, FIELD_ID(TABLE_CPU, CPU_USER));
			if (there)
				field_set_add(&ret[t], f);
		}
	}
}

static void
fill_table(const struct decoder *d, const struct state *s, struct table *t)
{
	table_reserve(t, s->nrows);
	t->nrows = s->nrows;
	if (!s->nrows)
		return;
	memcpy(t->key, s->key, s->nrows * sizeof *t->key);
	for (unsigned k = 0; k < s->nkept; k++) {
		unsigned f = s->kept[k];
		const struct column *c = &s->column[f];

		if (!t->col[f] || !field_is_raw(&t->schema->field[f]))
			continue;
		memcpy(t->valid[f], c->valid, (s->nrows + 63) / 64 * sizeof *c->valid);
		if (s->nrows % 64)
			t->valid[f][s->nrows / 64] &= UINT64_MAX >> (64 - s->nrows % 64);
		if (t->schema->field[f].type != TYPE_STR)
			memcpy(t->col[f], c->value, s->nrows * sizeof *c->value);
		for (uint32_t i = 0; i < s->nrows && t->schema->field[f].type == TYPE_STR; i++)
			if (bit(c->valid, i))
				t->col[f][i].s = d->text[c->value[i]];
		for (uint32_t i = 0; c->any_late && i < s->nrows; i++)
			if (bit(c->late, i))
				row_late((struct row){t, i}, f);
	}
}

struct frame *
decoder_frame(struct decoder *d, const struct field_set want[TABLE_COUNT])
{
	struct field_set have[TABLE_COUNT];
	struct frame *f;

	choose_columns(d, want, have);
	f = frame_begin(d->pool, have, d->strings);
	f->meta = d->meta;
	if (!f->meta.host)
		f->meta.host = "";
	memcpy(f->source, d->source, sizeof f->source);
	for (int t = 0; t < TABLE_COUNT; t++)
		fill_table(d, &d->table[t], &f->table[t]);
	return f;
}
