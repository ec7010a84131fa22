#include <string.h>

#include "base/mem.h"
#include "feed/feed.h"

void
plan_release(struct plan *p)
{
	free(p->visible);
	*p = (struct plan){0};
}

void
plan_copy(struct plan *to, const struct plan *from)
{
	memcpy(to->want, from->want, sizeof to->want);
	to->all = from->all;
	to->threads = from->threads;
	to->detail = from->detail;
	to->anew = from->anew;
	to->thorough = from->thorough;
	to->patient = from->patient;
	GROW(to->visible, to->visible_cap, from->nvisible + from->nnear);
	if (from->nvisible + from->nnear)
		memcpy(to->visible, from->visible,
		       (from->nvisible + from->nnear) * sizeof *to->visible);
	to->nvisible = from->nvisible;
	to->nnear = from->nnear;
}

bool
plan_same_fields(const struct plan *a, const struct plan *b)
{
	return memcmp(a->want, b->want, sizeof a->want) == 0 &&
	       memcmp(&a->all, &b->all, sizeof a->all) == 0 && a->threads == b->threads &&
	       row_key_equal(a->detail, b->detail) && a->thorough == b->thorough &&
	       a->patient == b->patient;
}

void
plan_want(struct plan *p, enum table_id t, unsigned field)
{
	field_set_add(&p->want[t], field);
}

void
plan_want_everywhere(struct plan *p, unsigned proc_field)
{
	const struct field *spec = &schema[TABLE_PROC].field[proc_field];

	plan_want(p, TABLE_PROC, proc_field);
	field_set_add(&p->all, proc_field);
	if (spec->of != FIELD_NO)
		field_set_add(&p->all, field_index(spec->of));
	if (spec->per != FIELD_NO && field_table(spec->per) == TABLE_PROC)
		field_set_add(&p->all, field_index(spec->per));
}

void
plan_want_table(struct plan *p, enum table_id t)
{
	for (unsigned i = 0; i < schema[t].nfields; i++)
		plan_want(p, t, i);
}
