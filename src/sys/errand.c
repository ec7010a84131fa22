#include "sys/errand.h"

#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "sys/helper.h"

static const int64_t PATIENCE_NS = 200 * NS_PER_MS; /* with one */
static const int64_t ALL_NS = NS_PER_S;             /* with a batch */
static const int64_t STARVED_NS = 20 * NS_PER_MS;   /* then a helper without a CPU is looked at */
static const int64_t AGAIN_FIRST_NS = NS_PER_S, AGAIN_LAST_NS = 60 * NS_PER_S;
/* A helper that comes back after so long was not slow, but stuck: its target is well again. */
static const int64_t HEALED_NS = 5 * NS_PER_S;
/* Helpers that were left behind and have not ended. Nobody can end a stuck thread, so when so many
 * are, processes read the files: those can be killed, and no longer count then. */
enum { LOST_THREADS = 4, LOST_FILE = LOST_THREADS + 4, LOST_STATVFS = 4, LOST_USER = 4 };
static const unsigned lost_max[ERRAND_KINDS] = {LOST_FILE, LOST_FILE, LOST_STATVFS, LOST_USER};
enum { AGAIN_MAX = 64, NAME_MAX_BYTES = 256 };
static const uint64_t USER_KEY = UINT64_C(0x75736572736b6579); /* of all of them: errand.h */

struct errand {
	uint64_t key;
	enum errand_kind kind;
	uint32_t id, max;
	bool done;
	int error;
	size_t name, at, len; /* in names, in text */
	int64_t took_ns;
};

struct lost {
	struct helper *helper; /* NULL: free */
	enum errand_kind kind;
	uint64_t key;
	int64_t since_ns;
};

struct again {
	uint64_t key; /* 0: free */
	int64_t at_ns, wait_ns;
};

struct errands {
	const struct root *root;
	struct helper *helper[ERRAND_KINDS]; /* NULL: none is needed yet */
	struct errand *list;
	size_t n, cap;
	size_t next; /* all before it are done */
	struct buf names, text;
	uint32_t sent[ROUND_MAX]; /* which ones the round holds */
	int64_t now_ns, cpu_ns;
	struct lost lost[2 * LOST_FILE + LOST_STATVFS + LOST_USER];
	struct again again[AGAIN_MAX];
	unsigned nlost, nagain;
};

struct errands *
errands_new(const struct root *root)
{
	struct errands *e = xcalloc(1, sizeof *e);

	e->root = root;
	return e;
}

void
errands_free(struct errands *e)
{
	if (!e)
		return;
	for (int k = 0; k < ERRAND_KINDS; k++)
		if (e->helper[k] && !helper_leave(e->helper[k]))
			helper_forget(e->helper[k]);
	for (size_t i = 0; i < ARRAY_LEN(e->lost); i++)
		if (e->lost[i].helper)
			helper_forget(e->lost[i].helper);
	free(e->list);
	buf_release(&e->names);
	buf_release(&e->text);
	free(e);
}

void
errands_clear(struct errands *e)
{
	e->n = e->next = 0;
	buf_clear(&e->names);
	buf_clear(&e->text);
}

static uint32_t
add(struct errands *e, const struct errand *it, const char *name)
{
	GROW(e->list, e->cap, e->n + 1);
	e->list[e->n] = *it;
	e->list[e->n].name = e->names.len;
	if (strlen(name) >= ROUND_NAMES) {
		e->list[e->n].done = true;
		e->list[e->n].error = -ENAMETOOLONG;
	} else {
		buf_put(&e->names, name, strlen(name) + 1);
	}
	return (uint32_t)e->n++;
}

uint32_t
errand_file(struct errands *e, uint64_t key, uint32_t pid, const char *file, uint32_t max)
{
	struct errand it = {.key = key, .kind = ERRAND_FILE, .id = pid};

	it.max = MIN(max, (uint32_t)ROUND_TEXT);
	return add(e, &it, file);
}

