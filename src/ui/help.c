/* help: the keys in force and what they do. What is typed narrows the list; a click does it. */
#include <string.h>

#include "base/mem.h"
#include "draw/text.h"
#include "ui/palette.h"
#include "ui/state.h"

enum { KEYS_WIDTH = 16, WIDE = 170 };

/* A line: an action; or ACTION_NONE and a group, GROUP_COUNT for an empty one. */
struct help_line {
	uint8_t action, group;
};
enum { LINES_MAX = ACTION_COUNT + 2 * GROUP_COUNT };

static bool
is_shown(const struct screen *s, int a)
{
	char keys[KEY_NAMES_MAX];

	if (!s->line.len)
		return true;
	keymap_keys(&s->keys, (enum action)a, keys);
	return palette_score(action_info[a].name, action_info[a].doc, s->line.text) > 10 ||
	       strcmp(keys, s->line.text) == 0;
}

static int
list(const struct screen *s, struct help_line line[LINES_MAX])
{
	int n = 0;

	for (int group = 0; group < GROUP_COUNT; group++) {
		bool headed = false;

		for (int a = 1; a < ACTION_COUNT; a++) {
			if ((int)action_info[a].group != group || !is_shown(s, a))
				continue;
			if (!headed && n)
				line[n++] = (struct help_line){ACTION_NONE, GROUP_COUNT};
			if (!headed)
				line[n++] = (struct help_line){ACTION_NONE, (uint8_t)group};
			headed = true;
			line[n++] = (struct help_line){(uint8_t)a, 0};
		}
	}
	return n;
}

void
help_open(struct screen *s)
{
	line_set(&s->line, "");
	s->help.top = 0;
	s->mode = MODE_HELP;
}

static void
draw_line(const struct screen *s, struct grid *g, struct rect r, struct help_line l)
{
	char keys[KEY_NAMES_MAX];
	int w = MIN(KEYS_WIDTH, r.w);

	if (l.action == ACTION_NONE) {
		if (l.group < GROUP_COUNT)
			text_puts(g, r.x, r.y, r.w, STYLE_STRONG, action_group_name[l.group]);
		if (l.group == GROUP_PROCESS && !s->root)
			text_puts(g, r.x + w, r.y, r.w - w, STYLE_WARN, s->no_actions);
		return;
	}
	keymap_keys(&s->keys, (enum action)l.action, keys);
	if (*keys)
		text_puts(g, r.x + 1, r.y, w - 2, STYLE_ACCENT, keys);
	else
		text_puts(g, r.x + 1, r.y, w - 2, STYLE_DIM, "-");
	text_puts(g, r.x + w, r.y, r.w - w,
		  !s->root && process_is_action(l.action) ? STYLE_DIM : STYLE_TEXT,
		  action_info[l.action].doc);
}

/* Which line is drawn there; -1: none. On wide screens they stand in two columns. */
static int
line_at(const struct screen *s, int x, int y)
{
	const struct rect *r = &s->help.drawn;
	int column = s->help.columns == 2 && x >= r->x + r->w / 2;

	if (x < r->x || x >= r->x + r->w || y < r->y || y >= r->y + r->h)
		return -1;
	return s->help.top + column * r->h + y - r->y;
}

void
help_draw(struct screen *s, struct grid *g)
{
	struct help_line line[LINES_MAX];
	int n = list(s, line), columns = g->w >= WIDE ? 2 : 1, width;
	struct rect r = box_draw(g, s->header.glyphs, (struct rect){0, 0, g->w, g->h},
				 s->line.len ? "keys  (Esc shows all again)"
					     : "keys  (type to search, arrows scroll, Esc closes)");

	if (s->line.len && r.h > 1) {
		int x = text_puts(g, r.x, r.y, r.w, STYLE_ACCENT, "/");

		x += text_puts(g, r.x + x, r.y, r.w - x, STYLE_TEXT, s->line.text);
		grid_ground(g, r.x + 1, r.y, r.w - 1, 1, GROUND_INPUT);
		g->cursor_x = MIN(r.x + x, g->w - 1);
		g->cursor_y = r.y;
		r.y++;
		r.h--;
		if (!n)
			text_puts(g, r.x, r.y, r.w, STYLE_DIM, "no key does such a thing");
	}
	s->help.drawn = r;
	s->help.columns = columns;
	s->help.top = CLAMP(s->help.top, 0, MAX(n - r.h * columns, 0));
	width = r.w / columns;
	for (int i = 0; i < r.h * columns && s->help.top + i < n; i++)
		draw_line(s, g,
			  (struct rect){r.x + i / r.h * width, r.y + i % r.h,
					width - (columns - 1), 1},
			  line[s->help.top + i]);
}

void
help_key(struct screen *s, uint32_t key)
{
	int page = MAX(s->help.drawn.h, 1);

	switch (key) {
	case KEYS_UP:
		s->help.top--;
		return;
	case KEYS_DOWN:
		s->help.top++;
		return;
	case KEYS_PGUP:
		s->help.top -= page;
		return;
	case KEYS_PGDN:
		s->help.top += page;
		return;
	case KEYS_HOME:
		s->help.top = 0;
		return;
	case KEYS_END:
		s->help.top = 1 << 20;
		return;
	case 27:
		if (!s->line.len)
			s->mode = MODE_TABLE;
		line_set(&s->line, "");
		return;
	case '/':
		if (!s->line.len)
			return;
		break;
	case ' ':
		if (!s->line.len) {
			s->help.top += page;
			return;
		}
		break;
	case 3:
	case KEYS_F1:
	case KEYS_F1 + 9:
	case '\r':
	case '\n':
		s->mode = MODE_TABLE;
		return;
	default:
		break;
	}
	if (line_key(&s->line, key))
		s->help.top = 0;
}

void
help_click(struct screen *s, int x, int y)
{
	struct help_line line[LINES_MAX];
	int n = list(s, line), i = line_at(s, x, y);

	if (i < 0 || i >= n || line[i].action == ACTION_NONE || line[i].action == ACTION_HELP)
		return;
	s->mode = MODE_TABLE;
	screen_do(s, (enum action)line[i].action);
}
