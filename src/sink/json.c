#include "sink/json.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "base/utf8.h"
#include "sink/clean.h"
#include "sink/number.h"

/* One byte becomes at most six: \u001b; four of a character beyond the first plane become twelve.
 */
enum { ESCAPED_MAX = 6 };

static char *
put(char *p, const char *s, size_t n)
{
	memcpy(p, s, n);
	return p + n;
}

static char *
put_unit(char *p, unsigned unit)
{
	static const char hex[] = "0123456789abcdef";

	p = put(p, "\\u", 2);
	for (int shift = 12; shift >= 0; shift -= 4)
		*p++ = hex[unit >> shift & 0xf];
	return p;
}

/* One character at *s, which moves on. */
static char *
put_char(char *p, const char **s, const char *end)
{
	const char *from = *s, *at;
	uint32_t cp;
	size_t n = utf8_next(from, end, &cp);

	*s += n;
	if (cp == '"' || cp == '\\')
		*p++ = '\\';
	if (clean_is_visible(cp))
		return put(p, from, n);
	if (cp == UTF8_BAD)
		return put(p, "\xef\xbf\xbd", 3);
	at = cp && cp < 0x20 ? strchr("b\bf\fn\nr\rt\t", (int)cp) : NULL;
	if (at) {
		*p++ = '\\';
		*p++ = at[-1];
		return p;
	}
	if (cp > 0xffff) {
		p = put_unit(p, 0xd7c0 + (cp >> 10));
		cp = 0xdc00 + (cp & 0x3ff);
	}
	return put_unit(p, cp);
}

/* Eight bytes at once: true when none is a control character, beyond ASCII, a quote or a backslash.
 */
static bool
is_plain8(uint64_t x)
{
	const uint64_t ones = UINT64_C(0x0101010101010101), high = ones << 7;
	uint64_t quote = x ^ ones * '"', slash = x ^ ones * '\\', del = x ^ ones * 0x7f;

	return !(((x - ones * 0x20) | (quote - ones) | (slash - ones) | (del - ones) | x) & high);
}

static bool
is_plain(char c)
{
	return c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
}

static char *
put_string(char *p, const char *s, size_t n)
{
	const char *end = s + n;
	uint64_t x;

	*p++ = '"';
	while (s < end) {
		if (end - s >= 8 && (memcpy(&x, s, sizeof x), is_plain8(x))) {
			p = put(p, s, 8);
			s += 8;
		} else if (is_plain(*s)) {
			*p++ = *s++;
		} else {
			p = put_char(p, &s, end);
		}
	}
	*p++ = '"';
	return p;
}

static void
finish(struct buf *b, char *p)
{
	b->len = (size_t)(p - b->data);
	*p = '\0';
}

void
json_string(struct buf *b, const char *s, size_t n)
{
	finish(b, put_string(buf_reserve(b, n * ESCAPED_MAX + 2), s, n));
}

void
json_text(struct buf *b, const char *s)
{
	if (s)
		json_string(b, s, strlen(s));
	else
		buf_puts(b, "null");
}

void
json_key(struct buf *b, const char *name)
{
	if (b->len && b->data[b->len - 1] != '{')
		buf_putc(b, ',');
	json_text(b, name);
	buf_putc(b, ':');
}

/* A cell that is there and is no text. */
static char *
put_number(char *p, enum field_type type, union value v)
{
	switch (type) {
	case TYPE_I64:
		return number_i64(p, v.i);
	case TYPE_F64:
		return isfinite(v.f) ? number_f64(p, v.f) : put(p, "null", 4);
	case TYPE_BOOL:
		return v.u ? put(p, "true", 4) : put(p, "false", 5);
	default:
		return number_u64(p, v.u);
	}
}

/* Of the rows of a table: what they begin with, and `"name":` of every field, with a comma before
 * all but the first. */
struct keys {
	struct buf text;
	unsigned n;
	uint8_t field[FIELDS_MAX];
	size_t open, end[FIELDS_MAX];
	size_t room; /* enough for a row without its texts */
};

