/* A disk that is full, a quota that is used up, a write that fails, a disk that cannot be made to keep
 * what it was given: what was acknowledged is there, the rest is counted, and it goes on. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "recorded.h"

/* What writes and syncs answer; a write that fails has written half. */
static int write_error, sync_error;

ssize_t __real_pwrite64(int fd, const void *from, size_t n, off_t at);
ssize_t __wrap_pwrite64(int fd, const void *from, size_t n, off_t at);
ssize_t
__wrap_pwrite64(int fd, const void *from, size_t n, off_t at)
{
	static bool half;

	if (!write_error)
		return __real_pwrite64(fd, from, n, at);
	half = !half;
	if (half)
		return __real_pwrite64(fd, from, n / 2, at);
	errno = write_error;
	return -1;
}

int __real_fdatasync(int fd);
int __wrap_fdatasync(int fd);
int
__wrap_fdatasync(int fd)
{
	if (!sync_error)
		return __real_fdatasync(fd);
	errno = sync_error;
	return -1;
}

static void
test_no_room(void **state)
{
	static const int errors[] = {ENOSPC, EDQUOT, EIO, EROFS};
	enum { N = 40 };

	(void)state;
	for (size_t k = 0; k < ARRAY_LEN(errors); k++) {
		struct recording_facts facts;
		struct place_to_write p;
		struct recording *rec;
		struct writer *w;
		struct reel reel;
		struct past *past;
		size_t n = 0;

		place_init(&p);
		reel_init(&reel, 71 + k, N);
		w = write_to(&p, usual);
		reel_write(&reel, w, 0, 10);
		write_error = errors[k];
		for (size_t i = 10; i < 20; i++) {
			struct err e = {.text = ""};

			assert_int_equal(writer_add(w, reel.frame[i], &e), -errors[k]);
			assert_non_null(strstr(e.text, strerror(errors[k])));
		}
		write_error = 0;
		reel_write(&reel, w, 20, N);
		assert_int_equal(writer_close(w), 0);
		past = read_from(&p, &rec);
		assert_span(past, 0, N - 10);
		for (size_t i = 0; i < N; i++)
			if (i < 10 || i >= 20)
				assert_moment(past, n++, reel.frame[i], i != 20);
		recording_facts(rec, &facts);
		assert_int_equal(facts.damages, 0);
		past_free(past);
		reel_release(&reel);
		place_release(&p);
	}
}

/* What is written is not lost. */
static void
test_no_sync(void **state)
{
	enum { N = 12 };
	struct writer_options o = usual;
	struct place_to_write p;
	struct writer *w;
	struct reel reel;
	struct past *past;

	(void)state;
	place_init(&p);
	reel_init(&reel, 81, N);
	o.sync_ns = 0;
	w = write_to(&p, o);
	reel_write(&reel, w, 0, 4);
	assert_int_equal(writer_sync_error(w), 0);
	sync_error = EIO;
	reel_write(&reel, w, 4, 8);
	assert_int_equal(writer_sync_error(w), -EIO);
	sync_error = 0;
	reel_write(&reel, w, 8, N);
	assert_int_equal(writer_sync_error(w), 0);
	assert_int_equal(writer_close(w), 0);
	past = read_from(&p, NULL);
	assert_span(past, 0, N);
	for (size_t i = 0; i < N; i++)
		assert_moment(past, i, reel.frame[i], true);
	past_free(past);
	reel_release(&reel);
	place_release(&p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_no_room),
		cmocka_unit_test(test_no_sync),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
