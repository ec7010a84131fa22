#include "store/footer.h"

#include <errno.h>

#include "base/mem.h"
#include "codec/varint.h"

static const char end_magic[4] = {'s', 'e', 'n', 'd'};

/* Each takes at least this in a footer. */
enum { ENTRY_LEAST = 9 };

void
footer_put(const struct entry *entry, size_t n, uint64_t from, struct packer *p, struct buf *b)
{
	struct record r = {.type = RECORD_FOOTER, .n = (uint32_t)n};
	struct buf plain = {0};
	int64_t wall = 0, mono = 0;
	size_t begun;

	for (size_t i = 0; i < n; i++) {
		const struct entry *e = &entry[i];
		const struct moment *m = &e->moment;

		varint_put(&plain, e->offset - from);
		varint_put(&plain, e->size);
		zigzag_put(&plain, (uint64_t)m->wall_ns - (uint64_t)wall);
		zigzag_put(&plain, (uint64_t)m->mono_ns - (uint64_t)mono);
		varint_put(&plain, e->n);
		buf_putc(&plain, (char)m->cpu);
		buf_putc(&plain, (char)m->memory);
		buf_putc(&plain, (char)m->pressure);
		buf_putc(&plain, (char)m->events);
		from = e->offset + e->size;
		wall = m->wall_ns;
		mono = m->mono_ns;
	}
	r.wall_ns = wall;
	r.mono_ns = mono;
	begun = record_begin(b);
	r.packing = (uint8_t)pack(p, plain.data, plain.len, b);
	record_end(b, begun, &r);
	le_put(b, b->len - begun, 4);
	buf_put(b, end_magic, sizeof end_magic);
	buf_release(&plain);
}

int64_t
footer_size(struct span end_mark)
{
	if (span_len(end_mark) != END_MARK || memcmp(end_mark.p + 4, end_magic, 4) != 0)
		return -EBADMSG;
	return (int64_t)le_read(end_mark.p, 4);
}

static bool
get_entry(struct span *in, const struct entry *before, struct entry *e)
{
	uint64_t gap, size, wall, mono, n;

	if (!varint_get(in, &gap) || !varint_get_max(in, RECORD_PAYLOAD_MAX + RECORD_HEAD, &size) ||
	    !zigzag_get(in, &wall) || !zigzag_get(in, &mono) ||
	    !varint_get_max(in, RECORD_GROUP_MAX - 1, &n) || span_len(*in) < 4 ||
	    size < RECORD_HEAD)
		return false;
	if (ckd_add(&e->offset, before->offset + before->size, gap))
		return false;
	e->size = (uint32_t)size;
	e->n = (uint32_t)n;
	e->moment = (struct moment){
		(int64_t)((uint64_t)before->moment.wall_ns + wall),
		(int64_t)((uint64_t)before->moment.mono_ns + mono),
		(uint8_t)in->p[0], (uint8_t)in->p[1], (uint8_t)in->p[2], (uint8_t)in->p[3],
	};
	in->p += 4;
	return true;
}

int
footer_parse(struct span record, uint64_t from, uint64_t to, struct unpacker *u,
	     struct entry **ret, size_t *ret_n)
{
	struct entry before = {.offset = from}, *entry;
	struct record r;
	struct span in;

	if (record_parse(record, &r) != (int64_t)span_len(record) || r.type != RECORD_FOOTER ||
	    unpack(u, r.packing, r.payload, &in) < 0 || r.n > span_len(in) / ENTRY_LEAST ||
	    r.n > (to - from) / RECORD_HEAD)
		return -EBADMSG;
	entry = xcalloc(MAX(r.n, 1u), sizeof *entry);
	for (uint32_t i = 0; i < r.n; i++) {
		/* A group begins with 0 and goes on by ones: nothing else is in a footer. */
		if (!get_entry(&in, &before, &entry[i]) || entry[i].offset > to ||
		    to - entry[i].offset < entry[i].size ||
		    (entry[i].n && (!i || entry[i].n != before.n + 1))) {
			free(entry);
			return -EBADMSG;
		}
		before = entry[i];
	}
	if (!span_empty(in)) {
		free(entry);
		return -EBADMSG;
	}
	*ret = entry;
	*ret_n = r.n;
	return 0;
}
