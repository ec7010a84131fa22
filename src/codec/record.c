#include "codec/record.h"

#include <errno.h>

#include "codec/crc32c.h"
#include "codec/varint.h"

enum { SUMMED_FROM = 8 };

size_t
record_begin(struct buf *b)
{
	size_t begun = b->len;

	buf_pad(b, '\0', RECORD_HEAD);
	return begun;
}

void
record_end(struct buf *b, size_t begun, const struct record *r)
{
	char *p = b->data + begun;
	size_t len = b->len - begun;

	memcpy(p, RECORD_MAGIC, 4);
	le_write(p + 8, len - RECORD_HEAD, 4);
	p[12] = (char)r->type;
	p[13] = (char)r->packing;
	p[14] = (char)r->cpu;
	p[15] = (char)r->memory;
	p[16] = (char)r->pressure;
	p[17] = (char)r->events;
	le_write(p + 18, r->group, 2);
	le_write(p + 20, r->n, 4);
	le_write(p + 24, (uint64_t)r->wall_ns, 8);
	le_write(p + 32, (uint64_t)r->mono_ns, 8);
	le_write(p + 4, crc32c(0, p + SUMMED_FROM, len - SUMMED_FROM), 4);
}

int64_t
record_head(struct span bytes, struct record *ret)
{
	const char *p = bytes.p;
	uint64_t size;

	if (span_len(bytes) < RECORD_HEAD || memcmp(p, RECORD_MAGIC, 4) != 0)
		return -EBADMSG;
	size = le_read(p + 8, 4);
	*ret = (struct record){
		.type = (uint8_t)p[12],
		.packing = (uint8_t)p[13],
		.cpu = (uint8_t)p[14],
		.memory = (uint8_t)p[15],
		.pressure = (uint8_t)p[16],
		.events = (uint8_t)p[17],
		.group = (uint16_t)le_read(p + 18, 2),
		.n = (uint32_t)le_read(p + 20, 4),
		.wall_ns = (int64_t)le_read(p + 24, 8),
		.mono_ns = (int64_t)le_read(p + 32, 8),
	};
	if (size > RECORD_PAYLOAD_MAX || (ret->type < RECORD_FOOTER && ret->n >= RECORD_GROUP_MAX))
		return -EBADMSG;
	return (int64_t)size + RECORD_HEAD;
}

int64_t
record_parse(struct span bytes, struct record *ret)
{
	int64_t size = record_head(bytes, ret);

	if (size < 0)
		return size;
	if ((uint64_t)size > span_len(bytes))
		return -EAGAIN;
	if (le_read(bytes.p + 4, 4) !=
	    crc32c(0, bytes.p + SUMMED_FROM, (size_t)size - SUMMED_FROM))
		return -EBADMSG;
	ret->payload = span_of(bytes.p + RECORD_HEAD, (size_t)size - RECORD_HEAD);
	return size;
}
