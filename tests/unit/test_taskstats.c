/* Records of ended threads, made by hand: every version, every length, wrong ones, any bytes. */
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
#include "sys/taskstats.h"

enum { FAMILY = 31, HEADER = 20, AGGR_PID = 4, AGGR_TGID = 5, PID = 1, TGID = 2, STATS = 3, PAD = 6,
       MOST = 2048 };

/* Lengths of struct taskstats in <linux/taskstats.h> of the kernels that had them. */
static const struct {
	unsigned version;
	size_t size;
} versions[] = {
	{8, 328}, {9, 344}, {10, 352}, {11, 368}, {12, 400}, {13, 416}, {14, 432}, {15, 560},
	{16, 560}, {17, 688}, {18, 1000},
};

static void
put(char *p, uint64_t v, size_t size)
{
	uint16_t v16 = (uint16_t)v;
	uint32_t v32 = (uint32_t)v;

	memcpy(p, size == 2 ? (void *)&v16 : size == 4 ? (void *)&v32 : (void *)&v, size);
}

/* What stands where: each 8 bytes of the time the kernels agreed upon, moved in version 15. */
static void
stats(char *p, unsigned version, size_t size)
{
	size_t d = version == 15 ? 48 : 0, t = version == 15 ? 96 : 0;

	memset(p, 0xee, size);
	put(p, version, 2);
	put(p + 4, 0x0300, 4);
	p[8] = version >= 12 ? 0x28 : 0x08; /* ACORE, AGROUP */
	put(p + 72 + d, 5000012, 8);
	memset(p + 80 + d, 0, 32);
	memcpy(p + 80 + d, "worker) R 1", 11);
	put(p + 120 + d, 1000, 4);
	put(p + 124 + d, 100, 4);
	put(p + 128 + d, 4711, 4);
	put(p + 132 + d, 4710, 4);
	put(p + 144 + d, 70000, 8);
	put(p + 152 + d, 4000, 8);
	put(p + 160 + d, 8000, 8);
	put(p + 176 + d, 7, 8);
	put(p + 200 + d, 1368, 8);
	put(p + 248 + d, 4096, 8);
	put(p + 256 + d, 8192, 8);
	if (version >= 12) {
		put(p + 368 + t, 4700, 4);
		put(p + 376 + t, 90000, 8);
	}
}

/* An attribute around `size` bytes that are at p + 4. Returns its padded length. */
static size_t
attr(char *p, uint16_t type, size_t size)
{
	put(p, size + 4, 2);
	put(p + 2, type, 2);
	return (size + 4 + 3) & ~(size_t)3;
}

static size_t
aggregate(char *p, uint16_t type, uint16_t number_type, uint32_t number, unsigned version,
	  size_t size)
{
	char *q = p + 4;

	put(q + 4, number, 4);
	q += attr(q, number_type, 4);
	q += attr(q, PAD, 0);
	stats(q + 4, version, size);
	q += attr(q, STATS, size);
	return attr(p, type, (size_t)(q - p - 4));
}

static size_t
finish(char *m, size_t n)
{
	memset(m, 0, HEADER);
	put(m, n, 4);
	put(m + 4, FAMILY, 2);
	m[16] = 2; /* TASKSTATS_CMD_NEW */
	m[17] = 1;
	return n;
}

static size_t
message(char *m, unsigned version, size_t size)
{
	return finish(m, HEADER + aggregate(m + HEADER, AGGR_PID, PID, 4711, version, size));
}

static int
parse(const char *bytes, size_t n, struct taskstats_record *ret, int *ret_end)
{
	char *copy = xmalloc(n ? n : 1);
	struct span s = span_of(copy, n);
	int records = 0, r;

	memcpy(copy, bytes, n);
	while ((r = taskstats_next(&s, FAMILY, ret)) > 0) {
		records++;
		assert_true(ret->pid > 0 && ret->pid <= INT32_MAX);
		assert_true(memchr(ret->name, '\0', sizeof ret->name) != NULL);
		assert_true(!ret->group || (ret->group_tgid > 0 && ret->group_tgid <= INT32_MAX));
	}
	assert_true(span_empty(s));
	free(copy);
	if (ret_end)
		*ret_end = r;
	return records;
}

