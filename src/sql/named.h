#ifndef SQL_NAMED_H
#define SQL_NAMED_H

/* named: questions that people ask of a machine again and again, ready to be asked. */
#include "base/num.h"

struct named {
	const char *name, *doc, *sql;
};

extern const struct named named_questions[];
extern const unsigned named_count;

const struct named *named_find(const char *name);         /* or NULL */
const char *named_nearest(const char *name); /* or NULL when none is near */

#endif
