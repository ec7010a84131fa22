#ifndef SINK_OPENMETRICS_H
#define SINK_OPENMETRICS_H

/* openmetrics: frames for scrapers, as OpenMetrics 1.0 says, or in the text format 0.0.4 of
 * Prometheus, which is older:
 *
 *   # TYPE sonde_disk_read_bytes counter
 *   # UNIT sonde_disk_read_bytes bytes
 *   # HELP sonde_disk_read_bytes Bytes read since boot.
 *   sonde_disk_read_bytes_total{name="vda",device="254:0"} 24183808
 *   # EOF
 *
 * A family is a field: sonde_TABLE_FIELD in base units. Times and moments are seconds, bytes and
 * ratios are in the name where they are not already, "_count" is left out, truths are 0 and 1. The
 * labels are the row's tags (sink/series.h). Other texts of the machine's tables (the kernel's
 * release, the state of a link) are labels of sonde_TABLE_info; of processes there are none but
 * the tags, and numbers that are no measure (ids) are no families. Rates, and shares that come from
 * counters, are left out where their counter is selected: who scrapes derives them. So is the row
 * of all CPUs where they have their own. What is absent has no sample, what has no sample no
 * family.
 */
#include "sink/select.h"

/* Appends the families of each table, once. with_time: each sample says when it was taken. */
void openmetrics_frame(struct buf *b, const struct frame *f, const struct sink_select *select,
		       size_t nselect, bool with_time);
void openmetrics_end(struct buf *b); /* "# EOF": what is cut off is known */

/* The text format 0.0.4: families have the names of their samples, no unit and no end. */
void prometheus_frame(struct buf *b, const struct frame *f, const struct sink_select *select,
		      size_t nselect);

#define OPENMETRICS_TYPE "application/openmetrics-text; version=1.0.0; charset=utf-8"
#define PROMETHEUS_TYPE  "text/plain; version=0.0.4; charset=utf-8"

#endif
