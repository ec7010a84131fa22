/* signals: their names, as `kill -l` gives them. The two or three between the classic and the first
 * real-time signal belong to the C library and have none. */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "act/act.h"
#include "base/mem.h"
#include "base/num.h"

enum { CLASSIC_MAX = 31 };

static const struct {
	char name[8];
	int signo;
} aliases[] = {
	{"IO", SIGIO}, {"POLL", SIGPOLL}, {"IOT", SIGABRT}, {"CLD", SIGCHLD},
};

/* Counted from the nearer end. */
static void
realtime_name(int signo, char *out, size_t size)
{
	int up = signo - SIGRTMIN, down = SIGRTMAX - signo;

	if (up == 0)
		(void)snprintf(out, size, "SIGRTMIN");
	else if (down == 0)
		(void)snprintf(out, size, "SIGRTMAX");
	else if (up <= down)
		(void)snprintf(out, size, "SIGRTMIN+%u", (unsigned)up % 100);
	else
		(void)snprintf(out, size, "SIGRTMAX-%u", (unsigned)down % 100);
}

int
signal_list(struct signal_name *ret, int max)
{
	int n = 0;

	for (int s = 1; s <= SIGRTMAX && n < max; s++) {
		const char *name = s <= CLASSIC_MAX ? sigabbrev_np(s) : NULL;

		if (!name && s < SIGRTMIN)
			continue;
		ret[n].signo = s;
		if (name)
			(void)snprintf(ret[n].name, sizeof ret[n].name, "SIG%.8s", name);
		else
			realtime_name(s, ret[n].name, sizeof ret[n].name);
		n++;
	}
	return n;
}

static int
known(uint64_t v)
{
	bool classic = v >= 1 && v <= CLASSIC_MAX;
	bool realtime = v >= (uint64_t)SIGRTMIN && v <= (uint64_t)SIGRTMAX;

	return classic || realtime ? (int)v : -1;
}

/* "RTMIN+3", "RTMAX-2", "RTMIN" */
static int
realtime_by_name(const char *name)
{
	bool from_max = strncasecmp(name, "RTMAX", 5) == 0;
	struct span s;
	uint64_t v = 0;
	int signo;

	if (!from_max && strncasecmp(name, "RTMIN", 5) != 0)
		return -1;
	name += 5;
	if (*name) {
		if (*name != (from_max ? '-' : '+') || (unsigned)(name[1] - '0') >= 10)
			return -1;
		s = span_of(name + 1, strlen(name + 1));
		if (num_u64(&s, &v) < 0 || !span_empty(s) || v > (uint64_t)SIGRTMAX)
			return -1;
	}
	signo = from_max ? SIGRTMAX - (int)v : SIGRTMIN + (int)v;
	return signo >= SIGRTMIN && signo <= SIGRTMAX ? signo : -1;
}

int
signal_by_name(const char *name)
{
	struct span s = span_of(name, strlen(name));
	uint64_t v;

	if ((unsigned)(*name - '0') < 10)
		return num_u64(&s, &v) == 0 && span_empty(s) ? known(v) : -1;
	if (strncasecmp(name, "SIG", 3) == 0)
		name += 3;
	for (int i = 1; i <= CLASSIC_MAX; i++) {
		const char *abbrev = sigabbrev_np(i);

		if (abbrev && strcasecmp(name, abbrev) == 0)
			return i;
	}
	for (size_t i = 0; i < ARRAY_LEN(aliases); i++)
		if (strcasecmp(name, aliases[i].name) == 0)
			return aliases[i].signo;
	return realtime_by_name(name);
}
