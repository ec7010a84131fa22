#include "query/lex.h"

#include <string.h>

#include "base/mem.h"

const char *const op_names[] = {"=", "!=", "<", "<=", ">", ">=", "~", "!~"};

const char *
lex_blanks(const char *p)
{
	while (*p == ' ' || *p == '\t' || *p == '\n' || *p == '\r')
		p++;
	return p;
}

bool
lex_ends_word(char c)
{
	return strchr(" \t\n\r()|\"", c) != NULL; /* NUL too */
}

const char *
lex_word(const char *p)
{
	while (!lex_ends_word(*p))
		p++;
	return p;
}

bool
lex_is_identifier(struct span s)
{
	if (span_empty(s) || ((unsigned)((*s.p | 32) - 'a') >= 26 && *s.p != '_'))
		return false;
	for (const char *p = s.p; p < s.end; p++)
		if ((unsigned)((*p | 32) - 'a') >= 26 && (unsigned)(*p - '0') >= 10 &&
		    !strchr("_%/+", *p))
			return false;
	return true;
}

bool
lex_op(const char *p, enum op *ret_op, size_t *ret_len)
{
	static const struct {
		char text[4];
		enum op op;
	} ops[] = {
		{"==", OP_EQ}, {"!=", OP_NE}, {"!~", OP_NO_MATCH}, {"<=", OP_LE}, {">=", OP_GE},
		{"=", OP_EQ},  {"<", OP_LT},  {">", OP_GT},        {"~", OP_MATCH},
	};

	for (size_t i = 0; i < ARRAY_LEN(ops); i++) {
		size_t n = strlen(ops[i].text);

		if (strncmp(p, ops[i].text, n) == 0) {
			*ret_op = ops[i].op;
			*ret_len = n;
			return true;
		}
	}
	return false;
}

const char *
lex_quoted(const char *p)
{
	for (p++; *p && *p != '"'; p++)
		if (*p == '\\' && (p[1] == '"' || p[1] == '\\'))
			p++;
	return *p ? p + 1 : NULL;
}

const char *
lex_slashed(const char *p)
{
	if (*p != '/')
		return NULL;
	for (p++; *p && *p != '/'; p++)
		if (*p == '\\' && p[1])
			p++;
	if (*p != '/' || !lex_ends_word(p[1]) || p[1] == '(' || p[1] == '"')
		return NULL;
	return p + 1;
}

const char *
lex_regex(const char *p)
{
	unsigned depth = 0;
	const char *bracket = NULL;

	for (; *p && *p != ' ' && *p != '\t' && *p != '\n' && *p != '\r'; p++) {
		if (*p == '\\' && p[1]) {
			p++;
		} else if (bracket) {
			if (*p == ']' && p > bracket)
				bracket = NULL;
		} else if (*p == '[') {
			bracket = p[1] == '^' ? p + 2 : p + 1;
		} else if (*p == '(') {
			depth++;
		} else if (*p == ')' && depth) {
			depth--;
		} else if ((*p == ')' || *p == '|') && !depth) {
			break;
		}
	}
	return p;
}

const char *
lex_unquoted(struct arena *a, const char *from, const char *end)
{
	char *text = arena_alloc(a, (size_t)(end - from) + 1), *to = text;

	while (from < end) {
		if (*from == '\\' && (from[1] == '"' || from[1] == '\\'))
			from++;
		*to++ = *from++;
	}
	*to = '\0';
	return text;
}

const char *
lex_unslashed(struct arena *a, const char *from, const char *end)
{
	char *text = arena_alloc(a, (size_t)(end - from) + 1), *to = text;

	for (; from < end; from++) {
		if (from[0] == '\\' && from[1] == '/')
			from++;
		else if (from[0] == '\\')
			*to++ = *from++;
		*to++ = *from;
	}
	*to = '\0';
	return text;
}

bool
lex_is_plain(const char *s)
{
	if (!*s)
		return false;
	for (; *s; s++)
		if ((unsigned)((*s | 32) - 'a') >= 26 && (unsigned)(*s - '0') >= 10 &&
		    !((unsigned char)*s & 0x80) && !strchr("_./:@+,-", *s))
			return false;
	return true;
}

void
lex_put_quoted(struct buf *b, const char *s)
{
	buf_putc(b, '"');
	for (; *s; s++) {
		if (*s == '"' || *s == '\\')
			buf_putc(b, '\\');
		buf_putc(b, *s);
	}
	buf_putc(b, '"');
}
