#include "parquet/column.h"

#include <math.h>
#include <string.h>
#include <zstd.h>

#include "base/mem.h"
#include "codec/varint.h"

enum { PAGE_DATA = 0, PAGE_DICTIONARY = 2 };

/* More different numbers are no dictionary. */
enum { DICTIONARY_MAX = 1 << 15, SURE = 1 << 10 };

/* A value and in how many rows, that have one, it stands. */
struct run {
	uint64_t value, n;
};

struct columner {
	ZSTD_CCtx *z;
	int level;
	struct run *run; /* of the column */
	size_t nruns, runs_cap;
	uint64_t values; /* in all of them */
	uint32_t *place; /* of each run, in the dictionary */
	size_t places_cap;
	uint64_t *value; /* the dictionary */
	size_t nvalues, values_cap;
	struct index by_value;
	struct rle rle;
	struct delta delta;
	struct buf levels, page, head, packed;
	struct buf other; /* what was tried besides */
};

struct columner *
columner_new(int level)
{
	struct columner *e = xcalloc(1, sizeof *e);

	e->z = ZSTD_createCCtx();
	e->level = level;
	return e;
}

void
columner_free(struct columner *e)
{
	if (!e)
		return;
	ZSTD_freeCCtx(e->z);
	free(e->run);
	free(e->place);
	free(e->value);
	index_release(&e->by_value);
	rle_release(&e->rle);
	delta_release(&e->delta);
	buf_release(&e->levels);
	buf_release(&e->page);
	buf_release(&e->head);
	buf_release(&e->packed);
	buf_release(&e->other);
	free(e);
}

static void
add_run(struct columner *e, uint64_t value, uint64_t n)
{
	e->values += n;
	if (e->nruns && e->run[e->nruns - 1].value == value) {
		e->run[e->nruns - 1].n += n;
		return;
	}
	GROW(e->run, e->runs_cap, e->nruns + 1);
	e->run[e->nruns++] = (struct run){value, n};
}

/* The page that e holds, as zstd makes it. */
static void
put_page(struct columner *e, int type, uint64_t values, enum encoding how, struct buf *b,
	 struct chunk *c)
{
	size_t bound = ZSTD_compressBound(e->page.len), got = 0, begin = b->len;
	char *to;
	struct thrift t;

	buf_clear(&e->packed);
	to = buf_reserve(&e->packed, bound);
	got = ZSTD_compressCCtx(e->z, to, bound, e->page.data, e->page.len, e->level);
	if (ZSTD_isError(got))
		got = 0; /* no memory: the page is none, and readers say so */
	buf_clear(&e->head);
	thrift_begin(&t, &e->head);
	thrift_int(&t, 1, type);
	thrift_int(&t, 2, (int32_t)e->page.len);
	thrift_int(&t, 3, (int32_t)got);
	thrift_struct(&t, type == PAGE_DATA ? 5 : 7);
	thrift_int(&t, 1, (int32_t)values);
	thrift_int(&t, 2, how);
	if (type == PAGE_DATA) {
		thrift_int(&t, 3, ENCODING_RLE);
		thrift_int(&t, 4, ENCODING_RLE);
	}
	thrift_end(&t);
	thrift_end(&t);
	buf_put(b, e->head.data, e->head.len);
	buf_put(b, to, got);
	c->unpacked += e->head.len + e->page.len;
	c->packed += b->len - begin;
	buf_clear(&e->page);
}

static void
put_data(struct columner *e, enum encoding how, struct buf *b, struct chunk *c)
{
	c->encoding = how;
	c->data = b->len;
	put_page(e, PAGE_DATA, c->rows, how, b, c);
}

static void
put_dictionary(struct columner *e, const void *bytes, size_t size, uint64_t values, struct buf *b,
	       struct chunk *c)
{
	c->has_dictionary = true;
	c->dictionary = b->len;
	buf_put(&e->page, bytes, size);
	put_page(e, PAGE_DICTIONARY, values, ENCODING_PLAIN, b, c);
}

