/* What is recorded is read as it was: across segments, recorders and whatever the clocks do, while it
 * grows and while its oldest segments go. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "recorded.h"
#include "store/names.h"
#include "store/segment.h"

static void
test_round_trip(void **state)
{
	enum { N = 400 };
	struct writer_options o = usual;
	struct place_to_write p;
	struct reel reel;
	struct past *past;
	struct recording *rec;
	struct recording_facts facts;
	struct writer *w;

	(void)state;
	place_init(&p);
	reel_init(&reel, 21, N);
	/* by size; then another recorder, by time; then one that is told to */
	o.segment_bytes = 200 << 10;
	w = write_to(&p, o);
	reel_write(&reel, w, 0, 150);
	assert_int_equal(writer_close(w), 0);
	o = usual;
	o.segment_ns = 9 * NS_PER_S;
	w = write_to(&p, o);
	reel_write(&reel, w, 150, 300);
	assert_int_equal(writer_close(w), 0);
	w = write_to(&p, usual);
	for (size_t i = 300; i < N; i += 10) {
		reel_write(&reel, w, i, i + 10);
		assert_int_equal(writer_rotate(w), 0);
	}
	past = read_from(&p, &rec);
	recording_facts(rec, &facts);
	assert_in_range(facts.segments, 30, 300);
	assert_int_equal(facts.moments, N);
	assert_true(facts.bytes > 100000);
	assert_span(past, 0, N);
	for (size_t i = 0; i < N; i++)
		assert_moment(past, i, reel.frame[i], true);
	for (size_t i = N; i-- > 0;)
		if (i % 7 == 0)
			assert_moment(past, i, reel.frame[i], true);
	for (size_t i = 0; i < 60; i++) {
		size_t n = dice(&reel.machine, N);

		assert_moment(past, n, reel.frame[n], true);
	}
	past_free(past);
	assert_int_equal(writer_close(w), 0);
	place_release(&p);
	reel_release(&reel);
}

/* Rates are never over a boot: the counters began again. */
static void
test_boots(void **state)
{
	char name[2][64], path[160];
	struct place_to_write p;
	struct reel reel;
	struct past *past;
	struct writer *w;
	struct segment s;
	struct buf head = {0};
	const struct frame *got;
	int fd;

	(void)state;
	place_init(&p);
	reel_init(&reel, 22, 20);
	w = write_to(&p, usual);
	reel_write(&reel, w, 0, 10);
	assert_int_equal(writer_rotate(w), 0);
	reel_write(&reel, w, 10, 20);
	assert_int_equal(writer_close(w), 0);
	assert_int_equal(place_list(&p, name, 2), 2);
	/* the second one of another boot */
	assert_int_equal(segment_open(&s, p.fd, name[1], NULL), 0);
	s.head.boot_id[3] ^= 0x55;
	head_put(&s.head, &head);
	assert_int_equal(head.len, s.begin);
	segment_close(&s);
	snprintf(path, sizeof path, "%s/%s", p.dir, name[1]);
	fd = open(path, O_WRONLY);
	assert_int_equal(pwrite(fd, head.data, head.len, 0), head.len);
	(void)close(fd);
	past = read_from(&p, NULL);
	for (size_t i = 0; i < 20; i++)
		assert_moment(past, i, reel.frame[i], i != 10);
	assert_int_equal(past_frame(past, 10, all_fields(), &got), 0);
	assert_int_equal(got->meta.interval_ns, 0);
	frame_unref(got);
	past_free(past);
	buf_release(&head);
	place_release(&p);
	reel_release(&reel);
}

/* The wall clock is set back by hours and forward by days, and the machine sleeps: every moment keeps
 * its place, names rise, and a time is found. */
