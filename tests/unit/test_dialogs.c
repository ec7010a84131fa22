/* The dialogs that do things to processes, driven by keys and frames, on children of our own in frames made
 * by hand: who is meant, what is asked twice, what is said, and that nothing happens where it may not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "draw/print.h"
#include "sink_frame.h"
#include "ui/osc52.h"
#include "ui/state.h"
#include "child.h"

enum { SHELL, FIRST, SECOND, THIRD, STUBBORN, CHILDREN, SELF_PID = 4194000 };
#define WALL_0 (INT64_C(1730642700) * NS_PER_S) /* 2024-11-03 14:05:00 UTC */

static struct root root;
static struct screen *screen;
static struct grid grid;
static struct buf text, picked;
static int64_t now_ns;
static bool lacking; /* columns that nobody asked for yet */
static struct child {
	pid_t pid;
	uint64_t start;
	const char *name, *cgroup;
	int parent; /* index, -1: process 1 */
	uint64_t group;
} child[CHILDREN];

static pid_t
spawn(bool stubborn)
{
	int ready[2];
	char c;
	pid_t pid;

	assert_int_equal(pipe(ready), 0);
	pid = fork();
	assert_int_not_equal(pid, -1);
	if (pid == 0) {
		if (stubborn)
			(void)signal(SIGTERM, SIG_IGN);
		alarm(60);
		(void)close(ready[0]);
		(void)close(ready[1]);
		for (;;)
			pause();
	}
	(void)close(ready[1]);
	assert_int_equal(read(ready[0], &c, 1), 0);
	(void)close(ready[0]);
	return pid;
}

static void
add_row(struct frame *f, uint64_t pid, uint64_t start, uint64_t ppid, const char *name,
	uint64_t group, const char *cgroup)
{
	struct row r = table_add_row(&f->table[TABLE_PROC], (struct row_key){pid, start});

	row_u64(r, PROC_PID, pid);
	row_u64(r, PROC_TGID, pid);
	row_u64(r, PROC_PPID, ppid);
	row_u64(r, PROC_PGRP, group);
	row_u64(r, PROC_SESSION, group);
	row_str(r, PROC_STATE, "S");
	row_str(r, PROC_NAME, name);
	row_str(r, PROC_COMMAND, name);
	row_str(r, PROC_CGROUP, cgroup);
}

/* Process 1, a shell that sonde runs in, its three children in a group, and one that does not heed
 * SIGTERM. after_ns: since the frame before. */
static void
frame(int64_t after_ns)
{
	struct field_set want[TABLE_COUNT] = {0};
	struct frame *f;

	now_ns += after_ns;
	for (unsigned i = 0; i < PROC_FIELDS; i++)
		if (!lacking || (i != PROC_PGRP && i != PROC_SESSION && i != PROC_CGROUP))
			field_set_add(&want[TABLE_PROC], i);
	f = frame_begin(pool, want, strings);
	f->meta.host = "db";
	f->meta.wall_ns = WALL_0 + now_ns;
	f->meta.mono_ns = now_ns;
	f->meta.fixture = true;
	add_row(f, 1, start_of(&root, 1), 0, "init", 9, "/");
	for (int i = 0; i < CHILDREN; i++) {
		const struct child *c = &child[i];

		add_row(f, (uint64_t)c->pid, c->start,
			c->parent < 0 ? 1 : (uint64_t)child[c->parent].pid, c->name, c->group,
			c->cgroup);
	}
	add_row(f, SELF_PID, 5, (uint64_t)child[SHELL].pid, "sonde", 7, "/");
	screen_frame(screen, f);
}

static void
draw(int w, int h)
{
	if (grid.w != w || grid.h != h)
		grid_resize(&grid, w, h);
	screen_render(screen, &grid);
	buf_clear(&text);
	print_text(&text, &grid);
}

static void
keys(const char *k)
{
	assert_int_equal(screen_keys(screen, k), 0);
	draw(80, 24);
}

static void
type(const char *k)
{
	for (; *k; k++)
		screen_event(screen, &(struct input_event){.type = INPUT_KEY,
							   .key = (unsigned char)*k});
	draw(80, 24);
}

static bool
says(const char *what)
{
	return strstr(text.data, what) != NULL;
}

#define assert_says(what)                                                     \
	do {                                                                  \
		if (!says(what))                                              \
			fail_msg("not said: %s\n%s", what, text.data);        \
	} while (0)

