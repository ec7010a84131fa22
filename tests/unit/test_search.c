/* A time is found in a recording of many files without opening many: where each begins is known. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "recorded.h"

static unsigned opened;

int __real_openat64(int dir, const char *path, int flags, ...);
int __wrap_openat64(int dir, const char *path, int flags, ...);
int
__wrap_openat64(int dir, const char *path, int flags, ...)
{
	mode_t mode = 0;
	va_list ap;

	if (flags & O_CREAT) {
		va_start(ap, flags);
		mode = va_arg(ap, mode_t);
		va_end(ap);
	}
	opened += strstr(path, RECORDING_SUFFIX) != NULL;
	return __real_openat64(dir, path, flags, mode);
}

enum { FILES = 60, EACH = 10, N = FILES * EACH };

static struct past *
record(const struct place_to_write *p, struct machine *m, const int64_t wall_ns[N])
{
	struct writer *w = write_to(p, usual);

	for (int i = 0; i < N; i++) {
		struct frame *f = frame_begin(m->pool, m->want, m->strings);

		f->meta = (struct frame_meta){.seq = (uint64_t)i, .host = "host",
					      .wall_ns = wall_ns[i], .mono_ns = (i + 1) * NS_PER_S};
		assert_int_equal(writer_add(w, f, NULL), 0);
		frame_unref(f);
		if (i % EACH == EACH - 1)
			assert_int_equal(writer_rotate(w), 0);
	}
	assert_int_equal(writer_close(w), 0);
	return read_from(p, NULL);
}

static uint64_t
find(struct past *past, int64_t wall_ns)
{
	uint64_t n = UINT64_MAX;

	assert_true(past_find(past, wall_ns, &n));
	return n;
}

static void
test_few_files(void **state)
{
	static int64_t wall_ns[N];
	struct place_to_write p;
	unsigned most = 0, all = 0;
	struct machine m;
	struct past *past;

	(void)state;
	place_init(&p);
	machine_init(&m, 91);
	for (int i = 0; i < N; i++)
		wall_ns[i] = (1000000 + 2 * i) * NS_PER_S;
	past = record(&p, &m, wall_ns);
	for (int k = 0; k < 200; k++) {
		uint64_t n = dice(&m, N);

		opened = 0;
		assert_int_equal(find(past, wall_ns[n]), n);
		assert_int_equal(find(past, wall_ns[n] + NS_PER_S), n);
		most = MAX(most, opened);
		all += opened;
	}
	print_message("%d files, 200 searches: %u were opened, at most %u for one\n", FILES, all, most);
	assert_true(most <= 2);
	assert_int_equal(find(past, 0), 0);
	assert_int_equal(find(past, INT64_MAX), N - 1);
	/* The oldest went: what is earlier than all is now the first that is kept. */
	{
		static char name[FILES + 2][64];

		place_list(&p, name, FILES + 2);
		for (int i = 0; i < 20; i++)
			assert_int_equal(unlinkat(p.fd, name[i], 0), 0);
	}
	past_free(past);
	past = read_from(&p, NULL);
	assert_int_equal(find(past, wall_ns[0]), 0);
	assert_int_equal(find(past, wall_ns[20 * EACH + 13]), 13);
	past_free(past);
	place_release(&p);
	machine_release(&m);
}

/* The clock was set back in the middle of a file and between two: the latest that fits. */
static void
test_set_back(void **state)
{
	static int64_t wall_ns[N];
	struct place_to_write p;
	struct machine m;
	struct past *past;

	(void)state;
	place_init(&p);
	machine_init(&m, 92);
	for (int i = 0; i < N; i++)
		wall_ns[i] = (1000000 + i - (i >= 300 ? 100 : 0) - (i >= 455 ? 50 : 0)) * NS_PER_S;
	past = record(&p, &m, wall_ns);
	assert_int_equal(find(past, wall_ns[250]), 350);
	assert_int_equal(find(past, wall_ns[299]), 399);
	assert_int_equal(find(past, wall_ns[407]), 457);
	assert_int_equal(find(past, wall_ns[410]), 460);
	assert_int_equal(find(past, wall_ns[100]), 100);
	assert_int_equal(find(past, wall_ns[N - 1]), N - 1);
	past_free(past);
	place_release(&p);
	machine_release(&m);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_few_files),
		cmocka_unit_test(test_set_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
