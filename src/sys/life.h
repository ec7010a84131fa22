#ifndef SYS_LIFE_H
#define SYS_LIFE_H

/* life: births and ends of processes as the kernel tells them, of those too that were never seen in
 * a list. A small thread keeps the kernel's queues from running over; life_take() reads what is in
 * them, and so is up to date.
 *
 * What it costs: on an idle machine nothing, no wake-up. Once something happens the thread lets
 * it gather for PAUSE_MS (life.c) before it reads, so that a storm of any size means some 25
 * rounds a second; more when it may have only a short queue, as somebody without privileges. The
 * kernel writes a message of some 100 bytes a fork, an exec and an exit, and one of some 600 a
 * thread that ends.
 *
 *              fork exec exit, status, exact time    name, user, CPU, memory, I/O
 *   root       yes                                   yes
 *   others     since Linux 6.6                       no
 *   elsewhere than in the initial PID, user and network namespaces: no
 *
 * A process's start is known when its birth was seen, or from its record.
 */
#include "base/root.h"
#include "sys/endings.h"

struct life;

/* Never fails: where nothing works life_sources() says why, and nothing ever ends. Everything is
 * off on another root than this machine's. */
struct life *life_new(const struct root *root);
/* 0 for each source that works, or -errno: -ENOTSUP in another PID namespace or on another root,
 * -EPERM without the privilege, -ENOENT or -EPROTONOSUPPORT when the kernel was built without. */
void life_sources(struct life *l, int *ret_events, int *ret_records);
/* Moves what ended since the last call, oldest first, at most max of them, to ret: how many.
 * What is left comes by the next call. Any thread may ask. */
size_t life_take(struct life *l, struct ended *ret, size_t max, struct life_counts *ret_counts);
void life_free(struct life *l); /* NULL is fine; the thread ends at once */

#endif
