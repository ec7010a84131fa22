#include "base/conf.h"

#include <errno.h>
#include <string.h>

#include "base/mem.h"

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

static struct span
trim(struct span s)
{
	while (!span_empty(s) && is_blank(*s.p))
		s.p++;
	while (!span_empty(s) && is_blank(s.end[-1]))
		s.end--;
	return s;
}

static int
read_line(struct conf_line *l, struct err *e)
{
	struct span all = trim(l->text);
	const char *equals = memchr(all.p, '=', span_len(all));

	for (const char *p = all.p; p < all.end; p++)
		if ((unsigned char)*p < ' ' && *p != '\t')
			return err_at(e, -EINVAL, (int)(p - l->text.p),
				      "expected text, not a control character");
	if (!equals)
		return err_at(e, -EINVAL, (int)(all.p - l->text.p),
			      "expected \"name = value\", or # before a comment");
	l->name = trim((struct span){all.p, equals});
	l->value = trim((struct span){equals + 1, all.end});
	if (span_empty(l->name))
		return err_at(e, -EINVAL, (int)(all.p - l->text.p), "expected a name before \"=\"");
	return 1;
}

int
conf_next(struct conf_walk *w, struct err *e)
{
	while (span_line(&w->rest, &w->line.text)) {
		struct span all = trim(w->line.text);

		w->line.number++;
		if (!span_empty(all) && *all.p != '#')
			return read_line(&w->line, e);
	}
	return 0;
}

int
conf_column(const struct conf_line *l, const char *at)
{
	int n = 1;

	for (const char *p = l->text.p; p < at && p < l->text.end; p++)
		n += ((unsigned char)*p & 0xc0) != 0x80;
	return n;
}

bool
conf_name_is(struct span name, const char *words)
{
	struct span other = span_str(words), a, b;

	for (;;) {
		bool more = span_word(&name, &a);

		if (more != span_word(&other, &b))
			return false;
		if (!more)
			return true;
		if (span_len(a) != span_len(b) || memcmp(a.p, b.p, span_len(a)) != 0)
			return false;
	}
}

static void
put_value(struct buf *b, const char *value)
{
	size_t at = b->len;

	buf_puts(b, value);
	for (; at < b->len; at++)
		if ((unsigned char)b->data[at] < ' ')
			b->data[at] = ' ';
}

void
conf_set(struct buf *text, const char *name, const char *value)
{
	struct conf_walk w = {.rest = span_of(text->data, text->len)};
	struct span old = {0};
	struct buf b = {0};
	int r;

	while ((r = conf_next(&w, NULL)) != 0) /* the last one counts */
		if (r > 0 && conf_name_is(w.line.name, name))
			old = w.line.value;
	if (old.p) {
		buf_put(&b, text->data, (size_t)(old.p - text->data));
		/* "name =" alone */
		if (*value && span_empty(old) && old.p[-1] == '=')
			buf_putc(&b, ' ');
		put_value(&b, value);
		buf_put(&b, old.end, (size_t)(text->data + text->len - old.end));
	} else {
		if (text->len)
			buf_put(&b, text->data, text->len);
		if (b.len && b.data[b.len - 1] != '\n')
			buf_putc(&b, '\n');
		buf_printf(&b, "%s = ", name);
		put_value(&b, value);
		buf_putc(&b, '\n');
	}
	buf_release(text);
	*text = b;
}
