#include "ui/osc52.h"

#include <string.h>

#include "base/mem.h"

static void
put_base64(struct buf *b, const char *text, size_t n)
{
	static const char digit[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	for (size_t i = 0; i < n; i += 3) {
		uint32_t v = 0;

		for (size_t k = 0; k < 3; k++)
			v = v << 8 | (i + k < n ? (unsigned char)text[i + k] : 0);
		for (size_t k = 0; k < 4; k++)
			buf_putc(b, i + k <= n ? digit[v >> (18 - 6 * k) & 63] : '=');
	}
}

void
osc52_put(struct buf *out, const char *text)
{
	buf_puts(out, "\033]52;c;");
	put_base64(out, text, strnlen(text, OSC52_MAX));
	buf_puts(out, "\a");
}
