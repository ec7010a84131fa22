/* reader: the list of readers, and what they share. */
#include "sys/reader.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "sys/devices.h"
#include "sys/errand.h"
#include "sys/operstate.h"
#include "sys/parse.h"

enum { READ_AT_LEAST = 4096, FILE_MAX_BYTES = 64 << 20, LOOK_AGAIN = 60 };

const struct sys_reader sys_readers[] = {
	{"cpustat", {SRC_STAT}, cpustat_read},
	{"loadavg", {SRC_LOADAVG, SRC_UPTIME, SRC_KERNEL}, loadavg_read},
	{"meminfo", {SRC_MEMINFO}, meminfo_read},
	{"vmstat", {SRC_VMSTAT}, vmstat_read},
	{"pressure", {SRC_PSI_CPU, SRC_PSI_MEMORY, SRC_PSI_IO, SRC_PSI_IRQ}, pressure_read},
	{"diskstats", {SRC_DISKSTATS}, diskstats_read},
	{"mounts", {SRC_MOUNTINFO, SRC_STATVFS}, mounts_read},
	{"netdev", {SRC_NETDEV, SRC_OPERSTATE}, netdev_read},
	{"sockets", {SRC_SOCKSTAT, SRC_SOCKSTAT6, SRC_SNMP}, sockets_read},
	{NULL},
};

void
sys_context_init(struct sys_context *c, const struct root *root)
{
	*c = (struct sys_context){
		.root = root,
		.disks = devices_new(),
		.nets = devices_new(),
		.mounts = mounts_new(),
		.links = operstate_new(root),
		.errands = errands_new(root),
	};
	for (int s = 0; s < SRC_COUNT; s++)
		c->fd[s] = -1;
}

void
sys_context_release(struct sys_context *c)
{
	buf_release(&c->text);
	buf_release(&c->release);
	devices_free(c->disks);
	devices_free(c->nets);
	mounts_free(c->mounts);
	operstate_free(c->links);
	errands_free(c->errands);
	for (int s = 0; s < SRC_COUNT; s++)
		if (c->fd[s] >= 0)
			(void)close(c->fd[s]);
	*c = (struct sys_context){0};
}

void
sys_context_plan(struct sys_context *c, const struct field_set want[TABLE_COUNT])
{
	memset(c->wanted, 0, sizeof c->wanted);
	for (unsigned t = 0; t < TABLE_COUNT; t++)
		for (unsigned f = 0; f < schema[t].nfields; f++)
			if (field_set_has(&want[t], f))
				c->wanted[schema[t].field[f].source] = true;
}

bool
sys_reader_wanted(const struct sys_context *c, const struct sys_reader *r)
{
	for (size_t k = 0; k < ARRAY_LEN(r->source) && r->source[k] != SRC_NONE; k++)
		if (c->wanted[r->source[k]])
			return true;
	return false;
}

void
source_note(struct frame *f, enum source s, int result)
{
	struct source_state *st = &f->source[s];

	if (result < 0) {
		st->error = result;
		st->failed++;
	} else {
		st->read++;
	}
}

/* These the kernel makes at once: a read that is not filled is all of it. The others it makes line
 * by line, and a short read is not the end. */
static bool
is_whole(enum source s)
{
	switch (s) {
	case SRC_STAT:
	case SRC_MEMINFO:
	case SRC_LOADAVG:
	case SRC_SOCKSTAT:
	case SRC_SOCKSTAT6:
	case SRC_SNMP:
	case SRC_PSI_CPU:
	case SRC_PSI_MEMORY:
	case SRC_PSI_IO:
	case SRC_PSI_IRQ:
		return true;
	default:
		return false;
	}
}

/* From the start, whatever was read before. */
static int
read_again(int fd, bool whole, struct buf *b)
{
	buf_clear(b);
	while (b->len < FILE_MAX_BYTES) {
		char *to = buf_reserve(b, READ_AT_LEAST);
		size_t room = b->cap - b->len - 1;
		ssize_t n = pread(fd, to, room, (off_t)b->len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		b->len += (size_t)n;
		b->data[b->len] = '\0';
		if (n == 0 || (whole && (size_t)n < room))
			return 0;
	}
	return -EFBIG;
}

/* On this machine a file stays open, which spares looking its path up and closing it on every tick.
 * Elsewhere it may be another one the next time. */
int
source_read(struct sys_context *c, enum source s)
{
	const char *path = source_info[s].path;
	int fd = c->fd[s], r;

	if (c->root->foreign)
		return root_read(c->root, ROOT_PROC, path, &c->text);
	if (c->absent[s]) {
		c->absent[s]--;
		return -ENOENT;
	}
	if (fd < 0)
		fd = root_open(c->root, ROOT_PROC, path, O_RDONLY | O_NONBLOCK);
	if (fd == -ENOENT)
		c->absent[s] = LOOK_AGAIN; /* the kernel has no such file */
	if (fd < 0)
		return fd;
	r = read_again(fd, is_whole(s), &c->text);
	if (r < 0) {
		(void)close(fd);
		fd = -1;
	} else if (c->fd[s] < 0) {
		/* Numbers get longer: room for half as much again spares later ticks that. */
		(void)buf_reserve(&c->text, READ_AT_LEAST + c->text.len / 2);
	}
	c->fd[s] = fd;
	return r;
}

/* net is a link to self/net, and on a foreign procfs there may be no self. */
int
source_read_net(struct sys_context *c, enum source s)
{
	char path[64];
	int r = source_read(c, s);

	if (r != -ENOENT)
		return r;
	snprintf(path, sizeof path, "1/%s", source_info[s].path);
	return root_read(c->root, ROOT_PROC, path, &c->text);
}

int
source_fd(const struct sys_context *c, enum source s)
{
	return c->fd[s];
}
