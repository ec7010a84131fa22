/* regex: a tree of parts (reparse.h) to nodes, which are Thompson's machine, to states, each a set
 * of nodes, as they are met. The C library's matcher was here before: ten thousand command lines
 * of 4 KiB and an expression like .*a.*a.*a.*b took it minutes; what to refuse filled a page.
 */
#include "query/regex.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/mem.h"
#include "query/reparse.h"

enum {
	NODES_MAX = 4096,
	EMIT_MAX = 4 * NODES_MAX, /* parts looked at while nodes are made; many make none */
	STATES_MAX = 1024,        /* then all are forgotten */
	ROOM_MAX = 1 << 20,       /* the same, in bytes */
	/* What making states may cost, in nodes looked at: so much at first, so much more with each
	 * text. Ordinary expressions make a few dozen states and then no more. */
	CREDIT_MAX = 1 << 22,
	CREDIT_TEXT = 1 << 10,
};

/* ---- nodes ---- */

static bool
is_word_byte(unsigned c)
{
	return (c | 32) - 'a' < 26 || c - '0' < 10 || c == '_' || c >= 0x80;
}

enum node_kind { NODE_FOUND, NODE_BYTE, NODE_BOTH, NODE_EDGE };

struct node {
	enum node_kind kind;
	uint16_t next, other; /* BOTH: other as well */
	enum edge edge;
	const struct bytes *set;
};

/* What stands before a place in a text. */
enum before { BEFORE_NOTHING, BEFORE_WORD, BEFORE_OTHER };

struct state {
	struct state *chain; /* of its hash */
	uint16_t *node;      /* without those one comes to by edges that need the next byte */
	unsigned n;
	enum before before;
	struct state **to; /* by class of byte, the last for the end; NULL: not known yet */
};

struct regex {
	struct arena arena; /* tree and nodes */
	struct node *node;
	unsigned nnodes, emitted, start;
	uint8_t class_of[256];
	unsigned nclasses;
	/* The states, all forgotten when there are too many. */
	struct arena states;
	struct state *hash[STATES_MAX];
	unsigned nstates;
	size_t room;
	struct state found, never; /* that are no sets */
	struct state *begin;
	/* A set in the making. */
	uint16_t *list, *stack, *from;
	uint8_t *seen;
	unsigned nlist;
	int64_t credit;
	bool stopped;
};

static unsigned
add_node(struct regex *r, struct node n)
{
	if (r->nnodes >= NODES_MAX)
		return 0;
	r->node[r->nnodes] = n;
	return r->nnodes++;
}

static unsigned
add_byte(struct regex *r, const struct bytes *set, unsigned next)
{
	return add_node(r, (struct node){.kind = NODE_BYTE, .next = (uint16_t)next, .set = set});
}

static unsigned
add_both(struct regex *r, unsigned next, unsigned other)
{
	struct node n = {.kind = NODE_BOTH, .next = (uint16_t)next, .other = (uint16_t)other};

	return add_node(r, n);
}

static unsigned
add_edge(struct regex *r, enum edge edge, unsigned next)
{
	return add_node(r, (struct node){.kind = NODE_EDGE, .next = (uint16_t)next, .edge = edge});
}

/* A character: of these bytes, or of several as UTF-8 has them. What is never part of UTF-8 counts
 * as one. */
static unsigned
emit_chars(struct regex *r, const struct part *p, unsigned next)
{
	enum { STRAY, TAIL, LEAD2, LEAD3, LEAD4, SETS };
	struct bytes *s = arena_zalloc(&r->arena, SETS, sizeof *s);
	unsigned tail1, tail2, n;

	s[STRAY] = p->set;
	bytes_range(&s[STRAY], 0xc0, 0xc1);
	bytes_range(&s[STRAY], 0xf5, 0xff);
	bytes_range(&s[TAIL], 0x80, 0xbf);
	bytes_range(&s[LEAD2], 0xc2, 0xdf);
	bytes_range(&s[LEAD3], 0xe0, 0xef);
	bytes_range(&s[LEAD4], 0xf0, 0xf4);
	tail1 = add_byte(r, &s[TAIL], next);
	tail2 = add_byte(r, &s[TAIL], tail1);
	n = add_byte(r, &s[LEAD4], add_byte(r, &s[TAIL], tail2));
	n = add_both(r, n, add_byte(r, &s[LEAD3], tail2));
	n = add_both(r, n, add_byte(r, &s[LEAD2], tail1));
	return add_both(r, add_byte(r, &s[STRAY], next), n);
}

