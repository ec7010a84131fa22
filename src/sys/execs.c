#include "sys/execs.h"

#include <errno.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/num.h"
#include "bpf/skeleton.h"
#include "sys/execrecord.h"

/* Before each record in the ring, by linux/bpf.h: its length with two flags, and eight bytes in
 * all. The next one begins at a multiple of eight. */
enum { HEAD_BYTES = 8, ALIGN = 8 };
static const uint32_t BUSY = UINT32_C(1) << 31, DISCARDED = UINT32_C(1) << 30;

struct execs {
	struct sonde_exec *skeleton; /* holds the program, its link and its maps */
	size_t page;
	/* Positions count bytes since the beginning, modulo the size of the ring. */
	_Atomic uint64_t *ours;         /* up to where we have read; a page of its own */
	const _Atomic uint64_t *theirs; /* up to where the kernel has written; one too, */
	const char *ring;               /* and behind it what it has written */
	int64_t boot_offset_ns;         /* of our time namespace */
	_Alignas(struct execrecord) char record[sizeof(struct execrecord) + EXEC_TEXT_MAX];
};

static int
load(struct execs *x, uint32_t namespace)
{
	int r;

	x->skeleton = sonde_exec__open();
	if (!x->skeleton)
		return -ENOMEM;
	x->skeleton->rodata->namespace_inode = namespace;
	r = sonde_exec__load(x->skeleton);
	if (r == 0 && sonde_exec__exec__attach(x->skeleton) < 0)
		r = -errno;
	skeleton_forget(x->page);
	return r;
}

static int
map(struct execs *x)
{
	int fd = x->skeleton->maps.ring.map_fd;
	void *p = mmap(NULL, x->page, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	if (p == MAP_FAILED)
		return -errno;
	x->ours = p;
	/* Once. It can be had twice in a row, so that no record is parted; but that would count
	 * twice as memory of ours. */
	p = mmap(NULL, x->page + EXEC_RING_BYTES, PROT_READ, MAP_SHARED, fd, (off_t)x->page);
	if (p == MAP_FAILED)
		return -errno;
	x->theirs = p;
	x->ring = (const char *)p + x->page;
	return 0;
}

/* "boottime SECONDS NANOSECONDS"; without time namespaces there is no such file. */
static int64_t
boot_offset_ns(const struct root *root)
{
	struct buf text = {0};
	struct span rest, line;
	int64_t s, ns, offset = 0;

	if (root_read(root, ROOT_PROC, "self/timens_offsets", &text) == 0) {
		rest = span_of(text.data, text.len);
		while (span_line(&rest, &line)) {
			if (!span_starts(line, "boottime"))
				continue;
			line.p += strlen("boottime");
			if (num_i64(&line, &s) == 0 && num_i64(&line, &ns) == 0 &&
			    !ckd_mul(&s, s, NS_PER_S) && !ckd_add(&s, s, ns))
				offset = s;
		}
	}
	buf_release(&text);
	return offset;
}

int
execs_open(struct execs **ret, const struct root *root, struct err *why)
{
	struct execs *x = xcalloc(1, sizeof *x);
	int r;

	x->page = (size_t)root->page_size;
	x->boot_offset_ns = boot_offset_ns(root);
	r = load(x, (uint32_t)root_pid_namespace(root));
	if (r == 0)
		r = map(x);
	if (r == 0) {
		*ret = x;
		return 0;
	}
	execs_free(x);
	return err_set(why, r, "BPF: programs that begin: %s", strerror(-r));
}

void
execs_free(struct execs *x)
{
	if (!x)
		return;
	if (x->theirs)
		(void)munmap((void *)(uintptr_t)x->theirs, x->page + EXEC_RING_BYTES);
	if (x->ours)
		(void)munmap((void *)(uintptr_t)x->ours, x->page);
	if (x->skeleton)
		sonde_exec__destroy(x->skeleton);
	free(x);
}

/* What stands at a position, in two pieces where the ring ends in between. */
static void
copy(const struct execs *x, uint64_t at, void *to, size_t n)
{
	size_t from = at % EXEC_RING_BYTES, first = MIN(n, EXEC_RING_BYTES - from);

	memcpy(to, x->ring + from, first);
	memcpy((char *)to + first, x->ring, n - first);
}

static void
give(struct execs *x, size_t n, void (*take)(void *, const struct exec *), void *arg)
{
	const struct execrecord *r = (const struct execrecord *)x->record;
	size_t room = n - sizeof *r;

	take(arg, &(struct exec){
		.pid = r->pid,
		.start_ns = r->start_ns + (uint64_t)x->boot_offset_ns,
		.mono_ns = (int64_t)r->mono_ns,
		.text = r->text,
		.n = MIN(room, r->len),
		.cut = r->len > room,
	});
}

void
execs_take(struct execs *x, void (*take)(void *, const struct exec *), void *arg)
{
	uint64_t at = atomic_load_explicit(x->ours, memory_order_relaxed);
	uint64_t end = atomic_load_explicit(x->theirs, memory_order_acquire);

	while (at < end) {
		const _Atomic uint32_t *head =
			(const _Atomic uint32_t *)(x->ring + at % EXEC_RING_BYTES);
		uint32_t len = atomic_load_explicit(head, memory_order_acquire);
		size_t n = len & ~(BUSY | DISCARDED);

		if (len & BUSY)
			break; /* it is being written */
		if (!(len & DISCARDED) && n > sizeof(struct execrecord) && n <= sizeof x->record) {
			copy(x, at + HEAD_BYTES, x->record, n);
			give(x, n, take, arg);
		}
		at += (HEAD_BYTES + n + ALIGN - 1) / ALIGN * ALIGN;
	}
	atomic_store_explicit(x->ours, at, memory_order_release);
}
