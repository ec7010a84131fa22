#include "schema/schema.h"

#include <errno.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"

#define ID(t, f) FIELD_ID(TABLE_##t, t##_##f)
#define NO       FIELD_NO
#define FIELD(id, name, head, type, unit, kind, width, flags, source, of, per, doc)                \
	{name, head, doc, GROUP, TYPE_##type, UNIT_##unit, KIND_##kind, width, flags, SRC_##source,    \
	 of, per},
#define GROUP NULL

static const struct field system_fields[] = {
#include "schema/system.def"
};
static const struct field cpu_fields[] = {
#include "schema/cpu.def"
};
static const struct field memory_fields[] = {
#include "schema/memory.def"
};
static const struct field vm_fields[] = {
#include "schema/vm.def"
};
static const struct field pressure_fields[] = {
#include "schema/pressure.def"
};
static const struct field disk_fields[] = {
#include "schema/disk.def"
};
static const struct field fs_fields[] = {
#include "schema/fs.def"
};
static const struct field net_fields[] = {
#include "schema/net.def"
};
static const struct field sockets_fields[] = {
#include "schema/sockets.def"
};
static const struct field proc_fields[] = {
#include "schema/proc.def"
};
#define GROUP NULL
static const struct field exit_fields[] = {
#include "schema/exit.def"
};
static const struct field fd_fields[] = {
#include "schema/fd.def"
};
static const struct field map_fields[] = {
#include "schema/map.def"
};
static const struct field env_fields[] = {
#include "schema/env.def"
};
static const struct field limit_fields[] = {
#include "schema/limit.def"
};
static const struct field ns_fields[] = {
#include "schema/ns.def"
};
static const struct field cglimit_fields[] = {
#include "schema/cglimit.def"
};
static const struct field stack_fields[] = {
#include "schema/stack.def"
};

