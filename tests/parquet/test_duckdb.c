/* Questions that DuckDB answers about a past are answered as a loop over its frames answers them.
 * Needs libduckdb.so (SONDE_DUCKDB, or where libraries are); without it this says so and skips. */
#include <errno.h>
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "../unit/recorded.h"
#include "app/outfile.h"
#include "duckdb/duckdb.h"
#include "duckdb/library.h"
#include "parquet/parquet.h"

enum { FRAMES = 40 };

static struct reel reel;
static struct place_to_write place;
static struct past *past;

static int
keep(void *arg, const struct buf *b)
{
	buf_put(arg, b->data, b->len);
	return 0;
}

/* The answer as CSV without its head. */
static int
ask(struct duckdb *d, const char *question, struct buf *ret, struct err *e)
{
	struct buf all = {0};
	struct answer *a = answer_new(ANSWER_AS_CSV, 0, keep, &all);
	int r = duck_ask(d, question, a, e);
	const char *head;

	if (r == 0)
		r = answer_end(a);
	buf_clear(ret);
	head = all.len ? strchr(all.data, '\n') : NULL;
	buf_puts(ret, head ? head + 1 : "");
	answer_free(a);
	buf_release(&all);
	return r;
}

static struct duckdb *
open_past(uint64_t first, uint64_t end)
{
	struct duck_options o = {.past = past, .first = first, .end = end};
	struct duckdb *d;
	struct err e;

	if (duck_new(&o, &d, &e) < 0)
		fail_msg("%s", e.text);
	return d;
}

/* Of each column: rows that have it, and the sum (of texts: of their lengths in bytes). */
static void
expect(struct buf *b, enum table_id t, unsigned f, uint64_t first, uint64_t end)
{
	const struct field *field = &schema[t].field[f];
	uint64_t n = 0;
	double sum = 0;

	for (uint64_t i = first; i < end; i++) {
		const struct frame *frame;
		const struct table *table;

		assert_int_equal(past_frame(past, i, all_fields(), &frame), 0);
		table = &frame->table[t];
		for (uint32_t r = 0; r < table->nrows; r++) {
			double v = 0;

			if (!cell_valid(table, r, f))
				continue;
			n++;
			if (field->type != TYPE_STR && cell_number(table, r, f, &v))
				sum += v;
		}
		frame_unref(frame);
	}
	buf_clear(b);
	buf_printf(b, "%" PRIu64 ",%.6e\n", n, sum);
}

static void
test_columns(void **state)
{
	static const enum table_id tables[] = {TABLE_PROC, TABLE_CPU, TABLE_MEMORY, TABLE_SYSTEM};
	struct duckdb *d = open_past(3, 30);
	struct buf got = {0}, want = {0}, question = {0};
	struct err e;

	(void)state;
	for (size_t k = 0; k < ARRAY_LEN(tables); k++) {
		enum table_id t = tables[k];

		for (unsigned f = 0; f < schema[t].nfields; f++) {
			const struct field *field = &schema[t].field[f];
			bool text = field->type == TYPE_STR;

			if (t == TABLE_SYSTEM && f == SYSTEM_HOST)
				continue;
			expect(&want, t, f, 3, 30);
			buf_clear(&question);
			buf_printf(&question,
				   "select count(%s), format('{:.6e}', coalesce(sum(cast(%s as "
				   "double)), 0)) from %s", field->name, text ? "0" : field->name,
				   schema[t].name);
			if (ask(d, question.data, &got, &e) < 0)
				fail_msg("%s: %s", question.data, e.text);
			if (strcmp(got.data, want.data) != 0)
				fail_msg("%s.%s: %s, not %s", schema[t].name, field->name,
					 got.data, want.data);
		}
	}
	duck_free(d);
	buf_release(&got);
	buf_release(&want);
	buf_release(&question);
}

static void
check(struct duckdb *d, const char *question, const char *want)
{
	struct buf got = {0};
	struct err e = {.text = ""};

	if (ask(d, question, &got, &e) < 0)
		fail_msg("%s: %s", question, e.text);
	assert_string_equal(got.data, want);
	buf_release(&got);
}

static void
refuse(struct duckdb *d, const char *question, int code)
{
	struct buf got = {0};
	struct err e = {.text = ""};
	int r = ask(d, question, &got, &e);

	if (r != code)
		fail_msg("%s: %d, not %d: %s", question, r, code, e.text);
	assert_true(*e.text);
	buf_release(&got);
}

static void
test_answers(void **state)
{
	struct duckdb *d = open_past(0, FRAMES);
	struct buf want = {0};
	const struct frame *f;
	uint64_t rows = 0;

	(void)state;
	check(d, "select 1, 'a', null, true, 1.5, -7::hugeint, 18446744073709551615::ubigint",
	      "1,a,,1,1.5,-7,1.8446744073709552e+19\n");
	check(d, "select count(distinct time_ns) from memory where false", "0\n");
	check(d, "select distinct host from memory", "hostname\n");
	for (uint64_t i = 0; i < FRAMES; i++) {
		assert_int_equal(past_frame(past, i, all_fields(), &f), 0);
		rows += f->table[TABLE_PROC].nrows;
		frame_unref(f);
	}
	buf_printf(&want, "%" PRIu64 "\n", rows);
	check(d, "select count(*) from proc", want.data);
	/* Two passes at a time. */
	check(d, "select count(*) from proc a join proc b using (time_ns, pid, start_time_ns, tgid)"
		 " where a.time_ns != b.time_ns", "0\n");
	duck_free(d);
	buf_release(&want);
}

