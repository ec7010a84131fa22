#include "sys/bpfproc.h"

#include <string.h>

#include "base/clock.h"
#include "base/mem.h"

/* TASK_*; the same in all kernels that can load the program */
enum {
	UNINTERRUPTIBLE = 0x2, REPORTED = 0x7f, NOLOAD = 0x400, RTLOCK_WAIT = 0x1000,
	FROZEN = 0x8000,
};

char
bpfproc_state(uint32_t state, uint32_t exit_state)
{
	static const char letters[] = "RSDTtXZP";
	uint32_t bits = (state | exit_state) & REPORTED;
	int i = 0;

	if ((state & (UNINTERRUPTIBLE | NOLOAD)) == (UNINTERRUPTIBLE | NOLOAD))
		return 'I';
	if (state & (RTLOCK_WAIT | FROZEN))
		bits = UNINTERRUPTIBLE;
	for (; bits; bits >>= 1)
		i++;
	return letters[i];
}

void
bpfproc_times(const struct bpfrecord *r, struct bpfproc_times *times)
{
	uint64_t seen_u = MAX(r->seen_utime_ns, times->utime_ns);
	uint64_t seen_s = MAX(r->seen_stime_ns, times->stime_ns);
	uint64_t cpu = r->cpu_ns, u = r->utime_ns, s = r->stime_ns, sum;

	if (!(r->flags & BPFRECORD_ADJUST)) {
		times->utime_ns = MAX(u, seen_u);
		times->stime_ns = MAX(s, seen_s);
		return;
	}
	if (!ckd_add(&sum, seen_u, seen_s) && sum < cpu) {
		if (ckd_add(&sum, u, s) || !s)
			s = 0;
		else
			s = u ? MIN(mul_div_u64(s, cpu, sum), cpu) : cpu;
		s = MAX(s, seen_s);
		u = cpu - MIN(s, cpu);
		if (u < seen_u) {
			u = seen_u;
			s = cpu - u; /* not below seen_s, since both are less than cpu */
		}
		seen_u = u;
		seen_s = s;
	}
	times->utime_ns = seen_u;
	times->stime_ns = seen_s;
}

static uint64_t
pages(int64_t v)
{
	return v > 0 ? (uint64_t)v : 0;
}

static uint64_t
resident(const struct bpfrecord *r)
{
	return pages(r->rss[BPFRSS_FILE]) + pages(r->rss[BPFRSS_ANON]) +
	       pages(r->rss[BPFRSS_SHMEM]);
}

void
bpfproc_stat(const struct bpfrecord *r, const struct root *root, struct bpfproc_times *times,
	     struct pid_stat *ret)
{
	uint64_t tick = NS_PER_S / (uint64_t)root->clk_tck;
	struct bpfproc_times own = {0};
	struct pid_stat st = {
		.pid = r->pid,
		.state = bpfproc_state(r->state, r->exit_state),
		.ppid = r->ppid,
		.pgrp = r->pgrp,
		.session = r->session,
		.flags = r->task_flags,
		.minflt = r->minflt,
		.majflt = r->majflt,
		.cutime = (int64_t)(r->cutime_ns / tick),
		.cstime = (int64_t)(r->cstime_ns / tick),
		.priority = r->prio - 100,
		.nice = r->static_prio - 120,
		.num_threads = r->threads,
		.starttime = r->start_ns / tick,
		.vsize = r->vm * (uint64_t)root->page_size,
		.rss = (int64_t)resident(r),
		.processor = r->cpu,
		.rt_priority = r->rt_priority,
		.policy = r->policy,
		.blkio_ticks = r->blkio_delay_ns / tick,
		.guest_time = r->guest_ns / tick,
		.nfields = 52,
	};

	if (!times)
		times = &own;
	bpfproc_times(r, times);
	st.utime = times->utime_ns / tick;
	st.stime = times->stime_ns / tick;
	if (r->has_tty)
		st.tty_nr = (int32_t)((r->tty_minor & 0xff) | r->tty_major << 8 |
				      (r->tty_minor & ~0xffu) << 12);
	memcpy(st.comm, r->comm, sizeof r->comm);
	*ret = st;
}

void
bpfproc_statm(const struct bpfrecord *r, const struct root *root, struct pid_statm *ret)
{
	uint64_t page = (uint64_t)root->page_size;

	*ret = (struct pid_statm){
		.size = r->vm,
		.resident = resident(r),
		.shared = pages(r->rss[BPFRSS_FILE]) + pages(r->rss[BPFRSS_SHMEM]),
		.text = (r->end_code + page - 1) / page - r->start_code / page,
		.data = r->data,
	};
}

void
bpfproc_status(const struct bpfrecord *r, const struct root *root, struct pid_status *ret)
{
	uint64_t page = (uint64_t)root->page_size;

	*ret = (struct pid_status){
		.have = STATUS_UID | STATUS_GID | STATUS_VCTX | STATUS_NVCTX | STATUS_TRACER |
			STATUS_CAPS | STATUS_NNP,
		.ruid = r->ruid,
		.euid = r->uid,
		.egid = r->gid,
		.vctx = r->vctx,
		.nvctx = r->nvctx,
		.tracer = r->tracer,
		.caps = r->caps,
		.seccomp = r->seccomp,
		.nnp = r->no_new_privs,
	};
	if (r->flags & BPFRECORD_SECCOMP)
		ret->have |= STATUS_SECCOMP;
	if (!(r->flags & BPFRECORD_MM))
		return;
	ret->have |= STATUS_RSS | STATUS_SWAP | STATUS_HWM | STATUS_PEAK | STATUS_LOCKED |
		     STATUS_PTE;
	ret->rss_anon = pages(r->rss[BPFRSS_ANON]) * page;
	ret->rss_file = pages(r->rss[BPFRSS_FILE]) * page;
	ret->rss_shmem = pages(r->rss[BPFRSS_SHMEM]) * page;
	ret->swap = pages(r->rss[BPFRSS_SWAP]) * page;
	ret->hwm = MAX(resident(r), r->rss_peak) * page;
	ret->peak = MAX(r->vm, r->vm_peak) * page;
	ret->locked = r->locked * page;
	ret->pte = r->page_tables;
}

bool
bpfproc_io(const struct bpfrecord *r, struct pid_io *ret)
{
	if (!(r->flags & BPFRECORD_IO))
		return false;
	*ret = (struct pid_io){
		.rchar = r->io[BPFIO_RCHAR],
		.wchar = r->io[BPFIO_WCHAR],
		.syscr = r->io[BPFIO_SYSCR],
		.syscw = r->io[BPFIO_SYSCW],
		.read_bytes = r->io[BPFIO_READ],
		.write_bytes = r->io[BPFIO_WRITE],
		.cancelled = r->io[BPFIO_CANCELLED],
	};
	return true;
}
