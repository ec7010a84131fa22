#include "ui/line.h"

#include <string.h>

#include "base/mem.h"
#include "base/utf8.h"
#include "ui/input.h"

void
line_set(struct line *l, const char *text)
{
	l->len = 0;
	l->at = 0;
	line_insert(l, text, strlen(text));
}

void
line_insert(struct line *l, const char *s, size_t n)
{
	const char *end = s + n;

	while (s < end) {
		uint32_t cp;
		size_t k = utf8_next(s, end, &cp);

		if (cp != UTF8_BAD && cp >= ' ' && cp != 127 && !(cp >= 0x80 && cp < 0xa0) &&
		    l->len + k < sizeof l->text) {
			memmove(l->text + l->at + k, l->text + l->at, l->len - l->at);
			memcpy(l->text + l->at, s, k);
			l->len += k;
			l->at += k;
		}
		s += k;
	}
	l->text[l->len] = '\0';
}

void
line_cut(struct line *l, size_t from, size_t to)
{
	memmove(l->text + from, l->text + to, l->len - to);
	l->len -= to - from;
	l->text[l->len] = '\0';
	l->at = from;
}

static bool
is_continuation(char c)
{
	return ((unsigned char)c & 0xc0) == 0x80;
}

static size_t
before(const struct line *l, size_t at)
{
	if (at > 0)
		at--;
	while (at > 0 && is_continuation(l->text[at]))
		at--;
	return at;
}

static size_t
after(const struct line *l, size_t at)
{
	if (at < l->len)
		at++;
	while (at < l->len && is_continuation(l->text[at]))
		at++;
	return at;
}

static size_t
word_start(const struct line *l)
{
	size_t at = l->at;

	while (at > 0 && l->text[at - 1] == ' ')
		at--;
	while (at > 0 && l->text[at - 1] != ' ')
		at--;
	return at;
}

bool
line_key(struct line *l, uint32_t key)
{
	char utf8[4];
	size_t n;

	switch (key) {
	case KEYS_LEFT:
	case 2: /* ^B */
		l->at = before(l, l->at);
		return true;
	case KEYS_RIGHT:
	case 6: /* ^F */
		l->at = after(l, l->at);
		return true;
	case KEYS_HOME:
	case 1: /* ^A */
		l->at = 0;
		return true;
	case KEYS_END:
	case 5: /* ^E */
		l->at = l->len;
		return true;
	case 127:
	case 8: /* ^H */
		line_cut(l, before(l, l->at), l->at);
		return true;
	case KEYS_DELETE:
	case 4: /* ^D */
		line_cut(l, l->at, after(l, l->at));
		return true;
	case 11: /* ^K */
		line_cut(l, l->at, l->len);
		return true;
	case 21: /* ^U */
		line_cut(l, 0, l->at);
		return true;
	case 23: /* ^W */
		line_cut(l, word_start(l), l->at);
		return true;
	default:
		break;
	}
	if (key < ' ' || key >= KEYS_BASE)
		return false;
	n = utf8_encode(key, utf8);
	line_insert(l, utf8, n);
	return true;
}
