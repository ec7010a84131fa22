/* json: what a snapshot of 500 processes costs as JSON, 30 fields of each, without the machine
 * around it; and the same as OpenMetrics and Influx lines.
 *
 *     json [ROUNDS]
 *
 * The processes are those of a server: 150 threads of the kernel, 300 daemons that mostly sleep, 50
 * that work; names, command lines and numbers are as long as they are there. All times are of the
 * CPU, everything is in its caches. Exit status: 0 target met, 1 missed, 2 could not run. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "sink/influx.h"
#include "sink/json.h"
#include "sink/openmetrics.h"

enum { PROCESSES = 500, KERNEL = 150, BUSY = 50, ROUNDS = 2000 };

static const double TARGET_US = 250;

static const uint8_t fields[] = {
	PROC_PID,       PROC_START,      PROC_PPID,         PROC_PGRP,      PROC_SESSION,
	PROC_TTY,       PROC_UID,        PROC_USER,         PROC_NAME,      PROC_COMMAND,
	PROC_KTHREAD,   PROC_STATE,      PROC_PRIORITY,     PROC_NICE,      PROC_LAST_CPU,
	PROC_VCTX,      PROC_NVCTX,      PROC_THREADS,      PROC_CPU_RATIO, PROC_USER_RATIO,
	PROC_SYSTEM_RATIO, PROC_CPU,     PROC_MEM_SHARE,    PROC_VIRT,      PROC_RES,
	PROC_SHR,       PROC_MINFLT,     PROC_MAJFLT,       PROC_READ_RATE, PROC_WRITE_RATE,
};
_Static_assert(ARRAY_LEN(fields) == 30, "as many as the target says");

static const struct {
	const char *name, *user, *command;
} programs[] = {
	{"systemd", "root", "/lib/systemd/systemd --system --deserialize 31"},
	{"nginx", "www-data", "nginx: worker process"},
	{"postgres", "postgres", "postgres: 15/main: app orders 10.4.0.17(53422) idle in transaction"},
	{"java", "app", "/usr/lib/jvm/java-17/bin/java -Xms2g -Xmx2g -XX:+UseG1GC -Dlog4j2.level=info "
			"-cp /opt/app/lib/app.jar:/opt/app/lib/* org.example.Server --port 8080"},
	{"sshd", "root", "sshd: deploy [priv]"},
	{"bash", "deploy", "-bash"},
	{"containerd-shim", "root", "/usr/bin/containerd-shim-runc-v2 -namespace moby -id "
				    "5f2c4d1be07a8a1c -address /run/containerd/containerd.sock"},
	{"python3", "app", "/usr/bin/python3 -m gunicorn \"orders.wsgi:app\" --workers 8 --bind 0.0.0.0"},
};

/* About `most` in size, most much smaller, as such numbers are. */
static uint64_t
some(uint64_t *seed, uint64_t most)
{
	uint64_t r = hash_u64((*seed)++);

	return r % (most >> r % 13 ? most >> r % 13 : 1);
}

static void
fill(struct row r, uint32_t i, uint64_t *seed)
{
	bool kernel = i < KERNEL, busy = i >= PROCESSES - BUSY;
	size_t p = hash_u64(i) % ARRAY_LEN(programs);

	row_u64(r, PROC_PID, i * 61 + 1);
	row_u64(r, PROC_START, 1767225600000000000 + i * 137 * 10000000u);
	row_u64(r, PROC_PPID, kernel ? 2 : some(seed, 30000));
	row_u64(r, PROC_PGRP, kernel ? 0 : i * 61 + 1);
	row_u64(r, PROC_SESSION, kernel ? 0 : i * 61 + 1);
	if (p == 5)
		row_str(r, PROC_TTY, "pts/3");
	row_u64(r, PROC_UID, kernel ? 0 : p * 33);
	row_str(r, PROC_USER, kernel ? "root" : programs[p].user);
	row_str(r, PROC_NAME, kernel ? "kworker/3:1-events" : programs[p].name);
	row_str(r, PROC_COMMAND, kernel ? "[kworker/3:1-events]" : programs[p].command);
	row_u64(r, PROC_KTHREAD, kernel);
	row_str(r, PROC_STATE, kernel ? "I" : busy ? "R" : "S");
	row_i64(r, PROC_PRIORITY, 20);
	row_i64(r, PROC_NICE, i % 9 ? 0 : -20);
	row_u64(r, PROC_LAST_CPU, i % 16);
	row_u64(r, PROC_VCTX, some(seed, 40000000));
	row_u64(r, PROC_NVCTX, some(seed, 400000));
	row_u64(r, PROC_THREADS, kernel ? 1 : 1 + some(seed, 60));
	row_f64(r, PROC_CPU_RATIO, busy ? (double)some(seed, 1000000000) / 1000213411 : 0);
	row_f64(r, PROC_USER_RATIO, busy ? (double)some(seed, 100) / 100 : 0);
	row_f64(r, PROC_SYSTEM_RATIO, busy ? (double)some(seed, 100) / 100 : 0);
	row_u64(r, PROC_CPU, some(seed, 90000000000000));
	row_f64(r, PROC_MEM_SHARE, kernel ? 0 : (double)(some(seed, 1 << 20) << 12) / 66571993088.0);
	row_u64(r, PROC_VIRT, kernel ? 0 : some(seed, 1 << 22) << 12);
	row_u64(r, PROC_RES, kernel ? 0 : some(seed, 1 << 18) << 12);
	row_u64(r, PROC_SHR, kernel ? 0 : some(seed, 1 << 14) << 12);
	row_u64(r, PROC_MINFLT, some(seed, 5000000));
	row_u64(r, PROC_MAJFLT, some(seed, 3000));
	row_f64(r, PROC_READ_RATE, busy ? (double)some(seed, 1 << 20) / 1.000213411 : 0);
	row_f64(r, PROC_WRITE_RATE, busy ? (double)some(seed, 1 << 24) / 1.000213411 : 0);
}

