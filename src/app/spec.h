#ifndef APP_SPEC_H
#define APP_SPEC_H

/* spec: the options and commands there are, as data. */
#include "app/options.h"

enum option {
#define OPTION(id, ...) OPTION_##id,
#include "app/options.def"
#undef OPTION
	OPTIONS
};

struct option_spec {
	const char *name;  /* without the dashes */
	char letter;       /* 0: none */
	const char *arg;   /* NULL: takes none */
	unsigned commands; /* 1 << enum command; 1 << COMMANDS: also in the configuration */
	const char *doc;
};

struct command_spec {
	const char *name, *doc;
	const char *operands; /* "[PATH]"; NULL: none */
	unsigned noperands;   /* at most */
};

extern const struct option_spec option_specs[OPTIONS];
extern const struct command_spec command_specs[COMMANDS];

static inline bool
option_is_for(unsigned id, enum command c)
{
	return option_specs[id].commands & 1u << c;
}

static inline bool
option_is_config(unsigned id)
{
	return option_specs[id].commands & 1u << COMMANDS;
}

#endif
