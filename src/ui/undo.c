#include "ui/undo.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"

static void
forget(struct undo *u)
{
	for (size_t i = 0; i < u->n; i++) {
		setting_release(&u->change[i].before);
		free(u->change[i].cgroup);
	}
	free(u->change);
	*u = (struct undo){0};
}

void
undo_release(struct undo_list *l)
{
	while (l->n)
		undo_drop(l);
}

void
undo_drop(struct undo_list *l)
{
	forget(&l->undo[--l->n]);
}

void
undo_begin(struct undo_list *l, const char *what)
{
	if (l->n == UNDO_MAX) {
		forget(&l->undo[0]);
		memmove(l->undo, l->undo + 1, (UNDO_MAX - 1) * sizeof *l->undo);
		l->n--;
	}
	l->undo[l->n] = (struct undo){0};
	snprintf(l->undo[l->n].what, sizeof l->undo->what, "%s", what);
	l->n++;
}

void
undo_put(struct undo_list *l, const struct change *c)
{
	struct undo *u = &l->undo[l->n - 1];

	GROW(u->change, u->cap, u->n + 1);
	u->change[u->n++] = *c;
}

void
undo_end(struct undo_list *l)
{
	if (!l->undo[l->n - 1].n)
		undo_drop(l);
}

static int
undo_cgroup(const struct change *c, const struct root *root)
{
	struct cgroup cg;
	int r = cgroup_open(&cg, root, c->cgroup);

	if (r == 0)
		r = cg.inode == c->inode ? cgroup_freeze(&cg, c->frozen) : -ESRCH;
	cgroup_close(&cg);
	return r;
}

int
undo_change(const struct change *c, const struct root *root, char *ret_what, size_t n)
{
	struct target t;
	struct buf b = {0};
	int r;

	if (c->cgroup) {
		snprintf(ret_what, n, "%s", c->frozen ? "freeze" : "thaw");
		return undo_cgroup(c, root);
	}
	if (c->stopped) {
		snprintf(ret_what, n, "SIGCONT");
	} else {
		setting_print(&c->before, &b);
		snprintf(ret_what, n, "%s %s", setting_info[c->before.kind].name, b.data);
		buf_release(&b);
	}
	r = target_open(&t, root, c->pid, c->start_ticks);
	if (r == 0)
		r = c->stopped ? act_signal(&t, root, SIGCONT, true)
			       : setting_apply(&t, root, &c->before);
	target_close(&t);
	return r;
}
