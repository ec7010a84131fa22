/* libsonde from the outside: what the header promises, on fixtures and a recording. Only its header
 * is included. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "sonde/sonde.h"

static char path[4096];

static const char *
fixture(const char *name)
{
	snprintf(path, sizeof path, "%s/%s", getenv("SONDE_FIXTURES"), name);
	return path;
}

static struct sonde *
open_fixture(const char *name)
{
	struct sonde_options o = {.size = sizeof o, .root = fixture(name)};
	struct sonde_error e;
	struct sonde *s;

	assert_int_equal(sonde_open(&o, &s, &e), 0);
	return s;
}

static struct sonde *
open_recording(const char *recording)
{
	struct sonde_options o = {.size = sizeof o, .recording = recording};
	struct sonde_error e;
	struct sonde *s;

	assert_int_equal(sonde_open(&o, &s, &e), 0);
	return s;
}

static void
want(struct sonde *s, const char *table, const char *fields)
{
	struct sonde_error e = {.message = ""};

	if (sonde_want(s, table, fields, &e) < 0)
		fail_msg("%s", e.message);
}

static struct sonde_frame *
next(struct sonde *s)
{
	struct sonde_frame *f = NULL;
	struct sonde_error e = {.message = ""};

	if (sonde_next(s, &f, &e) < 0)
		fail_msg("%s", e.message);
	return f;
}

static void
assert_failed(int result, int code, const struct sonde_error *e, const char *part)
{
	assert_int_equal(result, code);
	assert_int_equal(e->code, code);
	assert_non_null(memchr(e->message, 0, sizeof e->message));
	if (!strstr(e->message, part))
		fail_msg("\"%s\" does not say \"%s\"", e->message, part);
}

static void
test_schema(void **state)
{
	const struct sonde_schema *t;
	size_t n = sonde_schemas(&t), fields = 0, procs = 0;

	(void)state;
	assert_true(n >= 18);
	for (size_t i = 0; i < n; i++) {
		assert_true(*t[i].name && *t[i].doc && t[i].nfields);
		fields += t[i].nfields;
		for (uint32_t k = 0; k < t[i].nfields; k++) {
			const struct sonde_field *f = &t[i].fields[k];

			assert_true(*f->name && *f->doc && *f->heading);
			assert_in_range(f->type, SONDE_U64, SONDE_BOOL);
			assert_in_range(f->unit, SONDE_NONE, SONDE_WALL_NS);
			assert_in_range(f->kind, SONDE_KEY, SONDE_SHARE);
			if (strcmp(t[i].name, "proc"))
				continue;
			procs++;
			if (strcmp(f->name, "resident_bytes") == 0) {
				assert_int_equal(f->type, SONDE_U64);
				assert_int_equal(f->unit, SONDE_BYTES);
				assert_int_equal(f->kind, SONDE_GAUGE);
				assert_int_equal(f->flags, 0);
			}
			if (strcmp(f->name, "command") == 0)
				assert_int_equal(f->flags, SONDE_PRIVATE);
			if (strcmp(f->name, "proportional_bytes") == 0)
				assert_int_equal(f->flags, SONDE_DEAR);
		}
	}
	assert_true(fields > 200 && procs > 60);
	assert_int_equal(sonde_schemas(NULL), n);
}

static void
test_options(void **state)
{
	struct {
		struct sonde_options o;
		char more[16];
	} later = {.o = {.size = sizeof later, .root = fixture("idle")}};
	struct sonde_options o = {.size = sizeof o}, bad;
	struct sonde_error e;
	struct sonde *s = NULL;

	(void)state;
	assert_int_equal(sonde_open(&later.o, &s, &e), 0); /* a later version's, all zero */
	sonde_close(s);
	later.more[3] = 1;
	assert_failed(sonde_open(&later.o, &s, &e), SONDE_E_ARGUMENT, &e, "byte");
	bad = (struct sonde_options){.size = 0};
	assert_failed(sonde_open(&bad, &s, &e), SONDE_E_ARGUMENT, &e, "size");
	bad.size = SIZE_MAX;
	assert_failed(sonde_open(&bad, &s, &e), SONDE_E_ARGUMENT, &e, "size");
	/* An earlier version's, which knew no more than a recording. */
	bad = (struct sonde_options){.size = offsetof(struct sonde_options, root),
				     .recording = "/nonexistent",
				     .sampler = 77};
	assert_failed(sonde_open(&bad, &s, &e), SONDE_E_OPEN, &e, "/nonexistent");
	bad = o;
	bad.sampler = 4;
	assert_failed(sonde_open(&bad, &s, &e), SONDE_E_ARGUMENT, &e, "sampler");
	bad.sampler = -1;
	assert_failed(sonde_open(&bad, &s, &e), SONDE_E_ARGUMENT, &e, "sampler");
	bad = o;
	bad.flags = 1u << 31;
	assert_failed(sonde_open(&bad, &s, &e), SONDE_E_ARGUMENT, &e, "flags");
	bad = o;
	bad.recording = bad.root = "x";
	assert_failed(sonde_open(&bad, &s, &e), SONDE_E_ARGUMENT, &e, "recording");
	bad = o;
	bad.root = "/nonexistent";
	assert_failed(sonde_open(&bad, &s, &e), SONDE_E_OPEN, &e, "/nonexistent");
	bad.root = fixture("idle");
	bad.sampler = SONDE_SAMPLER_CLOCK;
	assert_failed(sonde_open(&bad, &s, &e), SONDE_E_SAMPLER, &e, "clock");
	assert_failed(sonde_open(&o, NULL, &e), SONDE_E_ARGUMENT, &e, "ret");
	assert_int_equal(sonde_open(&bad, &s, NULL), SONDE_E_SAMPLER);
}

