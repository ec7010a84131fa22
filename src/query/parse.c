/* parse: recursive descent over the grammar in filter.h. Two things need care. A run of letters is
 * a field only when an operator follows: "rss" is a word to look for, "rss >1G" compares. And |
 * stands between values only where nothing separates it from them and no comparison follows:
 * user=root|www, but user=root | www and user=root|rss>1G are two terms.
 */
#include <errno.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "query/lex.h"
#include "query/node.h"
#include "query/number.h"

struct parser {
	const char *text, *p;
	struct filter *f;
	struct err *e;
	unsigned terms;
	int depth;
	const char *after; /* what the last thing that needs something behind it was */
};

static int
at(const struct parser *ps, const char *p)
{
	return (int)(p - ps->text);
}

static void
skip_blanks(struct parser *ps)
{
	ps->p = lex_blanks(ps->p);
}

/* For messages: at most 40 bytes, and no half character. */
static int
shown(struct span s)
{
	size_t n = MIN(span_len(s), (size_t)40);

	while (n && n < span_len(s) && ((unsigned char)s.p[n] & 0xc0) == 0x80)
		n--;
	return (int)n;
}

bool
comparison_read(const char *p, enum table_id t, struct comparison *ret)
{
	struct comparison c = {.name = {p, p}};
	size_t len = 0;

	while (!lex_ends_word(*p) && !lex_op(p, &c.op, &len))
		p++;
	c.name.end = p;
	c.field = field_by_name(t, c.name);
	if (c.field < 0 && !lex_is_identifier(c.name))
		return false;
	while (*p == ' ' || *p == '\t')
		p++;
	if (!lex_op(p, &c.op, &len))
		return false;
	c.value = p + len;
	*ret = c;
	return true;
}

static void *
unknown_field(struct parser *ps, struct span name)
{
	const char *near = span_len(name) < 64 ? field_suggest(ps->f->table, name) : NULL;

	err_at(ps->e, -EINVAL, at(ps, name.p), "unknown field \"%.*s\"%s%s%s", shown(name), name.p,
	       near ? ", did you mean " : "", near ? near : "; \"sonde fields\" lists them",
	       near ? "?" : "");
	return NULL;
}

/* "..." at the cursor. NULL when it does not end. */
static const char *
read_quoted(struct parser *ps)
{
	const char *from = ps->p + 1, *end = lex_quoted(ps->p);

	if (!end) {
		err_at(ps->e, -EINVAL, at(ps, ps->p), "expected a closing \"");
		return NULL;
	}
	ps->p = end;
	return lex_unquoted(&ps->f->arena, from, end - 1);
}

static const char *
take(struct parser *ps, const char *end)
{
	const char *text = arena_strndup(&ps->f->arena, ps->p, (size_t)(end - ps->p));

	ps->p = end;
	return text;
}

/* The text of a value; NULL when none stands here. */
static const char *
read_value(struct parser *ps, enum op op, bool *ret_quoted)
{
	bool regex = op == OP_MATCH || op == OP_NO_MATCH;
	const char *from = ps->p, *end;

	*ret_quoted = *from == '"';
	if (*ret_quoted)
		return read_quoted(ps);
	end = regex ? lex_slashed(from) : NULL;
	if (end) {
		ps->p = end;
		return lex_unslashed(&ps->f->arena, from + 1, end - 1);
	}
	end = regex ? lex_regex(from) : lex_word(from);
	return end > from ? take(ps, end) : NULL;
}

static bool
read_bool(const char *text, bool *ret_v)
{
	static const char words[][6] = {"no", "false", "0", "off", "yes", "true", "1", "on"};

	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		if (str_same(text, words[i])) {
			*ret_v = i >= 4;
			return true;
		}
	}
	return false;
}

