/* The system-wide readers: on the fixtures, and on texts that the kernel should never write. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/mem.h"
#include "sys/parse.h"

/* A machine that is read: all raw columns. */
static struct root root;
static struct sys_context sys;
static struct frame_pool *pool;
static struct strpool *strings;

static struct frame *
begin(void)
{
	struct field_set want[TABLE_COUNT] = {0};
	struct frame *f;

	for (unsigned t = 0; t < TABLE_COUNT; t++)
		for (unsigned i = 0; i < schema[t].nfields; i++)
			if (schema[t].field[i].source != SRC_NONE)
				field_set_add(&want[t], i);
	f = frame_begin(pool, want, strings);
	f->meta.mono_ns = root_mono_ns(&root);
	f->meta.wall_ns = root_wall_ns(&root);
	for (unsigned t = 0; t < TABLE_COUNT; t++)
		if (schema[t].single)
			table_add_row(&f->table[t], (struct row_key){0});
	return f;
}

static struct frame *
sample(void)
{
	struct frame *f = begin();

	for (const struct sys_reader *r = sys_readers; r->name; r++)
		r->read(&sys, f);
	return f;
}

static void
open_machine(const char *name)
{
	const char *dir = getenv("SONDE_FIXTURES");
	struct field_set all[TABLE_COUNT];
	char path[4096];
	struct err e;

	assert_non_null(dir);
	snprintf(path, sizeof path, "%s/%s", dir, name);
	assert_int_equal(root_init(&root, &(struct root_paths){.root = path}, &e), 0);
	memset(all, 0xff, sizeof all);
	sys_context_init(&sys, &root);
	sys_context_plan(&sys, all);
}

static void
close_machine(void)
{
	sys_context_release(&sys);
	root_release(&root);
}

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

static uint64_t
u64(const struct frame *f, enum table_id t, uint32_t row, unsigned field)
{
	uint64_t v = 0;

	if (!cell_u64(frame_table(f, t), row, field, &v))
		fail_msg("%s.%s of row %u is absent", schema[t].name, schema[t].field[field].name, row);
	return v;
}

static bool
absent(const struct frame *f, enum table_id t, uint32_t row, unsigned field)
{
	return !cell_valid(frame_table(f, t), row, field);
}

/* The row whose field has this text. */
static uint32_t
row_of(const struct frame *f, enum table_id t, unsigned field, const char *text)
{
	for (uint32_t i = 0; i < f->table[t].nrows; i++)
		if (strcmp(cell_str(&f->table[t], i, field), text) == 0)
			return i;
	fail_msg("%s: no row has %s %s", schema[t].name, schema[t].field[field].name, text);
	return 0;
}

static struct span
text(const char *s)
{
	return span_of(s, strlen(s));
}

static void
test_idle(void **state)
{
	static const enum source silent[] = {SRC_STAT, SRC_MEMINFO, SRC_VMSTAT, SRC_LOADAVG, SRC_UPTIME,
					     SRC_DISKSTATS, SRC_MOUNTINFO, SRC_NETDEV, SRC_PSI_CPU,
					     SRC_PSI_MEMORY, SRC_PSI_IO, SRC_KERNEL,
					     SRC_SOCKSTAT, SRC_SOCKSTAT6, SRC_SNMP};
	const struct table *cpu, *system;
	struct frame *f;
	uint32_t i;
	double v;

	(void)state;
	open_machine("idle");
	f = sample();
	for (size_t k = 0; k < ARRAY_LEN(silent); k++) {
		assert_int_equal(f->source[silent[k]].error, 0);
		assert_int_equal(f->source[silent[k]].read, 1);
		assert_int_equal(f->source[silent[k]].failed, 0);
	}
	system = frame_table(f, TABLE_SYSTEM);
	assert_string_equal(cell_str(system, 0, SYSTEM_HOST), "web-03");
	assert_string_equal(cell_str(system, 0, SYSTEM_KERNEL), "6.1.0-28-amd64");
	assert_true(u64(f, TABLE_SYSTEM, 0, SYSTEM_UPTIME) == UINT64_C(1051234500000000));
	assert_true(u64(f, TABLE_SYSTEM, 0, SYSTEM_BOOT) % 1000000000 == 0);
	assert_true(cell_f64(system, 0, SYSTEM_LOAD1, &v) && v == 0.08);
	assert_int_equal(u64(f, TABLE_SYSTEM, 0, SYSTEM_THREADS), 87);
	assert_int_equal(u64(f, TABLE_SYSTEM, 0, SYSTEM_INTR), 30110220);

	cpu = frame_table(f, TABLE_CPU);
	assert_int_equal(cpu->nrows, 3);
	for (i = 0; i < 3; i++)
		assert_int_equal(cpu->col[CPU_CPU][i].i, (int64_t)i - 1);
	assert_int_equal(u64(f, TABLE_CPU, 0, CPU_USER), UINT64_C(1087270000000)); /* 108727 ticks */

	assert_int_equal(frame_table(f, TABLE_PRESSURE)->nrows, 3);
	assert_int_equal(u64(f, TABLE_PRESSURE, 2, PRESSURE_SOME), UINT64_C(210440220000));

	i = row_of(f, TABLE_DISK, DISK_NAME, "vda");
	assert_string_equal(cell_str(frame_table(f, TABLE_DISK), i, DISK_DEVICE), "254:0");
	assert_int_equal(u64(f, TABLE_DISK, i, DISK_WHOLE), 1);
	assert_int_equal(u64(f, TABLE_DISK, i, DISK_READS), 41230);
	assert_int_equal(u64(f, TABLE_DISK, i, DISK_READ_BYTES), 3021450 * UINT64_C(512));
	assert_int_equal(u64(f, TABLE_DISK, row_of(f, TABLE_DISK, DISK_NAME, "vda1"), DISK_WHOLE), 0);

	assert_int_equal(frame_table(f, TABLE_NET)->nrows, 2);
	assert_int_equal(u64(f, TABLE_NET, row_of(f, TABLE_NET, NET_NAME, "lo"), NET_PHYSICAL), 0);
	i = row_of(f, TABLE_NET, NET_NAME, "ens3");
	assert_int_equal(u64(f, TABLE_NET, i, NET_PHYSICAL), 1);
	assert_int_equal(u64(f, TABLE_NET, i, NET_RX_DROPS), 1204);
	assert_string_equal(cell_str(frame_table(f, TABLE_NET), i, NET_LINK), "up");
	i = row_of(f, TABLE_NET, NET_NAME, "lo");
	assert_true(absent(f, TABLE_NET, i, NET_LINK));
	assert_int_equal(f->source[SRC_OPERSTATE].read, 1);
	assert_int_equal(f->source[SRC_OPERSTATE].failed, 0);

	assert_int_equal(u64(f, TABLE_SOCKETS, 0, SOCKETS_USED), 255);
	assert_int_equal(u64(f, TABLE_SOCKETS, 0, SOCKETS_TCP6), 3);
	assert_int_equal(u64(f, TABLE_SOCKETS, 0, SOCKETS_IN), 2079198);

	i = row_of(f, TABLE_FS, FS_MOUNT, "/");
	assert_string_equal(cell_str(frame_table(f, TABLE_FS), i, FS_SOURCE), "/dev/vda1");
	assert_string_equal(cell_str(frame_table(f, TABLE_FS), i, FS_TYPE), "ext4");
	assert_int_equal(u64(f, TABLE_FS, i, FS_READONLY), 0);
	assert_true(absent(f, TABLE_FS, i, FS_SIZE)); /* a foreign machine is never asked */
	assert_int_equal(f->source[SRC_STATVFS].error, -EOPNOTSUPP);
	for (i = 0; i < frame_table(f, TABLE_FS)->nrows; i++)
		assert_string_not_equal(cell_str(frame_table(f, TABLE_FS), i, FS_TYPE), "proc");
	frame_unref(f);
	close_machine();
}

