#include "sample/births.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/mem.h"
#include "base/num.h"

enum {
	PROC_MAGIC = 0x9fa0,
	DISTRUST = 64,
	NUMBERS_MIN = 1000, /* asking so many numbers is always cheaper than listing */
};

void
births_init(struct births *b, const struct root *r, bool numbered)
{
	struct statfs fs;

	*b = (struct births){.fd = -1};
	pidlist_init(&b->list);
	if (!numbered)
		return;
	b->fd = root_open(r, ROOT_PROC, "loadavg", O_RDONLY);
	b->numbered = b->fd >= 0 && fstatfs(b->fd, &fs) == 0 && (long)fs.f_type == PROC_MAGIC;
}

void
births_release(struct births *b)
{
	pidlist_release(&b->list);
	if (b->fd >= 0)
		(void)close(b->fd);
	b->fd = -1;
}

/* The last number given out; 0 when it cannot be had. loadavg = ... last_pid "\n" */
static uint32_t
last_number(struct births *b)
{
	char text[128];
	ssize_t n = pread(b->fd, text, sizeof text, 0);
	struct span s = span_of(text, n > 0 ? (size_t)n : 0), word, last = {0};
	uint64_t v;

	while (span_word(&s, &word))
		last = word;
	if (!last.p || num_u64(&last, &v) < 0 || v > INT32_MAX)
		return 0;
	return (uint32_t)v;
}

/* One more than the largest number that can be given out. */
static uint32_t
number_limit(const struct root *r)
{
	struct buf b = {0};
	struct span s;
	uint64_t v = 0;

	if (root_read(r, ROOT_PROC, "sys/kernel/pid_max", &b) == 0) {
		s = span_of(b.data, b.len);
		if (num_u64(&s, &v) < 0 || v > INT32_MAX)
			v = 0;
	}
	buf_release(&b);
	return (uint32_t)v;
}

static void
put_range(struct pidlist *l, uint32_t from, uint32_t to)
{
	GROW(l->pid, l->cap, l->n + (to - from));
	while (from < to)
		l->pid[l->n++] = from++;
}

/* The numbers after `from` up to `to`, in rising order. False when there are more than max. */
static bool
numbers(struct births *b, const struct root *r, uint32_t from, uint32_t to, size_t max)
{
	uint32_t limit;

	b->list.n = 0;
	if (from <= to) {
		if (to - from > max)
			return false;
		put_range(&b->list, from + 1, to + 1);
		return true;
	}
	limit = number_limit(r);
	if (limit <= from || (size_t)to + (limit - from) > max)
		return false;
	put_range(&b->list, 1, to + 1);
	put_range(&b->list, from + 1, limit);
	return true;
}

int
births_read(struct births *b, const struct root *r, size_t nknown)
{
	uint32_t now = b->numbered ? last_number(b) : 0;
	bool list = !now || !b->from || b->distrust || b->age >= RELIST ||
		    !numbers(b, r, b->from, now, NUMBERS_MIN + 4 * nknown);
	int ret = 0;

	b->told_from = b->from;
	if (list) {
		ret = pidlist_read(&b->list, r);
		b->told_to = now ? last_number(b) : 0;
		b->age = 0;
		if (b->distrust)
			b->distrust--;
	}
	b->whole = list;
	b->age++;
	b->from = b->last ? b->last : now;
	b->last = now;
	return ret;
}

void
births_found(struct births *b, uint32_t pid)
{
	uint32_t from = b->told_from, to = b->told_to;
	bool told = from <= to ? pid > from && pid <= to : pid > from || pid <= to;

	if (from && to && !told)
		b->distrust = DISTRUST;
}
