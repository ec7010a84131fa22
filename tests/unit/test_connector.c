/* The proc connector's messages, made by hand: right, short, with wrong lengths, and any bytes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/hash.h"
#include "base/mem.h"
#include "sys/connector.h"

enum { FORK = 1, EXEC = 2, UID = 4, COMM = 0x200, NONE = 0, HEADER = 16, CN = 20, EVENT = 16 };
#define EXIT 0x80000000u

static void
put_u16(char *p, uint16_t v)
{
	memcpy(p, &v, sizeof v);
}

static void
put_u32(char *p, uint32_t v)
{
	memcpy(p, &v, sizeof v);
}

static void
put_u64(char *p, uint64_t v)
{
	memcpy(p, &v, sizeof v);
}

/* A message as Linux writes it: always 24 bytes of data behind the event. Returns its length. */
static size_t
message(char *p, uint32_t what, const uint32_t data[6])
{
	size_t n = HEADER + CN + EVENT + 24;

	memset(p, 0, n);
	put_u32(p, (uint32_t)n);
	put_u16(p + 4, 3);
	put_u32(p + HEADER, 1);
	put_u32(p + HEADER + 4, 1);
	put_u32(p + HEADER + 8, 77);
	put_u32(p + HEADER + 12, 4712);
	put_u16(p + HEADER + 16, EVENT + 24);
	put_u32(p + HEADER + CN, what);
	put_u32(p + HEADER + CN + 4, 3);
	put_u64(p + HEADER + CN + 8, 123456789012);
	for (int i = 0; i < 6; i++)
		put_u32(p + HEADER + CN + EVENT + 4 * i, data[i]);
	return n;
}

/* From memory of its own size, so that a sanitizer sees what is read behind the end. How many events
 * there were; the last result to *ret_end. */
static int
parse(const char *bytes, size_t n, struct connector_event *ret, int *ret_end)
{
	char *copy = xmalloc(n ? n : 1);
	struct span s = span_of(copy, n);
	struct connector_event e;
	int events = 0, r;

	memcpy(copy, bytes, n);
	while ((r = connector_next(&s, &e)) > 0) {
		*ret = e;
		events++;
		assert_true(e.what == CONNECTOR_ANSWER || (e.tgid > 0 && e.tgid <= INT32_MAX));
		assert_true(e.mono_ns >= 0 && e.parent <= INT32_MAX);
	}
	assert_true(span_empty(s));
	free(copy);
	if (ret_end)
		*ret_end = r;
	return events;
}

static void
test_kinds(void **state)
{
	char m[128];
	struct connector_event e;
	size_t n;

	(void)state;
	n = message(m, FORK, (uint32_t[6]){10, 11, 12, 12});
	assert_int_equal(parse(m, n, &e, NULL), 1);
	assert_int_equal(e.what, CONNECTOR_FORK);
	assert_int_equal(e.tgid, 12);
	assert_int_equal(e.parent, 11);
	assert_int_equal(e.mono_ns, 123456789012);
	assert_int_equal(e.cpu, 3);
	assert_int_equal(e.seq, 77);
	n = message(m, EXEC, (uint32_t[6]){12, 12});
	assert_int_equal(parse(m, n, &e, NULL), 1);
	assert_int_equal(e.what, CONNECTOR_EXEC);
	assert_int_equal(e.tgid, 12);
	n = message(m, EXIT, (uint32_t[6]){12, 12, 0x8b, 17, 10, 11});
	assert_int_equal(parse(m, n, &e, NULL), 1);
	assert_int_equal(e.what, CONNECTOR_EXIT);
	assert_int_equal(e.status, 0x8b);
	assert_int_equal(e.parent, 11);
	n = message(m, NONE, (uint32_t[6]){EPERM});
	assert_int_equal(parse(m, n, &e, NULL), 1);
	assert_int_equal(e.what, CONNECTOR_ANSWER);
	assert_int_equal(e.ack, 4712);
	assert_int_equal(e.status, EPERM);
}

/* Threads, and what else the kernel tells. */
static void
test_left_out(void **state)
{
	static const struct {
		uint32_t what, data[6];
	} out[] = {
		{FORK, {10, 10, 13, 12}}, {EXIT, {13, 12}}, {UID, {12, 12}}, {COMM, {12, 12}},
		{0x40000000, {12, 12}},   {EXIT, {0, 0}},   {FORK, {1, 1, 0x80000001, 0x80000001}},
		{3, {12, 12, 12, 12}},
	};
	char m[128];
	struct connector_event e;
	int end;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(out); i++) {
		size_t n = message(m, out[i].what, out[i].data);

		assert_int_equal(parse(m, n, &e, &end), 0);
		assert_int_equal(end, 0);
	}
}

