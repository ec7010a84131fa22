/* What the word at the cursor of a filter can become, how it is taken with Tab, and what was typed
 * before. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/mem.h"
#include "query/complete.h"
#include "ui/offer.h"
#include "ui/recall.h"

static struct frame_pool *pool;
static struct strpool *strings;
static struct frame *frame;

static int
setup(void **state)
{
	static const char *const people[][3] = {
		{"root", "systemd", "/init.scope"},
		{"www-data", "nginx", "/system.slice/nginx.service"},
		{"www", "two words", "/system.slice/a\"b.service"},
		{"Roberta", "evil\x1b[31m", ""},
		{"root", "systemd", "/init.scope"},
		{"postgres", "\xe4\xb8\xad\xe6\x96\x87", NULL},
		{"r*", "\xff\xfe", "/"},
	};
	struct field_set want[TABLE_COUNT] = {0};

	(void)state;
	field_set_add(&want[TABLE_PROC], PROC_USER);
	field_set_add(&want[TABLE_PROC], PROC_NAME);
	field_set_add(&want[TABLE_PROC], PROC_CGROUP);
	pool = frame_pool_new();
	strings = strpool_new();
	frame = frame_begin(pool, want, strings);
	for (size_t i = 0; i < ARRAY_LEN(people); i++) {
		struct row r = table_add_row(&frame->table[TABLE_PROC], (struct row_key){i, i});

		row_str(r, PROC_USER, people[i][0]);
		row_str(r, PROC_NAME, people[i][1]);
		row_str(r, PROC_CGROUP, people[i][2]);
	}
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	frame_unref(frame);
	strpool_unref(strings);
	frame_pool_free(pool);
	return 0;
}

/* In text, _ is where the cursor is. all: the candidates with blanks between, or how they begin. */
static const struct {
	const char *text, *word, *all, *after;
} cases[] = {
	{"rss_", "rss", "rss", ">"},
	{"use_", "use", "user user_ratio user_ns_total user_namespace", NULL},
	{"USE_", "USE", "user user_ratio user_ns_total user_namespace", NULL},
	{"nginx us_", "us", "user user_ratio user_ns_total user_namespace", NULL},
	{"not (x or us_ y)", "us", "user user_ratio user_ns_total user_namespace", NULL},
	{"!use_", "use", "user user_ratio user_ns_total user_namespace", NULL},
	{"a|use_", "use", "user user_ratio user_ns_total user_namespace", NULL},
	{"eus_", "eus", "euser", "="},
	{"kern_", "kern", "kernel_thread", ""},
	{"nginx_", "nginx", "", NULL},
	{"\"us_", "", "", NULL},
	{"\"a b\" eus_", "eus", "euser", "="},
	{"start_", "start", "", NULL},
	{"VCS_", "VCS", "VCSW VCS/s", NULL},
	{"vcsw_", "vcsw", "VCSW", ">"},
	{"user=_", "", "Roberta postgres \"r*\" root www www-data", NULL},
	{"user = _", "", "Roberta postgres \"r*\" root www www-data", NULL},
	{"user!=_", "", "Roberta postgres \"r*\" root www www-data", NULL},
	{"user=r_", "r", "Roberta \"r*\" root", NULL},
	{"user=\"r_", "\"r", "Roberta \"r*\" root", NULL},
	{"user=\"r_\"", "\"r", "Roberta \"r*\" root", NULL},
	{"user=root|w_", "w", "www www-data", NULL},
	{"user=\"root\"|w_", "w", "www www-data", NULL},
	{"user=root|eus_", "eus", "", NULL},
	{"user=root | eus_", "eus", "euser", "="},
	{"user=root euser=w_", "w", "www www-data", NULL},
	{"user=root|euser=w_", "w", "www www-data", NULL},
	{"name=_", "", "nginx systemd \"two words\" \xe4\xb8\xad\xe6\x96\x87", NULL},
	{"cgroup=/s_", "/s", "\"/system.slice/a\\\"b.service\" /system.slice/nginx.service", NULL},
	{"command=_", "", "", NULL}, /* no such column in the frame */
	{"cgroup~/s_", "/s", "", NULL},
	{"cgroup~/sys/ eus_", "eus", "euser", "="},
	{"rss>5_", "5", "", NULL},
	{"rss>500M eus_", "eus", "euser", "="},
	{"kernel_thread=_", "", "yes no", NULL},
	{"kernel_thread=N_", "N", "no", NULL},
	{"nosuch=_", "", "", NULL},
	{"us_er=root", "us", "user user_ratio user_ns_total user_namespace", NULL},
};

static void
joined(const struct completion *c, struct buf *b)
{
	buf_clear(b);
	buf_puts(b, "");
	for (size_t i = 0; i < c->n; i++)
		buf_printf(b, "%s%s", i ? " " : "", c->text[i]);
}

