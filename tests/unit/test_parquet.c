/* Parquet: what is written is read back by a reader that was written from the format's own words:
 * every encoding by itself, whole files of machines that nobody has, and what damage and strangers
 * do to the notes. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/fd.h"
#include "parquet/encode.h"
#include "parquet/parquet.h"
#include "parquet_reader.h"
#include "random_frame.h"
#include "sink/clean.h"

static uint64_t seed;

static uint64_t
any(void)
{
	return seed = hash_u64(seed + 0x9e3779b97f4a7c15u);
}

static struct in
in_of(const struct buf *b)
{
	const uint8_t *p = (const uint8_t *)b->data;

	return (struct in){p, p + b->len};
}

static void
test_rle(void **state)
{
	static const unsigned widths[] = {0, 1, 3, 7, 8, 9, 16, 20, 32};
	uint32_t *want = xcalloc(5000, sizeof *want), *got = xcalloc(5000, sizeof *got);

	(void)state;
	for (unsigned round = 0; round < 400; round++) {
		struct rle r = {.width = widths[round % ARRAY_LEN(widths)]};
		struct buf b = {0};
		struct in in;
		size_t n = 0, end = any() % 4000;

		while (n < end) {
			uint32_t v = r.width ? (uint32_t)any() >> (32 - r.width) : 0;
			uint64_t run = 1 + any() % (any() % 4 ? 3 : 40);

			rle_put(&r, v, run);
			for (uint64_t k = 0; k < run; k++)
				want[n++] = v;
		}
		rle_end(&r, &b);
		in = in_of(&b);
		read_rle(&in, r.width, got, n);
		assert_ptr_equal(in.p, in.end);
		assert_memory_equal(got, want, n * sizeof *want);
		rle_release(&r);
		buf_release(&b);
	}
	free(want);
	free(got);
}

static void
test_delta(void **state)
{
	uint64_t *want = xcalloc(5000, sizeof *want), *got = xcalloc(5000, sizeof *got);

	(void)state;
	for (unsigned round = 0; round < 400; round++) {
		struct delta d = {0};
		struct buf b = {0};
		struct in in;
		size_t n = 0, end = round < 300 ? round : any() % 4000;
		unsigned bits = (unsigned)any() % 65;

		while (n < end) {
			uint64_t v = bits ? any() >> (64 - bits) : 0;
			uint64_t run = 1 + (any() % 8 ? 0 : any() % 300);

			run = MIN(run, end - n);
			delta_put(&d, v, run);
			for (uint64_t k = 0; k < run; k++)
				want[n++] = v;
		}
		delta_end(&d, &b);
		in = in_of(&b);
		read_delta(&in, got, n);
		assert_memory_equal(got, want, n * sizeof *want);
		delta_release(&d);
		buf_release(&b);
	}
	free(want);
	free(got);
}

/* Whose row, and where it is. */
struct expected {
	struct row_key key;
	uint32_t twin; /* the second row of a frame with this key, and so on */
	size_t frame;
	uint32_t row;
};

static int
compare_expected(const void *a, const void *b)
{
	const struct expected *x = a, *y = b;

	return x->key.a != y->key.a   ? CMP(x->key.a, y->key.a)
	       : x->key.b != y->key.b ? CMP(x->key.b, y->key.b)
	       : x->twin != y->twin   ? CMP(x->twin, y->twin)
				      : CMP(x->frame, y->frame);
}

static void
check_cell(const struct column_read *c, size_t i, const struct table *t, uint32_t row, unsigned f)
{
	struct buf text = {0};
	const char *s;

	assert_int_equal(c->valid[i], cell_valid(t, row, f));
	if (!c->valid[i])
		return;
	if (t->schema->field[f].type != TYPE_STR) {
		if (t->schema->field[f].type == TYPE_BOOL)
			assert_int_equal(c->value[i], t->col[f][row].u != 0);
		else
			assert_int_equal(c->value[i], t->col[f][row].u);
		return;
	}
	s = t->col[f][row].s;
	clean_line(&text, s, strlen(s));
	assert_int_equal(c->text[i].end - c->text[i].p, text.len);
	if (text.len)
		assert_memory_equal(c->text[i].p, text.data, text.len);
	buf_release(&text);
}

