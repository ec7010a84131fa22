#ifndef ACT_ACT_H
#define ACT_ACT_H

/* act: things done to processes. A target is taken when the user opens the dialog and held: a pidfd
 * where the kernel has them (5.3), else (pid, start time) compared just before the call. No signal
 * ever goes to a process that merely has the same number.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"
#include "base/root.h"

struct target {
	pid_t pid;
	uint64_t start_ticks; /* field 22 of PID/stat; what was shown */
	int pidfd;            /* -1: none */
};

/* 0, -ESRCH when the process is gone or another has its number, -errno. Every action refuses a
 * number below 1 (-EINVAL) and a root that is not our machine (-EOPNOTSUPP). t can be closed in any
 * case. */
int target_open(struct target *t, const struct root *root, pid_t pid, uint64_t start_ticks);
/* The same without holding a descriptor, for those beyond what we may have open: a signal opens the
 * pidfd for the moment it needs. */
int target_note(struct target *t, const struct root *root, pid_t pid, uint64_t start_ticks);
void target_close(struct target *t);
int target_budget(void); /* how many may be held: a part of what we may have open */
/* The program it runs, as the kernel names the file ("/usr/bin/x (deleted)"). 0 or -errno. */
int target_program(const struct root *root, pid_t pid, uint64_t start_ticks, char *out, size_t n);
bool target_ended(const struct target *t, const struct root *root); /* a zombie has, too */

/* 0 or -errno; -ESRCH when it is gone by now. Process 1 is refused with -EPERM unless `pid1` is
 * said. */
int act_signal(const struct target *t, const struct root *root, int signo, bool pid1);
/* For what knows bare numbers only: the start time is compared just before and just after the call.
 * -ESTALE when it changed in between (the caller says so); else what call() gave. */
int target_guard(const struct target *t, const struct root *root,
		 int (*call)(const struct target *t, const struct root *root, void *arg),
		 void *arg);

/* What -errno means for a person: "not permitted: needs CAP_KILL or the same user". A constant. */
const char *act_explain(int error, const char *capability);

struct signal_name {
	int signo;
	char name[12]; /* "SIGTERM", "SIGRTMIN+1" */
};
/* All signals of this system in order of number, the real-time ones too. Returns how many. */
int signal_list(struct signal_name *ret, int max);
int signal_by_name(const char *name); /* "TERM", "SIGTERM", "15"; -1 when unknown */

#endif
