#include "app/recordings.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/when.h"
#include "store/recording.h"

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
recordings_open(const char *path, struct past **ret, struct err *e)
{
	struct recording *rec;
	struct buf usual = {0};
	int r = 0;

	if (!path)
		r = recordings_dir(&usual, e);
	if (r == 0)
		r = recording_open(path ? path : usual.data, &rec, e);
	if (r == 0)
		*ret = recording_past(rec);
	buf_release(&usual);
	return r;
}

static void
put_time(char ret[32], int64_t wall_ns)
{
	time_t t = (time_t)(wall_ns / NS_PER_S);
	struct tm tm;

	if (!localtime_r(&t, &tm) || !strftime(ret, 32, "%Y-%m-%d %H:%M:%S", &tm))
		snprintf(ret, 32, "?");
}

int
recordings_when(struct past *p, const char *text, uint64_t *ret_n, struct err *e)
{
	char first_text[32], last_text[32];
	struct moment oldest, newest;
	uint64_t first, end;
	int64_t wall_ns;
	int r;

	past_span(p, &first, &end);
	if (first == end || !past_moment(p, first, &oldest) || !past_moment(p, end - 1, &newest))
		return err_set(e, -ENOENT, "nothing is recorded");
	r = when_parse(text, clock_ns(CLOCK_REALTIME), newest.wall_ns, false, &wall_ns, e);
	if (r < 0)
		return r;
	if (wall_ns < oldest.wall_ns) {
		put_time(first_text, oldest.wall_ns);
		put_time(last_text, newest.wall_ns);
		return err_set(e, -ENOENT, "%.60s: expected a time from %s to %s, as recorded",
			       text, first_text, last_text);
	}
	if (!past_find(p, wall_ns, ret_n))
		return err_set(e, -ENOENT, "nothing is recorded");
	return 0;
}
