/* The laws of filters, on machines that nobody has: random frames, and random expressions made of
 * their fields and of what stands in their cells. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <cmocka.h>

#include "../long.h"
#include "../unit/random_frame.h"
#include "query/complete.h"
#include "query/filter.h"
#include "query/regex.h"

enum { FRAMES = 60, WORDS = (MACHINE_ROWS + 63) / 64 };

struct rowset {
	uint64_t bit[WORDS];
};

static struct machine machine;
static const struct table *table;
static enum table_id id;

/* In quotes, as a person would have to. */
static void
put_quoted(struct buf *b, const char *s)
{
	buf_putc(b, '"');
	for (; *s; s++) {
		if (*s == '"' || *s == '\\')
			buf_putc(b, '\\');
		buf_putc(b, *s);
	}
	buf_putc(b, '"');
}

static const char *
name_of(unsigned field)
{
	const struct field *f = &schema[id].field[field];
	const char *alias = field_alias(id, field, 0);

	if (alias && dice(&machine, 2))
		return alias;
	return dice(&machine, 4) || field_by_name(id, span_of(f->head, strlen(f->head))) != (int)field
		       ? f->name
		       : f->head;
}

static void
put_value(struct buf *b, unsigned field, const char *op)
{
	static const char *const words[] = {"text", "R", "7", "S*", "?*", "\"*\""};
	static const char *const regexes[] = {"text", "/^text [0-9]+$/", "(t|x)+", "/[^ ]/", "\"a|b\""};
	const struct field *f = &schema[id].field[field];
	uint32_t row = table->nrows ? (uint32_t)dice(&machine, table->nrows) : 0;
	bool known = table->nrows && cell_valid(table, row, field) && dice(&machine, 4);

	if (strchr(op, '~')) /* the first is a word, which needs no pcre2 */
		buf_puts(b, regexes[regex_available() ? dice(&machine, ARRAY_LEN(regexes)) : 0]);
	else if (f->type == TYPE_BOOL)
		buf_puts(b, dice(&machine, 2) ? "yes" : "no");
	else if (f->type == TYPE_STR && known)
		put_quoted(b, table->col[field][row].s);
	else if (f->type == TYPE_STR)
		buf_puts(b, words[dice(&machine, ARRAY_LEN(words))]);
	else if (f->type != TYPE_F64 && f->unit != UNIT_NS && known)
		buf_printf(b, "%s%llu", f->type == TYPE_I64 && table->col[field][row].i < 0 ? "-" : "",
			   (unsigned long long)(f->type == TYPE_I64 && table->col[field][row].i < 0
							? -(uint64_t)table->col[field][row].i
							: table->col[field][row].u) %
				   1000000000000000000u);
	else
		buf_printf(b, "%u.%u", (unsigned)dice(&machine, 300), (unsigned)dice(&machine, 10));
}

static void
put_comparison(struct buf *b)
{
	static const char *const text_ops[] = {"=", "!=", "~", "!~"};
	static const char *const ops[] = {"=", "!=", "<", "<=", ">", ">="};
	const struct field *f;
	unsigned field;
	const char *op;

	do {
		field = (unsigned)dice(&machine, schema[id].nfields);
		f = &schema[id].field[field];
	} while (f->unit == UNIT_WALL_NS);
	op = f->type == TYPE_STR    ? text_ops[dice(&machine, 4)]
	     : f->type == TYPE_BOOL ? ops[dice(&machine, 2)]
				    : ops[dice(&machine, 6)];
	buf_puts(b, name_of(field));
	buf_puts(b, op);
	put_value(b, field, op);
	while (!strpbrk(op, "<>") && dice(&machine, 3) == 0) {
		buf_putc(b, '|');
		put_value(b, field, op);
	}
}

