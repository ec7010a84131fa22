#include "store/piece.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/mem.h"

static int
put(struct piece *p)
{
	int r = fd_write_all(p->fd, p->bytes.data, p->bytes.len);

	if (r == 0)
		p->size += p->bytes.len;
	return r;
}

int
piece_begin(struct piece *p, int dir, const char *name, const struct head *h)
{
	int r;

	*p = (struct piece){.dir = dir, .name = name, .packer = packer_new()};
	scribe_init(&p->scribe);
	p->fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (p->fd < 0)
		return -errno;
	head_put(h, &p->bytes);
	r = put(p);
	p->begin = p->size;
	return r;
}

int
piece_add(struct piece *p, const struct frame *f, const struct moment *m)
{
	struct record head;

	buf_clear(&p->bytes);
	scribe_put(&p->scribe, f, m, &p->bytes, &head);
	GROW(p->entry, p->cap, p->n + 1);
	p->entry[p->n++] = (struct entry){
		p->size, (uint32_t)p->bytes.len, head.n,
		{head.wall_ns, head.mono_ns, head.cpu, head.memory, head.pressure, head.events},
	};
	return put(p);
}

static int
rename_new(int dir, const char *from, const char *to)
{
	struct stat st;

	if (renameat2(dir, from, dir, to, RENAME_NOREPLACE) == 0)
		return 0;
	if (errno != EINVAL && errno != ENOSYS)
		return -errno;
	/* Not every file system can. */
	if (fstatat(dir, to, &st, AT_SYMLINK_NOFOLLOW) == 0)
		return -EEXIST;
	return renameat(dir, from, dir, to) < 0 ? -errno : 0;
}

int
piece_end(struct piece *p, const char *name, bool replace, const struct stat *like)
{
	int r;

	buf_clear(&p->bytes);
	footer_put(p->entry, p->n, p->begin, p->packer, &p->bytes);
	r = put(p);
	if (r < 0)
		return r;
	if (like && futimens(p->fd, (struct timespec[]){like->st_atim, like->st_mtim}) < 0)
		return -errno;
	if (fsync(p->fd) < 0)
		return -errno;
	if (!replace)
		r = rename_new(p->dir, p->name, name);
	else if (renameat(p->dir, p->name, p->dir, name) < 0)
		r = -errno;
	if (r < 0)
		return r;
	p->name = NULL;
	(void)fsync(p->dir);
	return 0;
}

void
piece_drop(struct piece *p)
{
	if (p->fd >= 0 && p->name)
		(void)unlinkat(p->dir, p->name, 0);
	if (p->fd >= 0)
		(void)close(p->fd);
	scribe_release(&p->scribe);
	packer_free(p->packer);
	buf_release(&p->bytes);
	free(p->entry);
	*p = (struct piece){.fd = -1};
}
