/* exec: tells of each program that a process begins, with its arguments, in a ring of records
 * (struct execrecord). Runs in the process, when its new memory is there and before it runs.
 *
 * When the ring is full, or the arguments are not where they can be read without waiting, nothing
 * is told: files say it too. */
#include "bpf/kernel.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

#include "sys/execrecord.h"

enum { RINGBUF = 27, NO_WAKEUP = 1, LEVELS = 32 };

char LICENSE[] SEC("license") = "Dual MIT/GPL";

/* The inode of the PID namespace whose processes are told of; set by who loads this. */
const volatile uint32_t namespace_inode = 0;

struct {
	__uint(type, RINGBUF);
	__uint(max_entries, EXEC_RING_BYTES);
} ring SEC(".maps");

/* The number of a process in that namespace; 0 when it has none there. */
static __always_inline uint32_t
number(const struct pid *pid)
{
	const char *at = (const char *)pid + bpf_core_field_offset(struct pid, numbers);
	uint32_t level = BPF_CORE_READ(pid, level);

	for (uint32_t i = 0; i < LEVELS && i <= level; i++) {
		const struct upid *upid = (const void *)at;

		if (BPF_CORE_READ(upid, ns, ns.inum) == namespace_inode)
			return (uint32_t)BPF_CORE_READ(upid, nr);
		at += bpf_core_type_size(struct upid);
	}
	return 0;
}

/* room: what bpf_ringbuf_reserve() takes is known beforehand. */
static __always_inline void
tell(const struct task_struct *t, uint32_t pid, uint64_t from, uint32_t len, const uint32_t room)
{
	struct execrecord *r = bpf_ringbuf_reserve(&ring, sizeof *r + room, 0);

	if (!r)
		return;
	r->pid = pid;
	r->len = len;
	r->start_ns = BPF_CORE_READ(t, start_boottime);
	r->mono_ns = bpf_ktime_get_ns();
	barrier_var(len); /* or the verifier loses sight of what is compared next */
	if (len > room)
		len = room;
	if (bpf_probe_read_user(r->text, len, (const void *)from) < 0)
		bpf_ringbuf_discard(r, NO_WAKEUP);
	else
		bpf_ringbuf_submit(r, NO_WAKEUP);
}

/* By addresses that are but numbers: each typed pointer that is loaded costs whoever loads the
 * program two milliseconds (record.h). */
SEC("raw_tracepoint/sched_process_exec")
int
exec(void *context)
{
	const struct task_struct *t = (const void *)bpf_get_current_task();
	const struct mm_struct *mm = BPF_CORE_READ(t, mm);
	uint32_t pid = number(BPF_CORE_READ(t, signal, pids[PIDTYPE_TGID]));
	uint64_t from = BPF_CORE_READ(mm, arg_start);
	uint32_t len = (uint32_t)(BPF_CORE_READ(mm, arg_end) - from); /* at most 6 MiB */

	(void)context;
	if (!pid)
		return 0;
	if (len <= EXEC_TEXT_SHORT)
		tell(t, pid, from, len, EXEC_TEXT_SHORT);
	else if (len <= EXEC_TEXT_MIDDLE)
		tell(t, pid, from, len, EXEC_TEXT_MIDDLE);
	else if (len <= EXEC_TEXT_LONG)
		tell(t, pid, from, len, EXEC_TEXT_LONG);
	else
		tell(t, pid, from, len, EXEC_TEXT_MAX);
	return 0;
}
