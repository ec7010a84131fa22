/* detailtables: the tabs of the details that are made of tables of their own. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "draw/text.h"
#include "frame/sort.h"
#include "schema/format.h"
#include "ui/details.h"

const uint8_t detail_fields_memory[] = {
	PROC_PSS, PROC_USS, PROC_SWAP_PSS, PROC_HUGE, PROC_RSS_ANON, PROC_RSS_FILE, PROC_RSS_SHMEM,
	PROC_PEAK_RES, PROC_PEAK_VIRT, PROC_LOCKED, PROC_PAGE_TABLES, PROC_OOM_ADJUST, PROC_FIELDS,
};
const uint8_t detail_fields_threads[] = {PROC_LAST_CPU, PROC_VCTX_RATE, PROC_WCHAN, PROC_FIELDS};
const uint8_t detail_fields_cgroup[] = {PROC_SLICE, PROC_ENGINE, PROC_FIELDS};

/* A column of a list. Numbers are right aligned; the last one takes the rest of the line. */
struct column {
	const char *head;
	uint8_t field, w;
	bool left;
};

static void
put_head(struct page *p, const struct column *c, size_t n)
{
	int y, x = p->r.x;

	if (!page_line(p, &y))
		return;
	for (size_t i = 0; i < n; i++) {
		int w = i + 1 == n ? p->r.x + p->r.w - x : c[i].w;

		if (w < 1)
			break;
		if (c[i].left)
			text_puts(p->g, x, y, w, STYLE_DIM, c[i].head);
		else
			text_right(p->g, x, y, w, STYLE_DIM, c[i].head);
		x += w + 1;
	}
}

static void
put_row(struct page *p, enum table_id id, const struct column *c, size_t n, uint32_t row, int y)
{
	const struct table *t = frame_table(p->f, id);
	int x = p->r.x;

	for (size_t i = 0; i < n; i++) {
		int w = i + 1 == n ? p->r.x + p->r.w - x : c[i].w;
		bool valid = cell_valid(t, row, c[i].field);
		enum style style = valid ? STYLE_TEXT : STYLE_DIM;
		char text[64];

		if (w < 1)
			break;
		if (valid && schema[id].field[c[i].field].type == TYPE_STR) {
			text_puts(p->g, x, y, w, style, cell_str(t, row, c[i].field));
		} else {
			page_value(p, id, row, c[i].field, text);
			if (c[i].left)
				text_puts(p->g, x, y, w, style, text);
			else
				text_right(p->g, x, y, w, style, text);
		}
		x += w + 1;
	}
}

static void
put_rows(struct page *p, enum table_id id, const struct column *c, size_t n)
{
	const struct table *t = frame_table(p->f, id);
	int y;

	put_head(p, c, n);
	for (uint32_t i = 0; i < t->nrows; i++)
		if (page_is_row(p, id, i) && page_line(p, &y))
			put_row(p, id, c, n, i, y);
}

/* ---- memory ---- */

enum { KINDS_MAX = 16 };

struct sums {
	const char *kind;
	double count, bytes[5]; /* NaN: of none of them known */
};

static const uint8_t map_numbers[5] = {MAPS_SIZE, MAPS_RESIDENT, MAPS_PROPORTIONAL, MAPS_PRIVATE,
				       MAPS_SWAP};

static void
add_known(double *sum, double v)
{
	*sum = isnan(*sum) ? v : *sum + v;
}

