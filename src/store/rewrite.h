#ifndef STORE_REWRITE_H
#define STORE_REWRITE_H

/* rewrite: old segments become thinner ones, so that a year takes little more room than a week.
 *
 * What a boot left on one day (UTC, by the names of the segments) is rewritten together, once the
 * newest of it is old enough, into one segment with the name of the first. That one is complete and
 * on the disk before it takes the name, and the others go after: whenever this ends, all is there,
 * and what is there twice is in segments that the head of the one before says it replaced: readers
 * pass them over and the next pass removes them.
 *
 * Touched are only sealed segments with a name as the writer gives, that are ours, have no other
 * name, and hold nothing that this sonde does not know. Who has one open goes on reading it.
 */
#include <stdbool.h>
#include <stdint.h>

struct segment;

struct rewrite_level {
	int64_t age_ns;   /* of the last write; 0: never */
	int64_t every_ns; /* one sample in so much time stays */
};
enum { REWRITE_LEVELS = 2 };

/* Older levels stand behind younger ones. now_ns by the wall clock. How many segments were written;
 * or -errno of the directory. What cannot be rewritten stays as it is. */
int rewrite(int dir, const struct rewrite_level level[REWRITE_LEVELS], int64_t now_ns);

/* Removes what a pass that was ended left half written. */
void rewrite_clean(int dir);

/* Is the second one, of that name, among those that the first replaced? */
bool segment_replaced(const struct segment *first, const struct segment *second, const char *name);

#endif
