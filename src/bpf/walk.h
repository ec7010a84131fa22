#ifndef BPF_WALK_H
#define BPF_WALK_H

/* walk: from process to process by the kernel's own iterator (6.7 and later), in order of birth and
 * without locks and counts of users: a quarter of what it takes to come by them number after
 * number. Part of task.bpf.c.
 *
 * What is known of a process lies in some 30 places, and nobody came by since the last sweep: to
 * wait for one after the other would be most of the cost. So they are fetched before they are
 * needed, of several processes at once.
 */
#include "bpf/record.h"

enum { AHEAD = 8, AT_ONCE = 8 };

#define TOUCH(member) ((void)*(volatile typeof(member) *)&(member))

/* A list leads from one task to the next through memory that is far away, and each waits for the
 * one before. What came here on the walk before mostly does again: it is fetched in time. Nothing
 * is made of what is there; it may be another thing by now, or none. */
static __always_inline void
fetch_ahead(struct notes *notes, uint64_t at)
{
	const struct task_struct *t =
		AS(task_struct, notes->order[(at + AHEAD) % BPFTASK_EXACT_BITS]);

	TOUCH(t->tasks.next);
	TOUCH(t->tgid);
	TOUCH(t->se.sum_exec_runtime);
}

/* At most s->step at a time, for nobody else may run meanwhile. It cannot start in the middle:
 * those before are passed by, up to the last one or, when that has gone, as many; what is then left
 * out is found missing. */
static __always_inline void
walk(struct bpftask_shared *s, struct notes *notes)
{
	struct bpf_iter_task it;
	struct task_struct *t;

	s->visited = 0;
	s->end = 1;
	bpf_iter_task_new(&it, NULL, BPF_TASK_ITER_ALL_PROCS);
	while ((t = bpf_iter_task_next(&it))) {
		uint64_t at = s->visited, address = scalar(s, t);
		uint64_t *place = &notes->order[at % BPFTASK_EXACT_BITS];

		if (at >= s->from + s->step) {
			s->end = 0;
			break;
		}
		s->visited = at + 1;
		fetch_ahead(notes, at);
		if (*place != address)
			*place = address;
		if (at < s->from) {
			if (address == s->last)
				s->from = at + 1;
			continue;
		}
		s->last = address;
		if (!is_at_rest(s, notes, t)) {
			uint32_t k = s->ntodo++ % BPFTASK_STEP;

			notes->todo[k] = (uint32_t)t->tgid;
			notes->at[k] = address;
		}
	}
	bpf_iter_task_destroy(&it);
	s->from = s->visited;
}

/* Checked by the verifier once, however many ask for it; so are the next two. */
__attribute__((noinline)) int
put_task(uint64_t address)
{
	uint32_t zero = 0;
	struct bpftask_shared *s = bpf_map_lookup_elem(&shared, &zero);
	struct notes *n = bpf_map_lookup_elem(&notes, &zero);

	if (s && n)
		put(s, n, AS(task_struct, address));
	return 0;
}

__attribute__((noinline)) int
fetch_task(uint64_t address)
{
	const struct task_struct *t = AS(task_struct, address);

	TOUCH(t->__state);
	TOUCH(t->prio);
	TOUCH(t->policy);
	TOUCH(t->exit_state);
	TOUCH(t->atomic_flags);
	TOUCH(t->utime);
	TOUCH(t->prev_cputime.utime);
	TOUCH(t->nvcsw);
	TOUCH(t->start_boottime);
	TOUCH(t->maj_flt);
	TOUCH(t->comm[0]);
	if (bpf_core_field_exists(t->seccomp.mode))
		TOUCH(t->seccomp.mode);
	if (bpf_core_field_exists(t->ioac.read_bytes)) {
		TOUCH(t->ioac.rchar);
		TOUCH(t->ioac.cancelled_write_bytes);
	}
	return 0;
}

