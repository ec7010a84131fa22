#include "sys/endings.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fd.h"
#include "base/mem.h"

enum { NONE = ENDINGS_OPEN, AHEAD = ENDINGS_OPEN / 4 };
#define ASK_AGAIN_NS (100 * NS_PER_MS) /* whether one whose first thread has gone lives on */

enum {
	HAS_EXIT = 1 << 0,  /* the event */
	HAS_LAST = 1 << 1,  /* the record of the last thread */
	HAS_FIRST = 1 << 2, /* the record of the first thread */
	LIVES_ON = 1 << 3,  /* its first thread has gone, it has not */
	GONE = 1 << 4,      /* it has: what it left is in the queues by now */
	DONE = 1 << 5,      /* it was listed; its exit event may come yet */
	HALF = HAS_EXIT | HAS_LAST,
};

/* A process some thread of which has ended. */
struct open {
	uint32_t tgid; /* 0: free */
	uint8_t flags;
	bool used; /* lately: the next to be given up is another one */
	int64_t touched_ns, since_ns, asked_ns;
	struct connector_event exit;
	struct taskstats_record last, first;
	struct taskstats_use sum; /* over the threads that were seen, the last one included */
};

struct born {
	uint32_t tgid, parent;
	int64_t mono_ns;
};

struct endings {
	bool (*alive)(uint32_t tgid);
	bool events, records, io;
	struct life_counts counts;
	struct born born[ENDINGS_BORN]; /* by the low bits of tgid */
	struct open open[ENDINGS_OPEN];
	uint16_t head[ENDINGS_OPEN], next[ENDINGS_OPEN]; /* chains by tgid; of the free ones */
	uint16_t free, hand;
	uint16_t half[ENDINGS_OPEN]; /* those with a flag of HALF, in no order */
	size_t nhalf;
	struct ended kept[ENDINGS_KEPT];
	size_t nkept;
};

/* Whether a process has threads that live: not when it is a zombie. */
static bool
is_alive(uint32_t tgid)
{
#ifdef SYS_pidfd_open
	cleanup_fd int fd = (int)syscall(SYS_pidfd_open, (pid_t)tgid, 0);
	struct pollfd p = {.fd = fd, .events = POLLIN};

	if (fd >= 0)
		return poll(&p, 1, 0) == 0;
	if (errno != ENOSYS)
		return false;
#endif
	return kill((pid_t)tgid, 0) == 0 || errno == EPERM; /* a zombie too */
}

struct endings *
endings_new(bool (*alive)(uint32_t tgid))
{
	struct endings *e = xcalloc(1, sizeof *e);

	e->alive = alive ? alive : is_alive;
	for (uint16_t i = 0; i < ENDINGS_OPEN; i++) {
		e->head[i] = NONE;
		e->next[i] = (uint16_t)(i + 1);
	}
	return e;
}

void
endings_free(struct endings *e)
{
	free(e);
}

void
endings_sources(struct endings *e, bool events, bool records, bool io)
{
	e->events = events;
	e->records = records;
	e->io = io;
}

static struct open *
find(struct endings *e, uint32_t tgid)
{
	for (unsigned i = e->head[tgid % ENDINGS_OPEN]; i != NONE; i = e->next[i])
		if (e->open[i].tgid == tgid)
			return &e->open[i];
	return NULL;
}

static void
forget_half(struct endings *e, const struct open *o)
{
	for (size_t i = e->nhalf; i-- > 0;) { /* as endings_settle() goes */
		if (&e->open[e->half[i]] != o)
			continue;
		e->half[i] = e->half[--e->nhalf];
		return;
	}
}

static void
forget(struct endings *e, struct open *o)
{
	uint16_t at = (uint16_t)(o - e->open), *link = &e->head[o->tgid % ENDINGS_OPEN];

	if (o->flags & HALF)
		forget_half(e, o);
	while (*link != at)
		link = &e->next[*link];
	*link = e->next[at];
	o->tgid = 0;
	e->next[at] = e->free;
	e->free = at;
}

