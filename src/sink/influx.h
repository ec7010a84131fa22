#ifndef SINK_INFLUX_H
#define SINK_INFLUX_H

/* influx: frames in the line protocol of InfluxDB, a line a row:
 *
 *   sonde_disk,host=db1,name=vda reads_total=12i,busy_ratio=0.25 1730642731250000000
 *
 * The measurement is sonde_TABLE; tags are the host and those of the row (sink/series.h), fields
 * the rest of what is selected, under their own names and in their own units. Integers end in i
 * (what is above 2^63 - 1 is left out), numbers with a point are floats, truths t and f, texts
 * quoted. The moment is in nanoseconds. What is absent is not there, and a row without any field
 * is no line.
 */
#include "sink/select.h"

/* Each table at most once. */
void influx_frame(struct buf *b, const struct frame *f, const struct sink_select *select,
		  size_t nselect);

#endif