static void
put_expression(struct buf *b, unsigned depth)
{
	static const char *const joints[] = {" ", " and ", " or ", " | ", " && ", " || "};
	static const char *const words[] = {"text", "7", "\"text 1\"", "S", "30", "nothing"};

	if (dice(&machine, 5) == 0)
		buf_puts(b, dice(&machine, 2) ? "not " : "!");
	if (depth && dice(&machine, 2)) {
		buf_putc(b, '(');
		put_expression(b, depth - 1);
		for (uint64_t n = 1 + dice(&machine, 3); n; n--) {
			buf_puts(b, joints[dice(&machine, ARRAY_LEN(joints))]);
			put_expression(b, depth - 1);
		}
		buf_putc(b, ')');
	} else if (dice(&machine, 4) == 0) {
		buf_puts(b, words[dice(&machine, ARRAY_LEN(words))]);
	} else {
		put_comparison(b);
	}
}

static struct filter *
parsed(const char *text)
{
	struct err e = {.at = -1};
	struct filter *f = filter_parse(text, id, &e);

	if (!f)
		fail_msg("%s: %s at %d", text, e.text, e.at);
	return f;
}

static struct rowset
rows_of_filter(const struct filter *f)
{
	struct rowset r = {0};

	for (uint32_t i = 0; i < table->nrows; i++)
		if (filter_match(f, table, i))
			r.bit[i / 64] |= UINT64_C(1) << i % 64;
	return r;
}

__attribute__((format(printf, 1, 2))) static struct rowset
rows_of(const char *fmt, ...)
{
	char text[4096];
	struct filter *f;
	struct rowset r;
	va_list ap;

	va_start(ap, fmt);
	assert_true(vsnprintf(text, sizeof text, fmt, ap) < (int)sizeof text);
	va_end(ap);
	f = parsed(text);
	r = rows_of_filter(f);
	filter_free(f);
	return r;
}

static void
same_rows(struct rowset a, struct rowset b, const char *law, const char *x, const char *y)
{
	if (memcmp(&a, &b, sizeof a) != 0)
		fail_msg("%s does not hold for\n%s\nand\n%s", law, x, y);
}

static void
check_print(const char *text)
{
	struct filter *f = parsed(text), *again;
	struct buf a = {0}, b = {0};

	filter_print(f, &a);
	again = parsed(a.data);
	filter_print(again, &b);
	if (strcmp(a.data, b.data) != 0)
		fail_msg("%s is printed as\n%s and then as\n%s", text, a.data, b.data);
	same_rows(rows_of_filter(f), rows_of_filter(again), "print", text, a.data);
	filter_free(f);
	filter_free(again);
	buf_release(&a);
	buf_release(&b);
}

static void
check_laws(const char *x, const char *y, const char *z)
{
	struct rowset a = rows_of("%s", x), none = rows_of("not (%s)", x), all = {0};

	for (uint32_t i = 0; i < table->nrows; i++)
		all.bit[i / 64] |= UINT64_C(1) << i % 64;
	for (size_t i = 0; i < WORDS; i++)
		none.bit[i] ^= all.bit[i];
	same_rows(a, none, "not is the rest", x, "");
	same_rows(a, rows_of("not not (%s)", x), "not not x = x", x, "");
	same_rows(a, rows_of("!!(%s)", x), "!!x = x", x, "");
	same_rows(a, rows_of("(%s) and (%s)", x, x), "x and x = x", x, "");
	same_rows(a, rows_of("(%s) or (%s)", x, x), "x or x = x", x, "");
	same_rows(rows_of("(%s) and (%s)", x, y), rows_of("(%s) (%s)", y, x), "x and y = y and x", x,
		  y);
	same_rows(rows_of("(%s) or (%s)", x, y), rows_of("(%s) | (%s)", y, x), "x or y = y or x", x,
		  y);
	same_rows(rows_of("not ((%s) and (%s))", x, y), rows_of("not (%s) or not (%s)", x, y),
		  "not (x and y) = not x or not y", x, y);
	same_rows(rows_of("not ((%s) or (%s))", x, y), rows_of("not (%s) and not (%s)", x, y),
		  "not (x or y) = not x and not y", x, y);
	same_rows(a, rows_of("(%s) or (%s) and (%s)", x, x, y), "x or x and y = x", x, y);
	same_rows(rows_of("(%s) and ((%s) or (%s))", x, y, z),
		  rows_of("(%s) and (%s) or (%s) and (%s)", x, y, x, z),
		  "x and (y or z) = x and y or x and z", x, y);
}

