/* query: what a question costs, on a recording of 500 processes.
 *
 *     query SONDE [SCRATCH]
 *
 * Makes a recording of an hour, a sample a second, below SCRATCH (default /tmp): 150 kernel threads
 * that mostly sleep, 300 daemons with log-normal wake rates, 40 busy processes and some that come
 * and go, three a second, with all columns of processes that a recorder keeps; and the tables of
 * the machine. Then it reads all of it once for each column of a process, that column alone, and
 * says how many rows a second that is, by CPU time; and runs the program with questions about five
 * minutes of it and about all. Exit status: 0 targets met, 1 one missed, 2 could not run. */
#include <dirent.h>
#include <fcntl.h>
#include <math.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "codec/layout.h"
#include "frame/derive.h"
#include "store/recording.h"
#include "store/writer.h"

enum { MOMENTS = 3600, KERNEL = 150, DAEMONS = 300, BUSY = 40, BORN = 3, MOST = 600, RUNS = 5 };

static const double ROWS_PER_S = 10e6, WINDOW_MS = 100;

struct process {
	struct row_key key;
	double rate; /* how likely it does something in a second */
	double share; /* of a CPU, when it does */
	unsigned life; /* seconds left; 0: for ever */
	uint64_t value[PROC_FIELDS]; /* of counters and gauges */
	char name[16], command[96], cgroup[48];
};

static struct process process[MOST];
static unsigned nprocesses;
static uint64_t seed = 1, next_pid = 2;
static bool missed;

static void
fail(const char *what)
{
	fprintf(stderr, "query: %s\n", what);
	exit(2);
}

static double
dice(void)
{
	seed = hash_u64(seed + 0x9e3779b97f4a7c15u);
	return (double)(seed >> 11) * 0x1p-53;
}

static const char *
verdict(bool met)
{
	missed |= !met;
	return met ? "met" : "MISSED";
}

static void
add_process(const char *kind, double rate, double share, unsigned life, int64_t now_ns)
{
	struct process *p = &process[nprocesses++];
	unsigned n = (unsigned)(dice() * 40);

	*p = (struct process){.key = {next_pid, (uint64_t)(now_ns / 10000000)}, .rate = rate,
			      .share = share, .life = life};
	next_pid += 1 + (uint64_t)(dice() * 3);
	snprintf(p->name, sizeof p->name, "%s-%u", kind, n);
	snprintf(p->command, sizeof p->command, "/usr/lib/%s/%s-%u --config /etc/%s.conf --id %llu",
		 kind, kind, n, kind, (unsigned long long)p->key.a);
	snprintf(p->cgroup, sizeof p->cgroup, "/system.slice/%s-%u.service", kind, n);
	for (unsigned f = 0; f < PROC_FIELDS; f++) {
		const struct field *fd = &schema[TABLE_PROC].field[f];

		if (fd->kind == KIND_COUNTER)
			p->value[f] = life ? 0 : (uint64_t)(dice() * 1e9);
		else if (fd->unit == UNIT_BYTES)
			p->value[f] = 4096 * (uint64_t)(exp(dice() * 10) * (share > 0.01 ? 40 : 4));
		else
			p->value[f] = (uint64_t)(dice() * 20);
	}
	p->value[PROC_START] = 1763700000000000000u + (uint64_t)now_ns;
	p->value[PROC_TGID] = p->key.a;
}

/* What it does in a second: of counters those that grow together, of memory sometimes some. */
static void
live(struct process *p)
{
	double used = p->share * (0.5 + dice());

	p->value[PROC_AGE] += NS_PER_S;
	if (dice() > p->rate)
		return;
	for (unsigned f = 0; f < PROC_FIELDS; f++) {
		const struct field *fd = &schema[TABLE_PROC].field[f];

		if (fd->kind == KIND_COUNTER && fd->unit == UNIT_NS)
			p->value[f] += (uint64_t)(used * 1e9 * (f == PROC_CPU ? 1 : dice()));
		else if (fd->kind == KIND_COUNTER && (dice() < 0.5 || fd->unit == UNIT_COUNT))
			p->value[f] += (uint64_t)(used * 1000 * dice()) *
				       (fd->unit == UNIT_BYTES ? 4096 : 1);
	}
	p->value[PROC_LAST_CPU] = (uint64_t)(dice() * 16);
	if (dice() < 0.2)
		p->value[PROC_RES] += 4096 * (uint64_t)(dice() * 64);
	if (dice() < 0.1)
		p->value[PROC_MINFLT] += 10;
}

