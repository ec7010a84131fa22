#ifndef FRAME_DIFF_H
#define FRAME_DIFF_H

/* diff: two frames side by side, A and B: of one machine at two moments, or of two machines.
 *
 * Of one boot, A is the earlier one, processes are matched by key, and counters tell what was used
 * in between. Else numbers and counters of the two have nothing to do with each other: processes
 * are added up by name (threads of the kernel left out), and rates and shares are compared like
 * gauges. Nothing that was not sampled in both is compared; NaN is what is not known.
 *
 * Cgroups are what the rows of their processes add up to: what those used that ended in between is
 * not known, what one used that moved counts where it went, and a cgroup within another is not part
 * of it.
 *
 * Each list begins with the greatest change, measured against all changes of its kind, so that
 * bytes, seconds and counts stand in one order; the same two frames give the same order.
 */
#include "base/buf.h"
#include "frame/frame.h"
#include "schema/format.h"

enum diff_mark { DIFF_CHANGED, DIFF_NEW, DIFF_GONE, DIFF_MARKS };
static inline char
diff_mark_char(enum diff_mark m)
{
	return "~+-"[m];
}

struct diff_proc { /* or a cgroup: its name is the path */
	enum diff_mark mark;
	uint64_t pid;    /* of one process; 0 when they are added up */
	uint32_t na, nb; /* how many processes these are in A and in B */
	const char *name, *user, *command, *cgroup; /* "": not known */
	double cpu; /* of one boot: CPU time used, ns; else how much more of a CPU, a ratio */
	double resident, resident_change; /* at the last; bytes */
	double read, write; /* of one boot: bytes; else bytes per second, the difference */
	double size;
};

struct diff_value {
	uint8_t table, field;
	const char *thing; /* "eth0"; "" in tables of one row */
	double a, b, change;
	double rate; /* of a counter: per second; of a time, a ratio */
	double size;
};

struct diff {
	const struct frame *a, *b;
	bool same_boot;
	int64_t span_ns; /* from A to B: by the monotonic clock of one boot, else by the wall */
	struct diff_proc *proc;
	size_t nprocs;
	uint32_t count[DIFF_MARKS];    /* of these, by mark */
	uint32_t procs_a, procs_b;     /* processes that are compared */
	struct diff_proc *cgroup;
	size_t ncgroups;
	bool has_cgroups;              /* they were sampled in both, of some processes at least */
	struct diff_value *counter;    /* that grew; none unless of one boot */
	size_t ncounters;
	struct diff_value *gauge;      /* that differ */
	size_t ngauges;
	struct buf events; /* what happened from A to B, as far as the two tell (frame/events.h) */
};

/* Takes references on both. */
struct diff *diff_new(const struct frame *a, const struct frame *b);
void diff_free(struct diff *d); /* NULL is fine */

/* Adds what is worth wanting of both frames: what a diff shows. */
void diff_want(struct field_set want[TABLE_COUNT]);

/* How a process's changes are shown, on the screen and in text: what was used as it is, changes
 * with a sign. */
enum diff_column {
	DIFF_CPU,
	DIFF_RESIDENT,
	DIFF_RESIDENT_CHANGE,
	DIFF_READ,
	DIFF_WRITE,
	DIFF_COLUMNS
};
const char *diff_head(enum diff_column c);
/* At most `width` columns; "-" when not known. Gives the number, NaN when not known. */
double diff_cell(const struct diff *d, const struct diff_proc *p, enum diff_column c,
		 char out[FORMAT_MAX], int width);

/* The unit of diff_value.rate, of a counter with that unit. */
enum field_unit diff_rate_unit(enum field_unit unit);

/* "web-03: 2026-11-21 14:05:31 -> 14:07:02, 1m31s" */
void diff_title(const struct diff *d, struct buf *b);
/* "29 -> 30 processes: 2 new, 1 gone, 12 changed" */
void diff_counts(const struct diff *d, struct buf *b);
/* What is said where there are no cgroups to compare. */
#define DIFF_NO_CGROUPS "cgroups: not sampled in both"
/* The name of a field as words, without what the numbers say: "receive bytes", "busy". */
enum { DIFF_WORDS_MAX = 48 };
void diff_words(const struct diff_value *v, char out[DIFF_WORDS_MAX]);

#endif
