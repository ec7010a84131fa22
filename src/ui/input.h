#ifndef UI_INPUT_H
#define UI_INPUT_H

/* input: bytes from a terminal to events. A pure machine: bytes and the time go in, events come
 * out. A known sequence gives its key; an unknown one is swallowed whole and never read as keys; a
 * bracketed paste is one event, never commands; a sequence that is split over reads is put
 * together.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* INPUT_MODE: what the terminal thinks of one of its modes (DECRPM); it was asked. */
enum input_type { INPUT_KEY, INPUT_MOUSE, INPUT_PASTE, INPUT_MODE };

/* Keys: a Unicode scalar, or one of these; | with modifiers. Ctrl-A is 1 ... as terminals send it,
 * Enter '\r', Tab '\t', Esc 27, Backspace 127. */
enum {
	KEYS_BASE = 0x110000,
	KEYS_UP = KEYS_BASE,
	KEYS_DOWN,
	KEYS_LEFT,
	KEYS_RIGHT,
	KEYS_HOME,
	KEYS_END,
	KEYS_PGUP,
	KEYS_PGDN,
	KEYS_INSERT,
	KEYS_DELETE,
	KEYS_BACKTAB,
	KEYS_F1, /* to F12 in order */
	KEYS_F12 = KEYS_F1 + 11,
	KEYS_LIMIT,
	KEYS_ALT = 1 << 24,
	KEYS_SHIFT = 1 << 25, /* only with the named keys */
	KEYS_CTRL = 1 << 26,  /* only with the named keys */
};

enum mouse_button { MOUSE_LEFT, MOUSE_MIDDLE, MOUSE_RIGHT, MOUSE_WHEEL_UP, MOUSE_WHEEL_DOWN };
enum mouse_action { MOUSE_PRESS, MOUSE_RELEASE, MOUSE_DRAG };

enum { INPUT_PASTE_MAX = 4096 };

struct input_event {
	enum input_type type;
	uint32_t key; /* INPUT_KEY */
	int x, y;     /* INPUT_MOUSE, from 0 */
	enum mouse_button button;
	enum mouse_action action;
	unsigned mode, setting; /* INPUT_MODE: 0 not known, 1 set, 2 reset, 3 and 4 for ever so */
	const char *paste; /* INPUT_PASTE: valid until the next call; cut at INPUT_PASTE_MAX */
	size_t paste_len;
};

/* A sequence the terminal's own description (terminfo) names. */
struct input_seq {
	char bytes[16];
	uint32_t key;
};

enum input_swallow { INPUT_SWALLOW_NONE, INPUT_SWALLOW_CSI, INPUT_SWALLOW_STRING };

struct input {
	unsigned char buf[512]; /* not yet decoded */
	size_t len;
	int64_t since_ns; /* when the last byte came */
	enum input_swallow swallow;
	bool pasting;
	char paste[INPUT_PASTE_MAX];
	size_t paste_len;
	struct input_seq seq[64];
	size_t nseq;
};

void input_init(struct input *in);
void input_add_seq(struct input *in, const char *bytes, uint32_t key);
/* Room for bytes read from the terminal. */
size_t input_room(const struct input *in);
void input_feed(struct input *in, const void *p, size_t n, int64_t now_ns);
/* True and an event; false when more bytes are needed. An Esc that stays alone for 25 ms is a key.
 */
bool input_next(struct input *in, int64_t now_ns, struct input_event *ret_event);
/* When silence decides over what waits (asked after input_next() said false); -1: nothing waits. */
int64_t input_deadline_ns(const struct input *in);

#endif
