#include "store/names.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "store/recording.h"

enum { STAMP = 16, NUMBERS = 10000 };

static const char stamp_format[] = "%Y%m%dT%H%M%SZ", pattern[] = "ddddddddTddddddZ-dddd";

bool
name_is_ours(const char *name)
{
	for (const char *p = pattern; *p; p++, name++)
		if (*p == 'd' ? *name < '0' || *name > '9' : *name != *p)
			return false;
	return strcmp(name, RECORDING_SUFFIX) == 0;
}

static unsigned
number_of(const char *name)
{
	unsigned n = 0;

	for (const char *p = name + STAMP + 1; *p != '.'; p++)
		n = 10 * n + (unsigned)(*p - '0');
	return n;
}

static int
put_stamp(time_t t, char ret[STAMP + 1])
{
	struct tm tm;

	return gmtime_r(&t, &tm) && strftime(ret, STAMP + 1, stamp_format, &tm) ? 0 : -EOVERFLOW;
}

int
name_next(const char *last, int64_t wall_ns, char ret[NAME_SIZE])
{
	char stamp[STAMP + 1];
	unsigned number = 0;
	int r = put_stamp((time_t)(wall_ns / NS_PER_S), stamp);

	if (r == 0 && *last && memcmp(stamp, last, STAMP) <= 0) {
		memcpy(stamp, last, STAMP);
		number = (number_of(last) + 1) % NUMBERS;
		if (!number) {
			struct tm tm = {0};

			if (!strptime(last, stamp_format, &tm))
				return -EOVERFLOW;
			r = put_stamp(timegm(&tm) + 1, stamp);
		}
	}
	if (r == 0)
		snprintf(ret, NAME_SIZE, "%s-%04u" RECORDING_SUFFIX, stamp, number);
	return r;
}
