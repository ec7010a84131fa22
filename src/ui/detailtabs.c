/* detailtabs: the tabs of the details that are made of the process's own row. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "draw/text.h"
#include "schema/format.h"
#include "ui/decode.h"
#include "ui/details.h"

const uint8_t detail_fields_always[] = {
	PROC_PID, PROC_TGID, PROC_PPID, PROC_PGRP, PROC_SESSION, PROC_TTY, PROC_USER, PROC_RUID,
	PROC_NAME, PROC_COMMAND, PROC_EXE, PROC_REPLACED, PROC_CWD, PROC_ROOT, PROC_AGE,
	PROC_START, PROC_STATE, PROC_WCHAN, PROC_PRIORITY, PROC_NICE, PROC_POLICY, PROC_THREADS,
	PROC_CPU_RATIO, PROC_CPU, PROC_RES, PROC_MEM_SHARE, PROC_VIRT, PROC_SWAP, PROC_READ_RATE,
	PROC_WRITE_RATE, PROC_READ, PROC_WRITE, PROC_FDS, PROC_FD_LIMIT, PROC_UNIT,
	PROC_CONTAINER, PROC_CGROUP, PROC_OOM_SCORE, PROC_KTHREAD, PROC_THREAD, PROC_TRACER,
	PROC_FIELDS,
};
const uint8_t detail_fields_cpu[] = {
	PROC_USER_RATIO, PROC_SYSTEM_RATIO, PROC_RUN_WAIT_RATIO, PROC_BLKIO_RATIO,
	PROC_USER_TIME, PROC_SYSTEM_TIME, PROC_RUN_WAIT, PROC_BLKIO_DELAY, PROC_CHILD_TIME,
	PROC_GUEST_TIME, PROC_RTPRIO, PROC_LAST_CPU, PROC_CPUS_ALLOWED, PROC_AUTOGROUP,
	PROC_AUTOGROUP_NICE, PROC_VCTX, PROC_NVCTX, PROC_VCTX_RATE, PROC_NVCTX_RATE,
	PROC_SLICES_RATE, PROC_MINFLT_RATE, PROC_MAJFLT_RATE, PROC_FIELDS,
};
const uint8_t detail_fields_security[] = {
	PROC_UID, PROC_GID, PROC_SUID, PROC_GROUPS, PROC_CAPS, PROC_CAPS_PERMITTED,
	PROC_CAPS_BOUNDING, PROC_CAPS_AMBIENT, PROC_SECCOMP, PROC_SECCOMP_FILTERS, PROC_NOPRIVS,
	PROC_SECURITY_LABEL, PROC_LOGIN_UID, PROC_AUDIT_SESSION, PROC_SIG_PENDING,
	PROC_SIG_BLOCKED, PROC_SIG_IGNORED, PROC_SIG_CAUGHT, PROC_FIELDS,
};

static const char *
state_word(const char *state)
{
	static const struct {
		char state;
		const char *word;
	} words[] = {
		{'R', "R running"},
		{'S', "S sleeping"},
		{'D', "D waits, cannot be interrupted"},
		{'Z', "Z ended, its parent has not noticed"},
		{'T', "T stopped by a signal"},
		{'t', "t stopped by a tracer"},
		{'I', "I idle"},
		{'X', "X dead"},
	};

	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (*state == words[i].state)
			return words[i].word;
	return state;
}

static const char *
text_of(const struct page *p, unsigned field)
{
	return cell_str(frame_table(p->f, TABLE_PROC), p->row, field);
}

enum { GRAPH_X = 17 };

/* What it is now and the most of what is shown, beside the graph. */
static void
graph(struct page *p, enum detail_series s, const char *name, unsigned field, enum style style,
      double least, int height)
{
	double sample[2048], max;
	int n = MIN(chart_samples(p->glyphs, p->r.w - GRAPH_X), (int)ARRAY_LEN(sample)), y;
	char value[64], most[FORMAT_MAX];

	max = detail_history_samples(p->d->history, s, sample, n);
	page_value(p, TABLE_PROC, p->row, field, value);
	format_amount(most, (enum field_unit)schema[TABLE_PROC].field[field].unit, max, 8, false);
	for (int i = 0; i < height; i++) {
		if (!page_line(p, &y))
			continue;
		if (i == 0) {
			text_puts(p->g, p->r.x, y, 7, STYLE_DIM, name);
			text_right(p->g, p->r.x + 8, y, 8, STYLE_TEXT, value);
		}
		if (i == 1) {
			text_puts(p->g, p->r.x, y, 7, STYLE_DIM, "most");
			text_right(p->g, p->r.x + 8, y, 8, STYLE_DIM, most);
		}
		if (i == height - 1) {
			struct rect r = {p->r.x + GRAPH_X, y - height + 1, p->r.w - GRAPH_X,
					 height};

			/* All of it, or nothing: half a graph says something else. */
			if (r.y >= p->r.y)
				chart_graph(p->g, p->glyphs, r, sample, n, MAX(max, least), style);
		}
	}
}

