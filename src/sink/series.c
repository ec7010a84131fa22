#include "sink/series.h"

#include <string.h>

#include "base/mem.h"
#include "base/utf8.h"
#include "sink/clean.h"
#include "sink/number.h"

void
series_release(struct series *s)
{
	buf_release(&s->text);
	index_release(&s->seen);
	free(s->row);
	*s = (struct series){0};
}

void
series_text(struct buf *b, const char *text, const char *escaped, unsigned max)
{
	enum { ELLIPSIS = 0x2026 };
	const char *end = text + strlen(text), *plain = text; /* what is as it is */
	size_t cut = 0; /* where the last character that may stand begins */
	bool special[128] = {['\\'] = true, [0x7f] = true};
	uint32_t cp;

	for (const char *e = escaped; *e; e++)
		special[(unsigned char)*e] = true;
	memset(special, true, ' ');
	for (unsigned n = 0; text < end; n++) {
		unsigned char c = (unsigned char)*text;
		size_t len;

		if (n == max) {
			buf_put(b, plain, (size_t)(text - plain));
			b->len = text == plain ? cut : b->len - 1;
			buf_utf8(b, ELLIPSIS);
			return;
		}
		if (c < 0x80 && !special[c]) {
			text++;
			continue;
		}
		buf_put(b, plain, (size_t)(text - plain));
		cut = b->len;
		len = utf8_next(text, end, &cp);
		if (c < 0x80 && strchr(escaped, c)) {
			buf_putc(b, '\\');
			buf_putc(b, c == '\n' ? 'n' : (char)c);
		} else if (clean_is_visible(cp) && cp != '\\') {
			buf_put(b, text, len);
		} else {
			buf_utf8(b, UTF8_BAD);
		}
		text += len;
		plain = text;
	}
	buf_put(b, plain, (size_t)(text - plain));
}

/* The text of any cell that is there. number: room for one. */
static const char *
text_of(const struct table *t, uint32_t row, unsigned field, char number[NUMBER_MAX + 1])
{
	union value v = t->col[field][row];

	switch ((enum field_type)t->schema->field[field].type) {
	case TYPE_STR:
		return v.s;
	case TYPE_BOOL:
		return v.u ? "true" : "false";
	case TYPE_I64:
		*number_i64(number, v.i) = '\0';
		return number;
	case TYPE_F64:
		return ""; /* no key */
	case TYPE_U64:
		*number_u64(number, v.u) = '\0';
	}
	return number;
}

static bool
is_new(struct series *s, struct series_row r)
{
	const char *text = s->text.data + r.from;
	uint64_t hash = hash_bytes(text, r.len), pos = hash;
	uint32_t i;

	while ((i = index_probe(&s->seen, &pos)) != UINT32_MAX)
		if (s->row[i].len == r.len &&
		    memcmp(s->text.data + s->row[i].from, text, r.len) == 0)
			return false;
	index_add(&s->seen, hash, (uint32_t)s->n);
	return true;
}

void
series_rows(struct series *s, const struct table *t, const struct sink_select *sel,
	    series_label *label)
{
	char number[NUMBER_MAX + 1];

	buf_clear(&s->text);
	(void)buf_reserve(&s->text, 0); /* there are data, even when no row has labels */
	s->n = 0;
	GROW(s->row, s->rows_cap, sel->nrows);
	index_reset(&s->seen, sel->nrows);
	for (size_t i = 0; i < sel->nrows; i++) {
		struct series_row r = {.row = sel->row[i], .from = s->text.len};

		for (unsigned f = 0; f < t->schema->nfields; f++) {
			const struct field *tag = &t->schema->field[f];
			const char *text;

			if (!field_is_tag(tag) || !cell_valid(t, r.row, f))
				continue;
			text = text_of(t, r.row, f, number);
			if (*text)
				label(&s->text, tag->name, text);
		}
		r.len = s->text.len - r.from;
		if (is_new(s, r))
			s->row[s->n++] = r;
		else
			s->text.len = r.from;
	}
}