uint32_t
errand_detail(struct errands *e, uint64_t key, uint32_t pid, const char *file, uint32_t max)
{
	struct errand it = {.key = key, .kind = ERRAND_DETAIL, .id = pid};

	it.max = MIN(max, (uint32_t)ROUND_TEXT);
	return add(e, &it, file);
}

uint32_t
errand_statvfs(struct errands *e, uint64_t key, const char *path)
{
	struct errand it = {.key = key, .kind = ERRAND_STATVFS, .max = sizeof(struct statvfs)};

	return add(e, &it, path);
}

uint32_t
errand_user(struct errands *e, uint32_t uid)
{
	struct errand it = {.key = USER_KEY, .kind = ERRAND_USER, .id = uid, .max = NAME_MAX_BYTES};

	return add(e, &it, "");
}

static struct again *
again_find(struct errands *e, uint64_t key)
{
	for (size_t i = 0; key && e->nagain && i < AGAIN_MAX; i++)
		if (e->again[i].key == key)
			return &e->again[i];
	return NULL;
}

static void
again_forget(struct errands *e, uint64_t key)
{
	struct again *a = again_find(e, key);

	if (a) {
		*a = (struct again){0};
		e->nagain--;
	}
}

static void
again_later(struct errands *e, uint64_t key)
{
	struct again *a = again_find(e, key);

	if (!key)
		return;
	if (a) {
		a->wait_ns = MIN(a->wait_ns * 2, AGAIN_LAST_NS);
	} else {
		/* A free one, or else the one that is the first to be asked again. */
		a = &e->again[0];
		for (size_t i = 1; i < AGAIN_MAX && a->key; i++)
			if (!e->again[i].key || e->again[i].at_ns < a->at_ns)
				a = &e->again[i];
		e->nagain += !a->key;
		*a = (struct again){.key = key, .wait_ns = AGAIN_FIRST_NS};
	}
	a->at_ns = e->now_ns + a->wait_ns;
}

/* Helpers that were left behind and have ended since. */
static void
reap(struct errands *e)
{
	for (size_t i = 0; e->nlost && i < ARRAY_LEN(e->lost); i++) {
		struct lost *l = &e->lost[i];

		if (!l->helper || !helper_ended(l->helper))
			continue;
		if (e->now_ns - l->since_ns >= HEALED_NS)
			again_forget(e, l->key);
		*l = (struct lost){0};
		e->nlost--;
	}
}

/* How many of a kind were left behind, or how many threads of these. */
static unsigned
count_lost(const struct errands *e, enum errand_kind kind, bool threads_only)
{
	unsigned n = 0;

	for (size_t i = 0; e->nlost && i < ARRAY_LEN(e->lost); i++) {
		const struct lost *l = &e->lost[i];

		n += l->helper && l->kind == kind && (!threads_only || helper_is_thread(l->helper));
	}
	return n;
}

static bool
wants_thread(const struct errands *e, enum errand_kind kind)
{
	return (kind == ERRAND_FILE || kind == ERRAND_DETAIL) &&
	       count_lost(e, kind, true) < LOST_THREADS;
}

static void
leave_behind(struct errands *e, enum errand_kind kind, const struct errand *it)
{
	struct helper *h = e->helper[kind];

	e->helper[kind] = NULL;
	if (helper_leave(h))
		return;
	for (size_t i = 0; i < ARRAY_LEN(e->lost); i++) {
		if (e->lost[i].helper)
			continue;
		e->lost[i] = (struct lost){h, kind, it ? it->key : 0, e->now_ns};
		e->nlost++;
		return;
	}
}

/* Why one is not to be asked now: 0 or -errno. */
static int
refuse(struct errands *e, const struct errand *it)
{
	const struct again *a = again_find(e, it->key);
	int not_now = it->kind == ERRAND_USER ? -EAGAIN : -ETIMEDOUT;

	if (a && e->now_ns < a->at_ns)
		return not_now;
	for (size_t i = 0; it->key && e->nlost && i < ARRAY_LEN(e->lost); i++)
		if (e->lost[i].helper && e->lost[i].kind == it->kind && e->lost[i].key == it->key)
			return not_now;
	return count_lost(e, it->kind, false) < lost_max[it->kind] ? 0 : -EAGAIN;
}

