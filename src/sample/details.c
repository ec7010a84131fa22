#include "sample/details.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "sample/detailrows.h"
#include "sys/pidlist.h"

enum { STATUS_MAX = 8192, STACK_MAX = 4096 };

/* What is read, in this order. */
static const struct job_spec {
	enum table_id table;
	enum source source;
	const char *file; /* NULL: it is more than one */
	uint32_t max;
	int every_s; /* 0: on every tick */
} specs[DETAIL_JOBS] = {
	[DETAIL_FDS] = {TABLE_FD, SRC_DETAIL_FD, "fd/", 1 << 20, 2},
	[DETAIL_SMAPS] = {TABLE_MAPS, SRC_DETAIL_MAPS, "smaps", 1 << 20, 2},
	[DETAIL_ENVIRON] = {TABLE_ENV, SRC_DETAIL_ENV, "environ", 1 << 20, 4},
	[DETAIL_LIMITS] = {TABLE_LIMIT, SRC_DETAIL_LIMITS, "limits", 8192, 0},
	[DETAIL_NS] = {TABLE_NSPACE, SRC_DETAIL_NS, "ns/", 8192, 2},
};

void
details_free(struct details *d)
{
	if (!d)
		return;
	for (int i = 0; i < DETAIL_JOBS; i++)
		buf_release(&d->job[i].text);
	for (int i = 0; i < DETAIL_STACKS; i++)
		buf_release(&d->stack[i]);
	pid_sockets_release(&d->sockets);
	pid_maps_release(&d->maps);
	pidlist_release(&d->tids);
	buf_release(&d->status);
	buf_release(&d->scratch);
	free(d->order);
	free(d);
}

struct details *
details_new(const struct root *root, struct errands *errands)
{
	struct details *d = xcalloc(1, sizeof *d);

	d->root = root;
	d->errands = errands;
	pidlist_init(&d->tids);
	return d;
}

static bool
is_wanted(const struct details *d, enum table_id t)
{
	for (size_t i = 0; i < ARRAY_LEN(d->want[t].bits); i++)
		if (d->want[t].bits[i])
			return true;
	return false;
}

/* Of another process nothing is known yet. */
static void
forget(struct details *d)
{
	for (int i = 0; i < DETAIL_JOBS; i++) {
		buf_clear(&d->job[i].text);
		d->job[i] = (struct detail_job){.text = d->job[i].text};
	}
	d->nstacks = 0;
	d->start = 0;
	d->cpu_usec = 0;
	d->cpu_at_ns = 0;
	d->long_maps = false;
	pid_sockets_begin(&d->sockets);
}

void
details_plan(struct details *d, const struct plan *p)
{
	if (!row_key_equal(d->key, p->detail))
		forget(d);
	d->key = p->detail;
	memcpy(d->want, p->want, sizeof d->want);
	for (int i = 0; i < DETAIL_JOBS; i++)
		if (specs[i].file && !is_wanted(d, specs[i].table))
			d->job[i].next_ns = 0; /* when it is wanted again, at once */
}

static uint32_t
pid_of(const struct details *d)
{
	return (uint32_t)d->key.a;
}

/* ---- asking ---- */

static bool
ask(struct details *d, int i, int64_t now_ns)
{
	struct detail_job *job = &d->job[i];
	const struct job_spec *spec = &specs[i];
	uint64_t key = row_key_hash(d->key) + (uint64_t)i + 1;
	const char *file = spec->file;

	job->asked = false;
	if (!file || !is_wanted(d, spec->table) || (job->next_ns && now_ns < job->next_ns))
		return false;
	if (i == DETAIL_SMAPS && d->long_maps)
		file = "smaps_rollup";
	job->next_ns = now_ns + spec->every_s * NS_PER_S;
	job->errand = errand_detail(d->errands, key, pid_of(d), file, spec->max);
	job->asked = true;
	return true;
}

static void
take(struct details *d, int i)
{
	struct detail_job *job = &d->job[i];
	char *text;
	size_t n;

	job->error = errand_text(d->errands, job->errand, &text, &n);
	if (errand_is_late(job->error))
		job->next_ns = 0; /* errands know when it may be asked again */
	if (job->error < 0 && !errand_is_late(job->error))
		buf_clear(&job->text);
	if (job->error < 0)
		return;
	job->cut = n >= specs[i].max;
	if (n != job->text.len || (n && memcmp(job->text.data, text, n) != 0))
		d->garbage += job->text.len;
	buf_clear(&job->text);
	buf_put(&job->text, text, n);
}

/* The sockets among the descriptors, in the files of its network namespace. */
static void
read_sockets(struct details *d, struct frame *f)
{
	struct detail_job *job = &d->job[DETAIL_FDS];
	struct span all = span_of(job->text.data, job->text.len);
	uint32_t errand[PID_NET_FILES];
	struct pid_link link;
	uint64_t inode;

	pid_sockets_begin(&d->sockets);
	while (pid_links_next(&all, &link))
		if (pid_fd_socket(link.target, &inode))
			pid_sockets_look_for(&d->sockets, inode);
	if (!d->sockets.n)
		return;
	errands_clear(d->errands);
	for (int i = 0; i < PID_NET_FILES; i++) {
		char file[16];

		snprintf(file, sizeof file, "net/%s", pid_net_name[i]);
		errand[i] = errand_detail(d->errands, row_key_hash(d->key) + 100 + (unsigned)i,
					  pid_of(d), file, 1 << 20);
	}
	errands_run(d->errands, f->meta.mono_ns);
	d->sockets_cut = false;
	for (int i = 0; i < PID_NET_FILES; i++) {
		char *text;
		size_t n;
		int r = errand_text(d->errands, errand[i], &text, &n);

		if (r != -ENOENT) /* of a protocol this kernel has not */
			source_note(f, SRC_DETAIL_SOCKETS, r);
		if (r < 0)
			continue;
		d->sockets_cut |= n >= 1 << 20;
		pid_sockets_parse(&d->sockets, (enum pid_net_file)i, span_of(text, n));
	}
}

