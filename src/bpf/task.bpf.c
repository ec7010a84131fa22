/* task: runs in the kernel and writes what the sweeper is to know of each process, or of each
 * thread that is no leader, into memory the sweeper sees: a struct bpfrecord, or for most that did
 * nothing that they rest.
 *
 * The kernel's iterator calls it once for every task of the sweeper's PID namespace, in rising
 * order of their numbers. Threads and full sweeps are done so, and everything on kernels before
 * 6.7. Else the first call walks from process to process itself (walk.h): so this is compiled
 * twice, with WALKS 1 and 0.
 *
 * When that memory is full, or a step of the walk is done, it asks to be called with the same task
 * again, which ends the sweeper's read() with EAGAIN; the sweeper takes what is there, makes room
 * and reads on.
 */
#include "bpf/record.h"

enum { MMAPABLE = 1 << 10 };

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
#if WALKS
	uint64_t order[BPFTASK_EXACT_BITS];   /* addresses, as they came on the walk before */
	/* who is to get a record, and where they are: good until the call ends */
	uint32_t todo[BPFTASK_STEP];
	uint64_t at[BPFTASK_STEP];
#endif
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
	if (pid && ((pid + s->turn) % s->turns == 0 || is_exact(s, pid)))
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
	sig = FOLLOW(signal_struct, t, signal);
	r->tgid = process_number(s, (uint64_t)t);
	r->pid = thread ? thread_number(s, (uint64_t)t) : r->tgid;
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

#if WALKS
#include "bpf/walk.h"
#endif

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
#if WALKS
	if (s->walk)
		return sweep_walking(s, n);
#endif
	thread = t->pid != t->tgid;
	if (thread != !!s->threads)
		return 0;
	if (s->n >= BPFTASK_RECORDS || s->nrest >= BPFTASK_STEP)
		return 1; /* again */
	if (!thread && is_at_rest(s, n, t))
		return 0;
#if WALKS
	put_task(scalar(s, t));
#else
	put(s, n, t);
#endif
	return 0;
}
