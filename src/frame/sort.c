/* sort: every cell of the key column becomes a 64-bit code whose order as an unsigned number is the
 * order wanted. Numbers are then sorted by radix, a byte at a time, skipping bytes in which all
 * codes agree: 10,000 rows take a fraction of a millisecond. Texts carry their first eight bytes as
 * the code and are merged. Both are stable, so several keys are sorted from the last to the first.
 */
#include "frame/sort.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "base/mem.h"

struct item {
	uint64_t code;
	uint32_t row;
};

struct text_item {
	uint64_t code;
	const char *text;
	uint32_t row;
};

struct sorter {
	struct item *item, *spare; /* grown together, so that they can change places */
	struct text_item *text, *text_spare;
	uint32_t *absent;
	size_t item_cap, spare_cap, text_cap, text_spare_cap, absent_cap;
};

void
sorter_free(struct sorter *s)
{
	if (!s)
		return;
	free(s->item);
	free(s->spare);
	free(s->text);
	free(s->text_spare);
	free(s->absent);
	free(s);
}

size_t
rows_select(const struct table *t,
	    bool (*match)(const void *arg, const struct table *t, uint32_t row), const void *arg,
	    uint32_t *ret_rows)
{
	size_t n = 0;

	for (uint32_t i = 0; i < t->nrows; i++)
		if (!match || match(arg, t, i))
			ret_rows[n++] = i;
	return n;
}

static bool
number_code(unsigned type, union value v, uint64_t *ret_code)
{
	const uint64_t sign = UINT64_C(1) << 63;
	uint64_t bits;

	switch (type) {
	case TYPE_I64:
		*ret_code = v.u ^ sign;
		return true;
	case TYPE_F64:
		if (isnan(v.f))
			return false;
		v.f += 0.0; /* -0 is 0 */
		memcpy(&bits, &v.f, sizeof bits);
		*ret_code = bits & sign ? ~bits : bits | sign;
		return true;
	default:
		*ret_code = v.u;
		return true;
	}
}

/* By bytes, the last first; the items end in s->item. */
static void
radix_sort(struct sorter *s, size_t n)
{
	uint32_t count[8][256];

	memset(count, 0, sizeof count);
	for (size_t i = 0; i < n; i++)
		for (unsigned b = 0; b < 8; b++)
			count[b][s->item[i].code >> b * 8 & 0xff]++;
	for (unsigned b = 0; b < 8; b++) {
		uint32_t at = 0;
		struct item *other = s->spare;

		if (count[b][s->item[0].code >> b * 8 & 0xff] == n)
			continue;
		for (unsigned v = 0; v < 256; v++) {
			uint32_t c = count[b][v];

			count[b][v] = at;
			at += c;
		}
		for (size_t i = 0; i < n; i++)
			other[count[b][s->item[i].code >> b * 8 & 0xff]++] = s->item[i];
		s->spare = s->item;
		s->item = other;
	}
}

/* Sorts the items by code into rows. Most rows are often alike, at 0 % CPU say: those whose code is
 * that of the middle one stay as they are, between the smaller and the greater. */
static void
sort_items(struct sorter *s, uint32_t *rows, size_t n)
{
	uint64_t common = n ? s->item[n / 2].code : 0;
	size_t others = 0, same = 0, below = 0;

	for (size_t i = 0; i < n; i++) {
		if (s->item[i].code == common)
			rows[same++] = s->item[i].row;
		else
			s->item[others++] = s->item[i];
	}
	if (others > 1)
		radix_sort(s, others);
	while (below < others && s->item[below].code < common)
		below++;
	memmove(rows + below, rows, same * sizeof *rows);
	for (size_t i = 0; i < others; i++)
		rows[i < below ? i : same + i] = s->item[i].row;
}

/* Moves rows whose cell is absent behind the others. Gives how many others there are; those are
 * sorted. */
static size_t
sort_numbers(struct sorter *s, const struct table *t, struct sort_key key, uint32_t *rows, size_t n)
{
	unsigned type = key.value ? (unsigned)TYPE_F64 : t->schema->field[key.field].type;
	size_t have = 0, absent = 0;

	GROW(s->item, s->item_cap, n);
	GROW(s->spare, s->spare_cap, n);
	for (size_t i = 0; i < n; i++) {
		struct item *it = &s->item[have];

		bool valid = key.value || cell_valid(t, rows[i], key.field);
		union value v = {.f = NAN};

		if (valid)
			v = key.value ? (union value){.f = key.value[rows[i]]}
				      : t->col[key.field][rows[i]];
		if (valid && number_code(type, v, &it->code)) {
			it->code = key.descending ? ~it->code : it->code;
			it->row = rows[i];
			have++;
		} else {
			s->absent[absent++] = rows[i];
		}
	}
	sort_items(s, rows, have);
	return have;
}

