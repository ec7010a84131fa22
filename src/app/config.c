#include "app/config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/conf.h"
#include "base/fd.h"
#include "base/mem.h"
#include "base/str.h"
#include "query/filter.h"

enum { NAME_MAX_BYTES = 32 };

static const char SYSTEM_FILE[] = SONDE_CONFDIR "/sonde.conf";

static const struct {
	const char *name;
	enum style style;
} styles[] = {
	{"dim", STYLE_DIM},   {"good", STYLE_GOOD},     {"warn", STYLE_WARN},
	{"bad", STYLE_BAD},   {"accent", STYLE_ACCENT}, {"strong", STYLE_STRONG},
};

/* A line on its way to what it means. */
struct reading {
	struct parser *given; /* the command line; its options win */
	struct config *c;
	const char *file;
	const struct conf_line *line;
	bool readonly_only;
};

static void
keep_mistake(struct config *c, const char *text)
{
	if (c->nmistakes < CONFIG_MISTAKES)
		c->mistake[c->nmistakes] = arena_strndup(&c->text, text, strlen(text));
	c->nmistakes++;
}

__attribute__((format(printf, 3, 4))) static void
mistake(const struct reading *r, const char *at, const char *fmt, ...)
{
	char text[sizeof((struct err *)0)->text + 256], what[sizeof((struct err *)0)->text];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(what, sizeof what, fmt, ap);
	va_end(ap);
	snprintf(text, sizeof text, "%.200s:%d:%d: %s", r->file, r->line->number,
		 conf_column(r->line, at), what);
	keep_mistake(r->c, text);
}

static const char *
keep(const struct reading *r, struct span s)
{
	return arena_strndup(&r->c->text, s.p, span_len(s));
}

/* "bind tree": the word after the first; false and a mistake when it is not exactly one. */
static bool
second_word(const struct reading *r, const char *what, struct span *ret_word)
{
	struct span name = r->line->name, word;

	(void)span_word(&name, &word);
	if (!span_word(&name, ret_word)) {
		mistake(r, name.end, "expected %s", what);
		return false;
	}
	if (span_word(&name, &word)) {
		mistake(r, word.p, "expected \"=\" after one word");
		return false;
	}
	return true;
}

static void
read_bind(const struct reading *r)
{
	struct span name;
	enum action a;
	struct err e;

	if (!second_word(r, "an action to bind, as the palette (:) names it", &name))
		return;
	a = action_by_name(name);
	if (a == ACTION_NONE) {
		struct nearest near = nearest_begin(name);

		for (int i = 1; i < ACTION_COUNT; i++)
			nearest_try(&near, action_info[i].name);
		mistake(r, name.p, "unknown action, %s%s%s",
			near.name ? "did you mean \"" : "expected one as the palette (:) names it",
			near.name ? near.name : "", near.name ? "\"?" : "");
	} else if (keymap_bind(&r->c->keys, a, r->line->value, &e) < 0) {
		mistake(r, r->line->value.p + e.at, "%s", e.text);
	}
}

/* NULL and a mistake when it does not parse. */
static const char *
read_query(const struct reading *r)
{
	struct err e = {.at = 0};
	const char *query = keep(r, r->line->value);
	struct filter *f = filter_parse(query, TABLE_PROC, &e);

	if (f && span_empty(r->line->value)) {
		filter_free(f);
		mistake(r, r->line->value.p, "expected a filter");
		return NULL;
	}
	if (!f) {
		mistake(r, r->line->value.p + MAX(e.at, 0), "%s", e.text);
		return NULL;
	}
	filter_free(f);
	return query;
}

static void
read_filter(const struct reading *r)
{
	struct config *c = r->c;
	struct span name;
	const char *query;
	size_t i = 0;

	if (!second_word(r, "a name for the filter", &name))
		return;
	if (span_len(name) > NAME_MAX_BYTES) {
		mistake(r, name.p, "expected a name of at most %d characters", NAME_MAX_BYTES);
		return;
	}
	query = read_query(r);
	if (!query)
		return;
	while (i < c->nfilters && !span_is(name, c->filter[i].name))
		i++;
	if (i == CONFIG_FILTERS) {
		mistake(r, name.p, "expected at most %d filters", CONFIG_FILTERS);
		return;
	}
	c->filter[i] = (struct named_filter){keep(r, name), query};
	c->nfilters = MAX(c->nfilters, i + 1);
}

