#ifndef SYS_TASKSTATS_H
#define SYS_TASKSTATS_H

/* taskstats: what a thread used, sent by the kernel when it ends.
 *
 * Needs CONFIG_TASKSTATS (else -ENOENT), the initial user and PID namespaces (else -ENOTSUP) and
 * CAP_NET_ADMIN (else -EPERM). A message: a netlink header, a generic one of 4 bytes, and
 *
 *     AGGR_PID { PID u32, STATS struct taskstats }      the thread that ended
 *     AGGR_TGID { TGID u32, STATS struct taskstats }    its process, see below
 *
 * with an empty attribute of padding here or there. When is it a process that ended?
 *
 *   A process that never had a second thread sends one message without AGGR_TGID. Of others
 *   every thread sends one, and the last one's has AGGR_TGID: sums over all threads. The last
 *   need not be the first thread, and the first may end long before the last. A thread that
 *   executes a program takes the first one's number: the record of the first one then is that of
 *   a thread like others, though its number is that of the process, which goes on. From version
 *   12 on (Linux 5.19) a record says whose thread it was (ac_tgid), and the last one of a
 *   process, with one thread or many, has AGROUP. Before, a message without AGGR_TGID is of a
 *   process or of a thread: only its number and the proc connector tell (endings.h). The exit
 *   status too is in every thread's record from 12 on, before in the first one's only. (All this
 *   was seen on Linux 6.18; of others the kernel's source says it.)
 *
 * What is in the sums of AGGR_TGID: the time on a CPU to the nanosecond (cpu_run_virtual_total),
 * user and system time by ticks in newer kernels (seen in version 16), else 0; faults, I/O and
 * memory not. The memory of a thread's record is that of its process. The ticks of user and
 * system time may all miss a short process; the time on a CPU is exact up to the last switch or
 * tick before the end.
 *
 * struct taskstats grew at its end from version to version, so a record is as long as it says
 * and a field is there when it is long enough; but version 15 (Linux 6.14) put fields in
 * between, which 16 took back.
 */
#include "base/root.h"
#include "sys/netlink.h"

enum { TASKSTATS_VERSION_TGID = 12, TASKSTATS_NAME_BYTES = 16 };

struct taskstats_use { /* of a thread */
	uint64_t run_ns;          /* on a CPU */
	uint64_t user_ns, system_ns; /* by ticks */
	uint64_t majflt, read_bytes, write_bytes;
};

struct taskstats_record {
	unsigned version;
	uint32_t pid;      /* of the thread */
	uint32_t tgid;     /* of its process; 0: before version 12 */
	bool last;         /* AGROUP: it was the last thread */
	bool group;        /* AGGR_TGID: the last of several; the four group_* */
	bool dumped;       /* ACORE */
	uint32_t status;   /* as wait() gives it; see above */
	uint32_t ppid, uid, gid;
	char name[TASKSTATS_NAME_BYTES]; /* of the thread: any bytes, NUL behind them */
	uint64_t elapsed_ns;       /* since the thread began */
	uint64_t group_elapsed_ns; /* since the process began; 0: before version 12 */
	uint64_t max_rss_bytes;    /* of the process; 0: not known */
	struct taskstats_use use;
	uint32_t group_tgid;
	uint64_t group_run_ns, group_user_ns, group_system_ns;
};

/* The next record in a datagram: 1; 0 at the end; -EINVAL when the rest is not understood (it is
 * then gone). Takes any bytes. */
int taskstats_next(struct span *datagram, uint16_t family, struct taskstats_record *ret);
/* The number of the family in an answer of the controller, -errno that the kernel answers, or
 * -EINVAL when it is neither. */
int taskstats_family(struct span datagram);

/* Registers for the ends on all CPUs. 0 or -errno, and the socket is closed then. */
int taskstats_open(struct netlink *n, struct netlink_batch *b, const struct root *root,
		   uint16_t *ret_family);
void taskstats_close(struct netlink *n);

#endif
