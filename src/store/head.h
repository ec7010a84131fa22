#ifndef STORE_HEAD_H
#define STORE_HEAD_H

/* head: how a segment begins: whose machine, which boot, which clocks, and the layout of what
 * follows. See store/FORMAT.
 */
#include "codec/layout.h"
#include "frame/frame.h"

enum { HEAD_FIXED = 20, HEAD_MAX = HEAD_FIXED + (1 << 20), BOOT_ID = 16 };

struct head {
	uint8_t boot_id[BOOT_ID]; /* all zero: not known */
	int64_t wall_ns, mono_ns;
	bool foreign, fixture;
	uint64_t clk_tck, page_size;
	char *host, *release, *version;
	char *until; /* the name of the last of the segments that this one replaced; NULL: none */
	struct layout *layout;
};

void head_release(struct head *h);
/* Are both of one boot, as far as that is known? */
bool head_same_boot(const struct head *a, const struct head *b);
void head_put(const struct head *h, struct buf *b);

/* How long a head is, from its first HEAD_FIXED bytes: what has to be read for head_parse(). Or
 * -EBADMSG: no recording; -ENOTSUP: of a version that is not known, *ret_version. */
int64_t head_size(struct span fixed, uint32_t *ret_version);
/* 0 or -EBADMSG. */
int head_parse(struct span bytes, struct head *ret);

#endif
