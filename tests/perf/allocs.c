/* allocs: counts what a program asks of the allocator, for LD_PRELOAD.
 *
 * The counters live in the file that SONDE_PERF_COUNTS names (it exists and is large enough), so
 * that a test reads them while the program runs. All are 64-bit words:
 *
 *     0 magic  1 ticks  2 malloc  3 calloc  4 realloc  5 memalign  6 free  7 mmap  8 munmap
 *     9 record: set by the reader; from then on each call leaves a site
 *    10 number of sites (may exceed SITES: those further are counted, not kept)
 *    16... sites of SITE words each: kind (the counter's number), size, thread, return addresses
 *
 * A tick is a call of eventfd_write(): the sampling thread calls it once a frame. What libc's
 * allocator does by itself (brk, mmap) is no call from outside; the test of system calls sees that.
 */
#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <malloc.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { MAGIC = 0x736f6e64, SITES = 256, SITE = 24, WORDS = 16 + SITES * SITE };
enum word { W_MAGIC, W_TICKS, W_MALLOC, W_CALLOC, W_REALLOC, W_MEMALIGN, W_FREE, W_MMAP, W_MUNMAP,
	    W_RECORD, W_SITES };

#define PUBLIC __attribute__((visibility("default")))

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t n, size_t size);
extern void *__libc_realloc(void *p, size_t size);
extern void *__libc_memalign(size_t align, size_t size);
extern void __libc_free(void *p);

static _Atomic uint64_t *word;
static _Thread_local int inside;

static void
note(enum word kind, size_t size)
{
	void *pc[SITE];
	uint64_t at;
	int n;

	if (!word || inside)
		return;
	atomic_fetch_add(&word[kind], 1);
	if (!atomic_load(&word[W_RECORD]))
		return;
	at = atomic_fetch_add(&word[W_SITES], 1);
	if (at >= SITES)
		return;
	inside = 1;
	n = backtrace(pc, SITE - 1);
	inside = 0;
	_Atomic uint64_t *site = word + 16 + at * SITE;
	site[1] = size;
	site[2] = (uint64_t)syscall(SYS_gettid);
	for (int i = 2; i < n && i + 1 < SITE; i++) /* without note() and the call itself */
		site[i + 1] = (uint64_t)(uintptr_t)pc[i];
	atomic_store(&site[0], kind);
}

PUBLIC void *
malloc(size_t size)
{
	note(W_MALLOC, size);
	return __libc_malloc(size);
}

PUBLIC void *
calloc(size_t n, size_t size)
{
	note(W_CALLOC, n * size);
	return __libc_calloc(n, size);
}

PUBLIC void *
realloc(void *p, size_t size)
{
	note(W_REALLOC, size);
	return __libc_realloc(p, size);
}

PUBLIC void *
memalign(size_t align, size_t size)
{
	note(W_MEMALIGN, size);
	return __libc_memalign(align, size);
}

PUBLIC void *
aligned_alloc(size_t align, size_t size)
{
	note(W_MEMALIGN, size);
	return __libc_memalign(align, size);
}

PUBLIC int
posix_memalign(void **ret, size_t align, size_t size)
{
	note(W_MEMALIGN, size);
	*ret = __libc_memalign(align, size);
	return *ret ? 0 : ENOMEM;
}

PUBLIC void
free(void *p)
{
	if (p)
		note(W_FREE, 0);
	__libc_free(p);
}

PUBLIC void *
mmap(void *at, size_t size, int prot, int flags, int fd, off_t offset)
{
	note(W_MMAP, size);
	return (void *)syscall(SYS_mmap, at, size, prot, flags, fd, offset);
}

PUBLIC int
munmap(void *at, size_t size)
{
	note(W_MUNMAP, size);
	return (int)syscall(SYS_munmap, at, size);
}

PUBLIC int
eventfd_write(int fd, eventfd_t value)
{
	if (word)
		atomic_fetch_add(&word[W_TICKS], 1);
	return write(fd, &value, sizeof value) == (ssize_t)sizeof value ? 0 : -1;
}

__attribute__((constructor)) static void
start(void)
{
	const char *name = getenv("SONDE_PERF_COUNTS");
	void *warm[4], *p;
	int fd = name ? open(name, O_RDWR | O_CLOEXEC) : -1;

	(void)backtrace(warm, 4); /* loads libgcc now, not while counting */
	if (fd < 0)
		return;
	p = (void *)syscall(SYS_mmap, NULL, WORDS * sizeof *word, PROT_READ | PROT_WRITE,
			    MAP_SHARED, fd, 0);
	(void)close(fd);
	if (p == MAP_FAILED)
		return;
	word = p;
	word[W_MAGIC] = MAGIC;
}
