/* Damaged segments, more than a thousand: whatever happened to the bytes, each sample whose group is whole from
 * its key on is read as it was, nothing is read that never was, and damage is counted. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "../long.h"
#include "recorded.h"
#include "store/footer.h"
#include "store/head.h"
#include "store/scribe.h"

enum { N = 30, GROUP = 6, PAGE = 512 };

struct image {
	struct buf bytes;
	struct machine machine;
	const struct frame *frame[N];
	size_t at[N + 1]; /* of each record, and the end of the last */
	struct place_to_write place;
	char path[128];
	int fd;
};

/* A few tables with little in them, so that every length can be tried. */
static struct frame *
small_frame(struct machine *m)
{
	struct frame *f = frame_begin(m->pool, m->want, m->strings);
	uint64_t rows = 2 + dice(m, 4);

	f->meta = (struct frame_meta){.seq = m->seq++, .host = "", .wall_ns = m->wall_ns,
				      .mono_ns = m->mono_ns};
	m->wall_ns += NS_PER_S;
	m->mono_ns += NS_PER_S;
	for (uint64_t i = 0; i < rows; i++) {
		struct row r = table_add_row(&f->table[TABLE_PROC],
					     (struct row_key){10 + i + dice(m, 2), i});

		row_u64(r, PROC_PID, 10 + i);
		row_u64(r, PROC_CPU, dice(m, 1u << 30));
		row_str(r, PROC_NAME, machine_text(m));
	}
	return f;
}

