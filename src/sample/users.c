#include "sample/users.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"

void
users_init(struct users *u, const struct root *root, struct errands *errands)
{
	*u = (struct users){.root = root, .errands = errands};
}

void
users_release(struct users *u)
{
	for (size_t i = 0; i < u->n; i++)
		free(u->list[i]);
	free(u->list);
	free(u->unknown);
	*u = (struct users){0};
}

const struct user *
users_find(struct users *u, struct strpool *strings, uint32_t uid)
{
	char number[16];
	const char *name;
	struct user *it;

	for (size_t i = 0; i < u->n; i++)
		if (u->list[i]->uid == uid)
			return u->list[i];
	it = xmalloc(sizeof *it);
	name = root_user(u->root, uid);
	if (!name && !u->root->foreign) {
		GROW(u->unknown, u->unknown_cap, u->nunknown + 1);
		u->unknown[u->nunknown++] = it;
	}
	if (!name) {
		snprintf(number, sizeof number, "%u", uid);
		name = number;
	}
	*it = (struct user){uid, strpool_intern(strings, name, strlen(name))};
	GROW(u->list, u->cap, u->n + 1);
	u->list[u->n++] = it;
	return it;
}

void
users_ask(struct users *u, struct strpool *strings, int64_t now_ns)
{
	struct user *hung = NULL;
	size_t n = u->nunknown;

	if (!n)
		return;
	errands_clear(u->errands);
	for (size_t i = 0; i < n; i++)
		(void)errand_user(u->errands, u->unknown[i]->uid);
	errands_run(u->errands, now_ns);
	u->nunknown = 0;
	for (size_t i = 0; i < n; i++) {
		struct user *it = u->unknown[i];
		char *name;
		size_t len;
		int r = errand_text(u->errands, (uint32_t)i, &name, &len);

		if (r == 0 && len) {
			it->name = strpool_intern(strings, name, len);
			u->news = true;
		} else if (r == -ETIMEDOUT) {
			hung = it;
		} else if (errand_is_late(r) || (r == -EIO && !it->again)) {
			it->again = r == -EIO; /* whoever was to ask has ended: once more */
			u->unknown[u->nunknown++] = it;
		} /* else it has none */
	}
	if (hung) /* the others go first */
		u->unknown[u->nunknown++] = hung;
}

bool
users_news(struct users *u)
{
	bool news = u->news;

	u->news = false;
	return news;
}

void
users_move(struct users *u, struct strpool *to)
{
	for (size_t i = 0; i < u->n; i++)
		u->list[i]->name = strpool_intern(to, u->list[i]->name, strlen(u->list[i]->name));
}
