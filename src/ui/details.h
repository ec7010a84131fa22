#ifndef UI_DETAILS_H
#define UI_DETAILS_H

/* details: all that is known of one process, tab by tab, over the whole screen. What is shown comes
 * from the frame that is shown, live or past; the tables it needs are asked for while their tab is
 * open. When the process ends its last frame stays.
 */
#include "draw/chart.h"
#include "feed/feed.h"
#include "feed/past.h"

enum detail_tab {
	TAB_SUMMARY,
	TAB_CPU,
	TAB_MEMORY,
	TAB_FILES,
	TAB_ENV,
	TAB_LIMITS,
	TAB_CGROUP,
	TAB_NS,
	TAB_SECURITY,
	TAB_THREADS,
	TAB_STACK,
	TAB_COMMAND,
	TABS
};

enum detail_series { DETAIL_CPU, DETAIL_RES, DETAIL_READ, DETAIL_WRITE, DETAIL_SERIES };
enum { DETAIL_TICKS = 1024 };

/* Of the process, by the number of the tick or moment, round and round; NaN: not known. */
struct detail_history {
	float v[DETAIL_TICKS][DETAIL_SERIES];
	uint64_t next[DETAIL_TICKS]; /* the number after that of what is kept there; 0: nothing */
	uint64_t end;                /* what is shown ends before it */
};

struct details {
	bool open;
	bool values; /* of the environment are shown */
	struct row_key key;
	enum detail_tab tab;
	int top, lines, page;
	struct {
		int x, w;
	} place[TABS]; /* of the names of tabs, as drawn; w 0: not drawn */
	int place_y;
	const struct frame *last; /* the newest frame shown that has the process; NULL: none yet */
	struct detail_history *history;
};

/* A tab being drawn, line by line: twice, first without a grid to count the lines. */
struct page {
	struct grid *g; /* NULL: counting */
	struct rect r;
	int top, n; /* the line at the top of r, and the next one */
	enum glyphs glyphs;
	const struct frame *f;
	uint32_t row; /* of proc */
	uint64_t pid;
	bool past;  /* what is not there was not recorded */
	bool ended; /* what is not there never came */
	const struct details *d;
};

/* The next line; true when it is to be drawn, at *ret_y. */
bool page_line(struct page *p, int *ret_y);
void page_blank(struct page *p);
void page_note(struct page *p, enum style style, const char *text);
/* Name and text, wrapped below each other. */
void page_text(struct page *p, const char *name, const char *text);
void page_wrap(struct page *p, int indent, enum style style, const char *text);
/* Fields of the process, in two columns where there is room. */
struct fact {
	const char *name;
	uint8_t field;
};
void page_facts(struct page *p, const struct fact *facts, size_t n);
/* A cell of any table as text, "-" or "~" when it has none. */
void page_value(const struct page *p, enum table_id t, uint32_t row, unsigned field,
		char out[64]);
double page_number(const struct page *p, unsigned field); /* of the process; or NaN */
/* Has the table rows of the process? Else it says why not. */
bool page_has(struct page *p, enum table_id t);
bool page_is_row(const struct page *p, enum table_id t, uint32_t row); /* of the process */

/* detailtabs.c */
void tab_summary(struct page *p);
void tab_cpu(struct page *p);
void tab_security(struct page *p);
void tab_command(struct page *p);
/* detailtables.c */
void tab_memory(struct page *p);
void tab_files(struct page *p);
void tab_env(struct page *p);
void tab_limits(struct page *p);
void tab_cgroup(struct page *p);
void tab_ns(struct page *p);
void tab_threads(struct page *p);
void tab_stack(struct page *p);
/* Fields that a tab shows; ended by PROC_FIELDS. */
extern const uint8_t detail_fields_always[], detail_fields_cpu[], detail_fields_memory[],
	detail_fields_security[], detail_fields_threads[], detail_fields_cgroup[];

/* detailpast.c: graphs of the time before. Asks for no more than a few moments a call. */
void detail_history_live(struct detail_history *h, uint64_t tick, const struct frame *f,
			 struct row_key key);
void detail_history_fill(struct detail_history *h, struct past *past, uint64_t at,
			 struct row_key key, int ticks);
/* The newest n before `end`, as history_samples() gives them; returns the biggest, or 0. */
double detail_history_samples(const struct detail_history *h, enum detail_series s, double *sample,
			      int n);

#endif
