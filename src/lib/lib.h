#ifndef LIB_LIB_H
#define LIB_LIB_H

/* lib: libsonde, the functions of sonde/sonde.h over feeds, recordings, frames, filters and sinks.
 * This is what its files share.
 */
#include <stdatomic.h>

#include "base/err.h"
#include "feed/feed.h"
#include "sonde/sonde.h"

/* The columns of a table that were wanted, in that order. */
struct lib_columns {
	uint8_t field[FIELDS_MAX];
	unsigned n;
};

struct lib_want {
	struct lib_columns table[TABLE_COUNT];
	struct field_set has[TABLE_COUNT]; /* with what these are derived from */
};

struct sonde_frame {
	struct sonde_snapshot shot;
	const struct frame *frame;
	const struct lib_want *want; /* in the same block as this */
	atomic_uint refs;
};

/* An absent cell has whatever was in its memory before: a pointer to nowhere perhaps, which a
 * caller who forgets to ask for its validity would follow. Once, before anybody else has the frame.
 */
void lib_clear_absent(const struct frame *f);
/* Takes the frame. */
struct sonde_frame *lib_frame_new(const struct frame *f, const struct lib_want *want,
				  uint64_t skipped);

const struct sonde_schema *lib_schema(enum table_id t);

/* error: the result. e may be NULL; what does not show in the text becomes '?'. */
int lib_fail(struct sonde_error *e, enum sonde_code code, const struct err *why);
int lib_failf(struct sonde_error *e, enum sonde_code code, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
int lib_null(struct sonde_error *e, const char *what); /* a pointer that must not be NULL */
/* enum table_id, or SONDE_E_FIELD. */
int lib_table(const char *name, struct sonde_error *e);

#endif