static size_t
add_kinds(const struct page *p, struct sums *sums)
{
	const struct table *t = frame_table(p->f, TABLE_MAPS);
	size_t n = 0;

	for (uint32_t i = 0; i < t->nrows; i++) {
		const char *kind = cell_str(t, i, MAPS_KIND);
		size_t k = 0;
		double v;

		if (!page_is_row(p, TABLE_MAPS, i))
			continue;
		while (k < n && strcmp(sums[k].kind, kind) != 0)
			k++;
		if (k == KINDS_MAX)
			continue;
		if (k == n)
			sums[n++] = (struct sums){kind, 0, {NAN, NAN, NAN, NAN, NAN}};
		if (cell_number(t, i, MAPS_COUNT, &v))
			sums[k].count += v;
		for (size_t b = 0; b < 5; b++)
			if (cell_number(t, i, map_numbers[b], &v))
				add_known(&sums[k].bytes[b], v);
	}
	return n;
}

static int
compare_sums(const void *a, const void *b)
{
	const struct sums *x = a, *y = b;
	int c = CMP(y->bytes[1], x->bytes[1]);

	return c ? c : strcmp(x->kind, y->kind);
}

static void
put_kinds(struct page *p)
{
	struct sums sums[KINDS_MAX];
	size_t n = add_kinds(p, sums);
	double all = 0;
	char text[FORMAT_MAX];
	int y;

	qsort(sums, n, sizeof *sums, compare_sums);
	for (size_t i = 0; i < n; i++)
		all += isnan(sums[i].bytes[1]) ? 0 : sums[i].bytes[1];
	if (page_line(p, &y))
		text_puts(p->g, p->r.x, y, p->r.w, STYLE_DIM,
			  "KIND       MAPS   SIZE    RES    PSS   PRIV   SWAP");
	for (size_t i = 0; i < n; i++) {
		struct part part = {all > 0 ? sums[i].bytes[1] / all : 0, STYLE_MEM_USED};

		if (!page_line(p, &y))
			continue;
		text_puts(p->g, p->r.x, y, 9, STYLE_TEXT, sums[i].kind);
		format_count(text, sums[i].count, 5);
		text_right(p->g, p->r.x + 10, y, 5, STYLE_TEXT, text);
		for (int b = 0; b < 5; b++) {
			format_bytes(text, sums[i].bytes[b], 6);
			text_right(p->g, p->r.x + 16 + 7 * b, y, 6,
				   sums[i].bytes[b] > 0 ? STYLE_TEXT : STYLE_DIM, text);
		}
		if (p->r.w > 60)
			chart_bar(p->g, p->glyphs, p->r.x + 52, y, p->r.w - 52, &part, 1);
	}
}

void
tab_memory(struct page *p)
{
	static const struct fact facts[] = {
		{"resident", PROC_RES},         {"proportional", PROC_PSS},
		{"its own", PROC_USS},          {"swapped", PROC_SWAP},
		{"anonymous", PROC_RSS_ANON},   {"of files", PROC_RSS_FILE},
		{"shared", PROC_RSS_SHMEM},     {"address space", PROC_VIRT},
		{"most resident", PROC_PEAK_RES}, {"locked", PROC_LOCKED},
		{"page tables", PROC_PAGE_TABLES}, {"huge pages", PROC_HUGE},
	};
	static const struct column columns[] = {
		{"RES", MAPS_RESIDENT, 6, false},     {"PSS", MAPS_PROPORTIONAL, 6, false},
		{"PRIV", MAPS_PRIVATE, 6, false},     {"SWAP", MAPS_SWAP, 6, false},
		{"KIND", MAPS_KIND, 9, true},         {"NAME", MAPS_NAME, 0, true},
	};
	static const struct sort_key order[] = {{MAPS_RESIDENT, true}, {MAPS_SIZE, true}};
	const struct table *t = frame_table(p->f, TABLE_MAPS);
	struct sorter *sorter = NULL;
	uint32_t *row;
	size_t n = 0;
	int y;

	page_facts(p, facts, ARRAY_LEN(facts));
	page_blank(p);
	if (!page_has(p, TABLE_MAPS))
		return;
	put_kinds(p);
	page_blank(p);
	put_head(p, columns, ARRAY_LEN(columns));
	row = xcalloc(t->nrows, sizeof *row);
	for (uint32_t i = 0; i < t->nrows; i++)
		if (page_is_row(p, TABLE_MAPS, i))
			row[n++] = i;
	rows_sort(&sorter, t, order, ARRAY_LEN(order), row, n);
	for (size_t i = 0; i < n; i++)
		if (page_line(p, &y))
			put_row(p, TABLE_MAPS, columns, ARRAY_LEN(columns), row[i], y);
	sorter_free(sorter);
	free(row);
}