static void
test_refused(void **state)
{
	struct duckdb *d = open_past(0, FRAMES);

	(void)state;
	refuse(d, "selct 1", -EINVAL);
	refuse(d, "select nothing from proc", -EINVAL);
	refuse(d, "select 1; select 2", -EINVAL);
	refuse(d, "", -EINVAL);
	refuse(d, "create table x (a int)", -EPERM);
	refuse(d, "attach '/tmp/x.db'", -EPERM);
	refuse(d, "copy (select 1) to '/tmp/x.csv'", -EINVAL);
	refuse(d, "install httpfs", -EPERM);
	refuse(d, "load '/tmp/x.so'", -EPERM);
	refuse(d, "set enable_external_access = true", -EPERM);
	refuse(d, "select * from read_csv('/etc/passwd')", -EINVAL);
	refuse(d, "select * from '/etc/passwd'", -EINVAL);
	refuse(d, "select * from read_text('/etc/passwd')", -EINVAL);
	refuse(d, "select * from glob('/etc/*')", -EINVAL);
	duck_free(d);
}

static void
test_ended(void **state)
{
	static volatile sig_atomic_t stop = 1;
	struct duck_options o = {.past = past, .end = FRAMES, .time_limit_ns = NS_PER_S / 5};
	const char *endless = "select count(*) from range(1000000) a, range(1000000) b, "
			      "range(1000000) c where a.range + b.range = c.range * 7";
	struct duckdb *d;
	struct err e;

	(void)state;
	assert_int_equal(duck_new(&o, &d, &e), 0);
	refuse(d, endless, -ETIMEDOUT);
	check(d, "select 1", "1\n");
	duck_free(d);
	o.time_limit_ns = 0;
	o.stop = &stop;
	assert_int_equal(duck_new(&o, &d, &e), 0);
	refuse(d, endless, -EINTR);
	duck_free(d);
}

/* Files of two machines, one below the other's name, and what lies beside them. */
static void
test_files(void **state)
{
	static const uint8_t fields[] = {PROC_PID, PROC_NAME, PROC_CPU};
	static const char *const hosts[] = {"a", "b/../'c"};
	struct parquet *p = parquet_new(TABLE_PROC, fields, ARRAY_LEN(fields), 0);
	struct place_to_write out;
	struct duck_options o = {.parquet = out.dir};
	struct duckdb *d;
	struct buf path = {0}, want = {0}, beside = {0};
	struct err e = {.text = ""};
	uint64_t rows = 0;

	(void)state;
	place_init(&out);
	for (size_t i = 0; i < ARRAY_LEN(hosts); i++) {
		int fd, dir = dup(out.fd);

		for (unsigned k = 0; k < 3; k++) {
			int below;

			buf_clear(&path);
			if (k == 1)
				outdir_name(&path, "host", hosts[i]);
			else
				buf_puts(&path, k ? "date=2026-01-01" : "proc");
			below = outdir_below(dir, path.data);
			assert_true(below >= 0);
			(void)close(dir);
			dir = below;
		}
		fd = openat(dir, "00.parquet", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
		assert_true(fd >= 0);
		assert_int_equal(parquet_begin(p, fd), 0);
		for (size_t k = 0; k < FRAMES; k++)
			assert_int_equal(parquet_add(p, reel.frame[k]), 0);
		assert_int_equal(parquet_end(p, NULL, 0), 0);
		rows += parquet_rows(p);
		(void)close(fd);
		(void)close(dir);
	}
	if (duck_new(&o, &d, &e) < 0)
		fail_msg("%s", e.text);
	buf_printf(&want, "%" PRIu64 "\n", rows);
	check(d, "select count(*) from proc where time_ns > 0 and date = '2026-01-01'", want.data);
	check(d, "select distinct host from proc order by 1", "a\nb/../'c\n");
	refuse(d, "select * from memory", -EINVAL);
	refuse(d, "select * from '/etc/passwd'", -EINVAL);
	buf_printf(&beside, "select * from read_text('%s/../../etc/passwd')", out.dir);
	refuse(d, beside.data, -EINVAL);
	buf_clear(&beside);
	buf_printf(&beside, "copy (select 1) to '%s/x.csv'", out.dir);
	refuse(d, beside.data, -EPERM);
	duck_free(d);
	parquet_free(p);
	buf_clear(&path);
	buf_printf(&path, "rm -r '%s/proc'", out.dir);
	assert_int_equal(system(path.data), 0);
	place_release(&out);
	buf_release(&path);
	buf_release(&want);
	buf_release(&beside);
}

static void
test_no_directory(void **state)
{
	struct duck_options o = {.parquet = "/nonexistent"};
	struct duckdb *d;
	struct err e;

	(void)state;
	assert_int_equal(duck_new(&o, &d, &e), -ENOENT);
	o.parquet = place.dir; /* a recording */
	assert_int_equal(duck_new(&o, &d, &e), -ENOENT);
	assert_non_null(strstr(e.text, "sonde export"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_columns), cmocka_unit_test(test_answers),
		cmocka_unit_test(test_refused), cmocka_unit_test(test_ended),
		cmocka_unit_test(test_files),   cmocka_unit_test(test_no_directory),
	};
	struct writer *w;
	struct err e;
	int failed;

	if (duck_load(&e) < 0) {
		puts(e.text);
		return 77;
	}
	place_init(&place);
	reel_init(&reel, 11, FRAMES);
	w = write_to(&place, usual);
	reel_write(&reel, w, 0, FRAMES);
	assert_int_equal(writer_close(w), 0);
	past = read_from(&place, NULL);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	past_free(past);
	place_release(&place);
	reel_release(&reel);
	return failed;
}
