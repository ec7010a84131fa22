/* Texts of settings: what is a line, where a mistake is, and that setting a value changes no other
 * byte. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>

#include "base/conf.h"
#include "base/mem.h"

static void
put(struct buf *b, const char *text)
{
	buf_clear(b);
	buf_puts(b, text);
}

/* "name|value\n" of each line; "!column\n" of one that is none. */
static const char *
walk(const char *text, struct buf *out)
{
	struct conf_walk w = {.rest = span_str(text)};
	struct err e;
	int r;

	put(out, "");
	while ((r = conf_next(&w, &e)) != 0) {
		if (r < 0)
			buf_printf(out, "%d!%d\n", w.line.number,
				   conf_column(&w.line, w.line.text.p + e.at));
		else
			buf_printf(out, "%d:%d %.*s|%.*s\n", w.line.number,
				   conf_column(&w.line, w.line.value.p),
				   (int)span_len(w.line.name), w.line.name.p,
				   (int)span_len(w.line.value), w.line.value.p);
	}
	return out->data;
}

static void
test_lines(void **state)
{
	struct buf b = {0};

	(void)state;
	assert_string_equal(walk("", &b), "");
	assert_string_equal(walk("\n\n  # a = b\n\t\n", &b), "");
	assert_string_equal(walk("a=b", &b), "1:3 a|b\n");
	assert_string_equal(walk(" a  b =  c # d\t\r\n#\nx =\n", &b), "1:10 a  b|c # d\n3:4 x|\n");
	assert_string_equal(walk("q = a=b==c\n", &b), "1:5 q|a=b==c\n");
	assert_string_equal(walk("a\n = b\n  c d\n\x01=2\nok = 1\n", &b),
			    "1!1\n2!2\n3!3\n4!1\n5:6 ok|1\n");
	/* Columns are characters. */
	assert_string_equal(walk("\xc3\xa9\xe4\xb8\xad = x\n", &b), "1:6 \xc3\xa9\xe4\xb8\xad|x\n");
	buf_release(&b);
}

static void
test_names(void **state)
{
	(void)state;
	assert_true(conf_name_is(span_str(" bind \t tree "), "bind tree"));
	assert_false(conf_name_is(span_str("bind tree"), "bind"));
	assert_false(conf_name_is(span_str("bind"), "bind tree"));
	assert_false(conf_name_is(span_str("bind trees"), "bind tree"));
}

static const struct {
	const char *text, *name, *value, *after;
} sets[] = {
	{"", "a", "1", "a = 1\n"},
	{"# c", "a", "1", "# c\na = 1\n"},
	{"a=0", "a", "1", "a=1"},
	{"  a  =   0   \r\nb = 2\n", "a", "17", "  a  =   17   \r\nb = 2\n"},
	{"a =\nb = 2\n", "a", "1", "a = 1\nb = 2\n"},
	{"a = x\n", "a", "", "a = \n"},
	{"a = 1\na = 2\n# a = 3\n", "a", "9", "a = 1\na = 9\n# a = 3\n"},
	{"filter  db = x\nno line\n", "filter db", "y z", "filter  db = y z\nno line\n"},
	{"a = 1\n", "b", "x\ny\tz", "a = 1\nb = x y z\n"},
};

static void
test_set(void **state)
{
	struct buf b = {0};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(sets); i++) {
		put(&b, sets[i].text);
		conf_set(&b, sets[i].name, sets[i].value);
		assert_string_equal(b.data, sets[i].after);
	}
	buf_release(&b);
	conf_set(&b, "a", "1"); /* a text that never was */
	assert_string_equal(b.data, "a = 1\n");
	buf_release(&b);
}

/* All lines but the last one of that name, to the byte. */
static const char *
others(const char *text, struct buf *out)
{
	struct conf_walk w = {.rest = span_str(text)};
	struct span last = {0}, all = span_str(text), line;
	int r;

	while ((r = conf_next(&w, NULL)) != 0)
		if (r > 0 && conf_name_is(w.line.name, "a b"))
			last = w.line.text;
	put(out, "");
	while (span_line(&all, &line))
		if (line.p != last.p)
			buf_printf(out, "%.*s\n", (int)span_len(line), line.p);
	return out->data;
}

/* In any text of such pieces: the value that was set is read again, everything else is as it was,
 * and setting it again changes nothing. */
static void
test_any(void **state)
{
	static const char *const pieces[] = {"a", "b", "=", " ", "\n", "#", "\r\n", "a = 1\n",
					     "\t", "\xc3\xa9", "a b = c\n", "\x01"};
	struct buf text = {0}, once = {0}, before = {0}, after = {0};
	uint32_t seed = 3;

	(void)state;
	for (int i = 0; i < 20000; i++) {
		struct conf_walk w;
		const char *value = NULL;
		size_t n = 0;
		int r;

		put(&text, "");
		for (int k = 0; k < 12; k++) {
			seed = seed * 1664525 + 1013904223;
			buf_puts(&text, pieces[(seed >> 16) % ARRAY_LEN(pieces)]);
		}
		(void)others(text.data, &before);
		conf_set(&text, "a b", "new value");
		assert_string_equal(others(text.data, &after), before.data);
		put(&once, text.data);
		conf_set(&text, "a b", "new value");
		assert_string_equal(text.data, once.data);
		w = (struct conf_walk){.rest = span_str(text.data)};
		while ((r = conf_next(&w, NULL)) != 0)
			if (r > 0 && conf_name_is(w.line.name, "a b")) {
				value = w.line.value.p;
				n = span_len(w.line.value);
			}
		assert_non_null(value);
		assert_int_equal(n, 9);
		assert_memory_equal(value, "new value", 9);
	}
	buf_release(&text);
	buf_release(&once);
	buf_release(&before);
	buf_release(&after);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_set),
		cmocka_unit_test(test_any),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
