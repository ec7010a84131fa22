#include "sql/lite.h"

#include <dlfcn.h>
#include <pthread.h>

struct lite lite;
static bool loaded;

static void
load(void)
{
	void *lib = dlopen("libsqlite3.so.0", RTLD_NOW | RTLD_LOCAL);

	loaded = lib;
#define FIND(name) loaded = loaded && (*(void **)&lite.name = dlsym(lib, "sqlite3_" #name));
	LITE_FUNCTIONS(FIND)
#undef FIND
	if (!loaded)
		return;
	*(void **)&lite.error_offset = dlsym(lib, "sqlite3_error_offset");
	*(void **)&lite.vtab_distinct = dlsym(lib, "sqlite3_vtab_distinct");
}

bool
lite_load(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	(void)pthread_once(&once, load);
	return loaded;
}
