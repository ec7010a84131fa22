/* diskstats: reads proc/diskstats into the disk table.
 *
 * line = major minor name
 *        reads merged sectors ms writes merged sectors ms in_flight busy_ms queue_ms
 *        [ discards merged sectors ms ]     since 4.18
 *        [ flushes ms ]                     since 5.5
 *
 * Sectors have 512 bytes whatever the device. Milliseconds are of 32 bits and start over after 49
 * days. */
#include <errno.h>
#include <stdio.h>

#include "base/mem.h"
#include "sys/devices.h"
#include "sys/parse.h"

static const struct {
	uint8_t field; /* DISK_FIELDS: not kept */
	uint32_t unit;
} columns[] = {
	{DISK_READS, 1},    {DISK_FIELDS, 0}, {DISK_READ_BYTES, 512},    {DISK_READ_TIME, 1000000},
	{DISK_WRITES, 1},   {DISK_FIELDS, 0}, {DISK_WRITE_BYTES, 512},   {DISK_WRITE_TIME, 1000000},
	{DISK_IN_FLIGHT, 1}, {DISK_BUSY, 1000000}, {DISK_QUEUE_TIME, 1000000},
	{DISK_DISCARDS, 1}, {DISK_FIELDS, 0}, {DISK_DISCARD_BYTES, 512}, {DISK_FIELDS, 0},
	{DISK_FLUSHES, 1},  {DISK_FIELDS, 0},
};
enum { COLUMNS = ARRAY_LEN(columns) };

static bool
is_digit(char c)
{
	return (unsigned)(c - '0') < 10;
}

/* Without sysfs: sda and vdb but not sda1, nvme0n1 and mmcblk0 but not nvme0n1p1. */
static bool
looks_whole(struct span name)
{
	static const char *const lettered[] = {"sd", "hd", "vd", "xvd", "dasd"};
	static const char *const numbered[] = {"nvme", "mmcblk", "sr", "fd", "pmem"};

	for (size_t i = 0; i < ARRAY_LEN(lettered); i++)
		if (span_starts(name, lettered[i]))
			return span_len(name) > strlen(lettered[i]) && !is_digit(name.end[-1]);
	for (size_t i = 0; i < ARRAY_LEN(numbered); i++) {
		size_t n = strlen(numbered[i]);

		if (span_starts(name, numbered[i]) && span_len(name) > n && is_digit(name.p[n]))
			return !memchr(name.p + n, 'p', span_len(name) - n);
	}
	return false;
}

/* Devices that are made in advance, to be used perhaps. */
static bool
is_spare(struct span name)
{
	static const char *const prefixes[] = {"loop", "ram", "zram", "nbd"};

	for (size_t i = 0; i < ARRAY_LEN(prefixes); i++) {
		size_t n = strlen(prefixes[i]);

		if (span_starts(name, prefixes[i]) && span_len(name) > n && is_digit(name.p[n]))
			return true;
	}
	return false;
}

static bool
is_whole(struct sys_context *c, uint64_t number, struct span name)
{
	const uint8_t *known = devices_find(c->disks, number, name);
	int r;

	if (known)
		return *known;
	r = devices_is_physical(c->root, "block", name);
	if (r < 0)
		r = looks_whole(name);
	devices_add(c->disks, number, name, (uint8_t)r);
	return r;
}

/* 0, or -EINVAL when some of it was not understood. */
static int
disk_line(struct span line, struct sys_context *c, struct frame *f)
{
	uint64_t major, minor, v[COLUMNS];
	bool have[COLUMNS] = {0}, used = false;
	struct span name;
	struct row row;
	int ret = 0;
	unsigned n;

	if (column_u64(&line, &major) != COLUMN_OK || column_u64(&line, &minor) != COLUMN_OK ||
	    major > UINT32_MAX || minor > UINT32_MAX || !span_word(&line, &name) ||
	    span_len(name) > 255)
		return -EINVAL;
	for (n = 0; n < COLUMNS; n++) {
		enum column r = column_u64(&line, &v[n]);

		if (r == COLUMN_NONE)
			break;
		if (r == COLUMN_OK && (!columns[n].unit || !ckd_mul(&v[n], v[n], columns[n].unit)))
			have[n] = true;
		else
			ret = -EINVAL;
		used |= r != COLUMN_OK || v[n];
	}
	if (n == 0)
		return -EINVAL;
	if (n < 11)
		ret = -EINVAL;
	if (!used && is_spare(name))
		return ret;
	row = table_add_row(&f->table[TABLE_DISK], (struct row_key){major, minor});
	for (unsigned i = 0; i < n; i++)
		if (have[i] && columns[i].field < DISK_FIELDS)
			row_u64(row, columns[i].field, v[i]);
	row_str(row, DISK_NAME, strpool_intern(f->strings, name.p, span_len(name)));
	if (row.t->col[DISK_DEVICE]) {
		char text[24];
		int len = snprintf(text, sizeof text, "%u:%u", (unsigned)major, (unsigned)minor);

		row_str(row, DISK_DEVICE, strpool_intern(f->strings, text, (size_t)len));
	}
	if (row.t->col[DISK_WHOLE])
		row_u64(row, DISK_WHOLE, is_whole(c, major << 32 | minor, name));
	return ret;
}

int
diskstats_parse(struct span text, struct sys_context *c, struct frame *f)
{
	struct lines lines = lines_of(text);
	struct span line;
	int ret = 0;

	devices_begin(c->disks);
	while (lines_next(&lines, &line))
		if (disk_line(line, c, f) < 0)
			ret = -EINVAL;
	return lines.cut ? -EINVAL : ret;
}

void
diskstats_read(struct sys_context *c, struct frame *f)
{
	int r = source_read(c, SRC_DISKSTATS);

	/* A machine without disks has an empty file. */
	if (r == 0)
		r = diskstats_parse(span_of(c->text.data, c->text.len), c, f);
	source_note(f, SRC_DISKSTATS, r);
}
