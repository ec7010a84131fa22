#ifndef FRAME_FRAME_H
#define FRAME_FRAME_H

/* frame: what was known about a machine at one moment: one table per schema table, with typed
 * columns, one validity bit per cell, and a reason per source that could not be read.
 *
 * Life: frame_begin() with the fields that are wanted, readers fill raw columns row by row,
 * frame_derive() fills rates and shares from the frame before, and from then on it is sealed:
 * everybody holds it as const. Frames are shared by reference; the last frame_unref() gives it back
 * to its pool, if it came from one, with its memory, so that a steady sampler allocates nothing.
 * A frame owns all that its cells point at (through its string pool).
 */
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/hash.h"
#include "base/strpool.h"
#include "schema/schema.h"

union value {
	uint64_t u; /* U64, BOOL */
	int64_t i;  /* I64 */
	double f;   /* F64 */
	const char *s;
};

struct row_key {
	uint64_t a, b; /* meaning by table: proc: number and start time in clock ticks */
};

static inline bool
row_key_equal(struct row_key x, struct row_key y)
{
	return x.a == y.a && x.b == y.b;
}

static inline uint64_t
row_key_hash(struct row_key k)
{
	return hash_u64(k.a * 0x9e3779b97f4a7c15u + k.b);
}

/* A set of fields of one table. */
struct field_set {
	uint64_t bits[FIELDS_MAX / 64];
};

static inline bool
field_set_has(const struct field_set *s, unsigned f)
{
	return s->bits[f / 64] >> f % 64 & 1;
}

static inline void
field_set_add(struct field_set *s, unsigned f)
{
	s->bits[f / 64] |= UINT64_C(1) << f % 64;
}

static inline bool
field_set_empty(const struct field_set *s)
{
	uint64_t any = 0;

	for (unsigned w = 0; w < FIELDS_MAX / 64; w++)
		any |= s->bits[w];
	return !any;
}

struct table {
	const struct schema *schema;
	uint32_t nrows, cap;
	struct field_set has; /* columns that exist; col[f] is NULL for the others */
	struct row_key *key;
	/* of each field of the schema; in the frame's own memory */
	union value **col;
	uint64_t **valid; /* one bit a row */
	uint64_t **late;  /* the same; NULL until row_late() */
	struct index by_key;         /* built when first asked for */
	bool indexed;
};

/* What became of a source in this frame. */
struct source_state {
	int error;       /* 0, or the -errno of the (last) failure */
	uint32_t read;   /* files read */
	uint32_t failed; /* files that could not be read; for PID files a vanished process is no failure */
};

/* What a frame, and the screen made of it, cost. */
enum cost {
	COST_LIST,   /* finding out which processes there are */
	COST_READ,   /* reading files and clocks, and filling columns */
	COST_DERIVE, /* rates and shares */
	COST_KEEP,   /* into the ring */
	COST_SORT,   /* from here on the screen's: filter, order, tree */
	COST_DRAW,   /* cells */
	COST_WRITE,  /* what changed, to the terminal */
	COSTS
};

struct frame_meta {
	uint64_t seq;        /* 0 is the first of its feed */
	int64_t mono_ns;     /* when sampling began */
	int64_t wall_ns;
	int64_t interval_ns; /* since the frame before; 0 for the first */
	int64_t cost_ns[COST_KEEP + 1]; /* CPU time the sampling took */
	uint64_t boot;       /* of a recording: which boot of which machine; 0 is not known */
	const char *host;    /* in the frame's string pool */
	const char *sampler; /* how processes were read: a literal; NULL when they were not */
	bool foreign;        /* not the machine we run on */
	bool threads;        /* thread rows were asked for */
	bool fixture;        /* a test tree: local time is UTC */
	bool last;           /* the feed has no more after this */
};

struct frame_pool;
struct frame {
	struct frame_meta meta;
	struct table table[TABLE_COUNT];
	struct source_state source[SRC_COUNT];
	struct strpool *strings;
	uint32_t *match; /* scratch of frame_derive() */
	size_t match_cap;
	atomic_uint refs;
	struct frame_pool *pool;
	struct frame *next_free;
	void *columns[]; /* room for what the tables point to */
};

/* The pool of a feed: frames that nobody holds wait here to be used again. Thread safe. */
struct frame_pool *frame_pool_new(void);
void frame_pool_free(struct frame_pool *p); /* frames still held elsewhere stay good */

/* A frame with no rows and one reference. Takes a reference on strings. */
struct frame *frame_begin(struct frame_pool *p, const struct field_set want[TABLE_COUNT],
			  struct strpool *strings);
const struct frame *frame_ref(const struct frame *f);
void frame_unref(const struct frame *f); /* NULL is fine */

/* Filling (before the seal). */
struct row {
	struct table *t;
	uint32_t i;
};
void table_reserve(struct table *t, uint32_t rows);
struct row table_add_row(struct table *t, struct row_key key);

static inline union value *
row_cell(struct row r, unsigned field)
{
	if (!r.t->col[field])
		return NULL;
	r.t->valid[field][r.i / 64] |= UINT64_C(1) << r.i % 64;
	return &r.t->col[field][r.i];
}

static inline void
row_u64(struct row r, unsigned field, uint64_t v)
{
	union value *c = row_cell(r, field);

	if (c)
		c->u = v;
}

static inline void
row_i64(struct row r, unsigned field, int64_t v)
{
	union value *c = row_cell(r, field);

	if (c)
		c->i = v;
}

static inline void
row_f64(struct row r, unsigned field, double v)
{
	union value *c = row_cell(r, field);

	if (c)
		c->f = v;
}

/* s must live as long as the frame: a literal, or from its string pool. NULL leaves it absent. */
static inline void
row_str(struct row r, unsigned field, const char *s)
{
	union value *c = s ? row_cell(r, field) : NULL;

	if (c)
		c->s = s;
}

/* The cell has no value because it could not be read in time: it is absent, and shown as "~". */
void row_late(struct row r, unsigned field);

/* Reading. */
static inline bool
cell_valid(const struct table *t, uint32_t row, unsigned field)
{
	return t->col[field] && (t->valid[field][row / 64] >> row % 64 & 1);
}

/* Of an absent cell: because it, or what it is derived from, could not be read in time? */
bool cell_late(const struct table *t, uint32_t row, unsigned field);

static inline bool
cell_u64(const struct table *t, uint32_t row, unsigned field, uint64_t *ret_v)
{
	if (!cell_valid(t, row, field))
		return false;
	*ret_v = t->col[field][row].u;
	return true;
}

static inline bool
cell_f64(const struct table *t, uint32_t row, unsigned field, double *ret_v)
{
	if (!cell_valid(t, row, field))
		return false;
	*ret_v = t->col[field][row].f;
	return true;
}

/* The text, or "" when absent. */
static inline const char *
cell_str(const struct table *t, uint32_t row, unsigned field)
{
	return cell_valid(t, row, field) ? t->col[field][row].s : "";
}

/* Any numeric type as a double. False for absent cells and texts. */
bool cell_number(const struct table *t, uint32_t row, unsigned field, double *ret_v);

#define ROW_NONE UINT32_MAX
/* The row with this key, or ROW_NONE. Builds the index of the table on the first call. */
uint32_t table_find(const struct table *t, struct row_key key);

/* Builds them all: before several threads may look for rows. */
void frame_index(const struct frame *f);

static inline const struct table *
frame_table(const struct frame *f, enum table_id t)
{
	return &f->table[t];
}

#endif
