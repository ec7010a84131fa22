/* options: GNU style: --name VALUE, --name=VALUE, -n VALUE, -nVALUE, letters together, "--" ends
 * them; commands and options in any order. Two passes: all options are read, then what depends on
 * the command and the table is resolved.
 */
#include "app/options.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "app/config.h"
#include "app/values.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/utf8.h"
#include "query/filter.h"

static int
unknown_option(struct parser *ps, struct span name)
{
	struct nearest near = nearest_begin(name);

	for (unsigned i = 0; i < OPTIONS; i++)
		nearest_try(&near, option_specs[i].name);
	return err_set(ps->e, -EINVAL, "option --%.*s: unknown, %s%s%s",
		       (int)MIN(span_len(name), (size_t)40), name.p,
		       near.name ? "did you mean --" : "\"sonde help\" lists them",
		       near.name ? near.name : "", near.name ? "?" : "");
}

static int
missing(struct parser *ps, enum option id)
{
	return err_set(ps->e, -EINVAL, "option %s: expected %s after it", ps->typed[id],
		       option_specs[id].arg);
}

static int
parse_long(struct parser *ps)
{
	const char *name = ps->argv[ps->i++] + 2, *value = strchr(name, '=');
	struct span s = {name, value ? value++ : name + strlen(name)};

	for (unsigned id = 0; id < OPTIONS; id++) {
		if (!span_is(s, option_specs[id].name))
			continue;
		snprintf(ps->typed[id], sizeof ps->typed[id], "--%s", option_specs[id].name);
		if (value && !option_specs[id].arg && !option_is_config(id))
			return err_set(ps->e, -EINVAL, "option %s: takes no value", ps->typed[id]);
		if (!value && option_specs[id].arg) {
			if (ps->i >= ps->argc)
				return missing(ps, (enum option)id);
			value = ps->argv[ps->i++];
		}
		return option_set(ps, (enum option)id, value);
	}
	return unknown_option(ps, s);
}

/* One argument of letters: "-bn1". */
static int
parse_letters(struct parser *ps)
{
	const char *p = ps->argv[ps->i++] + 1;

	while (*p) {
		const char *value = NULL;
		unsigned id = 0;
		int r;

		while (id < OPTIONS && option_specs[id].letter != *p)
			id++;
		if (id == OPTIONS) {
			uint32_t cp;
			size_t n = utf8_next(p, p + strlen(p), &cp);

			return err_set(ps->e, -EINVAL,
				       "option -%.*s: unknown, \"sonde help\" lists them", (int)n,
				       p);
		}
		snprintf(ps->typed[id], sizeof ps->typed[id], "-%c", *p++);
		if (option_specs[id].arg) {
			if (*p)
				value = p;
			else if (ps->i < ps->argc)
				value = ps->argv[ps->i++];
			else
				return missing(ps, (enum option)id);
			p = "";
		}
		r = option_set(ps, (enum option)id, value);
		if (r < 0)
			return r;
	}
	return 0;
}

static int
command_by_name(struct parser *ps, const char *name, enum command *ret)
{
	struct nearest near = nearest_begin(span_str(name));
	struct buf all = {0};

	for (unsigned c = COMMAND_LIVE + 1; c < COMMANDS; c++) {
		if (strcmp(name, command_specs[c].name) == 0) {
			*ret = (enum command)c;
			return 0;
		}
		nearest_try(&near, command_specs[c].name);
	}
	for (unsigned c = COMMAND_LIVE + 1; c < COMMANDS; c++)
		buf_printf(&all, "%s%s",
			   c == COMMAND_LIVE + 1 ? ""
			   : c + 1 < COMMANDS    ? ", "
						 : " or ",
			   command_specs[c].name);
	err_set(ps->e, -EINVAL, "command \"%.40s\": unknown, %s%s%s", name,
		near.name ? "did you mean " : "expected ", near.name ? near.name : all.data,
		near.name ? "?" : "");
	buf_release(&all);
	return -EINVAL;
}