/* ---- files and sockets ---- */

static void
put_target(struct page *p, const struct table *t, uint32_t row, int x, int y)
{
	const char *remote = cell_str(t, row, FD_REMOTE), *state = cell_str(t, row, FD_STATE);
	int end = p->r.x + p->r.w;
	uint64_t deleted, in = 0, out = 0;

	if (!*cell_str(t, row, FD_PROTOCOL)) {
		enum style style = cell_u64(t, row, FD_DELETED, &deleted) && deleted ? STYLE_WARN
										     : STYLE_TEXT;

		text_puts(p->g, x, y, end - x, style, cell_str(t, row, FD_TARGET));
		return;
	}
	x += 1 + text_puts(p->g, x, y, end - x, STYLE_DIM, cell_str(t, row, FD_PROTOCOL));
	if (*cell_str(t, row, FD_LOCAL))
		x += 1 + text_puts(p->g, x, y, end - x, STYLE_TEXT, cell_str(t, row, FD_LOCAL));
	if (*remote) {
		x += 1 + text_puts(p->g, x, y, end - x, STYLE_DIM,
				   p->glyphs == GLYPHS_ASCII ? "->" : "\342\206\222");
		x += 1 + text_puts(p->g, x, y, end - x, STYLE_TEXT, remote);
	}
	x += 1 + text_puts(p->g, x, y, end - x,
			   strcmp(state, "listen") == 0 ? STYLE_GOOD : STYLE_DIM, state);
	(void)cell_u64(t, row, FD_RECEIVE_QUEUE, &in);
	(void)cell_u64(t, row, FD_SEND_QUEUE, &out);
	if (in | out)
		text_printf(p->g, x, y, end - x, STYLE_WARN, "queued in %llu out %llu",
			    (unsigned long long)in, (unsigned long long)out);
}

static void
files_summary(struct page *p)
{
	const struct table *t = frame_table(p->f, TABLE_FD);
	double limit = page_number(p, PROC_FD_LIMIT);
	unsigned n = 0, sockets = 0, gone = 0;
	char text[128];
	uint64_t deleted;
	int len;

	for (uint32_t i = 0; i < t->nrows; i++) {
		if (!page_is_row(p, TABLE_FD, i))
			continue;
		n++;
		sockets += strcmp(cell_str(t, i, FD_KIND), "socket") == 0;
		gone += cell_u64(t, i, FD_DELETED, &deleted) && deleted;
	}
	len = snprintf(text, sizeof text, "%u open", n);
	if (limit > 0)
		len += snprintf(text + len, sizeof text - (size_t)len, " of %.0f", limit);
	if (page_number(p, PROC_FDS) > n)
		len += snprintf(text + len, sizeof text - (size_t)len, ", and %.0f more",
				page_number(p, PROC_FDS) - n);
	len += snprintf(text + len, sizeof text - (size_t)len, ", %u socket%s", sockets,
			sockets == 1 ? "" : "s");
	if (gone)
		snprintf(text + len, sizeof text - (size_t)len, ", %u deleted", gone);
	page_note(p, STYLE_TEXT, text);
}

