#ifndef UI_STATE_H
#define UI_STATE_H

/* state: what the files behind screen.h share: screen.c (life, drawing, plan), events.c (keys),
 * mouse.c, tableview.c (drawing the table), footer.c (what is below it), prompts.c and menus.c
 * (what asks), find.c and help.c (what for), process.c and what is in acts.h (things done to
 * processes), rewind.c (the past), compare.c (two moments), details.c (one process). */
#include "ui/acts.h"
#include "ui/columns.h"
#include "ui/details.h"
#include "ui/diffview.h"
#include "ui/ended.h"
#include "ui/gone.h"
#include "ui/line.h"
#include "ui/menu.h"
#include "ui/offer.h"
#include "ui/recall.h"
#include "ui/palette.h"
#include "ui/rows.h"
#include "ui/screen.h"
#include "ui/timeline.h"

enum screen_mode {
	MODE_TABLE,
	MODE_PROMPT,
	MODE_MENU,
	MODE_HELP,
	MODE_DIFF,
	MODE_PALETTE,
	MODE_DIALOG,
	MODE_DETAILS
};
enum prompt {
	PROMPT_FILTER,
	PROMPT_SEARCH,
	PROMPT_DELAY,
	PROMPT_GOTO,
	PROMPT_TIME,
	PROMPT_COMPARE,
	PROMPT_KEEP,
	PROMPT_TAG,
	PROMPT_COUNT
};
enum menu_kind { MENU_SORT, MENU_USER, MENU_GROUP, MENU_COLUMNS };

/* Where one stands in time. Still: at the last live frame, with nothing on the screen changing. */
enum stand { STAND_LIVE, STAND_STILL, STAND_PAST };

/* What rewind.c keeps. */
struct rewind {
	enum stand stand;
	struct past *past; /* borrowed; NULL: nothing is kept */
	bool replay, playing;
	const struct frame *live; /* the newest, whatever is shown */
	uint64_t ticks;           /* live frames, where no past numbers them */
	struct settle live_settle; /* goes on with the live frames meanwhile */
	/* In the past: the number of the moment, the way one went there, and whether the frame that
	 * is shown is its, with these fields. */
	uint64_t at;
	int way;
	bool fetched;
	/* The frame on the screen is that of moment `shown`, and has the fields that are wanted. */
	bool shown_past, shown_same;
	uint64_t shown;
	struct field_set fields[TABLE_COUNT];
	struct field_set missing; /* of these, of proc: not recorded, and it was said */
	bool missing_seen;        /* that was drawn, and no key was faster */
	struct plan meters, exits, happened; /* what graphs, the ended and events are made of */
	struct ended_log ended;    /* up to, not including, moment ended_to */
	uint64_t ended_to;
	uint64_t *bookmark; /* numbers of moments, rising */
	size_t nbookmarks, bookmarks_cap;
	struct timeline timeline;
};

/* What compare.c keeps. */
struct compare {
	struct diff *diff; /* NULL: nothing is compared */
	struct diffview view;
	uint64_t at; /* the moment that was shown */
};

struct screen {
	struct keymap keys;
	const struct frame *frame; /* what is shown */
	struct rewind rewind;
	struct compare compare;
	struct details details;
	struct history history;
	struct header_state header;
	char where[32];
	int64_t delay_ns;
	bool ended, follow, names_only, no_paths, dim_others;
	uid_t own_uid;
	bool touched; /* there was a key since the last plan */
	bool show_ended, show_costs;
	struct ended_log ended_log;
	struct costs costs[8]; /* of the last ticks, round and round */
	unsigned ncosts;

	struct named_filter *filters; /* both texts are ours */
	size_t nfilters, filters_cap;
	struct {
		enum style style;
		struct filter *filter;
	} *rule;
	size_t nrules;
	int (*save)(const void *arg, const struct screen_settings *now, struct err *said);
	const void *save_arg;

