#ifndef FRAME_EVENTS_H
#define FRAME_EVENTS_H

/* events: what happened between two neighbouring frames of a machine, and how busy it was at one,
 * both pure functions, so that a live session and a recording say the same.
 *
 * A column that was not sampled in both gives no event, and nothing is said across a boot. Names
 * are written as the machine has them, but for control characters: those become '?', so that a line
 * stays one.
 */
#include "base/buf.h"
#include "frame/frame.h"

enum event_kind {
	EVENT_PRESSURE, /* tasks begin to wait for memory, storage or CPUs */
	EVENT_OOM,      /* memory ended: the kernel killed */
	EVENT_UNIT,     /* a process that systemd had started for a service failed */
	EVENT_LINK,     /* an interface lost its link or got it back */
	EVENT_CLOCK,    /* the wall clock was set */
	EVENT_SUSPEND,  /* the machine was asleep */
	EVENT_HOTPLUG,  /* CPUs, disks or interfaces came or went */
	EVENT_BOOKMARK, /* somebody marked the moment: never found here */
	EVENT_KINDS
};
#define EVENT_BIT(kind) (1u << (kind))

extern const char *const event_names[EVENT_KINDS]; /* "pressure", "oom"... */

/* Adds the raw columns that these kinds (bits) are found by. UNIT is the dear one: it has somebody
 * listen to the ends of processes. */
void events_want(unsigned kinds, struct field_set want[TABLE_COUNT]);

/* The kinds there were, as bits. */
uint8_t events_between(const struct frame *cur, const struct frame *prev);
/* The same, and one line each is added to `words`: "eth0: link down". */
uint8_t events_words(const struct frame *cur, const struct frame *prev, struct buf *words);

/* Are both of one boot of one machine, prev before cur? As far as they can tell: a machine that
 * booted after prev was sampled has counters that went back. */
bool frame_same_boot(const struct frame *cur, const struct frame *prev);

/* The row of table proc that an ended process had, or ROW_NONE. */
uint32_t row_alive(const struct table *exits, uint32_t row, const struct table *procs);

/* Of all CPUs busy, of memory not available, of the time under pressure (the highest "some" of the
 * last ten seconds): 0 to 250 is none to all, SUMMARY_UNKNOWN what was not sampled. */
enum { SUMMARY_UNKNOWN = 255 };
struct summary {
	uint8_t cpu, memory, pressure;
};
void summary_want(struct field_set want[TABLE_COUNT]);
struct summary summary_of(const struct frame *f);

#endif
