/* files: which file gives what. Texts go to the string pool: names, users and cgroups once each. */
#include "sample/files.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "sys/reader.h"

enum {
	STAT_MAX = 4096, /* bytes of PID/stat, and the like */
	STATUS_MAX = 16384,
	CMDLINE_MAX = 16384, /* longer ones are cut */
};

static const struct {
	const char *name;
	size_t max;
} files[PROC_FILES] = {
	[FILE_STAT] = {"stat", STAT_MAX},          [FILE_STATM] = {"statm", STAT_MAX},
	[FILE_STATUS] = {"status", STATUS_MAX},    [FILE_IO] = {"io", STAT_MAX},
	[FILE_CMDLINE] = {"cmdline", CMDLINE_MAX}, [FILE_CGROUP] = {"cgroup", STATUS_MAX},
	[FILE_SCHED] = {"schedstat", STAT_MAX},    [FILE_DETAIL] = {"status", STATUS_MAX},
};

const enum source proc_file_source[PROC_FILES] = {
	[FILE_STAT] = SRC_PID_STAT,       [FILE_STATM] = SRC_PID_STATM,
	[FILE_STATUS] = SRC_PID_STATUS,   [FILE_IO] = SRC_PID_IO,
	[FILE_CMDLINE] = SRC_PID_CMDLINE, [FILE_CGROUP] = SRC_PID_CGROUP,
	[FILE_SCHED] = SRC_PID_SCHEDSTAT, [FILE_DETAIL] = SRC_PID_DETAIL,
};

void
files_forget(struct procs *ps, const char **s)
{
	if (*s)
		ps->garbage += strlen(*s) + 1;
	*s = NULL;
}

void
files_forget_all(struct procs *ps, struct proc *p)
{
	files_forget(ps, &p->command);
	if (!p->more)
		return;
	p->more->caps = NULL;
	dear_drop(ps, p->more->dear);
	for (int i = 0; p->more->detail && i < DETAIL_TEXTS; i++)
		files_forget(ps, &p->more->detail->text[i]);
}

static void
move(const char **s, struct strpool *to)
{
	if (*s)
		*s = strpool_add(to, *s, strlen(*s));
}

void
files_move(struct proc *p, struct strpool *to)
{
	move(&p->command, to);
	if (!p->more)
		return;
	p->more->caps = NULL;
	dear_move(p->more->dear, to);
	for (int i = 0; p->more->detail && i < DETAIL_TEXTS; i++)
		move(&p->more->detail->text[i], to);
}

void
files_free_more(struct proc_more *m)
{
	if (!m)
		return;
	free(m->detail);
	free(m->dear);
	free(m);
}

/* Replaces *slot unless it says the same already. */
static void
set_string(struct procs *ps, const char **slot, const char *s, size_t n, bool intern)
{
	if (*slot && strlen(*slot) == n && (!n || memcmp(*slot, s, n) == 0))
		return;
	if (!intern)
		files_forget(ps, slot);
	*slot = intern ? strpool_intern(ps->strings, s, n) : strpool_add(ps->strings, s, n);
}

void
files_set_string(struct procs *ps, const char **slot, const char *s, size_t n)
{
	set_string(ps, slot, s, n, false);
}

void
files_close(struct procs *ps, struct proc *p)
{
	if (!p->kept)
		return;
	for (int k = 0; k < FILES_KEPT; k++) {
		if (p->kept->fd[k] < 0)
			continue;
		(void)close(p->kept->fd[k]);
		ps->nkept--;
	}
	p->kept->next_free = ps->free_kept;
	ps->free_kept = p->kept;
	p->kept = NULL;
}

/* The place for the descriptor of a file that may be kept; NULL when no more are to be. */
static int *
place(struct procs *ps, struct proc *p, enum proc_file k)
{
	if (k >= FILES_KEPT)
		return NULL;
	if (!p->kept) {
		if (ps->nkept >= ps->kept_max || !ps->free_kept)
			return NULL;
		p->kept = ps->free_kept;
		ps->free_kept = p->kept->next_free;
		for (int i = 0; i < FILES_KEPT; i++)
			p->kept->fd[i] = -1;
	}
	return ps->nkept < ps->kept_max || p->kept->fd[k] >= 0 ? &p->kept->fd[k] : NULL;
}

/* Reads a file into ps->text. -ESTALE when it was kept open and its process has gone: another one
 * may have the number. */
static int
read_text(struct procs *ps, struct proc *p, enum proc_file k, bool keep)
{
	uint32_t tid = proc_is_thread(p) ? p->pid : 0;
	int *fd = keep || p->kept ? place(ps, p, k) : NULL;
	int r;

	if (!fd)
		return pid_read(ps->root, p->tgid, tid, files[k].name, files[k].max, &ps->text);
	if (*fd < 0) {
		r = pid_open(ps->root, p->tgid, tid, files[k].name);
		if (r < 0)
			return r;
		*fd = r;
		ps->nkept++;
	}
	r = pid_read_open(*fd, files[k].max, &ps->text);
	return r == -ESRCH ? -ESTALE : r;
}

