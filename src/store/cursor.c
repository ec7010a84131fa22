#include "store/cursor.h"

#include <errno.h>
#include <string.h>

#include "base/mem.h"
#include "frame/derive.h"

void
cursor_init(struct cursor *c, int (*find)(void *, uint64_t, struct place *), void *arg)
{
	*c = (struct cursor){.find = find, .arg = arg, .decoder = decoder_new()};
}

void
cursor_release(struct cursor *c)
{
	frame_unref(c->frame);
	decoder_free(c->decoder);
	*c = (struct cursor){0};
}

/* The decoder stands at n then, and *ret is n's record. */
static int
go(struct cursor *c, uint64_t n, struct place *ret)
{
	uint64_t first;
	uint16_t group;
	int r = c->find(c->arg, n, ret);

	if (r < 0)
		return r;
	if (c->there && c->at == n)
		return 0;
	if (ret->record.n > n)
		return -EBADMSG;
	first = n - ret->record.n;
	group = ret->record.group;
	if (!c->there || c->at < first || c->at > n)
		c->at = first - 1;
	c->there = false;
	for (uint64_t i = c->at + 1; i <= n; i++) {
		/* It is found already when it is the next one. */
		r = i == n && c->at + 1 == n ? 0 : c->find(c->arg, i, ret);
		if (r < 0)
			return r;
		if (ret->record.n != i - first || ret->record.group != group ||
		    (i == first) != (ret->record.type == RECORD_KEY))
			return -EBADMSG;
		r = decoder_take(c->decoder, ret->layout, i == first, ret->record.packing,
				 ret->record.payload);
		if (r < 0)
			return r;
	}
	c->there = true;
	c->at = n;
	return 0;
}

static int
make(struct cursor *c, uint64_t n)
{
	struct place p;
	struct frame *f;
	int r = go(c, n, &p);

	if (r < 0)
		return r;
	f = decoder_frame(c->decoder, c->want);
	f->meta.wall_ns = p.record.wall_ns;
	f->meta.mono_ns = p.record.mono_ns;
	f->meta.boot = p.boot;
	/* Where the boot is not known, a session at least has one clock. */
	if (c->frame && c->made + 1 == n && c->boot == p.boot &&
	    (p.boot || f->meta.seq > c->frame->meta.seq) &&
	    f->meta.mono_ns > c->frame->meta.mono_ns) {
		f->meta.interval_ns = f->meta.mono_ns - c->frame->meta.mono_ns;
		frame_derive(f, c->frame);
	} else {
		frame_derive(f, NULL);
	}
	frame_unref(c->frame);
	c->frame = f;
	c->made = n;
	c->boot = p.boot;
	return 0;
}

/* What is not wanted any more is kept until something else is: screens go to and fro. */
static void
keep(struct cursor *c)
{
	bool more = false;

	for (int t = 0; t < TABLE_COUNT; t++)
		for (size_t w = 0; w < ARRAY_LEN(c->want[t].bits); w++)
			more |= c->want[t].bits[w] & ~c->kept[t].bits[w];
	if (!more)
		return;
	memcpy(c->kept, c->want, sizeof c->kept);
	decoder_want(c->decoder, c->kept);
	c->there = false; /* from the key on */
}

int
cursor_frame(struct cursor *c, uint64_t n, const struct field_set want[TABLE_COUNT],
	     const struct frame **ret_frame)
{
	int r = 0;

	if (memcmp(c->want, want, sizeof c->want) != 0) {
		memcpy(c->want, want, sizeof c->want);
		keep(c);
		frame_unref(c->frame);
		c->frame = NULL;
	}
	if (!c->frame || c->made != n) {
		/* Without the one before it, it has no rates: that is no failure. */
		if (n > 0 && (!c->frame || c->made + 1 != n))
			(void)make(c, n - 1);
		r = make(c, n);
	}
	if (r < 0)
		return r;
	*ret_frame = frame_ref(c->frame);
	return 0;
}