static void
step(int64_t now_ns)
{
	unsigned kept = 0;

	for (unsigned i = 0; i < nprocesses; i++) {
		live(&process[i]);
		if (!process[i].life || --process[i].life)
			process[kept++] = process[i];
	}
	nprocesses = kept;
	for (unsigned i = 0; i < BORN && nprocesses < MOST; i++)
		add_process("job", 1, 0.05, 1 + (unsigned)(dice() * 6), now_ns);
}

static const char *
intern(struct strpool *strings, const char *s)
{
	return strpool_intern(strings, s, strlen(s));
}

static void
put_process(struct table *t, const struct process *p, struct strpool *strings)
{
	struct row row = table_add_row(t, p->key);
	bool kernel = p->name[0] == 'k';

	for (unsigned f = 0; f < PROC_FIELDS; f++) {
		const struct field *fd = &t->schema->field[f];

		if (!t->col[f])
			continue;
		if (fd->type == TYPE_STR) {
			const char *s = f == PROC_NAME      ? p->name
					: f == PROC_COMMAND ? p->command
					: f == PROC_CGROUP  ? p->cgroup
					: f == PROC_STATE   ? dice() < p->share ? "R" : "S"
					: f == PROC_USER    ? "daemon"
							    : NULL;

			row_str(row, f, s ? intern(strings, s) : NULL);
		} else if (!(kernel && fd->unit == UNIT_BYTES)) {
			row_cell(row, f)->u = fd->type == TYPE_BOOL ? kernel && f == PROC_KTHREAD
								    : p->value[f];
		}
	}
	row_u64(row, PROC_PID, p->key.a);
}

static void
put_machine(struct frame *f, uint64_t n, struct strpool *strings)
{
	static const enum table_id tables[] = {TABLE_SYSTEM, TABLE_CPU, TABLE_MEMORY, TABLE_VM,
					       TABLE_DISK, TABLE_NET, TABLE_SOCKETS};

	for (size_t i = 0; i < ARRAY_LEN(tables); i++) {
		struct table *t = &f->table[tables[i]];
		unsigned rows = t->schema->single ? 1 : tables[i] == TABLE_CPU ? 17 : 4;

		for (unsigned r = 0; r < rows; r++) {
			struct row row = table_add_row(t, (struct row_key){r, 0});

			for (unsigned k = 0; k < t->schema->nfields; k++) {
				const struct field *fd = &t->schema->field[k];

				if (!t->col[k])
					continue;
				if (fd->type == TYPE_STR)
					row_str(row, k, intern(strings, "name"));
				else if (fd->type == TYPE_F64)
					row_f64(row, k, dice());
				else if (fd->kind == KIND_COUNTER)
					row_u64(row, k, n * 10000000 + (uint64_t)(dice() * 1e6));
				else
					row_u64(row, k, fd->kind == KIND_GAUGE ? (uint64_t)(dice() * 100)
									       : r);
			}
			if (tables[i] == TABLE_CPU)
				row_i64(row, CPU_CPU, (int64_t)r - 1);
		}
	}
}