static void
image_init(struct image *im, uint64_t seed)
{
	struct head h = {.wall_ns = 1, .mono_ns = 2, .boot_id = "a boot", .clk_tck = 100,
			 .page_size = 4096, .host = (char *)"host", .layout = layout_own()};
	struct packer *packer = packer_new();
	struct entry entry[N];
	struct scribe s;
	struct record r;
	uint64_t begin;

	*im = (struct image){0};
	machine_init(&im->machine, seed);
	field_set_add(&im->machine.want[TABLE_PROC], PROC_PID);
	field_set_add(&im->machine.want[TABLE_PROC], PROC_CPU);
	field_set_add(&im->machine.want[TABLE_PROC], PROC_NAME);
	scribe_init(&s);
	h.release = h.version = h.host;
	head_put(&h, &im->bytes);
	begin = im->bytes.len;
	for (int i = 0; i < N; i++) {
		im->frame[i] = small_frame(&im->machine);
		im->at[i] = im->bytes.len;
		if (i % GROUP == 0)
			scribe_begin(&s);
		scribe_put(&s, im->frame[i], NULL, &im->bytes, &r);
		entry[i] = (struct entry){im->at[i], (uint32_t)(im->bytes.len - im->at[i]), r.n,
					  {r.wall_ns, r.mono_ns, r.cpu, r.memory, r.pressure,
					   r.events}};
	}
	im->at[N] = im->bytes.len;
	footer_put(entry, N, begin, packer, &im->bytes);
	scribe_release(&s);
	packer_free(packer);
	layout_unref(h.layout);
	place_init(&im->place);
	snprintf(im->path, sizeof im->path, "%s/image.sonde", im->place.dir);
	im->fd = open(im->path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	assert_true(im->fd >= 0);
}

static void
image_release(struct image *im)
{
	for (int i = 0; i < N; i++)
		frame_unref(im->frame[i]);
	machine_release(&im->machine);
	buf_release(&im->bytes);
	(void)close(im->fd);
	place_release(&im->place);
}

/* Is the sample in the damaged bytes, with its group? As one piece; or, where nothing but what is no
 * record came between, one after the other. */
static bool
is_whole(const struct image *im, const char *bytes, size_t n, int i, bool in_pieces)
{
	int key = i - i % GROUP;
	const char *at = bytes;

	if (n < im->at[0] || memcmp(bytes, im->bytes.data, im->at[0]) != 0)
		return false; /* nothing can be read without the head */
	if (!in_pieces)
		return memmem(bytes, n, im->bytes.data + im->at[key],
			      im->at[i + 1] - im->at[key]) != NULL;
	for (int k = key; k <= i && at; k++) {
		size_t size = im->at[k + 1] - im->at[k];

		at = memmem(at, n - (size_t)(at - bytes), im->bytes.data + im->at[k], size);
		if (at)
			at += size;
	}
	return at != NULL;
}

/* What was read of it; counted says whether what is missing must have been noticed. */
static unsigned
check(const struct image *im, const char *bytes, size_t n, bool in_pieces, bool counted,
      const char *what)
{
	bool seen[N] = {false}, lost = false;
	struct recording_facts facts = {0};
	struct recording *rec;
	uint64_t first, end;
	unsigned read = 0;
	struct err e;

	assert_int_equal(ftruncate(im->fd, 0), 0);
	assert_int_equal(pwrite(im->fd, bytes, n, 0), n);
	if (recording_open(im->path, &rec, &e) == 0) {
		struct past *past = recording_past(rec);

		past_span(past, &first, &end);
		for (uint64_t k = first; k < end; k++) {
			const struct frame *got;
			const char *where;
			int64_t i;

			if (past_frame(past, k, all_fields(), &got) < 0)
				continue;
			i = (got->meta.mono_ns - 5 * NS_PER_S) / NS_PER_S;
			assert_in_range(i, 0, N - 1);
			where = difference_of(im->frame[i], got);
			if (where)
				fail_msg("%s: moment %d is not what was recorded: %s", what, (int)i,
					 where);
			frame_unref(got);
			seen[i] = true;
			read++;
		}
		recording_facts(rec, &facts);
		past_free(past);
	}
	for (int i = 0; i < N; i++) {
		lost |= !seen[i];
		if (!seen[i] && is_whole(im, bytes, n, i, in_pieces))
			fail_msg("%s: moment %d is whole and cannot be read", what, i);
	}
	/* When nothing at all can be read, opening it says so. */
	if (lost && counted && read && !facts.damages && !facts.orphans && !facts.torn_bytes)
		fail_msg("%s: lost, and nothing is said", what);
	return read;
}

static void
test_whole(void **state)
{
	struct image im;

	(void)state;
	image_init(&im, 51);
	assert_int_equal(check(&im, im.bytes.data, im.bytes.len, true, true, "whole"), N);
	image_release(&im);
}

static void
test_every_length(void **state)
{
	struct image im;
	char what[40];

	(void)state;
	image_init(&im, 52);
	for (size_t n = 0; n < im.bytes.len; n += n < im.at[0] - 50 ? 41 : how_many(3, 1)) {
		unsigned there = 0;

		while (there < N && n >= im.at[there + 1])
			there++;
		snprintf(what, sizeof what, "cut at %zu", n);
		/* what ends with a record has lost nothing that one could know of */
		assert_int_equal(check(&im, im.bytes.data, n, true,
				       n != im.at[there] && n < im.at[N], what),
				 n < im.at[0] ? 0 : there);
	}
	image_release(&im);
}

static void
test_every_byte(void **state)
{
	struct image im;
	char what[40];

	(void)state;
	image_init(&im, 53);
	/* A third of them: of 30 records, so that each byte of a head is among them. */
	for (size_t i = im.at[0]; i < im.bytes.len; i += how_many(3, 1)) {
		char was = im.bytes.data[i], *copy = xmalloc(im.bytes.len);

		memcpy(copy, im.bytes.data, im.bytes.len);
		copy[i] = (char)(was ^ (1 << i % 8));
		snprintf(what, sizeof what, "bit %d of byte %zu", (int)(i % 8), i);
		(void)check(&im, copy, im.bytes.len, true, true, what);
		free(copy);
	}
	image_release(&im);
}

enum damage { ZEROS, FLIPS, JUNK, GONE, SWAPPED, DOUBLED, DAMAGES };

/* n bytes at b, which has room for twice as many; returns how many they are then. */
static size_t
damage(struct machine *m, enum damage kind, char *b, size_t n, size_t from)
{
	size_t at = from + dice(m, n - from), len = 1 + dice(m, MIN(n - at, (size_t)2000)), to;
	char piece[2000];

	switch (kind) {
	case ZEROS: /* as a file system leaves pages that were not written */
		at -= at % PAGE;
		at = MAX(at, from);
		len = MIN(n - at, PAGE * (1 + dice(m, 3)));
		memset(b + at, 0, len);
		return n;
	case FLIPS:
		for (uint64_t i = 1 + dice(m, 4); i; i--)
			b[from + dice(m, n - from)] ^= (char)(1 << dice(m, 8));
		return n;
	case JUNK:
		memmove(b + at + len, b + at, n - at);
		for (size_t i = 0; i < len; i++)
			b[at + i] = (char)dice(m, 256);
		for (size_t i = 0; i + 8 < len; i += 100 + dice(m, 300))
			memcpy(b + at + i, "srec\0\1\2\3", 8); /* what looks like a record */
		return n + len;
	case GONE:
		memmove(b + at, b + at + len, n - at - len);
		return n - len;
	case SWAPPED:
		len = MIN(len, (n - from) / 2);
		at = from + dice(m, n - from - 2 * len + 1);
		to = at + len + dice(m, n - at - 2 * len + 1);
		memcpy(piece, b + at, len);
		memcpy(b + at, b + to, len);
		memcpy(b + to, piece, len);
		return n;
	default:
		to = from + dice(m, n - from);
		memcpy(piece, b + at, len);
		memmove(b + to + len, b + to, n - to);
		memcpy(b + to, piece, len);
		return n + len;
	}
}

static void
test_any(void **state)
{
	static const char *const name[] = {"zeros", "flips", "junk", "gone", "swapped", "doubled"};
	const unsigned images = how_many(600, 4000);
	uint64_t read = 0;
	struct image im;
	char what[64];

	(void)state;
	image_init(&im, 54);
	for (unsigned i = 0; i < images; i++) {
		char *copy = xmalloc(im.bytes.len + 8 * 2000);
		unsigned times = 1 + (unsigned)dice(&im.machine, 3);
		enum damage kind = i % DAMAGES;
		/* Mostly the head is spared: without it there is nothing left to look at. */
		size_t n = im.bytes.len, from = i % 31 ? im.at[0] : 0;

		memcpy(copy, im.bytes.data, n);
		for (; times; times--)
			n = damage(&im.machine, kind, copy, n, from);
		snprintf(what, sizeof what, "%s, image %u", name[kind], i);
		read += check(&im, copy, n, kind < SWAPPED, kind < GONE, what);
		free(copy);
	}
	/* Most is still there. */
	assert_true(read > (uint64_t)images * N / 3);
	image_release(&im);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whole),
		cmocka_unit_test(test_every_length),
		cmocka_unit_test(test_every_byte),
		cmocka_unit_test(test_any),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
