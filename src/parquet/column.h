#ifndef PARQUET_COLUMN_H
#define PARQUET_COLUMN_H

/* column: one column of a row group to bytes: a column chunk of two pages at most, a dictionary and
 * its data, both by zstd.
 *
 * A number that has few values in the group, or texts, are written as a dictionary and runs of
 * places in it; other integers as differences (DELTA_BINARY_PACKED), other numbers with a point
 * byte by byte (BYTE_STREAM_SPLIT), truths as bits. Which of two is smaller is found out by trying
 * both where that is not plain.
 */
#include "parquet/encode.h"
#include "parquet/group.h"
#include "parquet/thrift.h"

/* What a file says of a type of values; as Parquet numbers them. */
enum physical { PHYSICAL_BOOLEAN = 0, PHYSICAL_INT64 = 2, PHYSICAL_DOUBLE = 5, PHYSICAL_BYTES = 6 };
enum encoding {
	ENCODING_PLAIN = 0,
	ENCODING_RLE = 3,
	ENCODING_DELTA = 5,
	ENCODING_DICTIONARY = 8,
	ENCODING_SPLIT = 9,
};

/* What a footer says of it. Places are from the beginning of the bytes it was appended to. */
struct chunk {
	enum encoding encoding;
	uint64_t data, dictionary; /* where the pages begin */
	bool has_dictionary;
	uint64_t unpacked, packed; /* bytes of both with their heads */
	uint64_t rows, nulls;
	bool bounded;              /* least and most are known */
	uint64_t least, most;      /* bits as they are; of texts their numbers */
};

struct columner;
struct columner *columner_new(int level);
void columner_free(struct columner *e);

/* Appends the column of field[k]. */
void encode_column(struct columner *e, struct group *g, unsigned k, uint8_t type,
		   struct buf *b, struct chunk *ret);
/* When each row was: of every tick the time divided by `unit_ns`, times `times`. No nulls. */
void encode_times(struct columner *e, struct group *g, int64_t unit_ns, int64_t times,
		  struct buf *b, struct chunk *ret);

#endif
