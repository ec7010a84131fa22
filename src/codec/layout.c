#include "codec/layout.h"

#include <errno.h>
#include <stdatomic.h>
#include <string.h>

#include "base/arena.h"
#include "base/mem.h"
#include "codec/varint.h"

/* What is behind the pointer that is handed out. */
struct held {
	struct layout layout; /* first */
	struct arena arena;
	atomic_uint refs;
};

static struct held *
held_new(void)
{
	struct held *h = xcalloc(1, sizeof *h);
	struct layout *l = &h->layout;

	atomic_store(&h->refs, 1);
	for (int t = 0; t < TABLE_COUNT; t++) {
		l->table_place[t] = -1;
		for (int f = 0; f < FIELDS_MAX; f++)
			l->place[t][f] = -1;
	}
	return h;
}

struct layout *
layout_own(void)
{
	struct held *h = held_new();
	struct layout *l = &h->layout;

	l->ntables = TABLE_COUNT;
	l->table = arena_zalloc(&h->arena, TABLE_COUNT, sizeof *l->table);
	for (int t = 0; t < TABLE_COUNT; t++) {
		const struct schema *s = &schema[t];
		struct layout_table *to = &l->table[t];

		*to = (struct layout_table){s->name, .single = s->single, .ours = t};
		to->field = arena_zalloc(&h->arena, s->nfields, sizeof *to->field);
		l->table_place[t] = t;
		for (unsigned f = 0; f < s->nfields; f++) {
			const struct field *from = &s->field[f];

			if (!field_is_raw(from))
				continue;
			l->place[t][f] = (int)to->nfields;
			to->field[to->nfields++] = (struct layout_field){
				from->name, from->type, from->unit, from->kind, (int)f};
		}
	}
	l->nsources = SRC_COUNT;
	l->source = arena_zalloc(&h->arena, SRC_COUNT, sizeof *l->source);
	for (int s = 0; s < SRC_COUNT; s++)
		l->source[s] = s;
	return l;
}

static bool
get_name(struct span *in, struct arena *a, struct span *ret, const char **ret_copy)
{
	if (!text_get(in, ret))
		return false;
	*ret_copy = arena_strndup(a, ret->p, span_len(*ret));
	return true;
}

/* Only by its own name: what a heading or an alias means may change. */
static int
find_field(enum table_id t, struct span name, uint8_t type)
{
	for (unsigned f = 0; f < schema[t].nfields; f++)
		if (span_is(name, schema[t].field[f].name) && schema[t].field[f].type == type &&
		    field_is_raw(&schema[t].field[f]))
			return (int)f;
	return -1;
}

static bool
parse_field(struct held *h, struct span *in, struct layout_table *t, unsigned place)
{
	struct layout_field *f = &t->field[place];
	uint64_t type, unit, kind;
	struct span name;

	if (!get_name(in, &h->arena, &name, &f->name) || !le_get(in, 1, &type) ||
	    !le_get(in, 1, &unit) || !le_get(in, 1, &kind) || type > TYPE_BOOL)
		return false;
	f->type = (uint8_t)type;
	f->unit = (uint8_t)unit;
	f->kind = (uint8_t)kind;
	f->ours = t->ours < 0 ? -1 : find_field((enum table_id)t->ours, name, f->type);
	if (f->ours < 0)
		return true;
	if (h->layout.place[t->ours][f->ours] >= 0)
		return false; /* twice */
	h->layout.place[t->ours][f->ours] = (int)place;
	return true;
}

static bool
parse_table(struct held *h, struct span *in, unsigned place)
{
	struct layout *l = &h->layout;
	struct layout_table *t = &l->table[place];
	uint64_t flags, nfields;
	struct span name;

	if (!get_name(in, &h->arena, &name, &t->name) || !varint_get(in, &flags) ||
	    !varint_get_max(in, LAYOUT_FIELDS_MAX, &nfields))
		return false;
	t->single = flags & 1;
	t->ours = table_by_name(name);
	if (t->ours >= 0 && l->table_place[t->ours] >= 0)
		return false;
	if (t->ours >= 0)
		l->table_place[t->ours] = (int)place;
	t->nfields = (unsigned)nfields;
	t->field = arena_zalloc(&h->arena, t->nfields, sizeof *t->field);
	for (unsigned f = 0; f < t->nfields; f++)
		if (!parse_field(h, in, t, f))
			return false;
	return true;
}

static bool
parse_sources(struct held *h, struct span *in)
{
	struct layout *l = &h->layout;
	uint64_t n;

	if (!varint_get_max(in, LAYOUT_SOURCES_MAX, &n))
		return false;
	l->nsources = (unsigned)n;
	l->source = arena_zalloc(&h->arena, l->nsources, sizeof *l->source);
	for (unsigned i = 0; i < l->nsources; i++) {
		struct span name;

		if (!text_get(in, &name))
			return false;
		l->source[i] = -1;
		for (int s = SRC_NONE + 1; s < SRC_COUNT; s++)
			if (span_is(name, source_info[s].name))
				l->source[i] = s;
	}
	return true;
}

int
layout_parse(struct span *in, struct layout **ret)
{
	struct held *h = held_new();
	struct layout *l = &h->layout;
	uint64_t ntables;

	if (!varint_get_max(in, LAYOUT_TABLES_MAX, &ntables))
		goto bad;
	l->ntables = (unsigned)ntables;
	l->table = arena_zalloc(&h->arena, l->ntables, sizeof *l->table);
	for (unsigned t = 0; t < l->ntables; t++)
		if (!parse_table(h, in, t))
			goto bad;
	if (!parse_sources(h, in))
		goto bad;
	*ret = l;
	return 0;
bad:
	layout_unref(l);
	return -EBADMSG;
}

void
layout_put(const struct layout *l, struct buf *b)
{
	varint_put(b, l->ntables);
	for (unsigned t = 0; t < l->ntables; t++) {
		const struct layout_table *table = &l->table[t];

		text_put(b, table->name, strlen(table->name));
		varint_put(b, table->single);
		varint_put(b, table->nfields);
		for (unsigned f = 0; f < table->nfields; f++) {
			const struct layout_field *field = &table->field[f];

			text_put(b, field->name, strlen(field->name));
			buf_putc(b, (char)field->type);
			buf_putc(b, (char)field->unit);
			buf_putc(b, (char)field->kind);
		}
	}
	varint_put(b, l->nsources);
	for (unsigned i = 0; i < l->nsources; i++) {
		const char *name = l->source[i] > SRC_NONE ? source_info[l->source[i]].name : "";

		text_put(b, name, strlen(name));
	}
}

void
layout_ref(struct layout *l)
{
	atomic_fetch_add(&((struct held *)l)->refs, 1);
}

void
layout_unref(struct layout *l)
{
	struct held *h = (struct held *)l;

	if (!l || atomic_fetch_sub(&h->refs, 1) != 1)
		return;
	arena_release(&h->arena);
	free(h);
}
