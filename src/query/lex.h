#ifndef QUERY_LEX_H
#define QUERY_LEX_H

/* lex: the pieces that the text of a filter is made of. It knows no fields and no grammar: each
 * function looks at what starts at p and says where that ends. Texts are NUL terminated. */
#include "base/arena.h"
#include "base/buf.h"
#include "base/num.h"
#include "query/node.h"

const char *lex_blanks(const char *p);
bool lex_ends_word(char c);
const char *lex_word(const char *p);
/* What could be the name of a field. */
bool lex_is_identifier(struct span s);
/* The operator at p and its length, or false. */
bool lex_op(const char *p, enum op *ret_op, size_t *ret_len);
/* "...": behind its second quote; NULL when it has none. */
const char *lex_quoted(const char *p);
/* /.../: behind its second slash; NULL when none ends the value. */
const char *lex_slashed(const char *p);
/* A regular expression without slashes: to a blank, or to a ) or | that is not in parentheses or
 * brackets of its own. A backslash takes the next character with it. */
const char *lex_regex(const char *p);

/* What stands between the quotes, the slashes. */
const char *lex_unquoted(struct arena *a, const char *from, const char *end);
const char *lex_unslashed(struct arena *a, const char *from, const char *end);

/* The other way round: a text that means itself wherever it stands, without quotes; and one in
 * quotes. */
bool lex_is_plain(const char *s);
void lex_put_quoted(struct buf *b, const char *s);

#endif
