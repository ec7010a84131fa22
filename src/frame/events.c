#include "frame/events.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/num.h"
#include "schema/format.h"

/* Sleep is told by two clocks of different files, with reading in between: less is no event. */
#define ASLEEP_NS (2 * NS_PER_S)
/* The wall clock and the monotonic one are slewed by NTP together and differ by nothing else than a
 * step. One of a second may be a leap second. */
#define STEP_NS (1 * NS_PER_S + 100 * NS_PER_MS)
/* Of a storm of failing daemons these are looked for among the processes, one by one. */
enum { UNITS_MAX = 64 };

const char *const event_names[EVENT_KINDS] = {
	[EVENT_PRESSURE] = "pressure", [EVENT_OOM] = "oom",         [EVENT_UNIT] = "unit",
	[EVENT_LINK] = "link",         [EVENT_CLOCK] = "clock",     [EVENT_SUSPEND] = "suspend",
	[EVENT_HOTPLUG] = "hotplug",   [EVENT_BOOKMARK] = "bookmark",
};

struct pair {
	const struct frame *cur, *prev;
	struct buf *words; /* NULL: nobody reads them */
};

__attribute__((format(printf, 2, 3))) static void
say(const struct pair *p, const char *fmt, ...)
{
	char line[512];
	va_list ap;

	if (!p->words)
		return;
	va_start(ap, fmt);
	vsnprintf(line, sizeof line, fmt, ap);
	va_end(ap);
	for (char *c = line; *c; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			*c = '?';
	buf_puts(p->words, line);
	buf_putc(p->words, '\n');
}

/* The row with a key, or ROW_NONE. Orders seldom change: *hint is where the search begins, behind
 * the last that was found. No table_find(): others may hold these frames by now, and use its
 * index. */
static uint32_t
row_of(const struct table *t, struct row_key key, uint32_t *hint)
{
	uint32_t i = *hint;

	for (uint32_t k = 0; k < t->nrows; k++, i++) {
		if (i >= t->nrows)
			i = 0;
		if (row_key_equal(t->key[i], key)) {
			*hint = i + 1;
			return i;
		}
	}
	return ROW_NONE;
}

/* Upwards only. What hovers about the line is one event and not many: while the minute is above it
 * as well, falling below for some seconds and coming back is still the same pressure. */
static bool
find_pressure(const struct pair *p)
{
	static const struct {
		const char *resource, *name;
		double line;
	} lines[] = {{"memory", "memory", 0.10}, {"io", "I/O", 0.20}, {"cpu", "CPU", 0.40}};
	const struct table *now = &p->cur->table[TABLE_PRESSURE];
	const struct table *then = &p->prev->table[TABLE_PRESSURE];
	double a, b, minute;
	uint32_t hint = 0;
	bool found = false;

	for (uint32_t i = 0; i < now->nrows; i++) {
		uint32_t k = row_of(then, now->key[i], &hint);

		if (k == ROW_NONE || !cell_f64(now, i, PRESSURE_SOME10, &b) ||
		    !cell_f64(then, k, PRESSURE_SOME10, &a) ||
		    !cell_f64(now, i, PRESSURE_SOME60, &minute))
			continue;
		for (size_t n = 0; n < ARRAY_LEN(lines); n++) {
			if (strcmp(cell_str(now, i, PRESSURE_RESOURCE), lines[n].resource) != 0 ||
			    a >= lines[n].line || b < lines[n].line || minute >= lines[n].line)
				continue;
			say(p, "%s pressure over %.0f %%: some %.1f %% in the last 10 s",
			    lines[n].name, lines[n].line * 100, b * 100);
			found = true;
		}
	}
	return found;
}

static bool
find_oom(const struct pair *p)
{
	uint64_t a, b, killed;

	if (!p->cur->table[TABLE_VM].nrows || !p->prev->table[TABLE_VM].nrows ||
	    !cell_u64(&p->cur->table[TABLE_VM], 0, VM_OOM_KILLS, &b) ||
	    !cell_u64(&p->prev->table[TABLE_VM], 0, VM_OOM_KILLS, &a) ||
	    !delta_u64(a, b, &killed) || !killed)
		return false;
	say(p, "out of memory: the kernel killed %llu process%s", (unsigned long long)killed,
	    killed == 1 ? "" : "es");
	return true;
}

/* As systemd sees it: a status, or a signal that does not belong to ending a service. */
static bool
failed(const struct table *exits, uint32_t row, char how[32])
{
	uint64_t v;

	if (cell_u64(exits, row, EXIT_SIGNAL, &v)) {
		snprintf(how, 32, "by signal %llu", (unsigned long long)v);
		return v != 1 && v != 2 && v != 13 && v != 15; /* HUP, INT, PIPE, TERM */
	}
	if (!cell_u64(exits, row, EXIT_CODE, &v))
		return false;
	snprintf(how, 32, "with status %llu", (unsigned long long)v);
	return v != 0;
}

/* The same number, and the same start where the ending tells one (the kernel's answer differs from
 * that of proc by milliseconds). */
uint32_t
row_alive(const struct table *exits, uint32_t row, const struct table *procs)
{
	uint64_t pid, v, start, thread;

	if (!cell_u64(exits, row, EXIT_PID, &pid))
		return ROW_NONE;
	for (uint32_t i = 0; i < procs->nrows; i++) {
		if (!cell_u64(procs, i, PROC_PID, &v) || v != pid ||
		    !cell_u64(procs, i, PROC_THREAD, &thread) || thread)
			continue;
		if (cell_u64(exits, row, EXIT_START, &start) &&
		    cell_u64(procs, i, PROC_START, &v) &&
		    (v > start ? v - start : start - v) > (uint64_t)NS_PER_S)
			continue;
		return i;
	}
	return ROW_NONE;
}

/* Children of systemd, in the cgroup of a service. What became its child because the parent ended
 * is among them; the words do not say "main process". */
static bool
find_unit(const struct pair *p)
{
	const struct table *exits = &p->cur->table[TABLE_EXIT];
	const struct table *procs = &p->prev->table[TABLE_PROC];
	unsigned looked = 0;
	bool found = false;

	for (uint32_t i = 0; i < exits->nrows && looked < UNITS_MAX; i++) {
		const char *unit, *dot;
		char how[32];
		uint64_t ppid;
		uint32_t k;

		if (!cell_u64(exits, i, EXIT_PPID, &ppid) || ppid != 1 || !failed(exits, i, how))
			continue;
		looked++;
		k = row_alive(exits, i, procs);
		if (k == ROW_NONE || !cell_u64(procs, k, PROC_PPID, &ppid) || ppid != 1)
			continue;
		unit = strrchr(cell_str(procs, k, PROC_CGROUP), '/');
		dot = unit ? strrchr(unit, '.') : NULL;
		if (!dot || strcmp(dot, ".service") != 0)
			continue;
		say(p, "%s: %s (%llu) ended %s", unit + 1, cell_str(procs, k, PROC_NAME),
		    (unsigned long long)procs->key[k].a, how);
		found = true;
	}
	return found;
}

/* "unknown" is what drivers say that do not know: neither up nor down. */
static bool
link_known(const struct table *t, uint32_t row, bool *ret_up)
{
	const char *state = cell_str(t, row, NET_LINK);

	*ret_up = strcmp(state, "up") == 0;
	return *state && strcmp(state, "unknown") != 0;
}

static bool
find_link(const struct pair *p)
{
	const struct table *now = &p->cur->table[TABLE_NET], *then = &p->prev->table[TABLE_NET];
	bool found = false, up, was_up;
	uint32_t hint = 0;

	for (uint32_t i = 0; i < now->nrows; i++) {
		uint32_t k = row_of(then, now->key[i], &hint);

		if (k == ROW_NONE || !link_known(now, i, &up) ||
		    !link_known(then, k, &was_up) || up == was_up)
			continue;
		say(p, "%s: link %s", cell_str(now, i, NET_NAME), up ? "up" : "down");
		found = true;
	}
	return found;
}

static bool
uptime(const struct frame *f, int64_t *ret_ns)
{
	uint64_t v;

	if (!f->table[TABLE_SYSTEM].nrows ||
	    !cell_u64(&f->table[TABLE_SYSTEM], 0, SYSTEM_UPTIME, &v) || v > INT64_MAX)
		return false;
	*ret_ns = (int64_t)v;
	return true;
}

/* Of what passed on the wall and not by the monotonic clock, how much was sleep and how much a
 * clock that was set. The uptime is read after the other two, perhaps much later, when the sampler
 * was held up; that alone is no sleep, for the wall clock shows nothing of it. */
static bool
time_lost(const struct pair *p, int64_t *ret_asleep_ns, int64_t *ret_step_ns)
{
	int64_t mono, wall, lost, up_now, up_then, up;

	if (!uptime(p->cur, &up_now) || !uptime(p->prev, &up_then) ||
	    ckd_sub(&mono, p->cur->meta.mono_ns, p->prev->meta.mono_ns) ||
	    ckd_sub(&wall, p->cur->meta.wall_ns, p->prev->meta.wall_ns) ||
	    ckd_sub(&lost, wall, mono) || ckd_sub(&up, up_now - up_then, mono))
		return false;
	*ret_asleep_ns = up > ASLEEP_NS && lost > ASLEEP_NS ? up : 0;
	*ret_step_ns = lost - *ret_asleep_ns;
	return true;
}

static void
span_words(char out[FORMAT_MAX], int64_t ns)
{
	if (ns < 100 * NS_PER_S)
		snprintf(out, FORMAT_MAX, "%.1f s", (double)ns / (double)NS_PER_S);
	else
		format_span(out, (uint64_t)ns, 8);
}

static bool
find_clock(const struct pair *p)
{
	int64_t asleep, step, least;
	char span[FORMAT_MAX];

	if (!time_lost(p, &asleep, &step))
		return false;
	least = asleep ? ASLEEP_NS : STEP_NS;
	if (step > -least && step < least)
		return false;
	span_words(span, step < 0 ? -step : step);
	say(p, "the clock was set %s by %s", step < 0 ? "back" : "forward", span);
	return true;
}

static bool
find_suspend(const struct pair *p)
{
	int64_t asleep, step;
	char span[FORMAT_MAX];

	if (!time_lost(p, &asleep, &step) || !asleep)
		return false;
	span_words(span, asleep);
	say(p, "asleep for %s", span);
	return true;
}

static uint32_t
count_cpus(const struct table *t)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < t->nrows; i++)
		n += cell_valid(t, i, CPU_CPU) && t->col[CPU_CPU][i].i >= 0;
	return n;
}

