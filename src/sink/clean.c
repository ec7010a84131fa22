#include "sink/clean.h"

#include <time.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/utf8.h"

enum { CONTROL_PICTURES = 0x2400, PICTURE_DEL = 0x2421 };

bool
clean_is_visible(uint32_t cp)
{
	static const struct {
		uint32_t first, last;
	} hidden[] = {
		{0x0000, 0x001f},   {0x007f, 0x009f},   {0x00ad, 0x00ad},   {0x0600, 0x0605},
		{0x061c, 0x061c},   {0x06dd, 0x06dd},   {0x070f, 0x070f},   {0x0890, 0x0891},
		{0x08e2, 0x08e2},   {0x180e, 0x180e},   {0x200b, 0x200f},   {0x2028, 0x202e},
		{0x2060, 0x206f},   {0xd800, 0xdfff},   {0xfdd0, 0xfdef},   {0xfeff, 0xfeff},
		{0xfff0, 0xfffb},   {0x110bd, 0x110bd}, {0x110cd, 0x110cd}, {0x13430, 0x1343f},
		{0x1bca0, 0x1bca3}, {0x1d173, 0x1d17a}, {0xe0000, 0xe00ff}, {0xe01f0, 0xe0fff},
	};
	if (cp - 0x20 < 0x5f)
		return true;
	for (size_t i = 0; i < ARRAY_LEN(hidden); i++)
		if (cp <= hidden[i].last)
			return cp < hidden[i].first;
	return cp <= 0x10ffff && (cp & 0xfffe) != 0xfffe;
}

int
clean_text(struct buf *b, const char *s, size_t n, int max)
{
	const char *end = s + n;
	int width = 0;

	while (s < end) {
		uint32_t cp;
		size_t len = utf8_next(s, end, &cp);
		int w = 1;

		if (clean_is_visible(cp)) {
			w = utf8_width(cp);
			if (width + w > max)
				break;
			buf_put(b, s, len);
		} else {
			if (width == max)
				break;
			buf_putc(b, '?');
		}
		width += w;
		s += len;
	}
	return width;
}

void
clean_char(struct buf *b, const char *s, size_t n, uint32_t cp)
{
	if (clean_is_visible(cp))
		buf_put(b, s, n);
	else if (cp < 0x20)
		buf_utf8(b, CONTROL_PICTURES + cp);
	else
		buf_utf8(b, cp == 0x7f ? PICTURE_DEL : UTF8_BAD);
}

void
clean_line(struct buf *b, const char *s, size_t n)
{
	const char *end = s + n;

	while (s < end) {
		const char *plain = s;
		uint32_t cp;
		size_t len;

		while (s < end && *s >= 0x20 && *s < 0x7f)
			s++;
		buf_put(b, plain, (size_t)(s - plain));
		if (s == end)
			return;
		len = utf8_next(s, end, &cp);
		clean_char(b, s, len, cp);
		s += len;
	}
}

void
clean_time(struct buf *b, int64_t wall_ns)
{
	struct timespec ts = ns_to_timespec(wall_ns);
	struct tm tm;
	char text[sizeof "2024-11-03T14:05:31"];

	if (ts.tv_nsec < 0) {
		ts.tv_sec--;
		ts.tv_nsec += NS_PER_S;
	}
	if (!gmtime_r(&ts.tv_sec, &tm))
		return;
	(void)strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &tm);
	buf_puts(b, text);
	buf_printf(b, ".%03dZ", (int)(ts.tv_nsec / NS_PER_MS));
}