/* Checks that the operator goes with the field. */
static enum node_kind
kind_of(struct parser *ps, const struct comparison *c, const char *op)
{
	const struct field *f = &schema[ps->f->table].field[c->field];
	int age = field_by_name(ps->f->table, span_of("age", 3));
	bool regex = c->op == OP_MATCH || c->op == OP_NO_MATCH;
	bool order = c->op >= OP_LT && c->op <= OP_GE;

	if (f->unit == UNIT_WALL_NS) {
		err_at(ps->e, -EINVAL, at(ps, c->name.p),
		       "%s is a moment, which filters do not compare%s", f->name,
		       age >= 0 ? ": use age, as in age<1h" : "");
	} else if (f->type == TYPE_STR) {
		if (!order)
			return NODE_TEXT;
		err_at(ps->e, -EINVAL, at(ps, op), "%s is a text: expected = != ~ or !~ after it",
		       f->name);
	} else if (f->type == TYPE_BOOL) {
		if (!order && !regex)
			return NODE_BOOL;
		err_at(ps->e, -EINVAL, at(ps, op), "%s is yes or no: expected = or != after it",
		       f->name);
	} else if (!regex) {
		return NODE_NUMBER;
	} else {
		err_at(ps->e, -EINVAL, at(ps, op),
		       "%s is a number: expected = != < <= > or >= after it", f->name);
	}
	return NODE_ALL;
}

static int
fill_value(struct parser *ps, const struct node *n, struct operand *v, int where)
{
	const struct field *f = &schema[ps->f->table].field[n->field];
	enum pattern_kind kind = PATTERN_WHOLE;
	bool yes;

	switch (n->kind) {
	case NODE_NUMBER:
		return number_parse(span_of(v->text, strlen(v->text)), f, &v->number, ps->e,
				    where + v->quoted);
	case NODE_BOOL:
		if (!read_bool(v->text, &yes))
			return err_at(ps->e, -EINVAL, where, "expected yes or no for %s", f->name);
		v->number = yes;
		return 0;
	default:
		if (n->op == OP_MATCH || n->op == OP_NO_MATCH) {
			kind = PATTERN_REGEX;
			if (!*v->text)
				return err_at(ps->e, -EINVAL, where,
					      "expected a regular expression after %s%s", f->name,
					      op_names[n->op]);
		} else if (!v->quoted && strpbrk(v->text, "*?")) {
			kind = PATTERN_GLOB;
		}
		/* Behind a quote or a slash. */
		where += v->quoted || (kind == PATTERN_REGEX && lex_slashed(ps->text + where));
		return pattern_init(&v->pattern, kind, v->text, &ps->f->arena, ps->e, where);
	}
}

/* Is the | at the cursor one between values? */
static bool
more_values(const struct parser *ps)
{
	const char *next = ps->p + 1;
	struct comparison c;

	if (ps->p[0] != '|' || (*next != '"' && lex_ends_word(*next)))
		return false;
	return !comparison_read(next, ps->f->table, &c);
}

static struct node *
new_node(struct parser *ps, enum node_kind kind)
{
	struct node *n = arena_zalloc(&ps->f->arena, 1, sizeof *n);

	n->kind = kind;
	return n;
}

static struct operand *
new_value(struct parser *ps)
{
	struct operand *v;

	if (++ps->terms > FILTER_TERMS_MAX) {
		err_at(ps->e, -EINVAL, at(ps, ps->p), "expected at most %d words and values",
		       FILTER_TERMS_MAX);
		return NULL;
	}
	v = arena_zalloc(&ps->f->arena, 1, sizeof *v);
	v->all = ps->f->values;
	ps->f->values = v;
	return v;
}

static struct node *
parse_comparison(struct parser *ps, const struct comparison *c)
{
	const struct field *f;
	const char *op = c->name.end;
	struct operand **tail;
	struct node *n;

	if (c->field < 0)
		return unknown_field(ps, c->name);
	f = &schema[ps->f->table].field[c->field];
	while (*op == ' ' || *op == '\t')
		op++;
	n = new_node(ps, kind_of(ps, c, op));
	if (n->kind == NODE_ALL)
		return NULL;
	n->field = (uint8_t)c->field;
	n->op = c->op;
	tail = &n->value;
	ps->p = c->value;
	skip_blanks(ps);
	do {
		const char *start = ps->p + (*ps->p == '|');
		struct operand *v = new_value(ps);

		if (!v)
			return NULL;
		ps->p = start;
		v->text = read_value(ps, n->op, &v->quoted);
		if (!v->text && v->quoted)
			return NULL;
		if (!v->text) {
			const char *such = n->kind == NODE_NUMBER ? number_example(f) : NULL;

			err_at(ps->e, -EINVAL, at(ps, start), "expected a value after %.*s%s%s%s",
			       shown(c->name), c->name.p, op_names[n->op], such ? ", such as " : "",
			       such ? such : "");
			return NULL;
		}
		if (fill_value(ps, n, v, at(ps, start)) < 0)
			return NULL;
		*tail = v;
		tail = &v->next;
	} while (more_values(ps));
	if (n->value->next && n->op >= OP_LT && n->op <= OP_GE) {
		err_at(ps->e, -EINVAL, at(ps, op), "expected one value after %s", op_names[n->op]);
		return NULL;
	}
	return n;
}

