#include "codec/pack.h"

#include <errno.h>
#include <zstd.h>

#include "base/mem.h"

/* Level 1: a higher one makes a sample a hundredth smaller and takes a quarter longer. */
enum { LEVEL = 1 };

/* A sample that was much larger than those that follow does not keep its room for good. */
enum { ROOM_KEPT = 4 << 20 };

/* What zstd says in one block, and the bytes such a block takes at least. */
enum { BLOCK_MAX = 128 << 10, BLOCK_LEAST = 4 };

struct packer {
	ZSTD_CCtx *z;
};

struct unpacker {
	ZSTD_DCtx *z;
	struct buf out;
};

struct packer *
packer_new(void)
{
	struct packer *p = xcalloc(1, sizeof *p);

	p->z = ZSTD_createCCtx();
	return p;
}

void
packer_free(struct packer *p)
{
	if (!p)
		return;
	ZSTD_freeCCtx(p->z);
	free(p);
}

enum packing
pack(struct packer *p, const void *bytes, size_t n, struct buf *b)
{
	size_t bound = ZSTD_compressBound(n), got;

	if (p->z) {
		char *to = buf_reserve(b, bound);

		got = ZSTD_compressCCtx(p->z, to, bound, bytes, n, LEVEL);
		if (!ZSTD_isError(got) && got < n) {
			b->len += got;
			b->data[b->len] = '\0';
			return PACKING_ZSTD;
		}
	}
	buf_put(b, bytes, n);
	return PACKING_NONE;
}

struct unpacker *
unpacker_new(void)
{
	struct unpacker *u = xcalloc(1, sizeof *u);

	u->z = ZSTD_createDCtx();
	return u;
}

void
unpacker_free(struct unpacker *u)
{
	if (!u)
		return;
	ZSTD_freeDCtx(u->z);
	buf_release(&u->out);
	free(u);
}

int
unpack(struct unpacker *u, uint8_t packing, struct span bytes, struct span *ret)
{
	unsigned long long size;
	size_t got;

	if (packing == PACKING_NONE) {
		*ret = bytes;
		return span_len(bytes) > UNPACKED_MAX ? -EBADMSG : 0;
	}
	if (packing != PACKING_ZSTD || !u->z)
		return -EBADMSG;
	size = ZSTD_getFrameContentSize(bytes.p, span_len(bytes));
	/* Also when it is not said, or is no frame; or is more than the bytes can hold. */
	if (size > UNPACKED_MAX || size / BLOCK_MAX > span_len(bytes) / BLOCK_LEAST)
		return -EBADMSG;
	buf_clear(&u->out);
	if (u->out.cap > ROOM_KEPT && size < u->out.cap / 4)
		buf_release(&u->out);
	got = ZSTD_decompressDCtx(u->z, buf_reserve(&u->out, (size_t)size), (size_t)size, bytes.p,
				  span_len(bytes));
	if (ZSTD_isError(got) || got != size)
		return -EBADMSG;
	u->out.len = got;
	*ret = span_of(u->out.data, got);
	return 0;
}
