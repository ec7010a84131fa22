/* Regular expressions: beside the C library's on random ones, and on what that cannot do. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <locale.h>
#include <bsd/string.h>
#include <regex.h>

#include "../long.h"
#include "base/clock.h"
#include "base/hash.h"
#include "base/mem.h"
#include "query/regex.h"

static uint64_t seed;

static unsigned
roll(unsigned n)
{
	seed++;
	return (unsigned)(hash_u64(seed) % n);
}

static const struct {
	const char *regex, *text;
	bool matches;
} cases[] = {
	{"", "", true},
	{"", "a", true},
	{"a|", "", true},
	{"()", "x", true},
	{"^$", "", true},
	{"^$", "a", false},
	{"^a$", "A", true},
	{"$a", "a", false},
	{"a^", "a", false},
	{"(^|b)a", "xa", false},
	{"(^|b)a", "xba", true},
	{"(^|b)a", "a", true},
	{"a($|b)", "ac", false},
	{"a($|b)", "ca", true},
	{"[]a]", "]", true},
	{"[^]a]", "]a", false},
	{"[a-]", "-", true},
	{"[[:upper:]]", "a", true},
	{"[[:digit:][:space:]]{2}", "1 ", true},
	{"[\\]a]", "]", true},
	{"a{2}", "a", false},
	{"a{2}", "aa", true},
	{"^a{0}$", "", true},
	{"^a{0}$", "a", false},
	{"^a{0,}$", "aaa", true},
	{"^a{2,3}$", "aaaa", false},
	{"^(ab){2,}$", "ababab", true},
	{"a{x", "a{x", true},
	{"a{", "a{", true},
	{"x{1,2", "x{1,2", true},
	{"^(a+)+$", "aaaaaaab", false},
	{"^(a*)*$", "aaaa", true},
	{"(a?){3}a{3}$", "aaa", true},
	{"\\bfoo\\b", "a foo b", true},
	{"\\bfoo\\b", "afoo", false},
	{"\\b", "", false},
	{"\\w\\W\\w", "a-b", true},
	{"\\w\\W\\w", "a_b", false},
	{"^\\w$", "\xc3\xa9", false},
	{"(*UCP)^\\w$", "\xc3\xa9", true},
	{"\\W", "\xc3\xa9", true},
	{"^\\D\\S$", "\xc3\xa9\xc3\xa9", true},
	{"\\d\\D", "12", false},
	{"\\S\\s", "a\t", true},
	{"\\.", "a", false},
	{"^.$", "\xc3\xa9", true},
	{"^..$", "\xc3\xa9", false},
	{"^.$", "\xe4\xb8\xad", true},
	{"^.$", "\xf0\x9f\x98\x80", true},
	{"^[^a]$", "\xf0\x9f\x98\x80", true},
	{"\xc3\xa9", "\xc3\x89", true},
	{"^.", "\xff.", false}, /* what is no UTF-8 matches nothing, */
	{"b+$", "a\xff\xc3" "bb", true}, /* but what stands beside it does */
	{"^a.b$", "a\nb", true},
	{"a$", "a\n", false},
	{"\xc3\xa9+$", "\xc3\xa9\xc3\xa9", true},
	{"[\xc3\xa9\xe4\xb8\xad]x", "\xe4\xb8\xadx", true},
	{"[\xc3\xa9\xe4\xb8\xad]x", "\xe4\xb8\xa9x", false},
	{"(?<=a)b(?!c)", "abd", true},
	{"(?<=a)b(?!c)", "abc", false},
	{"^\\Qa.b\\E$", "axb", false},
	{"^(?:a+?b)*+$", "abaab", true},
	{"^(\\((?1)*\\))$", "(()(()))", true},
	{"(?-i)a", "A", false},
	{"(?C)a(?C\"b\")", "a", true},
};

static void
test_cases(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct err e = {.at = -1};
		struct regex *r = regex_new(cases[i].regex, &e, 0);

		if (!r)
			fail_msg("%s: %s at %d", cases[i].regex, e.text, e.at);
		for (int k = 0; k < 2; k++) /* then by what the first time left */
			if (regex_match(r, cases[i].text) != cases[i].matches)
				fail_msg("%s on %s", cases[i].regex, cases[i].text);
		assert_false(regex_stopped(r));
		regex_free(r);
	}
}

