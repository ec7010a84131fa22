#ifndef SINK_DIFF_H
#define SINK_DIFF_H

/* diff: what differs between two frames (frame/diff.h), in text for people, and as JSON:
 *
 *   {"a":{"host":"db1","time":"2024-11-03T14:05:31.250Z","mono_ns":N},"b":{...},
 *    "same_boot":true,"span_ns":N,"events":["eth0: link down",...],
 *    "processes_a":N,"processes_b":N,
 *    "proc":[{"change":"new","pid":N,"count_a":N,"count_b":N,"name":"x","user":"x","command":"x",
 *             "cgroup":"x","cpu_ns":N,"cpu_ratio":N,"resident_bytes":N,
 *             "resident_change_bytes":N,"read_bytes":N,"read_bytes_per_second":N,
 *             "write_bytes":N,"write_bytes_per_second":N},...],
 *    "counters":[{"table":"net","row":"eth0","field":"receive_bytes_total","a":N,"b":N,
 *                 "change":N,"per_second":N},...],
 *    "gauges":[{"table":"memory","row":null,"field":"used_bytes","a":N,"b":N,"change":N},...]}
 *
 * null is what is not known, or not said of these two: what was used (cpu_ns, read_bytes) of one
 * boot, rates (cpu_ratio, read_bytes_per_second) of two. change is "new", "gone" or "changed".
 */
#include "frame/diff.h"
#include "sink/columns.h"

/* At most `rows` of each list (0: all), lines cut at `max` columns (0: never). c is scratch. */
void diff_put_text(struct buf *b, struct columns *c, const struct diff *d, size_t rows, int max);
/* One line. */
void diff_put_json(struct buf *b, const struct diff *d);

#endif
