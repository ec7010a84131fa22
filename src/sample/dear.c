#include "sample/dear.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

#include "base/mem.h"
#include "sample/files.h"
#include "sample/procs.h"
#include "sys/reader.h"

enum { FILE_MAX = 4096, UNSET = UINT32_MAX /* of the audit numbers */ };

/* us: what one costs, seen on Linux 6.18 at 2.5 GHz; smaps_rollup: and PAGES_PER_US. */
static const struct {
	enum source source;
	const char *name;
	uint8_t us;
} files[DEAR_FILES] = {
	[DEAR_OOM_SCORE] = {SRC_PID_OOM_SCORE, "oom_score", 3},
	[DEAR_OOM_ADJ] = {SRC_PID_OOM_ADJ, "oom_score_adj", 3},
	[DEAR_AUTOGROUP] = {SRC_PID_AUTOGROUP, "autogroup", 3},
	[DEAR_LIMITS] = {SRC_PID_LIMITS, "limits", 6},
	[DEAR_FD] = {SRC_PID_FD, "fd", 3},
	[DEAR_WCHAN] = {SRC_PID_WCHAN, "wchan", 5},
	[DEAR_LOGINUID] = {SRC_PID_LOGINUID, "loginuid", 3},
	[DEAR_SESSIONID] = {SRC_PID_SESSIONID, "sessionid", 3},
	[DEAR_LABEL] = {SRC_PID_LABEL, "attr/current", 3},
	[DEAR_EXE] = {SRC_PID_EXE, "exe", 3},
	[DEAR_CWD] = {SRC_PID_CWD, "cwd", 3},
	[DEAR_ROOT] = {SRC_PID_ROOT, "root", 3},
	[DEAR_NS] = {SRC_PID_NS, "ns", 2}, /* each */
	[DEAR_SMAPS] = {SRC_PID_SMAPS, "smaps_rollup", 40},
};
enum { PAGES_PER_US = 25 };

static const struct {
	uint8_t field;
	const char *name;
} kinds[NS_KINDS] = {
	{PROC_PID_NS, "ns/pid"},       {PROC_NET_NS, "ns/net"},   {PROC_MNT_NS, "ns/mnt"},
	{PROC_USER_NS, "ns/user"},     {PROC_UTS_NS, "ns/uts"},   {PROC_IPC_NS, "ns/ipc"},
	{PROC_CGROUP_NS, "ns/cgroup"}, {PROC_TIME_NS, "ns/time"},
};

void
dear_release(struct dears *d)
{
	free(d->asked);
	*d = (struct dears){0};
}

void
dear_plan(struct dears *d, const struct plan *plan)
{
	const struct field_set *want = &plan->want[TABLE_PROC];

	d->want = d->want_all = d->by_others = d->ns = 0;
	d->thorough = plan->thorough;
	for (unsigned f = 0; f < PROC_FIELDS; f++) {
		const struct field *spec = &schema[TABLE_PROC].field[f];

		for (int k = 0; field_set_has(want, f) && k < DEAR_FILES; k++) {
			uint32_t bit = spec->source == files[k].source ? 1u << k : 0;

			d->want |= bit;
			d->want_all |= field_set_has(&plan->all, f) ? bit : 0;
			d->by_others |= spec->flags & FIELD_ON_CPU ? 0 : bit;
		}
	}
	for (int i = 0; i < NS_KINDS; i++)
		d->ns |= field_set_has(want, kinds[i].field) ? (uint8_t)(1u << i) : 0;
}

static struct dear *
dear_of(struct proc *p)
{
	struct proc_more *more = files_more(p);

	if (!more->dear)
		more->dear = xcalloc(1, sizeof *more->dear);
	return more->dear;
}

void
dear_exec(struct dear *d)
{
	if (!d)
		return;
	d->denied = 0;
	memset(d->read, 0, sizeof d->read);
}

void
dear_drop(struct procs *ps, struct dear *d)
{
	if (!d)
		return;
	for (int i = 0; i < DEAR_TEXTS; i++)
		files_forget(ps, &d->text[i]);
	*d = (struct dear){0};
}

void
dear_move(struct dear *d, struct strpool *to)
{
	for (int i = 0; d && i < DEAR_TEXTS; i++)
		if (d->text[i])
			d->text[i] = strpool_add(to, d->text[i], strlen(d->text[i]));
}

