#ifndef SYS_ERRAND_H
#define SYS_ERRAND_H

/* errand: questions to the kernel that may never be answered, asked in batches, with a deadline.
 * PID/cmdline and its like wait for the lock of the process's address space, statvfs() for a file
 * server that is gone, both for ever; getpwuid() for a name service, for minutes.
 *
 *     errands_clear(e);
 *     i = errand_file(e, key, pid, "cmdline", max);        as many as there are
 *     errands_run(e, now_ns);
 *     error = errand_text(e, i, &text, &n);                in any order
 *
 * A batch of any size costs two context switches and, once it was this large, no allocation. One
 * that has no answer after 200 ms gets -ETIMEDOUT and the rest goes on; after a second in all, what
 * is left gets -EAGAIN. Who had no answer is not asked again (-ETIMEDOUT at once) for 1 s, then for
 * 2 s, 4 s, up to 60 s, nor while the helper that asked has not come back. A helper that only waits
 * for a CPU is given more time. Nothing ever waits for a helper that is stuck, not the end of the
 * program either.
 *
 * Files are read by a thread; when four of these are stuck, by a process. statvfs() is called by a
 * process, getpwuid() by another one that ends with the batch: helper.h says why. No more than four
 * processes of each kind are left behind that cannot be killed; then that kind gets -EAGAIN.
 *
 * A key says who is asked: the same key is the same target; 0 for none. All users have one, for it
 * is the name service that hangs: who hung got -ETIMEDOUT, the others -EAGAIN until it may be asked
 * again. Whoever asks should then begin with another one, which may be known elsewhere.
 */
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/statvfs.h>

#include "base/root.h"

struct errands;

struct errands *errands_new(const struct root *root); /* borrowed; it stays where it is */
void errands_free(struct errands *e);

void errands_clear(struct errands *e);
/* All give the number of the question in the batch. PID/file, the first max bytes (at most 1 MiB;
 * a longer one is cut): */
uint32_t errand_file(struct errands *e, uint64_t key, uint32_t pid, const char *file, uint32_t max);
/* A file that does not come in one piece, to its end, or a directory ("fd/", "ns/"): its links, as
 * sys/pidlinks.h says. By a thread of its own: what is slow of one process delays no other. */
uint32_t errand_detail(struct errands *e, uint64_t key, uint32_t pid, const char *file,
		       uint32_t max);
uint32_t errand_statvfs(struct errands *e, uint64_t key, const char *path);
uint32_t errand_user(struct errands *e, uint32_t uid); /* the name, as text; -ENOENT: has none */
/* now_ns: of the clock that back-off goes by. */
void errands_run(struct errands *e, int64_t now_ns);
/* CPU time that helpers took since this was last asked: it is not on the clock of our thread. */
int64_t errands_cpu_ns(struct errands *e);

/* Answers, until errands_clear(). 0 or -errno, as pid_read() and statvfs() give it. The text may be
 * written to; a NUL is behind it. */
int errand_text(struct errands *e, uint32_t i, char **ret_text, size_t *ret_n);
int errand_usage(const struct errands *e, uint32_t i, struct statvfs *ret, int64_t *ret_took_ns);

/* Is this because the answer did not come in time? The cell then shows "~": row_late(). */
static inline bool
errand_is_late(int error)
{
	return error == -ETIMEDOUT || error == -EAGAIN;
}

#endif
