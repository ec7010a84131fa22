#include "ui/keymap.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "base/utf8.h"

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

const char *const preset_name[PRESETS] = {
	[PRESET_MIXED] = "mixed",
	[PRESET_HTOP] = "htop",
	[PRESET_TOP] = "top",
	[PRESET_VI] = "vi",
};

static const struct {
	enum preset preset;
	enum action action;
	const char *keys;
} presets[] = {
#define PRESET(preset, action, keys) {PRESET_##preset, ACTION_##action, keys},
#include "ui/presets.def"
#undef PRESET
};

static const struct {
	uint32_t key;
	enum action action;
} fixed[] = {{27, ACTION_BACK}, {3, ACTION_QUIT}};

static const struct {
	const char *name;
	uint32_t key;
} names[] = {
	{"Up", KEYS_UP},        {"Down", KEYS_DOWN},   {"Left", KEYS_LEFT},
	{"Right", KEYS_RIGHT},  {"Home", KEYS_HOME},   {"End", KEYS_END},
	{"PgUp", KEYS_PGUP},    {"PgDn", KEYS_PGDN},   {"Insert", KEYS_INSERT},
	{"Delete", KEYS_DELETE}, {"Space", ' '},       {"Enter", '\r'},
	{"Tab", '\t'},          {"Esc", 27},           {"S-Tab", KEYS_BACKTAB},
	{"Backspace", 127},
};

/* Before named keys any of them, before characters only M- (Alt): Shift and Ctrl make others of
 * those. */
static const struct {
	char letter;
	uint32_t bit;
} modifiers[] = {{'M', KEYS_ALT}, {'C', KEYS_CTRL}, {'S', KEYS_SHIFT}};

enum action
action_by_name(struct span name)
{
	for (int a = 1; a < ACTION_COUNT; a++)
		if (span_is(name, action_info[a].name))
			return (enum action)a;
	return ACTION_NONE;
}

