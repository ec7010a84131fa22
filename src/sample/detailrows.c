#include "sample/detailrows.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"

static const char *
intern(struct frame *f, struct span s)
{
	return strpool_intern(f->strings, s.p, span_len(s));
}

static const char *
intern_text(struct frame *f, const char *s)
{
	return *s ? strpool_intern(f->strings, s, strlen(s)) : NULL;
}

static struct row
add_row(const struct details *d, struct table *t, uint64_t what, unsigned pid_field)
{
	struct row row = table_add_row(t, detail_key(d, what));

	row_u64(row, pid_field, d->key.a);
	return row;
}

/* ---- open files ---- */

static bool
number_of(struct span name, uint64_t *ret)
{
	return num_u64(&name, ret) == 0 && span_empty(name);
}

static int
compare_links(const void *a, const void *b)
{
	const struct pid_link *x = a, *y = b;
	size_t n = span_len(x->name), m = span_len(y->name);

	return n != m ? CMP(n, m) : memcmp(x->name.p, y->name.p, n);
}

static size_t
sort_links(struct details *d, struct span all)
{
	struct pid_link link;
	size_t n = 0;

	while (n < DETAIL_FDS_MAX && pid_links_next(&all, &link)) {
		GROW(d->order, d->order_cap, n + 1);
		d->order[n++] = link;
	}
	if (n)
		qsort(d->order, n, sizeof *d->order, compare_links);
	return n;
}

static void
fill_socket(struct details *d, struct frame *f, struct row row, uint64_t inode)
{
	const struct pid_socket *s = pid_sockets_find(&d->sockets, inode);

	if (!s)
		return;
	row_str(row, FD_PROTOCOL, pid_net_name[s->file]);
	row_str(row, FD_STATE, s->state);
	row_str(row, FD_LOCAL, intern_text(f, s->local));
	row_str(row, FD_REMOTE, intern_text(f, s->remote));
	if (!s->has_queues)
		return;
	row_u64(row, FD_RECEIVE_QUEUE, s->receive);
	row_u64(row, FD_SEND_QUEUE, s->send);
}

static void
fill_fd(struct details *d, struct frame *f, const struct pid_link *link)
{
	struct pid_fdinfo info;
	char kind[24], flags[64];
	uint64_t number, size, inode;
	struct row row;

	if (!number_of(link->name, &number))
		return; /* "." and ".." of a fixture */
	row = add_row(d, &f->table[TABLE_FD], number, FD_PID);
	row_u64(row, FD_NUMBER, number);
	pid_fdinfo_parse(link->info, &info);
	pid_fd_kind(link->target, kind);
	if (info.has_flags) {
		pid_fd_flags(info.flags, flags);
		row_str(row, FD_MODE, pid_fd_mode(info.flags));
		row_str(row, FD_FLAGS, intern_text(f, flags));
	}
	if (info.flags & O_DIRECTORY && strcmp(kind, "file") == 0)
		snprintf(kind, sizeof kind, "directory");
	row_str(row, FD_KIND, intern_text(f, kind));
	row_str(row, FD_TARGET, intern(f, link->target));
	row_u64(row, FD_DELETED, pid_fd_deleted(link->target));
	if (info.has_position && strcmp(kind, "file") == 0)
		row_u64(row, FD_POSITION, info.position);
	if (number_of(link->size, &size))
		row_u64(row, FD_FILE_SIZE, size);
	if (pid_fd_socket(link->target, &inode))
		fill_socket(d, f, row, inode);
}

static void
fill_fds(struct details *d, struct frame *f)
{
	const struct buf *text = &d->job[DETAIL_FDS].text;
	size_t n = sort_links(d, span_of(text->data, text->len));

	for (size_t i = 0; i < n; i++)
		fill_fd(d, f, &d->order[i]);
}

/* ---- memory ---- */

static void
fill_maps(struct details *d, struct frame *f)
{
	static const uint8_t fields[MAP_NUMBERS] = {
		[MAP_SIZE] = MAPS_SIZE,        [MAP_RSS] = MAPS_RESIDENT,
		[MAP_PSS] = MAPS_PROPORTIONAL, [MAP_OWN] = MAPS_PRIVATE,
		[MAP_SWAPPED] = MAPS_SWAP,
	};

	for (size_t i = 0; i < d->maps.n && d->job[DETAIL_SMAPS].text.len; i++) {
		const struct pid_map *m = &d->maps.map[i];
		struct span name = pid_map_name(&d->maps, m);
		uint64_t what = hash_bytes(name.p, span_len(name)) ^
				hash_bytes(m->kind, strlen(m->kind));
		struct row row = add_row(d, &f->table[TABLE_MAPS], what, MAPS_PID);

		row_str(row, MAPS_KIND, m->kind);
		if (!span_empty(name))
			row_str(row, MAPS_NAME, intern(f, name));
		if (!d->long_maps)
			row_u64(row, MAPS_COUNT, m->count);
		for (int k = 0; k < MAP_NUMBERS; k++)
			if (m->have & 1 << k)
				row_u64(row, fields[k], m->bytes[k]);
	}
}

/* ---- environment, limits, namespaces, stacks ---- */

static void
fill_environ(struct details *d, struct frame *f)
{
	const struct buf *text = &d->job[DETAIL_ENVIRON].text;
	struct span all = span_of(text->data, text->len);
	struct pid_variable v;

	for (uint64_t i = 0; i < DETAIL_VARIABLES_MAX && pid_environ_next(&all, &v); i++) {
		struct row row = add_row(d, &f->table[TABLE_ENV], i, ENV_PID);

		row_u64(row, ENV_NUMBER, i);
		row_str(row, ENV_NAME, intern(f, v.name));
		if (v.value.p)
			row_str(row, ENV_VALUE, intern(f, v.value));
	}
}