/* Who, as the screen says it. */
static const char *
who(int i)
{
	static char out[64];

	snprintf(out, sizeof out, "%d %s", (int)child[i].pid, child[i].name);
	return out;
}

static void
choose(int i)
{
	const struct table *t;

	draw(80, 24);
	t = frame_table(screen->frame, TABLE_PROC);
	for (size_t k = 0; k < screen->rows.n; k++)
		if (t->key[screen->rows.row[k].row].a == (uint64_t)child[i].pid)
			screen_select(screen, k, true);
	assert_int_equal(screen->selected.a, child[i].pid);
}

/* The signal that ended it, or 0 while it is there. */
static int
fate(int i)
{
	int status;

	if (waitpid(child[i].pid, &status, WNOHANG) == 0)
		return 0;
	child[i].name = "?";
	return WIFSIGNALED(status) ? WTERMSIG(status) : -1;
}

/* The same; it is on its way. */
static int
ended(int i)
{
	int status;

	assert_int_equal(waitpid(child[i].pid, &status, 0), child[i].pid);
	child[i].name = "?";
	return WTERMSIG(status);
}

static void
new_screen(const struct root *r, bool pick)
{
	struct screen_options o = {.delay_ns = NS_PER_S, .root = r, .self = SELF_PID,
				   .no_actions = "read only: a test", .picked = pick ? &picked : NULL};

	screen_free(screen);
	screen = screen_new(&o);
	frame(NS_PER_S);
	draw(80, 24);
}

static int
begin(void **state)
{
	static const struct child begin_with[CHILDREN] = {
		[SHELL] = {.name = "shell", .parent = -1, .group = 7, .cgroup = "/"},
		[FIRST] = {.name = "first", .parent = SHELL, .group = 42, .cgroup = "/a.slice/b.service"},
		[SECOND] = {.name = "second", .parent = FIRST, .group = 42, .cgroup = "/a.slice/b.service/c"},
		[THIRD] = {.name = "third", .parent = SECOND, .group = 43, .cgroup = "/a.slice/b.services"},
		[STUBBORN] = {.name = "stubborn", .parent = -1, .group = 44, .cgroup = "/"},
	};

	setup(state);
	assert_int_equal(root_init(&root, &(struct root_paths){0}, NULL), 0);
	memcpy(child, begin_with, sizeof child);
	for (int i = 0; i < CHILDREN; i++) {
		child[i].pid = spawn(i == STUBBORN);
		child[i].start = start_of(&root, child[i].pid);
	}
	new_screen(&root, false);
	return 0;
}

static int
end(void **state)
{
	for (int i = 0; i < CHILDREN; i++) {
		if (*child[i].name == '?')
			continue;
		(void)kill(child[i].pid, SIGKILL);
		(void)waitpid(child[i].pid, NULL, 0);
	}
	screen_free(screen);
	screen = NULL;
	root_release(&root);
	grid_release(&grid);
	buf_release(&text);
	buf_release(&picked);
	return teardown(state);
}

static void
test_signal(void **state)
{
	(void)state;
	choose(FIRST);
	keys("k");
	assert_says("SIGTERM to ");
	assert_says(who(FIRST));
	assert_says("unit b.service");
	assert_says("1 child stays: second");
	keys("Esc");
	assert_int_equal(screen->mode, MODE_TABLE);
	assert_int_equal(fate(FIRST), 0);
	keys("F9 1 0 Enter");
	assert_int_equal(ended(FIRST), SIGUSR1);
	assert_says("SIGUSR1: done for ");
	for (int i = SECOND; i < CHILDREN; i++)
		assert_int_equal(fate(i), 0);
	keys("|");
	assert_says("14:05:01  SIGUSR1");
	assert_says("done");
}

/* The box alone, with PID for the numbers and short lines around it. */
static void
box(struct buf *out)
{
	struct span all = span_of(text.data, text.len), line;

	buf_clear(out);
	while (span_line(&all, &line)) {
		const char *from = memmem(line.p, span_len(line), "\u250c", 3), *to = line.p;

		if (!from)
			from = memmem(line.p, span_len(line), "\u2502", 3);
		if (!from)
			from = memmem(line.p, span_len(line), "\u2514", 3);
		if (!from)
			continue;
		for (const char *p = from; p + 3 <= line.end; p++)
			if (memcmp(p, "\u2510", 3) == 0 || memcmp(p, "\u2502", 3) == 0 ||
			    memcmp(p, "\u2518", 3) == 0)
				to = p;
		for (const char *p = from; p < to; p++) {
			bool again = p > from && memcmp(p, "\u2500", 3) == 0 &&
				     memcmp(p - 3, "\u2500", 3) == 0;

			if (again)
				p += 2;
			else if (*p >= '0' && *p <= '9' && p[-1] == ' ' &&
				 strtoul(p, NULL, 10) > 100) {
				buf_puts(out, "PID");
				p += strspn(p, "0123456789") - 1;
			} else {
				buf_putc(out, *p);
			}
		}
		while (out->data[out->len - 1] == ' ')
			out->data[--out->len] = '\0';
		buf_putc(out, '\n');
	}
}

