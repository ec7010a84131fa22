/* mistake: what SQLite says of a question that it does not understand, and what was meant. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "base/str.h"
#include "base/utf8.h"
#include "sql/inside.h"

static bool
is_word(char c)
{
	return (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z') || c == '_';
}

/* Tables that the question seems to speak of. */
static void
find_tables(const char *question, bool ret[TABLE_COUNT])
{
	for (const char *p = question; *p;) {
		struct span word = {p, p};
		int t;

		while (is_word(*word.end))
			word.end++;
		t = span_empty(word) ? -1 : table_by_name(word);
		if (t >= 0)
			ret[t] = true;
		p = word.end + span_empty(word);
	}
}

/* The column that is meant: also by the short names that a field has elsewhere. */
static const char *
column_meant(const char *question, struct span name)
{
	struct nearest near = nearest_begin(name);
	bool spoken[TABLE_COUNT] = {false};

	find_tables(question, spoken);
	for (int t = 0; t < TABLE_COUNT; t++) {
		int f = spoken[t] ? field_by_name((enum table_id)t, name) : -1;

		if (f >= 0)
			return schema[t].field[f].name;
	}
	for (unsigned i = 0; i < COLUMNS_FIRST; i++)
		nearest_try(&near, sql_columns[i]);
	for (int t = 0; t < TABLE_COUNT; t++)
		for (unsigned f = 0; f < schema[t].nfields && spoken[t]; f++)
			nearest_try(&near, schema[t].field[f].name);
	for (int t = 0; t < TABLE_COUNT && !near.name; t++) {
		const char *alias = spoken[t] ? field_suggest((enum table_id)t, name) : NULL;
		int f = alias ? field_by_name((enum table_id)t, span_str(alias)) : -1;

		if (f >= 0)
			return schema[t].field[f].name;
	}
	return near.name;
}

static const char *
table_meant(struct span name)
{
	struct nearest near = nearest_begin(name);

	for (int t = 0; t < TABLE_COUNT; t++)
		nearest_try(&near, schema[t].name);
	return near.name;
}

/* What stands behind the words in front; of a name with a dot the part behind it. */
static bool
names(const char *message, const char *front, struct span *ret)
{
	size_t n = strlen(front);
	const char *dot;

	if (strncmp(message, front, n) != 0)
		return false;
	*ret = span_str(message + n);
	dot = strrchr(ret->p, '.');
	if (dot)
		ret->p = dot + 1;
	return !span_empty(*ret);
}

/* What was meant by the name that the message speaks of; or else what to say. */
static const char *
meant(const char *question, const char *message, struct span *ret_name, const char **ret_else)
{
	*ret_else = "";
	*ret_name = (struct span){0};
	if (names(message, "no such column: ", ret_name)) {
		*ret_else = "; \"sonde fields\" lists them";
		return column_meant(question, *ret_name);
	}
	if (names(message, "no such table: ", ret_name)) {
		*ret_else = "; \"sonde fields\" lists them";
		return table_meant(*ret_name);
	}
	if (names(message, "no such function: ", ret_name))
		return guard_nearest_function(*ret_name);
	return NULL;
}

/* Where the word stands first, or -1: SQLite does not say of all names where they are. */
static int
find_word(const char *question, struct span word)
{
	size_t n = span_len(word);

	for (const char *p = question; n && (p = strstr(p, word.p)); p += n)
		if ((p == question || !is_word(p[-1])) && !is_word(p[n]))
			return (int)(p - question);
	return -1;
}

/* "line 2, column 5" for people: by characters, from 1. */
static void
put_place(char ret[48], const char *question, int at)
{
	const char *line = question, *end = question + at;
	unsigned nth = 1, column = 1;
	uint32_t cp;

	*ret = '\0';
	if (at < 0)
		return;
	for (const char *p = question; p < end; p++) {
		if (*p == '\n') {
			nth++;
			line = p + 1;
		}
	}
	for (const char *p = line; p < end; column++)
		p += utf8_next(p, end, &cp);
	if (strchr(question, '\n'))
		snprintf(ret, 48, " at line %u, column %u", nth, column);
	else
		snprintf(ret, 48, " at %u", column);
}

int
mistake(struct sql *q, const char *question, struct err *e)
{
	int code = lite.extended_errcode(q->db), at = -1;
	const char *message = lite.errmsg(q->db), *near, *other;
	struct span name;
	char place[48];

	if (q->failed) {
		if (e)
			*e = q->why;
		return q->failed;
	}
	if ((code & 0xff) == SQLITE_NOMEM)
		return err_set(e, -ENOMEM, "the question needs more than 512 MiB of memory: "
					   "ask for less time or fewer columns");
	if (lite.error_offset)
		at = lite.error_offset(q->db);
	if (at > (int)strlen(question))
		at = -1;
	near = meant(question, message, &name, &other);
	if (at < 0)
		at = find_word(question, name);
	put_place(place, question, at);
	return err_at(e, -EINVAL, at, "SQL%s: %.120s%s%s%s", place, message,
		      near ? ", did you mean " : other, near ? near : "", near ? "?" : "");
}
