/* pid: parses and reads the files of one process. PID/stat is read for every process on every tick,
 * so its parser makes one pass over the bytes, without calls and without copies. */
#include "sys/pid.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/fd.h"
#include "base/mem.h"
#include "sys/parse.h"

/* One number and the blank or newline behind it. A number that ends with the text may have been cut
 * in the middle, so it does not count. NULL when there is no number or it does not fit. */
static inline const char *
stat_number(const char *p, const char *end, bool may_be_negative, uint64_t *ret_v)
{
	const char *start, *fits;
	uint64_t v = 0;
	bool neg = may_be_negative && p < end && *p == '-';
	unsigned d;

	start = p += neg;
	fits = end - p > 19 ? p + 19 : end; /* so many digits always do */
	for (; p < fits && (d = (unsigned)(*p - '0')) < 10; p++)
		v = v * 10 + d;
	for (; p < end && (d = (unsigned)(*p - '0')) < 10; p++)
		if (ckd_mul(&v, v, 10) || ckd_add(&v, v, d))
			return NULL;
	if (p == start || p == end || (*p != ' ' && *p != '\n') || (neg && v > INT64_MAX))
		return NULL;
	*ret_v = neg ? -v : v;
	return p + 1;
}

/* A column nobody asks for. */
static inline const char *
stat_skip(const char *p, const char *end)
{
	while (p < end && *p != ' ' && *p != '\n')
		p++;
	return p < end ? p + 1 : NULL;
}

/* Columns that the kernel writes with a sign, as bits: pgrp, session and terminal (-1 while a
 * process is being reaped), times of children, priority, nice, itrealvalue, rss. */
#define SIGNED_COLUMNS (7u << 5 | 1u << 8 | 3u << 16 | 3u << 18 | 1u << 21 | 1u << 24)

/* stat = pid " (" comm ") " state { " " number } "\n" */
int
pid_stat_parse(struct span text, struct pid_stat *ret)
{
	uint64_t v[PID_STAT_GUEST + 1] = {0}, pid;
	const char *p = text.p, *close, *next;
	struct pid_stat st;
	size_t n;
	unsigned k;

	p = stat_number(p, text.end, false, &pid);
	if (!p || pid == 0 || pid > INT32_MAX || p >= text.end || *p != '(')
		return -EINVAL;
	p++;
	/* The name may hold anything, brackets and newlines too; the rest never holds a bracket. */
	close = memrchr(p, ')', (size_t)(text.end - p));
	if (!close || text.end - close < 4 || close[1] != ' ' || close[2] < 'A' || close[2] > 'z' ||
	    close[3] != ' ')
		return -EINVAL;
	n = MIN((size_t)(close - p), sizeof st.comm - 1);
	memcpy(st.comm, p, n);
	st.comm[n] = '\0';
	st.state = close[2];
	st.pid = (uint32_t)pid;
	p = close + 4;
	for (k = 4; k <= PID_STAT_GUEST; k++) {
		/* From the memory limit to the exit signal: mostly addresses, long ones. */
		if (k > PID_STAT_RSS && k < PID_STAT_PROCESSOR)
			next = stat_skip(p, text.end);
		else
			next = stat_number(p, text.end, SIGNED_COLUMNS >> (k & 31) & (k < 32), &v[k]);
		if (!next)
			break;
		p = next;
		if (p[-1] == '\n') {
			k++;
			break;
		}
	}
	st.nfields = k - 1;
	if (st.nfields < PID_STAT_STARTTIME)
		return -EINVAL;
	st.ppid = (uint32_t)v[4];
	st.pgrp = (int64_t)v[5] < 0 ? 0 : (uint32_t)v[5];
	st.session = (int64_t)v[6] < 0 ? 0 : (uint32_t)v[6];
	st.tty_nr = (int32_t)(uint32_t)v[7];
	st.flags = (uint32_t)v[9];
	st.minflt = v[10];
	st.majflt = v[12];
	st.utime = v[14];
	st.stime = v[15];
	st.cutime = (int64_t)v[16];
	st.cstime = (int64_t)v[17];
	st.priority = (int32_t)(uint32_t)v[18];
	st.nice = (int32_t)(uint32_t)v[19];
	st.num_threads = (uint32_t)v[20];
	st.starttime = v[22];
	st.vsize = v[23];
	st.rss = (int64_t)v[24];
	st.processor = (uint32_t)v[39];
	st.rt_priority = (uint32_t)v[40];
	st.policy = (uint32_t)v[41];
	st.blkio_ticks = v[42];
	st.guest_time = v[43];
	*ret = st;
	return 0;
}