	struct rows_options shown;
	struct rows rows;
	struct gone gone; /* of what is shown */
	bool stale; /* rows must be built again */
	struct columns columns;
	struct column_layout layout;
	uint8_t widest[PROC_FIELDS];
	uint64_t stamps; /* those of rows begin with it: nobody can make two that are alike */

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
	struct recall recall[PROMPT_COUNT];
	struct offer offer;
	struct filter *search;
	struct filter *tagging; /* while what to tag is typed; NULL */
	struct row_key search_from; /* where one stood when the search began */
	int search_wrapped; /* the last jump went on: 1 from the top, -1 from the end */
	char search_text[LINE_MAX_BYTES], filter_text[LINE_MAX_BYTES];
	enum menu_kind menu_kind;
	struct menu menu;
	struct {
		struct sort_key key[SORT_KEYS_MAX];
		unsigned n;
		bool touched; /* one was added, turned or taken out */
	} sorting; /* what the menu has so far */
	struct palette palette;
	struct {
		int top, columns;
		struct rect drawn;
	} help;
	struct hit {
		struct rect r;
		enum action action;
	} hit[32]; /* what a click does, of what is drawn; the last one counts */
	size_t nhits;

	const struct root *root;
	const char *no_actions;
	pid_t self; /* sonde's own number; 0: not known */
	struct buf *picked; /* Enter puts numbers there and ends; NULL: it does not */
	struct acts acts;

	char message[160];
	enum style message_style;
	int w, h;

	struct plan plan, sent;
	bool plan_sent;
	struct screen_wishes wishes;
};

/* kept.c: what a configuration brings, and takes */
void kept_init(struct screen *s, const struct screen_options *o);
void kept_release(struct screen *s);
void kept_save(struct screen *s);
bool kept_ask_name(struct screen *s); /* for the filter that is shown */
bool kept_accept_name(struct screen *s);
void kept_plan(const struct screen *s, struct plan *p); /* what rules look at, of visible rows */
/* Of the first rule that a row matches; STYLE_TEXT: of none. */
enum style kept_style(const struct screen *s, const struct table *t, uint32_t row);

