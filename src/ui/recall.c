#include "ui/recall.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

void
recall_release(struct recall *r)
{
	for (size_t i = 0; i < r->n; i++)
		free(r->text[i]);
	free(r->draft);
	*r = (struct recall){0};
}

void
recall_begin(struct recall *r)
{
	r->back = 0;
}

static void
drop(struct recall *r, size_t i)
{
	free(r->text[i]);
	memmove(r->text + i, r->text + i + 1, (--r->n - i) * sizeof r->text[0]);
}

void
recall_add(struct recall *r, const char *text)
{
	if (!text[strspn(text, " ")])
		return;
	for (size_t i = 0; i < r->n; i++)
		if (strcmp(r->text[i], text) == 0)
			drop(r, i--);
	if (r->n == RECALL_MAX)
		drop(r, 0);
	r->text[r->n++] = xstrdup(text);
}

const char *
recall_older(struct recall *r, const char *typed)
{
	size_t back = r->back + 1;

	/* A prompt that opens with what was accepted last: that is no step. */
	if (back == 1 && r->n && strcmp(r->text[r->n - 1], typed) == 0)
		back++;
	if (back > r->n)
		return NULL;
	if (!r->back) {
		free(r->draft);
		r->draft = xstrdup(typed);
	}
	r->back = back;
	return r->text[r->n - back];
}

const char *
recall_newer(struct recall *r)
{
	if (!r->back)
		return NULL;
	r->back--;
	if (r->back == 1 && strcmp(r->text[r->n - 1], r->draft) == 0)
		r->back = 0;
	return r->back ? r->text[r->n - r->back] : r->draft;
}

const char *
recall_newest(const struct recall *r)
{
	return r->n ? r->text[r->n - 1] : NULL;
}
