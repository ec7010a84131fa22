/* table: the virtual tables. A cursor goes over the moments that conditions on the time leave, from
 * the first to the last or back, and over the rows of each; a moment is unpacked when it comes to
 * it, with the columns of the whole question, so that several tables, or one twice, find it among
 * the last that were made.
 *
 * When SQLite groups rows by other columns than the time, a cursor first looks at all of them and
 * gives them group by group: grouped.h. What other cursors want of these moments they find there.
 *
 * Which columns those are the authorizer says while SQLite reads the question (its own mask has 64
 * bits and we have more columns). What that misses is added when it is asked for.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "frame/derive.h"
#include "sql/inside.h"
#include "sql/times.h"

struct cursor {
	sqlite3_vtab_cursor base; /* first */
	const struct frame *frame; /* NULL at the end */
	const struct table *table;
	uint32_t row;
	uint64_t at, first, end;
	bool back;
	struct grouped *grouped; /* it gives the rows; NULL: they come as they are */
	struct cursor *below;    /* the next of q->grouping */
	unsigned learnt;         /* q->learnt when the frames were made */
	int64_t low_ns, high_ns;
	char time[TIMES_LEN + 1]; /* of the frame; empty: not asked for yet */
};

struct module {
	struct sql *q;
	enum table_id t;
};

const char *const sql_columns[COLUMNS_FIRST] = {"time", "time_ns", "host"};

static bool
is_first_column(const char *name)
{
	for (unsigned i = 0; i < COLUMNS_FIRST; i++)
		if (strcmp(name, sql_columns[i]) == 0)
			return true;
	return false;
}

int
sql_column_by_name(enum table_id t, const char *name)
{
	for (unsigned f = 0; f < schema[t].nfields && !is_first_column(name); f++)
		if (strcmp(name, schema[t].field[f].name) == 0)
			return (int)f;
	return -1;
}

void
tables_want(struct sql *q, enum table_id t, unsigned field)
{
	if (field_set_has(&q->want[t], field))
		return;
	field_set_add(&q->want[t], field);
	field_sets_close(q->want);
}

static void
let_go(struct sql *q)
{
	for (unsigned i = 0; i < FRAMES_KEPT; i++) {
		frame_unref(q->kept[i].frame);
		q->kept[i].frame = NULL;
	}
}

void
tables_forget(struct sql *q)
{
	let_go(q);
	memset(q->want, 0, sizeof q->want);
	memset(q->named, 0, sizeof q->named);
	q->begun = false;
	q->facts = (struct sql_facts){0};
}

static int
fail(struct sql *q, int error)
{
	q->failed = error;
	return SQLITE_ABORT;
}

/* Among those that cursors hold to group their rows; borrowed. */
static const struct frame *
held_frame(const struct sql *q, uint64_t n)
{
	const struct frame *f = NULL;

	for (const struct cursor *c = q->grouping; c && !f; c = c->below)
		if (c->learnt == q->learnt)
			f = grouped_frame(c->grouped, n);
	return f;
}

/* A reference of its own; NULL for a moment that cannot be read. */
static const struct frame *
frame_of(struct sql *q, uint64_t n)
{
	unsigned oldest = 0;
	const struct frame *f = held_frame(q, n);

	if (f)
		return frame_ref(f);
	for (unsigned i = 0; i < FRAMES_KEPT; i++) {
		if (q->kept[i].frame && q->kept[i].n == n) {
			q->kept[i].used = ++q->uses;
			return frame_ref(q->kept[i].frame);
		}
		if (!q->kept[i].frame || q->kept[i].used < q->kept[oldest].used)
			oldest = i;
	}
	if (past_frame(q->o.past, n, q->want, &f) < 0) {
		q->facts.unreadable++;
		return NULL;
	}
	q->facts.moments++;
	frame_unref(q->kept[oldest].frame);
	q->kept[oldest].frame = frame_ref(f);
	q->kept[oldest].n = n;
	q->kept[oldest].used = ++q->uses;
	return f;
}

