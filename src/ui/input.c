/* input: what terminals send. At the front of the buffer stands one of
 *
 *   terminfo's own sequence            its key (the longest that fits)
 *   ESC [ params inter final           CSI: a key, an SGR mouse report, paste brackets, a mode
 *                                      report, or nothing
 *   ESC [ [ A                          Linux console F1 to F5
 *   ESC [ M b x y                      X10 mouse, not asked for
 *   ESC O params final                 SS3: a key, or nothing
 *   ESC ] P X ^ _ ... BEL or ESC \     a string (OSC, DCS, SOS, APC, PM): nothing
 *   ESC ESC [ or O ...                 rxvt's Alt with a named key
 *   ESC char                           Alt and the character
 *   ESC and silence                    Esc
 *   a character                        itself
 *
 * Every decision is made on bytes alone, as soon as they suffice and never before, so how the bytes
 * were split over reads changes nothing. Only silence asks for the time: then a lone ESC is a key
 * and anything else unfinished is dropped whole.
 */
#include "ui/input.h"

#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/utf8.h"

enum {
	ESC = 0x1b,
	ESC_NS = 25000000,      /* an Esc that stays alone this long is a key */
	PARTIAL_NS = 500000000, /* anything else unfinished is dropped */
	HATCH_NS = 1000000000,  /* ^C by itself after such a silence ends a paste without an end */
	CSI_MAX = 96,           /* a longer control sequence is none of ours */
	PARAMS = 4,
};

/* What decoding the front of the buffer came to. */
enum step { WAIT, EVENT, NOTHING };

static const char paste_end[] = "\033[201~";

void
input_init(struct input *in)
{
	memset(in, 0, sizeof *in);
}

void
input_add_seq(struct input *in, const char *bytes, uint32_t key)
{
	size_t n = strlen(bytes);
	/* A sequence of one byte would take a control key away: ^H, ^J, ^K on old terminals. */
	if (n < 2 || n >= sizeof in->seq[0].bytes || in->nseq == ARRAY_LEN(in->seq))
		return;
	for (size_t i = 0; i < in->nseq; i++)
		if (strcmp(in->seq[i].bytes, bytes) == 0)
			return;
	memcpy(in->seq[in->nseq].bytes, bytes, n + 1);
	in->seq[in->nseq++].key = key;
}

size_t
input_room(const struct input *in)
{
	return sizeof in->buf - in->len;
}

void
input_feed(struct input *in, const void *p, size_t n, int64_t now_ns)
{
	n = MIN(n, input_room(in));
	if (n == 0)
		return;
	/* The end of a paste can get lost (a program in between that died). A person who then
	 * strikes ^C is let out; a paste that merely stalls is not, for its rest would be read as
	 * keys. */
	if (in->pasting && now_ns - in->since_ns >= HATCH_NS && *(const unsigned char *)p == 3) {
		in->pasting = false;
		in->paste_len = in->len = 0;
	}
	memcpy(in->buf + in->len, p, n);
	in->len += n;
	in->since_ns = now_ns;
}

static enum step
key_event(struct input_event *ev, uint32_t key)
{
	*ev = (struct input_event){.type = INPUT_KEY, .key = key};
	return EVENT;
}

/* xterm's modifier parameter: one more than Shift 1, Alt 2, Ctrl 4, Meta 8. */
static uint32_t
modifiers(unsigned param)
{
	unsigned m = param > 1 && param <= 16 ? param - 1 : 0;
	return (m & 1 ? KEYS_SHIFT : 0u) | (m & (2 | 8) ? KEYS_ALT : 0u) | (m & 4 ? KEYS_CTRL : 0u);
}

/* The key of a final letter, shared by CSI and SS3. 0: none. */
static uint32_t
letter_key(unsigned char c)
{
	switch (c) {
	case 'A':
		return KEYS_UP;
	case 'B':
		return KEYS_DOWN;
	case 'C':
		return KEYS_RIGHT;
	case 'D':
		return KEYS_LEFT;
	case 'H':
		return KEYS_HOME;
	case 'F':
		return KEYS_END;
	case 'P':
	case 'Q':
	case 'R':
	case 'S':
		return KEYS_F1 + (c - (uint32_t)'P');
	case 'Z':
		return KEYS_BACKTAB;
	case 'a': /* rxvt: Shift after CSI, Ctrl after SS3 */
	case 'b':
	case 'c':
	case 'd':
		return (c == 'a'   ? KEYS_UP
			: c == 'b' ? KEYS_DOWN
			: c == 'c' ? KEYS_RIGHT
				   : KEYS_LEFT);
	default:
		return 0;
	}
}

