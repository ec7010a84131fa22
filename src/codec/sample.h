#ifndef CODEC_SAMPLE_H
#define CODEC_SAMPLE_H

/* sample: what encoder and decoder share of store/FORMAT's "SAMPLE". */
#include "codec/varint.h"

enum { META_FOREIGN = 1, META_THREADS = 2, META_FIXTURE = 4 };

enum column_flags {
	COLUMN_NEW = 1,
	COLUMN_GONE = 2,
	COLUMN_SHIFT = 4,
	COLUMN_VALIDITY = 8,
	COLUMN_VALUES = 16,
	COLUMN_LATE = 32,
};

/* A list that is being written: rows rise. Empty lists are not written at all. */
struct list {
	struct buf b;
	uint32_t next; /* the row after the last */
};

static inline void
list_clear(struct list *l)
{
	buf_clear(&l->b);
	l->next = 0;
}

static inline void
list_mark(struct list *l, uint32_t row)
{
	varint_put(&l->b, row - l->next + 1);
	l->next = row + 1;
}

static inline void
list_add(struct list *l, uint32_t row, uint64_t value)
{
	char *to = buf_reserve(&l->b, 2 * VARINT_MAX), *end = to;

	end += varint_write(end, row - l->next + 1);
	end += varint_write(end, value);
	*end = '\0';
	l->b.len += (size_t)(end - to);
	l->next = row + 1;
}

static inline void
list_end(struct list *l, struct buf *to)
{
	if (!l->b.len)
		return;
	buf_put(to, l->b.data, l->b.len);
	varint_put(to, 0);
}

#endif
