/* help: the list of keys. */
#include "base/mem.h"
#include "draw/text.h"
#include "ui/state.h"

static int
help_lines(const struct screen *s, struct grid *g, struct rect r, int top)
{
	int n = 0;

	for (int group = 0; group < GROUP_COUNT; group++) {
		if (group) {
			n++;
		}
		if (g && n >= top && n - top < r.h)
			text_puts(g, r.x, r.y + n - top, r.w, STYLE_STRONG,
				  action_group_name[group]);
		n++;
		for (int a = 1; a < ACTION_COUNT; a++) {
			if ((int)action_info[a].group != group)
				continue;
			if (g && n >= top && n - top < r.h) {
				char keys[KEY_NAMES_MAX];

				keymap_keys(&s->keys, (enum action)a, keys);
				text_puts(g, r.x + 1, r.y + n - top, 14, STYLE_ACCENT, keys);
				text_puts(g, r.x + 16, r.y + n - top, r.w - 16, STYLE_TEXT,
					  action_info[a].doc);
			}
			n++;
		}
	}
	return n;
}

void
help_draw(struct screen *s, struct grid *g)
{
	struct rect r = box_draw(g, s->header.glyphs, (struct rect){0, 0, g->w, g->h},
				 "keys  (arrows scroll, Esc closes)");
	int n = help_lines(s, NULL, r, 0);

	s->help_top = CLAMP(s->help_top, 0, MAX(n - r.h, 0));
	help_lines(s, g, r, s->help_top);
	grid_ground(g, 0, 0, g->w, g->h, GROUND_DIALOG);
}

void
help_key(struct screen *s, uint32_t key)
{
	switch (key) {
	case KEYS_UP:
		s->help_top--;
		return;
	case KEYS_DOWN:
		s->help_top++;
		return;
	case KEYS_PGUP:
		s->help_top -= s->h - 3;
		return;
	case KEYS_PGDN:
	case ' ':
		s->help_top += s->h - 3;
		return;
	case KEYS_HOME:
		s->help_top = 0;
		return;
	case KEYS_END:
		s->help_top = 1 << 20;
		return;
	default:
		s->mode = MODE_TABLE;
	}
}
