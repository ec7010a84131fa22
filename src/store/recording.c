#include "store/recording.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fd.h"
#include "base/mem.h"
#include "store/prune.h"
#include "store/segment.h"

enum { OPEN_AT_ONCE = 8 };

/* New segments are looked for no more often than this. */
static const int64_t LOOK_NS = NS_PER_S / 2;

struct part {
	char *name;
	uint64_t first, n;       /* its moments; n of one that is not sealed grows */
	struct segment *segment; /* NULL: not open now */
	uint64_t used;           /* when, by uses */
	bool gone;               /* it cannot be read any more */
};

struct recording {
	struct past past; /* first */
	struct cursor cursor;
	int dir;
	bool single; /* a file, not a directory */
	struct part *part;
	size_t nparts, parts_cap, nopen;
	uint64_t uses;
	int64_t looked_ns;
	struct recording_facts facts;
};

static void
part_close(struct recording *r, struct part *p)
{
	if (!p->segment)
		return;
	segment_close(p->segment);
	free(p->segment);
	p->segment = NULL;
	r->nopen--;
}

static int
part_open(struct recording *r, struct part *p, struct err *e)
{
	struct segment *s;
	int result;

	p->used = ++r->uses;
	if (p->segment)
		return 0;
	while (r->nopen >= OPEN_AT_ONCE) {
		struct part *oldest = NULL;

		for (size_t i = 0; i < r->nparts; i++)
			if (r->part[i].segment && (!oldest || r->part[i].used < oldest->used))
				oldest = &r->part[i];
		part_close(r, oldest);
	}
	s = xcalloc(1, sizeof *s);
	result = segment_open(s, r->dir, p->name, e);
	if (result < 0) {
		free(s);
		p->gone = true;
		return result;
	}
	p->segment = s;
	r->nopen++;
	return 0;
}

static void
note_facts(struct recording *r, const struct segment *s, int sign)
{
	r->facts.damages += (unsigned)(sign * (int)s->damages);
	r->facts.damaged_bytes += (uint64_t)sign * s->damaged;
	r->facts.orphans += (uint64_t)sign * s->orphans;
}

static int
add_part(struct recording *r, char *name, struct err *e)
{
	struct part *p;
	int result;

	GROW(r->part, r->parts_cap, r->nparts + 1);
	p = &r->part[r->nparts];
	*p = (struct part){.name = name};
	if (r->nparts)
		p->first = p[-1].first + p[-1].n;
	result = part_open(r, p, e);
	if (result < 0) {
		free(name);
		return result;
	}
	p->n = p->segment->n;
	note_facts(r, p->segment, 1);
	r->nparts++;
	return 0;
}

/* Moments of a segment that is not the last one keep their numbers: it grows no more for us. */
static void
look_at_last(struct recording *r)
{
	struct part *p = r->nparts ? &r->part[r->nparts - 1] : NULL;

	if (!p || part_open(r, p, NULL) < 0)
		return;
	note_facts(r, p->segment, -1);
	(void)segment_look(p->segment);
	note_facts(r, p->segment, 1);
	p->n = p->segment->n;
}

/* Segments whose names come after the last one known. 0 or -errno; e of the last that could not be
 * opened. */
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
		if (strcmp(name[i], last) <= 0) {
			free(name[i]);
			continue;
		}
		if (first)
			look_at_last(r); /* for the last time */
		first = false;
		(void)add_part(r, name[i], e);
	}
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
	size_t low = 0, high = r->nparts;

	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;

		if (r->part[middle].first <= n)
			low = middle;
		else
			high = middle;
	}
	if (!r->nparts || n < r->part[low].first || n - r->part[low].first >= r->part[low].n)
		return NULL;
	return &r->part[low];
}

static int
find(void *arg, uint64_t n, struct place *ret)
{
	struct recording *r = arg;
	struct part *p = find_part(r, n);

	if (!p || part_open(r, p, NULL) < 0 || n - p->first >= p->segment->n)
		return -ENOENT;
	return segment_find(p->segment, n - p->first, ret);
}

static void
recording_span(struct past *past, uint64_t *ret_first, uint64_t *ret_end)
{
	struct recording *r = (struct recording *)past;
	size_t i = 0;

	look(r);
	while (i < r->nparts && r->part[i].gone)
		i++;
	*ret_end = r->nparts ? r->part[r->nparts - 1].first + r->part[r->nparts - 1].n : 0;
	*ret_first = i < r->nparts ? r->part[i].first : *ret_end;
}

static bool
recording_moment(struct past *past, uint64_t n, struct moment *ret)
{
	struct recording *r = (struct recording *)past;
	struct part *p = find_part(r, n);

	if (!p || part_open(r, p, NULL) < 0 || n - p->first >= p->segment->n)
		return false;
	*ret = p->segment->entry[n - p->first].moment;
	return true;
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
	return add_part(r, xstrdup(slash ? slash + 1 : path), e);
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
					    recording_free};
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
	*ret = r->facts;
	ret->segments = (unsigned)r->nparts;
	ret->moments = r->nparts ? r->part[r->nparts - 1].first + r->part[r->nparts - 1].n : 0;
}