/* statm = size resident shared text lib data dirty, in pages */
int
pid_statm_parse(struct span text, struct pid_statm *ret)
{
	struct lines lines = lines_of(text);
	struct pid_statm m;
	uint64_t *const to[] = {&m.size, &m.resident, &m.shared, &m.text, NULL, &m.data};
	struct span line;
	uint64_t v;

	if (!lines_next(&lines, &line))
		return -EINVAL;
	for (size_t i = 0; i < ARRAY_LEN(to); i++) {
		if (column_u64(&line, &v) != COLUMN_OK)
			return -EINVAL;
		if (to[i])
			*to[i] = v;
	}
	*ret = m;
	return 0;
}

/* "VmRSS:\t    1234 kB" and the like. */
static bool
status_size(struct span *line, uint64_t *ret_bytes)
{
	uint64_t kib;

	return column_u64(line, &kib) == COLUMN_OK && !ckd_mul(ret_bytes, kib, 1024u);
}

static bool
status_u32(struct span *line, uint32_t *ret_v)
{
	uint64_t v;

	if (column_u64(line, &v) != COLUMN_OK || v > UINT32_MAX)
		return false;
	*ret_v = (uint32_t)v;
	return true;
}

static bool
status_hex(struct span *line, uint64_t *ret_v)
{
	struct span word;

	return span_word(line, &word) && num_hex(&word, ret_v) == 0 && span_empty(word);
}

enum status_line {
	LINE_TRACER, LINE_UID, LINE_GID, LINE_PEAK, LINE_LOCKED, LINE_HWM, LINE_RSS_ANON,
	LINE_RSS_FILE, LINE_RSS_SHMEM, LINE_PTE, LINE_SWAP, LINE_CAPS, LINE_NNP, LINE_SECCOMP,
	LINE_VCTX, LINE_NVCTX,
};

/* In the kernel's order, so that the next one is nearly always the one that is looked for. */
static const struct name status_names[] = {
	NAME("TracerPid", LINE_TRACER), NAME("Uid", LINE_UID), NAME("Gid", LINE_GID),
	NAME("VmPeak", LINE_PEAK), NAME("VmLck", LINE_LOCKED), NAME("VmHWM", LINE_HWM),
	NAME("RssAnon", LINE_RSS_ANON), NAME("RssFile", LINE_RSS_FILE),
	NAME("RssShmem", LINE_RSS_SHMEM), NAME("VmPTE", LINE_PTE), NAME("VmSwap", LINE_SWAP),
	NAME("CapEff", LINE_CAPS), NAME("NoNewPrivs", LINE_NNP), NAME("Seccomp", LINE_SECCOMP),
	NAME("voluntary_ctxt_switches", LINE_VCTX), NAME("nonvoluntary_ctxt_switches", LINE_NVCTX),
};

/* Real, effective, saved and file system. */
static bool
status_ids(struct span *line, uint32_t *ret_real, uint32_t *ret_effective)
{
	return status_u32(line, ret_real) && status_u32(line, ret_effective);
}

