#include "ui/screen.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/num.h"
#include "draw/text.h"
#include "schema/format.h"
#include "ui/state.h"

struct screen *
screen_new(const struct screen_options *o)
{
	struct screen *s = xcalloc(1, sizeof *s);

	if (getrandom(&s->stamps, sizeof s->stamps, GRND_NONBLOCK) < 0)
		s->stamps = (uintptr_t)s; /* at the boot of a machine */
	if (o->keys)
		s->keys = *o->keys;
	else
		keymap_init(&s->keys, PRESET_MIXED);
	s->header.glyphs = o->glyphs;
	s->header.cpus = o->cpu_bars ? CPUS_BARS : CPUS_AUTO;
	s->delay_ns = o->delay_ns;
	s->root = o->root;
	s->no_actions = o->no_actions;
	s->self = o->self;
	s->picked = o->picked;
	s->shown.tree = o->tree;
	s->shown.no_threads = !o->threads;
	s->shown.no_kthreads = o->no_kthreads;
	s->shown.pids = o->pids;
	s->shown.npids = o->npids;
	s->shown.nsort = MIN(o->nsort, (unsigned)SORT_KEYS_MAX);
	memcpy(s->shown.sort, o->sort, sizeof s->shown.sort);
	if (!s->shown.nsort) {
		s->shown.sort[0] = (struct sort_key){PROC_CPU_RATIO, true};
		s->shown.nsort = 1;
	}
	if (o->user)
		snprintf(s->shown.user, sizeof s->shown.user, "%s", o->user);
	if (o->filter) {
		s->shown.filter = filter_parse(o->filter, TABLE_PROC, NULL);
		snprintf(s->filter_text, sizeof s->filter_text, "%s", o->filter);
	}
	columns_default(&s->columns);
	if (o->columns) {
		s->columns.n = MIN(o->ncolumns, (unsigned)COLUMNS_MAX);
		memcpy(s->columns.field, o->columns, s->columns.n);
		s->columns.chosen = true;
	}
	s->columns.cpu_of_machine = o->cpu_of_machine;
	s->names_only = o->names_only;
	s->no_paths = o->no_paths;
	s->dim_others = o->dim_others;
	s->own_uid = o->own_uid;
	s->header.hidden = o->no_header;
	kept_init(s, o);
	gone_init(&s->gone);
	s->widest[PROC_USER] = 5;
	s->widest[PROC_PID] = 5;
	rewind_init(&s->rewind, o->past);
	if (o->newest)
		rewind_replay(s, o->newest, o->begin);
	if (o->notice)
		screen_say(s, STYLE_WARN, "%s", o->notice);
	return s;
}

void
screen_free(struct screen *s)
{
	if (!s)
		return;
	acts_release(s);
	compare_close(s);
	details_release(s);
	frame_unref(s->frame);
	rewind_release(&s->rewind);
	filter_free(s->shown.filter);
	filter_free(s->search);
	filter_free(s->tagging);
	for (size_t i = 0; i < PROMPT_COUNT; i++)
		recall_release(&s->recall[i]);
	offer_release(&s->offer);
	key_set_clear(&s->shown.others);
	key_set_clear(&s->tagged);
	kept_release(s);
	rows_release(&s->rows);
	gone_release(&s->gone);
	menu_release(&s->menu);
	free(s->palette.item);
	plan_release(&s->plan);
	plan_release(&s->sent);
	free(s->wishes.copy);
	free(s);
}

void
screen_say(struct screen *s, enum style style, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(s->message, sizeof s->message, fmt, ap);
	va_end(ap);
	s->message_style = style;
}

void
screen_costs(struct screen *s, const struct costs *tick)
{
	s->costs[s->ncosts++ % ARRAY_LEN(s->costs)] = *tick;
}

static void
draw_costs(const struct screen *s, struct grid *g, int y)
{
	struct costs sum = {0};

	for (size_t i = 0; i < MIN(s->ncosts, ARRAY_LEN(s->costs)); i++)
		costs_add(&sum, &s->costs[i]);
	costs_draw(g, y, &sum, s->frame->meta.sampler);
}

