/* input: what terminals send, whole and in pieces. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/mem.h"
#include "ui/input.h"

static void
describe(struct buf *out, const struct input_event *ev)
{
	switch (ev->type) {
	case INPUT_KEY:
		buf_printf(out, "%s%s%s", ev->key & KEYS_ALT ? "A-" : "",
			   ev->key & KEYS_CTRL ? "C-" : "", ev->key & KEYS_SHIFT ? "S-" : "");
		uint32_t k = ev->key & 0xffffff;
		static const char *const names[] = {"Up",     "Down",   "Left",   "Right",
						    "Home",   "End",    "PgUp",   "PgDn",
						    "Insert", "Delete", "Backtab"};
		assert_true(k < KEYS_LIMIT);
		if (k >= KEYS_F1)
			buf_printf(out, "F%u", k - KEYS_F1 + 1);
		else if (k >= KEYS_BASE)
			buf_puts(out, names[k - KEYS_BASE]);
		else if (k < 0x20 || k == 0x7f)
			buf_printf(out, "<%u>", k);
		else
			buf_utf8(out, k);
		break;
	case INPUT_MOUSE:
		buf_printf(out, "mouse(%d,%d,%u,%u)", ev->x, ev->y, ev->button, ev->action);
		break;
	case INPUT_PASTE:
		buf_puts(out, "paste(");
		buf_put(out, ev->paste, ev->paste_len);
		buf_putc(out, ')');
		break;
	case INPUT_MODE:
		buf_printf(out, "mode(%u,%u)", ev->mode, ev->setting);
		break;
	}
	buf_putc(out, ' ');
}

static void
drain(struct input *in, int64_t now, struct buf *out)
{
	struct input_event ev;
	while (input_next(in, now, &ev))
		describe(out, &ev);
}

/* The events of n bytes, in pieces of `piece`, without time passing; with `end` silence comes
 * behind them. */
static const char *
events(struct input *in, const char *p, size_t n, size_t piece, bool end)
{
	static struct buf out;
	buf_clear(&out);
	buf_puts(&out, "");
	for (size_t at = 0; at < n;) {
		size_t k = MIN(MIN(piece, n - at), input_room(in));
		assert_true(k > 0);
		input_feed(in, p + at, k, 0);
		drain(in, 0, &out);
		at += k;
	}
	if (end) {
		int64_t now = 0, deadline;
		for (int i = 0; (deadline = input_deadline_ns(in)) >= 0; i++) {
			assert_true(i < 10);
			now = deadline;
			drain(in, now, &out);
		}
	}
	while (out.len && out.data[out.len - 1] == ' ')
		out.data[--out.len] = '\0';
	return out.data ? out.data : "";
}

