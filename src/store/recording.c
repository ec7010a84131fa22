#include "store/recording.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fd.h"
#include "base/mem.h"
#include "store/prune.h"
#include "store/rewrite.h"
#include "store/segment.h"

enum { OPEN_AT_ONCE = 8 };

/* New segments are looked for no more often than this. */
static const int64_t LOOK_NS = NS_PER_S / 2;

struct part {
	char *name;
	uint64_t first, n;       /* its moments; n of one that is not sealed grows */
	struct segment *segment; /* NULL: not open now */
	int64_t wall_ns, latest_ns; /* the earliest and the latest of them */
	bool falls;              /* the wall clock was set back among them */
	uint64_t used;           /* when, by uses */
	ino_t ino;
	int gone;                /* why it cannot be read any more, or 0 */
	bool sealed;
	unsigned damages;        /* this and what follows: as the segment knew them last */
	uint64_t damaged, orphans, torn, bytes;
};

struct recording {
	struct past past; /* first */
	struct cursor cursor;
	int dir;
	bool single; /* a file, not a directory */
	struct part *part;
	size_t nparts, parts_cap;
	size_t open[OPEN_AT_ONCE], nopen; /* of part */
	unsigned lost;                    /* files that were never segments, by their looks */
	uint64_t lost_bytes, uses;
	int64_t looked_ns;
};

static void
part_close(struct recording *r, struct part *p)
{
	if (!p->segment)
		return;
	for (size_t i = 0; i < r->nopen; i++)
		if (&r->part[r->open[i]] == p)
			r->open[i] = r->open[--r->nopen];
	segment_close(p->segment);
	free(p->segment);
	p->segment = NULL;
}

static void
close_oldest(struct recording *r)
{
	struct part *oldest = &r->part[r->open[0]];

	for (size_t i = 1; i < r->nopen; i++)
		if (r->part[r->open[i]].used < oldest->used)
			oldest = &r->part[r->open[i]];
	part_close(r, oldest);
}

/* What is found out when a segment is walked is not forgotten when it is opened by its footer the
 * next time. */
static void
note(struct part *p)
{
	const struct segment *s = p->segment;

	p->bytes = s->size;
	p->sealed = s->sealed;
	if (!s->walked)
		return;
	p->damages = s->damages;
	p->damaged = s->damaged;
	p->orphans = s->orphans;
	p->torn = s->sealed || s->seen > s->size ? 0 : s->size - s->seen;
}

/* Only where numbers are given out: they are for good. */
static void
note_moments(struct part *p)
{
	for (uint64_t i = p->n; i < p->segment->n; i++) {
		int64_t wall_ns = p->segment->entry[i].moment.wall_ns;

		p->falls |= i && wall_ns < p->latest_ns;
		p->wall_ns = i ? MIN(p->wall_ns, wall_ns) : wall_ns;
		p->latest_ns = i ? MAX(p->latest_ns, wall_ns) : wall_ns;
	}
	p->n = p->segment->n;
}

/* Is this what was there? One that is written to grows. */
static bool
is_the_same(const struct part *p, const struct segment *s, ino_t ino)
{
	if (!p->ino)
		return true;
	return ino == p->ino && (p->sealed ? s->n == p->n : s->n >= p->n);
}

static int
part_open(struct recording *r, struct part *p, struct err *e)
{
	struct segment *s;
	struct stat st;
	int result;

	p->used = ++r->uses;
	if (p->segment || p->gone)
		return p->gone;
	if (r->nopen == OPEN_AT_ONCE)
		close_oldest(r);
	s = xcalloc(1, sizeof *s);
	result = segment_open(s, r->dir, p->name, e);
	if (result == 0 && (fstat(s->fd, &st) < 0 || !is_the_same(p, s, st.st_ino))) {
		segment_close(s);
		result = -ENOENT;
	}
	if (result < 0) {
		free(s);
		if (result != -EMFILE && result != -ENFILE && result != -EIO)
			p->gone = result;
		return result;
	}
	p->segment = s;
	p->ino = st.st_ino;
	r->open[r->nopen++] = (size_t)(p - r->part);
	note(p);
	return 0;
}

