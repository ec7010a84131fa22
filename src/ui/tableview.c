/* tableview: draws the process table. */
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "draw/text.h"
#include "schema/format.h"
#include "ui/state.h"

enum { GUTTER = 1 };
#define NEW_NS (3 * NS_PER_S)

/* Which sort key a column is, from 1; 0: none. */
static unsigned
sort_place(const struct screen *s, unsigned field)
{
	for (unsigned i = 0; i < s->shown.nsort; i++)
		if (s->shown.sort[i].field == field)
			return i + 1;
	return 0;
}

/* An arrow behind the heading; of the second and third key dim, with their number where there is
 * room before the heading. */
static void
draw_sort_mark(const struct screen *s, struct grid *g, const struct column_place *p, int x, int y,
	       unsigned place)
{
	const struct field *spec = &schema[TABLE_PROC].field[p->field];
	bool ascii = s->header.glyphs == GLYPHS_ASCII, left = spec->flags & FIELD_LEFT;
	uint32_t down = ascii ? 'v' : 0x25bc, up = ascii ? '^' : 0x25b2;
	int head = (int)strlen(spec->head), end = left ? x + head : x + p->w;

	grid_put(g, end, y, s->shown.sort[place - 1].descending ? down : up,
		 place == 1 ? STYLE_ACCENT : STYLE_DIM);
	if (place > 1 && p->w > head)
		grid_put(g, left ? end + 1 : end - head - 1, y, '0' + place, STYLE_DIM);
}

static void
draw_heading(struct screen *s, struct grid *g, struct rect r)
{
	grid_fill(g, r.x, r.y, r.w, 1, ' ', STYLE_DIM);
	for (unsigned i = 0; i < s->layout.n; i++) {
		const struct column_place *p = &s->layout.col[i];
		const struct field *spec = &schema[TABLE_PROC].field[p->field];
		unsigned place = sort_place(s, p->field);
		enum style style = place == 1 ? STYLE_ACCENT : STYLE_TEXT;
		int x = r.x + p->x, w = MIN(p->w, r.x + r.w - x);

		if (spec->flags & FIELD_LEFT)
			text_puts(g, x, r.y, w, style, spec->head);
		else
			text_right(g, x, r.y, p->w, style, spec->head);
		if (place)
			draw_sort_mark(s, g, p, x, r.y, place);
	}
	grid_ground(g, r.x, r.y, r.w, 1, GROUND_HEAD);
}

/* The lines of the tree before a command. Returns the columns used. */
static int
draw_rails(const struct screen *s, struct grid *g, int x, int y, int w, const struct tree_row *t)
{
	bool ascii = s->header.glyphs == GLYPHS_ASCII;
	int used = 0;

	for (unsigned d = 1; d < t->depth && used + 2 <= w; d++, used += 2)
		if (t->rails >> (d - 1) & 1)
			grid_put(g, x + used, y, ascii ? '|' : 0x2502, STYLE_DIM);
	if (t->depth && used + 2 <= w) {
		bool last = t->flags & TREE_LAST;

		grid_put(g, x + used, y, ascii ? (last ? '`' : '|') : last ? 0x2514 : 0x251c,
			 STYLE_DIM);
		grid_put(g, x + used + 1, y,
			 t->flags & TREE_FOLDED ? '+' : ascii ? '-' : 0x2500,
			 t->flags & TREE_FOLDED ? STYLE_ACCENT : STYLE_DIM);
		used += 2;
	} else if ((t->flags & TREE_FOLDED) && used + 1 <= w) {
		grid_put(g, x, y, '+', STYLE_ACCENT);
		used = 1;
	}
	return used;
}

/* How it ended, right in the cell: as much as leaves the command room, its name at least. Returns
 * the columns used. */
static int
draw_ending(struct grid *g, int x, int y, int w, const struct gone_row *r, const char *command)
{
	static const int least[] = {8, 8, 24, 24}; /* of the command, beside so many words */
	int wanted = text_width(command, strnlen(command, 256));
	char text[96];

	for (int words = 3; words > 0; words--) {
		int n;

		gone_words(r, words, text);
		n = (int)strlen(text);
		if (n + 1 + MIN(wanted, least[words]) > w)
			continue;
		text_right(g, x + w - n, y, n, r->failed ? STYLE_WARN : STYLE_DIM, text);
		return n + 1;
	}
	return 0;
}

/* Before the command of a program whose file is not that any more. Returns the columns used. */
static int
draw_replaced(struct grid *g, int x, int y, int w, const struct table *t, uint32_t row)
{
	uint64_t replaced;

	if (w < 3 || !cell_u64(t, row, PROC_REPLACED, &replaced) || !replaced)
		return 0;
	grid_put(g, x, y, 0x2260, STYLE_WARN);
	return 2;
}

