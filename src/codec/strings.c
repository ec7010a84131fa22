#include "codec/strings.h"

#include <string.h>

#include "base/mem.h"
#include "codec/varint.h"

void
strings_release(struct strings *s)
{
	free(s->text);
	free(s->by_address);
	index_release(&s->by_text);
	*s = (struct strings){0};
}

void
strings_reset(struct strings *s)
{
	s->n = s->begun = s->naddresses = s->usual = 0;
	if (s->by_address)
		memset(s->by_address, 0, s->addresses_cap * sizeof *s->by_address);
	index_reset(&s->by_text, s->by_text_cap);
}

void
strings_begin(struct strings *s)
{
	s->begun = s->n;
	if (!s->usual)
		s->usual = s->naddresses;
}

bool
strings_full(const struct strings *s)
{
	return s->naddresses > 4 * s->usual + 16384;
}

static size_t
place_of(const struct strings *s, const char *p)
{
	size_t i = hash_u64((uint64_t)(uintptr_t)p);

	while (s->by_address[i & (s->addresses_cap - 1)].p &&
	       s->by_address[i & (s->addresses_cap - 1)].p != p)
		i++;
	return i & (s->addresses_cap - 1);
}

static void
grow_addresses(struct strings *s)
{
	struct strings old = *s;

	s->addresses_cap = old.addresses_cap ? old.addresses_cap * 2 : 256;
	s->by_address = xcalloc(s->addresses_cap, sizeof *s->by_address);
	for (size_t i = 0; i < old.addresses_cap; i++)
		if (old.by_address[i].p)
			s->by_address[place_of(s, old.by_address[i].p)] = old.by_address[i];
	free(old.by_address);
}

static uint32_t
number_by_text(struct strings *s, const char *text)
{
	size_t len = strlen(text);
	uint64_t hash = hash_bytes(text, len), pos = hash;
	uint32_t i;

	if (s->n == s->by_text_cap) {
		s->by_text_cap = MAX(s->by_text_cap * 2, (size_t)256);
		index_reset(&s->by_text, s->by_text_cap);
		for (i = 0; i < s->n; i++)
			index_add(&s->by_text, hash_bytes(s->text[i], strlen(s->text[i])), i);
	}
	while ((i = index_probe(&s->by_text, &pos)) != UINT32_MAX)
		if (strcmp(s->text[i], text) == 0)
			return i;
	GROW(s->text, s->cap, s->n + 1);
	s->text[s->n] = text;
	index_add(&s->by_text, hash, (uint32_t)s->n);
	return (uint32_t)s->n++;
}

uint64_t
strings_number(struct strings *s, const char *text)
{
	size_t at;

	if (2 * s->naddresses >= s->addresses_cap)
		grow_addresses(s);
	at = place_of(s, text);
	if (!s->by_address[at].p) {
		s->by_address[at].p = text;
		s->by_address[at].number = number_by_text(s, text);
		s->naddresses++;
	}
	return s->by_address[at].number;
}

void
strings_put(const struct strings *s, struct buf *b)
{
	varint_put(b, s->n - s->begun);
	for (size_t i = s->begun; i < s->n; i++)
		text_put(b, s->text[i], strnlen(s->text[i], TEXT_MAX));
}
