/* Recordings that were made to hurt whoever reads them, and disks that give no answer: a bounded time, a
 * bounded memory, and what is good is read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/resource.h>

#include <cmocka.h>

#include "codec/decode.h"
#include "codec/varint.h"
#include "recorded.h"
#include "store/head.h"
#include "store/segment.h"

/* Bytes [bad, bad_end) of any file cannot be read. */
static off_t bad, bad_end;

ssize_t __real_pread64(int fd, void *to, size_t n, off_t at);
ssize_t __wrap_pread64(int fd, void *to, size_t n, off_t at);
ssize_t
__wrap_pread64(int fd, void *to, size_t n, off_t at)
{
	if (at < bad_end && at + (off_t)n > bad) {
		if (at >= bad) {
			errno = EIO;
			return -1;
		}
		n = (size_t)(bad - at); /* as the kernel does */
	}
	return __real_pread64(fd, to, n, at);
}

static void
test_bad_sectors(void **state)
{
	enum { N = 60, SECTOR = 4096 };
	struct place_to_write p;
	struct recording *rec;
	char name[4][64];
	struct segment s;
	struct reel reel;
	struct past *past;
	struct writer *w;
	struct stat st, after;
	unsigned read = 0;

	(void)state;
	place_init(&p);
	reel_init(&reel, 81, N);
	w = write_to(&p, usual);
	reel_write(&reel, w, 0, N);
	assert_int_equal(writer_close(w), 0);
	assert_int_equal(place_list(&p, name, 4), 1);
	assert_int_equal(fstatat(p.fd, name[0], &st, 0), 0);
	/* with its footer, and without */
	for (int round = 0; round < 2; round++) {
		bad = st.st_size / 2 / SECTOR * SECTOR;
		bad_end = bad + 2 * SECTOR;
		past = read_from(&p, &rec);
		read = 0;
		for (int i = 0; i < N; i++) {
			const struct frame *f;
			const char *where;
			uint64_t first, end, n;

			past_span(past, &first, &end);
			if (!past_find(past, reel.frame[i]->meta.wall_ns, &n) ||
			    past_frame(past, n, all_fields(), &f) < 0)
				continue;
			where = f->meta.seq == reel.frame[i]->meta.seq
					? difference_of(reel.frame[i], f)
					: NULL;
			if (where)
				fail_msg("%s", where);
			read += f->meta.seq == reel.frame[i]->meta.seq;
			frame_unref(f);
		}
		assert_in_range(read, N / 3, N - 1);
		past_free(past);
		/* Nobody who cannot read to the end cuts it off there. */
		w = write_to(&p, usual);
		assert_int_equal(writer_close(w), 0);
		assert_int_equal(fstatat(p.fd, name[0], &after, 0), 0);
		assert_int_equal(after.st_size, st.st_size);
		bad = bad_end = 0;
		assert_int_equal(segment_open(&s, p.fd, name[0], NULL), 0);
		assert_int_equal(s.n, N);
		segment_close(&s);
		st.st_size -= 100; /* the end mark and more */
		{
			int fd = openat(p.fd, name[0], O_WRONLY | O_CLOEXEC);

			assert_int_equal(ftruncate(fd, st.st_size), 0);
			(void)close(fd);
		}
	}
	place_release(&p);
	reel_release(&reel);
}

static int64_t
cpu_ns(void)
{
	return clock_ns(CLOCK_PROCESS_CPUTIME_ID);
}

static void
put_head(struct buf *b)
{
	struct head h = {.host = (char *)"h", .release = (char *)"r", .version = (char *)"v",
			 .layout = layout_own()};

	head_put(&h, b);
	layout_unref(h.layout);
}

