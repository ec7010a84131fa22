/* Keys: every name in the tables is a key, no key has two meanings in any preset, bindings take keys
 * from each other, the manuals say the same. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/fd.h"
#include "base/num.h"
#include "ui/input.h"
#include "ui/keymap.h"

#include <errno.h>
#include <fcntl.h>

enum { KEYS_AT_MOST = 512 };

static const struct {
	enum preset preset;
	enum action action;
	const char *keys;
} presets[] = {
#define PRESET(preset, action, keys) {PRESET_##preset, ACTION_##action, keys},
#include "ui/presets.def"
#undef PRESET
};

/* Each key of the texts is one, and stands in none of them twice. */
static void
add_keys(const char *what, const char *keys, uint32_t seen[KEYS_AT_MOST], size_t *n)
{
	struct span all = span_str(keys), word;

	while (span_word(&all, &word)) {
		uint32_t key = key_by_name(word.p, span_len(word));

		if (!key)
			fail_msg("%s: %.*s is no key", what, (int)span_len(word), word.p);
		for (size_t i = 0; i < *n; i++)
			if (seen[i] == key)
				fail_msg("%s: %.*s is bound twice", what, (int)span_len(word),
					 word.p);
		assert_true(*n < KEYS_AT_MOST);
		seen[(*n)++] = key;
	}
}

static void
test_tables(void **state)
{
	uint32_t seen[KEYS_AT_MOST];
	size_t n = 0;

	(void)state;
	for (int a = 1; a < ACTION_COUNT; a++)
		add_keys(action_info[a].name, action_info[a].keys, seen, &n);
	for (int p = 0; p < PRESETS; p++) {
		n = 0;
		for (size_t i = 0; i < sizeof presets / sizeof *presets; i++)
			if ((int)presets[i].preset == p)
				add_keys(action_info[presets[i].action].name, presets[i].keys, seen,
					 &n);
	}
}

/* What the tables say of an action in a preset; the last row would count. */
static const char *
said(int p, int a)
{
	const char *keys = action_info[a].keys;

	for (size_t i = 0; i < sizeof presets / sizeof *presets; i++)
		if ((int)presets[i].preset == p && (int)presets[i].action == a)
			keys = presets[i].keys;
	return keys;
}

/* A map is sound: a key that an action has asks for that action, and so for no other. */
static void
check(const struct keymap *k, const char *what)
{
	for (int a = 1; a < ACTION_COUNT; a++)
		for (int i = 0; i < KEYMAP_EACH && k->key[a][i]; i++)
			if ((int)keymap_action(k, k->key[a][i]) != a)
				fail_msg("%s: a key of %s is that of %s", what, action_info[a].name,
					 action_info[keymap_action(k, k->key[a][i])].name);
	assert_int_equal(keymap_action(k, 27), ACTION_BACK);
	assert_int_equal(keymap_action(k, 3), ACTION_QUIT);
	assert_int_equal(keymap_action(k, 0x1f600), ACTION_NONE);
}

static void
test_presets(void **state)
{
	struct keymap k;
	char first[KEY_NAME_MAX];

	(void)state;
	for (int p = 0; p < PRESETS; p++) {
		keymap_init(&k, (enum preset)p);
		check(&k, preset_name[p]);
		for (int a = 1; a < ACTION_COUNT; a++) {
			struct span all = span_str(said(p, a)), word;
			bool own = said(p, a) != action_info[a].keys;

			/* Without a key only where it is meant. */
			if (*said(p, a) && !k.key[a][0])
				fail_msg("%s: %s is left without a key", preset_name[p],
					 action_info[a].name);
			if (own || p == PRESET_MIXED) {
				while (span_word(&all, &word))
					assert_int_equal(
						keymap_action(&k, key_by_name(word.p, span_len(word))),
						a);
			}
		}
	}
	keymap_init(&k, PRESET_VI);
	assert_int_equal(keymap_action(&k, 'j'), ACTION_DOWN);
	assert_int_equal(keymap_action(&k, 'k'), ACTION_UP);
	assert_int_equal(keymap_action(&k, 'N'), ACTION_PREVIOUS);
	keymap_first(&k, ACTION_SIGNAL, first);
	assert_string_equal(first, "F9");
	keymap_first(&k, ACTION_SORT_PID, first);
	assert_string_equal(first, "");
}

