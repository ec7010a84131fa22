#include "query/filter.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "query/lex.h"
#include "query/node.h"

void
filter_free(struct filter *f)
{
	if (!f)
		return;
	for (struct operand *v = f->values; v; v = v->all)
		pattern_release(&v->pattern);
	arena_release(&f->arena);
	free(f);
}

static bool
match_word(const struct filter *f, const struct node *n, const struct table *t, uint32_t row)
{
	double number;

	for (unsigned w = 0; w < FIELDS_MAX / 64; w++) {
		for (uint64_t bits = f->words.bits[w]; bits; bits &= bits - 1) {
			unsigned field = w * 64 + (unsigned)__builtin_ctzll(bits);

			if (cell_valid(t, row, field) &&
			    pattern_match(&n->value->pattern, t->col[field][row].s))
				return true;
		}
	}
	return n->numeric && f->key >= 0 && cell_number(t, row, (unsigned)f->key, &number) &&
	       number == n->value->number;
}

static bool
match_text(const struct node *n, const struct table *t, uint32_t row)
{
	bool none = n->op == OP_NE || n->op == OP_NO_MATCH;

	if (!cell_valid(t, row, n->field))
		return false;
	for (const struct operand *v = n->value; v; v = v->next)
		if (pattern_match(&v->pattern, t->col[n->field][row].s))
			return !none;
	return none;
}

/* What was computed is compared as people mean it: 0.1 + 0.2 is 0.3. */
static bool
is_equal(double x, double v, bool exact)
{
	return x == v || (!exact && fabs(x - v) <= 1e-9 * fabs(v));
}

static bool
match_number(const struct node *n, const struct table *t, uint32_t row)
{
	bool exact = t->schema->field[n->field].type != TYPE_F64;
	const struct operand *v = n->value;
	double x;

	if (!cell_number(t, row, n->field, &x))
		return false;
	switch (n->op) {
	case OP_LT:
		return x < v->number && !is_equal(x, v->number, exact);
	case OP_LE:
		return x < v->number || is_equal(x, v->number, exact);
	case OP_GT:
		return x > v->number && !is_equal(x, v->number, exact);
	case OP_GE:
		return x > v->number || is_equal(x, v->number, exact);
	default:
		for (; v; v = v->next)
			if (is_equal(x, v->number, exact))
				return n->op == OP_EQ;
		return n->op == OP_NE;
	}
}

static bool
match_node(const struct filter *f, const struct node *n, const struct table *t, uint32_t row)
{
	switch (n->kind) {
	case NODE_ALL:
		return true;
	case NODE_NOT:
		return !match_node(f, n->child, t, row);
	case NODE_AND:
		for (const struct node *c = n->child; c; c = c->next)
			if (!match_node(f, c, t, row))
				return false;
		return true;
	case NODE_OR:
		for (const struct node *c = n->child; c; c = c->next)
			if (match_node(f, c, t, row))
				return true;
		return false;
	case NODE_WORD:
		return match_word(f, n, t, row);
	case NODE_TEXT:
		return match_text(n, t, row);
	case NODE_NUMBER:
	case NODE_BOOL:
		return match_number(n, t, row);
	}
	return false;
}

bool
filter_match(const struct filter *f, const struct table *t, uint32_t row)
{
	return match_node(f, f->root, t, row);
}

bool
filter_stopped(const struct filter *f)
{
	for (const struct operand *v = f->values; v; v = v->all)
		if (v->pattern.regex && regex_stopped(v->pattern.regex))
			return true;
	return false;
}

static void
node_fields(const struct filter *f, const struct node *n, struct field_set *set)
{
	switch (n->kind) {
	case NODE_ALL:
		break;
	case NODE_NOT:
	case NODE_AND:
	case NODE_OR:
		for (const struct node *c = n->child; c; c = c->next)
			node_fields(f, c, set);
		break;
	case NODE_WORD:
		for (unsigned w = 0; w < FIELDS_MAX / 64; w++)
			set->bits[w] |= f->words.bits[w];
		if (n->numeric && f->key >= 0)
			field_set_add(set, (unsigned)f->key);
		break;
	case NODE_TEXT:
	case NODE_NUMBER:
	case NODE_BOOL:
		field_set_add(set, n->field);
		break;
	}
}

void
filter_fields(const struct filter *f, struct field_set *set)
{
	node_fields(f, f->root, set);
}

static void
print_regex(struct buf *b, const char *s)
{
	buf_putc(b, '/');
	for (; *s; s++) {
		if (*s == '/')
			buf_putc(b, '\\');
		if (*s == '\\' && s[1])
			buf_putc(b, *s++);
		buf_putc(b, *s);
	}
	buf_putc(b, '/');
}

static void
print_value(struct buf *b, const struct node *n, const struct operand *v)
{
	bool regex = n->kind == NODE_TEXT && v->pattern.kind == PATTERN_REGEX;
	bool glob = n->kind == NODE_TEXT && v->pattern.kind == PATTERN_GLOB;

	if (regex)
		print_regex(b, v->text);
	else if (glob || n->kind == NODE_NUMBER || lex_is_plain(v->text))
		buf_puts(b, v->text);
	else
		lex_put_quoted(b, v->text);
}

static void
print_node(struct buf *b, const struct filter *f, const struct node *n, enum node_kind in)
{
	bool group = (n->kind == NODE_OR && in != NODE_ALL) ||
		     (n->kind == NODE_AND && in == NODE_NOT);

	if (group)
		buf_putc(b, '(');
	switch (n->kind) {
	case NODE_ALL:
		break;
	case NODE_NOT:
		buf_puts(b, "not ");
		print_node(b, f, n->child, NODE_NOT);
		break;
	case NODE_AND:
	case NODE_OR:
		for (const struct node *c = n->child; c; c = c->next) {
			print_node(b, f, c, n->kind);
			if (c->next)
				buf_puts(b, n->kind == NODE_AND ? " and " : " or ");
		}
		break;
	case NODE_WORD:
		if (n->value->quoted || !lex_is_plain(n->value->text))
			lex_put_quoted(b, n->value->text);
		else
			buf_puts(b, n->value->text);
		break;
	case NODE_TEXT:
	case NODE_NUMBER:
	case NODE_BOOL:
		buf_puts(b, schema[f->table].field[n->field].name);
		buf_puts(b, op_names[n->op]);
		/* A glob that starts with '=' would be read as "==" and the rest. */
		if (n->op == OP_EQ && n->value->text[0] == '=')
			buf_putc(b, '=');
		for (const struct operand *v = n->value; v; v = v->next) {
			print_value(b, n, v);
			if (v->next)
				buf_putc(b, '|');
		}
		break;
	}
	if (group)
		buf_putc(b, ')');
}

void
filter_print(const struct filter *f, struct buf *b)
{
	print_node(b, f, f->root, NODE_ALL);
}
