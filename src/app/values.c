#include "app/values.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"
#include "query/number.h"
#include "sql/named.h"
#include "store/thin.h"
#include "ui/columns.h"

const char *const output_names[] = {
	[OUTPUT_TEXT] = "text",
	[OUTPUT_JSON] = "json",
	[OUTPUT_CSV] = "csv",
	[OUTPUT_JSONL] = "jsonl",
	[OUTPUT_OPENMETRICS] = "openmetrics",
	[OUTPUT_PROMETHEUS] = "prometheus",
	[OUTPUT_INFLUX] = "influx",
	[OUTPUT_JSONSCHEMA] = "jsonschema",
	[OUTPUT_ANSI] = "ansi",
	[OUTPUT_SVG] = "svg",
	[OUTPUT_PARQUET] = "parquet",
};

static const int64_t DELAY_MIN_NS = NS_PER_S / 10, DELAY_MAX_NS = 86400 * NS_PER_S;
enum { SCREEN_MAX = 1000, WIDTH_MAX = 10000 };
static const double SIZE_MOST = 0x1p50, TIME_MOST_NS = 100 * 365 * 86400e9;

/* The whole text is one number. */
static bool
read_u64(const char *text, uint64_t min, uint64_t max, uint64_t *ret_v)
{
	struct span s = span_str(text);
	uint64_t v;

	if (*text < '0' || *text > '9' || num_u64(&s, &v) < 0 || !span_empty(s) || v < min ||
	    v > max)
		return false;
	*ret_v = v;
	return true;
}

static int
expected(struct parser *ps, enum option id, const char *what, const char *value)
{
	if (ps->config)
		return err_set(ps->e, -EINVAL, "expected %s", what);
	return err_set(ps->e, -EINVAL, "option %s: expected %s, not \"%.60s\"", ps->typed[id], what,
		       value);
}

/* Of an option without an argument, that may stand in the configuration. */
static int
parse_flag(struct parser *ps, enum option id, const char *value, bool *ret_v)
{
	if (value && strcmp(value, "yes") != 0 && strcmp(value, "no") != 0)
		return expected(ps, id, "yes or no", value);
	*ret_v = !value || *value == 'y';
	return 0;
}

static int
parse_kernel(struct parser *ps, enum option id, const char *value)
{
	bool shown = false;
	int r = parse_flag(ps, id, value, &shown);

	if (r == 0)
		ps->o->kernel_threads = shown;
	return r;
}

/* Once it was said, by whomever, it holds. */
static int
parse_readonly(struct parser *ps, const char *value)
{
	bool readonly = false;
	int r = parse_flag(ps, OPTION_READONLY, value, &readonly);

	if (r == 0)
		ps->o->readonly |= readonly;
	return r;
}

static int
parse_delay(struct parser *ps, const char *value)
{
	char text[40];
	struct span s = span_str(value);
	int64_t ns;

	/* num_fixed() wants a digit first; ".5" is what people type. */
	if (*value == '.' && span_len(s) < sizeof text - 1) {
		snprintf(text, sizeof text, "0%s", value);
		s = span_str(text);
	}
	if (*s.p < '0' || *s.p > '9' || num_fixed(&s, 9, &ns) < 0 || !span_empty(s) ||
	    ns < DELAY_MIN_NS || ns > DELAY_MAX_NS)
		return expected(ps, OPTION_DELAY, "seconds from 0.1 to 86400", value);
	ps->o->delay_ns = ns;
	return 0;
}

static int
parse_pids(struct parser *ps, const char *value)
{
	struct options *o = ps->o;
	struct span s = span_str(value);

	for (;;) {
		uint64_t pid;

		if (span_empty(s) || *s.p < '0' || *s.p > '9' || num_u64(&s, &pid) < 0 || pid < 1 ||
		    pid > INT32_MAX || (!span_empty(s) && *s.p != ','))
			return expected(ps, OPTION_PID, "process numbers with commas between them",
					value);
		GROW(o->pid, o->pids_cap, o->npids + 1);
		o->pid[o->npids++] = (uint32_t)pid;
		if (span_empty(s))
			return 0;
		s.p++;
	}
}

void
options_add_table(struct options *o, enum table_id t)
{
	for (unsigned i = 0; i < o->ntables; i++)
		if (o->table[i] == t)
			return;
	o->table[o->ntables++] = t;
}

