#ifndef STORE_PRUNE_H
#define STORE_PRUNE_H

/* prune: the oldest segments of a directory go when they are too many or too old. */
#include <stddef.h>
#include <stdint.h>

/* The names of the segments there, oldest first; the caller frees each, and the list. 0 or
 * -errno. */
int segments_list(int dir, char ***ret_name, size_t *ret_n);

/* Limits of 0 are none. The newest segment always stays, and what is not a file of our own. */
void prune(int dir, uint64_t max_bytes, int64_t max_age_ns);

#endif