/* Rows of `here` that are not in the other frame, of things that one can hold in the hand: no loop,
 * zram, veth or docker devices, which come and go with every package and container, and no
 * partitions, which come with their disk. */
static bool
find_come(const struct pair *p, const struct table *here, const struct table *there,
	  unsigned real, unsigned name, const char *what, const char *how)
{
	uint32_t hint = 0;
	bool found = false;
	uint64_t v;

	for (uint32_t i = 0; i < here->nrows; i++) {
		if (!cell_u64(here, i, real, &v) || !v ||
		    row_of(there, here->key[i], &hint) != ROW_NONE)
			continue;
		say(p, "%s %s %s", what, cell_str(here, i, name), how);
		found = true;
	}
	return found;
}

static bool
find_hotplug(const struct pair *p)
{
	static const struct {
		enum table_id table;
		enum source source;
		uint8_t real, name;
		const char *what;
	} devices[] = {
		{TABLE_DISK, SRC_DISKSTATS, DISK_WHOLE, DISK_NAME, "disk"},
		{TABLE_NET, SRC_NETDEV, NET_PHYSICAL, NET_NAME, "interface"},
	};
	uint32_t cpus = count_cpus(&p->cur->table[TABLE_CPU]);
	uint32_t before = count_cpus(&p->prev->table[TABLE_CPU]);
	bool found = false;

	if (cpus && before && cpus != before) {
		say(p, "CPUs %u -> %u", (unsigned)before, (unsigned)cpus);
		found = true;
	}
	for (size_t i = 0; i < ARRAY_LEN(devices); i++) {
		const struct table *now = &p->cur->table[devices[i].table];
		const struct table *then = &p->prev->table[devices[i].table];
		uint8_t real = devices[i].real, name = devices[i].name;

		/* A machine may have none, so that no rows alone say nothing. */
		if (!now->col[real] || !then->col[real] ||
		    p->cur->source[devices[i].source].error ||
		    p->prev->source[devices[i].source].error)
			continue;
		found |= find_come(p, now, then, real, name, devices[i].what, "came");
		found |= find_come(p, then, now, real, name, devices[i].what, "went");
	}
	return found;
}

