#ifndef SYS_NETLINK_H
#define SYS_NETLINK_H

/* netlink: messages the kernel sends by itself: cutting them, which takes any bytes, and the socket
 * they come through.
 *
 * A datagram is a row of messages, a message a header (length, type) and a body; a generic body has
 * attributes (length, type, bytes) behind a header of its own. Numbers are in the order of this
 * machine, everything is padded to 4 bytes. Lengths are believed only within what was received.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/num.h"

struct netlink_message {
	uint16_t type;
	struct span body;
};

struct netlink_attr {
	uint16_t type; /* without the flag bits */
	struct span body;
};

/* Cut the next one off: 1; 0 at the end; -EINVAL when the rest is not what its length says (the
 * rest is then gone). */
int netlink_message_next(struct span *datagram, struct netlink_message *ret);
int netlink_attr_next(struct span *attrs, struct netlink_attr *ret);

/* Numbers at any address. The caller has checked the length. */
uint16_t netlink_u16(const char *p);
uint32_t netlink_u32(const char *p);
uint64_t netlink_u64(const char *p);

/* Where datagrams are received, many by one call; one serves several sockets. */
struct netlink_batch;
struct netlink_batch *netlink_batch_new(void);
void netlink_batch_free(struct netlink_batch *b);

struct netlink {
	int fd; /* -1: closed */
	uint32_t port;    /* our address */
	bool exact;       /* the kernel tells how many it dropped (Linux 4.12) */
	uint32_t drops;   /* its counter, as last seen */
	uint32_t buffer_bytes;
	uint64_t lost;    /* messages that found the queue full; without `exact`, at least */
	uint64_t strange; /* datagrams from others than the kernel, and those too long for us */
};

/* A socket that never blocks, with as long a queue as we may have, up to `want` bytes. 0 or
 * -errno. */
int netlink_open(struct netlink *n, int protocol, uint32_t groups, int want_bytes);
void netlink_close(struct netlink *n);
int netlink_send(struct netlink *n, const void *p, size_t size); /* 0 or -errno */

/* Up to a batch of datagrams: take() sees each that the kernel sent. How many came, 0 when there
 * was none, or -errno. */
int netlink_receive(struct netlink *n, struct netlink_batch *b,
		    void (*take)(void *arg, struct span datagram), void *arg);
/* Brings `lost` up to date and says how full the queue is, in percent; 0 when nobody knows. */
unsigned netlink_fill(struct netlink *n);
/* Waits until something can be received. False when nothing came. */
bool netlink_wait(const struct netlink *n, int ms);

#endif