/* A file that does not begin as a segment is damaged as a whole. */
static void
note_lost(struct recording *r, const char *name)
{
	struct stat st;

	if (fstatat(r->dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0 || !S_ISREG(st.st_mode))
		return;
	r->lost++;
	r->lost_bytes += (uint64_t)st.st_size;
}

static int
add_part(struct recording *r, const char *name, struct err *e)
{
	struct part *p;
	int result;

	GROW(r->part, r->parts_cap, r->nparts + 1);
	p = &r->part[r->nparts];
	*p = (struct part){.name = xstrdup(name)};
	if (r->nparts)
		p->first = p[-1].first + p[-1].n;
	result = part_open(r, p, e);
	if (result < 0) {
		free(p->name);
		return result;
	}
	/* A recorder was ended before it removed it: the one before has it all. */
	if (r->nparts && part_open(r, &p[-1], NULL) == 0 &&
	    segment_replaced(p[-1].segment, p->segment, name)) {
		part_close(r, p);
		free(p->name);
		return 0;
	}
	note_moments(p);
	r->nparts++;
	return 0;
}

/* Moments of a segment that is not the last one keep their numbers: it grows no more for us. */
static void
look_at_last(struct recording *r)
{
	struct part *p = r->nparts ? &r->part[r->nparts - 1] : NULL;

	if (!p || p->sealed || part_open(r, p, NULL) < 0)
		return;
	(void)segment_look(p->segment);
	note(p);
	note_moments(p);
}

/* Segments whose names come after the last one known: a recorder makes no others. 0 or -errno; e of
 * the last that could not be opened. */
static int
look_for_parts(struct recording *r, struct err *e)
{
	const char *last = r->nparts ? r->part[r->nparts - 1].name : "";
	bool first = true;
	char **name;
	size_t n;
	int result = segments_list(r->dir, &name, &n);

	if (result < 0)
		return result;
	for (size_t i = 0; i < n; i++) {
		if (strcmp(name[i], last) > 0) {
			if (first)
				look_at_last(r); /* for the last time */
			first = false;
			if (add_part(r, name[i], e) == -EBADMSG && e)
				note_lost(r, name[i]);
		}
	}
	for (size_t i = 0; i < n; i++)
		free(name[i]);
	free(name);
	return 0;
}

static void
look(struct recording *r)
{
	int64_t now = clock_mono_ns();

	if (now - r->looked_ns < LOOK_NS)
		return;
	r->looked_ns = now;
	if (!r->single)
		(void)look_for_parts(r, NULL);
	look_at_last(r);
}

static struct part *
find_part(struct recording *r, uint64_t n)
{
	struct part *p;

	if (!r->nparts)
		return NULL;
	p = &r->part[past_part(&r->part->first, sizeof *r->part, r->nparts, n)];
	return n < p->first || n - p->first >= p->n ? NULL : p;
}

static int
find(void *arg, uint64_t n, struct place *ret)
{
	struct recording *r = arg;
	struct part *p = find_part(r, n);

	int result = p ? part_open(r, p, NULL) : -ENOENT;

	if (result < 0)
		return result;
	result = segment_find(p->segment, n - p->first, ret);
	note(p);
	return result;
}

static void
recording_span(struct past *past, uint64_t *ret_first, uint64_t *ret_end)
{
	struct recording *r = (struct recording *)past;
	size_t i = 0;

	look(r);
	while (i < r->nparts && part_open(r, &r->part[i], NULL) < 0)
		i++;
	*ret_end = r->nparts ? r->part[r->nparts - 1].first + r->part[r->nparts - 1].n : 0;
	*ret_first = i < r->nparts ? r->part[i].first : *ret_end;
}

static bool
recording_moment(struct past *past, uint64_t n, struct moment *ret)
{
	struct recording *r = (struct recording *)past;
	struct part *p = find_part(r, n);

	if (!p || part_open(r, p, NULL) < 0)
		return false;
	*ret = p->segment->entry[n - p->first].moment;
	return true;
}

/* Only the segment that has it is opened: how early they are is known of all. */
static void
recording_narrow(struct past *past, int64_t wall_ns, uint64_t *first, uint64_t *end)
{
	struct recording *r = (struct recording *)past;

	for (size_t i = r->nparts; i-- > 0;) {
		struct part *p = &r->part[i];

		if (p->n && p->wall_ns <= wall_ns && p->first + p->n > *first &&
		    part_open(r, p, NULL) == 0) {
			*first = MAX(*first, p->first);
			*end = MIN(*end, p->first + p->n);
			return;
		}
	}
	*end = MIN(*end, *first + 1); /* all are later */
}

static void
recording_stretch(struct past *past, uint64_t n, struct stretch *ret)
{
	struct recording *r = (struct recording *)past;
	const struct part *p =
		&r->part[past_part(&r->part->first, sizeof *r->part, r->nparts, n)];

	*ret = (struct stretch){p->first, p->first + p->n, p->wall_ns, p->latest_ns, !p->falls};
}

static int
recording_frame(struct past *past, uint64_t n, const struct field_set want[TABLE_COUNT],
		const struct frame **ret_frame)
{
	return cursor_frame(&((struct recording *)past)->cursor, n, want, ret_frame);
}

static void
recording_free(struct past *past)
{
	struct recording *r = (struct recording *)past;

	for (size_t i = 0; i < r->nparts; i++) {
		part_close(r, &r->part[i]);
		free(r->part[i].name);
	}
	free(r->part);
	cursor_release(&r->cursor);
	if (r->dir >= 0)
		(void)close(r->dir);
	free(r);
}

/* A file is a recording in the directory it lies in, with no others. */
static int
open_single(struct recording *r, const char *path, struct err *e)
{
	const char *slash = strrchr(path, '/');
	char *parent = slash ? xstrdup(path) : xstrdup(".");

	if (slash)
		parent[slash == path ? 1 : slash - path] = '\0';
	r->single = true;
	r->dir = open(parent, O_PATH | O_DIRECTORY | O_CLOEXEC);
	free(parent);
	if (r->dir < 0)
		return err_set(e, -errno, "%.200s: %s", path, strerror(errno));
	return add_part(r, slash ? slash + 1 : path, e);
}

static int
open_directory(struct recording *r, const char *path, struct err *e)
{
	int result;

	e->text[0] = '\0';
	result = look_for_parts(r, e);
	if (result < 0)
		return err_set(e, result, "%.200s: %s", path, strerror(-result));
	if (r->nparts)
		return 0;
	if (*e->text)
		return -EBADMSG; /* the last of those that are there */
	return err_set(e, -ENOENT,
		       "%.150s: nothing recorded there: expected files *" RECORDING_SUFFIX
		       ", as sonde record writes them",
		       path);
}

int
recording_open(const char *path, struct recording **ret, struct err *e)
{
	static const struct past_ops ops = {recording_span, recording_moment, recording_frame,
					    recording_free, recording_narrow,
					    recording_stretch};
	struct recording *r = xcalloc(1, sizeof *r);
	int result;

	r->past.ops = &ops;
	cursor_init(&r->cursor, find, r);
	r->dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (r->dir >= 0)
		result = open_directory(r, path, e);
	else if (errno == ENOTDIR)
		result = open_single(r, path, e);
	else
		result = err_set(e, -errno, "%.200s: %s", path, strerror(errno));
	if (result == 0 && r->part[r->nparts - 1].first + r->part[r->nparts - 1].n == 0)
		result = err_set(e, -ENODATA, "%.200s: a recording without a sample", path);
	if (result < 0) {
		recording_free(&r->past);
		return result;
	}
	r->looked_ns = clock_mono_ns();
	*ret = r;
	return 0;
}

struct past *
recording_past(struct recording *r)
{
	return &r->past;
}

const struct head *
recording_head(struct recording *r, uint64_t n)
{
	struct part *p = find_part(r, n);

	return p && part_open(r, p, NULL) == 0 ? &p->segment->head : NULL;
}

void
recording_facts(const struct recording *r, struct recording_facts *ret)
{
	*ret = (struct recording_facts){
		.segments = (unsigned)r->nparts,
		.damages = r->lost,
		.damaged_bytes = r->lost_bytes,
		.bytes = r->lost_bytes,
	};
	for (size_t i = 0; i < r->nparts; i++) {
		const struct part *p = &r->part[i];
		bool torn = p->torn && i + 1 < r->nparts;

		ret->moments += p->n;
		ret->bytes += p->bytes;
		ret->damages += p->damages + torn;
		ret->damaged_bytes += p->damaged + (torn ? p->torn : 0);
		ret->orphans += p->orphans;
		ret->torn_bytes = torn ? 0 : p->torn;
	}
}
