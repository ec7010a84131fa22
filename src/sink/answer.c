#include "sink/answer.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "sink/columns.h"
#include "sink/csv.h"
#include "sink/json.h"
#include "sink/number.h"

enum { LINES = 500, BYTES = 1 << 16 };

struct answer {
	enum answer_format format;
	int max;
	int (*write)(void *arg, const struct buf *b);
	void *arg;
	struct buf out, cell;
	char **name;
	unsigned n;
	size_t lines; /* not written yet */
	struct columns columns;
};

struct answer *
answer_new(enum answer_format format, int max, int (*write)(void *arg, const struct buf *b),
	   void *arg)
{
	struct answer *a = xcalloc(1, sizeof *a);

	*a = (struct answer){.format = format, .max = max, .write = write, .arg = arg};
	return a;
}

void
answer_free(struct answer *a)
{
	if (!a)
		return;
	for (unsigned i = 0; i < a->n; i++)
		free(a->name[i]);
	free(a->name);
	columns_release(&a->columns);
	buf_release(&a->out);
	buf_release(&a->cell);
	free(a);
}

static int
flush(struct answer *a)
{
	int r;

	if (a->format == ANSWER_AS_TABLE)
		columns_flush(&a->columns, &a->out, a->max);
	a->lines = 0;
	r = a->out.len ? a->write(a->arg, &a->out) : 0;
	buf_clear(&a->out);
	return r;
}

static bool
is_taken(const struct answer *a, const char *name)
{
	for (unsigned i = 0; i < a->n; i++)
		if (strcmp(a->name[i], name) == 0)
			return true;
	return false;
}

static char *
new_name(struct answer *a, const char *name)
{
	buf_clear(&a->cell);
	buf_puts(&a->cell, name);
	for (unsigned again = 1; is_taken(a, a->cell.data); again++) {
		buf_clear(&a->cell);
		buf_printf(&a->cell, "%s:%u", name, again);
	}
	return xstrdup(a->cell.data);
}

int
answer_head(struct answer *a, const char *const *name, unsigned n)
{
	a->name = xcalloc(n, sizeof *a->name);
	while (a->n < n) {
		char *own = new_name(a, name[a->n]);

		a->name[a->n++] = own;
	}
	for (unsigned i = 0; i < n; i++) {
		if (a->format == ANSWER_AS_TABLE) {
			columns_add(&a->columns, a->name[i], false);
		} else if (a->format == ANSWER_AS_CSV) {
			if (i)
				buf_putc(&a->out, ',');
			csv_text(&a->out, a->name[i]);
		}
	}
	if (a->format == ANSWER_AS_CSV)
		buf_putc(&a->out, '\n');
	return 0;
}

static void
put_hex(struct buf *b, const char *s, size_t n)
{
	static const char hex[] = "0123456789abcdef";

	for (size_t i = 0; i < n; i++) {
		buf_putc(b, hex[(unsigned char)s[i] >> 4]);
		buf_putc(b, hex[s[i] & 0xf]);
	}
}

/* Three digits behind the point, more of what is small; no zeros at the end but one. */
static void
put_fraction(struct buf *b, double v)
{
	enum { DIGITS = 3, MOST = 12 };
	char text[64];
	int digits = DIGITS - (v != 0 && fabs(v) < 1);
	size_t n;

	for (double a = fabs(v); a != 0 && a < 1 && digits <= MOST; a *= 10)
		digits++;
	if (fabs(v) >= 1e15 || digits > MOST) {
		buf_printf(b, "%.4g", v);
		return;
	}
	n = (size_t)snprintf(text, sizeof text, "%.*f", digits, v);
	while (text[n - 1] == '0' && text[n - 2] != '.')
		n--;
	buf_put(b, text, n);
}

static void
put_number(struct buf *b, const struct answer_value *v)
{
	char *p = buf_reserve(b, NUMBER_MAX);

	p = v->type == ANSWER_INTEGER ? number_i64(p, v->i) : number_f64(p, v->f);
	*p = '\0';
	b->len = (size_t)(p - b->data);
}

static void
put_cell(struct answer *a, unsigned i, const struct answer_value *v)
{
	struct buf *b = &a->cell;

	buf_clear(b);
	buf_puts(b, "");
	switch (v->type) {
	case ANSWER_NULL:
		buf_putc(b, '-');
		break;
	case ANSWER_INTEGER:
		put_number(b, v);
		break;
	case ANSWER_REAL:
		if (isfinite(v->f))
			put_fraction(b, v->f);
		else
			buf_putc(b, '-');
		break;
	case ANSWER_TEXT:
	case ANSWER_BYTES:
		if (v->type == ANSWER_TEXT)
			buf_put(b, v->s, v->n);
		else
			put_hex(b, v->s, v->n);
		a->columns.left[i] = true;
		break;
	}
	columns_cell(&a->columns, b->data);
}

static void
put_csv(struct answer *a, const struct answer_value *v)
{
	switch (v->type) {
	case ANSWER_NULL:
		return;
	case ANSWER_INTEGER:
		put_number(&a->out, v);
		return;
	case ANSWER_REAL:
		if (isfinite(v->f))
			put_number(&a->out, v);
		return;
	case ANSWER_TEXT:
		buf_clear(&a->cell);
		buf_put(&a->cell, v->s, v->n);
		csv_text(&a->out, a->cell.data);
		return;
	case ANSWER_BYTES:
		put_hex(&a->out, v->s, v->n);
	}
}

static void
put_json(struct answer *a, const struct answer_value *v)
{
	switch (v->type) {
	case ANSWER_INTEGER:
		put_number(&a->out, v);
		return;
	case ANSWER_REAL:
		if (!isfinite(v->f))
			break;
		put_number(&a->out, v);
		return;
	case ANSWER_TEXT:
		json_string(&a->out, v->s, v->n);
		return;
	case ANSWER_BYTES:
		buf_putc(&a->out, '"');
		put_hex(&a->out, v->s, v->n);
		buf_putc(&a->out, '"');
		return;
	case ANSWER_NULL:
		break;
	}
	buf_puts(&a->out, "null");
}

int
answer_row(struct answer *a, const struct answer_value *value)
{
	if (a->format == ANSWER_AS_JSON)
		buf_putc(&a->out, '{');
	for (unsigned i = 0; i < a->n; i++) {
		switch (a->format) {
		case ANSWER_AS_TABLE:
			put_cell(a, i, &value[i]);
			break;
		case ANSWER_AS_CSV:
			if (i)
				buf_putc(&a->out, ',');
			put_csv(a, &value[i]);
			break;
		case ANSWER_AS_JSON:
			json_key(&a->out, a->name[i]);
			put_json(a, &value[i]);
		}
	}
	if (a->format != ANSWER_AS_TABLE)
		buf_puts(&a->out, a->format == ANSWER_AS_JSON ? "}\n" : "\n");
	a->lines++;
	return a->lines >= LINES || a->out.len + a->columns.text.len >= BYTES ? flush(a) : 0;
}

int
answer_end(struct answer *a)
{
	return flush(a);
}
