/* fuzz_pid: the files of one process. The first byte picks the parser. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "sys/pid.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check(bool ok)
{
	if (!ok)
		abort();
}

static void
try_stat(struct span text)
{
	struct pid_stat s;

	if (pid_stat_parse(text, &s) < 0)
		return;
	check(s.pid != 0 && memchr(s.comm, '\0', sizeof s.comm) != NULL);
	check(s.nfields >= PID_STAT_STARTTIME && s.nfields <= PID_STAT_GUEST);
	(void)pid_policy_name(s.policy);

	char tty[16];
	pid_tty_name(s.tty_nr, tty);
	check(memchr(tty, '\0', sizeof tty) != NULL);
}

static void
try_cmdline(struct span text)
{
	size_t n = span_len(text), len;
	char *copy = malloc(n ? n : 1);

	if (!copy)
		return;
	memcpy(copy, text.p, n);
	len = pid_cmdline_join(copy, n);
	check(len <= n && !memchr(copy, '\0', len));
	check(len == 0 || copy[len - 1] != ' ');
	free(copy);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pid_status status;
	struct pid_statm statm;
	struct pid_io io;
	struct span text, path;

	if (size < 1)
		return 0;
	text = span_of((const char *)data + 1, size - 1);
	switch (data[0] % 6) {
	case 0:
		try_stat(text);
		break;
	case 1:
		(void)pid_statm_parse(text, &statm);
		break;
	case 2:
		pid_status_parse(text, &status);
		break;
	case 3:
		(void)pid_io_parse(text, &io);
		break;
	case 4:
		try_cmdline(text);
		break;
	default:
		if (pid_cgroup_parse(text, &path))
			check(path.p >= text.p && path.end <= text.end && *path.p == '/' &&
			      !memchr(path.p, '\n', span_len(path)));
		break;
	}
	return 0;
}
