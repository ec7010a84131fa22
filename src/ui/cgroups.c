/* cgroups: those of the processes a dialog means, frozen, thawed or killed as a whole. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "ui/state.h"

const char *const cgroup_action_name[CGROUP_ACTIONS] = {"freeze", "thaw", "kill at once"};

void
cgroups_let_go(struct cgroups *c)
{
	for (size_t i = 0; i < c->n; i++) {
		cgroup_close(&c->held[i].cgroup);
		free(c->held[i].path);
	}
	c->n = 0;
}

static bool
has(const struct cgroups *c, const char *path)
{
	for (size_t i = 0; i < c->n; i++)
		if (cgroup_within(path, c->held[i].path))
			return true;
	return false;
}

int
cgroups_take(struct screen *s)
{
	const struct acts *a = &s->acts;
	const struct table *t = frame_table(s->frame, TABLE_PROC);
	struct cgroups *c = &s->acts.cgroups;

	cgroups_let_go(c);
	for (size_t i = 0; i < a->nchosen; i++) {
		uint32_t row = table_find(t, a->chosen[i]);
		const char *path = row == ROW_NONE ? "" : cell_str(t, row, PROC_CGROUP);
		struct cgroup cg;
		int r;

		if (!*path || has(c, path))
			continue;
		if (c->n == CGROUPS_MAX)
			return -E2BIG;
		r = cgroup_open(&cg, s->root, path);
		if (r < 0)
			return r;
		c->held[c->n++] = (struct held_cgroup){cg, xstrdup(path)};
	}
	return c->n ? 0 : -ENODATA;
}

static int
act_one(struct screen *s, const struct held_cgroup *h, enum cgroup_action a)
{
	struct change c = {.inode = h->cgroup.inode};
	int was = 0, r;

	if (a == CGROUP_KILL)
		return cgroup_kill(&h->cgroup);
	was = cgroup_frozen(&h->cgroup);
	r = was < 0 ? was : cgroup_freeze(&h->cgroup, a == CGROUP_FREEZE);
	if (r < 0 || was == (a == CGROUP_FREEZE))
		return r;
	c.frozen = was;
	c.cgroup = xstrdup(h->path);
	undo_put(&s->acts.undo, &c);
	return 0;
}

void
cgroups_act(struct screen *s, enum cgroup_action a)
{
	struct cgroups *c = &s->acts.cgroups;
	char what[48];
	size_t done = 0;
	int error = 0;

	snprintf(what, sizeof what, "%s cgroup", a == CGROUP_KILL ? "kill" : cgroup_action_name[a]);
	undo_begin(&s->acts.undo, what);
	for (size_t i = 0; i < c->n; i++) {
		int r = act_one(s, &c->held[i], a);

		process_did(s, what, c->held[i].path, r, "CAP_DAC_OVERRIDE");
		if (r < 0)
			error = r;
		else
			done++;
	}
	undo_end(&s->acts.undo);
	if (c->n == 1 && !error)
		screen_say(s, STYLE_GOOD, "%s: done for %s", what, c->held[0].path);
	else
		process_report(s, what, done, c->n, error, "CAP_DAC_OVERRIDE");
	s->wishes.sample = true;
}
