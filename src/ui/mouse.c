/* mouse: what clicks and the wheel do to the screen. */
#include "base/mem.h"
#include "ui/state.h"

void
screen_add_hit(struct screen *s, struct rect r, enum action a)
{
	if (s->nhits < ARRAY_LEN(s->hit))
		s->hit[s->nhits++] = (struct hit){r, a};
}

static enum action
hit_action(const struct screen *s, int x, int y)
{
	for (size_t i = s->nhits; i-- > 0;) {
		const struct rect *r = &s->hit[i].r;

		if (x >= r->x && x < r->x + r->w && y >= r->y && y < r->y + r->h)
			return s->hit[i].action;
	}
	return ACTION_NONE;
}

static void
wheel(struct screen *s, const struct input_event *e)
{
	int step = e->button == MOUSE_WHEEL_UP ? -3 : 3;

	switch (s->mode) {
	case MODE_HELP:
		s->help.top += step;
		return;
	case MODE_PALETTE:
		palette_wheel(s, step < 0 ? -1 : 1);
		return;
	case MODE_DIFF:
		compare_wheel(s, step);
		return;
	case MODE_DETAILS:
		if (!rewind_wheel(s, e->y, step < 0 ? -1 : 1))
			details_wheel(s, step);
		return;
	case MODE_MENU:
		(void)menu_key(&s->menu, step < 0 ? KEYS_UP : KEYS_DOWN, 1);
		return;
	case MODE_DIALOG:
		dialog_key(s, step < 0 ? KEYS_UP : KEYS_DOWN);
		return;
	case MODE_TABLE:
	case MODE_PROMPT:
		break;
	}
	if (rewind_wheel(s, e->y, step < 0 ? -1 : 1))
		return;
	if (step < 0)
		s->top -= MIN(s->top, 3u);
	else
		s->top += 3; /* drawing keeps it in range */
}

/* A heading, a row, or what the header and the footer have to offer. */
static void
click_table(struct screen *s, const struct input_event *e)
{
	enum action a = hit_action(s, e->x, e->y);

	if (rewind_click(s, e->x, e->y) || e->action == MOUSE_DRAG)
		return;
	if (a != ACTION_NONE) {
		screen_do(s, a);
	} else if (e->y == s->table_y - 1) {
		for (unsigned i = 0; i < s->layout.n; i++)
			if (e->x >= s->layout.col[i].x + 1 &&
			    e->x <= s->layout.col[i].x + 1 + s->layout.col[i].w)
				events_sort_by(s, s->layout.col[i].field);
	} else if (e->y >= s->table_y && e->y < s->table_y + s->page) {
		size_t i = s->top + (size_t)(e->y - s->table_y);

		screen_rows(s);
		if (i < s->rows.n)
			screen_select(s, i, false);
	}
}

void
mouse_event(struct screen *s, const struct input_event *e)
{
	if (e->button == MOUSE_WHEEL_UP || e->button == MOUSE_WHEEL_DOWN) {
		wheel(s, e);
		return;
	}
	if (e->button != MOUSE_LEFT || e->action == MOUSE_RELEASE)
		return;
	if (s->mode == MODE_TABLE) {
		click_table(s, e);
		return;
	}
	if (e->action == MOUSE_DRAG)
		return;
	switch (s->mode) {
	case MODE_MENU:
		menu_click(s, e->x, e->y);
		return;
	case MODE_PALETTE:
		palette_click(s, e->x, e->y);
		return;
	case MODE_HELP:
		help_click(s, e->x, e->y);
		return;
	case MODE_DIALOG:
		dialog_click(s, e->x, e->y);
		return;
	case MODE_DIFF:
		compare_do(s, hit_action(s, e->x, e->y));
		return;
	case MODE_DETAILS:
		details_click(s, e->x, e->y);
		return;
	case MODE_TABLE:
	case MODE_PROMPT: /* rows may be pointed at, what was typed stays */
		return;
	}
}
