/* What every field that is declared must keep to (DESIGN: names say their unit), and looking up. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <strings.h>

#include "base/mem.h"
#include "schema/schema.h"

static unsigned wrong;

static void
complain(unsigned t, const struct field *f, const char *what)
{
	print_message("%s.%s: %s\n", schema[t].name, f->name, what);
	wrong++;
}

#define EACH_FIELD(t, f)                                                                           \
	for (unsigned t = 0; t < TABLE_COUNT; t++)                                                 \
		for (const struct field *f = schema[t].field; f < schema[t].field + schema[t].nfields; f++)

static bool
ends_with(const char *s, size_t n, const char *end)
{
	size_t m = strlen(end);

	return n >= m && memcmp(s + n - m, end, m) == 0;
}

static bool
is_derived(const struct field *f)
{
	return f->kind == KIND_RATE || f->kind == KIND_SHARE;
}

static void
test_names(void **state)
{
	(void)state;
	wrong = 0;
	EACH_FIELD(t, f) {
		if (!*f->name || !islower((unsigned char)*f->name))
			complain(t, f, "expected a lower-case letter first");
		for (const char *c = f->name; *c; c++)
			if (!islower((unsigned char)*c) && !isdigit((unsigned char)*c) && *c != '_')
				complain(t, f, "expected lower-case letters, digits and _ in the name");
		for (const struct field *g = schema[t].field; g < f; g++) {
			if (strcmp(f->name, g->name) == 0)
				complain(t, f, "another field has the name");
			if (strcasecmp(f->head, g->head) == 0)
				complain(t, f, "another field has the heading");
		}
		for (unsigned n = 0; field_alias(t, (unsigned)(f - schema[t].field), n); n++)
			for (unsigned i = 0; i < schema[t].nfields; i++)
				if (strcasecmp(field_alias(t, (unsigned)(f - schema[t].field), n),
					       schema[t].field[i].head) == 0 &&
				    &schema[t].field[i] != f)
					complain(t, f, "its alias is another field's heading");
		/* Filters take a word for a key word. */
		if (strcmp(f->name, "and") == 0 || strcmp(f->name, "or") == 0 ||
		    strcmp(f->name, "not") == 0)
			complain(t, f, "expected a name that is no word of the filter language");
	}
	for (unsigned t = 0; t < TABLE_COUNT; t++)
		for (unsigned u = 0; u < t; u++)
			assert_string_not_equal(schema[t].name, schema[u].name);
	assert_int_equal(wrong, 0);
}

static void
test_suffixes(void **state)
{
	static const struct {
		uint8_t unit;
		const char *suffix;
	} suffixes[] = {
		{UNIT_BYTES, "_bytes"},
		{UNIT_NS, "_ns"},
		{UNIT_WALL_NS, "_ns"},
		{UNIT_RATIO, "_ratio"},
		{UNIT_COUNT, "_count"},
		{UNIT_BYTES_PER_S, "_bytes_per_second"},
		{UNIT_COUNT_PER_S, "_per_second"},
	};

	(void)state;
	wrong = 0;
	EACH_FIELD(t, f) {
		size_t n = strlen(f->name);
		bool counter = f->kind == KIND_COUNTER;

		if (counter != ends_with(f->name, n, "_total"))
			complain(t, f, "expected _total behind the name of a counter, and of no other");
		if (ends_with(f->name, n, "_total"))
			n -= strlen("_total");
		for (size_t i = 0; i < ARRAY_LEN(suffixes); i++) {
			bool has = ends_with(f->name, n, suffixes[i].suffix);

			/* Characters are bytes here, and are called as the kernel calls them. */
			if (suffixes[i].unit == UNIT_BYTES && ends_with(f->name, n, "_chars"))
				has = true;
			if (suffixes[i].unit == UNIT_BYTES_PER_S && ends_with(f->name, n, "_chars_per_second"))
				has = true;
			/* A counter of things says what they are: reads_total. */
			if (f->unit == suffixes[i].unit && !has && !(counter && f->unit == UNIT_COUNT))
				complain(t, f, "expected the suffix of its unit");
			if (f->unit == UNIT_NONE && has)
				complain(t, f, "expected no suffix of a unit");
		}
	}
	assert_int_equal(wrong, 0);
}

static void
test_kinds(void **state)
{
	(void)state;
	wrong = 0;
	EACH_FIELD(t, f) {
		const struct field *of = f->of != FIELD_NO ? field_of(f->of) : NULL;
		const struct field *per = f->per != FIELD_NO ? field_of(f->per) : NULL;
		bool text = f->type == TYPE_STR;

		if (is_derived(f) != (f->source == SRC_NONE))
			complain(t, f, "expected a source, or to be derived");
		if (is_derived(f) && f->type != TYPE_F64)
			complain(t, f, "expected F64 for what is derived");
		if (f->kind == KIND_COUNTER && f->type != TYPE_U64)
			complain(t, f, "expected U64 for a counter");
		if (f->kind == KIND_RATE && (!of || of->kind != KIND_COUNTER || field_table(f->of) != t || per))
			complain(t, f, "expected a rate to be of a counter of its table");
		/* The shares of the CPU table are of all its time: derive.c knows. */
		if (f->kind == KIND_SHARE && (!of || !per) && t != TABLE_CPU)
			complain(t, f, "expected a share to be of something per something");
		if (f->kind == KIND_SHARE && of && per && (of->kind == KIND_COUNTER) != (per->kind == KIND_COUNTER))
			complain(t, f, "expected a share of two counters, or of two levels");
		if (!is_derived(f) && (of || per))
			complain(t, f, "expected only what is derived to be of something");
		if (f->kind == KIND_RATE && of &&
		    f->unit != (of->unit == UNIT_NS	? UNIT_RATIO
				: of->unit == UNIT_BYTES ? UNIT_BYTES_PER_S
							 : UNIT_COUNT_PER_S))
			complain(t, f, "expected the unit of its counter per second");
		if (f->source >= SRC_COUNT)
			complain(t, f, "expected a source that exists");
		if (text != ((f->flags & FIELD_LEFT) != 0))
			complain(t, f, "expected texts to be left aligned, and nothing else");
		if (text && (f->unit != UNIT_NONE || f->flags & FIELD_SORT_DESC))
			complain(t, f, "expected no unit and a rising order for a text");
	}
	assert_int_equal(wrong, 0);
}