/* What must hold whatever was read. */
static void
check_frame(const struct frame *f)
{
	const struct table *cpu = frame_table(f, TABLE_CPU);

	for (uint32_t i = 1; i < cpu->nrows; i++)
		assert_true(cpu->col[CPU_CPU][i - 1].i < cpu->col[CPU_CPU][i].i);
	if (!absent(f, TABLE_MEMORY, 0, MEMORY_USED))
		assert_true(u64(f, TABLE_MEMORY, 0, MEMORY_USED) + u64(f, TABLE_MEMORY, 0, MEMORY_BUFFERS) +
				    u64(f, TABLE_MEMORY, 0, MEMORY_CACHE) +
				    u64(f, TABLE_MEMORY, 0, MEMORY_FREE) ==
			    u64(f, TABLE_MEMORY, 0, MEMORY_TOTAL));
	else if (f->source[SRC_MEMINFO].error == 0)
		fail_msg("memory in use is absent and nobody says why");
	for (unsigned t = 0; t < TABLE_PROC; t++)
		for (uint32_t i = 0; i < f->table[t].nrows; i++)
			for (uint32_t k = 0; k < i && f->table[t].nrows < 200; k++)
				assert_false(row_key_equal(f->table[t].key[i], f->table[t].key[k]));
	for (unsigned s = 1; s < SRC_COUNT; s++)
		assert_int_equal(f->source[s].error != 0, f->source[s].failed != 0);
}

static void
test_every_fixture(void **state)
{
	DIR *dir = opendir(getenv("SONDE_FIXTURES"));
	struct dirent *d;
	int n = 0;

	(void)state;
	assert_non_null(dir);
	while ((d = readdir(dir))) {
		char manifest[4096];

		snprintf(manifest, sizeof manifest, "%s/%s/MANIFEST", getenv("SONDE_FIXTURES"), d->d_name);
		if (access(manifest, F_OK) < 0)
			continue;
		n++;
		open_machine(d->d_name);
		do {
			struct frame *f = sample();

			check_frame(f);
			frame_unref(f);
		} while (root_advance(&root) == 0);
		close_machine();
	}
	closedir(dir);
	assert_true(n > 10);
}

static void
test_old418(void **state)
{
	struct frame *f;
	uint32_t i;

	(void)state;
	open_machine("old418");
	f = sample();
	i = row_of(f, TABLE_DISK, DISK_NAME, "vda"); /* 18 columns */
	assert_int_equal(u64(f, TABLE_DISK, i, DISK_DISCARDS), 0);
	assert_true(absent(f, TABLE_DISK, i, DISK_FLUSHES));
	i = row_of(f, TABLE_DISK, DISK_NAME, "vda1"); /* 14 */
	assert_int_equal(u64(f, TABLE_DISK, i, DISK_QUEUE_TIME), UINT64_C(429700000000));
	assert_true(absent(f, TABLE_DISK, i, DISK_DISCARDS));
	assert_true(absent(f, TABLE_DISK, i, DISK_FLUSHES));
	assert_int_equal(f->source[SRC_DISKSTATS].error, 0);
	assert_true(absent(f, TABLE_MEMORY, 0, MEMORY_PERCPU));
	assert_true(absent(f, TABLE_MEMORY, 0, MEMORY_ZSWAP));
	assert_true(absent(f, TABLE_CPU, 2, CPU_GUEST)); /* a short line */
	assert_int_equal(frame_table(f, TABLE_PRESSURE)->nrows, 0);
	assert_int_equal(f->source[SRC_PSI_CPU].error, -ENOENT);
	frame_unref(f);
	close_machine();
}

static void
test_broken(void **state)
{
	static const struct {
		enum source s;
		int error;
	} want[] = {
		{SRC_STAT, -EINVAL}, {SRC_MEMINFO, -ENOENT}, {SRC_VMSTAT, -EINVAL},
		{SRC_LOADAVG, -EINVAL}, {SRC_UPTIME, -EINVAL}, {SRC_DISKSTATS, -EINVAL},
		{SRC_MOUNTINFO, -EINVAL}, {SRC_NETDEV, -EINVAL}, {SRC_PSI_CPU, -EINVAL},
		{SRC_PSI_MEMORY, -EISDIR}, {SRC_PSI_IO, -EINVAL}, {SRC_PSI_IRQ, -ENOENT},
		{SRC_KERNEL, -EISDIR},
	};
	struct frame *f;
	uint32_t i;

	(void)state;
	open_machine("broken");
	do {
		f = sample();
		for (size_t k = 0; k < ARRAY_LEN(want); k++) {
			assert_int_equal(f->source[want[k].s].error, want[k].error);
			assert_int_equal(f->source[want[k].s].failed, 1);
		}
		assert_true(absent(f, TABLE_MEMORY, 0, MEMORY_TOTAL));
		assert_true(absent(f, TABLE_MEMORY, 0, MEMORY_USED));
		assert_true(absent(f, TABLE_SYSTEM, 0, SYSTEM_LOAD1));
		i = row_of(f, TABLE_DISK, DISK_NAME, "sdd"); /* all negative */
		assert_true(absent(f, TABLE_DISK, i, DISK_READS));
		i = row_of(f, TABLE_DISK, DISK_NAME, "sdf"); /* the last number was cut */
		assert_int_equal(u64(f, TABLE_DISK, i, DISK_IN_FLIGHT), 9);
		assert_true(absent(f, TABLE_DISK, i, DISK_QUEUE_TIME));
		i = row_of(f, TABLE_NET, NET_NAME, "eth2"); /* 40 digits */
		assert_true(absent(f, TABLE_NET, i, NET_RX));
		i = row_of(f, TABLE_NET, NET_NAME, "eth4"); /* two columns too many */
		assert_int_equal(u64(f, TABLE_NET, i, NET_RX_DROPS), 4);
		assert_int_equal(u64(f, TABLE_NET, i, NET_TX_DROPS), 12);
		frame_unref(f);
	} while (root_advance(&root) == 0);
	close_machine();
}

