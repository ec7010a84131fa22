/* A recording of a year, thinned: the last day by seconds, the last week by ten, the rest by minutes. It
 * is opened in well below a second, and however much of it is looked at it takes no more memory. */
#include <malloc.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "recorded.h"

static struct frame *
small_frame(struct machine *m, int64_t second)
{
	struct frame *f = frame_begin(m->pool, m->want, m->strings);

	f->meta = (struct frame_meta){.seq = m->seq++, .host = "host",
				      .wall_ns = m->wall_ns + second * NS_PER_S,
				      .mono_ns = m->mono_ns + second * NS_PER_S};
	for (uint64_t i = 0; i < 3; i++) {
		struct row r = table_add_row(&f->table[TABLE_PROC], (struct row_key){10 + i, i});

		row_u64(r, PROC_PID, 10 + i);
		row_u64(r, PROC_CPU, (uint64_t)second * NS_PER_MS * i);
	}
	return f;
}

/* So many files of so many moments each: one is recorded, the others are copies. */
static void
make(const struct place_to_write *p, struct machine *m, int64_t day, unsigned files, unsigned moments)
{
	struct writer *w = write_to(p, usual);
	static char name[1000][64];
	struct buf bytes = {0};
	char path[160];
	struct stat st;
	unsigned n;
	int fd;

	m->wall_ns = day * 86400 * NS_PER_S;
	for (unsigned i = 0; i < moments; i++) {
		struct frame *f = small_frame(m, 86400 / 1440 * (int64_t)i);

		assert_int_equal(writer_add(w, f, NULL), 0);
		frame_unref(f);
	}
	assert_int_equal(writer_close(w), 0);
	n = place_list(p, name, 1000);
	fd = openat(p->fd, name[n - 1], O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0 && fstat(fd, &st) == 0);
	assert_int_equal(read(fd, buf_reserve(&bytes, (size_t)st.st_size), (size_t)st.st_size),
			 st.st_size);
	(void)close(fd);
	for (unsigned i = 1; i < files; i++) {
		snprintf(path, sizeof path, "%s/%.16s-%04u.sonde", p->dir, name[n - 1], i);
		fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
		assert_true(fd >= 0);
		assert_int_equal(write(fd, bytes.data, (size_t)st.st_size), st.st_size);
		(void)close(fd);
	}
	buf_release(&bytes);
}

static void
test_year(void **state)
{
	enum { FILES = 358 + 168 + 24, MOMENTS = 358 * 1440 + 168 * 360 + 24 * 3600 };
	struct place_to_write p;
	struct recording_facts facts;
	struct recording *rec;
	const struct frame *f;
	struct past *past;
	struct machine m;
	struct moment moment;
	size_t before, open, looked;
	int64_t began, cpu_ns;
	uint64_t first, end;

	(void)state;
	place_init(&p);
	machine_init(&m, 61);
	field_set_add(&m.want[TABLE_PROC], PROC_PID);
	field_set_add(&m.want[TABLE_PROC], PROC_CPU);
	make(&p, &m, 19000, 358, 1440);
	make(&p, &m, 19358, 168, 360);
	make(&p, &m, 19365, 24, 3600);
	before = mallinfo2().uordblks;
	began = clock_ns(CLOCK_THREAD_CPUTIME_ID);
	past = read_from(&p, &rec);
	cpu_ns = clock_ns(CLOCK_THREAD_CPUTIME_ID) - began;
	open = mallinfo2().uordblks - before;
	past_span(past, &first, &end);
	assert_int_equal(end - first, MOMENTS);
	for (int i = 0; i < 1500; i++) {
		uint64_t n = dice(&m, MOMENTS);

		if (i % 15 == 0) {
			assert_int_equal(past_frame(past, n, all_fields(), &f), 0);
			frame_unref(f);
		}
		assert_true(past_moment(past, n, &moment));
	}
	looked = mallinfo2().uordblks - before;
	recording_facts(rec, &facts);
	assert_int_equal(facts.segments, FILES);
	print_message("%d files, %d moments: opened in %d ms, %zu KiB; looked at, %zu KiB\n", FILES,
		      MOMENTS, (int)(cpu_ns / NS_PER_MS), open >> 10, looked >> 10);
	assert_true(cpu_ns < NS_PER_S);
	assert_true(open < 4 << 20 && looked < 12 << 20);
	past_free(past);
	place_release(&p);
	machine_release(&m);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_year)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