void
tab_files(struct page *p)
{
	static const struct column columns[] = {
		{"FD", FD_NUMBER, 4, false},     {"KIND", FD_KIND, 9, true},
		{"MODE", FD_MODE, 4, true},      {"POS", FD_POSITION, 5, false},
		{"SIZE", FD_FILE_SIZE, 5, false},
	};
	const struct table *t = frame_table(p->f, TABLE_FD);
	int y, x = p->r.x + 33, error = p->f->source[SRC_DETAIL_SOCKETS].error;

	if (!page_has(p, TABLE_FD))
		return;
	files_summary(p);
	if (error && !p->past)
		page_note(p, STYLE_WARN, source_why(SRC_DETAIL_SOCKETS, error));
	if (page_line(p, &y)) {
		struct page head = *p;

		head.n--;
		head.r.w = MIN(p->r.w, 32);
		put_head(&head, columns, ARRAY_LEN(columns));
		text_puts(p->g, x, y, p->r.x + p->r.w - x, STYLE_DIM, "WHAT");
	}
	for (uint32_t i = 0; i < t->nrows; i++) {
		struct page cells = *p;
		bool socket;

		if (!page_is_row(p, TABLE_FD, i) || !page_line(p, &y))
			continue;
		cells.r.w = MIN(p->r.w, 32);
		/* A socket has neither position nor size, and much to say. */
		socket = *cell_str(t, i, FD_PROTOCOL);
		put_row(&cells, TABLE_FD, columns, socket ? 3 : ARRAY_LEN(columns), i, y);
		put_target(p, t, i, socket ? p->r.x + 20 : x, y);
	}
}

/* ---- environment ---- */

void
tab_env(struct page *p)
{
	const struct table *t = frame_table(p->f, TABLE_ENV);
	int y, w = 4, room = MIN(p->r.w / 3, 32);

	if (!page_has(p, TABLE_ENV))
		return;
	for (uint32_t i = 0; i < t->nrows; i++) {
		const char *name = cell_str(t, i, ENV_NAME);

		w = MAX(w, MIN(text_width(name, strnlen(name, 128)), room));
	}
	if (!p->d->values)
		page_note(p, STYLE_WARN, "values may be secrets: e shows them");
	for (uint32_t i = 0; i < t->nrows; i++) {
		const char *value = cell_str(t, i, ENV_VALUE);

		if (!page_is_row(p, TABLE_ENV, i) || !page_line(p, &y))
			continue;
		text_puts(p->g, p->r.x, y, w, STYLE_ACCENT, cell_str(t, i, ENV_NAME));
		text_puts(p->g, p->r.x + w + 1, y, p->r.w - w - 1,
			  p->d->values ? STYLE_TEXT : STYLE_DIM,
			  !p->d->values ? "*****" : value);
	}
}

/* ---- limits ---- */

/* A number of the unit that stands beside it. */
static void
put_unit(struct page *p, double v, const char *unit, bool unlimited, int x, int y, int w)
{
	char text[FORMAT_MAX] = "-";

	if (unlimited)
		snprintf(text, sizeof text, "none");
	else if (isnan(v))
		;
	else if (strcmp(unit, "bytes") == 0)
		format_bytes(text, v, 7);
	else if (strcmp(unit, "seconds") == 0)
		format_span(text, (uint64_t)(v * 1e9), 9);
	else if (strcmp(unit, "percent") == 0)
		format_percent(text, v / 100, 6);
	else if (v < 1e15 && v == (double)(int64_t)v)
		format_whole(text, (int64_t)v);
	else
		snprintf(text, sizeof text, "%.2f", v);
	text_right(p->g, x, y, w, unlimited || isnan(v) ? STYLE_DIM : STYLE_TEXT, text);
}

static double
number(const struct table *t, uint32_t row, unsigned field)
{
	double v;

	return cell_number(t, row, field, &v) ? v : NAN;
}