static __always_inline void
fetch_signal(const struct signal_struct *sig)
{
	TOUCH(sig->nr_threads);
	TOUCH(sig->utime);
	TOUCH(sig->prev_cputime.utime);
	TOUCH(sig->min_flt);
	TOUCH(sig->sum_sched_runtime);
	if (bpf_core_field_exists(sig->ioac.read_bytes)) {
		TOUCH(sig->ioac.rchar);
		TOUCH(sig->ioac.cancelled_write_bytes);
	}
	(void)WORD(pid, word_at(&sig->pids[PIDTYPE_TGID]), numbers[0].nr);
	(void)WORD(pid, word_at(&sig->pids[PIDTYPE_PGID]), numbers[0].nr);
	(void)WORD(pid, word_at(&sig->pids[PIDTYPE_SID]), numbers[0].nr);
	(void)WORD(tty_struct, word_at(&sig->tty), driver);
}

static __always_inline void
fetch_memory(const struct mm_struct *mm)
{
	TOUCH(mm->total_vm);
	TOUCH(mm->hiwater_rss);
	TOUCH(mm->start_code);
	TOUCH(mm->pgtables_bytes.counter);
	TOUCH(mm->rss_stat[0].count);
	TOUCH(mm->rss_stat[1].count);
	TOUCH(mm->rss_stat[3].count);
}

/* After fetch_task(). */
__attribute__((noinline)) int
fetch_parts(uint64_t address)
{
	const struct task_struct *t = AS(task_struct, address);
	const struct cred *cred = FOLLOW(cred, t, real_cred);

	fetch_signal(FOLLOW(signal_struct, t, signal));
	fetch_memory(FOLLOW(mm_struct, t, mm));
	TOUCH(cred->uid.val);
	TOUCH(cred->cap_effective);
	(void)WORD(task_struct, word_at(&t->real_parent), signal);
	if (bpf_core_field_exists(t->delays))
		(void)WORD(task_delay_info, word_at(&t->delays), blkio_delay);
	return 0;
}

/* It may have gone since the walk. */
static long
look_up(uint32_t i, struct bpftask_shared **shared)
{
	uint32_t zero = 0, k = (*shared)->todo + i;
	struct notes *n = bpf_map_lookup_elem(&notes, &zero);
	struct task_struct *t;

	if (!n || k >= (*shared)->ntodo)
		return 1;
	t = bpf_task_from_pid((int)n->todo[k % BPFTASK_STEP]);
	n->at[k % BPFTASK_STEP] = t ? scalar(*shared, t) : 0;
	if (t)
		bpf_task_release(t);
	return 0;
}

static long
do_some(uint32_t i, struct bpftask_shared **shared)
{
	uint32_t zero = 0, k, end;
	struct bpftask_shared *s = *shared;
	struct notes *n = bpf_map_lookup_elem(&notes, &zero);

	(void)i;
	if (!n || s->todo >= s->ntodo) {
		s->ntodo = s->todo = 0;
		return 1;
	}
	end = s->ntodo - s->todo < AT_ONCE ? s->ntodo : s->todo + AT_ONCE;
	for (k = 0; k < AT_ONCE && s->todo + k < end; k++)
		fetch_task(n->at[(s->todo + k) % BPFTASK_STEP]);
	for (k = 0; k < AT_ONCE && s->todo + k < end; k++)
		fetch_parts(n->at[(s->todo + k) % BPFTASK_STEP]);
	for (k = 0; k < AT_ONCE && s->todo + k < end; k++)
		put_task(n->at[(s->todo + k) % BPFTASK_STEP]);
	s->todo = end;
	return 0;
}

/* Calls for more until all were walked over: the task is the same all the time. */
static __always_inline int
sweep_walking(struct bpftask_shared *s, struct notes *notes)
{
	if (!s->ntodo) {
		if (s->end)
			return 1;
		walk(s, notes);
	} else {
		bpf_loop(BPFTASK_RECORDS, look_up, &s, 0);
	}
	bpf_loop(BPFTASK_RECORDS / AT_ONCE, do_some, &s, 0);
	return 1;
}

#endif
