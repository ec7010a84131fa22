#include "parquet/encode.h"

#include <string.h>

#include "base/mem.h"
#include "codec/varint.h"

void
bits_pack(struct buf *b, const uint64_t *v, unsigned n, unsigned width)
{
	uint64_t word = 0;
	unsigned used = 0;
	char *p, *begin;

	if (!width)
		return;
	p = begin = buf_reserve(b, (size_t)n * width / 8 + 8);
	for (unsigned i = 0; i < n; i++) {
		word |= v[i] << used;
		used += width;
		if (used < 64)
			continue;
		for (unsigned k = 0; k < 8; k++)
			*p++ = (char)(word >> 8 * k);
		used -= 64;
		word = used ? v[i] >> (width - used) : 0;
	}
	for (; used; used -= 8, word >>= 8)
		*p++ = (char)word;
	*p = '\0';
	b->len += (size_t)(p - begin);
}

static void
pack_group(struct rle *r)
{
	uint64_t v[8];

	for (unsigned i = 0; i < 8; i++)
		v[i] = i < r->in_group ? r->group[i] : 0;
	bits_pack(&r->packed, v, 8, r->width);
	r->in_group = 0;
}

static void
end_groups(struct rle *r)
{
	if (!r->packed.len)
		return;
	varint_put(&r->out, r->packed.len / r->width << 1 | 1);
	buf_put(&r->out, r->packed.data, r->packed.len);
	buf_clear(&r->packed);
}

static void
end_run(struct rle *r)
{
	if (!r->run)
		return;
	varint_put(&r->out, r->run << 1);
	le_put(&r->out, r->value, (r->width + 7) / 8);
	r->run = 0;
}

/* One value is all there is when it takes no bits. */
void
rle_put(struct rle *r, uint32_t v, uint64_t n)
{
	if (r->run) {
		if (v == r->value || !r->width) {
			r->run += n;
			return;
		}
		end_run(r);
	}
	for (; r->in_group && n; n--) {
		r->group[r->in_group++] = v;
		if (r->in_group == 8)
			pack_group(r);
	}
	if (n >= 8 || (n && !r->width)) {
		end_groups(r);
		r->value = v;
		r->run = n;
		return;
	}
	while (n--)
		r->group[r->in_group++] = v;
}

void
rle_end(struct rle *r, struct buf *b)
{
	if (r->in_group)
		pack_group(r);
	end_groups(r);
	end_run(r);
	buf_put(b, r->out.data, r->out.len);
	buf_clear(&r->out);
}

void
rle_release(struct rle *r)
{
	buf_release(&r->out);
	buf_release(&r->packed);
	*r = (struct rle){0};
}

/* The block: the least difference, the widths of its parts, and each part's differences to that
 * one in so many bits. Of a last block that is not full the parts without anything are left out. */
static void
put_block(struct delta *d)
{
	uint64_t least = d->difference[0];
	unsigned parts = (d->n + DELTA_MINI - 1) / DELTA_MINI, width[DELTA_MINIS] = {0};

	if (!d->any) {
		buf_pad(&d->out, '\0', 1 + DELTA_MINIS);
		d->n = 0;
		return;
	}
	for (unsigned i = 1; i < d->n; i++)
		if ((int64_t)d->difference[i] < (int64_t)least)
			least = d->difference[i];
	for (unsigned i = 0; i < d->n; i++)
		d->difference[i] -= least;
	memset(d->difference + d->n, 0, (DELTA_BLOCK - d->n) * sizeof *d->difference);
	zigzag_put(&d->out, least);
	for (unsigned k = 0; k < DELTA_MINIS; k++) {
		uint64_t all = 0;

		for (unsigned i = 0; i < DELTA_MINI; i++)
			all |= d->difference[k * DELTA_MINI + i];
		width[k] = bits_needed(all);
		buf_putc(&d->out, (char)width[k]);
	}
	for (unsigned k = 0; k < parts; k++)
		bits_pack(&d->out, d->difference + k * DELTA_MINI, DELTA_MINI, width[k]);
	d->n = 0;
	d->any = 0;
}

static void
put_difference(struct delta *d, uint64_t difference)
{
	d->difference[d->n++] = difference;
	d->any |= difference;
	if (d->n == DELTA_BLOCK)
		put_block(d);
}

void
delta_put(struct delta *d, uint64_t v, uint64_t n)
{
	if (!n)
		return;
	if (!d->count)
		d->first = v;
	else
		put_difference(d, v - d->last);
	d->last = v;
	d->count += n--;
	while (n) {
		unsigned zeros = (unsigned)MIN(n, (uint64_t)(DELTA_BLOCK - d->n));

		memset(d->difference + d->n, 0, zeros * sizeof *d->difference);
		d->n += zeros;
		n -= zeros;
		if (d->n == DELTA_BLOCK)
			put_block(d);
	}
}

void
delta_end(struct delta *d, struct buf *b)
{
	if (d->n)
		put_block(d);
	varint_put(b, DELTA_BLOCK);
	varint_put(b, DELTA_MINIS);
	varint_put(b, d->count);
	zigzag_put(b, d->first);
	buf_put(b, d->out.data, d->out.len);
	buf_clear(&d->out);
	d->first = d->last = d->count = 0;
}

void
delta_release(struct delta *d)
{
	buf_release(&d->out);
	*d = (struct delta){0};
}