static void
put_ratio(struct page *p, double ratio, int x, int y)
{
	enum style style = ratio >= 0.9 ? STYLE_BAD : ratio >= 0.7 ? STYLE_WARN : STYLE_TEXT;
	struct part part = {MIN(ratio, 1.0), style};
	char text[FORMAT_MAX];

	if (isnan(ratio))
		return;
	format_percent(text, ratio, 5);
	text_right(p->g, x, y, 5, style, text);
	text_puts(p->g, x + 5, y, 1, STYLE_DIM, "%");
	if (p->r.x + p->r.w - x > 12)
		chart_bar(p->g, p->glyphs, x + 7, y, MIN(p->r.x + p->r.w - x - 7, 20), &part, 1);
}

void
tab_limits(struct page *p)
{
	const struct table *t = frame_table(p->f, TABLE_LIMIT);
	int y;

	if (!page_has(p, TABLE_LIMIT))
		return;
	if (page_line(p, &y))
		text_puts(p->g, p->r.x, y, p->r.w, STYLE_DIM,
			  "LIMIT                  USED      SOFT      HARD UNIT        USE%");
	for (uint32_t i = 0; i < t->nrows; i++) {
		const char *unit = cell_str(t, i, LIMIT_UNIT);
		double soft = number(t, i, LIMIT_SOFT), hard = number(t, i, LIMIT_HARD);

		if (!page_is_row(p, TABLE_LIMIT, i) || !page_line(p, &y))
			continue;
		text_puts(p->g, p->r.x, y, 17, STYLE_TEXT, cell_str(t, i, LIMIT_NAME));
		put_unit(p, number(t, i, LIMIT_USED), unit, false, p->r.x + 18, y, 9);
		put_unit(p, soft, unit, isnan(soft), p->r.x + 28, y, 9);
		put_unit(p, hard, unit, isnan(hard), p->r.x + 38, y, 9);
		text_puts(p->g, p->r.x + 48, y, MIN(9, MAX(p->r.w - 48, 0)), STYLE_DIM, unit);
		if (p->r.w >= 64)
			put_ratio(p, number(t, i, LIMIT_RATIO), p->r.x + 58, y);
	}
}

/* ---- cgroup ---- */

void
tab_cgroup(struct page *p)
{
	const struct table *t = frame_table(p->f, TABLE_CGLIMIT), *proc;
	const char *before = "";
	int y;

	proc = frame_table(p->f, TABLE_PROC);
	page_text(p, "unit", cell_str(proc, p->row, PROC_UNIT));
	page_text(p, "slice", cell_str(proc, p->row, PROC_SLICE));
	page_text(p, "container", cell_str(proc, p->row, PROC_CONTAINER));
	page_text(p, "cgroup", cell_str(proc, p->row, PROC_CGROUP));
	page_blank(p);
	if (!page_has(p, TABLE_CGLIMIT))
		return;
	for (uint32_t i = 0; i < t->nrows; i++) {
		const char *unit = cell_str(t, i, CGLIMIT_UNIT), *path;
		double limit = number(t, i, CGLIMIT_LIMIT);
		uint64_t unlimited = 0;

		if (!page_is_row(p, TABLE_CGLIMIT, i))
			continue;
		path = cell_str(t, i, CGLIMIT_CGROUP);
		if (strcmp(path, before) != 0) {
			page_note(p, STYLE_STRONG, path);
			before = path;
		}
		if (!page_line(p, &y))
			continue;
		(void)cell_u64(t, i, CGLIMIT_UNLIMITED, &unlimited);
		text_puts(p->g, p->r.x + 1, y, 22, STYLE_DIM, cell_str(t, i, CGLIMIT_NAME));
		put_unit(p, number(t, i, CGLIMIT_USED), unit, false, p->r.x + 24, y, 9);
		if (unlimited || !isnan(limit)) {
			text_puts(p->g, p->r.x + 34, y, 2, STYLE_DIM, "of");
			put_unit(p, limit, unit, unlimited, p->r.x + 37, y, 9);
		}
		text_puts(p->g, p->r.x + 47, y, MIN(9, MAX(p->r.w - 47, 0)), STYLE_DIM, unit);
		if (p->r.w >= 64)
			put_ratio(p, number(t, i, CGLIMIT_RATIO), p->r.x + 57, y);
	}
}

