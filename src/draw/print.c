#include "draw/print.h"

#include <string.h>

static bool
is_blank(const struct cell *c)
{
	return c->ch == ' ' && c->ground == GROUND_NONE;
}

static int
line_end(const struct grid *g, int y, bool grounds)
{
	int w = g->w;

	while (w > 0) {
		const struct cell *c = grid_at(g, w - 1, y);

		if (grounds ? !is_blank(c) : c->ch != ' ')
			break;
		w--;
	}
	return w;
}

void
print_text(struct buf *b, const struct grid *g)
{
	for (int y = 0; y < g->h; y++) {
		int end = line_end(g, y, false);

		for (int x = 0; x < end; x++)
			if (grid_at(g, x, y)->ch)
				buf_utf8(b, grid_at(g, x, y)->ch);
		buf_putc(b, '\n');
	}
}

void
print_styles(struct buf *b, const struct grid *g)
{
	for (int y = 0; y < g->h; y++) {
		int end = line_end(g, y, true);

		for (int x = 0; x < end; x++) {
			const struct cell *c = grid_at(g, x, y);
			char letter = (char)('a' + c->style);

			if (c->ch == ' ')
				letter = c->ground ? (char)('0' + c->ground) : ' ';
			buf_putc(b, letter);
		}
		buf_putc(b, '\n');
	}
}

static void
put_colour(struct buf *b, int colour, int colours, bool back)
{
	if (colour == COLOUR_DEFAULT)
		return;
	if (colours > 256)
		buf_printf(b, ";%d;2;%d;%d;%d", back ? 48 : 38, colour >> 16 & 255,
			   colour >> 8 & 255, colour & 255);
	else if (colour >= 16)
		buf_printf(b, ";%d;5;%d", back ? 48 : 38, colour);
	else if (colour >= 8)
		buf_printf(b, ";%d", (back ? 100 : 90) + colour - 8);
	else
		buf_printf(b, ";%d", (back ? 40 : 30) + colour);
}

void
print_ansi(struct buf *b, const struct grid *g, const struct theme *t, int colours)
{
	for (int y = 0; y < g->h; y++) {
		struct look was = {COLOUR_DEFAULT, COLOUR_DEFAULT, 0};
		int end = line_end(g, y, true);

		for (int x = 0; x < end; x++) {
			const struct cell *c = grid_at(g, x, y);
			struct look l = theme_look(t, colours, c->style, c->ground, c->bold);

			if (!c->ch)
				continue;
			if (l.fg != was.fg || l.bg != was.bg || l.attr != was.attr) {
				buf_puts(b, "\033[0");
				if (l.attr & THEME_BOLD)
					buf_puts(b, ";1");
				if (l.attr & THEME_DIM)
					buf_puts(b, ";2");
				if (l.attr & THEME_UNDERLINE)
					buf_puts(b, ";4");
				if (l.attr & THEME_REVERSE)
					buf_puts(b, ";7");
				put_colour(b, l.fg, colours, false);
				put_colour(b, l.bg, colours, true);
				buf_putc(b, 'm');
				was = l;
			}
			buf_utf8(b, c->ch);
		}
		buf_puts(b, "\033[0m\n");
	}
}

enum { CELL_W = 8, CELL_H = 17, MARGIN = 8, SVG_BACK = 0x16181d, SVG_FORE = 0xd5d8de };

static void
svg_char(struct buf *b, uint32_t ch)
{
	switch (ch) {
	case '<':
		buf_puts(b, "&lt;");
		return;
	case '>':
		buf_puts(b, "&gt;");
		return;
	case '&':
		buf_puts(b, "&amp;");
		return;
	default:
		buf_utf8(b, ch);
	}
}

void
print_svg(struct buf *b, const struct grid *g, const struct theme *t)
{
	int w = g->w * CELL_W + 2 * MARGIN, h = g->h * CELL_H + 2 * MARGIN;

	buf_printf(b,
		   "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" "
		   "viewBox=\"0 0 %d %d\">\n<rect width=\"100%%\" height=\"100%%\" rx=\"6\" "
		   "fill=\"#%06x\"/>\n<g font-family=\"DejaVu Sans Mono,Menlo,Consolas,monospace\" "
		   "font-size=\"13\" xml:space=\"preserve\">\n",
		   w, h, w, h, SVG_BACK);
	for (int y = 0; y < g->h; y++) {
		for (int x = 0; x < g->w;) {
			const struct cell *c = grid_at(g, x, y);
			int n = 1, ground = theme_ground_rgb(t, c->ground);
			int fg = theme_rgb(t, c->style);
			bool blank = c->ch == ' ';

			while (x + n < g->w) {
				const struct cell *d = grid_at(g, x + n, y);

				if (d->style != c->style || d->ground != c->ground ||
				    d->bold != c->bold || (d->ch == ' ') != blank)
					break;
				n++;
			}
			if (ground >= 0)
				buf_printf(b,
					   "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" "
					   "fill=\"#%06x\"/>\n",
					   MARGIN + x * CELL_W, MARGIN + y * CELL_H, n * CELL_W,
					   CELL_H, (unsigned)ground);
			if (!blank) {
				buf_printf(b,
					   "<text x=\"%d\" y=\"%d\" textLength=\"%d\" "
					   "fill=\"#%06x\"%s>",
					   MARGIN + x * CELL_W, MARGIN + y * CELL_H + 13,
					   n * CELL_W, fg < 0 ? SVG_FORE : (unsigned)fg,
					   c->bold || c->style == STYLE_STRONG
						   ? " font-weight=\"bold\""
						   : "");
				for (int k = 0; k < n; k++)
					if (grid_at(g, x + k, y)->ch)
						svg_char(b, grid_at(g, x + k, y)->ch);
				buf_puts(b, "</text>\n");
			}
			x += n;
		}
	}
	buf_puts(b, "</g>\n</svg>\n");
}
