#ifndef SYS_CONNECTOR_H
#define SYS_CONNECTOR_H

/* connector: births, new programs and ends of processes, as the kernel's proc connector tells them.
 *
 * Needs CONFIG_PROC_EVENTS, the initial network, user and PID namespaces, and before Linux 6.6
 * CAP_NET_ADMIN (else -EPERM). Elsewhere than in the initial PID namespace the kernel takes the
 * subscription and does nothing, which is told as -ENOTSUP like the other namespaces.
 *
 * A message: a netlink header; struct cn_msg of 20 bytes {u32 idx, val, seq, ack; u16 len, flags};
 * struct proc_event {u32 what, cpu; u64 monotonic ns; then by kind
 *     fork  parent pid, parent tgid, child pid, child tgid
 *     exec  pid, tgid
 *     exit  pid, tgid, wait status, signal to the parent, parent pid, parent tgid (both Linux 4.18)
 *     none  an errno: the answer to a subscription; cn_msg.ack is ours + 1}
 *
 * The kernel tells of threads as well. What is about a process is: a fork with child pid = tgid,
 * any exec, and an exit with pid = tgid. A socket filter keeps the others from waking us, and
 * connector_next() leaves them out in any case. But an exit with pid = tgid is the end of a
 * process's *first thread*: others may live on, and when one of those executes a program, it
 * takes the first one's number and the process continues.
 *
 * cn_msg.seq counts all events of a CPU, those the filter keeps away too, so that gaps say nothing;
 * what is lost is counted by the socket (netlink.h), except when the kernel had no memory for it.
 */
#include "base/root.h"
#include "sys/netlink.h"

enum connector_what { CONNECTOR_ANSWER, CONNECTOR_FORK, CONNECTOR_EXEC, CONNECTOR_EXIT };

struct connector_event {
	enum connector_what what;
	uint32_t tgid;
	uint32_t parent;   /* its tgid; 0: not known. Of forks and exits. */
	uint32_t status;   /* of an exit, as wait() gives it; of an answer, an errno or 0 */
	uint32_t ack;      /* of an answer */
	uint32_t cpu, seq; /* where it happened */
	int64_t mono_ns;   /* when, by CLOCK_MONOTONIC */
};

/* The next event about a process in a datagram: 1; 0 at the end; -EINVAL when the rest is not
 * understood (it is then gone). Takes any bytes. */
int connector_next(struct span *datagram, struct connector_event *ret);

/* Subscribes. 0 or -errno, and the socket is closed then. */
int connector_open(struct netlink *n, struct netlink_batch *b, const struct root *root);
/* Tells the kernel, which would go on making events for nobody, and closes. */
void connector_close(struct netlink *n);

#endif
