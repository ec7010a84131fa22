/* nosql: what a program that was built without SQLite says. */
#include <errno.h>

#include "sql/sql.h"

int
sql_new(const struct sql_options *o, struct sql **ret, struct err *e)
{
	(void)o;
	(void)ret;
	return err_set(e, -ENOTSUP,
		       "this sonde was built without questions in SQL (meson option sql; needs the "
		       "header of libsqlite3)");
}

void
sql_free(struct sql *q)
{
	(void)q;
}

int
sql_ask(struct sql *q, const char *question, struct answer *to, struct err *e)
{
	(void)q;
	(void)question;
	(void)to;
	return err_set(e, -ENOTSUP, "there is no SQL");
}

void
sql_facts(const struct sql *q, struct sql_facts *ret)
{
	(void)q;
	*ret = (struct sql_facts){0};
}