static struct node *
parse_word(struct parser *ps)
{
	const char *start = ps->p;
	struct node *n = new_node(ps, NODE_WORD);
	struct operand *v = new_value(ps);
	struct span s;
	uint64_t number;
	int field;

	if (!v)
		return NULL;
	v->quoted = *ps->p == '"';
	v->text = v->quoted ? read_quoted(ps) : take(ps, lex_word(ps->p));
	if (!v->text)
		return NULL;
	n->value = v;
	if (v->quoted && !*v->text) {
		err_at(ps->e, -EINVAL, at(ps, start), "expected something between the quotes");
		return NULL;
	}
	s = span_of(v->text, strlen(v->text));
	field = v->quoted ? -1 : field_by_name(ps->f->table, s);
	if (field >= 0 && schema[ps->f->table].field[field].type == TYPE_BOOL &&
	    str_same(v->text, schema[ps->f->table].field[field].name)) {
		n->kind = NODE_BOOL;
		n->op = OP_EQ;
		n->field = (uint8_t)field;
		v->text = "yes";
		v->number = 1;
		return n;
	}
	if (!v->quoted && num_u64(&s, &number) == 0 && span_empty(s)) {
		n->numeric = true;
		v->number = (double)number;
	}
	(void)pattern_init(&v->pattern, PATTERN_PART, v->text, &ps->f->arena, NULL, 0);
	return n;
}

static bool
is_keyword(const struct parser *ps, const char *word)
{
	size_t n = strlen(word);

	return str_same_n(ps->p, word, n) && lex_ends_word(ps->p[n]);
}

static bool
take_keyword(struct parser *ps, const char *word)
{
	skip_blanks(ps);
	if (!is_keyword(ps, word))
		return false;
	ps->p += strlen(word);
	ps->after = word;
	return true;
}

static struct node *parse_or(struct parser *ps);

static struct node *
parse_group(struct parser *ps)
{
	const char *open = ps->p++;
	struct node *n;

	if (++ps->depth > FILTER_DEPTH_MAX) {
		err_at(ps->e, -EINVAL, at(ps, open),
		       "expected at most %d parentheses in each other", FILTER_DEPTH_MAX);
		return NULL;
	}
	ps->after = "(";
	n = parse_or(ps);
	ps->depth--;
	if (!n)
		return NULL;
	skip_blanks(ps);
	if (*ps->p != ')') {
		err_at(ps->e, -EINVAL, at(ps, ps->p), "expected ) for the ( at %d",
		       at(ps, open) + 1);
		return NULL;
	}
	ps->p++;
	return n;
}

/* Does something start here that can be negated or joined? */
static bool
at_term(struct parser *ps)
{
	skip_blanks(ps);
	return *ps->p && *ps->p != ')' && *ps->p != '|';
}

static struct node *
parse_term(struct parser *ps)
{
	struct comparison c;
	enum op op;
	size_t len;

	if (!at_term(ps) || is_keyword(ps, "and") || is_keyword(ps, "or")) {
		err_at(ps->e, -EINVAL, at(ps, ps->p), "expected a word or a comparison%s%s",
		       ps->after ? " after " : "", ps->after ? ps->after : "");
		return NULL;
	}
	if (*ps->p == '(')
		return parse_group(ps);
	if (*ps->p == '"')
		return parse_word(ps);
	if (comparison_read(ps->p, ps->f->table, &c))
		return parse_comparison(ps, &c);
	if (lex_op(ps->p, &op, &len)) {
		err_at(ps->e, -EINVAL, at(ps, ps->p), "expected a field before %s", op_names[op]);
		return NULL;
	}
	return parse_word(ps);
}

