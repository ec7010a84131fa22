#include "store/thin.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"

const char *const strip_names[STRIPS] = {"args", "users", "hosts", "cgroups", "mounts"};

static const char HOST[] = "host";

void
thin_init(struct thin *t, struct piece *out, int64_t every_ns, unsigned strip)
{
	*t = (struct thin){
		.out = out,
		.every_ns = every_ns,
		.strip = strip,
		.pool = frame_pool_new(),
		.strings = strpool_new(),
	};
}

void
thin_release(struct thin *t)
{
	frame_unref(t->held);
	frame_unref(t->ended);
	strpool_unref(t->strings);
	frame_pool_free(t->pool);
	buf_release(&t->users);
	buf_release(&t->text);
	*t = (struct thin){0};
}

void
thin_want(struct field_set want[TABLE_COUNT])
{
	for (int t = 0; t < TABLE_COUNT; t++)
		for (unsigned f = 0; f < schema[t].nfields; f++)
			if (field_is_raw(&schema[t].field[f]))
				field_set_add(&want[t], f);
}

/* "user3": the third that came. */
static const char *
user_name(struct thin *t, const char *name)
{
	unsigned n = 1;

	if (strcmp(name, "root") == 0)
		return name;
	for (const char *p = t->users.data; p && p < t->users.data + t->users.len; n++) {
		if (strcmp(p, name) == 0)
			goto known;
		p += strlen(p) + 1;
	}
	buf_put(&t->users, name, strlen(name) + 1);
known:
	buf_printf(&t->text, "user%u", n);
	return t->text.data;
}

/* systemd writes the number of the user: "/user.slice/user-1000.slice/user@1000.service". */
static const char *
cgroup_path(struct thin *t, const char *path)
{
	for (const char *p = path; *p;) {
		size_t n = strncmp(p, "user-", 5) == 0 || strncmp(p, "user@", 5) == 0 ? 5 : 1;

		buf_put(&t->text, p, n);
		p += n;
		if (n > 1 && strspn(p, "0123456789")) {
			buf_putc(&t->text, 'N');
			p += strspn(p, "0123456789");
		}
	}
	return t->text.data ? t->text.data : "";
}

/* The text to write instead of s; NULL for none. */
static const char *
stripped(struct thin *t, const struct table *from, uint32_t row, unsigned f, const char *s)
{
	unsigned table = (unsigned)(from->schema - schema), id = FIELD_ID(table, f);
	bool remote;

	buf_clear(&t->text);
	switch (id) {
	case FIELD_ID(TABLE_PROC, PROC_COMMAND):
		return !(t->strip & STRIP_ARGS)		    ? s
		       : cell_valid(from, row, PROC_NAME) ? cell_str(from, row, PROC_NAME)
							    : NULL;
	case FIELD_ID(TABLE_EXIT, EXIT_COMMAND):
		return !(t->strip & STRIP_ARGS)		    ? s
		       : cell_valid(from, row, EXIT_NAME) ? cell_str(from, row, EXIT_NAME)
							    : NULL;
	case FIELD_ID(TABLE_PROC, PROC_USER):
	case FIELD_ID(TABLE_EXIT, EXIT_USER):
		return t->strip & STRIP_USERS ? user_name(t, s) : s;
	case FIELD_ID(TABLE_PROC, PROC_CGROUP):
	case FIELD_ID(TABLE_PROC, PROC_UNIT):
	case FIELD_ID(TABLE_PROC, PROC_SLICE):
		return t->strip & STRIP_USERS ? cgroup_path(t, s) : s;
	case FIELD_ID(TABLE_FS, FS_SOURCE):
		/* "server:/export", "//server/share" */
		remote = strchr(s, ':') || strncmp(s, "//", 2) == 0;
		return remote && t->strip & STRIP_HOSTS ? NULL : s;
	case FIELD_ID(TABLE_SYSTEM, SYSTEM_HOST):
		return t->strip & STRIP_HOSTS ? HOST : s;
	default:
		return s;
	}
}

/* What says so much of something that it goes with it as a whole. Numbers say who it was as well as
 * names do, and paths begin with /home/NAME. */
static bool
is_stripped(unsigned strip, enum table_id t, unsigned f)
{
#define GOES(table, field, with) {FIELD_ID(TABLE_##table, table##_##field), with}
	static const struct {
		uint16_t id;
		unsigned with;
	} goes[] = {
		GOES(PROC, UID, STRIP_USERS),
		GOES(PROC, GID, STRIP_USERS),
		GOES(PROC, RUID, STRIP_USERS),
		GOES(PROC, SUID, STRIP_USERS),
		GOES(PROC, GROUPS, STRIP_USERS),
		GOES(PROC, LOGIN_UID, STRIP_USERS),
		GOES(PROC, AUDIT_SESSION, STRIP_USERS),
		GOES(PROC, TTY, STRIP_USERS),
		GOES(EXIT, UID, STRIP_USERS),
		GOES(PROC, EXE, STRIP_ARGS | STRIP_USERS | STRIP_MOUNTS),
		GOES(PROC, CWD, STRIP_ARGS | STRIP_USERS | STRIP_MOUNTS),
		GOES(PROC, ROOT, STRIP_ARGS | STRIP_USERS | STRIP_MOUNTS),
		GOES(PROC, SECURITY_LABEL, STRIP_USERS | STRIP_CGROUPS),
		GOES(PROC, CGROUP, STRIP_CGROUPS),
		GOES(PROC, UNIT, STRIP_CGROUPS),
		GOES(PROC, SLICE, STRIP_CGROUPS),
		GOES(PROC, CONTAINER, STRIP_CGROUPS | STRIP_HOSTS),
		GOES(PROC, ENGINE, STRIP_CGROUPS),
		GOES(FS, MOUNT, STRIP_MOUNTS),
		GOES(FS, SOURCE, STRIP_MOUNTS),
	};
#undef GOES

	for (size_t i = 0; strip && i < ARRAY_LEN(goes); i++)
		if (goes[i].id == FIELD_ID(t, f) && goes[i].with & strip)
			return true;
	return false;
}

