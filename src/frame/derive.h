#ifndef FRAME_DERIVE_H
#define FRAME_DERIVE_H

/* derive: fills the derived columns (rates and shares) of cur from its own raw columns and those of
 * the frame before. A pure function; rows are matched by key, so a reused pid gives no rate. A
 * counter that went back, a row that is new, an interval of nothing or a frame without the column
 * leave the cell absent. prev may be NULL.
 */
#include "frame/frame.h"

void frame_derive(struct frame *cur, const struct frame *prev);

/* Does it grow from one sample to the next? It is absent in the first one then. */
bool field_needs_two(const struct field *f);

/* Adds to each set what its derived fields are computed from. */
void field_sets_close(struct field_set want[TABLE_COUNT]);

#endif
