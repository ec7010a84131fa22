#ifndef SYS_HELPER_H
#define SYS_HELPER_H

/* helper: a thread or a process of our own that does a round of errands in memory it shares with
 * us. For errand.c only.
 *
 * Files of processes are read by a thread, which costs no memory: what waits there for the lock of
 * an address space ends when we do. statvfs() is called by a process, for it can wait where not even
 * SIGKILL reaches it (a FUSE daemon took the question and is silent), and keeps its whole process
 * from being reaped: whoever waits for sonde would wait for that mount. Both hold no terminal, no
 * pipe and no lock of ours, so they can be left behind; a process that can be killed is.
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

struct helper;

/* Works off the requests, as many as the text has room for, unless it was left (NULL: never).
 * may_block: also on FIFOs. */
void round_run(struct round *rd, const struct root *root, bool may_block, _Atomic bool *left);

/* One for errands of a kind, with a round, that does not run yet. NULL and errno. */
struct helper *helper_new(enum errand_kind kind);
struct round *helper_round(struct helper *h);
bool helper_runs(const struct helper *h);
int helper_start(struct helper *h, const struct root *root); /* 0 or -errno */
int helper_send(struct helper *h); /* here is a round; 0 or -errno */
/* Waits until the round is done: 1; 0 when time is up; -errno when the helper is no more. */
int helper_wait(struct helper *h, int64_t until_ns);
/* Does it work, or wait for a CPU? Else it is stuck. */
bool helper_works(const struct helper *h);
/* Lets go of it, whatever it does. True when it has ended and is freed; else helper_ended() tells
 * some day. */
bool helper_leave(struct helper *h);
bool helper_ended(struct helper *h); /* true: it is freed */

#endif
