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
	{"[\\]", "\\", true},
	{"a{2}", "a", false},
	{"a{2}", "aa", true},
	{"^a{0}$", "", true},
	{"^a{0}$", "a", false},
	{"^a{0,}$", "aaa", true},
	{"^a{,2}$", "aaa", false},
	{"^a{,2}$", "aa", true},
	{"^a{2,3}$", "aaaa", false},
	{"^(ab){2,}$", "ababab", true},
	{"a{x", "a{x", true},
	{"a{", "a{", true},
	{"x{1,2", "x{1,2", true},
	{"^(a+)+$", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab", false},
	{"^(a*)*$", "aaaa", true},
	{"(a?){3}a{3}$", "aaa", true},
	{"\\bfoo\\b", "a foo b", true},
	{"\\bfoo\\b", "afoo", false},
	{"\\<b", "ab", false},
	{"\\<b", "a b", true},
	{"a\\>", "ab", false},
	{"a\\>", "a", true},
	{"\\b", "", false},
	{"\\w\\W\\w", "a-b", true},
	{"\\w\\W\\w", "a_b", false},
	{"^\\w$", "\xc3\xa9", true},
	{"\\W", "\xc3\xa9", false},
	{"^\\D\\S$", "\xc3\xa9\xc3\xa9", true},
	{"\\d\\D", "12", false},
	{"\\S\\s", "a\t", true},
	{"\\.", "a", false},
	{"^.$", "\xc3\xa9", true},
	{"^..$", "\xc3\xa9", false},
	{"^.$", "\xe4\xb8\xad", true},
	{"^.$", "\xf0\x9f\x98\x80", true},
	{"^[^a]$", "\xf0\x9f\x98\x80", true},
	{"^[^a]\\.$", "\xff.", true},
	{"\xc3\xa9+$", "\xc3\xa9\xc3\xa9", true},
	{"[\xc3\xa9\xe4\xb8\xad]x", "\xe4\xb8\xadx", true},
	{"[\xc3\xa9\xe4\xb8\xad]x", "\xe4\xb8\xa9x", false},
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

/* Appends a random expression; what the C library and this read in the same way. */
static void
add_regex(char *to, size_t room, int depth)
{
	static const char *const atoms[] = {"a", "b", "c", "A", ".", "[ab]", "[^a]", "[a-b_]", "\\b",
					    "\\<", "\\>", "\\w", "\\W", "^", "$", "[[:digit:]_]",
					    "_", " ", "\xc3\xa9", "[^[:space:]]"};
	static const char *const repeats[] = {"*", "+", "?", "{2}", "{1,3}", "{0,2}", "{2,}"};

	for (unsigned n = 1 + roll(3); n; n--) {
		size_t len = strlen(to);
		unsigned i = roll(ARRAY_LEN(atoms));
		bool edge = i >= 8 && i <= 14 && i != 11 && i != 12;

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
	unsigned matched = 0, tried = 0;

	(void)state;
	for (int i = 0; i < 20000; i++) {
		char text[128] = "", regex[96] = "";
		struct err e;
		struct regex *r;
		regex_t c;

		add_regex(regex, sizeof regex, 2);
		if (regcomp(&c, regex, REG_EXTENDED | REG_ICASE | REG_NOSUB) != 0)
			continue;
		r = regex_new(regex, &e, 0);
		if (!r)
			fail_msg("%s: %s", regex, e.text);
		for (int k = 0; k < 8; k++) {
			bool found;

			text[0] = '\0';
			for (unsigned n = roll(9); n; n--)
				strlcat(text, letters[roll(ARRAY_LEN(letters))], sizeof text);
			found = regexec(&c, text, 0, NULL, 0) == 0;
			if (regex_match(r, text) != found)
				fail_msg("\"%s\" on \"%s\": %d", regex, text, !found);
			matched += found;
			tried++;
		}
		regfree(&c);
		regex_free(r);
	}
	assert_true(tried > 100000 && matched > tried / 10 && matched < tried * 9 / 10);
}

/* Whatever the expression, ten thousand long texts are done with soon. In counts of states this
 * would be certain; by the clock it has much room. */
static void
test_costs(void **state)
{
	static const char *const costly[] = {
		"(a+)+$",  "(a|b|ab|ba|aab|bba)*c", ".*a.*a.*a.*a.*a.*a.*a.*x", "a.{200}$",
		"[ab].{100}c$", "(a|b)*a(a|b){200}", "(a?){100}a{100}", "([[:alpha:]]|.){200}$",
		"(((a{9}){9}|b){9})*c", "\\ba.*\\bb.*\\b.*\\bc",
	};
	static char text[100][4097];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(text); i++)
		for (size_t k = 0; k < 4096; k++)
			text[i][k] = "ab"[roll(2)];
	for (size_t i = 0; i < ARRAY_LEN(costly); i++) {
		struct regex *r = regex_new(costly[i], NULL, 0);
		int64_t begin = clock_ns(CLOCK_PROCESS_CPUTIME_ID), spent;

		assert_non_null(r);
		for (int k = 0; k < 10000; k++)
			(void)regex_match(r, text[k % ARRAY_LEN(text)]);
		spent = clock_ns(CLOCK_PROCESS_CPUTIME_ID) - begin;
		print_message("%-30s %4lld ms%s\n", costly[i], (long long)(spent / NS_PER_MS),
			      regex_stopped(r) ? ", stopped" : "");
		assert_true(spent < 20 * NS_PER_S);
		regex_free(r);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
		cmocka_unit_test(test_beside_the_c_library),
		cmocka_unit_test(test_costs),
	};

	(void)setlocale(LC_CTYPE, "");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
