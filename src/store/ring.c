#include "store/ring.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "store/cursor.h"
#include "store/scribe.h"

/* Of a machine with little to do a sample is a few hundred bytes, and packing it would be more than
 * all else that keeping it costs. */
enum { PACK_FROM = 2048 };

/* A group that is a large part of the ring ends early, or the ring would keep few of them. */
enum { GROUPS_AT_LEAST = 8, FIRST_ROOM = 256 << 10 };

/* What is kept of a sample beside its record. */
struct kept {
	uint32_t offset;
	struct moment moment;
};

struct group {
	uint64_t first; /* number of its first moment */
	char *bytes;
	size_t len, cap;
	struct kept *kept; /* room for GROUP_SAMPLES */
	size_t n;
};

struct ring {
	struct past past; /* first */
	struct scribe scribe; /* and this: of the thread that adds */
	struct buf record;

	pthread_mutex_t lock; /* over all below */
	struct cursor cursor;
	struct layout *layout;
	struct group *group; /* ngroups of them, oldest first */
	size_t ngroups, groups_cap;
	uint64_t end;
	size_t bytes, max_bytes; /* of all groups */
	int64_t max_age_ns;
};

static void
group_release(struct group *g)
{
	free(g->bytes);
	free(g->kept);
}

static size_t
group_bytes(const struct group *g)
{
	return g->cap + GROUP_SAMPLES * sizeof *g->kept;
}

static uint64_t
first_kept(const struct ring *r)
{
	return r->ngroups ? r->group[0].first : r->end;
}

/* The group that has moment n, which is kept. */
static struct group *
find_group(struct ring *r, uint64_t n)
{
	return &r->group[past_part(&r->group->first, sizeof *r->group, r->ngroups, n)];
}

static int
find(void *arg, uint64_t n, struct place *ret)
{
	struct ring *r = arg;
	struct group *g;
	struct span bytes;
	int64_t size;

	if (n < first_kept(r) || n >= r->end)
		return -ENOENT;
	g = find_group(r, n);
	bytes = span_of(g->bytes, g->len);
	bytes.p += g->kept[n - g->first].offset;
	*ret = (struct place){.layout = r->layout};
	/* Nobody but us wrote it: the checksum is not looked at again. */
	size = record_head(bytes, &ret->record);
	ret->record.payload = span_of(bytes.p + RECORD_HEAD, (size_t)size - RECORD_HEAD);
	return 0;
}

static void
ring_span(struct past *p, uint64_t *ret_first, uint64_t *ret_end)
{
	struct ring *r = (struct ring *)p;

	pthread_mutex_lock(&r->lock);
	*ret_first = first_kept(r);
	*ret_end = r->end;
	pthread_mutex_unlock(&r->lock);
}

static bool
ring_moment(struct past *p, uint64_t n, struct moment *ret)
{
	struct ring *r = (struct ring *)p;
	bool kept;

	pthread_mutex_lock(&r->lock);
	kept = n >= first_kept(r) && n < r->end;
	if (kept) {
		const struct group *g = find_group(r, n);

		*ret = g->kept[n - g->first].moment;
	}
	pthread_mutex_unlock(&r->lock);
	return kept;
}

static int
ring_frame(struct past *p, uint64_t n, const struct field_set want[TABLE_COUNT],
	   const struct frame **ret_frame)
{
	struct ring *r = (struct ring *)p;
	int result;

	pthread_mutex_lock(&r->lock);
	result = cursor_frame(&r->cursor, n, want, ret_frame);
	pthread_mutex_unlock(&r->lock);
	return result;
}

static void
ring_past_free(struct past *p)
{
	(void)p; /* the ring's owner frees it */
}

struct ring *
ring_new(size_t max_bytes, int64_t max_age_ns)
{
	static const struct past_ops ops = {ring_span, ring_moment, ring_frame, ring_past_free,
					    NULL};
	struct ring *r = xcalloc(1, sizeof *r);

	r->past.ops = &ops;
	scribe_init(&r->scribe);
	encoder_pack_from(r->scribe.encoder, PACK_FROM);
	pthread_mutex_init(&r->lock, NULL);
	cursor_init(&r->cursor, find, r);
	r->layout = layout_own();
	r->max_bytes = max_bytes;
	r->max_age_ns = max_age_ns;
	return r;
}

void
ring_free(struct ring *r)
{
	if (!r)
		return;
	scribe_release(&r->scribe);
	buf_release(&r->record);
	pthread_mutex_destroy(&r->lock);
	cursor_release(&r->cursor);
	layout_unref(r->layout);
	for (size_t i = 0; i < r->ngroups; i++)
		group_release(&r->group[i]);
	free(r->group);
	free(r);
}

struct past *
ring_past(struct ring *r)
{
	return &r->past;
}

size_t
ring_bytes(struct ring *r)
{
	size_t n;

	pthread_mutex_lock(&r->lock);
	n = r->bytes;
	pthread_mutex_unlock(&r->lock);
	return n;
}