static void
make_recording(const char *dir)
{
	struct writer_options o = {.dir = dir, .sync_ns = INT64_MAX, .segment_ns = 3600 * NS_PER_S,
				   .segment_bytes = UINT64_MAX};
	struct field_set want[TABLE_COUNT] = {0};
	struct strpool *strings = strpool_new();
	struct frame_pool *pool = frame_pool_new();
	struct writer *w;
	struct err e;

	for (int t = 0; t < TABLE_COUNT; t++)
		for (unsigned f = 0; f < schema[t].nfields; f++)
			if (field_is_raw(&schema[t].field[f]) && !field_is_dear(&schema[t].field[f]))
				field_set_add(&want[t], f);
	for (unsigned i = 0; i < KERNEL; i++)
		add_process("kworker", 0.05, 0.0005, 0, 0);
	for (unsigned i = 0; i < DAEMONS; i++)
		add_process("daemon", fmin(1, exp(log(0.02) + 1.5 * (dice() + dice() - 1) * 2)), 0.002, 0, 0);
	for (unsigned i = 0; i < BUSY; i++)
		add_process("busy", 1, 0.1 * dice(), 0, 0);
	if (writer_open(&o, &w, &e) < 0)
		fail(e.text);
	for (uint64_t n = 0; n < MOMENTS; n++) {
		struct frame *f = frame_begin(pool, want, strings);

		f->meta = (struct frame_meta){
			.seq = n,
			.mono_ns = (int64_t)(1000 + n) * NS_PER_S,
			.wall_ns = (INT64_C(1763700000) + (int64_t)n) * NS_PER_S,
			.host = intern(strings, "bench"),
		};
		step((int64_t)n * NS_PER_S);
		for (unsigned i = 0; i < nprocesses; i++)
			put_process(&f->table[TABLE_PROC], &process[i], strings);
		put_machine(f, n, strings);
		frame_derive(f, NULL);
		if (writer_add(w, f, &e) < 0)
			fail(e.text);
		frame_unref(f);
	}
	if (writer_close(w) < 0)
		fail("the recording cannot be written");
	strpool_unref(strings);
	frame_pool_free(pool);
}

static int64_t
cpu_ns(void)
{
	return clock_ns(CLOCK_THREAD_CPUTIME_ID);
}

/* All moments with one column, every valid cell of it looked at. */
static double
scan(const char *dir, unsigned field, uint64_t *ret_rows, double *ret_sum)
{
	struct field_set want[TABLE_COUNT] = {0};
	int64_t begin = cpu_ns(), ns;
	struct recording *rec;
	uint64_t first, end;
	struct err e;

	field_set_add(&want[TABLE_PROC], field);
	field_sets_close(want);
	if (recording_open(dir, &rec, &e) < 0)
		fail(e.text);
	past_span(recording_past(rec), &first, &end);
	*ret_rows = 0;
	*ret_sum = 0;
	for (uint64_t n = first; n < end; n++) {
		const struct frame *f;
		const struct table *t;
		double v;

		if (past_frame(recording_past(rec), n, want, &f) < 0)
			fail("a moment cannot be read");
		t = frame_table(f, TABLE_PROC);
		for (uint32_t i = 0; i < t->nrows; i++)
			if (t->schema->field[field].type == TYPE_STR)
				*ret_sum += *cell_str(t, i, field);
			else if (cell_number(t, i, field, &v))
				*ret_sum += v;
		*ret_rows += t->nrows;
		frame_unref(f);
	}
	past_free(recording_past(rec));
	ns = cpu_ns() - begin;
	return (double)*ret_rows / ((double)ns / 1e9);
}

static void
scan_all(const char *dir)
{
	double worst = INFINITY;

	for (unsigned f = 0; f < PROC_FIELDS; f++) {
		const struct field *fd = &schema[TABLE_PROC].field[f];
		double best = 0, sum;
		uint64_t rows;

		if (field_is_dear(fd))
			continue;
		for (int i = 0; i < 3; i++)
			best = fmax(best, scan(dir, f, &rows, &sum));
		worst = fmin(worst, best);
		printf("%-34s %6.1f M rows/s  (%llu rows, sum %g)\n", fd->name, best / 1e6,
		       (unsigned long long)rows, sum);
		fflush(stdout);
	}
	printf("%-34s %6.1f M rows/s  (at least %g: %s)\n", "the worst", worst / 1e6,
	       ROWS_PER_S / 1e6, verdict(worst >= ROWS_PER_S));
}

