/* help: what the tables say about options and commands, as text of at most 79 columns. */
#include <stdio.h>
#include <string.h>

#include "app/spec.h"

enum {
	LIVE = 1 << COMMAND_LIVE,
	ONCE = 1 << COMMAND_ONCE,
	QUERY = 1 << COMMAND_QUERY,
	RECORD = 1 << COMMAND_RECORD,
	REPLAY = 1 << COMMAND_REPLAY,
	DIFF = 1 << COMMAND_DIFF,
	STAT = 1 << COMMAND_STAT,
	CUT = 1 << COMMAND_CUT,
	EXPORT = 1 << COMMAND_EXPORT,
	FIELDS = 1 << COMMAND_FIELDS,
	DOCTOR = 1 << COMMAND_DOCTOR,
	HELP = 1 << COMMAND_HELP,
	VERSION = 1 << COMMAND_VERSION,
	CONFIG = 1 << COMMANDS,
};

const struct option_spec option_specs[OPTIONS] = {
#define OPTION(id, name, letter, arg, commands, doc) {name, letter, arg, commands, doc},
#include "app/options.def"
#undef OPTION
};

const struct command_spec command_specs[COMMANDS] = {
	[COMMAND_LIVE] = {"", "the live monitor"},
	[COMMAND_ONCE] = {"once",
			  "print what is to be seen now, as text, JSON or CSV; or a stream"},
	[COMMAND_QUERY] = {"query",
			   "answer a question in SQL about the machine or what was recorded",
			   "[SQL|-]", 1},
	[COMMAND_RECORD] = {"record", "record the machine, to wind back later", "[DIR]", 1},
	[COMMAND_REPLAY] = {"replay", "the live monitor over what was recorded", "[DIR|FILE]", 1},
	[COMMAND_DIFF] = {"diff", "say what differs between two moments",
			  "[[RECORDING][@TIME] [[RECORDING][@TIME]|now]]", 2},
	[COMMAND_STAT] = {"stat", "say how each number was spread over what was recorded",
			  "[DIR|FILE]", 1},
	[COMMAND_CUT] = {"cut",
			 "write a part of a recording into a file, to be kept or given away",
			 "[DIR|FILE]", 1},
	[COMMAND_EXPORT] = {"export",
			    "write what was recorded as Parquet, for other programs",
			    "[DIR|FILE]", 1},
	[COMMAND_FIELDS] = {"fields",
			    "list every field that can be shown, sorted by or filtered on"},
	[COMMAND_DOCTOR] = {"doctor", "say what can be read on this machine, what not, and why"},
	[COMMAND_HELP] = {"help", "print help; \"help COMMAND\" for a command's options",
			  "[COMMAND]"},
	[COMMAND_VERSION] = {"version", "print the version"},
};

/* Words of text from column `at` on, in lines of 79, the next ones indented. */
static void
put_wrapped(struct buf *b, size_t at, const char *text)
{
	enum { LINE = 79 };
	size_t column = at;

	while (*text) {
		size_t n = strcspn(text, " ");

		if (column > at && column + 1 + n > LINE) {
			buf_putc(b, '\n');
			buf_pad(b, ' ', at);
			column = at;
		} else if (column > at) {
			buf_putc(b, ' ');
			column++;
		}
		buf_put(b, text, n);
		column += n;
		text += n + (text[n] == ' ');
	}
	buf_putc(b, '\n');
}

static void
put_entry(struct buf *b, const char *left, const char *doc)
{
	enum { INDENT = 30 };
	size_t n = strlen(left);

	buf_puts(b, left);
	if (n >= INDENT)
		buf_putc(b, '\n');
	buf_pad(b, ' ', n < INDENT ? INDENT - n : INDENT);
	put_wrapped(b, INDENT, doc);
}

void
options_help(struct buf *b, enum command topic)
{
	char left[80];

	if (topic == COMMAND_LIVE) {
		buf_puts(b, "usage: sonde [COMMAND] [OPTION...]\n\n");
		for (unsigned c = 0; c < COMMANDS; c++) {
			snprintf(left, sizeof left, "  sonde %s", command_specs[c].name);
			put_entry(b, left, command_specs[c].doc);
		}
	} else {
		const struct command_spec *c = &command_specs[topic];

		buf_printf(b, "usage: sonde %s%s%s [OPTION...]\n\n", c->name,
			   c->operands ? " " : "", c->operands ? c->operands : "");
		put_wrapped(b, 0, command_specs[topic].doc);
	}
	buf_puts(b, "\noptions:\n");
	for (unsigned id = 0; id < OPTIONS; id++) {
		if (topic != COMMAND_LIVE && !option_is_for(id, topic))
			continue;
		if (option_specs[id].letter)
			snprintf(left, sizeof left, "  -%c, --%s%s%s", option_specs[id].letter,
				 option_specs[id].name, option_specs[id].arg ? " " : "",
				 option_specs[id].arg ? option_specs[id].arg : "");
		else
			snprintf(left, sizeof left, "      --%s%s%s", option_specs[id].name,
				 option_specs[id].arg ? " " : "",
				 option_specs[id].arg ? option_specs[id].arg : "");
		put_entry(b, left, option_specs[id].doc);
	}
	buf_puts(b, "\nexit status: 0 done, 1 failed, 2 not understood. The manual: man sonde\n");
}
