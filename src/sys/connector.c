#include "sys/connector.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>

#include <linux/cn_proc.h>
#include <linux/connector.h>
#include <linux/filter.h>
#include <linux/netlink.h>

#include "base/clock.h"
#include "base/fd.h"
#include "base/mem.h"

/* Offsets in a message and in its parts. */
enum {
	CN_VAL = 4, CN_SEQ = 8, CN_ACK = 12, CN_LEN = 16, CN_SIZE = 20,
	EVENT_CPU = 4, EVENT_TIME = 8, EVENT_DATA = 16,
	FORK_PARENT = 4, FORK_PID = 8, FORK_TGID = 12, FORK_SIZE = 16,
	EXEC_TGID = 4, EXEC_SIZE = 8,
	EXIT_PID = 0, EXIT_TGID = 4, EXIT_STATUS = 8, EXIT_SIZE = 16, EXIT_PARENT = 20,
	EXIT_PARENT_END = 24,
	ANSWER_SIZE = 4,
	HEADER = 16, AT_WHAT = HEADER + CN_SIZE, AT_DATA = AT_WHAT + EVENT_DATA,
};
enum { QUEUE_BYTES = 2 << 20, ANSWER_MS = 250 };

/* What is in an event behind its time, or false when it is about no process. */
static bool
take_data(struct connector_event *e, uint32_t what, struct span data)
{
	size_t n = span_len(data);

	switch (what) {
	case PROC_EVENT_NONE:
		if (n < ANSWER_SIZE)
			return false;
		e->what = CONNECTOR_ANSWER;
		e->status = netlink_u32(data.p);
		return true;
	case PROC_EVENT_FORK:
		if (n < FORK_SIZE ||
		    netlink_u32(data.p + FORK_PID) != netlink_u32(data.p + FORK_TGID))
			return false;
		e->what = CONNECTOR_FORK;
		e->tgid = netlink_u32(data.p + FORK_TGID);
		e->parent = netlink_u32(data.p + FORK_PARENT);
		break;
	case PROC_EVENT_EXEC:
		if (n < EXEC_SIZE)
			return false;
		e->what = CONNECTOR_EXEC;
		e->tgid = netlink_u32(data.p + EXEC_TGID);
		break;
	case PROC_EVENT_EXIT:
		if (n < EXIT_SIZE ||
		    netlink_u32(data.p + EXIT_PID) != netlink_u32(data.p + EXIT_TGID))
			return false;
		e->what = CONNECTOR_EXIT;
		e->tgid = netlink_u32(data.p + EXIT_TGID);
		e->status = netlink_u32(data.p + EXIT_STATUS);
		if (n >= EXIT_PARENT_END)
			e->parent = netlink_u32(data.p + EXIT_PARENT);
		break;
	default:
		return false;
	}
	if (e->parent > INT32_MAX)
		e->parent = 0;
	return e->tgid > 0 && e->tgid <= INT32_MAX;
}

static bool
parse(struct span body, struct connector_event *e)
{
	size_t length;
	uint64_t mono;
	const char *p = body.p;

	if (span_len(body) < CN_SIZE + EVENT_DATA)
		return false;
	length = netlink_u16(p + CN_LEN);
	if (netlink_u32(p) != CN_IDX_PROC || netlink_u32(p + CN_VAL) != CN_VAL_PROC ||
	    length < EVENT_DATA || length > span_len(body) - CN_SIZE)
		return false;
	*e = (struct connector_event){
		.seq = netlink_u32(p + CN_SEQ),
		.ack = netlink_u32(p + CN_ACK),
		.cpu = netlink_u32(p + CN_SIZE + EVENT_CPU),
	};
	mono = netlink_u64(p + CN_SIZE + EVENT_TIME);
	if (mono > INT64_MAX)
		return false;
	e->mono_ns = (int64_t)mono;
	return take_data(e, netlink_u32(p + CN_SIZE),
			 span_of(p + CN_SIZE + EVENT_DATA, length - EVENT_DATA));
}

int
connector_next(struct span *datagram, struct connector_event *ret)
{
	struct netlink_message m;
	struct connector_event e;
	int r;

	while ((r = netlink_message_next(datagram, &m)) > 0) {
		if (m.type == NLMSG_DONE && parse(m.body, &e)) {
			*ret = e;
			return 1;
		}
	}
	return r;
}

/* Answers, forks of processes, execs, exits of first threads. A load of 4 bytes takes them as a
 * big-endian number, the kernel writes its own order: so what they are compared with is turned, and
 * two loads are compared as they are. Without the filter all works, only dearer. */