static void
test_looks(void **state)
{
	(void)state;
	wrong = 0;
	EACH_FIELD(t, f) {
		size_t n = strlen(f->doc);
		const char *end = f->doc + n;

		/* The kernel's own name may stand behind: "Memory used for nothing. (MemFree)" */
		if (n && end[-1] == ')') {
			while (end > f->doc && *end != '(')
				end--;
			while (end > f->doc && end[-1] == ' ')
				end--;
		}
		if (end == f->doc || end[-1] != '.')
			complain(t, f, "expected the sentence to end with a period");
		if (!isupper((unsigned char)*f->doc))
			complain(t, f, "expected the sentence to begin with a capital");
		if (strlen(f->head) > f->width || !*f->head)
			complain(t, f, "expected a heading that fits");
		if (f->width < 1 || f->width > 20)
			complain(t, f, "expected a width between 1 and 20");
		for (const char *c = f->head; *c; c++)
			if (*c <= ' ' || *c > '~')
				complain(t, f, "expected a heading without blanks, in ASCII");
	}
	for (unsigned t = 0; t < TABLE_COUNT; t++)
		assert_true(ends_with(schema[t].doc, strlen(schema[t].doc), "."));
	assert_int_equal(wrong, 0);
}

static int
lookup(enum table_id t, const char *name)
{
	return field_by_name(t, span_of(name, strlen(name)));
}

static void
test_lookup(void **state)
{
	static const struct {
		const char *name;
		int field;
	} cases[] = {
		{"resident_bytes", PROC_RES}, {"RESIDENT_BYTES", PROC_RES}, {"RES", PROC_RES}, {"res", PROC_RES},
		{"rss", PROC_RES},            {"cpu", PROC_CPU_RATIO},      {"cpu%", PROC_CPU_RATIO},
		{"mem", PROC_MEM_SHARE},      {"user", PROC_USER},          {"comm", PROC_NAME},
		{"cmd", PROC_COMMAND},        {"pid", PROC_PID},            {"ppid", PROC_PPID},
		{"age", PROC_AGE},            {"state", PROC_STATE},        {"s", PROC_STATE},
		{"time+", PROC_CPU},          {"", -1},                     {"res ", -1},
		{"resident", -1},             {"resident_bytess", -1},
	};

	(void)state;
	wrong = 0;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		assert_int_equal(lookup(TABLE_PROC, cases[i].name), cases[i].field);
	EACH_FIELD(t, f) {
		if (lookup(t, f->name) != (int)(f - schema[t].field))
			complain(t, f, "expected its name to lead to it");
		if (lookup(t, f->head) < 0)
			complain(t, f, "expected its heading to lead to a field");
	}
	for (unsigned t = 0; t < TABLE_COUNT; t++)
		assert_int_equal(table_by_name(span_of(schema[t].name, strlen(schema[t].name))), t);
	assert_int_equal(table_by_name(span_of("nothing", 7)), -1);
	assert_int_equal(wrong, 0);
}

static const char *
suggest(const char *name)
{
	return field_suggest(TABLE_PROC, span_of(name, strlen(name)));
}

static void
test_suggest(void **state)
{
	(void)state;
	assert_string_equal(suggest("rsss"), "rss");
	assert_string_equal(suggest("comand"), "command");
	assert_string_equal(suggest("resident_byte"), "resident_bytes");
	assert_string_equal(suggest("usr"), "user");
	assert_null(suggest("qqqqqqqqqq"));
	assert_null(suggest("the_quick_brown_fox_jumps_over_the_lazy_dog_and_back"));
}

static void
test_list(void **state)
{
	uint8_t fields[4];
	struct err e = {.at = -1};

	(void)state;
	assert_int_equal(field_list(TABLE_PROC, "pid,USER,rss", fields, 4, &e), 3);
	assert_int_equal(fields[0], PROC_PID);
	assert_int_equal(fields[1], PROC_USER);
	assert_int_equal(fields[2], PROC_RES);
	assert_int_equal(field_list(TABLE_PROC, "pid,usser,rss", fields, 4, &e), -EINVAL);
	assert_int_equal(e.at, 4);
	assert_non_null(strstr(e.text, "did you mean user?"));
	assert_int_equal(field_list(TABLE_PROC, "pid,", fields, 4, &e), -EINVAL);
	assert_int_equal(field_list(TABLE_PROC, "", fields, 4, &e), -EINVAL);
	assert_int_equal(field_list(TABLE_PROC, "pid,pid,pid,pid,pid", fields, 4, &e), -EINVAL);
}

static void
test_sources(void **state)
{
	(void)state;
	for (unsigned s = 0; s < SRC_COUNT; s++) {
		assert_non_null(source_info[s].name);
		assert_non_null(source_info[s].path);
		assert_true(*source_info[s].doc);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),   cmocka_unit_test(test_suffixes),
		cmocka_unit_test(test_kinds),   cmocka_unit_test(test_looks),
		cmocka_unit_test(test_lookup),  cmocka_unit_test(test_suggest),
		cmocka_unit_test(test_list),    cmocka_unit_test(test_sources),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