static void
test_sequences(void **state)
{
	static const struct {
		const char *in, *out;
	} cases[] = {
		{"abc", "a b c"},
		{"\r\t\x7f\x03\x1a", "<13> <9> <127> <3> <26>"},
		{"\x1b", "<27>"},
		{"\x1b\x1b", "<27> <27>"},
		{"\x1b[A\x1b[B\x1b[C\x1b[D", "Up Down Right Left"},
		{"\x1bOA\x1bOH\x1bOF\x1bOP\x1bOS", "Up Home End F1 F4"},
		{"\x1b[H\x1b[F\x1b[Z", "Home End Backtab"},
		{"\x1b[1;5A\x1b[1;2D\x1b[1;3C\x1b[1;8B", "C-Up S-Left A-Right A-C-S-Down"},
		{"\x1b[1;5P\x1b[1;2R\x1bO5P\x1bO1;5Q", "C-F1 S-F3 C-F1 C-F2"},
		{"\x1b[24;80R", ""}, /* a cursor report is no F3 */
		{"\x1b[?2026;2$yq", "mode(2026,2) q"},
		{"\x1b[?2026;2y\x1b[?2026$y\x1b[?;2$y\x1b[?2026;5$y\x1b[?1;2$$y\x1b[?2026;2$z", ""},
		{"\x1b[1~\x1b[2~\x1b[3~\x1b[4~\x1b[5~\x1b[6~\x1b[7~\x1b[8~",
		 "Home Insert Delete End PgUp PgDn Home End"},
		{"\x1b[11~\x1b[15~\x1b[17~\x1b[21~\x1b[23~\x1b[24~", "F1 F5 F6 F10 F11 F12"},
		{"\x1b[25~\x1b[34~\x1b[16~\x1b[99~", "S-F1 S-F8"},
		{"\x1b[3;5~\x1b[5;2~", "C-Delete S-PgUp"},
		{"\x1b[3$\x1b[3^\x1b[3@\x1b[a\x1bOa", "S-Delete C-Delete C-S-Delete S-Up C-Up"},
		{"\x1b\x1b[A\x1b\x1bOB", "A-Up A-Down"},
		{"\x1b[[A\x1b[[E\x1b[[Fx", "F1 F5 x"},
		{"\x1bx\x1b"
		 "1\x1b\r\x1b\xc3\xa9",
		 "A-x A-1 A-<13> A-é"},
		{"\x1bOM\x1bOk\x1bOp", "<13> + 0"},
		{"\xc3\xa9\xe4\xb8\xad\xf0\x9f\x98\x80", "é 中 😀"},
		{"\xc3k\xff\x80z\xe2\x82", "k z"}, /* invalid and unfinished */
		{"\xc2\x9b"
		 "A",
		 "A"},                                     /* U+009B is no key */
		{"a\0b", "a"},                             /* (cut by strlen, see below) */
		{"\x1b[?1;2c\x1b[>0;276;0c\x1b[5nq", "q"}, /* answers nobody asked for */
		{"\x1b[I\x1b[Oq", "q"},                    /* focus */
		{"\x1b[200q\x1b[1;2;3;4;5;6A\x1b[1:2Ax", "x"},
		{"\x1b[12\x1b[Aq", "Up q"}, /* broken off */
		{"\x1b[1\nq", "<10> q"},
		{"\x1b]0;title k q\x07x", "x"},
		{"\x1b]52;c;aGk=\x1b\\x", "x"},
		{"\x1bP1$r0m\x1b\\x\x1b_Gi=1;OK\x1b\\y\x1b^z\x07z\x1bXsos\x1b\\w", "x y z w"},
		{"\x1b]never ends", ""},
		{"\x1b]a\x18k\x1b]b\x1b[Aq", "k Up q"}, /* cancelled, broken off */
		{"\x1b[<0;10;5M\x1b[<0;10;5m", "mouse(9,4,0,0) mouse(9,4,0,1)"},
		{"\x1b[<32;1;1M\x1b[<2;3;4M\x1b[<20;3;4M",
		 "mouse(0,0,0,2) mouse(2,3,2,0) mouse(2,3,0,0)"},
		{"\x1b[<64;2;2M\x1b[<65;2;2M\x1b[<66;2;2M\x1b[<35;2;2M",
		 "mouse(1,1,3,0) mouse(1,1,4,0)"},
		{"\x1b[<0;0;5M\x1b[<0;5M\x1b[<0;1;2;3M\x1b[<128;1;1Mx", "x"},
		{"\x1b[<0;99999999999999999999;1Mx", "mouse(99998,0,0,0) x"},
		{"\x1b[M !!q", "q"}, /* X10 */
		{"\x1b[200~kill\x1b[A\n\x1b[201~q", "paste(kill\x1b[A\n) q"},
		{"\x1b[200~\x1b[201~\x1b[200~a\x1b[201\x1b[201~", "paste() paste(a\x1b[201)"},
		{"\x1b[201~x", "x"},
		{"\x1b[", ""},
		{"\x1bO", ""},
		{"\x1b[1;", ""},
		{"\x1b[M  ", ""},
		{"\x1b[<0;1", ""},
	};
	struct input in;
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		for (size_t piece = 1; piece < 20; piece += 6) {
			input_init(&in);
			assert_string_equal(
				events(&in, cases[i].in, strlen(cases[i].in), piece, true),
				cases[i].out);
			assert_int_equal(input_deadline_ns(&in), -1);
		}
	input_init(&in);
	assert_string_equal(events(&in, "a\0b\x1b\0c", 6, 9, true), "a b c");
}

