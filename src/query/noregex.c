/* noregex: in place of regex.c where sonde is built without pcre2. */
#include <errno.h>

#include "query/regex.h"

bool
regex_available(void)
{
	return false;
}

struct regex *
regex_new(const char *text, struct err *e, int at)
{
	(void)text;
	err_at(e, -EINVAL, at, "regular expression: built without pcre2, expected a plain word");
	return NULL;
}

void
regex_free(struct regex *r)
{
	(void)r;
}

bool
regex_match(struct regex *r, const char *s)
{
	(void)r;
	(void)s;
	return false;
}

bool
regex_stopped(const struct regex *r)
{
	(void)r;
	return false;
}
