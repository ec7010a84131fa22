/* The command line: what is taken, in every way it may be written. What is refused, and the
 * sentences, stand in tests/text/errors.test. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>

#include "app/options.h"
#include "base/clock.h"
#include "base/mem.h"

static struct options o;
static struct err e;
static char program[] = "sonde", once[] = "once";

static int
parse(const char *line)
{
	static char text[256];
	static char *argv[32];
	int argc = 1;

	options_release(&o);
	assert_true(strlen(line) < sizeof text);
	strcpy(text, line);
	argv[0] = program;
	for (char *p = strtok(text, " "); p; p = strtok(NULL, " "))
		argv[argc++] = p;
	argv[argc] = NULL;
	return options_parse(&o, argc, argv, &e);
}

static int
teardown(void **state)
{
	(void)state;
	options_release(&o);
	return 0;
}

static void
test_commands(void **state)
{
	static const struct {
		const char *line;
		enum command command, topic;
	} cases[] = {
		{"", COMMAND_LIVE, COMMAND_LIVE},
		{"-d 2", COMMAND_LIVE, COMMAND_LIVE},
		{"once", COMMAND_ONCE, COMMAND_LIVE},
		{"-d 2 once", COMMAND_ONCE, COMMAND_LIVE},
		{"-b", COMMAND_ONCE, COMMAND_LIVE},
		{"fields", COMMAND_FIELDS, COMMAND_LIVE},
		{"doctor --root x", COMMAND_DOCTOR, COMMAND_LIVE},
		{"help", COMMAND_HELP, COMMAND_LIVE},
		{"help once", COMMAND_HELP, COMMAND_ONCE},
		{"-h", COMMAND_HELP, COMMAND_LIVE},
		{"once --help", COMMAND_HELP, COMMAND_ONCE},
		{"help doctor -h", COMMAND_HELP, COMMAND_DOCTOR},
		{"version", COMMAND_VERSION, COMMAND_LIVE},
		{"doctor -V", COMMAND_VERSION, COMMAND_LIVE},
		{"-- once", COMMAND_ONCE, COMMAND_LIVE},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		assert_int_equal(parse(cases[i].line), 0);
		assert_int_equal(o.command, cases[i].command);
		assert_int_equal(o.topic, cases[i].topic);
	}
}

static void
test_writing(void **state)
{
	static const char *const same[] = {
		"once -d .5 -n 3 -s -rss,pid -l 10",
		"once -d0.5 -n3 -s-rss,pid -l10",
		"once --delay=0.5 --count=3 --sort=-rss,pid --limit=10",
		"--delay 0.50 once --count 3 --sort -rss,+pid --limit 10",
		"-n 1 once -d 7 -d .5 -n3 -s cpu -s rss,pid -l 10",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(same); i++) {
		assert_int_equal(parse(same[i]), 0);
		assert_int_equal(o.command, COMMAND_ONCE);
		assert_int_equal(o.delay_ns, NS_PER_S / 2);
		assert_true(o.counted && o.count == 3 && o.limited && o.limit == 10);
		assert_int_equal(o.nsort, 2);
		assert_true(o.sort[0].field == PROC_RES && o.sort[0].descending);
		assert_true(o.sort[1].field == PROC_PID && !o.sort[1].descending);
	}
}

/* As with top and htop. */
static void
test_habits(void **state)
{
	(void)state;
	assert_int_equal(parse("-bn1"), 0);
	assert_true(o.command == COMMAND_ONCE && o.count == 1 && o.counted);
	assert_int_equal(parse("-b"), 0);
	assert_true(o.count == 0 && o.counted);
	assert_int_equal(parse("-bHp1,2,3 -p 4"), 0);
	assert_true(o.threads && o.npids == 4 && o.pid[0] == 1 && o.pid[3] == 4);
	assert_int_equal(parse("-Ht1CM -u root"), 0);
	assert_true(o.command == COMMAND_LIVE && o.count == 0 && !o.counted);
	assert_true(o.threads && o.tree && o.per_cpu && o.no_color && o.no_mouse);
	assert_string_equal(o.user, "root");
	assert_int_equal(o.kernel_threads, -1);
	assert_int_equal(parse("--kernel-threads --no-kernel-threads --readonly --ascii"), 0);
	assert_true(o.kernel_threads == 0 && o.readonly && o.ascii);
}

