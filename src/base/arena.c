#include "base/arena.h"

#include <stdint.h>
#include <string.h>

#include "base/mem.h"

enum { CHUNK_MIN = 16 * 1024, ALIGN = 16 };

struct arena_chunk {
	struct arena_chunk *next;
	size_t size;
	_Alignas(ALIGN) unsigned char data[];
};

void
arena_release(struct arena *a)
{
	struct arena_chunk *c = a->first, *next;

	for (; c; c = next) {
		next = c->next;
		free(c);
	}
	*a = (struct arena){0};
}

void
arena_reset(struct arena *a)
{
	a->cur = a->first;
	a->used = 0;
}

/* A chunk that is too small for the piece is stepped over; it is used again after a reset. */
static void
next_chunk(struct arena *a, size_t size)
{
	struct arena_chunk *c = a->cur ? a->cur->next : a->first;
	size_t want = CHUNK_MIN;

	while (c && c->size < size) {
		a->cur = c;
		c = c->next;
	}
	if (!c) {
		if (a->cur)
			want = MIN(a->cur->size * 2, (size_t)1 << 20);
		want = MAX(want, size);
		c = xmalloc(sizeof *c + want);
		c->next = NULL;
		c->size = want;
		if (a->cur)
			a->cur->next = c;
		else
			a->first = c;
	}
	a->cur = c;
	a->used = 0;
}

void *
arena_alloc(struct arena *a, size_t size)
{
	void *p;

	size = (size + ALIGN - 1) & ~(size_t)(ALIGN - 1);
	if (!a->cur || a->cur->size - a->used < size)
		next_chunk(a, size);
	p = a->cur->data + a->used;
	a->used += size;
	return p;
}

void *
arena_zalloc(struct arena *a, size_t n, size_t size)
{
	size_t bytes = 0;

	if (__builtin_mul_overflow(n, size, &bytes))
		bytes = SIZE_MAX / 2; /* ends the program in xmalloc */
	return memset(arena_alloc(a, bytes), 0, bytes);
}

char *
arena_strndup(struct arena *a, const char *s, size_t n)
{
	char *p = arena_alloc(a, n + 1);

	memcpy(p, s, n);
	p[n] = '\0';
	return p;
}

size_t
arena_bytes(const struct arena *a)
{
	size_t n = 0;

	for (const struct arena_chunk *c = a->first; c; c = c->next)
		n += sizeof *c + c->size;
	return n;
}