static void
make_keys(struct keys *k, const struct sink_select *sel)
{
	bool bare = k->text.len == 1; /* rows begin with their fields */

	k->open = k->text.len;
	for (unsigned i = 0; i < sel->nfields; i++) {
		if (!bare && select_is_host(sel, sel->field[i]))
			continue;
		if (!bare || i)
			buf_putc(&k->text, ',');
		json_text(&k->text, schema[sel->table].field[sel->field[i]].name);
		buf_putc(&k->text, ':');
		k->field[k->n] = sel->field[i];
		k->end[k->n++] = k->text.len;
	}
	k->room = k->text.len + k->n * NUMBER_MAX + sizeof "}";
}

static void
put_row(struct buf *b, const struct table *t, const struct keys *k, uint32_t row)
{
	char *p = buf_reserve(b, k->room);
	size_t from = k->open;

	p = put(p, k->text.data, from);
	for (unsigned i = 0; i < k->n; from = k->end[i++]) {
		unsigned f = k->field[i];

		p = put(p, k->text.data + from, k->end[i] - from);
		if (!cell_valid(t, row, f)) {
			p = put(p, "null", 4);
		} else if (t->schema->field[f].type != TYPE_STR) {
			p = put_number(p, t->schema->field[f].type, t->col[f][row]);
		} else {
			const char *s = t->col[f][row].s;
			size_t n = strlen(s);

			finish(b, p);
			p = put_string(buf_reserve(b, n * ESCAPED_MAX + k->room), s, n);
		}
	}
	*p++ = '}';
	finish(b, p);
}

static void
put_table(struct buf *b, const struct frame *f, const struct sink_select *sel)
{
	struct keys k = {0};

	buf_putc(&k.text, '{');
	make_keys(&k, sel);
	json_key(b, schema[sel->table].name);
	buf_putc(b, '[');
	for (size_t i = 0; i < sel->nrows; i++) {
		if (i)
			buf_putc(b, ',');
		put_row(b, frame_table(f, sel->table), &k, sel->row[i]);
	}
	buf_putc(b, ']');
	buf_release(&k.text);
}

static void
put_meta(struct buf *b, const struct frame_meta *m)
{
	buf_puts(b, "{\"host\":");
	json_text(b, m->host);
	buf_puts(b, ",\"time\":\"");
	clean_time(b, m->wall_ns);
	buf_puts(b, "\",\"mono_ns\":");
	buf_i64(b, m->mono_ns);
	buf_puts(b, ",\"interval_ns\":");
	if (m->seq)
		buf_i64(b, m->interval_ns);
	else
		buf_puts(b, "null");
	buf_puts(b, ",\"seq\":");
	buf_u64(b, m->seq);
	buf_puts(b, ",\"version\":\"" SONDE_VERSION "\"}");
}

void
json_frame(struct buf *b, const struct frame *f, const struct sink_select *select, size_t nselect)
{
	buf_puts(b, "{\"meta\":");
	put_meta(b, &f->meta);
	buf_puts(b, ",\"tables\":{");
	for (size_t i = 0; i < nselect; i++)
		put_table(b, f, &select[i]);
	buf_puts(b, "}}\n");
}

void
jsonl_frame(struct buf *b, const struct frame *f, const struct sink_select *select, size_t nselect)
{
	struct buf head = {0};

	buf_puts(&head, "{\"time\":\"");
	clean_time(&head, f->meta.wall_ns);
	buf_puts(&head, "\",\"host\":");
	json_text(&head, f->meta.host);
	buf_puts(&head, ",\"table\":");
	for (size_t i = 0; i < nselect; i++) {
		const struct sink_select *sel = &select[i];
		struct keys k = {0};

		buf_put(&k.text, head.data, head.len);
		json_text(&k.text, schema[sel->table].name);
		make_keys(&k, sel);
		for (size_t r = 0; r < sel->nrows; r++) {
			put_row(b, frame_table(f, sel->table), &k, sel->row[r]);
			buf_putc(b, '\n');
		}
		buf_release(&k.text);
	}
	buf_release(&head);
}
