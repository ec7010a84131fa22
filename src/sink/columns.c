#include "sink/columns.h"

#include <limits.h>
#include <string.h>

#include "base/mem.h"
#include "sink/clean.h"

void
columns_release(struct columns *c)
{
	buf_release(&c->text);
	free(c->cell);
	free(c->width);
	free(c->left);
	*c = (struct columns){0};
}

void
columns_cell(struct columns *c, const char *s)
{
	unsigned column = (unsigned)(c->ncells % c->n);
	int w = clean_text(&c->text, s, strlen(s), INT_MAX);

	GROW(c->cell, c->cells_cap, c->ncells + 1);
	c->cell[c->ncells++] = (struct column_cell){c->text.len, w};
	c->width[column] = MAX(c->width[column], w);
}

/* The headings are the first line of cells: a column is added before any other cell. */
void
columns_add(struct columns *c, const char *head, bool left)
{
	GROW(c->width, c->width_cap, c->n + 1);
	GROW(c->left, c->left_cap, c->n + 1);
	c->width[c->n] = 0;
	c->left[c->n++] = left;
	columns_cell(c, head);
}

static void
put_line(struct columns *c, struct buf *b, size_t first, int max)
{
	size_t begin = b->len;
	int used = 0;

	for (unsigned i = 0; i < c->n; i++) {
		const struct column_cell *cell = &c->cell[first + i];
		size_t from = first + i ? cell[-1].end : 0;
		int gap = i ? 1 : 0, pad = c->width[i] - cell->width;

		gap = MIN(gap + (c->left[i] ? 0 : pad), max - used);
		buf_pad(b, ' ', (size_t)gap);
		used += gap;
		used += clean_text(b, c->text.data + from, cell->end - from, max - used);
		if (c->left[i]) {
			pad = MIN(pad, max - used);
			buf_pad(b, ' ', (size_t)pad);
			used += pad;
		}
	}
	while (b->len > begin && b->data[b->len - 1] == ' ')
		b->len--;
	buf_putc(b, '\n');
}

void
columns_flush(struct columns *c, struct buf *b, int max)
{
	for (size_t first = 0; c->n && first + c->n <= c->ncells; first += c->n)
		put_line(c, b, first, max ? max : INT_MAX);
	buf_clear(&c->text);
	c->ncells = 0;
}

void
columns_put(struct columns *c, struct buf *b, int max)
{
	columns_flush(c, b, max);
	c->n = 0;
}