static void
check(const struct taskstats_record *r, unsigned version)
{
	assert_int_equal(r->version, version);
	assert_int_equal(r->pid, 4711);
	assert_int_equal(r->ppid, 4710);
	assert_int_equal(r->uid, 1000);
	assert_int_equal(r->gid, 100);
	assert_int_equal(r->status, 0x0300);
	assert_true(r->dumped);
	assert_string_equal(r->name, "worker) R 1");
	assert_int_equal(r->elapsed_ns, 70000000);
	assert_int_equal(r->max_rss_bytes, 1368 * 1024);
	assert_int_equal(r->use.run_ns, 5000012);
	assert_int_equal(r->use.user_ns, 4000000);
	assert_int_equal(r->use.system_ns, 8000000);
	assert_int_equal(r->use.majflt, 7);
	assert_int_equal(r->use.read_bytes, 4096);
	assert_int_equal(r->use.write_bytes, 8192);
	assert_int_equal(r->tgid, version >= 12 ? 4700 : 0);
	assert_int_equal(r->group_elapsed_ns, version >= 12 ? 90000000 : 0);
	assert_int_equal(r->last, version >= 12);
	assert_false(r->group);
}

static void
test_versions(void **state)
{
	char m[MOST];
	struct taskstats_record r;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(versions); i++) {
		size_t n = message(m, versions[i].version, versions[i].size);

		assert_int_equal(parse(m, n, &r, NULL), 1);
		check(&r, versions[i].version);
	}
}

/* Whatever the version says, it is the length that counts. */
static void
test_lengths(void **state)
{
	char m[MOST];
	struct taskstats_record r;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(versions); i++) {
		for (size_t size = 0; size <= versions[i].size; size++) {
			size_t n, t = versions[i].version == 15 ? 96 : 0;
			bool new = versions[i].version >= 12;

			n = message(m, versions[i].version, versions[i].size);
			/* Cut the statistics: they are last. */
			n -= versions[i].size - size;
			put(m, n, 4);
			put(m + HEADER, n - HEADER, 2);
			put(m + HEADER + 16, size + 4, 2);
			assert_int_equal(parse(m, n, &r, NULL), size >= 328);
			if (size < 328)
				continue;
			assert_int_equal(r.tgid, new && size >= 372 + t ? 4700 : 0);
			assert_int_equal(r.group_elapsed_ns, new && size >= 384 + t ? 90000000 : 0);
		}
	}
}

static void
test_group(void **state)
{
	char m[2 * MOST];
	struct taskstats_record r;
	size_t n = HEADER;

	(void)state;
	n += aggregate(m + n, AGGR_PID, PID, 4711, 16, 560);
	n += aggregate(m + n, AGGR_TGID, TGID, 4700, 16, 560);
	finish(m, n);
	assert_int_equal(parse(m, n, &r, NULL), 1);
	assert_true(r.group);
	assert_int_equal(r.group_tgid, 4700);
	assert_int_equal(r.group_run_ns, 5000012);
	assert_int_equal(r.group_user_ns, 4000000);
	assert_int_equal(r.group_system_ns, 8000000);
	/* A second one that is wrong leaves the first as it was. */
	n += aggregate(m + n, AGGR_PID, PID, 0, 16, 560);
	n += aggregate(m + n, AGGR_TGID, TGID, 0, 16, 560);
	finish(m, n);
	assert_int_equal(parse(m, n, &r, NULL), 1);
	assert_int_equal(r.pid, 4711);
	assert_int_equal(r.group_tgid, 4700);
	/* One of the process alone says nothing of who ended. */
	n = finish(m, HEADER + aggregate(m + HEADER, AGGR_TGID, TGID, 4700, 16, 560));
	assert_int_equal(parse(m, n, &r, NULL), 0);
}