static int
parse_tables(struct parser *ps, const char *value)
{
	for (const char *p = value;; p++) {
		struct span name = {p, p + strcspn(p, ",")};
		int t = table_by_name(name);

		if (t >= 0) {
			options_add_table(ps->o, (enum table_id)t);
		} else if (span_is(name, "all")) {
			for (int i = 0; i < TABLE_COUNT && !table_is_detail(i); i++)
				options_add_table(ps->o, (enum table_id)i);
		} else {
			struct nearest near = nearest_begin(name);
			struct buf list = {0};

			for (int i = 0; i < TABLE_COUNT; i++)
				nearest_try(&near, schema[i].name);
			for (int i = 0; i < TABLE_COUNT; i++)
				buf_printf(&list, "%s%s", i ? ", " : "", schema[i].name);
			ps->o->bad = value;
			err_at(ps->e, -EINVAL, (int)(p - value),
			       "option %s: table \"%.*s\": unknown, %s%s%s",
			       ps->typed[OPTION_TABLE], (int)MIN(span_len(name), (size_t)40),
			       name.p, near.name ? "did you mean " : "expected one of ",
			       near.name ? near.name : list.data, near.name ? "?" : " or all");
			buf_release(&list);
			return -EINVAL;
		}
		p = name.end;
		if (!*p)
			return 0;
	}
}

/* "64M", "64M,1h": a size, and perhaps a time. */
static int
parse_size_time(struct parser *ps, enum option id, const char *value, uint64_t *ret_bytes,
		int64_t *ret_ns)
{
	static const struct field size = {.unit = UNIT_BYTES}, time = {.unit = UNIT_NS};
	const char *comma = strchrnul(value, ',');
	double bytes, ns = 0;
	struct err why;

	if (number_parse((struct span){value, comma}, &size, &bytes, &why, 0) < 0 ||
	    (*comma && number_parse(span_str(comma + 1), &time, &ns, &why, 0) < 0) || bytes < 0 ||
	    bytes > SIZE_MOST || ns < 0 || ns > TIME_MOST_NS)
		return expected(ps, id, "a size, or a size,time such as 64M,1h", value);
	*ret_bytes = (uint64_t)bytes;
	if (*comma)
		*ret_ns = (int64_t)ns;
	return 0;
}

static int
parse_time(struct parser *ps, enum option id, const char *value, int64_t *ret_ns)
{
	static const struct field time = {.unit = UNIT_NS};
	struct err why;
	double ns;

	if (number_parse(span_str(value), &time, &ns, &why, 0) < 0 || ns < 0 || ns > TIME_MOST_NS)
		return expected(ps, id, "seconds, or a time such as 1m", value);
	*ret_ns = (int64_t)ns;
	return 0;
}

/* "1d", "1d,7d": the second is later. */
static int
parse_thin(struct parser *ps, const char *value)
{
	static const struct field time = {.unit = UNIT_NS};
	const char *comma = strchrnul(value, ',');
	double first, second = 0;
	struct err why;

	if (number_parse((struct span){value, comma}, &time, &first, &why, 0) < 0 ||
	    (*comma && number_parse(span_str(comma + 1), &time, &second, &why, 0) < 0) ||
	    first < 0 || first > TIME_MOST_NS || second < 0 || second > TIME_MOST_NS ||
	    (first > 0 && second > 0 && second < first))
		return expected(ps, OPTION_THIN, "a time, or two of which the second is longer, "
						 "such as 1d,7d", value);
	ps->o->thin_ns[0] = (int64_t)first;
	ps->o->thin_ns[1] = (int64_t)second;
	return 0;
}

static int
parse_strip(struct parser *ps, const char *value)
{
	for (const char *p = value;; p++) {
		struct span name = {p, p + strcspn(p, ",")};
		unsigned bits = span_is(name, "all") ? (1u << STRIPS) - 1 : 0;

		for (unsigned i = 0; i < STRIPS; i++)
			if (span_is(name, strip_names[i]))
				bits = 1u << i;
		if (!bits)
			return expected(ps, OPTION_STRIP,
					"args, users, hosts, cgroups, mounts or all, with commas "
					"between them", value);
		ps->o->strip |= bits;
		p = name.end;
		if (!*p)
			return 0;
	}
}