/* As a whole, narrow and wide. */
static void
test_picture(void **state)
{
	static const char *const want =
		"\u250c SIGTERM to 3 processes and 1 below them \u2500\n"
		"\u2502    1 SIGHUP        PID second, PID first, PID shell, PID third\n"
		"\u2502    2 SIGINT        ! sonde runs below PID shell\n"
		"\u2502    3 SIGQUIT       unit b.service\n"
		"\u2502    4 SIGILL        1 child stays: sonde\n"
		"\u2502    5 SIGTRAP\n"
		"\u2502    6 SIGABRT\n"
		"\u2502    7 SIGBUS\n"
		"\u2502    8 SIGFPE\n"
		"\u2502    9 SIGKILL\n"
		"\u2502   10 SIGUSR1\n"
		"\u2502   11 SIGSEGV\n"
		"\u2502   12 SIGUSR2\n"
		"\u2502   13 SIGPIPE\n"
		"\u2502   14 SIGALRM\n"
		"\u2502   15 SIGTERM\n"
		"\u2502   16 SIGSTKFLT\n"
		"\u2502   17 SIGCHLD\n"
		"\u2502 Enter sends  Tab to the process group  Esc leaves\n"
		"\u2514\u2500\n";
	struct buf b = {0};

	(void)state;
	choose(SECOND);
	keys("Space");
	choose(FIRST);
	keys("Space");
	choose(SHELL);
	keys("Space k Tab");
	for (int i = 0; i < 2; i++) {
		draw(i ? 140 : 80, i ? 40 : 24);
		box(&b);
		if (strcmp(b.data, want) != 0)
			fail_msg("%s", b.data);
	}
	buf_release(&b);
}

/* A word, a real-time signal, and what the list does not have. */
/* The box as it is at 80x24 and at 140x40; "*" in `want` is the rest of a line that depends on the
 * machine, and lines after the last do not count when it ends in "...". */
static void
assert_box(const char *want)
{
	for (int i = 0; i < 2; i++) {
		struct buf b = {0};
		struct span is, shall = span_of(want, strlen(want)), a, w;
		bool same = true;

		draw(i ? 140 : 80, i ? 40 : 24);
		box(&b);
		is = span_of(b.data, b.len);
		while (same && span_line(&shall, &w) && !span_is(w, "...")) {
			size_t n = span_len(w);
			bool rest = n && w.p[n - 1] == '*';

			same = span_line(&is, &a) && (rest ? span_len(a) >= n - 1 : span_len(a) == n) &&
			       memcmp(a.p, w.p, n - rest) == 0;
		}
		if (!same)
			fail_msg("shall be\n%sis\n%s", want, b.data);
		buf_release(&b);
	}
}

#define LINE "\u2502 "
#define TOP  "\u250c "
#define END  "\u2514\u2500\n"

