#ifndef BPF_RECORD_H
#define BPF_RECORD_H

/* record: fills a struct bpfrecord from what the kernel knows of a task. Part of task.bpf.c.
 *
 * A process's counters are those of the threads that are there and, in signal_struct, of those that
 * ended. A thread that ends moves its own from the one to the other, so both are read between two
 * looks at the lock's sequence number, as procfs does it.
 */
#include "bpf/kernel.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

#include "sys/bpfrecord.h"

enum { MAX_CPUS = 8192, TRIES = 4, ARRAY = 2, PERCPU_ARRAY = 6 };

/* How far each CPU's variables lie from the address the kernel keeps for all of them. */
struct {
	__uint(type, PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, uint32_t);
	__type(value, uint64_t);
} percpu SEC(".maps");

/* Where the kernel that loads this has the member. */
#define OFFSET(type, member) \
	__builtin_preserve_field_info(((type *)0)->member, BPF_FIELD_BYTE_OFFSET)
#define SIZE(type) bpf_core_type_size(type)

/* Memory of the kernel: word_at() and int_at() give what lies there, 0 where nothing does; FOLLOW()
 * is a pointer in a structure. One that is loaded as a pointer costs the verifier four looks
 * through all the kernel's types, half a millisecond each; as a number, none. */
#if WALKS
#define AS(type, address) \
	((struct type *)bpf_rdonly_cast((const void *)(address), \
					bpf_core_type_id_kernel(struct type)))
#define FOLLOW(type, from, member) AS(type, word_at(&(from)->member))

/* By structures that begin so. */
static __always_inline uint64_t
word_at(const void *p)
{
	return (uint64_t)*(volatile int64_t *)&AS(timespec64, p)->tv_sec;
}

static __always_inline int32_t
int_at(const void *p)
{
	return *(volatile int *)&AS(upid, p)->nr;
}
#else
#define FOLLOW(type, from, member) ((from)->member)

static __always_inline uint64_t
word_at(const void *p)
{
	uint64_t v = 0;

	(void)bpf_probe_read_kernel(&v, sizeof v, p);
	return v;
}

static __always_inline int32_t
int_at(const void *p)
{
	int32_t v = 0;

	(void)bpf_probe_read_kernel(&v, sizeof v, p);
	return v;
}
#endif

/* Of the structure at an address that is but a number. */
#define WORD(type, address, member) \
	word_at((const char *)(address) + OFFSET(struct type, member))
#define INT(type, address, member) int_at((const char *)(address) + OFFSET(struct type, member))

/* The number of a process in the sweeper's namespace; 0 when it has none there. */
static __always_inline uint32_t
number(const struct bpftask_shared *s, uint64_t pid)
{
	const char *upid = (const char *)pid + OFFSET(struct pid, numbers) +
			   s->level * SIZE(struct upid);

	if ((uint32_t)INT(pid, pid, level) < s->level || WORD(upid, upid, ns) != s->ns)
		return 0;
	return (uint32_t)INT(upid, upid, nr);
}

static __always_inline uint32_t
process_number(const struct bpftask_shared *s, uint64_t task)
{
	if (!s->level)
		return (uint32_t)INT(task_struct, task, tgid);
	return number(s, WORD(signal_struct, WORD(task_struct, task, signal), pids[PIDTYPE_TGID]));
}

static __always_inline uint32_t
thread_number(const struct bpftask_shared *s, uint64_t task)
{
	if (!s->level)
		return (uint32_t)INT(task_struct, task, pid);
	return number(s, WORD(task_struct, task, thread_pid));
}

/* An address as a number: the verifier lets no sums be made with pointers to maps. */
static __always_inline uint64_t
scalar(struct bpftask_shared *s, const void *p)
{
	*(volatile uint64_t *)&s->scratch = (uint64_t)p;
	return *(volatile uint64_t *)&s->scratch;
}

static long
measure_cpu(uint32_t cpu, struct bpftask_shared **s)
{
	uint32_t zero = 0;
	uint64_t *there = bpf_map_lookup_percpu_elem(&percpu, &zero, cpu);

	if (!there)
		return 1;
	*there = scalar(*s, there) - (*s)->percpu_model;
	return 0;
}