static int
parse_named(struct parser *ps, const char *value)
{
	const char *near = named_nearest(value);

	ps->o->named = value;
	if (!*value || strcmp(value, "list") == 0 || named_find(value))
		return 0;
	return err_set(ps->e, -EINVAL, "option %s: question \"%.40s\": unknown, %s%s%s",
		       ps->typed[OPTION_NAMED], value,
		       near ? "did you mean " : "\"sonde query --named list\" lists them",
		       near ? near : "", near ? "?" : "");
}

static int
parse_screen(struct parser *ps, const char *value)
{
	struct span s = span_str(value);
	uint64_t w, h;

	if (*value < '0' || *value > '9' || num_u64(&s, &w) < 0 || span_empty(s) || *s.p++ != 'x' ||
	    span_empty(s) || *s.p < '0' || *s.p > '9' || num_u64(&s, &h) < 0 || !span_empty(s) ||
	    w < 1 || w > SCREEN_MAX || h < 1 || h > SCREEN_MAX)
		return expected(ps, OPTION_SCREEN,
				"columns and rows such as 80x24, at most 1000x1000", value);
	ps->o->screen_w = (int)w;
	ps->o->screen_h = (int)h;
	return 0;
}

static int
parse_output(struct parser *ps, const char *value)
{
	for (size_t i = 0; i < ARRAY_LEN(output_names); i++) {
		if (strcmp(value, output_names[i]) == 0) {
			ps->o->output = (enum output)i;
			return 0;
		}
	}
	return expected(ps, OPTION_FORMAT,
			"text, json, jsonl, csv, openmetrics, prometheus, influx, jsonschema, "
			"parquet, ansi or svg", value);
}

bool
options_columns_change(const char *text)
{
	return text && (*text == '+' || *text == '-');
}

int
options_columns(struct options *o, enum table_id t, const char *text, struct err *e)
{
	bool screen = o->screen_w || (o->command != COMMAND_ONCE && o->command != COMMAND_STAT &&
				      o->command != COMMAND_EXPORT);
	struct columns c;
	int n;

	if (!options_columns_change(text)) {
		n = field_list(t, text, o->column, FIELDS_MAX, e);
		if (n > 0)
			o->ncolumns = (unsigned)n;
		return MIN(n, 0);
	}
	if (!screen)
		return err_at(e, -EINVAL, 0, "expected fields; + and - change those of a screen");
	columns_default(&c);
	if (o->ncolumns) {
		c.n = o->ncolumns;
		memcpy(c.field, o->column, c.n);
	}
	n = columns_change(&c, text, e);
	if (n == 0) {
		o->ncolumns = c.n;
		memcpy(o->column, c.field, c.n);
	}
	return n;
}

