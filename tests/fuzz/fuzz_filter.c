/* filter_parse() on any bytes: it ends, a refusal says where, and what was accepted matches, and
 * prints to a text that parses to itself. complete() at every byte: what it offers begins as what is
 * typed does. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "query/complete.h"
#include "query/filter.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct frame *
sample(void)
{
	static struct frame *f;
	struct field_set want[TABLE_COUNT] = {0};

	if (f)
		return f;
	for (unsigned i = 0; i < PROC_FIELDS; i++)
		field_set_add(&want[TABLE_PROC], i);
	f = frame_begin(frame_pool_new(), want, strpool_new());
	for (unsigned i = 0; i < 3; i++) {
		struct row r = table_add_row(&f->table[TABLE_PROC], (struct row_key){i, i});

		row_u64(r, PROC_PID, i * 1000);
		row_str(r, PROC_NAME, i == 0 ? "aaaaaaaaaaaaaaaa" : "nginx");
		row_str(r, PROC_COMMAND, i == 1 ? NULL : "nginx: worker \xff\xc3\xa9 process");
		row_str(r, PROC_USER, "root");
		row_u64(r, PROC_RES, i * 500000000ull);
		row_f64(r, PROC_CPU_RATIO, i * 0.05);
	}
	return f;
}

static unsigned
matches(const struct filter *f, const struct table *t)
{
	unsigned bits = 0;

	for (uint32_t i = 0; i < t->nrows; i++)
		bits |= (unsigned)filter_match(f, t, i) << i;
	return bits;
}

static void
check_completion(const char *text)
{
	struct completion c = {0};
	size_t n = strnlen(text, 200);

	for (size_t at = n;; at = at > n / 4 ? at - n / 4 - 1 : 0) {
		complete(&c, text, at, TABLE_PROC, &sample()->table[TABLE_PROC]);
		if (c.from > at || c.n > COMPLETE_MAX)
			abort();
		for (size_t i = 0; i < c.n; i++)
			if (text[c.from] != '"' && c.text[i][0] != '"' &&
			    strncasecmp(c.text[i], text + c.from, at - c.from) != 0)
				abort();
		if (at == 0)
			break;
	}
	completion_release(&c);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct table *t = &sample()->table[TABLE_PROC];
	struct err e = {.at = -1};
	struct buf a = {0}, b = {0};
	struct filter *f, *again;
	char *text = xmalloc(size + 1);

	memcpy(text, data, size);
	text[size] = '\0';
	f = filter_parse(text, TABLE_PROC, &e);
	if (!f && (e.at < 0 || (size_t)e.at > size || !*e.text))
		abort();
	if (f) {
		filter_print(f, &a);
		again = a.len <= 4096 ? filter_parse(a.data ? a.data : "", TABLE_PROC, &e) : NULL;
		if (a.len <= 4096 && !again)
			abort();
		if (again) {
			filter_print(again, &b);
			if (a.len != b.len || (a.len && memcmp(a.data, b.data, a.len) != 0))
				abort();
			if (matches(f, t) != matches(again, t))
				abort();
		}
		filter_free(again);
	}
	check_completion(text);
	filter_free(f);
	buf_release(&a);
	buf_release(&b);
	free(text);
	return 0;
}
