#include "query/number.h"

#include <errno.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"

struct unit {
	const char *name;
	double scale;
};

static const struct unit no_units[] = {{NULL, 0}};
static const struct unit byte_units[] = {
	{"B", 1},      {"K", 0x1p10}, {"M", 0x1p20}, {"G", 0x1p30},
	{"T", 0x1p40}, {"P", 0x1p50}, {"E", 0x1p60}, {NULL, 0},
};
static const struct unit time_units[] = {
	{"ns", 1},   {"us", 1e3},    {"ms", 1e6},     {"s", 1e9},      {"m", 60e9},
	{"h", 36e11}, {"d", 864e11}, {"w", 6048e11}, {"y", 31536e12}, {NULL, 0},
};
static const struct unit ratio_units[] = {{"%", 1}, {NULL, 0}};
static const struct unit count_units[] = {
	{"k", 1e3}, {"M", 1e6}, {"G", 1e9}, {"T", 1e12}, {NULL, 0},
};

/* What numbers of a unit look like. */
struct shape {
	const struct unit *units;
	double plain;      /* scale of a number without unit; ratios are divided by 100 instead */
	const char *noun;  /* "unit x is not one of ..." */
	const char *list, *example;
	bool per_second;   /* "/s" may follow */
};

static struct shape
shape_of(enum field_unit unit)
{
	switch (unit) {
	case UNIT_BYTES:
		return (struct shape){byte_units, 1, "bytes", "K M G T", "500M", false};
	case UNIT_BYTES_PER_S:
		return (struct shape){byte_units, 1, "bytes", "K M G T", "500K", true};
	case UNIT_NS:
		return (struct shape){time_units, 1e9, "a time", "ms s m h d", "1m", false};
	case UNIT_RATIO:
		return (struct shape){ratio_units, 1, "a share", "%", "5%", false};
	case UNIT_COUNT:
		return (struct shape){count_units, 1, "a count", "k M G", "100", false};
	case UNIT_COUNT_PER_S:
		return (struct shape){count_units, 1, "a count", "k M G", "100", true};
	case UNIT_NONE:
	case UNIT_WALL_NS:
		break;
	}
	return (struct shape){no_units, 1, "this field", "none", "5", false};
}

/* Digits with a point. At most 18 of them count, so that the quotient is exact to the last bit
 * where it can be. */
static bool
decimal(struct span *s, double *ret_v)
{
	static const double power[] = {1e0, 1e1, 1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8, 1e9,
				       1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18};
	uint64_t v = 0;
	unsigned digits = 0, seen = 0, decimals = 0;
	bool point = false;

	for (; !span_empty(*s); s->p++) {
		unsigned d = (unsigned)(*s->p - '0');

		if (*s->p == '.' && !point) {
			point = true;
			continue;
		}
		if (d >= 10)
			break;
		seen++;
		if (digits == 18 && !point)
			return false;
		if (digits == 18)
			continue;
		v = v * 10 + d;
		digits += v > 0;
		decimals += point;
		if (decimals == 18)
			digits = 18;
	}
	*ret_v = (double)v / power[decimals];
	return seen > 0;
}

static const struct unit *
find_unit(const struct unit *units, struct span word)
{
	for (; units->name; units++)
		if (span_len(word) == strlen(units->name) &&
		    str_same_n(word.p, units->name, span_len(word)))
			return units;
	return NULL;
}

/* Cuts the letters of a unit off *s: "M", "MB" and "MiB" are the same. */
static struct span
unit_word(struct span *s, const struct shape *shape)
{
	struct span w = {s->p, s->p};

	while (!span_empty(*s) && *s->p != '.' && (unsigned)(*s->p - '0') >= 10)
		s->p++;
	w.end = s->p;
	if (shape->per_second && span_len(w) >= 2 && str_same_n(w.end - 2, "/s", 2))
		w.end -= 2;
	if (shape->units == byte_units && span_len(w) > 1) {
		if ((w.end[-1] | 32) == 'b')
			w.end--;
		if (span_len(w) > 1 && (w.end[-1] | 32) == 'i')
			w.end--;
	}
	return w;
}

int
number_parse(struct span s, const struct field *f, double *ret_v, struct err *e, int at)
{
	const struct shape shape = shape_of(f->unit);
	const char *start = s.p;
	double sum = 0, v;
	bool negative = !span_empty(s) && *s.p == '-';

	if (negative)
		s.p++;
	do {
		const char *number = s.p, *letters;
		const struct unit *unit;
		struct span word;

		if (!decimal(&s, &v))
			return err_at(e, -EINVAL, at + (int)(number - start),
				      "expected a number for %s, such as %s", f->name,
				      shape.example);
		letters = s.p;
		word = unit_word(&s, &shape);
		if (span_empty(word)) {
			if (number > start + negative)
				return err_at(e, -EINVAL, at + (int)(letters - start),
					      "expected a unit after \"%.*s\": %s",
					      (int)MIN(letters - start, 40), start, shape.list);
			sum += v * shape.plain;
			break;
		}
		unit = find_unit(shape.units, word);
		if (!unit && shape.units == no_units)
			return err_at(e, -EINVAL, at + (int)(letters - start),
				      "expected a number without a unit for %s", f->name);
		if (!unit)
			return err_at(e, -EINVAL, at + (int)(letters - start),
				      "unit %.*s is not one of %s: %s",
				      (int)MIN(span_len(word), (size_t)20), word.p, shape.noun,
				      shape.list);
		sum += v * unit->scale;
		/* Only times are written in several pieces. */
		if (shape.units != time_units && !span_empty(s))
			return err_at(e, -EINVAL, at + (int)(s.p - start),
				      "expected nothing after \"%.*s\"", (int)MIN(s.p - start, 40),
				      start);
	} while (!span_empty(s));
	/* 0.01 is no binary fraction: dividing gives the nearest, multiplying by it may not. */
	if (shape.units == ratio_units)
		sum /= 100;
	*ret_v = negative ? -sum : sum;
	return 0;
}

const char *
number_example(const struct field *f)
{
	return shape_of(f->unit).example;
}