/* Directory dim, program plain, arguments dim: the eye finds the name. */
static void
draw_command(const struct screen *s, struct grid *g, int x, int y, int w, const struct table *t,
	     uint32_t row, bool dim)
{
	enum style plain = find_matches(s, t, row) ? STYLE_ACCENT : dim ? STYLE_DIM : STYLE_TEXT;
	const char *name = cell_str(t, row, PROC_NAME), *cmd = cell_str(t, row, PROC_COMMAND);
	size_t program, base = 0, len;
	int used = 0, skip = s->pan;

	if (s->names_only || !*cmd) {
		if (!s->names_only && cell_late(t, row, PROC_COMMAND))
			used = text_puts(g, x, y, w, STYLE_DIM, "~ ");
		text_puts(g, x + used, y, w - used, plain, name);
		return;
	}
	len = strlen(cmd);
	program = strcspn(cmd, " ");
	if (*cmd == '/')
		for (size_t i = 0; i < program; i++)
			if (cmd[i] == '/')
				base = i + 1;
	if (s->no_paths) {
		cmd += base;
		len -= base;
		program -= base;
		base = 0;
	}
	if (skip) {
		text_put_from(g, x, y, w, plain, cmd, len, skip);
		return;
	}
	if (base && text_width(cmd, len) > w) {
		/* It will be cut: the program matters more than where it lives. */
		if (text_width(cmd, program) > w) {
			cmd += base;
			len -= base;
			program -= base;
			base = 0;
		}
	}
	if (base)
		used = text_put(g, x, y, w, STYLE_DIM, cmd, base);
	if (len > program && used + text_width(cmd + base, program - base) < w) {
		used += text_put(g, x + used, y, w - used, plain, cmd + base, program - base);
		text_put(g, x + used, y, w - used, STYLE_DIM, cmd + program, len - program);
	} else {
		text_put(g, x + used, y, w - used, plain, cmd + base, len - base);
	}
}

/* What the group has in common. */
static void
draw_group(const struct screen *s, struct grid *g, int x, int y, int w, const struct table *t,
	   const struct tree_row *r, bool dim)
{
	const struct field *by = &schema[TABLE_PROC].field[s->shown.group];
	char number[FORMAT_MAX];
	const char *name = "-";
	uint64_t kthread;

	if (s->shown.group == PROC_NAME && cell_u64(t, r->row, PROC_KTHREAD, &kthread) && kthread)
		name = "kernel threads";
	else if (cell_valid(t, r->row, s->shown.group) && by->type == TYPE_STR)
		name = cell_str(t, r->row, s->shown.group);
	else if (cell_valid(t, r->row, s->shown.group)) {
		format_whole(number, (int64_t)t->col[s->shown.group][r->row].u);
		name = number;
	}
	grid_put(g, x, y, r->flags & TREE_FOLDED ? '+' : '-', STYLE_ACCENT);
	text_puts(g, x + 2, y, w - 2, dim ? STYLE_DIM : STYLE_STRONG, *name ? name : "-");
}

/* ---- what a row is drawn from ---- */

static uint64_t
mix(uint64_t h, uint64_t v)
{
	h = (h ^ v) * 0x9e3779b97f4a7c15;
	return h ^ h >> 32;
}

static uint64_t
mix_text(uint64_t h, const char *s)
{
	size_t n = strlen(s);
	uint64_t word;

	h = mix(h, n);
	for (; n >= sizeof word; n -= sizeof word, s += sizeof word) {
		memcpy(&word, s, sizeof word);
		h = mix(h, word);
	}
	word = 0;
	memcpy(&word, s, n);
	return mix(h, word);
}

/* Of all rows. Moments of the wall clock are shown by how long ago they are. */
static uint64_t
rows_stamp(const struct screen *s, struct rect r)
{
	uint64_t h = mix(s->stamps, (uint64_t)(s->frame->meta.wall_ns / (60 * NS_PER_S)));

	h = mix(h, (uint64_t)s->pan << 32 | (uint64_t)(uint32_t)r.w << 8 |
			   (unsigned)s->header.glyphs << 4 | s->names_only | s->no_paths << 1 |
			   s->shown.tree << 2);
	for (unsigned i = 0; i < s->layout.n; i++) {
		const struct column_place *p = &s->layout.col[i];

		h = mix(h, (uint64_t)p->field << 48 | (uint64_t)(uint32_t)p->x << 24 |
				   (uint32_t)p->w);
	}
	if (s->columns.cpu_of_machine)
		h = mix(h, frame_table(s->frame, TABLE_CPU)->nrows);
	return h;
}

