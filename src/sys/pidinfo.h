#ifndef SYS_PIDINFO_H
#define SYS_PIDINFO_H

/* pidinfo: the files of a process that are read seldom, or of few. As in pid.h: parsing apart from
 * reading, any input is taken, and what is missing or cut is left out.
 */
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/num.h"
#include "base/root.h"

/* The rest of PID/status, what pid_status_parse() leaves. Texts point into what was parsed. */
enum pid_detail_have {
	DETAIL_SUID = 1 << 0,
	DETAIL_NSPID = 1 << 1,
	DETAIL_FILTERS = 1 << 2,
};
enum pid_detail_text {
	DETAIL_GROUPS,
	DETAIL_CPUS,
	DETAIL_SIG_PENDING, /* these in hexadecimal */
	DETAIL_SIG_BLOCKED,
	DETAIL_SIG_IGNORED,
	DETAIL_SIG_CAUGHT,
	DETAIL_CAPS_PERMITTED,
	DETAIL_CAPS_BOUNDING,
	DETAIL_CAPS_AMBIENT,
	DETAIL_TEXTS
};
struct pid_detail {
	unsigned have;
	uint32_t suid, nspid, filters; /* nspid: in the innermost namespace */
	struct span text[DETAIL_TEXTS]; /* p is NULL: not there */
	uint64_t pending;               /* of thread and process together; text is NULL then */
};
void pid_detail_parse(struct span text, struct pid_detail *ret);

/* PID/schedstat, of one thread. */
struct pid_sched {
	uint64_t run_ns, wait_ns, slices;
};
int pid_sched_parse(struct span text, struct pid_sched *ret); /* 0 or -EINVAL */

/* PID/smaps_rollup, in bytes. */
struct pid_smaps {
	uint64_t pss, pss_anon, uss, swap_pss, huge;
	bool has_anon; /* Linux 5.4 */
};
int pid_smaps_parse(struct span text, struct pid_smaps *ret); /* 0 or -EINVAL */

/* "/autogroup-25 nice 0" */
int pid_autogroup_parse(struct span text, uint64_t *ret_id, int64_t *ret_nice);
/* The soft limit of open files in PID/limits; UINT64_MAX: there is none. 0 or -EINVAL. */
int pid_limits_parse(struct span text, uint64_t *ret_files);
/* "net:[4026531840]" */
int pid_ns_parse(struct span text, uint64_t *ret_inode);
/* Cuts " (deleted)" off what PID/exe points to. True when it was there. */
bool pid_exe_deleted(struct span *path);

/* What a link of PID/ points to: bytes (a longer one is cut), or -errno as of pid_open(). */
ssize_t pid_link(const struct root *r, uint32_t pid, const char *name, char *to, size_t max);
/* How many descriptors it has open, or -errno; -EFBIG for more than max where they have to be
 * counted one by one (before Linux 6.2). */
int64_t pid_count_fds(const struct root *r, uint32_t pid, unsigned max);

#endif
