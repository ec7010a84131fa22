#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>

#include "app/app.h"
#include "query/filter.h"

int
app_user(const struct root *root, const char *name, uint32_t *ret_uid, struct err *e)
{
	struct span s = span_of(name, strlen(name));
	uint64_t uid;

	if (*name >= '0' && *name <= '9' && num_u64(&s, &uid) == 0 && span_empty(s) &&
	    uid < UINT32_MAX) {
		*ret_uid = (uint32_t)uid;
		return 0;
	}
	if (root_uid(root, name, ret_uid))
		return 0;
	if (root->foreign && !root->fixture)
		return err_set(e, -EINVAL,
			       "user \"%.60s\": expected a number, because names are not known on "
			       "another root",
			       name);
	if (!root->foreign) {
		const struct passwd *pw = getpwnam(name);

		if (pw) {
			*ret_uid = pw->pw_uid;
			return 0;
		}
	}
	return err_set(e, -EINVAL, "user \"%.60s\": unknown; expected a user's name or number",
		       name);
}

int
pick_init(struct pick *p, const struct options *o, const struct root *root, struct err *e)
{
	*p = (struct pick){.o = o};
	if (o->user && o->in && !(*o->user >= '0' && *o->user <= '9')) {
		p->user_name = o->user; /* as it was recorded */
	} else if (o->user) {
		int r = app_user(root, o->user, &p->uid, e);

		if (r < 0)
			return r;
		p->by_user = true;
	}
	if (o->filter) {
		p->filter = filter_parse(o->filter, o->table[0], e);
		if (!p->filter)
			return -EINVAL;
	}
	return 0;
}

void
pick_release(struct pick *p)
{
	if (p->filter && filter_stopped(p->filter))
		fputs("sonde: the regular expression took too long on some rows, which are left "
		      "out\n", stderr);
	filter_free(p->filter);
	*p = (struct pick){0};
}

void
pick_fields(const struct pick *p, enum table_id t, struct field_set *set)
{
	if (p->filter && t == p->o->table[0])
		filter_fields(p->filter, set);
	if (t != TABLE_PROC)
		return;
	if (p->user_name)
		field_set_add(set, PROC_USER);
	if (p->by_user)
		field_set_add(set, PROC_UID);
	if (p->o->kernel_threads == 0)
		field_set_add(set, PROC_KTHREAD);
	if (p->o->npids) {
		field_set_add(set, PROC_PID);
		field_set_add(set, PROC_TGID);
	}
}

static bool
has_pid(const struct options *o, const struct table *t, uint32_t row)
{
	uint64_t pid = 0, tgid = 0;

	cell_u64(t, row, PROC_PID, &pid);
	cell_u64(t, row, PROC_TGID, &tgid);
	for (size_t i = 0; i < o->npids; i++)
		if (o->pid[i] == pid || o->pid[i] == tgid)
			return true;
	return false;
}

bool
pick_match(const void *arg, const struct table *t, uint32_t row)
{
	const struct pick *p = arg;
	uint64_t v;

	if (t->schema == &schema[TABLE_PROC]) {
		if (p->user_name && strcmp(cell_str(t, row, PROC_USER), p->user_name) != 0)
			return false;
		if (p->by_user && (!cell_u64(t, row, PROC_UID, &v) || v != p->uid))
			return false;
		if (p->o->kernel_threads == 0 && cell_u64(t, row, PROC_KTHREAD, &v) && v)
			return false;
		if (p->o->npids && !has_pid(p->o, t, row))
			return false;
	}
	if (p->filter && t->schema == &schema[p->o->table[0]])
		return filter_match(p->filter, t, row);
	return true;
}