/* a <= b, as Parquet compares texts. */
static bool
in_order(struct in a, struct in b)
{
	size_t na = (size_t)(a.end - a.p), nb = (size_t)(b.end - b.p);
	int r = memcmp(a.p, b.p, MIN(na, nb));

	return r < 0 || (r == 0 && na <= nb);
}

static double
f64(uint64_t bits)
{
	double v;

	memcpy(&v, &bits, sizeof v);
	return v;
}

/* What a row group says of the least and the most of a column holds, and is not said of nothing. */
static void
check_bounds(struct in meta, const struct column_read *c, uint8_t type)
{
	struct in statistics = field_of_struct(meta, 12, 12), least, most, at;
	uint64_t nulls = 0, low = 0, high = 0;
	unsigned ignored;
	bool said = seek_field(statistics, 5, &at, &ignored);

	for (size_t i = 0; i < c->n; i++)
		nulls += !c->valid[i];
	assert_int_equal(number_in(statistics, 3), nulls);
	if (nulls == c->n || (type == TYPE_STR && !said)) { /* too long to say */
		assert_false(said);
		return;
	}
	least = bytes_in(statistics, 6);
	most = bytes_in(statistics, 5);
	memcpy(&low, least.p, MIN((size_t)(least.end - least.p), sizeof low));
	memcpy(&high, most.p, MIN((size_t)(most.end - most.p), sizeof high));
	for (size_t i = 0; i < c->n; i++) {
		uint64_t v = c->value[i];

		if (!c->valid[i])
			continue;
		if (type == TYPE_STR)
			assert_true(in_order(least, c->text[i]) && in_order(c->text[i], most));
		else if (type == TYPE_F64)
			assert_true(f64(low) <= f64(v) && f64(v) <= f64(high));
		else if (type == TYPE_I64)
			assert_true((int64_t)low <= (int64_t)v && (int64_t)v <= (int64_t)high);
		else
			assert_true(low <= v && v <= high);
	}
}

static struct in
map_file(int fd)
{
	off_t size = lseek(fd, 0, SEEK_END);
	void *p = mmap(NULL, (size_t)size, PROT_READ, MAP_PRIVATE, fd, 0);

	assert_ptr_not_equal(p, MAP_FAILED);
	return (struct in){p, (const uint8_t *)p + size};
}

static void
unmap_file(struct in file)
{
	munmap((void *)(uintptr_t)file.p, (size_t)(file.end - file.p));
}

static struct in
footer_of(struct in file)
{
	struct in tail = {file.end - 8, file.end};
	uint64_t size = in_fixed(&tail, 4);

	assert_memory_equal(file.p, "PAR1", 4);
	assert_memory_equal(tail.p, "PAR1", 4);
	assert_true(size <= (uint64_t)(file.end - file.p) - 12);
	return (struct in){file.end - 8 - size, file.end - 8};
}

static int64_t
floor_ms(int64_t ns)
{
	int64_t ms = ns / NS_PER_MS;

	return ms - (ms * NS_PER_MS > ns);
}

/* The rows of frames first up to end are those of the row group. */
static void
check_group(struct in file, struct in group, const struct frame **frame, size_t first, size_t end,
	    enum table_id t)
{
	struct expected *want = NULL;
	size_t n = 0, cap = 0, ignored;