static int
parse_word(struct parser *ps, unsigned nth)
{
	const char *word = ps->argv[ps->i++];

	if (nth == 0)
		return command_by_name(ps, word, &ps->o->command);
	if (nth == 1 && ps->o->command == COMMAND_HELP)
		return command_by_name(ps, word, &ps->o->topic);
	if (nth - 1 < command_specs[ps->o->command].noperands) {
		ps->o->operand[ps->o->noperands++] = word;
		return 0;
	}
	return err_set(ps->e, -EINVAL, "expected nothing after \"%s\", not \"%.60s\"",
		       command_specs[ps->o->command].name, word);
}

static int
parse_arguments(struct parser *ps)
{
	bool words_only = false;
	unsigned words = 0;

	while (ps->i < ps->argc) {
		const char *arg = ps->argv[ps->i];
		int r;

		if (!words_only && strcmp(arg, "--") == 0) {
			words_only = true;
			ps->i++;
			continue;
		}
		if (!words_only && arg[0] == '-' && arg[1] == '-')
			r = parse_long(ps);
		else if (!words_only && arg[0] == '-' && arg[1])
			r = parse_letters(ps);
		else
			r = parse_word(ps, words++);
		if (r < 0)
			return r;
	}
	return 0;
}

static int
check_commands(struct parser *ps)
{
	enum command c = ps->o->command;

	for (unsigned id = 0; id < OPTIONS; id++) {
		struct buf others = {0};
		int r;

		if (!*ps->typed[id] || option_is_for(id, c))
			continue;
		for (unsigned k = 0; k < COMMANDS; k++)
			if (option_is_for(id, (enum command)k))
				buf_printf(&others, "%s\"sonde%s%s\"", others.len ? " and " : "",
					   *command_specs[k].name ? " " : "",
					   command_specs[k].name);
		r = err_set(ps->e, -EINVAL, "option %s: is for %s, not for \"sonde%s%s\"",
			    ps->typed[id], others.data, *command_specs[c].name ? " " : "",
			    command_specs[c].name);
		buf_release(&others);
		return r;
	}
	return 0;
}

static int
check_export(struct parser *ps)
{
	struct options *o = ps->o;

	if (!*ps->typed[OPTION_FORMAT])
		o->output = OUTPUT_PARQUET;
	switch (o->output) {
	case OUTPUT_PARQUET:
		if (!o->dir)
			return err_set(ps->e, -EINVAL, "export: expected --dir DIR");
		if (o->out)
			return err_set(ps->e, -EINVAL, "option %s: parquet is many files: --dir",
				       ps->typed[OPTION_OUTPUT]);
		return 0;
	case OUTPUT_CSV:
	case OUTPUT_JSONL:
	case OUTPUT_OPENMETRICS:
	case OUTPUT_INFLUX:
		if (o->dir || o->rates)
			return err_set(ps->e, -EINVAL, "option %s: is for --format parquet",
				       ps->typed[o->dir ? OPTION_DIR : OPTION_RATES]);
		if (o->output == OUTPUT_CSV && o->ntables > 1)
			return err_set(ps->e, -EINVAL, "option %s: csv holds one table; name one",
				       ps->typed[OPTION_TABLE]);
		return 0;
	default:
		return err_set(ps->e, -EINVAL,
			       "option %s: expected parquet, csv, jsonl, openmetrics or influx "
			       "for export", ps->typed[OPTION_FORMAT]);
	}
}

