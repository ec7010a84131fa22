#include "store/scribe.h"

#include "base/hash.h"
#include "frame/events.h"

void
scribe_init(struct scribe *s)
{
	*s = (struct scribe){.encoder = encoder_new()};
}

void
scribe_release(struct scribe *s)
{
	encoder_free(s->encoder);
	frame_unref(s->prev);
	*s = (struct scribe){0};
}

void
scribe_begin(struct scribe *s)
{
	s->n = 0;
}

void
scribe_put(struct scribe *s, const struct frame *f, const struct moment *known, struct buf *b,
	   struct record *ret)
{
	size_t begun = record_begin(b);
	bool key = s->n == 0 || s->n == GROUP_SAMPLES;

	/* Groups of two recorders have the same numbers by chance only: a block of an old file in a
	 * new one is no part of it. */
	if (!s->prev)
		s->group = (uint16_t)hash_u64((uint64_t)f->meta.wall_ns);

	*ret = (struct record){.wall_ns = f->meta.wall_ns, .mono_ns = f->meta.mono_ns};
	if (known) {
		ret->cpu = known->cpu;
		ret->memory = known->memory;
		ret->pressure = known->pressure;
		ret->events = known->events;
	} else {
		struct summary sum = summary_of(f);

		ret->cpu = sum.cpu;
		ret->memory = sum.memory;
		ret->pressure = sum.pressure;
		ret->events = s->prev ? events_between(f, s->prev) : 0;
	}
	ret->packing = (uint8_t)encoder_put(s->encoder, f, &key, b);
	ret->type = key ? RECORD_KEY : RECORD_DELTA;
	ret->n = key ? 0 : s->n;
	s->group += key;
	ret->group = s->group;
	s->n = ret->n + 1;
	record_end(b, begun, ret);
	frame_unref(s->prev);
	s->prev = frame_ref(f);
}