static void
test_names(void **state)
{
	struct sonde *s = open_fixture("idle");
	struct sonde_error e;
	char *large = malloc(1 << 20);

	(void)state;
	assert_failed(sonde_want(s, "proc", "pid,cpu_ration", &e), SONDE_E_FIELD, &e,
		      "\"cpu_ration\"");
	assert_non_null(strstr(e.message, "did you mean cpu_ratio?"));
	assert_int_equal(e.at, 4);
	assert_failed(sonde_want(s, "prok", "pid", &e), SONDE_E_FIELD, &e, "\"prok\"");
	assert_non_null(strstr(e.message, "did you mean proc?"));
	assert_failed(sonde_want(s, "", "pid", &e), SONDE_E_FIELD, &e, "\"\"");
	assert_failed(sonde_want(s, "proc", "pid,,name", &e), SONDE_E_FIELD, &e, "unknown");
	assert_failed(sonde_want(s, "proc", "pid,name,PID", &e), SONDE_E_ARGUMENT, &e, "twice");
	assert_failed(sonde_want(s, "proc", "\033[31mx", &e), SONDE_E_FIELD, &e, "?[31mx");
	assert_failed(sonde_want(s, NULL, "pid", &e), SONDE_E_ARGUMENT, &e, "expected NULL");
	assert_failed(sonde_want(NULL, "proc", "pid", &e), SONDE_E_ARGUMENT, &e, "s: NULL");
	assert_int_equal(sonde_want(s, "proc", "nothing", NULL), SONDE_E_FIELD);
	memset(large, 'x', 1 << 20);
	large[(1 << 20) - 1] = '\0';
	assert_failed(sonde_want(s, "proc", large, &e), SONDE_E_FIELD, &e, "xxx");
	assert_failed(sonde_want(s, large, "pid", &e), SONDE_E_FIELD, &e, "xxx");
	for (size_t i = 0; i + 4 < 1 << 20; i += 4)
		memcpy(large + i, "pid,", 4);
	assert_true(sonde_want(s, "proc", large, &e) < 0);
	free(large);
	sonde_close(s);
	sonde_close(NULL);
	assert_string_equal(sonde_code_name(SONDE_E_READ), "SONDE_E_READ");
	assert_string_equal(sonde_code_name(0), "SONDE_OK");
	assert_string_equal(sonde_code_name(1), "?");
	assert_string_equal(sonde_code_name(INT32_MIN), "?");
	assert_true(*sonde_version());
}

