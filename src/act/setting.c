/* setting: how people write the settings of processes; kernel.c has the calls. */
#include "act/setting.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "base/num.h"

const struct setting_info setting_info[SETTINGS] = {
	[SETTING_NICE] = {"nice", "-20 (favoured) to 19", "CAP_SYS_NICE"},
	[SETTING_IO] = {"I/O class", "none, realtime/best-effort 0-7, idle", "CAP_SYS_NICE"},
	[SETTING_POLICY] = {"policy", "other, batch, idle, fifo/rr 1-99", "CAP_SYS_NICE"},
	[SETTING_AFFINITY] = {"CPUs", "a list as 0-3,8, a mask as 0xff, or all", "CAP_SYS_NICE"},
	[SETTING_OOM] = {"OOM score", "-1000 (never killed) to 1000 (first)", "CAP_SYS_RESOURCE"},
	[SETTING_AUTOGROUP] = {"autogroup", "nice value of its session, -20 to 19",
			       "CAP_SYS_NICE"},
	[SETTING_SLACK] = {"timer slack", "nanoseconds; 0: as at first", "CAP_SYS_NICE"},
};

/* A word, by class as the kernel numbers it, and the numbers that may follow; to < from: none. */
struct word {
	const char *name;
	int class, from, to;
};

static const struct word io_words[] = {
	{"none", 0, 0, -1}, {"realtime", 1, 0, 7}, {"best-effort", 2, 0, 7}, {"idle", 3, 0, -1},
	{"rt", 1, 0, 7},    {"be", 2, 0, 7},
};
static const struct word policy_words[] = {
	{"other", 0, 0, -1}, {"fifo", 1, 1, 99},  {"rr", 2, 1, 99},
	{"batch", 3, 0, -1}, {"idle", 5, 0, -1},  {"normal", 0, 0, -1},
};
/* These are shown only: they need more than a number. */
static const struct word policies_shown[] = {{"deadline", 6, 0, -1}, {"ext", 7, 0, -1}};

void
setting_release(struct setting *v)
{
	free(v->cpus);
	v->cpus = NULL;
}

void
setting_copy(struct setting *to, const struct setting *from)
{
	*to = *from;
	if (!from->cpus)
		return;
	to->cpus = xmalloc(sizeof *to->cpus);
	*to->cpus = *from->cpus;
}

bool
setting_equal(const struct setting *a, const struct setting *b)
{
	return a->kind == b->kind && a->class == b->class && a->value == b->value &&
	       !a->cpus == !b->cpus &&
	       (!a->cpus || memcmp(a->cpus, b->cpus, sizeof *a->cpus) == 0);
}

static int
parse_number(const char *text, struct span s, int64_t from, int64_t to, int64_t *ret,
	     struct err *e)
{
	int at = (int)(s.p - text);

	if (num_i64(&s, ret) < 0 || !span_empty(s) || *ret < from || *ret > to)
		return err_at(e, -EINVAL, at, "expected a whole number from %lld to %lld",
			      (long long)from, (long long)to);
	return 0;
}

static int
parse_words(const char *text, const struct word *words, size_t n, const char *hint,
	    struct setting *ret, struct err *e)
{
	struct span s = span_str(text), word;

	if (!span_word(&s, &word))
		return err_at(e, -EINVAL, 0, "expected %s", hint);
	for (size_t i = 0; i < n; i++) {
		struct span rest = s, none;

		if (strlen(words[i].name) != span_len(word) ||
		    strncasecmp(words[i].name, word.p, span_len(word)) != 0)
			continue;
		ret->class = words[i].class;
		ret->value = 0;
		if (words[i].to >= words[i].from)
			return parse_number(text, s, words[i].from, words[i].to, &ret->value, e);
		if (span_word(&rest, &none))
			return err_at(e, -EINVAL, (int)(none.p - text), "expected nothing after %s",
				      words[i].name);
		return 0;
	}
	return err_at(e, -EINVAL, (int)(word.p - text), "expected %s", hint);
}

int
setting_parse(enum setting_kind kind, const char *text, struct setting *ret, struct err *e)
{
	struct setting v = {.kind = kind};
	const char *hint = setting_info[kind].hint;
	struct span s = span_str(text);
	int r = -EINVAL;

	switch (kind) {
	case SETTING_NICE:
	case SETTING_AUTOGROUP:
		r = parse_number(text, s, -20, 19, &v.value, e);
		break;
	case SETTING_OOM:
		r = parse_number(text, s, -1000, 1000, &v.value, e);
		break;
	case SETTING_SLACK:
		r = parse_number(text, s, 0, INT64_MAX, &v.value, e);
		break;
	case SETTING_IO:
		r = parse_words(text, io_words, ARRAY_LEN(io_words), hint, &v, e);
		break;
	case SETTING_POLICY:
		r = parse_words(text, policy_words, ARRAY_LEN(policy_words), hint, &v, e);
		break;
	case SETTING_AFFINITY:
		v.cpus = xmalloc(sizeof *v.cpus);
		r = cpus_parse(text, v.cpus, e);
		break;
	case SETTINGS:
		break;
	}
	if (r < 0)
		setting_release(&v);
	else
		*ret = v;
	return r;
}

static void
print_word(const struct word *words, size_t n, const struct setting *v, struct buf *out)
{
	for (size_t i = 0; i < n; i++) {
		if (words[i].class != v->class)
			continue;
		buf_puts(out, words[i].name);
		if (words[i].to >= words[i].from)
			buf_printf(out, " %d", (int)v->value);
		return;
	}
	if (n == ARRAY_LEN(policy_words) && words == policy_words)
		print_word(policies_shown, ARRAY_LEN(policies_shown), v, out);
	else
		buf_printf(out, "class %d", v->class);
}

void
setting_print(const struct setting *v, struct buf *out)
{
	switch (v->kind) {
	case SETTING_IO:
		print_word(io_words, ARRAY_LEN(io_words), v, out);
		return;
	case SETTING_POLICY:
		print_word(policy_words, ARRAY_LEN(policy_words), v, out);
		return;
	case SETTING_AFFINITY:
		cpus_print(v->cpus, out);
		return;
	case SETTING_NICE:
	case SETTING_OOM:
	case SETTING_AUTOGROUP:
	case SETTING_SLACK:
	case SETTINGS:
		buf_i64(out, v->value);
		return;
	}
}