/* Did a counter of the machine as a whole go back? */
static bool
went_back(const struct table *cur, const struct table *prev)
{
	uint64_t a, b;

	for (unsigned f = 0; f < cur->schema->nfields; f++)
		if (cur->schema->field[f].kind == KIND_COUNTER && cell_u64(cur, 0, f, &b) &&
		    cell_u64(prev, 0, f, &a) && b < a)
			return true;
	return false;
}

bool
frame_same_boot(const struct frame *cur, const struct frame *prev)
{
	int64_t now, then, booted;

	if (cur->meta.boot && prev->meta.boot && cur->meta.boot != prev->meta.boot)
		return false;
	if (strcmp(cur->meta.host, prev->meta.host) != 0 || cur->meta.mono_ns < prev->meta.mono_ns)
		return false;
	if (!uptime(cur, &now) || !uptime(prev, &then))
		return true;
	/* Booted after the frame before, by the wall clock: that, or the clock was set forward. */
	return now >= then && (ckd_sub(&booted, cur->meta.wall_ns, now) ||
			       booted <= prev->meta.wall_ns ||
			       !went_back(&cur->table[TABLE_SYSTEM], &prev->table[TABLE_SYSTEM]));
}

uint8_t
events_words(const struct frame *cur, const struct frame *prev, struct buf *words)
{
	static bool (*const find[EVENT_KINDS])(const struct pair *p) = {
		[EVENT_PRESSURE] = find_pressure, [EVENT_OOM] = find_oom,
		[EVENT_UNIT] = find_unit,         [EVENT_LINK] = find_link,
		[EVENT_CLOCK] = find_clock,       [EVENT_SUSPEND] = find_suspend,
		[EVENT_HOTPLUG] = find_hotplug,
	};
	const struct pair pair = {cur, prev, words};
	unsigned bits = 0;

	if (!frame_same_boot(cur, prev))
		return 0;
	for (unsigned kind = 0; kind < EVENT_KINDS; kind++)
		if (find[kind] && find[kind](&pair))
			bits |= EVENT_BIT(kind);
	return (uint8_t)bits;
}