/* Nodes for a part that is followed by next: where it begins. */
static unsigned
emit(struct regex *r, const struct part *p, unsigned next)
{
	unsigned at, end, min;

	if (++r->emitted > EMIT_MAX)
		return 0;
	switch (p->kind) {
	case PART_SET:
		return add_byte(r, &p->set, next);
	case PART_CHARS:
		return emit_chars(r, p, next);
	case PART_EDGE:
		return add_edge(r, p->edge, next);
	case PART_ALL_OF:
		for (const struct part *c = p->child; c; c = c->next)
			next = emit(r, c, next);
		return next;
	case PART_ONE_OF:
		at = emit(r, p->child, next);
		for (const struct part *c = p->child->next; c; c = c->next)
			at = add_both(r, at, emit(r, c, next));
		return at;
	case PART_REPEAT:
		break;
	}
	min = p->min;
	if (p->max) {
		end = next;
		for (unsigned n = min; n < p->max; n++)
			next = add_both(r, emit(r, p->child, next), end);
	} else {
		at = add_both(r, 0, next);
		next = emit(r, p->child, at);
		if (r->nnodes < NODES_MAX)
			r->node[at].next = (uint16_t)next;
		/* What is gone round is the last of those there must be. */
		if (min)
			min--;
		else
			next = at;
	}
	for (; min; min--)
		next = emit(r, p->child, next);
	return next;
}

/* Bytes that no set tells apart are one class. */
static void
find_classes(struct regex *r)
{
	for (unsigned c = 0; c < 256; c++)
		r->class_of[c] = is_word_byte(c);
	r->nclasses = 2;
	for (unsigned i = 0; i < r->nnodes; i++) {
		int split[256];

		if (r->node[i].kind != NODE_BYTE || r->nclasses == 256)
			continue;
		/* Of each class, those in the set become another one, unless all are or none. */
		memset(split, -1, sizeof split);
		for (unsigned c = 0; c < 256; c++)
			if (!bytes_has(r->node[i].set, c))
				split[r->class_of[c]] = -2;
		for (unsigned c = 0; c < 256; c++) {
			int *to = &split[r->class_of[c]];

			if (!bytes_has(r->node[i].set, c) || *to == -1)
				continue;
			if (*to == -2)
				*to = (int)r->nclasses++;
			r->class_of[c] = (uint8_t)*to;
			split[*to] = *to;
		}
	}
}

struct regex *
regex_new(const char *text, struct err *e, int at)
{
	struct regex *r = xcalloc(1, sizeof *r);
	struct part *tree = reparse(text, &r->arena, e, at);

	if (!tree) {
		regex_free(r);
		return NULL;
	}
	r->node = arena_zalloc(&r->arena, NODES_MAX, sizeof *r->node);
	r->nnodes = 1; /* the first is NODE_FOUND */
	r->start = emit(r, tree, 0);
	if (r->nnodes == NODES_MAX || r->emitted > EMIT_MAX) {
		err_at(e, -EINVAL, at,
		       "regular expression: too large, expected smaller numbers in {}");
		regex_free(r);
		return NULL;
	}
	r->credit = CREDIT_MAX;
	find_classes(r);
	r->list = arena_alloc(&r->arena, r->nnodes * sizeof *r->list);
	r->from = arena_alloc(&r->arena, r->nnodes * sizeof *r->from);
	r->stack = arena_alloc(&r->arena, (r->nnodes + 1) * sizeof *r->stack);
	r->seen = arena_zalloc(&r->arena, r->nnodes, 1);
	return r;
}

void
regex_free(struct regex *r)
{
	if (!r)
		return;
	arena_release(&r->states);
	arena_release(&r->arena);
	free(r);
}

/* ---- states ---- */

/* The next byte, as far as edges care. */
enum next { NEXT_UNKNOWN, NEXT_WORD, NEXT_OTHER, NEXT_END };

static bool
edge_holds(enum edge edge, enum before before, enum next next)
{
	bool word = before == BEFORE_WORD, then = next == NEXT_WORD;

	switch (edge) {
	case EDGE_BEGIN:
		return before == BEFORE_NOTHING;
	case EDGE_END:
		return next == NEXT_END;
	case EDGE_WORD:
		return word != then;
	case EDGE_WORD_BEGIN:
		return !word && then;
	case EDGE_WORD_END:
		return word && !then;
	}
	return false;
}

/* Adds a node and all one comes to from it without a byte. */
static void
add_set(struct regex *r, unsigned node, enum before before, enum next next)
{
	unsigned n = 0;

	r->stack[n++] = (uint16_t)node;
	while (n) {
		unsigned i = r->stack[--n];
		const struct node *at = &r->node[i];
		bool waits;

		r->credit--;
		if (r->seen[i])
			continue;
		r->seen[i] = 1;
		waits = at->kind == NODE_EDGE && at->edge != EDGE_BEGIN && next == NEXT_UNKNOWN;
		if (at->kind == NODE_FOUND || at->kind == NODE_BYTE || waits)
			r->list[r->nlist++] = (uint16_t)i;
		else if (at->kind == NODE_BOTH)
			r->stack[n++] = at->other;
		if (at->kind == NODE_BOTH ||
		    (at->kind == NODE_EDGE && !waits && edge_holds(at->edge, before, next)))
			r->stack[n++] = at->next;
	}
}

