#include "sys/taskstats.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <linux/acct.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <linux/taskstats.h>

#include "base/clock.h"
#include "base/mem.h"

#ifndef AGROUP
#define AGROUP 0x20 /* Linux 5.19 */
#endif

/* Offsets in struct taskstats of all versions but 15. The header it is compiled with may be older
 * than the kernel, or newer. */
enum {
	AT_VERSION = 0, AT_STATUS = 4, AT_FLAG = 8,
	AT_RUN = 72, AT_NAME = 80, AT_UID = 120, AT_GID = 124, AT_PID = 128, AT_PPID = 132,
	AT_ELAPSED = 144, AT_USER = 152, AT_SYSTEM = 160, AT_MAJFLT = 176, AT_MAX_RSS = 200,
	AT_READ = 248, AT_WRITE = 256, AT_TGID = 368, AT_GROUP_ELAPSED = 376,
	LEAST = 328, /* of version 8 */
};
/* Version 15 has a maximum and a minimum behind each delay. */
enum { ODD_VERSION = 15, DELAY_EXTRA = 16, DELAYS_BEFORE_RUN = 3, DELAYS_BEFORE_TGID = 6,
       DELAYS_END = 64 };

enum { QUEUE_BYTES = 2 << 20, ANSWER_MS = 1000, CPUS_MAX_BYTES = 1024, GENERIC_HEADER = 4 };

struct stats {
	struct span bytes;
	unsigned version;
};

static size_t
place(const struct stats *s, size_t at)
{
	if (s->version == ODD_VERSION && at >= AT_TGID)
		return at + DELAYS_BEFORE_TGID * DELAY_EXTRA;
	if (s->version == ODD_VERSION && at >= DELAYS_END)
		return at + DELAYS_BEFORE_RUN * DELAY_EXTRA;
	return at;
}

/* 0 when the record is too short for it. */
static uint64_t
field(const struct stats *s, size_t at, size_t size)
{
	at = place(s, at);
	if (at + size > span_len(s->bytes))
		return 0;
	return size == sizeof(uint64_t) ? netlink_u64(s->bytes.p + at)
					: netlink_u32(s->bytes.p + at);
}

static uint32_t
field_u32(const struct stats *s, size_t at)
{
	return (uint32_t)field(s, at, sizeof(uint32_t));
}

static uint64_t
scaled(const struct stats *s, size_t at, uint64_t unit)
{
	uint64_t v = field(s, at, sizeof v), r;

	return ckd_mul(&r, v, unit) ? UINT64_MAX : r;
}

static bool
is_stats(struct span body, struct stats *ret)
{
	if (span_len(body) < LEAST)
		return false;
	*ret = (struct stats){body, netlink_u16(body.p + AT_VERSION)};
	return true;
}

/* A number and its statistics: what both aggregates hold. */
static bool
take_pair(struct span body, uint16_t number_type, uint32_t *ret_number, struct stats *ret_stats)
{
	struct netlink_attr a;
	struct stats s;
	uint32_t number = 0;
	bool stats = false;

	while (netlink_attr_next(&body, &a) > 0) {
		if (a.type == number_type && span_len(a.body) >= sizeof number)
			number = netlink_u32(a.body.p);
		else if (a.type == TASKSTATS_TYPE_STATS)
			stats = is_stats(a.body, &s);
	}
	if (!stats || number == 0 || number > INT32_MAX)
		return false;
	*ret_number = number;
	*ret_stats = s;
	return true;
}