static int
take_u64(struct span text, uint64_t *ret_v)
{
	return num_u64(&text, ret_v) < 0 ? -EINVAL : *ret_v == UNSET ? -ENODATA : 0;
}

static int
take_text(struct procs *ps, struct dear *d, enum dear_text k, struct span text)
{
	while (!span_empty(text) && (text.end[-1] == '\n' || text.end[-1] == '\0'))
		text.end--;
	/* "0": it waits for nothing, or this may not be told. */
	if (span_empty(text) || (k == TEXT_WCHAN && span_is(text, "0")))
		return -ENODATA;
	files_set_string(ps, &d->text[k], text.p, span_len(text));
	return 0;
}

/* 0; -ENODATA: it is there and says nothing; -errno. */
static int
take_file(struct procs *ps, struct dear *d, enum dear_file k, struct span text)
{
	if (span_empty(text))
		return -ENODATA;
	switch (k) {
	case DEAR_OOM_SCORE:
		return take_u64(text, &d->oom_score);
	case DEAR_OOM_ADJ:
		return num_i64(&text, &d->oom_adjust) < 0 ? -EINVAL : 0;
	case DEAR_AUTOGROUP:
		return pid_autogroup_parse(text, &d->autogroup, &d->autogroup_nice);
	case DEAR_LIMITS:
		return pid_limits_parse(text, &d->fd_limit);
	case DEAR_WCHAN:
		return take_text(ps, d, TEXT_WCHAN, text);
	case DEAR_LOGINUID:
		return take_u64(text, &d->loginuid);
	case DEAR_SESSIONID:
		return take_u64(text, &d->sessionid);
	case DEAR_LABEL:
		return take_text(ps, d, TEXT_LABEL, text);
	default:
		return pid_smaps_parse(text, &d->smaps);
	}
}

static int
read_link(struct procs *ps, const struct proc *p, struct dear *d, enum dear_file k)
{
	char path[PATH_MAX];
	ssize_t n = pid_link(ps->root, p->pid, files[k].name, path, sizeof path);
	struct span text = span_of(path, n > 0 ? (size_t)n : 0);

	if (n < 0)
		return n == -ENOENT ? -ESRCH : (int)n; /* it has no program, or has ended */
	if (k == DEAR_EXE)
		d->replaced = pid_exe_deleted(&text);
	return take_text(ps, d, TEXT_EXE + (enum dear_text)(k - DEAR_EXE), text);
}

static int
read_ns(struct procs *ps, const struct proc *p, struct dear *d)
{
	bool some = false;

	memset(d->ns, 0, sizeof d->ns);
	for (int i = 0; i < NS_KINDS; i++) {
		char text[64];
		ssize_t n;

		if (!(ps->dear.ns & 1u << i))
			continue;
		n = pid_link(ps->root, p->pid, kinds[i].name, text, sizeof text);
		if (n == -ENOENT) /* this kernel has none of the kind, or it is a zombie */
			continue;
		if (n < 0 || pid_ns_parse(span_of(text, (size_t)n), &d->ns[i]) < 0)
			return n < 0 ? (int)n : -EINVAL;
		some = true;
	}
	return some ? 0 : -ESRCH;
}

static int
read_fds(struct procs *ps, const struct proc *p, struct dear *d)
{
	int64_t n = pid_count_fds(ps->root, p->pid, FDS_MAX);

	if (n < 0)
		return n == -EFBIG ? -ENODATA : (int)n;
	d->fds = (uint64_t)n;
	return 0;
}

/* What became of reading one: 0 or -errno. */
static void
note(struct procs *ps, struct slot *s, enum dear_file k, int r, struct frame *f)
{
	struct dear *d = s->p->more->dear;
	uint32_t bit = 1u << k;
	bool late = errand_is_late(r);

	d->read[k] = late ? 0 : ps->tick;
	d->have = (d->have & ~bit) | (r == 0 ? bit : 0);
	d->late = (d->late & ~bit) | (late ? bit : 0);
	if (r == -EACCES || r == -EPERM || r == -ENOENT)
		d->denied |= bit;
	if (r != -ESRCH)
		source_note(f, files[k].source, r == -ENODATA ? 0 : r);
	s->changed = true;
}

