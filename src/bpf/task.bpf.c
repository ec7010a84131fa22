/* task: runs in the kernel and writes what the sweeper is to know of each process, or of each
 * thread that is no leader, into memory the sweeper sees: a struct bpfrecord, or for most that did
 * nothing that they rest.
 *
 * The kernel's iterator calls it once for every task of the sweeper's PID namespace, in rising
 * order of their numbers. Threads and full sweeps are done so, and everything on kernels before
 * 6.7. Else the first call walks from process to process itself.
 *
 * When that memory is full, or a step of the walk is done, it asks to be called with the same task
 * again, which ends the sweeper's read() with EAGAIN; the sweeper takes what is there, makes room
 * and reads on.
 */
#include "bpf/record.h"

enum { AHEAD = 8, MMAPABLE = 1 << 10 };

char LICENSE[] SEC("license") = "Dual MIT/GPL";

struct {
	__uint(type, ARRAY);
	__uint(map_flags, MMAPABLE);
	__uint(max_entries, 1);
	__type(key, uint32_t);
	__type(value, struct bpftask_shared);
} shared SEC(".maps");

/* What was last seen of a process of one thread. Only that thread makes others, so while it does
 * not run all stays as it was, and a look at its CPU time is enough. */
struct rest {
	uint64_t cpu_ns;  /* of the thread; 0: nothing is known */
	uint32_t said_ns; /* lower half of the process's, ended threads included */
	uint32_t pid;     /* as the sweeper knows it; 0: not at all */
};

struct notes {
	struct rest rest[BPFTASK_EXACT_BITS]; /* by number in the first namespace, modulo */
	uint64_t order[BPFTASK_EXACT_BITS];   /* addresses, as they came on the walk before */
	uint32_t todo[BPFTASK_STEP];          /* who is to get a record */
};
struct {
	__uint(type, ARRAY);
	__uint(max_entries, 1);
	__type(key, uint32_t);
	__type(value, struct notes);
} notes SEC(".maps");

static __always_inline void
put_rest(struct bpftask_shared *s, uint32_t pid, uint32_t cpu_ns)
{
	uint64_t n = s->nrest;

	if (n < BPFTASK_STEP) {
		s->rest[n].pid = pid;
		s->rest[n].cpu_ns = cpu_ns;
		s->nrest = n + 1;
	}
}

/* Did it do nothing since its last record, and does nobody look? Most do, and touching the rest of
 * what the kernel knows about them would be most of the cost of a sweep. */
static __always_inline bool
is_at_rest(struct bpftask_shared *s, const struct notes *notes, const struct task_struct *t)
{
	const struct rest *rest = &notes->rest[(uint32_t)t->tgid % BPFTASK_EXACT_BITS];
	uint64_t cpu_ns = t->se.sum_exec_runtime;
	uint32_t pid;

	if (s->full || !cpu_ns || rest->cpu_ns != cpu_ns)
		return false;
	pid = rest->pid;
	if (pid && ((pid + s->turn) % BPFTASK_TURNS == 0 || is_exact(s, pid)))
		return false;
	if (pid)
		put_rest(s, pid, rest->said_ns);
	return true;
}

/* cpu_ns was read before all that is in the record: what runs meanwhile gets one next time. */
static __always_inline void
note_rest(struct notes *notes, uint32_t tgid, const struct signal_struct *sig, uint64_t cpu_ns,
	  uint32_t pid)
{
	struct rest *rest = &notes->rest[tgid % BPFTASK_EXACT_BITS];

	if (sig->nr_threads != 1)
		return;
	rest->cpu_ns = cpu_ns;
	rest->said_ns = (uint32_t)(sig->sum_sched_runtime + cpu_ns);
	rest->pid = pid;
}

static __always_inline void
put(struct bpftask_shared *s, struct notes *notes, struct task_struct *t)
{
	bool thread = t->pid != t->tgid;
	uint64_t n = s->n, cpu_ns = t->se.sum_exec_runtime;
	struct signal_struct *sig;
	struct bpfrecord *r;

	if (n >= BPFTASK_RECORDS)
		return;
	r = &s->record[n];
	r->flags = thread ? BPFRECORD_THREAD : 0;
	sig = t->signal;
	if (!s->level) {
		r->pid = (uint32_t)t->pid;
		r->tgid = (uint32_t)t->tgid;
	} else {
		r->tgid = number(s, sig->pids[PIDTYPE_TGID]);
		r->pid = thread ? thread_number(s, t) : r->tgid;
	}
	if (!thread)
		note_rest(notes, (uint32_t)t->tgid, sig, cpu_ns, r->pid);
	if (!r->pid || !r->tgid)
		return; /* it is being taken away, or the sweeper does not see it */
	if (!thread && !s->full && sig->nr_threads > BPFTASK_MANY_THREADS) {
		/* Its clock adds them up for a third of what it takes here. */
		put_rest(s, r->pid, 0);
		return;
	}
	put_record(s, r, t, sig);
	s->n = n + 1;
}

