#ifndef CODEC_PACK_H
#define CODEC_PACK_H

/* pack: bytes made fewer, by zstd where that helps. */
#include "base/buf.h"
#include "base/num.h"

enum packing { PACKING_NONE, PACKING_ZSTD };
enum { UNPACKED_MAX = 256 << 20 };

struct packer;
struct packer *packer_new(void);
void packer_free(struct packer *p); /* NULL is fine */

/* Appends the bytes to b, packed when that makes them fewer. */
enum packing pack(struct packer *p, const void *bytes, size_t n, struct buf *b);

struct unpacker;
struct unpacker *unpacker_new(void);
void unpacker_free(struct unpacker *u);

/* *ret points at the bytes (packed none) or into the unpacker, until the next call. 0; -EBADMSG for
 * what is damaged, too big, or packed in a way that is not known. */
int unpack(struct unpacker *u, uint8_t packing, struct span bytes, struct span *ret);

#endif
