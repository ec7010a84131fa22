#include "base/strpool.h"

#include <stdatomic.h>
#include <string.h>

#include "base/hash.h"
#include "base/mem.h"

enum { CHUNK = 16 * 1024 };

struct chunk {
	struct chunk *next;
	size_t used, size;
	char data[];
};

struct strpool {
	atomic_uint refs;
	struct chunk *chunk;
	size_t bytes;
	struct index ix; /* of interned ones */
	const char **interned;
	size_t ninterned, cap;
};

struct strpool *
strpool_new(void)
{
	struct strpool *p = xcalloc(1, sizeof *p);

	atomic_init(&p->refs, 1);
	return p;
}

struct strpool *
strpool_ref(struct strpool *p)
{
	atomic_fetch_add_explicit(&p->refs, 1, memory_order_relaxed);
	return p;
}

void
strpool_unref(struct strpool *p)
{
	struct chunk *next;

	if (!p || atomic_fetch_sub_explicit(&p->refs, 1, memory_order_acq_rel) != 1)
		return;
	for (struct chunk *c = p->chunk; c; c = next) {
		next = c->next;
		free(c);
	}
	index_release(&p->ix);
	free(p->interned);
	free(p);
}

const char *
strpool_add(struct strpool *p, const char *s, size_t n)
{
	struct chunk *c = p->chunk;
	char *to;

	if (!c || c->size - c->used <= n) {
		size_t size = MAX((size_t)CHUNK - sizeof *c, n + 1);

		c = xmalloc(sizeof *c + size);
		*c = (struct chunk){.size = size};
		/* A piece with a chunk of its own goes behind, so that the open one is filled. */
		if (p->chunk && n >= CHUNK / 4) {
			c->next = p->chunk->next;
			p->chunk->next = c;
		} else {
			c->next = p->chunk;
			p->chunk = c;
		}
		p->bytes += sizeof *c + size;
	}
	to = c->data + c->used;
	memcpy(to, s, n);
	to[n] = '\0';
	c->used += n + 1;
	return to;
}

static void
reindex(struct strpool *p)
{
	index_reset(&p->ix, p->cap);
	for (size_t i = 0; i < p->ninterned; i++)
		index_add(&p->ix, hash_bytes(p->interned[i], strlen(p->interned[i])), (uint32_t)i);
}

const char *
strpool_intern(struct strpool *p, const char *s, size_t n)
{
	uint64_t h, pos;
	uint32_t row;

	n = strnlen(s, n);
	pos = h = hash_bytes(s, n);
	while ((row = index_probe(&p->ix, &pos)) != UINT32_MAX)
		if (strncmp(p->interned[row], s, n) == 0 && p->interned[row][n] == '\0')
			return p->interned[row];
	if (p->ninterned == p->cap) {
		GROW(p->interned, p->cap, p->ninterned + 1);
		reindex(p);
	}
	p->interned[p->ninterned] = strpool_add(p, s, n);
	index_add(&p->ix, h, (uint32_t)p->ninterned);
	return p->interned[p->ninterned++];
}

size_t
strpool_bytes(const struct strpool *p)
{
	return p->bytes;
}
