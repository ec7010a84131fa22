#ifndef SONDE_H
#define SONDE_H

/* libsonde: what a Linux machine does, or did, as tables of packed columns.
 *
 *     struct sonde_options o = {sizeof o};           zeroed: this machine, the best sampler
 *     struct sonde *s;
 *     struct sonde_frame *f;
 *     struct sonde_error e;
 *
 *     if (sonde_open(&o, &s, &e) < 0 || sonde_want(s, "proc", "pid,name,cpu_ratio", &e) < 0)
 *             complain(e.message);
 *     while (sonde_next(s, &f, &e) == 0) {
 *             const struct sonde_snapshot *shot = sonde_frame_snapshot(f);
 *             ...                                    shot->tables[0].columns[2].values
 *             sonde_frame_unref(f);
 *     }
 *     sonde_close(s);
 *
 * A struct sonde is where frames come from: this machine, another root, or a recording. A frame is
 * what was known at one moment: tables of columns, which are arrays, read in place. Names, types
 * and units of all there is are in sonde_schemas(), in `sonde fields` and in sonde(1).
 *
 * Errors. Functions that can fail give 0 or more, or a code below 0, and fill a struct sonde_error
 * (which may be NULL) with it and a sentence. What a function gives is written to only when it did
 * not fail. A NULL where a pointer is needed, unless it says otherwise, is SONDE_E_ARGUMENT.
 *
 * Threads. A struct sonde and a struct sonde_filter are for one thread at a time, not always the
 * same one; different ones have nothing to do with each other. Frames never change: any threads
 * may read one, also while the next is made and after sonde_close(). A child made by fork() must
 * not use what its parent opened.
 *
 * The library writes nothing anywhere, changes no signal's action and no locale and depends on
 * none, and never ends the program, but for one case: when memory ends it says so and exits with
 * status 71. libsonde(3) has all this at length.
 */
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define SONDE_API __attribute__((visibility("default")))

/* ---- errors ---- */

enum sonde_code {
	SONDE_OK = 0,
	SONDE_END = -1,        /* there is no more: the end of a recording or a fixture */
	SONDE_E_ARGUMENT = -2, /* what was passed makes no sense: the message says which */
	SONDE_E_FIELD = -3,    /* no such table or field: the message names it */
	SONDE_E_FILTER = -4,   /* a filter that does not parse: `at` is where */
	SONDE_E_OPEN = -5,     /* a root or a recording cannot be opened, or is none */
	SONDE_E_SAMPLER = -6,  /* that sampler cannot work here */
	SONDE_E_SEEK = -7,     /* it is not a recording */
	SONDE_E_READ = -8,     /* the machine, or the recording as a whole, cannot be read */
};

struct sonde_error {
	int32_t code; /* enum sonde_code */
	int32_t at;   /* byte of the mistake in the text that was passed; -1: none in particular */
	char message[256];
};

SONDE_API const char *sonde_version(void);           /* "0.1.0" */
SONDE_API const char *sonde_code_name(int code);     /* "SONDE_E_FIELD"; "?" when there is none */

/* ---- what can be known ---- */

enum sonde_type { /* of a column's values; each has 8 bytes */
	SONDE_U64,
	SONDE_I64,
	SONDE_F64,
	SONDE_STRING, /* const char *: NUL terminated bytes that strangers wrote, seldom not UTF-8 */
	SONDE_BOOL,   /* uint64_t, 0 or 1 */
};

enum sonde_unit {
	SONDE_NONE, /* a number or a text */
	SONDE_BYTES,
	SONDE_NS,    /* a span of time in nanoseconds */
	SONDE_RATIO, /* 1.0 is 100 %; of one CPU, of the interval, of a whole */
	SONDE_COUNT,
	SONDE_BYTES_PER_SECOND,
	SONDE_COUNT_PER_SECOND,
	SONDE_WALL_NS, /* a moment: nanoseconds since 1970 */
};

enum sonde_kind {
	SONDE_KEY,     /* a part of what makes a row that row */
	SONDE_LABEL,   /* says what the row is */
	SONDE_GAUGE,   /* a level */
	SONDE_COUNTER, /* only grows */
	SONDE_RATE,    /* growth since the frame before: absent in the first */
	SONDE_SHARE,   /* one thing divided by another */
};

enum sonde_field_flags {
	SONDE_DEAR = 1 << 0,    /* one more file of every process: not among "all" */
	SONDE_PRIVATE = 1 << 1, /* may hold secrets */
};