static const struct born *
born_of(const struct endings *e, uint32_t tgid)
{
	const struct born *b = &e->born[tgid % ENDINGS_BORN];

	return b->tgid == tgid ? b : NULL;
}

static void
add_use(struct taskstats_use *sum, const struct taskstats_use *u)
{
	sum->run_ns += u->run_ns;
	sum->user_ns += u->user_ns;
	sum->system_ns += u->system_ns;
	sum->majflt += u->majflt;
	sum->read_bytes += u->read_bytes;
	sum->write_bytes += u->write_bytes;
}

/* The time on a CPU as the kernel itself splits it: in the proportion of the ticks, and all of
 * it the user's when there were none in the system. */
static void
put_cpu(struct ended *d, uint64_t run_ns, uint64_t user_ns, uint64_t system_ns)
{
	uint64_t ticks;

	if (ckd_add(&ticks, user_ns, system_ns))
		return;
	d->cpu_ns = run_ns ? run_ns : ticks;
	d->system_ns = ticks ? mul_div_u64(d->cpu_ns, system_ns, ticks) : 0;
	d->user_ns = d->cpu_ns - MIN(d->system_ns, d->cpu_ns);
	d->have |= ENDED_CPU | ENDED_SPLIT;
}

static void
put_use(struct ended *d, const struct endings *e, const struct open *o)
{
	const struct taskstats_record *last = &o->last;
	const struct taskstats_use *use = &last->use;

	if (last->group) {
		use = last->group_run_ns && o->sum.run_ns == last->group_run_ns ? &o->sum : NULL;
		if (use || last->group_user_ns || last->group_system_ns) {
			put_cpu(d, last->group_run_ns, use ? use->user_ns : last->group_user_ns,
				use ? use->system_ns : last->group_system_ns);
		} else if (last->group_run_ns) {
			d->cpu_ns = last->group_run_ns;
			d->have |= ENDED_CPU;
		}
	} else {
		put_cpu(d, use->run_ns, use->user_ns, use->system_ns);
	}
	if (!use)
		return;
	d->major_faults = use->majflt;
	d->have |= ENDED_FAULTS;
	if (!e->io)
		return;
	d->read_bytes = use->read_bytes;
	d->write_bytes = use->write_bytes;
	d->have |= ENDED_IO;
}

static void
put_record(struct ended *d, const struct endings *e, const struct open *o)
{
	const struct taskstats_record *last = &o->last;
	const char *name = last->pid == o->tgid      ? last->name
			   : (o->flags & HAS_FIRST) ? o->first.name
						    : NULL;
	uint64_t elapsed = last->group_elapsed_ns;

	d->uid = last->uid;
	d->gid = last->gid;
	d->have |= ENDED_IDS;
	if (name) {
		memcpy(d->name, name, sizeof d->name);
		d->have |= ENDED_NAME;
	}
	if (last->max_rss_bytes) {
		d->max_rss_bytes = last->max_rss_bytes;
		d->have |= ENDED_RSS;
	}
	if (!(d->have & ENDED_PPID) && last->ppid) {
		d->ppid = last->ppid;
		d->have |= ENDED_PPID;
	}
	if (!elapsed && last->pid == o->tgid)
		elapsed = last->elapsed_ns;
	if (!(d->have & ENDED_START) && elapsed && elapsed <= (uint64_t)d->end_ns) {
		d->start_ns = d->end_ns - (int64_t)elapsed;
		d->have |= ENDED_START;
	}
	put_use(d, e, o);
}

/* How it ended, as its parent is told. The first thread may have ended before and for another
 * reason: then the last one's is nearer, since it is that of all threads when one calls exit(). */
static bool
status_of(const struct open *o, uint32_t *ret)
{
	bool all = o->last.version >= TASKSTATS_VERSION_TGID;

	if ((o->flags & HAS_LAST) && (all || o->last.pid == o->tgid)) {
		*ret = o->last.status;
		return true;
	}
	if (!(o->flags & HAS_EXIT) || (o->flags & LIVES_ON))
		return false;
	*ret = o->exit.status;
	return true;
}

