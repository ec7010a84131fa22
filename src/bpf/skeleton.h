#ifndef BPF_SKELETON_H
#define BPF_SKELETON_H

/* skeleton: task.bpf.c as bpftool packs it, once for kernels that can walk and once for others:
 * small programs that, run in the kernel, create the maps and load the sweeping program there. So
 * nothing of libbpf is needed at run time. What is generated keeps to nobody's warnings. */
#pragma GCC system_header
#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Not among what is used: the kernel maps what lies near that, too. */
#define SKELETON_APART __attribute__((section(".bpf"), aligned(8)))
#include "bpf/exec.lskel.h"
#include "bpf/task.lskel.h"
#include "bpf/walk.lskel.h"

#endif