	for (size_t i = first; i < end; i++) {
		const struct table *table = &frame[i]->table[t];

		for (uint32_t r = 0; r < table->nrows; r++) {
			GROW(want, cap, n + 1);
			want[n] = (struct expected){.key = table->key[r], .frame = i, .row = r};
			for (uint32_t k = 0; k < r; k++)
				want[n].twin += row_key_equal(table->key[k], table->key[r]);
			n++;
		}
	}
	assert_int_equal(number_in(group, 3), n);
	qsort(want, n, sizeof *want, compare_expected);
	for (unsigned f = 0; f < schema[t].nfields + 2; f++) {
		struct in chunk = element_of(group, 1, f, &ignored);
		struct in meta = field_of_struct(chunk, 3, 12);
		struct column_read c = read_column(file, meta, f < 2);

		assert_int_equal(c.n, n);
		check_bounds(meta, &c, f < 2 ? TYPE_I64 : schema[t].field[f - 2].type);
		for (size_t i = 0; i < n; i++) {
			const struct frame *from = frame[want[i].frame];

			if (f == 0)
				assert_int_equal(c.value[i], floor_ms(from->meta.wall_ns) * 1000);
			else if (f == 1)
				assert_int_equal(c.value[i], from->meta.wall_ns);
			else
				check_cell(&c, i, &from->table[t], want[i].row, f - 2);
		}
		column_release(&c);
	}
	free(want);
}

static void
write_file(struct parquet *p, int fd, const struct frame **frame, size_t n)
{
	static const struct parquet_note notes[] = {{"a", "1"}, {"sonde.moments", "2 3 4"}};

	assert_int_equal(parquet_begin(p, fd), 0);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(parquet_add(p, frame[i]), 0);
	assert_int_equal(parquet_end(p, notes, ARRAY_LEN(notes)), 0);
	assert_int_equal(lseek(fd, 0, SEEK_CUR), parquet_bytes(p));
}

static int
file_new(void)
{
	int fd = memfd_create("parquet", MFD_CLOEXEC);

	assert_true(fd >= 0);
	return fd;
}

enum { MACHINE_FRAMES = 60, GROUP = 400 };

static void
check_file(struct parquet *p, const struct frame **frame, size_t n, enum table_id t)
{
	uint64_t rows = 0, in_group = 0;
	struct in file, footer;
	size_t groups = 0, k = 0, first = 0, ignored;
	int fd = file_new();

	write_file(p, fd, frame, n);
	file = map_file(fd);
	footer = footer_of(file);
	(void)element_of(footer, 4, 0, &groups);
	for (size_t i = 0; i < n; i++) {
		in_group += frame[i]->table[t].nrows;
		if (in_group < GROUP && i + 1 < n)
			continue;
		if (in_group)
			check_group(file, element_of(footer, 4, k++, &ignored), frame, first,
				    i + 1, t);
		rows += in_group;
		in_group = 0;
		first = i + 1;
	}
	assert_int_equal(groups, k);
	assert_int_equal(number_in(footer, 3), rows);
	assert_int_equal(parquet_rows(p), rows);
	unmap_file(file);
	close(fd);
}

/* Two files one after the other by one writer, of many frames and of one, in small row groups. */
static void
check_machine(uint64_t which, enum table_id t)
{
	const struct frame *frame[MACHINE_FRAMES];
	uint8_t fields[FIELDS_MAX];
	struct parquet *p;
	struct machine m;
	size_t n = which % 3 ? 1 + which % (MACHINE_FRAMES - 1) : MACHINE_FRAMES;

	machine_init(&m, which);
	for (size_t i = 0; i < n; i++) {
		struct frame *f = machine_next(&m, i ? frame[i - 1] : NULL);
		struct table *table = &f->table[t];

		f->meta.interval_ns = i ? f->meta.mono_ns - frame[i - 1]->meta.mono_ns : 0;
		frame_derive(f, i ? frame[i - 1] : NULL);
		if (table->nrows > 3 && !dice(&m, 10)) /* nobody should, but a recording may */
			table->key[2] = table->key[1];
		frame[i] = f;
	}
	for (unsigned f = 0; f < schema[t].nfields; f++)
		fields[f] = (uint8_t)f;
	p = parquet_new(t, fields, schema[t].nfields, GROUP);
	check_file(p, frame, n, t);
	check_file(p, frame, 1, t);
	parquet_free(p);
	for (size_t i = 0; i < n; i++)
		frame_unref(frame[i]);
	machine_release(&m);
}

