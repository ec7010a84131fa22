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

/* A column, with what stands before each of its cells: `"name":`, or `,"name":`. */
struct column {
	const union value *cell; /* NULL: none is known */
	const uint64_t *valid;
	enum field_type type;
	size_t key, key_len; /* in rows.text */
};

/* What the rows of a table have in common. */
struct rows {
	struct buf text;
	size_t open; /* so much of the text is what each row begins with */
	struct column column[FIELDS_MAX];
	unsigned n;
	size_t room; /* enough for a row without its texts */
};

enum { KEY_CHUNK = 32 };

/* A key is copied with what lies behind it, up to whole chunks, for which there is room on both
 * sides: most take one, of a size that is known here, and no call. */
static char *
put_key(char *p, const char *key, size_t n)
{
	memcpy(p, key, KEY_CHUNK);
	if (n > KEY_CHUNK)
		memcpy(p + KEY_CHUNK, key + KEY_CHUNK, n - KEY_CHUNK);
	return p + n;
}

/* r->text: what rows begin with. */
static void
make_rows(struct rows *r, const struct table *t, const struct sink_select *sel)
{
	bool bare = r->text.len == 1; /* no more than the brace */

	r->open = r->text.len;
	for (unsigned i = 0; i < sel->nfields; i++) {
		unsigned f = sel->field[i];
		struct column *c = &r->column[r->n];

		if (!bare && select_is_host(sel, f))
			continue;
		*c = (struct column){t->col[f], t->valid[f], t->schema->field[f].type, r->text.len,
				     0};
		if (!bare || r->n)
			buf_putc(&r->text, ',');
		json_text(&r->text, t->schema->field[f].name);
		buf_putc(&r->text, ':');
		c->key_len = r->text.len - c->key;
		r->n++;
	}
	r->room = r->text.len + r->n * NUMBER_MAX + KEY_CHUNK + sizeof "}";
	buf_pad(&r->text, ' ', KEY_CHUNK);
}

static void
put_row(struct buf *b, const struct rows *r, uint32_t row)
{
	char *p = buf_reserve(b, r->room);

	p = put(p, r->text.data, r->open);
	for (const struct column *c = r->column; c < r->column + r->n; c++) {
		p = put_key(p, r->text.data + c->key, c->key_len);
		if (!c->cell || !(c->valid[row / 64] >> row % 64 & 1)) {
			p = put(p, "null", 4);
		} else if (c->type != TYPE_STR) {
			p = put_number(p, c->type, c->cell[row]);
		} else {
			const char *s = c->cell[row].s;
			size_t n = strlen(s);

			b->len = (size_t)(p - b->data);
			p = put_string(buf_reserve(b, n * ESCAPED_MAX + r->room), s, n);
		}
	}
	*p++ = '}';
	finish(b, p);
}

static int
put_table(struct buf *b, const struct frame *f, const struct sink_select *sel, json_full *full,
	  void *arg)
{
	struct rows r = {0};
	int result = 0;

	buf_putc(&r.text, '{');
	make_rows(&r, frame_table(f, sel->table), sel);
	json_key(b, schema[sel->table].name);
	buf_putc(b, '[');
	for (size_t i = 0; i < sel->nrows && result == 0; i++) {
		if (i)
			buf_putc(b, ',');
		put_row(b, &r, sel->row[i]);
		if (full && b->len >= JSON_PIECE)
			result = full(arg, b);
	}
	buf_putc(b, ']');
	buf_release(&r.text);
	return result;
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

int
json_frame_pieces(struct buf *b, const struct frame *f, const struct sink_select *select,
		  size_t nselect, json_full *full, void *arg)
{
	int r = 0;

	buf_puts(b, "{\"meta\":");
	put_meta(b, &f->meta);
	buf_puts(b, ",\"tables\":{");
	for (size_t i = 0; i < nselect && r == 0; i++)
		r = put_table(b, f, &select[i], full, arg);
	buf_puts(b, "}}\n");
	return r;
}

void
json_frame(struct buf *b, const struct frame *f, const struct sink_select *select, size_t nselect)
{
	(void)json_frame_pieces(b, f, select, nselect, NULL, NULL);
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
		struct rows r = {0};

		buf_put(&r.text, head.data, head.len);
		json_text(&r.text, schema[sel->table].name);
		make_rows(&r, frame_table(f, sel->table), sel);
		for (size_t k = 0; k < sel->nrows; k++) {
			put_row(b, &r, sel->row[k]);
			buf_putc(b, '\n');
		}
		buf_release(&r.text);
	}
	buf_release(&head);
}
