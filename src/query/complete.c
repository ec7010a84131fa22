#include "query/complete.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "base/utf8.h"
#include "query/lex.h"

enum { VALUE_MAX = 128 }; /* bytes of a value that anybody would want to have typed */

/* The word at the end of a text. */
struct spot {
	const char *word; /* NULL: one where nothing can be offered */
	int field;
	enum op op;
};

static struct spot
find_spot(const char *p, enum table_id id)
{
	for (;;) {
		struct spot at = {.field = -1};
		struct comparison c;

		p += strspn(p, " \t\r\n()!|&");
		if (*p == '"') {
			p = lex_quoted(p);
			if (!p)
				return at;
			continue;
		}
		at.word = p;
		if (!comparison_read(p, id, &c)) {
			p = lex_word(p);
			if (!*p)
				return at;
			continue;
		}
		at.field = c.field;
		at.op = c.op;
		p = lex_blanks(c.value);
		for (;;) {
			const char *end = NULL;

			at.word = p;
			if (*p == '"')
				end = lex_quoted(p);
			else if (c.op == OP_MATCH || c.op == OP_NO_MATCH)
				end = lex_slashed(p) ? lex_slashed(p) : lex_regex(p);
			else
				end = lex_word(p);
			if (!end || !*end) {
				if (c.field < 0)
					at.word = NULL;
				return at;
			}
			p = end;
			if (*p != '|' || comparison_read(p + 1, id, &c))
				break;
			p++;
		}
	}
}

static bool
begins_with(const char *s, const char *prefix)
{
	return str_same_n(s, prefix, strlen(prefix));
}

static void
add(struct completion *c, const char *s)
{
	if (c->n < COMPLETE_MAX)
		c->text[c->n++] = xstrdup(s);
}

static const char *
operator_for(const struct field *f)
{
	return f->type == TYPE_STR ? "=" : f->type == TYPE_BOOL ? "" : ">";
}

static int
by_length(const void *a, const void *b)
{
	const char *x = *(char *const *)a, *y = *(char *const *)b;
	size_t n = strlen(x), m = strlen(y);

	return n != m ? CMP(n, m) : strcmp(x, y);
}

/* The shortest name or alias that begins so. */
static const char *
short_name(enum table_id id, unsigned field, const char *prefix)
{
	const char *name = schema[id].field[field].name, *alias;
	const char *best = begins_with(name, prefix) ? name : NULL;

	for (unsigned k = 0; (alias = field_alias(id, field, k)); k++)
		if (begins_with(alias, prefix) && (!best || strlen(alias) < strlen(best)))
			best = alias;
	return best;
}

static const char *
heading(enum table_id id, unsigned field, const char *prefix)
{
	const char *head = schema[id].field[field].head;

	if (!begins_with(head, prefix) ||
	    field_by_name(id, span_of(head, strlen(head))) != (int)field)
		return NULL;
	return head;
}

/* Headings are read more than they are typed: only where nothing else begins so. */
static void
add_names(struct completion *c, const char *prefix, enum table_id id)
{
	for (int heads = 0; heads < 2 && !c->n; heads++) {
		for (unsigned i = 0; i < schema[id].nfields; i++) {
			const struct field *f = &schema[id].field[i];
			const char *name = heads ? heading(id, i, prefix)
						 : short_name(id, i, prefix);

			if (!name || f->unit == UNIT_WALL_NS)
				continue; /* a moment compares with nothing */
			add(c, name);
			c->after = c->n == 1 ? operator_for(f) : NULL;
		}
	}
	qsort(c->text, c->n, sizeof c->text[0], by_length);
}

/* Only what can be typed: a stranger may have put anything into a name. */
static bool
can_be_typed(const char *s)
{
	const char *end = s + strnlen(s, VALUE_MAX + 1);

	if (end > s + VALUE_MAX || end == s)
		return false;
	while (s < end) {
		uint32_t cp;

		s += utf8_next(s, end, &cp);
		if (cp == UTF8_BAD || cp < ' ' || (cp >= 127 && cp < 0xa0))
			return false;
	}
	return true;
}

static int
by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void
add_values(struct completion *c, const char *prefix, const struct table *t, unsigned field)
{
	const char *seen[COMPLETE_MAX];
	struct buf b = {0};
	size_t n = 0;

	for (uint32_t i = 0; i < t->nrows && n < COMPLETE_MAX; i++) {
		const char *v = cell_valid(t, i, field) ? t->col[field][i].s : "";
		size_t k = 0;

		if (!begins_with(v, prefix))
			continue;
		/* Mostly the very same texts: they are kept once. */
		while (k < n && seen[k] != v)
			k++;
		if (k == n)
			for (k = 0; k < n && strcmp(seen[k], v) != 0; k++)
				;
		if (k == n && can_be_typed(v))
			seen[n++] = v;
	}
	qsort(seen, n, sizeof seen[0], by_text);
	for (size_t i = 0; i < n; i++) {
		buf_clear(&b);
		if (lex_is_plain(seen[i]))
			buf_puts(&b, seen[i]);
		else
			lex_put_quoted(&b, seen[i]);
		add(c, b.data);
	}
	buf_release(&b);
}

void
complete(struct completion *ret, const char *text, size_t cursor, enum table_id id,
	 const struct table *t)
{
	struct arena arena = {0};
	const char *typed = arena_strndup(&arena, text, cursor), *word;
	struct spot at = find_spot(typed, id);

	completion_release(ret);
	ret->field = at.field;
	ret->from = at.word ? (size_t)(at.word - typed) : cursor;
	word = typed + ret->from;
	if (!at.word) {
		; /* in quotes */
	} else if (at.field < 0) {
		add_names(ret, word, id);
	} else if (schema[id].field[at.field].type == TYPE_BOOL) {
		for (int i = 0; i < 2; i++)
			if (begins_with(i ? "no" : "yes", word))
				add(ret, i ? "no" : "yes");
	} else if (schema[id].field[at.field].type == TYPE_STR && at.op <= OP_NE && t &&
		   t->col[at.field]) {
		if (*word == '"')
			add_values(ret, lex_unquoted(&arena, word + 1, typed + cursor), t,
				   (unsigned)at.field);
		else
			add_values(ret, word, t, (unsigned)at.field);
	}
	arena_release(&arena);
}

void
completion_release(struct completion *c)
{
	for (size_t i = 0; i < c->n; i++)
		free(c->text[i]);
	c->n = 0;
	c->after = NULL;
}

size_t
completion_common(const struct completion *c)
{
	size_t n = c->n ? strlen(c->text[0]) : 0;

	for (size_t i = 1; i < c->n; i++) {
		size_t k = 0;

		while (k < n && str_same_n(c->text[0] + k, c->text[i] + k, 1))
			k++;
		n = k;
	}
	while (c->n && ((unsigned char)c->text[0][n] & 0xc0) == 0x80)
		n--;
	return n;
}
