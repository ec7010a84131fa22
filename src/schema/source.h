#ifndef SCHEMA_SOURCE_H
#define SCHEMA_SOURCE_H

/* source: the kernel files that are read; rows in schema/source.def. */
#include <stdbool.h>

enum source {
	SRC_NONE,
#define SOURCE(id, area, path, doc) SRC_##id,
#define DEAR(id, area, path, doc)   SRC_##id,
#include "schema/source.def"
#undef DEAR
#undef SOURCE
	SRC_COUNT
};

struct source_info {
	const char *name; /* "stat" */
	const char *area; /* "proc", "sys", "cgroup", "netlink"; "" for a system call */
	const char *path; /* below the area; PID and IFACE stand for numbers and names */
	const char *doc;  /* what it gives, and what enables it when it is missing */
	bool dear;        /* not read because everything is asked for: schema/source.def */
};

extern const struct source_info source_info[SRC_COUNT];

/* Of a source of one process: why it could not be read, for people; a literal. error: -errno. */
const char *source_why(enum source s, int error);

#endif