/* Began a moment ago: who sees it come sees what a machine starts. */
static bool
is_new(const struct screen *s, const struct tree_row *r)
{
	uint64_t age;

	return !(r->flags & TREE_GROUP) && !rows_ended(&s->rows, r) &&
	       cell_u64(frame_table(s->frame, TABLE_PROC), r->row, PROC_AGE, &age) &&
	       age < NEW_NS && s->frame->meta.seq > 0;
}

/* What ended, the kernel's own, what is here for others' sake, and if one likes other users'. */
static bool
is_dim(const struct screen *s, const struct table *proc, const struct tree_row *r)
{
	uint64_t v;

	return r->flags & TREE_CONTEXT || rows_ended(&s->rows, r) ||
	       (cell_u64(proc, r->row, PROC_KTHREAD, &v) && v) ||
	       (s->dim_others && cell_u64(proc, r->row, PROC_UID, &v) && v != s->own_uid);
}

/* NULL: it lives. */
static const struct gone_row *
gone_of(const struct screen *s, const struct tree_row *r)
{
	return rows_ended(&s->rows, r) ? &s->gone.row[r->row - s->rows.living] : NULL;
}

static uint64_t
row_stamp(const struct screen *s, const struct tree_row *r, uint64_t h, bool selected, bool tagged,
	  enum style rule)
{
	const struct table *proc = frame_table(r->flags & TREE_GROUP ? s->rows.sums : s->rows.frame,
					       TABLE_PROC);
	const struct gone_row *gone = gone_of(s, r);
	uint64_t replaced = 0;

	(void)cell_u64(proc, r->row, PROC_REPLACED, &replaced);
	h = mix(h, r->flags & TREE_GROUP ? proc->key[r->row].a : 0);
	h = mix(h, r->rails);
	h = mix(h, (uint64_t)r->depth << 16 | (uint64_t)r->flags << 8 | selected | tagged << 1 |
			   (is_dim(s, proc, r) ? 4 : 0) | (find_matches(s, proc, r->row) ? 8 : 0) |
			   (is_new(s, r) ? 16 : 0) | (replaced ? 32 : 0) | (uint64_t)rule << 6);
	if (gone)
		h = mix_text(h + 1, gone->status);
	for (unsigned i = 0; i < s->layout.n; i++) {
		unsigned f = s->layout.col[i].field;
		const struct table *t = frame_table(rows_cell_frame(&s->rows, r, f), TABLE_PROC);

		if (!cell_valid(t, r->row, f))
			h = mix(h, cell_late(t, r->row, f) ? 1 : 2);
		else if (schema[TABLE_PROC].field[f].type == TYPE_STR)
			h = mix_text(h, cell_str(t, r->row, f));
		else
			h = mix(h + 3, t->col[f][r->row].u);
		if (f == PROC_COMMAND)
			h = mix_text(h, cell_str(proc, r->row, PROC_NAME));
	}
	return h | 1;
}

/* In front of a number. */
static void
mark_number(struct grid *g, const struct column_place *p, int y, uint32_t mark)
{
	int x = p->x + p->w - 1;

	while (x >= p->x && grid_at(g, x, y) && grid_at(g, x, y)->ch != ' ')
		x--;
	grid_put(g, x, y, mark, STYLE_DIM);
}

/* What a colour rule says of a row; what has a colour of its own keeps it. */
static void
paint_row(struct grid *g, struct rect r, enum style style)
{
	if (style == STYLE_TEXT)
		return;
	for (int x = r.x; x < r.x + r.w; x++) {
		struct cell *c = grid_at(g, x, r.y);

		if (c && (c->style == STYLE_TEXT ||
			  (c->style == STYLE_STRONG && style == STYLE_DIM)))
			c->style = (uint8_t)style;
	}
}

