#include "sys/pidinfo.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/mem.h"
#include "sys/parse.h"

enum {
	LINE_UID = DETAIL_TEXTS, LINE_NSPID, LINE_FILTERS, LINE_SIG_THREAD,
};

/* In the kernel's order. */
static const struct name detail_names[] = {
	NAME("Uid", LINE_UID), NAME("Groups", DETAIL_GROUPS), NAME("NSpid", LINE_NSPID),
	NAME("SigPnd", LINE_SIG_THREAD), NAME("ShdPnd", DETAIL_SIG_PENDING),
	NAME("SigBlk", DETAIL_SIG_BLOCKED), NAME("SigIgn", DETAIL_SIG_IGNORED),
	NAME("SigCgt", DETAIL_SIG_CAUGHT), NAME("CapPrm", DETAIL_CAPS_PERMITTED),
	NAME("CapBnd", DETAIL_CAPS_BOUNDING), NAME("CapAmb", DETAIL_CAPS_AMBIENT),
	NAME("Seccomp_filters", LINE_FILTERS), NAME("Cpus_allowed_list", DETAIL_CPUS),
};

/* The number at `at`, from 0, or the last one of the line (-1). */
static bool
nth_u32(struct span line, int at, uint32_t *ret_v)
{
	uint64_t v = 0;
	int n = 0;

	while ((at < 0 || n <= at) && column_u64(&line, &v) == COLUMN_OK)
		n++;
	if (n == 0 || (at >= 0 && n != at + 1) || v > UINT32_MAX)
		return false;
	*ret_v = (uint32_t)v;
	return true;
}

static struct span
trimmed(struct span s)
{
	while (!span_empty(s) && (*s.p == ' ' || *s.p == '\t'))
		s.p++;
	while (!span_empty(s) && (s.end[-1] == ' ' || s.end[-1] == '\t'))
		s.end--;
	return s;
}

void
pid_detail_parse(struct span text, struct pid_detail *ret)
{
	struct lines lines = lines_of(text);
	struct pid_detail d = {0};
	struct span line, name, thread = {0};
	uint64_t bits;
	size_t hint = 0;

	while (lines_next(&lines, &line)) {
		int what;

		if (lines.cut || !cut_name(&line, ':', &name))
			continue;
		what = name_find(detail_names, ARRAY_LEN(detail_names), &hint, name);
		if (what == LINE_UID)
			d.have |= nth_u32(line, 2, &d.suid) ? DETAIL_SUID : 0;
		else if (what == LINE_NSPID)
			d.have |= nth_u32(line, -1, &d.nspid) ? DETAIL_NSPID : 0;
		else if (what == LINE_FILTERS)
			d.have |= nth_u32(line, 0, &d.filters) ? DETAIL_FILTERS : 0;
		else if (what == LINE_SIG_THREAD)
			thread = trimmed(line);
		else if (what >= 0)
			d.text[what] = trimmed(line);
	}
	/* Sent to the thread, and sent to the process. */
	name = d.text[DETAIL_SIG_PENDING];
	if (thread.p && num_hex(&thread, &bits) == 0 && name.p &&
	    num_hex(&name, &d.pending) == 0)
		d.pending |= bits;
	else
		d.text[DETAIL_SIG_PENDING] = (struct span){0};
	*ret = d;
}

/* schedstat = run wait slices */
int
pid_sched_parse(struct span text, struct pid_sched *ret)
{
	struct lines lines = lines_of(text);
	struct pid_sched s;
	struct span line;

	if (!lines_next(&lines, &line) || column_u64(&line, &s.run_ns) != COLUMN_OK ||
	    column_u64(&line, &s.wait_ns) != COLUMN_OK || column_u64(&line, &s.slices) != COLUMN_OK)
		return -EINVAL;
	*ret = s;
	return 0;
}

int
pid_smaps_parse(struct span text, struct pid_smaps *ret)
{
	enum { PSS, PSS_ANON, CLEAN, DIRTY, HUGE, SWAP_PSS, LINES };
	static const struct name names[] = {
		NAME("Pss", PSS), NAME("Pss_Anon", PSS_ANON), NAME("Private_Clean", CLEAN),
		NAME("Private_Dirty", DIRTY), NAME("AnonHugePages", HUGE),
		NAME("SwapPss", SWAP_PSS),
	};
	struct lines lines = lines_of(text);
	uint64_t v[LINES] = {0}, kib;
	struct span line, name;
	unsigned have = 0;
	size_t hint = 0;

	while (lines_next(&lines, &line)) {
		int k;

		if (!cut_name(&line, ':', &name))
			continue;
		k = name_find(names, ARRAY_LEN(names), &hint, name);
		if (k >= 0 && column_u64(&line, &kib) == COLUMN_OK && !ckd_mul(&v[k], kib, 1024u))
			have |= 1u << k;
	}
	if ((have | 1u << PSS_ANON) != (1u << LINES) - 1 || ckd_add(&v[CLEAN], v[CLEAN], v[DIRTY]))
		return -EINVAL;
	*ret = (struct pid_smaps){v[PSS],  v[PSS_ANON], v[CLEAN], v[SWAP_PSS],
				  v[HUGE], have >> PSS_ANON & 1};
	return 0;
}