/* How much of a limit is used; false when nobody says. */
static bool
use_of(const struct details *d, struct span name, uint64_t *ret)
{
	static const struct {
		const char *limit, *key; /* of PID/status */
	} uses[] = {
		{"address space", "VmSize"}, {"data size", "VmData"},
		{"stack size", "VmStk"},     {"resident set", "VmRSS"},
		{"locked memory", "VmLck"},  {"pending signals", "SigQ"},
	};
	struct span status = span_of(d->status.data, d->status.len);

	for (size_t i = 0; i < ARRAY_LEN(uses); i++)
		if (span_is(name, uses[i].limit))
			return pid_status_number(status, uses[i].key, ret);
	if (span_is(name, "cpu time")) {
		*ret = (d->stat.utime + d->stat.stime) / (uint64_t)d->root->clk_tck;
		return true;
	}
	if (span_is(name, "realtime priority") && d->stat.nfields >= PID_STAT_RTPRIO) {
		*ret = d->stat.rt_priority;
		return true;
	}
	if (!span_is(name, "open files"))
		return false;
	*ret = d->fds;
	return d->has_fds;
}

static void
fill_limits(struct details *d, struct frame *f)
{
	const struct buf *text = &d->job[DETAIL_LIMITS].text;
	struct span all = span_of(text->data, text->len);
	struct pid_limit l;

	while (pid_limits_next(&all, &l)) {
		struct row row = add_row(d, &f->table[TABLE_LIMIT],
					 hash_bytes(l.name.p, span_len(l.name)), LIMIT_PID);
		uint64_t used;

		row_str(row, LIMIT_NAME, intern(f, l.name));
		if (!span_empty(l.unit))
			row_str(row, LIMIT_UNIT, intern(f, l.unit));
		row_u64(row, LIMIT_UNLIMITED, l.soft_unlimited);
		if (!l.soft_unlimited)
			row_u64(row, LIMIT_SOFT, l.soft);
		if (!l.hard_unlimited)
			row_u64(row, LIMIT_HARD, l.hard);
		if (use_of(d, l.name, &used))
			row_u64(row, LIMIT_USED, used);
	}
}

/* Is the namespace of another process the same? False: nobody says. */
static bool
is_same_ns(const struct details *d, uint32_t who, struct span kind, uint64_t number, bool *ret)
{
	char name[40], target[64];
	uint64_t other;
	ssize_t n;

	snprintf(name, sizeof name, "ns/%.*s", (int)MIN(span_len(kind), (size_t)32), kind.p);
	n = pid_link(d->root, who, name, target, sizeof target);
	if (n < 0 || pid_ns_parse(span_of(target, (size_t)n), &other) < 0)
		return false;
	*ret = other == number;
	return true;
}

static void
fill_namespaces(struct details *d, struct frame *f)
{
	const struct buf *text = &d->job[DETAIL_NS].text;
	size_t n = sort_links(d, span_of(text->data, text->len));

	for (size_t i = 0; i < n; i++) {
		const struct pid_link *link = &d->order[i];
		uint64_t number;
		struct row row;
		bool same;

		if (pid_ns_parse(link->target, &number) < 0)
			continue;
		row = add_row(d, &f->table[TABLE_NSPACE],
			      hash_bytes(link->name.p, span_len(link->name)), NSPACE_PID);
		row_str(row, NSPACE_KIND, intern(f, link->name));
		row_u64(row, NSPACE_NUMBER, number);
		if (!d->root->foreign &&
		    is_same_ns(d, (uint32_t)getpid(), link->name, number, &same))
			row_u64(row, NSPACE_OWN, same);
		if (is_same_ns(d, 1, link->name, number, &same))
			row_u64(row, NSPACE_INIT, same);
	}
}

static void
fill_stacks(struct details *d, struct frame *f)
{
	for (unsigned i = 0; i < d->nstacks; i++) {
		struct span all = span_of(d->stack[i].data, d->stack[i].len), function;
		uint64_t depth = 0;

		/* wchan is one name and no line; "0": it waits for nothing. */
		while (d->wchan_only ? depth == 0 && span_word(&all, &function) &&
					       !span_is(function, "0")
				     : pid_stack_next(&all, &function)) {
			struct row row = add_row(d, &f->table[TABLE_STACK],
						 (uint64_t)d->tid[i] << 16 | depth, STACK_PID);

			row_u64(row, STACK_TID, d->tid[i]);
			row_u64(row, STACK_DEPTH, depth++);
			row_str(row, STACK_FUNCTION, intern(f, function));
		}
	}
}

void
detail_rows_fill(struct details *d, struct frame *f)
{
	static const struct {
		enum table_id table;
		void (*fill)(struct details *, struct frame *);
	} tables[] = {
		{TABLE_FD, fill_fds},       {TABLE_MAPS, fill_maps},
		{TABLE_ENV, fill_environ},  {TABLE_LIMIT, fill_limits},
		{TABLE_NSPACE, fill_namespaces}, {TABLE_STACK, fill_stacks},
	};

	for (size_t i = 0; i < ARRAY_LEN(tables); i++) {
		const struct field_set *want = &d->want[tables[i].table];

		if (want->bits[0] | want->bits[1])
			tables[i].fill(d, f);
	}
}