static uint32_t
plain_key_by_name(struct span s)
{
	const char *name = s.p;
	size_t n = span_len(s);
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

uint32_t
key_by_name(const char *name, size_t n)
{
	struct span s = span_of(name, n);
	uint32_t key = plain_key_by_name(s), mods = 0;

	while (!key && span_len(s) > 2 && s.p[1] == '-') {
		size_t i = 0;

		while (i < ARRAY_LEN(modifiers) && modifiers[i].letter != *s.p)
			i++;
		if (i == ARRAY_LEN(modifiers))
			return 0;
		mods |= modifiers[i].bit;
		s.p += 2;
		key = plain_key_by_name(s);
	}
	if (!key || (key < KEYS_BASE && mods & ~(uint32_t)KEYS_ALT))
		return 0;
	return key | mods;
}

void
key_name(uint32_t key, char ret[KEY_NAME_MAX])
{
	uint32_t plain = key & ~(uint32_t)(KEYS_ALT | KEYS_CTRL | KEYS_SHIFT);
	char *p = ret;

	for (size_t i = 0; i < ARRAY_LEN(modifiers); i++)
		if (key & modifiers[i].bit) {
			*p++ = modifiers[i].letter;
			*p++ = '-';
		}
	*p = '\0';
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (names[i].key == plain) {
			snprintf(p, (size_t)(ret + KEY_NAME_MAX - p), "%s", names[i].name);
			return;
		}
	if (plain >= KEYS_F1 && plain <= KEYS_F12)
		snprintf(p, (size_t)(ret + KEY_NAME_MAX - p), "F%u", plain - KEYS_F1 + 1);
	else if (plain < ' ')
		snprintf(p, (size_t)(ret + KEY_NAME_MAX - p), "^%c", (char)('@' + plain));
	else
		p[utf8_encode(plain, p)] = '\0';
}

/* Where a key stands in direct[], or -1. */
static int
direct_index(uint32_t key)
{
	if (key < 128)
		return (int)key;
	if (key >= KEYS_BASE && key < KEYS_LIMIT)
		return (int)(128 + key - KEYS_BASE);
	return -1;
}

enum action
keymap_action(const struct keymap *k, uint32_t key)
{
	int at = direct_index(key);

	if (at >= 0)
		return (enum action)k->direct[at];
	for (int a = 1; a < ACTION_COUNT; a++)
		for (int i = 0; i < KEYMAP_EACH && k->key[a][i]; i++)
			if (k->key[a][i] == key)
				return (enum action)a;
	return ACTION_NONE;
}

static void
remove_key(struct keymap *k, enum action a, uint32_t key)
{
	int n = 0;

	for (int i = 0; i < KEYMAP_EACH; i++)
		if (k->key[a][i] != key)
			k->key[a][n++] = k->key[a][i];
	while (n < KEYMAP_EACH)
		k->key[a][n++] = 0;
}

static void
put_key(struct keymap *k, enum action a, uint32_t key)
{
	enum action had = keymap_action(k, key);
	int at = direct_index(key), n = 0;

	if (had != ACTION_NONE)
		remove_key(k, had, key);
	while (n < KEYMAP_EACH && k->key[a][n])
		n++;
	k->key[a][n] = key;
	if (at >= 0)
		k->direct[at] = (uint8_t)a;
}

static int
check_keys(enum action a, struct span keys, struct err *e)
{
	const char *begin = keys.p;
	struct span word;
	int n = 0;

	while (span_word(&keys, &word)) {
		uint32_t key = key_by_name(word.p, span_len(word));

		if (!key)
			return err_at(e, -EINVAL, (int)(word.p - begin),
				      "expected the name of a key, such as k, F5, ^L, Space, PgUp, "
				      "S-F3 or M-x");
		for (size_t i = 0; i < ARRAY_LEN(fixed); i++)
			if (fixed[i].key == key && fixed[i].action != a)
				return err_at(e, -EINVAL, (int)(word.p - begin),
					      "this key is always \"%s\"; expected another",
					      action_info[fixed[i].action].name);
		if (++n == KEYMAP_EACH)
			return err_at(e, -EINVAL, (int)(word.p - begin), "expected at most %d keys",
				      KEYMAP_EACH - 1);
	}
	return 0;
}

int
keymap_bind(struct keymap *k, enum action a, struct span keys, struct err *e)
{
	struct span word;
	int r = check_keys(a, keys, e);

	if (r < 0)
		return r;
	for (int i = 0; i < KEYMAP_EACH; i++) {
		int at = direct_index(k->key[a][i]);

		if (k->key[a][i] && at >= 0)
			k->direct[at] = ACTION_NONE;
		k->key[a][i] = 0;
	}
	while (span_word(&keys, &word))
		put_key(k, a, key_by_name(word.p, span_len(word)));
	for (size_t i = 0; i < ARRAY_LEN(fixed); i++)
		if (fixed[i].action == a && keymap_action(k, fixed[i].key) != a)
			put_key(k, a, fixed[i].key);
	return 0;
}

void
keymap_init(struct keymap *k, enum preset p)
{
	*k = (struct keymap){0};
	for (int a = 1; a < ACTION_COUNT; a++)
		(void)keymap_bind(k, (enum action)a, span_str(action_info[a].keys), NULL);
	for (size_t i = 0; i < ARRAY_LEN(presets); i++)
		if (presets[i].preset == p)
			(void)keymap_bind(k, presets[i].action, span_str(presets[i].keys), NULL);
}

void
keymap_first(const struct keymap *k, enum action a, char ret[KEY_NAME_MAX])
{
	ret[0] = '\0';
	if (k->key[a][0])
		key_name(k->key[a][0], ret);
}

void
keymap_keys(const struct keymap *k, enum action a, char ret[KEY_NAMES_MAX])
{
	char name[KEY_NAME_MAX];
	size_t n = 0;

	ret[0] = '\0';
	for (int i = 0; i < KEYMAP_EACH && k->key[a][i]; i++) {
		key_name(k->key[a][i], name);
		if (n + 1 + strlen(name) >= KEY_NAMES_MAX)
			return;
		n += (size_t)snprintf(ret + n, KEY_NAMES_MAX - n, "%s%s", n ? " " : "", name);
	}
}

/* mdoc takes these for punctuation when they stand alone. */
static bool
is_mdoc_punctuation(char c)
{
	return strchr(".,:;?!()[]|", c) != NULL;
}

/* " , " between keys; nothing for none. */
static void
mdoc_keys(struct buf *out, struct span all)
{
	struct span word;
	const char *sep = "";

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
}

void
keymap_mdoc(struct buf *out)
{
	for (int g = 0; g < GROUP_COUNT; g++) {
		buf_printf(out, ".Ss %s\n.Bl -tag -width \"PgDn, ^F\" -compact\n",
			   action_group_name[g]);
		for (int a = 1; a < ACTION_COUNT; a++) {
			if ((int)action_info[a].group != g)
				continue;
			buf_puts(out, ".It ");
			if (*action_info[a].keys)
				mdoc_keys(out, span_str(action_info[a].keys));
			else
				buf_printf(out, "Pq %s", action_info[a].name);
			buf_printf(out, "\n%c%s.\n", action_info[a].doc[0] & ~32,
				   action_info[a].doc + 1);
		}
		buf_puts(out, ".El\n");
	}
}

void
keymap_mdoc_presets(struct buf *out)
{
	for (int p = PRESET_MIXED + 1; p < PRESETS; p++) {
		buf_printf(out, ".Ss %s\n.Bl -tag -width \"event-before\" -compact\n",
			   preset_name[p]);
		for (size_t i = 0; i < ARRAY_LEN(presets); i++) {
			if ((int)presets[i].preset != p)
				continue;
			buf_printf(out, ".It Li %s\n", action_info[presets[i].action].name);
			if (*presets[i].keys) {
				buf_putc(out, '.');
				mdoc_keys(out, span_str(presets[i].keys));
			} else {
				buf_puts(out, "no key");
			}
			buf_putc(out, '\n');
		}
		buf_puts(out, ".El\n");
	}
}

int
action_rows(enum action a, int page)
{
	switch (a) {
	case ACTION_UP:
		return -1;
	case ACTION_DOWN:
		return 1;
	case ACTION_PAGE_UP:
		return -MAX(page, 1);
	case ACTION_PAGE_DOWN:
		return MAX(page, 1);
	case ACTION_FIRST:
		return -(1 << 30);
	case ACTION_LAST:
		return 1 << 30;
	default:
		return 0;
	}
}