static void
test_described(void **state)
{
	struct input in;
	(void)state;
	input_init(&in);
	input_add_seq(&in, "\x1b[A", KEYS_F1); /* the terminal's word against the usual one */
	input_add_seq(&in, "\x1b[Ab", KEYS_F1 + 1);
	input_add_seq(&in, "\x1bQ", KEYS_HOME);
	input_add_seq(&in, "\x0b", KEYS_UP); /* would take ^K */
	input_add_seq(&in, "", KEYS_UP);
	input_add_seq(&in, "a sequence far too long", KEYS_UP);
	assert_int_equal(in.nseq, 3);
	assert_string_equal(events(&in, "\x1b[A\x1b[Ab\x1b[B\x1bQ\x0b", 13, 1, true),
			    "F1 F2 Down Home <11>");
	assert_string_equal(events(&in, "\x1b[Ax", 4, 1, true), "F1 x");
	for (int i = 0; i < 100; i++) {
		char s[8];
		snprintf(s, sizeof s, "\x1b%d", i);
		input_add_seq(&in, s, KEYS_UP);
	}
	assert_int_equal(in.nseq, ARRAY_LEN(in.seq));
}

static void
test_time(void **state)
{
	struct input in;
	struct input_event ev;
	(void)state;
	input_init(&in);
	assert_int_equal(input_deadline_ns(&in), -1);
	input_feed(&in, "\x1b", 1, 1000);
	assert_false(input_next(&in, 1000, &ev));
	assert_int_equal(input_deadline_ns(&in), 1000 + 25 * NS_PER_MS);
	assert_false(input_next(&in, 999 + 25 * NS_PER_MS, &ev));
	assert_true(input_next(&in, 1000 + 25 * NS_PER_MS, &ev));
	assert_int_equal(ev.key, 27);
	assert_int_equal(input_deadline_ns(&in), -1);

	input_feed(&in, "\x1b[1", 3, 0); /* an unfinished one waits longer and goes as a whole */
	assert_false(input_next(&in, 100 * NS_PER_MS, &ev));
	input_feed(&in, ";5A", 3, 300 * NS_PER_MS);
	assert_true(input_next(&in, 300 * NS_PER_MS, &ev));
	assert_int_equal(ev.key, KEYS_UP | KEYS_CTRL);
	input_feed(&in, "\x1b[1", 3, 0);
	assert_false(input_next(&in, 500 * NS_PER_MS, &ev));
	assert_int_equal(in.len, 0);

	input_feed(&in, "\x1b]0;x", 5,
		   0); /* a string without an end does not take the keyboard for ever */
	assert_false(input_next(&in, 0, &ev));
	assert_false(input_next(&in, 600 * NS_PER_MS, &ev));
	input_feed(&in, "q", 1, 700 * NS_PER_MS);
	assert_true(input_next(&in, 700 * NS_PER_MS, &ev));
	assert_int_equal(ev.key, 'q');

	input_feed(&in, "\x1b[200~kk", 8, 0); /* a paste that stalls is not read as keys */
	assert_false(input_next(&in, 60 * NS_PER_S, &ev));
	assert_int_equal(input_deadline_ns(&in), -1);
	input_feed(&in, "q", 1, 60 * NS_PER_S);
	assert_false(input_next(&in, 60 * NS_PER_S, &ev));
	input_feed(&in, "\x03", 1, 62 * NS_PER_S); /* but ^C by itself is the way out */
	assert_true(input_next(&in, 62 * NS_PER_S, &ev));
	assert_int_equal(ev.type, INPUT_KEY);
	assert_int_equal(ev.key, 3);
}

