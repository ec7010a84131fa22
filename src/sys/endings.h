#ifndef SYS_ENDINGS_H
#define SYS_ENDINGS_H

/* endings: processes that ended, put together from what the proc connector and taskstats say of
 * them. No sockets, no clock and no threads here: events, records and the time come in.
 *
 * A process has ended when its first thread's exit event came and the record of its last thread
 * too; of one source alone, when that came. If a part does not come the other is enough after
 * ENDINGS_PATIENCE_NS, unless the process is still there: then its first thread has ended and
 * others live on, and it is asked for again.
 *
 * What threads used before the last one ended is added up here, and is only believed when its
 * time on a CPU is what the kernel's own sum says; else some ended before we listened, or were
 * lost.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sys/connector.h"
#include "sys/taskstats.h"

enum {
	ENDINGS_KEPT = 8192,    /* ended processes nobody took yet: more are counted, not kept */
	ENDINGS_OPEN = 1024,    /* processes that are only half known to have ended */
	ENDINGS_BORN = 4096,    /* births that are remembered */
};
#define ENDINGS_PATIENCE_NS (20 * NS_PER_MS)

enum ended_have {
	ENDED_PPID = 1 << 0,
	ENDED_IDS = 1 << 1,    /* uid, gid */
	ENDED_START = 1 << 2,
	ENDED_END = 1 << 3,    /* the kernel's own time; else end_ns is when it was noticed */
	ENDED_NAME = 1 << 4,
	ENDED_STATUS = 1 << 5, /* exit_code, signal, dumped */
	ENDED_CPU = 1 << 6,    /* cpu_ns */
	ENDED_SPLIT = 1 << 7,  /* user_ns, system_ns */
	ENDED_RSS = 1 << 8,
	ENDED_FAULTS = 1 << 9,
	ENDED_IO = 1 << 10,
};

/* Times are CLOCK_MONOTONIC. What PID/stat calls the start is by CLOCK_BOOTTIME: the same but
 * for the time the machine was suspended until then. start_ns is up to a millisecond late (birth
 * seen), or late by what the end took from the last record to the exit event: freeing much
 * memory. */
struct ended {
	uint32_t pid, ppid, uid, gid;
	unsigned have;
	int64_t start_ns, end_ns;
	char name[TASKSTATS_NAME_BYTES]; /* comm of the first thread, any bytes; NUL behind them */
	uint8_t exit_code, signal;       /* one of them is 0 */
	bool dumped;                     /* core */
	uint64_t cpu_ns;                 /* exact; up to a tick of the very last is missing */
	uint64_t user_ns, system_ns;     /* cpu_ns, split as the ticks were */
	uint64_t max_rss_bytes;          /* of its last program (vfork: its parent) */
	uint64_t major_faults, read_bytes, write_bytes;
};

struct life_counts { /* since the start */
	uint64_t forks, execs; /* of processes */
	uint64_t exits;        /* processes that ended, listed or not */
	uint64_t unlisted;     /* of these, not listed: nobody took them soon enough */
	uint64_t lost_events;  /* messages the kernel could not queue, of the connector */
	uint64_t lost_records; /* and of taskstats */
};

struct endings;

/* `alive`: whether a process has threads that live; NULL asks this machine. */
struct endings *endings_new(bool (*alive)(uint32_t tgid));
void endings_free(struct endings *e);
/* Which sources work, and whether the kernel counts I/O. */
void endings_sources(struct endings *e, bool events, bool records, bool io);

void endings_event(struct endings *e, const struct connector_event *event, int64_t mono_ns);
void endings_record(struct endings *e, const struct taskstats_record *record, int64_t mono_ns);
/* Lists what is whole; when both sources were read to their end, also that whose other half is
 * overdue. */
void endings_settle(struct endings *e, int64_t mono_ns, bool at_end);
/* Whether settling again will do something though nothing comes. */
bool endings_waiting(const struct endings *e);
/* Whether more records should be read before more events: some exit lacks its record, and there
 * are not too many records yet whose exit was not read. So the table stays small however long
 * the queues are. */
bool endings_lack_records(const struct endings *e);

size_t endings_take(struct endings *e, struct ended *ret, size_t max);
const struct life_counts *endings_counts(const struct endings *e); /* lost_*: 0 */

#endif
