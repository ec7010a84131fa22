/* Ends that come in halves, in any order, twice or never. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/hash.h"
#include "base/mem.h"
#include "sys/endings.h"

static uint32_t living; /* the one process that is there */
static const int64_t NOW = 1000 * NS_PER_S;

static bool
alive(uint32_t tgid)
{
	return tgid == living;
}

static struct endings *
begin(bool events, bool records)
{
	struct endings *e = endings_new(alive);

	living = 0;
	endings_sources(e, events, records, true);
	return e;
}

static void
event(struct endings *e, enum connector_what what, uint32_t tgid, uint32_t status, int64_t ns)
{
	endings_event(e,
		      &(struct connector_event){.what = what, .tgid = tgid, .parent = 7,
						.status = status, .mono_ns = ns},
		      ns);
}

/* Of a thread that ran `ms`. */
static struct taskstats_record
record(uint32_t pid, uint32_t tgid, bool last, unsigned ms)
{
	struct taskstats_record r = {
		.version = 16, .pid = pid, .tgid = tgid, .last = last, .status = 0x500, .ppid = 7,
		.uid = 1000, .gid = 100, .elapsed_ns = (uint64_t)(10 * NS_PER_MS),
		.group_elapsed_ns = (uint64_t)(50 * NS_PER_MS), .max_rss_bytes = 4096,
		.use = {ms * (uint64_t)NS_PER_MS, 4000000, 12000000, 1, 10, 20},
	};

	memcpy(r.name, pid == tgid ? "main" : "thread", pid == tgid ? 5 : 7);
	return r;
}

static struct taskstats_record
group(struct taskstats_record r, uint32_t tgid, unsigned run_ms, unsigned user_ms, unsigned sys_ms)
{
	r.group = true;
	r.group_tgid = tgid;
	r.group_run_ns = run_ms * (uint64_t)NS_PER_MS;
	r.group_user_ns = user_ms * (uint64_t)NS_PER_MS;
	r.group_system_ns = sys_ms * (uint64_t)NS_PER_MS;
	return r;
}

static void
put(struct endings *e, struct taskstats_record r, int64_t ns)
{
	endings_record(e, &r, ns);
}

/* The only one that ended. */
static struct ended
one(struct endings *e)
{
	struct ended d[2];

	assert_int_equal(endings_take(e, d, 2), 1);
	return d[0];
}

static void
none(struct endings *e)
{
	struct ended d;

	assert_int_equal(endings_take(e, &d, 1), 0);
}

static void
test_both(void **state)
{
	(void)state;
	for (int order = 0; order < 2; order++) {
		struct endings *e = begin(true, true);
		struct ended d;

		event(e, CONNECTOR_FORK, 50, 0, NOW - 60 * NS_PER_MS);
		event(e, CONNECTOR_EXEC, 50, 0, NOW - 50 * NS_PER_MS);
		if (order)
			event(e, CONNECTOR_EXIT, 50, 0x500, NOW);
		put(e, record(50, 50, true, 8), NOW);
		if (!order)
			event(e, CONNECTOR_EXIT, 50, 0x500, NOW);
		none(e);
		endings_settle(e, NOW, false);
		d = one(e);
		assert_int_equal(d.pid, 50);
		assert_int_equal(d.ppid, 7);
		assert_int_equal(d.have, (1 << 11) - 1);
		assert_true(d.start_ns == NOW - 60 * NS_PER_MS && d.end_ns == NOW);
		assert_string_equal(d.name, "main");
		assert_int_equal(d.exit_code, 5);
		assert_int_equal(d.signal, 0);
		assert_false(d.dumped);
		assert_int_equal(d.cpu_ns, 8000000); /* split as the ticks: 1 to 3 */
		assert_int_equal(d.user_ns, 2000000);
		assert_int_equal(d.system_ns, 6000000);
		assert_int_equal(d.max_rss_bytes, 4096);
		assert_int_equal(d.major_faults, 1);
		assert_int_equal(d.read_bytes, 10);
		assert_int_equal(d.write_bytes, 20);
		assert_false(endings_waiting(e));
		assert_int_equal(endings_counts(e)->forks, 1);
		assert_int_equal(endings_counts(e)->execs, 1);
		assert_int_equal(endings_counts(e)->exits, 1);
		endings_free(e);
	}
}

