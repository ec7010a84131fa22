/* fuzz_text: names and command lines. Nothing that a terminal obeys reaches the grid, nothing is
 * drawn outside the box, and the width measured is the width drawn. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/utf8.h"
#include "draw/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check(const struct grid *g, int x, int used)
{
	for (int i = 0; i < g->w * g->h; i++) {
		const struct cell *c = &g->cell[i];
		int col = i % g->w;
		if (c->ch == 0 ? col == 0 || utf8_width(c[-1].ch) != 2
			       : c->ch < 0x20 || (c->ch >= 0x7f && c->ch < 0xa0) ||
					 utf8_width(c->ch) == 0)
			abort();
		if ((i / g->w != 1 || col < x || col >= x + used) && c->ch != '#')
			abort();
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct grid g = {0};

	if (size < 3)
		return 0;
	const char *s = (const char *)data + 3;
	size_t n = size - 3;
	int x = data[0] % 40 - 5, w = data[1] % 40, skip = data[2];
	grid_resize(&g, 30, 3);
	grid_fill(&g, 0, 0, 30, 3, '#', STYLE_TEXT);
	int used = text_put_from(&g, x, 1, w, STYLE_TEXT, s, n, skip & 1 ? skip : 0);
	if (used < 0 || used > w)
		abort();
	check(&g, x, used);
	int full = text_width(s, n);
	if (!(skip & 1) && used != (full < w ? full : w))
		abort();
	grid_release(&g);
	return 0;
}