/* Who sweeps? */
static __always_inline void
look_who(struct bpftask_shared *s)
{
	const struct task_struct *me = bpf_get_current_task_btf();
	uint64_t pid = word_at(&me->thread_pid), model, ns;

	s->level = (uint32_t)INT(pid, pid, level);
	ns = WORD(pid, pid + s->level * SIZE(struct upid), numbers[0].ns);
	if (s->ns != ns)
		s->full = 1; /* other numbers than those in the notes */
	s->ns = ns;
	s->boot_offset_ns = 0;
	if (bpf_core_field_exists(me->nsproxy->time_ns)) {
		s->boot_offset_ns =
			BPF_CORE_READ(me, nsproxy, time_ns, offsets.boottime.tv_sec) * 1000000000 +
			BPF_CORE_READ(me, nsproxy, time_ns, offsets.boottime.tv_nsec);
	}
	/* The address of the variable for all CPUs is in the map. */
	model = scalar(s, &percpu) + OFFSET(struct bpf_array, pptrs);
	if (bpf_probe_read_kernel(&s->percpu_model, sizeof s->percpu_model, (void *)model) < 0)
		s->percpu_model = 0;
	else
		bpf_loop(MAX_CPUS, measure_cpu, &s, 0);
	s->ready = 1;
}

static __always_inline void
read_io(uint64_t to[BPFIO_NUMBERS], const struct task_io_accounting *io)
{
	to[BPFIO_RCHAR] = io->rchar;
	to[BPFIO_WCHAR] = io->wchar;
	to[BPFIO_SYSCR] = io->syscr;
	to[BPFIO_SYSCW] = io->syscw;
	to[BPFIO_READ] = io->read_bytes;
	to[BPFIO_WRITE] = io->write_bytes;
	to[BPFIO_CANCELLED] = io->cancelled_write_bytes;
}

/* Counters of several threads, and where in the list of them we are. */
struct sum {
	uint64_t next, end;
	uint64_t cpu, utime, stime, guest, minflt, majflt;
	uint64_t io[BPFIO_NUMBERS];
};

static __always_inline void
read_own(struct sum *sum, struct task_struct *t)
{
	sum->cpu += t->se.sum_exec_runtime;
	sum->utime += t->utime;
	sum->stime += t->stime;
	sum->guest += t->gtime;
	sum->minflt += t->min_flt;
	sum->majflt += t->maj_flt;
	if (bpf_core_field_exists(t->ioac.read_bytes)) {
		uint64_t io[BPFIO_NUMBERS];

		read_io(io, &t->ioac);
		for (int i = 0; i < BPFIO_NUMBERS; i++)
			sum->io[i] += io[i];
	}
}

#define ADD(to, member) ((to) += WORD(task_struct, at, member))

static long
add_thread(uint32_t i, struct sum *s)
{
	uint64_t at = s->next - OFFSET(struct task_struct, thread_node);

	(void)i;
	if (s->next == s->end || !s->next)
		return 1;
	s->next = WORD(task_struct, at, thread_node.next);
	ADD(s->cpu, se.sum_exec_runtime);
	ADD(s->utime, utime);
	ADD(s->stime, stime);
	ADD(s->guest, gtime);
	ADD(s->minflt, min_flt);
	ADD(s->majflt, maj_flt);
	if (bpf_core_field_exists(((struct task_struct *)0)->ioac.read_bytes)) {
		ADD(s->io[BPFIO_RCHAR], ioac.rchar);
		ADD(s->io[BPFIO_WCHAR], ioac.wchar);
		ADD(s->io[BPFIO_SYSCR], ioac.syscr);
		ADD(s->io[BPFIO_SYSCW], ioac.syscw);
		ADD(s->io[BPFIO_READ], ioac.read_bytes);
		ADD(s->io[BPFIO_WRITE], ioac.write_bytes);
		ADD(s->io[BPFIO_CANCELLED], ioac.cancelled_write_bytes);
	}
	return 0;
}

/* What its ended threads left. */
static __always_inline void
read_ended(struct sum *sum, struct signal_struct *sig)
{
	sum->cpu = sig->sum_sched_runtime;
	sum->utime = sig->utime;
	sum->stime = sig->stime;
	sum->guest = sig->gtime;
	sum->minflt = sig->min_flt;
	sum->majflt = sig->maj_flt;
	if (bpf_core_field_exists(sig->ioac.read_bytes))
		read_io(sum->io, &sig->ioac);
}

