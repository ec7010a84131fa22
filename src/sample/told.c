#include "sample/told.h"

#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "sample/files.h"
#include "sample/procs.h"
#include "sys/execs.h"
#include "sys/reader.h"

enum {
	FIRST_TICK = 2,
	AGAIN = 2, AGAIN_PATIENT = 8, /* ticks */
	AGAIN_MAX = 4096,
};
/* A start may be noted so much later than it was (struct ended). */
static const int64_t LATE_NS = 5 * NS_PER_MS;

static void
tellings_release(struct tellings *t)
{
	free(t->list);
	buf_release(&t->text);
	index_release(&t->by_pid);
}

void
told_release(struct told *t)
{
	execs_free(t->execs);
	tellings_release(&t->now);
	tellings_release(&t->before);
	free(t->again);
}

static void
begin(struct told *t)
{
	struct tellings old = t->before;

	t->before = t->now;
	t->now = old;
	t->now.n = 0;
	t->now.indexed = false;
	buf_clear(&t->now.text);
}

struct taking {
	struct procs *ps;
	struct frame *f;
};

/* If it is one of those we know it is one that lives. */
static void
tell_process(struct procs *ps, const struct exec *e, const struct telling *told)
{
	uint64_t tick = NS_PER_S / (uint64_t)ps->root->clk_tck;
	struct slot *s = procs_find(ps, e->pid);
	struct told *t = &ps->told;

	if (e->cut || !(ps->want & 1 << FILE_CMDLINE) || !s || s->p->start != e->start_ns / tick)
		return;
	files_take_command(ps, s->p, t->now.text.data + told->at, told->n);
	s->changed = true;
	if (t->nagain < AGAIN_MAX) {
		GROW(t->again, t->again_cap, t->nagain + 1);
		t->again[t->nagain++] = (struct row_key){s->pid, s->p->start};
	}
}

static void
take(void *arg, const struct exec *e)
{
	struct taking *m = arg;
	struct tellings *now = &m->ps->told.now;
	struct telling *told;

	GROW(now->list, now->cap, now->n + 1);
	told = &now->list[now->n++];
	*told = (struct telling){e->pid, e->mono_ns, now->text.len, 0};
	buf_put(&now->text, e->text, e->n);
	told->n = pid_cmdline_join(now->text.data + told->at, e->n);
	source_note(m->f, SRC_EXECS, 0);
	tell_process(m->ps, e, told);
}

static void
read_again(struct procs *ps, struct frame *f)
{
	struct told *t = &ps->told;

	for (size_t i = 0; i < t->nagain; i++) {
		struct slot *s = procs_find(ps, (uint32_t)t->again[i].a);

		if (!s || s->p->start != t->again[i].b)
			continue;
		if (ps->want_all & 1 << FILE_CMDLINE || s->visible) {
			files_read(ps, s->p, FILE_CMDLINE, f, false);
			s->changed = true;
		} else {
			s->p->have &= (uint8_t) ~(1 << FILE_CMDLINE); /* when somebody looks */
		}
	}
	t->nagain = 0;
}

void
told_tick(struct procs *ps, struct frame *f)
{
	struct told *t = &ps->told;

	if (t->want && (ps->tick >= FIRST_TICK || !ps->want)) {
		t->want = false;
		source_note(f, SRC_EXECS, execs_open(&t->execs, ps->root, NULL));
	}
	if (!t->execs)
		return;
	if (ps->tick % (ps->patient ? AGAIN_PATIENT : AGAIN) == 0)
		read_again(ps, f);
	begin(t);
	execs_take(t->execs, take, &(struct taking){ps, f});
}

static const char *
find(struct tellings *t, const struct ended *e, size_t *ret_n)
{
	int64_t from = e->have & ENDED_START ? e->start_ns - LATE_NS : INT64_MIN;
	const struct telling *last = NULL;
	uint64_t at = hash_u64(e->pid);
	uint32_t i;

	if (!t->indexed) {
		index_reset(&t->by_pid, t->n);
		for (size_t k = 0; k < t->n; k++)
			index_add(&t->by_pid, hash_u64(t->list[k].pid), (uint32_t)k);
		t->indexed = true;
	}
	while ((i = index_probe(&t->by_pid, &at)) != UINT32_MAX) {
		const struct telling *told = &t->list[i];

		if (told->pid == e->pid && told->mono_ns >= from && told->mono_ns <= e->end_ns &&
		    (!last || told->mono_ns > last->mono_ns))
			last = told;
	}
	if (!last || !last->n)
		return NULL;
	*ret_n = last->n;
	return t->text.data + last->at;
}

const char *
told_of(struct told *t, const struct ended *e, size_t *ret_n)
{
	const char *text = t->execs ? find(&t->now, e, ret_n) : NULL;

	return text || !t->execs ? text : find(&t->before, e, ret_n);
}
