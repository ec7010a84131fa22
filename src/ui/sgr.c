/* sgr: a peephole over what ncurses wrote. It knows four kinds of pieces:
 *
 *   ESC [ ... m, ESC ( B, SI      collected (the character set never changes: we use no other)
 *   cursor motion, modes          pass, whatever the colours are; within a line they get shorter
 *   erase, insert, delete, scroll pass, once the background is right
 *   characters, all else          pass, once everything is right
 */
#include "ui/sgr.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"

enum { ESC = 0x1b, REVERSE = 1 << 7, WEIGHT = 1 << 1 | 1 << 2, PARAMS_MAX = 160 };

void
sgr_forget(struct sgr *s)
{
	memset(s, 0, sizeof *s);
}

/* Adds one parameter. */
static void
param(char *to, const char *p)
{
	size_t n = strlen(to);
	snprintf(to + n, PARAMS_MAX - n, "%s%s", n ? ";" : "", p);
}

static void
attributes(char *to, unsigned attr)
{
	for (unsigned i = 1; i <= 9; i++)
		if (attr & 1u << i)
			param(to, (char[]){(char)('0' + i), '\0'});
}

/* Brings the terminal from what it has to what it was told, by the shorter of two ways. */
static void
settle(struct sgr *s, struct buf *out)
{
	const struct sgr_look *h = &s->have, *w = &s->want;
	char step[PARAMS_MAX] = "", fresh[PARAMS_MAX] = "";
	unsigned had = h->attr, off = h->attr & ~w->attr;

	if (s->known && h->attr == w->attr && strcmp(h->fg, w->fg) == 0 &&
	    strcmp(h->bg, w->bg) == 0)
		return;
	if (off & WEIGHT) {
		param(step, "22"); /* ends bold and dim both */
		had &= ~(unsigned)WEIGHT;
	}
	for (unsigned i = 3; i <= 9; i++)
		if (off & 1u << i)
			param(step, (char[]){'2', (char)('0' + i), '\0'});
	attributes(step, w->attr & ~had);
	if (strcmp(h->fg, w->fg) != 0)
		param(step, *w->fg ? w->fg : "39");
	if (strcmp(h->bg, w->bg) != 0)
		param(step, *w->bg ? w->bg : "49");

	if (w->attr || *w->fg || *w->bg)
		param(fresh, "0");
	attributes(fresh, w->attr);
	if (*w->fg)
		param(fresh, w->fg);
	if (*w->bg)
		param(fresh, w->bg);

	buf_puts(out, "\033[");
	buf_puts(out, s->known && strlen(step) < strlen(fresh) ? step : fresh);
	buf_putc(out, 'm');
	s->have = *w;
	s->known = true;
}

static void
settle_ground(struct sgr *s, struct buf *out)
{
	if (!s->known || strcmp(s->have.bg, s->want.bg) != 0 ||
	    (s->have.attr & REVERSE) != (s->want.attr & REVERSE))
		settle(s, out);
}

/* Takes one parameter (digits, and colons within) off; its number is that before a colon. */
static const char *
next_param(const char *p, const char *end, unsigned *ret_v)
{
	bool first = true;
	*ret_v = 0;
	for (; p < end && *p != ';'; p++) {
		first = first && *p != ':';
		if (first)
			*ret_v = MIN(*ret_v * 10 + (unsigned)(*p - '0'), 9999u);
	}
	return p;
}