int
option_set(struct parser *ps, enum option id, const char *value)
{
	struct options *o = ps->o;
	uint64_t v;

	switch (id) {
	case OPTION_DELAY:
		return parse_delay(ps, value);
	case OPTION_COUNT:
		o->counted = true;
		if (!read_u64(value, 0, UINT64_MAX, &o->count))
			return expected(ps, id, "a number of samples", value);
		return 0;
	case OPTION_BATCH:
		return 0;
	case OPTION_SAMPLER:
		for (int i = 0; i < SAMPLERS; i++) {
			if (strcmp(value, sampler_name((enum sampler)i)) == 0) {
				o->sampler = (enum sampler)i;
				return 0;
			}
		}
		return expected(ps, id, "auto, bpf, clock or proc", value);
	case OPTION_COST:
		o->cost = true;
		return 0;
	case OPTION_PID:
		return parse_pids(ps, value);
	case OPTION_USER:
		o->user = value;
		return *value ? 0 : expected(ps, id, "a user's name or number", value);
	case OPTION_FILTER:
		o->filter = value;
		return 0;
	case OPTION_SORT:
		ps->sort = value;
		return 0;
	case OPTION_COLUMNS:
		ps->columns = value;
		return 0;
	case OPTION_THREADS:
		return parse_flag(ps, id, value, &o->threads);
	case OPTION_KERNEL:
		return parse_kernel(ps, id, value);
	case OPTION_NO_KERNEL:
		o->kernel_threads = 0;
		return 0;
	case OPTION_TABLE:
		return parse_tables(ps, value);
	case OPTION_LIMIT:
		o->limited = true;
		if (!read_u64(value, 0, UINT64_MAX, &o->limit))
			return expected(ps, id, "a number of rows", value);
		return 0;
	case OPTION_FORMAT:
		return parse_output(ps, value);
	case OPTION_WIDTH:
		if (!read_u64(value, 1, WIDTH_MAX, &v))
			return expected(ps, id, "columns from 1 to 10000", value);
		o->width = (int)v;
		return 0;
	case OPTION_RING:
		return parse_size_time(ps, id, value, &o->ring_bytes, &o->ring_age_ns);
	case OPTION_KEEP:
		return parse_size_time(ps, id, value, &o->keep_bytes, &o->keep_age_ns);
	case OPTION_SEGMENT:
		return parse_size_time(ps, id, value, &o->segment_bytes, &o->segment_ns);
	case OPTION_THIN:
		return parse_thin(ps, value);
	case OPTION_SYNC:
		return parse_time(ps, id, value, &o->sync_ns);
	case OPTION_EVERY:
		return parse_time(ps, id, value, &o->every_ns);
	case OPTION_NAMED:
		return parse_named(ps, value);
	case OPTION_ENGINE:
		o->engine = strcmp(value, "duckdb") == 0 ? ENGINE_DUCKDB : ENGINE_SQLITE;
		if (o->engine == ENGINE_SQLITE && strcmp(value, "sqlite") != 0)
			return expected(ps, id, "sqlite or duckdb", value);
		return 0;
	case OPTION_TIME_LIMIT:
		return parse_time(ps, id, value, &o->time_limit_ns);
	case OPTION_RECORD_FIELDS:
		o->fields = value;
		return 0;
	case OPTION_OUTPUT:
		o->out = value;
		return *value ? 0 : expected(ps, id, "the name of a file", value);
	case OPTION_FORCE:
		o->force = true;
		return 0;
	case OPTION_DIR:
		o->dir = value;
		return *value ? 0 : expected(ps, id, "a directory", value);
	case OPTION_RATES:
		o->rates = true;
		return 0;
	case OPTION_STRIP:
		return parse_strip(ps, value);
	case OPTION_IN:
		o->in = value;
		return 0;
	case OPTION_AT:
		o->at = value;
		return 0;
	case OPTION_FROM:
		o->from = value;
		return 0;
	case OPTION_TO:
		o->to = value;
		return 0;
	case OPTION_KEYS:
		o->keys = value;
		return 0;
	case OPTION_SCREEN:
		return parse_screen(ps, value);
	case OPTION_TREE:
		return parse_flag(ps, id, value, &o->tree);
	case OPTION_PER_CPU:
		return parse_flag(ps, id, value, &o->per_cpu);
	case OPTION_NAMES:
		return parse_flag(ps, id, value, &o->names);
	case OPTION_NO_PATHS:
		return parse_flag(ps, id, value, &o->no_paths);
	case OPTION_DIM_OTHERS:
		return parse_flag(ps, id, value, &o->dim_others);
	case OPTION_NO_HEADER:
		return parse_flag(ps, id, value, &o->no_header);
	case OPTION_CPU_OF_MACHINE:
		return parse_flag(ps, id, value, &o->cpu_of_machine);
	case OPTION_NO_COLOR:
		return parse_flag(ps, id, value, &o->no_color);
	case OPTION_ASCII:
		return parse_flag(ps, id, value, &o->ascii);
	case OPTION_NO_MOUSE:
		return parse_flag(ps, id, value, &o->no_mouse);
	case OPTION_PICK:
		return parse_flag(ps, id, value, &o->pick);
	case OPTION_READONLY:
		return parse_readonly(ps, value);
	case OPTION_CONFIG_FILE:
		o->config_file = value;
		o->no_config = !*value;
		return 0;
	case OPTION_NO_CONFIG:
		o->no_config = true;
		return 0;
	case OPTION_ROOT:
		o->root.root = value;
		return 0;
	case OPTION_PROCFS:
	case OPTION_SYSFS:
	case OPTION_CGROUPFS:
		o->root.area[ROOT_PROC + (id - OPTION_PROCFS)] = value;
		return 0;
	case OPTION_HELP:
	case OPTION_VERSION:
	case OPTIONS:
		break;
	}
	return 0;
}
