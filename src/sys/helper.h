#ifndef SYS_HELPER_H
#define SYS_HELPER_H

/* helper: a thread or a process of our own that does a round of errands in memory it shares with
 * us. For errand.c only.
 *
 * A thread costs next to no memory, but nobody can end it alone: one that is stuck stays until it
 * has its answer, or until we end, if SIGKILL reaches it. It does where files of processes wait for
 * the lock of an address space (before Linux 5.3 it does not); it does not in statvfs() when a FUSE
 * daemon took the question and is silent, and a thread there keeps us from being reaped: whoever
 * waits for sonde would wait for that mount. getpwuid() is asked by a process too: it loads modules
 * of name services, as large as all of ours, into whoever asks.
 *
 * A process costs as much memory as we have, page by page as we write to ours. It is killed when it
 * is left; one that SIGKILL does not reach keeps nobody waiting, for it has no terminal and no pipe
 * of ours.
 */
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/root.h"

enum errand_kind { ERRAND_FILE, ERRAND_DETAIL, ERRAND_STATVFS, ERRAND_USER, ERRAND_KINDS };
enum { ROUND_MAX = 2048, ROUND_NAMES = 1 << 17, ROUND_TEXT = 1 << 20 };

struct round_request {
	uint32_t kind;
	uint32_t id;   /* FILE, DETAIL: whose; USER: who */
	uint32_t max;  /* bytes of the answer, at most ROUND_TEXT */
	uint32_t name; /* where in names: of the file, or a path, or "" */
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

/* One with a round, that does not run yet. NULL and errno. */
struct helper *helper_new(void);
struct round *helper_round(struct helper *h);
bool helper_runs(const struct helper *h);
/* Borrows root for the call. 0 or -errno. */
int helper_start(struct helper *h, const struct root *root, bool thread);
bool helper_is_thread(const struct helper *h); /* once it was started */
int helper_send(struct helper *h); /* here is a round; 0 or -errno */
/* Waits until the round is done: 1; 0 when time is up; -errno when the helper is no more. */
int helper_wait(struct helper *h, int64_t until_ns);
/* Does it work, or wait for a CPU? Else it is stuck. */
bool helper_works(const struct helper *h);
/* Lets go of it, whatever it does: a thread ends when it comes back, a process is killed. True when
 * it has ended and is freed; else helper_ended() tells some day. */
bool helper_leave(struct helper *h);
bool helper_ended(struct helper *h); /* true: it is freed */
/* Nobody will ask: what a stuck thread works with is freed when it comes back. */
void helper_forget(struct helper *h);

#endif
