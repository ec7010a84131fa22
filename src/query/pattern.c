/* pattern: strcasestr() and strcasecmp() ask the locale for every byte; a filter runs over every
 * row at every tick, so its texts are lowered once and compared by hand.
 */
#include "query/pattern.h"

#include <errno.h>
#include <string.h>

#include "base/mem.h"
#include "base/num.h"

static inline unsigned char
low(char c)
{
	unsigned char u = (unsigned char)c;

	return (unsigned)(u - 'A') < 26 ? (unsigned char)(u | 32) : u;
}

/* Most expressions are words: those need no machine. */
static bool
means_itself(const char *s)
{
	for (; *s; s++)
		if ((unsigned)(low(*s) - 'a') >= 26 && (unsigned)(*s - '0') >= 10 &&
		    !strchr(" _/:@,-=%", *s))
			return false;
	return true;
}

int
pattern_init(struct pattern *p, enum pattern_kind kind, const char *text, struct arena *a,
	     struct err *e, int at)
{
	char *lowered;

	*p = (struct pattern){.kind = kind, .text = text, .len = strlen(text)};
	if (kind == PATTERN_REGEX && (p->len > REGEX_MAX || !means_itself(text))) {
		p->regex = regex_new(text, e, at);
		return p->regex ? 0 : -EINVAL;
	}
	p->low = lowered = arena_strndup(a, text, p->len);
	for (; *lowered; lowered++)
		*lowered = (char)low(*lowered);
	return 0;
}

void
pattern_release(struct pattern *p)
{
	regex_free(p->regex);
	p->regex = NULL;
}

static bool
starts_with(const char *s, const char *low_text)
{
	for (; *low_text; s++, low_text++)
		if (low(*s) != (unsigned char)*low_text)
			return false; /* also at the end of s */
	return true;
}

/* The C library finds a byte faster than a loop does: look for the first letter in both cases. */
static bool
has_part(const char *s, const char *part)
{
	char lower = part[0], upper = lower >= 'a' && lower <= 'z' ? (char)(lower - 32) : lower;
	const char *a, *b;

	if (!lower)
		return true;
	a = strchrnul(s, lower);
	b = upper != lower ? strchrnul(s, upper) : a;
	for (;;) {
		const char *p = MIN(a, b);

		if (!*p)
			return false;
		if (starts_with(p + 1, part + 1))
			return true;
		if (p == a)
			a = strchrnul(p + 1, lower);
		if (p == b)
			b = upper != lower ? strchrnul(p + 1, upper) : a;
	}
}

/* One '*' is gone back to at most, the last: what an earlier one could take, it can take too. */
static bool
glob_match(const char *g, const char *s)
{
	const char *star = NULL, *from = NULL;

	while (*s) {
		if (*g == '*') {
			star = ++g;
			from = s;
		} else if (*g == '?' || (*g && (unsigned char)*g == low(*s))) {
			g++;
			s++;
		} else if (star) {
			g = star;
			s = ++from;
		} else {
			return false;
		}
	}
	while (*g == '*')
		g++;
	return !*g;
}

bool
pattern_match(const struct pattern *p, const char *s)
{
	switch (p->kind) {
	case PATTERN_PART:
		return has_part(s, p->low);
	case PATTERN_WHOLE:
		return starts_with(s, p->low) && !s[p->len];
	case PATTERN_GLOB:
		return glob_match(p->low, s);
	case PATTERN_REGEX:
		return p->regex ? regex_match(p->regex, s) : has_part(s, p->low);
	}
	return false;
}