int
files_take_stat(struct procs *ps, struct proc *p, const struct pid_stat *st)
{
	if (p->name && p->start != st->starttime)
		return -ESTALE; /* another process has the number now */
	if (!p->name || strcmp(p->name, st->comm) != 0) {
		/* A new name means exec: what it runs is to be read again. */
		p->have &= (uint8_t) ~(1 << FILE_CMDLINE | 1 << FILE_STATUS | 1 << FILE_DETAIL);
		p->denied = 0;
		dear_exec(p->more ? p->more->dear : NULL);
		set_string(ps, &p->name, st->comm, strlen(st->comm), true);
	}
	if (!p->tty || p->tty_nr != st->tty_nr) {
		char tty[16];

		pid_tty_name(st->tty_nr, tty);
		set_string(ps, &p->tty, tty, strlen(tty), true);
	}
	p->start = st->starttime;
	p->state = st->state;
	p->nfields = (uint8_t)MIN(st->nfields, 255u);
	p->ppid = st->ppid;
	p->pgrp = st->pgrp;
	p->session = st->session;
	p->tty_nr = st->tty_nr;
	p->flags = st->flags;
	p->minflt = st->minflt;
	p->majflt = st->majflt;
	p->utime = st->utime;
	p->stime = st->stime;
	p->children = (uint64_t)MAX(st->cutime, 0) + (uint64_t)MAX(st->cstime, 0);
	p->priority = st->priority;
	p->nice = st->nice;
	p->num_threads = st->num_threads;
	p->vsize = st->vsize;
	p->rss = st->rss;
	p->processor = st->processor;
	p->rt_priority = st->rt_priority;
	p->policy = st->policy;
	p->blkio = st->blkio_ticks;
	p->guest = st->guest_time;
	return 0;
}

int
files_read_stat(struct procs *ps, struct proc *p, struct frame *f, bool keep)
{
	struct pid_stat st;
	int r = read_text(ps, p, FILE_STAT, keep);

	if (r == 0)
		r = pid_stat_parse(span_of(ps->text.data, ps->text.len), &st);
	if (r != -ESRCH && r != -ESTALE)
		source_note(f, SRC_PID_STAT, r);
	return r < 0 ? r : files_take_stat(ps, p, &st);
}

int
files_read_size(struct procs *ps, struct proc *p, struct frame *f, bool keep)
{
	uint64_t page = (uint64_t)ps->root->page_size;
	struct pid_statm m;
	int r = read_text(ps, p, FILE_STATM, keep);

	if (r == 0)
		r = ps->text.len ? 0 : -ESRCH; /* a dying process gives nothing */
	if (r == 0)
		r = pid_statm_parse(span_of(ps->text.data, ps->text.len), &m);
	if (r != -ESRCH && r != -ESTALE)
		source_note(f, SRC_PID_STATM, r);
	if (r < 0)
		return r == -ESRCH || r == -ESTALE ? r : 0;
	if (p->rss == (int64_t)m.resident && p->vsize == m.size * page)
		return 0;
	p->rss = (int64_t)m.resident;
	p->vsize = m.size * page;
	return 1;
}

struct proc_more *
files_more(struct proc *p)
{
	if (!p->more)
		p->more = xcalloc(1, sizeof *p->more);
	return p->more;
}

void
files_take_status(struct procs *ps, struct proc *p)
{
	if (p->more->status.have & STATUS_UID)
		p->user = users_find(&ps->users, ps->strings, p->more->status.euid);
}

static void
take_cmdline(struct procs *ps, struct proc *p, const char *text, size_t n)
{
	char name[80];

	if (n) {
		set_string(ps, &p->command, text, n, false);
		return;
	}
	/* As ps does it: what has no arguments shows its name in brackets. */
	n = (size_t)snprintf(name, sizeof name, "[%s]", p->name);
	set_string(ps, &p->command, name, MIN(n, sizeof name - 1), false);
}

static void
set_hex(struct procs *ps, const char **slot, uint64_t v)
{
	char hex[HEX_DIGITS + 1];

	num_to_hex(v, hex);
	set_string(ps, slot, hex, HEX_DIGITS, false);
}

