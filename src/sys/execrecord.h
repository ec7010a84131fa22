#ifndef SYS_EXECRECORD_H
#define SYS_EXECRECORD_H

/* execrecord: a program that a process began, as bpf/exec.bpf.c tells sys/execs.c. Compiled for the
 * kernel's virtual machine too, as sys/bpfrecord.h. */
#include <stdint.h>

/* Whatever does not fit in between two looks is not told. All of it counts as resident memory. */
enum { EXEC_RING_BYTES = 1 << 16 };
/* Room for the arguments: the smallest that takes them all; longer ones are cut. */
enum { EXEC_TEXT_SHORT = 96, EXEC_TEXT_MIDDLE = 224, EXEC_TEXT_LONG = 992, EXEC_TEXT_MAX = 4064 };

struct execrecord {
	uint32_t pid;      /* in the namespace of who asked */
	uint32_t len;      /* of all arguments, however many of them are here */
	uint64_t start_ns; /* of the process, CLOCK_BOOTTIME of the first time namespace */
	uint64_t mono_ns;  /* when it began the program, CLOCK_MONOTONIC of the same */
	char text[];       /* as in PID/cmdline: each with a NUL behind it */
};

#endif
