/* child: what tests that act on children of their own ask of them. */
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/num.h"
#include "base/root.h"
#include "base/str.h"

/* When it started, in clock ticks, as its stat says. */
static uint64_t
start_of(const struct root *root, pid_t pid)
{
	char path[32];
	struct buf b = {0};
	struct span s, word;
	uint64_t v = 0;

	snprintf(path, sizeof path, "%d/stat", (int)pid);
	assert_int_equal(root_read(root, ROOT_PROC, path, &b), 0);
	s = span_str(strrchr(b.data, ')') + 1);
	for (int i = 3; i < 22; i++)
		assert_true(span_word(&s, &word));
	assert_int_equal(num_u64(&s, &v), 0);
	buf_release(&b);
	return v;
}
