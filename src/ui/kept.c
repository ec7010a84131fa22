/* kept: what a configuration brings to the screen (filters with names, colours of rows), and what
 * the screen gives it to keep. */
#include <string.h>

#include "base/mem.h"
#include "base/num.h"
#include "ui/state.h"

static void
set_filter(struct screen *s, const char *name, const char *query)
{
	size_t i = 0;

	while (i < s->nfilters && strcmp(s->filters[i].name, name) != 0)
		i++;
	if (i == s->nfilters) {
		GROW(s->filters, s->filters_cap, s->nfilters + 1);
		s->filters[s->nfilters++].name = xstrdup(name);
	}
	free((char *)s->filters[i].query);
	s->filters[i].query = xstrdup(query);
}

void
kept_init(struct screen *s, const struct screen_options *o)
{
	for (size_t i = 0; i < o->nfilters; i++)
		set_filter(s, o->filters[i].name, o->filters[i].query);
	s->rule = o->nrules ? xcalloc(o->nrules, sizeof *s->rule) : NULL;
	for (; s->nrules < o->nrules; s->nrules++) {
		const struct colour_rule *rule = &o->rules[s->nrules];

		s->rule[s->nrules].style = rule->style;
		s->rule[s->nrules].filter = filter_parse(rule->query, TABLE_PROC, NULL);
	}
	s->save = o->save;
	s->save_arg = o->save_arg;
}

void
kept_release(struct screen *s)
{
	for (size_t i = 0; i < s->nfilters; i++) {
		free((char *)s->filters[i].name);
		free((char *)s->filters[i].query);
	}
	for (size_t i = 0; i < s->nrules; i++)
		filter_free(s->rule[i].filter);
	free(s->filters);
	free(s->rule);
}

void
kept_plan(const struct screen *s, struct plan *p)
{
	struct field_set set = {0};

	for (size_t i = 0; i < s->nrules; i++)
		if (s->rule[i].filter)
			filter_fields(s->rule[i].filter, &set);
	for (unsigned i = 0; i < PROC_FIELDS; i++)
		if (field_set_has(&set, i))
			plan_want(p, TABLE_PROC, i);
}

enum style
kept_style(const struct screen *s, const struct table *t, uint32_t row)
{
	for (size_t i = 0; i < s->nrules; i++)
		if (s->rule[i].filter && filter_match(s->rule[i].filter, t, row))
			return s->rule[i].style;
	return STYLE_TEXT;
}

void
kept_save(struct screen *s)
{
	struct screen_settings now = {
		.nsort = s->shown.nsort,
		.columns = s->columns.chosen ? s->columns.field : NULL,
		.ncolumns = s->columns.n,
		.delay_ns = s->delay_ns,
		.tree = s->shown.tree,
		.threads = !s->shown.no_threads,
		.no_kthreads = s->shown.no_kthreads,
		.cpu_bars = s->header.cpus == CPUS_BARS,
		.cpu_of_machine = s->columns.cpu_of_machine,
		.names_only = s->names_only,
		.no_paths = s->no_paths,
		.dim_others = s->dim_others,
		.no_header = s->header.hidden,
		.filter = s->filters,
		.nfilters = s->nfilters,
	};
	struct err said = {0};
	int r;

	memcpy(now.sort, s->shown.sort, sizeof now.sort);
	if (!s->save) {
		screen_say(s, STYLE_WARN, "nothing can be saved here");
		return;
	}
	r = s->save(s->save_arg, &now, &said);
	screen_say(s, r < 0 ? STYLE_BAD : STYLE_GOOD, "%s", said.text);
}

bool
kept_ask_name(struct screen *s)
{
	if (!s->filter_text[0])
		screen_say(s, STYLE_WARN, "there is no filter to keep");
	return s->filter_text[0];
}

bool
kept_accept_name(struct screen *s)
{
	struct span text = span_of(s->line.text, s->line.len), name, more;
	char key[KEY_NAME_MAX];

	if (!span_word(&text, &name) || span_word(&text, &more) || span_len(name) > 32 ||
	    memchr(name.p, '=', span_len(name))) {
		err_set(&s->line_error, -1,
			"expected one word of at most 32 characters, without =");
		return false;
	}
	s->line.text[name.end - s->line.text] = '\0';
	set_filter(s, name.p, s->filter_text);
	keymap_first(&s->keys, ACTION_SAVE, key);
	screen_say(s, STYLE_GOOD, "kept; %s saves it for the next time",
		   *key ? key : "the palette");
	return true;
}