static void
graphs(struct page *p)
{
	int left = p->r.h - p->n - 1, height = CLAMP(left / 4, 1, 4);

	page_blank(p);
	graph(p, DETAIL_CPU, "cpu", PROC_CPU_RATIO, STYLE_USER, 0.1, height);
	graph(p, DETAIL_RES, "memory", PROC_RES, STYLE_MEM_USED, 1 << 20, height);
	graph(p, DETAIL_READ, "read", PROC_READ_RATE, STYLE_READ, 4096, height);
	graph(p, DETAIL_WRITE, "written", PROC_WRITE_RATE, STYLE_WRITE, 4096, height);
}

void
tab_summary(struct page *p)
{
	static const struct fact facts[] = {
		{"parent", PROC_PPID},         {"group", PROC_PGRP},
		{"session", PROC_SESSION},     {"terminal", PROC_TTY},
		{"started", PROC_START},       {"age", PROC_AGE},
		{"priority", PROC_PRIORITY},   {"nice", PROC_NICE},
		{"threads", PROC_THREADS},     {"cpu", PROC_CPU_RATIO},
		{"cpu time", PROC_CPU},        {"waits in", PROC_WCHAN},
		{"resident", PROC_RES},        {"of memory", PROC_MEM_SHARE},
		{"swapped", PROC_SWAP},        {"address space", PROC_VIRT},
		{"read", PROC_READ},           {"written", PROC_WRITE},
		{"open files", PROC_FDS},      {"at most", PROC_FD_LIMIT},
		{"oom score", PROC_OOM_SCORE}, {"traced by", PROC_TRACER},
	};
	double replaced = page_number(p, PROC_REPLACED);

	page_text(p, "state", state_word(text_of(p, PROC_STATE)));
	if (*text_of(p, PROC_EXE))
		page_text(p, "program", text_of(p, PROC_EXE));
	if (replaced > 0)
		page_text(p, "", "its file was replaced or removed since it began");
	if (*text_of(p, PROC_UNIT))
		page_text(p, "unit", text_of(p, PROC_UNIT));
	if (*text_of(p, PROC_CONTAINER))
		page_text(p, "container", text_of(p, PROC_CONTAINER));
	page_facts(p, facts, ARRAY_LEN(facts));
	graphs(p);
}

/* ---- CPU and waiting ---- */

/* A share of one CPU, or of the time of one thread, as a number, a bar and what it comes to. */
static void
share(struct page *p, const char *name, unsigned ratio, unsigned total, enum style style)
{
	double v = page_number(p, ratio), cpus = MAX(page_number(p, PROC_CPU_RATIO), 1.0);
	struct part part = {isnan(v) ? 0 : v / (isnan(cpus) ? 1 : cpus), style};
	int y, x = p->r.x, w = p->r.w - 42;
	char text[64];

	if (!page_line(p, &y))
		return;
	text_puts(p->g, x, y, 21, STYLE_DIM, name);
	page_value(p, TABLE_PROC, p->row, ratio, text);
	text_right(p->g, x + 21, y, 8, isnan(v) ? STYLE_DIM : STYLE_TEXT, text);
	page_value(p, TABLE_PROC, p->row, total, text);
	text_right(p->g, x + 30, y, 10, STYLE_TEXT, text);
	if (w > 4 && !isnan(v))
		chart_bar(p->g, p->glyphs, x + 42, y, w, &part, 1);
}