static void
test_empty(void **state)
{
	struct frame *f;

	(void)state;
	open_machine("empty");
	do {
		f = sample();
		for (unsigned t = 0; t < TABLE_PROC; t++)
			assert_int_equal(f->table[t].nrows, schema[t].single);
		for (const struct sys_reader *r = sys_readers; r->name; r++)
			for (size_t k = 0; k < ARRAY_LEN(r->source); k++)
				if (r->source[k] != SRC_NONE && r->source[k] != SRC_STATVFS &&
				    r->source[k] != SRC_OPERSTATE)
					assert_int_equal(f->source[r->source[k]].error, -ENOENT);
		frame_unref(f);
	} while (root_advance(&root) == 0);
	close_machine();
}

static void
test_wrap(void **state)
{
	static const uint32_t cpus[] = {3, 2, 3, 3, 3}; /* CPU 1 goes and comes back */
	size_t moment = 0;

	(void)state;
	open_machine("wrap");
	do {
		struct frame *f = sample();

		assert_int_equal(f->source[SRC_STAT].error, 0);
		assert_int_equal(f->source[SRC_DISKSTATS].error, 0);
		assert_int_equal(frame_table(f, TABLE_CPU)->nrows, cpus[moment++]);
		frame_unref(f);
	} while (root_advance(&root) == 0);
	assert_int_equal(moment, ARRAY_LEN(cpus));
	close_machine();
}

static void
test_cpus1100(void **state)
{
	struct frame *f;
	const struct table *t;

	(void)state;
	open_machine("cpus1100");
	f = sample();
	t = frame_table(f, TABLE_CPU);
	assert_true(t->nrows > 1025);
	assert_true(t->col[CPU_CPU][t->nrows - 1].i > 1024);
	/* About 2^63 ticks are no nanoseconds any more, and that is not 0. */
	assert_true(absent(f, TABLE_CPU, 0, CPU_IDLE));
	frame_unref(f);
	close_machine();
}

/* Parsers alone, on the machine "empty". */
static struct frame *
parse_cpu(const char *s, int want)
{
	struct frame *f = begin();

	assert_int_equal(cpustat_parse(text(s), &root, f), want);
	return f;
}

static void
test_cpustat(void **state)
{
	struct frame *f;

	(void)state;
	open_machine("empty");
	f = parse_cpu("cpu  1 2 3 4 5 6 7 8 9 10 11 12\ncpu7 1 2 3 4\nintr 5 6 7\nctxt 8\nbtime 9\nprocesses 10\n"
		      "procs_running 11\nprocs_blocked 12\nnew_in_linux_9 1\n", 0);
	assert_int_equal(frame_table(f, TABLE_CPU)->nrows, 2);
	assert_int_equal(u64(f, TABLE_CPU, 0, CPU_GUEST_NICE), 100000000);
	assert_int_equal(f->table[TABLE_CPU].col[CPU_CPU][1].i, 7);
	assert_int_equal(u64(f, TABLE_CPU, 1, CPU_IDLE), 40000000);
	assert_true(absent(f, TABLE_CPU, 1, CPU_IOWAIT));
	assert_int_equal(u64(f, TABLE_SYSTEM, 0, SYSTEM_INTR), 5);
	assert_int_equal(u64(f, TABLE_SYSTEM, 0, SYSTEM_CTXT), 8);
	assert_int_equal(u64(f, TABLE_SYSTEM, 0, SYSTEM_BOOT), UINT64_C(9000000000));
	assert_int_equal(u64(f, TABLE_SYSTEM, 0, SYSTEM_FORKS), 10);
	assert_int_equal(u64(f, TABLE_SYSTEM, 0, SYSTEM_RUNNING), 11);
	assert_int_equal(u64(f, TABLE_SYSTEM, 0, SYSTEM_BLOCKED), 12);
	assert_true(row_key_equal(f->table[TABLE_CPU].key[0], (struct row_key){UINT64_MAX, 0}));
	frame_unref(f);

	f = parse_cpu("", -EINVAL);
	assert_int_equal(frame_table(f, TABLE_CPU)->nrows, 0);
	frame_unref(f);

	/* One bad column costs only itself. */
	f = parse_cpu("cpu 1 -2 3x 4 99999999999999999999 6\n", -EINVAL);
	assert_int_equal(u64(f, TABLE_CPU, 0, CPU_USER), 10000000);
	assert_true(absent(f, TABLE_CPU, 0, CPU_NICE));
	assert_true(absent(f, TABLE_CPU, 0, CPU_SYSTEM));
	assert_int_equal(u64(f, TABLE_CPU, 0, CPU_IDLE), 40000000);
	assert_true(absent(f, TABLE_CPU, 0, CPU_IOWAIT));
	assert_int_equal(u64(f, TABLE_CPU, 0, CPU_IRQ), 60000000);
	frame_unref(f);

	/* Not in order, twice, no number; cut. */
	f = parse_cpu("cpu1 1\ncpu0 1\ncpu1 1\ncpux 1\ncpu2 3 4", -EINVAL);
	assert_int_equal(frame_table(f, TABLE_CPU)->nrows, 2);
	assert_int_equal(u64(f, TABLE_CPU, 1, CPU_USER), 30000000);
	assert_true(absent(f, TABLE_CPU, 1, CPU_NICE));
	frame_unref(f);

	/* Clocks that do not divide a second. */
	root.clk_tck = 1024;
	f = parse_cpu("cpu 1024 1 18446744073709551615\n", -EINVAL);
	assert_int_equal(u64(f, TABLE_CPU, 0, CPU_USER), 1000000000);
	assert_int_equal(u64(f, TABLE_CPU, 0, CPU_NICE), 976562);
	assert_true(absent(f, TABLE_CPU, 0, CPU_SYSTEM));
	frame_unref(f);
	close_machine();
}