static void
clear_set(struct regex *r)
{
	r->nlist = 0;
	memset(r->seen, 0, r->nnodes);
}

/* The state of the set in the making; *ret_forgot when all others are gone. */
static struct state *
state_of_set(struct regex *r, enum before before, bool *ret_forgot)
{
	size_t room = r->nlist * sizeof *r->list + (r->nclasses + 1) * sizeof(struct state *);
	uint64_t h = before;
	struct state *s;

	if (!r->nlist)
		return &r->never;
	for (unsigned i = 0; i < r->nlist; i++) {
		if (r->node[r->list[i]].kind == NODE_FOUND)
			return &r->found;
		h = (h ^ r->list[i]) * 0x9e3779b97f4a7c15;
		h ^= h >> 32;
	}
	r->credit -= r->nlist;
	for (s = r->hash[h % STATES_MAX]; s; s = s->chain)
		if (s->n == r->nlist && s->before == before &&
		    memcmp(s->node, r->list, s->n * sizeof *s->node) == 0)
			return s;
	if (r->nstates == STATES_MAX || r->room > ROOM_MAX) {
		arena_release(&r->states);
		memset(r->hash, 0, sizeof r->hash);
		r->nstates = 0;
		r->room = 0;
		r->begin = NULL;
		*ret_forgot = true;
	}
	s = arena_zalloc(&r->states, 1, sizeof *s);
	s->n = r->nlist;
	s->before = before;
	s->node = arena_alloc(&r->states, s->n * sizeof *s->node);
	memcpy(s->node, r->list, s->n * sizeof *s->node);
	s->to = arena_zalloc(&r->states, r->nclasses + 1, sizeof(struct state *));
	s->chain = r->hash[h % STATES_MAX];
	r->hash[h % STATES_MAX] = s;
	r->nstates++;
	r->room += room + sizeof *s;
	return s;
}

/* From s by a byte; -1: by the end. */
static struct state *
step(struct regex *r, struct state *s, int byte)
{
	enum before before = byte >= 0 && is_word_byte((unsigned)byte) ? BEFORE_WORD : BEFORE_OTHER;
	enum next next = byte < 0 ? NEXT_END : before == BEFORE_WORD ? NEXT_WORD : NEXT_OTHER;
	struct state **to = &s->to[byte < 0 ? r->nclasses : r->class_of[byte]], *then;
	unsigned n;
	bool forgot = false;

	/* First what the edges let through, now that the byte is known. */
	clear_set(r);
	for (unsigned i = 0; i < s->n; i++)
		add_set(r, s->node[i], s->before, next);
	n = r->nlist;
	for (unsigned i = 0; i < n; i++)
		if (r->node[r->list[i]].kind == NODE_FOUND)
			return *to = &r->found;
	if (byte < 0)
		return *to = &r->never;
	memcpy(r->from, r->list, n * sizeof *r->from);
	clear_set(r);
	for (unsigned i = 0; i < n; i++) {
		const struct node *at = &r->node[r->from[i]];

		if (at->kind == NODE_BYTE && bytes_has(at->set, (unsigned)byte))
			add_set(r, at->next, before, NEXT_UNKNOWN);
	}
	add_set(r, r->start, before, NEXT_UNKNOWN); /* it may begin here as well */
	then = state_of_set(r, before, &forgot);
	if (!forgot)
		*to = then;
	return then;
}

bool
regex_match(struct regex *r, const char *s)
{
	struct state *at;
	bool forgot = false;

	r->credit = MIN(r->credit + CREDIT_TEXT, (int64_t)CREDIT_MAX);
	if (!r->begin) {
		clear_set(r);
		add_set(r, r->start, BEFORE_NOTHING, NEXT_UNKNOWN);
		r->begin = state_of_set(r, BEFORE_NOTHING, &forgot);
	}
	for (at = r->begin; at != &r->found && at != &r->never; s++) {
		struct state *to = at->to[*s ? r->class_of[(unsigned char)*s] : r->nclasses];

		at = to ? to : step(r, at, *s ? (unsigned char)*s : -1);
		if (r->credit < 0) {
			r->stopped = true;
			return false;
		}
	}
	return at == &r->found;
}

bool
regex_stopped(const struct regex *r)
{
	return r->stopped;
}