void
pid_status_parse(struct span text, struct pid_status *ret)
{
	struct lines lines = lines_of(text);
	struct pid_status s = {0};
	struct span line, name;
	unsigned rss = 0;
	uint32_t rgid;
	size_t hint = 0;

	while (lines_next(&lines, &line)) {
		unsigned bit = 0;
		int what;

		if (!cut_name(&line, ':', &name))
			continue;
		what = name_find(status_names, ARRAY_LEN(status_names), &hint, name);
		if (what < 0)
			continue;
		switch ((enum status_line)what) {
		case LINE_TRACER:
			bit = status_u32(&line, &s.tracer) ? STATUS_TRACER : 0;
			break;
		case LINE_UID:
			bit = status_ids(&line, &s.ruid, &s.euid) ? STATUS_UID : 0;
			break;
		case LINE_GID:
			bit = status_ids(&line, &rgid, &s.egid) ? STATUS_GID : 0;
			break;
		case LINE_PEAK:
			bit = status_size(&line, &s.peak) ? STATUS_PEAK : 0;
			break;
		case LINE_LOCKED:
			bit = status_size(&line, &s.locked) ? STATUS_LOCKED : 0;
			break;
		case LINE_HWM:
			bit = status_size(&line, &s.hwm) ? STATUS_HWM : 0;
			break;
		case LINE_RSS_ANON:
			rss |= status_size(&line, &s.rss_anon) ? 1 : 0;
			break;
		case LINE_RSS_FILE:
			rss |= status_size(&line, &s.rss_file) ? 2 : 0;
			break;
		case LINE_RSS_SHMEM:
			rss |= status_size(&line, &s.rss_shmem) ? 4 : 0;
			break;
		case LINE_PTE:
			bit = status_size(&line, &s.pte) ? STATUS_PTE : 0;
			break;
		case LINE_SWAP:
			bit = status_size(&line, &s.swap) ? STATUS_SWAP : 0;
			break;
		case LINE_CAPS:
			bit = status_hex(&line, &s.caps) ? STATUS_CAPS : 0;
			break;
		case LINE_NNP:
			bit = status_u32(&line, &s.nnp) ? STATUS_NNP : 0;
			break;
		case LINE_SECCOMP:
			bit = status_u32(&line, &s.seccomp) ? STATUS_SECCOMP : 0;
			break;
		case LINE_VCTX:
			bit = column_u64(&line, &s.vctx) == COLUMN_OK ? STATUS_VCTX : 0;
			break;
		case LINE_NVCTX:
			bit = column_u64(&line, &s.nvctx) == COLUMN_OK ? STATUS_NVCTX : 0;
			break;
		}
		s.have |= bit;
	}
	if (rss == 7)
		s.have |= STATUS_RSS;
	*ret = s;
}

int
pid_io_parse(struct span text, struct pid_io *ret)
{
	static const struct name names[] = {
		NAME("rchar", 0), NAME("wchar", 1), NAME("syscr", 2), NAME("syscw", 3),
		NAME("read_bytes", 4), NAME("write_bytes", 5), NAME("cancelled_write_bytes", 6),
	};
	struct lines lines = lines_of(text);
	struct span line, name;
	uint64_t v[ARRAY_LEN(names)];
	unsigned have = 0;
	size_t hint = 0;

	while (lines_next(&lines, &line)) {
		int k;

		if (!cut_name(&line, ':', &name))
			continue;
		k = name_find(names, ARRAY_LEN(names), &hint, name);
		if (k < 0)
			continue;
		if (column_u64(&line, &v[k]) != COLUMN_OK)
			return -EINVAL;
		have |= 1u << k;
	}
	if (have != (1u << ARRAY_LEN(names)) - 1)
		return -EINVAL;
	*ret = (struct pid_io){v[0], v[1], v[2], v[3], v[4], v[5], v[6]};
	return 0;
}

size_t
pid_cmdline_join(char *text, size_t n)
{
	while (n && (text[n - 1] == '\0' || text[n - 1] == ' '))
		n--;
	for (char *p = text; n && (p = memchr(p, '\0', n - (size_t)(p - text))); p++)
		*p = ' ';
	return n;
}

/* cgroup = { number ":" controllers ":" path "\n" } */
bool
pid_cgroup_parse(struct span text, struct span *ret_path)
{
	struct span line, number, controllers, best = {0};
	int rank = 0; /* of best */

	while (span_line(&text, &line)) {
		int r = 1;

		if (text.p[-1] != '\n' || !cut_name(&line, ':', &number) ||
		    !cut_name(&line, ':', &controllers) || span_empty(line) || *line.p != '/')
			continue;
		if (span_is(number, "0") && span_empty(controllers))
			r = 3;
		else if (span_is(controllers, "name=systemd"))
			r = 2;
		if (r > rank) {
			rank = r;
			best = line;
		}
	}
	if (!rank)
		return false;
	*ret_path = best;
	return true;
}