static void
test_not_ours(void **state)
{
	static const struct {
		int at, size;
		uint32_t v;
	} wrong[] = {
		{4, 2, 2},           /* an error, not done */
		{HEADER, 4, 2},      /* of another connector */
		{HEADER + 4, 4, 2},
		{HEADER + 16, 2, 15}, /* shorter than an event */
		{HEADER + 16, 2, 41}, /* longer than the message */
		{HEADER + 16, 2, 0xffff},
		{HEADER + CN + 12, 4, 0x80000000}, /* a time below 0 */
	};
	char m[128];
	struct connector_event e;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
		size_t n = message(m, EXEC, (uint32_t[6]){12, 12});

		if (wrong[i].size == 2)
			put_u16(m + wrong[i].at, (uint16_t)wrong[i].v);
		else
			put_u32(m + wrong[i].at, wrong[i].v);
		assert_int_equal(parse(m, n, &e, NULL), 0);
	}
}

/* Kernels before 4.18 end an exit before the parent. */
static void
test_old_exit(void **state)
{
	char m[128];
	struct connector_event e;

	(void)state;
	(void)message(m, EXIT, (uint32_t[6]){12, 12, 256, 17, 10, 11});
	put_u16(m + HEADER + 16, EVENT + 16);
	assert_int_equal(parse(m, HEADER + CN + EVENT + 16, &e, NULL), 0); /* its header says more */
	put_u32(m, HEADER + CN + EVENT + 16);
	assert_int_equal(parse(m, HEADER + CN + EVENT + 16, &e, NULL), 1);
	assert_int_equal(e.status, 256);
	assert_int_equal(e.parent, 0);
}

static void
test_rows(void **state)
{
	char m[512];
	struct connector_event e;
	size_t n;
	int end;

	(void)state;
	n = message(m, FORK, (uint32_t[6]){1, 1, 12, 12});
	n += message(m + n, COMM, (uint32_t[6]){12, 12});
	n += message(m + n, EXIT, (uint32_t[6]){12, 12});
	assert_int_equal(parse(m, n, &e, &end), 2);
	assert_int_equal(end, 0);
	assert_int_equal(e.what, CONNECTOR_EXIT);
	put_u32(m + 76, 15); /* the second's length: nothing behind it can be found */
	assert_int_equal(parse(m, n, &e, &end), 1);
	assert_int_equal(end, -EINVAL);
	put_u32(m + 76, UINT32_MAX);
	assert_int_equal(parse(m, n, &e, &end), 1);
	assert_int_equal(end, -EINVAL);
}

static void
test_every_beginning(void **state)
{
	char m[128];
	struct connector_event e;
	size_t n;

	(void)state;
	n = message(m, EXIT, (uint32_t[6]){12, 12, 0, 17, 1, 1});
	for (size_t i = 0; i < n; i++) {
		assert_int_equal(parse(m, i, &e, NULL), 0);
		put_u32(m, (uint32_t)i); /* and with a length that says so */
		assert_int_equal(parse(m, i, &e, NULL), 0);
		put_u32(m, (uint32_t)n);
	}
	for (size_t i = 0; i <= 40; i++) { /* the length inside */
		put_u16(m + HEADER + 16, (uint16_t)i);
		assert_int_equal(parse(m, n, &e, NULL), i >= EVENT + 16);
	}
}

static void
test_any_bytes(void **state)
{
	char m[256], good[128];
	struct connector_event e;
	uint64_t r = 1;
	size_t n, events = 0;

	(void)state;
	n = message(good, FORK, (uint32_t[6]){10, 11, 12, 12});
	for (int i = 0; i < 20000; i++) {
		size_t size = hash_u64((uint64_t)i) % sizeof m;

		for (size_t k = 0; k < size; k++)
			m[k] = (char)(r = hash_u64(r + k));
		(void)parse(m, size, &e, NULL);
		memcpy(m, good, n);
		m[(r >> 8) % n] = (char)r;
		events += (size_t)parse(m, n, &e, NULL);
	}
	assert_true(events > 1000); /* most damage is in numbers: it went in deep */
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kinds),          cmocka_unit_test(test_left_out),
		cmocka_unit_test(test_not_ours),       cmocka_unit_test(test_old_exit),
		cmocka_unit_test(test_rows),           cmocka_unit_test(test_every_beginning),
		cmocka_unit_test(test_any_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
