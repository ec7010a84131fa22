#include "query/reparse.h"

#include <errno.h>
#include <string.h>

#include "base/mem.h"
#include "base/num.h"
#include "base/utf8.h"
#include "query/regex.h"

struct reader {
	const char *text, *p;
	struct arena *arena;
	struct err *e;
	int at;
};

void
bytes_add(struct bytes *s, unsigned c)
{
	s->bit[c / 64] |= UINT64_C(1) << c % 64;
	if ((c | 32) - 'a' < 26)
		s->bit[1] |= UINT64_C(1) << (c ^ 32) % 64;
}

void
bytes_range(struct bytes *s, unsigned from, unsigned to)
{
	for (unsigned c = from; c <= to; c++)
		bytes_add(s, c);
}

static struct part *
new_part(struct reader *r, enum part_kind kind)
{
	struct part *n = arena_zalloc(r->arena, 1, sizeof *n);

	n->kind = kind;
	return n;
}

static void *
wrong(struct reader *r, const char *p, const char *what)
{
	err_at(r->e, -EINVAL, r->at + (int)(p - r->text), "regular expression: %s", what);
	return NULL;
}

/* Not one of these, nor a NUL; characters beyond ASCII are what the set is turned into. */
static void
turn_around(struct bytes *s)
{
	s->bit[0] = ~s->bit[0] & ~UINT64_C(1);
	s->bit[1] = ~s->bit[1];
	s->bit[2] = s->bit[3] = 0;
}

/* [:name:] */
static bool
add_class(struct bytes *s, struct span name)
{
	static const struct {
		const char *name, *pairs; /* from, to, from, to */
	} classes[] = {
		{"alpha", "azAZ"},         {"digit", "09"},        {"alnum", "azAZ09"},
		{"upper", "AZ"},           {"lower", "az"},        {"space", "  \t\r"},
		{"blank", "  \t\t"},       {"punct", "!/:@[`{~"},  {"print", " ~"},
		{"graph", "!~"},           {"xdigit", "09afAF"},   {"cntrl", "\001\037\177\177"},
	};

	for (size_t i = 0; i < ARRAY_LEN(classes); i++) {
		if (!span_is(name, classes[i].name))
			continue;
		for (const char *p = classes[i].pairs; *p; p += 2)
			bytes_range(s, (unsigned char)p[0], (unsigned char)p[1]);
		return true;
	}
	return false;
}

/* One character, of several bytes beyond ASCII. */
static struct part *
one_char(struct reader *r)
{
	uint32_t cp;
	size_t n = utf8_next(r->p, r->p + strlen(r->p), &cp);
	struct part *all = new_part(r, PART_ALL_OF);

	for (; n; n--) {
		struct part *byte = new_part(r, PART_SET);

		bytes_add(&byte->set, (unsigned char)*r->p++);
		byte->next = all->child;
		all->child = byte;
	}
	return all;
}

static struct part *
read_bracket(struct reader *r)
{
	const char *open = r->p++;
	struct part *set = new_part(r, PART_SET), *one, **tail;
	struct part *all = new_part(r, PART_ONE_OF);
	bool negated = *r->p == '^';

	all->child = set;
	tail = &set->next;
	r->p += negated;
	for (const char *first = r->p; *r->p && (*r->p != ']' || r->p == first);) {
		unsigned from = (unsigned char)r->p[0], to;
		const char *end;

		if (r->p[0] == '[' && (r->p[1] == ':' || r->p[1] == '.' || r->p[1] == '=')) {
			end = strstr(r->p + 2, ":]");
			if (r->p[1] != ':' || !end ||
			    !add_class(&set->set, (struct span){r->p + 2, end}))
				return wrong(r, r->p, "expected a set such as [:alpha:]");
			r->p = end + 2;
		} else if (from >= 0x80 && !negated) {
			*tail = one = one_char(r);
			tail = &one->next;
			if (r->p[0] == '-' && r->p[1] && r->p[1] != ']')
				return wrong(r, r->p, "ranges are of ASCII letters only");
		} else if (from >= 0x80) {
			return wrong(r, r->p, "expected ASCII in [^...]");
		} else if (r->p[1] == '-' && r->p[2] && r->p[2] != ']') {
			to = (unsigned char)r->p[2];
			if (to >= 0x80)
				return wrong(r, r->p, "ranges are of ASCII letters only");
			if (to < from)
				return wrong(r, r->p, "the range begins behind its end");
			bytes_range(&set->set, from, to);
			r->p += 3;
		} else {
			bytes_add(&set->set, from);
			r->p++;
		}
	}
	if (!*r->p)
		return wrong(r, open, "expected a ] for this [");
	r->p++;
	if (negated) {
		turn_around(&set->set);
		set->kind = PART_CHARS;
	}
	return all;
}

