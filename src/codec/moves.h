#ifndef CODEC_MOVES_H
#define CODEC_MOVES_H

/* moves: rows of a table go and come: what that does to the cells of those that stay. Found once,
 * done to every column. */
#include <stddef.h>
#include <stdint.h>

struct move {
	uint32_t to, from, n;
};

struct moves {
	uint32_t *gone, *come; /* rows before and after, rising: the caller fills them */
	size_t gone_cap, come_cap, ngone, ncome;
	struct move *move; /* gaps close from the first row on, then open from the last one on */
	size_t cap, n;
};

void moves_release(struct moves *m);
/* before, after: how many rows there are. */
void moves_find(struct moves *m, uint32_t before, uint32_t after);
/* Both want room for the larger of the two. What comes is not touched. */
void moves_cells(const struct moves *m, void *cells, size_t size);
void moves_bits(const struct moves *m, uint64_t *bits);

#endif
