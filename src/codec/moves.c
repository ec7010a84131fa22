#include "codec/moves.h"

#include <string.h>

#include "base/mem.h"
#include "codec/bits.h"

void
moves_release(struct moves *m)
{
	free(m->gone);
	free(m->come);
	free(m->move);
	*m = (struct moves){0};
}

static void
add(struct moves *m, uint32_t to, uint32_t from, uint32_t n)
{
	if (!n || to == from)
		return;
	GROW(m->move, m->cap, m->n + 1);
	m->move[m->n++] = (struct move){to, from, n};
}

void
moves_find(struct moves *m, uint32_t before, uint32_t after)
{
	uint32_t kept = m->ngone ? m->gone[0] : before, end = after;

	m->n = 0;
	for (size_t g = 0; g < m->ngone; g++) {
		uint32_t from = m->gone[g] + 1;
		uint32_t n = (g + 1 < m->ngone ? m->gone[g + 1] : before) - from;

		add(m, kept, from, n);
		kept += n;
	}
	for (size_t g = m->ncome; g > 0; g--) {
		uint32_t to = m->come[g - 1] + 1, n = end - to;

		kept -= n;
		add(m, to, kept, n);
		end = to - 1;
	}
}

void
moves_cells(const struct moves *m, void *cells, size_t size)
{
	for (size_t i = 0; i < m->n; i++) {
		struct move v = m->move[i];

		memmove((char *)cells + v.to * size, (char *)cells + v.from * size, v.n * size);
	}
}

void
moves_bits(const struct moves *m, uint64_t *bits)
{
	for (size_t i = 0; i < m->n; i++) {
		struct move v = m->move[i];

		for (uint32_t done = 0, n; done < v.n; done += n) {
			uint32_t at;

			n = MIN(v.n - done, 64u);
			at = v.to < v.from ? done : v.n - done - n; /* as memmove() does */
			put_bits(bits, v.to + at, n, bits_at(bits, v.from + at, n));
		}
	}
}