static void
test_pictures(void **state)
{
	cpu_set_t one;

	(void)state;
	CPU_ZERO(&one);
	CPU_SET(0, &one);
	assert_int_equal(sched_setaffinity(child[FIRST].pid, sizeof one, &one), 0);
	choose(FIRST);
	keys("r");
	assert_box(TOP "settings of PID first \u2500\n"
		   LINE "nice         0                 -20 (favoured) to 19\n"
		   LINE "I/O class    none              none, realtime/best-effort 0-7, idle\n"
		   LINE "policy       other             other, batch, idle, fifo/rr 1-99\n"
		   LINE "CPUs         0                 a list as 0-3,8, a mask as 0xff, or all\n"
		   LINE "OOM score    *\n"
		   LINE "autogroup    *\n"
		   LINE "timer slack  *\n"
		   "\u2502\n"
		   LINE "Enter or typing changes it  Esc leaves\n" END);
	keys("Home 9 9 Enter");
	assert_box(TOP "settings of PID first \u2500\n"
		   LINE "nice         99\n"
		   LINE "I/O class    none              none, realtime/best-effort 0-7, idle\n"
		   LINE "policy       other             other, batch, idle, fifo/rr 1-99\n"
		   LINE "CPUs         0                 a list as 0-3,8, a mask as 0xff, or all\n"
		   LINE "OOM score    *\n"
		   LINE "autogroup    *\n"
		   LINE "timer slack  *\n"
		   "\u2502\n"
		   LINE "expected a whole number from -20 to 19\n" END);
	keys("Esc Esc Space");
	choose(SECOND);
	keys("Space");
	assert_int_equal(setpriority(PRIO_PROCESS, (id_t)child[SECOND].pid, 7), 0);
	keys("r");
	assert_box(TOP "settings of 2 processes \u2500\n"
		   LINE "nice         0 (differ)        -20 (favoured) to 19\n"
		   LINE "I/O class    none              none, realtime/best-effort 0-7, idle\n...\n");
	keys("Esc Esc U");
	choose(SHELL);
	keys("k 9 Enter");
	assert_box(TOP "SIGKILL to PID shell \u2500\n"
		   "\u2502    1 SIGHUP        shell\n"
		   "\u2502    2 SIGINT        ! sonde runs below PID shell\n...\n");
	assert_says("type yes to send SIGKILL: ");
	keys("Esc Esc |");
	assert_box(TOP "what was done, the newest first  (arrows scroll, Esc closes) \u2500\n"
		   LINE "nothing was done yet\n...\n");
	keys("Esc");
	choose(FIRST);
	keys("F9 1 0 Enter");
	assert_int_equal(ended(FIRST), SIGUSR1);
	keys("|");
	assert_box(TOP "what was done, the newest first  (arrows scroll, Esc closes) \u2500\n"
		   LINE "14:05:*\n" "\u2502\n...\n");
}

static void
test_any_signal(void **state)
{
	(void)state;
	choose(FIRST);
	keys("k R T M I N + 3");
	assert_says("SIGRTMIN+3 to ");
	keys("Enter");
	assert_int_equal(ended(FIRST), SIGRTMIN + 3);
}

static void
test_scopes(void **state)
{
	static const struct {
		const char *tabs, *says;
		size_t n;
	} cases[] = {
		{"k", " first ", 1},
		{"k Tab", " first and 2 below it ", 3},
		{"k Tab Tab", " first and 1 more of its process group ", 2},
		{"k Tab Tab Tab", " first and 1 more of its session ", 2},
		{"k Tab Tab Tab Tab", " first and 1 more of its cgroup and below ", 2},
		{"k Tab Tab Tab Tab Tab", " first ", 1},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		choose(FIRST);
		keys(cases[i].tabs);
		assert_says(cases[i].says);
		assert_int_equal(screen->acts.targets.n, cases[i].n);
		keys("Esc");
	}
	choose(FIRST);
	keys("k Tab 9 Enter");
	assert_int_equal(ended(FIRST), SIGKILL);
	assert_int_equal(ended(SECOND), SIGKILL);
	assert_int_equal(ended(THIRD), SIGKILL);
	assert_int_equal(fate(SHELL), 0);
	assert_int_equal(fate(STUBBORN), 0);
}

/* The frame that is shown has no groups: the dialog asks for them, and nothing is sent until they are
 * there. */
static void
test_scope_to_come(void **state)
{
	const struct plan *p;
	bool soon = false;

	(void)state;
	lacking = true;
	frame(NS_PER_S);
	choose(FIRST);
	(void)screen_plan(screen, &soon);
	keys("k");
	assert_false(says("b.service"));
	p = screen_plan(screen, &soon);
	assert_non_null(p);
	assert_true(soon && field_set_has(&p->want[TABLE_PROC], PROC_PGRP) &&
		    field_set_has(&p->want[TABLE_PROC], PROC_CGROUP));
	keys("Tab Tab");
	assert_says(" first (a moment: the rest is being read)");
	keys("Enter");
	assert_int_equal(screen->mode, MODE_DIALOG);
	assert_int_equal(fate(FIRST), 0);
	lacking = false;
	frame(NS_PER_S);
	draw(80, 24);
	assert_says(" first and 1 more of its process group ");
	assert_says("unit b.service");
	keys("9 Enter");
	assert_int_equal(ended(FIRST), SIGKILL);
	assert_int_equal(ended(SECOND), SIGKILL);
	assert_int_equal(fate(THIRD), 0);
}