static int
compare(const void *a, const void *b)
{
	return CMP(*(const double *)a, *(const double *)b);
}

/* Median wall time of the whole program, in ms, and its CPU time. */
static double
run(const char *const argv[], double *ret_cpu_ms)
{
	double wall[RUNS], cpu[RUNS];

	for (int i = 0; i < RUNS; i++) {
		int64_t begin = clock_mono_ns();
		struct rusage u;
		int status;
		pid_t pid = fork();

		if (pid == 0) {
			int null = open("/dev/null", O_WRONLY);

			dup2(null, STDOUT_FILENO);
			execv(argv[0], (char *const *)argv);
			_exit(127);
		}
		if (pid < 0 || wait4(pid, &status, 0, &u) < 0 || status != 0)
			fail("the program failed");
		wall[i] = (double)(clock_mono_ns() - begin) / 1e6;
		cpu[i] = (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1e3 +
			 (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e3;
	}
	qsort(wall, RUNS, sizeof *wall, compare);
	qsort(cpu, RUNS, sizeof *cpu, compare);
	*ret_cpu_ms = cpu[RUNS / 2];
	return wall[RUNS / 2];
}

static void
ask_all(char *sonde, char *dir)
{
	static const struct {
		const char *from, *sql; /* a name of a ready question, when there is no blank in it */
	} question[] = {
		{"-5m", "select name, sum(resident_bytes) from proc group by name order by 2 desc limit 5"},
		{"-5m", "select avg(cpu_ratio), max(resident_bytes) from proc"},
		{"-5m", "select count(*) from proc where user = 'daemon' and cpu_ratio > 0.1"},
		{"-5m", "top-cpu"},
		{"-5m", "top-io"},
		{"-5m", "memory-growth"},
		{"-5m", "load"},
		{NULL, "select max(time) from proc"},
		{NULL, "select pid, name from proc where time = (select max(time) from proc)"},
		{NULL, "select sum(resident_bytes) from proc"},
		{NULL, "select count(*) from proc"},
		{NULL, "select name, sum(resident_bytes) from proc group by name"},
		{NULL, "top-cpu"},
	};

	for (size_t i = 0; i < ARRAY_LEN(question); i++) {
		bool named = !strchr(question[i].sql, ' ');
		const char *argv[9] = {sonde, "query", "--in", dir};
		int n = 4;
		double cpu, ms;

		if (named)
			argv[n++] = "--named";
		argv[n++] = question[i].sql;
		if (question[i].from) {
			argv[n++] = "--from";
			argv[n++] = question[i].from;
		}
		argv[n] = NULL;
		ms = run(argv, &cpu);
		printf("%-7s %8.1f ms, CPU %8.1f ms", question[i].from ? "5 min" : "1 h", ms, cpu);
		if (question[i].from)
			printf("  (at most %g: %s)", WINDOW_MS, verdict(ms <= WINDOW_MS));
		printf("  %s\n", question[i].sql);
		fflush(stdout);
	}
}

static void
remove_all(const char *dir)
{
	DIR *d = opendir(dir);
	struct dirent *entry;

	while (d && (entry = readdir(d)))
		if (entry->d_name[0] != '.')
			(void)unlinkat(dirfd(d), entry->d_name, 0);
	if (d)
		closedir(d);
	(void)rmdir(dir);
}

int
main(int argc, char **argv)
{
	char dir[4096];

	if (argc < 2 || argc > 3) {
		fputs("usage: query SONDE [SCRATCH]\n", stderr);
		return 2;
	}
	snprintf(dir, sizeof dir, "%s/sonde-query-XXXXXX", argc > 2 ? argv[2] : "/tmp");
	if (!mkdtemp(dir))
		fail("the scratch directory cannot be made");
	make_recording(dir);
	scan_all(dir);
	ask_all(argv[1], dir);
	remove_all(dir);
	return missed ? 1 : 0;
}
