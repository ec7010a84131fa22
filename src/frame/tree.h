#ifndef FRAME_TREE_H
#define FRAME_TREE_H

/* tree: orders process rows so that children stand below their parents. Siblings keep the order the
 * rows came in, so sort first. A parent that is missing makes a root; parents in a circle too.
 */
#include "frame/frame.h"

enum tree_flags {
	TREE_LAST = 1 << 0,   /* the last child of its parent */
	TREE_PARENT = 1 << 1, /* has rows below it (shown or folded) */
	TREE_FOLDED = 1 << 2,
	TREE_CONTEXT = 1 << 3, /* does not match itself; here because something below it does */
	/* Not set here: */
	TREE_SUM = 1 << 4,   /* its cells are those of sums */
	TREE_GROUP = 1 << 5, /* not a process; rails says of how many it is the sum */
};

enum { TREE_DEPTH_MAX = 32 }; /* deeper ones are drawn as if they were this deep */

struct tree_row {
	uint32_t row;
	uint8_t depth, flags;
	uint32_t rails; /* bit d: a line goes on at depth d, for siblings further down */
};

struct tree;
void tree_free(struct tree *t);

/* rows[0..n): the rows to show, sorted; with `context`, the ancestors of each are added. folded()
 * says whether what is below a row is hidden. Gives the count; *ret_rows is the tree's own, good
 * until the next call, and flags may be added. *t is made on first use and kept for its room. */
size_t tree_build(struct tree **t, const struct table *proc, const uint32_t *rows, size_t n,
		  bool context, bool (*folded)(void *arg, struct row_key key), void *arg,
		  struct tree_row **ret_rows);

/* The links by themselves: by row its parent or ROW_NONE, circles cut; and all rows in an order in
 * which children come before parents. The tree's own, good until the next call. */
void tree_links(struct tree **t, const struct table *proc, const uint32_t **ret_parent,
		const uint32_t **ret_order);

#endif