/* screen.c */
void screen_say(struct screen *s, enum style style, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
void screen_select(struct screen *s, size_t index, bool scroll);

void screen_plan_fields(struct screen *s); /* what of the plan is fields */
/* What the rows are made of: the frame, and what ended a moment ago. */
const struct frame *screen_rows_frame(struct screen *s);
/* How many that ended the table has room for: most of it is for the living. */
uint32_t screen_gone_most(const struct screen *s);
/* Of one that ended: "it has ended: exit code 1". */
void screen_say_gone(struct screen *s, size_t index);

/* events.c */
void fold_none(struct screen *s); /* in the tree all is unfolded, groups are folded */

/* tableview.c */
void tableview_draw(struct screen *s, struct grid *g, struct rect r);

/* prompts.c */
void prompt_open(struct screen *s, enum prompt p);
void prompt_key(struct screen *s, uint32_t key);
void prompt_paste(struct screen *s, const char *text, size_t n);
/* At the bottom line y; with `hint`, what helps to type it in the line above. */
void prompt_draw(struct screen *s, struct grid *g, int y, bool hint);
bool prompt_has_hint(const struct screen *s);

/* footer.c: the last lines */
bool footer_is_narrowed(const struct screen *s); /* not every row is shown */
/* How many of how many rows, and what they use; returns the columns used. */
int footer_counts(const struct screen *s, struct grid *g, int y);
int footer_rule(const struct screen *s, struct grid *g, int x, int y); /* what stands between */
void footer_draw_summary(struct screen *s, struct grid *g, int y);
/* Of a page over the screen: what its keys do, on line y in `room` columns; or the message. */
struct footer_hint {
	enum action a, b; /* b ACTION_NONE: a alone, which a click does, too */
	const char *name;
};
/* Gives where the rest of the line begins; -1 when there is a message. */
int footer_draw_hints(struct screen *s, struct grid *g, int y, int room,
		      const struct footer_hint *hints, size_t n);
void footer_draw(struct screen *s, struct grid *g, int y);

/* menus.c */
void menu_open(struct screen *s, enum menu_kind k);
void menu_event(struct screen *s, uint32_t key);
void menu_click(struct screen *s, int x, int y);
void menu_show(struct screen *s, struct grid *g, struct rect over);

/* help.c */
void help_open(struct screen *s);
void help_draw(struct screen *s, struct grid *g);
void help_key(struct screen *s, uint32_t key);
void help_click(struct screen *s, int x, int y);

/* palette.c */
void palette_open(struct screen *s);
void palette_draw(struct screen *s, struct grid *g);
void palette_key(struct screen *s, uint32_t key);
void palette_changed(struct screen *s); /* the text did */
void palette_wheel(struct screen *s, int rows);
void palette_click(struct screen *s, int x, int y);

/* events.c */
void screen_do(struct screen *s, enum action a);
void screen_sort_by(struct screen *s, unsigned field); /* and by nothing else */
void events_sort_by(struct screen *s, unsigned field); /* or the other way round, if it is */

/* mouse.c */
void mouse_event(struct screen *s, const struct input_event *e);
/* A click there does this, until the next drawing. */
void screen_add_hit(struct screen *s, struct rect r, enum action a);

/* find.c; for prompts.c, but for the first */
/* Selects the next row that the search matches, with way -1 the one before; false: there is none.
 */
bool find_next(struct screen *s, int way);
/* Is there a search, and does the row match? */
bool find_matches(const struct screen *s, const struct table *t, uint32_t row);
/* How many rows match the search; *ret_at: which of them is selected, from 1; 0: none. */
size_t find_count(const struct screen *s, size_t *ret_at);
bool find_ask_filter(struct screen *s);
bool find_ask_search(struct screen *s);
void find_filter_changed(struct screen *s);
void find_tag_changed(struct screen *s);
bool find_accept_tag(struct screen *s);
void find_tag_left(struct screen *s);
bool find_accept_filter(struct screen *s);
void find_filter_left(struct screen *s);
bool find_search_key(struct screen *s, uint32_t key);
void find_search_changed(struct screen *s);
bool find_accept_search(struct screen *s);
bool find_accept_goto(struct screen *s);

/* rewind.c */
void rewind_init(struct rewind *w, struct past *past);
/* Of a recording: its newest frame (borrowed) instead of live ones. */
void rewind_replay(struct screen *s, const struct frame *newest, uint64_t begin);
void rewind_release(struct rewind *w);
void rewind_live_frame(struct screen *s, const struct frame *f); /* takes the reference */
/* In the past: has the frame of the moment, with the fields that are wanted now, shown. */
void rewind_fetch(struct screen *s);
void rewind_before_draw(struct screen *s); /* the same for graphs and what ended */
const struct ended_log *rewind_ended(const struct screen *s); /* up to what is shown */
void rewind_draw(struct screen *s, struct grid *g, struct rect r); /* the time line */
bool rewind_possible(struct screen *s); /* else it says why not */
void rewind_pause(struct screen *s);
void rewind_step(struct screen *s, int way);
void rewind_step_event(struct screen *s, int way);
void rewind_to_live(struct screen *s);
void rewind_bookmark(struct screen *s);
bool rewind_accept(struct screen *s); /* the time that was typed */
bool rewind_click(struct screen *s, int x, int y); /* false: not on the time line */
bool rewind_wheel(struct screen *s, int y, int way);
uint64_t rewind_stands_at(const struct screen *s); /* the moment's number; where it is possible */

/* details.c */
void details_show(struct screen *s, enum detail_tab tab); /* of the selected process */
void details_close(struct screen *s);
void details_release(struct screen *s);
void details_draw(struct screen *s, struct grid *g);
void details_do(struct screen *s, enum action a);
void details_key(struct screen *s, uint32_t key);
void details_wheel(struct screen *s, int rows);
void details_click(struct screen *s, int x, int y);
void details_want(const struct screen *s, struct plan *p);

/* compare.c */
void compare_open(struct screen *s);
void compare_close(struct screen *s);
void compare_draw(struct screen *s, struct grid *g);
void compare_key(struct screen *s, uint32_t key);
void compare_do(struct screen *s, enum action a);
void compare_wheel(struct screen *s, int rows);
bool compare_accept(struct screen *s); /* the time that was typed */

#endif
