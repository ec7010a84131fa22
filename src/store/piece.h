#ifndef STORE_PIECE_H
#define STORE_PIECE_H

/* piece: a whole segment that is written under another name and gets its own when it is sealed and
 * on the disk, so that nobody ever sees half of it.
 */
#include <sys/stat.h>

#include "store/footer.h"
#include "store/head.h"
#include "store/scribe.h"

struct piece {
	int dir, fd;
	const char *name; /* for now; borrowed */
	struct scribe scribe;
	struct packer *packer;
	struct buf bytes;
	struct entry *entry;
	size_t n, cap;
	uint64_t begin, size;
};

/* Makes the file; it must not be there. piece_drop() in either case. 0 or -errno. */
int piece_begin(struct piece *p, int dir, const char *name, const struct head *h);
int piece_add(struct piece *p, const struct frame *f, const struct moment *m);
/* Seals it and gives it its name. replace: what has that name goes, else -EEXIST. like: the time
 * of its last write is that one's; NULL is now. */
int piece_end(struct piece *p, const char *name, bool replace, const struct stat *like);
/* Frees, and removes the file unless it got its name. */
void piece_drop(struct piece *p);

#endif
