#ifndef UI_ROWS_H
#define UI_ROWS_H

/* rows: which processes are shown and in what order: filter, user, idle, kernel threads; sorted,
 * and as a tree or in groups when asked. Rows that stand for several show sums: groups, and in the
 * tree those with others below them, as `sums` says. Processes that ended stand where they stood,
 * but for groups: those are of the living.
 */
#include "frame/rollup.h"
#include "frame/sort.h"
#include "frame/tree.h"
#include "query/filter.h"
#include "ui/groups.h"
#include "ui/settle.h"

/* A set of processes by identity; small. */
struct key_set {
	struct row_key *key;
	size_t n, cap;
};

bool key_set_has(const struct key_set *s, struct row_key k);
void key_set_toggle(struct key_set *s, struct row_key k);
void key_set_add(struct key_set *s, struct row_key k);
void key_set_clear(struct key_set *s);

enum sums {
	SUMS_FOLDED, /* what is below is hidden, so its row says it all */
	SUMS_ALWAYS,
	SUMS_NEVER,
	SUMS_MODES
};

struct rows_options {
	struct sort_key sort[SORT_KEYS_MAX];
	unsigned nsort;
	struct filter *filter; /* NULL: all */
	char user[64];         /* or number; "": everyone */
	const uint32_t *pids;  /* only these, when npids is not 0 */
	size_t npids;
	bool tree, no_kthreads, no_idle, no_threads;
	bool grouped; /* by this field; no tree then, and no threads */
	uint8_t group;
	enum sums sums;
	uint32_t ended; /* the last rows of the table are of processes that ended (gone.h) */
	/* In the tree all is unfolded and groups are folded, or the other way round, but for
	 * these. */
	bool flip;
	struct key_set others;
};

struct rows {
	const struct tree_row *row; /* what is shown, in order */
	size_t n;
	/* Where their cells are: of groups in sums, and of processes with TREE_SUM, under the same
	 * row, those that are sums. */
	const struct frame *frame, *sums;
	uint32_t living;       /* rows of the table from here on are of processes that ended */
	uint32_t total;        /* processes there are, threads not counted */
	uint32_t matched;      /* of these shown because they match */
	uint32_t threads;      /* rows that are threads */
	double cpu, resident;  /* sums over the matched */
	/* room */
	struct tree_row *flat;
	size_t flat_cap;
	uint32_t *pick;
	size_t pick_cap;
	struct places {
		struct row_key *key;
		size_t n, cap;
	} places, group_places; /* the order that is kept, of all rows, and of groups */
	bool frozen;
	uint32_t *kept;
	uint8_t *mark; /* by row of the frame */
	size_t kept_cap, mark_cap;
	struct sorter *sorter;
	struct settle settle;
	struct tree *tree;
	struct groups groups;
	struct rollup *rollup;
	double *value;
	uint32_t *into;
	size_t value_cap, into_cap;
};

void rows_release(struct rows *r);
void rows_build(struct rows *r, const struct rows_options *o, const struct frame *f);
/* From now on rows keep the order they have in this frame, shown or not, until rows_thaw(): who
 * points at one while a question is open finds it there. What ends makes room, what is new comes
 * last. Groups keep theirs, too. Rows must be built again after both. */
void rows_freeze(struct rows *r, const struct rows_options *o, const struct frame *f);
void rows_thaw(struct rows *r);
/* Is it one that ended? It is shown, and neither counted nor acted on. */
static inline bool
rows_ended(const struct rows *r, const struct tree_row *row)
{
	return !(row->flags & TREE_GROUP) && row->row >= r->living;
}
/* Where a process or group stands, or n. */
size_t rows_find(const struct rows *r, struct row_key key);

/* The frame, table and key of what stands at i. */
static inline const struct frame *
rows_frame(const struct rows *r, size_t i)
{
	return r->row[i].flags & TREE_GROUP ? r->sums : r->frame;
}

/* The frame that has the field's cell. */
static inline const struct frame *
rows_cell_frame(const struct rows *r, const struct tree_row *row, unsigned field)
{
	bool sum = row->flags & TREE_SUM && rollup_adds(&schema[TABLE_PROC].field[field]);

	return sum || row->flags & TREE_GROUP ? r->sums : r->frame;
}

static inline const struct table *
rows_table(const struct rows *r, size_t i)
{
	return frame_table(rows_frame(r, i), TABLE_PROC);
}

static inline struct row_key
rows_key(const struct rows *r, size_t i)
{
	return rows_table(r, i)->key[r->row[i].row];
}

/* Of the frame: the processes of the group that stands at i, or the process alone. Returns how
 * many; good until the rows are built again. */
uint32_t rows_members(const struct rows *r, size_t i, const uint32_t **ret_rows);

#endif
