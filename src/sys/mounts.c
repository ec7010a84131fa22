/* mounts: reads proc/self/mountinfo into the fs table, and asks statvfs() how full they are.
 *
 * line = id parent major:minor root mount options { optional } "-" type source super_options
 *
 * Blanks, newlines and backslashes in names are written as \ooo. The list is parsed again only
 * when it changed: the kernel tells by POLLPRI on an open descriptor. Paths also change when a
 * directory above is renamed, of which nobody tells, hence once a minute all the same.
 *
 * They are asked every five seconds, and seldom when they were slow to answer. statvfs() of a
 * network or FUSE file system hangs when the other side does, so that one, and any whose path leads
 * through one, is asked by an errand; what had no answer is late. autofs is never asked: that would
 * mount. */
#include <errno.h>
#include <poll.h>
#include <sys/statvfs.h>

#include "base/clock.h"
#include "base/mem.h"
#include "sys/errand.h"
#include "sys/parse.h"

static const int64_t LIST_EVERY_NS = 60 * NS_PER_S;
static const int64_t ASK_EVERY_NS = 5 * NS_PER_S;
enum { SLOW_FACTOR = 100 };

struct usage {
	bool asked;
	int error;       /* 0 or -errno */
	uint32_t errand; /* + 1, while one is under way; 0: none */
	int64_t next_ns; /* when to ask again */
	bool has_space, has_files;
	uint64_t size, used, available, files, files_free;
};

struct mount {
	struct row_key key;
	const char *path, *source, *type; /* in text */
	uint64_t device;
	bool readonly, drop;
	bool remote; /* may keep who asks waiting; so may all below its path */
	bool far;    /* it, or one above it, is remote */
	struct usage usage;
};

struct mounts {
	int64_t listed_ns;
	struct buf text; /* of the list; NULs were put into it */
	uint64_t hash;   /* of the file it was */
	int error;       /* 0 or -errno: of the list */
	struct mount *list, *before;
	size_t n, cap, nbefore, cap_before;
	struct index ix;
};

struct mounts *
mounts_new(void)
{
	return xcalloc(1, sizeof(struct mounts));
}

void
mounts_free(struct mounts *m)
{
	if (!m)
		return;
	buf_release(&m->text);
	free(m->list);
	free(m->before);
	index_release(&m->ix);
	free(m);
}

static bool
is_one_of(struct span s, const char *const *names, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (span_is(s, names[i]))
			return true;
	return false;
}

/* What holds no files of its own. */
static bool
is_pseudo(struct span type)
{
	static const char *const types[] = {
		"autofs", "binder", "binfmt_misc", "bpf", "cgroup", "cgroup2", "configfs",
		"debugfs", "devpts", "efivarfs", "fusectl", "hugetlbfs", "mqueue", "nfsd", "nsfs",
		"proc", "pstore", "ramfs", "resctrl", "rootfs", "rpc_pipefs", "securityfs",
		"selinuxfs", "smackfs", "sysfs", "tracefs",
	};

	return is_one_of(type, types, ARRAY_LEN(types));
}

/* What answers statvfs() out of this machine's memory. Whatever else there is, network and FUSE
 * first of all, may keep the caller waiting. */
static bool
is_local(struct span type)
{
	static const char *const types[] = {
		"bcachefs", "btrfs", "devtmpfs", "erofs", "exfat", "ext2", "ext3", "ext4", "f2fs",
		"iso9660", "jfs", "msdos", "nilfs2", "ntfs3", "overlay", "reiserfs", "squashfs",
		"tmpfs", "ubifs", "udf", "vfat", "xfs", "zfs",
	};

	return is_one_of(type, types, ARRAY_LEN(types));
}

static bool
has_option(struct span options, const char *want)
{
	struct span option;

	while (cut_name(&options, ',', &option))
		if (span_is(option, want))
			return true;
	return span_is(options, want);
}

/* Undoes \ooo in place and puts a NUL behind: on what stood there, or in the room that is
 * gained. */
