#ifndef APP_OPTIONS_H
#define APP_OPTIONS_H

/* options: the command line, and what the configuration says where it does not (config.h), read
 * and checked completely before anything else happens: what comes out of options_parse() has known
 * fields in known tables and a filter that parses. Only the user's name waits for the root (app.h).
 * One table, options.def, drives parsing and help.
 */
#include "base/buf.h"
#include "base/clock.h"
#include "base/root.h"
#include "frame/sort.h"
#include "sample/sampler.h"

enum command {
	COMMAND_LIVE, /* no command word */
	COMMAND_ONCE,
	COMMAND_QUERY,
	COMMAND_RECORD,
	COMMAND_REPLAY,
	COMMAND_DIFF,
	COMMAND_STAT,
	COMMAND_CUT,
	COMMAND_EXPORT,
	COMMAND_FIELDS,
	COMMAND_DOCTOR,
	COMMAND_HELP,
	COMMAND_VERSION,
	COMMANDS
};

/* What a live session remembers, when nothing is said. */
#define RING_BYTES  ((size_t)64 << 20)
#define RING_AGE_NS (86400 * NS_PER_S)

/* How sonde records, when nothing is said. */
#define KEEP_BYTES    ((uint64_t)2 << 30)
#define KEEP_AGE_NS   (366 * 86400 * NS_PER_S)
#define SEGMENT_BYTES ((uint64_t)16 << 20)
#define SEGMENT_NS    (3600 * NS_PER_S)
#define SYNC_NS       (10 * NS_PER_S)
#define THIN_10S_NS   (86400 * NS_PER_S)
#define THIN_1MIN_NS  (7 * 86400 * NS_PER_S)

/* How long a question may take, when nothing is said. */
#define QUERY_NS (30 * NS_PER_S)

enum { OPERANDS_MAX = 2 };

enum output {
	OUTPUT_TEXT,
	OUTPUT_JSON,
	OUTPUT_CSV,
	OUTPUT_JSONL,
	OUTPUT_OPENMETRICS,
	OUTPUT_PROMETHEUS,
	OUTPUT_INFLUX,
	OUTPUT_JSONSCHEMA, /* FIELDS */
	OUTPUT_ANSI,       /* of a screen */
	OUTPUT_SVG,
	OUTPUT_PARQUET,    /* EXPORT */
};

/* For programs that keep series (sink/series.h). */
static inline bool
output_is_series(enum output o)
{
	return o == OUTPUT_OPENMETRICS || o == OUTPUT_PROMETHEUS || o == OUTPUT_INFLUX;
}

enum engine { ENGINE_SQLITE, ENGINE_DUCKDB };

struct options {
	enum command command;
	enum command topic; /* COMMAND_HELP: of which command; LIVE: of all */
	struct root_paths root;

	int64_t delay_ns; /* 0: not given */
	bool counted;     /* -n was given, or -b */
	uint64_t count;   /* 0: for ever */

	uint32_t *pid; /* npids of them; none: all */
	size_t npids, pids_cap;
	const char *user;                    /* NULL: all */
	const char *filter;                  /* NULL: none; parses for table[0] */
	struct sort_key sort[SORT_KEYS_MAX]; /* of table[0] */
	unsigned nsort;                      /* 0: not given */
	uint8_t column[FIELDS_MAX];          /* of table[0] */
	unsigned ncolumns;                   /* 0: not given */
	bool threads;
	int kernel_threads; /* 1 shown, 0 not, -1 not given */

	enum table_id table[TABLE_COUNT];
	unsigned ntables; /* at least one for LIVE and ONCE; FIELDS: 0 is all */
	bool limited;
	uint64_t limit;

	const char *operand[OPERANDS_MAX]; /* words after the command: files and directories */
	unsigned noperands;

	const char *dir;        /* EXPORT: NULL: not given */
	const char *in;         /* a recording instead of the machine; NULL: none */
	const char *at, *from, *to; /* moments of it, as typed; NULL: not given */
	int64_t every_ns;       /* 0: every moment */
	uint64_t keep_bytes;    /* RECORD; 0: no limit */
	int64_t keep_age_ns, segment_ns, sync_ns;
	int64_t thin_ns[2];     /* RECORD; how old for 10 s and for 1 min; 0: never */
	uint64_t segment_bytes;
	const char *named;      /* QUERY: NULL: none; else one there is, "list" or "" */
	int64_t time_limit_ns;  /* QUERY; 0: none */
	enum engine engine;     /* QUERY */
	const char *fields;     /* RECORD: NULL: all */
	const char *out;        /* CUT: NULL: not given */
	bool force, rates;
	unsigned strip;         /* enum strip */

	enum sampler sampler;
	uint64_t ring_bytes; /* 0: no ring */
	int64_t ring_age_ns;
	bool cost;
	enum output output;
	int width;              /* 0: not given */
	int screen_w, screen_h; /* 0: not given */
	const char *keys;       /* with them: keys to press first; NULL: none */
	bool tree, per_cpu, no_color, ascii, no_mouse, readonly, pick;
	bool names, no_paths, dim_others, no_header, cpu_of_machine;

	const char *config_file; /* NULL: the usual one */
	bool no_config;
	struct config *config; /* what it says beside options; NULL: none is for this command */

	/* When parsing failed: the text that err.at points into, or NULL. */
	const char *bad;
};

/* 0, or -EINVAL and e. o borrows from argv. options_release() in either case. */
int options_parse(struct options *o, int argc, char *const argv[], struct err *e);
void options_release(struct options *o);

/* Help for a command, or for the program. */
void options_help(struct buf *b, enum command topic);

#endif
