/* What stands in a recorder's way: no room, no right, things that are no segments, another recorder, and
 * what an earlier one left. Each is a sentence; nothing that was written is lost. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "recorded.h"
#include "store/segment.h"

static void
set_limit(rlim_t bytes)
{
	struct rlimit l;

	assert_int_equal(getrlimit(RLIMIT_FSIZE, &l), 0);
	l.rlim_cur = MIN(bytes, l.rlim_max);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &l), 0);
}

/* No file may grow beyond a limit, which comes and goes: what was acknowledged is there. */
static void
test_no_room(void **state)
{
	enum { N = 200 };
	static bool added[N];
	struct place_to_write p;
	struct recording_facts facts;
	struct recording *rec;
	struct reel reel;
	struct past *past;
	struct writer *w;
	char name[64][64];
	struct segment s;
	struct stat st;
	uint64_t at = 0;
	unsigned failed = 0, names;

	(void)state;
	(void)signal(SIGXFSZ, SIG_IGN);
	place_init(&p);
	reel_init(&reel, 31, N);
	w = write_to(&p, usual);
	for (size_t i = 0; i < N; i++) {
		struct err e = {.text = ""};
		int r;

		if (i % 20 == 5)
			set_limit(i % 40 == 5 ? (20 + dice(&reel.machine, 100)) << 10 : 100);
		if (i % 20 == 15)
			set_limit(RLIM_INFINITY);
		r = writer_add(w, reel.frame[i], &e);
		added[i] = r == 0;
		if (r < 0) {
			assert_int_equal(r, -EFBIG);
			assert_non_null(strstr(e.text, p.dir));
			assert_non_null(strstr(e.text, "File too large"));
			failed++;
		}
	}
	set_limit(RLIM_INFINITY);
	assert_in_range(failed, 40, 120);
	assert_int_equal(writer_close(w), 0);
	past = read_from(&p, &rec);
	for (size_t i = 0; i < N; i++)
		if (added[i])
			assert_moment(past, at++, reel.frame[i], i && added[i - 1]);
	assert_span(past, 0, at);
	recording_facts(rec, &facts);
	assert_int_equal(facts.damages + facts.damaged_bytes + facts.orphans + facts.torn_bytes, 0);
	past_free(past);
	/* no remains of what could not be begun */
	names = place_list(&p, name, 64);
	for (unsigned i = 0; i < names; i++) {
		assert_int_equal(fstatat(p.fd, name[i], &st, 0), 0);
		assert_true(st.st_size > 1000);
		/* nor of a record that did not fit */
		assert_int_equal(segment_open(&s, p.fd, name[i], NULL), 0);
		assert_int_equal(s.seen, s.size);
		segment_close(&s);
	}
	place_release(&p);
	reel_release(&reel);
}

static void
assert_refused(const char *dir, int error, const char *why)
{
	struct writer_options o = usual;
	struct err e = {.text = ""};
	struct writer *w;

	o.dir = dir;
	assert_int_equal(writer_open(&o, &w, &e), error);
	if (!strstr(e.text, why) || !strstr(e.text, dir))
		fail_msg("\"%s\" says nothing of \"%s\"", e.text, why);
}

static void
test_directories(void **state)
{
	struct place_to_write p;
	char path[128], other[128];

	(void)state;
	place_init(&p);
	snprintf(path, sizeof path, "%s/missing/below", p.dir);
	assert_refused(path, -ENOENT, "cannot be made");
	snprintf(path, sizeof path, "%s/file", p.dir);
	(void)close(open(path, O_CREAT | O_WRONLY, 0600));
	assert_refused(path, -ENOTDIR, "expected a directory");
	snprintf(other, sizeof other, "%s/link", p.dir);
	assert_int_equal(symlink(p.dir, other), 0);
	assert_refused(other, -ENOTDIR, "expected a directory");
	assert_int_equal(chmod(p.dir, 0720), 0);
	assert_refused(p.dir, -EPERM, "others can write there");
	assert_int_equal(chmod(p.dir, 01777), 0);
	assert_refused(p.dir, -EPERM, "others can write there");
	assert_int_equal(chmod(p.dir, 0700), 0);
	if (geteuid() == 0) { /* of somebody else */
		assert_int_equal(chown(p.dir, 1234, 1234), 0);
		assert_refused(p.dir, -EPERM, "a directory of our own");
		assert_int_equal(chown(p.dir, 0, 0), 0);
	}
	place_release(&p);
}

