/* pattern: strcasestr() and strcasecmp() ask the locale for every byte; a filter runs over every
 * row at every tick, so its texts are lowered once and compared by hand.
 */
#include "query/pattern.h"

#include <errno.h>
#include <string.h>

#include "base/mem.h"
#include "base/num.h"

enum { COUNT_MAX = 255, COUNTS_MAX = 512, OPTIONAL_MAX = 512 };

static inline unsigned char
low(char c)
{
	unsigned char u = (unsigned char)c;

	return (unsigned)(u - 'A') < 26 ? (unsigned char)(u | 32) : u;
}

/* [...] from its '[' on; the address behind it, or of the NUL. */
static const char *
skip_bracket(const char *p)
{
	p++;
	if (*p == '^')
		p++;
	if (*p == ']')
		p++;
	for (; *p && *p != ']'; p++) {
		char kind = p[1];

		if (*p != '[' || (kind != ':' && kind != '.' && kind != '='))
			continue;
		for (p += 2; *p && !(p[0] == kind && p[1] == ']'); p++)
			;
		if (!*p)
			return p;
		p++;
	}
	return *p ? p + 1 : p;
}

/* {n}, {n,} or {n,m} from its '{' on: the larger number, moving *p to its '}'. */
static uint64_t
counted(const char **p)
{
	struct span s = {*p + 1, *p + strlen(*p)};
	uint64_t n = 0, m = 0;

	if (num_u64(&s, &n) == -ERANGE)
		n = UINT64_MAX;
	if (!span_empty(s) && *s.p == ',') {
		s.p++;
		if (num_u64(&s, &m) == -ERANGE)
			m = UINT64_MAX;
	}
	if (!span_empty(s) && *s.p == '}')
		*p = s.p;
	return MAX(n, m);
}

/* The C library's matcher can be made to run for seconds, or to take gigabytes: by repeats in
 * repeats, large counts, long optional parts that are counted, and back references. Says what is
 * wrong, or NULL. */
static const char *
why_slow(const char *p)
{
	/* What a group, or the last atom, holds. */
	struct part {
		const char *start;
		bool repeat, optional;
	} group[PATTERN_REGEX_MAX + 1] = {{p, false, false}}, atom = {p, false, false};
	unsigned depth = 0;
	uint64_t counts = 0, bytes, n;

	if (strlen(p) > PATTERN_REGEX_MAX)
		return "expected at most 256 bytes of regular expression";
	for (; *p; p++) {
		switch (*p) {
		case '\\':
			if (p[1] >= '1' && p[1] <= '9')
				return "back references are refused, they could take seconds";
			atom = (struct part){p, false, false};
			if (p[1])
				p++;
			break;
		case '[':
			atom = (struct part){p, false, false};
			p = skip_bracket(p) - 1;
			break;
		case '(':
			group[++depth] = (struct part){p, false, false};
			atom = group[depth];
			break;
		case ')':
			if (depth) {
				atom = group[depth--];
				group[depth].repeat |= atom.repeat;
				group[depth].optional |= atom.optional;
			}
			break;
		case '{':
			if (p[1] != ',' && (unsigned)(p[1] - '0') >= 10) {
				atom = (struct part){p, false, false};
				break;
			}
			bytes = (uint64_t)(p - atom.start);
			n = counted(&p);
			if (n > COUNT_MAX)
				return "expected at most 255 in {}";
			counts += n;
			if (counts > COUNTS_MAX || (atom.optional && bytes * n > OPTIONAL_MAX))
				return "expected smaller numbers in {}";
			/* fall through */
		case '*':
		case '+':
			if (atom.repeat)
				return "a repeat inside a repeat is refused, it could take seconds";
			atom.repeat = group[depth].repeat = true;
			break;
		case '?':
			atom.optional = group[depth].optional = true;
			break;
		default:
			atom = (struct part){p, false, false};
		}
	}
	return NULL;
}

/* Most expressions are words: those need no matcher, which takes a hundred times as long. */
static bool
means_itself(const char *s)
{
	for (; *s; s++)
		if ((unsigned)(low(*s) - 'a') >= 26 && (unsigned)(*s - '0') >= 10 &&
		    !strchr(" _/:@,-=%", *s))
			return false;
	return true;
}

static int
regex_init(struct pattern *p, struct err *e, int at)
{
	const char *slow = why_slow(p->text);
	char text[128];
	int ret;

	if (slow)
		return err_at(e, -EINVAL, at, "%s", slow);
	p->regex = xcalloc(1, sizeof *p->regex);
	ret = regcomp(p->regex, p->text, REG_EXTENDED | REG_ICASE | REG_NOSUB);
	if (ret == 0)
		return 0;
	(void)regerror(ret, p->regex, text, sizeof text);
	free(p->regex);
	p->regex = NULL;
	return err_at(e, -EINVAL, at, "regular expression: %s", text);
}

int
pattern_init(struct pattern *p, enum pattern_kind kind, const char *text, struct arena *a,
	     struct err *e, int at)
{
	char *lowered;

	*p = (struct pattern){.kind = kind, .text = text, .len = strlen(text)};
	if (kind == PATTERN_REGEX && (p->len > PATTERN_REGEX_MAX || !means_itself(text)))
		return regex_init(p, e, at);
	p->low = lowered = arena_strndup(a, text, p->len);
	for (; *lowered; lowered++)
		*lowered = (char)low(*lowered);
	return 0;
}

void
pattern_release(struct pattern *p)
{
	if (p->regex) {
		regfree(p->regex);
		free(p->regex);
		p->regex = NULL;
	}
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
		return p->regex ? regexec(p->regex, s, 0, NULL, 0) == 0 : has_part(s, p->low);
	}
	return false;
}