/* In the order that was asked for, texts and numbers in place, absent ones 0. */
static void
test_columns(void **state)
{
	struct sonde *s = open_fixture("idle");
	const struct sonde_snapshot *shot;
	const struct sonde_column *pid, *name, *cpu;
	const struct sonde_table *t;
	struct sonde_frame *f;

	(void)state;
	want(s, "proc", "name,cpu_ratio,PID,rss");
	want(s, "memory", "total_bytes");
	f = next(s);
	shot = sonde_frame_snapshot(f);
	assert_int_equal(shot->ntables, 2);
	assert_string_equal(shot->tables[0].schema->name, "memory"); /* as the schema has them */
	assert_int_equal(shot->tables[0].rows, 1);
	assert_true(sonde_valid(&shot->tables[0].columns[0], 0));
	assert_true(sonde_u64(&shot->tables[0].columns[0], 0) > 1 << 20);
	t = &shot->tables[1];
	assert_int_equal(t->ncolumns, 4);
	name = &t->columns[0];
	cpu = &t->columns[1];
	pid = &t->columns[2];
	assert_string_equal(name->field->name, "name");
	assert_string_equal(pid->field->name, "pid");
	assert_string_equal(t->columns[3].field->name, "resident_bytes");
	assert_true(t->rows > 3);
	for (size_t i = 0; i < t->rows; i++) {
		assert_true(sonde_valid(pid, i) && sonde_valid(name, i));
		assert_true(*sonde_string(name, i));
		assert_false(sonde_valid(cpu, i)); /* of the first frame */
		assert_true(sonde_u64(cpu, i) == 0);
	}
	assert_int_equal(sonde_u64(pid, 0), 1);
	assert_ptr_equal(sonde_find_table(f, "PROC"), t);
	assert_ptr_equal(sonde_find_column(t, "rss"), &t->columns[3]);
	assert_null(sonde_find_column(t, "ppid")); /* not wanted */
	assert_null(sonde_find_column(t, "nothing"));
	assert_null(sonde_find_column(NULL, "pid"));
	assert_null(sonde_find_table(f, "cpu"));
	assert_null(sonde_find_table(NULL, "proc"));
	assert_int_equal(shot->interval_ns, 0);
	assert_true(shot->nsources > 1);
	assert_string_equal(shot->sampler, "proc");
	sonde_frame_unref(f);

	f = next(s);
	shot = sonde_frame_snapshot(f);
	assert_true(shot->interval_ns > 0);
	assert_int_equal(shot->number, 1);
	assert_true(sonde_valid(&shot->tables[1].columns[1], 0));
	assert_true(sonde_f64(&shot->tables[1].columns[1], 0) >= 0);
	sonde_frame_unref(f);
	sonde_close(s);
}

static void
test_absent(void **state)
{
	struct sonde *s = open_fixture("busy");
	size_t absent = 0, there = 0;

	(void)state;
	want(s, NULL, NULL);
	for (int i = 0; i < 2; i++) {
		struct sonde_frame *f = next(s);
		const struct sonde_snapshot *shot = sonde_frame_snapshot(f);

		assert_int_equal(shot->ntables, 11);
		for (size_t t = 0; t < shot->ntables; t++) {
			const struct sonde_table *table = &shot->tables[t];

			assert_false(table->schema->detail);
			for (size_t c = 0; c < table->ncolumns; c++) {
				const struct sonde_column *col = &table->columns[c];

				assert_false(col->field->flags & SONDE_DEAR);
				for (size_t r = 0; r < table->rows; r++) {
					there += (size_t)sonde_valid(col, r);
					absent += !sonde_valid(col, r);
					if (!sonde_valid(col, r))
						assert_true(sonde_u64(col, r) == 0);
					else if (col->field->type == SONDE_STRING)
						assert_non_null(sonde_string(col, r));
					else if (col->field->type == SONDE_BOOL)
						assert_true(sonde_u64(col, r) <= 1);
				}
			}
		}
		sonde_frame_unref(f);
	}
	assert_true(absent > 100 && there > 1000);
	sonde_close(s);
}

