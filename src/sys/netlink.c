#include "sys/netlink.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#include <linux/netlink.h>
#include <linux/sock_diag.h>

#include "base/fd.h"
#include "base/mem.h"

/* The longest that is expected, both records of a thread group, has some 1200 bytes in Linux 6.18
 * and grows. */
enum { BATCH = 16, DATAGRAM_BYTES = 4096, MESSAGE_HEADER = 16, ATTR_HEADER = 4 };

struct netlink_batch {
	struct mmsghdr message[BATCH];
	struct iovec part[BATCH];
	struct sockaddr_nl from[BATCH];
	char bytes[BATCH][DATAGRAM_BYTES];
};

uint16_t
netlink_u16(const char *p)
{
	uint16_t v;

	memcpy(&v, p, sizeof v);
	return v;
}

uint32_t
netlink_u32(const char *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof v);
	return v;
}

uint64_t
netlink_u64(const char *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof v);
	return v;
}

/* Takes `length` bytes and the padding behind them off s; the last may lack its padding. */
static void
skip_padded(struct span *s, size_t length)
{
	size_t padded = (length + 3) & ~(size_t)3;

	s->p += MIN(padded, span_len(*s));
}

static int
broken(struct span *s)
{
	s->p = s->end;
	return -EINVAL;
}

int
netlink_message_next(struct span *datagram, struct netlink_message *ret)
{
	size_t left = span_len(*datagram), length;

	if (left == 0)
		return 0;
	if (left < MESSAGE_HEADER)
		return broken(datagram);
	length = netlink_u32(datagram->p);
	if (length < MESSAGE_HEADER || length > left)
		return broken(datagram);
	ret->type = netlink_u16(datagram->p + 4);
	ret->body = span_of(datagram->p + MESSAGE_HEADER, length - MESSAGE_HEADER);
	skip_padded(datagram, length);
	return 1;
}

int
netlink_attr_next(struct span *attrs, struct netlink_attr *ret)
{
	size_t left = span_len(*attrs), length;

	if (left == 0)
		return 0;
	if (left < ATTR_HEADER)
		return broken(attrs);
	length = netlink_u16(attrs->p);
	if (length < ATTR_HEADER || length > left)
		return broken(attrs);
	ret->type = netlink_u16(attrs->p + 2) & NLA_TYPE_MASK;
	ret->body = span_of(attrs->p + ATTR_HEADER, length - ATTR_HEADER);
	skip_padded(attrs, length);
	return 1;
}

struct netlink_batch *
netlink_batch_new(void)
{
	struct netlink_batch *b = xcalloc(1, sizeof *b);

	for (int i = 0; i < BATCH; i++)
		b->part[i] = (struct iovec){b->bytes[i], DATAGRAM_BYTES};
	return b;
}

void
netlink_batch_free(struct netlink_batch *b)
{
	free(b);
}

/* Without the privilege the kernel gives less, and never complains. */
static void
want_buffer(struct netlink *n, int bytes)
{
	socklen_t size = sizeof bytes;

	if (setsockopt(n->fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof bytes) < 0)
		(void)setsockopt(n->fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
	if (getsockopt(n->fd, SOL_SOCKET, SO_RCVBUF, &bytes, &size) == 0 && bytes > 0)
		n->buffer_bytes = (uint32_t)bytes;
}

static bool
memory_info(const struct netlink *n, uint32_t ret_info[SK_MEMINFO_VARS])
{
	socklen_t size = SK_MEMINFO_VARS * sizeof *ret_info;

	return getsockopt(n->fd, SOL_SOCKET, SO_MEMINFO, ret_info, &size) == 0 &&
	       size >= (SK_MEMINFO_DROPS + 1) * sizeof *ret_info;
}

int
netlink_open(struct netlink *n, int protocol, uint32_t groups, int want_bytes)
{
	struct sockaddr_nl address = {.nl_family = AF_NETLINK, .nl_groups = groups};
	socklen_t size = sizeof address;
	uint32_t info[SK_MEMINFO_VARS];
	int on = 1, r;

	*n = (struct netlink){
		.fd = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, protocol),
	};
	if (n->fd < 0) {
		n->fd = -1;
		return -errno;
	}
	if (bind(n->fd, (struct sockaddr *)&address, sizeof address) < 0 ||
	    getsockname(n->fd, (struct sockaddr *)&address, &size) < 0) {
		r = -errno;
		netlink_close(n);
		return r;
	}
	n->port = address.nl_pid;
	want_buffer(n, want_bytes);
	/* A full queue usually means ENOBUFS once, and that all is dropped until the queue was read
	 * empty. Where the kernel counts what it drops, neither is wanted. */
	if (memory_info(n, info) &&
	    setsockopt(n->fd, SOL_NETLINK, NETLINK_NO_ENOBUFS, &on, sizeof on) == 0) {
		n->exact = true;
		n->drops = info[SK_MEMINFO_DROPS];
	}
	return 0;
}

void
netlink_close(struct netlink *n)
{
	if (n->fd >= 0)
		(void)close(n->fd);
	n->fd = -1;
}

int
netlink_send(struct netlink *n, const void *p, size_t size)
{
	struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};

	for (;;) {
		ssize_t sent = sendto(n->fd, p, size, MSG_NOSIGNAL, (struct sockaddr *)&kernel,
				      sizeof kernel);

		if (sent >= 0)
			return (size_t)sent == size ? 0 : -EIO;
		if (errno != EINTR)
			return -errno;
	}
}

int
netlink_receive(struct netlink *n, struct netlink_batch *b,
		void (*take)(void *arg, struct span datagram), void *arg)
{
	int got;

	for (int i = 0; i < BATCH; i++)
		b->message[i].msg_hdr = (struct msghdr){
			.msg_name = &b->from[i],
			.msg_namelen = sizeof b->from[i],
			.msg_iov = &b->part[i],
			.msg_iovlen = 1,
		};
	got = recvmmsg(n->fd, b->message, BATCH, MSG_DONTWAIT, NULL);
	if (got < 0 && errno == ENOBUFS) {
		n->lost += !n->exact;
		got = recvmmsg(n->fd, b->message, BATCH, MSG_DONTWAIT, NULL);
	}
	if (got < 0)
		return errno == EAGAIN || errno == EINTR || errno == ENOBUFS ? 0 : -errno;
	for (int i = 0; i < got; i++) {
		const struct msghdr *m = &b->message[i].msg_hdr;

		/* Others may send to us too: only what comes from port 0 is the kernel's. */
		if (m->msg_namelen < sizeof b->from[i] || b->from[i].nl_family != AF_NETLINK ||
		    b->from[i].nl_pid != 0 || (m->msg_flags & MSG_TRUNC))
			n->strange++;
		else
			take(arg, span_of(b->bytes[i], b->message[i].msg_len));
	}
	return got;
}

unsigned
netlink_fill(struct netlink *n)
{
	uint32_t info[SK_MEMINFO_VARS];

	if (n->fd < 0 || !n->exact || !memory_info(n, info))
		return 0;
	n->lost += (uint32_t)(info[SK_MEMINFO_DROPS] - n->drops);
	n->drops = info[SK_MEMINFO_DROPS];
	if (info[SK_MEMINFO_RCVBUF] == 0)
		return 0;
	return (unsigned)((uint64_t)info[SK_MEMINFO_RMEM_ALLOC] * 100 / info[SK_MEMINFO_RCVBUF]);
}

bool
netlink_wait(const struct netlink *n, int ms)
{
	struct pollfd p = {.fd = n->fd, .events = POLLIN};

	return poll(&p, 1, ms) > 0;
}