static void
test_status(void **state)
{
	static const struct {
		uint32_t status;
		uint8_t code, signal;
		bool dumped;
	} in[] = {{0, 0, 0, false}, {0xff00, 255, 0, false}, {9, 0, 9, false}, {0x8b, 0, 11, true}};
	struct endings *e = begin(true, false);

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(in); i++) {
		struct ended d;

		event(e, CONNECTOR_EXIT, 50, in[i].status, NOW);
		endings_settle(e, NOW, true);
		d = one(e);
		assert_int_equal(d.have, ENDED_PPID | ENDED_END | ENDED_STATUS);
		assert_int_equal(d.exit_code, in[i].code);
		assert_int_equal(d.signal, in[i].signal);
		assert_int_equal(d.dumped, in[i].dumped);
	}
	endings_free(e);
}

static void
test_records_alone(void **state)
{
	struct endings *e = begin(false, true);
	struct ended d;

	(void)state;
	put(e, record(51, 50, false, 8), NOW);
	put(e, record(50, 50, true, 8), NOW);
	endings_settle(e, NOW, true);
	d = one(e);
	assert_int_equal(d.pid, 50);
	assert_false(d.have & ENDED_END);
	assert_true(d.end_ns == NOW && d.start_ns == NOW - 50 * NS_PER_MS);
	assert_int_equal(d.exit_code, 5);
	endings_free(e);
}

/* Sums are believed when the kernel's own sum agrees. */
static void
test_threads(void **state)
{
	(void)state;
	for (unsigned missed = 0; missed < 2; missed++) {
		struct endings *e = begin(true, true);
		struct ended d;

		put(e, record(50, 50, false, 10), NOW);
		put(e, record(51, 50, false, 20), NOW);
		event(e, CONNECTOR_EXIT, 50, 0x500, NOW);
		put(e, group(record(52, 50, true, 30), 50, 60 + missed, 6, 6), NOW);
		endings_settle(e, NOW, true);
		d = one(e);
		assert_int_equal(d.pid, 50);
		assert_string_equal(d.name, "main");
		assert_int_equal(d.cpu_ns, (60 + missed) * 1000000);
		if (missed) { /* one ended before we listened */
			assert_int_equal(d.user_ns, 30500000);
			assert_false(d.have & (ENDED_FAULTS | ENDED_IO));
		} else {
			assert_int_equal(d.user_ns, 15000000);
			assert_int_equal(d.major_faults, 3);
			assert_int_equal(d.write_bytes, 60);
		}
		endings_free(e);
	}
}

/* The kernels that do not sum up user and system time. */
static void
test_no_split(void **state)
{
	struct endings *e = begin(true, true);
	struct ended d;

	(void)state;
	put(e, group(record(52, 50, true, 30), 50, 90, 0, 0), NOW);
	event(e, CONNECTOR_EXIT, 50, 0, NOW);
	endings_settle(e, NOW, true);
	d = one(e);
	assert_int_equal(d.cpu_ns, 90000000);
	assert_true(d.have & ENDED_CPU);
	assert_false(d.have & (ENDED_SPLIT | ENDED_NAME)); /* the first thread's was not seen */
	endings_free(e);
}

