#ifndef UI_SCREEN_H
#define UI_SCREEN_H

/* screen: the whole program but for the terminal: frames and keys go in, a grid, a plan of what to
 * read, and wishes come out. It reads no clock, no file and no terminal, so a test can drive it.
 */
#include "base/root.h"
#include "draw/chart.h"
#include "feed/feed.h"
#include "feed/past.h"
#include "frame/sort.h"
#include "query/filter.h"
#include "ui/costs.h"
#include "ui/header.h"
#include "ui/input.h"
#include "ui/keymap.h"

/* What a configuration names: a filter, and how rows look that match. */
struct named_filter {
	const char *name, *query;
};
struct colour_rule {
	enum style style;
	const char *query; /* parses */
};

/* What can be kept for the next time; borrows from the screen. */
struct screen_settings {
	struct sort_key sort[SORT_KEYS_MAX];
	unsigned nsort;
	const uint8_t *columns; /* NULL: the default ones */
	unsigned ncolumns;
	int64_t delay_ns;
	bool tree, threads, no_kthreads, cpu_bars, cpu_of_machine;
	bool names_only, no_paths, dim_others, no_header;
	const struct named_filter *filter;
	size_t nfilters;
};

struct screen_options {
	enum glyphs glyphs;
	struct sort_key sort[SORT_KEYS_MAX];
	unsigned nsort;
	const char *filter;            /* NULL: none; must parse */
	const char *user;              /* NULL: everyone */
	const uint8_t *columns;        /* NULL: the default ones */
	unsigned ncolumns;
	const uint32_t *pids;          /* only these; borrowed */
	size_t npids;
	int64_t delay_ns;
	bool tree, threads, no_kthreads, cpu_bars;
	bool cpu_of_machine;           /* CPU use is a share of all CPUs, not of one */
	bool names_only, no_paths, no_header;
	bool dim_others;               /* whose user is not own_uid */
	uid_t own_uid;
	const struct keymap *keys;     /* NULL: the preset mixed */
	const struct named_filter *filters;
	size_t nfilters;
	const struct colour_rule *rules;
	size_t nrules;
	/* Keeps the settings: 0 or -errno, and a sentence in *said. NULL: they cannot be kept. */
	int (*save)(const void *arg, const struct screen_settings *now, struct err *said);
	const void *save_arg;
	const struct root *root;       /* actions go there; NULL: none are possible */
	const char *no_actions;        /* why, when root is NULL */
	pid_t self;                    /* sonde's own number, for warnings; 0: not known */
	/* Enter puts the numbers of the tagged processes, or of the selected one, there, one a
	 * line, and ends; borrowed. NULL: Enter does not. */
	struct buf *picked;
	struct past *past;             /* what can be gone back to; borrowed; NULL: nothing */
	/* A recording, and no live frames: its newest one (borrowed) stands for what is live,
	 * and it begins at this moment. NULL: none. */
	const struct frame *newest;
	uint64_t begin;
	const char *notice; /* said at first; NULL: nothing */
};

struct screen;
struct screen *screen_new(const struct screen_options *o);
void screen_free(struct screen *s);

void screen_frame(struct screen *s, const struct frame *f); /* the newest; takes the reference */
void screen_ended(struct screen *s); /* no more frames will come */
void screen_event(struct screen *s, const struct input_event *e);
void screen_costs(struct screen *s, const struct costs *tick); /* what the last tick cost */
/* Puts the rows of a new frame in order; screen_render() does when nobody did before. */
void screen_rows(struct screen *s);
/* Draws everything into a grid that has its size. */
void screen_render(struct screen *s, struct grid *g);

/* What shall be read from now on; good until the next call. *ret_soon: rows or columns came into
 * view that the frame does not have. NULL when nothing changed since the last call. Call it after
 * screen_render(), which says what is visible. */
const struct plan *screen_plan(struct screen *s, bool *ret_soon);

/* Of a recording that plays: how long until the next moment is to be shown, by screen_play(); else
 * -1. */
int64_t screen_play_ns(const struct screen *s);
void screen_play(struct screen *s);

/* What the keys asked for, cleared by the call. */
struct screen_wishes {
	bool quit, suspend, redraw, sample;
	int64_t delay_ns; /* 0: as it was */
	char *copy;       /* to the terminal's clipboard; the caller frees it. NULL: nothing */
};
struct screen_wishes screen_wishes(struct screen *s);

/* For tests and the picture in the README: feeds keys by name ("F5 / s s h Enter"). -1 and the
 * offset of the first that is no key. */
int screen_keys(struct screen *s, const char *keys);

#endif
