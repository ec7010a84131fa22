/* The configuration and the command line: which of them counts, what is read where, and that the
 * manual has every name. What it refuses stands in tests/text/config.test. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/config.h"
#include "base/clock.h"
#include "base/fd.h"
#include "base/mem.h"

static char dir[] = "/tmp/sonde-config-XXXXXX", file[64];
static struct options o;
static struct err e;

static void
put_file(const char *path, const char *text)
{
	cleanup_fd int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(fd_write_all(fd, text, strlen(text)), 0);
}

static const char *
get_file(const char *path, struct buf *b)
{
	assert_int_equal(fd_read_file(AT_FDCWD, path, 1 << 20, b), 0);
	return b->data;
}

static int
parse(const char *line)
{
	static char text[256];
	static char program[] = "sonde";
	static char *argv[32];
	int argc = 1;

	options_release(&o);
	snprintf(text, sizeof text, "%s", line);
	argv[0] = program;
	for (char *p = strtok(text, " "); p; p = strtok(NULL, " "))
		argv[argc++] = p;
	argv[argc] = NULL;
	return options_parse(&o, argc, argv, &e);
}

static int
setup(void **state)
{
	(void)state;
	if (!mkdtemp(dir))
		return -1;
	setenv("XDG_CONFIG_HOME", dir, 1);
	snprintf(file, sizeof file, "%s/sonde", dir);
	if (mkdir(file, 0700) < 0)
		return -1;
	snprintf(file, sizeof file, "%s/sonde/sonde.conf", dir);
	return 0;
}

static int
teardown(void **state)
{
	char sub[64];

	(void)state;
	options_release(&o);
	snprintf(sub, sizeof sub, "%s/sonde", dir);
	(void)unlink(file);
	(void)rmdir(sub);
	return rmdir(dir);
}

static void
test_order(void **state)
{
	(void)state;
	put_file(file, "delay = 2\nsort = pid\ncolumns = pid,user\ntree = yes\nthreads=yes\n"
		       "kernel-threads = no\nreadonly = yes\nkeys = vi\n");
	assert_int_equal(parse(""), 0);
	assert_int_equal(o.config->nmistakes, 0);
	assert_int_equal(o.delay_ns, 2 * NS_PER_S);
	assert_int_equal(o.nsort, 1);
	assert_int_equal(o.sort[0].field, PROC_PID);
	assert_int_equal(o.ncolumns, 2);
	assert_true(o.tree && o.threads && o.readonly);
	assert_int_equal(o.kernel_threads, 0);
	assert_int_equal(keymap_action(&o.config->keys, 'G'), ACTION_LAST);

	/* The command line wins; readonly stays. */
	assert_int_equal(parse("-d 3 -s -rss,pid -o command --tree=no --kernel-threads "
			       "--readonly=no"),
			 0);
	assert_int_equal(o.delay_ns, 3 * NS_PER_S);
	assert_int_equal(o.nsort, 2);
	assert_int_equal(o.ncolumns, 1);
	assert_false(o.tree);
	assert_true(o.threads && o.readonly);
	assert_int_equal(o.kernel_threads, 1);
	assert_int_equal(parse("--no-kernel-threads"), 0);
	assert_int_equal(o.kernel_threads, 0);

	/* Changes of columns are changes of those that are configured. */
	assert_int_equal(parse("-o +pss,-pid"), 0);
	assert_int_equal(o.ncolumns, 2);
	assert_int_equal(o.column[0], PROC_USER);
	assert_int_equal(o.column[1], PROC_PSS);
	assert_int_equal(parse("--no-config -o +pss"), 0);
	assert_true(o.ncolumns > 5);
	assert_int_equal(parse("-o +nothing"), -EINVAL);

	assert_int_equal(parse("--no-config"), 0);
	assert_int_equal(o.delay_ns, 0);
	assert_false(o.tree || o.readonly);
	assert_int_equal(keymap_action(&o.config->keys, 'G'), ACTION_NONE);
	assert_int_equal(parse("--config="), 0);
	assert_false(o.tree);

	/* What programs read is the same everywhere. */
	assert_int_equal(parse("once"), 0);
	assert_null(o.config);
	assert_false(o.threads);
	assert_int_equal(parse("once --screen 80x24"), 0);
	assert_null(o.config);
	assert_int_equal(parse("replay"), 0);
	assert_true(o.tree);
}

