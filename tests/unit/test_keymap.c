/* Keys: every name in the table is a key, no key has two meanings, the manual says the same. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/fd.h"
#include "base/num.h"
#include "ui/input.h"
#include "ui/keymap.h"

#include <fcntl.h>

static void
test_every_key_once(void **state)
{
	uint32_t seen[256];
	size_t n = 0;

	(void)state;
	for (int a = 1; a < ACTION_COUNT; a++) {
		struct span all = span_of(action_info[a].keys, strlen(action_info[a].keys)), word;

		assert_true(span_word(&(struct span){all.p, all.end}, &word));
		while (span_word(&all, &word)) {
			uint32_t key = key_by_name(word.p, span_len(word));

			if (!key)
				fail_msg("%s: %.*s is no key", action_info[a].name,
					 (int)span_len(word), word.p);
			for (size_t i = 0; i < n; i++)
				if (seen[i] == key)
					fail_msg("%s: %.*s is bound twice", action_info[a].name,
						 (int)span_len(word), word.p);
			assert_int_equal(keymap_action(key), a);
			seen[n++] = key;
		}
	}
	assert_int_equal(keymap_action(0x1f600), ACTION_NONE);
}

static void
test_names(void **state)
{
	(void)state;
	assert_int_equal(key_by_name("F12", 3), KEYS_F12);
	assert_int_equal(key_by_name("F13", 3), 0);
	assert_int_equal(key_by_name("^Z", 2), 26);
	assert_int_equal(key_by_name("^", 1), '^');
	assert_int_equal(key_by_name("Space", 5), ' ');
	assert_int_equal(key_by_name("nokey", 5), 0);
	assert_int_equal(key_by_name("", 0), 0);
}

/* SONDE_UPDATE_MAN=1 prints what should stand there. */
static void
test_manual(void **state)
{
	struct buf keys = {0}, man = {0};
	const char *path = getenv("SONDE_MAN");

	(void)state;
	assert_non_null(path);
	keymap_mdoc(&keys);
	if (getenv("SONDE_UPDATE_MAN"))
		(void)fd_write_all(STDOUT_FILENO, keys.data, keys.len);
	assert_int_equal(fd_read_file(AT_FDCWD, path, 1 << 20, &man), 0);
	assert_non_null(strstr(man.data, keys.data));
	buf_release(&keys);
	buf_release(&man);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_key_once),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_manual),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