const struct frame *
screen_rows_frame(struct screen *s)
{
	s->shown.ended = s->gone.n;
	return gone_frame(&s->gone, s->frame);
}

uint32_t
screen_gone_most(const struct screen *s)
{
	return (uint32_t)MAX(s->page, 0) / 4;
}

void
screen_say_gone(struct screen *s, size_t index)
{
	const struct gone_row *r = &s->gone.row[s->rows.row[index].row - s->rows.living];
	char words[96];

	gone_words(r, 3, words);
	screen_say(s, STYLE_WARN, "%llu has %s%s", (unsigned long long)r->key.a,
		   r->status[0] ? "ended: " : "", words);
}

/* Finds the selected process again after the rows changed. */
void
screen_rows(struct screen *s)
{
	size_t at, line = s->at - s->top;

	rewind_fetch(s);
	if (!s->stale || !s->frame)
		return;
	s->stale = false;
	rows_build(&s->rows, &s->shown, screen_rows_frame(s));
	if (!s->have_selection)
		return;
	at = rows_find(&s->rows, s->selected);
	if (at == s->rows.n) {
		s->at = SIZE_MAX; /* out of sight: not selected until it moves */
		return;
	}
	/* What opens, closes, begins or ends above it in a tree leaves it on its line. */
	if ((s->shown.tree || s->shown.grouped) && s->at != SIZE_MAX && line < (size_t)s->page)
		s->top = at - MIN(at, line);
	s->at = at;
}

void
screen_select(struct screen *s, size_t index, bool scroll)
{
	if (!s->rows.n)
		return;
	index = MIN(index, s->rows.n - 1);
	s->have_selection = true;
	s->at = index;
	s->selected = rows_key(&s->rows, index);
	if (!scroll)
		return;
	if (index < s->top)
		s->top = index;
	if (s->page && index >= s->top + (size_t)s->page)
		s->top = index - (size_t)s->page + 1;
}

void
screen_frame(struct screen *s, const struct frame *f)
{
	ended_add(&s->ended_log, f);
	if (s->frame && s->frame->meta.seq == f->meta.seq)
		s->rows.settle.filled = false; /* of the same moment, yet other rows */
	rewind_live_frame(s, f);
	acts_frame(s, f);
}

void
screen_ended(struct screen *s)
{
	s->ended = true;
}

static void
describe_where(struct screen *s)
{
	char delay[FORMAT_MAX];

	s->header.now_ns = s->rewind.stand == STAND_PAST ? s->rewind.live->meta.wall_ns : 0;
	if (s->rewind.stand != STAND_LIVE) {
		snprintf(s->where, sizeof s->where, "%s",
			 s->rewind.playing            ? "playing"
			 : s->rewind.replay           ? "replay"
			 : s->rewind.stand == STAND_PAST ? "past"
							 : "paused");
		s->header.where_style = STYLE_WARN;
	} else if (s->ended) {
		snprintf(s->where, sizeof s->where, "end");
		s->header.where_style = STYLE_DIM;
	} else {
		snprintf(delay, sizeof delay, "%g", (double)s->delay_ns / (double)NS_PER_S);
		snprintf(s->where, sizeof s->where, "live %.20ss", delay);
		s->header.where_style = STYLE_GOOD;
	}
	s->header.where = s->where;
	s->header.delay_ns = s->delay_ns;
	s->header.replay = s->rewind.replay;
}

static void
draw_bottom(struct screen *s, struct grid *g, bool summary)
{
	if (!summary && footer_is_narrowed(s) && !s->message[0])
		footer_draw_summary(s, g, g->h - 1);
	else
		footer_draw(s, g, g->h - 1);
}