static const char *
unescape(struct span s)
{
	char *const start = (char *)s.p, *to = start;

	for (const char *p = s.p; p < s.end; p++) {
		if (*p == '\\' && s.end - p >= 4 && (unsigned)(p[1] - '0') < 4 &&
		    (unsigned)(p[2] - '0') < 8 && (unsigned)(p[3] - '0') < 8) {
			*to++ = (char)((p[1] - '0') << 6 | (p[2] - '0') << 3 | (p[3] - '0'));
			p += 3;
		} else {
			*to++ = *p;
		}
	}
	*to = '\0';
	return start;
}

static int
mount_line(struct span line, struct mount *ret)
{
	struct span number, root, path, options, word, type, source, super;
	uint64_t id, major, minor;

	if (column_u64(&line, &id) != COLUMN_OK || column_u64(&line, &id) != COLUMN_OK ||
	    !span_word(&line, &number) || num_u64(&number, &major) < 0 || span_empty(number) ||
	    *number.p++ != ':' || num_u64(&number, &minor) < 0 || !span_empty(number) ||
	    major > UINT32_MAX || minor > UINT32_MAX || !span_word(&line, &root) ||
	    !span_word(&line, &path) || *path.p != '/' || !span_word(&line, &options))
		return -EINVAL;
	do
		if (!span_word(&line, &word))
			return -EINVAL;
	while (!span_is(word, "-"));
	if (!span_word(&line, &type))
		return -EINVAL;
	/* A source may be an empty string: then two blanks follow each other. */
	if (span_len(line) > 1 && line.p[0] == ' ' && line.p[1] == ' ')
		source = (struct span){line.p + 1, line.p + 1};
	else if (!span_word(&line, &source))
		return -EINVAL;
	if (!span_word(&line, &super))
		super = source;
	*ret = (struct mount){
		.device = major << 32 | minor,
		.readonly = has_option(options, "ro") || has_option(super, "ro"),
		.remote = span_is(type, "autofs") || (!is_local(type) && !is_pseudo(type)),
		.drop = is_pseudo(type),
	};
	/* Only now, because the NULs fall on the blanks between them. */
	ret->path = unescape(path);
	ret->source = unescape(source);
	ret->type = unescape(type);
	ret->key = (struct row_key){hash_bytes(ret->path, strlen(ret->path)), ret->device};
	return 0;
}

static bool
is_below(const char *path, const char *dir)
{
	size_t n = strlen(dir);

	return strncmp(path, dir, n) == 0 && (!path[n] || path[n] == '/' || dir[n - 1] == '/');
}

/* The way to a file system leads through those above it. */
static void
mark_far(struct mounts *m)
{
	for (size_t k = 0; k < m->n; k++)
		for (size_t i = 0; m->list[k].remote && i < m->n; i++)
			m->list[i].far |= is_below(m->list[i].path, m->list[k].path);
}

/* Of several on the same place the last is the one that is seen. */
static void
drop_hidden(struct mounts *m)
{
	index_reset(&m->ix, m->n);
	for (size_t i = m->n; i-- > 0;) {
		uint64_t hash = m->list[i].key.a, pos = hash;
		uint32_t row;

		while ((row = index_probe(&m->ix, &pos)) != UINT32_MAX)
			if (strcmp(m->list[row].path, m->list[i].path) == 0)
				break;
		if (row != UINT32_MAX)
			m->list[i].drop = true;
		else
			index_add(&m->ix, hash, (uint32_t)i);
	}
}

/* Of several places of the same device the one with the shortest path is shown. */
static void
drop_repeated(struct mounts *m)
{
	index_reset(&m->ix, m->n);
	for (size_t i = 0; i < m->n; i++) {
		uint64_t hash = hash_u64(m->list[i].device), pos = hash;
		struct mount *a = &m->list[i], *b = NULL;
		uint32_t row;

		if (a->drop)
			continue;
		while ((row = index_probe(&m->ix, &pos)) != UINT32_MAX) {
			b = &m->list[row];
			if (b->device == a->device && !b->drop)
				break;
		}
		if (row == UINT32_MAX) {
			index_add(&m->ix, hash, (uint32_t)i);
			continue;
		}
		if (strlen(a->path) < strlen(b->path)) {
			b->drop = true;
			index_add(&m->ix, hash, (uint32_t)i);
		} else {
			a->drop = true;
		}
	}
}

