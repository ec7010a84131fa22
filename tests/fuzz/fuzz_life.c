/* fuzz_life: what comes through netlink. The first byte picks the parser: events, records, the answer
 * of the controller, or both of the first fed on to what makes ends of them; there the rest is a row
 * of pieces {kind, length / 4, bytes}. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "sys/endings.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { FAMILY = 31, TAKE = 16 };

static void
check(bool ok)
{
	if (!ok)
		abort();
}

static void
try_events(struct span s, struct endings *to, int64_t now)
{
	struct connector_event v;
	int r;

	while ((r = connector_next(&s, &v)) > 0) {
		check(v.what <= CONNECTOR_EXIT && v.mono_ns >= 0 && v.parent <= INT32_MAX);
		check(v.what == CONNECTOR_ANSWER || (v.tgid > 0 && v.tgid <= INT32_MAX));
		if (to)
			endings_event(to, &v, now);
	}
	check(r <= 0 && span_empty(s));
}

static void
try_records(struct span s, struct endings *to, int64_t now)
{
	struct taskstats_record rec;
	int r;

	while ((r = taskstats_next(&s, FAMILY, &rec)) > 0) {
		check(rec.pid > 0 && rec.pid <= INT32_MAX && rec.tgid <= INT32_MAX);
		check(rec.ppid <= INT32_MAX && memchr(rec.name, '\0', sizeof rec.name));
		check(!rec.group || (rec.group_tgid > 0 && rec.group_tgid <= INT32_MAX));
		if (to)
			endings_record(to, &rec, now);
	}
	check(r <= 0 && span_empty(s));
}

static bool
alive(uint32_t tgid)
{
	return tgid & 1;
}

static uint64_t
take_all(struct endings *e)
{
	struct ended d[TAKE];
	uint64_t taken = 0;

	for (size_t n; (n = endings_take(e, d, TAKE)) > 0; taken += n) {
		for (size_t i = 0; i < n; i++) {
			check(d[i].pid > 0 && memchr(d[i].name, '\0', sizeof d[i].name));
			check(!(d[i].have & ENDED_START) || d[i].start_ns <= d[i].end_ns);
			check(!(d[i].have & ENDED_SPLIT) || d[i].user_ns + d[i].system_ns == d[i].cpu_ns);
		}
	}
	return taken;
}

static void
try_endings(const uint8_t *p, size_t n)
{
	struct endings *e = endings_new(alive);
	int64_t now = 0;
	uint64_t taken = 0;

	endings_sources(e, true, true, true);
	while (n >= 2) {
		uint8_t kind = p[0];
		size_t length = MIN((size_t)p[1] * 4, n - 2);

		p += 2;
		n -= 2;
		now += (kind >> 2) * NS_PER_MS;
		switch (kind & 3) {
		case 0:
			try_events(span_of((const char *)p, length), e, now);
			break;
		case 1:
			try_records(span_of((const char *)p, length), e, now);
			break;
		case 2:
			endings_settle(e, now, true);
			continue;
		case 3:
			taken += take_all(e);
			continue;
		}
		p += length;
		n -= length;
	}
	endings_settle(e, now, true);
	taken += take_all(e);
	check(taken + endings_counts(e)->unlisted == endings_counts(e)->exits);
	endings_free(e);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span s;

	if (size < 1)
		return 0;
	s = span_of((const char *)data + 1, size - 1);
	switch (data[0] % 4) {
	case 0:
		try_events(s, NULL, 0);
		break;
	case 1:
		try_records(s, NULL, 0);
		break;
	case 2:
		check(taskstats_family(s) < 0 || taskstats_family(s) >= 16);
		break;
	default:
		try_endings(data + 1, size - 1);
		break;
	}
	return 0;
}
