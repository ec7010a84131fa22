/* plan: what SQLite is told of a table, and what a cursor is told to do. */
#include <string.h>

#include "sql/inside.h"

enum { BOUNDS_MAX = 8, ROWS_USUAL = 500, GROUP_BYTES = 64 << 20 };
enum { TERM_BITS = 10 };
_Static_assert(COLUMNS_FIRST + FIELDS_MAX < 1 << (TERM_BITS - 1), "a column and a bit are a term");
_Static_assert(TERM_BITS * GROUPED_BY_MAX < 31, "terms are an int");

size_t
plan_group_bytes(const struct sql *q)
{
	return q->o.group_bytes ? q->o.group_bytes : GROUP_BYTES;
}

static bool
rises(struct sql *q)
{
	if (q->rises < 0)
		q->rises = past_rises(q->o.past, q->o.first, q->o.end);
	return q->rises;
}

/* '<', '>' (and the like), '=': what it says of the time; 0: nothing that we know. */
static char
bound_of(sqlite3_index_info *info, int i)
{
	const struct sqlite3_index_constraint *c = &info->aConstraint[i];

	if (!c->usable || (c->iColumn != COLUMN_TIME && c->iColumn != COLUMN_TIME_NS) ||
	    strcmp(lite.vtab_collation(info, i), "BINARY") != 0)
		return 0;
	switch (c->op) {
	case SQLITE_INDEX_CONSTRAINT_EQ:
		return '=';
	case SQLITE_INDEX_CONSTRAINT_GT:
	case SQLITE_INDEX_CONSTRAINT_GE:
		return '>';
	case SQLITE_INDEX_CONSTRAINT_LT:
	case SQLITE_INDEX_CONSTRAINT_LE:
		return '<';
	default:
		return 0;
	}
}

/* What to group by, as idxNum has it, or 0. It is not worth it when a condition may leave few rows.
 * Groups are sorted, although GROUP BY need not have it: SQLite itself gives them so. Other orders
 * are left to SQLite: with LIMIT it keeps the first rows only, and DISTINCT may end when it has
 * enough. */
static int
group_terms(struct vtab *v, sqlite3_index_info *info, double moments)
{
	const struct field_set *want = &v->q->want[v->t];
	unsigned columns = 0;
	int terms = 0;

	if (!lite.vtab_distinct || lite.vtab_distinct(info) != 1 || v->q->ungrouped ||
	    info->nOrderBy < 1 || info->nOrderBy > GROUPED_BY_MAX)
		return 0;
	for (int i = 0; i < info->nConstraint; i++)
		if (info->aConstraint[i].iColumn != COLUMN_TIME &&
		    info->aConstraint[i].iColumn != COLUMN_TIME_NS)
			return 0;
	for (int i = info->nOrderBy - 1; i >= 0; i--) {
		if (info->aOrderBy[i].iColumn < COLUMNS_FIRST)
			return 0;
		terms = terms << TERM_BITS | info->aOrderBy[i].iColumn << 1 |
			info->aOrderBy[i].desc;
	}
	for (unsigned w = 0; w < FIELDS_MAX / 64; w++)
		columns += (unsigned)__builtin_popcountll(want->bits[w]);
	if (grouped_estimate(moments, schema[v->t].single ? 1 : ROWS_USUAL, columns) >
	    (double)plan_group_bytes(v->q))
		return 0;
	return terms;
}

/* idxStr: two characters for each argument of xFilter: 't' or 'n' for the column, and its bound.
 * SQLite checks all conditions again. idxNum 1: from the last moment to the first; more than that:
 * terms to group by, the first in the low bits, each a column and the bit that it falls. */
int
plan_best(sqlite3_vtab *base, sqlite3_index_info *info)
{
	struct vtab *v = (struct vtab *)base;
	double moments = (double)(v->q->o.end - v->q->o.first);
	bool low = false, high = false, one = false;
	char how[2 * BOUNDS_MAX + 1] = "";
	int n = 0;

	/* Some parts of a question name no column to the authorizer: USING. */
	for (unsigned c = COLUMNS_FIRST; c < v->n && c < 63; c++)
		if (info->colUsed >> c & 1)
			tables_want(v->q, v->t, v->field[c]);
	for (int i = 0; i < info->nConstraint && n < BOUNDS_MAX; i++) {
		char bound = bound_of(info, i);

		if (!bound)
			continue;
		how[2 * n] = info->aConstraint[i].iColumn == COLUMN_TIME ? 't' : 'n';
		how[2 * n + 1] = bound;
		info->aConstraintUsage[i].argvIndex = ++n;
		one |= bound == '=';
		low |= bound == '>';
		high |= bound == '<';
	}
	if (n) {
		info->idxStr = lite.mprintf("%s", how);
		info->needToFreeIdxStr = 1;
		if (!info->idxStr)
			return SQLITE_NOMEM;
	}
	/* A guess, as good as any: what matters is that one moment is less than some, and these
	 * less than all. */
	moments = one ? 1 : moments / ((low ? 4 : 1) * (high ? 4 : 1));
	if (info->nOrderBy == 1 && info->aOrderBy[0].iColumn >= COLUMN_TIME &&
	    info->aOrderBy[0].iColumn <= COLUMN_TIME_NS && rises(v->q)) {
		info->orderByConsumed = 1;
		info->idxNum = info->aOrderBy[0].desc;
	} else {
		info->idxNum = one ? 0 : group_terms(v, info, moments);
		info->orderByConsumed = info->idxNum != 0;
	}
	info->estimatedRows = 1 + (sqlite3_int64)(moments * (schema[v->t].single ? 1 : ROWS_USUAL));
	info->estimatedCost = 1 + 20 * moments + (double)info->estimatedRows;
	return SQLITE_OK;
}

unsigned
plan_terms(const struct vtab *v, int how, struct grouped_by ret[GROUPED_BY_MAX])
{
	unsigned n = 0;

	for (; how; how >>= TERM_BITS) {
		unsigned column = (unsigned)how >> 1 & ((1u << (TERM_BITS - 1)) - 1);

		ret[n++] = (struct grouped_by){v->field[column], how & 1};
	}
	return n;
}
