#ifndef APP_APP_H
#define APP_APP_H

/* app: what the commands share. Each cmd_*() takes checked options and gives the exit status; what
 * goes wrong is said once, by app_fail(), as "sonde: <sentence>".
 */
#include <stdlib.h>

#include "app/options.h"

enum { EXIT_USAGE = 2 }; /* beside EXIT_SUCCESS and EXIT_FAILURE */

int cmd_live(const struct options *o);
int cmd_once(const struct options *o);
int cmd_cut(const struct options *o);
int cmd_export(const struct options *o);
int cmd_diff(const struct options *o);
int cmd_stat(const struct options *o);
int cmd_query(const struct options *o);
int cmd_record(const struct options *o);
int cmd_replay(const struct options *o);
int cmd_screen(const struct options *o); /* once --screen */
int cmd_fields(const struct options *o);
int cmd_doctor(const struct options *o);
int cmd_cost(const struct options *o); /* doctor --cost */

/* Says the sentence on stderr, cleaned of what must not reach a terminal; returns status. */
int app_fail(int status, const struct err *e);
/* And the text, with a caret below e->at, when it is short enough to help; NULL: none. */
int app_fail_at(int status, const struct err *e, const char *typed);

/* Writes all of b to standard output. 0; -EPIPE when nobody reads any more, which is no failure
 * (SIGPIPE is ignored); -errno. */
int app_write(const struct buf *b);
/* The exit status after app_write(); says what went wrong. */
int app_written(int result);

/* Is it one of those that are written when none are named? */
bool app_is_usual(const struct field *f, enum output output);

/* Which rows the options ask for: --pid, --user, --filter, --kernel-threads. */
struct pick {
	const struct options *o;
	struct filter *filter;
	const char *user_name; /* NULL: none; else by_user may say which */
	bool by_user;
	uint32_t uid;
};
/* Needs the root for the user's name. 0, or -EINVAL and e. */
int pick_init(struct pick *p, const struct options *o, const struct root *root, struct err *e);
void pick_release(struct pick *p);
/* Adds the fields of the table that it looks at. */
void pick_fields(const struct pick *p, enum table_id t, struct field_set *set);
/* For rows_select(): arg is a struct pick. */
bool pick_match(const void *arg, const struct table *t, uint32_t row);

/* Where a source is read: "proc/PID/stat", "statvfs()". */
void source_path(char ret[64], enum source s);

/* A user's number by name or number. 0, or -EINVAL and e. */
int app_user(const struct root *root, const char *name, uint32_t *ret_uid, struct err *e);

#endif
