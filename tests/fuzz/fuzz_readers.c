/* fuzz_readers: the system-wide files. The first byte picks the parser. Whatever comes in, rows have
 * keys of their own where the reader promises it, texts end, and memory adds up. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "sys/parse.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check(bool ok)
{
	if (!ok)
		abort();
}

static struct frame *
begin(struct frame_pool *pool, struct strpool *strings)
{
	static struct field_set want[TABLE_COUNT];
	struct frame *f;

	for (unsigned t = 0; t < TABLE_PROC; t++)
		for (unsigned i = 0; i < schema[t].nfields; i++)
			if (schema[t].field[i].source != SRC_NONE)
				field_set_add(&want[t], i);
	f = frame_begin(pool, want, strings);
	for (unsigned t = 0; t < TABLE_COUNT; t++)
		if (schema[t].single)
			table_add_row(&f->table[t], (struct row_key){0});
	return f;
}

static void
check_frame(const struct frame *f)
{
	const struct table *cpu = frame_table(f, TABLE_CPU), *m = frame_table(f, TABLE_MEMORY);
	uint64_t used, cache, buffers, free_bytes, total;

	for (uint32_t i = 1; i < cpu->nrows; i++)
		check(cpu->col[CPU_CPU][i - 1].i < cpu->col[CPU_CPU][i].i);
	if (cell_u64(m, 0, MEMORY_USED, &used))
		check(cell_u64(m, 0, MEMORY_CACHE, &cache) &&
		      cell_u64(m, 0, MEMORY_BUFFERS, &buffers) &&
		      cell_u64(m, 0, MEMORY_FREE, &free_bytes) &&
		      cell_u64(m, 0, MEMORY_TOTAL, &total) &&
		      used + cache + buffers + free_bytes == total);
	for (unsigned t = 0; t < TABLE_PROC; t++)
		for (uint32_t i = 0; i < f->table[t].nrows; i++)
			for (unsigned k = 0; k < schema[t].nfields; k++)
				if (schema[t].field[k].type == TYPE_STR &&
				    cell_valid(&f->table[t], i, k))
					(void)strlen(f->table[t].col[k][i].s);
}

static void
try_one(unsigned which, struct span text, struct sys_context *c, struct frame *f)
{
	switch (which % 11) {
	case 0:
		(void)cpustat_parse(text, c->root, f);
		break;
	case 1:
		(void)loadavg_parse(text, (struct row){&f->table[TABLE_SYSTEM], 0});
		break;
	case 2:
		(void)meminfo_parse(text, (struct row){&f->table[TABLE_MEMORY], 0});
		break;
	case 3:
		(void)vmstat_parse(text, (struct row){&f->table[TABLE_VM], 0});
		break;
	case 4:
		(void)pressure_parse(text, 0, &f->table[TABLE_PRESSURE]);
		break;
	case 5: /* twice: the second time from what is remembered */
		(void)diskstats_parse(text, c, f);
		(void)diskstats_parse(text, c, f);
		break;
	case 6:
		(void)netdev_parse(text, c, f);
		(void)netdev_parse(text, c, f);
		break;
	case 7:
		(void)mounts_parse(c->mounts, text);
		(void)mounts_parse(c->mounts, text);
		break;
	case 8:
		(void)sockstat_parse(text, c->root, (struct row){&f->table[TABLE_SOCKETS], 0});
		break;
	case 9:
		(void)snmp_parse(text, (struct row){&f->table[TABLE_SOCKETS], 0});
		break;
	default:
		(void)uptime_parse(text, (struct row){&f->table[TABLE_SYSTEM], 0});
		(void)release_parse(text, f, (struct row){&f->table[TABLE_SYSTEM], 0});
		break;
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct root root = {.dir = {-1, -1, -1}, .foreign = true, .clk_tck = 100,
					 .page_size = 4096};
	struct frame_pool *pool = frame_pool_new();
	struct strpool *strings = strpool_new();
	struct sys_context c;
	struct frame *f;

	if (size > 0) {
		sys_context_init(&c, &root);
		f = begin(pool, strings);
		try_one(data[0], span_of((const char *)data + 1, size - 1), &c, f);
		/* The list of mounts becomes rows; a machine without files gives no other. */
		if (data[0] % 9 == 7)
			mounts_fill(&c, f);
		check_frame(f);
		frame_unref(f);
		sys_context_release(&c);
	}
	strpool_unref(strings);
	frame_pool_free(pool);
	return 0;
}
