#ifndef SYS_PIDMAPS_H
#define SYS_PIDMAPS_H

/* pidmaps: PID/smaps, mappings of the same kind and name added up; and PID/smaps_rollup, where all
 * is one of the kind "total". Any input is taken: numbers that are no number, or do not fit, are
 * left out, and so is a last line that was cut.
 */
#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/hash.h"
#include "base/num.h"

enum pid_map_number { MAP_SIZE, MAP_RSS, MAP_PSS, MAP_OWN, MAP_SWAPPED, MAP_NUMBERS };

struct pid_map {
	const char *kind; /* a literal */
	uint32_t name, name_len; /* in names; "" for what has none */
	uint64_t count;
	uint64_t bytes[MAP_NUMBERS];
	uint8_t have; /* 1 << pid_map_number */
};

enum { PID_MAPS_MAX = 1024 }; /* kinds and names; what comes then is added up as "(others)" */

struct pid_maps { /* zeroed: empty */
	struct pid_map *map;
	size_t n, cap;
	struct buf names;
	struct index ix;
};

void pid_maps_release(struct pid_maps *m);
/* exe: the program's path, to tell it from other files; may be empty. */
void pid_maps_parse(struct pid_maps *m, struct span text, struct span exe);

static inline struct span
pid_map_name(const struct pid_maps *m, const struct pid_map *map)
{
	return span_of(m->names.data + map->name, map->name_len);
}

#endif
