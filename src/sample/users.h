#ifndef SAMPLE_USERS_H
#define SAMPLE_USERS_H

/* users: the names of users, each asked for once. What root_user() does not know is asked by an
 * errand, for that may hang; until the answer is there, and when there is none, the number stands
 * for the name.
 */
#include "base/root.h"
#include "base/strpool.h"
#include "sys/errand.h"

struct user {
	uint32_t uid;
	const char *name; /* in the string pool */
	bool again;       /* the helper that asked has ended: another one asks, once */
};

struct users {
	const struct root *root;
	struct errands *errands; /* borrowed */
	struct user **list;
	size_t n, cap;
	struct user **unknown; /* whose names are to be asked for, in this order */
	size_t nunknown, unknown_cap;
	bool news;
};

void users_init(struct users *u, const struct root *root, struct errands *errands);
void users_release(struct users *u);
/* Where the name of a user is: it stays there until users_release(). */
const struct user *users_find(struct users *u, struct strpool *strings, uint32_t uid);
/* Asks for names that are not known: a batch of its own, if there are any. */
void users_ask(struct users *u, struct strpool *strings, int64_t now_ns);
/* Has another name come since this was last asked? */
bool users_news(struct users *u);
void users_move(struct users *u, struct strpool *to);

#endif