/* The key of a number before ~ (vt220, xterm, Linux, rxvt). 0: none. */
static uint32_t
number_key(unsigned n)
{
	static const uint32_t low[] = {0,         KEYS_HOME, KEYS_INSERT, KEYS_DELETE, KEYS_END,
				       KEYS_PGUP, KEYS_PGDN, KEYS_HOME,   KEYS_END};
	if (n < ARRAY_LEN(low))
		return low[n];
	if (n >= 11 && n <= 15)
		return KEYS_F1 + n - 11;
	if (n >= 17 && n <= 21)
		return KEYS_F1 + 5 + n - 17;
	if (n == 23 || n == 24)
		return KEYS_F1 + 10 + n - 23;
	/* F13 to F20 are Shift and F1 to F8 */
	static const uint8_t f13[] = {25, 26, 28, 29, 31, 32, 33, 34};
	for (unsigned i = 0; i < ARRAY_LEN(f13); i++)
		if (n == f13[i])
			return KEYS_SHIFT | (KEYS_F1 + i);
	return 0;
}

static enum step
mouse_event(struct input_event *ev, const unsigned *param, size_t nparam, bool release)
{
	if (nparam != 3 || param[1] < 1 || param[2] < 1 || param[0] > 127)
		return NOTHING;
	unsigned b = param[0], button = b & 3;
	struct input_event e = {
		.type = INPUT_MOUSE, .x = (int)param[1] - 1, .y = (int)param[2] - 1};

	if (b & 64) {
		if (button > 1 || release)
			return NOTHING;
		e.button = button ? MOUSE_WHEEL_DOWN : MOUSE_WHEEL_UP;
		e.action = MOUSE_PRESS;
	} else {
		if (button == 3)
			return NOTHING;
		e.button = (enum mouse_button)button;
		e.action = release ? MOUSE_RELEASE : b & 32 ? MOUSE_DRAG : MOUSE_PRESS;
	}
	*ev = e;
	return EVENT;
}

/* "?2026;2$" before a y */
static enum step
mode_event(struct input_event *ev, const unsigned char *p, const unsigned char *end)
{
	struct span s = span_of((const char *)p + 1, (size_t)(end - p) - 1);
	uint64_t mode, setting;

	if (num_u64(&s, &mode) < 0 || span_empty(s) || *s.p++ != ';' ||
	    num_u64(&s, &setting) < 0 || !span_is(s, "$") || mode > 99999 || setting > 4)
		return NOTHING;
	*ev = (struct input_event){
		.type = INPUT_MODE,
		.mode = (unsigned)mode,
		.setting = (unsigned)setting,
	};
	return EVENT;
}

/* A whole CSI or SS3: p to end is what stands between the introducer and the final byte. */
static enum step
control_event(struct input *in, bool ss3, const unsigned char *p, const unsigned char *end,
	      unsigned char final, uint32_t mods, struct input_event *ev)
{
	unsigned param[PARAMS] = {0};
	size_t nparam = 0;
	bool mouse = p < end && *p == '<';
	uint32_t key;

	if (p < end && *p == '?' && final == 'y' && !ss3)
		return mode_event(ev, p, end);
	for (p += mouse; p < end; p++) {
		if (nparam == 0)
			nparam = 1;
		if (*p >= '0' && *p <= '9')
			param[nparam - 1] = MIN(param[nparam - 1] * 10 + (*p - '0'), 99999u);
		else if (*p == ';' && nparam < PARAMS)
			nparam++;
		else
			return NOTHING; /* private marks, sub-parameters, intermediates */
	}
	if (mouse)
		return final == 'M' || final == 'm' ? mouse_event(ev, param, nparam, final == 'm')
						    : NOTHING;
	if (final == '~' && !ss3) {
		if (nparam == 1 && param[0] == 200) {
			in->pasting = true;
			in->paste_len = 0;
			return NOTHING;
		}
		key = number_key(param[0]);
		return key && nparam <= 2 ? key_event(ev, key | mods | modifiers(param[1]))
					  : NOTHING;
	}
	if ((final == '$' || final == '^' || final == '@') && !ss3) { /* rxvt: Shift, Ctrl, both */
		key = nparam == 1 ? number_key(param[0]) : 0;
		mods |= (final != '^' ? KEYS_SHIFT : 0u) | (final != '$' ? KEYS_CTRL : 0u);
		return key ? key_event(ev, key | mods) : NOTHING;
	}
	if (ss3 && nparam == 0) { /* keypad */
		if (final == 'M')
			return key_event(ev, '\r' | mods);
		if (final >= 'j' && final <= 'y')
			return key_event(ev, (uint32_t) "*+,-./0123456789"[final - 'j'] | mods);
		if (final == 'X')
			return key_event(ev, '=' | mods);
	}
	key = letter_key(final);
	if (!key || nparam > 2 || (nparam > 0 && final >= 'a'))
		return NOTHING;
	/* "1;5A" is today's form, "5A" an old one. */
	if (nparam == 2 && param[0] > 1)
		return NOTHING; /* a cursor report, "24;80R" */
	mods |= modifiers(nparam == 2 ? param[1] : param[0]);
	if (final >= 'a')
		mods |= ss3 ? KEYS_CTRL : KEYS_SHIFT;
	return key_event(ev, key | mods);
}

