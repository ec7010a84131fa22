#include "store/head.h"

#include <errno.h>

#include "base/mem.h"
#include "codec/crc32c.h"
#include "codec/varint.h"

enum { VERSION = 1, FLAG_FOREIGN = 1, FLAG_FIXTURE = 2, FLAG_UNTIL = 4, NAME_MAX_BYTES = 256 };

static const char magic[8] = {'\x89', 's', 'o', 'n', 'd', 'e', '\r', '\n'};

bool
head_same_boot(const struct head *a, const struct head *b)
{
	static const uint8_t unknown[BOOT_ID];

	return memcmp(a->boot_id, b->boot_id, BOOT_ID) == 0 ||
	       memcmp(a->boot_id, unknown, BOOT_ID) == 0 ||
	       memcmp(b->boot_id, unknown, BOOT_ID) == 0;
}

void
head_release(struct head *h)
{
	free(h->host);
	free(h->release);
	free(h->version);
	free(h->until);
	layout_unref(h->layout);
	*h = (struct head){0};
}

static uint32_t
sum(const char *head, size_t len)
{
	return crc32c(crc32c(0, head + 8, 8), head + HEAD_FIXED, len - HEAD_FIXED);
}

void
head_put(const struct head *h, struct buf *b)
{
	const char *const names[] = {h->host, h->release, h->version};
	size_t begun = b->len;
	char *p;

	buf_put(b, magic, sizeof magic);
	le_put(b, VERSION, 4);
	le_put(b, 0, 4);
	le_put(b, 0, 4);
	buf_put(b, h->boot_id, BOOT_ID);
	le_put(b, (uint64_t)h->wall_ns, 8);
	le_put(b, (uint64_t)h->mono_ns, 8);
	varint_put(b, (h->foreign ? FLAG_FOREIGN : 0u) | (h->fixture ? FLAG_FIXTURE : 0u) |
			      (h->until ? FLAG_UNTIL : 0u));
	varint_put(b, h->clk_tck);
	varint_put(b, h->page_size);
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		text_put(b, names[i], strnlen(names[i], NAME_MAX_BYTES));
	layout_put(h->layout, b);
	if (h->until)
		text_put(b, h->until, strnlen(h->until, NAME_MAX_BYTES));
	p = b->data + begun;
	le_write(p + 12, b->len - begun - HEAD_FIXED, 4);
	le_write(p + 16, sum(p, b->len - begun), 4);
}

int64_t
head_size(struct span fixed, uint32_t *ret_version)
{
	uint64_t size;

	if (span_len(fixed) < HEAD_FIXED || memcmp(fixed.p, magic, sizeof magic) != 0)
		return -EBADMSG;
	*ret_version = (uint32_t)le_read(fixed.p + 8, 4);
	if (*ret_version != VERSION)
		return -ENOTSUP;
	size = le_read(fixed.p + 12, 4) + HEAD_FIXED;
	return size > HEAD_MAX ? -EBADMSG : (int64_t)size;
}

static bool
get_name(struct span *in, char **ret)
{
	struct span s;

	if (!text_get(in, &s) || span_len(s) > NAME_MAX_BYTES)
		return false;
	*ret = xcalloc(1, span_len(s) + 1);
	memcpy(*ret, s.p, span_len(s));
	return true;
}

int
head_parse(struct span bytes, struct head *ret)
{
	struct head h = {0};
	struct span in = bytes;
	uint64_t wall, mono, flags;

	if (span_len(bytes) < HEAD_FIXED ||
	    le_read(bytes.p + 16, 4) != sum(bytes.p, span_len(bytes)))
		return -EBADMSG;
	in.p += HEAD_FIXED;
	if (span_len(in) < BOOT_ID)
		return -EBADMSG;
	memcpy(h.boot_id, in.p, BOOT_ID);
	in.p += BOOT_ID;
	if (!le_get(&in, 8, &wall) || !le_get(&in, 8, &mono) || !varint_get(&in, &flags) ||
	    !varint_get(&in, &h.clk_tck) || !varint_get(&in, &h.page_size) ||
	    !get_name(&in, &h.host) || !get_name(&in, &h.release) || !get_name(&in, &h.version) ||
	    layout_parse(&in, &h.layout) < 0 ||
	    (flags & FLAG_UNTIL && !get_name(&in, &h.until))) {
		head_release(&h);
		return -EBADMSG;
	}
	h.wall_ns = (int64_t)wall;
	h.mono_ns = (int64_t)mono;
	h.foreign = flags & FLAG_FOREIGN;
	h.fixture = flags & FLAG_FIXTURE;
	*ret = h;
	return 0;
}
