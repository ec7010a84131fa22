#ifndef SCHEMA_SCHEMA_H
#define SCHEMA_SCHEMA_H

/* schema: the tables, their field numbers, and looking fields up by name. */
#include "base/err.h"
#include "base/num.h"
#include "schema/field.h"

enum table_id {
#define TABLE(id, lower, single, doc) TABLE_##id,
#include "schema/tables.def"
#undef TABLE
	TABLE_COUNT
};

#define FIELD(id, ...) FIELD_ENUM(id)
#define FIELD_ENUM(id) SYSTEM_##id,
enum system_field {
#include "schema/system.def"
	SYSTEM_FIELDS
};
#undef FIELD_ENUM
#define FIELD_ENUM(id) CPU_##id,
enum cpu_field {
#include "schema/cpu.def"
	CPU_FIELDS
};
#undef FIELD_ENUM
#define FIELD_ENUM(id) MEMORY_##id,
enum memory_field {
#include "schema/memory.def"
	MEMORY_FIELDS
};
#undef FIELD_ENUM
#define FIELD_ENUM(id) VM_##id,
enum vm_field {
#include "schema/vm.def"
	VM_FIELDS
};
#undef FIELD_ENUM
#define FIELD_ENUM(id) PRESSURE_##id,
enum pressure_field {
#include "schema/pressure.def"
	PRESSURE_FIELDS
};
#undef FIELD_ENUM
#define FIELD_ENUM(id) DISK_##id,
enum disk_field {
#include "schema/disk.def"
	DISK_FIELDS
};
#undef FIELD_ENUM
#define FIELD_ENUM(id) FS_##id,
enum fs_field {
#include "schema/fs.def"
	FS_FIELDS
};
#undef FIELD_ENUM
#define FIELD_ENUM(id) NET_##id,
enum net_field {
#include "schema/net.def"
	NET_FIELDS
};
#undef FIELD_ENUM
#define FIELD_ENUM(id) SOCKETS_##id,
enum sockets_field {
#include "schema/sockets.def"
	SOCKETS_FIELDS
};
#undef FIELD_ENUM
#define FIELD_ENUM(id) PROC_##id,
enum proc_field {
#include "schema/proc.def"
	PROC_FIELDS
};
#undef FIELD_ENUM
#define FIELD_ENUM(id) EXIT_##id,
enum exit_field {
#include "schema/exit.def"
	EXIT_FIELDS
};
#undef FIELD_ENUM
#define FIELD_ENUM(id) FD_##id,
enum fd_field {
#include "schema/fd.def"
	FD_FIELDS
};
#undef FIELD_ENUM
#define FIELD_ENUM(id) MAPS_##id,
enum map_field {
#include "schema/map.def"
	MAPS_FIELDS
};
#undef FIELD_ENUM
#define FIELD_ENUM(id) ENV_##id,
enum env_field {
#include "schema/env.def"
	ENV_FIELDS
};
#undef FIELD_ENUM
#define FIELD_ENUM(id) LIMIT_##id,
enum limit_field {
#include "schema/limit.def"
	LIMIT_FIELDS
};
#undef FIELD_ENUM
#define FIELD_ENUM(id) NSPACE_##id,
enum ns_field {
#include "schema/ns.def"
	NSPACE_FIELDS
};
#undef FIELD_ENUM
#define FIELD_ENUM(id) CGLIMIT_##id,
enum cglimit_field {
#include "schema/cglimit.def"
	CGLIMIT_FIELDS
};
#undef FIELD_ENUM
#define FIELD_ENUM(id) STACK_##id,
enum stack_field {
#include "schema/stack.def"
	STACK_FIELDS
};
#undef FIELD_ENUM
#undef FIELD

enum { FIELDS_MAX = 128 }; /* of one table; checked when the tables are compiled */
_Static_assert(FIELDS_MAX <= 256, "numbers of fields are one byte, here and in many places");
_Static_assert(FIELDS_MAX % 64 == 0, "sets of fields are words");

extern const struct schema schema[TABLE_COUNT];

/* Of enum field_type, field_unit and field_kind, for people and programs. */
extern const char *const field_types[], *const field_units[], *const field_kinds[];

/* Of the details of one process: no rows unless a plan names one. */
static inline bool
table_is_detail(int t)
{
	return t >= TABLE_FD;
}

/* Of processes, or of one: written only when asked for where all tables of the machine are. */
static inline bool
table_is_of_processes(int t)
{
	return t >= TABLE_PROC;
}

const struct field *field_of(uint16_t id); /* by FIELD_ID */
/* One of those that tell a row from the others of its table where numbers are kept as series: a
 * label of OpenMetrics, a tag of Influx. Keys, but no moments; labels that are marked. */
bool field_is_tag(const struct field *f);
/* Does it, or what it is derived from, need a file that is read only for what is looked at or asked
 * for by name? Then it is left out where all fields are meant. */
bool field_is_dear(const struct field *f);
int table_by_name(struct span name);       /* enum table_id, or -1 */
/* By name, by heading (any case), or by alias (rss, cpu, mem, comm...). -1 when unknown. */
int field_by_name(enum table_id t, struct span name);
/* The field's other names, n = 0, 1, ...; NULL when there are no more. */
const char *field_alias(enum table_id t, unsigned field, unsigned n);
/* The known name nearest to a mistyped one, or NULL when none is near. */
const char *field_suggest(enum table_id t, struct span name);
/* Splits "pid,user,rss" into field numbers. Unknown ones fill e. Returns how many, or -EINVAL. */
int field_list(enum table_id t, const char *list, uint8_t *ret_fields, size_t max, struct err *e);

#endif