/* What goes with what. */
static int
check_output(struct parser *ps)
{
	const struct options *o = ps->o;
	static const enum option looks[] = {OPTION_TREE, OPTION_PER_CPU, OPTION_NO_COLOR,
					    OPTION_ASCII, OPTION_KEYS,  OPTION_NAMES,
					    OPTION_NO_PATHS, OPTION_DIM_OTHERS, OPTION_NO_HEADER,
					    OPTION_CPU_OF_MACHINE, OPTION_CONFIG_FILE};
	static const enum option costs[] = {OPTION_DELAY,   OPTION_COUNT, OPTION_USER,
					    OPTION_FILTER,  OPTION_SORT,  OPTION_COLUMNS,
					    OPTION_THREADS, OPTION_TREE};

	if ((o->command == COMMAND_DOCTOR || o->command == COMMAND_DIFF) &&
	    o->output != OUTPUT_TEXT && o->output != OUTPUT_JSON)
		return err_set(ps->e, -EINVAL, "option %s: expected text or json for %s",
			       ps->typed[OPTION_FORMAT], command_specs[o->command].name);
	for (size_t i = 0; i < ARRAY_LEN(costs) && o->command == COMMAND_DOCTOR && !o->cost; i++)
		if (*ps->typed[costs[i]])
			return err_set(ps->e, -EINVAL, "option %s: needs --cost with doctor",
				       ps->typed[costs[i]]);
	if ((o->command == COMMAND_FIELDS && o->output == OUTPUT_JSONSCHEMA) ||
	    (o->command == COMMAND_QUERY && o->output == OUTPUT_JSONL))
		return 0;
	if ((o->command == COMMAND_FIELDS || o->command == COMMAND_STAT ||
	     o->command == COMMAND_QUERY) &&
	    o->output > OUTPUT_CSV)
		return err_set(ps->e, -EINVAL, "option %s: expected text, json%s for %s",
			       ps->typed[OPTION_FORMAT],
			       o->command == COMMAND_FIELDS ? ", csv or jsonschema" : " or csv",
			       command_specs[o->command].name);
	if (o->screen_w) {
		if (o->output != OUTPUT_TEXT && o->output < OUTPUT_ANSI)
			return err_set(ps->e, -EINVAL,
				       "option %s: expected text, ansi or svg with --screen",
				       ps->typed[OPTION_FORMAT]);
		if (o->ntables > 1 || (o->ntables == 1 && o->table[0] != TABLE_PROC) || o->limited)
			return err_set(ps->e, -EINVAL,
				       "option --screen: shows the processes; leave %s out",
				       o->limited ? "--limit" : "--table");
		return 0;
	}
	if (o->command == COMMAND_EXPORT)
		return check_export(ps);
	if (o->output == OUTPUT_ANSI || o->output == OUTPUT_SVG)
		return err_set(ps->e, -EINVAL, "option %s: %s needs --screen COLUMNSxROWS",
			       ps->typed[OPTION_FORMAT], output_names[o->output]);
	if (o->output == OUTPUT_PARQUET)
		return err_set(ps->e, -EINVAL, "option %s: parquet is for \"sonde export\"",
			       ps->typed[OPTION_FORMAT]);
	if (o->output == OUTPUT_JSONSCHEMA)
		return err_set(ps->e, -EINVAL, "option %s: jsonschema is for \"sonde fields\"",
			       ps->typed[OPTION_FORMAT]);
	if (o->output == OUTPUT_PROMETHEUS && o->count != 1)
		return err_set(ps->e, -EINVAL,
			       "option %s: prometheus is one sample; openmetrics says where each "
			       "ends", ps->typed[OPTION_FORMAT]);
	if (o->width && o->output != OUTPUT_TEXT)
		return err_set(ps->e, -EINVAL, "option %s: is for --format text",
			       ps->typed[OPTION_WIDTH]);
	if (o->command != COMMAND_ONCE)
		return 0;
	for (size_t i = 0; i < ARRAY_LEN(looks); i++)
		if (*ps->typed[looks[i]])
			return err_set(ps->e, -EINVAL, "option %s: needs --screen COLUMNSxROWS",
				       ps->typed[looks[i]]);
	if (o->output == OUTPUT_CSV && o->ntables > 1)
		return err_set(ps->e, -EINVAL, "option %s: csv holds one table; name one",
			       ps->typed[OPTION_TABLE]);
	return 0;
}

