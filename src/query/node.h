#ifndef QUERY_NODE_H
#define QUERY_NODE_H

/* node: a parsed filter. and/or hold their parts as a list, and never one of their own kind. */
#include "base/arena.h"
#include "base/num.h"
#include "query/filter.h"
#include "query/pattern.h"

enum { FILTER_TEXT_MAX = 4096, FILTER_TERMS_MAX = 256, FILTER_DEPTH_MAX = 64 };

enum node_kind {
	NODE_ALL,
	NODE_AND,
	NODE_OR,
	NODE_NOT,
	NODE_WORD,    /* a part of the texts that stand for a row, or its number */
	NODE_TEXT,    /* field op patterns */
	NODE_NUMBER,  /* field op numbers */
	NODE_BOOL,    /* field = or != yes */
};

enum op { OP_EQ, OP_NE, OP_LT, OP_LE, OP_GT, OP_GE, OP_MATCH, OP_NO_MATCH };

extern const char *const op_names[];

struct operand {
	struct operand *next; /* in its node */
	struct operand *all;  /* of the filter */
	double number;
	struct pattern pattern;
	const char *text; /* as typed, without quotes */
	bool quoted;
};

struct node {
	struct node *next;  /* in its parent's list */
	struct node *child; /* of NOT the only, of AND and OR the first */
	struct operand *value; /* OR of them; for != and !~ none of them */
	enum node_kind kind;
	enum op op;
	uint8_t field;
	bool numeric; /* WORD: is a number too, value->number */
};

struct filter {
	struct arena arena;
	struct node *root;
	struct operand *values; /* all of them, also those that did not get into a node */
	enum table_id table;
	struct field_set words; /* texts that a word is looked for in */
	int key;                /* the number that stands for a row: pid; -1 when none */
};

/* `field op`, or what could be one: what a word is taken for when an operator follows it. */
struct comparison {
	struct span name;
	int field; /* -1: an unknown one */
	enum op op;
	const char *value; /* where the value is to be */
};

/* Whether one stands at p. */
bool comparison_read(const char *p, enum table_id t, struct comparison *ret);

#endif