static void
test_life(void **state)
{
	struct sonde *s = open_fixture("idle");
	const struct sonde_table *t;
	struct sonde_frame *f, *first, *same;
	struct sonde_error e;
	char name[64];
	int r;

	(void)state;
	want(s, "proc", "name");
	first = next(s);
	t = sonde_find_table(first, "proc");
	snprintf(name, sizeof name, "%s", sonde_string(&t->columns[0], 0));
	same = sonde_frame_ref(first);
	assert_ptr_equal(same, first);
	sonde_frame_unref(same);
	/* Other things are wanted now; the frame is what it was. */
	want(s, "proc", "");
	want(s, "cpu", "cpu,busy_ratio");
	f = next(s);
	assert_int_equal(sonde_frame_snapshot(f)->ntables, 1);
	sonde_frame_unref(f);
	while ((r = sonde_next(s, &f, &e)) == 0)
		sonde_frame_unref(f);
	assert_failed(r, SONDE_END, &e, "last");
	assert_failed(sonde_next(s, &f, &e), SONDE_END, &e, "last"); /* and again */
	assert_failed(sonde_seek(s, 0, &e), SONDE_E_SEEK, &e, "recording");
	assert_failed(sonde_next(s, NULL, &e), SONDE_E_ARGUMENT, &e, "NULL");
	assert_failed(sonde_next(NULL, &f, &e), SONDE_E_ARGUMENT, &e, "NULL");
	sonde_close(s);
	assert_string_equal(sonde_string(&t->columns[0], 0), name);
	sonde_frame_unref(first);
	sonde_frame_unref(NULL);
	assert_null(sonde_frame_ref(NULL));
	assert_int_equal(sonde_frame_snapshot(NULL)->ntables, 0);

	s = open_fixture("empty"); /* what cannot be read is absent, and why is said */
	want(s, "proc", "pid");
	f = next(s);
	assert_int_equal(sonde_find_table(f, "proc")->rows, 0);
	assert_true(sonde_frame_snapshot(f)->nsources > 0);
	assert_true(sonde_frame_snapshot(f)->sources[0].error > 0);
	assert_true(*sonde_frame_snapshot(f)->sources[0].doc);
	sonde_frame_unref(f);
	sonde_close(s);

	s = open_fixture("idle"); /* nothing is wanted, nothing is read */
	f = next(s);
	assert_int_equal(sonde_frame_snapshot(f)->ntables, 0);
	assert_int_equal(sonde_frame_snapshot(f)->nsources, 0);
	sonde_frame_unref(f);
	sonde_close(s);
}

static void
test_detail(void **state)
{
	struct sonde *s = open_fixture("tenants");
	struct sonde_frame *f;

	(void)state;
	want(s, "limit", NULL);
	f = next(s);
	assert_int_equal(sonde_find_table(f, "limit")->rows, 0);
	sonde_frame_unref(f);
	assert_int_equal(sonde_detail(s, 1, NULL), 0);
	f = next(s);
	assert_true(sonde_find_table(f, "limit")->rows > 1);
	sonde_frame_unref(f);
	sonde_close(s);
	assert_int_equal(sonde_detail(NULL, 1, NULL), SONDE_E_ARGUMENT);
}

static void
test_filter(void **state)
{
	struct sonde *s = open_fixture("busy");
	struct sonde_filter *filter = NULL;
	const struct sonde_table *t;
	const uint32_t *rows;
	struct sonde_frame *f;
	struct sonde_error e;
	int64_t n, k = 0;

	(void)state;
	assert_failed(sonde_filter_new("proc", "rzz>5", &filter, &e), SONDE_E_FILTER, &e, "rzz");
	assert_int_equal(e.at, 0);
	assert_failed(sonde_filter_new("proc", "pid>1 and (", &filter, &e), SONDE_E_FILTER, &e, "");
	assert_true(e.at > 8);
	assert_failed(sonde_filter_new("prox", "", &filter, &e), SONDE_E_FIELD, &e, "prox");
	assert_failed(sonde_filter_new(NULL, "", &filter, &e), SONDE_E_ARGUMENT, &e, "table");
	assert_failed(sonde_filter_new("proc", NULL, &filter, &e), SONDE_E_ARGUMENT, &e, "text");
	assert_null(filter);
	assert_int_equal(sonde_filter_new("proc", "pid>100", &filter, &e), 0);

	want(s, "proc", "name");
	f = next(s);
	assert_failed((int)sonde_filter_rows(filter, f, &rows, &e), SONDE_E_FIELD, &e, "proc.pid");
	sonde_frame_unref(f);
	want(s, "proc", "pid,name");
	f = next(s);
	t = sonde_find_table(f, "proc");
	n = sonde_filter_rows(filter, f, &rows, &e);
	assert_true(n > 0 && (size_t)n < t->rows);
	for (size_t i = 0; i < t->rows; i++) {
		if (sonde_u64(&t->columns[0], i) <= 100)
			continue;
		assert_true(k < n);
		assert_int_equal(rows[k++], i);
	}
	assert_int_equal(k, n);
	assert_int_equal(sonde_filter_stopped(filter), 0);
	sonde_filter_free(filter);
	assert_int_equal(sonde_filter_new("proc", " ", &filter, &e), 0);
	assert_int_equal(sonde_filter_rows(filter, f, &rows, &e), t->rows);
	assert_failed((int)sonde_filter_rows(filter, NULL, &rows, &e), SONDE_E_ARGUMENT, &e, "f");
	sonde_filter_free(filter);
	sonde_filter_free(NULL);
	assert_int_equal(sonde_filter_stopped(NULL), 0);
	sonde_frame_unref(f);
	sonde_close(s);
}

