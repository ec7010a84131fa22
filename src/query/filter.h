#ifndef QUERY_FILTER_H
#define QUERY_FILTER_H

/* filter: the language of --filter, the filter line and search. Words match the name or command of a
 * row; `field op value` compares; and, or, not, parentheses; all case-insensitive for text.
 *
 *   expr  := or
 *   or    := and { ("or" | "|") and }
 *   and   := not { ["and"] not }            words side by side are joined by and
 *   not   := ("not" | "!") not | "(" expr ")" | term
 *   term  := field op value { "|" value }   user=root|www
 *          | word | "quoted words"
 *   op    := = != < <= > >= ~ !~            ~ is a POSIX extended regular expression, /.../ or bare
 *   value := number with unit (500M, 5%, 1m, 2.5h) | word | "quoted"
 *
 * = on texts is equality; on a list field or with * and ? in the value it is a glob. Numbers carry the
 * unit of the field: bytes K M G T (1024), times ms s m h d, ratios in percent (cpu>5 is 5 %).
 * A comparison with an absent cell is false, and so is its !=; `not` negates the whole.
 */
#include "base/err.h"
#include "frame/frame.h"

struct filter;

/* text is NUL terminated. NULL and e (with e->at the byte offset) when it does not parse. Blank text
 * gives a filter that matches all. */
struct filter *filter_parse(const char *text, enum table_id t, struct err *e);
void filter_free(struct filter *f);
bool filter_match(const struct filter *f, const struct table *t, uint32_t row);
/* Adds the fields it reads. */
void filter_fields(const struct filter *f, struct field_set *set);

#endif
