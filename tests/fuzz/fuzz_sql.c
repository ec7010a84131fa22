/* fuzz_sql: questions. Each ends in time, with an answer or with a sentence that says why not; an
 * answer holds nothing that a terminal obeys; and how many rows it has does not depend on what may
 * be held in memory. */
#include <stdlib.h>
#include <string.h>

#include "../unit/kept_past.h"
#include "../unit/random_frame.h"
#include "base/clock.h"
#include "sql/sql.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MOMENTS = 8, QUESTION_MAX = 2000 };
static const int64_t LIMIT_NS = 20 * NS_PER_MS, LATE_NS = 5 * NS_PER_S;

static struct kept_past *
past_of_some(void)
{
	static struct machine machine;
	struct kept_past *k = kept_new();
	const struct frame *prev = NULL;

	machine_init(&machine, 5);
	for (int i = 0; i < MOMENTS; i++) {
		struct frame *f = machine_next(&machine, prev);

		f->meta.wall_ns = (INT64_C(1700000000) + i) * NS_PER_S;
		f->meta.interval_ns = i ? NS_PER_S : 0;
		frame_derive(f, prev);
		kept_add(k, f);
		prev = f;
	}
	return k;
}

static struct sql *
sql_holding(struct kept_past *k, size_t bytes)
{
	struct sql_options o = {
		.past = &k->past,
		.end = k->end,
		.time_limit_ns = LIMIT_NS,
		.group_bytes = bytes,
	};
	struct sql *q;
	struct err e;

	if (sql_new(&o, &q, &e) < 0)
		abort(); /* it was there when this was built */
	return q;
}

static int
check(void *arg, const struct buf *b)
{
	size_t *lines = arg;

	for (size_t i = 0; i < b->len; i++) {
		unsigned char c = (unsigned char)b->data[i];

		if ((c < ' ' && c != '\n') || c == 0x7f)
			abort();
		*lines += c == '\n';
	}
	return 0;
}

static int
ask(struct sql *q, const char *question, enum answer_format format, size_t *ret_lines)
{
	struct answer *a = answer_new(format, 0, check, ret_lines);
	struct err e = {.at = -1};
	int64_t begun = clock_mono_ns();
	int r;

	*ret_lines = 0;
	r = sql_ask(q, question, a, &e);
	if (r == 0)
		r = answer_end(a);
	answer_free(a);
	if (clock_mono_ns() - begun > LATE_NS)
		abort();
	if (r < 0 && (!e.text[0] || e.at > (int)strlen(question)))
		abort();
	return r;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct kept_past *k;
	static struct sql *much, *little;
	char question[QUESTION_MAX + 1];
	size_t n = size > 1 ? MIN(size - 1, (size_t)QUESTION_MAX) : 0, lines, again;
	enum answer_format format;
	int r;

	if (!n)
		return 0;
	if (!k) {
		k = past_of_some();
		much = sql_holding(k, 0);
		little = sql_holding(k, 1);
	}
	memcpy(question, data + 1, n);
	question[n] = '\0';
	format = (enum answer_format)(data[0] % 3);
	r = ask(much, question, format, &lines);
	if (r == -ETIMEDOUT)
		return 0;
	if (ask(little, question, format, &again) == -ETIMEDOUT)
		return 0;
	/* CSV and JSON have a line for each row. */
	if (r == 0 && format != ANSWER_AS_TABLE && lines != again && !strcasestr(question, "random"))
		abort();
	return 0;
}