static void
test_format(void **state)
{
	struct sonde *s = open_fixture("idle");
	const uint32_t rows[] = {1, 0}, far[] = {1 << 30};
	struct sonde_frame *f;
	struct sonde_error e;
	char *text = NULL, *again;
	size_t size;

	(void)state;
	want(s, "proc", "pid,name");
	want(s, "system", "uptime_ns");
	f = next(s);
	assert_int_equal(sonde_format(f, SONDE_JSON, NULL, NULL, 0, &text, &size, &e), 0);
	assert_int_equal(strlen(text), size);
	assert_non_null(strstr(text, "\"tables\":{\"system\":[{\"uptime_ns\":"));
	assert_non_null(strstr(text, "\"proc\":[{\"pid\":1,"));
	sonde_free(text);
	assert_int_equal(sonde_format(f, SONDE_CSV, "proc", rows, 2, &text, NULL, &e), 0);
	assert_memory_equal(text, "pid,name\n2,", 11);
	assert_int_equal(sonde_format(f, SONDE_CSV_ROWS, "proc", rows, 2, &again, &size, &e), 0);
	assert_string_equal(text + 9, again);
	assert_non_null(strstr(again, "\n1,"));
	sonde_free(text);
	sonde_free(again);
	assert_int_equal(sonde_format(f, SONDE_CSV_ROWS, "proc", rows, 0, &text, &size, &e), 0);
	assert_string_equal(text, ""); /* no rows are no rows */
	sonde_free(text);
	sonde_free(NULL);
	assert_failed(sonde_format(f, SONDE_JSON, "proc", far, 1, &text, NULL, &e),
		      SONDE_E_ARGUMENT, &e, "1073741824");
	assert_failed(sonde_format(f, SONDE_JSON, NULL, rows, 1, &text, NULL, &e),
		      SONDE_E_ARGUMENT, &e, "table");
	assert_failed(sonde_format(f, SONDE_CSV, NULL, NULL, 0, &text, NULL, &e), SONDE_E_ARGUMENT,
		      &e, "CSV");
	assert_failed(sonde_format(f, SONDE_JSON, "cpu", NULL, 0, &text, NULL, &e), SONDE_E_FIELD,
		      &e, "cpu");
	assert_failed(sonde_format(f, SONDE_JSON, "cqu", NULL, 0, &text, NULL, &e), SONDE_E_FIELD,
		      &e, "cqu");
	assert_failed(sonde_format(f, 99, NULL, NULL, 0, &text, NULL, &e), SONDE_E_ARGUMENT, &e,
		      "99");
	assert_failed(sonde_format(f, -1, NULL, NULL, 0, &text, NULL, &e), SONDE_E_ARGUMENT, &e,
		      "-1");
	assert_failed(sonde_format(NULL, 0, NULL, NULL, 0, &text, NULL, &e), SONDE_E_ARGUMENT, &e,
		      "NULL");
	sonde_frame_unref(f);
	sonde_close(s);
}

enum { MOMENTS_MAX = 64 };

/* All of a recording: how many there are, and when. */
static size_t
read_through(struct sonde *s, int64_t wall_ns[MOMENTS_MAX], uint64_t *ret_skipped)
{
	struct sonde_frame *f;
	struct sonde_error e;
	size_t n = 0;
	int r;

	*ret_skipped = 0;
	while ((r = sonde_next(s, &f, &e)) == 0) {
		assert_true(n < MOMENTS_MAX);
		wall_ns[n++] = sonde_frame_snapshot(f)->wall_ns;
		*ret_skipped += sonde_frame_snapshot(f)->skipped;
		sonde_frame_unref(f);
	}
	assert_failed(r, SONDE_END, &e, "last");
	return n;
}