/* All threads of a process that has several. False when they ended faster than that. */
static __always_inline bool
sum_threads(struct bpftask_shared *s, struct sum *sum, struct signal_struct *sig)
{
	for (int i = 0; i < TRIES; i++) {
		unsigned int before = sig->stats_lock.seqcount.seqcount.sequence;

		__sync_fetch_and_add(&s->barrier, 1);
		read_ended(sum, sig);
		sum->end = (uint64_t)&sig->thread_head;
		sum->next = (uint64_t)sig->thread_head.next;
		bpf_loop((uint32_t)sig->nr_threads + 1024, add_thread, sum, 0);
		__sync_fetch_and_add(&s->barrier, 1);
		if (!(before & 1) && before == sig->stats_lock.seqcount.seqcount.sequence)
			return true;
	}
	return false;
}

static __always_inline void
put_counters(struct bpftask_shared *s, struct bpfrecord *r, struct task_struct *t,
	     struct signal_struct *sig, bool thread)
{
	struct sum sum = {0};

	if (thread) {
		read_own(&sum, t);
	} else if (sig->nr_threads > 1) {
		if (!sum_threads(s, &sum, sig))
			r->flags |= BPFRECORD_TORN;
	} else {
		/* The number was read first: what ended before is in signal_struct. */
		read_ended(&sum, sig);
		read_own(&sum, t);
	}
	r->cpu_ns = sum.cpu;
	r->utime_ns = sum.utime;
	r->stime_ns = sum.stime;
	r->guest_ns = sum.guest;
	r->minflt = sum.minflt;
	r->majflt = sum.majflt;
	__builtin_memcpy(r->io, sum.io, sizeof r->io);
	if (bpf_core_field_exists(t->ioac.read_bytes))
		r->flags |= BPFRECORD_IO;
	if (bpf_core_field_exists(sig->prev_cputime)) {
		r->flags |= BPFRECORD_ADJUST;
		r->seen_utime_ns = thread ? t->prev_cputime.utime : sig->prev_cputime.utime;
		r->seen_stime_ns = thread ? t->prev_cputime.stime : sig->prev_cputime.stime;
	} else {
		r->seen_utime_ns = r->seen_stime_ns = 0;
	}
	r->cutime_ns = sig->cutime;
	r->cstime_ns = sig->cstime;
}

/* One kind of page after the other, over all CPUs. */
struct cpu_sum {
	uint64_t counters[BPFRSS_KINDS];
	int64_t v[BPFRSS_KINDS];
};

static long
add_cpu(uint32_t cpu, struct cpu_sum *sum)
{
	uint32_t zero = 0;
	const uint64_t *distance = bpf_map_lookup_percpu_elem(&percpu, &zero, cpu);

	if (!distance)
		return 1;
	for (int i = 0; i < BPFRSS_KINDS; i++)
		sum->v[i] += int_at((const void *)(sum->counters[i] + *distance));
	return 0;
}

static __always_inline void
put_rss(struct bpftask_shared *s, struct bpfrecord *r, struct mm_struct *mm, bool exact)
{
	struct mm_struct___v61 *old = (void *)mm;

	if (bpf_core_field_exists(old->rss_stat.count)) {
		(void)bpf_core_read(r->rss, sizeof r->rss, &old->rss_stat.count);
		r->flags |= BPFRECORD_EXACT;
		return;
	}
	/* No loops: how big a counter is only the kernel knows. */
	r->rss[0] = mm->rss_stat[0].count;
	r->rss[1] = mm->rss_stat[1].count;
	r->rss[2] = mm->rss_stat[2].count;
	r->rss[3] = mm->rss_stat[3].count;
	if (exact && s->percpu_model) {
		struct cpu_sum sum = {0};

		sum.counters[0] = (uint64_t)mm->rss_stat[0].counters;
		sum.counters[1] = (uint64_t)mm->rss_stat[1].counters;
		sum.counters[2] = (uint64_t)mm->rss_stat[2].counters;
		sum.counters[3] = (uint64_t)mm->rss_stat[3].counters;
		bpf_loop(MAX_CPUS, add_cpu, &sum, 0);
		for (int i = 0; i < BPFRSS_KINDS; i++)
			r->rss[i] += sum.v[i];
		r->flags |= BPFRECORD_EXACT;
	}
}