static int
connect(sqlite3 *db, void *arg, int argc, const char *const *argv, sqlite3_vtab **ret, char **error)
{
	static const char *const types[] = {
		[TYPE_U64] = "INTEGER", [TYPE_I64] = "INTEGER", [TYPE_F64] = "REAL",
		[TYPE_STR] = "TEXT",    [TYPE_BOOL] = "INTEGER",
	};
	const struct module *m = arg;
	const struct schema *s = &schema[m->t];
	struct buf sql = {0};
	struct vtab *v = xcalloc(1, sizeof *v);
	int r;

	(void)argc;
	(void)argv;
	(void)error;
	v->q = m->q;
	v->t = m->t;
	v->n = COLUMNS_FIRST;
	/* Of what is never NULL the order is the same wherever NULL stands: min() asks for it. */
	buf_puts(&sql, "CREATE TABLE x(time TEXT NOT NULL, time_ns INTEGER NOT NULL, "
		       "host TEXT NOT NULL");
	for (unsigned f = 0; f < s->nfields; f++) {
		if (is_first_column(s->field[f].name))
			continue;
		v->field[v->n++] = (uint8_t)f;
		buf_printf(&sql, ", \"%s\" %s%s", s->field[f].name, types[s->field[f].type],
			   field_is_dear(&s->field[f]) ? " HIDDEN" : "");
	}
	buf_putc(&sql, ')');
	m->q->declaring = true;
	r = lite.declare_vtab(db, sql.data);
	m->q->declaring = false;
	buf_release(&sql);
	if (r != SQLITE_OK) {
		free(v);
		return r;
	}
	*ret = &v->base;
	return SQLITE_OK;
}

static int
disconnect(sqlite3_vtab *v)
{
	free(v);
	return SQLITE_OK;
}

static int
open_cursor(sqlite3_vtab *v, sqlite3_vtab_cursor **ret)
{
	struct cursor *c = xcalloc(1, sizeof *c);

	(void)v;
	*ret = &c->base;
	return SQLITE_OK;
}

static void
end_grouping(struct cursor *c, struct sql *q)
{
	struct cursor **at = &q->grouping;

	if (!c->grouped)
		return;
	while (*at != c)
		at = &(*at)->below;
	*at = c->below;
	grouped_free(c->grouped);
	c->grouped = NULL;
}

static int
close_cursor(sqlite3_vtab_cursor *base)
{
	struct cursor *c = (struct cursor *)base;

	end_grouping(c, ((struct vtab *)base->pVtab)->q);
	frame_unref(c->frame);
	free(c);
	return SQLITE_OK;
}

/* The moments from c->at on that have a row; c->frame is NULL when there is none. */
static int
settle(struct cursor *c, struct vtab *v)
{
	struct sql *q = v->q;
	struct moment m;

	frame_unref(c->frame);
	c->frame = NULL;
	for (; c->at >= c->first && c->at < c->end; c->at += c->back ? UINT64_MAX : 1) {
		if (guard_ends(q))
			return SQLITE_INTERRUPT;
		if (!past_moment(q->o.past, c->at, &m) || m.wall_ns < c->low_ns ||
		    m.wall_ns > c->high_ns)
			continue;
		c->frame = frame_of(q, c->at);
		if (!c->frame)
			continue;
		c->learnt = q->learnt;
		c->table = frame_table(c->frame, v->t);
		c->row = 0;
		c->time[0] = '\0';
		if (c->table->nrows)
			return SQLITE_OK;
		frame_unref(c->frame);
		c->frame = NULL;
	}
	return SQLITE_OK;
}

/* Nothing is less, equal or greater than NULL. What a number or a text of the other column's is, is
 * left to SQLite. */
static void
take_bound(struct cursor *c, const char how[2], sqlite3_value *value)
{
	int type = lite.value_type(value);
	int64_t low = INT64_MIN, high = INT64_MAX;

	if (type == SQLITE_NULL) {
		c->high_ns = INT64_MIN;
		c->low_ns = INT64_MAX;
		return;
	}
	if (how[0] == 't' && type == SQLITE_TEXT) {
		times_bounds((const char *)lite.value_text(value), &low, &high);
	} else if (how[0] == 'n' && type == SQLITE_INTEGER) {
		low = high = lite.value_int64(value);
	} else if (how[0] == 'n' && type == SQLITE_FLOAT) {
		double v = lite.value_double(value);

		/* Doubles of that size lie 256 apart. */
		if (v > -9e18 && v < 9e18) {
			low = (int64_t)v - 1024;
			high = (int64_t)v + 1024;
		}
	}
	if (how[1] != '<')
		c->low_ns = MAX(c->low_ns, low);
	if (how[1] != '>')
		c->high_ns = MIN(c->high_ns, high);
}