static void
take_thread(struct taskstats_record *r, const struct stats *s)
{
	size_t name = place(s, AT_NAME);
	uint8_t flag = (uint8_t)s->bytes.p[AT_FLAG];

	r->version = s->version;
	r->status = field_u32(s, AT_STATUS);
	r->dumped = flag & ACORE;
	r->last = flag & AGROUP;
	r->ppid = field_u32(s, AT_PPID);
	r->uid = field_u32(s, AT_UID);
	r->gid = field_u32(s, AT_GID);
	memcpy(r->name, s->bytes.p + name, sizeof r->name - 1);
	r->name[sizeof r->name - 1] = '\0';
	r->elapsed_ns = scaled(s, AT_ELAPSED, NS_PER_US);
	r->max_rss_bytes = scaled(s, AT_MAX_RSS, 1024);
	r->use = (struct taskstats_use){
		.run_ns = field(s, AT_RUN, sizeof(uint64_t)),
		.user_ns = scaled(s, AT_USER, NS_PER_US),
		.system_ns = scaled(s, AT_SYSTEM, NS_PER_US),
		.majflt = field(s, AT_MAJFLT, sizeof(uint64_t)),
		.read_bytes = field(s, AT_READ, sizeof(uint64_t)),
		.write_bytes = field(s, AT_WRITE, sizeof(uint64_t)),
	};
	if (s->version >= TASKSTATS_VERSION_TGID) {
		r->tgid = field_u32(s, AT_TGID);
		r->group_elapsed_ns = scaled(s, AT_GROUP_ELAPSED, NS_PER_US);
	}
	if (r->ppid > INT32_MAX)
		r->ppid = 0;
	if (r->tgid > INT32_MAX)
		r->tgid = 0;
}

static bool
parse(struct span body, struct taskstats_record *r)
{
	struct netlink_attr a;
	struct stats s;
	bool thread = false;

	*r = (struct taskstats_record){0};
	if (span_len(body) < GENERIC_HEADER || body.p[0] != TASKSTATS_CMD_NEW)
		return false;
	body.p += GENERIC_HEADER;
	while (netlink_attr_next(&body, &a) > 0) {
		if (a.type == TASKSTATS_TYPE_AGGR_PID &&
		    take_pair(a.body, TASKSTATS_TYPE_PID, &r->pid, &s)) {
			take_thread(r, &s);
			thread = true;
		} else if (a.type == TASKSTATS_TYPE_AGGR_TGID &&
			   take_pair(a.body, TASKSTATS_TYPE_TGID, &r->group_tgid, &s)) {
			/* The kernels before do not write the version here: all zero. */
			s.version = MAX(s.version, r->version);
			r->group = true;
			r->group_run_ns = field(&s, AT_RUN, sizeof(uint64_t));
			r->group_user_ns = scaled(&s, AT_USER, NS_PER_US);
			r->group_system_ns = scaled(&s, AT_SYSTEM, NS_PER_US);
		}
	}
	return thread;
}

int
taskstats_next(struct span *datagram, uint16_t family, struct taskstats_record *ret)
{
	struct netlink_message m;
	struct taskstats_record record;
	int r;

	while ((r = netlink_message_next(datagram, &m)) > 0) {
		if (m.type == family && parse(m.body, &record)) {
			*ret = record;
			return 1;
		}
	}
	return r;
}

/* The errno of an answer (0 of success) as -errno; -EINVAL when it is none. */
static int
error_of(const struct netlink_message *m)
{
	uint32_t v;

	if (m->type != NLMSG_ERROR || span_len(m->body) < sizeof v)
		return -EINVAL;
	v = netlink_u32(m->body.p); /* -errno already */
	return v == 0 ? 0 : v >= UINT32_MAX - 4095 ? -(int)(UINT32_MAX - v + 1) : -EINVAL;
}

int
taskstats_family(struct span datagram)
{
	struct netlink_message m;
	struct netlink_attr a;

	if (netlink_message_next(&datagram, &m) <= 0)
		return -EINVAL;
	if (m.type == NLMSG_ERROR) {
		int r = error_of(&m);

		return r < 0 ? r : -EINVAL;
	}
	if (m.type != GENL_ID_CTRL || span_len(m.body) < GENERIC_HEADER ||
	    m.body.p[0] != CTRL_CMD_NEWFAMILY)
		return -EINVAL;
	m.body.p += GENERIC_HEADER;
	while (netlink_attr_next(&m.body, &a) > 0) {
		if (a.type != CTRL_ATTR_FAMILY_ID || span_len(a.body) < sizeof(uint16_t))
			continue;
		if (netlink_u16(a.body.p) >= NLMSG_MIN_TYPE)
			return netlink_u16(a.body.p);
	}
	return -EINVAL;
}

