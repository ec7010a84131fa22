/* A recorder that is killed loses nothing that it said it has: 200 of them write as fast as they can and
 * say so after each sample; each is killed at some moment; the next one goes on where it was. */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "recorded.h"

enum { KILLS = 200, FRAMES = 150 };

/* Says the number of each frame when it is recorded. Rotates now and then. */
static void
record(const struct place_to_write *p, const struct reel *reel, int say)
{
	struct writer_options o = usual;
	struct writer *w;

	o.dir = p->dir;
	o.segment_bytes = 150 << 10;
	if (writer_open(&o, &w, NULL) < 0)
		_exit(2);
	for (uint32_t i = 0; i < FRAMES; i++)
		if (writer_add(w, reel->frame[i], NULL) < 0 ||
		    write(say, &i, sizeof i) != (ssize_t)sizeof i)
			_exit(3);
	pause();
	_exit(4);
}

/* How many it acknowledged before it was killed. */
static uint32_t
run_and_kill(const struct place_to_write *p, const struct reel *reel, int64_t after_ns,
	     uint32_t after_frames)
{
	uint32_t number, done = 0;
	int pipe_fd[2], status;
	pid_t pid;

	assert_int_equal(pipe(pipe_fd), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		(void)close(pipe_fd[0]);
		record(p, reel, pipe_fd[1]);
	}
	(void)close(pipe_fd[1]);
	while (done < after_frames && read(pipe_fd[0], &number, sizeof number) > 0)
		assert_int_equal(number, done++);
	(void)nanosleep(&(struct timespec){.tv_nsec = after_ns}, NULL);
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
	while (read(pipe_fd[0], &number, sizeof number) > 0)
		assert_int_equal(number, done++);
	(void)close(pipe_fd[0]);
	return done;
}

/* All that were acknowledged, and at most one more. */
static uint64_t
assert_recorded(struct past *past, uint64_t from, const struct reel *reel, uint32_t done)
{
	uint64_t first, end;

	past_span(past, &first, &end);
	assert_in_range(end - from, done, done + 1);
	for (uint64_t i = 0; i < end - from; i++)
		assert_moment(past, from + i, reel->frame[i], i > 0);
	return end;
}

static void
test_kill(void **state)
{
	struct place_to_write p;
	struct recording_facts facts;
	struct recording *rec;
	struct reel reel;
	struct past *past;
	struct err e;
	uint64_t recorded = 0, acknowledged = 0;

	(void)state;
	reel_init(&reel, 41, FRAMES);
	for (unsigned i = 0; i < KILLS; i++) {
		uint64_t from = 0, first;
		uint32_t done;

		if (i % 8 == 0) { /* the others find what was left */
			if (i)
				place_release(&p);
			place_init(&p);
			recorded = 0;
		}
		done = run_and_kill(&p, &reel, (int64_t)dice(&reel.machine, 300 * 1000),
				    (uint32_t)dice(&reel.machine, 16));
		acknowledged += done;
		if (!done && recording_open(p.dir, &rec, &e) < 0)
			continue;
		if (!done)
			past_free(recording_past(rec));
		past = read_from(&p, &rec);
		past_span(past, &first, &from);
		recorded = assert_recorded(past, recorded, &reel, done);
		recording_facts(rec, &facts);
		assert_int_equal(facts.damages + facts.orphans, 0);
		past_free(past);
	}
	assert_true(acknowledged > KILLS * 4);
	place_release(&p);
	reel_release(&reel);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_kill)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