static char *
put_u32(char *p, uint32_t v)
{
	char digits[10];
	int n = 0;

	do
		digits[n++] = (char)('0' + v % 10);
	while (v /= 10);
	while (n)
		*p++ = digits[--n];
	return p;
}

static char *
put_str(char *p, const char *s)
{
	size_t n = strlen(s);

	memcpy(p, s, n);
	return p + n;
}

void
pid_tty_name(int32_t tty_nr, char ret[16])
{
	/* As the kernel packs a device number into 32 bits. */
	uint32_t nr = (uint32_t)tty_nr, major = nr >> 8 & 0xfff;
	uint32_t minor = (nr & 0xff) | (nr >> 12 & 0xfff00);
	static const struct {
		uint16_t major, first;
		const char *prefix;
	} drivers[] = {
		{4, 64, "ttyS"}, {4, 0, "tty"}, {166, 0, "ttyACM"}, {188, 0, "ttyUSB"},
		{204, 64, "ttyAMA"}, {229, 0, "hvc"},
	};
	char *p = ret;

	*ret = '\0';
	if (!nr)
		return;
	if (major >= 136 && major <= 143) {
		*put_u32(put_str(p, "pts/"), (major - 136) * 256 + minor) = '\0';
		return;
	}
	for (size_t i = 0; i < ARRAY_LEN(drivers); i++) {
		if (drivers[i].major != major || minor < drivers[i].first)
			continue;
		*put_u32(put_str(p, drivers[i].prefix), minor - drivers[i].first) = '\0';
		return;
	}
	p = put_u32(p, major);
	*p++ = ':';
	*put_u32(p, minor) = '\0';
}

const char *
pid_policy_name(uint32_t policy)
{
	static const char *const names[] = {"other", "fifo", "rr", "batch",
					    "iso", "idle", "dl", "ext"};

	return policy < ARRAY_LEN(names) ? names[policy] : "unknown";
}

int
pid_open_flags(const struct root *r, uint32_t pid, uint32_t tid, const char *file, int flags)
{
	char path[64], *p = put_u32(path, pid);
	int fd;

	if (strlen(file) > 24)
		return -ENAMETOOLONG;
	*p++ = '/';
	if (tid) {
		p = put_u32(put_str(p, "task/"), tid);
		*p++ = '/';
	}
	*put_str(p, file) = '\0';
	fd = root_open(r, ROOT_PROC, path, flags);
	if (fd == -ENOENT) {
		/* Has the process gone, or has this kernel no such file? */
		p[-1] = '\0';
		fd = root_open(r, ROOT_PROC, path, O_PATH);
		if (fd < 0)
			return -ESRCH;
		(void)close(fd);
		return -ENOENT;
	}
	return fd;
}

int
pid_open(const struct root *r, uint32_t pid, uint32_t tid, const char *file)
{
	/* O_NONBLOCK: in a tree that is not procfs it may be a FIFO. */
	return pid_open_flags(r, pid, tid, file, O_RDONLY | O_NONBLOCK);
}

ssize_t
pid_read_into(int fd, char *to, size_t max)
{
	size_t len = 0;

	while (len < max) {
		ssize_t n = pread(fd, to + len, max - len, (off_t)len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		len += (size_t)n;
		/* These files come whole or as far as there is room: a short read is the end, and
		 * spares a call for each of thousands of files. */
		if (len < max)
			break;
	}
	return (ssize_t)len;
}

int
pid_read_open(int fd, size_t max, struct buf *b)
{
	ssize_t n;

	buf_clear(b);
	n = pid_read_into(fd, buf_reserve(b, max), max);
	b->len = n < 0 ? 0 : (size_t)n;
	b->data[b->len] = '\0';
	return n < 0 ? (int)n : 0;
}

int
pid_read(const struct root *r, uint32_t pid, uint32_t tid, const char *file, size_t max,
	 struct buf *b)
{
	int fd = pid_open(r, pid, tid, file), ret;

	buf_clear(b);
	if (fd < 0)
		return fd;
	ret = pid_read_open(fd, max, b);
	(void)close(fd);
	return ret;
}
