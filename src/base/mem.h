#ifndef BASE_MEM_H
#define BASE_MEM_H

/* mem: allocation that cannot fail. When memory ends the program ends (exit 71, a sentence on
 * stderr); so a length that came from outside is checked before it comes here. Freed with free().
 */
#include <stddef.h>
#include <stdlib.h>

void *xmalloc(size_t size) __attribute__((malloc, returns_nonnull));
void *xcalloc(size_t n, size_t size) __attribute__((malloc, returns_nonnull));
void *xreallocarray(void *p, size_t n, size_t size);
char *xstrdup(const char *s) __attribute__((malloc, returns_nonnull));

/* Grow *p to hold at least `need` elements; *cap follows (doubling). New room is zeroed. */
void grow_array(void *p, size_t *cap, size_t need, size_t size);
#define GROW(array, cap, need) grow_array(&(array), &(cap), (need), sizeof *(array))

void cleanup_free_fn(void *p);
#define cleanup_free __attribute__((cleanup(cleanup_free_fn)))

#define ARRAY_LEN(a) (sizeof(a) / sizeof *(a))
#define MIN(a, b)    ((a) < (b) ? (a) : (b))
#define MAX(a, b)    ((a) > (b) ? (a) : (b))
#define CLAMP(v, lo, hi) ((v) < (lo) ? (lo) : (v) > (hi) ? (hi) : (v))
#define CMP(a, b)    (((a) > (b)) - ((a) < (b)))

#endif