static __always_inline void
put_memory(struct bpftask_shared *s, struct bpfrecord *r, const struct task_struct *t,
	   struct mm_struct *mm, bool exact)
{
	if (mm && !(r->task_flags & PF_KTHREAD)) {
		r->vm = mm->total_vm;
		r->vm_peak = mm->hiwater_vm;
		r->rss_peak = mm->hiwater_rss;
		r->locked = mm->locked_vm;
		r->start_code = mm->start_code;
		r->end_code = mm->end_code;
		r->data = mm->data_vm + mm->stack_vm;
		r->page_tables = (uint64_t)mm->pgtables_bytes.counter;
		put_rss(s, r, mm, exact);
		/* It is put away first and freed then: what is still there was not freed. */
		if (word_at(&t->mm) == (uint64_t)mm) {
			r->flags |= BPFRECORD_MM;
			return;
		}
	}
	r->vm = r->vm_peak = r->rss_peak = r->locked = r->data = r->page_tables = 0;
	r->start_code = r->end_code = 0;
	for (int i = 0; i < BPFRSS_KINDS; i++)
		r->rss[i] = 0;
}

static __always_inline void
put_terminal(struct bpfrecord *r, struct signal_struct *sig)
{
	uint64_t tty = word_at(&sig->tty), driver;

	r->has_tty = 0;
	if (!tty)
		return;
	driver = WORD(tty_struct, tty, driver);
	r->tty_major = (uint32_t)INT(tty_driver, driver, major);
	r->tty_minor = (uint32_t)(INT(tty_driver, driver, minor_start) +
				  INT(tty_struct, tty, index));
	r->has_tty = word_at(&sig->tty) == tty;
}

static __always_inline void
put_identity(struct bpftask_shared *s, struct bpfrecord *r, struct task_struct *t,
	     struct signal_struct *sig)
{
	struct task_struct___v515 *old_task = (void *)t;
	uint64_t delays = 0;

	r->pgrp = number(s, word_at(&sig->pids[PIDTYPE_PGID]));
	r->session = number(s, word_at(&sig->pids[PIDTYPE_SID]));
	r->tracer = 0;
	if (t->ptrace) /* by a thread, not by a process */
		r->tracer = thread_number(s, word_at(&t->parent));
	r->task_flags = t->flags;
	r->state = t->__state;
	r->exit_state = (uint32_t)t->exit_state;
	r->threads = (uint32_t)sig->nr_threads;
	if (bpf_core_field_exists(t->thread_info.cpu))
		r->cpu = t->thread_info.cpu;
	else
		r->cpu = old_task->cpu;
	r->policy = t->policy;
	r->rt_priority = t->rt_priority;
	r->prio = t->prio;
	r->static_prio = t->static_prio;
	r->no_new_privs = t->atomic_flags & 1;
	r->seccomp = 0;
	if (bpf_core_field_exists(t->seccomp.mode)) {
		r->seccomp = (uint32_t)t->seccomp.mode;
		r->flags |= BPFRECORD_SECCOMP;
	}
	((uint64_t *)r->comm)[0] = word_at(&t->comm[0]);
	((uint64_t *)r->comm)[1] = word_at(&t->comm[8]);
	r->start_ns = t->start_boottime + (uint64_t)s->boot_offset_ns;
	r->cgroups = bpf_core_field_exists(t->cgroups) ? word_at(&t->cgroups) : 0;
	r->vctx = t->nvcsw;
	r->nvctx = t->nivcsw;
	if (bpf_core_field_exists(t->delays))
		delays = word_at(&t->delays);
	r->blkio_delay_ns = delays ? WORD(task_delay_info, delays, blkio_delay) : 0;
}

static __always_inline void
put_cred(struct bpfrecord *r, const struct cred *cred)
{
	const struct cred___v62 *old = (const void *)cred;

	r->uid = cred->euid.val;
	r->ruid = cred->uid.val;
	r->gid = cred->egid.val;
	if (bpf_core_field_exists(old->cap_effective.cap))
		r->caps = old->cap_effective.cap[0] | (uint64_t)old->cap_effective.cap[1] << 32;
	else
		r->caps = cred->cap_effective.val;
}

static __always_inline bool
is_exact(const struct bpftask_shared *s, uint32_t pid)
{
	uint32_t bit = pid % BPFTASK_EXACT_BITS;

	return s->exact[bit / 8] >> bit % 8 & 1;
}

static __always_inline void
put_record(struct bpftask_shared *s, struct bpfrecord *r, struct task_struct *t,
	   struct signal_struct *sig)
{
	r->ppid = process_number(s, word_at(&t->real_parent));
	put_cred(r, FOLLOW(cred, t, real_cred));
	put_identity(s, r, t, sig);
	put_terminal(r, sig);
	put_counters(s, r, t, sig, r->flags & BPFRECORD_THREAD);
	put_memory(s, r, t, FOLLOW(mm_struct, t, mm), s->exact_all || is_exact(s, r->tgid));
}

#endif
