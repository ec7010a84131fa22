/* cpustat: reads proc/stat into the cpu table and parts of the system table.
 *
 * cpu     = "cpu" [ number ] ticks...    user nice system idle iowait irq softirq steal guest
 *                                        guest_nice; old kernels write fewer
 * intr    = "intr" total { count }       a line of many kilobytes
 * others  = "ctxt" | "btime" | "processes" | "procs_running" | "procs_blocked", number
 *
 * CPUs that are off are not listed: numbers rise, with gaps. */
#include <errno.h>

#include "base/clock.h"
#include "base/mem.h"
#include "sys/parse.h"

static const uint8_t cpu_columns[] = {CPU_USER, CPU_NICE, CPU_SYSTEM, CPU_IDLE, CPU_IOWAIT,
				      CPU_IRQ, CPU_SOFTIRQ, CPU_STEAL, CPU_GUEST, CPU_GUEST_NICE};

/* The line behind "cpu". *last is the number of the row before. */
static int
cpu_line(struct span line, const struct root *r, struct table *t, int64_t *last)
{
	int64_t cpu = -1;
	uint64_t v;
	struct row row;
	int ret = 0;

	if (!span_empty(line) && *line.p != ' ') {
		if (column_u64(&line, &v) != COLUMN_OK || v > INT32_MAX)
			return -EINVAL;
		cpu = (int64_t)v;
	}
	if (cpu <= *last)
		return -EINVAL;
	*last = cpu;
	row = table_add_row(t, (struct row_key){(uint64_t)cpu, 0});
	row_i64(row, CPU_CPU, cpu);
	for (size_t i = 0; i < ARRAY_LEN(cpu_columns); i++) {
		enum column c = column_u64(&line, &v);

		if (c == COLUMN_NONE)
			break;
		if (c == COLUMN_OK && ticks_to_ns(r, v, &v))
			row_u64(row, cpu_columns[i], v);
		else
			ret = -EINVAL;
	}
	return ret;
}

static int
system_line(struct span line, struct span name, struct row system)
{
	static const struct name names[] = {
		NAME("intr", SYSTEM_INTR), NAME("ctxt", SYSTEM_CTXT), NAME("btime", SYSTEM_BOOT),
		NAME("processes", SYSTEM_FORKS), NAME("procs_running", SYSTEM_RUNNING),
		NAME("procs_blocked", SYSTEM_BLOCKED),
	};
	size_t hint = 0;
	int what = name_find(names, ARRAY_LEN(names), &hint, name);
	uint64_t v;

	if (what < 0)
		return 0;
	if (column_u64(&line, &v) != COLUMN_OK)
		return -EINVAL;
	if (what == SYSTEM_BOOT && (ckd_mul(&v, v, (uint64_t)NS_PER_S) || v > INT64_MAX))
		return -EINVAL;
	row_u64(system, (unsigned)what, v);
	return 0;
}

int
cpustat_parse(struct span text, const struct root *r, struct frame *f)
{
	struct row system = {&f->table[TABLE_SYSTEM], 0};
	struct lines lines = lines_of(text);
	struct span line, name;
	int64_t last = -2;
	int ret = 0;

	while (lines_next(&lines, &line)) {
		int r2 = 0;

		if (span_starts(line, "cpu")) {
			line.p += 3;
			r2 = cpu_line(line, r, &f->table[TABLE_CPU], &last);
		} else if (span_word(&line, &name)) {
			r2 = system_line(line, name, system);
		}
		if (r2 < 0)
			ret = r2;
	}
	return last == -2 || lines.cut ? -EINVAL : ret;
}

void
cpustat_read(struct sys_context *c, struct frame *f)
{
	int r = source_read(c, SRC_STAT);

	if (r == 0)
		r = cpustat_parse(span_of(c->text.data, c->text.len), c->root, f);
	source_note(f, SRC_STAT, r);
}