static void
ask_smaps(struct procs *ps, struct slot *s)
{
	struct dears *d = &ps->dear;
	struct row_key key = {s->pid, s->p->start};

	GROW(d->asked, d->cap, d->nasked + 1);
	s->p->more->dear->read[DEAR_SMAPS] = ps->tick;
	d->asked[d->nasked++] = (struct dear_asked){
		s, errand_file(ps->errands, row_key_hash(key), s->pid, files[DEAR_SMAPS].name,
			       FILE_MAX)};
}

static void
read_one(struct procs *ps, struct slot *s, enum dear_file k, struct frame *f)
{
	struct proc *p = s->p;
	struct dear *d = p->more->dear;
	int r;

	if (k == DEAR_SMAPS) {
		ask_smaps(ps, s);
		return;
	}
	if (k == DEAR_NS) {
		r = read_ns(ps, p, d);
	} else if (k == DEAR_FD) {
		r = read_fds(ps, p, d);
	} else if (k >= DEAR_EXE) {
		r = read_link(ps, p, d, k);
	} else {
		r = pid_read(ps->root, p->pid, 0, files[k].name, FILE_MAX, &ps->text);
		if (r == -EINVAL && k == DEAR_LABEL)
			r = -ENOENT; /* there is no such security module */
		if (r == 0)
			r = take_file(ps, d, k, span_of(ps->text.data, ps->text.len));
	}
	note(ps, s, k, r, f);
}

void
dear_end(struct procs *ps, struct frame *f)
{
	for (size_t i = 0; i < ps->dear.nasked; i++) {
		struct slot *s = ps->dear.asked[i].slot;
		struct dear *d = s->p->more->dear;
		char *text;
		size_t n;
		int r = errand_text(ps->errands, ps->dear.asked[i].errand, &text, &n);

		if (r == 0)
			r = take_file(ps, d, DEAR_SMAPS, span_of(text, n));
		note(ps, s, DEAR_SMAPS, r, f);
	}
	ps->dear.nasked = 0;
}

static bool
is_due(const struct procs *ps, const struct slot *s, const struct dear *d, enum dear_file k,
       bool once)
{
	uint32_t bit = 1u << k, age = ps->tick - d->read[k];
	bool walks = k == DEAR_SMAPS, seldom = walks || k == DEAR_EXE;

	if (d->denied & bit || (s->kthread && seldom))
		return false;
	if (!d->read[k] || (ps->dear.thorough && !once))
		return true;
	if (once)
		return false;
	if (d->moved > d->read[k])
		return age >= (seldom ? LOOK : 1);
	if (ps->anew && s->visible && !walks)
		return true;
	return ps->dear.by_others & bit && age >= (seldom ? 4 * LOOK : LOOK);
}

static int64_t
cost_us(const struct procs *ps, const struct proc *p, enum dear_file k)
{
	if (k == DEAR_NS)
		return files[k].us * __builtin_popcount(ps->dear.ns);
	if (k == DEAR_SMAPS)
		return files[k].us + MAX(p->rss, 0) / PAGES_PER_US;
	return files[k].us;
}

/* Reads what is due of the wanted files. False when the budget was spent before. */
static bool
visit(struct procs *ps, struct slot *s, uint32_t want, bool once, int64_t *left_us, struct frame *f)
{
	uint64_t cpu = s->clock_ns != CLOCK_NONE ? s->clock_ns : s->p->utime + s->p->stime;
	struct dear *d = dear_of(s->p);

	if (d->cpu != cpu || !ps->clocks) {
		d->cpu = cpu;
		d->moved = ps->tick;
	}
	for (int k = 0; k < DEAR_FILES; k++) {
		if (!(want & 1u << k) || d->read[k] == ps->tick ||
		    !is_due(ps, s, d, (enum dear_file)k, once))
			continue;
		if (*left_us <= 0)
			return false;
		*left_us -= cost_us(ps, s->p, (enum dear_file)k);
		read_one(ps, s, (enum dear_file)k, f);
	}
	return true;
}

