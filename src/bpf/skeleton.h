#ifndef BPF_SKELETON_H
#define BPF_SKELETON_H

/* skeleton: the programs here as bpftool packs them, task.bpf.c once for kernels that can walk and
 * once for others: small programs that, run in the kernel, create the maps and load the program
 * there. So nothing of libbpf is needed at run time. What is generated keeps to nobody's warnings.
 */
#pragma GCC system_header
#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

/* Not among what is used: the kernel maps what lies near that, too. The linker says where. */
#define SKELETON_APART __attribute__((section("sonde_bpf"), aligned(8)))
extern const char __start_sonde_bpf[], __stop_sonde_bpf[];
#include "bpf/exec.lskel.h"
#include "bpf/task.lskel.h"
#include "bpf/walk.lskel.h"

/* A program was loaded: what it was packed in is not needed in memory any more. Should it be, it is
 * read from the file again. */
static inline void
skeleton_forget(size_t page)
{
	uintptr_t from = (uintptr_t)__start_sonde_bpf / page * page;

	(void)madvise((void *)from, (uintptr_t)__stop_sonde_bpf - from, MADV_DONTNEED);
}

#endif
