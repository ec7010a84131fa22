/* fuzz_sample: samples as a recording has them, unpacked, one after the other, with our own layout.
 * Each begins with its length (two bytes, little-endian; the last takes what is there) and a byte
 * that is odd for a key. What can be read is a frame whose texts end, and is the same when it is
 * written and read once more. */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "../unit/random_frame.h"
#include "codec/decode.h"
#include "codec/encode.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check(bool ok)
{
	if (!ok)
		abort();
}

/* Has each row a key of its own, as those of sonde do? Then it can be written. */
static bool
check_frame(const struct frame *f)
{
	bool written = true;

	for (int t = 0; t < TABLE_COUNT; t++) {
		const struct table *table = &f->table[t];

		check(table->nrows <= DECODER_ROWS_MAX);
		for (uint32_t i = 0; i < table->nrows; i++) {
			written &= table_find(table, table->key[i]) == i;
			for (unsigned k = 0; k < schema[t].nfields; k++)
				if (schema[t].field[k].type == TYPE_STR && cell_valid(table, i, k))
					(void)strlen(table->col[k][i].s);
		}
	}
	return written;
}

struct both {
	struct layout *layout;
	struct decoder *decoder, *second;
	struct encoder *encoder;
	struct frame *frame; /* the last that was written */
};

static void
try_sample(struct both *b, bool key, struct span payload)
{
	static struct field_set everything[TABLE_COUNT];
	struct buf bytes = {0};
	struct frame *f, *again;
	enum packing packing;

	memset(everything, 0xff, sizeof everything);
	if (decoder_take(b->decoder, b->layout, key, PACKING_NONE, payload) < 0)
		return;
	f = decoder_frame(b->decoder, everything);
	if (!check_frame(f)) {
		frame_unref(f);
		return;
	}
	frame_derive(f, b->frame);
	packing = encoder_put(b->encoder, f, &key, &bytes);
	check(decoder_take(b->second, b->layout, key, (uint8_t)packing,
			   span_of(bytes.data, bytes.len)) == 0);
	again = decoder_frame(b->second, everything);
	check(!difference_of(f, again));
	frame_unref(again);
	frame_unref(b->frame);
	b->frame = f;
	buf_release(&bytes);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct both b = {layout_own(), decoder_new(), decoder_new(), encoder_new(), NULL};

	while (size >= 3) {
		size_t n = data[0] | (size_t)data[1] << 8;
		bool key = data[2] & 1;

		data += 3;
		size -= 3;
		n = MIN(n, size);
		try_sample(&b, key, span_of((const char *)data, n));
		data += n;
		size -= n;
	}
	frame_unref(b.frame);
	encoder_free(b.encoder);
	decoder_free(b.second);
	decoder_free(b.decoder);
	layout_unref(b.layout);
	return 0;
}
