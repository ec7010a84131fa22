#ifndef SINK_SERIES_H
#define SINK_SERIES_H

/* series: the rows of a table as programs see them that keep every number over time under the
 * labels it has (OpenMetrics, Influx). The labels of a row are its tags (field_is_tag()), as they
 * are in the frame: a plan must have wanted them, written or not. They are bounded, in number by
 * the schema and in length here. No two rows have the same: of those that cannot be told apart any
 * more the first stays.
 */
#include "base/hash.h"
#include "sink/select.h"

enum { SERIES_LABEL_MAX = 200 }; /* characters */

/* Appends one label; the text is not empty. */
typedef void series_label(struct buf *b, const char *name, const char *text);

struct series_row {
	uint32_t row;
	size_t from, len; /* of its labels, in series.text */
};

/* A zeroed struct is empty. */
struct series {
	struct buf text;
	struct series_row *row;
	size_t n, rows_cap;
	struct index seen;
};

void series_release(struct series *s);
/* The selected rows of the table instead of what it held. */
void series_rows(struct series *s, const struct table *t, const struct sink_select *sel,
		 series_label *label);

/* Appends text of at most max characters, the last one "..." (U+2026) when there were more. A
 * character of `escaped` has a backslash before it, and a newline is \n when it is one of them; a
 * backslash that is not, what does not show (sink/clean.h) and what is no UTF-8 becomes U+FFFD. */
void series_text(struct buf *b, const char *text, const char *escaped, unsigned max);

#endif