/* Behind a backslash. */
static struct part *
read_escaped(struct reader *r)
{
	static const char edges[] = "b<>";
	static const enum edge edge_of[] = {EDGE_WORD, EDGE_WORD_BEGIN, EDGE_WORD_END};
	const char *start = r->p++, *edge;
	struct part *n;
	char c = *r->p;

	if (!c)
		return wrong(r, start, "expected a character after \\");
	if (c >= '1' && c <= '9')
		return wrong(r, start, "there are no back references");
	edge = strchr(edges, c);
	if (edge) {
		n = new_part(r, PART_EDGE);
		n->edge = edge_of[edge - edges];
		r->p++;
		return n;
	}
	if (!strchr("wWsSdD", c))
		return one_char(r);
	n = new_part(r, PART_SET);
	if ((c | 32) == 'w') {
		(void)add_class(&n->set, span_of("alnum", 5));
		bytes_add(&n->set, '_');
	} else {
		(void)add_class(&n->set, span_of((c | 32) == 's' ? "space" : "digit", 5));
	}
	if (c < 'a')
		turn_around(&n->set);
	/* What is beyond ASCII counts as letters. */
	if (strchr("wSD", c))
		n->kind = PART_CHARS;
	r->p++;
	return n;
}

static struct part *read_regex(struct reader *r);

static struct part *
read_atom(struct reader *r)
{
	const char *start = r->p;
	struct part *n;

	switch (*r->p) {
	case '(':
		r->p++;
		n = read_regex(r);
		if (!n)
			return NULL;
		if (*r->p != ')')
			return wrong(r, start, "expected a ) for this (");
		r->p++;
		return n;
	case '[':
		return read_bracket(r);
	case '\\':
		return read_escaped(r);
	case '.':
		r->p++;
		n = new_part(r, PART_CHARS);
		turn_around(&n->set);
		return n;
	case '^':
	case '$':
		n = new_part(r, PART_EDGE);
		n->edge = *r->p++ == '^' ? EDGE_BEGIN : EDGE_END;
		return n;
	case '*':
	case '+':
	case '?':
		return wrong(r, start, "there is nothing to repeat before this");
	default:
		return one_char(r);
	}
}

/* {n}, {n,}, {,m} or {n,m}; false: it is none, but a brace. */
static bool
read_counts(struct reader *r, unsigned *ret_min, unsigned *ret_max, bool *ret_bad)
{
	struct span s = span_of(r->p + 1, strlen(r->p + 1));
	uint64_t min = 0, max = 0;
	int first = num_u64(&s, &min), second = -EINVAL;
	bool comma = !span_empty(s) && *s.p == ',';

	if (comma) {
		s.p++;
		second = num_u64(&s, &max);
	}
	*ret_bad = first == -ERANGE || second == -ERANGE;
	if (!*ret_bad && ((first < 0 && second < 0) || span_empty(s) || *s.p != '}'))
		return false;
	if (!comma)
		max = min;
	*ret_bad |= min > REGEX_COUNT_MAX || max > REGEX_COUNT_MAX;
	*ret_bad |= second == 0 && max < min;
	*ret_min = (unsigned)min;
	*ret_max = (unsigned)max;
	r->p = *ret_bad ? r->p : s.p + 1;
	return true;
}

static struct part *
read_repeats(struct reader *r, struct part *atom)
{
	for (;;) {
		const char *start = r->p;
		unsigned min = *start == '+', max = *start == '?';
		struct part *n;
		bool bad = false;

		if (*start == '{') {
			if (!read_counts(r, &min, &max, &bad))
				return atom;
			if (bad)
				return wrong(r, start, "expected at most 255 in {}, the larger "
						       "number last");
		} else if (*start == '*' || *start == '+' || *start == '?') {
			r->p++;
		} else {
			return atom;
		}
		n = new_part(r, PART_REPEAT);
		n->child = atom;
		n->min = min;
		n->max = max;
		if (*start == '{' && !max && r->p[-2] != ',') /* {0}: nothing */
			*n = (struct part){.kind = PART_ALL_OF};
		atom = n;
	}
}

static struct part *
read_branch(struct reader *r)
{
	struct part *all = new_part(r, PART_ALL_OF);

	while (*r->p && *r->p != '|' && *r->p != ')') {
		struct part *n = read_atom(r);

		n = n ? read_repeats(r, n) : NULL;
		if (!n)
			return NULL;
		n->next = all->child;
		all->child = n;
	}
	return all;
}

static struct part *
read_regex(struct reader *r)
{
	struct part *any = new_part(r, PART_ONE_OF), **tail = &any->child;

	for (;;) {
		struct part *n = read_branch(r);

		if (!n)
			return NULL;
		*tail = n;
		tail = &n->next;
		if (*r->p != '|')
			return any;
		r->p++;
	}
}

struct part *
reparse(const char *text, struct arena *a, struct err *e, int at)
{
	struct reader r = {.text = text, .p = text, .arena = a, .e = e, .at = at};
	struct part *tree;

	if (strlen(text) > REGEX_MAX)
		return wrong(&r, text, "expected at most 256 bytes");
	tree = read_regex(&r);
	if (tree && *r.p)
		return wrong(&r, r.p, "there is no ( for this )");
	return tree;
}
