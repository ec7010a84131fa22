#ifndef APP_SPOOL_H
#define APP_SPOOL_H

/* spool: OpenMetrics of many moments. All points of a family have to stand together, and frames
 * come one after the other: what belongs to a family waits in a little memory each, and when that
 * is full in a file that has no name. So the memory is bounded by the number of families, which is
 * that of the fields.
 */
#include <stdint.h>

#include "base/buf.h"

struct family;
struct spool {
	int fd;              /* of the file; -1: none yet */
	int dir;             /* where it is; borrowed */
	uint64_t size;
	struct family *family;
	size_t n, cap;
};

void spool_init(struct spool *s, int dir);
void spool_release(struct spool *s);
/* One exposition without its end: each family's points behind what it has. 0 or -errno. */
int spool_add(struct spool *s, const struct buf *text);
/* All of it, family by family. 0 or -errno. */
int spool_write(struct spool *s, int fd);

#endif