static void
test_fields(void **state)
{
	(void)state;
	assert_int_equal(parse("once"), 0);
	assert_true(o.ntables == 1 && o.table[0] == TABLE_PROC && o.ncolumns == 0 && o.nsort == 0);
	assert_true(o.count == 1 && !o.counted && o.delay_ns == 0 && !o.limited);
	/* Before or behind the table they speak of. */
	assert_int_equal(parse("once -o name,READ/s -s -READ/s -T disk -f name=vda"), 0);
	assert_true(o.ntables == 1 && o.table[0] == TABLE_DISK && o.ncolumns == 2);
	assert_true(o.column[0] == DISK_NAME && o.column[1] == DISK_READ_BYTES_RATE);
	assert_int_equal(parse("once -T cpu,proc,cpu -T net --format json"), 0);
	assert_true(o.ntables == 3 && o.output == OUTPUT_JSON);
	assert_int_equal(parse("once -T all"), 0);
	assert_int_equal(o.ntables, TABLE_FD); /* but for details: they are of one process */
	assert_int_equal(parse("once -T fd,limit -p 7"), 0);
	assert_int_equal(o.ntables, 2);
	assert_true(parse("once -T fd") < 0);
	assert_true(parse("once -T fd -p 7,8") < 0);
	assert_true(parse("once -T fd -p 7 -u root") < 0);
	assert_int_equal(parse("fields -T fd"), 0);
	assert_int_equal(parse("fields"), 0);
	assert_int_equal(o.ntables, 0);
	assert_int_equal(parse("once --screen 120x40 --format svg --tree"), 0);
	assert_true(o.screen_w == 120 && o.screen_h == 40 && o.output == OUTPUT_SVG && o.tree);
	assert_int_equal(parse("once --procfs a --sysfs b --cgroupfs c --root d"), 0);
	assert_string_equal(o.root.area[ROOT_PROC], "a");
	assert_string_equal(o.root.area[ROOT_SYS], "b");
	assert_string_equal(o.root.area[ROOT_CGROUP], "c");
	assert_string_equal(o.root.root, "d");
}

/* Where the mistake is, for the caret. */
static void
test_positions(void **state)
{
	(void)state;
	assert_int_equal(parse("once -o pid,usr"), -EINVAL);
	assert_string_equal(o.bad, "pid,usr");
	assert_int_equal(e.at, 4);
	assert_int_equal(parse("once --sort=pid,cpx"), -EINVAL);
	assert_string_equal(o.bad, "pid,cpx");
	assert_int_equal(e.at, 4);
	assert_int_equal(parse("once -fcpu>"), -EINVAL);
	assert_string_equal(o.bad, "cpu>");
	assert_int_equal(e.at, 4);
	assert_int_equal(parse("once -d x"), -EINVAL);
	assert_null(o.bad);
}

/* Any bytes: an answer, and a sentence when it is no. */
static void
test_any_bytes(void **state)
{
	static const char letters[] = "-=, .x10aonpdsfTtbHu\x1b\xff";
	uint64_t seed = 1;

	(void)state;
	for (int round = 0; round < 20000; round++) {
		char a[2][12] = {"", ""};
		char *argv[] = {program, once, a[0], a[1], NULL};

		for (int k = 0; k < 2; k++) {
			uint64_t r = hash_u64(seed++);

			for (unsigned i = 0; i < r % 11; i++)
				a[k][i] = letters[(r >> 4 * i) % (sizeof letters - 1)];
		}
		options_release(&o);
		*e.text = '\0';
		if (options_parse(&o, 4, argv, &e) < 0)
			assert_true(*e.text);
	}
}

static void
test_help(void **state)
{
	struct buf b = {0};

	(void)state;
	options_help(&b, COMMAND_LIVE);
	assert_non_null(strstr(b.data, "\n  -s, --sort FIELD[,FIELD]"));
	assert_non_null(strstr(b.data, "\n      --screen COLUMNSxROWS"));
	assert_non_null(strstr(b.data, "sonde doctor"));
	for (const char *p = b.data; *p; p += strcspn(p, "\n") + 1)
		assert_true(strcspn(p, "\n") < 80);
	buf_clear(&b);
	options_help(&b, COMMAND_DOCTOR);
	assert_null(strstr(b.data, "--limit"));
	assert_non_null(strstr(b.data, "--root DIR"));
	buf_release(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_commands),  cmocka_unit_test(test_writing),
		cmocka_unit_test(test_habits),    cmocka_unit_test(test_fields),
		cmocka_unit_test(test_positions), cmocka_unit_test(test_any_bytes),
		cmocka_unit_test(test_help),
	};

	return cmocka_run_group_tests(tests, NULL, teardown);
}
