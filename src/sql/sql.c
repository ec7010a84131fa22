#include "sql/sql.h"

#include <errno.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "sql/inside.h"

int
sql_new(const struct sql_options *o, struct sql **ret, struct err *e)
{
	struct sql *q;

	if (!lite_load())
		return err_set(e, -ENOTSUP, "questions in SQL need libsqlite3, which is not "
					    "installed here (Debian: libsqlite3-0)");
	q = xcalloc(1, sizeof *q);
	q->o = *o;
	q->rises = -1;
	if (lite.open_v2(":memory:", &q->db,
			 SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_MEMORY |
				 SQLITE_OPEN_NOMUTEX,
			 NULL) != SQLITE_OK ||
	    tables_register(q) != SQLITE_OK) {
		int r = err_set(e, -ENOTSUP, "SQLite does not work here: %.150s",
				q->db ? lite.errmsg(q->db) : "no memory");

		sql_free(q);
		return r;
	}
	guard_set(q);
	*ret = q;
	return 0;
}

void
sql_free(struct sql *q)
{
	if (!q)
		return;
	(void)lite.close(q->db);
	tables_forget(q);
	free(q);
}

void
sql_facts(const struct sql *q, struct sql_facts *ret)
{
	*ret = q->facts;
}

/* Blanks and comments, in front. */
static const char *
skip_blank(const char *s)
{
	for (;;) {
		s += strspn(s, " \t\r\n\f;");
		if (s[0] == '-' && s[1] == '-') {
			s += strcspn(s, "\n");
		} else if (s[0] == '/' && s[1] == '*') {
			const char *end = strstr(s + 2, "*/");

			s = end ? end + 2 : s + strlen(s);
		} else {
			return s;
		}
	}
}

static int
give_head(sqlite3_stmt *s, unsigned n, struct answer *to)
{
	const char **name = xcalloc(n, sizeof *name);
	int r;

	for (unsigned i = 0; i < n; i++) {
		name[i] = lite.column_name(s, (int)i);
		name[i] = name[i] ? name[i] : "";
	}
	r = answer_head(to, name, n);
	free(name);
	return r;
}

static struct answer_value
value_of(sqlite3_stmt *s, int i)
{
	switch (lite.column_type(s, i)) {
	case SQLITE_INTEGER:
		return (struct answer_value){ANSWER_INTEGER, .i = lite.column_int64(s, i)};
	case SQLITE_FLOAT:
		return (struct answer_value){ANSWER_REAL, .f = lite.column_double(s, i)};
	case SQLITE_TEXT: {
		const char *text = (const char *)lite.column_text(s, i);

		return (struct answer_value){ANSWER_TEXT, .s = text ? text : "",
					     .n = text ? (size_t)lite.column_bytes(s, i) : 0};
	}
	case SQLITE_BLOB: {
		const char *bytes = lite.column_blob(s, i);

		return (struct answer_value){ANSWER_BYTES, .s = bytes ? bytes : "",
					     .n = bytes ? (size_t)lite.column_bytes(s, i) : 0};
	}
	default:
		return (struct answer_value){ANSWER_NULL};
	}
}

static int
give_rows(struct sql *q, sqlite3_stmt *s, unsigned n, struct answer *to, const char *question,
	  struct err *e)
{
	struct answer_value *value = xcalloc(n, sizeof *value);
	int step, r = 0;

	while (r >= 0 && (step = lite.step(s)) == SQLITE_ROW) {
		for (unsigned i = 0; i < n; i++)
			value[i] = value_of(s, (int)i);
		q->given = true;
		r = answer_row(to, value);
	}
	free(value);
	if (r < 0)
		return err_set(e, r, "%s", strerror(-r));
	return step == SQLITE_DONE ? 0 : mistake(q, question, e);
}

/* What follows the question is nothing. */
static int
check_end(const char *question, const char *tail, struct err *e)
{
	tail = skip_blank(tail);
	if (!*tail)
		return 0;
	return err_at(e, -EINVAL, (int)(tail - question),
		      "expected one question, and nothing behind its semicolon");
}

static int
ask(struct sql *q, const char *question, struct answer *to, struct err *e)
{
	sqlite3_stmt *s = NULL;
	const char *tail;
	unsigned n;
	int r;

	if (lite.prepare_v3(q->db, question, -1, 0, &s, &tail) != SQLITE_OK)
		return mistake(q, question, e);
	r = check_end(question, tail, e);
	n = (unsigned)lite.column_count(s);
	if (r == 0 && (!n || !lite.stmt_readonly(s)))
		r = err_at(e, -EPERM, 0, "expected a question that gives columns: SELECT, WITH or "
					 "VALUES");
	if (r == 0 && !q->ungrouped)
		r = give_head(s, n, to);
	if (r == 0)
		r = give_rows(q, s, n, to, question, e);
	(void)lite.finalize(s);
	return r;
}

int
sql_ask(struct sql *q, const char *question, struct answer *to, struct err *e)
{
	int r;

	tables_forget(q);
	q->failed = 0;
	q->ungrouped = q->given = false;
	q->end_ns = q->o.time_limit_ns ? clock_mono_ns() + q->o.time_limit_ns : INT64_MAX;
	if (!*skip_blank(question))
		return err_at(e, -EINVAL, 0, "expected a question, such as: select * from system");
	r = ask(q, question, to, e);
	if (r < 0 && q->ungrouped) {
		q->failed = 0;
		q->facts.unreadable = 0; /* they are met again */
		r = ask(q, question, to, e);
	}
	return r;
}
