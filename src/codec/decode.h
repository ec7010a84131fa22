#ifndef CODEC_DECODE_H
#define CODEC_DECODE_H

/* decode: samples back to frames. Whatever the bytes are, it never reads outside them and holds at
 * most DECODER_CELLS_MAX cells and DECODER_TEXTS_MAX texts; damage is told and ends the group.
 */
#include "codec/layout.h"
#include "codec/pack.h"
#include "frame/frame.h"

enum {
	DECODER_CELLS_MAX = 1 << 25,
	DECODER_ROWS_MAX = 1 << 22,
	DECODER_TEXTS_MAX = 1 << 22, /* in a group */
};

struct decoder;
struct decoder *decoder_new(void);
void decoder_free(struct decoder *d); /* NULL is fine */

/* Of the tables' columns, only these are kept from the next key on; derived ones with what they are
 * derived from. All, when nothing is said. */
void decoder_want(struct decoder *d, const struct field_set want[TABLE_COUNT]);

/* Takes the next sample. A key begins anew, with the layout it was written by (a reference is
 * kept); of a delta the one before it must have been taken. 0; -EBADMSG: then
 * only a key can follow. */
int decoder_take(struct decoder *d, struct layout *l, bool key, uint8_t packing,
		 struct span payload);

/* A frame of what was taken last: of the wanted columns those that were kept, and derived ones
 * of which that holds; they are empty until frame_derive(). Times and interval are the caller's.
 * The caller owns the reference. */
struct frame *decoder_frame(struct decoder *d, const struct field_set want[TABLE_COUNT]);

#endif