static void
test_cases(void **state)
{
	struct completion c = {0};
	struct buf b = {0};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		char text[128];
		const char *cursor = strrchr(cases[i].text, '_');
		size_t at = (size_t)(cursor - cases[i].text);

		snprintf(text, sizeof text, "%.*s%s", (int)at, cases[i].text, cursor + 1);
		complete(&c, text, at, TABLE_PROC, &frame->table[TABLE_PROC]);
		joined(&c, &b);
		if (strcmp(b.data, cases[i].all) != 0)
			fail_msg("%s: %s", cases[i].text, b.data);
		if (at - c.from != strlen(cases[i].word) ||
		    strncmp(text + c.from, cases[i].word, at - c.from) != 0)
			fail_msg("%s: the word begins at %zu", cases[i].text, c.from);
		assert_true(!c.after == !cases[i].after);
		if (c.after)
			assert_string_equal(c.after, cases[i].after);
	}
	complete(&c, "", 0, TABLE_PROC, NULL);
	assert_true(c.n > 50 && c.field < 0);
	complete(&c, "user=", 5, TABLE_PROC, NULL);
	assert_true(c.n == 0 && c.field == PROC_USER);
	completion_release(&c);
	buf_release(&b);
}

/* Many values: only so many are looked for. */
static void
test_bounded(void **state)
{
	struct field_set want[TABLE_COUNT] = {0};
	struct completion c = {0};
	struct frame *f;
	char name[32];

	(void)state;
	field_set_add(&want[TABLE_PROC], PROC_NAME);
	f = frame_begin(pool, want, strings);
	for (unsigned i = 0; i < 1000; i++) {
		snprintf(name, sizeof name, "name%u", i);
		row_str(table_add_row(&f->table[TABLE_PROC], (struct row_key){i, i}), PROC_NAME,
			strpool_add(strings, name, strlen(name)));
	}
	complete(&c, "name=", 5, TABLE_PROC, &f->table[TABLE_PROC]);
	assert_int_equal(c.n, COMPLETE_MAX);
	assert_int_equal(completion_common(&c), 4);
	complete(&c, "name=name99", 11, TABLE_PROC, &f->table[TABLE_PROC]);
	assert_int_equal(c.n, 11);
	completion_release(&c);
	frame_unref(f);
}

static void
tab(struct offer *o, struct line *l, int way, const char *want)
{
	offer_update(o, l, &frame->table[TABLE_PROC]);
	(void)offer_take(o, l, way);
	assert_string_equal(l->text, want);
}

static void
test_take(void **state)
{
	struct offer o = {0};
	struct line l;

	(void)state;
	/* What they have in common, then each, round and back. */
	line_set(&l, "us");
	tab(&o, &l, 1, "user");
	tab(&o, &l, 1, "user");
	assert_true(o.taken);
	tab(&o, &l, 1, "user_ratio");
	tab(&o, &l, 1, "user_ns_total");
	tab(&o, &l, 1, "user_namespace");
	tab(&o, &l, 1, "user");
	tab(&o, &l, -1, "user_namespace");
	o.taken = false;
	/* The only one, with what follows; then its values, in the middle of a line. */
	line_set(&l, "rss>1G and eu or x");
	l.at = strlen("rss>1G and eu");
	tab(&o, &l, 1, "rss>1G and euser= or x");
	tab(&o, &l, 1, "rss>1G and euser=Roberta or x");
	tab(&o, &l, 1, "rss>1G and euser=postgres or x");
	tab(&o, &l, -1, "rss>1G and euser=Roberta or x");
	assert_int_equal(l.at, strlen("rss>1G and euser=Roberta"));
	o.taken = false;
	line_set(&l, "eu=root");
	l.at = 2;
	tab(&o, &l, 1, "euser=root");
	line_set(&l, "nothing");
	tab(&o, &l, 1, "nothing");
	assert_false(offer_any(&o, &l));
	offer_release(&o);
}

static void
test_recall(void **state)
{
	struct recall r = {0};
	char text[16];

	(void)state;
	assert_null(recall_older(&r, ""));
	assert_null(recall_newer(&r));
	recall_add(&r, "one");
	recall_add(&r, "  ");
	recall_add(&r, "");
	recall_add(&r, "two");
	recall_add(&r, "one");
	assert_int_equal(r.n, 2);
	assert_string_equal(recall_newest(&r), "one");
	recall_begin(&r);
	assert_string_equal(recall_older(&r, "typ"), "one");
	assert_string_equal(recall_older(&r, "one"), "two");
	assert_null(recall_older(&r, "two"));
	assert_string_equal(recall_newer(&r), "one");
	assert_string_equal(recall_newer(&r), "typ");
	assert_null(recall_newer(&r));
	/* The newest stands there already. */
	recall_begin(&r);
	assert_string_equal(recall_older(&r, "one"), "two");
	assert_string_equal(recall_newer(&r), "one");
	assert_null(recall_newer(&r));
	for (int i = 0; i < 100; i++) {
		snprintf(text, sizeof text, "%d", i);
		recall_add(&r, text);
	}
	assert_int_equal(r.n, RECALL_MAX);
	assert_string_equal(recall_newest(&r), "99");
	recall_release(&r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
		cmocka_unit_test(test_bounded),
		cmocka_unit_test(test_take),
		cmocka_unit_test(test_recall),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
