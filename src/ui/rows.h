#ifndef UI_ROWS_H
#define UI_ROWS_H

/* rows: which processes are shown and in what order: filter, user, idle, kernel threads; sorted,
 * and as a tree when asked.
 */
#include "frame/sort.h"
#include "frame/tree.h"
#include "query/filter.h"
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

struct rows_options {
	struct sort_key sort[SORT_KEYS_MAX];
	unsigned nsort;
	struct filter *filter; /* NULL: all */
	char user[64];         /* or number; "": everyone */
	const uint32_t *pids;  /* only these, when npids is not 0 */
	size_t npids;
	bool tree, no_kthreads, no_idle, no_threads;
	struct key_set folded;
};

struct rows {
	const struct tree_row *row; /* what is shown, in order */
	size_t n;
	uint32_t total;        /* processes there are, threads not counted */
	uint32_t matched;      /* of these shown because they match */
	uint32_t threads;      /* rows that are threads */
	double cpu, resident;  /* sums over the matched */
	/* room */
	struct tree_row *flat;
	size_t flat_cap;
	uint32_t *pick;
	size_t pick_cap;
	struct sorter *sorter;
	struct settle settle;
	struct tree *tree;
};

void rows_release(struct rows *r);
void rows_build(struct rows *r, const struct rows_options *o, const struct frame *f);
/* Where a process stands, or n. */
size_t rows_find(const struct rows *r, const struct frame *f, struct row_key key);

#endif
