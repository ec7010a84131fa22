/* The configuration from any bytes: every mistake has a place in the text, what is accepted gives
 * options that hold what options.h says, bindings that are sound, filters that parse; and a value
 * that is set is read again. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/config.h"
#include "base/conf.h"
#include "base/mem.h"
#include "query/filter.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_options(const struct options *o)
{
	const struct config *c = o->config;

	if (o->nsort > SORT_KEYS_MAX || o->ncolumns > FIELDS_MAX || o->delay_ns < 0)
		abort();
	for (unsigned i = 0; i < o->nsort; i++)
		if (o->sort[i].field >= PROC_FIELDS)
			abort();
	for (unsigned i = 0; i < o->ncolumns; i++)
		if (o->column[i] >= PROC_FIELDS)
			abort();
	for (int a = 1; a < ACTION_COUNT; a++)
		for (int i = 0; i < KEYMAP_EACH && c->keys.key[a][i]; i++)
			if ((int)keymap_action(&c->keys, c->keys.key[a][i]) != a)
				abort();
	if (keymap_action(&c->keys, 3) != ACTION_QUIT || keymap_action(&c->keys, 27) != ACTION_BACK)
		abort();
	for (size_t i = 0; i < c->nfilters; i++) {
		struct filter *f = filter_parse(c->filter[i].query, TABLE_PROC, NULL);

		if (!f || !*c->filter[i].name)
			abort();
		filter_free(f);
	}
	for (size_t i = 0; i < c->nrules; i++) {
		struct filter *f = filter_parse(c->rule[i].query, TABLE_PROC, NULL);

		if (!f || c->rule[i].style >= STYLE_COUNT)
			abort();
		filter_free(f);
	}
}

static void
check_mistakes(const struct config *c, struct span text)
{
	int lines = 1;

	for (const char *p = text.p; p < text.end; p++)
		lines += *p == '\n';
	for (size_t i = 0; i < MIN(c->nmistakes, (size_t)CONFIG_MISTAKES); i++) {
		struct span s = span_str(c->mistake[i] + 2);
		uint64_t line, column;

		if (strncmp(c->mistake[i], "f:", 2) != 0 || num_u64(&s, &line) < 0 || *s.p++ != ':' ||
		    num_u64(&s, &column) < 0 || !span_starts(s, ": ") || line < 1 ||
		    line > (uint64_t)lines || column < 1 || column > span_len(text) + 1)
			abort();
	}
}

static void
check_set(struct span text)
{
	struct conf_walk w;
	struct buf b = {0};
	bool found = false;
	int r;

	if (!span_empty(text))
		buf_put(&b, text.p, span_len(text));
	conf_set(&b, "delay", "7");
	w = (struct conf_walk){.rest = span_of(b.data, b.len)};
	while ((r = conf_next(&w, NULL)) != 0)
		if (r > 0 && conf_name_is(w.line.name, "delay"))
			found = span_is(w.line.value, "7");
	if (!found)
		abort();
	buf_release(&b);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct options o = {.kernel_threads = -1, .config = xcalloc(1, sizeof *o.config)};
	struct err e;
	struct parser given = {.o = &o, .e = &e};
	char *text = xmalloc(size + 1); /* to the byte, for the sanitizer */
	struct span span = {text, text + size};

	memcpy(text, data, size);
	keymap_init(&o.config->keys, PRESET_MIXED);
	config_text(&given, "f", span, size % 7 == 0);
	check_options(&o);
	check_mistakes(o.config, span);
	check_set(span);
	options_release(&o);
	free(text);
	return 0;
}