static void
read_color(const struct reading *r)
{
	struct config *c = r->c;
	struct span name;
	const char *query;

	if (!second_word(r, "dim, good, warn, bad, accent or strong", &name))
		return;
	for (size_t i = 0; i < ARRAY_LEN(styles); i++) {
		if (!span_is(name, styles[i].name))
			continue;
		query = read_query(r);
		if (query && c->nrules == CONFIG_RULES)
			mistake(r, name.p, "expected at most %d colour rules", CONFIG_RULES);
		else if (query)
			c->rule[c->nrules++] = (struct colour_rule){styles[i].style, query};
		return;
	}
	mistake(r, name.p, "expected dim, good, warn, bad, accent or strong");
}

static void
read_keys(const struct reading *r)
{
	for (int p = 0; p < PRESETS; p++) {
		if (span_is(r->line->value, preset_name[p])) {
			keymap_init(&r->c->keys, (enum preset)p);
			return;
		}
	}
	mistake(r, r->line->value.p, "expected mixed, htop, top or vi");
}

/* What the command line may say in two ways; and changes that it wants leave what is changed. */
static bool
is_given(const struct parser *given, enum option id)
{
	if (id == OPTION_COLUMNS && options_columns_change(given->columns))
		return false;
	return *given->typed[id] || (id == OPTION_KERNEL && *given->typed[OPTION_NO_KERNEL]);
}

static void
read_option(const struct reading *r, enum option id)
{
	struct options *o = r->given->o, scratch = *o;
	struct err e = {.at = 0};
	/* What the command line says counts; the line is checked all the same. */
	struct options *to = is_given(r->given, id) && id != OPTION_READONLY ? &scratch : o;
	struct parser ps = {.o = to, .e = &e, .config = true};
	const char *value = keep(r, r->line->value);
	int n = 0;

	if (id == OPTION_SORT) {
		n = sort_keys_parse(TABLE_PROC, value, scratch.sort, SORT_KEYS_MAX, &e);
		if (n > 0) {
			memcpy(to->sort, scratch.sort, sizeof to->sort);
			to->nsort = (unsigned)n;
		}
	} else if (id == OPTION_COLUMNS) {
		n = options_columns(&scratch, TABLE_PROC, value, &e);
		if (n == 0) {
			memcpy(to->column, scratch.column, sizeof to->column);
			to->ncolumns = scratch.ncolumns;
		}
	} else {
		n = option_set(&ps, id, value);
	}
	if (n < 0)
		mistake(r, r->line->value.p + MAX(e.at, 0), "%s", e.text);
}

static void
read_unknown(const struct reading *r)
{
	struct nearest near = nearest_begin(r->line->name);

	for (unsigned id = 0; id < OPTIONS; id++) {
		if (option_is_config(id))
			nearest_try(&near, option_specs[id].name);
		else if (conf_name_is(r->line->name, option_specs[id].name)) {
			mistake(r, r->line->name.p, "this option is for the command line only");
			return;
		}
	}
	nearest_try(&near, "keys");
	mistake(r, r->line->name.p, "unknown, %s%s%s",
		near.name ? "did you mean \"" : "expected a name as in sonde.conf(5)",
		near.name ? near.name : "", near.name ? "\"?" : "");
}

static void
read_line(const struct reading *r)
{
	struct span name = r->line->name, word;

	(void)span_word(&name, &word);
	for (unsigned id = 0; id < OPTIONS; id++) {
		if (!option_is_config(id) || !conf_name_is(r->line->name, option_specs[id].name))
			continue;
		if (!r->readonly_only || id == OPTION_READONLY)
			read_option(r, (enum option)id);
		return;
	}
	if (r->readonly_only || conf_name_is(r->line->name, "keys"))
		return;
	if (span_is(word, "bind"))
		read_bind(r);
	else if (span_is(word, "filter"))
		read_filter(r);
	else if (span_is(word, "color"))
		read_color(r);
	else
		read_unknown(r);
}

