/* cpus: the grammar:
 *	set   = "all" | "0x" mask | item { "," item }
 *	item  = N [ "-" N [ ":" STEP ] ]
 *	mask  = hexadecimal digits, commas anywhere between them
 */
#include "act/cpus.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#include "base/num.h"

static int
hex_digit(char c)
{
	const char *digits = "0123456789abcdef", *at;

	if (c >= 'A' && c <= 'F')
		c += 'a' - 'A';
	at = c ? strchr(digits, c) : NULL;
	return at ? (int)(at - digits) : -1;
}

static int
parse_mask(const char *text, const char *digits, struct cpus *ret, struct err *e)
{
	unsigned bit = 0;

	for (const char *p = digits + strlen(digits); p > digits; p--) {
		int d = hex_digit(p[-1]);

		if (p[-1] == ',' && p - 1 > digits && p[0])
			continue;
		if (d < 0)
			return err_at(e, -EINVAL, (int)(p - 1 - text),
				      "expected hexadecimal digits");
		for (int i = 0; i < 4; i++, bit++) {
			if (!(d >> i & 1))
				continue;
			if (bit >= CPUS_MAX)
				return err_at(e, -EINVAL, (int)(p - 1 - text),
					      "expected CPUs below %d", CPUS_MAX);
			cpus_add(ret, bit);
		}
	}
	return 0;
}

/* A number without blanks or sign before it. */
static int
parse_cpu(const char *text, struct span *s, unsigned *ret, struct err *e)
{
	int at = (int)(s->p - text);
	uint64_t v;

	if (span_empty(*s) || (unsigned)(*s->p - '0') > 9)
		return err_at(e, -EINVAL, at, "expected CPUs as in 0-3,8 or 0xff");
	if (num_u64(s, &v) < 0 || v >= CPUS_MAX)
		return err_at(e, -EINVAL, at, "expected CPUs below %d", CPUS_MAX);
	*ret = (unsigned)v;
	return 0;
}

static bool
take(struct span *s, char c)
{
	if (span_empty(*s) || *s->p != c)
		return false;
	s->p++;
	return true;
}

static int
parse_item(const char *text, struct span *s, struct cpus *ret, struct err *e)
{
	unsigned from = 0, to, step = 1;
	int at, r = parse_cpu(text, s, &from, e);

	if (r < 0)
		return r;
	to = from;
	if (take(s, '-')) {
		at = (int)(s->p - text);
		r = parse_cpu(text, s, &to, e);
		if (r < 0)
			return r;
		if (to < from)
			return err_at(e, -EINVAL, at, "expected a CPU from %u on", from);
		at = (int)(s->p - text) + 1;
		if (take(s, ':') && (r = parse_cpu(text, s, &step, e)) < 0)
			return r;
		if (!step)
			return err_at(e, -EINVAL, at, "expected a step from 1 on");
	}
	for (unsigned cpu = from; cpu <= to; cpu += step)
		cpus_add(ret, cpu);
	return 0;
}

int
cpus_parse(const char *text, struct cpus *ret, struct err *e)
{
	struct span s = span_str(text);
	struct cpus c = {0}, none = {0};
	int r = 0;

	if (strcasecmp(text, "all") == 0) {
		memset(ret, 0xff, sizeof *ret);
		return 0;
	}
	if (strncasecmp(text, "0x", 2) == 0) {
		r = parse_mask(text, text + 2, &c, e);
	} else {
		do
			r = parse_item(text, &s, &c, e);
		while (r == 0 && take(&s, ','));
		if (r == 0 && !span_empty(s))
			r = err_at(e, -EINVAL, (int)(s.p - text), "expected a comma or the end");
	}
	if (r < 0)
		return r;
	if (memcmp(&c, &none, sizeof c) == 0)
		return err_at(e, -EINVAL, 0, "expected at least one CPU");
	*ret = c;
	return 0;
}

void
cpus_print(const struct cpus *c, struct buf *out)
{
	const char *sep = "";

	for (unsigned from = 0, to; from < CPUS_MAX; from = to + 1) {
		to = from;
		if (!cpus_has(c, from))
			continue;
		while (cpus_has(c, to + 1))
			to++;
		if (from == 0 && to == CPUS_MAX - 1) {
			buf_puts(out, "all");
			return;
		}
		if (to == from)
			buf_printf(out, "%s%u", sep, from);
		else
			buf_printf(out, "%s%u%c%u", sep, from, to == from + 1 ? ',' : '-', to);
		sep = ",";
	}
}
