#ifndef PARQUET_THRIFT_H
#define PARQUET_THRIFT_H

/* thrift: its compact protocol, in which Parquet says what is in a file: as much of it as a footer
 * needs. Writing: fields of a struct by their numbers, in order; structs within structs are begun
 * and ended. Reading goes through bytes from outside and never beyond their end.
 */
#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/num.h"

enum thrift_type {
	THRIFT_TRUE = 1,
	THRIFT_FALSE = 2,
	THRIFT_I8 = 3,
	THRIFT_I16 = 4,
	THRIFT_I32 = 5,
	THRIFT_I64 = 6,
	THRIFT_DOUBLE = 7,
	THRIFT_BINARY = 8,
	THRIFT_LIST = 9,
	THRIFT_SET = 10,
	THRIFT_MAP = 11,
	THRIFT_STRUCT = 12,
};
enum { THRIFT_DEPTH = 16 };

struct thrift {
	struct buf *out;
	int last[THRIFT_DEPTH]; /* the number of the field that was written last, of each struct */
	int depth;
};

void thrift_begin(struct thrift *t, struct buf *out); /* a struct that is in nothing */
void thrift_end(struct thrift *t);                    /* of this struct, or that one */
void thrift_byte(struct thrift *t, int id, int8_t v);
void thrift_int(struct thrift *t, int id, int32_t v);
void thrift_long(struct thrift *t, int id, int64_t v);
void thrift_bool(struct thrift *t, int id, bool v);
void thrift_binary(struct thrift *t, int id, const void *p, size_t n);
void thrift_text(struct thrift *t, int id, const char *s);
void thrift_struct(struct thrift *t, int id);
/* n elements follow: thrift_element() and thrift_end() around each struct, or the others below. */
void thrift_list(struct thrift *t, int id, enum thrift_type of, uint32_t n);
void thrift_element(struct thrift *t);
void thrift_element_int(struct thrift *t, int32_t v);
void thrift_element_text(struct thrift *t, const char *s);

/* Reading: a struct's next field: false at its end, or when the bytes are not what they should be
 * (then *in is empty). Each has to be read or skipped. *id is that of the field before, at first 0.
 */
bool thrift_next(struct span *in, int *id, enum thrift_type *ret_type);
bool thrift_get_int(struct span *in, int64_t *ret_v); /* any length */
bool thrift_get_binary(struct span *in, struct span *ret);
bool thrift_get_list(struct span *in, enum thrift_type *ret_of, uint32_t *ret_n);
bool thrift_skip(struct span *in, enum thrift_type type);

#endif
