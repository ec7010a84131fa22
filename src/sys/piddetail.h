#ifndef SYS_PIDDETAIL_H
#define SYS_PIDDETAIL_H

/* piddetail: the files of a process that its details are made of: parsing, apart from reading, as
 * in pid.h. All take any input. Spans point into what was parsed.
 */
#include <stdbool.h>
#include <stdint.h>

#include "base/num.h"

/* PID/fdinfo/N */
struct pid_fdinfo {
	bool has_position, has_flags;
	uint64_t position;
	uint32_t flags; /* as of open(2) */
};
void pid_fdinfo_parse(struct span text, struct pid_fdinfo *ret);
/* What PID/fd/N leads to: "file", "device", "pipe", "socket", "memfd", "namespace", or the name of
 * an anonymous inode; cut to fit. */
void pid_fd_kind(struct span target, char ret[24]);
bool pid_fd_deleted(struct span target);
/* The number in "socket:[20001]"; false when it is no socket. */
bool pid_fd_socket(struct span target, uint64_t *ret_inode);
const char *pid_fd_mode(uint32_t flags); /* "r", "w", "rw"; a literal */
void pid_fd_flags(uint32_t flags, char ret[64]); /* "append,nonblock" */

/* PID/limits, line by line. */
struct pid_limit {
	struct span name, unit; /* "open files", "files" */
	bool soft_unlimited, hard_unlimited;
	uint64_t soft, hard;
};
bool pid_limits_next(struct span *text, struct pid_limit *ret);

/* PID/environ: each ends in NUL; one without "=" has no value: p is NULL. False at the end. */
struct pid_variable {
	struct span name, value;
};
bool pid_environ_next(struct span *text, struct pid_variable *ret);

/* PID/stack, line by line: "ep_poll+0x2f/0x40" */
bool pid_stack_next(struct span *text, struct span *ret_function);

/* The number behind "Key:" of PID/status (in kB as bytes). False when there is none. */
bool pid_status_number(struct span text, const char *key, uint64_t *ret);

/* The path of version 2 in PID/cgroup ("0::/a/b"). False when there is none. */
bool pid_cgroup2_parse(struct span text, struct span *ret_path);

#endif
