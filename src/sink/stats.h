#ifndef SINK_STATS_H
#define SINK_STATS_H

/* stats: distributions (frame/stats.h) in text for people, as CSV, and as JSON:
 *
 *   {"host":"db1","from":"2024-11-03T14:05:31.250Z","to":"...","moments":N,"unreadable":N,
 *    "error":0.01,
 *    "stats":[{"table":"disk","row":"sda","field":"busy_ratio","moments":N,"mean":N,"min":N,
 *              "p50":N,"p90":N,"p99":N,"max":N,"total":N},...]}
 *
 * row is null in tables of one row; numbers are null where nothing was known. total is what was
 * used in all of a rate's counter, in its unit, and null for other fields. CSV has the columns of
 * an entry of "stats".
 */
#include "frame/stats.h"
#include "sink/columns.h"

/* unreadable: moments that are there but could not be read. */
void stats_put_json(struct buf *b, const struct stats *s, uint64_t unreadable);
void stats_put_csv(struct buf *b, const struct stats *s);
/* At most `rows` things of each table (0: all), lines cut at `max` columns (0: never). What was 0
 * all the time is left out unless `zeros`. Programs have a line each when their fields are the
 * usual ones. c is scratch. */
void stats_put_text(struct buf *b, struct columns *c, const struct stats *s, uint64_t unreadable,
		    size_t rows, bool zeros, int max);

#endif