/* ESC [ at b. */
static enum step
csi(struct input *in, const unsigned char *b, size_t n, size_t *ret_used, uint32_t mods,
    struct input_event *ev)
{
	size_t i = 2;

	if (n > 2 && b[2] == '[') {
		if (n < 4)
			return WAIT;
		*ret_used = 4;
		return b[3] >= 'A' && b[3] <= 'E'
			       ? key_event(ev, (KEYS_F1 + (b[3] - 'A' + 0u)) | mods)
			       : NOTHING;
	}
	if (n > 2 && b[2] == 'M') {
		if (n < 6)
			return WAIT;
		*ret_used = 6;
		return NOTHING;
	}
	while (i < n && i < CSI_MAX && b[i] >= 0x20 && b[i] < 0x40) {
		/* $ is an intermediate byte by the book and a final one with rxvt: "3$". */
		if (b[i] == '$' && i == 3 && b[2] >= '2' && b[2] <= '8')
			break;
		i++;
	}
	if (i == CSI_MAX) {
		in->swallow = INPUT_SWALLOW_CSI;
		*ret_used = i;
		return NOTHING;
	}
	if (i == n)
		return WAIT;
	*ret_used = i;
	if (b[i] != '$' && (b[i] < 0x40 || b[i] > 0x7e))
		return NOTHING; /* broken off by a control character, which is read for itself */
	*ret_used = i + 1;
	return control_event(in, false, b + 2, b + i, b[i], mods, ev);
}

/* ESC O at b. */
static enum step
ss3(struct input *in, const unsigned char *b, size_t n, size_t *ret_used, uint32_t mods,
    struct input_event *ev)
{
	size_t i = 2;

	while (i < n && i < 8 && ((b[i] >= '0' && b[i] <= '9') || b[i] == ';'))
		i++;
	if (i == n)
		return WAIT;
	*ret_used = i;
	if (b[i] < 0x20 || b[i] > 0x7e)
		return NOTHING;
	*ret_used = i + 1;
	return control_event(in, true, b + 2, b + i, b[i], mods, ev);
}

/* A character at b, n > 0. */
static enum step
character(const unsigned char *b, size_t n, size_t *ret_used, uint32_t mods, struct input_event *ev)
{
	size_t need = b[0] < 0xc2 ? 1 : b[0] < 0xe0 ? 2 : b[0] < 0xf0 ? 3 : b[0] < 0xf5 ? 4 : 1;
	uint32_t cp;

	for (size_t i = 1; i < need; i++) {
		if (i == n)
			return WAIT;
		if ((b[i] & 0xc0) != 0x80)
			break;
	}
	*ret_used = utf8_next((const char *)b, (const char *)b + MIN(n, need), &cp);
	if (cp == UTF8_BAD || cp == 0 || (cp >= 0x80 && cp < 0xa0))
		return NOTHING;
	return key_event(ev, cp | mods);
}

static enum step
escape(struct input *in, size_t *ret_used, struct input_event *ev)
{
	const unsigned char *b = in->buf;
	size_t n = in->len;
	enum step st;

	if (n < 2)
		return WAIT;
	switch (b[1]) {
	case '[':
		return csi(in, b, n, ret_used, 0, ev);
	case 'O':
		return ss3(in, b, n, ret_used, 0, ev);
	case ']':
	case 'P':
	case 'X':
	case '^':
	case '_':
		in->swallow = INPUT_SWALLOW_STRING;
		*ret_used = 2;
		return NOTHING;
	case ESC:
		if (n < 3)
			return WAIT;
		if (b[2] == '[' || b[2] == 'O') {
			st = b[2] == '[' ? csi(in, b + 1, n - 1, ret_used, KEYS_ALT, ev)
					 : ss3(in, b + 1, n - 1, ret_used, KEYS_ALT, ev);
			if (st != WAIT)
				(*ret_used)++;
			return st;
		}
		*ret_used = 1;
		return key_event(ev, ESC);
	case 0:
		*ret_used = 2;
		return NOTHING;
	default:
		st = character(b + 1, n - 1, ret_used, KEYS_ALT, ev);
		if (st != WAIT)
			(*ret_used)++;
		return st;
	}
}