/* The first thread ends, others live: no end of a process, however long. */
static void
test_first_goes(void **state)
{
	struct endings *e = begin(true, true);
	struct ended d;

	(void)state;
	event(e, CONNECTOR_EXIT, 50, 0x100, NOW);
	put(e, record(50, 50, false, 10), NOW);
	living = 50;
	for (int i = 0; i < 10; i++) {
		endings_settle(e, NOW + i * 100 * NS_PER_MS, true);
		none(e);
	}
	assert_false(endings_waiting(e)); /* nothing to wake up for */
	put(e, group(record(51, 50, true, 20), 50, 30, 5, 5), NOW + NS_PER_S);
	endings_settle(e, NOW + NS_PER_S, true);
	d = one(e);
	assert_int_equal(d.exit_code, 5); /* exit() was called in the last thread */
	assert_false(d.have & ENDED_END);
	assert_true(d.end_ns == NOW + NS_PER_S);
	assert_string_equal(d.name, "main");
	endings_free(e);
}

/* The same of one who only gets events: it is asked for. */
static void
test_first_goes_events(void **state)
{
	struct endings *e = begin(true, false);
	struct ended d;

	(void)state;
	event(e, CONNECTOR_EXIT, 50, 0x100, NOW);
	living = 50;
	endings_settle(e, NOW, true);
	none(e);
	living = 0;
	endings_settle(e, NOW + 200 * NS_PER_MS, true);
	d = one(e);
	assert_int_equal(d.have, ENDED_PPID); /* the status was the first thread's */
	endings_free(e);
}

/* Another thread becomes the process. */
static void
test_exec_of_thread(void **state)
{
	(void)state;
	for (int late = 0; late < 2; late++) {
		struct endings *e = begin(true, true);
		struct ended d;

		living = 50;
		put(e, record(50, 50, false, 10), NOW);
		event(e, CONNECTOR_EXIT, 50, 9, NOW);
		if (late) {
			endings_settle(e, NOW, true);
			endings_settle(e, NOW + 50 * NS_PER_MS, true);
		}
		event(e, CONNECTOR_EXEC, 50, 0, NOW);
		endings_settle(e, NOW + 60 * NS_PER_MS, true);
		none(e);
		assert_false(endings_waiting(e));
		living = 0;
		put(e, group(record(50, 50, true, 20), 50, 30, 5, 5), NOW + NS_PER_S);
		event(e, CONNECTOR_EXIT, 50, 0x500, NOW + NS_PER_S);
		endings_settle(e, NOW + NS_PER_S, true);
		d = one(e);
		assert_int_equal(d.exit_code, 5);
		assert_true(d.end_ns == NOW + NS_PER_S);
		assert_int_equal(d.major_faults, 2);
		endings_free(e);
	}
}

/* Kernels before 5.19 do not say whose thread it was, nor which was the last. */
static void
test_old(void **state)
{
	struct endings *e = begin(true, true);
	struct taskstats_record first = record(50, 0, false, 10), thread = record(51, 0, false, 20);
	struct ended d;

	(void)state;
	first.version = thread.version = 11;
	first.group_elapsed_ns = thread.group_elapsed_ns = 0;
	memcpy(first.name, "main", 5);
	thread.status = 0;
	/* One thread. */
	put(e, first, NOW);
	event(e, CONNECTOR_EXIT, 50, 0x500, NOW);
	endings_settle(e, NOW, true);
	assert_true(endings_waiting(e));
	endings_settle(e, NOW + 40 * NS_PER_MS, true);
	d = one(e);
	assert_int_equal(d.cpu_ns, 10000000);
	assert_int_equal(d.exit_code, 5);
	assert_true(d.start_ns == NOW - 10 * NS_PER_MS);
	assert_string_equal(d.name, "main");
	/* Two, the first one ends first. The other's record alone is no end of anything. */
	put(e, first, NOW);
	event(e, CONNECTOR_EXIT, 50, 0x500, NOW);
	living = 50;
	endings_settle(e, NOW, true);
	endings_settle(e, NOW + 40 * NS_PER_MS, true);
	none(e);
	put(e, group(thread, 50, 30, 0, 0), NOW + NS_PER_S);
	endings_settle(e, NOW + NS_PER_S, true);
	d = one(e);
	assert_int_equal(d.cpu_ns, 30000000);
	assert_false(d.have & ENDED_STATUS); /* nobody said it */
	living = 0;
	put(e, thread, NOW);
	endings_settle(e, NOW, true);
	endings_settle(e, NOW + NS_PER_S, true);
	none(e);
	endings_free(e);
}