static void
render(struct screen *s, struct grid *g)
{
	int head, foot, ended = 0, line = 0;
	bool summary;

	if (!s->frame) {
		text_puts(g, 0, 0, g->w, STYLE_DIM, "sampling");
		return;
	}
	s->nhits = 0;
	if (s->compare.diff) {
		compare_draw(s, g);
		return;
	}
	describe_where(s);
	screen_rows(s);
	rewind_before_draw(s);
	s->rewind.missing_seen = true;
	if (s->details.open) {
		details_draw(s, g);
		return;
	}
	head = header_height(&s->header, s->frame, g->w, g->h);
	foot = g->h >= 4 || s->mode == MODE_PROMPT || s->message[0] ? 1 : 0;
	summary = g->h >= 10 && (footer_is_narrowed(s) || prompt_has_hint(s));
	foot += summary;
	header_draw(g, &s->header, s->frame, &s->history, head);
	screen_add_hit(s, header_cpus(g->w, g->h, head), ACTION_CPUS);
	if (s->show_costs && g->h > head + foot + 3)
		draw_costs(s, g, head++);
	if (s->rewind.stand != STAND_LIVE && head > 0)
		grid_ground(g, 0, 0, g->w, 1, GROUND_PAST);
	if (s->rewind.stand == STAND_PAST)
		line = timeline_height(g->w, g->h);
	if (s->show_ended)
		ended = ended_height(g->h);
	tableview_draw(s, g, (struct rect){0, head, g->w, g->h - head - ended - line - foot});
	if (ended)
		ended_draw(g, rewind_ended(s), s->frame,
			   (struct rect){0, g->h - ended - line - foot, g->w, ended});
	if (line)
		rewind_draw(s, g, (struct rect){0, g->h - line - foot, g->w, line});
	if (summary && !prompt_has_hint(s))
		footer_draw_summary(s, g, g->h - 2);
	if (s->mode == MODE_PROMPT)
		prompt_draw(s, g, g->h - 1, summary && prompt_has_hint(s));
	else if (foot && !wait_draw(s, g, g->h - 1))
		draw_bottom(s, g, summary);
	if (s->mode == MODE_MENU)
		menu_show(s, g,
			  (struct rect){0, MIN(head, g->h / 4), g->w, g->h - MIN(head, g->h / 4)});
	if (s->mode == MODE_HELP)
		help_draw(s, g);
	if (s->mode == MODE_PALETTE)
		palette_draw(s, g);
	if (s->mode == MODE_DIALOG)
		s->acts.dialog->draw(s, g, (struct rect){0, 0, g->w, g->h - foot});
}

void
screen_render(struct screen *s, struct grid *g)
{
	s->w = g->w;
	s->h = g->h;
	grid_begin(g);
	render(s, g);
	grid_end(g);
}

static size_t
plan_rows(struct screen *s, size_t from, size_t to)
{
	size_t begin = s->plan.nvisible + s->plan.nnear, n = begin;

	for (size_t i = from; i < to; i++)
		if (!(s->rows.row[i].flags & TREE_GROUP) && !rows_ended(&s->rows, &s->rows.row[i]))
			s->plan.visible[n++] = rows_key(&s->rows, i);
	return n - begin;
}

/* The rows on the screen, then a page above and below. *ret_lacking: one on the screen was never
 * looked at before. */
static void
plan_visible(struct screen *s, bool *ret_lacking)
{
	size_t page = (size_t)MAX(s->page, 0), n = s->rows.n;
	size_t from = MIN(s->top, n), to = MIN(from + page, n);

	s->plan.nvisible = s->plan.nnear = 0;
	*ret_lacking = false;
	if (!s->frame || s->stale)
		return;
	GROW(s->plan.visible, s->plan.visible_cap, 3 * page + 1);
	if (s->details.open)
		s->plan.visible[s->plan.nvisible++] = s->details.key;
	s->plan.nvisible += plan_rows(s, from, to);
	s->plan.nnear = plan_rows(s, from - MIN(from, page), from);
	s->plan.nnear += plan_rows(s, to, MIN(to + page, n));
	for (size_t i = from; i < to; i++)
		*ret_lacking |= !(s->rows.row[i].flags & (TREE_GROUP | TREE_SUM)) &&
				!rows_ended(&s->rows, &s->rows.row[i]) &&
				!cell_valid(rows_table(&s->rows, i), s->rows.row[i].row,
					    PROC_COMMAND);
}