static void
test_clocks(void **state)
{
	static const int64_t jump[] = {0, -7200, 3600, 86400 * 40, -86400 * 39, 0, -1, 1, 28800};
	enum { EACH = 12, N = EACH * ARRAY_LEN(jump) };
	struct writer_options o = usual;
	char name[64][64], before[64] = "";
	struct place_to_write p;
	struct reel reel;
	struct past *past;
	struct writer *w;
	uint64_t n;
	unsigned names;

	(void)state;
	place_init(&p);
	reel_init(&reel, 23, N);
	for (size_t i = 0; i < N; i++) {
		struct frame *f = (struct frame *)reel.frame[i];
		int64_t wall = i ? reel.frame[i - 1]->meta.wall_ns + NS_PER_S
				 : INT64_C(1763700000) * NS_PER_S;

		f->meta.wall_ns = wall + (i % EACH ? 0 : jump[i / EACH] * NS_PER_S);
	}
	o.segment_ns = 5 * NS_PER_S;
	w = write_to(&p, o);
	past = NULL;
	for (size_t i = 0; i < N; i += EACH) {
		reel_write(&reel, w, i, i + EACH);
		if (!past)
			past = read_from(&p, NULL);
	}
	names = place_list(&p, name, 64);
	assert_in_range(names, 10, 63);
	for (unsigned i = 0; i < names; i++) {
		assert_true(name_is_ours(name[i]) && strcmp(before, name[i]) < 0);
		memcpy(before, name[i], sizeof before);
	}
	/* one that looked all the time, and one that comes later, find the same */
	for (int round = 0; round < 2; round++) {
		(void)nanosleep(&(struct timespec){.tv_nsec = 510 * 1000 * 1000}, NULL);
		assert_span(past, 0, N);
		for (size_t i = 0; i < N; i++)
			assert_moment(past, i, reel.frame[i], true);
		/* of the newest stretch of time each moment is found, and what is before all */
		for (size_t i = N - EACH; i < N; i++) {
			assert_true(past_find(past, reel.frame[i]->meta.wall_ns, &n));
			assert_int_equal(n, i);
			assert_true(past_find(past, reel.frame[i]->meta.wall_ns + 1, &n));
			assert_int_equal(n, i);
		}
		assert_true(past_find(past, 0, &n));
		assert_true(past_find(past, INT64_MAX, &n) && n == N - 1);
		past_free(past);
		past = round ? NULL : read_from(&p, NULL);
	}
	assert_int_equal(writer_close(w), 0);
	place_release(&p);
	reel_release(&reel);
}

static void
test_names(void **state)
{
	char name[NAME_SIZE] = "", last[NAME_SIZE];

	(void)state;
	assert_int_equal(name_next("", INT64_C(1763700000) * NS_PER_S, name), 0);
	assert_string_equal(name, "20251121T044000Z-0000.sonde");
	assert_true(name_is_ours(name));
	assert_false(name_is_ours("20251121T044000Z-000.sonde"));
	assert_false(name_is_ours("20251121T044000Z-0000.sond"));
	assert_false(name_is_ours("20251121T044000Z-0000.sonde2"));
	assert_false(name_is_ours(""));
	assert_int_equal(name_next("20251121T044000Z-0041.sonde", 0, name), 0);
	assert_string_equal(name, "20251121T044000Z-0042.sonde");
	assert_int_equal(name_next("20251231T235959Z-9999.sonde", 0, name), 0);
	assert_string_equal(name, "20260101T000000Z-0000.sonde");
	assert_int_equal(name_next("99991231T235959Z-9999.sonde", 0, name), -EOVERFLOW);
	/* The hour that comes twice when summer ends is two hours here, and a clock that goes to and
	 * fro uses no name again. */
	memcpy(last, "20251026T003000Z-0000.sonde", NAME_SIZE);
	for (int i = 0; i < 30000; i++) {
		assert_int_equal(name_next(last, (i % 3 - 1) * 3600 * NS_PER_S, name), 0);
		assert_true(strcmp(last, name) < 0);
		memcpy(last, name, NAME_SIZE);
	}
}