static struct frame *
parse_memory(const char *s, int want)
{
	struct frame *f = begin();

	assert_int_equal(meminfo_parse(text(s), (struct row){&f->table[TABLE_MEMORY], 0}), want);
	if (!absent(f, TABLE_MEMORY, 0, MEMORY_USED))
		check_frame(f);
	return f;
}

static void
test_meminfo(void **state)
{
	struct frame *f;

	(void)state;
	open_machine("empty");
	f = parse_memory("MemTotal: 1000 kB\nMemFree: 100 kB\nBuffers: 50 kB\nCached: 300 kB\nShmem: 30 kB\n"
			 "SReclaimable: 40 kB\nSwapTotal: 10 kB\nSwapFree: 3 kB\nHugePages_Total: 7\n", 0);
	assert_int_equal(u64(f, TABLE_MEMORY, 0, MEMORY_CACHE), 310 * 1024);
	assert_int_equal(u64(f, TABLE_MEMORY, 0, MEMORY_USED), 540 * 1024);
	assert_int_equal(u64(f, TABLE_MEMORY, 0, MEMORY_SWAP_USED), 7 * 1024);
	assert_true(absent(f, TABLE_MEMORY, 0, MEMORY_AVAILABLE));
	frame_unref(f);

	/* Any order. */
	f = parse_memory("Cached: 4 kB\nBuffers: 3 kB\nMemFree: 2 kB\nMemTotal: 11 kB\n", 0);
	assert_int_equal(u64(f, TABLE_MEMORY, 0, MEMORY_USED), 2 * 1024);
	frame_unref(f);

	/* As containers have it: more cache than there is memory, more shared than cache. */
	f = parse_memory("MemTotal: 100 kB\nMemFree: 60 kB\nBuffers: 10 kB\nCached: 500 kB\n", 0);
	assert_int_equal(u64(f, TABLE_MEMORY, 0, MEMORY_USED), 0);
	assert_int_equal(u64(f, TABLE_MEMORY, 0, MEMORY_CACHE), 30 * 1024);
	frame_unref(f);
	f = parse_memory("MemTotal: 100 kB\nMemFree: 60 kB\nBuffers: 10 kB\nCached: 5 kB\nShmem: 9 kB\n", 0);
	assert_int_equal(u64(f, TABLE_MEMORY, 0, MEMORY_CACHE), 0);
	assert_int_equal(u64(f, TABLE_MEMORY, 0, MEMORY_USED), 30 * 1024);
	frame_unref(f);
	/* More free than there is. */
	f = parse_memory("MemTotal: 100 kB\nMemFree: 101 kB\nBuffers: 1 kB\nCached: 5 kB\nSwapTotal: 1 kB\nSwapFree: 2 kB\n", -EINVAL);
	assert_true(absent(f, TABLE_MEMORY, 0, MEMORY_USED));
	assert_int_equal(u64(f, TABLE_MEMORY, 0, MEMORY_SWAP_USED), 0);
	frame_unref(f);

	f = parse_memory("MemTotal: -1 kB\nMemFree: 99999999999999999999 kB\nBuffers: 18446744073709551615 kB\n"
			 "Cached: 5 MB\nDirty: 1 kB\nMapped 3\nActive:\n:\nMemAvailable: 12", -EINVAL);
	assert_true(absent(f, TABLE_MEMORY, 0, MEMORY_TOTAL));
	assert_true(absent(f, TABLE_MEMORY, 0, MEMORY_FREE));
	assert_true(absent(f, TABLE_MEMORY, 0, MEMORY_BUFFERS));
	assert_true(absent(f, TABLE_MEMORY, 0, MEMORY_CACHED));
	assert_true(absent(f, TABLE_MEMORY, 0, MEMORY_AVAILABLE)); /* perhaps 12345 */
	assert_int_equal(u64(f, TABLE_MEMORY, 0, MEMORY_DIRTY), 1024);
	frame_unref(f);
	close_machine();
}

static struct frame *
parse_vm(const char *s, int want)
{
	struct frame *f = begin();

	assert_int_equal(vmstat_parse(text(s), (struct row){&f->table[TABLE_VM], 0}), want);
	return f;
}

static void
test_vmstat(void **state)
{
	struct frame *f;

	(void)state;
	open_machine("empty");
	/* 6.x */
	f = parse_vm("nr_free_pages 9\nworkingset_nodes 1\nworkingset_refault_anon 3\nworkingset_refault_file 4\n"
		     "workingset_restore_anon 100\npgpgin 10\npgpgout 20\npswpin 1\npswpout 2\nallocstall_dma 1\n"
		     "allocstall_dma32 2\nallocstall_normal 3\nallocstall_movable 4\npgskip_normal 9\npgfault 50\n"
		     "pgmajfault 6\npgsteal_kswapd 100\npgsteal_direct 10\npgsteal_khugepaged 1\npgscan_kswapd 200\n"
		     "pgscan_direct 20\npgscan_khugepaged 2\npgscan_direct_throttle 5000\npgscan_anon 111\n"
		     "pgscan_file 111\npgsteal_anon 11\npgsteal_file 100\noom_kill 3\noom_kills 99\n", 0);
	assert_int_equal(u64(f, TABLE_VM, 0, VM_REFAULT), 7);
	assert_int_equal(u64(f, TABLE_VM, 0, VM_PAGE_IN), 10240);
	assert_int_equal(u64(f, TABLE_VM, 0, VM_PAGE_OUT), 20480);
	assert_int_equal(u64(f, TABLE_VM, 0, VM_SWAP_IN), 1);
	assert_int_equal(u64(f, TABLE_VM, 0, VM_SWAP_OUT), 2);
	assert_int_equal(u64(f, TABLE_VM, 0, VM_ALLOC_STALL), 10);
	assert_int_equal(u64(f, TABLE_VM, 0, VM_FAULTS), 50);
	assert_int_equal(u64(f, TABLE_VM, 0, VM_MAJOR_FAULTS), 6);
	assert_int_equal(u64(f, TABLE_VM, 0, VM_STEAL), 111);
	assert_int_equal(u64(f, TABLE_VM, 0, VM_SCAN), 222);
	assert_int_equal(u64(f, TABLE_VM, 0, VM_DIRECT), 20);
	assert_int_equal(u64(f, TABLE_VM, 0, VM_OOM_KILLS), 3);
	frame_unref(f);

	/* 4.4: by zone, and plain names. */
	f = parse_vm("workingset_refault 7\nallocstall 5\npgscan_kswapd_dma 1\npgscan_kswapd_normal 2\n"
		     "pgscan_direct_dma 3\npgscan_direct_normal 4\npgsteal_kswapd_normal 8\n", 0);
	assert_int_equal(u64(f, TABLE_VM, 0, VM_REFAULT), 7);
	assert_int_equal(u64(f, TABLE_VM, 0, VM_ALLOC_STALL), 5);
	assert_int_equal(u64(f, TABLE_VM, 0, VM_SCAN), 10);
	assert_int_equal(u64(f, TABLE_VM, 0, VM_DIRECT), 7);
	assert_int_equal(u64(f, TABLE_VM, 0, VM_STEAL), 8);
	assert_true(absent(f, TABLE_VM, 0, VM_FAULTS));
	frame_unref(f);

	/* A sum of which a part is not known is not known; too large ones neither. */
	f = parse_vm("allocstall_dma 1\nallocstall_normal x\npgpgin 18446744073709551615\n"
		     "pgscan_kswapd 18446744073709551615\npgscan_direct 1\npgfault 12", -EINVAL);
	assert_true(absent(f, TABLE_VM, 0, VM_ALLOC_STALL));
	assert_true(absent(f, TABLE_VM, 0, VM_PAGE_IN));
	assert_true(absent(f, TABLE_VM, 0, VM_SCAN));
	assert_true(absent(f, TABLE_VM, 0, VM_FAULTS)); /* cut */
	frame_unref(f);
	frame_unref(parse_vm("nr_free_pages 3\n", -EINVAL));
	close_machine();
}

