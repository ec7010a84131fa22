#ifndef SINK_TABLE_H
#define SINK_TABLE_H

/* table: a table for people, in text: headings, numbers as on the screen, "-" for absent cells,
 * "~" for those that could not be read in time, '?' for each character or byte of a name that does
 * not show.
 */
#include "sink/columns.h"
#include "sink/select.h"

/* Lines are cut at max columns; 0: never. c is scratch. */
void table_frame(struct buf *b, struct columns *c, const struct frame *f,
		 const struct sink_select *sel, int max);

#endif