void
tab_cpu(struct page *p)
{
	static const struct fact facts[] = {
		{"policy", PROC_POLICY},         {"priority", PROC_PRIORITY},
		{"nice", PROC_NICE},             {"real-time prio", PROC_RTPRIO},
		{"autogroup", PROC_AUTOGROUP},   {"autogroup nice", PROC_AUTOGROUP_NICE},
		{"last cpu", PROC_LAST_CPU},     {"allowed cpus", PROC_CPUS_ALLOWED},
		{"threads", PROC_THREADS},       {"of children", PROC_CHILD_TIME},
		{"of guests", PROC_GUEST_TIME},  {"slices", PROC_SLICES_RATE},
		{"gave way", PROC_VCTX_RATE},    {"was made to", PROC_NVCTX_RATE},
		{"minor faults", PROC_MINFLT_RATE}, {"major faults", PROC_MAJFLT_RATE},
	};
	double threads = page_number(p, PROC_THREADS), disk = page_number(p, PROC_BLKIO_DELAY);
	int y;

	if (page_line(p, &y))
		text_puts(p->g, p->r.x, y, p->r.w, STYLE_DIM,
			  "share of one CPU          now      in all");
	share(p, "user", PROC_USER_RATIO, PROC_USER_TIME, STYLE_USER);
	share(p, "system", PROC_SYSTEM_RATIO, PROC_SYSTEM_TIME, STYLE_SYSTEM);
	share(p, threads > 1 ? "waits for a CPU (1)" : "waits for a CPU", PROC_RUN_WAIT_RATIO,
	      PROC_RUN_WAIT, STYLE_STEAL);
	share(p, "waits for disks", PROC_BLKIO_RATIO, PROC_BLKIO_DELAY, STYLE_IOWAIT);
	if (threads > 1)
		page_note(p, STYLE_DIM, "(1) of the main thread only; the threads tab has all");
	if (disk == 0)
		page_note(p, STYLE_DIM,
			  "waiting for disks is 0 where kernel.task_delayacct is off");
	page_blank(p);
	page_text(p, "state", state_word(text_of(p, PROC_STATE)));
	page_text(p, "waits in", text_of(p, PROC_WCHAN));
	page_facts(p, facts, ARRAY_LEN(facts));
	page_blank(p);
	graph(p, DETAIL_CPU, "cpu", PROC_CPU_RATIO, STYLE_USER, 0.1,
	      CLAMP(p->r.h - p->n, 1, 6));
}

/* ---- security ---- */

static void
decoded(struct page *p, const char *name, unsigned field,
	bool (*decode)(const char *, struct buf *))
{
	const char *hex = text_of(p, field);
	struct buf b = {0};

	page_text(p, name, *hex && decode(hex, &b) ? b.data : hex);
	buf_release(&b);
}

void
tab_security(struct page *p)
{
	static const struct fact facts[] = {
		{"user", PROC_USER},           {"effective uid", PROC_UID},
		{"real uid", PROC_RUID},       {"saved uid", PROC_SUID},
		{"login uid", PROC_LOGIN_UID}, {"audit session", PROC_AUDIT_SESSION},
		{"effective gid", PROC_GID},   {"no new privs", PROC_NOPRIVS},
		{"seccomp filters", PROC_SECCOMP_FILTERS}, {"traced by", PROC_TRACER},
	};
	static const char *const modes[] = {"off", "strict", "filter"};
	double mode = page_number(p, PROC_SECCOMP);

	page_facts(p, facts, ARRAY_LEN(facts));
	page_text(p, "seccomp", mode >= 0 && mode < 3 ? modes[(int)mode] : "");
	page_text(p, "label", text_of(p, PROC_SECURITY_LABEL));
	page_text(p, "groups", text_of(p, PROC_GROUPS));
	page_blank(p);
	page_note(p, STYLE_STRONG, "capabilities");
	decoded(p, "effective", PROC_CAPS, decode_capabilities);
	decoded(p, "permitted", PROC_CAPS_PERMITTED, decode_capabilities);
	decoded(p, "ambient", PROC_CAPS_AMBIENT, decode_capabilities);
	decoded(p, "bounding", PROC_CAPS_BOUNDING, decode_capabilities);
	page_blank(p);
	page_note(p, STYLE_STRONG, "signals");
	decoded(p, "pending", PROC_SIG_PENDING, decode_signals);
	decoded(p, "blocked", PROC_SIG_BLOCKED, decode_signals);
	decoded(p, "ignored", PROC_SIG_IGNORED, decode_signals);
	decoded(p, "caught", PROC_SIG_CAUGHT, decode_signals);
}

void
tab_command(struct page *p)
{
	page_text(p, "name", text_of(p, PROC_NAME));
	page_text(p, "program", text_of(p, PROC_EXE));
	page_text(p, "directory", text_of(p, PROC_CWD));
	page_text(p, "root", text_of(p, PROC_ROOT));
	page_blank(p);
	page_note(p, *text_of(p, PROC_COMMAND) ? STYLE_TEXT : STYLE_DIM,
		  *text_of(p, PROC_COMMAND) ? text_of(p, PROC_COMMAND) : "no command line");
}