/* A recording instead of the machine. */
static int
check_past(struct parser *ps)
{
	static const enum option of_past[] = {OPTION_AT, OPTION_FROM, OPTION_TO, OPTION_EVERY};
	static const enum option of_machine[] = {OPTION_DELAY,  OPTION_ROOT,     OPTION_PROCFS,
						 OPTION_SYSFS,  OPTION_CGROUPFS, OPTION_SAMPLER};
	static const enum option of_query[] = {OPTION_PID, OPTION_THREADS};
	const struct options *o = ps->o;
	bool query = o->command == COMMAND_QUERY, past;

	if (o->command != COMMAND_ONCE && !query)
		return 0;
	past = o->in || (query && (o->at || o->from || o->to));
	for (size_t i = 0; i < ARRAY_LEN(of_past) && !past; i++)
		if (*ps->typed[of_past[i]])
			return err_set(ps->e, -EINVAL, "option %s: needs a recording: --in DIR",
				       ps->typed[of_past[i]]);
	for (size_t i = 0; i < ARRAY_LEN(of_machine) && past; i++)
		if (*ps->typed[of_machine[i]])
			return err_set(ps->e, -EINVAL,
				       "option %s: is about the machine, not about a recording "
				       "(--in)",
				       ps->typed[of_machine[i]]);
	for (size_t i = 0; i < ARRAY_LEN(of_query) && query && past; i++)
		if (*ps->typed[of_query[i]])
			return err_set(ps->e, -EINVAL,
				       "option %s: is about the machine: of a recording, ask in "
				       "SQL",
				       ps->typed[of_query[i]]);
	if (o->screen_w && (o->from || o->to || o->every_ns))
		return err_set(ps->e, -EINVAL, "option --screen: shows one moment: --at");
	if (o->at && (o->from || o->to))
		return err_set(ps->e, -EINVAL, "option --at: is one moment; leave --from and --to "
					       "out");
	/* A window is all of its moments, unless -n says how many. */
	if (!o->counted && (o->from || o->to || o->every_ns))
		ps->o->count = 0;
	return 0;
}

static int
check_query(struct parser *ps)
{
	const struct options *o = ps->o;

	if (o->command != COMMAND_QUERY)
		return 0;
	if (!o->named && !o->noperands)
		return err_set(ps->e, -EINVAL, "expected a question in SQL after \"query\", - to "
					       "read one, or --named list");
	if (o->named && o->noperands)
		return err_set(ps->e, -EINVAL, "option %s: is a question; expected no other one",
			       ps->typed[OPTION_NAMED]);
	if (o->npids > 1)
		return err_set(ps->e, -EINVAL,
			       "option %s: expected one process, whose details can be asked for; "
			       "of others, ask in SQL", ps->typed[OPTION_PID]);
	return 0;
}

/* These speak of the fields of one table. */
static int
check_table(struct parser *ps)
{
	static const enum option one[] = {OPTION_SORT, OPTION_COLUMNS, OPTION_FILTER};
	static const enum option proc[] = {OPTION_PID, OPTION_USER, OPTION_THREADS, OPTION_KERNEL,
					   OPTION_NO_KERNEL};
	const struct options *o = ps->o;
	bool has_proc = false, has_detail = false;

	for (size_t i = 0; i < ARRAY_LEN(one) && o->ntables > 1; i++)
		if (*ps->typed[one[i]])
			return err_set(ps->e, -EINVAL,
				       "option %s: speaks of one table; name one with --table",
				       ps->typed[one[i]]);
	for (unsigned i = 0; i < o->ntables; i++) {
		has_proc |= o->table[i] == TABLE_PROC;
		if (o->command == COMMAND_ONCE && table_is_detail((int)o->table[i]) &&
		    o->npids != 1)
			return err_set(ps->e, -EINVAL,
				       "option %s: %s is of one process; name it with --pid PID",
				       ps->typed[OPTION_TABLE], schema[o->table[i]].name);
		has_detail |= table_is_detail((int)o->table[i]);
	}
	for (size_t i = 0; i < ARRAY_LEN(proc) && !has_proc; i++)
		if (*ps->typed[proc[i]] && !(has_detail && proc[i] == OPTION_PID))
			return err_set(ps->e, -EINVAL,
				       "option %s: is about processes; add --table proc",
				       ps->typed[proc[i]]);
	return 0;
}

/* In e: "option --sort: " before the sentence. at stays that of the value. */
static int
about(struct parser *ps, enum option id, const char *value)
{
	struct err inner = *ps->e;

	ps->o->bad = value;
	return err_at(ps->e, -EINVAL, inner.at, "option %s: %.200s", ps->typed[id], inner.text);
}