static void
attach_filter(const struct netlink *n)
{
	struct sock_filter code[] = {
		/* 0 */ BPF_STMT(BPF_LD | BPF_W | BPF_ABS, AT_WHAT),
		/* 1 */ BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htonl(PROC_EVENT_NONE), 11, 0),
		/* 2 */ BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htonl(PROC_EVENT_EXEC), 10, 0),
		/* 3 */ BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htonl(PROC_EVENT_FORK), 1, 0),
		/* 4 */ BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htonl(PROC_EVENT_EXIT), 4, 9),
		/* 5 */ BPF_STMT(BPF_LD | BPF_W | BPF_ABS, AT_DATA + FORK_PID),
		/* 6 */ BPF_STMT(BPF_MISC | BPF_TAX, 0),
		/* 7 */ BPF_STMT(BPF_LD | BPF_W | BPF_ABS, AT_DATA + FORK_TGID),
		/* 8 */ BPF_STMT(BPF_JMP | BPF_JA, 3),
		/* 9 */ BPF_STMT(BPF_LD | BPF_W | BPF_ABS, AT_DATA + EXIT_PID),
		/* 10 */ BPF_STMT(BPF_MISC | BPF_TAX, 0),
		/* 11 */ BPF_STMT(BPF_LD | BPF_W | BPF_ABS, AT_DATA + EXIT_TGID),
		/* 12 */ BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_X, 0, 0, 1),
		/* 13 */ BPF_STMT(BPF_RET | BPF_K, UINT32_MAX),
		/* 14 */ BPF_STMT(BPF_RET | BPF_K, 0),
	};
	struct sock_fprog program = {.len = ARRAY_LEN(code), .filter = code};

	(void)setsockopt(n->fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program);
}

/* LISTEN or IGNORE; with a mask, as Linux 6.6 takes it and those before ignore it. */
static int
send_op(struct netlink *n, uint32_t op, uint32_t mask)
{
	uint32_t data[2] = {op, mask};
	size_t data_size = mask ? sizeof data : sizeof data[0];
	struct nlmsghdr header = {
		.nlmsg_len = (uint32_t)(HEADER + CN_SIZE + data_size),
		.nlmsg_type = NLMSG_DONE,
		.nlmsg_pid = n->port,
	};
	struct cn_msg msg = {
		.id = {CN_IDX_PROC, CN_VAL_PROC},
		.ack = n->port, /* answers go to every listener: this one is ours */
		.len = (uint16_t)data_size,
	};
	char bytes[HEADER + CN_SIZE + sizeof data];

	memcpy(bytes, &header, HEADER);
	memcpy(bytes + HEADER, &msg, CN_SIZE);
	memcpy(bytes + HEADER + CN_SIZE, data, data_size);
	return netlink_send(n, bytes, header.nlmsg_len);
}

struct answer {
	uint32_t ack;
	bool came;
	int result;
};

static void
take_answer(void *arg, struct span datagram)
{
	struct answer *a = arg;
	struct connector_event e;

	while (connector_next(&datagram, &e) > 0) {
		if (e.what != CONNECTOR_ANSWER || e.ack != a->ack)
			continue;
		a->came = true;
		a->result = e.status <= INT32_MAX ? -(int)e.status : -EIO;
	}
}

/* The answer lies in the queue when sending returns; it is waited for in case it does not. The
 * kernel says nothing when it will not do it. */
static int
subscribe(struct netlink *n, struct netlink_batch *b)
{
	struct answer a = {.ack = n->port + 1};
	int64_t end = clock_mono_ns() + ANSWER_MS * NS_PER_MS;
	int r = send_op(n, PROC_CN_MCAST_LISTEN, 0);

	while (r >= 0 && !a.came) {
		r = netlink_receive(n, b, take_answer, &a);
		if (r == 0) {
			int64_t left = end - clock_mono_ns();

			if (left <= 0 || !netlink_wait(n, (int)(left / NS_PER_MS) + 1))
				return -ENOTSUP;
		}
	}
	return r < 0 ? r : a.result;
}

int
connector_open(struct netlink *n, struct netlink_batch *b, const struct root *root)
{
	uint64_t ns = root_pid_namespace(root);
	int r, on = 1;

	n->fd = -1;
	if (ns && ns != ROOT_INITIAL_PID_NS)
		return -ENOTSUP;
	r = netlink_open(n, NETLINK_CONNECTOR, CN_IDX_PROC, QUEUE_BYTES);
	if (r < 0)
		return r;
	/* Some stable kernels of early 2024 take an event nobody received for a sign that nobody
	 * listens, and stop. A full queue is no such sign with this; a filter is, until they are
	 * updated. */
	(void)setsockopt(n->fd, SOL_NETLINK, NETLINK_BROADCAST_ERROR, &on, sizeof on);
	attach_filter(n);
	r = subscribe(n, b);
	if (r < 0) {
		connector_close(n);
		return r == -ECONNREFUSED ? -ENOTSUP : r; /* another network namespace */
	}
	/* Where it is understood, spares the kernel copying the events of other kinds. It is not
	 * answered: the answer is of a kind that was not asked for. */
	(void)send_op(n, PROC_CN_MCAST_LISTEN,
		      PROC_EVENT_FORK | PROC_EVENT_EXEC | PROC_EVENT_EXIT);
	return 0;
}

void
connector_close(struct netlink *n)
{
	if (n->fd >= 0)
		(void)send_op(n, PROC_CN_MCAST_IGNORE, 0);
	netlink_close(n);
}