/* What does not compile, and where. */
static void
test_refused(void **state)
{
	static const struct {
		const char *regex;
		int at; /* -1: that is the library's */
		const char *says;
	} refused[] = {
		{"a(", 9, "regular expression: missing closing parenthesis"},
		{"a|*", -1, "regular expression: quantifier"},
		{"(a)\\1", 7, "there are no back references"},
		{"(?<x>a)\\k<x>", 7, "there are no back references"},
		{"a\\C", -1, "\\C"},
		{"((((((((((((((((((((((((((((((((()))))))))))))))))))))))))))))))))", -1, "nested"},
		{"((((((.{255}){255}){255}){255}){255}){255}", -1, "regular expression: "},
	};
	char text[REGEX_MAX + 2] = "";
	struct err e;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(refused); i++) {
		e.at = -1;
		assert_null(regex_new(refused[i].regex, NULL, 7));
		assert_null(regex_new(refused[i].regex, &e, 7));
		if (!strstr(e.text, refused[i].says) || e.at < 7 ||
		    e.at > 7 + (int)strlen(refused[i].regex) ||
		    (refused[i].at >= 0 && e.at != refused[i].at))
			fail_msg("%s: %s at %d", refused[i].regex, e.text, e.at);
	}
	memset(text, 'a', REGEX_MAX + 1);
	assert_null(regex_new(text, &e, 0));
	assert_string_equal(e.text, "regular expression: expected at most 256 bytes");
}

/* Appends a random expression; what the C library and this read in the same way. */
static void
add_regex(char *to, size_t room, int depth)
{
	static const char *const atoms[] = {"a", "b", "c", "A", ".", "[ab]", "[^a]", "[a-b_]", "\\b",
					    "\\w", "\\W", "^", "$", "[[:digit:]_]",
					    "_", " ", "\xc3\xa9", "[^[:space:]]"};
	static const char *const repeats[] = {"*", "+", "?", "{2}", "{1,3}", "{0,2}", "{2,}"};

	for (unsigned n = 1 + roll(3); n; n--) {
		size_t len = strlen(to);
		unsigned i = roll(ARRAY_LEN(atoms));
		bool edge = i == 8 || i == 11 || i == 12;

		if (len + 20 > room)
			return;
		if (depth && !roll(3)) {
			strlcat(to, "(", room);
			add_regex(to, room - 20, depth - 1);
			strlcat(to, ")", room);
			edge = strpbrk(to + len, "^$\\") != NULL;
		} else {
			strlcat(to, atoms[i], room);
		}
		/* The C library has its own mind about edges that are repeated. */
		if (!edge && !roll(3))
			strlcat(to, repeats[roll(ARRAY_LEN(repeats))], room);
		if (n > 1 && !roll(4))
			strlcat(to, "|", room);
	}
}

static void
test_beside_the_c_library(void **state)
{
	static const char *const letters[] = {"a", "b", "c", "A", "_", " ", "\xc3\xa9", "a", "b"};
	unsigned matched = 0, tried = 0, stopped = 0;

	(void)state;
	for (int i = 0; i < 20000; i++) {
		char text[128] = "", regex[96] = "", with_ucp[128];
		struct err e;
		struct regex *r;
		regex_t c;

		add_regex(regex, sizeof regex, 2);
		if (regcomp(&c, regex, REG_EXTENDED | REG_ICASE | REG_NOSUB) != 0)
			continue;
		/* In its locale, letters are of Unicode. */
		(void)snprintf(with_ucp, sizeof with_ucp, "(*UCP)%s", regex);
		r = regex_new(with_ucp, &e, 0);
		if (!r)
			fail_msg("%s: %s", regex, e.text);
		for (int k = 0; k < 8; k++) {
			bool found;

			text[0] = '\0';
			for (unsigned n = roll(9); n; n--)
				strlcat(text, letters[roll(ARRAY_LEN(letters))], sizeof text);
			found = regexec(&c, text, 0, NULL, 0) == 0;
			if (regex_match(r, text) != found && !(found && regex_stopped(r)))
				fail_msg("\"%s\" on \"%s\": %d", regex, text, !found);
			matched += found;
			tried++;
		}
		stopped += regex_stopped(r);
		regfree(&c);
		regex_free(r);
	}
	print_message("%u matched of %u, %u expressions stopped\n", matched, tried, stopped);
	assert_true(stopped < 40);
	assert_true(tried > 100000 && matched > tried / 10 && matched < tried * 9 / 10);
}

