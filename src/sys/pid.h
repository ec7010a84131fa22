#ifndef SYS_PID_H
#define SYS_PID_H

/* pid: the files of one process (or thread: PID/task/TID): parsing, apart from reading, so that any
 * bytes can be tried. All parsers take any input, leave what is missing out of `have` and never
 * fail on extra columns or lines.
 */
#include <stdbool.h>
#include <stdint.h>

#include "base/num.h"
#include "base/root.h"

/* PID/stat. comm is what stands between the first '(' and the last ')': any bytes. */
struct pid_stat {
	uint32_t pid;
	char comm[64]; /* NUL terminated; the kernel gives 15 bytes, more for its workers */
	char state;
	uint32_t ppid, pgrp, session;
	int32_t tty_nr;
	uint32_t flags;                   /* PF_KTHREAD is 0x00200000 */
	uint64_t minflt, majflt;
	uint64_t utime, stime;            /* clock ticks */
	int64_t cutime, cstime;           /* clock ticks */
	int32_t priority, nice;
	uint32_t num_threads;
	uint64_t starttime;               /* clock ticks since boot */
	uint64_t vsize;                   /* bytes */
	int64_t rss;                      /* pages; may be below 0 for a moment */
	uint32_t processor, rt_priority, policy;
	uint64_t blkio_ticks;             /* delayacct_blkio_ticks */
	uint64_t guest_time;              /* clock ticks */
	unsigned nfields;                 /* how many of these the line had, from pid = 1: later ones are 0 */
};
enum { PID_STAT_STARTTIME = 22, PID_STAT_RSS = 24, PID_STAT_PROCESSOR = 39, PID_STAT_RTPRIO = 40,
       PID_STAT_POLICY = 41, PID_STAT_BLKIO = 42, PID_STAT_GUEST = 43 };
/* 0; -EINVAL when identity (pid, comm, state, start time) cannot be had. */
int pid_stat_parse(struct span text, struct pid_stat *ret);

/* PID/statm: pages. */
struct pid_statm {
	uint64_t size, resident, shared, text, data;
};
int pid_statm_parse(struct span text, struct pid_statm *ret);

/* PID/status. Sizes in bytes. have: one bit per member that was there. */
enum pid_status_have {
	STATUS_UID = 1 << 0, /* ruid, euid */
	STATUS_GID = 1 << 1,
	STATUS_RSS = 1 << 2, /* the three kinds */
	STATUS_SWAP = 1 << 3,
	STATUS_HWM = 1 << 4,
	STATUS_PEAK = 1 << 5,
	STATUS_LOCKED = 1 << 6,
	STATUS_PTE = 1 << 7,
	STATUS_VCTX = 1 << 8,
	STATUS_NVCTX = 1 << 9,
	STATUS_TRACER = 1 << 10,
	STATUS_CAPS = 1 << 11,
	STATUS_SECCOMP = 1 << 12,
	STATUS_NNP = 1 << 13,
};
struct pid_status {
	unsigned have;
	uint32_t ruid, euid, egid;
	uint64_t rss_anon, rss_file, rss_shmem, swap, hwm, peak, locked, pte;
	uint64_t vctx, nvctx;
	uint32_t tracer, seccomp, nnp;
	uint64_t caps;
};
void pid_status_parse(struct span text, struct pid_status *ret);

/* PID/io. -EINVAL unless all seven lines are there. */
struct pid_io {
	uint64_t rchar, wchar, syscr, syscw, read_bytes, write_bytes, cancelled;
};
int pid_io_parse(struct span text, struct pid_io *ret);

/* PID/cmdline: arguments end in NUL (or, in processes that rewrite them, do not). Joins them by
 * blanks in place and gives the length without trailing ones; 0 when there are none. */
size_t pid_cmdline_join(char *text, size_t n);

/* PID/cgroup: the path of the version 2 line (0::), else of the systemd hierarchy, else of the
 * first. False when there is none. The span points into text. */
bool pid_cgroup_parse(struct span text, struct span *ret_path);

/* tty_nr as a name: "pts/3", "tty1", "ttyS0", or "4:1" style numbers; "" for none. */
void pid_tty_name(int32_t tty_nr, char ret[16]);
const char *pid_policy_name(uint32_t policy); /* a literal */

/* Opens PID/file or PID/task/TID/file (tid 0: of the process). A descriptor or -errno; -ESRCH when
 * the process has gone, -ENOENT when it is there and has no such file. */
int pid_open(const struct root *r, uint32_t pid, uint32_t tid, const char *file);
/* The same, with flags of open(2) of one's own. */
int pid_open_flags(const struct root *r, uint32_t pid, uint32_t tid, const char *file, int flags);
/* Reads such a file from its start, as often as one likes: it stays that of the process it was
 * opened for, and gives -ESRCH when that has gone. At most max bytes: a longer one is cut, which is
 * no failure. 0 or -errno. */
int pid_read_open(int fd, size_t max, struct buf *b);
/* The same into memory that is there: how many bytes, or -errno. */
ssize_t pid_read_into(int fd, char *to, size_t max);
/* Both, and closes it. */
int pid_read(const struct root *r, uint32_t pid, uint32_t tid, const char *file, size_t max,
	     struct buf *b);

#endif