/* A half that does not come. */
static void
test_lost(void **state)
{
	struct endings *e = begin(true, true);
	struct ended d;

	(void)state;
	event(e, CONNECTOR_EXIT, 50, 0x500, NOW);
	endings_settle(e, NOW, true);
	endings_settle(e, NOW + NS_PER_S, false); /* the other may be in the queue */
	none(e);
	assert_true(endings_waiting(e));
	endings_settle(e, NOW + 40 * NS_PER_MS, true); /* it has gone: once more is read */
	endings_settle(e, NOW + 80 * NS_PER_MS, true);
	d = one(e);
	assert_int_equal(d.have, ENDED_PPID | ENDED_END | ENDED_STATUS);

	living = 60;
	put(e, record(60, 60, true, 8), NOW);
	endings_settle(e, NOW + 40 * NS_PER_MS, true); /* it is still ending */
	none(e);
	living = 0;
	endings_settle(e, NOW + 80 * NS_PER_MS, true);
	d = one(e);
	assert_int_equal(d.pid, 60);
	assert_false(d.have & ENDED_END);
	event(e, CONNECTOR_EXIT, 60, 0x500, NOW + 90 * NS_PER_MS); /* late: it was listed */
	endings_settle(e, NOW + NS_PER_S, true);
	endings_settle(e, NOW + 2 * NS_PER_S, true);
	endings_settle(e, NOW + 3 * NS_PER_S, true);
	none(e);
	assert_int_equal(endings_counts(e)->exits, 2);
	endings_free(e);
}

/* A number that is used again. */
static void
test_reuse(void **state)
{
	struct endings *e = begin(true, true);
	struct ended d[3];

	(void)state;
	/* The record may be read before the birth of the same process: one end. */
	put(e, record(50, 50, true, 8), NOW);
	event(e, CONNECTOR_FORK, 50, 0, NOW - NS_PER_MS);
	event(e, CONNECTOR_EXIT, 50, 0x500, NOW);
	endings_settle(e, NOW, true);
	assert_int_equal(endings_take(e, d, 3), 1);
	/* The exit without its record, then another's birth and end: two. */
	event(e, CONNECTOR_EXIT, 50, 0x100, NOW + NS_PER_MS);
	event(e, CONNECTOR_FORK, 50, 0, NOW + 2 * NS_PER_MS);
	event(e, CONNECTOR_EXIT, 50, 0x500, NOW + 3 * NS_PER_MS);
	put(e, record(50, 50, true, 8), NOW + 3 * NS_PER_MS);
	endings_settle(e, NOW + 3 * NS_PER_MS, true);
	assert_int_equal(endings_take(e, d, 3), 2);
	assert_int_equal(d[0].exit_code, 1);
	assert_false(d[0].have & ENDED_CPU);
	assert_int_equal(d[1].exit_code, 5);
	assert_true(d[1].start_ns == NOW + 2 * NS_PER_MS);
	/* Sums of the one before are not the next one's. */
	put(e, record(51, 50, false, 100), NOW + 4 * NS_PER_MS);
	event(e, CONNECTOR_FORK, 50, 0, NOW + 5 * NS_PER_MS);
	put(e, group(record(50, 50, true, 8), 50, 8, 4, 4), NOW + 6 * NS_PER_MS);
	event(e, CONNECTOR_EXIT, 50, 0x500, NOW + 6 * NS_PER_MS);
	endings_settle(e, NOW + 6 * NS_PER_MS, true);
	assert_int_equal(endings_take(e, d, 3), 1);
	assert_int_equal(d[0].major_faults, 1);
	endings_free(e);
}