/* A generic message with one attribute that is a string. */
static int
send_string(struct netlink *n, uint16_t type, uint16_t flags, uint8_t cmd, uint16_t attr,
	    const char *s)
{
	struct nlmsghdr header = {
		.nlmsg_type = type,
		.nlmsg_flags = (uint16_t)(NLM_F_REQUEST | flags),
	};
	struct genlmsghdr generic = {.cmd = cmd, .version = TASKSTATS_GENL_VERSION};
	struct nlattr a = {.nla_type = attr};
	char bytes[NLMSG_HDRLEN + GENL_HDRLEN + NLA_HDRLEN + CPUS_MAX_BYTES] = {0}, *p = bytes;
	size_t size = strlen(s) + 1;

	if (size > CPUS_MAX_BYTES)
		return -EMSGSIZE;
	a.nla_len = (uint16_t)(NLA_HDRLEN + size);
	header.nlmsg_len = (uint32_t)(NLMSG_HDRLEN + GENL_HDRLEN + NLA_ALIGN(a.nla_len));
	memcpy(p, &header, sizeof header);
	memcpy(p += NLMSG_HDRLEN, &generic, sizeof generic);
	memcpy(p += GENL_HDRLEN, &a, sizeof a);
	memcpy(p + NLA_HDRLEN, s, size);
	return netlink_send(n, bytes, header.nlmsg_len);
}

struct answer {
	bool came, want_family;
	int result;
};

static void
take_answer(void *arg, struct span datagram)
{
	struct answer *a = arg;
	struct netlink_message m;

	if (a->came)
		return;
	if (a->want_family) {
		a->result = taskstats_family(datagram);
		a->came = true;
		return;
	}
	/* The first records may come before it. */
	while (!a->came && netlink_message_next(&datagram, &m) > 0) {
		if (m.type == NLMSG_ERROR) {
			a->result = error_of(&m);
			a->came = true;
		}
	}
}

static int
wait_for_answer(struct netlink *n, struct netlink_batch *b, bool family)
{
	struct answer a = {.want_family = family};
	int64_t end = clock_mono_ns() + ANSWER_MS * NS_PER_MS;

	while (!a.came) {
		int r = netlink_receive(n, b, take_answer, &a);
		int64_t left = end - clock_mono_ns();

		if (r < 0)
			return r;
		if (r == 0 && (left <= 0 || !netlink_wait(n, (int)(left / NS_PER_MS) + 1)))
			return -ETIMEDOUT;
	}
	return a.result;
}

/* "0-7" from sysfs: a mask with CPUs that cannot be is refused. */
static int
possible_cpus(const struct root *root, struct buf *b)
{
	int r = root_read(root, ROOT_SYS, "devices/system/cpu/possible", b);

	if (r < 0)
		return r;
	b->data[strspn(b->data, "0123456789,-")] = '\0';
	return *b->data ? 0 : -EINVAL;
}

int
taskstats_open(struct netlink *n, struct netlink_batch *b, const struct root *root,
	       uint16_t *ret_family)
{
	struct buf cpus = {0};
	int family = 0, r = netlink_open(n, NETLINK_GENERIC, 0, QUEUE_BYTES);

	if (r < 0)
		return r;
	r = send_string(n, GENL_ID_CTRL, 0, CTRL_CMD_GETFAMILY, CTRL_ATTR_FAMILY_NAME,
			TASKSTATS_GENL_NAME);
	if (r == 0)
		r = family = wait_for_answer(n, b, true);
	if (r > 0)
		r = possible_cpus(root, &cpus);
	if (r == 0)
		r = send_string(n, (uint16_t)family, NLM_F_ACK, TASKSTATS_CMD_GET,
				TASKSTATS_CMD_ATTR_REGISTER_CPUMASK, cpus.data);
	if (r == 0)
		r = wait_for_answer(n, b, false);
	buf_release(&cpus);
	if (r == -EINVAL) /* another PID or user namespace */
		r = -ENOTSUP;
	if (r < 0)
		taskstats_close(n);
	else
		*ret_family = (uint16_t)family;
	return r;
}

/* The kernel strikes a listener off when the next record cannot be brought to it. */
void
taskstats_close(struct netlink *n)
{
	netlink_close(n);
}