struct sonde_field {
	const char *name, *heading, *doc; /* "resident_bytes", "RES", a sentence */
	const char *group;                /* which stand together; NULL: none in particular */
	int32_t type, unit, kind;         /* enum sonde_type, sonde_unit, sonde_kind */
	uint32_t flags;                   /* enum sonde_field_flags */
};

struct sonde_schema {
	const char *name, *doc;
	const struct sonde_field *fields;
	uint32_t nfields;
	int32_t single; /* 1: always exactly one row */
	int32_t detail; /* 1: of one process, which sonde_detail() names */
};

/* All tables there are; they stay. Gives how many. */
SONDE_API size_t sonde_schemas(const struct sonde_schema **ret_tables);

/* ---- where frames come from ---- */

enum sonde_sampler {     /* how processes of this machine are read; sonde(1), ACCURACY */
	SONDE_SAMPLER_AUTO,  /* the best that works here */
	SONDE_SAMPLER_PROC,  /* the stat file of each */
	SONDE_SAMPLER_BPF,   /* a program in the kernel; needs privilege */
	SONDE_SAMPLER_CLOCK, /* CPU clocks first; files of what moved */
};

enum sonde_flags {
	SONDE_THREADS = 1 << 0, /* rows for threads too */
	SONDE_PATIENT = 1 << 1, /* what others can change of a process that does nothing (its
				 * memory, its nice value) may be up to 64 frames old */
};

/* All zero but for size is fine. */
struct sonde_options {
	size_t size;           /* sizeof (struct sonde_options) */
	const char *recording; /* file or directory that sonde record wrote; NULL: a machine */
	const char *root;      /* directory that holds its proc and sys; NULL: this machine's */
	const char *procfs, *sysfs, *cgroupfs; /* each instead of that below root */
	int32_t sampler;       /* enum sonde_sampler */
	uint32_t flags;        /* enum sonde_flags */
};

struct sonde;

/* SONDE_E_ARGUMENT, SONDE_E_OPEN, SONDE_E_SAMPLER. Not for a recording: root and what follows. */
SONDE_API int sonde_open(const struct sonde_options *options, struct sonde **ret,
			 struct sonde_error *e);
SONDE_API void sonde_close(struct sonde *s); /* NULL is fine; frames stay as they are */

/* From the next frame on, the table has these columns, in this order: names, headings or aliases
 * with commas between; NULL is all that are not dear; "" is none, and no table. Nothing else is
 * read. Tables come in the order of the schema; table NULL is all but those of details, and fields
 * is NULL then. At first nothing is wanted. SONDE_E_FIELD. */
SONDE_API int sonde_want(struct sonde *s, const char *table, const char *fields,
			 struct sonde_error *e);
/* Whose details tables fd, map, env, limit, ns, cglimit and stack have; 0: nobody's. */
SONDE_API int sonde_detail(struct sonde *s, uint32_t pid, struct sonde_error *e);

struct sonde_frame;

/* Of a machine: how it is now, made by this call; who calls sets the pace, and rates are over the
 * time between two calls. Of a recording: the next moment that can be read; SONDE_END after the
 * last, and later more when it is still written. SONDE_END, SONDE_E_READ. */
SONDE_API int sonde_next(struct sonde *s, struct sonde_frame **ret, struct sonde_error *e);
/* Of a recording: sonde_next() gives the last moment at or before that time, or else the first.
 * SONDE_E_SEEK, SONDE_E_READ. */
SONDE_API int sonde_seek(struct sonde *s, int64_t wall_ns, struct sonde_error *e);
/* Of a recording: when its first and last moments were. The same codes. */
SONDE_API int sonde_span(struct sonde *s, int64_t *ret_first_wall_ns, int64_t *ret_last_wall_ns,
			 struct sonde_error *e);

/* ---- frames ---- */

/* Shared by reference: sonde_next() gives one, the last unref frees it, and nothing of it may be
 * used after that, texts neither. */
SONDE_API struct sonde_frame *sonde_frame_ref(struct sonde_frame *f);
SONDE_API void sonde_frame_unref(struct sonde_frame *f); /* NULL is fine */

struct sonde_column {
	const struct sonde_field *field; /* of the schema: name, type, unit */
	const void *values;    /* 8 bytes a row, of the field's type; never NULL where rows are */
	const uint64_t *valid; /* one bit a row, row 0 the lowest of word 0. 0: it is absent, which
				* is not zero; its value is 0 or NULL then */
};