static void
take_detail(struct procs *ps, struct proc *p, struct span text)
{
	struct pid_detail d;
	struct proc_detail *to = p->more->detail;

	if (!to)
		to = p->more->detail = xcalloc(1, sizeof *to);
	pid_detail_parse(text, &d);
	to->have = d.have;
	to->suid = d.suid;
	to->nspid = d.nspid;
	to->filters = d.filters;
	for (int i = 0; i < DETAIL_TEXTS; i++) {
		size_t n = MIN(span_len(d.text[i]), (size_t)DETAIL_MAX);

		if (!d.text[i].p)
			files_forget(ps, &to->text[i]);
		else if (i == DETAIL_SIG_PENDING)
			set_hex(ps, &to->text[i], d.pending);
		else
			set_string(ps, &to->text[i], d.text[i].p, n, false);
	}
}

static int
take_file(struct procs *ps, struct proc *p, enum proc_file k)
{
	struct span text = span_of(ps->text.data, ps->text.len), path;

	if (k != FILE_STAT && k != FILE_CMDLINE && k != FILE_CGROUP)
		(void)files_more(p);
	switch (k) {
	case FILE_STATM:
		return pid_statm_parse(text, &p->more->statm);
	case FILE_STATUS:
		pid_status_parse(text, &p->more->status);
		files_take_status(ps, p);
		return 0;
	case FILE_IO:
		return pid_io_parse(text, &p->more->io);
	case FILE_CGROUP:
		if (!pid_cgroup_parse(text, &path))
			return -EINVAL;
		set_string(ps, &p->cgroup, path.p, span_len(path), true);
		return 0;
	case FILE_SCHED:
		return pid_sched_parse(text, &p->more->sched);
	case FILE_DETAIL:
		take_detail(ps, p, text);
		return 0;
	default: /* stat and cmdline have their own */
		break;
	}
	return -EINVAL;
}

/* What became of reading one: 0 or -errno. */
static void
note_file(struct proc *p, enum proc_file k, int r, struct frame *f)
{
	uint8_t bit = (uint8_t)(1 << k);

	p->late &= (uint8_t)~bit;
	if (r == -EACCES || r == -EPERM || r == -ENOENT)
		p->denied |= bit;
	if (errand_is_late(r))
		p->late |= bit;
	if (r == 0) {
		p->have |= bit;
		p->fresh |= bit;
	}
	if (r != -ESRCH && r != -ESTALE)
		source_note(f, proc_file_source[k], r);
}

static void
ask_cmdline(struct procs *ps, struct proc *p, struct frame *f)
{
	if (proc_is_kthread(p)) {
		take_cmdline(ps, p, NULL, 0); /* they have none: spare the read */
		note_file(p, FILE_CMDLINE, 0, f);
		return;
	}
	GROW(ps->asked, ps->asked_cap, ps->nasked + 1);
	ps->asked[ps->nasked++] = p;
}

/* It needs no asking any more. */
void
files_unask(struct procs *ps, const struct proc *p)
{
	for (size_t i = 0; i < ps->nasked; i++)
		if (ps->asked[i] == p)
			ps->asked[i--] = ps->asked[--ps->nasked];
}

void
files_take_command(struct procs *ps, struct proc *p, const char *text, size_t n)
{
	uint8_t bit = 1 << FILE_CMDLINE;

	take_cmdline(ps, p, text, n);
	p->have |= bit;
	p->fresh |= bit;
	p->late &= (uint8_t)~bit;
	files_unask(ps, p);
}

void
files_begin(struct procs *ps)
{
	errands_clear(ps->errands);
	ps->nasked = 0;
}

void
files_ask(struct procs *ps)
{
	for (size_t i = 0; i < ps->nasked; i++) {
		const struct proc *p = ps->asked[i];
		struct row_key key = {p->pid, p->start};

		(void)errand_file(ps->errands, row_key_hash(key), p->pid, files[FILE_CMDLINE].name,
				  (uint32_t)files[FILE_CMDLINE].max);
	}
}

void
files_end(struct procs *ps, struct frame *f)
{
	errands_run(ps->errands, f->meta.mono_ns);
	for (size_t i = 0; i < ps->nasked; i++) {
		char *text;
		size_t n;
		int r = errand_text(ps->errands, (uint32_t)i, &text, &n);

		if (r == 0)
			take_cmdline(ps, ps->asked[i], text, pid_cmdline_join(text, n));
		note_file(ps->asked[i], FILE_CMDLINE, r, f);
	}
}

void
files_read(struct procs *ps, struct proc *p, enum proc_file k, struct frame *f, bool keep)
{
	int r;

	if (k == FILE_CMDLINE) {
		ask_cmdline(ps, p, f);
		return;
	}
	r = read_text(ps, p, k, keep);
	if (r == 0 && ps->text.len == 0)
		r = -ESRCH; /* a dying process gives nothing */
	if (r == 0)
		r = take_file(ps, p, k);
	note_file(p, k, r, f);
	if (r == 0 && k == FILE_STATUS && ps->want & 1 << FILE_DETAIL)
		note_file(p, FILE_DETAIL, take_file(ps, p, FILE_DETAIL), f);
}
