#ifndef SAMPLE_DETAILROWS_H
#define SAMPLE_DETAILROWS_H

/* detailrows: what details.c has read, as rows; and what it keeps. For details.c and
 * detailcgroup.c only.
 */
#include "feed/feed.h"
#include "sample/details.h"
#include "sys/pid.h"
#include "sys/piddetail.h"
#include "sys/pidinfo.h"
#include "sys/pidlinks.h"
#include "sys/pidlist.h"
#include "sys/pidmaps.h"
#include "sys/reader.h"
#include "sys/pidsockets.h"

enum detail_job_id {
	DETAIL_FDS,
	DETAIL_SMAPS,
	DETAIL_ENVIRON,
	DETAIL_LIMITS,
	DETAIL_NS,
	DETAIL_JOBS
};

struct detail_job {
	struct buf text;
	int error;       /* of the last time: 0 or -errno; late ones leave the text as it was */
	uint32_t errand; /* of the batch, while asked */
	bool asked;
	bool cut;        /* there was more */
	int64_t next_ns; /* 0: at once */
};

enum { DETAIL_STACKS = 64, DETAIL_FDS_MAX = 4096, DETAIL_VARIABLES_MAX = 4096 };

struct details {
	const struct root *root;
	struct errands *errands;
	struct row_key key; /* whose; b may be 0 */
	uint64_t start;     /* ticks: of who has the number */
	struct field_set want[TABLE_COUNT];
	struct detail_job job[DETAIL_JOBS];
	struct pid_sockets sockets;
	bool sockets_cut;
	struct pid_maps maps;
	char exe[4096];
	size_t exe_len;
	bool long_maps;
	struct pidlist tids;
	struct buf stack[DETAIL_STACKS];
	uint32_t tid[DETAIL_STACKS];
	unsigned nstacks;
	bool wchan_only;
	struct pid_stat stat;
	struct buf status, scratch;
	bool has_fds;
	uint64_t fds;
	uint64_t cpu_usec; /* of the cgroup, at the moment below; 0: not known */
	int64_t cpu_at_ns;
	struct pid_link *order; /* scratch */
	size_t order_cap;
	size_t garbage;
};

void detail_rows_fill(struct details *d, struct frame *f);
void detail_cgroup_fill(struct details *d, struct frame *f); /* reads it, too: no cgroup hangs */

/* The key of a row of the process. */
static inline struct row_key
detail_key(const struct details *d, uint64_t what)
{
	return (struct row_key){what, row_key_hash((struct row_key){d->key.a, d->start})};
}

#endif
