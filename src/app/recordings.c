#include "app/recordings.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/when.h"
#include "store/recording.h"

/* Of what was recorded a moment ago one may say that it is now. */
static const int64_t LATER_NS = 60 * NS_PER_S;

/* Of a directory below one that is ours alone. */
static int
make(const char *path, struct err *e)
{
	if (mkdir(path, 0700) < 0 && errno != EEXIST)
		return err_set(e, -errno, "%.150s: cannot be made: %s", path, strerror(errno));
	return 0;
}

int
recordings_dir(struct buf *ret, struct err *e)
{
	const char *state = secure_getenv("XDG_STATE_HOME"), *home = secure_getenv("HOME");
	static const char *const below[] = {"/.local", "/state"};
	int r = 0;

	buf_clear(ret);
	if (geteuid() == 0) {
		buf_puts(ret, "/var/log/sonde");
		return 0;
	}
	if (state && *state == '/') {
		buf_puts(ret, state);
	} else if (home && *home == '/') {
		buf_puts(ret, home);
		for (size_t i = 0; i < 2 && r == 0; i++) {
			buf_puts(ret, below[i]);
			r = make(ret->data, e);
		}
	} else {
		r = err_set(e, -ENOENT, "expected a directory, for HOME is not set");
	}
	buf_puts(ret, "/sonde");
	return r;
}

int
recordings_open_itself(const char *path, struct recording **ret, struct err *e)
{
	struct buf usual = {0};
	int r = 0;

	if (!path)
		r = recordings_dir(&usual, e);
	if (r == 0)
		r = recording_open(path ? path : usual.data, ret, e);
	buf_release(&usual);
	return r;
}

int
recordings_open(const char *path, struct past **ret, struct err *e)
{
	struct recording *rec;
	int r = recordings_open_itself(path, &rec, e);

	if (r == 0)
		*ret = recording_past(rec);
	return r;
}

bool
recordings_damage(struct past *p, char ret[160])
{
	struct recording_facts facts;

	recording_facts((const struct recording *)p, &facts);
	if (!facts.damages && !facts.orphans)
		return false;
	snprintf(ret, 160,
		 "the recording is damaged in %u places: %llu bytes were passed over, and %llu "
		 "samples that need them",
		 facts.damages, (unsigned long long)facts.damaged_bytes,
		 (unsigned long long)facts.orphans);
	return true;
}

static void
put_time(char ret[32], int64_t wall_ns)
{
	time_t t = (time_t)(wall_ns / NS_PER_S);
	struct tm tm;

	if (!localtime_r(&t, &tm) || !strftime(ret, 32, "%Y-%m-%d %H:%M:%S", &tm))
		snprintf(ret, 32, "?");
}

/* What is kept, for a sentence; false when nothing is. */
static bool
bounds(struct past *p, struct moment *ret_oldest, struct moment *ret_newest, struct err *e)
{
	uint64_t first, end;

	past_span(p, &first, &end);
	if (first < end && past_moment(p, first, ret_oldest) &&
	    past_moment(p, end - 1, ret_newest))
		return true;
	err_set(e, -ENOENT, "nothing is recorded");
	return false;
}

static int
outside(const char *text, const struct moment *oldest, const struct moment *newest, struct err *e)
{
	char from[32], to[32];

	put_time(from, oldest->wall_ns);
	put_time(to, newest->wall_ns);
	return err_set(e, -ENOENT, "%.60s: nothing is recorded then; expected a time from %s to %s",
		       text, from, to);
}

/* A time of day is the latest of what was recorded, be it of last week; days count from today. */
static int
parse(const char *text, int64_t newest_ns, int64_t *ret_ns, struct err *e)
{
	int64_t now = clock_ns(CLOCK_REALTIME);
	struct err why;
	int r;

	if (strspn(text, "0123456789:") == strlen(text))
		now = MIN(now, newest_ns + LATER_NS);
	r = when_parse(text, now, newest_ns, false, ret_ns, &why);
	return r < 0 ? err_set(e, r, "\"%.60s\": %.180s", text, why.text) : 0;
}

int
recordings_when(struct past *p, const char *text, uint64_t *ret_n, struct err *e)
{
	struct moment oldest, newest;
	int64_t wall_ns;
	int r;

	if (!bounds(p, &oldest, &newest, e))
		return -ENOENT;
	r = parse(text, newest.wall_ns, &wall_ns, e);
	if (r < 0)
		return r;
	if (wall_ns < oldest.wall_ns || wall_ns > newest.wall_ns + LATER_NS ||
	    !past_find(p, wall_ns, ret_n))
		return outside(text, &oldest, &newest, e);
	return 0;
}

int
recordings_window(struct past *p, const char *from, const char *to, uint64_t *ret_first,
		  uint64_t *ret_end, struct err *e)
{
	int64_t from_ns = INT64_MIN, to_ns = INT64_MAX;
	struct moment oldest, newest, m;
	uint64_t first, end;
	int r = 0;

	if (!bounds(p, &oldest, &newest, e))
		return -ENOENT;
	past_span(p, &first, &end);
	if (from)
		r = parse(from, newest.wall_ns, &from_ns, e);
	if (r == 0 && to)
		r = parse(to, newest.wall_ns, &to_ns, e);
	if (r < 0)
		return r;
	if (from && past_find(p, from_ns, ret_first))
		first = *ret_first;
	while (first < end && past_moment(p, first, &m) && m.wall_ns < from_ns)
		first++; /* the first that is not before it */
	if (to && past_find(p, to_ns, ret_end) && past_moment(p, *ret_end, &m))
		end = *ret_end + (m.wall_ns <= to_ns);
	if (first >= end)
		return outside(from ? from : to, &oldest, &newest, e);
	*ret_first = first;
	*ret_end = end;
	return 0;
}
