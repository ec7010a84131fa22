#ifndef BPF_KERNEL_H
#define BPF_KERNEL_H

/* kernel: the few members of the kernel's structures that the programs here read. Where they lie is
 * found out by the kernel that loads the program, from its own type information: only names and
 * types count here, order and gaps do not. So this builds on any machine, without a generated
 * vmlinux.h.
 *
 * What has had another shape stands twice; the part of a name from ___ on does not count.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The names bpf_helper_defs.h uses. */
typedef uint8_t __u8;
typedef uint16_t __u16;
typedef uint32_t __u32;
typedef uint64_t __u64;
typedef int8_t __s8;
typedef int16_t __s16;
typedef int32_t __s32;
typedef int64_t __s64;
typedef __u16 __be16;
typedef __u32 __be32;
typedef __u32 __wsum;

struct bpf_iter__task { /* the context: not moved about */
	void *meta;
	struct task_struct *task;
};

#if WALKS /* functions and a type of kernels from 6.7 on */
struct task_struct;
struct bpf_iter_task {
	uint64_t opaque[3];
};
enum { BPF_TASK_ITER_ALL_PROCS };

#define KFUNC extern __attribute__((section(".ksyms")))
KFUNC int bpf_iter_task_new(struct bpf_iter_task *it, struct task_struct *of, unsigned int flags);
KFUNC struct task_struct *bpf_iter_task_next(struct bpf_iter_task *it);
KFUNC void bpf_iter_task_destroy(struct bpf_iter_task *it);
KFUNC struct task_struct *bpf_task_from_pid(int pid);
KFUNC void bpf_task_release(struct task_struct *t);
KFUNC void *bpf_rdonly_cast(const void *address, uint32_t type);
#endif

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct list_head {
	struct list_head *next, *prev;
};

struct ns_common {
	unsigned int inum;
};
struct pid_namespace {
	struct ns_common ns;
};
struct upid {
	int nr;
	struct pid_namespace *ns;
};
struct pid {
	unsigned int level;
	struct upid numbers[1];
};

typedef struct {
	unsigned int val;
} kuid_t;
typedef struct {
	unsigned int val;
} kgid_t;
typedef struct {
	uint64_t val;
} kernel_cap_t;
typedef struct {
	uint32_t cap[2];
} kernel_cap_t___v62; /* until 6.2 */
struct cred {
	kuid_t uid, euid;
	kgid_t egid;
	kernel_cap_t cap_effective;
};
struct cred___v62 {
	kernel_cap_t___v62 cap_effective;
};

typedef struct {
	int64_t counter;
} atomic64_t;
struct percpu_counter {
	int64_t count;
	int32_t *counters;
};
struct mm_rss_stat {
	atomic64_t count[4];
};
struct mm_struct {
	atomic64_t pgtables_bytes;
	unsigned long hiwater_rss, hiwater_vm, total_vm, locked_vm, data_vm, stack_vm;
	unsigned long start_code, end_code, arg_start, arg_end;
	struct percpu_counter rss_stat[4];
};
struct mm_struct___v61 {
	struct mm_rss_stat rss_stat; /* until 6.1 */
};

struct bpf_array {
	void *pptrs[1];
};

struct task_io_accounting {
	uint64_t rchar, wchar, syscr, syscw, read_bytes, write_bytes, cancelled_write_bytes;
};
struct prev_cputime {
	uint64_t utime, stime;
};
struct seqcount {
	unsigned int sequence;
};
typedef struct seqcount seqcount_t;
struct seqcount_spinlock {
	seqcount_t seqcount;
};
typedef struct {
	struct seqcount_spinlock seqcount;
} seqlock_t;

struct tty_driver {
	int major, minor_start;
};
struct tty_struct {
	struct tty_driver *driver;
	int index;
};
struct signal_struct {
	int nr_threads;
	struct list_head thread_head;
	struct pid *pids[4];
	struct tty_struct *tty;
	seqlock_t stats_lock;
	uint64_t utime, stime, cutime, cstime, gtime;
	struct prev_cputime prev_cputime;
	unsigned long min_flt, maj_flt;
	struct task_io_accounting ioac;
	unsigned long long sum_sched_runtime;
};

struct timespec64 {
	int64_t tv_sec;
	long tv_nsec;
};
struct timens_offsets {
	struct timespec64 boottime;
};
struct time_namespace {
	struct timens_offsets offsets;
};
struct nsproxy {
	struct time_namespace *time_ns;
};

struct thread_info {
	uint32_t cpu;
};
struct sched_entity {
	uint64_t sum_exec_runtime;
};
struct seccomp {
	int mode;
};
struct task_delay_info {
	uint64_t blkio_delay;
};
struct task_struct {
	struct thread_info thread_info;
	unsigned int __state;
	unsigned int flags, ptrace;
	int prio, static_prio;
	unsigned int rt_priority, policy;
	struct sched_entity se;
	struct list_head tasks;
	struct mm_struct *mm;
	int exit_state;
	unsigned long atomic_flags;
	int pid, tgid;
	struct task_struct *real_parent, *parent;
	struct pid *thread_pid;
	struct list_head thread_node;
	uint64_t utime, stime, gtime;
	struct prev_cputime prev_cputime;
	unsigned long nvcsw, nivcsw;
	uint64_t start_boottime;
	unsigned long min_flt, maj_flt;
	const struct cred *real_cred;
	char comm[16];
	struct nsproxy *nsproxy;
	struct signal_struct *signal;
	struct seccomp seccomp;
	struct task_io_accounting ioac;
	struct task_delay_info *delays;
	struct css_set *cgroups;
};
struct task_struct___v515 { /* until 5.15 */
	unsigned int cpu;
};

#pragma clang attribute pop

enum { PIDTYPE_TGID = 1, PIDTYPE_PGID = 2, PIDTYPE_SID = 3 };
enum { PF_KTHREAD = 0x00200000 };

#endif