static int
resolve_fields(struct parser *ps)
{
	struct options *o = ps->o;
	enum table_id t = o->table[0];
	struct filter *f;
	int n;

	if (ps->sort) {
		n = sort_keys_parse(t, ps->sort, o->sort, SORT_KEYS_MAX, ps->e);
		if (n < 0)
			return about(ps, OPTION_SORT, ps->sort);
		o->nsort = (unsigned)n;
	}
	if (ps->columns) {
		n = options_columns(o, t, ps->columns, ps->e);
		if (n < 0)
			return about(ps, OPTION_COLUMNS, ps->columns);
		if (options_columns_change(ps->columns))
			o->ncolumns = 0; /* of the configured ones, when those are known */
	}
	if (o->filter) {
		f = filter_parse(o->filter, t, ps->e);
		if (!f)
			return about(ps, OPTION_FILTER, o->filter);
		filter_free(f);
	}
	return 0;
}

/* Of the machine, when no table is named. */
static const uint8_t stat_tables[] = {TABLE_SYSTEM, TABLE_CPU, TABLE_MEMORY, TABLE_PRESSURE,
				      TABLE_DISK,   TABLE_NET, TABLE_PROC};

int
options_parse(struct options *o, int argc, char *const argv[], struct err *e)
{
	struct parser ps = {.o = o, .e = e, .argv = argv, .argc = argc, .i = 1};
	int r;

	*o = (struct options){
		.kernel_threads = -1,
		.count = 1,
		.ring_bytes = RING_BYTES,
		.ring_age_ns = RING_AGE_NS,
		.keep_bytes = KEEP_BYTES,
		.keep_age_ns = KEEP_AGE_NS,
		.segment_bytes = SEGMENT_BYTES,
		.segment_ns = SEGMENT_NS,
		.sync_ns = SYNC_NS,
		.time_limit_ns = QUERY_NS,
		.thin_ns = {THIN_10S_NS, THIN_1MIN_NS},
	};
	r = parse_arguments(&ps);
	if (r < 0)
		return r;
	if (*ps.typed[OPTION_HELP]) {
		o->topic = o->command == COMMAND_HELP ? o->topic : o->command;
		o->command = COMMAND_HELP;
		return 0;
	}
	if (*ps.typed[OPTION_VERSION]) {
		o->command = COMMAND_VERSION;
		return 0;
	}
	if (*ps.typed[OPTION_BATCH] && o->command == COMMAND_LIVE)
		o->command = COMMAND_ONCE;
	r = check_commands(&ps);
	if (r < 0)
		return r;
	if (!o->counted && (*ps.typed[OPTION_BATCH] || o->command == COMMAND_LIVE ||
			    o->command == COMMAND_RECORD)) {
		o->counted = *ps.typed[OPTION_BATCH];
		o->count = 0;
	}
	r = check_past(&ps);
	if (r == 0)
		r = check_query(&ps);
	if (r == 0)
		r = check_output(&ps);
	if (r < 0 || o->command == COMMAND_FIELDS)
		return r;
	if (!o->ntables && o->command == COMMAND_STAT && !ps.columns && !o->filter)
		for (size_t i = 0; i < ARRAY_LEN(stat_tables); i++)
			options_add_table(o, (enum table_id)stat_tables[i]);
	if (!o->ntables && o->command == COMMAND_EXPORT && !ps.columns &&
	    (o->output == OUTPUT_PARQUET || o->output == OUTPUT_JSONL))
		for (int i = 0; i < TABLE_COUNT && !table_is_detail(i); i++)
			options_add_table(o, (enum table_id)i);
	if (!o->ntables && output_is_series(o->output))
		for (int t = 0; t < TABLE_COUNT && !table_is_of_processes(t); t++)
			options_add_table(o, (enum table_id)t);
	if (!o->ntables)
		options_add_table(o, TABLE_PROC);
	r = check_table(&ps);
	if (r == 0)
		r = resolve_fields(&ps);
	if (r == 0 && config_is_for(o))
		r = config_load(&ps);
	if (r == 0 && options_columns_change(ps.columns))
		r = options_columns(o, TABLE_PROC, ps.columns, e);
	return r;
}

void
options_release(struct options *o)
{
	free(o->pid);
	config_free(o->config);
	*o = (struct options){0};
}
