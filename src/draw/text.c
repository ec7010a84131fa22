/* text: the boundary between names that strangers wrote and a terminal that obeys escape sequences.
 * Every character goes through classify(); what the grid gets is printable, of a known width and
 * draws nothing anywhere else than in its own cell.
 *
 *   C0, DEL, C1                      one '?' in STYLE_WARN for each
 *   bidi controls, U+2028, U+2029,   the same: they are invisible, and someone put them there
 *   BOM, tags, other format chars
 *   invalid UTF-8, private use,      U+FFFD
 *   non-characters
 *   combining marks, joiners,        nothing: a cell holds one scalar value, and what is not drawn
 *   variation selectors, skin tones  cannot shift a line
 *   no-break space, soft hyphen      a blank, a hyphen
 *   regional indicators              their letters
 */
#include "draw/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/utf8.h"

enum { ELLIPSIS = 0x2026, REPLACEMENT = 0xfffd };

struct glyph {
	uint32_t ch;
	int width; /* 0: draws nothing */
	bool warn;
};

static struct glyph
classify(uint32_t cp)
{
	static const struct glyph mark = {'?', 1, true}, replaced = {REPLACEMENT, 1, false},
				  nothing = {0};
	if (cp - 0x20 < 0x5f)
		return (struct glyph){cp, 1, false};
	if (cp < 0xa0)
		return mark;
	if (cp == UTF8_BAD)
		return replaced;
	if (cp == 0xa0 || cp == 0xad)
		return (struct glyph){cp == 0xa0 ? ' ' : '-', 1, false};
	if (cp < 0x300)
		return (struct glyph){cp, 1, false};
	if (cp == 0x200c || cp == 0x200d) /* joiners: part of emoji and of several scripts */
		return nothing;
	if ((cp >= 0x0600 && cp <= 0x0605) || cp == 0x061c || cp == 0x06dd || cp == 0x070f ||
	    cp == 0x0890 || cp == 0x0891 || cp == 0x08e2 || cp == 0x180e ||
	    (cp >= 0x200b && cp <= 0x200f) || (cp >= 0x2028 && cp <= 0x202e) ||
	    (cp >= 0x2060 && cp <= 0x206f) || cp == 0xfeff || (cp >= 0xfff0 && cp <= 0xfffb) ||
	    cp == 0x110bd || cp == 0x110cd || (cp >= 0x13430 && cp <= 0x1343f) ||
	    (cp >= 0x1bca0 && cp <= 0x1bca3) || (cp >= 0x1d173 && cp <= 0x1d17a))
		return mark;
	if (cp >= 0xe0000 && cp <= 0xeffff) /* variation selectors among tags */
		return cp >= 0xe0100 && cp <= 0xe01ef ? nothing : mark;
	if ((cp >= 0xe000 && cp <= 0xf8ff) || cp >= 0xf0000 || (cp & 0xfffe) == 0xfffe ||
	    (cp >= 0xfdd0 && cp <= 0xfdef))
		return replaced;
	if (cp >= 0x1f1e6 && cp <= 0x1f1ff)
		return (struct glyph){'A' + (cp - 0x1f1e6), 1, false};
	return (struct glyph){cp, utf8_width(cp), false};
}

static const char *
next_glyph(const char *p, const char *end, struct glyph *ret_g)
{
	uint32_t cp;
	p += utf8_next(p, end, &cp);
	*ret_g = classify(cp);
	return p;
}

int
text_put_from(struct grid *g, int x, int y, int w, enum style style, const char *s, size_t n,
	      int skip)
{
	const char *p = s, *end = s + n;
	struct glyph gl;
	int col = -MAX(skip, 0); /* columns of the text are counted from the left edge of the box */

	if (w <= 0)
		return 0;
	while (p < end) {
		p = next_glyph(p, end, &gl);
		if (gl.width == 0)
			continue;
		if (col + gl.width > w) {
			grid_put(g, x + w - 1, y, ELLIPSIS, style);
			return w;
		}
		if (col >= 0)
			grid_put(g, x + col, y, gl.ch, gl.warn ? STYLE_WARN : style);
		else if (col + gl.width > 0) /* the right half of a wide character */
			grid_put(g, x, y, ' ', style);
		col += gl.width;
	}
	return MAX(col, 0);
}

int
text_put(struct grid *g, int x, int y, int w, enum style style, const char *s, size_t n)
{
	return text_put_from(g, x, y, w, style, s, n, 0);
}

int
text_puts(struct grid *g, int x, int y, int w, enum style style, const char *s)
{
	return text_put_from(g, x, y, w, style, s, strlen(s), 0);
}

int
text_width(const char *s, size_t n)
{
	const char *end = s + n;
	struct glyph gl;
	int64_t cols = 0;
	while (s < end) {
		s = next_glyph(s, end, &gl);
		cols += gl.width;
	}
	return (int)MIN(cols, INT32_MAX / 2);
}

int
text_right(struct grid *g, int x, int y, int w, enum style style, const char *s)
{
	size_t n = strlen(s);
	int full = text_width(s, n);
	if (w <= 0)
		return 0;
	if (full <= w)
		return text_put_from(g, x + w - full, y, full, style, s, n, 0);
	text_put_from(g, x, y, w, style, s, n, full - w);
	grid_put(g, x, y, ELLIPSIS, style);
	return w;
}

int
text_printf(struct grid *g, int x, int y, int w, enum style style, const char *fmt, ...)
{
	char text[2048]; /* four bytes a column: wider than any screen */
	va_list ap;
	va_start(ap, fmt);
	int n = vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	if (n < 0)
		return 0;
	return text_put_from(g, x, y, w, style, text, MIN((size_t)n, sizeof text - 1), 0);
}
