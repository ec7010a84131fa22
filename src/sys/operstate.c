#include "sys/operstate.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/hash.h"
#include "base/mem.h"

enum { KEPT = 16, NAME_LEN_MAX = 64 };

struct operstate {
	const struct root *root;
	struct {
		uint64_t name; /* hash */
		int fd;
	} kept[KEPT];
	unsigned n, next; /* so many; whose turn it is */
};

struct operstate *
operstate_new(const struct root *root)
{
	struct operstate *o = xcalloc(1, sizeof *o);

	o->root = root;
	return o;
}

/* Those from the i-th on. */
static void
close_from(struct operstate *o, unsigned i)
{
	while (o->n > i)
		(void)close(o->kept[--o->n].fd);
}

void
operstate_free(struct operstate *o)
{
	if (!o)
		return;
	close_from(o, 0);
	free(o);
}

void
operstate_begin(struct operstate *o)
{
	close_from(o, o->next);
	o->next = 0;
}

static int
open_state(const struct operstate *o, struct span name)
{
	char path[NAME_LEN_MAX + sizeof "class/net//operstate"];

	if (span_len(name) > NAME_LEN_MAX || *name.p == '.' ||
	    memchr(name.p, '/', span_len(name)) || memchr(name.p, '\0', span_len(name)))
		return -ENOENT;
	snprintf(path, sizeof path, "class/net/%.*s/operstate", (int)span_len(name), name.p);
	return root_open(o->root, ROOT_SYS, path, O_RDONLY | O_NONBLOCK);
}

/* Bytes read, or -errno. */
static ssize_t
read_state(struct operstate *o, struct span name, char *to, size_t max)
{
	uint64_t hash = hash_bytes(name.p, span_len(name));
	unsigned i = o->next++;
	ssize_t n;
	int fd;

	if (i < o->n && o->kept[i].name == hash) {
		n = pread(o->kept[i].fd, to, max, 0);
		if (n >= 0)
			return n; /* else it is another one's name now, or nobody's */
	}
	if (i < o->n)
		close_from(o, i);
	fd = open_state(o, name);
	n = fd < 0 ? fd : pread(fd, to, max, 0);
	if (fd >= 0 && n < 0)
		n = -errno;
	if (n < 0 || o->root->foreign || i == KEPT) {
		if (fd >= 0)
			(void)close(fd);
		o->next = o->n;
	} else {
		o->kept[o->n].name = hash;
		o->kept[o->n++].fd = fd;
	}
	return n;
}

int
operstate_read(struct operstate *o, struct span name, const char **ret_state)
{
	static const char *const states[] = {"up", "down", "unknown", "dormant", "lowerlayerdown",
					     "notpresent", "testing"};
	struct span rest, word;
	char text[32];
	ssize_t n = read_state(o, name, text, sizeof text);

	if (n < 0)
		return (int)n;
	rest = span_of(text, (size_t)n);
	if (!span_line(&rest, &word) || !span_empty(rest))
		return -EINVAL;
	for (size_t i = 0; i < ARRAY_LEN(states); i++) {
		if (span_is(word, states[i])) {
			*ret_state = states[i];
			return 0;
		}
	}
	return -EINVAL;
}