static void
copy_rows(struct thin *t, struct table *to, const struct table *from)
{
	enum table_id id = (enum table_id)(from->schema - schema);
	bool gone[FIELDS_MAX];

	for (unsigned f = 0; f < from->schema->nfields; f++)
		gone[f] = is_stripped(t->strip, id, f);
	table_reserve(to, to->nrows + from->nrows);
	for (uint32_t i = 0; i < from->nrows; i++) {
		struct row r = table_add_row(to, from->key[i]);

		for (unsigned f = 0; f < from->schema->nfields; f++) {
			if (!to->col[f] || !from->col[f])
				continue;
			if (gone[f])
				continue;
			if (!cell_valid(from, i, f)) {
				if (cell_late(from, i, f))
					row_late(r, f);
			} else if (from->schema->field[f].type == TYPE_STR) {
				const char *s = stripped(t, from, i, f, from->col[f][i].s);

				if (s)
					row_str(r, f, strpool_intern(t->strings, s, strlen(s)));
			} else {
				*row_cell(r, f) = from->col[f][i];
			}
		}
	}
}

/* A new frame of these columns, and of all of ended processes when there are any. */
static struct frame *
begin(struct thin *t, const struct frame *f, bool exits_alone)
{
	struct field_set want[TABLE_COUNT] = {0}, raw[TABLE_COUNT] = {0};

	thin_want(raw);
	for (int i = 0; i < TABLE_COUNT; i++)
		for (size_t k = 0; k < ARRAY_LEN(want[i].bits) && !exits_alone; k++)
			want[i].bits[k] = raw[i].bits[k] & f->table[i].has.bits[k];
	if (exits_alone || t->ended)
		want[TABLE_EXIT] = raw[TABLE_EXIT];
	return frame_begin(t->pool, want, t->strings);
}

/* The one that is held does not stay: who ended is remembered. */
static void
fold(struct thin *t)
{
	const struct table *exits = frame_table(t->held, TABLE_EXIT);

	if (!exits->nrows)
		return;
	if (!t->ended)
		t->ended = begin(t, t->held, true);
	copy_rows(t, &t->ended->table[TABLE_EXIT], exits);
}

static const char *
intern(struct thin *t, const char *s)
{
	return s ? strpool_intern(t->strings, s, strlen(s)) : NULL;
}

static int
keep(struct thin *t)
{
	struct frame *f = begin(t, t->held, false);
	int r;

	f->meta = t->held->meta;
	f->meta.host = intern(t, t->strip & STRIP_HOSTS && f->meta.host ? HOST : f->meta.host);
	f->meta.sampler = intern(t, f->meta.sampler);
	memcpy(f->source, t->held->source, sizeof f->source);
	if (t->ended) {
		/* In the order they ended; already without what is left out. */
		unsigned strip = t->strip;

		t->strip = 0;
		copy_rows(t, &f->table[TABLE_EXIT], &t->ended->table[TABLE_EXIT]);
		t->strip = strip;
		frame_unref(t->ended);
		t->ended = NULL;
	}
	for (int i = 0; i < TABLE_COUNT; i++)
		copy_rows(t, &f->table[i], &t->held->table[i]);
	r = piece_add(t->out, f, &t->moment);
	frame_unref(f);
	/* The encoder begins a group with other strings, as it does after so many anyway. */
	if (++t->kept == GROUP_SAMPLES) {
		strpool_unref(t->strings);
		t->strings = strpool_new();
		t->kept = 0;
	}
	return r;
}

/* A byte that is not known is less than any that is. */
static uint8_t
most(uint8_t a, uint8_t b)
{
	return a == PAST_UNKNOWN ? b : b == PAST_UNKNOWN ? a : MAX(a, b);
}

static bool
same_span(const struct thin *t, const struct moment *a, const struct moment *b)
{
	return t->every_ns > 0 && a->mono_ns <= b->mono_ns &&
	       a->mono_ns / t->every_ns == b->mono_ns / t->every_ns;
}

int
thin_add(struct thin *t, const struct frame *f, const struct moment *m)
{
	struct moment next = *m;
	int r = 0;

	if (t->held && same_span(t, &t->moment, m)) {
		next.cpu = most(t->moment.cpu, m->cpu);
		next.memory = most(t->moment.memory, m->memory);
		next.pressure = most(t->moment.pressure, m->pressure);
		next.events |= t->moment.events;
		fold(t);
	} else if (t->held) {
		r = keep(t);
	}
	frame_unref(t->held);
	t->held = frame_ref(f);
	t->moment = next;
	return r;
}

int
thin_end(struct thin *t)
{
	int r = t->held ? keep(t) : 0;

	frame_unref(t->held);
	t->held = NULL;
	return r;
}

char *
thin_host(const struct thin *t, const char *host)
{
	return xstrdup(t->strip & STRIP_HOSTS ? HOST : host);
}