/* Who looks while it is written to, rotated and pruned keeps what it has. */
static void
test_open_reader(void **state)
{
	enum { N = 300, EACH = 15 };
	struct writer_options o = usual;
	struct place_to_write p;
	char name[64][64];
	struct reel reel;
	struct past *past;
	struct writer *w;
	uint64_t first, end;
	const struct frame *got;
	struct moment m;
	struct stat st;

	(void)state;
	place_init(&p);
	reel_init(&reel, 24, N);
	w = write_to(&p, o);
	reel_write(&reel, w, 0, 1);
	past = read_from(&p, NULL);
	assert_span(past, 0, 1);
	for (size_t i = 1; i < N; i++) {
		if (i % EACH == 0)
			assert_int_equal(writer_rotate(w), 0);
		reel_write(&reel, w, i, i + 1);
	}
	(void)nanosleep(&(struct timespec){.tv_nsec = 510 * 1000 * 1000}, NULL);
	assert_span(past, 0, N);
	for (size_t i = 0; i < N; i++)
		assert_moment(past, i, reel.frame[i], true);
	assert_int_equal(writer_close(w), 0);

	/* The oldest ten go; those that are open at the moment can still be read. */
	assert_int_equal(place_list(&p, name, 64), N / EACH);
	for (unsigned i = 0; i < 10; i++)
		assert_int_equal(unlinkat(p.fd, name[i], 0), 0);
	for (size_t i = 10 * EACH; i < N; i++)
		assert_moment(past, i, reel.frame[i], i > 10 * EACH);
	assert_int_equal(past_frame(past, EACH + 1, all_fields(), &got), -ENOENT);
	assert_false(past_moment(past, EACH + 1, &m));
	past_span(past, &first, &end);
	assert_int_equal(end, N);
	assert_in_range(first, 1, 10 * EACH);
	assert_true(past_moment(past, first, &m));

	/* Another file where a segment was is not that segment. */
	assert_int_equal(fstatat(p.fd, name[12], &st, 0), 0);
	assert_int_equal(renameat(p.fd, name[13], p.fd, name[12]), 0);
	for (size_t i = 14 * EACH; i < N; i++)
		assert_moment(past, i, reel.frame[i], i > 14 * EACH);
	assert_moment(past, 11 * EACH - 1, reel.frame[11 * EACH - 1], true);
	assert_moment(past, 11 * EACH, reel.frame[11 * EACH], true);
	assert_int_equal(past_frame(past, 12 * EACH + 1, all_fields(), &got), -ENOENT);
	assert_int_equal(past_frame(past, 13 * EACH + 1, all_fields(), &got), -ENOENT);
	assert_moment(past, 11 * EACH + 1, reel.frame[11 * EACH + 1], true);
	past_free(past);

	/* A past that begins with what was let go before anybody looked. */
	past = read_from(&p, NULL);
	for (unsigned i = 10; i < 18; i++)
		(void)unlinkat(p.fd, name[i], 0);
	past_free(past);
	past = read_from(&p, NULL);
	assert_int_equal(unlinkat(p.fd, name[18], 0), 0);
	past_span(past, &first, &end);
	assert_true(past_moment(past, first, &m));
	past_free(past);
	place_release(&p);
	reel_release(&reel);
}

/* Limits: what is too much goes at the next segment, and at the next recorder. */
static void
test_prune(void **state)
{
	enum { N = 240, MAX_BYTES = 600 << 10 };
	struct writer_options o = usual;
	struct place_to_write p;
	char name[128][64];
	struct recording_facts facts;
	struct recording *rec;
	struct past *past;
	struct reel reel;
	struct writer *w;
	unsigned n;

	(void)state;
	place_init(&p);
	reel_init(&reel, 25, N);
	o.segment_bytes = 100 << 10;
	o.max_bytes = MAX_BYTES;
	w = write_to(&p, o);
	reel_write(&reel, w, 0, N);
	assert_int_equal(writer_close(w), 0);
	past = read_from(&p, &rec);
	recording_facts(rec, &facts);
	assert_in_range(facts.bytes, MAX_BYTES / 2, MAX_BYTES + 2 * o.segment_bytes);
	assert_moment(past, facts.moments - 1, reel.frame[N - 1], true);
	assert_moment(past, 1, reel.frame[N - facts.moments + 1], true);
	past_free(past);
	/* a recorder that is begun again and again */
	place_clear(&p);
	o = usual;
	o.max_bytes = MAX_BYTES;
	for (size_t i = 0; i < N; i += 4) {
		w = write_to(&p, o);
		reel_write(&reel, w, i, i + 4);
		assert_int_equal(writer_close(w), 0);
	}
	past = read_from(&p, &rec);
	recording_facts(rec, &facts);
	assert_in_range(facts.bytes, MAX_BYTES / 2, MAX_BYTES + (300 << 10));
	past_free(past);
	/* by age: that of the last write */
	n = place_list(&p, name, 128);
	for (unsigned i = 0; i + 2 < n; i++)
		assert_int_equal(utimensat(p.fd, name[i],
					   (struct timespec[]){{1000000, 0}, {1000000, 0}}, 0),
				 0);
	o.max_age_ns = 366 * 86400 * NS_PER_S;
	w = write_to(&p, o);
	assert_int_equal(place_list(&p, name, 128), 2);
	assert_int_equal(writer_close(w), 0);
	place_release(&p);
	reel_release(&reel);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip),  cmocka_unit_test(test_boots),
		cmocka_unit_test(test_clocks),      cmocka_unit_test(test_names),
		cmocka_unit_test(test_open_reader), cmocka_unit_test(test_prune),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