static void
plan_filter(struct plan *p, const struct filter *f)
{
	struct field_set set = {0};

	if (!f)
		return;
	filter_fields(f, &set);
	for (unsigned i = 0; i < PROC_FIELDS; i++)
		if (field_set_has(&set, i))
			plan_want_everywhere(p, i);
}

void
screen_plan_fields(struct screen *s)
{
	static const uint8_t always[] = {PROC_PID,  PROC_TGID, PROC_PPID,  PROC_STATE,
					 PROC_NAME, PROC_USER, PROC_THREAD, PROC_KTHREAD,
					 PROC_RES,  PROC_CPU_RATIO, PROC_COMMAND, PROC_NICE,
					 PROC_AGE};
	struct plan *p = &s->plan;

	memset(p->want, 0, sizeof p->want);
	p->all = (struct field_set){0};
	p->threads = !s->shown.no_threads;
	header_plan(p);
	if (s->show_ended || s->rewind.past) /* what is kept tells of those that ended, too */
		ended_plan(p);
	for (size_t i = 0; i < ARRAY_LEN(always); i++)
		plan_want(p, TABLE_PROC, always[i]);
	for (unsigned i = 0; i < s->columns.n; i++) {
		plan_want(p, TABLE_PROC, s->columns.field[i]);
		if (s->rows.sums && rollup_adds(&schema[TABLE_PROC].field[s->columns.field[i]]))
			plan_want_everywhere(p, s->columns.field[i]);
	}
	plan_want(p, TABLE_PROC, PROC_REPLACED); /* for the mark */
	if (s->dim_others)
		plan_want(p, TABLE_PROC, PROC_UID);
	if (s->shown.grouped)
		plan_want_everywhere(p, s->shown.group);
	for (unsigned i = 0; i < s->shown.nsort; i++)
		plan_want_everywhere(p, s->shown.sort[i].field);
	plan_filter(p, s->shown.filter);
	plan_filter(p, s->search);
	plan_filter(p, s->tagging);
	kept_plan(s, p);
	acts_plan(s, p);
	details_want(s, p);
	if (s->mode == MODE_PROMPT && (s->prompt == PROMPT_FILTER || s->prompt == PROMPT_SEARCH ||
				       s->prompt == PROMPT_TAG)) {
		/* What is being typed will most likely want these. */
		plan_want_everywhere(p, PROC_COMMAND);
		if (s->offer.all.field >= 0)
			plan_want_everywhere(p, (unsigned)s->offer.all.field);
	}
	if (*s->shown.user || (s->mode == MODE_MENU && s->menu_kind == MENU_USER)) {
		plan_want_everywhere(p, PROC_USER);
		plan_want_everywhere(p, PROC_UID);
	}
}

const struct plan *
screen_plan(struct screen *s, bool *ret_soon)
{
	struct plan *p = &s->plan;
	bool fields_same, rows_same, lacking = false, live = s->rewind.stand != STAND_PAST;

	screen_plan_fields(s);
	if (live) /* else the rows that were looked at last when it was */
		plan_visible(s, &lacking);
	fields_same = s->plan_sent && plan_same_fields(p, &s->sent);
	rows_same = !p->nvisible ||
		    (s->sent.nvisible == p->nvisible &&
		     memcmp(p->visible, s->sent.visible, p->nvisible * sizeof *p->visible) == 0);
	if (fields_same && rows_same)
		return NULL;
	*ret_soon = s->plan_sent && live && (!fields_same || (lacking && s->touched));
	s->touched = false;
	plan_copy(&s->sent, p);
	s->plan_sent = true;
	return &s->sent;
}

struct screen_wishes
screen_wishes(struct screen *s)
{
	struct screen_wishes w = s->wishes;

	s->wishes = (struct screen_wishes){0};
	return w;
}
