#include "sql/named.h"

#include <string.h>

#include "base/mem.h"
#include "base/str.h"

const struct named named_questions[] = {
#define NAMED(name, doc, sql) {name, doc, sql},
#include "sql/named.def"
#undef NAMED
};
const unsigned named_count = ARRAY_LEN(named_questions);

const struct named *
named_find(const char *name)
{
	for (unsigned i = 0; i < named_count; i++)
		if (strcmp(named_questions[i].name, name) == 0)
			return &named_questions[i];
	return NULL;
}

const char *
named_nearest(const char *name)
{
	struct nearest near = nearest_begin(span_str(name));

	for (unsigned i = 0; i < named_count; i++)
		nearest_try(&near, named_questions[i].name);
	return near.name;
}
