/* soak: days of samples, one a second by clocks of their own, are recorded and pruned while somebody
 * looks at what there is. Memory stays what it was after the first hours, and the directory within its
 * limit.
 *
 * Opt-in, for it takes minutes: SONDE_SOAK=DAYS. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../unit/recorded.h"

enum {
	DAY = 86400,
	PROCESSES = 60,
	SEGMENT_BYTES = 256 << 10,
	MAX_BYTES = 4 << 20,
	LOOK = 600,         /* somebody looks every so many seconds */
	RESTART = 5 * 3600, /* and this often the recorder begins anew */
};

struct process {
	uint64_t pid, start, cpu_ns, bytes;
};

struct soak {
	struct frame_pool *pool;
	struct strpool *strings;
	struct field_set want[TABLE_COUNT];
	struct process process[PROCESSES];
	struct machine dice;
	uint64_t pids;
};

static long
resident_kib(void)
{
	char line[256];
	long kib = -1;
	FILE *f = fopen("/proc/self/status", "r");

	assert_non_null(f);
	while (kib < 0 && fgets(line, sizeof line, f))
		if (strncmp(line, "VmRSS:", 6) == 0)
			kib = strtol(line + 6, NULL, 10);
	fclose(f);
	return kib;
}

static const char *
name_of(struct soak *s, const struct process *p)
{
	char text[32];
	int n = snprintf(text, sizeof text, "process %u", (unsigned)(p->pid % 5000));

	return strpool_intern(s->strings, text, (size_t)n);
}

/* As sonde's own sampler does, texts move to a new pool when many are of what has gone. */
static struct frame *
next(struct soak *s, int64_t second)
{
	struct frame *f;

	if (strpool_bytes(s->strings) > 256 << 10) {
		strpool_unref(s->strings);
		s->strings = strpool_new();
	}
	f = frame_begin(s->pool, s->want, s->strings);
	f->meta = (struct frame_meta){
		.seq = (uint64_t)second,
		.host = strpool_intern(s->strings, "soak", 4),
		.wall_ns = (INT64_C(1763700000) + second) * NS_PER_S,
		.mono_ns = (100 + second) * NS_PER_S,
	};
	for (int i = 0; i < PROCESSES; i++) {
		struct process *p = &s->process[i];
		struct row r;

		if (!p->pid || !dice(&s->dice, 2000))
			*p = (struct process){.pid = ++s->pids, .start = (uint64_t)second};
		if (!dice(&s->dice, 8))
			p->cpu_ns += dice(&s->dice, NS_PER_S);
		if (!dice(&s->dice, 30))
			p->bytes = dice(&s->dice, 1 << 20) * 4096;
		r = table_add_row(&f->table[TABLE_PROC], (struct row_key){p->pid, p->start});
		row_u64(r, PROC_PID, p->pid);
		row_str(r, PROC_NAME, name_of(s, p));
		row_u64(r, PROC_CPU, p->cpu_ns);
		row_u64(r, PROC_RES, p->bytes);
	}
	return f;
}

static uint64_t
bytes_in(const struct place_to_write *p)
{
	static char name[4096][64];
	unsigned n = place_list(p, name, 4096);
	uint64_t bytes = 0;
	struct stat st;

	for (unsigned i = 0; i < n; i++)
		if (fstatat(p->fd, name[i], &st, 0) == 0)
			bytes += (uint64_t)st.st_size;
	return bytes;
}

static void
look(struct soak *s, struct past *past)
{
	uint64_t first, end;

	past_span(past, &first, &end);
	assert_true(first < end);
	for (int i = 0; i < 5; i++) {
		const struct frame *f;
		int r = past_frame(past, first + dice(&s->dice, end - first), all_fields(), &f);

		assert_true(r == 0 || r == -ENOENT);
		if (r == 0)
			frame_unref(f);
	}
}

static void
test_soak(void **state)
{
	int64_t seconds = strtol(getenv("SONDE_SOAK"), NULL, 10) * DAY;
	struct writer_options o = usual;
	struct soak s = {.pool = frame_pool_new(), .strings = strpool_new()};
	struct place_to_write p;
	struct past *past = NULL;
	struct writer *w;
	uint64_t most_bytes = 0;
	long settled = 0, most = 0;
	unsigned restarts = 0;

	(void)state;
	assert_true(seconds > 0);
	place_init(&p);
	machine_init(&s.dice, 71);
	field_set_add(&s.want[TABLE_PROC], PROC_PID);
	field_set_add(&s.want[TABLE_PROC], PROC_NAME);
	field_set_add(&s.want[TABLE_PROC], PROC_CPU);
	field_set_add(&s.want[TABLE_PROC], PROC_RES);
	o.segment_ns = 3600 * NS_PER_S;
	o.segment_bytes = SEGMENT_BYTES;
	o.max_bytes = MAX_BYTES;
	w = write_to(&p, o);
	for (int64_t i = 0; i < seconds; i++) {
		struct frame *f = next(&s, i);

		assert_int_equal(writer_add(w, f, NULL), 0);
		frame_unref(f);
		if (i % RESTART == RESTART - 1) {
			assert_int_equal(writer_close(w), 0);
			w = write_to(&p, o);
			restarts++;
		}
		if (i % LOOK != LOOK - 1)
			continue;
		if (!past || i % DAY < LOOK) { /* a new one every day */
			past_free(past);
			past = read_from(&p, NULL);
		}
		look(&s, past);
		most_bytes = MAX(most_bytes, bytes_in(&p));
		if (i > DAY / 4) {
			if (!settled)
				settled = resident_kib();
			most = MAX(most, resident_kib());
		}
	}
	assert_int_equal(writer_close(w), 0);
	past_free(past);
	print_message("%d days, %u recorders: resident %ld KiB after hours, at most %ld KiB; "
		      "at most %u KiB on disk\n",
		      (int)(seconds / DAY), restarts + 1, settled, most,
		      (unsigned)(most_bytes >> 10));
	assert_true(most < settled + settled / 4 + 2048);
	assert_true(most_bytes < MAX_BYTES + 2 * SEGMENT_BYTES);
	strpool_unref(s.strings);
	frame_pool_free(s.pool);
	machine_release(&s.dice);
	place_release(&p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_soak)};

	if (!getenv("SONDE_SOAK")) {
		print_message("opt-in: SONDE_SOAK=7 (days; a minute or so)\n");
		return 77;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