/* Nobody takes, and nothing is ever whole: it stays as small as it is. */
static void
test_bounds(void **state)
{
	struct endings *e = begin(true, true);
	struct ended *d = xcalloc(ENDINGS_KEPT + 1, sizeof *d);
	uint32_t n = ENDINGS_KEPT + 3000;

	(void)state;
	for (uint32_t i = 1; i <= n; i++)
		event(e, CONNECTOR_EXIT, i, 0, NOW);
	for (uint32_t i = 0; i < 3; i++)
		endings_settle(e, NOW + (i + 1) * 50 * NS_PER_MS, true);
	assert_int_equal(endings_counts(e)->exits, n);
	assert_int_equal(endings_counts(e)->unlisted, 3000);
	assert_int_equal(endings_take(e, d, 1), 1);
	assert_int_equal(d->pid, 1);
	assert_int_equal(endings_take(e, d, ENDINGS_KEPT + 1), ENDINGS_KEPT - 1);
	assert_int_equal(d->pid, 2);
	/* Threads of processes that live. */
	for (uint32_t i = 1; i < 5000; i++)
		put(e, record(100000 + i, i, false, 1), NOW);
	endings_settle(e, NOW + NS_PER_S, true);
	none(e);
	assert_false(endings_waiting(e));
	free(d);
	endings_free(e);
}

static void
test_ahead(void **state)
{
	struct endings *e = begin(true, true);

	(void)state;
	assert_false(endings_lack_records(e));
	event(e, CONNECTOR_EXIT, 9999, 0, NOW);
	assert_true(endings_lack_records(e));
	for (uint32_t i = 1; i <= ENDINGS_OPEN / 4; i++)
		put(e, record(i, i, true, 1), NOW);
	assert_false(endings_lack_records(e));
	endings_free(e);
}

/* What must hold whatever comes: numbers of one process only, nothing twice without a birth. */
static void
test_any_order(void **state)
{
	struct endings *e = begin(true, true);
	struct ended d[64];
	uint64_t r = 1, taken = 0;
	int64_t now = NOW;

	(void)state;
	for (int i = 0; i < 200000; i++) {
		uint32_t pid = 1 + (uint32_t)((r = hash_u64(r)) % 3000);

		now += (int64_t)(r >> 40) % NS_PER_MS;
		living = 1 + (uint32_t)(r >> 20) % 3000;
		switch (r >> 13 & 7) {
		case 0:
			event(e, CONNECTOR_FORK, pid, 0, now);
			break;
		case 1:
			event(e, CONNECTOR_EXEC, pid, 0, now);
			break;
		case 2:
		case 3:
			event(e, CONNECTOR_EXIT, pid, (uint32_t)r, now);
			break;
		case 4:
			put(e, record(pid, 1 + pid / 2, r >> 16 & 1, 1), now);
			break;
		case 5:
			put(e, group(record(pid, pid, true, 1), pid, (unsigned)(r >> 33 & 3), 1, 1), now);
			break;
		case 6:
			endings_settle(e, now, true);
			break;
		case 7:
			taken += endings_take(e, d, 64);
			break;
		}
	}
	for (int i = 0; i < 3; i++)
		endings_settle(e, now += NS_PER_S, true);
	assert_true(endings_counts(e)->exits > 1000);
	for (size_t n; (n = endings_take(e, d, 64)) > 0; taken += n)
		for (size_t i = 0; i < n; i++)
			assert_true(d[i].pid > 0 && d[i].pid <= 3000);
	assert_int_equal(taken + endings_counts(e)->unlisted, endings_counts(e)->exits);
	endings_free(e);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_both),           cmocka_unit_test(test_status),
		cmocka_unit_test(test_records_alone),  cmocka_unit_test(test_threads),
		cmocka_unit_test(test_no_split),       cmocka_unit_test(test_first_goes),
		cmocka_unit_test(test_first_goes_events), cmocka_unit_test(test_exec_of_thread),
		cmocka_unit_test(test_old),            cmocka_unit_test(test_lost),
		cmocka_unit_test(test_reuse),          cmocka_unit_test(test_bounds),
		cmocka_unit_test(test_ahead),          cmocka_unit_test(test_any_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
