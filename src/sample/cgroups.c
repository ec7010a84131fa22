#include "sample/cgroups.h"

#include <string.h>

#include "base/mem.h"
#include "sys/cgroupname.h"

void
cgroups_release(struct cgroups *c)
{
	free(c->list);
	index_release(&c->by_path);
	*c = (struct cgroups){0};
}

void
cgroups_clear(struct cgroups *c)
{
	c->n = 0;
	if (c->list)
		index_reset(&c->by_path, CGROUPS_MAX);
}

static const char *
keep(struct strpool *strings, struct span s)
{
	return span_empty(s) ? NULL : strpool_intern(strings, s.p, span_len(s));
}

const struct cgroup *
cgroups_find(struct cgroups *c, struct strpool *strings, const char *path)
{
	uint64_t hash = hash_u64((uintptr_t)path), pos = hash;
	struct cgroupname name;
	struct cgroup *it;
	uint32_t i;

	if (!c->list) {
		c->list = xcalloc(CGROUPS_MAX, sizeof *c->list);
		cgroups_clear(c);
	}
	while ((i = index_probe(&c->by_path, &pos)) != UINT32_MAX)
		if (c->list[i].path == path)
			return &c->list[i];
	if (c->n == CGROUPS_MAX) /* they come and go: begin anew */
		cgroups_clear(c);
	cgroupname_parse(span_str(path), &name);
	it = &c->list[c->n];
	*it = (struct cgroup){
		.path = path,
		.container = keep(strings, span_str(name.container)),
		.engine = name.engine,
		.unit = keep(strings, name.unit),
		.slice = keep(strings, name.slice),
	};
	index_add(&c->by_path, hash, (uint32_t)c->n++);
	return it;
}
