#include "app/hours.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"

static const int64_t HOUR_NS = 3600 * NS_PER_S;

static int64_t
hour_of(int64_t wall_ns)
{
	return (wall_ns - (wall_ns % HOUR_NS + HOUR_NS) % HOUR_NS) / HOUR_NS;
}

/* It was mostly the one that was asked for last. */
static struct hour *
get_hour(struct hours *h, const char *host, int64_t number, size_t *last)
{
	for (size_t i = 0; i <= h->n; i++) {
		size_t at = i ? i - 1 : *last;
		struct hour *k = at < h->n ? &h->hour[at] : NULL;

		if (k && k->number == number && strcmp(k->host, host) == 0) {
			*last = at;
			return k;
		}
	}
	GROW(h->hour, h->cap, h->n + 1);
	*last = h->n++;
	h->hour[*last] = (struct hour){.host = xstrdup(host), .number = number};
	return &h->hour[*last];
}

static void
add_moment(struct hour *h, uint64_t n)
{
	if (h->n && h->part[h->n - 1].end == n) {
		h->part[h->n - 1].end++;
		return;
	}
	GROW(h->part, h->cap, h->n + 1);
	h->part[h->n++] = (struct moments){n, n + 1};
}

static int
compare_hours(const void *a, const void *b)
{
	const struct hour *x = a, *y = b;
	int r = strcmp(x->host, y->host);

	return r ? r : CMP(x->number, y->number);
}

int
hours_find(struct hours *h, struct recording *rec, uint64_t first, uint64_t end, int64_t every_ns,
	   struct err *e)
{
	struct past *p = recording_past(rec);
	size_t last = 0;

	*h = (struct hours){.every_ns = every_ns};
	for (uint64_t n = first; n < end; n++) {
		const struct head *head = recording_head(rec, n);
		struct moment m;

		if (head && past_moment(p, n, &m))
			add_moment(get_hour(h, head->host, hour_of(m.wall_ns), &last), n);
	}
	for (size_t i = 0; i < h->n; i++) {
		struct hour *hour = &h->hour[i];
		struct hour_walk w = {0};
		struct moment m;

		while (hours_walk(h, hour, p, &w)) {
			if (!past_moment(p, w.n, &m))
				continue;
			if (!hour->moments || m.wall_ns < hour->first_ns)
				hour->first_ns = m.wall_ns;
			if (!hour->moments || m.wall_ns > hour->last_ns)
				hour->last_ns = m.wall_ns;
			hour->moments++;
		}
		h->moments += hour->moments;
	}
	if (!h->moments)
		return err_set(e, -ENOENT, "the recording has lost these moments meanwhile");
	qsort(h->hour, h->n, sizeof *h->hour, compare_hours);
	return 0;
}

void
hours_release(struct hours *h)
{
	for (size_t i = 0; i < h->n; i++) {
		free(h->hour[i].host);
		free(h->hour[i].part);
	}
	free(h->hour);
	*h = (struct hours){0};
}

bool
hours_walk(const struct hours *h, const struct hour *hour, struct past *p, struct hour_walk *w)
{
	while (w->part < hour->n) {
		const struct moments *s = &hour->part[w->part];
		struct moment m;

		w->n = w->begun ? w->n + 1 : s->first;
		w->begun = true;
		if (w->n == s->end) {
			*w = (struct hour_walk){.part = w->part + 1, .next_ns = INT64_MIN};
			continue;
		}
		if (!h->every_ns)
			return true;
		if (!past_moment(p, w->n, &m) || m.wall_ns < w->next_ns)
			continue;
		w->next_ns = m.wall_ns + h->every_ns;
		return true;
	}
	return false;
}
