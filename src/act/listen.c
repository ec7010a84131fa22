#include "act/listen.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fd.h"
#include "base/mem.h"
#include "base/num.h"

enum { FDS_MAX = 4096, TABLE_MAX = 1 << 18, LISTENING = 0x0a, PORTS_MAX = 16 };

struct inodes {
	uint64_t *inode;
	size_t n, cap;
};

static int
by_inode(const void *a, const void *b)
{
	return CMP(*(const uint64_t *)a, *(const uint64_t *)b);
}

/* Links of the form "socket:[12345]". */
static int
collect_sockets(const struct target *t, const struct root *root, struct inodes *s)
{
	char path[32], text[64];
	struct dirent *d;
	DIR *dir;
	int fd;

	(void)snprintf(path, sizeof path, "%d/fd", (int)t->pid);
	fd = root_open(root, ROOT_PROC, path, O_RDONLY | O_DIRECTORY);
	if (fd < 0)
		return fd;
	dir = fdopendir(fd);
	if (!dir) {
		(void)close(fd);
		return -ENOMEM;
	}
	for (int i = 0; i < FDS_MAX && (d = readdir(dir)); i++) {
		ssize_t n = readlinkat(fd, d->d_name, text, sizeof text);
		struct span link = span_of(text, (size_t)MAX(n, 0));
		uint64_t inode;

		if (!span_starts(link, "socket:["))
			continue;
		link.p += strlen("socket:[");
		if (num_u64(&link, &inode) < 0)
			continue;
		GROW(s->inode, s->cap, s->n + 1);
		s->inode[s->n++] = inode;
	}
	(void)closedir(dir);
	if (s->n)
		qsort(s->inode, s->n, sizeof *s->inode, by_inode);
	return 0;
}

/* SL ADDRESS:PORT PEER:PORT STATE QUEUES TIMER RETRANSMITS UID TIMEOUT INODE. Listeners come
 * first: false at the first line of another state. */
static bool
take_line(struct span line, const struct inodes *s, uint64_t port[PORTS_MAX], size_t *n)
{
	struct span word, local = {0}, state = {0};
	uint64_t v, inode = 0;

	for (int field = 0; field < 10; field++) {
		if (!span_word(&line, &word))
			return true; /* the last line, cut */
		if (field == 1)
			local = word;
		else if (field == 3)
			state = word;
		else if (field == 9 && num_u64(&word, &inode) < 0)
			return true;
	}
	if (num_hex(&state, &v) < 0)
		return true;
	if (v != LISTENING)
		return false;
	while (!span_empty(local) && *local.p != ':')
		local.p++;
	local.p += !span_empty(local);
	if (num_hex(&local, &v) < 0 ||
	    !bsearch(&inode, s->inode, s->n, sizeof inode, by_inode))
		return true;
	for (size_t i = 0; i < *n; i++)
		if (port[i] == v)
			return true;
	if (*n < PORTS_MAX)
		port[(*n)++] = v;
	return true;
}

static void
search(const struct target *t, const struct root *root, const char *table, const struct inodes *s,
       uint64_t port[PORTS_MAX], size_t *n)
{
	char path[48];
	struct buf b = {0};
	struct span all, line;
	cleanup_fd int fd = -1;

	(void)snprintf(path, sizeof path, "%d/net/%s", (int)t->pid, table);
	fd = root_open(root, ROOT_PROC, path, O_RDONLY);
	if (fd < 0)
		return;
	(void)fd_read_all(fd, TABLE_MAX, &b);
	all = span_of(b.data, b.len);
	(void)span_line(&all, &line); /* the heading */
	while (span_line(&all, &line) && take_line(line, s, port, n))
		continue;
	buf_release(&b);
}

int
listen_ports(const struct target *t, const struct root *root, char *out, size_t size)
{
	struct inodes s = {0};
	uint64_t port[PORTS_MAX];
	size_t n = 0, len;

	*out = '\0';
	if (root->foreign || collect_sockets(t, root, &s) < 0 || !s.n || target_ended(t, root)) {
		free(s.inode);
		return 0;
	}
	search(t, root, "tcp", &s, port, &n);
	search(t, root, "tcp6", &s, port, &n);
	free(s.inode);
	if (n)
		qsort(port, n, sizeof *port, by_inode);
	for (size_t i = 0; i < n; i++) {
		len = strlen(out);
		if (len + 12 < size)
			(void)snprintf(out + len, size - len, "%s%llu", i ? ", " : "tcp ",
				       (unsigned long long)port[i]);
	}
	return (int)n;
}