void
dear_tick(struct procs *ps, const struct plan *plan, struct frame *f)
{
	struct dears *d = &ps->dear;
	int64_t left_us = d->thorough ? INT64_MAX : DEAR_BUDGET_US;
	size_t first = d->next_visible, everybody = d->want_all ? procs_from(ps, d->next_pid) : 0;

	if (!d->want)
		return;
	for (size_t i = 0; i < plan->nvisible; i++) {
		size_t at = (first + i) % plan->nvisible;
		struct slot *s = procs_find(ps, (uint32_t)plan->visible[at].a);

		d->next_visible = at;
		if (s && !visit(ps, s, d->want, false, &left_us, f))
			return;
	}
	for (size_t i = plan->nvisible; i < plan->nvisible + plan->nnear; i++) {
		struct slot *s = procs_find(ps, (uint32_t)plan->visible[i].a);

		if (s && !visit(ps, s, d->want, true, &left_us, f))
			return;
	}
	for (size_t i = 0; d->want_all && i < ps->n; i++) {
		struct slot *s = &ps->slot[(everybody + i) % ps->n];

		d->next_pid = s->pid;
		if (!visit(ps, s, d->want_all, false, &left_us, f))
			return;
	}
}

void
dear_fill(const struct dear *d, struct row r)
{
	static const uint8_t texts[DEAR_TEXTS][2] = {
		[TEXT_WCHAN] = {DEAR_WCHAN, PROC_WCHAN},
		[TEXT_LABEL] = {DEAR_LABEL, PROC_SECURITY_LABEL},
		[TEXT_EXE] = {DEAR_EXE, PROC_EXE},
		[TEXT_CWD] = {DEAR_CWD, PROC_CWD},
		[TEXT_ROOT] = {DEAR_ROOT, PROC_ROOT},
	};
#define AT(member) offsetof(struct dear, member)
	static const struct {
		uint8_t file, field;
		uint16_t at; /* of 64 bits */
	} numbers[] = {
		{DEAR_OOM_SCORE, PROC_OOM_SCORE, AT(oom_score)},
		{DEAR_OOM_ADJ, PROC_OOM_ADJUST, AT(oom_adjust)},
		{DEAR_AUTOGROUP, PROC_AUTOGROUP, AT(autogroup)},
		{DEAR_AUTOGROUP, PROC_AUTOGROUP_NICE, AT(autogroup_nice)},
		{DEAR_FD, PROC_FDS, AT(fds)},
		{DEAR_LOGINUID, PROC_LOGIN_UID, AT(loginuid)},
		{DEAR_SESSIONID, PROC_AUDIT_SESSION, AT(sessionid)},
		{DEAR_EXE, PROC_REPLACED, AT(replaced)},
		{DEAR_SMAPS, PROC_PSS, AT(smaps.pss)},
		{DEAR_SMAPS, PROC_USS, AT(smaps.uss)},
		{DEAR_SMAPS, PROC_SWAP_PSS, AT(smaps.swap_pss)},
		{DEAR_SMAPS, PROC_HUGE, AT(smaps.huge)},
	};
#undef AT
	uint32_t known = d->have | d->late;

	if (!known)
		return;
	for (size_t i = 0; i < ARRAY_LEN(numbers); i++) {
		uint32_t bit = 1u << numbers[i].file;
		uint64_t v;

		if (!(known & bit))
			continue;
		memcpy(&v, (const char *)d + numbers[i].at, sizeof v);
		if (d->have & bit)
			row_u64(r, numbers[i].field, v);
		else
			row_late(r, numbers[i].field);
	}
	for (int i = 0; i < DEAR_TEXTS; i++)
		if (d->have & 1u << texts[i][0])
			row_str(r, texts[i][1], d->text[i]);
	if (d->have & 1u << DEAR_SMAPS && d->smaps.has_anon)
		row_u64(r, PROC_PSS_ANON, d->smaps.pss_anon);
	else if (d->late & 1u << DEAR_SMAPS)
		row_late(r, PROC_PSS_ANON);
	if (d->have & 1u << DEAR_LIMITS && d->fd_limit != UINT64_MAX)
		row_u64(r, PROC_FD_LIMIT, d->fd_limit);
	for (int i = 0; d->have & 1u << DEAR_NS && i < NS_KINDS; i++)
		if (d->ns[i])
			row_u64(r, kinds[i].field, d->ns[i]);
}
