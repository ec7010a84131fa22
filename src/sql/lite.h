#ifndef SQL_LITE_H
#define SQL_LITE_H

/* lite: SQLite's functions. The library is loaded when the first question is asked, not linked:
 * linked, it would be in the memory of every sonde, and most are never asked one.
 */
#include <stdbool.h>

#include <sqlite3.h>

#define LITE_FUNCTIONS(F)                                                                          \
	F(close) F(column_blob) F(column_bytes) F(column_count) F(column_double) F(column_int64)   \
	F(column_name) F(column_text) F(column_type) F(create_module_v2) F(db_config)              \
	F(declare_vtab) F(errmsg) F(exec) F(extended_errcode) F(finalize) F(free)                  \
	F(hard_heap_limit64) F(limit) F(mprintf) F(open_v2) F(prepare_v3) F(progress_handler)      \
	F(result_double) F(result_int64) F(result_null) F(result_text) F(set_authorizer) F(step)   \
	F(stmt_readonly) F(value_bytes) F(value_double) F(value_int64) F(value_text) F(value_type) \
	F(vtab_collation)

struct lite {
#define LITE_MEMBER(name) __typeof__(sqlite3_##name) *name;
	LITE_FUNCTIONS(LITE_MEMBER)
#undef LITE_MEMBER
	int (*error_offset)(sqlite3 *db); /* NULL before 3.38 */
	int (*vtab_distinct)(sqlite3_index_info *info); /* the same */
};
extern struct lite lite;

/* Is it there? Loads it at the first call. */
bool lite_load(void);

#endif
