#ifndef UI_STATE_H
#define UI_STATE_H

/* state: what the files behind screen.h share: screen.c (life, drawing, plan), events.c (keys and
 * mouse), tableview.c (drawing the table), dialogs.c (prompts, menus, actions on processes). */
#include "act/act.h"
#include "ui/columns.h"
#include "ui/ended.h"
#include "ui/keymap.h"
#include "ui/line.h"
#include "ui/menu.h"
#include "ui/rows.h"
#include "ui/screen.h"

enum screen_mode { MODE_TABLE, MODE_PROMPT, MODE_MENU, MODE_HELP };
enum prompt { PROMPT_FILTER, PROMPT_SEARCH, PROMPT_DELAY, PROMPT_GOTO, PROMPT_NICE };
enum menu_kind { MENU_SORT, MENU_USER, MENU_SIGNAL, MENU_COLUMNS };

struct screen {
	const struct frame *frame, *pending; /* pending: came while paused */
	struct history history;
	struct header_state header;
	char where[32];
	int64_t delay_ns;
	bool paused, ended, follow, names_only, no_paths;
	bool touched; /* there was a key since the last plan */
	bool show_ended, show_costs;
	struct ended_log ended_log;
	struct costs costs[8]; /* of the last ticks, round and round */
	unsigned ncosts;

	struct rows_options shown;
	struct rows rows;
	bool stale; /* rows must be built again */
	struct columns columns;
	struct column_layout layout;
	uint8_t widest[PROC_FIELDS];
	bool threads;

	bool have_selection;
	struct row_key selected;
	size_t at, top; /* index of the selected row, and of the first on the screen */
	int page;       /* table rows on the screen */
	int table_y;    /* of the first */
	int pan;
	struct key_set tagged;

	enum screen_mode mode;
	enum prompt prompt;
	struct line line;
	struct err line_error; /* text empty: none */
	struct filter *search;
	char search_text[LINE_MAX_BYTES], filter_text[LINE_MAX_BYTES];
	enum menu_kind menu_kind;
	struct menu menu;
	int help_top;

	const struct root *root;
	const char *no_actions;
	struct target *target; /* of the open dialog */
	char (*target_name)[32];
	size_t ntargets, targets_cap, target_names_cap;

	char message[160];
	enum style message_style;
	int w, h;

	struct plan plan, sent;
	bool plan_sent;
	struct screen_wishes wishes;
};

/* screen.c */
void screen_say(struct screen *s, enum style style, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
void screen_select(struct screen *s, size_t index, bool scroll);

/* events.c */
bool screen_search_next(struct screen *s, bool from_next);

/* tableview.c */
void tableview_draw(struct screen *s, struct grid *g, struct rect r);

/* dialogs.c */
void dialog_prompt(struct screen *s, enum prompt p);
void dialog_prompt_key(struct screen *s, uint32_t key);
void dialog_prompt_changed(struct screen *s); /* the text did */
void dialog_prompt_draw(struct screen *s, struct grid *g, int y);
void dialog_menu(struct screen *s, enum menu_kind k);
void dialog_menu_key(struct screen *s, uint32_t key);
void dialog_help_draw(struct screen *s, struct grid *g);
void dialog_help_key(struct screen *s, uint32_t key);
void dialog_renice_by(struct screen *s, int step);
void dialog_targets_close(struct screen *s);

#endif
