/* meminfo: reads proc/meminfo into the memory table.
 *
 * meminfo = { name ":" blanks number [ " kB" ] "\n" }
 *
 * Besides, it makes what people ask for: memory in use. used + buffers + cache + free == total, to
 * the byte, whatever the kernel counted in between. */
#include <errno.h>

#include "base/mem.h"
#include "sys/parse.h"

/* In the kernel's order. */
static const struct name names[] = {
	NAME("MemTotal", MEMORY_TOTAL),
	NAME("MemFree", MEMORY_FREE),
	NAME("MemAvailable", MEMORY_AVAILABLE),
	NAME("Buffers", MEMORY_BUFFERS),
	NAME("Cached", MEMORY_CACHED),
	NAME("SwapCached", MEMORY_SWAP_CACHED),
	NAME("Active", MEMORY_ACTIVE),
	NAME("Inactive", MEMORY_INACTIVE),
	NAME("Mlocked", MEMORY_MLOCKED),
	NAME("SwapTotal", MEMORY_SWAP_TOTAL),
	NAME("SwapFree", MEMORY_SWAP_FREE),
	NAME("Zswap", MEMORY_ZSWAP),
	NAME("Dirty", MEMORY_DIRTY),
	NAME("Writeback", MEMORY_WRITEBACK),
	NAME("AnonPages", MEMORY_ANON),
	NAME("Mapped", MEMORY_MAPPED),
	NAME("Shmem", MEMORY_SHMEM),
	NAME("SReclaimable", MEMORY_SLAB_RECLAIMABLE),
	NAME("SUnreclaim", MEMORY_SLAB_UNRECLAIMABLE),
	NAME("KernelStack", MEMORY_KERNEL_STACK),
	NAME("PageTables", MEMORY_PAGE_TABLES),
	NAME("CommitLimit", MEMORY_COMMIT_LIMIT),
	NAME("Committed_AS", MEMORY_COMMITTED),
	NAME("VmallocUsed", MEMORY_VMALLOC),
	NAME("Percpu", MEMORY_PERCPU),
	NAME("AnonHugePages", MEMORY_ANON_HUGE),
	NAME("Hugetlb", MEMORY_HUGE_TOTAL),
};

struct amounts {
	uint64_t bytes[MEMORY_FIELDS];
	bool have[MEMORY_FIELDS];
};

static uint64_t
less(uint64_t a, uint64_t b)
{
	return a > b ? a - b : 0;
}

/* False when the counts contradict each other beyond repair. */
static bool
fill_sums(const struct amounts *m, struct row r)
{
	const uint64_t *b = m->bytes;
	uint64_t cache, room;

	if (m->have[MEMORY_SWAP_TOTAL] && m->have[MEMORY_SWAP_FREE])
		row_u64(r, MEMORY_SWAP_USED, less(b[MEMORY_SWAP_TOTAL], b[MEMORY_SWAP_FREE]));
	if (!m->have[MEMORY_TOTAL] || !m->have[MEMORY_FREE] || !m->have[MEMORY_BUFFERS] ||
	    !m->have[MEMORY_CACHED])
		return true;
	/* The kernel takes its counts one after the other, and containers see made-up ones. Where
	 * they contradict each other cache gives way; where that does not help nothing is said. */
	if (ckd_add(&cache, b[MEMORY_CACHED], b[MEMORY_SLAB_RECLAIMABLE]))
		return false;
	cache = less(cache, b[MEMORY_SHMEM]);
	if (b[MEMORY_FREE] > b[MEMORY_TOTAL])
		return false;
	room = b[MEMORY_TOTAL] - b[MEMORY_FREE];
	if (b[MEMORY_BUFFERS] > room)
		return false;
	room -= b[MEMORY_BUFFERS];
	cache = MIN(cache, room);
	row_u64(r, MEMORY_CACHE, cache);
	row_u64(r, MEMORY_USED, room - cache);
	return true;
}

int
meminfo_parse(struct span text, struct row memory)
{
	struct lines lines = lines_of(text);
	struct amounts m = {0};
	struct span line, name, unit;
	bool found = false;
	size_t hint = 0;
	int ret = 0;

	while (lines_next(&lines, &line)) {
		uint64_t v;
		int what;

		if (!cut_name(&line, ':', &name))
			continue;
		what = name_find(names, ARRAY_LEN(names), &hint, name);
		if (what < 0)
			continue;
		if (column_u64(&line, &v) != COLUMN_OK || ckd_mul(&v, v, 1024u) ||
		    (span_word(&line, &unit) && !span_is(unit, "kB"))) {
			ret = -EINVAL;
			continue;
		}
		m.bytes[what] = v;
		m.have[what] = true;
		row_u64(memory, (unsigned)what, v);
		found = true;
	}
	if (!fill_sums(&m, memory))
		ret = -EINVAL;
	return !found || lines.cut ? -EINVAL : ret;
}

void
meminfo_read(struct sys_context *c, struct frame *f)
{
	int r = source_read(c, SRC_MEMINFO);

	if (r == 0)
		r = meminfo_parse(span_of(c->text.data, c->text.len),
				  (struct row){&f->table[TABLE_MEMORY], 0});
	source_note(f, SRC_MEMINFO, r);
}