static void
end_it(struct endings *e, struct open *o, int64_t mono_ns)
{
	const struct born *born = born_of(e, o->tgid);
	struct ended d = {.pid = o->tgid, .end_ns = mono_ns};
	uint32_t status;

	if ((o->flags & HAS_EXIT) && !(o->flags & LIVES_ON)) {
		d.end_ns = o->exit.mono_ns;
		d.have |= ENDED_END;
	}
	d.ppid = (o->flags & HAS_EXIT) && o->exit.parent ? o->exit.parent : born ? born->parent : 0;
	if (d.ppid)
		d.have |= ENDED_PPID;
	if (born && born->mono_ns <= d.end_ns) {
		d.start_ns = born->mono_ns;
		d.have |= ENDED_START;
	}
	if (status_of(o, &status)) {
		d.exit_code = (uint8_t)(status >> 8);
		d.signal = status & 0x7f;
		d.dumped = status & 0x80;
		d.have |= ENDED_STATUS;
	}
	if (o->flags & HAS_LAST)
		put_record(&d, e, o);
	if ((o->flags & HALF) == HAS_LAST && e->events) {
		forget_half(e, o);
		o->flags = DONE;
	} else {
		forget(e, o);
	}
	e->counts.exits++;
	if (e->nkept < ENDINGS_KEPT)
		e->kept[e->nkept++] = d;
	else
		e->counts.unlisted++;
}

/* The one for a process, a new one if there is none. When all are taken, one that was not touched
 * since the last round goes: most are sums of processes that live. */
static struct open *
open_for(struct endings *e, uint32_t tgid, int64_t mono_ns)
{
	struct open *o = find(e, tgid);

	while (!o && e->free == NONE) {
		struct open *victim = &e->open[e->hand];

		e->hand = (uint16_t)((e->hand + 1) % ENDINGS_OPEN);
		if (victim->used)
			victim->used = false;
		else if ((victim->flags & HALF) && !(victim->flags & LIVES_ON))
			end_it(e, victim, mono_ns); /* goes in the next round if it is DONE now */
		else
			forget(e, victim);
	}
	if (!o) {
		uint16_t at = e->free, *head = &e->head[tgid % ENDINGS_OPEN];

		o = &e->open[at];
		e->free = e->next[at];
		o->tgid = tgid;
		e->next[at] = *head;
		o->flags = 0;
		o->sum = (struct taskstats_use){0};
		*head = at;
	}
	o->used = true;
	o->touched_ns = mono_ns;
	return o;
}

static void
set_half(struct endings *e, struct open *o, uint8_t flag, int64_t mono_ns)
{
	if (!(o->flags & HALF)) {
		e->half[e->nhalf++] = (uint16_t)(o - e->open);
		o->since_ns = mono_ns;
	}
	o->flags |= flag;
}

static void
fork_event(struct endings *e, const struct connector_event *v, int64_t mono_ns)
{
	struct open *o = find(e, v->tgid);
	bool before = o && ((o->flags & HAS_EXIT) || o->touched_ns < v->mono_ns);

	e->counts.forks++;
	/* Records may have been read ahead of events, of this very process; but what was there
	 * before it was born is of another one, which had its number. */
	if (before && (o->flags & HALF))
		end_it(e, o, mono_ns);
	else if (before)
		forget(e, o);
	e->born[v->tgid % ENDINGS_BORN] = (struct born){v->tgid, v->parent, v->mono_ns};
}

void
endings_event(struct endings *e, const struct connector_event *v, int64_t mono_ns)
{
	struct open *o;

	switch (v->what) {
	case CONNECTOR_FORK:
		fork_event(e, v, mono_ns);
		break;
	case CONNECTOR_EXEC:
		/* If the first thread has ended, another one is the first now. */
		e->counts.execs++;
		o = find(e, v->tgid);
		if (o && (o->flags & HAS_EXIT) && !(o->flags & HAS_LAST)) {
			forget_half(e, o);
			o->flags &= (uint8_t)~(HAS_EXIT | HAS_FIRST | LIVES_ON | GONE);
		}
		break;
	case CONNECTOR_EXIT:
		o = open_for(e, v->tgid, mono_ns);
		if (o->flags & DONE) {
			forget(e, o);
			break;
		}
		set_half(e, o, HAS_EXIT, mono_ns);
		o->flags &= (uint8_t)~(LIVES_ON | GONE);
		o->since_ns = mono_ns;
		o->exit = *v;
		break;
	case CONNECTOR_ANSWER:
		break;
	}
}