/* The newest group is never let go: what is shown is in it. */
static void
drop_oldest(struct ring *r, int64_t now_mono_ns)
{
	size_t n = 0;

	while (n + 1 < r->ngroups) {
		const struct group *g = &r->group[n];

		/* As long as the last of it is young it stays. */
		if (r->bytes <= r->max_bytes &&
		    now_mono_ns - g->kept[g->n - 1].moment.mono_ns <= r->max_age_ns)
			break;
		r->bytes -= group_bytes(g);
		group_release(&r->group[n++]);
	}
	r->ngroups -= n;
	memmove(r->group, r->group + n, r->ngroups * sizeof *r->group);
}

/* A group that is over gives back the room it has not used; the next one gets as much as that one
 * needed and some more, so that a tick seldom asks for memory. Room that is not used is not
 * resident. */
static struct group *
begin_group(struct ring *r)
{
	size_t room = FIRST_ROOM;
	struct group *g;

	if (r->ngroups) {
		g = &r->group[r->ngroups - 1];
		room = g->len + g->len / 4;
		g->bytes = xreallocarray(g->bytes, g->len, 1);
		r->bytes -= g->cap - g->len;
		g->cap = g->len;
	}
	GROW(r->group, r->groups_cap, r->ngroups + 1);
	g = &r->group[r->ngroups++];
	*g = (struct group){
		.first = r->end,
		.bytes = xmalloc(room),
		.cap = room,
		.kept = xcalloc(GROUP_SAMPLES, sizeof *g->kept),
	};
	r->bytes += group_bytes(g);
	return g;
}

static void
append(struct ring *r, const struct record *head)
{
	struct group *g = head->type == RECORD_KEY ? begin_group(r) : &r->group[r->ngroups - 1];

	if (g->cap - g->len < r->record.len) {
		r->bytes -= g->cap;
		g->cap += MAX(g->cap / 2, r->record.len);
		g->bytes = xreallocarray(g->bytes, g->cap, 1);
		r->bytes += g->cap;
	}
	g->kept[g->n++] = (struct kept){
		(uint32_t)g->len,
		{head->wall_ns, head->mono_ns, head->cpu, head->memory, head->pressure,
		 head->events},
	};
	memcpy(g->bytes + g->len, r->record.data, r->record.len);
	g->len += r->record.len;
	r->end++;
	drop_oldest(r, head->mono_ns);
}

void
ring_add(struct ring *r, const struct frame *f)
{
	struct record head;

	buf_clear(&r->record);
	scribe_put(&r->scribe, f, NULL, &r->record, &head);
	pthread_mutex_lock(&r->lock);
	append(r, &head);
	if (r->group[r->ngroups - 1].len > r->max_bytes / GROUPS_AT_LEAST)
		scribe_begin(&r->scribe);
	pthread_mutex_unlock(&r->lock);
}

struct ring_feed {
	struct feed feed; /* first */
	struct feed *of;
	struct ring *ring;
	struct plan plan;
};

static int
ring_feed_next(struct feed *feed, const struct frame **ret_frame)
{
	struct ring_feed *rf = (struct ring_feed *)feed;
	int r = feed_next(rf->of, ret_frame);
	int64_t cpu = clock_ns(CLOCK_THREAD_CPUTIME_ID);

	if (r < 0)
		return r;
	ring_add(rf->ring, *ret_frame);
	/* Nobody else has seen the frame yet. */
	((struct frame *)*ret_frame)->meta.cost_ns[COST_KEEP] =
		clock_ns(CLOCK_THREAD_CPUTIME_ID) - cpu;
	return 0;
}

static void
ring_feed_plan(struct feed *feed, const struct plan *p)
{
	struct ring_feed *rf = (struct ring_feed *)feed;

	plan_copy(&rf->plan, p);
	/* For the time line. Who ended is listened for only when that is shown. */
	summary_want(rf->plan.want);
	events_want(UINT8_MAX & ~EVENT_BIT(EVENT_UNIT), rf->plan.want);
	feed_plan(rf->of, &rf->plan);
}

static int
ring_feed_seek(struct feed *feed, int64_t wall_ns)
{
	(void)feed;
	(void)wall_ns;
	return -ESPIPE;
}

static void
ring_feed_free(struct feed *feed)
{
	struct ring_feed *rf = (struct ring_feed *)feed;

	feed_free(rf->of);
	plan_release(&rf->plan);
	free(rf);
}

struct feed *
ring_feed_new(struct ring *ring, struct feed *of)
{
	static const struct feed_ops ops = {ring_feed_next, ring_feed_plan, ring_feed_seek,
					    ring_feed_free};
	struct ring_feed *rf = xcalloc(1, sizeof *rf);

	*rf = (struct ring_feed){.feed = {&ops, of->caps}, .of = of, .ring = ring};
	return &rf->feed;
}
