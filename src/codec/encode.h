#ifndef CODEC_ENCODE_H
#define CODEC_ENCODE_H

/* encode: frames to samples, as store/FORMAT says: a whole one, then what changed since. Speaks of
 * fields by the places of layout_own(). Steady state allocates nothing.
 */
#include "codec/layout.h"
#include "codec/pack.h"
#include "frame/frame.h"

struct encoder;
struct encoder *encoder_new(void);
void encoder_free(struct encoder *e); /* NULL is fine */
/* Samples that are smaller are left as they are: packing has a price of its own, and memory is
 * cheaper than a disk. 0 when nothing is said. */
void encoder_pack_from(struct encoder *e, size_t bytes);

/* Appends the sample, packed, to b. *key: to begin a group with it; set when one had to be begun
 * anyway (the first sample, or strings that live elsewhere now). Keeps a reference on f until the
 * next one. */
enum packing encoder_put(struct encoder *e, const struct frame *f, bool *key, struct buf *b);

/* Lets go of what it holds; the next sample begins a group. */
void encoder_reset(struct encoder *e);

#endif
