#ifndef APP_EXPORT_H
#define APP_EXPORT_H

/* export: what of a recording is written, and how far it has come; shared by the ways to write. */
#include <signal.h>

#include "app/app.h"
#include "app/hours.h"
#include "frame/frame.h"

struct export_part {
	enum table_id table;
	uint8_t field[FIELDS_MAX];
	unsigned nfields;
};

struct export {
	const struct options *o;
	struct past *past;
	struct hours hours;
	struct export_part part[TABLE_COUNT];
	unsigned nparts;
	sigset_t signals;     /* that end it: blocked, and asked for now and then */
	bool terminal;        /* standard error is one: a bar */
	int64_t begun_ns, said_ns;
	uint64_t done;        /* moments */
	uint64_t rows, bytes, unreadable;
	unsigned files, kept; /* written, and there before */
};

/* Says how far it is, when it is time; -EINTR when somebody ends us. */
int export_step(struct export *x, const struct hour *h, uint64_t rows);
void export_wipe(struct export *x); /* the bar */

/* Each writes all of it. 0, or -errno and e. */
int export_parquet(struct export *x, struct err *e);
int export_lines(struct export *x, struct err *e);

#endif
