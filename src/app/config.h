#ifndef APP_CONFIG_H
#define APP_CONFIG_H

/* config: what a person wants every time: a text of "name = value" (base/conf.h), of the system and
 * of one's own, read in this order. A name is
 *
 *   an option of the command line that may stand here (CONFIG in options.def), which wins
 *   keys = mixed | htop | top | vi       whatever stands in "bind" of the same file comes after it
 *   bind ACTION = KEYS                   as keymap_bind() has it
 *   filter NAME = QUERY                  a filter to choose by its name
 *   color STYLE = QUERY                  rows that match look so; the first that matches counts
 *
 * A mistake stops nothing: it is kept, with file, line, column and what was expected. What stands
 * in a line that begins with no known name is never said: the file may be none of this kind. A file
 * is not read when it is too large, not regular, another user's but root's, or writable for all.
 */
#include "app/values.h"
#include "base/arena.h"
#include "ui/screen.h"

enum { CONFIG_MISTAKES = 32, CONFIG_FILTERS = 64, CONFIG_RULES = 32 };

struct config {
	struct arena text; /* whatever the rest points at */
	struct keymap keys;
	struct named_filter filter[CONFIG_FILTERS];
	size_t nfilters;
	struct colour_rule rule[CONFIG_RULES];
	size_t nrules;
	const char *mistake[CONFIG_MISTAKES];
	size_t nmistakes; /* all; only the first ones are kept */
	const char *path; /* one's own; NULL: there is none */
	bool is_read;     /* it is there, and was */
	bool refused;     /* it is there, and is not to be trusted */
};

/* Whether a configuration is read at all: for screens. For "once --screen", which is to be the same
 * everywhere, only a file that is named. */
bool config_is_for(const struct options *o);
/* Reads the files into ps->o->config, and into *ps->o what the command line did not say. 0; -errno
 * and ps->e when a file that was named cannot be read. */
int config_load(struct parser *ps);
void config_free(struct config *c);
/* Reads one text. name: of the file, for mistakes. readonly_only: nothing else counts. */
void config_text(struct parser *ps, const char *name, struct span text, bool readonly_only);

/* The first mistake and how many more; false: there is none. */
bool config_notice(const struct config *c, char ret[160]);

/* saved.c: writes what is set now into one's own file: only values that a start without options
 * would not give, into their lines or new ones at the end. o: of this run. 0 and a sentence in
 * *said, or -errno and why not. */
int config_save(const struct options *o, const struct screen_settings *now, struct err *said);

#endif