static void
keep_usage(struct mounts *m)
{
	index_reset(&m->ix, m->nbefore);
	for (size_t i = 0; i < m->nbefore; i++)
		index_add(&m->ix, row_key_hash(m->before[i].key), (uint32_t)i);
	for (size_t i = 0; i < m->n; i++) {
		uint64_t pos = row_key_hash(m->list[i].key);
		uint32_t row;

		while ((row = index_probe(&m->ix, &pos)) != UINT32_MAX) {
			if (!row_key_equal(m->before[row].key, m->list[i].key))
				continue;
			m->list[i].usage = m->before[row].usage;
			break;
		}
	}
}

int
mounts_parse(struct mounts *m, struct span text)
{
	struct mount *list = m->before;
	size_t cap = m->cap_before, kept = 0;
	struct lines lines;
	struct span line;
	int ret = 0;

	m->before = m->list;
	m->nbefore = m->n;
	m->cap_before = m->cap;
	m->list = list;
	m->n = 0;
	m->cap = cap;
	buf_clear(&m->text);
	buf_put(&m->text, text.p, span_len(text));
	lines = lines_of(span_of(m->text.data, m->text.len));
	while (lines_next(&lines, &line)) {
		GROW(m->list, m->cap, m->n + 1);
		if (mount_line(line, &m->list[m->n]) == 0)
			m->n++;
		else
			ret = -EINVAL;
	}
	mark_far(m);
	drop_hidden(m);
	drop_repeated(m);
	for (size_t i = 0; i < m->n; i++)
		if (!m->list[i].drop)
			m->list[kept++] = m->list[i];
	m->n = kept;
	keep_usage(m);
	return span_empty(text) || lines.cut ? -EINVAL : ret;
}

/* Has the list changed since it was read? Only the kernel tells, not a file in a fixture. */
static bool
is_unchanged(const struct sys_context *c, const struct mounts *m, int64_t now_ns)
{
	struct pollfd p = {.fd = source_fd(c, SRC_MOUNTINFO), .events = POLLPRI};

	if (p.fd < 0 || now_ns - m->listed_ns >= LIST_EVERY_NS || now_ns < m->listed_ns)
		return false;
	return poll(&p, 1, 0) == 0;
}

static void
update_list(struct sys_context *c, struct mounts *m, int64_t now_ns)
{
	uint64_t hash;

	if (is_unchanged(c, m, now_ns))
		return;
	m->listed_ns = now_ns;
	m->error = source_read(c, SRC_MOUNTINFO);
	/* On a foreign procfs there may be no self. */
	if (m->error == -ENOENT)
		m->error = root_read(c->root, ROOT_PROC, "1/mountinfo", &c->text);
	if (m->error < 0) {
		m->n = 0;
		m->hash = 0;
		return;
	}
	hash = hash_bytes(c->text.data, c->text.len);
	if (m->hash && hash == m->hash)
		return;
	m->error = mounts_parse(m, span_of(c->text.data, c->text.len));
	/* One that was not understood is to be said again. */
	m->hash = m->error ? 0 : hash;
}

/* s: what statvfs() said, unless error. */
static void
take_usage(struct usage *u, int error, const struct statvfs *s, int64_t took_ns, int64_t now_ns)
{
	uint64_t unit;

	*u = (struct usage){.asked = true, .error = error};
	u->next_ns = now_ns + MAX(ASK_EVERY_NS, took_ns * SLOW_FACTOR);
	if (errand_is_late(error))
		u->next_ns = now_ns; /* errands know when it may be asked again */
	if (error < 0)
		return;
	unit = s->f_frsize ? s->f_frsize : s->f_bsize;
	u->has_space = !ckd_mul(&u->size, s->f_blocks, unit) && s->f_bfree <= s->f_blocks &&
		       s->f_bavail <= s->f_blocks;
	if (u->has_space) {
		u->used = (s->f_blocks - s->f_bfree) * unit;
		u->available = s->f_bavail * unit;
	}
	/* btrfs and others make inodes as they need them and say 0. */
	u->has_files = s->f_files > 0 && s->f_ffree <= s->f_files;
	u->files = s->f_files;
	u->files_free = s->f_ffree;
}

