/* menus: lists to choose from. Each kind is a row of the table here. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "ui/state.h"

/* ---- what to sort by ---- */

/* Which of the keys that are chosen is this field; -1: none. */
static int
sorting_index(const struct screen *s, unsigned field)
{
	for (unsigned i = 0; i < s->sorting.n; i++)
		if (s->sorting.key[i].field == field)
			return (int)i;
	return -1;
}

static struct sort_key
natural_key(unsigned field)
{
	return (struct sort_key){
		.field = (uint8_t)field,
		.descending = schema[TABLE_PROC].field[field].flags & FIELD_SORT_DESC,
	};
}

static void
list_fields(struct screen *s)
{
	bool ascii = s->header.glyphs == GLYPHS_ASCII;
	size_t at = s->menu.at, top = s->menu.top;

	menu_clear(&s->menu);
	for (unsigned i = 0; i < PROC_FIELDS; i++) {
		const struct field *f = &schema[TABLE_PROC].field[i];
		int k = sorting_index(s, i);
		const char *way = k < 0                           ? ""
				  : !s->sorting.key[k].descending ? (ascii ? "^" : "\xe2\x96\xb2")
				  : ascii                         ? "v"
								  : "\xe2\x96\xbc";
		char text[64];

		snprintf(text, sizeof text, "%-8s %-25.25s %-12.12s %s", f->head, f->name, f->group,
			 way);
		menu_add(&s->menu, text, k < 0 ? ' ' : (char)('1' + k), (int)i);
	}
	s->menu.at = MIN(at, s->menu.n - 1);
	s->menu.top = top;
}

static bool
fill_sort(struct screen *s)
{
	memcpy(s->sorting.key, s->shown.sort, sizeof s->sorting.key);
	s->sorting.n = s->shown.nsort;
	s->sorting.touched = false;
	s->menu.at = s->shown.nsort ? s->shown.sort[0].field : 0;
	list_fields(s);
	snprintf(s->menu.title, sizeof s->menu.title, "sort by: Space adds, + - turn, Enter sorts");
	return true;
}

/* In or out; the first of too many stays, the last goes. */
static void
toggle_sort(struct screen *s, unsigned field)
{
	int k = sorting_index(s, field);

	if (k >= 0) {
		s->sorting.n--;
		memmove(s->sorting.key + k, s->sorting.key + k + 1,
			(s->sorting.n - (unsigned)k) * sizeof *s->sorting.key);
		return;
	}
	if (s->sorting.n == SORT_KEYS_MAX)
		s->sorting.n--;
	s->sorting.key[s->sorting.n++] = natural_key(field);
}

static bool
sort_key(struct screen *s, uint32_t key)
{
	unsigned field = (unsigned)s->menu.item[s->menu.at].value;

	if (key == ' ') {
		toggle_sort(s, field);
	} else if (key == '+' || key == '-') {
		if (sorting_index(s, field) < 0)
			toggle_sort(s, field);
		s->sorting.key[sorting_index(s, field)].descending = key == '-';
	} else {
		return false;
	}
	s->sorting.touched = true;
	list_fields(s);
	return true;
}

static void
sort_chosen(struct screen *s, const struct menu_item *it)
{
	if (!s->sorting.touched || !s->sorting.n) {
		s->sorting.key[0] = natural_key((unsigned)it->value);
		s->sorting.n = 1;
	}
	memcpy(s->shown.sort, s->sorting.key, sizeof s->shown.sort);
	s->shown.nsort = s->sorting.n;
	s->stale = true;
}

static const char *
field_doc(const struct menu_item *it)
{
	return schema[TABLE_PROC].field[it->value].doc;
}

/* ---- whose processes ---- */

static int
by_name(const void *a, const void *b)
{
	return strcmp(((const struct menu_item *)a)->text, ((const struct menu_item *)b)->text);
}

