/* regex: libpcre2-8. It is loaded, not linked: linked, it is 120 KiB in the memory of every sonde,
 * and most never see an expression.
 *
 * Its own limits do not bound what a text costs: the one of matches begins anew at every place of
 * the text, and a repeated character counts once however long it is. So it calls step() before
 * every part of the expression that it tries (a callout), which counts, and ends it. What is left
 * out are bytes that are no UTF-8: they may cost 20 us in 4 KiB, once a text.
 */
#include "query/regex.h"

#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "base/mem.h"

/* A step takes 20 to 30 ns. */
enum {
	STEPS_TEXT = 4096, /* for one text */
	/* For all: so much at first, so much more with each text. */
	CREDIT_MAX = 1 << 18,
	CREDIT_TEXT = 256,
	BEGIN = 2,   /* to begin at another place costs so many more */
	NEAR = 8,    /* bytes that cost as much as one */
	NESTED = 32, /* parentheses */
	HEAP = 1024, /* KiB, of what is to be gone back to */
	OPTIONS = PCRE2_UTF | PCRE2_MATCH_INVALID_UTF | PCRE2_CASELESS | PCRE2_DOTALL |
		  PCRE2_DOLLAR_ENDONLY | PCRE2_NEVER_BACKSLASH_C | PCRE2_AUTO_CALLOUT,
};

#define FUNCTIONS(F)                                                                               \
	F(code_free) F(compile) F(compile_context_create) F(general_context_create)                \
	F(get_error_message) F(match) F(match_context_create) F(match_context_free)                \
	F(match_data_create) F(match_data_free) F(pattern_info) F(set_callout)                     \
	F(set_depth_limit) F(set_heap_limit) F(set_match_limit) F(set_parens_nest_limit)

#define DECLARE(name) __typeof__(pcre2_##name##_8) *name;
static struct {
	FUNCTIONS(DECLARE)
} pcre2;
#undef DECLARE

static bool loaded;
static pcre2_general_context *general;
static pcre2_compile_context *compiling;

struct regex {
	pcre2_code *code;
	pcre2_match_data *data;
	pcre2_match_context *limits;
	unsigned price;       /* of a step */
	int64_t credit, left; /* for all texts; for this one */
	PCRE2_SIZE begin, at; /* in the text, at the step before */
	bool stopped;
};

static void *
get(size_t size, void *unused)
{
	(void)unused;
	return xmalloc(size);
}

static void
give_back(void *p, void *unused)
{
	(void)unused;
	free(p);
}

static void
load(void)
{
	void *lib = dlopen("libpcre2-8.so.0", RTLD_NOW | RTLD_LOCAL);

	loaded = lib;
#define FIND(name) loaded = loaded && (*(void **)&pcre2.name = dlsym(lib, "pcre2_" #name "_8"));
	FUNCTIONS(FIND)
#undef FIND
	if (!loaded)
		return;
	general = pcre2.general_context_create(get, give_back, NULL);
	compiling = pcre2.compile_context_create(general);
	(void)pcre2.set_parens_nest_limit(compiling, NESTED);
}

bool
regex_available(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	(void)pthread_once(&once, load);
	return loaded;
}

/* The way between two steps tells what the one before looked at, unless it failed: [ab]{200} may
 * have seen 199 then, at no other price. */
static unsigned
price_of(const char *text)
{
	unsigned largest = 0;

	while ((text = strchr(text, '{'))) {
		unsigned n = 0;

		for (text++; (unsigned)(*text - '0') < 10; text++)
			n = MIN(n * 10 + (unsigned)(*text - '0'), (unsigned)STEPS_TEXT * NEAR);
		largest = MAX(largest, n);
	}
	return 1 + largest / NEAR;
}

static int
step(pcre2_callout_block *b, void *regex)
{
	struct regex *r = regex;
	PCRE2_SIZE from = MIN(r->at, b->current_position), to = MAX(r->at, b->current_position);

	r->left -= (int64_t)(r->price + (to - from) / NEAR) + (b->start_match != r->begin) * BEGIN;
	r->begin = b->start_match;
	r->at = b->current_position;
	return r->left < 0 ? PCRE2_ERROR_MATCHLIMIT : 0;
}

static pcre2_code *
compile(const char *text, struct err *e, int at)
{
	PCRE2_SIZE where = 0;
	uint32_t back = 0;
	pcre2_code *code;
	PCRE2_UCHAR says[128];
	int error = 0;

	if (!regex_available()) {
		err_at(e, -EINVAL, at,
		       "regular expression: libpcre2-8 is not installed, expected a plain word");
		return NULL;
	}
	if (strlen(text) > REGEX_MAX) {
		err_at(e, -EINVAL, at, "regular expression: expected at most %d bytes", REGEX_MAX);
		return NULL;
	}
	code = pcre2.compile((PCRE2_SPTR)text, PCRE2_ZERO_TERMINATED, OPTIONS, &error, &where,
			     compiling);
	if (!code) {
		(void)pcre2.get_error_message(error, says, sizeof says);
		err_at(e, -EINVAL, at + (int)MIN(where, strlen(text)), "regular expression: %s",
		       (const char *)says);
		return NULL;
	}
	/* They compare as much as they like in one step. */
	(void)pcre2.pattern_info(code, PCRE2_INFO_BACKREFMAX, &back);
	if (back) {
		err_at(e, -EINVAL, at, "regular expression: there are no back references");
		pcre2.code_free(code);
		return NULL;
	}
	return code;
}

struct regex *
regex_new(const char *text, struct err *e, int at)
{
	pcre2_code *code = compile(text, e, at);
	struct regex *r;

	if (!code)
		return NULL;
	r = xcalloc(1, sizeof *r);
	r->code = code;
	r->price = price_of(text);
	r->credit = CREDIT_MAX;
	r->data = pcre2.match_data_create(1, general);
	r->limits = pcre2.match_context_create(general);
	(void)pcre2.set_callout(r->limits, step, r);
	(void)pcre2.set_match_limit(r->limits, 4 * STEPS_TEXT);
	(void)pcre2.set_depth_limit(r->limits, 4 * STEPS_TEXT);
	(void)pcre2.set_heap_limit(r->limits, HEAP);
	return r;
}

void
regex_free(struct regex *r)
{
	if (!r)
		return;
	pcre2.match_context_free(r->limits);
	pcre2.match_data_free(r->data);
	pcre2.code_free(r->code);
	free(r);
}

bool
regex_match(struct regex *r, const char *s)
{
	int64_t most;
	int found;

	r->credit = MIN(r->credit + CREDIT_TEXT, (int64_t)CREDIT_MAX);
	most = r->left = MIN(r->credit, (int64_t)STEPS_TEXT);
	r->begin = r->at = 0;
	found = pcre2.match(r->code, (PCRE2_SPTR)s, strlen(s), 0, 0, r->data, r->limits);
	r->credit -= most - r->left;
	if (found < 0 && found != PCRE2_ERROR_NOMATCH)
		r->stopped = true;
	return found >= 0;
}

bool
regex_stopped(const struct regex *r)
{
	return r->stopped;
}
