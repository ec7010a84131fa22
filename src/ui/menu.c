#include "ui/menu.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "draw/text.h"
#include "ui/input.h"

enum { FOOT_WIDTH = 64 };

void
menu_clear(struct menu *m)
{
	m->foot = NULL;
	m->n = m->at = m->top = m->ntyped = 0;
}

void
menu_release(struct menu *m)
{
	free(m->item);
}

void
menu_add(struct menu *m, const char *text, char mark, int value)
{
	GROW(m->item, m->cap, m->n + 1);
	snprintf(m->item[m->n].text, sizeof m->item->text, "%s", text);
	m->item[m->n].mark = mark;
	m->item[m->n++].value = value;
}

static void
jump_to_typed(struct menu *m, char c)
{
	for (int again = 0; again < 2; again++) {
		if (m->ntyped + 1 < sizeof m->typed)
			m->typed[m->ntyped++] = c;
		for (size_t i = 0; i < m->n; i++) {
			const char *t = m->item[i].text;

			while (*t == ' ')
				t++;
			/* "9 SIGKILL" is found by 9, SIGKILL and KILL. */
			for (const char *w = t; w; w = strpbrk(w, " ") ? strpbrk(w, " ") + 1 : NULL) {
				if (strncasecmp(w, m->typed, m->ntyped) == 0 ||
				    (strncmp(w, "SIG", 3) == 0 &&
				     strncasecmp(w + 3, m->typed, m->ntyped) == 0)) {
					m->at = i;
					return;
				}
			}
		}
		m->ntyped = 0; /* nothing begins so: start anew with this character */
	}
}

enum menu_result
menu_key(struct menu *m, uint32_t key, int page)
{
	size_t p = (size_t)MAX(page, 1);

	switch (key) {
	case 27:
		return MENU_CLOSED;
	case '\r':
	case '\n':
		return m->n ? MENU_CHOSEN : MENU_CLOSED;
	case KEYS_UP:
		m->at -= m->at > 0;
		break;
	case KEYS_DOWN:
		m->at += m->at + 1 < m->n;
		break;
	case KEYS_PGUP:
		m->at -= MIN(m->at, p);
		break;
	case KEYS_PGDN:
		m->at = m->n ? MIN(m->at + p, m->n - 1) : 0;
		break;
	case KEYS_HOME:
		m->at = 0;
		break;
	case KEYS_END:
		m->at = m->n ? m->n - 1 : 0;
		break;
	default:
		if (key <= ' ' || key >= 127)
			return MENU_OTHER;
		jump_to_typed(m, (char)key);
		return MENU_OPEN;
	}
	m->ntyped = 0;
	return MENU_OPEN;
}

struct rect
box_draw(struct grid *g, enum glyphs gs, struct rect r, const char *title)
{
	bool ascii = gs == GLYPHS_ASCII;
	uint32_t across = ascii ? '-' : 0x2500, down = ascii ? '|' : 0x2502;

	grid_fill(g, r.x, r.y, r.w, r.h, ' ', STYLE_TEXT);
	grid_ground(g, r.x, r.y, r.w, r.h, GROUND_DIALOG);
	grid_fill(g, r.x, r.y, r.w, 1, across, STYLE_DIM);
	grid_fill(g, r.x, r.y + r.h - 1, r.w, 1, across, STYLE_DIM);
	grid_fill(g, r.x, r.y, 1, r.h, down, STYLE_DIM);
	grid_fill(g, r.x + r.w - 1, r.y, 1, r.h, down, STYLE_DIM);
	grid_put(g, r.x, r.y, ascii ? '+' : 0x250c, STYLE_DIM);
	grid_put(g, r.x + r.w - 1, r.y, ascii ? '+' : 0x2510, STYLE_DIM);
	grid_put(g, r.x, r.y + r.h - 1, ascii ? '+' : 0x2514, STYLE_DIM);
	grid_put(g, r.x + r.w - 1, r.y + r.h - 1, ascii ? '+' : 0x2518, STYLE_DIM);
	if (title && r.w > 6) {
		int n = text_puts(g, r.x + 2, r.y, r.w - 4, STYLE_STRONG, title);

		grid_put(g, r.x + 1, r.y, ' ', STYLE_DIM);
		grid_put(g, r.x + 2 + n, r.y, ' ', STYLE_DIM);
	}
	grid_ground(g, r.x, r.y, r.w, r.h, GROUND_DIALOG);
	return (struct rect){r.x + 2, r.y + 1, MAX(r.w - 4, 0), MAX(r.h - 2, 0)};
}

void
menu_draw_items(struct grid *g, struct menu *m, struct rect in)
{
	size_t page = (size_t)MAX(in.h, 0);

	m->drawn = in;
	if (m->at < m->top)
		m->top = m->at;
	if (page && m->at >= m->top + page)
		m->top = m->at - page + 1;
	for (size_t i = 0; i < page && m->top + i < m->n; i++) {
		const struct menu_item *it = &m->item[m->top + i];
		int y = in.y + (int)i;

		grid_put(g, in.x, y, (unsigned char)it->mark, STYLE_ACCENT);
		text_puts(g, in.x + 2, y, in.w - 2, STYLE_TEXT, it->text);
		grid_ground(g, in.x - 1, y, in.w + 2, 1,
			    m->top + i == m->at ? GROUND_SELECT : GROUND_DIALOG);
	}
}

void
menu_draw(struct grid *g, struct menu *m, enum glyphs gs, struct rect over)
{
	int w = text_width(m->title, strlen(m->title)) + 6;
	struct rect r, in;

	for (size_t i = 0; i < m->n; i++)
		w = MAX(w, text_width(m->item[i].text, strlen(m->item[i].text)) + 8);
	if (m->foot)
		w = MAX(w, FOOT_WIDTH);
	r.w = MIN(w, over.w);
	r.h = (int)MIN(m->n + 2 + (m->foot != NULL), (size_t)MAX(over.h, 0));
	r.x = over.x + MAX(over.w - r.w, 0) / 8;
	r.y = over.y + MAX(over.h - r.h, 0) / 3;
	in = box_draw(g, gs, r, m->title);
	if (m->foot && in.h > 1) {
		in.h--;
		text_puts(g, in.x, in.y + in.h, in.w, STYLE_DIM, m->foot);
	}
	menu_draw_items(g, m, in);
}

int
menu_at(const struct menu *m, int x, int y)
{
	const struct rect *r = &m->drawn;
	size_t i = m->top + (size_t)MAX(y - r->y, 0);

	if (x < r->x - 2 || x >= r->x + r->w + 2 || y < r->y - 1 || y > r->y + r->h)
		return MENU_AT_OUTSIDE;
	return y >= r->y && y < r->y + r->h && i < m->n ? (int)i : MENU_AT_FRAME;
}
