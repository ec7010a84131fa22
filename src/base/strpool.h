#ifndef BASE_STRPOOL_H
#define BASE_STRPOOL_H

/* strpool: strings that live together. One thread adds; any thread that holds a reference may read
 * strings it was given, because they never move. Successive frames share a pool; when most of it
 * is dead its owner copies what lives into a new one and lets go, and the last frame frees it.
 */
#include <stddef.h>

struct strpool;

struct strpool *strpool_new(void); /* one reference */
struct strpool *strpool_ref(struct strpool *p);
void strpool_unref(struct strpool *p); /* NULL is fine */
const char *strpool_add(struct strpool *p, const char *s, size_t n); /* NUL terminated copy */
const char *strpool_intern(struct strpool *p, const char *s, size_t n); /* equal strings once */
size_t strpool_bytes(const struct strpool *p);

#endif