static bool
fill_users(struct screen *s)
{
	const struct table *t = frame_table(s->frame, TABLE_PROC);

	menu_add(&s->menu, "everyone", *s->shown.user ? ' ' : '>', 0);
	for (uint32_t i = 0; i < t->nrows; i++) {
		const char *user = cell_str(t, i, PROC_USER);
		bool known = !*user;

		for (size_t k = 1; k < s->menu.n && !known; k++)
			known = strncmp(s->menu.item[k].text, user,
					sizeof s->menu.item->text - 1) == 0;
		if (!known)
			menu_add(&s->menu, user, strcmp(user, s->shown.user) == 0 ? '>' : ' ', 1);
	}
	qsort(s->menu.item + 1, s->menu.n - 1, sizeof *s->menu.item, by_name);
	snprintf(s->menu.title, sizeof s->menu.title, "processes of");
	return true;
}

static void
user_chosen(struct screen *s, const struct menu_item *it)
{
	snprintf(s->shown.user, sizeof s->shown.user, "%s", it->value ? it->text : "");
	s->stale = true;
}

/* What processes can be grouped by, as far as these fields exist. */
static const struct {
	const char *field, *name;
} group_by[] = {
	{"name", "program"}, {"user", "user"},         {"session", "session"},
	{"cgroup", "cgroup"}, {"unit", "systemd unit"}, {"container", "container"},
	{"tty", "terminal"},
};

static bool
fill_groups(struct screen *s)
{
	menu_add(&s->menu, "none", s->shown.grouped ? ' ' : '>', -1);
	for (size_t i = 0; i < ARRAY_LEN(group_by); i++) {
		struct span name = span_of(group_by[i].field, strlen(group_by[i].field));
		int f = field_by_name(TABLE_PROC, name);
		bool is = s->shown.grouped && s->shown.group == f;

		if (f < 0)
			continue;
		if (is)
			s->menu.at = s->menu.n;
		menu_add(&s->menu, group_by[i].name, is ? '>' : ' ', f);
	}
	snprintf(s->menu.title, sizeof s->menu.title, "group by");
	return true;
}

/* With the keys that are bound to it, if any. */
static void
say_grouped(struct screen *s, const char *by)
{
	static const struct {
		enum action action;
		const char *does;
	} keys[] = {{ACTION_FOLD, "unfolds a group"}, {ACTION_FOLD_ALL, "all"},
		    {ACTION_GROUP, "for none"}};
	char text[128], key[KEY_NAME_MAX];
	int n = 0;

	text[0] = '\0';
	for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
		keymap_first(&s->keys, keys[i].action, key);
		if (*key)
			n += snprintf(text + n, sizeof text - (size_t)n, "%s%s %s", n ? ", " : ": ",
				      key, keys[i].does);
	}
	screen_say(s, STYLE_DIM, "by %s%s", by, text);
}

static void
group_chosen(struct screen *s, const struct menu_item *it)
{
	s->shown.grouped = it->value >= 0;
	s->shown.group = (uint8_t)MAX(it->value, 0);
	s->shown.tree = false;
	fold_none(s);
	s->stale = true;
	if (s->shown.grouped)
		say_grouped(s, it->text);
}

/* ---- columns ---- */

/* The shown ones first, in their order; then the rest. */
static bool
fill_columns(struct screen *s)
{
	size_t at = s->menu.at, top = s->menu.top;
	char text[64];

	menu_clear(&s->menu);
	for (unsigned k = 0; k < 2; k++) {
		unsigned n = k == 0 ? s->columns.n : (unsigned)PROC_FIELDS;

		for (unsigned i = 0; i < n; i++) {
			unsigned f = k == 0 ? s->columns.field[i] : i;
			const struct field *spec = &schema[TABLE_PROC].field[f];

			if (k == 1 && columns_find(&s->columns, f) >= 0)
				continue;
			snprintf(text, sizeof text, "%-8s %-30.30s %s", spec->head, spec->name,
				 spec->group);
			menu_add(&s->menu, text, k == 0 ? '*' : ' ', (int)f);
		}
	}
	s->menu.at = MIN(at, s->menu.n - 1);
	s->menu.top = top;
	snprintf(s->menu.title, sizeof s->menu.title, "columns: Space on/off, < > move, Esc done");
	return true;
}

