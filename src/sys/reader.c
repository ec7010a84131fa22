/* reader: the list of readers, and what they share. */
#include "sys/reader.h"

#include <errno.h>

#include "base/mem.h"
#include "sys/devices.h"
#include "sys/parse.h"

const struct sys_reader sys_readers[] = {
	{"cpustat", {SRC_STAT}, cpustat_read},
	{"loadavg", {SRC_LOADAVG, SRC_UPTIME, SRC_KERNEL}, loadavg_read},
	{"meminfo", {SRC_MEMINFO}, meminfo_read},
	{"vmstat", {SRC_VMSTAT}, vmstat_read},
	{"pressure", {SRC_PSI_CPU, SRC_PSI_MEMORY, SRC_PSI_IO, SRC_PSI_IRQ}, pressure_read},
	{"diskstats", {SRC_DISKSTATS}, diskstats_read},
	{"mounts", {SRC_MOUNTINFO, SRC_STATVFS}, mounts_read},
	{"netdev", {SRC_NETDEV}, netdev_read},
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
	};
}

void
sys_context_release(struct sys_context *c)
{
	buf_release(&c->text);
	devices_free(c->disks);
	devices_free(c->nets);
	mounts_free(c->mounts);
	*c = (struct sys_context){0};
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

int
source_read(struct sys_context *c, enum source s)
{
	return root_read(c->root, ROOT_PROC, source_info[s].path, &c->text);
}