/* What each run's place in a dictionary of n is: place, or the value itself when that is NULL. */
static void
put_places(struct columner *e, const uint32_t *place, uint64_t n, struct buf *b, struct chunk *c)
{
	buf_put(&e->page, e->levels.data, e->levels.len);
	e->rle.width = bits_needed(n ? n - 1 : 0);
	buf_putc(&e->page, (char)e->rle.width);
	for (size_t i = 0; i < e->nruns; i++)
		rle_put(&e->rle, place ? place[i] : (uint32_t)e->run[i].value, e->run[i].n);
	rle_end(&e->rle, &e->page);
	put_data(e, ENCODING_DICTIONARY, b, c);
}

static void
put_bits(struct columner *e, struct buf *b, struct chunk *c)
{
	unsigned used = 0;
	uint8_t byte = 0;

	buf_put(&e->page, e->levels.data, e->levels.len);
	for (size_t i = 0; i < e->nruns; i++) {
		for (uint64_t n = e->run[i].n; n > 0; n--) {
			byte |= (uint8_t)((e->run[i].value != 0) << used);
			if (++used < 8)
				continue;
			buf_putc(&e->page, (char)byte);
			used = byte = 0;
		}
	}
	if (used)
		buf_putc(&e->page, (char)byte);
	put_data(e, ENCODING_PLAIN, b, c);
}

static void
put_delta(struct columner *e, struct buf *b, struct chunk *c)
{
	buf_put(&e->page, e->levels.data, e->levels.len);
	for (size_t i = 0; i < e->nruns; i++)
		delta_put(&e->delta, e->run[i].value, e->run[i].n);
	delta_end(&e->delta, &e->page);
	put_data(e, ENCODING_DELTA, b, c);
}

/* The first bytes of all values, then the second ones and so on. */
static void
put_split(struct columner *e, struct buf *b, struct chunk *c)
{
	size_t n = e->values;
	char *to;

	buf_put(&e->page, e->levels.data, e->levels.len);
	to = buf_reserve(&e->page, n * 8);
	for (size_t i = 0; i < e->nruns; i++) {
		for (unsigned k = 0; k < 8; k++)
			memset(to + k * n, (int)(e->run[i].value >> 8 * k & 0xff), e->run[i].n);
		to += e->run[i].n;
	}
	e->page.len += n * 8;
	put_data(e, ENCODING_SPLIT, b, c);
}

static double
f64_of(uint64_t bits)
{
	double v;

	memcpy(&v, &bits, sizeof v);
	return v;
}

static bool
is_less(uint8_t type, uint64_t a, uint64_t b)
{
	if (type == TYPE_I64)
		return (int64_t)a < (int64_t)b;
	return type == TYPE_F64 ? f64_of(a) < f64_of(b) : a < b;
}

/* The least and the most of what has an order: not when one is no number. */
static void
find_bounds(const struct columner *e, uint8_t type, struct chunk *c)
{
	c->bounded = e->nruns > 0;
	for (size_t i = 0; i < e->nruns; i++) {
		uint64_t v = e->run[i].value;

		if (type == TYPE_F64 && isnan(f64_of(v)))
			c->bounded = false;
		if (!i || is_less(type, v, c->least))
			c->least = v;
		if (!i || is_less(type, c->most, v))
			c->most = v;
	}
}

/* Of texts their numbers; bytes are compared. */
static void
find_text_bounds(const struct texts *t, struct chunk *c)
{
	c->bounded = t->n > 0;
	for (size_t i = 1; i < t->n; i++) {
		if (texts_compare(t, i, c->least) < 0)
			c->least = i;
		if (texts_compare(t, i, c->most) > 0)
			c->most = i;
	}
}

/* The different values, and of each run which one it is. False when they are too many, or most runs
 * have their own: then a place in a dictionary says no less than a value. */
static bool
find_values(struct columner *e)
{
	size_t max = MIN(e->nruns, (size_t)DICTIONARY_MAX);

	e->nvalues = 0;
	index_reset(&e->by_value, max);
	GROW(e->place, e->places_cap, e->nruns);
	for (size_t run = 0; run < e->nruns; run++) {
		uint64_t v = e->run[run].value, hash = hash_u64(v), pos = hash;
		uint32_t i;

		while ((i = index_probe(&e->by_value, &pos)) != UINT32_MAX)
			if (e->value[i] == v)
				break;
		if (i == UINT32_MAX) {
			if (e->nvalues == max || (run >= SURE && e->nvalues > run / 2))
				return false;
			GROW(e->value, e->values_cap, e->nvalues + 1);
			i = (uint32_t)e->nvalues++;
			e->value[i] = v;
			index_add(&e->by_value, hash, i);
		}
		e->place[run] = i;
	}
	return true;
}

