#ifndef QUERY_FILTER_H
#define QUERY_FILTER_H

/* filter: the language of --filter, the filter line and search. Words match the name or command of
 * a row, in a table without a command any text; a word of digits also the row with that number
 * (pid, CPU). `field op value` compares. Upper and lower case of ASCII are the same everywhere.
 *
 *   expr  := and { ("or" | "|") and }
 *   and   := not { ["and"] not }            words side by side are joined by and
 *   not   := { "not" | "!" } ( "(" expr ")" | term )
 *   term  := field op value { "|" value }   user=root|www, without blanks around |
 *          | word | "quoted words" | field  a field that is yes or no, alone
 *   op    := = != < <= > >= ~ !~            ~ is a regular expression, /.../ or bare
 *   value := number with unit (500M, 5%, 1m, 2.5h, 1h30m) | yes | no | word | "quoted"
 *
 * "&&", "||" and "==" are understood as well; in quotes \" and \\ stand for " and \, in slashes
 * \/ for /.
 * Regular expressions are Perl-compatible and need pcre2 (regex.h); a plain word does not.
 * = on texts is equality, or a glob where * or ? stands in a value without quotes. Numbers carry
 * the unit of the field: bytes K M G T (1024), times ms s m h d w (seconds without), counts k M G
 * (1000), ratios in percent (cpu>5 is 5 %). user!=root|www holds when it is neither.
 * A comparison with an absent cell is false, and so is its !=; `not` negates the whole.
 *
 * Operators are looked for only behind a field's name, heading or alias, or behind what could be
 * one, [a-z_][a-z0-9_%/+]* (then it is unknown, which is a mistake): http://x=1 is a word.
 */
#include "base/buf.h"
#include "base/err.h"
#include "frame/frame.h"

struct filter;

/* text is NUL terminated. NULL and e (with e->at the byte offset) when it does not parse. Blank
 * text gives a filter that matches all. */
struct filter *filter_parse(const char *text, enum table_id t, struct err *e);
void filter_free(struct filter *f);
/* For one thread at a time. */
bool filter_match(const struct filter *f, const struct table *t, uint32_t row);
/* Whether a text was ever given up because a regular expression took too long on it. */
bool filter_stopped(const struct filter *f);
/* Adds the fields it reads. */
void filter_fields(const struct filter *f, struct field_set *set);
/* Appends the canonical text: parsing it gives a filter that matches the same and prints the
 * same. */
void filter_print(const struct filter *f, struct buf *b);

#endif
