#ifndef STORE_RING_H
#define STORE_RING_H

/* ring: what a live session remembers: every frame it sampled, as the records of store/FORMAT, in
 * memory. When it is full the oldest group of samples goes. One thread adds, another one looks.
 */
#include "feed/feed.h"
#include "feed/past.h"

struct ring;
struct ring *ring_new(size_t max_bytes, int64_t max_age_ns);
void ring_free(struct ring *r); /* NULL is fine; nobody looks or adds any more */

void ring_add(struct ring *r, const struct frame *f);
struct past *ring_past(struct ring *r); /* the ring's own: not to be freed */
size_t ring_bytes(struct ring *r);      /* held now */

/* A feed that adds every frame of another one, which it takes. The ring must outlive it. */
struct feed *ring_feed_new(struct ring *r, struct feed *of);

#endif