/* Run by somebody who is not root: for root nothing is read-only. */
static int
read_only(void *arg)
{
	struct place_to_write *p = arg;
	struct writer_options o = usual;
	struct err e = {.text = ""};
	struct writer *w;

	o.dir = p->dir;
	if (geteuid() == 0 && (setgid(1234) < 0 || setuid(1234) < 0))
		return 1;
	if (writer_open(&o, &w, &e) != -EACCES)
		return 2;
	return strstr(e.text, "cannot be written to: Permission denied") ? 0 : 3;
}

static int
in_child(int (*run)(void *), void *arg)
{
	pid_t pid = fork();
	int status;

	assert_true(pid >= 0);
	if (pid == 0)
		_exit(run(arg));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void
test_read_only(void **state)
{
	struct place_to_write p;

	(void)state;
	place_init(&p);
	if (geteuid() == 0)
		assert_int_equal(chown(p.dir, 1234, 1234), 0);
	assert_int_equal(chmod(p.dir, 0500), 0);
	assert_int_equal(in_child(read_only, &p), 0);
	assert_int_equal(chmod(p.dir, 0700), 0);
	place_release(&p);
}

static void
test_two_recorders(void **state)
{
	struct place_to_write p;
	struct past *past;
	struct reel reel;
	struct writer *w;

	(void)state;
	place_init(&p);
	reel_init(&reel, 32, 20);
	w = write_to(&p, usual);
	reel_write(&reel, w, 0, 10);
	/* what the first one is about to write stays as well */
	(void)close(openat(p.fd, ".thin.sonde", O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
	assert_refused(p.dir, -EWOULDBLOCK, "another recorder writes there");
	assert_int_equal(faccessat(p.fd, ".thin.sonde", F_OK, 0), 0);
	reel_write(&reel, w, 10, 20);
	assert_int_equal(writer_close(w), 0);
	w = write_to(&p, usual);
	assert_int_equal(writer_close(w), 0);
	past = read_from(&p, NULL);
	for (size_t i = 0; i < 20; i++)
		assert_moment(past, i, reel.frame[i], true);
	past_free(past);
	place_release(&p);
	reel_release(&reel);
}

static void
read_whole(const struct place_to_write *p, const char *name, struct buf *b)
{
	int fd = openat(p->fd, name, O_RDONLY | O_CLOEXEC);
	struct stat st;

	assert_true(fd >= 0);
	assert_int_equal(fstat(fd, &st), 0);
	buf_clear(b);
	assert_int_equal(read(fd, buf_reserve(b, (size_t)st.st_size), (size_t)st.st_size),
			 st.st_size);
	b->len = (size_t)st.st_size;
	(void)close(fd);
}

static void
write_whole(const struct place_to_write *p, const char *name, const char *bytes, size_t n)
{
	int fd = openat(p->fd, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, n), n);
	(void)close(fd);
}

/* Things in the directory that nobody put there to be read: passed over, and left as they are. */
static void
test_strange_neighbours(void **state)
{
	static const char *const name[] = {
		"00000000T000000Z-0000.sonde", "20000101T000000Z-0000.sonde", "fifo.sonde",
		"hard.sonde", "link.sonde", "empty.sonde", "later.sonde"};
	struct buf whole = {0}, after = {0};
	struct place_to_write p;
	struct recording_facts facts;
	struct recording *rec;
	struct past *past;
	struct reel reel;
	struct writer *w;
	char own[64][64];
	struct err e;
	char path[128];
	struct stat st;

	(void)state;
	place_init(&p);
	reel_init(&reel, 33, 20);
	w = write_to(&p, usual);
	reel_write(&reel, w, 0, 20);
	assert_int_equal(writer_close(w), 0);
	assert_int_equal(place_list(&p, own, 64), 1);
	read_whole(&p, own[0], &whole);

	assert_int_equal(mkdirat(p.fd, name[0], 0700), 0);
	write_whole(&p, name[1], "not a recording, as long as it may be", 37);
	assert_int_equal(mkfifoat(p.fd, name[2], 0600), 0);
	/* of a segment that a recorder left, with a second name: who knows what that is for */
	write_whole(&p, "hard", whole.data, whole.len - 100);
	assert_int_equal(linkat(p.fd, "hard", p.fd, name[3], 0), 0);
	assert_int_equal(symlinkat("/etc/passwd", p.fd, name[4]), 0);
	write_whole(&p, name[5], "", 0);
	write_whole(&p, name[6], whole.data, whole.len);
	{ /* of a version to come */
		int fd = openat(p.fd, name[6], O_WRONLY | O_CLOEXEC);

		assert_int_equal(pwrite(fd, "\x02", 1, 8), 1);
		(void)close(fd);
	}
	w = write_to(&p, usual);
	assert_int_equal(writer_close(w), 0);
	read_whole(&p, own[0], &after);
	assert_int_equal(after.len, whole.len);
	assert_memory_equal(after.data, whole.data, whole.len);
	read_whole(&p, name[3], &after);
	assert_int_equal(after.len, whole.len - 100);
	for (size_t i = 0; i < ARRAY_LEN(name); i++)
		assert_int_equal(fstatat(p.fd, name[i], &st, AT_SYMLINK_NOFOLLOW), 0);
	assert_int_equal(unlinkat(p.fd, name[3], 0), 0);
	assert_int_equal(unlinkat(p.fd, "hard", 0), 0);
	past = read_from(&p, &rec);
	assert_span(past, 0, 20);
	for (size_t i = 0; i < 20; i++)
		assert_moment(past, i, reel.frame[i], true);
	recording_facts(rec, &facts);
	assert_int_equal(facts.damages, 1);
	assert_int_equal(facts.damaged_bytes, 37);
	past_free(past);

	/* each alone is a sentence */
	static const char *const said[] = {
		"expected", "does not begin as one", "does not begin as one", NULL,
		"links are not followed", "ends before its first sample", "format 2"};

	for (size_t i = 1; i < ARRAY_LEN(name); i++) {
		if (!said[i])
			continue;
		snprintf(path, sizeof path, "%s/%s", p.dir, name[i]);
		assert_true(recording_open(path, &rec, &e) < 0);
		if (!strstr(e.text, i == 4 ? "is a link" : said[i]) || !strstr(e.text, name[i]))
			fail_msg("%s: %s", name[i], e.text);
	}
	buf_release(&whole);
	buf_release(&after);
	place_release(&p);
	reel_release(&reel);
}

/* A recorder that ended anyhow leaves a segment without a footer and, at its end, any part of a
 * record: the next one cuts that off and seals it; more is not changed. */
static void
test_recovery(void **state)
{
	enum { N = 30 };
	struct buf whole = {0}, after = {0};
	struct recording_facts facts;
	struct place_to_write p;
	struct recording *rec;
	struct reel reel;
	struct past *past;
	struct writer *w;
	struct segment s;
	char name[4][64];
	size_t before_last, last, footer, mark, good, step;

	(void)state;
	place_init(&p);
	reel_init(&reel, 34, N);
	w = write_to(&p, usual);
	reel_write(&reel, w, 0, N);
	assert_int_equal(writer_close(w), 0);
	assert_int_equal(place_list(&p, name, 4), 1);
	read_whole(&p, name[0], &whole);
	assert_int_equal(segment_open(&s, p.fd, name[0], NULL), 0);
	before_last = s.entry[N - 2].offset;
	last = s.entry[N - 1].offset;
	footer = last + s.entry[N - 1].size;
	segment_close(&s);
	mark = whole.len - END_MARK;
	for (size_t len = last - 1; len <= whole.len; len += step) {
		uint64_t there = len < last ? N - 2 : len < footer ? N - 1 : N;

		/* all of them where a record begins or ends */
		step = len < last + 45 || (len > footer - 4 && len < footer + 45) || len > mark - 4
			       ? 1
			       : MIN((size_t)397, footer - 3 > len	 ? footer - 3 - len
						  : mark - 3 > len ? mark - 3 - len
								   : 1);
		write_whole(&p, name[0], whole.data, len);
		past = read_from(&p, &rec);
		recording_facts(rec, &facts);
		assert_int_equal(facts.moments, there);
		assert_int_equal(facts.damages, 0);
		good = len < last ? before_last : len < footer ? last : len < mark ? footer : len;
		assert_int_equal(facts.torn_bytes, len - good);
		past_free(past);
		w = write_to(&p, usual);
		assert_int_equal(writer_close(w), 0);
		read_whole(&p, name[0], &after);
		assert_true(after.len >= good);
		assert_memory_equal(after.data, whole.data, good);
		if (len >= footer && len < mark) { /* the same footer again */
			assert_int_equal(after.len, whole.len);
			assert_memory_equal(after.data, whole.data, whole.len);
		}
		past = read_from(&p, &rec);
		recording_facts(rec, &facts);
		assert_int_equal(facts.moments, there);
		assert_int_equal(facts.torn_bytes + facts.damages, 0);
		assert_moment(past, there - 1, reel.frame[there - 1], true);
		past_free(past);
	}

	/* Damage in the middle: what comes after it stays, to the byte. */
	whole.data[last - 200] ^= 4;
	write_whole(&p, name[0], whole.data, footer);
	w = write_to(&p, usual);
	reel_write(&reel, w, 0, 1);
	assert_int_equal(writer_close(w), 0);
	read_whole(&p, name[0], &after);
	assert_true(after.len > footer);
	assert_memory_equal(after.data, whole.data, footer);
	buf_release(&whole);
	buf_release(&after);
	place_release(&p);
	reel_release(&reel);
}

/* A recorder that was ended while it wrote the head leaves a part of that: no damage, and it goes. A
 * head that only says it is longer is damage, and stays with what is behind it. */
static void
test_begun(void **state)
{
	static const char begun[] = "20991231T235959Z-0000.sonde";
	struct buf whole = {0}, after = {0};
	struct recording_facts facts;
	struct place_to_write p;
	struct recording *rec;
	struct segment s;
	struct reel reel;
	struct writer *w;
	struct stat st;
	struct err e;
	char name[4][64];
	size_t head;

	(void)state;
	place_init(&p);
	reel_init(&reel, 36, 20);
	w = write_to(&p, usual);
	reel_write(&reel, w, 0, 20);
	assert_int_equal(writer_close(w), 0);
	assert_int_equal(place_list(&p, name, 4), 1);
	read_whole(&p, name[0], &whole);
	assert_int_equal(segment_open(&s, p.fd, name[0], NULL), 0);
	head = s.begin;
	segment_close(&s);
	assert_true(head > 4096);
	for (size_t len = 0; len < head; len += len < 4096 ? HEAD_FIXED : 4096) {
		write_whole(&p, begun, whole.data, len);
		past_free(read_from(&p, &rec));
		assert_int_equal(segment_open(&s, p.fd, begun, NULL), -ENODATA);
		w = write_to(&p, usual);
		assert_int_equal(writer_close(w), 0);
		assert_int_equal(fstatat(p.fd, begun, &st, 0), -1);
	}
	write_whole(&p, begun, whole.data, 4096);
	assert_int_equal(recording_open(p.dir, &rec, &e), 0);
	recording_facts(rec, &facts);
	assert_int_equal(facts.moments, 20);
	assert_int_equal(facts.damages, 0);
	past_free(recording_past(rec));

	whole.data[14] ^= 8; /* half a megabyte of head */
	write_whole(&p, begun, whole.data, whole.len);
	w = write_to(&p, usual);
	assert_int_equal(writer_close(w), 0);
	read_whole(&p, begun, &after);
	assert_int_equal(after.len, whole.len);
	assert_memory_equal(after.data, whole.data, whole.len);
	assert_int_equal(recording_open(p.dir, &rec, &e), 0);
	recording_facts(rec, &facts);
	assert_int_equal(facts.damages, 1);
	past_free(recording_past(rec));
	buf_release(&whole);
	buf_release(&after);
	place_release(&p);
	reel_release(&reel);
}

/* Two that were left, one of them of another owner. */
static void
test_others_files(void **state)
{
	struct buf bytes = {0}, after = {0};
	struct place_to_write p;
	struct reel reel;
	struct writer *w;
	char name[8][64];

	(void)state;
	if (geteuid() != 0)
		skip(); /* nobody else can be had */
	place_init(&p);
	reel_init(&reel, 35, 30);
	for (size_t i = 0; i < 30; i += 10) {
		w = write_to(&p, usual);
		reel_write(&reel, w, i, i + 10);
		assert_int_equal(writer_close(w), 0);
	}
	assert_int_equal(place_list(&p, name, 8), 3);
	for (size_t i = 0; i < 3; i++) {
		read_whole(&p, name[i], &bytes);
		write_whole(&p, name[i], bytes.data, bytes.len - 30);
	}
	assert_int_equal(fchownat(p.fd, name[2], 1234, 1234, 0), 0);
	read_whole(&p, name[2], &bytes);
	w = write_to(&p, usual);
	assert_int_equal(writer_close(w), 0);
	read_whole(&p, name[2], &after);
	assert_int_equal(after.len, bytes.len);
	assert_memory_equal(after.data, bytes.data, bytes.len);
	for (size_t i = 0; i < 2; i++) {
		struct segment s;

		assert_int_equal(segment_open(&s, p.fd, name[i], NULL), 0);
		assert_true(s.sealed && !s.walked && s.n == 10);
		segment_close(&s);
	}
	buf_release(&bytes);
	buf_release(&after);
	place_release(&p);
	reel_release(&reel);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_no_room),
		cmocka_unit_test(test_directories),
		cmocka_unit_test(test_read_only),
		cmocka_unit_test(test_two_recorders),
		cmocka_unit_test(test_strange_neighbours),
		cmocka_unit_test(test_begun),
		cmocka_unit_test(test_recovery),
		cmocka_unit_test(test_others_files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