/* Numbers in a dictionary are little-endian. */
static void
put_values(struct columner *e, struct buf *b, struct chunk *c)
{
	struct buf bytes = {0};

	for (size_t i = 0; i < e->nvalues; i++)
		le_put(&bytes, e->value[i], 8);
	put_dictionary(e, bytes.data, bytes.len, e->nvalues, b, c);
	put_places(e, e->place, e->nvalues, b, c);
	buf_release(&bytes);
}

static void
encode_numbers(struct columner *e, uint8_t type, struct buf *b, struct chunk *c)
{
	struct chunk dictionary = *c;
	size_t begin = b->len;
	bool few = find_values(e);

	if (few)
		put_values(e, b, &dictionary);
	buf_clear(&e->other);
	if (type == TYPE_F64)
		put_split(e, &e->other, c);
	else
		put_delta(e, &e->other, c);
	if (few && dictionary.packed <= c->packed) {
		*c = dictionary;
		return;
	}
	b->len = begin;
	c->data += begin;
	buf_put(b, e->other.data, e->other.len);
}

/* The column's runs, and the bytes that say which rows have a value. */
static void
load(struct columner *e, struct group *g, const struct log *log, struct chunk *c)
{
	struct runs r;

	e->nruns = 0;
	e->values = 0;
	buf_clear(&e->levels);
	le_put(&e->levels, 0, 4);
	e->rle.width = 1;
	for (runs_begin(&r, g, log); runs_next(&r);) {
		rle_put(&e->rle, r.valid, r.n);
		if (r.valid)
			add_run(e, r.value, r.n);
	}
	rle_end(&e->rle, &e->levels);
	le_write(e->levels.data, e->levels.len - 4, 4);
	*c = (struct chunk){.rows = g->rows, .nulls = g->rows - e->values};
}

void
encode_column(struct columner *e, struct group *g, unsigned k, uint8_t type, struct buf *b,
	      struct chunk *ret)
{
	const struct texts *t = &g->texts[k];

	load(e, g, &g->log[k], ret);
	if (type == TYPE_STR) {
		find_text_bounds(t, ret);
		put_dictionary(e, t->bytes.data, t->bytes.len, t->n, b, ret);
		put_places(e, NULL, t->n, b, ret);
		return;
	}
	find_bounds(e, type, ret);
	if (type == TYPE_BOOL)
		put_bits(e, b, ret);
	else
		encode_numbers(e, type, b, ret);
}

void
encode_times(struct columner *e, struct group *g, int64_t unit_ns, int64_t times, struct buf *b,
	     struct chunk *ret)
{
	struct runs r;

	e->nruns = e->nvalues = 0;
	e->values = 0;
	buf_clear(&e->levels);
	for (runs_begin(&r, g, &g->ticks); runs_next(&r);)
		for (uint64_t i = 0; i < r.n; i++)
			add_run(e, r.value + i, 1);
	*ret = (struct chunk){.rows = g->rows, .bounded = g->nticks > 0};
	GROW(e->value, e->values_cap, g->nticks);
	for (size_t i = 0; i < g->nticks; i++) {
		int64_t t = g->tick[i], rest = t % unit_ns;
		int64_t v = (t - rest - (rest < 0 ? unit_ns : 0)) / unit_ns * times;

		e->value[e->nvalues++] = (uint64_t)v;
		if (!i || v < (int64_t)ret->least)
			ret->least = (uint64_t)v;
		if (!i || v > (int64_t)ret->most)
			ret->most = (uint64_t)v;
	}
	GROW(e->place, e->places_cap, e->nruns);
	for (size_t i = 0; i < e->nruns; i++)
		e->place[i] = (uint32_t)e->run[i].value;
	put_values(e, b, ret);
}
