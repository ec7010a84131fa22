/* glyph: stand-ins for our own glyphs, so that a bar stays a bar; a question mark for the rest. */
#include "ui/glyph.h"

#include <stdbool.h>
#include <wchar.h>

#include "base/mem.h"
#include "base/utf8.h"

/* Our own glyphs for terminals that have only ASCII. */
static uint32_t
ascii_for(uint32_t ch)
{
	static const struct {
		uint16_t ch;
		char ascii;
	} table[] = {
		{0x00b0, 'o'}, {0x00b5, 'u'}, {0x00b7, '.'}, {0x00d7, 'x'}, {0x2013, '-'},
		{0x2014, '-'}, {0x2022, '*'}, {0x2026, '+'}, {0x2190, '<'}, {0x2191, '^'},
		{0x2192, '>'}, {0x2193, 'v'}, {0x2260, '#'},
		{0x2502, '|'}, {0x2503, '|'}, {0x250c, '+'},
		{0x2510, '+'}, {0x2514, '`'}, {0x2518, '+'}, {0x251c, '|'}, {0x2524, '|'},
		{0x252c, '+'}, {0x2534, '+'}, {0x253c, '+'}, {0x25b2, '^'}, {0x25b4, '^'},
		{0x25b6, '>'}, {0x25b8, '>'}, {0x25bc, 'v'}, {0x25be, 'v'}, {0x25c0, '<'},
		{0x25c2, '<'}, {0x25cb, 'o'}, {0x25cf, '*'}, {0x25e6, 'o'}, {0x2713, 'v'},
		{0x2717, 'x'},
	};
	for (size_t i = 0; i < ARRAY_LEN(table); i++)
		if (table[i].ch == ch)
			return (unsigned char)table[i].ascii;
	if (ch == 0x2500 || ch == 0x2501)
		return '-';
	if (ch >= 0x2581 && ch <= 0x2588)
		return (unsigned char)"_..:-=*#"[ch - 0x2581];
	if (ch >= 0x2589 && ch <= 0x258f)
		return '|';
	if (ch >= 0x2591 && ch <= 0x2593)
		return (unsigned char)".=#"[ch - 0x2591];
	if (ch >= 0x2800 && ch <= 0x28ff)
		return ch == 0x2800 ? ' '
				    : (unsigned char)".:-=+*%#"[__builtin_popcount(ch & 0xff) - 1];
	return '?';
}

/* The Linux console's fonts have the characters of the IBM PC and little more. */
static bool
in_console_font(uint32_t ch)
{
	return ch < 0x100 || (ch >= 0x2190 && ch <= 0x2193) || (ch >= 0x2500 && ch <= 0x253c) ||
	       ch == 0x2580 || ch == 0x2584 || ch == 0x2588 || (ch >= 0x2590 && ch <= 0x2593);
}

uint32_t
glyph_for(enum glyphs gs, uint32_t ch)
{
	if (ch - 0x20 < 0x5f)
		return ch;
	if (gs == GLYPHS_ASCII)
		return ascii_for(ch);
	if (gs == GLYPHS_BLOCK && !in_console_font(ch)) {
		uint32_t ascii = ascii_for(ch);
		if (ascii != '?')
			return ascii;
	}
	/* ncurses goes by the C library's widths. Where they differ from ours, or the character is
	 * younger than the library, the line would be shifted. */
	return wcwidth((wchar_t)ch) == utf8_width(ch) && ch >= 0xa0 ? ch : '?';
}

void
glyphs_apply(struct grid *g, enum glyphs gs)
{
	size_t n = (size_t)g->w * (size_t)g->h;

	for (size_t i = 0; i < n; i++) {
		uint32_t ch = g->cell[i].ch;

		g->cell[i].ch = glyph_for(gs, ch);
		if (i + 1 < n && g->cell[i + 1].ch == 0 && g->cell[i].ch != ch)
			g->cell[i + 1].ch = ' '; /* its right half */
	}
}
