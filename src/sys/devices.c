#include "sys/devices.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/hash.h"
#include "base/mem.h"

struct device {
	uint64_t number, name; /* a hash; that of two names is the same once in a universe or so */
	uint8_t answer;
};

struct devices {
	struct device *now, *before;
	size_t nnow, nbefore, cap_now, cap_before;
	size_t hint; /* in before */
};

struct devices *
devices_new(void)
{
	return xcalloc(1, sizeof(struct devices));
}

void
devices_free(struct devices *d)
{
	if (!d)
		return;
	free(d->now);
	free(d->before);
	free(d);
}

void
devices_begin(struct devices *d)
{
	struct device *list = d->before;
	size_t cap = d->cap_before;

	d->before = d->now;
	d->nbefore = d->nnow;
	d->cap_before = d->cap_now;
	d->now = list;
	d->nnow = 0;
	d->cap_now = cap;
	d->hint = 0;
}

static const uint8_t *
add(struct devices *d, struct device device)
{
	GROW(d->now, d->cap_now, d->nnow + 1);
	d->now[d->nnow] = device;
	return &d->now[d->nnow++].answer;
}

const uint8_t *
devices_find(struct devices *d, uint64_t number, struct span name)
{
	uint64_t hash = hash_bytes(name.p, span_len(name));
	size_t i = d->hint;

	for (size_t k = 0; k < d->nbefore; k++, i++) {
		if (i >= d->nbefore)
			i = 0;
		if (d->before[i].number != number || d->before[i].name != hash)
			continue;
		d->hint = i + 1;
		return add(d, d->before[i]);
	}
	return NULL;
}

void
devices_add(struct devices *d, uint64_t number, struct span name, uint8_t answer)
{
	add(d, (struct device){number, hash_bytes(name.p, span_len(name)), answer});
}

int
devices_is_physical(const struct root *r, const char *class, struct span name)
{
	char path[128], link[256];
	size_t n = span_len(name);
	ssize_t got;
	int at;

	if (r->dir[ROOT_SYS] < 0 || faccessat(r->dir[ROOT_SYS], class, F_OK, 0) < 0)
		return -ENOENT;
	if (n == 0 || n > 64 || *name.p == '.' || memchr(name.p, '\0', n))
		return -ENOENT;
	at = snprintf(path, sizeof path, "%s/%.*s/device", class, (int)n, name.p);
	/* cciss/c0d0 is cciss!c0d0 there */
	at -= (int)strlen("/device");
	for (char *p = path + strlen(class) + 1; p < path + at; p++)
		if (*p == '/')
			*p = '!';
	if (faccessat(r->dir[ROOT_SYS], path, F_OK, 0) == 0)
		return 1;
	path[at] = '\0';
	got = readlinkat(r->dir[ROOT_SYS], path, link, sizeof link - 1);
	if (got < 0 || faccessat(r->dir[ROOT_SYS], path, F_OK, 0) < 0)
		return 0;
	link[got] = '\0';
	return strstr(link, "/virtual/") == NULL;
}