/* 6.7 and later. */
#define CAN_WALK bpf_core_type_exists(struct bpf_iter_task)

/* For the kernels that can walk: checked once, however many ask for it. */
__attribute__((noinline)) int
put_task(uint64_t address)
{
	uint32_t zero = 0;
	struct bpftask_shared *s = bpf_map_lookup_elem(&shared, &zero);
	struct notes *n = bpf_map_lookup_elem(&notes, &zero);

	if (CAN_WALK && s && n)
		put(s, n,
		    bpf_rdonly_cast((void *)address, bpf_core_type_id_kernel(struct task_struct)));
	return 0;
}

/* For the others. */
static __attribute__((noinline)) void
put_known(struct bpftask_shared *s, struct notes *notes, struct task_struct *t)
{
	put(s, notes, t);
}

#define TOUCH(member) ((void)*(volatile typeof(member) *)&(member))

/* A list leads from one task to the next through memory that is far away, and each waits for the
 * one before. What came here on the walk before mostly does again: it is fetched in time. Nothing
 * is made of what is there; it may be another thing by now, or none. */
static __always_inline void
fetch_ahead(struct notes *notes, uint64_t at)
{
	const struct task_struct *t =
		bpf_rdonly_cast((void *)notes->order[(at + AHEAD) % BPFTASK_EXACT_BITS],
				bpf_core_type_id_kernel(struct task_struct));

	TOUCH(t->tasks.next);
	TOUCH(t->tgid);
	TOUCH(t->se.sum_exec_runtime);
}

/* The kernel's own iterator over processes, in order of birth and without locks and counts of
 * users: a quarter of what it takes to come by them number after number. At most s->step at a time,
 * for nobody else may run meanwhile. It cannot start in the middle: those before are passed by, up
 * to the last one or, when that has gone, as many; what is then left out is found missing. */
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
			notes->todo[s->ntodo % BPFTASK_STEP] = (uint32_t)t->tgid;
			s->ntodo++;
		}
	}
	bpf_iter_task_destroy(&it);
	s->from = s->visited;
}

static long
do_one(uint32_t i, struct bpftask_shared **shared)
{
	uint32_t zero = 0;
	struct bpftask_shared *s = *shared;
	struct notes *n = bpf_map_lookup_elem(&notes, &zero);
	struct task_struct *t;

	(void)i;
	if (!n || s->todo >= s->ntodo) {
		s->ntodo = s->todo = 0;
		return 1;
	}
	t = bpf_task_from_pid((int)n->todo[s->todo++ % BPFTASK_STEP]);
	if (t) {
		put_task(scalar(s, t));
		bpf_task_release(t);
	}
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
	}
	bpf_loop(BPFTASK_RECORDS, do_one, &s, 0);
	return 1;
}

SEC("iter/task")
int
sweep(struct bpf_iter__task *ctx)
{
	struct task_struct *t = ctx->task;
	struct bpftask_shared *s;
	struct notes *n;
	uint32_t zero = 0;
	bool thread;

	if (!t)
		return 0; /* the end */
	s = bpf_map_lookup_elem(&shared, &zero);
	n = bpf_map_lookup_elem(&notes, &zero);
	if (!s || !n)
		return 0;
	if (!s->ready)
		look_who(s);
	if (CAN_WALK && s->walk)
		return sweep_walking(s, n);
	thread = t->pid != t->tgid;
	if (thread != !!s->threads)
		return 0;
	if (s->n >= BPFTASK_RECORDS || s->nrest >= BPFTASK_STEP)
		return 1; /* again */
	if (!thread && is_at_rest(s, n, t))
		return 0;
	if (CAN_WALK)
		put_task(scalar(s, t));
	else
		put_known(s, n, t);
	return 0;
}