static void
finish(struct errand *it, int error)
{
	it->done = true;
	it->error = error;
}

/* Is there more to do, and of which kind is the next? */
static bool
next_kind(struct errands *e, enum errand_kind *ret_kind)
{
	while (e->next < e->n && e->list[e->next].done)
		e->next++;
	if (e->next == e->n)
		return false;
	*ret_kind = e->list[e->next].kind;
	return true;
}

/* Fills the round with what is to be done of a kind. Gives how many there are. */
static uint32_t
pack(struct errands *e, enum errand_kind kind, struct round *rd)
{
	size_t names = 0;

	rd->n = 0;
	for (size_t i = e->next; i < e->n && rd->n < ROUND_MAX && e->list[i].kind == kind; i++) {
		struct errand *it = &e->list[i];
		const char *name = e->names.data + it->name;
		size_t len = it->done ? 0 : strlen(name) + 1;
		int r = it->done ? 0 : refuse(e, it);

		if (r < 0)
			finish(it, r);
		if (it->done)
			continue;
		if (len > ROUND_NAMES - names)
			break;
		/* Nearly always a file of the same name as before. */
		if (rd->n && strcmp(rd->names + rd->request[rd->n - 1].name, name) == 0) {
			rd->request[rd->n].name = rd->request[rd->n - 1].name;
		} else {
			memcpy(rd->names + names, name, len);
			rd->request[rd->n].name = (uint32_t)names;
			names += len;
		}
		rd->request[rd->n].kind = it->kind;
		rd->request[rd->n].id = it->id;
		rd->request[rd->n].max = it->max;
		e->sent[rd->n++] = (uint32_t)i;
	}
	return rd->n;
}

/* Takes over what the round has answered. Gives how many. */
static uint32_t
take(struct errands *e, const struct round *rd)
{
	uint32_t done = atomic_load_explicit(&rd->done, memory_order_acquire);

	done = MIN(done, rd->n);
	for (uint32_t i = 0; i < done; i++) {
		struct errand *it = &e->list[e->sent[i]];
		const struct round_result *res = &rd->result[i];

		finish(it, res->error);
		again_forget(e, it->key);
		it->took_ns = res->took_ns;
		it->at = e->text.len;
		it->len = res->at <= ROUND_TEXT ? MIN(res->len, ROUND_TEXT - res->at) : 0;
		buf_put(&e->text, rd->text + res->at, it->len);
		buf_putc(&e->text, '\0');
	}
	e->next = done ? e->sent[done - 1] + 1 : e->sent[0];
	return done;
}

/* Waits for the round: 1 when it is done; 0 when the one that is being worked on is stuck; -EAGAIN
 * when the time of the batch is up; -errno when the helper is no more. */
static int
wait_for_round(struct helper *h, int64_t end_ns)
{
	struct round *rd = helper_round(h);
	int64_t began_ns = atomic_load(&rd->began_ns), until_ns = began_ns + PATIENCE_NS;

	for (;;) {
		int r = helper_wait(h, MIN(until_ns, end_ns));
		int64_t now_ns = clock_mono_ns();

		if (r)
			return r;
		if (now_ns >= end_ns)
			return -EAGAIN;
		began_ns = atomic_load(&rd->began_ns);
		if (now_ns < began_ns + PATIENCE_NS)
			until_ns = began_ns + PATIENCE_NS;
		else if (helper_works(h)) /* only that nothing lets it run */
			until_ns = now_ns + STARVED_NS;
		else
			return 0;
	}
}