static int
open_bytes(const struct place_to_write *p, const struct buf *b, off_t size, struct segment *s)
{
	int fd = openat(p->fd, "a.sonde", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_int_equal(write(fd, b->data, b->len), b->len);
	if (size)
		assert_int_equal(ftruncate(fd, size), 0);
	(void)close(fd);
	return segment_open(s, p->fd, "a.sonde", NULL);
}

/* Mostly a hole: as large as a file may be. */
static void
test_holes(void **state)
{
	struct place_to_write p;
	struct buf b = {0};
	struct segment s;
	int64_t began = cpu_ns();

	(void)state;
	place_init(&p);
	put_head(&b);
	assert_int_equal(open_bytes(&p, &b, (off_t)1 << 42, &s), 0);
	assert_int_equal(s.n, 0);
	segment_close(&s);
	assert_true(cpu_ns() - began < NS_PER_S);
	buf_release(&b);
	place_release(&p);
}

/* Heads of records without end, each of which speaks of all the rest. */
static void
test_sums(void **state)
{
	enum { SIZE = 16 << 20 };
	struct record r = {.type = RECORD_KEY};
	struct place_to_write p;
	struct buf b = {0};
	struct segment s;
	int64_t began;

	(void)state;
	place_init(&p);
	put_head(&b);
	while (b.len < SIZE) {
		size_t at = record_begin(&b);

		record_end(&b, at, &r);
		b.data[at + 4] ^= 1;
		le_write(b.data + at + 8, (uint64_t)(SIZE - b.len) / 2, 4);
	}
	began = cpu_ns();
	assert_int_equal(open_bytes(&p, &b, 0, &s), 0);
	assert_true(s.unsure);
	segment_close(&s);
	assert_true(cpu_ns() - began < 20 * NS_PER_S);
	buf_release(&b);
	place_release(&p);
}

static long
resident_kib(void)
{
	struct rusage u;

	assert_int_equal(getrusage(RUSAGE_SELF, &u), 0);
	return u.ru_maxrss;
}

/* A few kilobytes that unpack to as much as they may; many such. */
static void
test_bombs(void **state)
{
	struct decoder *d = decoder_new();
	struct layout *l = layout_own();
	struct packer *packer = packer_new();
	struct buf plain = {0}, packed = {0};
	struct span all;
	uint8_t packing;
	long before;

	(void)state;
	/* texts without end; then tables of as many rows as there may be, in many columns */
	varint_put(&plain, DECODER_TEXTS_MAX + 1);
	buf_pad(&plain, '\0', DECODER_TEXTS_MAX + 100);
	packing = (uint8_t)pack(packer, plain.data, plain.len, &packed);
	assert_true(packed.len < 10000);
	assert_int_equal(decoder_take(d, l, true, packing, span_of(packed.data, packed.len)),
			 -EBADMSG);
	before = resident_kib();
	for (int t = 0; t < TABLE_COUNT; t++) {
		buf_clear(&plain);
		buf_clear(&packed);
		buf_pad(&plain, '\0', 6); /* no texts, and a short meta */
		varint_put(&plain, (uint64_t)t + 1);
		varint_put(&plain, 0);
		varint_put(&plain, DECODER_ROWS_MAX);
		buf_pad(&plain, '\0', 3 * (size_t)DECODER_ROWS_MAX);
		for (unsigned f = 0; f < MIN(l->table[t].nfields, 40u); f++) {
			varint_put(&plain, f + 1);
			varint_put(&plain, 1); /* new */
		}
		buf_pad(&plain, '\0', 2);
		packing = (uint8_t)pack(packer, plain.data, plain.len, &packed);
		assert_true(packed.len < 20000);
		(void)decoder_take(d, l, true, packing, span_of(packed.data, packed.len));
	}
	/* not all tables' at once */
	print_message("%ld KiB\n", resident_kib() - before);
	assert_true(resident_kib() - before < 700 << 10);
	/* what says that it is large, and is not */
	all = span_of("\x28\xb5\x2f\xfd\xa0\x00\x00\x00\x10\x01\x00\x00", 12);
	assert_int_equal(decoder_take(d, l, true, PACKING_ZSTD, all), -EBADMSG);
	decoder_free(d);
	layout_unref(l);
	packer_free(packer);
	buf_release(&plain);
	buf_release(&packed);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bad_sectors), cmocka_unit_test(test_holes),
		cmocka_unit_test(test_sums), cmocka_unit_test(test_bombs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