int
pid_autogroup_parse(struct span text, uint64_t *ret_id, int64_t *ret_nice)
{
	uint64_t id;
	int64_t nice;
	struct span line, word;

	if (!span_line(&text, &line) || !span_starts(line, "/autogroup-"))
		return -EINVAL;
	line.p += strlen("/autogroup-");
	if (num_u64(&line, &id) < 0 || !span_word(&line, &word) || !span_is(word, "nice") ||
	    num_i64(&line, &nice) < 0)
		return -EINVAL;
	*ret_id = id;
	*ret_nice = nice;
	return 0;
}

/* limits = { name (26 columns) soft hard unit "\n" } */
int
pid_limits_parse(struct span text, uint64_t *ret_files)
{
	static const char name[] = "Max open files ";
	struct lines lines = lines_of(text);
	struct span line, word;

	while (lines_next(&lines, &line)) {
		if (!span_starts(line, name))
			continue;
		line.p += sizeof name - 1;
		word = line;
		if (column_u64(&line, ret_files) == COLUMN_OK)
			return 0;
		if (!span_word(&word, &line) || !span_is(line, "unlimited"))
			return -EINVAL;
		*ret_files = UINT64_MAX;
		return 0;
	}
	return -EINVAL;
}

int
pid_ns_parse(struct span text, uint64_t *ret_inode)
{
	struct span kind;
	uint64_t v;

	if (!cut_name(&text, ':', &kind) || !span_starts(text, "["))
		return -EINVAL;
	text.p++;
	if (num_u64(&text, &v) < 0 || !span_is(text, "]"))
		return -EINVAL;
	*ret_inode = v;
	return 0;
}

bool
pid_exe_deleted(struct span *path)
{
	static const char deleted[] = " (deleted)";
	size_t n = sizeof deleted - 1;

	if (span_len(*path) <= n || memcmp(path->end - n, deleted, n) != 0)
		return false;
	path->end -= n;
	return true;
}

ssize_t
pid_link(const struct root *r, uint32_t pid, const char *name, char *to, size_t max)
{
	char path[48];
	ssize_t n;

	if ((size_t)snprintf(path, sizeof path, "%u/%s", (unsigned)pid, name) >= sizeof path)
		return -ENAMETOOLONG;
	n = root_readlink(r, ROOT_PROC, path, to, max);
	if (n == -ENOENT) {
		/* Gone, or has none: a thread of the kernel has no program. */
		snprintf(path, sizeof path, "%u", (unsigned)pid);
		cleanup_fd int fd = root_open(r, ROOT_PROC, path, O_PATH);

		return fd < 0 ? -ESRCH : -ENOENT;
	}
	return n;
}

static int64_t
count_names(int dir, unsigned max)
{
	_Alignas(8) char names[8192];
	int64_t n = 0;
	long got;

	while ((got = syscall(SYS_getdents64, dir, names, sizeof names)) > 0) {
		for (long at = 0; at < got;) {
			const struct dirent64 *d = (const void *)(names + at); /* as the kernel's */

			n += *d->d_name != '.';
			at += d->d_reclen;
		}
		if (n > max)
			return -EFBIG;
	}
	return got < 0 ? -errno : n;
}

int64_t
pid_count_fds(const struct root *r, uint32_t pid, unsigned max)
{
	char path[32];
	int64_t size;

	snprintf(path, sizeof path, "%u/fd", (unsigned)pid);
	/* The directory's size is the count; before Linux 6.2 it is 0, as when there are none. */
	size = r->foreign ? 0 : root_size(r, ROOT_PROC, path);
	if (size != 0)
		return size == -ENOENT ? -ESRCH : size;
	cleanup_fd int dir = root_open(r, ROOT_PROC, path, O_RDONLY | O_DIRECTORY);

	if (dir < 0)
		return dir == -ENOENT ? -ESRCH : dir;
	return count_names(dir, max);
}