static void
toggle_column(struct screen *s, unsigned field)
{
	if (columns_find(&s->columns, field) < 0)
		columns_show(&s->columns, field);
	else
		columns_hide(&s->columns, field);
	(void)fill_columns(s);
}

static void
move_column(struct screen *s, unsigned field, int step)
{
	struct columns *c = &s->columns;
	int i = columns_find(c, field), k = i + step;
	uint8_t f;

	if (i < 0 || k < 0 || k >= (int)c->n)
		return;
	c->chosen = true;
	f = c->field[i];
	c->field[i] = c->field[k];
	c->field[k] = f;
	s->menu.at = (size_t)k;
	(void)fill_columns(s);
}

static bool
columns_key(struct screen *s, uint32_t key)
{
	unsigned field = (unsigned)s->menu.item[s->menu.at].value;

	if (key == ' ')
		toggle_column(s, field);
	else if (key == '<' || key == '>')
		move_column(s, field, key == '<' ? -1 : 1);
	else
		return false;
	return true;
}

/* fill: false when there is nothing to choose. key: true when it was for the menu alone. left:
 * Esc. doc: what is said of the item that is pointed at. click: the key that a click on an item is;
 * 0: it points at it, and once more is Enter. */
static const struct {
	bool (*fill)(struct screen *s);
	bool (*key)(struct screen *s, uint32_t key);
	void (*chosen)(struct screen *s, const struct menu_item *it);
	void (*left)(struct screen *s);
	const char *(*doc)(const struct menu_item *it);
	uint32_t click;
} menus[] = {
	[MENU_SORT] = {fill_sort, sort_key, sort_chosen, NULL, field_doc, '\r'},
	[MENU_USER] = {fill_users, NULL, user_chosen, NULL, NULL, '\r'},
	[MENU_GROUP] = {fill_groups, NULL, group_chosen, NULL, NULL, '\r'},
	[MENU_COLUMNS] = {fill_columns, columns_key, NULL, NULL, field_doc, ' '},
};

void
menu_open(struct screen *s, enum menu_kind k)
{
	menu_clear(&s->menu);
	s->menu_kind = k;
	s->mode = menus[k].fill(s) ? MODE_MENU : MODE_TABLE;
}

static void
leave(struct screen *s)
{
	s->mode = MODE_TABLE;
	if (menus[s->menu_kind].left)
		menus[s->menu_kind].left(s);
}

void
menu_event(struct screen *s, uint32_t key)
{
	enum menu_kind k = s->menu_kind;

	if (s->menu.n && menus[k].key && menus[k].key(s, key))
		return;
	switch (menu_key(&s->menu, key, s->menu.drawn.h)) {
	case MENU_CHOSEN:
		s->mode = MODE_TABLE;
		if (menus[k].chosen)
			menus[k].chosen(s, &s->menu.item[s->menu.at]);
		return;
	case MENU_OTHER:
		if (key == 3 || key == KEYS_F1 + 9)
			leave(s);
		return;
	case MENU_CLOSED:
		leave(s);
		return;
	case MENU_OPEN:
		return;
	}
}

void
menu_click(struct screen *s, int x, int y)
{
	uint32_t key = menus[s->menu_kind].click;
	int i = menu_at(&s->menu, x, y);

	if (i == MENU_AT_OUTSIDE) {
		leave(s);
	} else if (i >= 0) {
		bool again = s->menu.at == (size_t)i;

		s->menu.at = (size_t)i;
		if (key || again)
			menu_event(s, key ? key : '\r');
	}
}

void
menu_show(struct screen *s, struct grid *g, struct rect over)
{
	if (menus[s->menu_kind].doc && s->menu.n)
		s->menu.foot = menus[s->menu_kind].doc(&s->menu.item[s->menu.at]);
	menu_draw(g, &s->menu, s->header.glyphs, over);
}