static void
ask_here(struct mount *m, int64_t now_ns)
{
	int64_t began_ns = clock_mono_ns();
	struct statvfs s;
	int r = statvfs(m->path, &s) < 0 ? -errno : 0;

	take_usage(&m->usage, r, &s, clock_mono_ns() - began_ns, now_ns);
}

/* Asks those whose time has come. */
static void
ask(struct sys_context *c, struct mounts *m, int64_t now_ns)
{
	struct errands *e = c->errands;

	errands_clear(e);
	for (size_t i = 0; i < m->n; i++) {
		struct mount *mt = &m->list[i];
		struct usage *u = &mt->usage;

		u->errand = 0;
		if (u->asked && now_ns < u->next_ns)
			continue;
		if (mt->far)
			u->errand = errand_statvfs(e, row_key_hash(mt->key), mt->path) + 1;
		else
			ask_here(mt, now_ns);
	}
	errands_run(e, now_ns);
	for (size_t i = 0; i < m->n; i++) {
		struct usage *u = &m->list[i].usage;
		struct statvfs s;
		int64_t took_ns = 0;
		int r;

		if (!u->errand)
			continue;
		r = errand_usage(e, u->errand - 1, &s, &took_ns);
		take_usage(u, r, &s, took_ns, now_ns);
	}
}

static void
fill_usage(const struct usage *u, struct row row)
{
	static const uint8_t fields[] = {FS_SIZE, FS_USED, FS_AVAILABLE, FS_FILES, FS_FILES_FREE};

	for (size_t i = 0; errand_is_late(u->error) && i < ARRAY_LEN(fields); i++)
		row_late(row, fields[i]);
	if (u->has_space) {
		row_u64(row, FS_SIZE, u->size);
		row_u64(row, FS_USED, u->used);
		row_u64(row, FS_AVAILABLE, u->available);
	}
	if (u->has_files) {
		row_u64(row, FS_FILES, u->files);
		row_u64(row, FS_FILES_FREE, u->files_free);
	}
}

void
mounts_fill(struct sys_context *c, struct frame *f)
{
	struct table *t = &f->table[TABLE_FS];
	struct mounts *m = c->mounts;
	int64_t now_ns = f->meta.mono_ns;
	bool usage = t->col[FS_SIZE] || t->col[FS_USED] || t->col[FS_AVAILABLE] ||
		     t->col[FS_FILES] || t->col[FS_FILES_FREE];

	if (usage && !c->root->foreign)
		ask(c, m, now_ns);
	for (size_t i = 0; i < m->n; i++) {
		struct mount *mt = &m->list[i];
		struct usage *u = &mt->usage;
		struct row row = table_add_row(t, mt->key);

		row_str(row, FS_MOUNT, strpool_intern(f->strings, mt->path, strlen(mt->path)));
		row_str(row, FS_SOURCE, strpool_intern(f->strings, mt->source, strlen(mt->source)));
		row_str(row, FS_TYPE, strpool_intern(f->strings, mt->type, strlen(mt->type)));
		row_u64(row, FS_READONLY, mt->readonly);
		if (!usage)
			continue;
		if (c->root->foreign) {
			source_note(f, SRC_STATVFS, -EOPNOTSUPP);
			continue;
		}
		fill_usage(u, row);
		source_note(f, SRC_STATVFS, u->error);
	}
}

void
mounts_read(struct sys_context *c, struct frame *f)
{
	update_list(c, c->mounts, f->meta.mono_ns);
	source_note(f, SRC_MOUNTINFO, c->mounts->error);
	mounts_fill(c, f);
}