static void
test_bind(void **state)
{
	struct keymap k, before;
	struct err e;
	char keys[KEY_NAMES_MAX];

	(void)state;
	keymap_init(&k, PRESET_MIXED);
	assert_int_equal(keymap_bind(&k, ACTION_TREE, span_str(" k  \xc3\xa9 M-t "), &e), 0);
	check(&k, "bound");
	assert_int_equal(keymap_action(&k, 'k'), ACTION_TREE);
	assert_int_equal(keymap_action(&k, 0xe9), ACTION_TREE);
	assert_int_equal(keymap_action(&k, KEYS_ALT | 't'), ACTION_TREE);
	assert_int_equal(keymap_action(&k, 't'), ACTION_NONE);
	keymap_keys(&k, ACTION_TREE, keys);
	assert_string_equal(keys, "k \xc3\xa9 M-t");
	keymap_keys(&k, ACTION_SIGNAL, keys);
	assert_string_equal(keys, "F9");
	assert_int_equal(keymap_bind(&k, ACTION_SIGNAL, span_str(""), &e), 0);
	keymap_keys(&k, ACTION_SIGNAL, keys);
	assert_string_equal(keys, "");
	assert_int_equal(keymap_action(&k, KEYS_F1 + 8), ACTION_NONE);

	before = k;
	assert_int_equal(keymap_bind(&k, ACTION_TREE, span_str("x Escape"), &e), -EINVAL);
	assert_int_equal(e.at, 2);
	assert_int_equal(keymap_bind(&k, ACTION_TREE, span_str("Esc"), &e), -EINVAL);
	assert_int_equal(keymap_bind(&k, ACTION_TREE, span_str("x ^C"), &e), -EINVAL);
	assert_int_equal(keymap_bind(&k, ACTION_TREE, span_str("1 2 3 4 5 6 7 8 9 a b c"), &e),
			 -EINVAL);
	assert_int_equal(e.at, 22);
	assert_memory_equal(&k, &before, sizeof k);

	/* One can always quit. */
	assert_int_equal(keymap_bind(&k, ACTION_QUIT, span_str(""), &e), 0);
	check(&k, "no quit");
	assert_int_equal(keymap_bind(&k, ACTION_QUIT, span_str("^C"), &e), 0);
	check(&k, "quit");
}

/* Any bindings in any order leave a sound map. */
static void
test_any(void **state)
{
	struct keymap k;
	uint32_t seed = 7;

	(void)state;
	keymap_init(&k, PRESET_TOP);
	for (int i = 0; i < 20000; i++) {
		char text[64];
		int n = 0;

		for (int j = (int)(seed >> 7 & 3); j >= 0; j--) {
			seed = seed * 1664525 + 1013904223;
			n += snprintf(text + n, sizeof text - (size_t)n, seed >> 30 ? "%c " : "M-%c ",
				      (char)('!' + (seed >> 16) % 94));
		}
		assert_int_equal(keymap_bind(&k, 1 + (enum action)((seed >> 8) % (ACTION_COUNT - 1)),
					     span_str(text), NULL),
				 0);
		if (i % 64 == 0)
			check(&k, text);
	}
}

static void
test_names(void **state)
{
	char name[KEY_NAME_MAX];

	(void)state;
	assert_int_equal(key_by_name("F12", 3), KEYS_F12);
	assert_int_equal(key_by_name("F13", 3), 0);
	assert_int_equal(key_by_name("^Z", 2), 26);
	assert_int_equal(key_by_name("^", 1), '^');
	assert_int_equal(key_by_name("-", 1), '-');
	assert_int_equal(key_by_name("Space", 5), ' ');
	assert_int_equal(key_by_name("S-F3", 4), KEYS_SHIFT | (KEYS_F1 + 2));
	assert_int_equal(key_by_name("M-C-Up", 6), KEYS_ALT | KEYS_CTRL | KEYS_UP);
	assert_int_equal(key_by_name("M-a", 3), KEYS_ALT | 'a');
	assert_int_equal(key_by_name("S-a", 3), 0);
	assert_int_equal(key_by_name("M-", 2), 0);
	assert_int_equal(key_by_name("nokey", 5), 0);
	assert_int_equal(key_by_name("\xff", 1), 0);
	assert_int_equal(key_by_name("", 0), 0);
	for (uint32_t key = 1; key < KEYS_LIMIT; key = key == 0x3000 ? KEYS_BASE : key + 1) {
		for (int mods = 0; mods < 8; mods += key < KEYS_BASE ? 4 : 1) {
			uint32_t all = key | (mods & 1 ? KEYS_SHIFT : 0u) |
				       (mods & 2 ? KEYS_CTRL : 0u) | (mods & 4 ? KEYS_ALT : 0u);

			key_name(all, name);
			assert_int_equal(key_by_name(name, strlen(name)), all);
		}
	}
}

/* SONDE_UPDATE_MAN=1 prints what should stand there. */
static void
check_manual(const char *env, void (*print)(struct buf *))
{
	struct buf keys = {0}, man = {0};
	const char *path = getenv(env);

	assert_non_null(path);
	print(&keys);
	if (getenv("SONDE_UPDATE_MAN"))
		(void)fd_write_all(STDOUT_FILENO, keys.data, keys.len);
	assert_int_equal(fd_read_file(AT_FDCWD, path, 1 << 20, &man), 0);
	assert_non_null(strstr(man.data, keys.data));
	buf_release(&keys);
	buf_release(&man);
}

static void
test_manual(void **state)
{
	(void)state;
	check_manual("SONDE_MAN", keymap_mdoc);
	check_manual("SONDE_CONF_MAN", keymap_mdoc_presets);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tables),
		cmocka_unit_test(test_presets),
		cmocka_unit_test(test_bind),
		cmocka_unit_test(test_any),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_manual),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