/* The root cgroup is the whole machine: nobody is added, nothing done to it. */
static void
test_root_cgroup(void **state)
{
	(void)state;
	choose(STUBBORN);
	keys("k Tab Tab Tab Tab");
	assert_says(" stubborn and 0 more of its cgroup and below ");
	assert_true(says("is not meant as a whole") || says("need version 2"));
	assert_false(says("freeze"));
	keys("Esc ^X");
	assert_int_equal(screen->mode, MODE_TABLE);
	assert_true(says("is not meant as a whole") || says("need version 2"));
	keys("Enter");
	assert_int_equal(fate(STUBBORN), 0);
}

static void
write_file(const char *dir, const char *file, pid_t pid)
{
	char path[128], number[16];
	FILE *f;

	snprintf(path, sizeof path, "%s/%s", dir, file);
	snprintf(number, sizeof number, "%d", (int)pid);
	f = fopen(path, "w");
	assert_non_null(f);
	assert_true(fputs(number, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

/* Where root may make one: frozen, let go on by undoing it, killed. */
static void
test_cgroup(void **state)
{
	char dir[] = "/tmp/sonde-dialogs-XXXXXX", sub[64], name[32];
	struct root_paths paths = {0};
	struct root r;

	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(name, sizeof name, "/sonde-dialogs-%d", (int)getpid());
	snprintf(sub, sizeof sub, "%s%s", dir, name);
	if (unshare(CLONE_NEWNS) < 0 || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mount("none", dir, "cgroup2", 0, NULL) < 0 || mkdir(sub, 0755) < 0) {
		print_message("no cgroup may be made here: %s\n", strerror(errno));
		(void)umount(dir);
		(void)rmdir(dir);
		skip();
	}
	write_file(sub, "cgroup.procs", child[FIRST].pid);
	child[FIRST].cgroup = name;
	paths.area[ROOT_CGROUP] = dir;
	assert_int_equal(root_init(&r, &paths, NULL), 0);
	new_screen(&r, false);
	choose(FIRST);
	keys("^X");
	assert_says(name);
	assert_says("freeze: the cgroup of ");
	keys("Enter");
	assert_says("freeze cgroup: done for /sonde-dialogs-");
	keys("^X");
	assert_says(" (frozen)");
	keys("Esc ^U");
	assert_says("undo of freeze cgroup: done");
	keys("^X");
	assert_false(says(" (frozen)"));
	keys("k i l l Enter"); /* SIGKILL comes later in the list than "kill at once" */
	assert_int_equal(ended(FIRST), SIGKILL);
	assert_says("kill cgroup: done for /sonde-dialogs-");
	screen_free(screen);
	screen = NULL;
	root_release(&r);
	while (rmdir(sub) < 0 && errno == EBUSY)
		usleep(1000);
	(void)umount(dir);
	(void)rmdir(dir);
}

static void
test_tags(void **state)
{
	(void)state;
	choose(FIRST);
	keys("Space");
	choose(STUBBORN);
	keys("Space k");
	assert_says("SIGTERM to 2 processes ");
	keys("Tab");
	assert_says("SIGTERM to 2 processes and 2 below them ");
	keys("Tab Tab Tab Tab 1 2 Enter");
	assert_int_equal(ended(FIRST), SIGUSR2);
	assert_int_equal(ended(STUBBORN), SIGUSR2);
	assert_says("SIGUSR2: done for 2");
	assert_int_equal(fate(SECOND), 0);
}

/* A row that stands for several: all of them are meant. */
static void
test_group(void **state)
{
	(void)state;
	screen->shown.grouped = true;
	screen->shown.group = PROC_PGRP;
	screen->stale = true;
	draw(80, 24);
	for (size_t i = 0; i < screen->rows.n; i++) {
		const uint32_t *member;

		if (rows_members(&screen->rows, i, &member) == 2 &&
		    frame_table(screen->frame, TABLE_PROC)->key[member[0]].a ==
			    (uint64_t)child[FIRST].pid)
			screen_select(screen, i, true);
	}
	assert_true(screen->have_selection);
	keys("k");
	assert_says("SIGTERM to 2 processes ");
	keys("9 Enter");
	assert_int_equal(ended(FIRST), SIGKILL);
	assert_int_equal(ended(SECOND), SIGKILL);
	assert_int_equal(fate(THIRD), 0);
}

/* It ended, before the dialog opened and while it is open; or its number is another's by now. */
static void
test_vanished(void **state)
{
	(void)state;
	choose(FIRST);
	keys("k");
	kill(child[FIRST].pid, SIGKILL);
	(void)ended(FIRST);
	draw(80, 24);
	assert_says("it has ended meanwhile");
	keys("Enter");
	assert_says("SIGTERM: 0 of 1; the process had ended");
	keys("k");
	assert_says("that process has ended");
	assert_int_equal(screen->mode, MODE_TABLE);
	keys("|");
	assert_says("ESRCH");
	keys("Esc");

	child[SECOND].start--; /* as if it was another that had this number when the frame was made */
	frame(NS_PER_S);
	choose(SECOND);
	for (const char *k = "kra\x18]["; *k; k++) {
		type((char[]){*k, '\0'});
		assert_says("that process has ended");
		assert_int_equal(screen->mode, MODE_TABLE);
	}
	assert_int_equal(fate(SECOND), 0);
	assert_int_equal(getpriority(PRIO_PROCESS, (id_t)child[SECOND].pid),
			 getpriority(PRIO_PROCESS, 0));
}

/* Sonde runs in the shell: Enter alone does nothing, nor does anything but "yes". */
static void
test_danger(void **state)
{
	(void)state;
	choose(SHELL);
	keys("k");
	assert_says("! sonde runs below");
	keys("9 Enter");
	assert_says("type yes to send SIGKILL: ");
	keys("Enter");
	assert_int_equal(screen->mode, MODE_DIALOG);
	keys("Enter n o Enter Enter y e Enter Enter Esc");
	assert_int_equal(screen->mode, MODE_DIALOG);
	assert_int_equal(fate(SHELL), 0);
	keys("Enter y e s Enter");
	assert_int_equal(ended(SHELL), SIGKILL);
	/* And process 1, which we do not try. */
	keys("Home k");
	assert_int_equal(screen->selected.a, 1);
	if (screen->mode == MODE_DIALOG) {
		assert_says("! process 1");
		assert_true(screen->acts.preview.danger);
		keys("Enter");
		assert_says("type yes to send SIGTERM: ");
		keys("Esc Esc");
	}
}

static void
test_wait(void **state)
{
	(void)state;
	choose(FIRST);
	keys("k Enter");
	assert_int_equal(ended(FIRST), SIGTERM);
	frame(NS_PER_S / 10);
	draw(80, 24);
	assert_says("has ended");
	assert_false(says("waiting"));

	choose(SECOND);
	keys("Space");
	choose(STUBBORN);
	keys("Space k Enter");
	assert_int_equal(ended(SECOND), SIGTERM);
	frame(NS_PER_S);
	draw(80, 24);
	assert_says("SIGTERM: waiting 4 s for 1 of 2 to end  K kills now  Esc leaves");
	keys("Up Down"); /* one can look around meanwhile */
	assert_says("waiting 4 s");
	frame(5 * NS_PER_S);
	draw(80, 24);
	assert_says("SIGTERM: 1 of 2 has not ended  K kills  Esc leaves");
	keys("K");
	assert_int_equal(ended(STUBBORN), SIGKILL);
	assert_says("SIGKILL: done for 1");
	assert_int_equal(screen->acts.waiting.n, 0);
}

/* K is the kernel's threads again once the wait was left, by Esc or by other work. */
static void
test_wait_left(void **state)
{
	static const char *const ways[] = {"Esc", "t", "k Esc", "F1 Esc"};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(ways); i++) {
		bool hidden;

		choose(STUBBORN);
		keys("k Enter");
		assert_says("waiting 5 s");
		keys(ways[i]);
		assert_false(says("waiting"));
		hidden = screen->shown.no_kthreads;
		keys("K");
		assert_int_not_equal(screen->shown.no_kthreads, hidden);
		assert_int_equal(fate(STUBBORN), 0);
	}
}

static int
nice_of(int i)
{
	return getpriority(PRIO_PROCESS, (id_t)child[i].pid);
}

static void
test_settings(void **state)
{
	int before = nice_of(FIRST);

	(void)state;
	choose(FIRST);
	keys("r");
	assert_says("settings of ");
	assert_says("-20 (favoured) to 19");
	keys("1 8 Enter");
	assert_int_equal(nice_of(FIRST), 18);
	assert_says("nice 18: done for ");
	keys("Down i d l e Enter");
	assert_says("I/O class idle: done");
	keys("Down b a t c h Enter");
	assert_int_equal(sched_getscheduler(child[FIRST].pid), SCHED_BATCH);
	keys("Home 9 9 Enter");
	assert_says("expected a whole number from -20 to 19");
	assert_int_equal(nice_of(FIRST), 18);
	keys("Esc Esc");
	assert_int_equal(screen->mode, MODE_TABLE);
	keys("a");
	assert_int_equal(screen->acts.at, SETTING_AFFINITY);
	keys("0 Enter");
	assert_says("CPUs 0: done");
	keys("Esc Y");
	assert_int_equal(screen->acts.at, SETTING_POLICY);
	assert_says("batch");
	keys("Esc ^U ^U");
	assert_says("undo of policy batch: done");
	assert_int_equal(sched_getscheduler(child[FIRST].pid), SCHED_OTHER);
	keys("^U ^U");
	if (geteuid() == 0) {
		assert_says("undo of nice 18: done");
		assert_int_equal(nice_of(FIRST), before);
	}
	keys("^U");
	assert_says("nothing to undo");
	keys("|");
	assert_says("undo: nice");
}

/* Several at once, each from where it was; and back, each to where it was. */
static void
test_settings_of_tags(void **state)
{
	int before = nice_of(FIRST);

	(void)state;
	if (geteuid() != 0) {
		print_message("not root: a nice value cannot go back\n");
		skip();
	}
	choose(FIRST);
	keys("[ [");
	assert_int_equal(nice_of(FIRST), before + 2);
	keys("Space");
	choose(SECOND);
	keys("Space r");
	assert_says("settings of 2 processes");
	assert_says("(differ)");
	keys("Esc [");
	assert_int_equal(nice_of(FIRST), before + 3);
	assert_int_equal(nice_of(SECOND), before + 1);
	keys("^U");
	assert_int_equal(nice_of(FIRST), before + 2);
	assert_int_equal(nice_of(SECOND), before);
	/* One is another by now: only the rest is undone, and it is said. */
	keys("[");
	kill(child[FIRST].pid, SIGKILL);
	(void)ended(FIRST);
	keys("^U");
	assert_says("1 of 2; the process had ended");
	assert_int_equal(nice_of(SECOND), before);
}

static void
test_stop_is_undone(void **state)
{
	int status;

	(void)state;
	choose(FIRST);
	keys("k S T O P Enter");
	assert_int_equal(waitpid(child[FIRST].pid, &status, WUNTRACED), child[FIRST].pid);
	assert_true(WIFSTOPPED(status));
	keys("^U");
	assert_int_equal(waitpid(child[FIRST].pid, &status, WCONTINUED), child[FIRST].pid);
	assert_true(WIFCONTINUED(status));
	assert_says("undo of SIGSTOP: done");
}

static void
test_undo_is_bounded(void **state)
{
	struct undo_list l = {0};
	struct change c = {.pid = 1, .stopped = true};
	char what[16];

	(void)state;
	for (int i = 0; i < 3 * UNDO_MAX; i++) {
		snprintf(what, sizeof what, "%d", i);
		undo_begin(&l, what);
		if (i % 3)
			undo_put(&l, &c);
		undo_end(&l);
		assert_true(l.n <= UNDO_MAX);
	}
	assert_string_equal(l.undo[l.n - 1].what, "95");
	undo_release(&l);
	assert_int_equal(l.n, 0);
}

/* Nothing may be done: every key says why, and help shows which are off. */
static void
test_read_only(void **state)
{
	(void)state;
	new_screen(NULL, false);
	choose(FIRST);
	for (const char *k = "k\x18][rYa\x15"; *k; k++) {
		type((char[]){*k, '\0'});
		assert_says("read only: a test");
		assert_int_equal(screen->mode, MODE_TABLE);
	}
	keys("F9 Enter");
	assert_int_equal(fate(FIRST), 0);
	keys("F1 End");
	assert_says("read only: a test");
}

static void
test_log_is_bounded(void **state)
{
	struct actionlog l = {0};
	struct grid g = {0};
	size_t top = 1000;

	(void)state;
	grid_resize(&g, 80, 10);
	actionlog_draw(&l, &g, (struct rect){0, 0, 80, 10}, &top, true);
	assert_int_equal(top, 0);
	for (int i = 0; i < 3 * ACTIONLOG_MAX; i++)
		actionlog_add(&l, i * NS_PER_S, "SIGTERM", "1 x", i % 2 ? -EPERM : 0, "CAP_KILL");
	top = 1000;
	actionlog_draw(&l, &g, (struct rect){0, 0, 80, 10}, &top, true);
	assert_int_equal(top, ACTIONLOG_MAX - 10);
	buf_clear(&text);
	print_text(&text, &g);
	assert_says("00:06:49  SIGTERM");
	assert_says("EPERM: not permitted");
	actionlog_release(&l);
	grid_release(&g);
}

static void
test_copy(void **state)
{
	struct screen_wishes w;
	char pid[16], program[16] = "";

	(void)state;
	snprintf(pid, sizeof pid, "%d", (int)child[FIRST].pid);
	assert_true(readlink("/proc/self/exe", program, sizeof program - 1) > 0); /* its beginning */
	child[FIRST].name = "evil\n\033]0;x\a\xe2\x80\xae" "name\xff";
	frame(NS_PER_S);
	choose(FIRST);
	keys("y");
	assert_says("pid ");
	assert_says(pid);
	assert_says(program);
	keys("Enter");
	assert_says("pid copied");
	w = screen_wishes(screen);
	assert_string_equal(w.copy, pid);
	free(w.copy);
	keys("y Down Enter");
	w = screen_wishes(screen);
	assert_string_equal(w.copy, "evil  ]0;x  name ");
	free(w.copy);
	keys("y Space");
	assert_says("select it with the mouse");
	assert_int_equal(strncmp(text.data, pid, strlen(pid)), 0);
	keys("x");
	assert_int_equal(screen->mode, MODE_TABLE);
	child[FIRST].name = "first";
}

static void
test_clipboard(void **state)
{
	static const struct {
		const char *text, *base64;
	} cases[] = {{"", ""}, {"f", "Zg=="}, {"fo", "Zm8="}, {"foo", "Zm9v"}, {"\xff\xfe", "//4="}};
	struct buf b = {0}, longer = {0};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		char want[32];

		buf_clear(&b);
		osc52_put(&b, cases[i].text);
		snprintf(want, sizeof want, "\033]52;c;%s\a", cases[i].base64);
		assert_string_equal(b.data, want);
	}
	buf_pad(&longer, 'x', 1 << 20);
	buf_clear(&b);
	osc52_put(&b, longer.data);
	assert_in_range(b.len, 70000, 74000);
	buf_release(&b);
	buf_release(&longer);
}

static void
test_pick(void **state)
{
	char want[64];

	(void)state;
	new_screen(NULL, true);
	keys("Enter");
	assert_says("select a process first");
	assert_false(screen_wishes(screen).quit);
	choose(FIRST);
	keys("Space");
	choose(THIRD);
	keys("Space Enter");
	assert_true(screen_wishes(screen).quit);
	snprintf(want, sizeof want, "%d\n%d\n", (int)child[FIRST].pid, (int)child[THIRD].pid);
	assert_string_equal(picked.data, want);
	buf_clear(&picked);
	new_screen(NULL, true);
	keys("Esc");
	assert_true(screen_wishes(screen).quit);
	assert_int_equal(picked.len, 0);
}

/* At every size, in every dialog: nothing outside the grid. */
static void
test_sizes(void **state)
{
	static const char *const dialogs[] = {"k", "^X", "r", "r 5", "a", "y", "y Space", "|", "k Tab"};

	(void)state;
	for (size_t d = 0; d < ARRAY_LEN(dialogs); d++) {
		choose(FIRST);
		keys(dialogs[d]);
		for (int w = 1; w < 100; w += w < 20 ? 1 : 13) {
			for (int h = 1; h < 40; h += h < 12 ? 1 : 9) {
				draw(w, h);
				assert_true(grid.cursor_x < w && grid.cursor_y < h);
			}
		}
		keys("Esc Esc Esc");
	}
	choose(SHELL);
	keys("k Enter");
	for (int w = 1; w < 90; w++) {
		draw(w, 12);
		assert_true(grid.cursor_x < w);
	}
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, begin, end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_signal),          TEST(test_any_signal),
		TEST(test_picture),         TEST(test_pictures),
		TEST(test_scope_to_come),
		TEST(test_scopes),          TEST(test_root_cgroup),
		TEST(test_cgroup),
		TEST(test_group),
		TEST(test_tags),            TEST(test_vanished),
		TEST(test_danger),          TEST(test_wait),
		TEST(test_wait_left),       TEST(test_settings),
		TEST(test_settings_of_tags), TEST(test_stop_is_undone),
		TEST(test_undo_is_bounded), TEST(test_read_only),
		TEST(test_log_is_bounded),  TEST(test_copy),
		TEST(test_clipboard),       TEST(test_pick),
		TEST(test_sizes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
