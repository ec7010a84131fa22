/* fuzz_segment: a file of a recording. The first byte is odd when a head of our own is to be put
 * before the rest. Checksums are made right first, so that what is behind them is reached. What is
 * opened has its entries inside the file, groups without gaps, and frames whose texts end. */
#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/mem.h"
#include "codec/crc32c.h"
#include "codec/varint.h"
#include "store/recording.h"
#include "store/segment.h"

enum { MOMENTS = 40 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char dir_name[] = "/tmp/sonde-fuzz-XXXXXX", path[64];
static int dir = -1, fd = -1;

static void
check(bool ok)
{
	if (!ok)
		abort();
}

static void
end(void)
{
	(void)unlink(path);
	(void)rmdir(dir_name);
}

static void
begin(void)
{
	check(mkdtemp(dir_name) != NULL);
	snprintf(path, sizeof path, "%s/a.sonde", dir_name);
	dir = open(dir_name, O_RDONLY | O_DIRECTORY);
	fd = open(path, O_RDWR | O_CREAT, 0600);
	check(dir >= 0 && fd >= 0 && atexit(end) == 0);
}

static void
put_head(struct buf *b)
{
	struct head h = {.boot_id = "b", .clk_tck = 100, .page_size = 4096, .host = (char *)"host",
			 .release = (char *)"6", .version = (char *)"0", .layout = layout_own()};

	head_put(&h, b);
	layout_unref(h.layout);
}

static void
put_sums(char *p, size_t n)
{
	size_t at = 0;

	if (n >= HEAD_FIXED && le_read(p + 12, 4) <= n - HEAD_FIXED) {
		at = (size_t)le_read(p + 12, 4);
		le_write(p + 16, crc32c(crc32c(0, p + 8, 8), p + HEAD_FIXED, at), 4);
		at += HEAD_FIXED;
	}
	for (; at + RECORD_HEAD <= n; at++) {
		uint64_t size;

		if (memcmp(p + at, RECORD_MAGIC, 4) != 0)
			continue;
		size = le_read(p + at + 8, 4) + RECORD_HEAD;
		if (size > n - at)
			continue;
		le_write(p + at + 4, crc32c(0, p + at + 8, (size_t)size - 8), 4);
		at += (size_t)size - 1;
	}
}

static void
try_segment(size_t size)
{
	struct segment s;
	struct place p;

	if (segment_open(&s, dir, "a.sonde", NULL) < 0)
		return;
	check(s.begin <= size && s.seen <= size && s.damaged <= size);
	for (size_t i = 0; i < s.n; i++) {
		const struct entry *e = &s.entry[i];

		check(e->size >= RECORD_HEAD && e->offset >= s.begin && e->offset <= size &&
		      e->size <= size - e->offset);
		check(e->n == 0 || (i > 0 && e->n == s.entry[i - 1].n + 1));
	}
	/* This may find out that they are elsewhere. */
	for (size_t i = 0; i < s.n && i < MOMENTS; i++)
		(void)segment_find(&s, i, &p);
	segment_close(&s);
}

static void
try_recording(void)
{
	static struct field_set everything[TABLE_COUNT];
	struct recording_facts facts;
	const struct frame *f;
	struct recording *r;
	struct moment m;
	struct err e;
	uint64_t first, last;

	memset(everything, 0xff, sizeof everything);
	if (recording_open(path, &r, &e) < 0) {
		check(e.text[0] != '\0');
		return;
	}
	past_span(recording_past(r), &first, &last);
	for (uint64_t n = first; n < last && n < MOMENTS; n++) {
		check(past_moment(recording_past(r), n, &m));
		if (past_frame(recording_past(r), n, everything, &f) < 0)
			continue;
		for (int t = 0; t < TABLE_COUNT; t++)
			for (unsigned k = 0; k < schema[t].nfields; k++)
				for (uint32_t i = 0; i < f->table[t].nrows; i++)
					if (schema[t].field[k].type == TYPE_STR)
						(void)strlen(cell_str(&f->table[t], i, k));
		frame_unref(f);
	}
	recording_facts(r, &facts);
	check(facts.moments == last);
	past_free(recording_past(r));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf b = {0};

	if (fd < 0)
		begin();
	if (size < 1)
		return 0;
	if (data[0] & 1)
		put_head(&b);
	buf_put(&b, data + 1, size - 1);
	put_sums(b.data, b.len);
	check(ftruncate(fd, 0) == 0 && pwrite(fd, b.data, b.len, 0) == (ssize_t)b.len);
	try_segment(b.len);
	try_recording();
	buf_release(&b);
	return 0;
}