static void
test_bounds(void **state)
{
	static char big[20000];
	struct input in;
	struct buf want = {0};
	(void)state;
	input_init(&in);
	memset(big, 'x', sizeof big);
	memcpy(big, "\x1b[200~", 6);
	memcpy(big + sizeof big - 6, "\x1b[201~", 6);
	buf_puts(&want, "paste(");
	buf_pad(&want, 'x', INPUT_PASTE_MAX);
	buf_putc(&want, ')');
	assert_string_equal(events(&in, big, sizeof big, 100, true), want.data);

	memset(big, '1', sizeof big); /* endless parameters */
	memcpy(big, "\x1b[", 2);
	big[sizeof big - 1] = 'A';
	assert_string_equal(events(&in, big, sizeof big, 512, true), "");
	assert_string_equal(events(&in, "k", 1, 1, false), "k");
	memcpy(big, "\x1b]", 2);
	big[sizeof big - 1] = '\a';
	assert_string_equal(events(&in, big, sizeof big, 7, true), "");
	assert_string_equal(events(&in, "k", 1, 1, false), "k");
	buf_release(&want);
}

static uint32_t seed = 20240229;

static uint32_t
random_u32(void)
{
	seed = seed * 1664525u + 1013904223u;
	return seed >> 8;
}

/* Any bytes, split anywhere, with no time between them: the same events. */
static void
test_splits(void **state)
{
	static const char *const piece[] = {
		"\x1b",
		"\x1b[",
		"\x1bO",
		"[",
		"O",
		"A",
		"1;5",
		"~",
		"200~",
		"201~",
		"\x1b[200~",
		"\x1b[201~",
		"<0;3;4",
		"M",
		"m",
		"\x1b]",
		"\x1bP",
		"\x07",
		"\x1b\\",
		"\\",
		"\xc3",
		"\xa9",
		"\xe2\x82\xac",
		"\xf0\x9f",
		"k",
		"\r",
		"\x18",
		"$",
		"^",
		"3",
		";",
		"\xff",
		"\x1b[M",
		"\x1b[[",
		"\x03",
		"?",
		"R",
		"Q",
	};
	struct input a, b;
	char bytes[256];
	struct buf whole = {0};
	(void)state;
	for (int round = 0; round < 20000; round++) {
		size_t n = 0;
		for (uint32_t k = random_u32() % 16; k > 0; k--) {
			const char *p = piece[random_u32() % ARRAY_LEN(piece)];
			memcpy(bytes + n, p, strlen(p));
			n += strlen(p);
		}
		if (n > 0 && random_u32() % 4 == 0)
			bytes[random_u32() % n] = (char)random_u32();
		input_init(&a);
		if (round % 2) {
			input_add_seq(&a, "\x1b[A", KEYS_F1);
			input_add_seq(&a, "\x1b[A~", KEYS_F1 + 1);
			input_add_seq(&a, "k3", KEYS_F1 + 2);
		}
		b = a;
		buf_clear(&whole);
		buf_puts(&whole, events(&a, bytes, n, sizeof bytes, false));
		const char *split = events(&b, bytes, n, 1 + random_u32() % 4, false);
		assert_string_equal(split, whole.data);
		/* what is left waits in the same way */
		assert_int_equal(a.len, b.len);
		assert_memory_equal(a.buf, b.buf, a.len);
		assert_int_equal(a.swallow, b.swallow);
		assert_int_equal(a.pasting, b.pasting);
		assert_int_equal(input_deadline_ns(&a), input_deadline_ns(&b));
		assert_true(input_room(&a) > 300); /* nothing that waits fills the buffer */
		buf_clear(&whole);
		buf_puts(&whole, events(&a, "", 0, 1, true));
		assert_int_equal(a.pasting ? -1 : 0,
				 a.pasting ? input_deadline_ns(&a) : (int64_t)a.len);
	}
	buf_release(&whole);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sequences), cmocka_unit_test(test_described),
		cmocka_unit_test(test_time),      cmocka_unit_test(test_bounds),
		cmocka_unit_test(test_splits),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