static struct frame *
parse_sockstat(const char *s, int want)
{
	struct frame *f = begin();
	struct row row = {&f->table[TABLE_SOCKETS], 0};

	assert_int_equal(sockstat_parse(text(s), &root, row), want);
	return f;
}

static struct frame *
parse_snmp(const char *s, int want)
{
	struct frame *f = begin();

	assert_int_equal(snmp_parse(text(s), (struct row){&f->table[TABLE_SOCKETS], 0}), want);
	return f;
}

static void
test_sockstat(void **state)
{
	static const struct {
		uint8_t field;
		uint64_t want;
	} all[] = {
		{SOCKETS_USED, 289}, {SOCKETS_TCP, 23}, {SOCKETS_TCP_ORPHAN, 1}, {SOCKETS_TCP_TIME_WAIT, 9},
		{SOCKETS_TCP_ALLOCATED, 41}, {SOCKETS_TCP_MEMORY, 7 * 4096}, {SOCKETS_UDP, 4},
		{SOCKETS_UDP_MEMORY, 2 * 4096}, {SOCKETS_RAW, 5}, {SOCKETS_FRAGMENTS, 6},
		{SOCKETS_FRAGMENTS_MEMORY, 1234},
	};
	struct frame *f;

	(void)state;
	open_machine("empty");
	f = parse_sockstat("sockets: used 289\nTCP: inuse 23 orphan 1 tw 9 alloc 41 mem 7 new 99\nUDP: inuse 4 mem 2\n"
			   "UDPLITE: inuse 77\nRAW: inuse 5\nFRAG: inuse 6 memory 1234\n", 0);
	for (size_t i = 0; i < ARRAY_LEN(all); i++)
		assert_true(u64(f, TABLE_SOCKETS, 0, all[i].field) == all[i].want);
	assert_true(absent(f, TABLE_SOCKETS, 0, SOCKETS_TCP6));
	frame_unref(f);
	f = parse_sockstat("TCP6: inuse 3\nUDP6: inuse 2\nUDPLITE6: inuse 9\nRAW6: inuse 1\nFRAG6: inuse 4 memory 8\n", 0);
	assert_int_equal(u64(f, TABLE_SOCKETS, 0, SOCKETS_TCP6), 3);
	assert_int_equal(u64(f, TABLE_SOCKETS, 0, SOCKETS_UDP6), 2);
	assert_int_equal(u64(f, TABLE_SOCKETS, 0, SOCKETS_RAW6), 1);
	assert_int_equal(u64(f, TABLE_SOCKETS, 0, SOCKETS_FRAGMENTS6), 4);
	frame_unref(f);

	/* What is no number, too large as pages, without its number, or cut is absent; the rest is not. */
	f = parse_sockstat("TCP: inuse -1 orphan 2 mem 18446744073709551615\nRAW: inuse\nUDP inuse 4\nsockets: used 12", -EINVAL);
	assert_int_equal(u64(f, TABLE_SOCKETS, 0, SOCKETS_TCP_ORPHAN), 2);
	assert_true(absent(f, TABLE_SOCKETS, 0, SOCKETS_TCP));
	assert_true(absent(f, TABLE_SOCKETS, 0, SOCKETS_TCP_MEMORY));
	assert_true(absent(f, TABLE_SOCKETS, 0, SOCKETS_RAW));
	assert_true(absent(f, TABLE_SOCKETS, 0, SOCKETS_UDP));
	assert_true(absent(f, TABLE_SOCKETS, 0, SOCKETS_USED));
	frame_unref(f);
	frame_unref(parse_sockstat("nothing: known 3\n", -EINVAL));
	close_machine();
}