/* The longest of the terminal's own sequences. WAIT when a longer one may still come. */
static enum step
described(struct input *in, size_t *ret_used, struct input_event *ev)
{
	const struct input_seq *best = NULL;
	size_t best_len = 0;
	bool longer = false;

	for (size_t i = 0; i < in->nseq; i++) {
		const struct input_seq *s = &in->seq[i];
		if ((unsigned char)s->bytes[0] != in->buf[0])
			continue;
		size_t n = strlen(s->bytes);
		if (memcmp(s->bytes, in->buf, MIN(n, in->len)) != 0)
			continue;
		if (n > in->len) {
			longer = true;
		} else if (n > best_len) {
			best = s;
			best_len = n;
		}
	}
	if (longer)
		return WAIT;
	if (!best)
		return NOTHING;
	*ret_used = best_len;
	return key_event(ev, best->key);
}

/* Eats what belongs to a sequence that is thrown away. WAIT when it goes on behind the buffer. */
static enum step
swallow(struct input *in, size_t *ret_used)
{
	size_t i;

	for (i = 0; i < in->len; i++) {
		unsigned char c = in->buf[i];
		if (in->swallow == INPUT_SWALLOW_CSI) {
			if (c >= 0x20 && c < 0x40)
				continue;
			i += c >= 0x40 && c < 0x7f;
			goto done;
		}
		if (c == '\a' || c == 0x18 || c == 0x1a) {
			i++;
			goto done;
		}
		if (c == ESC) {
			if (i + 1 == in->len)
				break; /* perhaps half of ST: it stays in the buffer */
			i += in->buf[i + 1] == '\\' ? 2 : 0; /* else a new sequence breaks it off */
			goto done;
		}
	}
	*ret_used = i;
	return WAIT;
done:
	*ret_used = i;
	in->swallow = INPUT_SWALLOW_NONE;
	return NOTHING;
}

/* Moves the text of a paste over. WAIT when its end is not in the buffer yet. */
static enum step
paste(struct input *in, size_t *ret_used, struct input_event *ev)
{
	size_t mark = sizeof paste_end - 1, i = 0;
	bool ended = false;

	while (i < in->len && !ended) {
		size_t n = MIN(in->len - i, mark);
		if (memcmp(in->buf + i, paste_end, n) == 0) {
			if (n < mark)
				break;
			ended = true;
		} else {
			if (in->paste_len < sizeof in->paste)
				in->paste[in->paste_len++] = (char)in->buf[i];
			i++;
		}
	}
	*ret_used = i + (ended ? mark : 0);
	if (!ended)
		return WAIT;
	in->pasting = false;
	*ev = (struct input_event){
		.type = INPUT_PASTE, .paste = in->paste, .paste_len = in->paste_len};
	return EVENT;
}

static bool
escape_waits(const struct input *in)
{
	return in->len <= 2 && in->buf[0] == ESC && in->buf[in->len - 1] == ESC && !in->swallow;
}

int64_t
input_deadline_ns(const struct input *in)
{
	if (in->pasting || (in->len == 0 && !in->swallow))
		return -1;
	return in->since_ns + (in->len > 0 && escape_waits(in) ? ESC_NS : PARTIAL_NS);
}

/* Silence decides over what waits. */
static enum step
expired(struct input *in, size_t *ret_used, struct input_event *ev)
{
	*ret_used = in->len;
	if (in->len > 0 && escape_waits(in)) {
		*ret_used = 1;
		return key_event(ev, ESC);
	}
	in->swallow = INPUT_SWALLOW_NONE;
	return NOTHING;
}

static enum step
decode(struct input *in, size_t *ret_used, struct input_event *ev)
{
	if (in->pasting)
		return paste(in, ret_used, ev);
	if (in->swallow)
		return swallow(in, ret_used);
	enum step st = described(in, ret_used, ev);
	if (st != NOTHING)
		return st;
	return in->buf[0] == ESC ? escape(in, ret_used, ev)
				 : character(in->buf, in->len, ret_used, 0, ev);
}

bool
input_next(struct input *in, int64_t now_ns, struct input_event *ret_event)
{
	for (;;) {
		size_t used = 0;
		enum step st = in->len > 0 ? decode(in, &used, ret_event) : WAIT;
		if (st == WAIT && used == 0) {
			int64_t deadline = input_deadline_ns(in);
			if (deadline < 0 || now_ns < deadline)
				return false;
			st = expired(in, &used, ret_event);
		}
		in->len -= used;
		memmove(in->buf, in->buf + used, in->len);
		if (st == EVENT)
			return true;
	}
}
