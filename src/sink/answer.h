#ifndef SINK_ANSWER_H
#define SINK_ANSWER_H

/* answer: lines of columns that nobody knew before, such as those of a question in SQL: a table in
 * text, CSV, or JSON, one object a line. Texts are cleaned as sink/table.h, csv.h and json.h do it;
 * bytes are hexadecimal. NULL is "-" in text, empty in CSV.
 *
 * Numbers are exact in CSV and JSON; in text, fractions have three digits or so. A text table is
 * written in pieces, with columns that only get wider: an answer of any length takes no more memory
 * than some hundred lines.
 */
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

enum answer_type { ANSWER_NULL, ANSWER_INTEGER, ANSWER_REAL, ANSWER_TEXT, ANSWER_BYTES };

struct answer_value {
	enum answer_type type;
	union {
		int64_t i;
		double f;
		const char *s; /* TEXT and BYTES; n of them */
	};
	size_t n;
};

enum answer_format { ANSWER_AS_TABLE, ANSWER_AS_CSV, ANSWER_AS_JSON };

struct answer;
/* Lines of text are cut at max columns; 0: never. write() takes what there is of the buffer, which
 * is empty afterwards: 0, or -errno, which ends it. */
struct answer *answer_new(enum answer_format format, int max,
			  int (*write)(void *arg, const struct buf *b), void *arg);
void answer_free(struct answer *a); /* NULL is fine */

/* First the head, once; of columns of the same name later ones get ":1", ":2". Each 0, or what
 * write() gave. */
int answer_head(struct answer *a, const char *const *name, unsigned n);
int answer_row(struct answer *a, const struct answer_value *value);
int answer_end(struct answer *a);

#endif
