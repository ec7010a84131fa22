#ifndef SINK_JSON_H
#define SINK_JSON_H

/* json: frames as JSON (RFC 8259), one object a line:
 *
 *   {"meta":{"host":"db1","time":"2024-11-03T14:05:31.250Z","mono_ns":N,"interval_ns":N,"seq":N,
 *    "version":"0.1.0"},"tables":{"proc":[{"pid":1,...},...],"memory":[{...}]}}
 *
 * Every table is an array of objects, those with one row too. The type of a field's value is that
 * of the field and never depends on the value; null is absent (also: not a finite number). Names
 * are any bytes: what is no UTF-8 becomes U+FFFD, what does not show is escaped, so that the text
 * is valid and harmless to a terminal.
 */
#include "sink/select.h"

/* Appends the object and a newline. Each table at most once. */
void json_frame(struct buf *b, const struct frame *f, const struct sink_select *select,
		size_t nselect);
/* The same in little memory: after a row that made b JSON_PIECE long or longer it is given to
 * full(), which takes what is there and clears b, and ends it all by returning less than 0, which
 * is returned. The last piece stays in b. */
enum { JSON_PIECE = 1 << 16 };
typedef int json_full(void *arg, struct buf *b);
int json_frame_pieces(struct buf *b, const struct frame *f, const struct sink_select *select,
		      size_t nselect, json_full *full, void *arg);

/* An object a row instead, each with the time, the host and the table it is of, for pipes:
 *
 *   {"time":"2024-11-03T14:05:31.250Z","host":"db1","table":"proc","pid":1,...}
 */
void jsonl_frame(struct buf *b, const struct frame *f, const struct sink_select *select,
		 size_t nselect);

/* For other JSON that the program writes: a quoted string; the text up to its NUL, null for NULL.
 */
void json_string(struct buf *b, const char *s, size_t n);
void json_text(struct buf *b, const char *s);
/* `"name":`, with a comma before it unless it is the first in its object. */
void json_key(struct buf *b, const char *name);

#endif
