#ifndef SYS_HELPER_H
#define SYS_HELPER_H

/* helper: a process of our own that does a round of errands in memory it shares with us. For
 * errand.c only.
 *
 * A process and not a thread: what waits in the kernel where not even SIGKILL reaches it (a FUSE
 * daemon took the question and is silent) keeps its whole process from being reaped, and whoever
 * waits for sonde would wait for that mount. A helper holds no terminal, no pipe and no lock of
 * ours, so it can be left behind; one that can be killed is.
 */
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/root.h"

enum errand_kind { ERRAND_FILE, ERRAND_STATVFS, ERRAND_KINDS };
enum { ROUND_MAX = 2048, ROUND_NAMES = 1 << 17, ROUND_TEXT = 1 << 20 };

struct round_request {
	uint32_t kind;
	uint32_t pid;  /* FILE: whose */
	uint32_t max;  /* bytes of the answer, at most ROUND_TEXT */
	uint32_t name; /* where in names: of the file, or a path */
};
struct round_result {
	int32_t error;    /* 0 or -errno */
	uint32_t at, len; /* in text; of STATVFS: a struct statvfs */
	int64_t took_ns;
};

struct round {
	uint32_t n;     /* requests */
	int64_t cpu_ns; /* that the helper used for it; when it is done */
	/* Only the next two change while a helper works on it. Results below done are final. */
	_Atomic uint32_t done;
	_Atomic int64_t began_ns; /* when the one that is being worked on was begun */
	struct round_request request[ROUND_MAX];
	struct round_result result[ROUND_MAX];
	char names[ROUND_NAMES];
	_Alignas(16) char text[ROUND_TEXT];
};

struct helper {
	pid_t pid; /* 0: none; the round may be there all the same */
	int sock;
	struct round *round;
};

/* Works off the requests, as many as the text has room for. may_block: also on FIFOs. */
void round_run(struct round *rd, const struct root *root, bool may_block);

int helper_map(struct helper *h); /* a round without a process; 0 or -errno */
int helper_start(struct helper *h, const struct root *root);
int helper_send(struct helper *h); /* here is a round; 0 or -errno */
/* Waits until the round is done: 1; 0 when time is up; -errno when the helper is no more. */
int helper_wait(struct helper *h, int64_t until_ns);
/* Kills it and forgets it, with its memory. Gives its number when it has not ended yet, else 0. */
pid_t helper_kill(struct helper *h);
bool helper_ended(pid_t pid); /* reaps it */

#endif