static int
begin(struct sql *q)
{
	int64_t from = clock_mono_ns();
	int r;

	if (q->begun)
		return SQLITE_OK;
	q->begun = true;
	/* Whoever only counts rows wants them to be there. */
	for (int t = 0; t < TABLE_COUNT; t++)
		if (q->named[t] && field_set_empty(&q->want[t]))
			tables_want(q, (enum table_id)t, 0);
	r = q->o.ready ? q->o.ready(q->o.arg, q->want, &q->why) : 0;
	if (q->end_ns < INT64_MAX) /* waiting for samples does not count */
		q->end_ns += clock_mono_ns() - from;
	return r < 0 ? fail(q, r) : SQLITE_OK;
}

/* The next row of the groups; c->frame is NULL when there is none. */
static void
next_grouped(struct cursor *c, struct vtab *v)
{
	const struct frame *before = c->frame;
	struct grouped_row r;

	if (!grouped_next(c->grouped, &r)) {
		frame_unref(c->frame);
		c->frame = NULL;
		end_grouping(c, v->q);
		return;
	}
	c->row = r.row;
	if (r.frame == before)
		return;
	c->frame = frame_ref(r.frame);
	frame_unref(before);
	c->table = frame_table(c->frame, v->t);
	c->at = r.at;
	c->time[0] = '\0';
}

/* With rows of the answer given already there is no way back: what is held fits into the memory of
 * a question all the same, or that ends. */
static int
check_grouping(struct sql *q)
{
	size_t bytes = 0;

	for (const struct cursor *c = q->grouping; c; c = c->below)
		bytes += grouped_bytes(c->grouped);
	if (bytes <= 2 * plan_group_bytes(q))
		return SQLITE_OK;
	if (!q->given) {
		q->ungrouped = true;
		return fail(q, -ENOMEM);
	}
	return bytes <= 8 * plan_group_bytes(q) ? SQLITE_OK : SQLITE_NOMEM;
}

/* From the first row of all, where the cursor is, to the first of the first group. */
static int
group_rows(struct cursor *c, struct vtab *v, int how)
{
	struct grouped_by by[GROUPED_BY_MAX];
	unsigned n = plan_terms(v, how, by);
	int r = SQLITE_OK;

	c->grouped = grouped_new(v->t, by, n);
	c->below = v->q->grouping;
	v->q->grouping = c;
	while (r == SQLITE_OK && c->frame) {
		grouped_add(c->grouped, c->frame, c->at++);
		r = check_grouping(v->q);
		if (r == SQLITE_OK)
			r = settle(c, v);
	}
	if (r != SQLITE_OK)
		return r;
	grouped_sort(c->grouped);
	next_grouped(c, v);
	return SQLITE_OK;
}

static int
filter(sqlite3_vtab_cursor *base, int how, const char *bounds, int argc, sqlite3_value **argv)
{
	struct cursor *c = (struct cursor *)base;
	struct vtab *v = (struct vtab *)base->pVtab;
	struct sql *q = v->q;
	int r = begin(q);

	if (r != SQLITE_OK)
		return r;
	end_grouping(c, q);
	c->low_ns = INT64_MIN;
	c->high_ns = INT64_MAX;
	for (int i = 0; i < argc; i++)
		take_bound(c, bounds + 2 * i, argv[i]);
	c->first = q->o.first;
	c->end = q->o.end;
	if (c->low_ns > c->high_ns)
		c->end = c->first;
	else if (c->low_ns > INT64_MIN || c->high_ns < INT64_MAX)
		(void)past_between(q->o.past, c->low_ns, c->high_ns, &c->first, &c->end);
	c->back = how == 1;
	c->at = c->back ? c->end - 1 : c->first;
	r = settle(c, v);
	if (r == SQLITE_OK && how > 1)
		r = group_rows(c, v, how);
	return r;
}