static bool
take_not(struct parser *ps)
{
	skip_blanks(ps);
	if (*ps->p == '!' && ps->p[1] != '=' && ps->p[1] != '~') {
		ps->p++;
		ps->after = "!";
		return true;
	}
	return take_keyword(ps, "not");
}

static struct node *
parse_not(struct parser *ps)
{
	bool negated = false;
	struct node *n, *not;

	while (take_not(ps))
		negated = !negated;
	n = parse_term(ps);
	if (!n || !negated)
		return n;
	if (n->kind == NODE_NOT)
		return n->child;
	not = new_node(ps, NODE_NOT);
	not->child = n;
	return not;
}

/* Adds n to a list of a kind, its parts when it is of that kind itself. */
static struct node **
append(struct node **tail, struct node *n, enum node_kind kind)
{
	*tail = n->kind == kind ? n->child : n;
	while (*tail)
		tail = &(*tail)->next;
	return tail;
}

static struct node *
parse_list(struct parser *ps, enum node_kind kind, struct node *(*part)(struct parser *ps),
	   bool (*joined)(struct parser *ps))
{
	struct node *first = part(ps), *list, **tail;

	if (!first || !joined(ps))
		return first;
	list = new_node(ps, kind);
	tail = append(&list->child, first, kind);
	do {
		struct node *n = part(ps);

		if (!n)
			return NULL;
		tail = append(tail, n, kind);
	} while (joined(ps));
	return list;
}

static bool
joined_by_and(struct parser *ps)
{
	if (take_keyword(ps, "and"))
		return true;
	if (ps->p[0] == '&' && ps->p[1] == '&') {
		ps->p += 2;
		ps->after = "&&";
		return true;
	}
	ps->after = NULL;
	return at_term(ps) && !is_keyword(ps, "or");
}

static bool
joined_by_or(struct parser *ps)
{
	if (take_keyword(ps, "or"))
		return true;
	if (*ps->p != '|')
		return false;
	ps->after = "|";
	ps->p += ps->p[1] == '|' ? 2 : 1;
	return true;
}

static struct node *
parse_and(struct parser *ps)
{
	return parse_list(ps, NODE_AND, parse_not, joined_by_and);
}

static struct node *
parse_or(struct parser *ps)
{
	return parse_list(ps, NODE_OR, parse_and, joined_by_or);
}

/* Words stand for the name and the command, or for any text where a table has neither; a number
 * that is the row's own (a pid, a CPU) for that row. */
static void
find_words(struct filter *f)
{
	const struct schema *s = &schema[f->table];
	int name = field_by_name(f->table, span_of("name", 4));
	int command = field_by_name(f->table, span_of("command", 7));

	f->key = -1;
	for (unsigned i = 0; i < s->nfields; i++) {
		const struct field *spec = &s->field[i];

		if (spec->type == TYPE_STR && (command < 0 || (int)i == name || (int)i == command))
			field_set_add(&f->words, i);
		if (spec->kind == KIND_KEY && spec->unit == UNIT_NONE && f->key < 0 &&
		    (spec->type == TYPE_U64 || spec->type == TYPE_I64))
			f->key = (int)i;
	}
}

struct filter *
filter_parse(const char *text, enum table_id t, struct err *e)
{
	struct filter *f;
	struct parser ps = {.text = text, .p = text, .e = e};

	if (strnlen(text, FILTER_TEXT_MAX + 1) > FILTER_TEXT_MAX) {
		err_at(e, -EINVAL, FILTER_TEXT_MAX, "expected at most %d bytes of filter",
		       FILTER_TEXT_MAX);
		return NULL;
	}
	ps.f = f = xcalloc(1, sizeof *f);
	f->table = t;
	find_words(f);
	skip_blanks(&ps);
	f->root = *ps.p ? parse_or(&ps) : new_node(&ps, NODE_ALL);
	if (f->root && *ps.p) {
		err_at(e, -EINVAL, at(&ps, ps.p), "there is no ( for this )");
		f->root = NULL;
	}
	if (f->root)
		return f;
	filter_free(f);
	return NULL;
}
