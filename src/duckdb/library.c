#include "duckdb/library.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

struct duck_library duck;

static const char *const names[] = {"libduckdb.so", "/usr/local/lib/libduckdb.so",
				    "/opt/duckdb/libduckdb.so"};

static void *
open_library(const char *named)
{
	void *library = named ? dlopen(named, RTLD_NOW | RTLD_LOCAL) : NULL;

	for (size_t i = 0; i < ARRAY_LEN(names) && !named && !library; i++)
		library = dlopen(names[i], RTLD_NOW | RTLD_LOCAL);
	return library;
}

int
duck_load(struct err *e)
{
	static void *library;
	const char *set = secure_getenv("SONDE_DUCKDB"), *named = set && *set ? set : NULL;
	const char *missing = NULL;
	void *f;

	if (library)
		return 0;
	library = open_library(named);
	if (!library)
		return err_set(e, -ENOTSUP,
			       "DuckDB is not here: expected libduckdb.so where libraries are, or "
			       "its path in SONDE_DUCKDB%s%.80s", named ? ": " : "",
			       named ? dlerror() : "");
	/* A function is no object, to C; POSIX says that it may be had as one. */
#define DUCK_FIND(type, name, arguments)                                                           \
	f = dlsym(library, "duckdb_" #name);                                                       \
	memcpy(&duck.name, &f, sizeof f);                                                          \
	if (!f)                                                                                    \
		missing = #name;
	DUCK_FUNCTIONS(DUCK_FIND)
#undef DUCK_FIND
	if (!missing)
		return 0;
	(void)dlclose(library);
	library = NULL;
	return err_set(e, -ENOTSUP, "libduckdb.so has no duckdb_%s(): expected DuckDB 1.1 or later",
		       missing);
}
