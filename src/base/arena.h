#ifndef BASE_ARENA_H
#define BASE_ARENA_H

/* arena: memory that is given out piece by piece and taken back all at once. Pieces are aligned to
 * 16 bytes and never move. arena_reset() keeps the chunks, so a steady user allocates nothing.
 */
#include <stddef.h>

struct arena_chunk;
struct arena {
	struct arena_chunk *first, *cur;
	size_t used; /* in cur */
};

void arena_release(struct arena *a); /* a zeroed struct is an empty arena */
void arena_reset(struct arena *a);
void *arena_alloc(struct arena *a, size_t size); /* not zeroed */
void *arena_zalloc(struct arena *a, size_t n, size_t size);
char *arena_strndup(struct arena *a, const char *s, size_t n); /* adds a NUL */
size_t arena_bytes(const struct arena *a);                     /* held from malloc */

#endif
