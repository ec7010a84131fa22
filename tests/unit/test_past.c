/* What a recording gives of what is asked for: some columns as they are among all, and the moments
 * from one time to another wherever the clock was set back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "recorded.h"

/* Of everything, those columns that are wanted, and nothing else. */
static void
assert_chosen(const struct frame *f, const struct frame *all,
	      const struct field_set want[TABLE_COUNT])
{
	for (unsigned t = 0; t < TABLE_COUNT; t++) {
		const struct table *a = &f->table[t], *b = &all->table[t];

		assert_int_equal(a->nrows, b->nrows);
		for (unsigned k = 0; k < schema[t].nfields; k++) {
			bool text = schema[t].field[k].type == TYPE_STR;

			if (!field_set_has(&want[t], k)) {
				assert_null(a->col[k]);
				continue;
			}
			assert_int_equal(!a->col[k], !b->col[k]);
			for (uint32_t i = 0; i < a->nrows; i++) {
				bool valid = cell_valid(a, i, k);

				assert_true(row_key_equal(a->key[i], b->key[i]));
				assert_int_equal(valid, cell_valid(b, i, k));
				assert_int_equal(cell_late(a, i, k), cell_late(b, i, k));
				if (valid && text)
					assert_string_equal(a->col[k][i].s, b->col[k][i].s);
				else if (valid)
					assert_int_equal(a->col[k][i].u, b->col[k][i].u);
			}
		}
	}
}

static void
test_some_columns(void **state)
{
	enum { N = 250, TRIES = 60 };
	struct place_to_write p;
	struct past *some, *all;
	struct reel reel;
	struct writer *w;

	(void)state;
	place_init(&p);
	reel_init(&reel, 77, N);
	w = write_to(&p, usual);
	reel_write(&reel, w, 0, N);
	assert_int_equal(writer_close(w), 0);
	some = read_from(&p, NULL);
	all = read_from(&p, NULL);
	for (unsigned i = 0; i < TRIES; i++) {
		struct field_set want[TABLE_COUNT] = {0};
		uint64_t n = dice(&reel.machine, N);

		for (unsigned t = 0; t < TABLE_COUNT; t++)
			for (unsigned k = 0; k < schema[t].nfields; k++)
				if (!dice(&reel.machine, 20))
					field_set_add(&want[t], k);
		field_sets_close(want);
		for (unsigned k = 0; k < 5 && n < N; k++, n += 1 + dice(&reel.machine, 2)) {
			const struct frame *f, *g;

			assert_int_equal(past_frame(some, n, want, &f), 0);
			assert_int_equal(past_frame(all, n, all_fields(), &g), 0);
			assert_chosen(f, g, want);
			frame_unref(f);
			frame_unref(g);
		}
	}
	past_free(some);
	past_free(all);
	reel_release(&reel);
	place_release(&p);
}

static void
assert_between(struct past *p, int64_t from, int64_t to, uint64_t from_n, uint64_t end_n)
{
	uint64_t first = from_n, end = end_n, low = UINT64_MAX, high = 0;
	bool found = past_between(p, from, to, &first, &end);

	for (uint64_t n = from_n; n < end_n; n++) {
		struct moment m;

		assert_true(past_moment(p, n, &m));
		if (m.wall_ns < from || m.wall_ns > to)
			continue;
		low = MIN(low, n);
		high = n + 1;
	}
	assert_int_equal(found, low < high);
	if (found) {
		assert_int_equal(first, low);
		assert_int_equal(end, high);
	}
}

static void
test_between(void **state)
{
	enum { N = 120, TRIES = 3000 };
	struct writer_options o = usual;
	struct place_to_write p;
	struct past *past;
	struct reel reel;
	struct writer *w;

	(void)state;
	place_init(&p);
	o.segment_ns = 20 * NS_PER_S;
	reel_init(&reel, 5, N); /* its clock is set back now and then */
	w = write_to(&p, o);
	reel_write(&reel, w, 0, N);
	assert_int_equal(writer_close(w), 0);
	past = read_from(&p, NULL);
	assert_false(past_rises(past, 0, N));
	for (uint64_t n = 1; n < N; n++)
		if (reel.frame[n]->meta.wall_ns < reel.frame[n - 1]->meta.wall_ns)
			assert_false(past_rises(past, n - 1, n + 1));
	for (unsigned i = 0; i < TRIES; i++) {
		struct machine *m = &reel.machine;
		int64_t from = reel.frame[dice(m, N)]->meta.wall_ns + (int64_t)dice(m, 3) - 1;
		int64_t to = reel.frame[dice(m, N)]->meta.wall_ns + (int64_t)dice(m, 3) - 1;
		uint64_t first = dice(m, N), end = first + dice(m, N - first + 1);

		assert_between(past, from, to, first, end);
		assert_between(past, from, to, 0, N);
	}
	assert_between(past, INT64_MIN, INT64_MAX, 0, N);
	assert_between(past, INT64_MAX, INT64_MAX, 0, N);
	assert_between(past, INT64_MIN, INT64_MIN, 0, N);
	past_free(past);
	reel_release(&reel);
	place_release(&p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_some_columns),
		cmocka_unit_test(test_between),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
