#include "ui/preview.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "act/listen.h"
#include "base/mem.h"
#include "draw/text.h"

enum { ANCESTORS_MAX = 64 };

void
preview_say(struct preview *p, enum style style, const char *fmt, ...)
{
	va_list ap;

	if (p->n == PREVIEW_LINES)
		return;
	p->line[p->n].style = style;
	va_start(ap, fmt);
	vsnprintf(p->line[p->n].text, sizeof p->line->text, fmt, ap);
	va_end(ap);
	p->n++;
}

static uint32_t
row_of(const struct targets *ts, const struct table *t, size_t i)
{
	const struct target *h = &ts->held[i].target;

	return table_find(t, (struct row_key){(uint64_t)h->pid, h->start_ticks});
}

/* " a, b, c", as many as fit, then "..." */
static void
append_name(char *list, size_t size, const char *name)
{
	size_t n = strlen(list);

	if (n + strlen(name) + 6 < size)
		snprintf(list + n, size - n, "%s%s", n ? ", " : "", name);
	else if (n && list[n - 1] != '.')
		snprintf(list + n, size - n, ", ...");
}

/* What is a number a person knows a process by: "3310 java". */
static void
say_who(struct preview *p, const struct targets *ts, const struct table *t)
{
	char list[120] = "";
	uint32_t row = ts->n ? row_of(ts, t, 0) : ROW_NONE;

	if (ts->n == 1) {
		const char *command = row == ROW_NONE ? "" : cell_str(t, row, PROC_COMMAND);

		preview_say(p, STYLE_TEXT, "%s", *command ? command : ts->held[0].name);
		return;
	}
	for (size_t i = 0; i < ts->n && i < 64; i++) {
		char one[48];

		snprintf(one, sizeof one, "%d %s", (int)ts->held[i].target.pid, ts->held[i].name);
		append_name(list, sizeof list, one);
	}
	preview_say(p, STYLE_TEXT, "%s", list);
}

static bool
is_target(const struct targets *ts, uint64_t pid)
{
	for (size_t i = 0; i < ts->n; i++)
		if ((uint64_t)ts->held[i].target.pid == pid)
			return true;
	return false;
}

/* Children that would stay behind. */
static void
say_children(struct preview *p, const struct targets *ts, const struct table *t)
{
	char list[100] = "";
	size_t n = 0;

	if (ts->n > 256)
		return;
	for (uint32_t i = 0; i < t->nrows; i++) {
		uint64_t ppid, thread = 0;

		(void)cell_u64(t, i, PROC_THREAD, &thread);
		if (thread || !cell_u64(t, i, PROC_PPID, &ppid) || !is_target(ts, ppid) ||
		    is_target(ts, t->key[i].a))
			continue;
		append_name(list, sizeof list, cell_str(t, i, PROC_NAME));
		n++;
	}
	if (n)
		preview_say(p, STYLE_TEXT, "%zu %s: %s", n,
			    n == 1 ? "child stays" : "children stay", list);
}

/* The last part of a cgroup's path that is a unit of systemd's. */
static bool
find_unit(const char *path, char *out, size_t size)
{
	static const char *const kinds[] = {".service", ".scope", ".socket", ".mount", ".swap"};
	bool found = false;

	while (*path) {
		size_t n = strcspn(path, "/");

		for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
			size_t k = strlen(kinds[i]);

			if (n > k && n < size && memcmp(path + n - k, kinds[i], k) == 0) {
				snprintf(out, size, "%.*s", (int)n, path);
				found = true;
			}
		}
		path += n + (path[n] == '/');
	}
	return found;
}

static void
say_unit(struct preview *p, const struct targets *ts, const struct table *t)
{
	uint32_t row = ts->n ? row_of(ts, t, 0) : ROW_NONE;
	const char *path = row == ROW_NONE ? "" : cell_str(t, row, PROC_CGROUP);
	char unit[128];

	p->partial = row != ROW_NONE && !cell_valid(t, row, PROC_CGROUP);
	if (find_unit(path, unit, sizeof unit))
		preview_say(p, STYLE_TEXT, "unit %s", unit);
	else if (*path && path[1])
		preview_say(p, STYLE_TEXT, "cgroup %s", path);
}