static void
test_snmp(void **state)
{
	static const char tcp[] = "Tcp: RtoAlgorithm RtoMin RtoMax MaxConn ActiveOpens PassiveOpens AttemptFails EstabResets "
				  "CurrEstab InSegs OutSegs RetransSegs InErrs OutRsts InCsumErrors\n"
				  "Tcp: 1 200 120000 -1 275 11 4 3 2 25610 17520 8 7 6 5\n";
	struct buf b = {0};
	struct frame *f;

	(void)state;
	open_machine("empty");
	buf_puts(&b, "Ip: InErrors InSegs\nIp: 777 888\nIcmpMsg: InType3\nIcmpMsg: 5\n");
	buf_puts(&b, tcp);
	buf_puts(&b, "Udp: InDatagrams NoPorts InErrors OutDatagrams RcvbufErrors SndbufErrors InCsumErrors\n"
		     "Udp: 565 21 22 570 23 24 25\nUdpLite: InDatagrams\nUdpLite: 9999\n");
	f = parse_snmp(b.data, 0);
	for (unsigned i = 0; i < 5; i++) {
		static const uint64_t want[] = {275, 11, 4, 3, 25610};

		assert_true(u64(f, TABLE_SOCKETS, 0, SOCKETS_ACTIVE + 2 * i) == want[i]);
	}
	assert_int_equal(u64(f, TABLE_SOCKETS, 0, SOCKETS_ESTABLISHED), 2);
	assert_int_equal(u64(f, TABLE_SOCKETS, 0, SOCKETS_OUT), 17520);
	assert_int_equal(u64(f, TABLE_SOCKETS, 0, SOCKETS_RETRANSMITS), 8);
	assert_int_equal(u64(f, TABLE_SOCKETS, 0, SOCKETS_IN_ERRORS), 7);
	assert_int_equal(u64(f, TABLE_SOCKETS, 0, SOCKETS_OUT_RESETS), 6);
	assert_int_equal(u64(f, TABLE_SOCKETS, 0, SOCKETS_UDP_IN), 565);
	assert_int_equal(u64(f, TABLE_SOCKETS, 0, SOCKETS_UDP_NO_PORT), 21);
	assert_int_equal(u64(f, TABLE_SOCKETS, 0, SOCKETS_UDP_IN_ERRORS), 22);
	assert_int_equal(u64(f, TABLE_SOCKETS, 0, SOCKETS_UDP_OUT), 570);
	assert_int_equal(u64(f, TABLE_SOCKETS, 0, SOCKETS_UDP_RECEIVE_ERRORS), 23);
	assert_int_equal(u64(f, TABLE_SOCKETS, 0, SOCKETS_UDP_SEND_ERRORS), 24);
	frame_unref(f);
	buf_release(&b);

	/* Numbers belong to the line of names just before, of the same group; the last one was cut. */
	f = parse_snmp("Tcp: InSegs OutSegs\nUdp: 1 2\nTcp: InErrs OutRsts ActiveOpens\nTcp: 3 -4\nUdp: NoPorts InErrors\nUdp: 5 6", -EINVAL);
	assert_true(absent(f, TABLE_SOCKETS, 0, SOCKETS_IN));
	assert_int_equal(u64(f, TABLE_SOCKETS, 0, SOCKETS_IN_ERRORS), 3);
	assert_true(absent(f, TABLE_SOCKETS, 0, SOCKETS_OUT_RESETS));
	assert_true(absent(f, TABLE_SOCKETS, 0, SOCKETS_ACTIVE));
	assert_int_equal(u64(f, TABLE_SOCKETS, 0, SOCKETS_UDP_NO_PORT), 5);
	assert_true(absent(f, TABLE_SOCKETS, 0, SOCKETS_UDP_IN_ERRORS));
	frame_unref(f);
	frame_unref(parse_snmp("Udp: NoPorts\nUdp: 5\n", -EINVAL));
	close_machine();
}

static void
test_pressure(void **state)
{
	struct frame *f;
	double v;

	(void)state;
	open_machine("empty");
	f = begin();
	assert_int_equal(pressure_parse(text("some avg10=12.34 avg60=0.05 avg300=100.00 total=1234567\n"
					     "full avg10=0.00 avg60=0.00 avg300=0.01 total=7\n"),
					1, &f->table[TABLE_PRESSURE]), 0);
	assert_int_equal(pressure_parse(text("full avg10=1.00 avg60=0.00 avg300=0.00 total=9\n"), 3,
					&f->table[TABLE_PRESSURE]), 0);
	assert_int_equal(pressure_parse(text(""), 0, &f->table[TABLE_PRESSURE]), -EINVAL);
	assert_int_equal(frame_table(f, TABLE_PRESSURE)->nrows, 2);
	assert_string_equal(cell_str(&f->table[TABLE_PRESSURE], 0, PRESSURE_RESOURCE), "memory");
	assert_string_equal(cell_str(&f->table[TABLE_PRESSURE], 1, PRESSURE_RESOURCE), "irq");
	assert_true(cell_f64(&f->table[TABLE_PRESSURE], 0, PRESSURE_SOME10, &v) && v == 0.1234);
	assert_true(cell_f64(&f->table[TABLE_PRESSURE], 0, PRESSURE_SOME300, &v) && v == 1.0);
	assert_int_equal(u64(f, TABLE_PRESSURE, 0, PRESSURE_SOME), 1234567000);
	assert_int_equal(u64(f, TABLE_PRESSURE, 0, PRESSURE_FULL), 7000);
	assert_true(absent(f, TABLE_PRESSURE, 1, PRESSURE_SOME));
	/* Cut in the middle of the total; nonsense. */
	assert_int_equal(pressure_parse(text("some avg10=1.00 avg60=1.00 avg300=1.00 total=123"), 0,
					&f->table[TABLE_PRESSURE]), -EINVAL);
	assert_true(cell_valid(&f->table[TABLE_PRESSURE], 2, PRESSURE_SOME300));
	assert_true(absent(f, TABLE_PRESSURE, 2, PRESSURE_SOME));
	assert_int_equal(pressure_parse(text("some avg10=101.00 avg60=-1.00 avg300=nan total=-1\n"), 2,
					&f->table[TABLE_PRESSURE]), -EINVAL);
	assert_true(absent(f, TABLE_PRESSURE, 3, PRESSURE_SOME10));
	frame_unref(f);
	close_machine();
}

