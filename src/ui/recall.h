#ifndef UI_RECALL_H
#define UI_RECALL_H

/* recall: what was typed into a prompt before, in this session, to be walked with Up and Down. What
 * is being typed is kept meanwhile. */
#include <stddef.h>

enum { RECALL_MAX = 32 };

struct recall {
	char *text[RECALL_MAX]; /* the newest last */
	size_t n, back;         /* back: steps from what is being typed, 0: there */
	char *draft;            /* it, while one is elsewhere */
};

void recall_release(struct recall *r);
void recall_begin(struct recall *r); /* the prompt opens */
/* What was accepted; blank texts are not kept, and none twice. */
void recall_add(struct recall *r, const char *text);
/* The text before the one on the line (typed), the text after it; NULL: there is none. */
const char *recall_older(struct recall *r, const char *typed);
const char *recall_newer(struct recall *r);
const char *recall_newest(const struct recall *r);

#endif