void
events_want(unsigned kinds, struct field_set want[TABLE_COUNT])
{
	static const struct {
		uint8_t kind, table, field;
	} needs[] = {
		{EVENT_PRESSURE, TABLE_PRESSURE, PRESSURE_RESOURCE},
		{EVENT_PRESSURE, TABLE_PRESSURE, PRESSURE_SOME10},
		{EVENT_PRESSURE, TABLE_PRESSURE, PRESSURE_SOME60},
		{EVENT_OOM, TABLE_VM, VM_OOM_KILLS},
		{EVENT_UNIT, TABLE_EXIT, EXIT_PID},
		{EVENT_UNIT, TABLE_EXIT, EXIT_PPID},
		{EVENT_UNIT, TABLE_EXIT, EXIT_START},
		{EVENT_UNIT, TABLE_EXIT, EXIT_CODE},
		{EVENT_UNIT, TABLE_EXIT, EXIT_SIGNAL},
		{EVENT_UNIT, TABLE_PROC, PROC_PID},
		{EVENT_UNIT, TABLE_PROC, PROC_PPID},
		{EVENT_UNIT, TABLE_PROC, PROC_START},
		{EVENT_UNIT, TABLE_PROC, PROC_NAME},
		{EVENT_UNIT, TABLE_PROC, PROC_THREAD},
		{EVENT_UNIT, TABLE_PROC, PROC_CGROUP},
		{EVENT_LINK, TABLE_NET, NET_NAME},
		{EVENT_LINK, TABLE_NET, NET_LINK},
		{EVENT_CLOCK, TABLE_SYSTEM, SYSTEM_UPTIME},
		{EVENT_SUSPEND, TABLE_SYSTEM, SYSTEM_UPTIME},
		{EVENT_HOTPLUG, TABLE_CPU, CPU_CPU},
		{EVENT_HOTPLUG, TABLE_DISK, DISK_NAME},
		{EVENT_HOTPLUG, TABLE_DISK, DISK_WHOLE},
		{EVENT_HOTPLUG, TABLE_NET, NET_NAME},
		{EVENT_HOTPLUG, TABLE_NET, NET_PHYSICAL},
	};

	for (size_t i = 0; i < ARRAY_LEN(needs); i++)
		if (kinds & EVENT_BIT(needs[i].kind))
			field_set_add(&want[needs[i].table], needs[i].field);
}