static void
say_state(struct preview *p, const struct targets *ts, const struct table *t)
{
	uint32_t row = ts->n ? row_of(ts, t, 0) : ROW_NONE;
	uint64_t kthread = 0, ppid = 0;
	const char *state;

	if (row == ROW_NONE || ts->n > 1)
		return;
	state = cell_str(t, row, PROC_STATE);
	(void)cell_u64(t, row, PROC_KTHREAD, &kthread);
	(void)cell_u64(t, row, PROC_PPID, &ppid);
	if (kthread)
		preview_say(p, STYLE_WARN, "a thread of the kernel: takes no signals");
	else if (*state == 'Z')
		preview_say(p, STYLE_WARN,
			    "a zombie: it has ended; its parent %llu must collect it",
			    (unsigned long long)ppid);
	else if (*state == 'D')
		preview_say(p, STYLE_WARN, "it waits in the kernel (D): signals act when it wakes");
	else if (*state == 'T')
		preview_say(p, STYLE_WARN, "it is stopped: most signals act when it goes on");
}

/* Process 1, sonde itself, and those above it: the shell, the terminal, the session's sshd. */
static void
say_danger(struct preview *p, const struct targets *ts, const struct table *t, pid_t self)
{
	struct family fam = {0};
	uint64_t pid = (uint64_t)self;

	if (is_target(ts, 1)) {
		preview_say(p, STYLE_BAD, "! process 1: without it all of this system ends");
		p->danger = true;
	}
	if (self <= 0)
		return;
	if (is_target(ts, pid)) {
		preview_say(p, STYLE_BAD, "! %d is sonde itself", (int)self);
		p->danger = true;
	}
	family_build(&fam, t);
	for (int i = 0; i < ANCESTORS_MAX; i++) {
		uint32_t row = family_row(&fam, pid);
		const char *name;

		if (row == ROW_NONE || !cell_u64(t, row, PROC_PPID, &pid) || pid <= 1)
			break;
		row = family_row(&fam, pid);
		if (row == ROW_NONE || !is_target(ts, pid))
			continue;
		name = cell_str(t, row, PROC_NAME);
		preview_say(p, STYLE_BAD, "! sonde runs below %llu %s%s", (unsigned long long)pid,
			    name,
			    strncmp(name, "sshd", 4) == 0 || strcmp(name, "login") == 0
				    ? ": this session ends"
				    : "");
		p->danger = true;
	}
	family_release(&fam);
}

static void
say_listeners(struct preview *p, const struct targets *ts, const struct root *root)
{
	char list[100];

	if (root && ts->n == 1 && listen_ports(&ts->held[0].target, root, list, sizeof list) > 0)
		preview_say(p, STYLE_TEXT, "listens on %s", list);
}

void
preview_make(struct preview *p, const struct targets *ts, const struct frame *f,
	     const struct root *root, pid_t self)
{
	const struct table *t = frame_table(f, TABLE_PROC);

	p->n = 0;
	p->danger = p->partial = false;
	say_who(p, ts, t);
	say_danger(p, ts, t, self);
	say_state(p, ts, t);
	say_unit(p, ts, t);
	say_listeners(p, ts, root);
	say_children(p, ts, t);
	if (ts->missed)
		preview_say(p, STYLE_WARN, "%zu had ended or cannot be meant", ts->missed);
}

/* How many bytes fit into w columns, up to a blank if there is one; all that are left when they do.
 */
static size_t
fitting(const char *text, int w)
{
	size_t n = strlen(text), blank = 0;

	if (text_width(text, n) <= w)
		return n;
	for (n = 0; text[n] && text_width(text, n + 1) <= w; n++)
		if (text[n] == ' ')
			blank = n + 1;
	if (blank)
		return blank;
	while (n > 1 && ((unsigned char)text[n] & 0xc0) == 0x80) /* no half characters */
		n--;
	return MAX(n, 1u);
}

/* Long lines go on in the next, indented; three at most. */
void
preview_draw(const struct preview *p, struct grid *g, struct rect r)
{
	int y = r.y;

	for (size_t i = 0; i < p->n; i++) {
		const char *text = p->line[i].text;

		for (int k = 0; *text && k < 3 && y < r.y + r.h; k++, y++) {
			int in = k ? 2 : 0;
			size_t n = k == 2 ? strlen(text) : fitting(text, r.w - in);

			if (r.w <= in)
				return;
			text_put(g, r.x + in, y, r.w - in, p->line[i].style, text, n);
			text += n;
		}
	}
}