static void
test_files(void **state)
{
	static const enum table_id tables[] = {TABLE_PROC, TABLE_CPU, TABLE_MEMORY,
					       TABLE_EXIT, TABLE_NET, TABLE_FS};

	(void)state;
	for (uint64_t i = 1; i <= 24; i++)
		check_machine(i, tables[i % ARRAY_LEN(tables)]);
}

/* Notes of files that are whole, cut anywhere, or have a wrong bit. */
static void
test_notes(void **state)
{
	const uint8_t fields[] = {PROC_PID, PROC_NAME, PROC_CPU_RATIO, PROC_KTHREAD};
	struct parquet *p = parquet_new(TABLE_PROC, fields, ARRAY_LEN(fields), 0);
	const struct frame *frame[2];
	struct machine m;
	struct buf b = {0};
	struct in file;
	int fd = file_new();
	size_t n;

	(void)state;
	machine_init(&m, 7);
	frame[0] = machine_next(&m, NULL);
	frame[1] = machine_next(&m, frame[0]);
	write_file(p, fd, frame, 2);
	assert_int_equal(parquet_read_note(fd, "sonde.moments", &b), 0);
	assert_string_equal(b.data, "2 3 4");
	assert_int_equal(parquet_read_note(fd, "a", &b), 0);
	assert_string_equal(b.data, "1");
	assert_int_equal(parquet_read_note(fd, "sonde", &b), -ENOENT);
	file = map_file(fd);
	n = (size_t)(file.end - file.p);
	for (size_t k = 0; k < n; k++) {
		int cut = file_new();

		assert_int_equal(fd_write_all(cut, file.p, k), 0);
		assert_int_equal(parquet_read_note(cut, "a", &b), -EBADMSG);
		close(cut);
	}
	for (unsigned i = 0; i < 3000; i++) {
		size_t from = n - MIN(n, (size_t)1500), at = from + any() % (n - from);
		uint8_t byte = (uint8_t)(file.p[at] ^ 1u << any() % 8);
		int wrong = file_new(), r;

		assert_int_equal(fd_write_all(wrong, file.p, n), 0);
		assert_int_equal(pwrite(wrong, &byte, 1, (off_t)at), 1);
		r = parquet_read_note(wrong, "sonde.moments", &b);
		assert_true(r == 0 || r == -EBADMSG || r == -ENOENT);
		close(wrong);
	}
	unmap_file(file);
	close(fd);
	buf_release(&b);
	frame_unref(frame[0]);
	frame_unref(frame[1]);
	machine_release(&m);
	parquet_free(p);
}

/* What was begun and not ended is no file, and no part of the next one. */
static void
test_unfinished(void **state)
{
	const uint8_t fields[] = {PROC_PID};
	struct parquet *p = parquet_new(TABLE_PROC, fields, ARRAY_LEN(fields), 0);
	struct machine m;
	const struct frame *f;
	struct buf b = {0};
	int fd = file_new();
	struct in file;

	(void)state;
	machine_init(&m, 9);
	f = machine_next(&m, NULL);
	assert_int_equal(parquet_begin(p, fd), 0);
	assert_int_equal(parquet_add(p, f), 0);
	assert_int_equal(parquet_read_note(fd, "a", &b), -EBADMSG);
	assert_int_equal(ftruncate(fd, 0), 0);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	write_file(p, fd, NULL, 0);
	file = map_file(fd);
	assert_int_equal(number_in(footer_of(file), 3), 0);
	unmap_file(file);
	assert_int_equal(parquet_begin(p, -1), -EBADF); /* nobody can write there */
	close(fd);
	frame_unref(f);
	machine_release(&m);
	parquet_free(p);
	buf_release(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rle),
		cmocka_unit_test(test_delta),
		cmocka_unit_test(test_files),
		cmocka_unit_test(test_notes),
		cmocka_unit_test(test_unfinished),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