uint8_t
events_between(const struct frame *cur, const struct frame *prev)
{
	return events_words(cur, prev, NULL);
}

static uint8_t
level(double ratio)
{
	return (uint8_t)(CLAMP(ratio, 0.0, 1.0) * 250 + 0.5);
}

void
summary_want(struct field_set want[TABLE_COUNT])
{
	field_set_add(&want[TABLE_CPU], CPU_CPU);
	field_set_add(&want[TABLE_CPU], CPU_BUSY_RATIO);
	field_set_add(&want[TABLE_MEMORY], MEMORY_TOTAL);
	field_set_add(&want[TABLE_MEMORY], MEMORY_AVAILABLE);
	field_set_add(&want[TABLE_PRESSURE], PRESSURE_RESOURCE);
	field_set_add(&want[TABLE_PRESSURE], PRESSURE_SOME10);
}

struct summary
summary_of(const struct frame *f)
{
	const struct table *cpu = &f->table[TABLE_CPU], *memory = &f->table[TABLE_MEMORY];
	const struct table *pressure = &f->table[TABLE_PRESSURE];
	struct summary s = {SUMMARY_UNKNOWN, SUMMARY_UNKNOWN, SUMMARY_UNKNOWN};
	uint64_t total, available;
	double v, most = -1;

	for (uint32_t i = 0; i < cpu->nrows; i++)
		if (cell_valid(cpu, i, CPU_CPU) && cpu->col[CPU_CPU][i].i == -1 &&
		    cell_f64(cpu, i, CPU_BUSY_RATIO, &v))
			s.cpu = level(v);
	if (memory->nrows && cell_u64(memory, 0, MEMORY_TOTAL, &total) && total &&
	    cell_u64(memory, 0, MEMORY_AVAILABLE, &available))
		s.memory = level(1 - (double)available / (double)total);
	for (uint32_t i = 0; i < pressure->nrows; i++)
		if (cell_f64(pressure, i, PRESSURE_SOME10, &v) && v > most)
			most = v;
	if (most >= 0)
		s.pressure = level(most);
	return s;
}
