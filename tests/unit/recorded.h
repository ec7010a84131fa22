#ifndef RECORDED_H
#define RECORDED_H

/* Directories of a test's own, frames to record in them, and what must come back. Include after
 * cmocka.h. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "feed/past.h"
#include "random_frame.h"
#include "store/recording.h"
#include "store/writer.h"

static const struct writer_options usual = {
	.sync_ns = INT64_MAX, .segment_ns = INT64_MAX, .segment_bytes = UINT64_MAX};

struct place_to_write {
	char dir[64];
	int fd;
};

static inline void
place_init(struct place_to_write *p)
{
	snprintf(p->dir, sizeof p->dir, "/tmp/sonde-test-XXXXXX");
	assert_non_null(mkdtemp(p->dir));
	p->fd = open(p->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(p->fd >= 0);
}

/* The names there but "lock", sorted; at most max. */
static inline unsigned
place_list(const struct place_to_write *p, char name[][64], unsigned max)
{
	DIR *d = opendir(p->dir);
	unsigned n = 0;

	assert_non_null(d);
	for (struct dirent *e; (e = readdir(d)) && n < max;)
		if (e->d_name[0] != '.' && strcmp(e->d_name, "lock") != 0)
			snprintf(name[n++], 64, "%.63s", e->d_name);
	closedir(d);
	qsort(name, n, 64, (int (*)(const void *, const void *))strcmp);
	return n;
}

static inline void
place_clear(const struct place_to_write *p)
{
	DIR *d = opendir(p->dir);

	assert_non_null(d);
	for (struct dirent *e; (e = readdir(d));)
		if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0 &&
		    unlinkat(p->fd, e->d_name, 0) < 0)
			(void)unlinkat(p->fd, e->d_name, AT_REMOVEDIR);
	closedir(d);
}

static inline void
place_release(struct place_to_write *p)
{
	place_clear(p);
	(void)close(p->fd);
	assert_int_equal(rmdir(p->dir), 0);
}

static inline struct writer *
write_to(const struct place_to_write *p, struct writer_options o)
{
	struct writer *w;
	struct err e = {.text = ""};

	o.dir = p->dir;
	if (writer_open(&o, &w, &e) < 0)
		fail_msg("%s", e.text);
	return w;
}

static inline struct past *
read_from(const struct place_to_write *p, struct recording **ret)
{
	struct recording *r;
	struct err e = {.text = ""};

	if (recording_open(p->dir, &r, &e) < 0)
		fail_msg("%s", e.text);
	if (ret)
		*ret = r;
	return recording_past(r);
}

/* Frames one after the other, with their rates. */
struct reel {
	struct machine machine;
	const struct frame **frame;
	size_t n;
};

static inline void
reel_init(struct reel *r, uint64_t seed, size_t n)
{
	machine_init(&r->machine, seed);
	r->frame = xcalloc(n, sizeof *r->frame);
	for (r->n = 0; r->n < n; r->n++) {
		const struct frame *prev = r->n ? r->frame[r->n - 1] : NULL;
		struct frame *f = machine_next(&r->machine, prev);

		f->meta.foreign = f->meta.fixture = false; /* of one boot, which is known */
		if (prev)
			f->meta.interval_ns = f->meta.mono_ns - prev->meta.mono_ns;
		frame_derive(f, prev);
		r->frame[r->n] = f;
	}
}

static inline void
reel_release(struct reel *r)
{
	for (size_t i = 0; i < r->n; i++)
		frame_unref(r->frame[i]);
	free(r->frame);
	machine_release(&r->machine);
}

static inline void
reel_write(const struct reel *r, struct writer *w, size_t from, size_t to)
{
	struct err e = {.text = ""};

	for (size_t i = from; i < to; i++)
		if (writer_add(w, r->frame[i], &e) < 0)
			fail_msg("frame %zu: %s", i, e.text);
}

static inline const struct field_set *
all_fields(void)
{
	static struct field_set everything[TABLE_COUNT];

	memset(everything, 0xff, sizeof everything);
	return everything;
}

/* What b has, a has too. */
static inline void
assert_same_rates(const struct frame *a, const struct frame *b)
{
	assert_int_equal(a->meta.interval_ns, b->meta.interval_ns);
	for (int t = 0; t < TABLE_COUNT; t++)
		for (unsigned f = 0; f < schema[t].nfields; f++)
			for (uint32_t i = 0; i < b->table[t].nrows; i++) {
				if (field_is_raw(&schema[t].field[f]) ||
				    !cell_valid(&b->table[t], i, f))
					continue;
				if (!cell_valid(&a->table[t], i, f))
					fail_msg("%s.%s row %u", schema[t].name,
						 schema[t].field[f].name, i);
				assert_memory_equal(&a->table[t].col[f][i], &b->table[t].col[f][i],
						    sizeof(union value));
			}
}

/* Moment n is the frame; with its rates, when the one before it is there as well. */
static inline void
assert_moment(struct past *p, uint64_t n, const struct frame *f, bool rates)
{
	const struct frame *got;
	struct moment m;
	const char *where;
	int r = past_frame(p, n, all_fields(), &got);

	if (r < 0)
		fail_msg("moment %d: %s", (int)n, strerror(-r));
	where = difference_of(f, got);
	if (where)
		fail_msg("moment %d: %s", (int)n, where);
	assert_true(past_moment(p, n, &m));
	assert_int_equal(m.mono_ns, f->meta.mono_ns);
	assert_int_equal(m.wall_ns, f->meta.wall_ns);
	assert_int_equal(got->meta.mono_ns, f->meta.mono_ns);
	assert_int_equal(got->meta.wall_ns, f->meta.wall_ns);
	if (rates)
		assert_same_rates(got, f);
	frame_unref(got);
}

static inline void
assert_span(struct past *p, uint64_t first, uint64_t end)
{
	uint64_t a, b;

	past_span(p, &a, &b);
	assert_int_equal(a, first);
	assert_int_equal(b, end);
}

#endif
