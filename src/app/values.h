#ifndef APP_VALUES_H
#define APP_VALUES_H

/* values: what stands after an option, into struct options. */
#include "app/spec.h"

struct parser {
	struct options *o;
	struct err *e;
	char *const *argv;
	int argc, i;
	char typed[OPTIONS][24]; /* "--sort" or "-s", as it was typed; "": not given */
	const char *sort, *columns;
	bool config; /* it is a line of the configuration: sentences do not say which option */
};

extern const char *const output_names[];

/* Does it say changes of columns, "+pss,-nice"? NULL does not. */
bool options_columns_change(const char *text);
/* Into o->column; changes are of those that are there, or of the screen's own. 0, or -EINVAL and e
 * with the offset. */
int options_columns(struct options *o, enum table_id t, const char *text, struct err *e);

void options_add_table(struct options *o, enum table_id t); /* once */
/* 0, or -EINVAL and ps->e. value is NULL for options that take none. */
int option_set(struct parser *ps, enum option id, const char *value);

#endif
