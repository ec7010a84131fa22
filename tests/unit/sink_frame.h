/* A frame made by hand for the tests of the sinks: the proc table with every field. */
#ifndef TESTS_SINK_FRAME_H
#define TESTS_SINK_FRAME_H

#include "base/mem.h"
#include "sink/select.h"

static struct frame_pool *pool;
static struct strpool *strings;

static int
setup(void **state)
{
	(void)state;
	pool = frame_pool_new();
	strings = strpool_new();
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	strpool_unref(strings);
	frame_pool_free(pool);
	return 0;
}

static inline struct frame *
proc_frame(uint32_t rows)
{
	struct field_set want[TABLE_COUNT] = {0};
	struct frame *f;

	for (unsigned i = 0; i < PROC_FIELDS; i++)
		field_set_add(&want[TABLE_PROC], i);
	f = frame_begin(pool, want, strings);
	f->meta.host = "db\"1";
	f->meta.wall_ns = INT64_C(1730642731250000000);
	f->meta.mono_ns = 5000000000;
	f->meta.interval_ns = 1000000000;
	f->meta.seq = 1;
	f->meta.fixture = true;
	for (uint32_t i = 0; i < rows; i++) {
		struct row r = table_add_row(&f->table[TABLE_PROC], (struct row_key){i + 1, 0});

		row_u64(r, PROC_PID, i + 1);
	}
	return f;
}

static inline struct row
proc_row(struct frame *f, uint32_t i)
{
	return (struct row){&f->table[TABLE_PROC], i};
}

#endif