/* Where its threads are; where that may not be known, what they wait for. */
static void
read_stacks(struct details *d, struct frame *f)
{
	static const char *const files[] = {"stack", "wchan"};
	int r = pidlist_read_threads(&d->tids, d->root, pid_of(d));
	size_t n = r < 0 ? 0 : d->tids.n;
	int first = 0;

	d->nstacks = 0;
	for (size_t k = 0; k < ARRAY_LEN(files) && !d->nstacks; k++) {
		r = 0;
		for (size_t i = 0; r == 0 && i < MAX(n, 1) && d->nstacks < DETAIL_STACKS; i++) {
			uint32_t tid = n ? d->tids.pid[i] : pid_of(d);

			r = pid_read(d->root, pid_of(d), tid == pid_of(d) ? 0 : tid, files[k],
				     STACK_MAX, &d->stack[d->nstacks]);
			if (r == 0)
				d->tid[d->nstacks++] = tid;
			else if (r == -ESRCH)
				r = 0; /* the thread has ended */
		}
		d->wchan_only = k == 1;
		first = first ? first : r;
	}
	source_note(f, SRC_DETAIL_STACK, first);
}

/* What limits are compared with. */
static void
read_uses(struct details *d)
{
	int64_t n = pid_count_fds(d->root, pid_of(d), DETAIL_FDS_MAX);

	if (pid_read(d->root, pid_of(d), 0, "status", STATUS_MAX, &d->status) < 0)
		buf_clear(&d->status);
	d->has_fds = n >= 0;
	d->fds = n < 0 ? 0 : (uint64_t)n;
}

static void
read_exe(struct details *d)
{
	ssize_t n = pid_link(d->root, pid_of(d), "exe", d->exe, sizeof d->exe);

	d->exe_len = n < 0 ? 0 : (size_t)n;
}

/* ---- a tick ---- */

/* Is it still the process that was asked for? */
static int
check(struct details *d)
{
	struct pid_stat st;
	int r = pid_read(d->root, pid_of(d), 0, "stat", 4096, &d->scratch);

	if (r < 0)
		return r;
	r = pid_stat_parse(span_of(d->scratch.data, d->scratch.len), &st);
	if (r < 0)
		return r;
	if ((d->key.b && st.starttime != d->key.b) || (d->start && st.starttime != d->start))
		return -ESRCH;
	d->start = st.starttime;
	d->stat = st;
	return 0;
}

static void
read_all(struct details *d, struct frame *f)
{
	int64_t now_ns = f->meta.mono_ns;
	struct detail_job *maps = &d->job[DETAIL_SMAPS];
	bool some = false;

	errands_clear(d->errands);
	for (int i = 0; i < DETAIL_JOBS; i++)
		some |= ask(d, i, now_ns);
	if (some)
		errands_run(d->errands, now_ns);
	for (int i = 0; i < DETAIL_JOBS; i++)
		if (d->job[i].asked)
			take(d, i);
	if (maps->asked && maps->error == 0 && maps->cut && !d->long_maps) {
		d->long_maps = true; /* then the sum, from now on */
		maps->next_ns = 0;
		errands_clear(d->errands);
		if (ask(d, DETAIL_SMAPS, now_ns)) {
			errands_run(d->errands, now_ns);
			take(d, DETAIL_SMAPS);
		}
	}
	if (maps->asked && maps->error == 0) {
		read_exe(d);
		pid_maps_parse(&d->maps, span_of(maps->text.data, maps->text.len),
			       span_of(d->exe, d->exe_len));
	}
	if (d->job[DETAIL_FDS].asked && d->job[DETAIL_FDS].error == 0)
		read_sockets(d, f);
	if (is_wanted(d, TABLE_STACK))
		read_stacks(d, f);
	if (is_wanted(d, TABLE_LIMIT))
		read_uses(d);
}

void
details_fill(struct details *d, struct frame *f, size_t *garbage)
{
	bool wanted = false;
	int r;

	for (int t = 0; t < TABLE_COUNT; t++)
		wanted |= table_is_detail(t) && is_wanted(d, (enum table_id)t);
	if (!d->key.a || !wanted)
		return;
	d->garbage = 0;
	read_all(d, f);
	r = check(d);
	if (r < 0)
		forget(d);
	for (int i = 0; i < DETAIL_JOBS; i++)
		if (is_wanted(d, specs[i].table))
			source_note(f, specs[i].source, r < 0 ? r : d->job[i].error);
	if (r < 0)
		return;
	detail_rows_fill(d, f);
	if (is_wanted(d, TABLE_CGLIMIT))
		detail_cgroup_fill(d, f);
	*garbage += d->garbage;
}
