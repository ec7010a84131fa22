#ifndef BASE_BUF_H
#define BASE_BUF_H

/* buf: a growing run of bytes. data[len] is always NUL once anything was put. A zeroed struct is
 * an empty buf; buf_clear() keeps the room.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

struct buf {
	char *data;
	size_t len, cap;
};

void buf_release(struct buf *b);
void buf_clear(struct buf *b);
char *buf_reserve(struct buf *b, size_t more); /* room for `more` bytes and a NUL; at data + len */
void buf_put(struct buf *b, const void *p, size_t n);
void buf_puts(struct buf *b, const char *s);
void buf_putc(struct buf *b, char c);
void buf_pad(struct buf *b, char c, size_t n);
void buf_u64(struct buf *b, uint64_t v);
void buf_i64(struct buf *b, int64_t v);
void buf_printf(struct buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void buf_utf8(struct buf *b, uint32_t cp); /* encodes; not a scalar value gives U+FFFD */

#endif
