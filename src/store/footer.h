#ifndef STORE_FOOTER_H
#define STORE_FOOTER_H

/* footer: where the samples of a segment are and when they were taken, so that a sealed segment
 * opens without being read through.
 */
#include "codec/pack.h"
#include "codec/record.h"
#include "feed/past.h"

/* Of a sample in a segment. */
struct entry {
	uint64_t offset; /* of its record, in the file */
	uint32_t size;   /* of its record */
	uint32_t n;      /* in its group */
	struct moment moment;
};

enum { END_MARK = 8 };

/* Appends the footer record and the end mark. from: where the records begin. */
void footer_put(const struct entry *entry, size_t n, uint64_t from, struct packer *p,
		struct buf *b);
/* The size of the footer record that an end mark speaks of, or -EBADMSG. */
int64_t footer_size(struct span end_mark);
/* to: where the footer record begins: all entries must lie before. 0 and the entries (the caller
 * frees them), or -EBADMSG. */
int footer_parse(struct span record, uint64_t from, uint64_t to, struct unpacker *u,
		 struct entry **ret, size_t *ret_n);

#endif