/* What one can do about an expression that takes too long: it says so, and the next text has its
 * chance. */
static void
test_stops(void **state)
{
	static char text[4097];
	struct regex *r = regex_new("^(a|aa)+$", NULL, 0);

	(void)state;
	assert_non_null(r);
	memset(text, 'a', sizeof text - 2);
	text[sizeof text - 2] = 'b';
	assert_false(regex_match(r, "ab"));
	assert_false(regex_stopped(r));
	assert_false(regex_match(r, text));
	assert_true(regex_stopped(r));
	assert_true(regex_match(r, "aaa"));
	for (int i = 0; i < 10000; i++)
		assert_false(regex_match(r, text));
	assert_true(regex_match(r, "aaa"));
	regex_free(r);
}

/* Whatever the expression, thousands of long texts are done with soon. The clock has much room: on a
 * quiet machine the most costly take some 150 ms for ten thousand. */
static void
test_costs(void **state)
{
	static const char *const costly[] = {
		"(a+)+$", "(a|b|ab|ba|aab|bba)*[bc]$x?", ".*a.*a.*a.*a.*a.*a.*a.*[^ab]", "a.{200}$",
		"[ab].{100}[cd]$", "(a|b)*a(a|b){200}", "(a?){100}a{100}", "([[:alpha:]]|.){200}$",
		"(((a{9}){9}|b){9})*[^ab]", "\\ba.*\\bb.*\\b.*\\b[^ab]", "\\X*[^ab]", "(?<=[ab]{200})[^ab]",
		"[ab]{255}[^ab]", "\\D\\d$", "(?=(.*))(?=(.*))[^ab]", "(?R)?[^ab]", "[^\\x{100}]{4000}$",
	};
	static char text[3][50][4097];
	const int texts = (int)how_many(2000, 10000);

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(text[0]); i++) {
		for (size_t k = 0; k < 4096; k++) {
			text[0][i][k] = "ab"[roll(2)];
			text[1][i][k] = "abb\xff"[roll(4)];
			text[2][i][k] = k % 255 ? 'a' : ' ';
		}
	}
	for (size_t i = 0; i < ARRAY_LEN(costly) * ARRAY_LEN(text); i++) {
		struct regex *r = regex_new(costly[i / ARRAY_LEN(text)], NULL, 0);
		int64_t begin = clock_ns(CLOCK_PROCESS_CPUTIME_ID), spent;

		assert_non_null(r);
		for (int k = 0; k < texts; k++)
			(void)regex_match(r, text[i % ARRAY_LEN(text)][k % ARRAY_LEN(text[0])]);
		spent = clock_ns(CLOCK_PROCESS_CPUTIME_ID) - begin;
		print_message("%-30s %4lld ms%s\n", costly[i / ARRAY_LEN(text)],
			      (long long)(spent / NS_PER_MS), regex_stopped(r) ? ", stopped" : "");
		assert_true(spent < texts * NS_PER_MS / 2);
		regex_free(r);
	}
}

/* Without the library a sentence says so, and there is nothing else to test. */
static void
test_without(void **state)
{
	struct err e = {.at = -1};

	(void)state;
	assert_null(regex_new("a", &e, 3));
	assert_int_equal(e.at, 3);
	assert_non_null(strstr(e.text, "pcre2"));
	regex_free(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_beside_the_c_library),
		cmocka_unit_test(test_stops),
		cmocka_unit_test(test_costs),
	};
	const struct CMUnitTest without[] = {cmocka_unit_test(test_without)};

	(void)setlocale(LC_CTYPE, "");
	return regex_available() ? cmocka_run_group_tests(tests, NULL, NULL)
				 : cmocka_run_group_tests(without, NULL, NULL);
}
