#ifndef DUCKDB_LIBRARY_H
#define DUCKDB_LIBRARY_H

/* library: libduckdb's C interface, as much of it as is used, by our own prototypes: it is loaded
 * when it is asked for and there, and never needed to build.
 */
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

typedef struct duckdb_handle *duck_handle; /* of whatever: theirs are all pointers */

struct duck_result {
	uint64_t counts[3];
	void *columns;
	char *error;
	void *internal;
};

/* As their header numbers them. */
enum duck_type {
	DUCK_BOOLEAN = 1,
	DUCK_BIGINT = 5,
	DUCK_UBIGINT = 9,
	DUCK_FLOAT = 10,
	DUCK_DOUBLE = 11,
	DUCK_TIMESTAMP = 12,
	DUCK_HUGEINT = 16,
	DUCK_VARCHAR = 17,
	DUCK_DECIMAL = 19,
	DUCK_UHUGEINT = 32,
};
enum { DUCK_SELECT = 1 }; /* a kind of statement */

/* FUNCTION(what it gives, name, what it takes) */
#define DUCK_FUNCTIONS(FUNCTION)                                                                   \
	FUNCTION(int, create_config, (duck_handle *ret))                                           \
	FUNCTION(int, set_config, (duck_handle config, const char *name, const char *value))       \
	FUNCTION(void, destroy_config, (duck_handle *config))                                      \
	FUNCTION(int, open_ext,                                                                    \
		 (const char *path, duck_handle *ret, duck_handle config, char **ret_why))         \
	FUNCTION(void, close, (duck_handle *db))                                                   \
	FUNCTION(int, connect, (duck_handle db, duck_handle *ret))                                 \
	FUNCTION(void, disconnect, (duck_handle *connection))                                      \
	FUNCTION(void, interrupt, (duck_handle connection))                                        \
	FUNCTION(void, free, (void *p))                                                            \
	FUNCTION(int, query, (duck_handle connection, const char *sql, struct duck_result *ret))   \
	FUNCTION(int, prepare, (duck_handle connection, const char *sql, duck_handle *ret))        \
	FUNCTION(const char *, prepare_error, (duck_handle statement))                             \
	FUNCTION(int, prepared_statement_type, (duck_handle statement))                            \
	FUNCTION(int, execute_prepared, (duck_handle statement, struct duck_result *ret))          \
	FUNCTION(void, destroy_prepare, (duck_handle *statement))                                  \
	FUNCTION(const char *, result_error, (struct duck_result *r))                              \
	FUNCTION(void, destroy_result, (struct duck_result *r))                                    \
	FUNCTION(uint64_t, column_count, (struct duck_result *r))                                  \
	FUNCTION(uint64_t, row_count, (struct duck_result *r))                                     \
	FUNCTION(const char *, column_name, (struct duck_result *r, uint64_t column))              \
	FUNCTION(int, column_type, (struct duck_result *r, uint64_t column))                       \
	FUNCTION(bool, value_is_null, (struct duck_result *r, uint64_t column, uint64_t row))      \
	FUNCTION(int64_t, value_int64, (struct duck_result *r, uint64_t column, uint64_t row))     \
	FUNCTION(double, value_double, (struct duck_result *r, uint64_t column, uint64_t row))     \
	FUNCTION(char *, value_varchar, (struct duck_result *r, uint64_t column, uint64_t row))    \
	FUNCTION(duck_handle, create_table_function, (void))                                       \
	FUNCTION(void, destroy_table_function, (duck_handle *f))                                   \
	FUNCTION(void, table_function_set_name, (duck_handle f, const char *name))                 \
	FUNCTION(void, table_function_set_extra_info,                                              \
		 (duck_handle f, void *info, void (*release)(void *)))                             \
	FUNCTION(void, table_function_set_bind, (duck_handle f, void (*bind)(duck_handle)))        \
	FUNCTION(void, table_function_set_init, (duck_handle f, void (*init)(duck_handle)))        \
	FUNCTION(void, table_function_set_function,                                                \
		 (duck_handle f, void (*fill)(duck_handle, duck_handle chunk)))                    \
	FUNCTION(void, table_function_supports_projection_pushdown, (duck_handle f, bool yes))     \
	FUNCTION(int, register_table_function, (duck_handle connection, duck_handle f))            \
	FUNCTION(void *, bind_get_extra_info, (duck_handle bind))                                  \
	FUNCTION(void, bind_add_result_column,                                                     \
		 (duck_handle bind, const char *name, duck_handle type))                           \
	FUNCTION(duck_handle, create_logical_type, (int type))                                     \
	FUNCTION(void, destroy_logical_type, (duck_handle *type))                                  \
	FUNCTION(void *, init_get_extra_info, (duck_handle init))                                  \
	FUNCTION(void, init_set_init_data,                                                         \
		 (duck_handle init, void *data, void (*release)(void *)))                          \
	FUNCTION(uint64_t, init_get_column_count, (duck_handle init))                              \
	FUNCTION(uint64_t, init_get_column_index, (duck_handle init, uint64_t n))                  \
	FUNCTION(void, init_set_max_threads, (duck_handle init, uint64_t n))                       \
	FUNCTION(void *, function_get_init_data, (duck_handle f))                                  \
	FUNCTION(duck_handle, data_chunk_get_vector, (duck_handle chunk, uint64_t n))              \
	FUNCTION(void, data_chunk_set_size, (duck_handle chunk, uint64_t rows))                    \
	FUNCTION(void *, vector_get_data, (duck_handle v))                                         \
	FUNCTION(void, vector_ensure_validity_writable, (duck_handle v))                           \
	FUNCTION(uint64_t *, vector_get_validity, (duck_handle v))                                 \
	FUNCTION(void, vector_assign_string_element_len,                                           \
		 (duck_handle v, uint64_t row, const char *s, uint64_t n))                         \
	FUNCTION(uint64_t, vector_size, (void))

struct duck_library {
#define DUCK_MEMBER(type, name, arguments) type(*name) arguments;
	DUCK_FUNCTIONS(DUCK_MEMBER)
#undef DUCK_MEMBER
};
extern struct duck_library duck;

/* Loads the library that SONDE_DUCKDB names, or else libduckdb.so from where libraries are, at the
 * first call. 0; -ENOTSUP and e: there is none, or not the one that was expected. */
int duck_load(struct err *e);

#endif