static int
compare(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static void
put_openmetrics(struct buf *b, const struct frame *f, const struct sink_select *sel, size_t n)
{
	openmetrics_frame(b, f, sel, n, false);
}

static double
measure(const char *what, const struct frame *f, const struct sink_select *sel, size_t rounds,
	void (*put)(struct buf *, const struct frame *, const struct sink_select *, size_t))
{
	int64_t *ns = xcalloc(rounds, sizeof *ns);
	struct buf b = {0};
	double median;

	for (size_t i = 0; i < rounds; i++) {
		buf_clear(&b);
		ns[i] = clock_ns(CLOCK_THREAD_CPUTIME_ID);
		put(&b, f, sel, 1);
		ns[i] = clock_ns(CLOCK_THREAD_CPUTIME_ID) - ns[i];
	}
	qsort(ns, rounds, sizeof *ns, compare);
	median = (double)ns[rounds / 2] / 1e3;
	printf("%-12s %8zu bytes  best %6.1f  median %6.1f  p99 %6.1f us  %6.0f MB/s\n", what, b.len,
	       (double)ns[0] / 1e3, median, (double)ns[rounds * 99 / 100] / 1e3,
	       (double)b.len / median);
	buf_release(&b);
	free(ns);
	return median;
}

int
main(int argc, char **argv)
{
	long rounds = argc > 1 ? strtol(argv[1], NULL, 10) : ROUNDS;
	struct frame_pool *pool = frame_pool_new();
	struct strpool *strings = strpool_new();
	struct field_set want[TABLE_COUNT] = {0};
	static uint32_t rows[PROCESSES];
	struct sink_select sel = {TABLE_PROC, fields, ARRAY_LEN(fields), rows, PROCESSES};
	struct frame *f;
	uint64_t seed = 1;
	double us;

	if (rounds < 1 || argc > 2) {
		fputs("usage: json [ROUNDS]\n", stderr);
		return 2;
	}
	for (size_t i = 0; i < ARRAY_LEN(fields); i++)
		field_set_add(&want[TABLE_PROC], fields[i]);
	f = frame_begin(pool, want, strings);
	f->meta.host = "db1";
	f->meta.wall_ns = INT64_C(1767312000250000000);
	for (uint32_t i = 0; i < PROCESSES; i++) {
		fill(table_add_row(&f->table[TABLE_PROC], (struct row_key){i, 0}), i, &seed);
		rows[i] = i;
	}
	us = measure("json", f, &sel, (size_t)rounds, json_frame);
	measure("jsonl", f, &sel, (size_t)rounds, jsonl_frame);
	measure("openmetrics", f, &sel, (size_t)rounds, put_openmetrics);
	measure("influx", f, &sel, (size_t)rounds, influx_frame);
	printf("json: at most %g us: %s\n", TARGET_US, us <= TARGET_US ? "met" : "MISSED");
	frame_unref(f);
	strpool_unref(strings);
	frame_pool_free(pool);
	return us <= TARGET_US ? 0 : 1;
}