/* Whatever the cursor is at: a candidate is the word, gone on; and it parses. */
static void
check_completion(const char *text)
{
	struct completion c = {0};
	size_t n = strlen(text);

	for (size_t at = 0; at <= n; at += 1 + dice(&machine, 4)) {
		complete(&c, text, at, id, table);
		assert_true(c.from <= at && c.n <= COMPLETE_MAX);
		assert_true(completion_common(&c) <= (c.n ? strlen(c.text[0]) : 0));
		for (size_t i = 0; i < c.n; i++)
			if (text[c.from] != '"' && c.text[i][0] != '"')
				assert_int_equal(strncasecmp(c.text[i], text + c.from, at - c.from), 0);
	}
	completion_release(&c);
}

static void
test_laws(void **state)
{
	struct frame *prev = NULL;
	unsigned rows = 0, expressions = how_many(15, 30);

	(void)state;
	machine_init(&machine, 5);
	for (int i = 0; i < FRAMES; i++) {
		struct frame *f = machine_next(&machine, prev);
		struct buf expr[3] = {{0}};

		frame_derive(f, prev);
		id = i % 3 ? TABLE_PROC : (enum table_id)(i / 3 % TABLE_COUNT);
		table = &f->table[id];
		rows += table->nrows;
		for (int k = 0; k < (int)expressions; k++) {
			for (int x = 0; x < 3; x++) {
				buf_clear(&expr[x]);
				put_expression(&expr[x], (unsigned)dice(&machine, 3));
				check_print(expr[x].data);
			}
			if (expr[0].len + expr[1].len + expr[2].len < 1500)
				check_laws(expr[0].data, expr[1].data, expr[2].data);
			check_completion(expr[0].data);
		}
		for (int x = 0; x < 3; x++)
			buf_release(&expr[x]);
		frame_unref(prev);
		prev = f;
	}
	assert_true(rows > FRAMES * 5);
	frame_unref(prev);
	machine_release(&machine);
}

/* Every value that is offered is there, and every field can be had by any beginning of its name. */
static void
test_offers(void **state)
{
	struct completion c = {0};
	struct frame *prev = NULL, *f;
	unsigned offered = 0;
	char text[256];

	(void)state;
	machine_init(&machine, 6);
	for (int i = 0; i < 20; i++) {
		f = machine_next(&machine, prev);
		frame_unref(prev);
		prev = f;
		for (int t = 0; t < TABLE_COUNT; t++) {
			id = (enum table_id)t;
			table = &f->table[t];
			for (unsigned k = 0; k < schema[t].nfields; k++) {
				const struct field *field = &schema[t].field[k];
				size_t n = (size_t)snprintf(text, sizeof text, "(7 or %s=", field->name);

				complete(&c, text, n, id, table);
				for (size_t v = 0; v < c.n && field->unit != UNIT_WALL_NS; v++) {
					struct rowset r = rows_of("%s=%s", field->name, c.text[v]);
					bool any = false;

					for (size_t w = 0; w < WORDS; w++)
						any |= r.bit[w] != 0;
					if (field->type == TYPE_STR && !any)
						fail_msg("%s=%s was offered", field->name, c.text[v]);
					offered += any;
				}
			}
		}
	}
	assert_true(offered > 100);
	for (int t = 0; t < TABLE_COUNT; t++) {
		for (unsigned k = 0; k < schema[t].nfields; k++) {
			const struct field *field = &schema[t].field[k];

			for (size_t n = 1; n <= strlen(field->name); n++) {
				bool found = field->unit == UNIT_WALL_NS;

				snprintf(text, sizeof text, "not (x or %.*s", (int)n, field->name);
				complete(&c, text, strlen(text), (enum table_id)t, NULL);
				assert_int_equal(c.from, strlen("not (x or "));
				for (size_t v = 0; v < c.n; v++)
					found |= field_by_name((enum table_id)t,
							       span_of(c.text[v], strlen(c.text[v]))) ==
						 (int)k;
				if (!found)
					fail_msg("%s: no %s", text, field->name);
			}
		}
	}
	completion_release(&c);
	frame_unref(prev);
	machine_release(&machine);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_laws),
		cmocka_unit_test(test_offers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