void
endings_record(struct endings *e, const struct taskstats_record *r, int64_t mono_ns)
{
	uint32_t tgid = r->tgid ? r->tgid : r->group ? r->group_tgid : r->pid;
	struct open *o = open_for(e, tgid, mono_ns);

	if ((o->flags & DONE) && (r->last || r->group)) { /* another process with its number */
		o->flags = 0;
		o->sum = (struct taskstats_use){0};
	}
	add_use(&o->sum, &r->use);
	if (r->pid == tgid) {
		o->first = *r;
		o->flags |= HAS_FIRST;
	}
	if (r->last || r->group) {
		o->last = *r;
		set_half(e, o, HAS_LAST, mono_ns);
	}
}

/* A record without tgid and AGROUP is that of a whole process if its number is one and nobody
 * else is there. */
static void
first_is_last(struct open *o)
{
	if (o->flags & HAS_LAST || !(o->flags & HAS_FIRST) ||
	    o->first.version >= TASKSTATS_VERSION_TGID)
		return;
	o->last = o->first;
	o->flags |= HAS_LAST;
}

static void
settle_one(struct endings *e, struct open *o, int64_t mono_ns, bool at_end)
{
	bool tells = !(o->flags & HAS_FIRST) || o->first.version >= TASKSTATS_VERSION_TGID;

	if ((o->flags & HALF) == HALF || (!e->events && (o->flags & HAS_LAST)) ||
	    ((o->flags & GONE) && at_end)) {
		first_is_last(o);
		end_it(e, o, mono_ns);
		return;
	}
	if (!at_end)
		return;
	if (o->flags & LIVES_ON) {
		if (mono_ns - o->asked_ns < ASK_AGAIN_NS)
			return;
	} else if (e->records && tells && mono_ns - o->since_ns < ENDINGS_PATIENCE_NS) {
		return;
	}
	o->asked_ns = mono_ns;
	if (o->flags & HAS_LAST) {
		/* It is still ending; or it is not, and its exit event is late or lost. */
		if (e->alive(o->tgid))
			o->since_ns = mono_ns;
		else
			end_it(e, o, mono_ns);
	} else if (e->alive(o->tgid)) {
		o->flags |= LIVES_ON;
	} else if (e->records) {
		o->flags |= GONE; /* the record may have come since the queue was read */
	} else {
		end_it(e, o, mono_ns);
	}
}

void
endings_settle(struct endings *e, int64_t mono_ns, bool at_end)
{
	/* From behind: one that goes is replaced by the last, which was looked at already. */
	for (size_t i = e->nhalf; i-- > 0;)
		settle_one(e, &e->open[e->half[i]], mono_ns, at_end);
}

bool
endings_waiting(const struct endings *e)
{
	for (size_t i = 0; i < e->nhalf; i++)
		if (!(e->open[e->half[i]].flags & LIVES_ON))
			return true;
	return false;
}

bool
endings_lack_records(const struct endings *e)
{
	size_t exits = 0, lasts = 0;

	for (size_t i = 0; i < e->nhalf; i++) {
		uint8_t flags = e->open[e->half[i]].flags;

		exits += (flags & HALF) == HAS_EXIT && !(flags & LIVES_ON);
		lasts += (flags & HALF) == HAS_LAST;
	}
	return exits > 0 && lasts < AHEAD;
}

size_t
endings_take(struct endings *e, struct ended *ret, size_t max)
{
	size_t n = MIN(max, e->nkept);

	memcpy(ret, e->kept, n * sizeof *ret);
	memmove(e->kept, e->kept + n, (e->nkept - n) * sizeof *ret);
	e->nkept -= n;
	return n;
}

const struct life_counts *
endings_counts(const struct endings *e)
{
	return &e->counts;
}