static int
next(sqlite3_vtab_cursor *base)
{
	struct cursor *c = (struct cursor *)base;
	struct vtab *v = (struct vtab *)base->pVtab;

	if (c->grouped) {
		next_grouped(c, v);
		return SQLITE_OK;
	}
	if (++c->row < c->table->nrows)
		return SQLITE_OK;
	c->at += c->back ? UINT64_MAX : 1;
	return settle(c, v);
}

static int
eof(sqlite3_vtab_cursor *base)
{
	return !((struct cursor *)base)->frame;
}

static const struct frame *
make_again(void *q, uint64_t at)
{
	return frame_of(q, at);
}

/* It was not known that a column would be asked for: frames are made again. */
static void
learn(struct cursor *c, struct vtab *v, unsigned field)
{
	const struct frame *f;

	if (!field_set_has(&v->q->want[v->t], field)) {
		tables_want(v->q, v->t, field);
		let_go(v->q);
		v->q->learnt++;
	}
	if (c->grouped)
		grouped_renew(c->grouped, make_again, v->q);
	c->learnt = v->q->learnt;
	f = frame_of(v->q, c->at);
	if (!f || frame_table(f, v->t)->nrows != c->table->nrows) {
		frame_unref(f);
		return;
	}
	frame_unref(c->frame);
	c->frame = f;
	c->table = frame_table(f, v->t);
}

static void
first_column(struct cursor *c, sqlite3_context *to, int i)
{
	switch (i) {
	case COLUMN_TIME:
		if (!*c->time)
			times_put(c->time, c->frame->meta.wall_ns);
		lite.result_text(to, c->time, TIMES_LEN, SQLITE_TRANSIENT);
		break;
	case COLUMN_TIME_NS:
		lite.result_int64(to, c->frame->meta.wall_ns);
		break;
	default:
		lite.result_text(to, c->frame->meta.host, -1, SQLITE_TRANSIENT);
	}
}

static int
column(sqlite3_vtab_cursor *base, sqlite3_context *to, int i)
{
	struct cursor *c = (struct cursor *)base;
	struct vtab *v = (struct vtab *)base->pVtab;
	struct cell cell;
	unsigned f;

	if (i < COLUMNS_FIRST) {
		first_column(c, to, i);
		return SQLITE_OK;
	}
	f = v->field[i];
	if (c->learnt != v->q->learnt || !field_set_has(&v->q->want[v->t], f))
		learn(c, v, f);
	cell = cell_of(c->table, c->row, f);
	switch (cell.type) {
	case CELL_NULL: /* it is that already */
		break;
	case CELL_INTEGER:
		lite.result_int64(to, cell.v.i);
		break;
	case CELL_REAL:
		lite.result_double(to, cell.v.f);
		break;
	case CELL_TEXT:
		lite.result_text(to, cell.v.s, -1, SQLITE_TRANSIENT);
	}
	return SQLITE_OK;
}

static int
rowid(sqlite3_vtab_cursor *base, sqlite3_int64 *ret)
{
	enum { ROW_BITS = 22 };
	const struct cursor *c = (const struct cursor *)base;

	*ret = (sqlite3_int64)(c->at << ROW_BITS | c->row);
	return SQLITE_OK;
}

int
tables_register(struct sql *q)
{
	/* Without xCreate a table is there by its name, and no other can be made of it. */
	static const sqlite3_module calls = {
		.xConnect = connect,
		.xBestIndex = plan_best,
		.xDisconnect = disconnect,
		.xOpen = open_cursor,
		.xClose = close_cursor,
		.xFilter = filter,
		.xNext = next,
		.xEof = eof,
		.xColumn = column,
		.xRowid = rowid,
	};
	int r = SQLITE_OK;

	for (int t = 0; t < TABLE_COUNT && r == SQLITE_OK; t++) {
		struct module *m = xcalloc(1, sizeof *m);

		*m = (struct module){q, (enum table_id)t};
		r = lite.create_module_v2(q->db, schema[t].name, &calls, m, free);
	}
	return r;
}