static void
test_recording(void **state)
{
	struct sonde *s = open_recording(getenv("SONDE_RECORDING"));
	int64_t when[MOMENTS_MAX], first, last;
	const struct sonde_table *t;
	struct sonde_frame *f;
	uint64_t skipped;
	size_t n;

	(void)state;
	/* Threads' rows, and a field that came later, were not recorded: absent, not missing. */
	want(s, "proc", "pid,name,cpu_ratio,proportional_bytes");
	n = read_through(s, when, &skipped);
	assert_true(n > 1);
	assert_int_equal(skipped, 0);
	assert_int_equal(sonde_span(s, &first, &last, NULL), 0);
	assert_int_equal(first, when[0]);
	assert_int_equal(last, when[n - 1]);
	for (size_t i = n; i-- > 0;) {
		for (int64_t after = 0; after < 2; after++) {
			assert_int_equal(sonde_seek(s, when[i] + after, NULL), 0);
			f = next(s);
			assert_int_equal(sonde_frame_snapshot(f)->wall_ns, when[i]);
			t = sonde_find_table(f, "proc");
			assert_int_equal(t->ncolumns, 4);
			assert_true(t->rows > 10);
			assert_int_equal(sonde_valid(&t->columns[2], 0), i > 0);
			for (size_t r = 0; r < t->rows; r++) {
				assert_false(sonde_valid(&t->columns[3], r));
				assert_true(sonde_u64(&t->columns[3], r) == 0);
			}
			sonde_frame_unref(f);
		}
	}
	assert_int_equal(sonde_seek(s, INT64_MIN, NULL), 0);
	f = next(s);
	assert_int_equal(sonde_frame_snapshot(f)->wall_ns, first);
	sonde_frame_unref(f);
	assert_int_equal(sonde_seek(s, INT64_MAX, NULL), 0);
	f = next(s);
	assert_int_equal(sonde_frame_snapshot(f)->wall_ns, last);
	sonde_frame_unref(f);
	sonde_close(s);
}

/* Every byte of a recording may be another one: what can still be read is, and the rest is counted. */
static void
test_damage(void **state)
{
	char name[] = "/tmp/sonde-lib-XXXXXX", file[64];
	int64_t when[MOMENTS_MAX];
	uint64_t skipped, all = 0;
	static char bytes[1 << 20];
	size_t size, n, whole;
	struct sonde *s = open_recording(getenv("SONDE_RECORDING"));
	FILE *f = fopen(getenv("SONDE_RECORDING"), "rb");

	(void)state;
	want(s, NULL, NULL);
	whole = read_through(s, when, &skipped);
	sonde_close(s);
	assert_non_null(f);
	size = fread(bytes, 1, sizeof bytes, f);
	assert_int_equal(fclose(f), 0);
	assert_non_null(mkdtemp(name));
	snprintf(file, sizeof file, "%s/x.sonde", name);
	for (size_t i = 0; i < size; i += size / 23 + 1) {
		struct sonde_options o = {.size = sizeof o, .recording = name};
		struct sonde_error e;
		int r;

		bytes[i] ^= 0x20;
		f = fopen(file, "wb");
		assert_int_equal(fwrite(bytes, 1, size, f), size);
		assert_int_equal(fclose(f), 0);
		bytes[i] ^= 0x20;
		r = sonde_open(&o, &s, &e);
		if (r < 0) {
			assert_failed(r, SONDE_E_OPEN, &e, "recording");
			continue;
		}
		want(s, NULL, NULL);
		n = read_through(s, when, &skipped);
		assert_true(n <= whole);
		all += whole - n;
		sonde_close(s);
	}
	assert_true(all > 0);
	assert_int_equal(unlink(file), 0);
	assert_int_equal(rmdir(name), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_schema),  cmocka_unit_test(test_options),
		cmocka_unit_test(test_names),   cmocka_unit_test(test_columns),
		cmocka_unit_test(test_absent),  cmocka_unit_test(test_life),
		cmocka_unit_test(test_detail),  cmocka_unit_test(test_filter),
		cmocka_unit_test(test_format),  cmocka_unit_test(test_recording),
		cmocka_unit_test(test_damage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