struct sonde_table {
	const struct sonde_schema *schema;
	size_t rows, ncolumns;
	const struct sonde_column *columns; /* as sonde_want() had them */
};

/* What was read for the frame, and what became of it. */
struct sonde_source {
	const char *area, *path; /* "proc", "PID/stat"; area "" is a system call */
	const char *doc;         /* what it gives, and what it needs */
	int32_t error;           /* errno of the last failure, or 0 */
	uint32_t read, failed;   /* files */
};

struct sonde_snapshot {
	uint64_t number;     /* of the moment, rising */
	int64_t wall_ns;     /* since 1970 */
	int64_t mono_ns;     /* by a clock that nobody sets; when sampling began */
	int64_t interval_ns; /* since the frame that rates count from; 0: there is none */
	int64_t cost_ns;     /* CPU time the sampling took; 0 when recorded */
	uint64_t skipped;    /* moments of the recording passed over before it, for damage */
	const char *host;
	const char *sampler; /* "clock"; NULL when processes were not read, or recorded */
	size_t ntables, nsources;
	const struct sonde_table *tables; /* those that were wanted */
	const struct sonde_source *sources;
};

/* All of a frame in one call: everything it points at belongs to the frame. Never NULL. */
SONDE_API const struct sonde_snapshot *sonde_frame_snapshot(const struct sonde_frame *f);

/* By name (a column's heading or alias too); NULL when it was not wanted. */
SONDE_API const struct sonde_table *sonde_find_table(const struct sonde_frame *f,
						     const char *name);
SONDE_API const struct sonde_column *sonde_find_column(const struct sonde_table *t,
						       const char *name);

/* A cell. Rows and type are the caller's to know. */
static inline int
sonde_valid(const struct sonde_column *c, size_t row)
{
	return (int)(c->valid[row / 64] >> (row % 64) & 1);
}

static inline uint64_t
sonde_u64(const struct sonde_column *c, size_t row)
{
	return ((const uint64_t *)c->values)[row];
}

static inline int64_t
sonde_i64(const struct sonde_column *c, size_t row)
{
	return ((const int64_t *)c->values)[row];
}

static inline double
sonde_f64(const struct sonde_column *c, size_t row)
{
	return ((const double *)c->values)[row];
}

static inline const char *
sonde_string(const struct sonde_column *c, size_t row)
{
	return ((const char *const *)c->values)[row];
}

/* ---- filters ---- */

struct sonde_filter;

/* The language of sonde once --filter: "cpu>5 or name~'^nginx'". Blank text matches all.
 * SONDE_E_FIELD, SONDE_E_FILTER. */
SONDE_API int sonde_filter_new(const char *table, const char *text, struct sonde_filter **ret,
			       struct sonde_error *e);
SONDE_API void sonde_filter_free(struct sonde_filter *filter); /* NULL is fine */
/* Gives how many rows match, and their numbers, rising; they are good until the filter is asked
 * again or freed. SONDE_E_FIELD: it reads a field that was not wanted, and the message names it. */
SONDE_API int64_t sonde_filter_rows(struct sonde_filter *filter, const struct sonde_frame *f,
				    const uint32_t **ret_rows, struct sonde_error *e);
/* 1 when a regular expression ever took too long on a text: such rows do not match. */
SONDE_API int sonde_filter_stopped(const struct sonde_filter *filter);

/* ---- bytes ---- */

enum sonde_format {
	SONDE_JSON,        /* one object, one line, as sonde once --format json */
	SONDE_CSV,         /* of one table, with a line of headings */
	SONDE_CSV_ROWS,    /* the same without it */
	SONDE_OPENMETRICS, /* what Prometheus scrapes, to its "# EOF" */
};

/* What was wanted of a table, or of all when table is NULL, as text: valid UTF-8 that is harmless
 * to a terminal. rows (NULL: all) says which and in which order; it needs a table. NUL terminated;
 * *ret_size (may be NULL) is without it. For sonde_free(). SONDE_E_ARGUMENT, SONDE_E_FIELD. */
SONDE_API int sonde_format(const struct sonde_frame *f, int format, const char *table,
			   const uint32_t *rows, size_t nrows, char **ret, size_t *ret_size,
			   struct sonde_error *e);
SONDE_API void sonde_free(void *p); /* NULL is fine */

#ifdef __cplusplus
}
#endif

#endif