const struct schema schema[TABLE_COUNT] = {
#define TABLE(id, lower, single, doc)                                                              \
	[TABLE_##id] = {#lower, doc, lower##_fields, ARRAY_LEN(lower##_fields), single},
#include "schema/tables.def"
#undef TABLE
};

#define TABLE(id, lower, single, doc)                                                              \
	_Static_assert(ARRAY_LEN(lower##_fields) <= FIELDS_MAX, #lower " has too many fields");
#include "schema/tables.def"
#undef TABLE

const struct source_info source_info[SRC_COUNT] = {
	[SRC_NONE] = {"derived", "", "", "computed from other fields", false},
#define SOURCE(id, area, path, doc) [SRC_##id] = {#id, area, path, doc, false},
#define DEAR(id, area, path, doc)   [SRC_##id] = {#id, area, path, doc, true},
#include "schema/source.def"
#undef DEAR
#undef SOURCE
};

const char *const field_types[] = {
	[TYPE_U64] = "u64",    [TYPE_I64] = "i64",   [TYPE_F64] = "f64",
	[TYPE_STR] = "string", [TYPE_BOOL] = "bool",
};
const char *const field_units[] = {
	[UNIT_NONE] = "",
	[UNIT_BYTES] = "bytes",
	[UNIT_NS] = "ns",
	[UNIT_RATIO] = "ratio",
	[UNIT_COUNT] = "count",
	[UNIT_BYTES_PER_S] = "bytes/s",
	[UNIT_COUNT_PER_S] = "count/s",
	[UNIT_WALL_NS] = "ns since 1970",
};
const char *const field_kinds[] = {
	[KIND_KEY] = "key",         [KIND_LABEL] = "label", [KIND_GAUGE] = "gauge",
	[KIND_COUNTER] = "counter", [KIND_RATE] = "rate",   [KIND_SHARE] = "share",
};

/* The usual short names, by field name; they hold in every table that has the field. */
static const struct {
	const char *alias, *name;
} aliases[] = {
	{"rss", "resident_bytes"},
	{"cpu", "cpu_ratio"},
	{"mem", "memory_ratio"},
	{"comm", "name"},
	{"cmd", "command"},
	{"args", "command"},
	{"age", "age_ns"},
	{"time", "cpu_ns_total"},
	{"read", "read_bytes_per_second"},
	{"write", "write_bytes_per_second"},
	{"pri", "priority"},
	{"threads", "threads_count"},
	{"nlwp", "threads_count"},
	{"start", "start_time_ns"},
	{"swap", "swap_bytes"},
	{"vsz", "virtual_bytes"},
	{"psr", "last_cpu"},
	{"euser", "user"},
	{"io", "storage_bytes_per_second"},
};

const struct field *
field_of(uint16_t id)
{
	return &schema[field_table(id)].field[field_index(id)];
}

bool
field_is_dear(const struct field *f)
{
	return source_info[f->source].dear ||
	       (f->of != FIELD_NO && field_is_dear(field_of(f->of))) ||
	       (f->per != FIELD_NO && field_is_dear(field_of(f->per)));
}

bool
field_is_tag(const struct field *f)
{
	return (f->kind == KIND_KEY || f->flags & FIELD_TAG) && f->unit != UNIT_WALL_NS &&
	       !(f->flags & FIELD_PRIVATE);
}

static bool
same(struct span s, const char *name)
{
	return span_len(s) == strlen(name) && str_same_n(s.p, name, span_len(s));
}

int
table_by_name(struct span name)
{
	for (int i = 0; i < TABLE_COUNT; i++)
		if (same(name, schema[i].name))
			return i;
	return -1;
}

static int
by_exact_name(enum table_id t, struct span name)
{
	for (unsigned i = 0; i < schema[t].nfields; i++)
		if (same(name, schema[t].field[i].name))
			return (int)i;
	return -1;
}

int
field_by_name(enum table_id t, struct span name)
{
	int f = by_exact_name(t, name);

	if (f >= 0)
		return f;
	for (size_t i = 0; i < ARRAY_LEN(aliases); i++) {
		if (!same(name, aliases[i].alias))
			continue;
		f = by_exact_name(t, span_of(aliases[i].name, strlen(aliases[i].name)));
		if (f >= 0)
			return f;
	}
	for (unsigned i = 0; i < schema[t].nfields; i++)
		if (same(name, schema[t].field[i].head))
			return (int)i;
	return -1;
}

const char *
field_suggest(enum table_id t, struct span name)
{
	struct nearest near = nearest_begin(name);

	/* The first of equals stays: what people type comes before what they only read. */
	for (unsigned i = 0; i < schema[t].nfields; i++)
		nearest_try(&near, schema[t].field[i].name);
	for (size_t i = 0; i < ARRAY_LEN(aliases); i++) {
		size_t n = strlen(aliases[i].name);

		if (by_exact_name(t, span_of(aliases[i].name, n)) >= 0)
			nearest_try(&near, aliases[i].alias);
	}
	for (unsigned i = 0; i < schema[t].nfields; i++)
		nearest_try(&near, schema[t].field[i].head);
	return near.name;
}

const char *
field_alias(enum table_id t, unsigned field, unsigned n)
{
	for (size_t i = 0; i < ARRAY_LEN(aliases); i++) {
		struct span alias = span_of(aliases[i].alias, strlen(aliases[i].alias));

		/* A field that has the alias for its name, or comes before, takes it. */
		if (strcmp(aliases[i].name, schema[t].field[field].name) == 0 &&
		    field_by_name(t, alias) == (int)field && n-- == 0)
			return aliases[i].alias;
	}
	return NULL;
}

int
field_list(enum table_id t, const char *list, uint8_t *ret_fields, size_t max, struct err *e)
{
	size_t n = 0;

	for (const char *p = list;; p++) {
		struct span name = {p, p + strcspn(p, ",")};
		int f = field_by_name(t, name);
		const char *near;

		if (f < 0) {
			near = field_suggest(t, name);
			return err_at(e, -EINVAL, (int)(p - list),
				      "column \"%.*s\" at %d: unknown in table %s%s%s%s",
				      (int)MIN(span_len(name), (size_t)40), name.p, (int)(p - list) + 1,
				      schema[t].name, near ? ", did you mean " : "",
				      near ? near : "; \"sonde fields\" lists them", near ? "?" : "");
		}
		if (n == max)
			return err_set(e, -EINVAL, "expected at most %zu columns", max);
		ret_fields[n++] = (uint8_t)f;
		p = name.end;
		if (!*p)
			return (int)n;
	}
}

const char *
source_why(enum source s, int error)
{
	switch (-error) {
	case EACCES:
	case EPERM:
		return s == SRC_DETAIL_STACK
			       ? "not permitted: needs CAP_SYS_ADMIN (run as root)"
			       : "not permitted: needs CAP_SYS_PTRACE (run as root), or its user";
	case ENOENT:
	case ENOTDIR:
		return s == SRC_DETAIL_CGROUP ? "its cgroup has no such files: not cgroup v2, or "
						"the root of all"
					      : "this kernel has no such file";
	case ESRCH:
		return "it has ended";
	case ETIMEDOUT:
	case EAGAIN:
		return "no answer in time; asked again later";
	case EINVAL:
		return "not understood";
	default:
		return "cannot be read";
	}
}
