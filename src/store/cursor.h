#ifndef STORE_CURSOR_H
#define STORE_CURSOR_H

/* cursor: frames out of records, wherever these lie. It stands at the moment it was asked for last:
 * the next one is a step, any other is read from the beginning of its group.
 */
#include "codec/decode.h"
#include "codec/record.h"

struct place {
	struct record record;  /* payload: good until the next one is asked for */
	struct layout *layout; /* borrowed */
	uint64_t boot;         /* moments of one boot have one monotonic clock; 0: not known */
};

struct cursor {
	/* Finds the record of moment n. 0; -ENOENT, -EBADMSG or what reading gave. */
	int (*find)(void *arg, uint64_t n, struct place *ret);
	void *arg;
	struct decoder *decoder;
	bool there;   /* the decoder stands at `at` */
	uint64_t at;
	const struct frame *frame; /* the last that was made, of `made` with `want` */
	uint64_t made, boot;
	struct field_set want[TABLE_COUNT];
	struct field_set kept[TABLE_COUNT]; /* what the decoder keeps: that, or more */
};

void cursor_init(struct cursor *c, int (*find)(void *, uint64_t, struct place *), void *arg);
void cursor_release(struct cursor *c);

/* As past_frame(); rates are from the moment before it, when that can be read and is of the same
 * boot. */
int cursor_frame(struct cursor *c, uint64_t n, const struct field_set want[TABLE_COUNT],
		 const struct frame **ret_frame);

#endif