void
tab_ns(struct page *p)
{
	static const struct column columns[] = {
		{"KIND", NSPACE_KIND, 18, true},
		{"NUMBER", NSPACE_NUMBER, 10, false},
		{"AS SONDE", NSPACE_OWN, 8, true},
		{"AS PROCESS 1", NSPACE_INIT, 12, true},
	};

	if (page_has(p, TABLE_NSPACE))
		put_rows(p, TABLE_NSPACE, columns, ARRAY_LEN(columns));
}

/* ---- threads and stacks ---- */

static bool
is_thread(const struct page *p, const struct table *t, uint32_t row)
{
	uint64_t tgid, pid;

	if (!cell_u64(t, row, PROC_TGID, &tgid) || !cell_u64(t, row, PROC_PID, &pid))
		return false;
	return tgid == p->pid || pid == p->pid;
}

void
tab_threads(struct page *p)
{
	static const struct column columns[] = {
		{"TID", PROC_PID, 7, false},       {"S", PROC_STATE, 1, true},
		{"CPU%", PROC_CPU_RATIO, 6, false}, {"TIME", PROC_CPU, 9, false},
		{"ON", PROC_LAST_CPU, 3, false},   {"GAVE/s", PROC_VCTX_RATE, 7, false},
		{"NI", PROC_NICE, 3, false},       {"NAME", PROC_NAME, 0, true},
	};
	static const struct sort_key order[] = {{PROC_CPU_RATIO, true}, {PROC_PID, false}};
	const struct table *t = frame_table(p->f, TABLE_PROC);
	uint32_t *row = xcalloc(t->nrows + 1, sizeof *row);
	struct sorter *sorter = NULL;
	size_t n = 0;
	int y;

	for (uint32_t i = 0; i < t->nrows; i++)
		if (is_thread(p, t, i))
			row[n++] = i;
	rows_sort(&sorter, t, order, ARRAY_LEN(order), row, n);
	if (!p->f->meta.threads)
		page_note(p, STYLE_DIM, p->past ? "not recorded at that time" : "being read");
	else
		put_head(p, columns, ARRAY_LEN(columns));
	/* The process's own row is all of them together. */
	for (int own = 1; own >= 0 && p->f->meta.threads; own--)
		for (size_t i = 0; i < n; i++)
			if ((t->key[row[i]].a == p->pid) == own && page_line(p, &y))
				put_row(p, TABLE_PROC, columns, ARRAY_LEN(columns), row[i], y);
	sorter_free(sorter);
	free(row);
}

void
tab_stack(struct page *p)
{
	const struct table *t = frame_table(p->f, TABLE_STACK);
	uint64_t before = 0, tid;
	int y, error = p->f->source[SRC_DETAIL_STACK].error;

	page_text(p, "waits in", cell_str(frame_table(p->f, TABLE_PROC), p->row, PROC_WCHAN));
	page_blank(p);
	if (!page_has(p, TABLE_STACK))
		return;
	if (error && !p->past) {
		page_note(p, STYLE_WARN, source_why(SRC_DETAIL_STACK, error));
		page_note(p, STYLE_DIM, "what its threads wait in:");
	}
	for (uint32_t i = 0; i < t->nrows; i++) {
		if (!page_is_row(p, TABLE_STACK, i) || !cell_u64(t, i, STACK_TID, &tid))
			continue;
		if (tid != before && page_line(p, &y))
			text_printf(p->g, p->r.x, y, p->r.w, STYLE_STRONG, "thread %llu",
				    (unsigned long long)tid);
		before = tid;
		if (page_line(p, &y))
			text_puts(p->g, p->r.x + 2, y, p->r.w - 2, STYLE_TEXT,
				  cell_str(t, i, STACK_FUNCTION));
	}
}