static void
test_wrong(void **state)
{
	static const struct {
		size_t at, size;
		uint64_t v;
	} wrong[] = {
		{4, 2, 30},           /* another family */
		{16, 2, 1},           /* a request */
		{HEADER + 2, 2, 9},   /* another attribute */
		{HEADER, 2, 3},       /* shorter than itself */
		{HEADER, 2, 0xffff},  /* longer than what is there */
		{HEADER + 4, 2, 0},   /* the number's length */
		{HEADER + 4, 2, 7},
		{HEADER + 8, 4, 0},   /* the number */
		{HEADER + 8, 4, 0x80000000},
		{HEADER + 16, 2, 400}, /* the statistics longer than what is there */
	};
	char m[MOST];
	struct taskstats_record r;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
		size_t n = message(m, 8, 328);

		put(m + wrong[i].at, wrong[i].v, wrong[i].size);
		assert_int_equal(parse(m, n, &r, NULL), 0);
	}
}

/* A name that fills its place, and numbers that are too large. */
static void
test_extremes(void **state)
{
	char m[MOST], *s = m + HEADER + 4 + 8 + 4 + 4;
	struct taskstats_record r;
	size_t n;

	(void)state;
	n = message(m, 16, 560);
	memset(s + 80, 0xff, 32);
	put(s + 132, 0xffffffff, 4);
	put(s + 144, UINT64_MAX, 8);
	put(s + 200, UINT64_MAX / 2, 8);
	assert_int_equal(parse(m, n, &r, NULL), 1);
	assert_int_equal(strlen(r.name), 15);
	assert_int_equal(r.ppid, 0);
	assert_true(r.elapsed_ns == UINT64_MAX && r.max_rss_bytes == UINT64_MAX);
}

static void
test_every_beginning(void **state)
{
	char m[MOST];
	struct taskstats_record r;
	size_t n;

	(void)state;
	n = message(m, 16, 560);
	for (size_t i = 0; i < n; i++) {
		assert_int_equal(parse(m, i, &r, NULL), 0);
		put(m, i, 4);
		assert_int_equal(parse(m, i, &r, NULL), 0);
		put(m, n, 4);
	}
}

static void
test_any_bytes(void **state)
{
	char m[MOST], good[MOST];
	struct taskstats_record r;
	uint64_t x = 1;
	size_t n, records = 0;

	(void)state;
	n = message(good, 16, 560);
	for (int i = 0; i < 20000; i++) {
		size_t size = hash_u64((uint64_t)i) % 600;

		for (size_t k = 0; k < size; k++)
			m[k] = (char)(x = hash_u64(x + k));
		(void)parse(m, size, &r, NULL);
		(void)taskstats_family(span_of(m, size));
		memcpy(m, good, n);
		for (int k = 0; k < 3; k++) {
			x = hash_u64(x);
			m[x % n] = (char)(x >> 32);
		}
		records += (size_t)parse(m, n, &r, NULL);
	}
	assert_true(records > 1000);
}

static void
test_family(void **state)
{
	char m[128] = {0};
	size_t n = HEADER;

	(void)state;
	memcpy(m + n + 4, "TASKSTATS", 10);
	n += attr(m + n, 2, 10);
	put(m + n + 4, FAMILY, 2);
	n += attr(m + n, 1, 2);
	put(m, n, 4);
	put(m + 4, 16, 2);
	m[16] = 1;
	assert_int_equal(taskstats_family(span_of(m, n)), FAMILY);
	put(m + n - 4, 3, 2); /* a number no family has */
	assert_int_equal(taskstats_family(span_of(m, n)), -EINVAL);
	put(m + n - 4, FAMILY, 2);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(taskstats_family(span_of(m, i)), -EINVAL);
	put(m, 36, 4); /* the kernel's -ENOENT */
	put(m + 4, 2, 2);
	put(m + 16, (uint32_t)-ENOENT, 4);
	assert_int_equal(taskstats_family(span_of(m, 36)), -ENOENT);
	put(m + 16, 1, 4); /* no errno */
	assert_int_equal(taskstats_family(span_of(m, 36)), -EINVAL);
	put(m + 16, 0x80000000, 4);
	assert_int_equal(taskstats_family(span_of(m, 36)), -EINVAL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_versions),        cmocka_unit_test(test_lengths),
		cmocka_unit_test(test_group),           cmocka_unit_test(test_wrong),
		cmocka_unit_test(test_extremes),        cmocka_unit_test(test_every_beginning),
		cmocka_unit_test(test_any_bytes),       cmocka_unit_test(test_family),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
