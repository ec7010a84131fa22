#include "ui/offer.h"

#include <string.h>

#include "base/mem.h"
#include "draw/text.h"

enum { GAP = 2 };

void
offer_update(struct offer *o, const struct line *l, const struct table *t)
{
	if (!o->taken)
		complete(&o->all, l->text, l->at, TABLE_PROC, t);
}

void
offer_release(struct offer *o)
{
	completion_release(&o->all);
}

/* Puts n bytes in the place of the word. */
static void
replace(const struct offer *o, struct line *l, const char *s, size_t n)
{
	line_cut(l, o->all.from, l->at);
	line_insert(l, s, n);
}

bool
offer_take(struct offer *o, struct line *l, int way)
{
	const struct completion *c = &o->all;
	size_t typed = l->at - MIN(c->from, l->at), common;

	if (!c->n)
		return false;
	common = completion_common(c);
	if (!o->taken && (c->n == 1 || common > typed)) {
		bool goes_on = l->text[l->at] && l->text[l->at] != ' ' && l->text[l->at] != ')';

		replace(o, l, c->text[0], common);
		if (c->after && !goes_on)
			line_insert(l, c->after, strlen(c->after));
		return true;
	}
	if (!o->taken)
		o->at = way > 0 ? 0 : c->n - 1;
	else
		o->at = (o->at + (way > 0 ? 1 : c->n - 1)) % c->n;
	o->taken = true;
	replace(o, l, c->text[o->at], strlen(c->text[o->at]));
	return true;
}

bool
offer_any(const struct offer *o, const struct line *l)
{
	const struct completion *c = &o->all;
	size_t typed = l->at - MIN(c->from, l->at);

	/* Every field there is would say nothing, and so would what stands there already. */
	if (!c->n || (c->field < 0 && !typed))
		return false;
	return o->taken || c->n > 1 || strlen(c->text[0]) != typed;
}

int
offer_draw(const struct offer *o, struct grid *g, int x, int y, int w)
{
	const struct completion *c = &o->all;
	size_t first = 0;
	int used = 0;

	/* The one that is taken stays in sight. */
	for (size_t i = 0; o->taken && i <= o->at; i++) {
		used += text_width(c->text[i], strlen(c->text[i])) + GAP;
		while (used > w - GAP && first < i) {
			used -= text_width(c->text[first], strlen(c->text[first])) + GAP;
			first++;
		}
	}
	used = 0;
	for (size_t i = first; i < c->n && used < w; i++) {
		enum style style = o->taken && i == o->at ? STYLE_ACCENT : STYLE_DIM;

		used += text_puts(g, x + used, y, w - used, style, c->text[i]) + GAP;
	}
	return MIN(used, w);
}
