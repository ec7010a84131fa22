#ifndef APP_OUTFILE_H
#define APP_OUTFILE_H

/* outfile: files that are there whole or not at all: written under another name in the same
 * directory, ".NAME-PID", on the disk when they get their own. And the directories of an export,
 * whose names come from recordings.
 */
#include <stdbool.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/err.h"

struct outfile {
	int dir, fd;        /* -1: none */
	char *name, *temporary;
};

/* Where a file that somebody names will be: its directory, to be closed, and its name in there.
 * force: a plain file may be there. 0, or -errno and e. */
int outfile_find(const char *path, bool force, int *ret_dir, const char **ret_name,
		 struct err *e);

/* Takes dir. outfile_drop() in either case. 0 or -errno. */
int outfile_begin(struct outfile *f, int dir, const char *name, mode_t mode);
/* What a file in there may be: as readable as it is. */
mode_t outfile_mode(int dir);
/* It gets its name; what had it goes. 0 or -errno. */
int outfile_end(struct outfile *f);
/* Closes, and removes what has not got its name. */
void outfile_drop(struct outfile *f);

/* Opens a directory, makes it when it is not there: for us alone. A descriptor, or -errno and e. */
int outdir_open(const char *path, struct err *e);
/* That below it, made as readable as it is; a link is none. A descriptor or -errno. */
int outdir_below(int dir, const char *name);
/* "host=web-1": a name as part of a path, bytes that might mean something there as %2F, and what is
 * no UTF-8 as U+FFFD: others decode it and take nothing else. */
void outdir_name(struct buf *b, const char *key, const char *name);

#endif