void
config_text(struct parser *ps, const char *name, struct span text, bool readonly_only)
{
	struct conf_walk w = {.rest = text};
	struct reading r = {ps, ps->o->config, name, &w.line, readonly_only};
	struct err e;
	int n;

	/* Bindings change a preset, wherever it stands. */
	while (!readonly_only && (n = conf_next(&w, &e)) != 0)
		if (n > 0 && conf_name_is(w.line.name, "keys"))
			read_keys(&r);
	w = (struct conf_walk){.rest = text};
	while ((n = conf_next(&w, &e)) != 0) {
		if (n > 0)
			read_line(&r);
		else if (!readonly_only)
			mistake(&r, w.line.text.p + e.at, "%s", e.text);
	}
}

/* NULL: to be trusted. */
static const char *
distrust(int fd)
{
	struct stat st;

	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		return "expected a regular file";
	if (st.st_uid != geteuid() && st.st_uid != 0)
		return "not read: it belongs to another user";
	if (st.st_mode & S_IWOTH)
		return "not read: everyone may write it (chmod o-w)";
	return NULL;
}

/* Whether it was read. A file that is not there is no mistake. */
static int
read_file(struct parser *ps, const char *path, bool readonly_only)
{
	struct config *c = ps->o->config;
	cleanup_fd int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct buf text = {0};
	const char *why = NULL;
	char said[320];
	int r = fd < 0 ? -errno : 0;

	if (fd >= 0)
		why = distrust(fd);
	if (fd >= 0 && !why)
		r = fd_read_all(fd, CONF_MAX_BYTES, &text);
	if (r == -EFBIG)
		why = "not read: expected at most 256 KiB";
	if (why || (r < 0 && r != -ENOENT && r != -ENOTDIR)) {
		snprintf(said, sizeof said, "%.200s: %s", path, why ? why : strerror(-r));
		keep_mistake(c, said);
		c->refused |= c->path && strcmp(path, c->path) == 0;
	} else if (r == 0) {
		config_text(ps, path, span_of(text.data, text.len), readonly_only);
	}
	buf_release(&text);
	return why ? -EPERM : r;
}

/* NULL when there is none. */
static const char *
own_path(struct arena *a)
{
	const char *dir = secure_getenv("XDG_CONFIG_HOME"), *home = secure_getenv("HOME");
	struct buf b = {0};
	const char *path;

	/* The standard has paths that are not absolute ignored. */
	if (dir && *dir == '/')
		buf_printf(&b, "%s/sonde/sonde.conf", dir);
	else if (home && *home == '/')
		buf_printf(&b, "%s/.config/sonde/sonde.conf", home);
	path = b.len ? arena_strndup(a, b.data, b.len) : NULL;
	buf_release(&b);
	return path;
}

bool
config_is_for(const struct options *o)
{
	switch (o->command) {
	case COMMAND_LIVE:
	case COMMAND_REPLAY:
	case COMMAND_DOCTOR:
		return true;
	case COMMAND_ONCE:
		return o->screen_w && o->config_file;
	default:
		return false;
	}
}

int
config_load(struct parser *ps)
{
	struct options *o = ps->o;
	struct config *c = o->config = xcalloc(1, sizeof *c);
	int r;

	keymap_init(&c->keys, PRESET_MIXED);
	if (o->command != COMMAND_ONCE)
		(void)read_file(ps, SYSTEM_FILE, o->no_config);
	if (o->no_config)
		return 0;
	c->path = o->config_file ? arena_strndup(&c->text, o->config_file, strlen(o->config_file))
				 : own_path(&c->text);
	if (!c->path)
		return 0;
	r = read_file(ps, c->path, false);
	c->is_read = r == 0;
	if (r < 0 && o->config_file)
		return err_set(ps->e, r, "option --config: %s",
			       c->nmistakes ? c->mistake[MIN(c->nmistakes, CONFIG_MISTAKES) - 1]
					    : "there is no such file");
	return 0;
}

void
config_free(struct config *c)
{
	if (!c)
		return;
	arena_release(&c->text);
	free(c);
}

bool
config_notice(const struct config *c, char ret[160])
{
	const char *first;

	if (!c || !c->nmistakes)
		return false;
	first = c->mistake[0];
	for (const char *p = first; *p && *p != ':'; p++)
		if (*p == '/') /* of one line, the file's name is enough */
			first = p + 1;
	if (c->nmistakes > 1)
		snprintf(ret, 160, "%.110s (%zu more: sonde doctor)", first, c->nmistakes - 1);
	else
		snprintf(ret, 160, "%s", first);
	return true;
}