/* A process that stood in for a thread has done so when there can be one again. 0 or -errno. */
static int
ready(struct errands *e, enum errand_kind kind)
{
	struct helper **h = &e->helper[kind];

	if (*h && helper_runs(*h) && helper_is_thread(*h) != wants_thread(e, kind))
		leave_behind(e, kind, NULL);
	if (!*h)
		*h = helper_new();
	return *h ? 0 : -errno;
}

/* Sends the round to the helper and sees what comes of it. */
static void
exchange(struct errands *e, enum errand_kind kind, int64_t end_ns)
{
	struct helper *h = e->helper[kind];
	struct round *rd = helper_round(h);
	uint32_t done, n = rd->n;
	struct errand *stuck;
	int r = helper_send(h);

	if (r == 0)
		r = wait_for_round(h, end_ns);
	done = take(e, rd);
	if (r == 1)
		e->cpu_ns += rd->cpu_ns;
	if (r == 1 && done)
		return; /* all, or as far as there was room */
	stuck = done < n ? &e->list[e->sent[done]] : NULL;
	if (stuck && r == 0) {
		finish(stuck, -ETIMEDOUT);
		again_later(e, stuck->key);
	} else if (stuck) {
		finish(stuck, r == -EAGAIN ? r : -EIO);
	}
	leave_behind(e, kind, stuck);
}

/* There can be no helper: what very seldom hangs is asked all the same, or nothing is known about
 * any process. */
static void
run_here(struct errands *e, enum errand_kind kind)
{
	struct round *rd = helper_round(e->helper[kind]);

	for (uint32_t i = 0; kind > ERRAND_DETAIL && i < rd->n; i++)
		finish(&e->list[e->sent[i]], -EAGAIN);
	if (kind > ERRAND_DETAIL)
		rd->n = 0;
	atomic_store(&rd->done, 0);
	round_run(rd, e->root, false, NULL);
	if (rd->n)
		(void)take(e, rd);
}

void
errands_run(struct errands *e, int64_t now_ns)
{
	int64_t end_ns = clock_mono_ns() + ALL_NS;
	enum errand_kind kind;
	int r = 0;

	e->now_ns = now_ns;
	reap(e);
	while (r == 0 && next_kind(e, &kind)) {
		struct helper *h;

		r = ready(e, kind);
		h = e->helper[kind];
		if (r < 0 || pack(e, kind, helper_round(h)) == 0)
			continue; /* all of them were refused */
		if (clock_mono_ns() >= end_ns)
			r = -EAGAIN;
		else if (e->root->fixture) /* of a moment that a helper would not follow */
			run_here(e, kind);
		else if (!helper_runs(h) && helper_start(h, e->root, wants_thread(e, kind)) < 0)
			run_here(e, kind);
		else
			exchange(e, kind, end_ns);
	}
	for (size_t i = e->next; i < e->n; i++)
		if (!e->list[i].done)
			finish(&e->list[i], r < 0 ? r : -EAGAIN);
	e->next = e->n;
	/* Names are seldom asked for, and what it has loaded to answer is large. */
	if (e->helper[ERRAND_USER] && helper_runs(e->helper[ERRAND_USER]))
		leave_behind(e, ERRAND_USER, NULL);
}

int64_t
errands_cpu_ns(struct errands *e)
{
	int64_t ns = e->cpu_ns;

	e->cpu_ns = 0;
	return ns;
}

int
errand_text(struct errands *e, uint32_t i, char **ret_text, size_t *ret_n)
{
	const struct errand *it = &e->list[i];

	if (it->error < 0)
		return it->error;
	*ret_text = e->text.data + it->at;
	*ret_n = it->len;
	return 0;
}

int
errand_usage(const struct errands *e, uint32_t i, struct statvfs *ret, int64_t *ret_took_ns)
{
	const struct errand *it = &e->list[i];

	if (it->error < 0)
		return it->error;
	if (it->len != sizeof *ret)
		return -EIO;
	memcpy(ret, e->text.data + it->at, sizeof *ret);
	*ret_took_ns = it->took_ns;
	return 0;
}
