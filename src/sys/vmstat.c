/* vmstat: reads proc/vmstat into the vm table.
 *
 * vmstat = { name " " number "\n" }        some 180 lines, of which a dozen matter
 *
 * The kernel has split some counters by zone or kind over the years: allocstall is allocstall_dma,
 * allocstall_normal and so on since 4.10, workingset_refault is _anon and _file since 5.9, and
 * before 4.8 pgscan and pgsteal were by zone. Here they are sums. */
#include <errno.h>

#include "base/mem.h"
#include "sys/parse.h"

static const struct counter {
	const char *name;
	uint8_t len, field, also; /* also: another sum it is part of */
	bool family;              /* NAME, and NAME_ with anything behind */
	bool kib;
} counters[] = {
#define ONE(name, field)    {name, sizeof(name) - 1, field, VM_FIELDS, false, false}
#define KIB(name, field)    {name, sizeof(name) - 1, field, VM_FIELDS, false, true}
#define FAMILY(name, field) {name, sizeof(name) - 1, field, VM_FIELDS, true, false}
	FAMILY("workingset_refault", VM_REFAULT),
	KIB("pgpgin", VM_PAGE_IN),
	KIB("pgpgout", VM_PAGE_OUT),
	ONE("pswpin", VM_SWAP_IN),
	ONE("pswpout", VM_SWAP_OUT),
	FAMILY("allocstall", VM_ALLOC_STALL),
	ONE("pgfault", VM_FAULTS),
	ONE("pgmajfault", VM_MAJOR_FAULTS),
	/* By who reclaims. The same pages are counted again as pgscan_anon and pgscan_file. */
	FAMILY("pgsteal_kswapd", VM_STEAL),
	FAMILY("pgsteal_direct", VM_STEAL),
	FAMILY("pgsteal_khugepaged", VM_STEAL),
	FAMILY("pgsteal_proactive", VM_STEAL),
	FAMILY("pgscan_kswapd", VM_SCAN),
	{"pgscan_direct", 13, VM_SCAN, VM_DIRECT, true, false},
	FAMILY("pgscan_khugepaged", VM_SCAN),
	FAMILY("pgscan_proactive", VM_SCAN),
	ONE("oom_kill", VM_OOM_KILLS),
#undef ONE
#undef KIB
#undef FAMILY
};

static const struct counter *
find(struct span name, size_t *hint)
{
	size_t len = span_len(name), i = *hint;

	for (size_t k = 0; k < ARRAY_LEN(counters); k++, i++) {
		const struct counter *c;

		if (i >= ARRAY_LEN(counters))
			i = 0;
		c = &counters[i];
		/* The third letter tells most of them apart. */
		if (len < c->len || name.p[2] != c->name[2] ||
		    memcmp(name.p, c->name, c->len) != 0)
			continue;
		if (len > c->len && !(c->family && name.p[c->len] == '_'))
			continue;
		*hint = i;
		/* Throttled processes, not pages. */
		return span_is(name, "pgscan_direct_throttle") ? NULL : c;
	}
	return NULL;
}

struct sums {
	uint64_t v[VM_FIELDS];
	bool have[VM_FIELDS];
};

static int
add(struct sums *s, unsigned field, uint64_t v)
{
	s->have[field] = true;
	return ckd_add(&s->v[field], s->v[field], v) ? -EINVAL : 0;
}

int
vmstat_parse(struct span text, struct row vm)
{
	struct lines lines = lines_of(text);
	struct span line, name;
	struct sums s = {0};
	bool bad[VM_FIELDS] = {0}, found = false;
	size_t hint = 0;
	int ret = 0;

	while (lines_next(&lines, &line)) {
		const struct counter *c;
		uint64_t v;

		/* Most lines begin with nr_, numa_, compact_, thp_. */
		if (span_empty(line) || !memchr("paow", *line.p, 4) || !span_word(&line, &name))
			continue;
		c = find(name, &hint);
		if (!c)
			continue;
		/* A sum with a part missing would seem to go back. */
		if (column_u64(&line, &v) != COLUMN_OK || (c->kib && ckd_mul(&v, v, 1024u)) ||
		    add(&s, c->field, v) < 0) {
			bad[c->field] = true;
			if (c->also < VM_FIELDS)
				bad[c->also] = true;
			ret = -EINVAL;
			continue;
		}
		if (c->also < VM_FIELDS && add(&s, c->also, v) < 0)
			bad[c->also] = true;
		found = true;
	}
	for (unsigned f = 0; f < VM_FIELDS; f++)
		if (s.have[f] && !bad[f])
			row_u64(vm, f, s.v[f]);
	return !found || lines.cut ? -EINVAL : ret;
}

void
vmstat_read(struct sys_context *c, struct frame *f)
{
	int r = source_read(c, SRC_VMSTAT);

	if (r == 0)
		r = vmstat_parse(span_of(c->text.data, c->text.len),
				 (struct row){&f->table[TABLE_VM], 0});
	source_note(f, SRC_VMSTAT, r);
}
