#include "ui/keymap.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/num.h"
#include "base/utf8.h"
#include "ui/input.h"

const struct action_info action_info[ACTION_COUNT] = {
	[ACTION_NONE] = {"", "", "", GROUP_GENERAL},
#define ACTION(id, group, name, keys, doc) [ACTION_##id] = {name, keys, doc, GROUP_##group},
#include "ui/actions.def"
#undef ACTION
};

const char *const action_group_name[GROUP_COUNT] = {
	[GROUP_GENERAL] = "General", [GROUP_TIME] = "Time",    [GROUP_MOVE] = "Moving",
	[GROUP_SHOW] = "What is shown", [GROUP_SORT] = "Sorting", [GROUP_FIND] = "Finding",
	[GROUP_PROCESS] = "Processes",
};

static const struct {
	const char *name;
	uint32_t key;
} names[] = {
	{"Up", KEYS_UP},        {"Down", KEYS_DOWN},   {"Left", KEYS_LEFT},
	{"Right", KEYS_RIGHT},  {"Home", KEYS_HOME},   {"End", KEYS_END},
	{"PgUp", KEYS_PGUP},    {"PgDn", KEYS_PGDN},   {"Insert", KEYS_INSERT},
	{"Delete", KEYS_DELETE}, {"Space", ' '},       {"Enter", '\r'},
	{"Tab", '\t'},          {"Esc", 27},
};

uint32_t
key_by_name(const char *name, size_t n)
{
	struct span s = span_of(name, n);
	uint32_t cp;
	uint64_t f;

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (span_is(s, names[i].name))
			return names[i].key;
	if (n > 2 && name[0] == 'S' && name[1] == '-') {
		uint32_t key = key_by_name(name + 2, n - 2);

		return key >= KEYS_BASE ? key | KEYS_SHIFT : 0;
	}
	if (n == 2 && name[0] == '^' && name[1] >= '@' && name[1] <= '_')
		return (uint32_t)(name[1] - '@');
	if (n >= 2 && name[0] == 'F') {
		s.p++;
		if (num_u64(&s, &f) == 0 && span_empty(s) && f >= 1 && f <= 12)
			return KEYS_F1 + (uint32_t)f - 1;
	}
	if (n && utf8_next(name, name + n, &cp) == n && cp != UTF8_BAD)
		return cp;
	return 0;
}

enum action
keymap_action(uint32_t key)
{
	for (int a = 1; a < ACTION_COUNT; a++) {
		struct span all = span_of(action_info[a].keys, strlen(action_info[a].keys)), word;

		while (span_word(&all, &word))
			if (key_by_name(word.p, span_len(word)) == key)
				return (enum action)a;
	}
	return ACTION_NONE;
}

void
keymap_first(enum action a, char ret[12])
{
	snprintf(ret, 12, "%.*s", (int)strcspn(action_info[a].keys, " "), action_info[a].keys);
}

/* mdoc takes these for punctuation when they stand alone. */
static bool
is_mdoc_punctuation(char c)
{
	return strchr(".,:;?!()[]|", c) != NULL;
}

void
keymap_mdoc(struct buf *out)
{
	for (int g = 0; g < GROUP_COUNT; g++) {
		buf_printf(out, ".Ss %s\n.Bl -tag -width \"PgDn, ^F\" -compact\n",
			   action_group_name[g]);
		for (int a = 1; a < ACTION_COUNT; a++) {
			struct span all = span_of(action_info[a].keys, strlen(action_info[a].keys));
			struct span word;
			const char *sep = "";

			if ((int)action_info[a].group != g)
				continue;
			buf_puts(out, ".It ");
			while (span_word(&all, &word)) {
				buf_printf(out, "%sIc ", sep);
				for (; word.p < word.end; word.p++) {
					const char *esc = *word.p == '\\'  ? "\\e"
							  : *word.p == '^' ? "\\(ha"
							  : *word.p == '-' ? "\\-"
							  : *word.p == '"' ? "\\(dq"
									   : NULL;

					if (word.p + 1 == word.end && is_mdoc_punctuation(*word.p))
						buf_puts(out, "\\&");
					if (esc)
						buf_puts(out, esc);
					else
						buf_putc(out, *word.p);
				}
				sep = " , ";
			}
			buf_printf(out, "\n%c%s.\n", action_info[a].doc[0] & ~32,
				   action_info[a].doc + 1);
		}
		buf_puts(out, ".El\n");
	}
}