static void
draw_row(struct screen *s, struct grid *g, struct rect r, const struct tree_row *t, bool selected,
	 bool tagged)
{
	const struct table *proc = frame_table(t->flags & TREE_GROUP ? s->rows.sums : s->rows.frame,
					       TABLE_PROC);
	const struct gone_row *gone = gone_of(s, t);
	bool ascii = s->header.glyphs == GLYPHS_ASCII, dim = is_dim(s, proc, t);

	if (tagged)
		grid_put(g, r.x - GUTTER, r.y, '*', STYLE_ACCENT);
	for (unsigned i = 0; i < s->layout.n; i++) {
		struct column_place p = s->layout.col[i];

		p.x += r.x;
		if (p.x >= r.x + r.w)
			break;
		if (p.field == PROC_COMMAND && t->flags & TREE_GROUP) {
			draw_group(s, g, p.x, r.y, MIN(p.w, r.x + r.w - p.x), proc, t,
				   dim);
		} else if (p.field == PROC_COMMAND) {
			int w = MIN(p.w, r.x + r.w - p.x);
			bool rails = s->shown.tree || s->shown.grouped;
			int used = rails ? draw_rails(s, g, p.x, r.y, w, t) : 0;

			if (gone)
				w -= draw_ending(g, p.x + used, r.y, w - used, gone,
						 cell_str(proc, t->row, PROC_COMMAND));
			used += draw_replaced(g, p.x + used, r.y, w - used, proc, t->row);
			draw_command(s, g, p.x + used, r.y, w - used, proc, t->row, dim);
		} else if (p.field == PROC_PID && t->flags & TREE_GROUP) {
			char count[FORMAT_MAX];

			format_whole(count, t->rails);
			text_right(g, p.x, r.y, p.w, STYLE_DIM, count);
			mark_number(g, &p, r.y, 0xd7);
		} else if (p.field == PROC_STATE && gone) {
			grid_put(g, p.x, r.y, gone->failed ? '!' : 'x',
				 gone->failed ? STYLE_WARN : STYLE_DIM);
		} else {
			const struct frame *f = rows_cell_frame(&s->rows, t, p.field);
			double v;

			column_draw(g, &p, r.y, f, t->row, dim);
			/* A number that is not the process's own says so. */
			if (f != s->rows.frame && !(t->flags & TREE_GROUP) &&
			    cell_number(frame_table(f, TABLE_PROC), t->row, p.field, &v) && v != 0)
				mark_number(g, &p, r.y, ascii ? '+' : 0x3a3);
		}
	}
	if (selected || tagged || gone || is_new(s, t))
		grid_ground(g, 0, r.y, g->w, 1,
			    selected ? GROUND_SELECT
			    : tagged ? GROUND_TAG
			    : gone   ? GROUND_GONE
				     : GROUND_NEW);
}

void
tableview_draw(struct screen *s, struct grid *g, struct rect r)
{
	uint64_t rows;
	size_t shown;

	s->page = MAX(r.h - 1, 0);
	s->table_y = r.y + 1;
	if (s->follow && s->have_selection && s->at < s->rows.n) {
		if (s->at < s->top)
			s->top = s->at;
		if (s->page && s->at >= s->top + (size_t)s->page)
			s->top = s->at - (size_t)s->page + 1;
	}
	if (s->rows.n <= (size_t)s->page)
		s->top = 0;
	else
		s->top = MIN(s->top, s->rows.n - (size_t)s->page);
	shown = MIN(s->rows.n - s->top, (size_t)s->page);
	for (size_t i = 0; i < shown; i++)
		column_measure(rows_frame(&s->rows, s->top + i), s->rows.row[s->top + i].row,
			       &s->columns, s->widest);
	columns_fit(&s->columns, s->frame, r.w - GUTTER, s->widest, &s->layout);
	r.x += GUTTER;
	r.w -= GUTTER;
	if (r.h < 1)
		return;
	draw_heading(s, g, r);
	grid_ground(g, 0, r.y, g->w, 1, GROUND_HEAD);
	rows = rows_stamp(s, r);
	for (size_t i = 0; i < shown; i++) {
		const struct tree_row *row = &s->rows.row[s->top + i];
		bool selected = s->have_selection && s->top + i == s->at;
		bool tagged = key_set_has(&s->tagged, rows_key(&s->rows, s->top + i));
		enum style rule = kept_style(
			s, frame_table(rows_frame(&s->rows, s->top + i), TABLE_PROC), row->row);
		uint64_t stamp = row_stamp(s, row, rows, selected, tagged, rule);
		struct rect at = {r.x, r.y + 1 + (int)i, r.w, 1};

		if (grid_keep(g, at.y, stamp))
			continue;
		draw_row(s, g, at, row, selected, tagged);
		paint_row(g, at, rule);
		grid_seal(g, at.y, stamp);
	}
	if (shown == 0 && r.h > 2 && s->rows.total) {
		char key[KEY_NAME_MAX];

		keymap_first(&s->keys, ACTION_CLEAR, key);
		if (s->mode == MODE_PROMPT)
			text_puts(g, r.x + 2, r.y + 2, r.w - 4, STYLE_DIM, "nothing matches");
		else
			text_printf(g, r.x + 2, r.y + 2, r.w - 4, STYLE_DIM,
				    "nothing matches; %s shows everything again", key);
	}
}
