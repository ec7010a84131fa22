/* fuzz_input: bytes from a terminal. The first byte says how the rest is split; whole and in pieces
 * give the same events. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "ui/input.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Feeds everything without time passing; a sum over the events. */
static uint64_t
run(struct input *in, const uint8_t *p, size_t n, size_t piece)
{
	uint64_t sum = 0;

	for (size_t at = 0; at < n;) {
		struct input_event ev;
		size_t k = MIN(MIN(piece, n - at), input_room(in));
		if (k == 0)
			abort(); /* what waits must never fill the buffer */
		input_feed(in, p + at, k, 0);
		at += k;
		while (input_next(in, 0, &ev)) {
			sum = sum * 31 + ev.type * 7u + ev.key + (uint64_t)ev.x * 3 +
			      (uint64_t)ev.y * 5;
			for (size_t i = 0; i < ev.paste_len; i++)
				sum = sum * 31 + (unsigned char)ev.paste[i];
		}
	}
	return sum;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input a, b;

	if (size == 0)
		return 0;
	input_init(&a);
	if (data[0] & 0x80) {
		input_add_seq(&a, "\033[A", KEYS_F1);
		input_add_seq(&a, "\033[A~", KEYS_F1 + 1);
		input_add_seq(&a, "\033OA", KEYS_UP);
	}
	b = a;
	if (run(&a, data + 1, size - 1, 512) != run(&b, data + 1, size - 1, 1 + data[0] % 16))
		abort();
	for (int i = 0; input_deadline_ns(&a) >= 0; i++) { /* silence ends everything */
		struct input_event ev;
		if (i == 10)
			abort();
		while (input_next(&a, input_deadline_ns(&a), &ev))
			;
	}
	return 0;
}