static void
test_diskstats(void **state)
{
	static const char lines[] =
		"   7       0 loop0 0 0 0 0 0 0 0 0 0 0 0\n"
		"   7       1 loop1 1 0 8 0 0 0 0 0 0 0 0\n"
		"   1       0 ram0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n"
		" 252       0 zram0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n"
		"   8       0 sda 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17\n"
		"   8       1 sda1 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15\n"
		" 259       0 nvme0n1 0 0 0 0 0 0 0 0 0 0 0\n"
		" 259       1 nvme0n1p1 0 0 0 0 0 0 0 0 0 0 0\n"
		" 104       0 cciss/c0d0 1 2 3 4 5 6 7 8 9 10 11\n"
		" 179       0 mmcblk0 1 2 3 4 5 6 7 8 9 10 11 12 13 14\n"
		" 253       0 dm-0 36028797018963968 2 36028797018963968 18446744073709552 5 6 7 8 -1 10 11\n";
	static const struct {
		const char *name;
		int whole;
	} want[] = {{"loop1", 0}, {"sda", 1}, {"sda1", 0}, {"nvme0n1", 1}, {"nvme0n1p1", 0},
		    {"cciss/c0d0", 0}, {"mmcblk0", 1}, {"dm-0", 0}};
	struct frame *f;

	(void)state;
	open_machine("empty"); /* no sysfs: by name */
	for (int twice = 0; twice < 2; twice++) {
		f = begin();
		assert_int_equal(diskstats_parse(text(lines), &sys, f), -EINVAL); /* dm-0 */
		assert_int_equal(frame_table(f, TABLE_DISK)->nrows, ARRAY_LEN(want));
		for (uint32_t i = 0; i < ARRAY_LEN(want); i++) {
			assert_string_equal(cell_str(frame_table(f, TABLE_DISK), i, DISK_NAME), want[i].name);
			assert_int_equal(u64(f, TABLE_DISK, i, DISK_WHOLE), want[i].whole);
		}
		frame_unref(f);
	}
	f = begin();
	(void)diskstats_parse(text(lines), &sys, f);
	assert_true(row_key_equal(f->table[TABLE_DISK].key[1], (struct row_key){8, 0}));
	assert_int_equal(u64(f, TABLE_DISK, 1, DISK_READS), 1);
	assert_int_equal(u64(f, TABLE_DISK, 1, DISK_READ_BYTES), 3 * 512);
	assert_int_equal(u64(f, TABLE_DISK, 1, DISK_READ_TIME), 4000000);
	assert_int_equal(u64(f, TABLE_DISK, 1, DISK_WRITES), 5);
	assert_int_equal(u64(f, TABLE_DISK, 1, DISK_WRITE_BYTES), 7 * 512);
	assert_int_equal(u64(f, TABLE_DISK, 1, DISK_WRITE_TIME), 8000000);
	assert_int_equal(u64(f, TABLE_DISK, 1, DISK_IN_FLIGHT), 9);
	assert_int_equal(u64(f, TABLE_DISK, 1, DISK_BUSY), 10000000);
	assert_int_equal(u64(f, TABLE_DISK, 1, DISK_QUEUE_TIME), 11000000);
	assert_int_equal(u64(f, TABLE_DISK, 1, DISK_DISCARDS), 12);
	assert_int_equal(u64(f, TABLE_DISK, 1, DISK_DISCARD_BYTES), 14 * 512);
	assert_int_equal(u64(f, TABLE_DISK, 1, DISK_FLUSHES), 16);
	assert_true(absent(f, TABLE_DISK, 2, DISK_FLUSHES));
	/* 14 columns: 11 numbers, and three of a discard */
	assert_int_equal(u64(f, TABLE_DISK, 6, DISK_DISCARD_BYTES), 14 * 512);
	/* Sectors and milliseconds that do not fit; a queue below nothing. */
	assert_int_equal(u64(f, TABLE_DISK, 7, DISK_READS), UINT64_C(36028797018963968));
	assert_true(absent(f, TABLE_DISK, 7, DISK_READ_BYTES));
	assert_true(absent(f, TABLE_DISK, 7, DISK_READ_TIME));
	assert_true(absent(f, TABLE_DISK, 7, DISK_IN_FLIGHT));
	frame_unref(f);

	f = begin();
	assert_int_equal(diskstats_parse(text(""), &sys, f), 0); /* no disks */
	assert_int_equal(diskstats_parse(text("\n8\n8 0\n8 0 x\n8 y z 1\n99999999999 0 a 1\n"), &sys, f), -EINVAL);
	assert_int_equal(frame_table(f, TABLE_DISK)->nrows, 0);
	frame_unref(f);
	close_machine();
}

static void
test_netdev(void **state)
{
	static const char head[] = "Inter-|   Receive  |  Transmit\n face |bytes    packets|bytes    packets\n";
	char lines[1024];
	struct frame *f;
	uint32_t i;

	(void)state;
	open_machine("empty");
	f = begin();
	snprintf(lines, sizeof lines, "%s%s", head,
		 "    lo: 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16\n"
		 "  eth0:18446744073709551615 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16\n"
		 "eth0:1: 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16\n"
		 "br-1234: 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n"
		 "wlp2s0: 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n"
		 "eth0.7: 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n");
	assert_int_equal(netdev_parse(text(lines), &sys, f), 0);
	assert_int_equal(frame_table(f, TABLE_NET)->nrows, 6);
	i = row_of(f, TABLE_NET, NET_NAME, "eth0");
	assert_int_equal(u64(f, TABLE_NET, i, NET_PHYSICAL), 1);
	assert_true(u64(f, TABLE_NET, i, NET_RX) == UINT64_MAX);
	assert_int_equal(u64(f, TABLE_NET, i, NET_RX_ERRORS), 3);
	assert_int_equal(u64(f, TABLE_NET, i, NET_TX), 9);
	assert_int_equal(u64(f, TABLE_NET, i, NET_TX_ERRORS), 11);
	assert_int_equal(u64(f, TABLE_NET, row_of(f, TABLE_NET, NET_NAME, "eth0:1"), NET_PHYSICAL), 0);
	assert_int_equal(u64(f, TABLE_NET, row_of(f, TABLE_NET, NET_NAME, "br-1234"), NET_PHYSICAL), 0);
	assert_int_equal(u64(f, TABLE_NET, row_of(f, TABLE_NET, NET_NAME, "eth0.7"), NET_PHYSICAL), 0);
	assert_int_equal(u64(f, TABLE_NET, row_of(f, TABLE_NET, NET_NAME, "wlp2s0"), NET_PHYSICAL), 1);
	assert_int_equal(u64(f, TABLE_NET, row_of(f, TABLE_NET, NET_NAME, "lo"), NET_PHYSICAL), 0);
	frame_unref(f);

	f = begin();
	assert_int_equal(netdev_parse(text(head), &sys, f), 0);
	assert_int_equal(netdev_parse(text(""), &sys, f), -EINVAL);
	assert_int_equal(netdev_parse(text("eth0: 1 -2 x 4 5 6 7 8 9 10"), &sys, f), -EINVAL);
	assert_int_equal(frame_table(f, TABLE_NET)->nrows, 1);
	assert_int_equal(u64(f, TABLE_NET, 0, NET_RX), 1);
	assert_true(absent(f, TABLE_NET, 0, NET_RX_PACKETS));
	assert_true(absent(f, TABLE_NET, 0, NET_RX_ERRORS));
	assert_int_equal(u64(f, TABLE_NET, 0, NET_RX_DROPS), 4);
	assert_int_equal(u64(f, TABLE_NET, 0, NET_TX), 9);
	assert_true(absent(f, TABLE_NET, 0, NET_TX_PACKETS)); /* cut */
	frame_unref(f);
	close_machine();
}

