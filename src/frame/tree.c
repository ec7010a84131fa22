#include "frame/tree.h"

#include <string.h>

#include "base/mem.h"

/* Per row of the table; links are row numbers. */
struct node {
	uint32_t first, next; /* child, sibling */
	uint32_t parent;
	bool in, matches, done;
};

struct tree {
	struct node *node;
	size_t node_cap;
	struct tree_row *out;
	size_t out_cap, n;
	struct index by_pid;
	uint32_t *stack;
	size_t stack_cap;
	uint32_t *rows; /* what is shown, ancestors too, in order */
	size_t nrows, rows_cap;
	uint32_t *parent, *order, *children; /* of tree_links() */
	size_t parent_cap, order_cap, children_cap;
};

void
tree_free(struct tree *t)
{
	if (!t)
		return;
	free(t->node);
	free(t->out);
	free(t->stack);
	free(t->rows);
	free(t->parent);
	free(t->order);
	free(t->children);
	index_release(&t->by_pid);
	free(t);
}

static uint32_t
find_pid(const struct tree *t, const struct table *proc, uint64_t pid)
{
	uint64_t pos = hash_u64(pid);
	uint32_t row;

	while ((row = index_probe(&t->by_pid, &pos)) != UINT32_MAX)
		if (proc->key[row].a == pid)
			return row;
	return ROW_NONE;
}

static void
link_parents(struct tree *t, const struct table *proc)
{
	index_reset(&t->by_pid, proc->nrows);
	for (uint32_t i = 0; i < proc->nrows; i++)
		index_add(&t->by_pid, hash_u64(proc->key[i].a), i);
	for (uint32_t i = 0; i < proc->nrows; i++) {
		uint64_t ppid;

		t->node[i] = (struct node){.first = ROW_NONE, .next = ROW_NONE, .parent = ROW_NONE};
		if (cell_u64(proc, i, PROC_PPID, &ppid) && ppid != proc->key[i].a)
			t->node[i].parent = find_pid(t, proc, ppid);
	}
}

static void
add_row(struct tree *t, uint32_t row)
{
	GROW(t->rows, t->rows_cap, t->nrows + 1);
	t->rows[t->nrows++] = row;
	t->node[row].in = true;
}

static void
emit(struct tree *t, uint32_t row, unsigned depth, uint32_t rails, unsigned flags)
{
	GROW(t->out, t->out_cap, t->n + 1);
	t->out[t->n++] = (struct tree_row){row, (uint8_t)depth, (uint8_t)flags, rails};
}

/* Depth first from a root. The stack holds row, depth and rails of what is still to come. */
static void
walk(struct tree *t, const struct table *proc, uint32_t root,
     bool (*folded)(void *, struct row_key), void *arg)
{
	size_t top = 0;

	GROW(t->stack, t->stack_cap, 3);
	t->stack[top++] = root;
	t->stack[top++] = 0;
	t->stack[top++] = 0;
	while (top) {
		uint32_t rails = t->stack[--top], depth = t->stack[--top], row = t->stack[--top];
		struct node *n = &t->node[row];
		unsigned flags = n->next == ROW_NONE || row == root ? TREE_LAST : 0;
		uint32_t below = rails;

		if (n->done)
			continue;
		n->done = true;
		if (!n->matches)
			flags |= TREE_CONTEXT;
		if (row != root && n->next != ROW_NONE) {
			GROW(t->stack, t->stack_cap, top + 3);
			t->stack[top++] = n->next;
			t->stack[top++] = depth;
			t->stack[top++] = rails;
			if (depth < TREE_DEPTH_MAX)
				below |= UINT32_C(1) << (depth - 1);
		}
		if (n->first != ROW_NONE) {
			flags |= TREE_PARENT;
			if (folded(arg, proc->key[row])) {
				flags |= TREE_FOLDED;
			} else {
				GROW(t->stack, t->stack_cap, top + 3);
				t->stack[top++] = n->first;
				t->stack[top++] = MIN(depth + 1, (uint32_t)TREE_DEPTH_MAX);
				t->stack[top++] = below;
			}
		}
		emit(t, row, depth, rails, flags);
	}
}

/* A row whose chain of parents never ends stands in a circle: cut it loose. */
static void
cut_circles(struct tree *t)
{
	for (size_t i = 0; i < t->nrows; i++) {
		uint32_t slow = t->rows[i], fast = slow;

		while (fast != ROW_NONE && t->node[fast].parent != ROW_NONE) {
			slow = t->node[slow].parent;
			fast = t->node[t->node[fast].parent].parent;
			if (slow == fast && fast != ROW_NONE) {
				t->node[slow].parent = ROW_NONE;
				break;
			}
		}
	}
}

void
tree_links(struct tree **tp, const struct table *proc, const uint32_t **ret_parent,
	   const uint32_t **ret_order)
{
	uint32_t n = proc->nrows, done = 0;
	struct tree *t = *tp;

	if (!t)
		t = *tp = xcalloc(1, sizeof *t);
	GROW(t->node, t->node_cap, n);
	GROW(t->parent, t->parent_cap, n);
	GROW(t->order, t->order_cap, n);
	GROW(t->children, t->children_cap, n);
	link_parents(t, proc);
	t->nrows = 0;
	for (uint32_t i = 0; i < n; i++)
		add_row(t, i);
	cut_circles(t);
	if (n)
		memset(t->children, 0, n * sizeof *t->children);
	for (uint32_t i = 0; i < n; i++) {
		t->parent[i] = t->node[i].parent;
		if (t->parent[i] != ROW_NONE)
			t->children[t->parent[i]]++;
	}
	/* Whose children are all there comes next. */
	for (uint32_t i = 0; i < n; i++)
		if (!t->children[i])
			t->order[done++] = i;
	for (uint32_t i = 0; i < done; i++) {
		uint32_t up = t->parent[t->order[i]];

		if (up != ROW_NONE && --t->children[up] == 0)
			t->order[done++] = up;
	}
	*ret_parent = t->parent;
	*ret_order = t->order;
}

size_t
tree_build(struct tree **tp, const struct table *proc, const uint32_t *rows, size_t n, bool context,
	   bool (*folded)(void *arg, struct row_key key), void *arg,
	   struct tree_row **ret_rows)
{
	struct tree *t = *tp;

	if (!t)
		t = *tp = xcalloc(1, sizeof *t);
	GROW(t->node, t->node_cap, proc->nrows);
	t->n = t->nrows = 0;
	link_parents(t, proc);
	for (size_t i = 0; i < n; i++) {
		add_row(t, rows[i]);
		t->node[rows[i]].matches = true;
	}
	cut_circles(t);
	for (size_t i = 0; context && i < n; i++)
		for (uint32_t p = t->node[rows[i]].parent; p != ROW_NONE && !t->node[p].in;
		     p = t->node[p].parent)
			add_row(t, p);
	/* Backwards, so that each list of children comes out in the order of rows. */
	for (size_t i = t->nrows; i-- > 0;) {
		struct node *me = &t->node[t->rows[i]];

		if (me->parent == ROW_NONE || !t->node[me->parent].in)
			continue;
		me->next = t->node[me->parent].first;
		t->node[me->parent].first = t->rows[i];
	}
	for (size_t i = 0; i < t->nrows; i++) {
		struct node *me = &t->node[t->rows[i]];

		if (me->parent == ROW_NONE || !t->node[me->parent].in)
			walk(t, proc, t->rows[i], folded, arg);
	}
	*ret_rows = t->out;
	return t->n;
}