/* What stands between ESC [ and m. False when there is something in it that is not understood. */
static bool
understand(struct sgr_look *ret_look, const char *p, const char *end)
{
	struct sgr_look l = *ret_look;

	for (;;) {
		unsigned v, kind, ignored;
		const char *start = p, *stop = p = next_param(p, end, &v);
		if ((v == 38 || v == 48) && !memchr(start, ':', (size_t)(p - start))) {
			if (p == end)
				return false;
			stop = next_param(p + 1, end, &kind);
			for (int more = kind == 5 ? 1 : kind == 2 ? 3 : 9; more > 0; more--) {
				if (stop == end)
					return false;
				stop = next_param(stop + 1, end, &ignored);
			}
		}
		bool fg = (v >= 30 && v <= 38) || (v >= 90 && v <= 97);
		bool bg = (v >= 40 && v <= 48) || (v >= 100 && v <= 107);
		if (fg || bg) {
			char *to = fg ? l.fg : l.bg;
			if ((size_t)(stop - start) >= sizeof l.fg)
				return false;
			memcpy(to, start, (size_t)(stop - start));
			to[stop - start] = '\0';
		} else if (v == 39 || v == 49) {
			*(v == 39 ? l.fg : l.bg) = '\0';
		} else if (v == 0) {
			l = (struct sgr_look){0};
		} else if (v <= 9) {
			l.attr |= 1u << v;
		} else if (v == 22) {
			l.attr &= ~(unsigned)WEIGHT;
		} else if (v >= 23 && v <= 29) {
			l.attr &= ~(1u << (v - 20));
		} else if (v != 10) { /* the first font, said by the Linux console's description */
			return false;
		}
		if (stop == end)
			break;
		p = stop + 1;
	}
	*ret_look = l;
	return true;
}

/* A motion to row and column. What is behind the last column is nobody's: a character there leaves
 * the cursor in its line, and ncurses knows no more where it is. */
static void
move_to(struct sgr *s, const char *p, const char *end, struct buf *out)
{
	unsigned row, column = 1;
	const char *q = next_param(p + 2, end - 1, &row);

	if (*q == ';')
		(void)next_param(q + 1, end - 1, &column);
	if (row == 0 || row != s->row)
		buf_put(out, p, (size_t)(end - p));
	else if (column <= 1)
		buf_putc(out, '\r');
	else
		buf_printf(out, "\033[%uG", column);
	s->row = row;
}

/* One escape sequence at p. Returns its end. */
static const char *
sequence(struct sgr *s, const char *p, const char *end, struct buf *out)
{
	const char *q = p + 2;

	if (end - p < 2)
		goto other;
	if (p[1] == '(' && end - p >= 3) {
		q = p + 3;
		if (p[2] == 'B')
			return q;
		goto other;
	}
	s->row = p[1] == '[' ? s->row : 0;
	if (p[1] == 'M' || p[1] == 'D' || p[1] == 'E') { /* scrolls at the edge */
		settle_ground(s, out);
		buf_put(out, p, (size_t)(q - p));
		return q;
	}
	if (p[1] == '8' || p[1] == 'c') { /* brings other colours back */
		buf_put(out, p, (size_t)(q - p));
		s->known = false;
		return q;
	}
	if (p[1] != '[')
		goto other;
	bool plain = true; /* digits, ; and : only */
	while (q < end && *q >= 0x20 && *q < 0x40) {
		plain = plain && ((*q >= '0' && *q <= '9') || *q == ';' || *q == ':');
		q++;
	}
	if (q == end)
		goto other;
	char final = *q++;
	if (final == 'm') {
		if (plain && understand(&s->want, p + 2, q - 1))
			return q;
		settle(s, out);
		buf_put(out, p, (size_t)(q - p));
		s->known = false;
		return q;
	}
	if (final == 'H' && plain) {
		move_to(s, p, q, out);
		return q;
	}
	if (!strchr("CDG`aJKPX@", final))
		s->row = 0;
	if (strchr("JKLMPSTX@", final))
		settle_ground(s, out);
	else if (!strchr("ABCDEFGHdfhlr`ae", final))
		settle(s, out);
	buf_put(out, p, (size_t)(q - p));
	return q;
other:
	q = MIN(q, end);
	settle(s, out);
	buf_put(out, p, (size_t)(q - p));
	return q;
}

void
sgr_squeeze(struct sgr *s, const char *p, size_t n, struct buf *out)
{
	const char *end = p + n;

	while (p < end) {
		unsigned char c = (unsigned char)*p;
		if (c == ESC) {
			p = sequence(s, p, end, out);
		} else if (c == 0x0f) {
			p++;
		} else if (c == '\n') {
			s->row = 0;
			settle_ground(s, out);
			buf_putc(out, *p++);
		} else if (c == '\r' || c == '\b' || c == '\t') {
			buf_putc(out, *p++);
		} else {
			const char *run = p;
			while (p < end && (unsigned char)*p >= 0x20)
				p++;
			if (p == run) { /* another control character */
				s->row = 0;
				p++;
			}
			settle(s, out);
			buf_put(out, run, (size_t)(p - run));
		}
	}
}