static inline unsigned char
fold(char c)
{
	return (unsigned char)(c >= 'A' && c <= 'Z' ? c | 32 : c);
}

/* The first eight bytes, folded, the first the highest. A NUL ends it and pads it. */
static uint64_t
text_code(const char *s)
{
	uint64_t code = 0;
	int i = 0;

	for (; i < 8 && s[i]; i++)
		code = code << 8 | fold(s[i]);
	return i ? code << (8 - i) * 8 : 0;
}

static int
text_compare(const struct text_item *a, const struct text_item *b)
{
	const char *x = a->text, *y = b->text;

	if (a->code != b->code)
		return CMP(a->code, b->code);
	if (x == y)
		return 0;
	if (a->code & 0xff) {
		for (x += 8, y += 8; *x && fold(*x) == fold(*y); x++, y++)
			;
		if (fold(*x) != fold(*y))
			return CMP(fold(*x), fold(*y));
	}
	return strcmp(a->text, b->text);
}

/* Merges from[0..mid) and from[mid..n) into to. */
static void
merge(const struct text_item *from, size_t mid, size_t n, struct text_item *to, int sign)
{
	size_t a = 0, b = mid, out = 0;

	if (mid >= n || sign * text_compare(&from[mid - 1], &from[mid]) <= 0) {
		memcpy(to, from, n * sizeof *to);
		return;
	}
	while (a < mid && b < n)
		to[out++] = sign * text_compare(&from[a], &from[b]) <= 0 ? from[a++] : from[b++];
	memcpy(to + out, from + a, (mid - a) * sizeof *to);
	out += mid - a;
	memcpy(to + out, from + b, (n - b) * sizeof *to);
}

static size_t
sort_texts(struct sorter *s, const struct table *t, struct sort_key key, uint32_t *rows, size_t n)
{
	size_t have = 0, absent = 0;
	int sign = key.descending ? -1 : 1;

	GROW(s->text, s->text_cap, n);
	GROW(s->text_spare, s->text_spare_cap, n);
	for (size_t i = 0; i < n; i++) {
		const char *text = cell_str(t, rows[i], key.field);

		if (cell_valid(t, rows[i], key.field))
			s->text[have++] = (struct text_item){text_code(text), text, rows[i]};
		else
			s->absent[absent++] = rows[i];
	}
	for (size_t width = 1; width < have; width *= 2) {
		struct text_item *done = s->text_spare;

		for (size_t i = 0; i < have; i += 2 * width)
			merge(s->text + i, width, MIN(2 * width, have - i), done + i, sign);
		s->text_spare = s->text;
		s->text = done;
	}
	for (size_t i = 0; i < have; i++)
		rows[i] = s->text[i].row;
	return have;
}

void
rows_sort(struct sorter **sp, const struct table *t, const struct sort_key *keys, unsigned nkeys,
	  uint32_t *rows, size_t n)
{
	struct sorter *s = *sp;

	if (!s)
		s = *sp = xcalloc(1, sizeof *s);
	if (n < 2)
		return;
	GROW(s->absent, s->absent_cap, n);
	while (nkeys-- > 0) {
		bool text = t->schema->field[keys[nkeys].field].type == TYPE_STR;
		size_t have = text ? sort_texts(s, t, keys[nkeys], rows, n)
				   : sort_numbers(s, t, keys[nkeys], rows, n);

		memcpy(rows + have, s->absent, (n - have) * sizeof *rows);
	}
}

int
sort_keys_parse(enum table_id t, const char *text, struct sort_key *ret_keys, unsigned max,
		struct err *e)
{
	unsigned n = 0;

	for (const char *p = text;; p++) {
		struct span name = {p, p + strcspn(p, ",")};
		char sign = 0;
		const char *near;
		int f;

		if (name.p < name.end && (*name.p == '-' || *name.p == '+'))
			sign = *name.p++;
		f = field_by_name(t, name);
		if (f < 0) {
			near = field_suggest(t, name);
			return err_at(e, -EINVAL, (int)(name.p - text),
				      "sort field \"%.*s\": unknown in table %s%s%s%s",
				      (int)MIN(span_len(name), (size_t)40), name.p, schema[t].name,
				      near ? ", did you mean " : "",
				      near ? near : "; \"sonde fields\" lists them",
				      near ? "?" : "");
		}
		if (n == max)
			return err_at(e, -EINVAL, (int)(p - text),
				      "expected at most %u sort fields", max);
		ret_keys[n].field = (uint8_t)f;
		ret_keys[n++].descending =
			sign ? sign == '-' : schema[t].field[f].flags & FIELD_SORT_DESC;
		p = name.end;
		if (!*p)
			return (int)n;
	}
}