/* A mistake leaves its line out, and no other. */
static void
test_mistakes(void **state)
{
	char notice[160];

	(void)state;
	put_file(file, "delay = 2\ndelay = 0\nbind tree = x y nokey\nbind quit = Q\n"
		       "sort = pid,nofield\nfilter a = cpu>\nfilter a = cpu>5\nfilter a = cpu>6\n");
	assert_int_equal(parse(""), 0);
	assert_int_equal(o.config->nmistakes, 4);
	assert_int_equal(o.delay_ns, 2 * NS_PER_S);
	assert_int_equal(o.nsort, 0);
	assert_int_equal(keymap_action(&o.config->keys, 't'), ACTION_TREE);
	assert_int_equal(keymap_action(&o.config->keys, 'Q'), ACTION_QUIT);
	assert_int_equal(o.config->nfilters, 1);
	assert_string_equal(o.config->filter[0].query, "cpu>6");
	assert_true(config_notice(o.config, notice));
	assert_non_null(strstr(notice, "3 more"));
}

/* Of what is there, and of what cannot be trusted. */
static void
test_trust(void **state)
{
	struct screen_settings now = {.delay_ns = 5 * NS_PER_S, .nsort = 1};
	struct buf b = {0};

	(void)state;
	now.sort[0].field = PROC_PID;
	put_file(file, "tree = yes\n");
	assert_int_equal(chmod(file, 0666), 0);
	assert_int_equal(parse(""), 0);
	assert_false(o.tree);
	assert_int_equal(o.config->nmistakes, 1);
	assert_true(config_save(&o, &now, &e) < 0);
	assert_string_equal(get_file(file, &b), "tree = yes\n");
	assert_int_equal(chmod(file, 0640), 0);
	if (geteuid() == 0) {
		assert_int_equal(chown(file, 12345, (gid_t)-1), 0);
		assert_int_equal(parse(""), 0);
		assert_false(o.tree);
		assert_true(config_save(&o, &now, &e) < 0);
		assert_int_equal(chown(file, 0, (gid_t)-1), 0);
	}
	assert_int_equal(unlink(file), 0);
	assert_int_equal(symlink("nowhere", file), 0);
	assert_int_equal(parse(""), 0);
	assert_true(config_save(&o, &now, &e) < 0);
	assert_int_equal(unlink(file), 0);
	buf_release(&b);
}

/* A file that is not there is made, with its directory; then a start gives what was saved. */
static void
test_save(void **state)
{
	static const struct named_filter filter = {"db", "user=postgres cpu>1"};
	static const uint8_t columns[] = {PROC_PID, PROC_COMMAND};
	struct screen_settings now = {
		.sort = {{.field = PROC_RES, .descending = true}, {.field = PROC_PID, .descending = true}},
		.nsort = 2,
		.columns = columns,
		.ncolumns = 2,
		.delay_ns = NS_PER_S / 2,
		.tree = true,
		.no_kthreads = true,
		.names_only = true,
		.filter = &filter,
		.nfilters = 1,
	};
	struct buf b = {0};
	char sub[64];

	(void)state;
	snprintf(sub, sizeof sub, "%s/sonde", dir);
	assert_int_equal(rmdir(sub), 0);
	assert_int_equal(parse(""), 0);
	assert_int_equal(config_save(&o, &now, &e), 0);
	assert_string_equal(get_file(file, &b),
			    "# sonde.conf(5) says what may stand here.\n"
			    "delay = 0.5\n"
			    "sort = resident_bytes,-pid\n"
			    "columns = pid,command\n"
			    "kernel-threads = no\n"
			    "tree = yes\n"
			    "names = yes\n"
			    "filter db = user=postgres cpu>1\n");
	assert_int_equal(parse(""), 0);
	assert_int_equal(o.config->nmistakes, 0);
	assert_int_equal(o.delay_ns, NS_PER_S / 2);
	assert_int_equal(o.nsort, 2);
	assert_true(o.sort[1].descending);
	assert_int_equal(o.ncolumns, 2);
	assert_int_equal(o.kernel_threads, 0);
	assert_string_equal(o.config->filter[0].query, filter.query);
	/* Once more changes nothing, back again only values. */
	assert_int_equal(config_save(&o, &now, &e), 0);
	assert_non_null(strstr(e.text, "nothing to save"));
	now.tree = false;
	assert_int_equal(config_save(&o, &now, &e), 0);
	assert_non_null(strstr(get_file(file, &b), "\ntree = no\n"));
	buf_release(&b);
}

static void
test_manual(void **state)
{
	struct buf man = {0}, item = {0};
	const char *path = getenv("SONDE_CONF_MAN");

	(void)state;
	assert_non_null(path);
	(void)get_file(path, &man);
	*strstr(man.data, ".Ss Keys\n") = '\0'; /* options come before */
	for (unsigned id = 0; id < OPTIONS; id++) {
		buf_clear(&item);
		buf_printf(&item, "\n.It Li %s\n", option_specs[id].name);
		if (option_is_config(id) != (strstr(man.data, item.data) != NULL))
			fail_msg("%s: sonde.conf(5) says otherwise", option_specs[id].name);
	}
	buf_release(&man);
	buf_release(&item);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order), cmocka_unit_test(test_mistakes),
		cmocka_unit_test(test_trust), cmocka_unit_test(test_save),
		cmocka_unit_test(test_manual),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
