#ifndef SYS_READER_H
#define SYS_READER_H

/* reader: one kernel interface each, read below a root into the tables of a frame. What goes wrong
 * is recorded in frame->source[]; the cells stay absent. A reader never looks at settings; it fills
 * the columns that exist.
 */
#include "base/root.h"
#include "frame/frame.h"

struct devices;
struct errands;
struct mounts;
struct operstate;
struct sys_context {
	const struct root *root;
	struct buf text; /* scratch for file contents */
	int fd[SRC_COUNT]; /* files that are kept open; -1. On this machine only. */
	uint8_t absent[SRC_COUNT]; /* it is not there: so many ticks until one looks again */
	bool wanted[SRC_COUNT];    /* some column comes from there */
	struct buf release;        /* of the kernel; empty: not read yet */
	struct devices *disks, *nets; /* what sysfs said about them */
	struct mounts *mounts;
	struct operstate *links;
	struct errands *errands; /* for what may hang; whoever runs a batch clears it first */
};

void sys_context_init(struct sys_context *c, const struct root *root);
void sys_context_release(struct sys_context *c);
/* From now on frames have these columns. */
void sys_context_plan(struct sys_context *c, const struct field_set want[TABLE_COUNT]);

struct sys_reader {
	const char *name; /* of its file: "diskstats" */
	/* Fields of these sources cause it to be called. */
	enum source source[4];
	void (*read)(struct sys_context *c, struct frame *f);
};

/* Every system-wide reader; ended by a NULL name. The single-row tables have their row before. */
extern const struct sys_reader sys_readers[];
bool sys_reader_wanted(const struct sys_context *c, const struct sys_reader *r);

/* Notes the outcome of reading a source: 0 or -errno; -EINVAL: it was read, but some of it, or all,
 * was not what the kernel writes. */
void source_note(struct frame *f, enum source s, int result);

#endif
