#ifndef SINK_CSV_H
#define SINK_CSV_H

/* csv: one table as comma separated values, quoted as RFC 4180 says, lines ending in a newline
 * alone. Absent is empty; true and false are words; numbers are exact. A text that is there but
 * empty is "". Texts are valid UTF-8 on one line: control characters become their pictures
 * (U+2400 on), what else does not show, and what is no UTF-8, becomes U+FFFD.
 */
#include "sink/select.h"

/* with_time: a first column "time" with the moment of the frame, for streams. */
void csv_head(struct buf *b, const struct sink_select *sel, bool with_time);
void csv_frame(struct buf *b, const struct frame *f, const struct sink_select *sel, bool with_time);
/* One text as a value. */
void csv_text(struct buf *b, const char *s);

#endif
