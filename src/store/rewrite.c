#include "store/rewrite.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "store/names.h"
#include "store/prune.h"
#include "store/recording.h"
#include "store/segment.h"
#include "store/thin.h"

/* No segment for readers: begins with a dot. One pass at a time, by the writer's lock. */
static const char TEMPORARY[] = ".thin" RECORDING_SUFFIX;

enum { DAY = 8 }; /* how a name begins: YYYYMMDD */

/* Segments that become one. */
struct run {
	int dir;
	char **name; /* borrowed; from the first on */
	size_t n;
	struct segment last; /* the last of them, open; n is 0: none */
	struct stat newest;
	uint64_t samples;
	int64_t first_ns, last_ns; /* by the monotonic clock */
};

void
rewrite_clean(int dir)
{
	(void)unlinkat(dir, TEMPORARY, 0);
}

bool
segment_replaced(const struct segment *first, const struct segment *second, const char *name)
{
	const struct entry *a = first->entry, *b = second->entry;

	if (!first->head.until || strcmp(name, first->head.until) > 0 || !first->sealed ||
	    !second->sealed || !first->n || !second->n)
		return false;
	/* So it must be, but for files that somebody put there. */
	return first->boot && first->boot == second->boot &&
	       b[0].moment.mono_ns >= first->head.mono_ns &&
	       b[second->n - 1].moment.mono_ns <= a[first->n - 1].moment.mono_ns;
}

/* Rewriting keeps nothing of what we have no name for. */
static bool
is_known(const struct layout *l)
{
	for (unsigned t = 0; t < l->ntables; t++) {
		if (l->table[t].ours < 0)
			return false;
		for (unsigned f = 0; f < l->table[t].nfields; f++)
			if (l->table[t].field[f].ours < 0)
				return false;
	}
	return true;
}

static int
find(void *arg, uint64_t n, struct place *ret)
{
	struct segment *s = arg;

	return n < s->n ? segment_find(s, n, ret) : -ENOENT;
}

/* All its samples but for those that are damaged. 0 or -errno. */
static int
copy_segment(struct segment *s, struct thin *t)
{
	struct field_set want[TABLE_COUNT] = {0};
	struct cursor c;
	int r = 0;

	thin_want(want);
	cursor_init(&c, find, s);
	for (size_t i = 0; i < s->n && r == 0; i++) {
		const struct frame *f;

		r = cursor_frame(&c, i, want, &f);
		if (r == -EBADMSG) {
			r = 0;
		} else if (r == 0) {
			r = thin_add(t, f, &s->entry[i].moment);
			frame_unref(f);
		}
	}
	cursor_release(&c);
	return r;
}

static int
copy_run(struct run *run, int64_t every_ns)
{
	struct piece piece = {.fd = -1};
	struct thin thin;
	int r = 0;

	thin_init(&thin, &piece, every_ns, 0);
	for (size_t i = 0; i < run->n && r == 0; i++) {
		struct segment s;
		struct head h;

		r = segment_open(&s, run->dir, run->name[i], NULL);
		if (r < 0)
			break;
		h = s.head;
		h.layout = layout_own();
		if (run->n > 1)
			h.until = run->name[run->n - 1];
		if (i == 0)
			r = piece_begin(&piece, run->dir, TEMPORARY, &h);
		layout_unref(h.layout);
		if (r == 0)
			r = copy_segment(&s, &thin);
		segment_close(&s);
	}
	if (r == 0)
		r = thin_end(&thin);
	if (r == 0 && !piece.n)
		r = -EBADMSG;
	if (r == 0)
		r = piece_end(&piece, run->name[0], true, &run->newest);
	piece_drop(&piece);
	thin_release(&thin);
	for (size_t i = 1; i < run->n && r == 0; i++)
		(void)unlinkat(run->dir, run->name[i], 0);
	return r;
}

/* The run is complete: the level it is old enough for, when at least half of it would go. */
static int
end_run(struct run *run, const struct rewrite_level *level, int64_t now_ns)
{
	int64_t age = now_ns - (int64_t)run->newest.st_mtim.tv_sec * NS_PER_S;
	int64_t every = 0, span = run->last_ns - run->first_ns;
	int written = 0;

	for (int i = 0; i < REWRITE_LEVELS; i++)
		if (level[i].age_ns > 0 && age > level[i].age_ns)
			every = level[i].every_ns;
	if (run->n && every && run->samples > 2 && span / (int64_t)(run->samples - 1) < every / 2)
		written = copy_run(run, every) == 0;
	if (run->n)
		segment_close(&run->last);
	run->n = 0;
	return written;
}

static bool
is_ours(const struct segment *s, struct stat *ret)
{
	return fstat(s->fd, ret) == 0 && S_ISREG(ret->st_mode) && ret->st_nlink == 1 &&
	       ret->st_uid == geteuid() && s->sealed && s->n && is_known(s->head.layout);
}

/* Does it go on where the run ends? */
static bool
follows(const struct run *run, const char *name, const struct segment *s)
{
	return run->n && s->boot && s->boot == run->last.boot &&
	       memcmp(name, run->name[0], DAY) == 0 &&
	       s->entry[0].moment.mono_ns > run->last_ns &&
	       s->head.clk_tck == run->last.head.clk_tck &&
	       s->head.page_size == run->last.head.page_size;
}

static void
extend(struct run *run, char **name, const struct segment *s, const struct stat *st)
{
	if (run->n)
		segment_close(&run->last);
	if (!run->n) {
		run->name = name;
		run->samples = 0;
		run->first_ns = s->entry[0].moment.mono_ns;
		run->newest = *st;
	}
	if (st->st_mtim.tv_sec > run->newest.st_mtim.tv_sec)
		run->newest = *st;
	run->last = *s;
	run->last_ns = s->entry[s->n - 1].moment.mono_ns;
	run->samples += s->n;
	run->n++;
}

int
rewrite(int dir, const struct rewrite_level level[REWRITE_LEVELS], int64_t now_ns)
{
	struct run run = {.dir = dir};
	int written = 0, r;
	char **name;
	size_t n, kept = 0;

	r = segments_list(dir, &name, &n);
	if (r < 0)
		return r;
	rewrite_clean(dir);
	/* The names of a run stand side by side: what is passed over ends it. */
	for (size_t i = 0; i < n; i++) {
		struct segment s = {.fd = -1};
		struct stat st;
		bool ours = name_is_ours(name[i]) &&
			    segment_open(&s, dir, name[i], NULL) == 0 && is_ours(&s, &st);

		if (ours && run.n && segment_replaced(&run.last, &s, name[i])) {
			(void)unlinkat(dir, name[i], 0); /* is in there already */
			segment_close(&s);
			free(name[i]);
			continue;
		}
		name[kept] = name[i];
		if (!ours || !follows(&run, name[kept], &s))
			written += end_run(&run, level, now_ns);
		if (ours)
			extend(&run, &name[kept], &s, &st);
		else if (s.fd >= 0)
			segment_close(&s);
		kept++;
	}
	written += end_run(&run, level, now_ns);
	for (size_t i = 0; i < kept; i++)
		free(name[i]);
	free(name);
	return written;
}
