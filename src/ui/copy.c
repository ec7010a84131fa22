/* copy: to the clipboard of the terminal the person sits at (OSC 52, also through ssh and tmux), or
 * shown alone on the screen, to be selected with the mouse. */
#include <stdio.h>
#include <string.h>

#include "act/act.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "draw/text.h"
#include "schema/format.h"
#include "ui/state.h"

enum { BOX_W = 72, NAME_W = 12 };

static const char *const names[COPIES_MAX] = {"pid", "pids of tags", "command", "program", "row"};

static void
let_go(struct screen *s)
{
	for (int i = 0; i < COPIES_MAX; i++) {
		free(s->acts.copy[i]);
		s->acts.copy[i] = NULL;
	}
	free(s->acts.plain);
	s->acts.plain = NULL;
}

static char *
pids_of_tags(const struct screen *s)
{
	struct buf b = {0};

	for (size_t i = 0; i < s->tagged.n; i++) {
		buf_puts(&b, i ? " " : "");
		buf_u64(&b, s->tagged.key[i].a);
	}
	return b.data;
}

/* Heading and value of the columns that are shown: "PID 3310  USER app ..." */
static char *
row_text(const struct screen *s, uint32_t row)
{
	const struct table *t = frame_table(s->rows.frame, TABLE_PROC);
	struct buf b = {0};

	for (unsigned i = 0; i < s->columns.n; i++) {
		unsigned f = s->columns.field[i];
		const struct field *spec = &schema[TABLE_PROC].field[f];
		char text[FORMAT_MAX];
		double v = 0;

		if (!cell_valid(t, row, f))
			continue;
		buf_printf(&b, "%s%s ", i ? "  " : "", spec->head);
		if (spec->type == TYPE_STR) {
			buf_puts(&b, cell_str(t, row, f));
		} else {
			(void)cell_number(t, row, f, &v);
			column_format(text, s->frame, f, v, spec->width);
			buf_puts(&b, text + strspn(text, " "));
		}
	}
	return b.data;
}

static char *
dup_unless_empty(const char *text)
{
	return text && *text ? xstrdup(text) : NULL;
}

static void
fill(struct screen *s)
{
	const struct table *t = frame_table(s->rows.frame, TABLE_PROC);
	uint32_t row = s->have_selection ? table_find(t, s->selected) : ROW_NONE;
	char text[4096];

	if (s->tagged.n)
		s->acts.copy[1] = pids_of_tags(s);
	if (row == ROW_NONE)
		return;
	snprintf(text, sizeof text, "%llu", (unsigned long long)s->selected.a);
	s->acts.copy[0] = xstrdup(text);
	s->acts.copy[2] = dup_unless_empty(cell_str(t, row, PROC_COMMAND));
	if (s->root && s->rewind.stand != STAND_PAST &&
	    target_program(s->root, (pid_t)s->selected.a, s->selected.b, text, sizeof text) == 0)
		s->acts.copy[3] = xstrdup(text);
	s->acts.copy[4] = row_text(s, row);
}

static void
draw(struct screen *s, struct grid *g, struct rect over)
{
	struct rect in;
	const char *plain = s->acts.plain;
	int y = 0, x;

	if (plain) {
		size_t n = strlen(plain);
		int all = text_width(plain, n);

		grid_clear(g);
		for (int skip = 0; skip < all && y < g->h - 2; skip += g->w, y++)
			text_put_from(g, 0, y, g->w + (skip + g->w < all), STYLE_TEXT, plain, n,
				      skip);
		text_puts(g, 0, g->h - 1, g->w, STYLE_DIM,
			  "select it with the mouse (with Shift held); any key goes back");
		return;
	}
	in = dialog_box(s, g, over, BOX_W, (int)s->menu.n + 4, "copy");
	s->menu.drawn = (struct rect){in.x, in.y, in.w, MIN((int)s->menu.n, in.h - 2)};
	for (size_t i = 0; i < s->menu.n && (int)i < in.h - 2; i++) {
		y = in.y + (int)i;
		text_puts(g, in.x, y, NAME_W, STYLE_TEXT, s->menu.item[i].text);
		text_puts(g, in.x + NAME_W + 1, y, in.w - NAME_W - 1, STYLE_ACCENT,
			  s->acts.copy[s->menu.item[i].value]);
		if (i == s->menu.at)
			grid_ground(g, in.x - 1, y, in.w + 2, 1, GROUND_SELECT);
	}
	y = in.y + in.h - 1;
	x = in.x + text_puts(g, in.x, y, in.w, STYLE_ACCENT, "Enter");
	x += text_puts(g, x, y, in.x + in.w - x, STYLE_DIM, " to the terminal's clipboard  ");
	x += text_puts(g, x, y, in.x + in.w - x, STYLE_ACCENT, "Space");
	x += text_puts(g, x, y, in.x + in.w - x, STYLE_DIM, " shows it alone  ");
	x += text_puts(g, x, y, in.x + in.w - x, STYLE_ACCENT, "Esc");
	text_puts(g, x, y, in.x + in.w - x, STYLE_DIM, " leaves");
}

/* Names are hostile: nothing that would do anything where it is pasted, a line end least, and
 * nothing that looks other than it is. */
static char *
harmless(const char *text)
{
	const char *end = text + strlen(text);
	struct buf b = {0};

	while (text < end) {
		uint32_t cp;

		text += utf8_next(text, end, &cp);
		if (cp == UTF8_BAD || cp < ' ' || (cp >= 127 && cp < 0xa0) ||
		    (cp >= 0x200b && cp <= 0x200f) || (cp >= 0x2028 && cp <= 0x202e) ||
		    (cp >= 0x2060 && cp <= 0x206f) || cp == 0xfeff)
			buf_putc(&b, ' ');
		else
			buf_utf8(&b, cp);
	}
	return b.data ? b.data : xstrdup("");
}

static void
key_pressed(struct screen *s, uint32_t key)
{
	struct menu *m = &s->menu;
	const char *text = s->acts.copy[m->item[m->at].value];

	if (s->acts.plain) {
		dialog_close(s);
		return;
	}
	if (key == ' ') {
		s->acts.plain = xstrdup(text);
		return;
	}
	switch (menu_key(m, key, (int)m->n)) {
	case MENU_CHOSEN:
		free(s->wishes.copy);
		s->wishes.copy = harmless(text);
		screen_say(s, STYLE_GOOD, "%s copied, if the terminal lets programs do it",
			   m->item[m->at].text);
		dialog_close(s);
		return;
	case MENU_CLOSED:
		dialog_close(s);
		return;
	case MENU_OPEN:
	case MENU_OTHER:
		return;
	}
}

void
copy_open(struct screen *s)
{
	static const struct dialog copy = {draw, key_pressed, NULL, let_go, NULL, true};

	screen_rows(s);
	fill(s);
	menu_clear(&s->menu);
	for (int i = 0; i < COPIES_MAX; i++)
		if (s->acts.copy[i])
			menu_add(&s->menu, names[i], ' ', i);
	if (!s->menu.n) {
		screen_say(s, STYLE_WARN, "select a process first, with the arrow keys");
		return;
	}
	s->acts.nchosen = 0;
	dialog_open(s, &copy);
}