/* The fs table that a mountinfo gives, by a root of its own. */
static struct frame *
read_mounts(const char *file, const char *mountinfo, int want)
{
	char dir[] = "/tmp/sonde-test-XXXXXX", path[128];
	struct frame *f;
	struct err e;
	FILE *out;

	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof path, "mkdir -p %s/proc/self %s/proc/1", dir, dir);
	assert_int_equal(system(path), 0);
	snprintf(path, sizeof path, "%s/proc/%s", dir, file);
	out = fopen(path, "w");
	assert_non_null(out);
	fputs(mountinfo, out);
	fclose(out);
	assert_int_equal(root_init(&root, &(struct root_paths){.root = dir}, &e), 0);
	sys_context_init(&sys, &root);
	f = sample();
	assert_int_equal(f->source[SRC_MOUNTINFO].error, want);
	close_machine();
	snprintf(path, sizeof path, "rm -r %s", dir);
	assert_int_equal(system(path), 0);
	return f;
}

static void
check_mounts(const struct frame *f, ...)
{
	va_list ap;
	const char *want;
	uint32_t i = 0;

	va_start(ap, f);
	while ((want = va_arg(ap, const char *)))
		assert_string_equal(cell_str(frame_table(f, TABLE_FS), i++, FS_MOUNT), want);
	va_end(ap);
	assert_int_equal(frame_table(f, TABLE_FS)->nrows, i);
}

static void
test_mounts(void **state)
{
	struct frame *f;

	(void)state;
	f = read_mounts("self/mountinfo",
			"20 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw,errors=ro\n"
			"21 20 0:5 / /sys rw - sysfs sysfs rw\n"
			"22 20 0:30 / /mnt/a\\040b\\134c\\011 ro master:1 propagate_from:2 - tmpfs  rw,size=1k\n"
			"23 20 0:31 / /srv rw - nfs4 host:/x\\040y ro,vers=4\n"
			"24 20 8:1 /sub /var/lib/long rw - ext4 /dev/sda1 rw\n"
			"25 20 8:2 / /data/first rw - xfs /dev/sda2 rw\n"
			"26 20 8:2 / /data rw - xfs /dev/sda2 rw\n"
			"27 20 0:40 / /over rw - tmpfs hidden rw\n"
			"28 27 0:41 / /over rw - overlay seen rw\n", 0);
	check_mounts(f, "/", "/mnt/a b\\c\t", "/srv", "/data", "/over", NULL);
	assert_int_equal(u64(f, TABLE_FS, 0, FS_READONLY), 0);
	assert_int_equal(u64(f, TABLE_FS, 1, FS_READONLY), 1);
	assert_string_equal(cell_str(frame_table(f, TABLE_FS), 1, FS_SOURCE), "");
	assert_string_equal(cell_str(frame_table(f, TABLE_FS), 1, FS_TYPE), "tmpfs");
	assert_int_equal(u64(f, TABLE_FS, 2, FS_READONLY), 1);
	assert_string_equal(cell_str(frame_table(f, TABLE_FS), 2, FS_SOURCE), "host:/x y");
	assert_string_equal(cell_str(frame_table(f, TABLE_FS), 4, FS_SOURCE), "seen");
	frame_unref(f);

	/* What is over a file system hides it, even what is not shown itself. */
	f = read_mounts("1/mountinfo", "20 1 8:1 / / rw - ext4 a rw\n21 20 0:30 / /x rw - tmpfs b rw\n22 21 0:31 / /x rw - proc c rw\n", 0);
	check_mounts(f, "/", NULL);
	frame_unref(f);

	f = read_mounts("self/mountinfo", "", -EINVAL);
	check_mounts(f, NULL);
	frame_unref(f);
	f = read_mounts("self/mountinfo", "\n1\n1 2 3 / /a rw - ext4 x rw\n1 2 3:4 / relative rw - ext4 x rw\n"
					  "1 2 3:4 / /a rw no separator\n1 2 3:4 / /a rw -\n1 2 3:4 / /ok rw - ext4 x rw\n"
					  "1 2 3:5 / /bad\\999\\1 rw - ext4 x rw\n1 2 3:6 / /cut rw - ext4 /dev/sd", -EINVAL);
	check_mounts(f, "/ok", "/bad\\999\\1", NULL);
	frame_unref(f);
}

/* Every parser, on every prefix of every file of a fixture: no crash, and no more than the whole. */
static void
test_prefixes(void **state)
{
	static const char *const files[] = {"stat", "meminfo", "vmstat", "loadavg", "diskstats", "net/dev",
					    "net/sockstat", "net/snmp", "pressure/io"};
	struct buf b = {0};

	(void)state;
	open_machine("old418");
	for (size_t k = 0; k < ARRAY_LEN(files); k++) {
		if (root_read(&root, ROOT_PROC, files[k], &b) < 0)
			continue;
		for (size_t cut = 0; cut <= b.len; cut += cut < 400 || cut + 400 > b.len ? 1 : 13) {
			char *copy = xmalloc(cut ? cut : 1);
			struct frame *f = begin();
			struct row row = {&f->table[k == 3 ? TABLE_SYSTEM : k == 1 ? TABLE_MEMORY : TABLE_VM], 0};
			struct span s = span_of(copy, cut);

			memcpy(copy, b.data, cut);
			switch (k) {
			case 0: (void)cpustat_parse(s, &root, f); break;
			case 1: (void)meminfo_parse(s, row); break;
			case 2: (void)vmstat_parse(s, row); break;
			case 3: (void)loadavg_parse(s, row); break;
			case 4: (void)diskstats_parse(s, &sys, f); break;
			case 5: (void)netdev_parse(s, &sys, f); break;
			case 6: (void)sockstat_parse(s, &root, (struct row){&f->table[TABLE_SOCKETS], 0}); break;
			case 7: (void)snmp_parse(s, (struct row){&f->table[TABLE_SOCKETS], 0}); break;
			default: (void)pressure_parse(s, 2, &f->table[TABLE_PRESSURE]); break;
			}
			frame_unref(f);
			free(copy);
		}
	}
	buf_release(&b);
	close_machine();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_idle),     cmocka_unit_test(test_every_fixture),
		cmocka_unit_test(test_old418),   cmocka_unit_test(test_broken),
		cmocka_unit_test(test_empty),    cmocka_unit_test(test_wrap),
		cmocka_unit_test(test_cpus1100), cmocka_unit_test(test_cpustat),
		cmocka_unit_test(test_meminfo),  cmocka_unit_test(test_vmstat),
		cmocka_unit_test(test_pressure), cmocka_unit_test(test_diskstats),
		cmocka_unit_test(test_netdev),   cmocka_unit_test(test_mounts),
		cmocka_unit_test(test_sockstat), cmocka_unit_test(test_snmp),
		cmocka_unit_test(test_prefixes),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
